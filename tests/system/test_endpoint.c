/*
 * Deliberations through an endpoint that is as it should be, slow, wrong, rude
 * or gone.  Takes longer than 2 s: it waits for deadlines, backoff and
 * restarts of real processes.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness.h"
#include "model.h"

#define KEY "sk-not-to-be-seen-5f1d"

static struct daemon d;
static struct model m;
static struct play p;
static char config[128], key_file[128], daemon_log[128], recording[128];

static void
write_file(const char *path, mode_t mode, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(path, mode), 0);
}

/* Each failure is looked at alone, so none opens a breaker unless asked. */
static int breaker, resend;

static void
write_config(const char *model, int timeout_ms)
{
	char text[512];

	snprintf(text, sizeof(text),
	    "; of a test\n[limits]\nrate = 0\n[endpoint fake]\n"
	    "url = http://127.0.0.1:%d/v1/\nmodel = %s\nkey_file = %s\n"
	    "timeout_ms = %d\nconnect_ms = 400\nbreaker = %d\n"
	    "resend = %d\nwindow = %d\n",
	    m.port, model, key_file, timeout_ms, breaker, resend,
	    resend > 0 ? 4 : 32);
	write_file(config, 0600, text);
}

static void
restart_model(int latency_ms, const char *script)
{
	int port = m.port;

	model_stop(&m);
	unlink(m.log);
	assert_int_equal(model_start(&m, &d, port, latency_ms, script), 0);
}

