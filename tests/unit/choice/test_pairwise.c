/* The count against its definition; Condorcet winner, Smith set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "choice/pairwise.h"
#include "tests/unit/choice/elections.h"

static void
slow_count(const struct profile *p, int64_t *d)
{
	size_t n = p->candidates;
	const int32_t *rank;

	for (size_t x = 0; x < n; x++)
		for (size_t y = 0; y < n; y++) {
			d[x * n + y] = 0;
			for (size_t b = 0; b < p->ballots; b++) {
				rank = p->rank + b * n;
				if (rank[x] >= 0 && rank[y] >= 0 &&
				    rank[x] < rank[y])
					d[x * n + y] += profile_weight(p, b);
			}
		}
}

/* Ballots by the hundred, so that blocks are filled, left and begun. */
static void
large_profile(struct profile *p, size_t n, size_t ballots, int weights,
    bool unseen, uint64_t number)
{
	int32_t rank[300];
	struct stream s;
	int64_t w;

	stream_open(&s, "test_pairwise", "large", number, 0);
	profile_init(p, n);
	for (size_t b = 0; b < ballots; b++) {
		for (size_t x = 0; x < n; x++) {
			rank[x] = (int32_t)stream_below(&s, n + 1) - 1;
			if (unseen && stream_below(&s, 6) == 0)
				rank[x] = RANK_UNSEEN;
		}
		w = weights == 0   ? 1
		    : weights == 1 ? 1 + (int64_t)stream_below(&s, 2)
				   : 1 + (int64_t)stream_below(&s, WEIGHT_MAX);
		assert_int_equal(profile_add_weighted(p, rank, w, NULL), 0);
	}
}

static void
test_count(void **state)
{
	static const size_t ballots[] = {0, 1, 31, 32, 255, 256, 257, 700};
	struct profile p;
	int64_t *d, *e;
	size_t n;

	(void)state;
	for (uint64_t i = 0; i < 8 * 3 * 2; i++) {
		n = i % 8 == 7 ? 40 : 7;
		large_profile(
		    &p, n, ballots[i % 8], (int)(i / 8 % 3), i >= 24, i);
		d = xcalloc(n * n, sizeof(*d));
		e = xcalloc(n * n, sizeof(*e));
		pairwise_count(&p, d);
		slow_count(&p, e);
		assert_memory_equal(d, e, n * n * sizeof(*d));
		free(d);
		free(e);
		profile_free(&p);
	}
}

/* Ranks beyond a byte keep their order. */
static void
test_wide(void **state)
{
	int32_t rank[300];
	struct profile p;
	int64_t *d = xcalloc((size_t)300 * 300, sizeof(*d));

	(void)state;
	profile_init(&p, 300);
	for (int32_t x = 0; x < 300; x++)
		rank[x] = 299 - x;
	for (int b = 0; b < 40; b++)
		profile_add(&p, rank);
	pairwise_count(&p, d);
	for (size_t x = 0; x < 300; x++)
		for (size_t y = 0; y < 300; y++)
			assert_int_equal(d[x * 300 + y], x > y ? 40 : 0);
	free(d);
	profile_free(&p);
}

static bool
beats(const int64_t *d, size_t n, size_t x, size_t y)
{
	return d[x * n + y] > d[y * n + x];
}

/* Whether each of `set` beats everyone outside. */
static bool
dominates(const int64_t *d, size_t n, unsigned set)
{
	for (size_t x = 0; x < n; x++)
		for (size_t y = 0; y < n; y++)
			if ((set >> x & 1) && !(set >> y & 1) &&
			    !beats(d, n, x, y))
				return false;
	return true;
}

static void
test_smith(void **state)
{
	bool in[16];
	unsigned smallest, set;
	struct profile p;
	int64_t d[100];
	size_t n, size, winner;

	(void)state;
	for (uint64_t i = 0; i < 1500; i++) {
		random_profile(&p, i, 7);
		n = p.candidates;
		pairwise_count(&p, d);
		smallest = (1u << n) - 1;
		for (set = 1; set < 1u << n; set++)
			if (dominates(d, n, set) &&
			    __builtin_popcount(set) <
				__builtin_popcount(smallest))
				smallest = set;
		size = smith_set(d, n, in);
		assert_int_equal(size, __builtin_popcount(smallest));
		for (size_t x = 0; x < n; x++)
			assert_int_equal(in[x], smallest >> x & 1);
		winner = condorcet_winner(d, n);
		assert_int_equal(winner < n, size == 1);
		if (winner < n)
			assert_true(in[winner]);
		profile_free(&p);
	}
	assert_int_equal(smith_set(NULL, 0, in), 0);
}

static void
test_tennessee(void **state)
{
	bool in[4];
	struct profile p;
	int64_t d[16];

	(void)state;
	profile_of(&p, 4, tennessee);
	pairwise_count(&p, d);
	assert_int_equal(d[1 * 4 + 0], 58);
	assert_int_equal(d[1 * 4 + 2], 68);
	assert_int_equal(d[2 * 4 + 3], 83);
	assert_int_equal(condorcet_winner(d, 4), 1);
	assert_int_equal(smith_set(d, 4, in), 1);
	profile_free(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_count),
	    cmocka_unit_test(test_wide),
	    cmocka_unit_test(test_smith),
	    cmocka_unit_test(test_tennessee),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
