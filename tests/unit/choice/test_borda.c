/* Published examples, recomputed by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/choice/elections.h"

/*
 * Borda's own, "Memoire sur les elections au scrutin" (1781): 21 voters, of
 * whom 13 put A last; plurality elects it, his count elects C.  His points
 * 3, 2, 1 give 37, 42, 47; ours are twice 2, 1, 0: 32, 42, 52.
 */
static void
test_borda(void **state)
{
	static const struct votes v[] = {
	    {1, "A>B>C"}, {7, "A>C>B"}, {7, "B>C>A"}, {6, "C>B>A"}, {0, NULL}};
	static const int64_t scores[] = {32, 42, 52};
	struct profile p;

	(void)state;
	profile_of(&p, 3, v);
	assert_ranking("borda", &p, "C>B>A");
	assert_scores("borda", &p, scores);
	assert_ranking("plurality", &p, "A>B>C");
	profile_free(&p);
}

/* Wikipedia, "Borda count": Nashville 194, Chattanooga 173, Memphis 126,
 * Knoxville 107. */
static void
test_tennessee(void **state)
{
	static const int64_t scores[] = {252, 388, 346, 214};
	struct profile p;

	(void)state;
	profile_of(&p, 4, tennessee);
	assert_ranking("borda", &p, "B>C>A>D");
	assert_scores("borda", &p, scores);
	profile_free(&p);
}

/* A tied group has the mean of its places: B and C of A>B=C half a point
 * each, as the two that are unranked on A. */
static void
test_ties(void **state)
{
	static const struct votes tied[] = {{1, "A>B=C"}, {0, NULL}};
	static const struct votes cut[] = {{1, "A"}, {0, NULL}};
	static const int64_t scores[] = {4, 1, 1};
	struct profile p;

	(void)state;
	profile_of(&p, 3, tied);
	assert_scores("borda", &p, scores);
	profile_free(&p);
	profile_of(&p, 3, cut);
	assert_scores("borda", &p, scores);
	profile_free(&p);
}

/* On a ballot that never saw C, C is worth as much as if tied with all. */
static void
test_unseen(void **state)
{
	static const int64_t scores[] = {3, 1, 2};
	struct profile p;

	(void)state;
	profile_init(&p, 3);
	profile_add(&p, (int32_t[]){0, 1, RANK_UNSEEN});
	assert_scores("borda", &p, scores);
	profile_free(&p);
}

/* As many votes as there may be: nothing overflows, and one more is refused. */
static void
test_largest(void **state)
{
	struct profile p;

	(void)state;
	profile_init(&p, 2);
	for (int i = 0; i < 1 << 16; i++)
		assert_int_equal(profile_add_weighted(
				     &p, (int32_t[]){0, 1}, WEIGHT_MAX, NULL),
		    0);
	assert_int_equal(p.votes, VOTES_MAX);
	assert_scores("borda", &p, (int64_t[]){2 * VOTES_MAX, 0});
	assert_int_equal(
	    profile_add_weighted(&p, (int32_t[]){0, 1}, 1, NULL), -1);
	assert_int_equal(p.votes, VOTES_MAX);
	/* and there is room for as many candidates as there may be */
	assert_true(INT64_MAX / 2 / VOTES_MAX >= CANDIDATES_LIMIT);
	profile_free(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_borda),
	    cmocka_unit_test(test_tennessee),
	    cmocka_unit_test(test_ties),
	    cmocka_unit_test(test_unseen),
	    cmocka_unit_test(test_largest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
