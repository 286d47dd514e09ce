/* journal_check_step: finds what is wrong, a bounded slice a call. */
#include <string.h>

#include <sqlite3.h>

#include "tests/unit/store/fixture.h"

#define A "aaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbb"

static void
sql(const char *text)
{
	sqlite3 *db;
	char *message = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_exec(db, text, NULL, NULL, &message);
	if (message != NULL)
		fail_msg("%s: %s", text, message);
	sqlite3_close(db);
}

static int
check(struct err *err, int *steps)
{
	int64_t cursor = 0;
	int r;

	for (*steps = 1;; ++*steps)
		if ((r = journal_check_step(journal, &cursor, err)) != 1)
			return r;
}

/* A journal of two sessions is right until `text` is done to it. */
static void
finds(const char *text, const char *what, const char *where)
{
	struct err err = {0};
	struct pen p;
	int i, steps;

	setup(NULL);
	open_journal();
	pen_open(&p, A);
	for (i = 0; i < 5; i++)
		assert_true(durable(pen_batch(&p, "x", "{\"a\":1}")));
	pen_open(&p, B);
	assert_true(durable(pen_batch(&p, "x", NULL)));
	assert_int_equal(check(&err, &steps), 0);
	sql(text);
	assert_int_equal(check(&err, &steps), -1);
	assert_int_equal(err.code, ERR_BROKEN);
	if (strstr(err.text, what) == NULL || strstr(err.text, where) == NULL ||
	    strstr(err.text, "restore a backup") == NULL)
		fail_msg("%s", err.text);
	/* and again from the start */
	assert_int_equal(check(&err, &steps), -1);
	teardown(NULL);
}

static void
test_finds(void **state)
{
	(void)state;
	finds("UPDATE event SET line = '{}' WHERE session = 1 AND seq = 3",
	    "hash does not chain", A ", event 3");
	finds("UPDATE event SET hash = x'00' WHERE session = 1 AND seq = 3",
	    "hash does not chain", A ", event 3");
	finds("UPDATE event SET line = '{}' WHERE session = 2 AND seq = 0",
	    "hash does not chain", B ", event 0");
	finds("DELETE FROM event WHERE session = 1 AND seq = 2", "is missing",
	    A ", event 2");
	finds("DELETE FROM event WHERE session = 1 AND seq = 5",
	    "missing at the end", A ", event 5");
	finds("DELETE FROM event WHERE session = 2", "header is missing",
	    B ", event 0");
	finds("UPDATE session SET seq = 4 WHERE key = 1",
	    "beyond its session's head", A ", event 5");
	finds("UPDATE session SET hash = zeroblob(32) WHERE key = 1",
	    "another hash", A ", event 5");
	finds("DELETE FROM session WHERE key = 1", "not there", "key 1");
	finds("DELETE FROM session WHERE key = 2", "not there", "key 2");
	finds("UPDATE sealed SET items = 'x' WHERE event = 3", "not JSON",
	    A ", event 2");
}

static void
test_slices(void **state)
{
	struct err err = {0};
	int64_t cursor = 0, last;
	struct pen p, q;
	int i, steps = 0, r;

	(void)state;
	setup(NULL);
	open_journal();
	assert_int_equal(check(&err, &steps), 0);
	assert_int_equal(steps, 1);
	pen_open(&p, A);
	pen_open(&q, B);
	for (i = 0; i < 1200; i++)
		submit(pen_batch(&p, "x", "{}"));
	last = submit(pen_batch(&q, "x", "{}"));
	assert_true(await(last).durable);
	assert_int_equal(check(&err, &steps), 0);
	assert_true(steps > 5 && steps < 20);
	/* the head may move between the slices */
	for (steps = 0;; steps++) {
		if (steps == 2)
			assert_true(durable(pen_batch(&p, "x", "{}")));
		r = journal_check_step(journal, &cursor, &err);
		if (r < 0)
			fail_msg("%s", err.text);
		if (r == 0)
			break;
	}
	/* nothing stays open that would keep the WAL from shrinking */
	sql("PRAGMA wal_checkpoint(TRUNCATE)");
	teardown(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_finds),
	    cmocka_unit_test(test_slices),
	};

	return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
