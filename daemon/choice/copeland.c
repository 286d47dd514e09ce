#include "choice/copeland.h"

void
copeland_run(const struct profile *p, struct tally *t)
{
	size_t n = p->candidates;
	const int64_t *d = t->d;

	for (size_t x = 0; x < n; x++)
		for (size_t y = 0; y < n; y++)
			if (y != x)
				t->score[x] += (d[x * n + y] >= d[y * n + x]) +
					       (d[x * n + y] > d[y * n + x]);
	tally_rank_by(t, true);
}
