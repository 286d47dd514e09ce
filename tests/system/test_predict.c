/*
 * The three ways of predicting through a real daemon and a fake endpoint: how
 * many exchanges, what stands in the recording, that it replays, and that
 * tables and stories know the ballots.  Takes longer than 2 s: whole
 * deliberations of real processes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli.h"
#include "harness.h"
#include "model.h"
#include "shell.h"

static struct daemon d;
static struct model m;
static struct play p;
static char config[128], recording[128];

static void
configure(const char *logprobs)
{
	char text[512];

	snprintf(text, sizeof(text),
	    "[limits]\nrate = 0\n[endpoint fake]\nlogprobs = %s\n"
	    "url = http://127.0.0.1:%d/v1/\nmodel = fake-1\n",
	    logprobs, m.port);
	cli_put(d.dir, "caucusd.conf", text);
	daemon_kill9(&d);
	assert_int_equal(daemon_restart(&d), 0);
}

static int
setup(void **state)
{
	(void)state;
	if (daemon_start(&d) == -1 || model_start(&m, &d, 0, 0, "") == -1)
		return -1;
	snprintf(config, sizeof(config), "%s/caucusd.conf", d.dir);
	snprintf(recording, sizeof(recording), "%s/r.jsonl", d.dir);
	d.config = config;
	d.quiet = true;
	return shell_open(d.socket);
}

static int
teardown(void **state)
{
	(void)state;
	play_close(&p);
	shell_close();
	model_stop(&m);
	daemon_clear(&d);
	return 0;
}

static int
after_each(void **state)
{
	(void)state;
	play_close(&p);
	return 0;
}

/* Lines of the recording that hold both. */
static int
lines(const char *one, const char *other)
{
	char *text = NULL;
	size_t cap = 0;
	FILE *f = fopen(recording, "r");
	int n = 0;

	assert_non_null(f);
	while (getline(&text, &cap, f) != -1)
		n += strstr(text, one) != NULL && strstr(text, other) != NULL;
	free(text);
	fclose(f);
	return n;
}

static int asked_before;

static int
asked(void)
{
	return model_requests(&m, "predict") - asked_before;
}

static void
play(const char *predictor, int candidates)
{
	asked_before = model_requests(&m, "predict");
	assert_int_equal(
	    play_open(&p, &d, 3, 7,
		json_pack("{s:i,s:s,s:i}", "candidates", candidates,
		    "predictor", predictor, "rounds", 0)),
	    0);
	assert_int_equal(play_whole(&p, 1), 0);
	assert_int_equal(play_export(&p, recording), 0);
	assert_int_equal(cli("caucus replay %s >/dev/null", recording), 0);
	assert_true(verify_outside(recording) >= 0);
}

/* As many predicted ballots in the table as there are people, each over every
 * candidate. */
static void
assert_tables(int candidates)
{
	const struct said *said;
	char line[512];

	snprintf(line, sizeof(line),
	    "caucus export %s --format csv -o %s/t >/dev/null && "
	    "grep -c ',predicted,' %s/t/ballots.csv",
	    recording, d.dir, d.dir);
	said = shell_line(line);
	assert_int_equal(said->status, 0);
	assert_int_equal(atoi(said->out), 3 * candidates);
}

static const char started[] = "\"type\":\"exchange.started\"";
static const char finished[] = "\"type\":\"exchange.finished\"";

static void
test_listwise(void **state)
{
	int statements;

	(void)state;
	configure("no");
	play("auto", 6);
	statements = lines("\"type\":\"statement.drafted\"", "");
	assert_int_equal(lines(started, "\"predictor\":\"listwise\""), 9);
	assert_int_equal(asked(), 9);
	assert_int_equal(lines(started, "\"parts\":3"), 9);
	assert_int_equal(lines("ballot.predicted", "\"agreement\":"), 3);
	assert_int_equal(lines("template.used", "\"order\""), 1);
	assert_true(statements > 1);
	assert_tables(
	    lines("\"type\":\"drafts.admitted\"", "\"candidates\":6") == 1
		? 6
		: -1);
}

static void
test_pointwise(void **state)
{
	(void)state;
	configure("yes");
	play("auto", 6);
	assert_int_equal(lines(started, "\"predictor\":\"pointwise\""), 18);
	assert_int_equal(asked(), 18);
	assert_int_equal(lines(finished, "\"rating\":{\"body\":"), 18);
	assert_int_equal(lines(finished, "\"alternatives\":{\"body\":"), 18);
	assert_int_equal(lines("ballot.predicted", "\"mass\":"), 3);
	assert_tables(6);
}

/* By request, whatever the endpoint can; and of more candidates than there are
 * letters. */
static void
test_chosen(void **state)
{
	(void)state;
	configure("yes");
	play("reasoned", 40);
	assert_int_equal(lines(started, "\"predictor\""), 0);
	assert_int_equal(asked(), 3);
	play_close(&p);
	play("listwise", 40);
	assert_int_equal(lines(started, "\"predictor\":\"listwise\""), 9);
	play_close(&p);
	play("pointwise", 40);
	assert_int_equal(
	    lines(started, "\"predictor\":\"pointwise\""), asked());
	assert_true(asked() > 3 * 26);
}

static json_int_t
figure(const char *method, const char *name)
{
	json_t *info = client_call(&p.host, "connection.info", json_object());
	json_t *row = json_array_get(json_object_get(info, "endpoints"), 1);
	json_int_t n;

	assert_string_equal(text_of(row, "endpoint"), "fake");
	n = number_of(
	    json_object_get(json_object_get(row, "predictors"), method), name);
	json_decref(info);
	return n;
}

/* Kept for each endpoint and method, over sessions and restarts; and the page
 * of the result says where predicting was of no use. */
static void
test_hits(void **state)
{
	json_int_t with, against, alike, other;
	const struct said *said;
	json_t *view, *guess;

	(void)state;
	configure("no");
	assert_int_equal(play_open(&p, &d, 1, 7, json_object()), 0);
	alike = figure("listwise", "concordant");
	other = figure("listwise", "discordant");
	for (int i = 0; i < 2; i++) {
		play_close(&p);
		configure("no"); /* and so a kill -9 */
		play("listwise", 6);
		view = client_call(&p.host, "session.get",
		    json_pack("{s:s}", "session", p.session));
		guess = json_object_get(
		    json_object_get(view, "result"), "prediction");
		with = number_of(guess, "concordant");
		against = number_of(guess, "discordant");
		assert_true(with + against > 0);
		alike += with;
		other += against;
		json_decref(view);
		assert_int_equal(figure("listwise", "concordant"), alike);
		said = caucus("result", p.session);
		assert_int_equal(said->status, 0);
		assert_int_equal(
		    strstr(said->out, "does not help here") != NULL,
		    10 * with <= 6 * (with + against));
	}
	assert_int_equal(figure("listwise", "discordant"), other);
}

/* Parts that come wrong are asked for again. */
static void
test_wrong(void **state)
{
	(void)state;
	configure("no");
	model_stop(&m);
	assert_int_equal(model_start(&m, &d, m.port, 0,
			     "predict:1-6 permutation\npredict:9 empty\n"),
	    0);
	play("auto", 6);
	assert_true(lines(finished, "\"outcome\":\"parse\"") >= 7);
	assert_int_equal(lines("\"type\":\"ballot.predicted\"", ""), 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(test_listwise, after_each),
	    cmocka_unit_test_teardown(test_pointwise, after_each),
	    cmocka_unit_test_teardown(test_chosen, after_each),
	    cmocka_unit_test_teardown(test_hits, after_each),
	    cmocka_unit_test_teardown(test_wrong, after_each),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
