/*
 * Recordings whose replay must not change: tests/golden.  What each of them
 * came to stands in tests/golden/expected, a line a recording, so that one
 * made anew shows in the change what has become different.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <glob.h>

#include "base/buf.h"
#include "record/recording.h"
#include "record/replay.h"
#include "tests/unit/record/fixture.h"

#define GOLDEN	 "tests/golden/"
#define EXPECTED GOLDEN "expected"

/* ---- what a recording came to ---- */

static const char *
str(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s != NULL ? s : "-";
}

static long long
num(const json_t *o, const char *key)
{
	return (long long)json_integer_value(json_object_get(o, key));
}

static void
add_ending(struct buf *b, const json_t *data)
{
	const json_t *agreement = json_object_get(data, "agreement");

	buf_addf(b, " %s %s elected %s agreement %lld/%lld ge5 %lld",
	    str(data, "outcome"), str(data, "winner"), str(data, "elected"),
	    num(agreement, "sum"), num(agreement, "n"), num(agreement, "ge5"));
}

/* "NAME: outcome statement … hash", from the recording alone. */
static void
add_line(struct buf *b, const char *path)
{
	struct recording_header header;
	struct err err = {0};
	struct event *e;
	struct recording *r = recording_open(path, &err);
	char hex[2 * DIGEST_LEN + 1] = "";
	long long events = 0, failed = 0, sealed_chars = 0;

	assert_non_null(r);
	assert_int_equal(recording_begin(r, &header, &err), 0);
	buf_addf(b, "%s:", path + strlen(GOLDEN));
	while (recording_next(r, &e, &err) == 1) {
		events++;
		if (strcmp(e->type, "job.failed") == 0)
			failed++;
		if (event_sealed(e, "chars") != NULL)
			sealed_chars++;
		/* a length in the open tells which statement it is */
		else if (strcmp(e->type, "statement.proposed") == 0 ||
			 strcmp(e->type, "exchange.finished") == 0)
			assert_null(json_object_get(e->data, "chars"));
		if (strcmp(e->type, "session.concluded") == 0)
			add_ending(b, e->data);
		hex_encode(e->hash, DIGEST_LEN, hex);
		event_destroy(e);
	}
	assert_int_equal(err.code, ERR_NONE);
	if (sealed_chars == 0)
		fail_msg("%s: no length is sealed", path);
	buf_addf(b, " events %lld failed %lld hash %s\n", events, failed, hex);
	recording_close(r);
}

static void
read_expected(struct buf *b)
{
	FILE *f = fopen(EXPECTED, "r");
	char part[4096];
	size_t n;

	assert_non_null(f);
	while ((n = fread(part, 1, sizeof part, f)) > 0)
		buf_add(b, part, n);
	fclose(f);
}

/* tests/golden/make asks for a new list. */
static void
every_result_is_as_expected(void **state)
{
	struct buf now = {0}, then = {0};
	glob_t found;
	size_t i;
	FILE *f;

	(void)state;
	assert_int_equal(glob(GOLDEN "*.jsonl", 0, NULL, &found), 0);
	for (i = 0; i < found.gl_pathc; i++)
		add_line(&now, found.gl_pathv[i]);
	globfree(&found);
	if (getenv("CAUCUS_GOLDEN_WRITE") != NULL) {
		f = fopen(EXPECTED, "w");
		assert_non_null(f);
		fputs(now.data, f);
		assert_int_equal(fclose(f), 0);
	}
	read_expected(&then);
	assert_string_equal(now.data, then.data);
	buf_free(&now);
	buf_free(&then);
}

static void
every_recording_replays(void **state)
{
	struct replay_report report;
	struct err err = {0};
	glob_t found;
	size_t i;

	(void)state;
	assert_int_equal(glob(GOLDEN "*.jsonl", 0, NULL, &found), 0);
	for (i = 0; i < found.gl_pathc; i++) {
		if (replay_file(found.gl_pathv[i], &report, &err) == -1)
			fail_msg("%s: %s", found.gl_pathv[i], err.text);
		if (report.outcome != REPLAY_IDENTICAL)
			fail_msg("%s replays differently", found.gl_pathv[i]);
		assert_true(report.verify.concluded);
		replay_report_clear(&report);
	}
	globfree(&found);
}

/* ---- cut short, and tampered with ---- */

#define CUTS 12 /* of each recording */

/* A recording as a play without a session: its header and events. */
static void
load(struct play *p, const char *path)
{
	struct recording *r = recording_open(path, NULL);
	struct recording_header header;
	struct err err = {0};
	struct event *e;
	char *nl;
	FILE *f;

	memset(p, 0, sizeof *p);
	assert_non_null(r);
	assert_int_equal(recording_begin(r, &header, &err), 0);
	while (recording_next(r, &e, &err) == 1)
		event_list_add(&p->log, e);
	recording_close(r);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(fgets(p->header, sizeof p->header, f));
	fclose(f);
	nl = strchr(p->header, '\n');
	assert_non_null(nl);
	*nl = '\0';
}

