#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/stream.h"
#include "choice/kendall.h"
#include "job/merge.h"

static int64_t
distance(const int32_t *rank, size_t m, size_t n, const int32_t *out)
{
	struct kendall k;
	int64_t sum = 0;

	for (size_t i = 0; i < m; i++) {
		kendall_count(rank + i * n, out, n, &k);
		sum += k.discordant;
	}
	return sum;
}

static void
assert_strict(const int32_t *out, size_t n)
{
	bool *seen = xcalloc(n + 1, sizeof(*seen));

	for (size_t i = 0; i < n; i++) {
		assert_true(out[i] >= 0 && (size_t)out[i] < n);
		assert_false(seen[out[i]]);
		seen[out[i]] = true;
	}
	free(seen);
}

/* The least distance of any order, by trying all: Heap's algorithm. */
static void
try_all(const int32_t *rank, size_t m, size_t n, int32_t *perm, size_t k,
    int64_t *least)
{
	int64_t d;

	if (k == 1) {
		d = distance(rank, m, n, perm);
		*least = d < *least ? d : *least;
		return;
	}
	for (size_t i = 0; i < k; i++) {
		size_t a = k % 2 == 0 ? i : 0;
		int32_t kept;

		try_all(rank, m, n, perm, k - 1, least);
		kept = perm[a];
		perm[a] = perm[k - 1];
		perm[k - 1] = kept;
	}
}

static void
draw_rankings(struct stream *s, size_t m, size_t n, int32_t *rank)
{
	size_t *order = xcalloc(n + 1, sizeof(*order));

	for (size_t k = 0; k < m; k++) {
		stream_permute(s, order, n);
		for (size_t i = 0; i < n; i++)
			rank[k * n + i] = (int32_t)order[i];
	}
	free(order);
}

static void
test_least(void **state)
{
	int32_t rank[5 * 6], out[6], perm[6];
	struct stream s;
	int64_t least;

	(void)state;
	stream_open(&s, "merge", "test", 0, 0);
	for (int round = 0; round < 60; round++) {
		size_t n = 2 + (size_t)round % 5, m = 1 + (size_t)round % 5;

		draw_rankings(&s, m, n, rank);
		rankings_merge(rank, m, n, out);
		assert_strict(out, n);
		for (size_t i = 0; i < n; i++)
			perm[i] = (int32_t)i;
		least = INT64_MAX;
		try_all(rank, m, n, perm, n, &least);
		assert_int_equal(distance(rank, m, n, out), least);
	}
}

/* Beyond the exact ones: no move of one thing helps, and what all agree on
 * comes out. */
static void
test_many(void **state)
{
	size_t n = 97, m = 3;
	int32_t *rank = xcalloc(m * n, sizeof(*rank));
	int32_t *out = xcalloc(n, sizeof(*out));
	struct stream s;

	(void)state;
	stream_open(&s, "merge", "many", 0, 0);
	draw_rankings(&s, 1, n, rank);
	memcpy(rank + n, rank, n * sizeof(*rank));
	memcpy(rank + 2 * n, rank, n * sizeof(*rank));
	assert_int_equal(rankings_merge(rank, m, n, out), 1000);
	assert_memory_equal(out, rank, n * sizeof(*out));
	draw_rankings(&s, m, n, rank);
	assert_in_range(rankings_merge(rank, m, n, out), 500, 1000);
	assert_strict(out, n);
	for (size_t i = 0; i < n; i++) /* neighbours */
		for (size_t k = 0; k < n; k++)
			if (out[k] == out[i] + 1) {
				int64_t before = distance(rank, m, n, out);

				out[i]++;
				out[k]--;
				assert_true(
				    distance(rank, m, n, out) >= before);
				out[i]--;
				out[k]++;
			}
	free(rank);
	free(out);
}

static void
test_agreement(void **state)
{
	static const int32_t opposite[] = {0, 1, 2, 2, 1, 0};
	static const int32_t two_of_three[] = {0, 1, 0, 1, 1, 0};
	static const int32_t tied[] = {0, 0, 0};
	int32_t out[3];

	(void)state;
	assert_int_equal(rankings_merge(opposite, 2, 3, out), 500);
	assert_int_equal(rankings_merge(two_of_three, 3, 2, out), 666);
	assert_int_equal(out[0], 0);
	/* Nothing tells them apart: they stand as they came. */
	assert_int_equal(rankings_merge(tied, 1, 3, out), 1000);
	assert_int_equal(out[0], 0);
	assert_int_equal(out[2], 2);
	assert_int_equal(rankings_merge(tied, 1, 1, out), 1000);
	assert_int_equal(out[0], 0);
	assert_int_equal(rankings_merge(tied, 0, 2, out), 1000);
	assert_int_equal(rankings_merge(tied, 0, 0, out), 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_least),
	    cmocka_unit_test(test_many),
	    cmocka_unit_test(test_agreement),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