static void
restart_daemon(void)
{
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
	snprintf(key_file, sizeof(key_file), "%s/key", d.dir);
	snprintf(daemon_log, sizeof(daemon_log), "%s/log", d.dir);
	snprintf(recording, sizeof(recording), "%s/recording", d.dir);
	write_file(key_file, 0600, KEY "\n");
	write_config("fake-1", 600);
	d.config = config;
	d.quiet = true;
	restart_daemon();
	return 0;
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

/* Whatever a test did, the next finds endpoint and daemon as they should be. */
static int
after_each(void **state)
{
	(void)state;
	play_close(&p);
	breaker = resend = 0;
	write_config("fake-1", 600);
	restart_daemon();
	restart_model(0, "");
	return 0;
}

/* ---- a session and its record ---- */

static json_t *
view(void)
{
	json_t *g = client_call(
	    &p.host, "session.get", json_pack("{s:s}", "session", p.session));

	assert_non_null(g);
	return g;
}

/* Three people with their opinions given: drafting begins. */
static void
open_drafting(int candidates, int attempts, int deadline)
{
	assert_int_equal(play_open(&p, &d, 3, 7,
			     json_pack("{s:i,s:i,s:i,s:i}", "candidates",
				 candidates, "attempts", attempts,
				 "draft_deadline", deadline, "rounds", 0)),
	    0);
	assert_int_equal(play_next(&p, "lobby"), 0);
	assert_int_equal(play_texts(&p, "opinion"), 0);
}

/* Every event of the session, as the operator may have them. */
static json_t *
events(void)
{
	json_t *list = play_events(&p, recording);

	assert_non_null(list);
	return list;
}

static int
count(
    const json_t *list, const char *type, const char *member, const char *value)
{
	return play_count(list, type, member, value);
}

static void
wait_asked(void)
{
	bool asked = false;
	json_t *g;
	int i;

	for (i = 0; i < 1000 && !asked; i++) {
		g = view();
		asked = json_is_true(json_object_get(g, "asked"));
		json_decref(g);
		usleep(10000);
	}
	assert_true(asked);
}

static void
assert_replays(bool concluded)
{
	char *bytes;
	size_t n;

	assert_int_equal(play_export(&p, recording), 0);
	bytes = file_bytes(recording, &n);
	assert_int_equal(replays(bytes, n, concluded), 0);
	free(bytes);
}

/* 1: there is no such program here, which it says. */
static void
assert_verifies(void)
{
	assert_true(verify_outside(recording) >= 0);
}

static void
assert_no_key(void)
{
	char path[160];

	snprintf(path, sizeof(path), "%s-wal", d.journal);
	assert_false(file_holds(d.journal, KEY));
	assert_false(file_holds(path, KEY));
	assert_false(file_holds(daemon_log, KEY));
	assert_false(file_holds(recording, KEY));
}

/* What a participant may read holds neither the marks nor the counts of an
 * exchange, even after the conclusion. */
static void
assert_unseen(void)
{
	json_t *r = client_call(&p.people[0], "session.export",
		   json_pack("{s:s}", "session", p.session)),
	       *line;
	size_t i;

	assert_true(json_array_size(json_object_get(r, "lines")) > 50);
	json_array_foreach(json_object_get(r, "lines"), i, line) {
		assert_null(strstr(json_string_value(line), "canary\\\""));
		assert_null(strstr(json_string_value(line), "_tokens"));
	}
	json_decref(r);
	assert_true(file_holds(recording, "_tokens"));
	assert_true(file_holds(recording, "canary\\\""));
}

/* ---- as it should be ---- */

static void
test_whole(void **state)
{
	json_t *g, *list;

	(void)state;
	restart_model(20, "");
	assert_int_equal(
	    play_open(&p, &d, 5, 7, json_pack("{s:i}", "candidates", 6)), 0);
	assert_int_equal(play_whole(&p, 2), 0);
	g = view();
	assert_true(json_is_object(json_object_get(g, "result")));
	assert_string_equal(
	    text_of(json_object_get(g, "drafter"), "endpoint"), "fake");
	assert_string_equal(
	    text_of(json_object_get(g, "drafter"), "model"), "fake-1");
	assert_non_null(strstr(text_of(g, "terms"),
	    "the language model fake-1 at 127.0.0.1 (endpoint fake)"));
	json_decref(g);

	list = events();
	/* 6 drafts and 5 predictions a round; each template once. */
	assert_int_equal(count(list, "exchange.started", NULL, NULL), 22);
	assert_int_equal(count(list, "exchange.finished", "outcome", "ok"), 22);
	assert_int_equal(count(list, "template.used", NULL, NULL), 3);
	assert_int_equal(
	    count(list, "exchange.started", "model", "fake-1"), 22);
	assert_int_equal(
	    count(list, "exchange.started", "template", "revise"), 6);
	assert_int_equal(
	    count(list, "exchange.finished", "fingerprint", "fp_fake"), 22);
	assert_int_equal(model_requests(&m, NULL), 22);
	json_decref(list);
	assert_replays(true);
	assert_verifies();
	assert_no_key();
	assert_unseen();
}

/* ---- wrong in any call ---- */

static const struct {
	const char *fault, *outcome;
	int started; /* of two drafts with two attempts each */
} wrongs[] = {
    {"429", "rate", 4},
    {"429 0", "rate", 4},
    {"quota", "quota", 2},
    {"500", "unavailable", 4},
    {"401", "auth", 2},
    {"status 302", "config", 2},
    {"status 400", "config", 2},
    {"html", "unavailable", 4},
    {"inside", "unavailable", 4},
    {"garbage", "parse", 4},
    {"huge", "parse", 4},
    {"hang", "timeout", 4},
    {"close", "unavailable", 4},
    {"cut", "unavailable", 4},
    {"drip", "timeout", 4},
    {"malformed", "parse", 4},
    {"empty", "parse", 4},
    {"long", "length", 4},
    {"canary", "parse", 4},
    {"refusal", "refusal", 2},
    {"filter", "refusal", 2},
    {"length", "length", 4},
};
#define WRONGS (sizeof(wrongs) / sizeof(*wrongs))

/* Every draft goes wrong: the facilitator is asked, and `next` ends it. */
static void
test_wrong_drafts(void **state)
{
	char script[64];
	json_t *list;
	size_t i;

	(void)state;
	for (i = 0; i < WRONGS; i++) {
		snprintf(script, sizeof(script), "draft %s", wrongs[i].fault);
		restart_model(0, script);
		open_drafting(2, 2, 8);
		wait_asked();
		assert_int_equal(play_next(&p, "draft"), 0);
		assert_int_equal(play_wait(&p, "concluded"), 0);
		list = events();
		if (count(list, "exchange.finished", "outcome",
			wrongs[i].outcome) != wrongs[i].started ||
		    count(list, "exchange.started", NULL, NULL) !=
			wrongs[i].started ||
		    count(list, "job.failed", NULL, NULL) != 2)
			fail_msg("%s: %d of %d exchanges ended with %s, %d "
				 "jobs failed",
			    wrongs[i].fault,
			    count(list, "exchange.finished", "outcome",
				wrongs[i].outcome),
			    count(list, "exchange.started", NULL, NULL),
			    wrongs[i].outcome,
			    count(list, "job.failed", NULL, NULL));
		json_decref(list);
		assert_replays(false);
		play_close(&p);
	}
	assert_verifies();
	assert_no_key();
}

/* The first draft goes wrong once: the round goes on with or without it. */
static void
test_wrong_once(void **state)
{
	char script[64];
	json_t *list;
	size_t i;

	(void)state;
	for (i = 0; i < WRONGS; i++) {
		snprintf(script, sizeof(script), "draft:1 %s", wrongs[i].fault);
		restart_model(0, script);
		open_drafting(3, 2, 8);
		assert_int_equal(play_wait(&p, "ballot"), 0);
		list = events();
		if (count(list, "exchange.finished", "outcome",
			wrongs[i].outcome) != 1)
			fail_msg("%s: %d ended with %s", wrongs[i].fault,
			    count(list, "exchange.finished", "outcome",
				wrongs[i].outcome),
			    wrongs[i].outcome);
		assert_int_equal(count(list, "statement.drafted", NULL, NULL),
		    wrongs[i].started == 2 ? 2 : 3);
		json_decref(list);
		play_close(&p);
	}
}

/* No prediction can be had: people vote all the same. */
static void
test_wrong_predictions(void **state)
{
	static const char *const faults[] = {"500", "permutation", "canary",
	    "hang", "close", "refusal", "quota", "malformed"};
	char script[64];
	json_t *list;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		snprintf(script, sizeof(script), "predict %s", faults[i]);
		restart_model(0, script);
		open_drafting(3, 2, 8);
		assert_int_equal(play_wait(&p, "ballot"), 0);
		assert_int_equal(play_ballots(&p), 0);
		assert_int_equal(play_wait(&p, "concluded"), 0);
		list = events();
		assert_int_equal(
		    count(list, "ballot.predicted", NULL, NULL), 0);
		json_decref(list);
		assert_replays(false);
		play_close(&p);
	}
}

