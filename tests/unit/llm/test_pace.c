#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "llm/pace.h"

static void
hear(struct pace *p, enum outcome outcome, int n, int64_t now)
{
	while (n-- > 0)
		pace_heard(p, 1, 1, outcome, -1, now);
}

static void
test_window(void **state)
{
	struct pace p;
	int i;

	(void)state;
	pace_init(&p, 32, 5);
	assert_int_equal(pace_room(&p, 0, 0), 32);
	assert_int_equal(pace_room(&p, 30, 0), 2);
	assert_int_equal(pace_room(&p, 40, 0), 0);
	/* Halved once for all that were in flight together. */
	pace_heard(&p, 3, 32, OUTCOME_RATE, -1, 0);
	pace_heard(&p, 4, 32, OUTCOME_RATE, -1, 0);
	pace_heard(&p, 32, 40, OUTCOME_RATE, -1, 0);
	assert_int_equal(pace_window(&p), 16);
	pace_heard(&p, 33, 41, OUTCOME_RATE, -1, 0);
	assert_int_equal(pace_window(&p), 8);
	/* One more for each windowful of answers. */
	hear(&p, OUTCOME_OK, 9, 0);
	assert_int_equal(pace_window(&p), 9);
	for (i = 0; i < 2000; i++)
		hear(&p, i % 2 ? OUTCOME_OK : OUTCOME_REFUSAL, 1, 0);
	assert_int_equal(pace_window(&p), 32);
	for (i = 0; i < 20; i++)
		pace_heard(&p, 100 + (uint64_t)i, 100 + (uint64_t)i,
		    OUTCOME_RATE, -1, 0);
	assert_int_equal(pace_window(&p), 1);
	assert_int_equal(pace_room(&p, 0, 0), 1);
}

static void
test_told_to_wait(void **state)
{
	struct pace p;

	(void)state;
	pace_init(&p, 4, 5);
	pace_heard(&p, 1, 4, OUTCOME_RATE, 2000, 1000);
	pace_heard(&p, 2, 4, OUTCOME_RATE, 500, 1000); /* sooner: no matter */
	assert_int_equal(pace_room(&p, 0, 2999), 0);
	assert_int_equal(pace_room(&p, 0, 3000), 2);
	assert_false(pace_open(&p));
	pace_heard(&p, 9, 9, OUTCOME_RATE, INT64_MAX, 0);
	assert_int_equal(pace_room(&p, 0, 86400000), 1);
}

static void
test_breaker(void **state)
{
	int64_t now = 10000, rest = PACE_REST_MS;
	struct pace p;
	int i;

	(void)state;
	pace_init(&p, 8, 5);
	hear(&p, OUTCOME_OK, 1, 0);
	hear(&p, OUTCOME_UNAVAILABLE, 2, now);
	hear(&p, OUTCOME_TIMEOUT, 2, now);
	assert_int_equal(pace_room(&p, 0, now), 8);
	hear(&p, OUTCOME_UNAVAILABLE, 1, now);
	assert_true(pace_open(&p));
	for (i = 0; i < 8; i++) {
		/* Those that were in flight too make it no longer. */
		hear(&p, OUTCOME_UNAVAILABLE, 3, now);
		assert_int_equal(pace_room(&p, 0, now + rest - 1), 0);
		now += rest;
		assert_int_equal(pace_room(&p, 0, now), 1);
		assert_int_equal(pace_room(&p, 1, now), 0);
		hear(&p, OUTCOME_UNAVAILABLE, 1, now);
		rest =
		    rest * 2 > PACE_REST_MAX_MS ? PACE_REST_MAX_MS : rest * 2;
	}
	hear(&p, OUTCOME_PARSE, 1, now + rest);
	assert_false(pace_open(&p));
	assert_int_equal(pace_room(&p, 0, now), 8);
	/* An answer between ends the row. */
	hear(&p, OUTCOME_UNAVAILABLE, 4, now);
	hear(&p, OUTCOME_OK, 1, now);
	hear(&p, OUTCOME_UNAVAILABLE, 4, now);
	assert_false(pace_open(&p));
}

static void
test_never_there(void **state)
{
	struct pace p;

	(void)state;
	pace_init(&p, 8, 5);
	hear(&p, OUTCOME_UNAVAILABLE, 100, 0);
	hear(&p, OUTCOME_AUTH, 100, 0);
	assert_false(pace_open(&p));
	pace_init(&p, 8, 0);
	hear(&p, OUTCOME_OK, 1, 0);
	hear(&p, OUTCOME_UNAVAILABLE, 100, 0);
	assert_false(pace_open(&p));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_window),
	    cmocka_unit_test(test_told_to_wait),
	    cmocka_unit_test(test_breaker),
	    cmocka_unit_test(test_never_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
