#include "choice/maximin.h"

void
maximin_run(const struct profile *p, struct tally *t)
{
	for (size_t x = 0; x < p->candidates; x++)
		t->score[x] = p->ratings[x].n > 0 ? p->ratings[x].min : 0;
	tally_rank_by(t, true);
}