/* Ways of writing good JSON that are understood. */
static void
test_dressed(void **state)
{
	json_t *list;

	(void)state;
	restart_model(0, "draft fence\npredict think");
	open_drafting(3, 1, 8);
	assert_int_equal(play_wait(&p, "ballot"), 0);
	list = events();
	assert_int_equal(count(list, "exchange.finished", "outcome", "ok"), 6);
	json_decref(list);
}

/* ---- slow and gone ---- */

/* One draft hangs past the deadline: the others are voted on, the one is
 * cancelled, and that is recorded. */
static void
test_slow_draft(void **state)
{
	json_t *list;

	(void)state;
	write_config("fake-1", 60000);
	restart_daemon();
	restart_model(0, "draft:2 hang");
	open_drafting(3, 1, 1);
	assert_int_equal(play_wait(&p, "ballot"), 0);
	list = events();
	assert_int_equal(count(list, "statement.drafted", NULL, NULL), 2);
	assert_int_equal(count(list, "exchange.cancelled", NULL, NULL), 1);
	assert_int_equal(count(list, "ballot.predicted", NULL, NULL), 3);
	json_decref(list);
	assert_replays(false);
}

static void
open_quorum(void)
{
	write_config("fake-1", 60000);
	restart_daemon();
	restart_model(400, "draft:2 hang");
	assert_int_equal(play_open(&p, &d, 3, 7,
			     json_pack("{s:i,s:i,s:i}", "candidates", 4,
				 "draft_quorum", 75, "rounds", 0)),
	    0);
	assert_int_equal(play_next(&p, "lobby"), 0);
	assert_int_equal(play_texts(&p, "opinion"), 0);
}

