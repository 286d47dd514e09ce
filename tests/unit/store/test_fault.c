/*
 * A disk that fails: at its first, second, third ... write and sync a short
 * life of a journal is disturbed, and what was acknowledged must be there
 * after going on, after closing, and after a crash right at the failure.
 *
 * Each loop runs a life for every operation it has, some 300 in all, and waits
 * for the retries: that is what takes these tests longer than two seconds.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "tests/fake/faultvfs.h"
#include "tests/unit/store/life.h"

/* One life that the armed fault disturbs, its end, and what comes after. */
static void
live(bool crash)
{
	struct acked a = {.token = false};

	open_disturbed();
	live_steps(&a, LIFE_STEPS, crash);
	check_acked(&a);
	close_journal();
	disarm();
	open_journal();
	check_acked(&a);
	close_journal();
}

static void
empty_dir(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s/*", dir);
	assert_int_equal(system(command), 0);
}

/*
 * Lives with the fault at operation `from`, and every stride-th after it that
 * there is.  Kinds that take the same paths share the operations.
 */
static void
live_all(
    enum fault_op op, long from, long stride, enum fault_kind kind, bool on)
{
	long n, lives = 0;

	for (n = from, struck = true; struck; n += stride, lives++) {
		empty_dir();
		struck = false;
		faultvfs_arm(op, n, kind, on);
		live(!on);
	}
	print_message("%ld lives\n", lives);
	assert_true(lives > 10);
}

static void
test_write_fails_once(void **state)
{
	(void)state;
	live_all(FAULT_WRITE, 1, 1, FAULT_IOERR, false);
}

static void
test_write_fails_on(void **state)
{
	(void)state;
	live_all(FAULT_WRITE, 1, 2, FAULT_IOERR, true);
}

static void
test_disk_full(void **state)
{
	(void)state;
	live_all(FAULT_WRITE, 2, 2, FAULT_FULL, true);
}

static void
test_short_write(void **state)
{
	(void)state;
	live_all(FAULT_WRITE, 1, 3, FAULT_SHORT, false);
}

static void
test_sync_fails_once(void **state)
{
	(void)state;
	live_all(FAULT_SYNC, 1, 1, FAULT_IOERR, false);
}

static void
test_sync_fails_on(void **state)
{
	(void)state;
	live_all(FAULT_SYNC, 1, 1, FAULT_FULL, true);
}

int
main(void)
{
	/* clang-format off */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_write_fails_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_write_fails_on, setup, teardown),
		cmocka_unit_test_setup_teardown(test_disk_full, setup, teardown),
		cmocka_unit_test_setup_teardown(test_short_write, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sync_fails_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sync_fails_on, setup, teardown),
	};
	/* clang-format on */

	log_set_level(LOG_ERROR);
	faultvfs_register(false);
	faultvfs_skip_syncs(true);
	return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
