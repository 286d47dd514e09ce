/* Read-only: entered, told, left; and nobody builds on what failed. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "tests/fake/faultvfs.h"
#include "tests/unit/store/fixture.h"

#define A "aaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbb"

static void
open_faulty(int retry_ms)
{
	config.vfs = FAULTVFS;
	config.retry_ms = retry_ms;
	open_journal();
}

static void
wait_readonly(bool readonly)
{
	int i;

	for (i = 0; i < 5000; i++) {
		if (journal_readonly(journal, NULL) == readonly)
			return;
		nap_ms(1);
	}
	fail_msg("still %s", readonly ? "writable" : "read-only");
}

static void
refused(struct journal_batch *b, const char *what, const char *todo)
{
	struct err err = {0};

	assert_int_equal(journal_submit(journal, b, &err), -1);
	assert_int_equal(err.code, ERR_JOURNAL_UNAVAILABLE);
	if (strstr(err.text, what) == NULL || strstr(err.text, todo) == NULL ||
	    strstr(err.text, path) == NULL)
		fail_msg("%s", err.text);
}

static void
test_full_and_free_again(void **state)
{
	struct journal_stats stats;
	struct pen p, q;

	(void)state;
	open_faulty(20);
	pen_open(&p, A);
	assert_true(durable(pen_batch(&p, "one", NULL)));
	q = p;
	faultvfs_arm(FAULT_WRITE, 1, FAULT_FULL, true);
	assert_false(durable(pen_batch(&p, "two", NULL)));
	assert_true(journal_readonly(journal, NULL));
	refused(batch_new(), "the disk is full", "free space");
	refused(batch_new(), "code 13", "tried every 20 ms");
	/* reading goes on */
	assert_int_equal(head_of(A), 1);
	nap_ms(70); /* it is tried, and fails */
	assert_true(faultvfs_hits() > 2);
	refused(batch_new(), "the disk is full", "free space");
	faultvfs_disarm();
	wait_readonly(false);
	assert_true(durable(pen_batch(&q, "two", NULL)));
	assert_int_equal(head_of(A), 2);
	journal_stats(journal, &stats);
	assert_int_equal(stats.failures, 1);
	assert_int_equal(stats.submissions, 3);
	check_holds();
}

/* All that is behind a failure fails: the same group, the queue, what was
 * submitted and not flushed. */
static void
test_all_behind_fails(void **state)
{
	struct journal_result r;
	int64_t t[6];
	struct pen p, q;
	int i;

	(void)state;
	open_faulty(20);
	pen_open(&p, A);
	pen_open(&q, B);
	assert_true(durable(pen_batch(&p, "one", NULL)));
	faultvfs_arm(FAULT_SYNC, 1, FAULT_IOERR, false);
	/* the writer stands still in the middle of its commit */
	faultvfs_hold();
	for (i = 0; i < 2; i++)
		t[i] = submit(pen_batch(&p, "x", NULL));
	journal_flush(journal);
	nap_ms(20);
	for (; i < 4; i++)
		t[i] = submit(pen_batch(&q, "x", NULL));
	journal_flush(journal);
	for (; i < 6; i++)
		t[i] = submit(pen_batch(&q, "x", NULL));
	faultvfs_release();
	for (i = 0; i < 6; i++) {
		r = await(t[i]);
		assert_true(!r.durable && !r.conflict);
	}
	wait_readonly(false);
	assert_int_equal(head_of(A), 1);
	assert_int_equal(head_of(B), -1);
	pen_open(&q, B);
	assert_true(durable(pen_batch(&q, "x", NULL)));
	check_holds();
}

/*
 * The journal is writable again before its user has looked: what it submits
 * then, on top of events that failed, fails too.
 */
static void
test_blind_submission_fails(void **state)
{
	struct journal_result r;
	struct pen p, q;
	int64_t t[2];

	(void)state;
	open_faulty(1);
	pen_open(&p, A);
	assert_true(durable(pen_batch(&p, "one", NULL)));
	q = p;
	faultvfs_arm(FAULT_WRITE, 1, FAULT_IOERR, false);
	submit(pen_batch(&p, "two", NULL));
	journal_flush(journal);
	while (journal_finished(journal) < 2)
		nap_ms(1);
	wait_readonly(false);
	t[0] = submit(pen_batch(&p, "three", NULL)); /* after the lost two */
	t[1] = submit(pen_batch(&q, "two again", NULL));
	r = await(t[0]);
	assert_false(r.durable);
	r = await(t[1]); /* right by chance, yet its maker knew nothing */
	assert_false(r.durable);
	assert_int_equal(head_of(A), 1);
	p = q;
	p.s.seq = 1;
	pen_open(&q, B);
	assert_true(durable(pen_batch(&q, "elsewhere", NULL)));
	check_holds();
}