static void
assert_one_late(void)
{
	json_t *list;

	assert_int_equal(play_wait(&p, "ballot"), 0);
	list = events();
	assert_int_equal(count(list, "statement.drafted", NULL, NULL), 3);
	assert_int_equal(count(list, "exchange.cancelled", "why", "late"), 1);
	assert_int_equal(count(list, "ballot.predicted", NULL, NULL), 3);
	json_decref(list);
	assert_replays(false);
	assert_verifies();
}

/* One draft hangs, and its deadline is ten minutes away: a quorum of the others
 * is enough. */
static void
test_quorum(void **state)
{
	(void)state;
	open_quorum();
	assert_one_late();
}

/* The daemon is killed when the quorum is there: the next one knows from the
 * recording since when, and cancels the straggler. */
static void
test_quorum_kill9(void **state)
{
	json_t *list;
	int i, n = 0;

	(void)state;
	open_quorum();
	for (i = 0; i < 500 && n < 3; i++) {
		list = events();
		n = count(list, "statement.drafted", NULL, NULL);
		json_decref(list);
		usleep(2000);
	}
	assert_int_equal(n, 3);
	list = events();
	assert_int_equal(count(list, "exchange.cancelled", NULL, NULL), 0);
	json_decref(list);
	restart_daemon();
	client_close(&p.host);
	assert_int_equal(client_open(&p.host, &d), 0);
	assert_one_late();
}

static void
open_budget(int candidates, int calls, const char *script)
{
	restart_model(0, script);
	assert_int_equal(
	    play_open(&p, &d, 3, 7,
		json_pack("{s:i,s:i,s:i}", "candidates", candidates,
		    "budget_calls", calls, "rounds", 0)),
	    0);
	assert_int_equal(play_next(&p, "lobby"), 0);
	assert_int_equal(play_texts(&p, "opinion"), 0);
}

/* How the calls of a round of five drafts and three ballots fit a budget. */
static void
test_budget(void **state)
{
	static const struct {
		int calls, drafts, ballots, cancelled;
	} rows[] = {{8, 5, 3, 0}, {6, 5, 1, 2}, {2, 2, 0, 6}};
	json_t *list, *g;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		open_budget(5, rows[i].calls, "");
		assert_int_equal(play_wait(&p, "ballot"), 0);
		list = events();
		assert_int_equal(
		    count(list, "exchange.started", NULL, NULL), rows[i].calls);
		assert_int_equal(model_requests(&m, NULL), rows[i].calls);
		assert_int_equal(count(list, "statement.drafted", NULL, NULL),
		    rows[i].drafts);
		assert_int_equal(count(list, "ballot.predicted", NULL, NULL),
		    rows[i].ballots);
		assert_int_equal(
		    count(list, "exchange.cancelled", "why", "budget"),
		    rows[i].cancelled);
		json_decref(list);
		g = view();
		assert_int_equal(
		    json_integer_value(json_object_get(g, "calls")),
		    rows[i].calls);
		json_decref(g);
		assert_replays(false);
		play_close(&p);
	}
}

/* The calls in flight at a kill count: what is started anew is paid from the
 * same budget, and when it is spent the facilitator is asked. */
static void
test_budget_kill9(void **state)
{
	json_t *list;
	int i;

	(void)state;
	write_config("fake-1", 60000);
	restart_daemon();
	open_budget(3, 4, "draft hang");
	for (i = 0; i < 500 && model_requests(&m, "draft") < 3; i++)
		usleep(5000);
	assert_int_equal(model_requests(&m, "draft"), 3);
	for (i = 0; i < 2; i++) {
		restart_daemon();
		client_close(&p.host);
		assert_int_equal(client_open(&p.host, &d), 0);
		list = events();
		json_decref(list);
	}
	wait_asked();
	list = events();
	assert_int_equal(count(list, "exchange.started", NULL, NULL), 4);
	assert_int_equal(count(list, "exchange.cancelled", "why", "budget"), 3);
	assert_true(model_requests(&m, NULL) <= 4);
	json_decref(list);
	assert_replays(false);
}

