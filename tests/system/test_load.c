/*
 * Forty deliberations of five people at once, each person with a connection
 * of their own: all conclude, and every recording verifies and replays.
 * Takes some 3 s: a thousand contributions and sixteen hundred drafts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness.h"
#include "record/replay.h"
#include "tests/fake/load.h"

static void
check_recording(const struct load *l, int session)
{
	struct replay_report report;
	struct err err = {0};
	size_t len;
	char *bytes = load_export(l, session, &len);

	assert_non_null(bytes);
	if (replay_bytes(bytes, len, &report, &err) == -1)
		fail_msg("session %s: %s", l->ids[session], err.text);
	assert_int_equal(report.outcome, REPLAY_IDENTICAL);
	assert_true(report.verify.holds);
	assert_true(report.verify.concluded);
	assert_int_equal(report.verify.open, report.verify.sealed);
	replay_report_clear(&report);
	free(bytes);
}

static void
test_all_conclude(void **state)
{
	struct daemon d;
	struct load l = {.sessions = 40,
	    .people = 5,
	    .settings = "{\"candidates\":8,\"rounds\":1}",
	    .deadline_s = 120};
	int i;

	(void)state;
	assert_int_equal(daemon_start(&d), 0);
	l.socket = d.socket;
	if (load_run(&l) == -1)
		fail_msg("%s", l.why);
	assert_int_equal(l.concluded, 40);
	/* opinion, ballot, critique, ballot: the last answers of some may
	 * come after the last session has concluded */
	assert_true(l.contributions > 40 * 5 * 3);
	assert_true(l.contributions <= 40 * 5 * 4);
	for (i = 0; i < l.sessions; i++)
		check_recording(&l, i);
	load_clear(&l);
	assert_int_equal(daemon_stop(&d), 0);
	daemon_clear(&d);
}

/* One person each, and many more sessions than a turn can look at. */
static void
test_many_small(void **state)
{
	struct daemon d;
	struct load l = {.sessions = 150,
	    .people = 1,
	    .settings = "{\"candidates\":1,\"rounds\":0}",
	    .deadline_s = 120};

	(void)state;
	assert_int_equal(daemon_start(&d), 0);
	l.socket = d.socket;
	if (load_run(&l) == -1)
		fail_msg("%s", l.why);
	check_recording(&l, 0);
	check_recording(&l, 149);
	load_clear(&l);
	assert_int_equal(daemon_stop(&d), 0);
	daemon_clear(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_all_conclude),
	    cmocka_unit_test(test_many_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
