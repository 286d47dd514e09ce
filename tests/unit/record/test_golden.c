/* Recordings whose replay must not change: tests/golden. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glob.h>
#include <string.h>

#include "record/replay.h"

#define GOLDEN "tests/golden/"

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
	static const char *const paths[] = {"default", "paper"};
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
	    cmocka_unit_test(every_path_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
