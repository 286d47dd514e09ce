/*
 * The power fails: what was synced is on the disk, what was not is there in
 * part, and what a failed sync was to write is lost though the next one
 * succeeds.  The journal that starts on what is left has all that was
 * acknowledged.
 */
#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "tests/fake/faultvfs.h"
#include "tests/unit/store/life.h"

static char image[128], remains[160];

static void
start_over(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s/*", dir);
	assert_int_equal(system(command), 0);
	snprintf(image, sizeof(image), "%s/image", dir);
	snprintf(remains, sizeof(remains), "%s/j.db", image);
	assert_int_equal(mkdir(image, 0700), 0);
	faultvfs_image_start(image);
}

/* After each number of steps, and more or less of the rest on the disk. */
static void
test_cut_between_steps(void **state)
{
	static const unsigned per_mille[] = {0, 300, 700, 1000};
	size_t steps, i;

	(void)state;
	for (steps = 1; steps <= LIFE_STEPS; steps++)
		for (i = 0; i < 4; i++) {
			struct acked a = {.token = false};

			start_over();
			open_disturbed();
			live_steps(&a, steps, false);
			faultvfs_image_cut((unsigned)steps, per_mille[i]);
			check_remains(remains, &a);
			close_journal();
		}
}

/* As above, after one sync has failed somewhere before. */
static void
test_cut_after_failed_sync(void **state)
{
	long n;

	(void)state;
	for (n = 1, struck = true; struck; n++) {
		struct acked a = {.token = false};

		start_over();
		struck = false;
		faultvfs_arm(FAULT_SYNC, n, FAULT_IOERR, false);
		open_disturbed();
		live_steps(&a, LIFE_STEPS, false);
		disarm();
		faultvfs_image_cut((unsigned)n, n % 2 == 0 ? 0 : 500);
		check_remains(remains, &a);
		close_journal();
	}
	assert_true(n > 10);
}

/* One more event whose sync fails, alone in a new WAL; then the process ends
 * without bringing the WAL home. */
static void
fail_and_die(struct acked *a)
{
	struct pen p;

	open_disturbed();
	live_steps(a, 5, false);
	close_journal(); /* which ends the WAL */
	config.retry_ms = 60000;
	open_journal();
	pen_open(&p, "cccccccccccccccc");
	/* the first sync is of the new WAL's header */
	faultvfs_arm(FAULT_SYNC, 2, FAULT_IOERR, false);
	assert_false(durable(pen_batch(&p, "lost?", NULL)));
	assert_true(journal_readonly(journal, NULL));
	faultvfs_arm(FAULT_WRITE, 1, FAULT_IOERR, true);
	close_journal();
	faultvfs_disarm();
}

/*
 * The hardest one.  The frames whose sync failed read back well from the page
 * cache, so a journal that starts then takes them for committed, builds on
 * them and moves them to the database, while on the disk they are not.  Then
 * the power fails at any moment of that start.
 */
static void
test_cut_while_recovering(void **state)
{
	long n;

	(void)state;
	for (n = 1, struck = true; struck; n++) {
		struct acked a = {.token = false};
		struct err err = {0};

		start_over();
		struck = false;
		fail_and_die(&a);
		faultvfs_arm(FAULT_WRITE, n, FAULT_IOERR, true);
		journal = journal_open(&config, -1, &err);
		if (journal != NULL) {
			faultvfs_disarm();
			assert_int_equal(head_of("cccccccccccccccc"), 1);
			live_steps(&a, 1, false);
		} else {
			struck = true;
			faultvfs_disarm();
		}
		faultvfs_image_cut((unsigned)n, 1000);
		check_remains(remains, &a);
		close_journal();
	}
	assert_true(n > 5);
}

/* What was reported as erased is not in what any power cut leaves. */
static void
test_erased_stays_erased(void **state)
{
	struct journal_batch *b;
	char command[256];
	struct pen p;

	(void)state;
	start_over();
	open_disturbed();
	pen_open(&p, "aaaaaaaaaaaaaaaa");
	assert_true(durable(pen_batch(
	    &p, "x", "{\"text\":{\"body\":\"zork\",\"salt\":\"00\"}}")));
	b = batch_new();
	batch_erase(b, p.s.id, 1, "text");
	assert_true(durable(b));
	faultvfs_image_cut(1, 0);
	snprintf(command, sizeof(command), "grep -aqF zork %s/*", image);
	assert_int_equal(WEXITSTATUS(system(command)), 1);
	close_journal();
}

int
main(void)
{
	/* clang-format off */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_cut_between_steps, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cut_after_failed_sync, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cut_while_recovering, setup, teardown),
		cmocka_unit_test_setup_teardown(test_erased_stays_erased, setup, teardown),
	};
	/* clang-format on */

	log_set_level(LOG_ERROR);
	faultvfs_register(false);
	faultvfs_skip_syncs(true);
	return cmocka_run_group_tests_name("powercut", tests, NULL, NULL);
}
