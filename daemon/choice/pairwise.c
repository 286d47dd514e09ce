#include "choice/pairwise.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "choice/order.h"

/* Ballots counted at once: a block's count fits 16 bits, and a few columns the
 * nearest cache.  Below FEW they are counted row by row. */
#define BLOCK 256
#define FEW   32

/*
 * A block of ballots in columns: one of BLOCK ranks a candidate.  For x above y
 * is asked left[x] < right[y]: an unseen candidate stands on the left below
 * everything, on the right above everything, so it is compared with nothing.
 * Places beyond the block's end are the same on both sides and count nothing.
 */
struct block {
	size_t n, used;
	int16_t *left, *right; /* n columns; the same array if nothing is
				  unseen */
	int64_t weight[BLOCK];
	bool even; /* all weights used are equal */
};

static void
block_init(struct block *b, const struct profile *p)
{
	memset(b, 0, sizeof(*b));
	b->n = p->candidates;
	b->left = xcalloc(b->n * BLOCK, sizeof(*b->left));
	b->right =
	    p->unseen ? xcalloc(b->n * BLOCK, sizeof(*b->right)) : b->left;
}

static void
block_free(struct block *b)
{
	if (b->right != b->left)
		free(b->right);
	free(b->left);
}

/* Fills the columns with `count` ballots of `order` (NULL: as they come). */
static void
block_fill(struct block *b, const struct profile *p, const size_t *order,
    size_t from, size_t count)
{
	const int32_t *rank;
	size_t row;

	b->used = count;
	b->even = true;
	for (size_t i = 0; i < count; i++) {
		row = order != NULL ? order[from + i] : from + i;
		rank = p->rank + row * b->n;
		b->weight[i] = profile_weight(p, row);
		b->even &= b->weight[i] == b->weight[0];
		for (size_t x = 0; x < b->n; x++) {
			b->left[x * BLOCK + i] =
			    (int16_t)(rank[x] < 0 ? INT16_MAX : rank[x]);
			if (b->right != b->left)
				b->right[x * BLOCK + i] =
				    (int16_t)(rank[x] < 0 ? -1 : rank[x]);
		}
	}
	for (size_t x = 0; x < b->n && count < BLOCK; x++)
		for (size_t i = count; i < BLOCK; i++)
			b->left[x * BLOCK + i] = b->right[x * BLOCK + i] = 0;
}

/* The loop with a fixed end and 16 bits throughout is what compilers turn
 * into comparisons of eight at a time. */
static int64_t
count_above(const int16_t *left, const int16_t *right)
{
	int16_t count = 0;

	for (size_t i = 0; i < BLOCK; i++)
		count = (int16_t)(count + (left[i] < right[i]));
	return count;
}

static int64_t
weigh_above(const struct block *b, const int16_t *left, const int16_t *right)
{
	int64_t sum = 0;

	for (size_t i = 0; i < b->used; i++)
		sum += left[i] < right[i] ? b->weight[i] : 0;
	return sum;
}

static void
block_count(const struct block *b, int64_t *d)
{
	size_t n = b->n;
	const int16_t *left, *right;

	for (size_t x = 0; x < n; x++) {
		left = b->left + x * BLOCK;
		for (size_t y = 0; y < n; y++) {
			right = b->right + y * BLOCK;
			d[x * n + y] +=
			    b->even ? count_above(left, right) * b->weight[0]
				    : weigh_above(b, left, right);
		}
	}
}

/* Ballots by weight, so that most blocks are even; NULL if all are 1. */
static size_t *
by_weight(const struct profile *p)
{
	size_t *order;

	if (p->weight == NULL)
		return NULL;
	order = xcalloc(p->ballots + 1, sizeof(*order));
	order_by_key(p->weight, p->ballots, order);
	return order;
}

/* For a few ballots the columns would be mostly air.  Without a branch, for
 * who is above whom is what nobody can predict. */
static void
count_row(const int32_t *rank, size_t n, int64_t weight, int64_t *d)
{
	for (size_t x = 0; x < n; x++, d += n) {
		if (rank[x] < 0)
			continue;
		for (size_t y = 0; y < n; y++)
			d[y] += weight & -(int64_t)(rank[x] < rank[y]);
	}
}

void
pairwise_count(const struct profile *p, int64_t *d)
{
	struct block b;
	size_t n = p->candidates, *order, count;

	memset(d, 0, n * n * sizeof(*d));
	if (n == 0) /* then there are no rows */
		return;
	for (size_t i = 0; i < p->ballots && p->ballots < FEW; i++)
		count_row(p->rank + i * n, n, profile_weight(p, i), d);
	if (p->ballots < FEW)
		return;
	block_init(&b, p);
	order = by_weight(p);
	for (size_t at = 0; at < p->ballots; at += count) {
		count = p->ballots - at < BLOCK ? p->ballots - at : BLOCK;
		block_fill(&b, p, order, at, count);
		block_count(&b, d);
	}
	free(order);
	block_free(&b);
}

size_t
condorcet_winner(const int64_t *d, size_t n)
{
	size_t x = 0, y;

	/* Whoever loses or draws cannot be it; one round leaves one, and a
	 * second round asks whether it beats those before it. */
	for (y = 1; y < n; y++)
		if (d[x * n + y] <= d[y * n + x])
			x = y;
	for (y = 0; y < n; y++)
		if (y != x && d[x * n + y] <= d[y * n + x])
			return n;
	return x;
}

size_t
smith_set(const int64_t *d, size_t n, bool *in)
{
	/* defeats less victories */
	int64_t *points = xcalloc(n + 1, sizeof(*points));
	size_t *order = xcalloc(n + 1, sizeof(*order));
	size_t size = n > 0, x, y;

	for (x = 0; x < n; x++)
		for (y = 0; y < n; y++)
			points[x] += (d[x * n + y] < d[y * n + x]) -
				     (d[x * n + y] > d[y * n + x]);
	order_by_key(points, n, order);
	/* The head grows to the last one that somebody in it does not beat. */
	for (size_t i = 0; i < size; i++)
		for (size_t k = n; k-- > size;) {
			x = order[i];
			y = order[k];
			if (d[x * n + y] <= d[y * n + x]) {
				size = k + 1;
				break;
			}
		}
	for (size_t i = 0; i < n; i++)
		in[order[i]] = i < size;
	free(points);
	free(order);
	return size;
}
