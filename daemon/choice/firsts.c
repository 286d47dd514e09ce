#include "choice/firsts.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* One row's candidates by rank, which is dense: counted, then placed. */
static size_t
sort_row(const int32_t *rank, size_t n, uint16_t *order, size_t *start)
{
	size_t seen = 0, sum = 0, count;

	memset(start, 0, (n + 1) * sizeof(*start));
	for (size_t x = 0; x < n; x++)
		if (rank[x] >= 0) {
			start[rank[x]]++;
			seen++;
		}
	for (size_t r = 0; r <= n; r++) {
		count = start[r];
		start[r] = sum;
		sum += count;
	}
	for (size_t x = 0; x < n; x++)
		if (rank[x] >= 0)
			order[start[rank[x]]++] = (uint16_t)x;
	return seen;
}

static size_t
widest_tie(const struct firsts *f)
{
	size_t n = f->profile->candidates, widest = 1, run;
	const uint16_t *order;
	const int32_t *rank;

	for (size_t b = 0; b < f->ballots; b++) {
		order = f->order + b * n;
		rank = f->profile->rank + b * n;
		run = 1;
		for (size_t i = 1; i < f->seen[b]; i++) {
			run =
			    rank[order[i]] == rank[order[i - 1]] ? run + 1 : 1;
			widest = run > widest ? run : widest;
		}
	}
	return widest;
}

void
firsts_init(struct firsts *f, const struct profile *p)
{
	size_t n = p->candidates, *start;

	memset(f, 0, sizeof(*f));
	f->profile = p;
	f->ballots = n > 0 ? p->ballots : 0; /* without n there are no rows */
	f->order = xcalloc(n * f->ballots + 1, sizeof(*f->order));
	f->seen = xcalloc(f->ballots + 1, sizeof(*f->seen));
	f->at = xcalloc(f->ballots + 1, sizeof(*f->at));
	f->idle = xcalloc(f->ballots + 1, sizeof(*f->idle));
	start = xcalloc(n + 1, sizeof(*start));
	for (size_t b = 0; b < f->ballots; b++)
		f->seen[b] = (uint16_t)sort_row(
		    p->rank + b * n, n, f->order + b * n, start);
	free(start);
	exact_init(&f->exact, (uint32_t)widest_tie(f));
	f->sum = xcalloc(n * f->exact.limbs + 1, sizeof(*f->sum));
}

void
firsts_free(struct firsts *f)
{
	free(f->order);
	free(f->seen);
	free(f->at);
	free(f->idle);
	free(f->sum);
	exact_free(&f->exact);
	memset(f, 0, sizeof(*f));
}

/* Moves to the first group with somebody standing; how many stand in it, and
 * where it ends. */
static size_t
favourites(struct firsts *f, size_t b, const bool *in, size_t *end)
{
	const uint16_t *order = f->order + b * f->profile->candidates;
	const int32_t *rank = f->profile->rank + b * f->profile->candidates;
	size_t i, standing = 0;

	for (;;) {
		for (i = f->at[b];
		     i < f->seen[b] && rank[order[i]] == rank[order[f->at[b]]];
		     i++)
			standing += in[order[i]];
		*end = i;
		if (standing > 0 || i == f->seen[b])
			return standing;
		f->at[b] = (uint16_t)i;
	}
}

void
firsts_count(struct firsts *f, const bool *in, size_t left)
{
	size_t n = f->profile->candidates, standing, end;
	const uint16_t *order;
	int64_t weight;

	memset(f->sum, 0, n * f->exact.limbs * sizeof(*f->sum));
	for (size_t b = 0; b < f->ballots; b++) {
		if (f->idle[b])
			continue;
		standing = favourites(f, b, in, &end);
		f->idle[b] = standing == 0 || (standing == left && left < n);
		if (f->idle[b])
			continue;
		order = f->order + b * n;
		weight = profile_weight(f->profile, b);
		for (size_t i = f->at[b]; i < end; i++)
			if (in[order[i]])
				exact_add(&f->exact,
				    f->sum + order[i] * f->exact.limbs,
				    (uint64_t)weight, (uint32_t)standing);
	}
}

int
firsts_cmp(const struct firsts *f, size_t x, size_t y)
{
	return exact_cmp(&f->exact, f->sum + x * f->exact.limbs,
	    f->sum + y * f->exact.limbs);
}

int64_t
firsts_hundredths(const struct firsts *f, size_t x)
{
	return (int64_t)exact_floor(
	    &f->exact, f->sum + x * f->exact.limbs, 100);
}
