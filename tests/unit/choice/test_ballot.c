#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "choice/ballot.h"

static void
assert_ranks(const int32_t *rank, size_t n, const int32_t *expected)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(rank[i], expected[i]);
}

static void
test_densify(void **state)
{
	int32_t gaps[] = {0, 2, 5, 2}, one[] = {7};
	int32_t unranked[] = {-1, 3, INT32_MAX, -1, 3};
	int32_t all_unranked[] = {-1, -1, -1};

	(void)state;
	assert_int_equal(ranks_densify(gaps, 4), 3);
	assert_ranks(gaps, 4, (int32_t[]){0, 1, 2, 1});
	assert_int_equal(ranks_densify(one, 1), 1);
	assert_int_equal(one[0], 0);
	/* Unranked comes after even the worst rank there is. */
	assert_int_equal(ranks_densify(unranked, 5), 3);
	assert_ranks(unranked, 5, (int32_t[]){2, 0, 1, 2, 0});
	assert_int_equal(ranks_densify(all_unranked, 3), 1);
	assert_ranks(all_unranked, 3, (int32_t[]){0, 0, 0});
	assert_int_equal(ranks_densify(NULL, 0), 0);
}

static void
test_profile(void **state)
{
	struct profile p;

	(void)state;
	profile_init(&p, 3);
	for (int i = 0; i < 100; i++)
		profile_add(&p, (int32_t[]){5, -1, i});
	assert_int_equal(p.ballots, 100);
	assert_ranks(p.rank, 3, (int32_t[]){1, 2, 0});
	assert_ranks(p.rank + 3 * 99, 3, (int32_t[]){0, 2, 1});
	profile_free(&p);
	assert_int_equal(p.ballots, 0);
	assert_null(p.rank);

	profile_init(&p, 0);
	profile_add(&p, NULL);
	assert_int_equal(p.ballots, 1);
	profile_free(&p);
}

static void
test_labels(void **state)
{
	static const struct {
		size_t i;
		const char *label;
	} rows[] = {{0, "A"}, {25, "Z"}, {26, "AA"}, {51, "AZ"}, {52, "BA"},
	    {127, "DX"}, {701, "ZZ"}, {702, "AAA"}};
	char label[8];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		candidate_label(rows[i].i, label);
		assert_string_equal(label, rows[i].label);
	}
}

static void
test_parse(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		int32_t rank[5];
	} rows[] = {
	    {"A>C=B", 3, {0, 1, 1}},
	    {"c = a > b", 3, {0, 1, 0}},
	    {"  B >\n a ", 2, {1, 0}},
	    {"A", 1, {0}},
	    {"C", 3, {1, 1, 0}},	 /* truncated */
	    {"D>B", 5, {2, 1, 2, 0, 2}}, /* truncated */
	    {"A=B=C", 3, {0, 0, 0}},
	};
	int32_t rank[5];
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(
		    ballot_parse_letters(rows[i].text, rows[i].n, rank, &err),
		    0);
		assert_ranks(rank, rows[i].n, rows[i].rank);
	}
}

/* More than 26 candidates: where letters alone run out. */
static void
test_parse_many(void **state)
{
	int32_t rank[CANDIDATES_MAX];
	char text[1024] = "", label[8];
	struct err err;

	(void)state;
	for (size_t i = CANDIDATES_MAX; i-- > 0;) {
		candidate_label(i, label);
		strcat(text, label);
		strcat(text, i > 0 ? ">" : "");
	}
	assert_int_equal(
	    ballot_parse_letters(text, CANDIDATES_MAX, rank, &err), 0);
	for (int i = 0; i < CANDIDATES_MAX; i++)
		assert_int_equal(rank[i], CANDIDATES_MAX - 1 - i);
}

/*
 * What other implementations let through: letters outside the range, foreign
 * characters after Z, empty groups, arrows both ways, repeats, prose.
 */
static void
test_refused(void **state)
{
	static const struct {
		const char *text, *says;
		size_t n;
	} rows[] = {
	    {"B>D>C", "no statement D", 3},
	    {"A>AA", "no statement AA", 26},
	    {"A>[", "position 3", 27},
	    {"ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ", "ZZZZZZZZZZZZZZZZ ", 3},
	    {"A>B>a", "statement a stands twice", 3},
	    {"A>>B", "position 3", 3},
	    {"A=>B", "position 3", 3},
	    {">A", "position 1", 3},
	    {"A>", "position 3", 3},
	    {"A>B=", "position 5", 3},
	    {"A,B", "position 2", 3},
	    {"A B", "position 3", 3},
	    {"A is first", "position 3", 3},
	    {"**A>B**", "position 1", 3},
	    {"A>\xd0\x91", "position 3", 3},
	    {"", "position 1", 3},
	    {"  ", "position 3", 3},
	    {"A", "no statement to rank", 0},
	};
	int32_t rank[32];
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(&err, 0, sizeof(err));
		assert_int_equal(
		    ballot_parse_letters(rows[i].text, rows[i].n, rank, &err),
		    -1);
		assert_int_equal(err.code, ERR_BAD_BALLOT);
		if (strstr(err.text, rows[i].says) == NULL)
			fail_msg("%s: %s", rows[i].text, err.text);
		assert_int_equal(
		    ballot_parse_letters(rows[i].text, rows[i].n, rank, NULL),
		    -1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_densify),
	    cmocka_unit_test(test_profile),
	    cmocka_unit_test(test_labels),
	    cmocka_unit_test(test_parse),
	    cmocka_unit_test(test_parse_many),
	    cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
