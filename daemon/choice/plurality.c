#include "choice/plurality.h"

#include <stdlib.h>

#include "base/mem.h"
#include "choice/firsts.h"

/* Rank = how many have more; hundredths would take close ones for equal. */
static void
rank_by_firsts(const struct firsts *f, struct tally *t)
{
	for (size_t x = 0; x < t->n; x++)
		for (size_t y = 0; y < t->n; y++)
			t->rank[x] += firsts_cmp(f, y, x) > 0;
}

void
plurality_run(const struct profile *p, struct tally *t)
{
	bool *in = xcalloc(t->n + 1, sizeof(*in));
	struct firsts f;

	for (size_t x = 0; x < t->n; x++)
		in[x] = true;
	firsts_init(&f, p);
	firsts_count(&f, in, t->n);
	for (size_t x = 0; x < t->n; x++)
		t->score[x] = firsts_hundredths(&f, x);
	rank_by_firsts(&f, t);
	firsts_free(&f);
	free(in);
}
