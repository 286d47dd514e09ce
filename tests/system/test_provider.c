/*
 * Every dialect that endpoints speak: a whole deliberation in each, every
 * fault in each, what is learnt from refusals.  Takes longer than 2 s: five
 * dialects times every fault, some of which are deadlines.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness.h"
#include "model.h"

#define KEY "sk-not-to-be-seen-77aa"

/* A row a dialect: its endpoint is called after it. */
static const struct {
	const char *name, *base;
	bool logprobs;
} dialects[] = {
    {"openai", "/v1", true},
    {"anthropic", "/v1", false},
    {"gemini", "/v1beta", true},
    {"ollama", "/api", true},
    {"openai-responses", "/v1", true},
};
#define DIALECTS (sizeof(dialects) / sizeof(*dialects))

static struct daemon d;
static struct model m;
static struct play p;
static char config[128], key_file[128], daemon_log[128], recording[128];

static void
write_config(void)
{
	FILE *f = fopen(config, "w");

	assert_non_null(f);
	fprintf(f, "[limits]\nrate = 0\n");
	for (size_t i = 0; i < DIALECTS; i++)
		fprintf(f,
		    "[endpoint %s]\nprovider = %s\n"
		    "url = http://127.0.0.1:%d%s\nmodel = fake-1\n"
		    "key_file = %s\nlogprobs = %s\ntimeout_ms = 500\n"
		    "connect_ms = 400\n",
		    dialects[i].name, dialects[i].name, m.port,
		    dialects[i].base, key_file,
		    dialects[i].logprobs ? "yes" : "no");
	/* The newer version of Anthropic's, and its other way with keys. */
	fprintf(f,
	    "[endpoint newer]\nprovider = anthropic\n"
	    "api_version = 2026-10-21\nurl = http://127.0.0.1:%d/v1\n"
	    "model = fake-1\nkey_file = %s\n",
	    m.port, key_file);
	fclose(f);
}

static void
restart_model(const char *script)
{
	int port = m.port;

	model_stop(&m);
	unlink(m.log);
	assert_int_equal(model_start(&m, &d, port, 0, script), 0);
}

static int
setup(void **state)
{
	FILE *f;

	(void)state;
	if (daemon_start(&d) == -1 || model_start(&m, &d, 0, 0, "") == -1)
		return -1;
	snprintf(config, sizeof(config), "%s/caucusd.conf", d.dir);
	snprintf(key_file, sizeof(key_file), "%s/key", d.dir);
	snprintf(daemon_log, sizeof(daemon_log), "%s/log", d.dir);
	snprintf(recording, sizeof(recording), "%s/recording", d.dir);
	f = fopen(key_file, "w");
	if (f == NULL)
		return -1;
	fputs(KEY "\n", f);
	fclose(f);
	chmod(key_file, 0600);
	write_config();
	d.config = config;
	d.quiet = true;
	daemon_kill9(&d);
	return daemon_restart(&d);
}

static int
teardown(void **state)
{
	(void)state;
	play_close(&p);
	model_stop(&m);
	daemon_clear(&d);
	return 0;
}

/* Three people at that endpoint. */
static void
open_at(const char *endpoint, json_t *settings)
{
	assert_int_equal(play_open_as(&p, &d, 3,
			     json_pack("{s:s,s:s,s:o,s:i}", "question",
				 "Should phones be banned?", "endpoint",
				 endpoint, "settings", settings, "seed", 7)),
	    0);
}

/* ---- as it should be ---- */

static void
assert_whole(const char *endpoint, const char *predictor, int predictions)
{
	json_t *list;
	int n;

	open_at(endpoint,
	    json_pack("{s:i,s:s}", "candidates", 3, "predictor", predictor));
	assert_int_equal(play_whole(&p, 2), 0);
	assert_int_equal(play_wait(&p, "concluded"), 0);
	list = play_events(&p, recording);
	n = 2 * 3 + predictions;
	if (play_count(list, "exchange.finished", "outcome", "ok") != n ||
	    play_count(list, "exchange.started", NULL, NULL) != n ||
	    play_count(list, "exchange.finished", "model", "fake-1") != n)
		fail_msg("%s, %s: %d of %d exchanges went well, wanted %d",
		    endpoint, predictor,
		    play_count(list, "exchange.finished", "outcome", "ok"),
		    play_count(list, "exchange.started", NULL, NULL), n);
	json_decref(list);
	assert_true(verify_outside(recording) >= 0);
	play_close(&p);
}

