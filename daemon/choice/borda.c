#include "choice/borda.h"

void
borda_run(const struct profile *p, struct tally *t)
{
	size_t n = p->candidates;
	const int64_t *d = t->d;

	/* Of p->votes comparisons with y, d are won, d' lost, the rest drawn;
	 * half points: 2 d + (votes - d - d') = votes + d - d'. */
	for (size_t x = 0; x < n; x++)
		for (size_t y = 0; y < n; y++)
			if (y != x)
				t->score[x] +=
				    p->votes + d[x * n + y] - d[y * n + x];
	tally_rank_by(t, true);
}
