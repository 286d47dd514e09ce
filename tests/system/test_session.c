/* A whole deliberation over the socket, and what may be said of its record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness.h"
#include "record/replay.h"

static struct daemon d;
static struct play p;

static int
setup(void **state)
{
	(void)state;
	return daemon_start(&d);
}

static int
teardown(void **state)
{
	(void)state;
	play_close(&p);
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

static void
play_five(json_int_t seed)
{
	assert_int_equal(
	    play_open(&p, &d, 5, seed, json_pack("{s:i}", "candidates", 6)), 0);
	assert_int_equal(play_whole(&p, 2), 0);
}

static json_t *
view(void)
{
	json_t *g = client_call(
	    &p.host, "session.get", json_pack("{s:s}", "session", p.session));

	assert_non_null(g);
	return g;
}

static void
test_recording_replays(void **state)
{
	struct replay_report report;
	struct err err = {0};
	char path[128];
	json_t *g;
	int r;

	(void)state;
	play_five(7);
	g = view();
	assert_true(json_is_object(json_object_get(g, "result")));
	snprintf(path, sizeof(path), "%s/recording", d.dir);
	assert_int_equal(play_export(&p, path), 0);
	r = replay_file(path, &report, &err);
	if (r == -1)
		fprintf(stderr, "replay: %s\n", err.text);
	assert_int_equal(r, 0);
	assert_int_equal(report.outcome, REPLAY_IDENTICAL);
	assert_true(report.verify.holds);
	assert_true(report.verify.concluded);
	assert_int_equal(report.verify.events,
	    json_integer_value(json_object_get(g, "seq")));
	replay_report_clear(&report);
	json_decref(g);
	assert_int_equal(play_verify(path), 0);
}

/* Every seq from `after` on, once and in order, up to the last. */
static void
assert_no_gap(const struct client *c, json_int_t after, json_int_t last)
{
	json_int_t seq = after;
	json_t *note;
	size_t i;

	json_array_foreach(c->notes, i, note) {
		json_t *e =
		    json_object_get(json_object_get(note, "params"), "event");
		if (e == NULL)
			continue;
		assert_int_equal(
		    json_integer_value(json_object_get(e, "seq")), ++seq);
	}
	assert_int_equal(seq, last);
}

/* What was told as `opened` came after the ballot's first tally. */
static void
assert_opened_late(const struct client *c)
{
	const char *method, *type;
	bool tallied = false;
	int opened = 0;
	json_t *note;
	size_t i;

	json_array_foreach(c->notes, i, note) {
		method = json_string_value(json_object_get(note, "method"));
		type = json_string_value(json_object_get(
		    json_object_get(json_object_get(note, "params"), "event"),
		    "type"));
		if (type != NULL && strcmp(type, "tally.decided") == 0)
			tallied = true;
		if (method != NULL && strcmp(method, "opened") == 0) {
			assert_true(tallied);
			opened++;
		}
	}
	assert_true(opened > 0);
}

static void
subscribe(struct client *c, json_int_t after)
{
	json_t *r = client_call(c, "session.subscribe",
	    json_pack("{s:s,s:I}", "session", p.session, "after", after));

	assert_non_null(r);
	json_decref(r);
}

/* A ping is answered after what was queued before it. */
static void
drain(struct client *c)
{
	int i;

	for (i = 0; i < 5; i++) {
		json_decref(client_call(c, "connection.ping", json_object()));
		usleep(50000);
	}
}

static void
test_subscribers(void **state)
{
	json_int_t last;
	json_t *g, *r;

	(void)state;
	assert_int_equal(
	    play_open(&p, &d, 5, 8, json_pack("{s:i}", "candidates", 6)), 0);
	subscribe(&p.people[0], 0);
	assert_int_equal(play_whole(&p, 2), 0);
	g = view();
	last = json_integer_value(json_object_get(g, "seq"));
	json_decref(g);
	drain(&p.people[0]);
	assert_no_gap(&p.people[0], 0, last);
	assert_opened_late(&p.people[0]);

	r = client_call(&p.people[0], "session.unsubscribe",
	    json_pack("{s:s}", "session", p.session));
	assert_non_null(r);
	json_decref(r);
	json_array_clear(p.people[0].notes);
	subscribe(&p.people[0], last / 2);
	drain(&p.people[0]);
	assert_no_gap(&p.people[0], last / 2, last);
}

static void
test_same_seed(void **state)
{
	json_t *g, *first, *second;

	(void)state;
	play_five(99);
	g = view();
	first = json_incref(json_object_get(g, "rounds_done"));
	json_decref(g);
	play_close(&p);
	play_five(99);
	g = view();
	second = json_object_get(g, "rounds_done");
	assert_int_equal(json_array_size(first), 2);
	assert_true(json_equal(first, second));
	json_decref(first);
	json_decref(g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(test_recording_replays, after_each),
	    cmocka_unit_test_teardown(test_subscribers, after_each),
	    cmocka_unit_test_teardown(test_same_seed, after_each),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
