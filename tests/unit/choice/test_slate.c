#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/stream.h"
#include "choice/slate.h"

static bool all[CANDIDATES_MAX]; /* set by main */

static size_t
choose(const char *name, const struct profile *p, size_t first,
    const bool *allowed, size_t k, size_t *out)
{
	struct tally t;
	size_t n;

	tally_run(rule_find("schulze"), p, &t);
	if (first == SIZE_MAX)
		for (first = 0; t.rank[first] != 0; first++)
			continue;
	n = slate_find(name)->choose(p, &t, first, allowed, k, out);
	tally_free(&t);
	return n;
}

static void
test_table(void **state)
{
	(void)state;
	assert_non_null(slate_find("proportional"));
	assert_non_null(slate_find("top"));
	assert_non_null(slate_find("pav"));
	assert_null(slate_find("pools"));
}

/*
 * Six people like A to D, in that order; two like E and F.  The head of the
 * ranking is what the six like; proportionally the two get a place.
 */
static void
test_minority(void **state)
{
	struct profile p;
	size_t out[8];

	(void)state;
	profile_init(&p, 8);
	for (int i = 0; i < 6; i++)
		profile_add(&p, (int32_t[]){0, 1, 2, 3, 5, 5, 4, 4});
	for (int i = 0; i < 2; i++)
		profile_add(&p, (int32_t[]){5, 5, 5, 5, 0, 1, 6, 6});
	assert_int_equal(choose("top", &p, SIZE_MAX, all, 4, out), 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(out[i], i);
	assert_int_equal(choose("proportional", &p, SIZE_MAX, all, 4, out), 4);
	assert_int_equal(out[0], 0);
	/* 6/2 for B, 6/3 for C, then 2 against 6/4 */
	assert_int_equal(out[1], 1);
	assert_true(out[2] == 2 && out[3] == 4);
	profile_free(&p);
}

/* Someone who names one favourite and nothing else is not read as liking all
 * that was left unranked. */
static void
test_truncated(void **state)
{
	struct profile p;
	size_t out[4];

	(void)state;
	profile_init(&p, 4);
	profile_add(&p, (int32_t[]){0, 1, -1, -1});
	profile_add(&p, (int32_t[]){0, 1, -1, -1});
	profile_add(&p, (int32_t[]){-1, -1, -1, 0});
	profile_add(&p, (int32_t[]){-1, -1, -1, 0});
	assert_int_equal(choose("proportional", &p, 0, all, 2, out), 2);
	assert_int_equal(out[0], 0);
	assert_int_equal(out[1], 3);
	profile_free(&p);
}

static void
test_allowed(void **state)
{
	static const char *const names[] = {"proportional", "top", "pav"};
	static const bool some[] = {true, false, true, false};
	static const bool none[4];
	struct profile p;
	size_t out[4];

	(void)state;
	profile_init(&p, 4);
	profile_add(&p, (int32_t[]){3, 1, 2, 0});
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(choose(names[i], &p, 2, some, 4, out), 2);
		assert_int_equal(out[0], 2);
		assert_int_equal(out[1], 0);
		/* an elected one that is not allowed is left out */
		assert_int_equal(choose(names[i], &p, 3, some, 1, out), 1);
		assert_int_equal(out[0], 2);
		assert_int_equal(choose(names[i], &p, 3, none, 4, out), 0);
		assert_int_equal(choose(names[i], &p, 3, all, 0, out), 0);
	}
	profile_free(&p);
}

/* No ballots: nothing to go by but the index. */
static void
test_no_ballots(void **state)
{
	static const char *const names[] = {"proportional", "top", "pav"};
	struct profile p;
	size_t out[4];

	(void)state;
	profile_init(&p, 4);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(choose(names[i], &p, 2, all, 3, out), 3);
		assert_int_equal(out[0], 2);
		assert_int_equal(out[1], 0);
		assert_int_equal(out[2], 1);
	}
	profile_free(&p);
}

/* Equal gains go to the lower social rank, then to the lower index. */
static void
test_gain_ties(void **state)
{
	struct profile p;
	size_t out[4];

	(void)state;
	profile_init(&p, 4);
	profile_add(&p, (int32_t[]){0, 2, 1, 3});
	assert_int_equal(choose("proportional", &p, 0, all, 4, out), 4);
	assert_int_equal(out[1], 2); /* the other approved one */
	assert_int_equal(out[2], 1); /* both gain nothing: by social rank */
	assert_int_equal(out[3], 3);
	profile_free(&p);
}

/*
 * Six people approve 0, 1 and 3, four approve 0 and 4.  After 0 and 1 the gains
 * of 3 and 4 are 6/3 and 4/2, which are equal: the social rank decides.
 */
static void
test_exact(void **state)
{
	struct profile p;
	size_t out[6];
	int32_t two[6] = {0, 0, 1, 0, 1, 1};
	int32_t one[6] = {0, 1, 1, 1, 0, 1};

	(void)state;
	profile_init(&p, 6);
	for (int i = 0; i < 6; i++)
		profile_add(&p, two);
	for (int i = 0; i < 4; i++)
		profile_add(&p, one);
	assert_int_equal(choose("proportional", &p, 0, all, 4, out), 4);
	assert_int_equal(out[0], 0);
	assert_int_equal(out[1], 1); /* 6/2 against 4/2 */
	assert_int_equal(out[2], 3); /* 6/3 equals 4/2; 3 ranks above 4 */
	assert_int_equal(out[3], 4);
	profile_free(&p);
}

/* The largest election: every place is filled once, and quickly. */
static void
test_largest(void **state)
{
	int32_t rank[CANDIDATES_MAX];
	bool seen[CANDIDATES_MAX] = {false};
	size_t out[CANDIDATES_MAX];
	struct profile p;
	struct stream s;

	(void)state;
	stream_open(&s, "test_slate", "largest", 0, 0);
	profile_init(&p, CANDIDATES_MAX);
	for (int b = 0; b < 200; b++) {
		for (size_t x = 0; x < CANDIDATES_MAX; x++)
			rank[x] = (int32_t)stream_below(&s, CANDIDATES_MAX);
		profile_add(&p, rank);
	}
	assert_int_equal(
	    choose("proportional", &p, SIZE_MAX, all, CANDIDATES_MAX, out),
	    CANDIDATES_MAX);
	for (size_t i = 0; i < CANDIDATES_MAX; i++) {
		assert_false(seen[out[i]]);
		seen[out[i]] = true;
	}
	profile_free(&p);
}

/* No candidates, though there are ballots: nobody is chosen. */
static void
test_no_candidates(void **state)
{
	struct profile p;
	struct tally t;

	(void)state;
	profile_init(&p, 0);
	profile_add(&p, NULL);
	tally_run(rule_find("schulze"), &p, &t);
	for (const struct slate_rule *r = slate_rules; r->name != NULL; r++)
		assert_int_equal(r->choose(&p, &t, 0, NULL, 4, NULL), 0);
	tally_free(&t);
	profile_free(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_table),
	    cmocka_unit_test(test_minority),
	    cmocka_unit_test(test_truncated),
	    cmocka_unit_test(test_allowed),
	    cmocka_unit_test(test_no_ballots),
	    cmocka_unit_test(test_gain_ties),
	    cmocka_unit_test(test_no_candidates),
	    cmocka_unit_test(test_exact),
	    cmocka_unit_test(test_largest),
	};

	memset(all, true, sizeof(all));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
