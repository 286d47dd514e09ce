#include "choice/approval.h"

void
approval_run(const struct profile *p, struct tally *t)
{
	for (size_t x = 0; x < p->candidates; x++)
		t->score[x] = p->ratings[x].ge5;
	tally_rank_by(t, true);
}
