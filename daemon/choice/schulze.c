#include "choice/schulze.h"

#include <string.h>

#include "base/mem.h"

/*
 * Links by winning votes, then widest paths.  The intermediate candidate must
 * be outermost (Schulze 2011, section 2.3.1): with it inside, some paths are
 * found too late and the result is wrong without any sign of it.
 */
static void
strongest_paths(const int64_t *d, int64_t *p, size_t n)
{
	const int64_t *via;
	int64_t *row, first, through;

	for (size_t x = 0; x < n; x++)
		for (size_t y = 0; y < n; y++)
			p[x * n + y] =
			    d[x * n + y] > d[y * n + x] ? d[x * n + y] : 0;
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

void
schulze_run(const struct profile *p, struct tally *t)
{
	size_t n = p->candidates;
	int32_t score;

	t->p = xcalloc(n > 0 ? n * n : 1, sizeof(*t->p));
	strongest_paths(t->d, t->p, n);
	for (size_t x = 0; x < n; x++) {
		score = 0;
		for (size_t y = 0; y < n; y++)
			score += t->p[x * n + y] >= t->p[y * n + x];
		t->rank[x] = (int32_t)n - score; /* x itself is counted: >= 0 */
	}
	ranks_densify(t->rank, n);
}
