/* Work in several processes: all of it, in order where asked, and no more. */
#include "client/pool.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

struct tally {
	size_t told, died, enough;
	size_t next; /* expected when ordered */
	bool seen[1000];
	pid_t here;
	size_t elsewhere;
};

static volatile sig_atomic_t stop;

/* Its number, its process and a tail of a length that varies. */
static void
work(size_t i, struct buf *result, void *arg)
{
	struct timespec nap = {0, 200000};

	(void)arg;
	if (i % 7 == 0)
		nanosleep(&nap, NULL);
	if (i == 500)
		abort();
	buf_addf(result, "%zu %d ", i, (int)getpid());
	while (i-- > 0)
		buf_adds(result, "0123456789abcdef0123456789abcdef");
}

static bool
done(size_t i, const char *result, size_t len, void *arg)
{
	struct tally *t = arg;
	char *end;

	t->told++;
	assert_false(t->seen[i]);
	t->seen[i] = true;
	if (t->next != SIZE_MAX)
		assert_int_equal(i, t->next++);
	if (result == NULL)
		t->died++;
	else {
		assert_int_equal(strtoul(result, &end, 10), i);
		t->elsewhere += strtol(end, &end, 10) != (long)t->here;
		assert_int_equal(result + len - (end + 1), (ptrdiff_t)(32 * i));
	}
	if (t->enough == t->told && t->enough != 0)
		return false;
	return true;
}

static int
run(struct tally *t, size_t n, int jobs, bool ordered)
{
	struct pool p = {.n = n,
	    .jobs = jobs,
	    .ordered = ordered,
	    .work = work,
	    .done = done,
	    .arg = t,
	    .stop = &stop};

	t->next = ordered ? 0 : SIZE_MAX;
	t->here = getpid();
	return pool_run(&p, NULL);
}

/* Nobody is left behind. */
static void
check_alone(void)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void
test_all(void **state)
{
	int jobs;

	(void)state;
	for (jobs = 1; jobs <= 5; jobs += 2) {
		struct tally t = {0};

		assert_int_equal(run(&t, 400, jobs, jobs == 5), 0);
		assert_int_equal(t.told, 400);
		assert_int_equal(t.died, 0);
		assert_int_equal(t.elsewhere, jobs == 1 ? 0 : 400);
		check_alone();
	}
}

static void
test_none(void **state)
{
	struct tally t = {0};

	(void)state;
	assert_int_equal(run(&t, 0, 4, true), 0);
	assert_int_equal(t.told, 0);
	check_alone();
}

static void
test_more_jobs_than_work(void **state)
{
	struct tally t = {0};

	(void)state;
	assert_int_equal(run(&t, 3, POOL_JOBS_MAX, true), 0);
	assert_int_equal(t.told, 3);
	check_alone();
}

/* One that dies takes its piece with it and nothing else. */
static void
test_death(void **state)
{
	struct tally t = {0};

	(void)state;
	assert_int_equal(run(&t, 1000, 3, true), 0);
	assert_int_equal(t.told, 1000);
	assert_int_equal(t.died, 1);
	check_alone();
}

static void
test_enough(void **state)
{
	int jobs;

	(void)state;
	for (jobs = 1; jobs <= 3; jobs++) {
		struct tally t = {.enough = 17};

		assert_int_equal(run(&t, 400, jobs, true), 1);
		assert_int_equal(t.told, 17);
		check_alone();
	}
}

static void
test_stop(void **state)
{
	struct tally t = {0};

	(void)state;
	stop = 1;
	assert_int_equal(run(&t, 400, 3, false), 1);
	assert_int_equal(run(&t, 400, 1, false), 1);
	assert_int_equal(t.told, 0);
	stop = 0;
	check_alone();
}

static void
test_jobs(void **state)
{
	static const char *const bad[] = {
	    "", "0", "-1", "257", "2x", "x", "99999999999999999999"};
	size_t i;

	(void)state;
	assert_int_equal(pool_jobs("1"), 1);
	assert_int_equal(pool_jobs("256"), 256);
	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(pool_jobs(bad[i]), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_all),
	    cmocka_unit_test(test_none),
	    cmocka_unit_test(test_more_jobs_than_work),
	    cmocka_unit_test(test_death),
	    cmocka_unit_test(test_enough),
	    cmocka_unit_test(test_stop),
	    cmocka_unit_test(test_jobs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
