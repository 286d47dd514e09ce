#include "choice/ranked_pairs.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct majority {
	uint32_t winner, loser;
	int64_t won, lost;
};

/* The strongest first; equals in a fixed order, which decides nothing. */
static int
strength_cmp(const void *a, const void *b)
{
	const struct majority *x = a, *y = b;

	if (x->won != y->won)
		return x->won > y->won ? -1 : 1;
	if (x->lost != y->lost)
		return x->lost < y->lost ? -1 : 1;
	if (x->winner != y->winner)
		return x->winner < y->winner ? -1 : 1;
	return (x->loser > y->loser) - (x->loser < y->loser);
}

static bool
as_strong(const struct majority *a, const struct majority *b)
{
	return a->won == b->won && a->lost == b->lost;
}

static size_t
find_majorities(const struct tally *t, struct majority *v)
{
	size_t n = t->n, count = 0;
	int64_t won, lost;

	for (size_t x = 0; x < n; x++)
		for (size_t y = 0; y < n; y++) {
			won = t->d[x * n + y];
			lost = t->d[y * n + x];
			if (won > lost)
				v[count++] = (struct majority){
				    (uint32_t)x, (uint32_t)y, won, lost};
		}
	qsort(v, count, sizeof(*v), strength_cmp);
	return count;
}

/* Who is above whom by locked majorities, over any number of steps. */
struct above {
	size_t n, words;
	uint64_t *row; /* n rows of bits */
};

static void
above_init(struct above *a, size_t n)
{
	a->n = n;
	a->words = (n + 63) / 64;
	a->row = xcalloc(n * a->words + 1, sizeof(*a->row));
}

static bool
is_above(const struct above *a, size_t x, size_t y)
{
	return a->row[x * a->words + y / 64] >> y % 64 & 1;
}

static void
lock(struct above *a, size_t x, size_t y)
{
	const uint64_t *below = a->row + y * a->words;
	uint64_t *row;

	if (is_above(a, x, y))
		return;
	for (size_t z = 0; z < a->n; z++) {
		if (z != x && !is_above(a, z, x))
			continue;
		row = a->row + z * a->words;
		for (size_t i = 0; i < a->words; i++)
			row[i] |= below[i];
		row[y / 64] |= (uint64_t)1 << y % 64;
	}
}

/*
 * Equally strong majorities: those against what is locked are out; of the
 * others those that lie on no cycle are locked.  x over y lies on one when y
 * comes out above x with all of them in.  `all` is room for that.
 */
static void
lock_equals(struct above *locked, struct above *all, const struct majority *v,
    size_t count)
{
	memcpy(all->row, locked->row,
	    locked->n * locked->words * sizeof(*all->row));
	for (size_t i = 0; i < count; i++)
		if (!is_above(locked, v[i].loser, v[i].winner))
			lock(all, v[i].winner, v[i].loser);
	for (size_t i = 0; i < count; i++)
		if (!is_above(all, v[i].loser, v[i].winner))
			lock(locked, v[i].winner, v[i].loser);
}

static void
lock_all(struct above *locked, const struct majority *v, size_t count)
{
	struct above all;
	size_t equals;

	above_init(&all, locked->n);
	for (size_t i = 0; i < count; i += equals) {
		for (equals = 1;
		     i + equals < count && as_strong(&v[i], &v[i + equals]);)
			equals++;
		if (equals > 1)
			lock_equals(locked, &all, v + i, equals);
		else if (!is_above(locked, v[i].loser, v[i].winner))
			lock(locked, v[i].winner, v[i].loser);
	}
	free(all.row);
}

/* Rank 0 for those with nobody above them, then the same among the others. */
static void
rank_by_layers(const struct above *locked, struct tally *t)
{
	size_t n = t->n, left = n, *over = xcalloc(n + 1, sizeof(*over));
	int32_t rank;

	for (size_t x = 0; x < n; x++) {
		t->rank[x] = -1;
		for (size_t y = 0; y < n; y++)
			over[x] += is_above(locked, y, x);
	}
	for (rank = 0; left > 0; rank++) {
		for (size_t x = 0; x < n; x++)
			if (t->rank[x] < 0 && over[x] == 0) {
				t->rank[x] = rank;
				left--;
			}
		for (size_t x = 0; x < n; x++)
			for (size_t y = 0; t->rank[x] == rank && y < n; y++)
				over[y] -= is_above(locked, x, y);
	}
	free(over);
}

void
ranked_pairs_run(const struct profile *p, struct tally *t)
{
	size_t n = p->candidates, count;
	struct majority *v = xcalloc(n * n / 2 + 1, sizeof(*v));
	struct above locked;

	above_init(&locked, n);
	count = find_majorities(t, v);
	lock_all(&locked, v, count);
	rank_by_layers(&locked, t);
	free(locked.row);
	free(v);
}