/* Ended in mid-draft: what is in flight is cancelled, and the record ends with
 * the conclusion. */
static void
test_aborted(void **state)
{
	json_t *list, *r;
	int i;

	(void)state;
	write_config("fake-1", 60000);
	restart_daemon();
	restart_model(0, "2- hang");
	open_drafting(3, 1, 30);
	for (i = 0; i < 500 && model_requests(&m, "draft") < 3; i++)
		usleep(10000);
	usleep(50000);
	r = client_call(&p.host, "session.abort",
	    json_pack("{s:s,s:s}", "session", p.session, "reason", "enough"));
	assert_non_null(r);
	json_decref(r);
	assert_int_equal(play_wait(&p, "concluded"), 0);
	list = events();
	assert_string_equal(
	    text_of(json_array_get(list, json_array_size(list) - 1), "type"),
	    "session.concluded");
	json_decref(list);
	usleep(50000); /* nor does anything come later */
	assert_replays(true);
	assert_verifies();
}

static void
test_gone(void **state)
{
	json_t *list;

	(void)state;
	model_stop(&m);
	open_drafting(2, 2, 8);
	wait_asked();
	list = events();
	assert_int_equal(
	    count(list, "exchange.finished", "outcome", "unavailable"), 4);
	assert_int_equal(
	    count(list, "exchange.finished", "why", "not_connected"), 4);
	json_decref(list);
	/* Nobody answers for the model, so people may propose themselves. */
	assert_int_equal(play_next(&p, "draft"), 0);
	assert_int_equal(play_wait(&p, "concluded"), 0);
}

/* Killed with requests in flight and brought back: the round finishes without
 * anybody. */
static void
test_back_again(void **state)
{
	json_t *list;
	int i;

	(void)state;
	restart_model(300, "");
	open_drafting(4, 10, 20);
	for (i = 0; i < 500 && model_requests(&m, "draft") < 4; i++)
		usleep(10000);
	model_stop(&m);
	usleep(300000);
	restart_model(0, "");
	assert_int_equal(play_wait(&p, "ballot"), 0);
	list = events();
	assert_int_equal(count(list, "statement.drafted", NULL, NULL), 4);
	assert_true(
	    count(list, "exchange.finished", "outcome", "unavailable") >= 4);
	json_decref(list);
}

/*
 * Away for longer than all tries of a job last: once it has answered, what is
 * to be sent to it waits for it, and only a request now and then looks whether
 * it is back.  With two tries a job, all would fail without that.
 */
static void
test_away(void **state)
{
	json_t *list;
	int i;

	(void)state;
	breaker = 3;
	write_config("fake-1", 600);
	restart_daemon();
	open_drafting(2, 2, 20);
	assert_int_equal(play_wait(&p, "ballot"), 0); /* it has answered */
	play_close(&p);
	restart_model(300, "");
	open_drafting(8, 2, 20);
	for (i = 0; i < 500 && model_requests(&m, "draft") < 8; i++)
		usleep(10000);
	model_stop(&m);
	usleep(2000000);
	restart_model(0, "");
	assert_int_equal(play_wait(&p, "ballot"), 0);
	list = events();
	assert_int_equal(count(list, "facilitator.asked", NULL, NULL), 0);
	assert_true(count(list, "statement.drafted", NULL, NULL) >= 4);
	assert_true(count(list, "job.failed", NULL, NULL) <= 4);
	json_decref(list);
	assert_true(file_holds(daemon_log, "does not answer"));
	assert_true(file_holds(daemon_log, "answers again"));
	assert_replays(false);
	assert_verifies();
}

/* ---- the daemon's own end ---- */

