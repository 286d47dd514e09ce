#include "choice/schulze.h"

#include <stdlib.h>

#include "base/mem.h"

static bool
is_margins(const struct tally *t)
{
	return t->rule->run == schulze_margins_run;
}

int64_t
schulze_link(const struct tally *t, size_t x, size_t y)
{
	int64_t won = t->d[x * t->n + y], lost = t->d[y * t->n + x];

	if (won <= lost)
		return 0;
	return is_margins(t) ? won - lost : won;
}

static void
rank_by_paths(struct tally *t)
{
	size_t n = t->n;
	int32_t score;

	for (size_t x = 0; x < n; x++) {
		score = 0;
		for (size_t y = 0; y < n; y++)
			score += t->p[x * n + y] >= t->p[y * n + x];
		t->rank[x] = (int32_t)n - score; /* x itself is counted: >= 0 */
	}
}

/*
 * The links in rows of 32 bits, padded to whole lanes: only their order
 * matters to the widest path, so strengths that do not fit are replaced by
 * their places among all strengths.
 */
#define LANES 4
typedef int32_t lanes __attribute__((vector_size(LANES * sizeof(int32_t))));

struct links {
	size_t n, stride;
	int32_t *p;
	int64_t *strength; /* of each number in p; NULL: itself */
};

static int
strength_cmp(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Sorts the distinct strengths, 0 first, and puts their places into p. */
static void
number_links(struct links *l, const int64_t *link)
{
	size_t n = l->n, distinct = 0;
	int64_t *at;

	l->strength = xmemdup(link, n * n * sizeof(*link));
	qsort(l->strength, n * n, sizeof(*link), strength_cmp);
	for (size_t i = 0; i < n * n; i++)
		if (distinct == 0 ||
		    l->strength[distinct - 1] != l->strength[i])
			l->strength[distinct++] = l->strength[i];
	for (size_t x = 0; x < n; x++)
		for (size_t y = 0; y < n; y++) {
			at = bsearch(&link[x * n + y], l->strength, distinct,
			    sizeof(*link), strength_cmp);
			l->p[x * l->stride + y] = (int32_t)(at - l->strength);
		}
}

static void
links_init(struct links *l, const int64_t *link, size_t n)
{
	int64_t most = 0;

	l->n = n;
	l->stride = (n + LANES - 1) / LANES * LANES;
	l->p = xcalloc(n * l->stride + 1, sizeof(*l->p));
	l->strength = NULL;
	for (size_t i = 0; i < n * n; i++)
		most = link[i] > most ? link[i] : most;
	if (most > INT32_MAX) {
		number_links(l, link);
		return;
	}
	for (size_t x = 0; x < n; x++)
		for (size_t y = 0; y < n; y++)
			l->p[x * l->stride + y] = (int32_t)link[x * n + y];
}

static void
links_free(struct links *l, int64_t *path)
{
	for (size_t x = 0; x < l->n; x++)
		for (size_t y = 0; y < l->n; y++)
			path[x * l->n + y] =
			    l->strength != NULL
				? l->strength[l->p[x * l->stride + y]]
				: l->p[x * l->stride + y];
	free(l->p);
	free(l->strength);
}

/* Row y by way of x, to which it leads with `first`. */
static void
widen_row(int32_t *row, const int32_t *via, size_t stride, int32_t first)
{
	const lanes step = {first, first, first, first};
	const lanes *to = (const lanes *)via;
	lanes *at = (lanes *)row, through, below;

	for (size_t i = 0; i < stride / LANES; i++) {
		below = (lanes)(step < to[i]);
		through = (step & below) | (to[i] & ~below);
		below = (lanes)(at[i] < through);
		at[i] = (through & below) | (at[i] & ~below);
	}
}

/*
 * Widest paths.  The intermediate candidate must be outermost (Schulze 2011,
 * section 2.3.1): with it inside, some paths are found too late and the result
 * is wrong without any sign of it.  Ways from a candidate to itself are found
 * as well; they widen nothing and are cleared.
 */
static void
widest_paths(struct links *l)
{
	int32_t *row;

	for (size_t x = 0; x < l->n; x++)
		for (size_t y = 0; y < l->n; y++) {
			row = l->p + y * l->stride;
			if (y != x && row[x] > 0)
				widen_row(row, l->p + x * l->stride, l->stride,
				    row[x]);
		}
	for (size_t x = 0; x < l->n; x++)
		l->p[x * l->stride + x] = 0;
}

/* All links at once; without branches, for victories are unpredictable. */
static void
find_links(const int64_t *d, size_t n, bool margins, int64_t *link)
{
	int64_t xy, yx, lost;

	for (size_t x = 0; x < n; x++)
		for (size_t y = 0; y < x; y++) {
			xy = d[x * n + y];
			yx = d[y * n + x];
			lost = margins ? (xy < yx ? xy : yx) : 0;
			link[x * n + y] = (xy - lost) & -(int64_t)(xy > yx);
			link[y * n + x] = (yx - lost) & -(int64_t)(yx > xy);
		}
}

void
schulze_run(const struct profile *p, struct tally *t)
{
	size_t n = p->candidates;
	struct links links;

	t->p = xcalloc(n > 0 ? n * n : 1, sizeof(*t->p));
	find_links(t->d, n, is_margins(t), t->p);
	links_init(&links, t->p, n);
	widest_paths(&links);
	links_free(&links, t->p);
	rank_by_paths(t);
}

void
schulze_margins_run(const struct profile *p, struct tally *t)
{
	schulze_run(p, t); /* which asks is_margins */
}

/* Breadth first from the end: next[z] leads one step closer to y; n where no
 * way of that width was found. */
static void
find_ways(const struct tally *t, size_t y, int64_t width, size_t *next)
{
	size_t n = t->n, head = 0, tail = 0, at;
	size_t *queue = xcalloc(n + 1, sizeof(*queue));

	for (size_t z = 0; z < n; z++)
		next[z] = n;
	next[y] = y;
	queue[tail++] = y;
	while (head < tail) {
		at = queue[head++];
		for (size_t z = 0; z < n; z++)
			if (next[z] == n && schulze_link(t, z, at) >= width) {
				next[z] = at;
				queue[tail++] = z;
			}
	}
	free(queue);
}

size_t
schulze_path(const struct tally *t, size_t x, size_t y, size_t *path)
{
	size_t *next, len = 0;
	int64_t width = t->p[x * t->n + y];

	if (x == y || width == 0)
		return 0;
	next = xcalloc(t->n, sizeof(*next));
	find_ways(t, y, width, next);
	for (size_t z = x; z != y; z = next[z])
		path[len++] = z;
	path[len++] = y;
	free(next);
	return len;
}