static void
test_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < DIALECTS; i++)
		assert_whole(dialects[i].name, "reasoned", 2 * 3);
	assert_whole("newer", "reasoned", 2 * 3);
}

/* One request a person and statement, and log probabilities in the replies:
 * alternatives in the recording show that they were read. */
static void
test_rated(void **state)
{
	json_t *list;

	(void)state;
	for (size_t i = 0; i < DIALECTS; i++) {
		if (!dialects[i].logprobs)
			continue;
		open_at(dialects[i].name,
		    json_pack("{s:i,s:s,s:i}", "candidates", 2, "predictor",
			"pointwise", "rounds", 0));
		assert_int_equal(play_next(&p, "lobby"), 0);
		assert_int_equal(play_texts(&p, "opinion"), 0);
		assert_int_equal(play_wait(&p, "ballot"), 0);
		for (int n = 0; n < 300; n++) {
			list = play_events(&p, recording);
			if (play_count(list, "exchange.finished", NULL, NULL) ==
			    2 + 3 * 2)
				break;
			json_decref(list);
			list = NULL;
			usleep(10000);
		}
		assert_non_null(list);
		assert_int_equal(
		    play_count(list, "exchange.finished", "outcome", "ok"),
		    2 + 3 * 2);
		json_decref(list);
		assert_true(file_holds(recording, "-500000"));
		play_close(&p);
	}
}

/* ---- every fault in every dialect ---- */

static const struct {
	const char *fault, *outcome;
	const char *ollama; /* which has no word for some; NULL: the same */
} faults[] = {
    {"429", "rate", NULL},
    {"429 1", "rate", NULL},
    {"quota", "quota", NULL},
    {"status 400", "config", NULL},
    {"401", "auth", NULL},
    {"500", "unavailable", NULL},
    {"529", "unavailable", NULL},
    {"inside", "unavailable", NULL},
    {"length", "length", NULL},
    {"refusal", "refusal", "parse"},
    {"filter", "refusal", "ok"},
    {"malformed", "parse", NULL},
    {"empty", "parse", NULL},
    {"garbage", "parse", NULL},
    {"html", "unavailable", NULL},
    {"huge", "parse", NULL},
    {"canary", "parse", NULL},
    {"cut", "unavailable", NULL},
    {"close", "unavailable", NULL},
    {"drip", "timeout", NULL},
    {"hang", "timeout", NULL},
    {"fence", "ok", NULL},
    {"think", "ok", NULL},
    {"split", "ok", NULL},
    {"gzip", "ok", NULL},
    {"duplicate", "ok", NULL},
};

static void
assert_fault(size_t dialect, size_t fault)
{
	const char *endpoint = dialects[dialect].name;
	const char *outcome = faults[fault].outcome;
	json_t *list;
	bool ok;

	if (strcmp(endpoint, "ollama") == 0 && faults[fault].ollama != NULL)
		outcome = faults[fault].ollama;
	ok = strcmp(outcome, "ok") == 0;
	open_at(
	    endpoint, json_pack("{s:i,s:i,s:i,s:i}", "candidates", 2,
			  "attempts", 1, "rounds", 0, "draft_deadline", 20));
	assert_int_equal(play_next(&p, "lobby"), 0);
	assert_int_equal(play_texts(&p, "opinion"), 0);
	if (play_wait(&p, "ballot") == -1)
		fail_msg("%s: stuck after %s", endpoint, faults[fault].fault);
	list = play_events(&p, recording);
	if (play_count(list, "exchange.finished", "outcome", outcome) <
		(ok ? 2 : 1) ||
	    play_count(list, "statement.drafted", NULL, NULL) != (ok ? 2 : 1))
		fail_msg("%s: %s: %d ended with %s, %d drafts", endpoint,
		    faults[fault].fault,
		    play_count(list, "exchange.finished", "outcome", outcome),
		    outcome, play_count(list, "statement.drafted", NULL, NULL));
	json_decref(list);
	play_close(&p);
}

