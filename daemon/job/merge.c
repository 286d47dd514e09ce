#include "job/merge.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "choice/kendall.h"

/* before[i * n + j]: how many rankings put i before j. */
static int64_t *
count_pairs(const int32_t *rank, size_t m, size_t n)
{
	int64_t *before = xcalloc(n * n + 1, sizeof(*before));

	for (size_t k = 0; k < m; k++)
		for (size_t i = 0; i < n; i++)
			for (size_t j = 0; j < n; j++)
				before[i * n + j] +=
				    rank[k * n + i] < rank[k * n + j];
	return before;
}

/* What it costs to put `first` before all in the set. */
static int64_t
cost_before(const int64_t *before, size_t n, size_t first, size_t set)
{
	int64_t cost = 0;

	for (size_t j = 0; j < n; j++)
		if (set & (size_t)1 << j)
			cost += before[j * n + first];
	return cost;
}

/* The cheapest order of every set of things, from the empty one up: whichever
 * stands first, the rest is a smaller set. */
static void
order_exactly(const int64_t *before, size_t n, size_t *order)
{
	size_t sets = (size_t)1 << n, set, rest, i;
	int64_t *least = xcalloc(sets, sizeof(*least)), cost;
	uint8_t *first = xcalloc(sets, sizeof(*first));

	for (set = 1; set < sets; set++) {
		least[set] = INT64_MAX;
		for (i = 0; i < n; i++) {
			if (!(set & (size_t)1 << i))
				continue;
			rest = set & ~((size_t)1 << i);
			cost = least[rest] + cost_before(before, n, i, rest);
			if (cost < least[set]) {
				least[set] = cost;
				first[set] = (uint8_t)i;
			}
		}
	}
	for (set = sets - 1, i = 0; set != 0; i++) {
		order[i] = first[set];
		set &= ~((size_t)1 << order[i]);
	}
	free(least);
	free(first);
}

/* By how often a thing stands before others; equal ones as they come. */
static void
order_by_borda(const int64_t *before, size_t n, size_t *order)
{
	int64_t *score = xcalloc(n + 1, sizeof(*score));
	size_t i, k, one;

	for (i = 0; i < n; i++)
		for (k = 0; k < n; k++)
			score[i] += before[i * n + k] - before[k * n + i];
	for (i = 0; i < n; i++) {
		one = i;
		for (k = i; k > 0 && score[order[k - 1]] < score[one]; k--)
			order[k] = order[k - 1];
		order[k] = one;
	}
	free(score);
}

/* Moves the thing at `from` to where it costs least; how much that saves. */
static int64_t
move_best(const int64_t *before, size_t n, size_t *order, size_t from)
{
	size_t one = order[from], to = from, i;
	int64_t saved = 0, best = 0;

	for (i = from; i-- > 0;) { /* past order[i], towards the front */
		saved +=
		    before[one * n + order[i]] - before[order[i] * n + one];
		if (saved > best) {
			best = saved;
			to = i;
		}
	}
	for (saved = 0, i = from + 1; i < n; i++) {
		saved +=
		    before[order[i] * n + one] - before[one * n + order[i]];
		if (saved > best) {
			best = saved;
			to = i;
		}
	}
	if (to < from)
		memmove(
		    order + to + 1, order + to, (from - to) * sizeof(*order));
	else
		memmove(order + from, order + from + 1,
		    (to - from) * sizeof(*order));
	order[to] = one;
	return best;
}

/* Every move lowers a cost that is a whole number: it comes to an end. */
static void
order_by_moves(const int64_t *before, size_t n, size_t *order)
{
	int64_t saved = 1;

	order_by_borda(before, n, order);
	while (saved > 0) {
		saved = 0;
		for (size_t i = 0; i < n; i++)
			saved += move_best(before, n, order, i);
	}
}

static int64_t
agreement(const int32_t *rank, size_t m, size_t n, const int32_t *out)
{
	int64_t alike = 0, all = 0;
	struct kendall k;

	for (size_t i = 0; i < m; i++) {
		kendall_count(rank + i * n, out, n, &k);
		alike += k.concordant;
		all += k.concordant + k.discordant;
	}
	return all > 0 ? alike * 1000 / all : 1000;
}

int64_t
rankings_merge(const int32_t *rank, size_t m, size_t n, int32_t *out)
{
	size_t *order = xcalloc(n + 1, sizeof(*order));
	int64_t *before = count_pairs(rank, m, n);

	if (n <= MERGE_EXACT)
		order_exactly(before, n, order);
	else
		order_by_moves(before, n, order);
	for (size_t i = 0; i < n; i++)
		out[order[i]] = (int32_t)i;
	free(before);
	free(order);
	return agreement(rank, m, n, out);
}
