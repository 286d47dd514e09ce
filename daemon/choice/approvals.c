#include "choice/approvals.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* count: room for n numbers. */
static void
approve_best(const int32_t *rank, const bool *allowed, size_t n, size_t limit,
    size_t *count, bool *row)
{
	int32_t last = -1;
	size_t sum = 0;

	memset(count, 0, n * sizeof(*count));
	for (size_t x = 0; x < n; x++)
		if (allowed[x] && rank[x] >= 0)
			count[rank[x]]++;
	for (int32_t r = 0; r < (int32_t)n; r++) {
		sum += count[r];
		if (count[r] > 0 && (last < 0 || sum <= limit))
			last = r;
	}
	for (size_t x = 0; x < n; x++)
		row[x] = allowed[x] && rank[x] >= 0 && rank[x] <= last;
}

void
approvals_init(
    struct approvals *a, const struct profile *p, const bool *allowed)
{
	size_t n = p->candidates, most = 0, *count;

	a->profile = p;
	a->approves = xcalloc(n * p->ballots + 1, sizeof(*a->approves));
	a->content = xcalloc(p->ballots + 1, sizeof(*a->content));
	exact_init(&a->exact, n > 0 ? (uint32_t)n : 1);
	count = xcalloc(n + 1, sizeof(*count));
	for (size_t x = 0; x < n; x++)
		most += allowed[x];
	for (size_t b = 0; b < p->ballots; b++)
		approve_best(p->rank + b * n, allowed, n, (most + 1) / 2, count,
		    a->approves + b * n);
	free(count);
}

void
approvals_free(struct approvals *a)
{
	free(a->approves);
	free(a->content);
	exact_free(&a->exact);
}

static void
add_content(struct approvals *a, size_t x, uint32_t by)
{
	size_t n = a->profile->candidates;

	for (size_t b = 0; b < a->profile->ballots; b++)
		if (a->approves[b * n + x])
			a->content[b] += by;
}

void
approvals_choose(struct approvals *a, size_t x)
{
	add_content(a, x, 1);
}

void
approvals_unchoose(struct approvals *a, size_t x)
{
	add_content(a, x, UINT32_MAX); /* one less, modulo 2^32 */
}

/* Adds to out w/k for each k of 1..n with w = votes[k - 1]. */
static void
add_shares(const struct approvals *a, const int64_t *votes, uint32_t *out)
{
	memset(out, 0, a->exact.limbs * sizeof(*out));
	for (uint32_t k = 1; k <= a->exact.max; k++)
		if (votes[k - 1] > 0)
			exact_add(&a->exact, out, (uint64_t)votes[k - 1], k);
}

void
approvals_gain(const struct approvals *a, size_t x, uint32_t *out)
{
	size_t n = a->profile->candidates;
	int64_t *votes = xcalloc(n + 1, sizeof(*votes));

	for (size_t b = 0; b < a->profile->ballots; b++)
		if (a->approves[b * n + x] && a->content[b] < n)
			votes[a->content[b]] += profile_weight(a->profile, b);
	add_shares(a, votes, out);
	free(votes);
}

void
approvals_worth(const struct approvals *a, uint32_t *out)
{
	size_t n = a->profile->candidates;
	int64_t *votes = xcalloc(n + 2, sizeof(*votes));

	for (size_t b = 0; b < a->profile->ballots; b++)
		if (a->content[b] > 0)
			votes[a->content[b] - 1] +=
			    profile_weight(a->profile, b);
	/* Whoever has k of them also has k - 1. */
	for (size_t k = n; k > 1; k--)
		votes[k - 2] += votes[k - 1];
	add_shares(a, votes, out);
	free(votes);
}
