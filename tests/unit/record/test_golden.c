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
	    cmocka_unit_test(every_path_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