static enum replay_outcome
outcome_of(const struct buf *b)
{
	struct replay_report report;
	enum replay_outcome outcome;

	replay_bytes(b->data, b->len, &report, NULL);
	outcome = report.outcome;
	replay_report_clear(&report);
	return outcome;
}

/* As an export of the session while it went on: whatever the phase. */
static void
cuts_replay(const char *path)
{
	struct buf b = {0};
	struct play p;
	size_t all, n;

	load(&p, path);
	all = p.log.n;
	for (n = 1; n < all; n += 1 + all / CUTS) {
		while (n < all && p.log.v[n]->of != 0)
			n++;
		p.log.n = n;
		buf_reset(&b);
		write_log(&p, NULL, NULL, &b);
		if (outcome_of(&b) != REPLAY_IDENTICAL)
			fail_msg("%s replays differently, cut at %zu", path, n);
	}
	p.log.n = all;
	event_list_free(&p.log);
	buf_free(&b);
}

static void
every_cut_replays(void **state)
{
	glob_t found;
	size_t i;

	(void)state;
	assert_int_equal(glob(GOLDEN "*.jsonl", 0, NULL, &found), 0);
	for (i = 0; i < found.gl_pathc; i++)
		cuts_replay(found.gl_pathv[i]);
	globfree(&found);
}

/* The event that is changed: what the callback knows of it. */
static struct {
	const char *type;
	bool changed;
} target;

static void
change(struct event *e)
{
	const char *name;
	json_t *v;
	void *next;

	if (target.changed || e->of == 0 || strcmp(e->type, target.type) != 0)
		return;
	json_object_foreach_safe(e->data, next, name, v) {
		target.changed = true;
		if (json_is_integer(v))
			json_object_set_new(e->data, name,
			    json_integer(json_integer_value(v) + 1));
		else if (json_is_boolean(v))
			json_object_set_new(
			    e->data, name, json_boolean(!json_is_true(v)));
		else if (json_is_string(v))
			json_object_set_new(
			    e->data, name, json_string("other"));
		else
			json_object_set_new(e->data, name, json_integer(0));
		return;
	}
}

/* A derived event of each type with another figure, the chain made anew over
 * it: never identical. */
static size_t
tampering_shows(const char *path, json_t *types)
{
	struct buf b = {0};
	struct play p;
	size_t i, n = 0;

	load(&p, path);
	for (i = 0; i < p.log.n; i++) {
		target.type = p.log.v[i]->type;
		target.changed = false;
		if (p.log.v[i]->of == 0 ||
		    json_object_get(types, target.type) != NULL)
			continue;
		buf_reset(&b);
		write_tampered(&p, change, &b);
		if (!target.changed)
			continue;
		json_object_set_new(types, target.type, json_true());
		n++;
		if (outcome_of(&b) == REPLAY_IDENTICAL)
			fail_msg("%s: a changed %s goes unnoticed", path,
			    target.type);
	}
	event_list_free(&p.log);
	buf_free(&b);
	return n;
}

/* Of each path its own; the types that several have are tried in each. */
static void
all_tampering_shows(void **state)
{
	json_t *types;
	glob_t found;
	size_t i, n = 0;

	(void)state;
	assert_int_equal(glob(GOLDEN "*.jsonl", 0, NULL, &found), 0);
	for (i = 0; i < found.gl_pathc; i++) {
		types = json_object();
		n += tampering_shows(found.gl_pathv[i], types);
		json_decref(types);
	}
	globfree(&found);
	assert_true(n > 150);
}

/* At least two for each path through the procedure. */
static void
every_path_is_there(void **state)
{
	static const char *const paths[] = {"default", "paper", "pools", "top",
	    "proportional", "asked", "absent", "endpoint", "faults", "review",
	    "overruled", "people"};
	char pattern[64];
	glob_t found;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof paths / sizeof *paths; i++) {
		snprintf(
		    pattern, sizeof pattern, GOLDEN "%s-*.jsonl", paths[i]);
		assert_int_equal(glob(pattern, 0, NULL, &found), 0);
		assert_true(found.gl_pathc >= 2);
		globfree(&found);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_recording_replays),
	    cmocka_unit_test(every_result_is_as_expected),
	    cmocka_unit_test(every_cut_replays),
	    cmocka_unit_test(all_tampering_shows),
	    cmocka_unit_test(every_path_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