/* Of each job: started at most twice, and never after it had ended well. */
static void
assert_no_repeat(const json_t *list)
{
	json_t *started = json_object(), *done = json_object();
	const json_t *e, *data;
	const char *job;
	json_int_t n;
	size_t i;

	json_array_foreach(list, i, e) {
		data = json_object_get(e, "data");
		job = text_of(data, "job");
		if (strcmp(text_of(e, "type"), "exchange.started") == 0) {
			assert_null(json_object_get(done, job));
			n = json_integer_value(json_object_get(started, job));
			assert_true(n < 2);
			json_object_set_new(started, job, json_integer(n + 1));
		} else if (strcmp(text_of(e, "type"), "exchange.finished") == 0)
			json_object_set_new(done, job, json_true());
	}
	json_decref(started);
	json_decref(done);
}

static void
test_kill9(void **state)
{
	json_t *list;
	int i, sent;

	(void)state;
	/* Half of the drafts are there when the daemon dies. */
	restart_model(0, "draft/2 slow 450");
	open_drafting(6, 3, 20);
	for (i = 0; i < 500 && model_requests(&m, "draft") < 6; i++)
		usleep(5000);
	usleep(100000);
	restart_daemon();
	client_close(&p.host);
	assert_int_equal(client_open(&p.host, &d), 0);
	assert_int_equal(play_wait(&p, "ballot"), 0);
	list = events();
	assert_no_repeat(list);
	assert_int_equal(count(list, "statement.drafted", NULL, NULL), 6);
	sent = model_requests(&m, NULL);
	assert_true(sent <= count(list, "exchange.started", NULL, NULL));
	/* Those that had ended were not asked for again. */
	assert_true(count(list, "exchange.started", NULL, NULL) <= 6 + 3 + 3);
	json_decref(list);
	assert_replays(false);
	assert_verifies();
}

/* The last of twelve drafts hangs, and its timeout is a minute away: when the
 * endpoint is known to be faster, the draft is asked for anew. */
static void
test_straggler(void **state)
{
	json_t *list;

	(void)state;
	resend = 300;
	write_config("fake-1", 60000);
	restart_daemon();
	restart_model(20, "draft:12 hang");
	open_drafting(12, 3, 50);
	assert_int_equal(play_wait(&p, "ballot"), 0);
	list = events();
	assert_int_equal(count(list, "statement.drafted", NULL, NULL), 12);
	/* a slow machine may make stragglers of others */
	assert_true(count(list, "exchange.finished", "why", "straggler") >= 1);
	assert_int_equal(count(list, "exchange.finished", "why", "straggler"),
	    count(list, "exchange.finished", "outcome", "cancelled"));
	assert_int_equal(count(list, "exchange.started", NULL, NULL),
	    count(list, "exchange.finished", NULL, NULL));
	json_decref(list);
	assert_replays(false);
	assert_verifies();
}

/* SIGTERM does not wait for a model that hangs; the work is taken up again. */
static void
test_stop(void **state)
{
	json_t *list;

	(void)state;
	write_config("fake-1", 60000);
	restart_daemon();
	restart_model(0, "1-2 hang");
	open_drafting(2, 3, 20);
	usleep(200000);
	assert_int_equal(daemon_stop(&d), 0);
	assert_int_equal(daemon_restart(&d), 0);
	client_close(&p.host);
	assert_int_equal(client_open(&p.host, &d), 0);
	assert_int_equal(play_wait(&p, "ballot"), 0);
	list = events();
	assert_no_repeat(list);
	json_decref(list);
}

/* ---- what people agreed to ---- */

static void
test_other_model(void **state)
{
	json_t *list;

	(void)state;
	assert_int_equal(
	    play_open(&p, &d, 3, 7,
		json_pack("{s:i,s:i}", "candidates", 2, "rounds", 0)),
	    0);
	write_config("fake-2", 600);
	restart_daemon();
	play_close(&p);
	assert_int_equal(
	    play_open(&p, &d, 3, 8,
		json_pack("{s:i,s:i}", "candidates", 2, "rounds", 0)),
	    0);
	write_config("fake-1", 600);
	assert_int_equal(play_next(&p, "lobby"), 0);
	assert_int_equal(play_texts(&p, "opinion"), 0);
	assert_int_equal(play_wait(&p, "ballot"), 0);
	list = events();
	assert_int_equal(count(list, "exchange.started", "model", "fake-2"), 5);
	json_decref(list);
}