/* A journal that is moved away does not take writes into nowhere. */
static void
test_moved(void **state)
{
	char away[160];
	struct pen p, q;

	(void)state;
	config.retry_ms = 10;
	open_journal();
	pen_open(&p, A);
	assert_true(durable(pen_batch(&p, "one", NULL)));
	q = p;
	snprintf(away, sizeof(away), "%s/away", dir);
	assert_int_equal(rename(path, away), 0);
	assert_false(durable(pen_batch(&p, "two", NULL)));
	refused(batch_new(), "cannot be opened", "are there");
	nap_ms(30);
	refused(batch_new(), "cannot be opened", "are there");
	assert_int_equal(rename(away, path), 0);
	wait_readonly(false);
	assert_true(durable(pen_batch(&q, "two", NULL)));
	assert_int_equal(head_of(A), 2);
	check_holds();
}

/* Damage is not tried again by itself. */
static void
test_damaged(void **state)
{
	char junk[4096];
	struct pen p;
	int fd, i;

	(void)state;
	open_journal();
	pen_open(&p, A);
	for (i = 0; i < 100; i++)
		submit(pen_batch(&p, "x", "{}"));
	assert_true(durable(pen_batch(&p, "x", "{}")));
	close_journal();
	memset(junk, 0x5a, sizeof(junk));
	fd = open(path, O_WRONLY);
	for (i = 2; i < 30; i++) /* all but the schema's page and meta */
		assert_int_equal(
		    pwrite(fd, junk, sizeof(junk), i * 4096L), sizeof(junk));
	close(fd);
	open_journal();
	assert_false(durable(pen_batch(&p, "x", "{}")));
	refused(batch_new(), "damaged", "restore a backup");
	refused(batch_new(), "read-only", "start caucusd again");
	nap_ms(50);
	assert_true(journal_readonly(journal, NULL));
}

static void
test_close_while_readonly(void **state)
{
	struct pen p;

	(void)state;
	open_faulty(100000);
	pen_open(&p, A);
	assert_true(durable(pen_batch(&p, "one", NULL)));
	faultvfs_arm(FAULT_WRITE, 1, FAULT_IOERR, true);
	assert_false(durable(pen_batch(&p, "two", NULL)));
	close_journal();
	faultvfs_disarm();
	open_journal();
	assert_int_equal(head_of(A), 1);
	check_holds();
}

/* A line in the environment or a file arms it as a call does. */
static void
test_fault_lines(void **state)
{
	char name[160];
	struct pen p, q;
	FILE *f;

	(void)state;
	assert_true(faultvfs_arm_line("write:17:ioerr"));
	assert_true(faultvfs_arm_line("sync:1:full:on\n"));
	assert_true(faultvfs_arm_line("write:2:short:once"));
	assert_false(faultvfs_arm_line("write"));
	assert_false(faultvfs_arm_line("read:1:ioerr"));
	assert_false(faultvfs_arm_line("write:0:ioerr"));
	assert_false(faultvfs_arm_line("write:1:smoke"));
	assert_false(faultvfs_arm_line("write:1:ioerr:often"));
	assert_true(faultvfs_arm_line("none"));
	assert_int_equal(faultvfs_register_from_env(), 0);
	snprintf(name, sizeof(name), "%s/fault", dir);
	setenv("CAUCUS_FAULT_FILE", name, 1);
	assert_int_equal(faultvfs_register_from_env(), 1);
	config.vfs = NULL; /* it is the default now */
	open_journal();
	pen_open(&p, A);
	assert_true(durable(pen_batch(&p, "one", NULL)));
	q = p;
	f = fopen(name, "w");
	fprintf(f, "write:1:full:on\n");
	fclose(f);
	assert_false(durable(pen_batch(&p, "two", NULL)));
	refused(batch_new(), "the disk is full", "free space");
	f = fopen(name, "w");
	fprintf(f, "none\n");
	fclose(f);
	wait_readonly(false);
	assert_true(durable(pen_batch(&q, "two", NULL)));
	close_journal();
	unsetenv("CAUCUS_FAULT_FILE");
	assert_int_equal(faultvfs_register_from_env(), 0);
}

int
main(void)
{
	/* clang-format off */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_full_and_free_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_all_behind_fails, setup, teardown),
		cmocka_unit_test_setup_teardown(test_blind_submission_fails, setup, teardown),
		cmocka_unit_test_setup_teardown(test_moved, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged, setup, teardown),
		cmocka_unit_test_setup_teardown(test_close_while_readonly, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fault_lines, setup, teardown),
	};
	/* clang-format on */

	log_set_level(LOG_ERROR);
	faultvfs_register(false);
	return cmocka_run_group_tests_name("readonly", tests, NULL, NULL);
}
