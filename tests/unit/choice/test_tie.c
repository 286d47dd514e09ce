#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "choice/tie.h"
#include "tests/unit/choice/elections.h"

/* An election with ballots[i] over n candidates, its tie and its decider. */
struct tie_case {
	size_t n, nballots;
	int32_t ballots[4][4];
	struct rating ratings[4];
	bool rated;
	enum tie_break how;
	enum tie_decider decider;
	int winner; /* -1: whichever the lot says */
};

/* clang-format off */
static const struct tie_case tie_cases[] = {
	{ 2, 1, { { 1, 0 } }, { { 0 } }, false, TIE_AGREEMENT, DECIDED_NONE, 1 },
	/* the highest minimum, though the mean is lower */
	{ 2, 2, { { 0, 1 }, { 1, 0 } }, { { 9, 2, 2, 1 }, { 8, 2, 4, 0 } }, true,
	    TIE_AGREEMENT, DECIDED_MIN, 1 },
	/* 10/3 against 7/2: only exact fractions tell, with unequal n */
	{ 2, 2, { { 0, 1 }, { 1, 0 } }, { { 10, 3, 2, 0 }, { 7, 2, 2, 1 } }, true,
	    TIE_AGREEMENT, DECIDED_MEAN, 1 },
	/* 6/2 equals 9/3: not decided by ratings */
	{ 2, 2, { { 0, 0 }, { 0, 0 } }, { { 6, 2, 3, 0 }, { 9, 3, 3, 0 } }, true,
	    TIE_AGREEMENT, DECIDED_LOT, -1 },
	/* an unrated candidate loses to the worst rated one */
	{ 2, 2, { { 0, 1 }, { 1, 0 } }, { { 0, 0, 0, 0 }, { 1, 1, 1, 0 } }, true,
	    TIE_AGREEMENT, DECIDED_MIN, 1 },
	/* nobody rated: the ballots decide */
	{ 3, 1, { { 0, 0, 1 } }, { { 0 } }, true, TIE_AGREEMENT, DECIDED_LOT, -1 },
	/* ratings are not asked under TIE_BALLOT */
	{ 2, 2, { { 0, 1 }, { 1, 0 } }, { { 9, 2, 2, 1 }, { 8, 2, 4, 0 } }, true,
	    TIE_BALLOT, DECIDED_BALLOT, -1 },
	{ 2, 2, { { 0, 1 }, { 1, 0 } }, { { 0 } }, false, TIE_AGREEMENT,
	    DECIDED_BALLOT, -1 },
	{ 2, 2, { { 0, 1 }, { 1, 0 } }, { { 0 } }, false, TIE_RANDOM, DECIDED_LOT,
	    -1 },
	/* the minimum leaves two of three, the mean one of two */
	{ 3, 1, { { 0, 0, 0 } },
	    { { 14, 2, 1, 1 }, { 10, 2, 4, 1 }, { 9, 2, 4, 1 } }, true,
	    TIE_AGREEMENT, DECIDED_MEAN, 1 },
	{ 2, 2, { { 0, 1 }, { 1, 0 } }, { { 0 } }, false, TIE_FIRST, DECIDED_FIRST, 0 },
	{ 2, 1, { { 1, 0 } }, { { 0 } }, false, TIE_NONE, DECIDED_NONE, 1 },
	/* no ballots at all */
	{ 3, 0, { { 0 } }, { { 0 } }, false, TIE_BALLOT, DECIDED_LOT, -1 },
};
/* clang-format on */

static void
test_ties(void **state)
{
	const struct tie_case *c;
	enum tie_decider decider;
	struct profile p;
	struct tally t;
	struct stream draw;
	size_t winner;

	(void)state;
	for (size_t i = 0; i < sizeof(tie_cases) / sizeof(tie_cases[0]); i++) {
		c = &tie_cases[i];
		profile_init(&p, c->n);
		for (size_t b = 0; b < c->nballots; b++)
			profile_add(&p, c->ballots[b]);
		tally_run(rule_find("schulze"), &p, &t);
		stream_open(&draw, "test_tally", "tie", 0, i);
		winner = tie_resolve(&t, &p, c->rated ? c->ratings : NULL,
		    c->how, &draw, &decider);
		assert_int_equal(decider, c->decider);
		assert_true(winner < c->n);
		assert_int_equal(t.rank[winner], 0);
		if (c->winner >= 0)
			assert_int_equal(winner, c->winner);
		tally_free(&t);
		profile_free(&p);
	}
}

/* Every ballot and every lot has its chance, and the same draw decides the
 * same. */
static void
test_draws(void **state)
{
	static const enum tie_break hows[] = {TIE_BALLOT, TIE_RANDOM};
	int won[2] = {0};
	enum tie_decider decider;
	struct profile p;
	struct tally t;
	struct stream draw;
	size_t winner;

	(void)state;
	profile_init(&p, 3);
	profile_add(&p, (int32_t[]){0, 1, 2});
	profile_add(&p, (int32_t[]){1, 0, 2});
	tally_run(rule_find("schulze"), &p, &t);
	assert_int_equal(t.winners, 2);
	for (uint64_t i = 0; i < 200; i++) {
		stream_open(&draw, "test_tally", "draws", i, 0);
		winner =
		    tie_resolve(&t, &p, NULL, hows[i & 1], &draw, &decider);
		assert_true(winner < 2);
		won[winner]++;
		stream_open(&draw, "test_tally", "draws", i, 0);
		assert_int_equal(winner,
		    tie_resolve(&t, &p, NULL, hows[i & 1], &draw, &decider));
	}
	assert_true(won[0] > 60 && won[1] > 60);
	tally_free(&t);
	profile_free(&p);
}

