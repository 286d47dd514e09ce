#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "choice/profile.h"

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

/* Never seen is not unranked: it keeps its place beside dense ranks. */
static void
test_unseen(void **state)
{
	int32_t some[] = {RANK_UNSEEN, 4, RANK_UNRANKED, 4, RANK_UNSEEN};
	int32_t sparse[] = {RANK_UNSEEN, 400, -7, 9, 0};
	struct profile p;

	(void)state;
	assert_int_equal(ranks_densify(some, 5), 2);
	assert_ranks(some, 5, (int32_t[]){RANK_UNSEEN, 0, 1, 0, RANK_UNSEEN});
	assert_int_equal(ranks_densify(sparse, 5), 4);
	assert_ranks(sparse, 5, (int32_t[]){RANK_UNSEEN, 2, 3, 1, 0});
	profile_init(&p, 2);
	profile_add(&p, (int32_t[]){0, 1});
	assert_false(p.unseen);
	assert_int_equal(p.truncated, 0);
	profile_add_weighted(&p, (int32_t[]){0, RANK_UNRANKED}, 5, NULL);
	assert_false(p.unseen);
	assert_int_equal(p.truncated, 5);
	profile_add(&p, (int32_t[]){0, RANK_UNSEEN});
	assert_true(p.unseen);
	assert_int_equal(p.truncated, 5);
	profile_free(&p);
}

static void
test_names(void **state)
{
	static const char *const names[] = {
	    "Zürich", "St. Gallen", "St", "Bern"};
	struct labels l;
	struct buf out = {0};
	int32_t rank[4];
	struct err err;

	(void)state;
	assert_int_equal(labels_names(&l, names, 4, &err), 0);
	assert_int_equal(
	    ballot_parse(&l, " St. Gallen > Bern = Zürich ", rank, &err), 0);
	assert_ranks(rank, 4, (int32_t[]){1, 0, RANK_UNRANKED, 1});
	ballot_print(&l, rank, &out);
	assert_string_equal(out.data, "St. Gallen>Zürich=Bern");
	buf_reset(&out);
	assert_int_equal(ballot_parse(&l, "St", rank, &err), 0);
	assert_ranks(rank, 4, (int32_t[]){-1, -1, 0, -1});
	assert_int_equal(ballot_parse(&l, "St.", rank, &err), -1);
	assert_non_null(strstr(err.text, "no statement St. on"));
	assert_int_equal(ballot_parse(&l, "bern", rank, &err), -1);
	assert_int_equal(ballot_parse(&l, "Bern>Bern", rank, &err), -1);
	assert_non_null(strstr(err.text, "twice"));
	assert_int_equal(ballot_parse(&l, "Bern>>St", rank, &err), -1);
	assert_int_equal(ballot_parse(&l, "Bern>", rank, &err), -1);
	assert_int_equal(ballot_parse(&l, "", rank, &err), -1);
	labels_free(&l);
	buf_free(&out);
}

/* A message stays within its characters and shows no control. */
static void
test_long_names(void **state)
{
	static const char *const names[] = {"x"};
	struct labels l;
	int32_t rank[1];
	struct err err;

	(void)state;
	assert_int_equal(labels_names(&l, names, 1, &err), 0);
	assert_int_equal(
	    ballot_parse(
		&l, "ääääääääääääääääääääääääääääääääää\x1b[2J", rank, &err),
	    -1);
	assert_null(strchr(err.text, '\x1b'));
	assert_int_equal(ballot_parse(&l, "a\x1b[2J", rank, &err), -1);
	assert_null(strchr(err.text, '\x1b'));
	labels_free(&l);
}

/* What is printed is read as the same, letters beyond Z included. */
static void
test_round_trip(void **state)
{
	int32_t rank[40], again[40];
	struct labels l;
	struct buf out = {0};
	struct err err;

	(void)state;
	labels_init(&l, 40);
	for (int32_t shift = 0; shift < 40; shift++) {
		for (int32_t x = 0; x < 40; x++)
			rank[x] = (x * 7 + shift) % 40 / 3 - 1;
		for (int32_t x = 0; x < 40; x++)
			rank[x] = rank[x] < 0 ? RANK_UNRANKED : rank[x];
		buf_reset(&out);
		ballot_print(&l, rank, &out);
		assert_int_equal(ballot_parse(&l, out.data, again, &err), 0);
		assert_ranks(again, 40, rank);
	}
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_densify),
	    cmocka_unit_test(test_unseen),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_long_names),
	    cmocka_unit_test(test_round_trip),
	    cmocka_unit_test(test_parse),
	    cmocka_unit_test(test_parse_many),
	    cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
