/* Published examples, recomputed by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/choice/elections.h"

/* Wikipedia, "Condorcet method": every pair has a winner. */
static void
test_tennessee(void **state)
{
	static const int64_t scores[] = {0, 6, 4, 2};
	struct profile p;

	(void)state;
	profile_of(&p, 4, tennessee);
	assert_ranking("copeland", &p, "B>C>D>A");
	assert_scores("copeland", &p, scores);
	profile_free(&p);
}

/*
 * Wikipedia, "Copeland's method", the example without a Condorcet winner:
 * A beats C, D and E and loses to B; B beats A and E, C beats B and D, D beats
 * B, E beats C and D.
 */
static void
test_no_condorcet_winner(void **state)
{
	static const struct votes v[] = {{31, "A>E>C>D>B"}, {30, "B>A>E"},
	    {29, "C>D>B"}, {10, "D>A>E"}, {0, NULL}};
	static const int64_t scores[] = {6, 4, 4, 2, 4};
	struct profile p;

	(void)state;
	profile_of(&p, 5, v);
	assert_int_equal(p.truncated, 69);
	assert_ranking("copeland", &p, "A>B=C=E>D");
	assert_scores("copeland", &p, scores);
	profile_free(&p);
}

/* A draw is half a victory; so is never having been compared. */
static void
test_draws(void **state)
{
	static const struct votes v[] = {{1, "A>B>C"}, {1, "B>A>C"}, {0, NULL}};
	static const int64_t scores[] = {3, 3, 0}, apart[] = {1, 1};
	struct profile p;

	(void)state;
	profile_of(&p, 3, v);
	assert_ranking("copeland", &p, "A=B>C");
	assert_scores("copeland", &p, scores);
	profile_free(&p);
	profile_init(&p, 2);
	profile_add(&p, (int32_t[]){0, RANK_UNSEEN});
	assert_scores("copeland", &p, apart);
	profile_free(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_tennessee),
	    cmocka_unit_test(test_no_condorcet_winner),
	    cmocka_unit_test(test_draws),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
