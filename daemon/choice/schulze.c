#include "choice/schulze.h"

#include <stdlib.h>

#include "base/mem.h"

/*
 * Widest paths.  The intermediate candidate must be outermost (Schulze 2011,
 * section 2.3.1): with it inside, some paths are found too late and the result
 * is wrong without any sign of it.
 */
static void
strongest_paths(int64_t *p, size_t n)
{
	const int64_t *via;
	int64_t *row, first, through;

	for (size_t x = 0; x < n; x++) {
		via = p + x * n;
		for (size_t y = 0; y < n; y++) {
			row = p + y * n;
			first = row[x];
			if (y == x || first == 0)
				continue;
			for (size_t z = 0; z < n; z++) {
				through = first < via[z] ? first : via[z];
				if (z != y && row[z] < through)
					row[z] = through;
			}
		}
	}
}

int64_t
schulze_link(const struct tally *t, size_t x, size_t y)
{
	int64_t won = t->d[x * t->n + y], lost = t->d[y * t->n + x];

	if (won <= lost)
		return 0;
	return t->rule->run == schulze_margins_run ? won - lost : won;
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

void
schulze_run(const struct profile *p, struct tally *t)
{
	size_t n = p->candidates;

	t->p = xcalloc(n > 0 ? n * n : 1, sizeof(*t->p));
	for (size_t x = 0; x < n; x++)
		for (size_t y = 0; y < n; y++)
			t->p[x * n + y] = schulze_link(t, x, y);
	strongest_paths(t->p, n);
	rank_by_paths(t);
}

void
schulze_margins_run(const struct profile *p, struct tally *t)
{
	schulze_run(p, t); /* schulze_link knows */
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