static void
test_faults(void **state)
{
	char script[64];

	(void)state;
	for (size_t k = 0; k < sizeof(faults) / sizeof(*faults); k++)
		for (size_t i = 0; i < DIALECTS; i++) {
			snprintf(script, sizeof(script), "draft:1 %s",
			    faults[k].fault);
			restart_model(script);
			assert_fault(i, k);
		}
	restart_model("");
}

/* A ranking that is none is believed in no dialect; people vote all the
 * same. */
static void
test_permutation(void **state)
{
	json_t *list;

	(void)state;
	restart_model("predict permutation");
	for (size_t i = 0; i < DIALECTS; i++) {
		open_at(
		    dialects[i].name, json_pack("{s:i,s:i,s:i}", "candidates",
					  2, "attempts", 1, "rounds", 0));
		assert_int_equal(play_whole(&p, 1), 0);
		assert_int_equal(play_wait(&p, "concluded"), 0);
		list = play_events(&p, recording);
		assert_int_equal(
		    play_count(list, "ballot.predicted", NULL, NULL), 0);
		assert_int_equal(
		    play_count(list, "exchange.finished", "outcome", "ok"), 2);
		json_decref(list);
		play_close(&p);
	}
	restart_model("");
}

/* ---- what is learnt ---- */

/* A parameter that is refused is left out, the job done once more, and no
 * later request names it. */
static void
assert_learnt(const char *endpoint, const char *parameter)
{
	int refused, started, i;
	json_t *list;

	for (i = 0; i < 2; i++) {
		open_at(endpoint, json_pack("{s:i,s:i,s:i}", "candidates", 3,
				      "attempts", 3, "rounds", 0));
		assert_int_equal(play_whole(&p, 1), 0);
		assert_int_equal(play_wait(&p, "concluded"), 0);
		list = play_events(&p, recording);
		refused = play_count(
		    list, "exchange.finished", "why", "parameter_refused");
		started = play_count(list, "exchange.started", NULL, NULL);
		if (play_count(list, "exchange.finished", "outcome", "ok") !=
			6 ||
		    (i == 0 && refused < 1) || (i == 1 && refused != 0) ||
		    started != 6 + refused)
			fail_msg("%s, %s, session %d: %d refused, %d started",
			    endpoint, parameter, i, refused, started);
		json_decref(list);
		play_close(&p);
	}
}

static void
test_learnt(void **state)
{
	static const char *const parameters[] = {
	    "temperature", "max_tokens", "response_format"};
	char script[64];

	(void)state;
	restart_model("* parameter temperature");
	for (size_t i = 0; i < DIALECTS; i++)
		assert_learnt(dialects[i].name, "temperature");
	assert_true(file_holds(daemon_log, "refuses parameters"));
	for (size_t k = 1; k < 3; k++) {
		snprintf(
		    script, sizeof(script), "* parameter %s", parameters[k]);
		restart_model(script);
		assert_learnt("openai", parameters[k]);
	}
	restart_model("");
}

/* Nor what ran it with, nor what anybody is told. */
static void
test_no_key(void **state)
{
	char path[64];
	json_t *info;
	char *text;

	(void)state;
	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)d.pid);
	assert_false(file_holds(path, KEY));
	assert_int_equal(client_open(&p.host, &d), 0);
	info = client_call(&p.host, "connection.info", json_object());
	assert_non_null(info);
	text = json_dumps(info, 0);
	assert_null(strstr(text, KEY));
	/* What was learnt is shown. */
	assert_non_null(strstr(text, "\"sampling\": false"));
	assert_non_null(strstr(text, "max_completion_tokens"));
	free(text);
	json_decref(info);
	assert_false(file_holds(daemon_log, KEY));
	assert_false(file_holds(recording, KEY));
	assert_false(file_holds(d.journal, KEY));
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_whole),
	    cmocka_unit_test(test_rated),
	    cmocka_unit_test(test_faults),
	    cmocka_unit_test(test_permutation),
	    cmocka_unit_test(test_learnt),
	    cmocka_unit_test(test_no_key),
	};

	if (argc > 1) /* one of them by hand */
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, setup, teardown);
}
