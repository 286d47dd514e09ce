/* Means are compared as fractions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/choice/elections.h"

/* 10/3 is below 7/2, 6/2 equals 9/3; who was rated by nobody comes last. */
static void
test_fractions(void **state)
{
	static const struct rating r[] = {{10, 3, 2, 0}, {7, 2, 2, 1},
	    {6, 2, 3, 0}, {9, 3, 3, 0}, {0, 0, 0, 0}};
	struct profile p;

	(void)state;
	profile_init(&p, 5);
	p.ratings = r;
	assert_ranking("score", &p, "B>A>C=D>E");
	profile_free(&p);
}

/* Sums and counts of 2^48 votes: their products need more than 64 bits. */
static void
test_largest(void **state)
{
	static const struct rating r[] = {
	    {7 * VOTES_MAX - 1, VOTES_MAX, 6, VOTES_MAX},
	    {7 * (VOTES_MAX - 1), VOTES_MAX - 1, 7, VOTES_MAX - 1}};
	struct profile p;

	(void)state;
	profile_init(&p, 2);
	p.ratings = r;
	assert_ranking("score", &p, "B>A");
	assert_ranking("approval", &p, "A>B");
	profile_free(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fractions),
	    cmocka_unit_test(test_largest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