/* Ballots refine one another in turn: the first drawn leaves two, and the
 * next that tells them apart decides. */
static void
test_ballots_refine(void **state)
{
	enum tie_decider decider;
	struct profile p;
	struct stream draw;

	(void)state;
	profile_init(&p, 3);
	profile_add(&p, (int32_t[]){0, 0, 1});
	profile_add(&p, (int32_t[]){0, 0, 1});
	profile_add(&p, (int32_t[]){1, 0, 1});
	for (uint64_t i = 0; i < 20; i++) {
		stream_open(&draw, "test_tally", "refine", i, 0);
		assert_int_equal(tie_resolve_among((bool[]){true, true, true},
				     &p, NULL, TIE_BALLOT, &draw, &decider),
		    1);
		assert_int_equal(decider, DECIDED_BALLOT);
	}
	stream_open(&draw, "test_tally", "refine", 0, 1);
	assert_int_equal(tie_resolve_among((bool[]){false, false, true}, &p,
			     NULL, TIE_BALLOT, &draw, &decider),
	    2);
	assert_int_equal(decider, DECIDED_NONE);
	assert_int_equal(tie_resolve_among((bool[]){false, false, false}, &p,
			     NULL, TIE_BALLOT, &draw, &decider),
	    3);
	profile_free(&p);
}

static void
test_decider_names(void **state)
{
	(void)state;
	assert_string_equal(tie_decider_names[DECIDED_NONE], "none");
	assert_string_equal(tie_decider_names[DECIDED_MIN], "minimum");
	assert_string_equal(tie_decider_names[DECIDED_MEAN], "mean");
	assert_string_equal(tie_decider_names[DECIDED_BALLOT], "ballot");
	assert_string_equal(tie_decider_names[DECIDED_LOT], "lot");
	assert_string_equal(tie_decider_names[DECIDED_FIRST], "first");
	assert_string_equal(tie_decider_names[DECIDED_OPEN], "open");
	for (int i = 0; tie_break_names[i] != NULL; i++)
		assert_int_equal(tie_break_find(tie_break_names[i]), i);
	assert_int_equal(tie_break_find("lots"), -1);
}

/* Left tied: nobody is chosen, and nothing is drawn. */
static void
test_open(void **state)
{
	enum tie_decider decider;
	struct profile p;

	(void)state;
	profile_init(&p, 2);
	assert_int_equal(tie_resolve_among((bool[]){true, true}, &p, NULL,
			     TIE_NONE, NULL, &decider),
	    2);
	assert_int_equal(decider, DECIDED_OPEN);
	assert_int_equal(tie_resolve_among((bool[]){false, true}, &p, NULL,
			     TIE_NONE, NULL, &decider),
	    1);
	assert_int_equal(decider, DECIDED_NONE);
	profile_free(&p);
}

/* A ballot of weight 3 decides three times as often as one of weight 1. */
static void
test_weights(void **state)
{
	enum tie_decider decider;
	struct profile p;
	struct stream draw;
	int won = 0;

	(void)state;
	profile_init(&p, 3);
	profile_add_weighted(&p, (int32_t[]){0, 1, 1}, 3, NULL);
	profile_add_weighted(&p, (int32_t[]){1, 0, 1}, 1, NULL);
	profile_add_weighted(&p, (int32_t[]){0, 0, 0}, 1000, NULL);
	for (uint64_t i = 0; i < 400; i++) {
		stream_open(&draw, "test_tie", "weights", i, 0);
		won += tie_resolve_among((bool[]){true, true, true}, &p, NULL,
			   TIE_BALLOT, &draw, &decider) == 0;
		assert_int_equal(decider, DECIDED_BALLOT);
	}
	assert_true(won > 260 && won < 340);
	profile_free(&p);
}

/* A ballot that saw only the one tied candidate says nothing of the other. */
static void
test_unseen(void **state)
{
	enum tie_decider decider;
	struct profile p;
	struct stream draw;

	(void)state;
	profile_init(&p, 2);
	profile_add(&p, (int32_t[]){0, RANK_UNSEEN});
	stream_open(&draw, "test_tie", "unseen", 0, 0);
	assert_true(tie_resolve_among((bool[]){true, true}, &p, NULL,
			TIE_BALLOT, &draw, &decider) < 2);
	assert_int_equal(decider, DECIDED_LOT);
	profile_free(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ties),
	    cmocka_unit_test(test_draws),
	    cmocka_unit_test(test_ballots_refine),
	    cmocka_unit_test(test_decider_names),
	    cmocka_unit_test(test_open),
	    cmocka_unit_test(test_weights),
	    cmocka_unit_test(test_unseen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
