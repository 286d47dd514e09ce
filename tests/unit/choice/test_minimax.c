/* Published examples, recomputed by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/choice/elections.h"

/* Wikipedia, "Minimax Condorcet method": worst defeats Memphis 58, Nashville
 * none, Chattanooga 68, Knoxville 83. */
static void
test_tennessee(void **state)
{
	static const int64_t scores[] = {58, 0, 68, 83};
	struct profile p;

	(void)state;
	profile_of(&p, 4, tennessee);
	assert_ranking("minimax", &p, "B>A>C>D");
	assert_scores("minimax", &p, scores);
	profile_free(&p);
}

/* A cycle: A beats B 6:3, B beats C 7:2, C beats A 5:4, the smallest. */
static void
test_cycle(void **state)
{
	static const struct votes v[] = {
	    {4, "A>B>C"}, {3, "B>C>A"}, {2, "C>A>B"}, {0, NULL}};
	static const int64_t scores[] = {5, 6, 7};
	struct profile p;

	(void)state;
	profile_of(&p, 3, v);
	assert_ranking("minimax", &p, "A>B>C");
	assert_scores("minimax", &p, scores);
	profile_free(&p);
}

/* It may elect whom everybody else beats, and outside the Smith set: A, B and C
 * beat one another badly, each beats D narrowly (after Wikipedia, "Condorcet
 * loser criterion"). */
static void
test_outside_smith(void **state)
{
	static const struct votes v[] = {{4, "D>A>B>C"}, {4, "D>B>C>A"},
	    {4, "D>C>A>B"}, {5, "A>B>C>D"}, {5, "B>C>A>D"}, {5, "C>A>B>D"},
	    {0, NULL}};
	struct profile p;

	(void)state;
	profile_of(&p, 4, v);
	assert_ranking("minimax", &p, "D>A=B=C");
	assert_ranking("schulze", &p, "A=B=C>D");
	profile_free(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_tennessee),
	    cmocka_unit_test(test_cycle),
	    cmocka_unit_test(test_outside_smith),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