/* Opened with one model, drafted when the endpoint has another: nothing is
 * sent, and the facilitator is asked. */
static void
test_model_changed(void **state)
{
	json_t *list;
	int i;

	(void)state;
	model_stop(&m); /* holds the work back while the daemon changes */
	open_drafting(2, 10, 20);
	write_config("fake-2", 600);
	restart_daemon();
	restart_model(0, "");
	client_close(&p.host);
	assert_int_equal(client_open(&p.host, &d), 0);
	wait_asked();
	list = events();
	assert_int_equal(
	    count(list, "exchange.finished", "why", "other_model"), 2);
	i = model_requests(&m, NULL);
	assert_int_equal(i, 0);
	json_decref(list);
}

/* The command with a daemon of its own. */
static void
test_run(void **state)
{
	const char *build = getenv("CAUCUS_BUILD");
	char command[512];

	(void)state;
	if (build == NULL)
		build = "build";
	snprintf(command, sizeof(command),
	    "CAUCUS_DATADIR=config "
	    "%s/caucus run config/scenarios/school-phones.json --endpoint "
	    "http://127.0.0.1:%d/v1 --model fake-1 --key-file %s --record %s "
	    "--json | grep -q '\"model\": *\"fake-1\"'",
	    build, m.port, key_file, recording);
	assert_int_equal(system(command), 0);
	assert_true(model_requests(&m, "draft") > 0);
	assert_true(file_holds(recording, "the language model fake-1"));
	assert_false(file_holds(recording, KEY));
	assert_verifies();
	snprintf(command, sizeof(command),
	    "%s/caucus run config/scenarios/school-phones.json --endpoint "
	    "http://127.0.0.1:%d/v1 >/dev/null 2>&1",
	    build, m.port);
	assert_int_equal(WEXITSTATUS(system(command)), 2);
}

static void
test_offline_beside(void **state)
{
	json_t *r, *a;

	(void)state;
	assert_int_equal(client_open(&p.host, &d), 0);
	r = client_call(&p.host, "session.create",
	    json_pack("{s:s,s:s}", "question", "Why?", "endpoint", "offline"));
	assert_non_null(r);
	assert_non_null(strstr(
	    text_of(json_object_get(r, "terms"), "text"), "no language model"));
	json_decref(r);
	a = client_ask(&p.host, "session.create",
	    json_pack("{s:s,s:s}", "question", "Why?", "endpoint", "nowhere"));
	assert_string_equal(answer_error(a), "invalid_params");
	json_decref(a);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(test_whole, after_each),
	    cmocka_unit_test_teardown(test_wrong_drafts, after_each),
	    cmocka_unit_test_teardown(test_wrong_once, after_each),
	    cmocka_unit_test_teardown(test_wrong_predictions, after_each),
	    cmocka_unit_test_teardown(test_dressed, after_each),
	    cmocka_unit_test_teardown(test_slow_draft, after_each),
	    cmocka_unit_test_teardown(test_quorum, after_each),
	    cmocka_unit_test_teardown(test_quorum_kill9, after_each),
	    cmocka_unit_test_teardown(test_straggler, after_each),
	    cmocka_unit_test_teardown(test_budget, after_each),
	    cmocka_unit_test_teardown(test_budget_kill9, after_each),
	    cmocka_unit_test_teardown(test_aborted, after_each),
	    cmocka_unit_test_teardown(test_gone, after_each),
	    cmocka_unit_test_teardown(test_back_again, after_each),
	    cmocka_unit_test_teardown(test_away, after_each),
	    cmocka_unit_test_teardown(test_kill9, after_each),
	    cmocka_unit_test_teardown(test_stop, after_each),
	    cmocka_unit_test_teardown(test_other_model, after_each),
	    cmocka_unit_test_teardown(test_model_changed, after_each),
	    cmocka_unit_test_teardown(test_run, after_each),
	    cmocka_unit_test_teardown(test_offline_beside, after_each),
	};

	if (argc > 1) /* one of them by hand */
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, setup, teardown);
}
