#include "choice/score.h"

#include <stdlib.h>

#include "base/mem.h"

struct rated {
	const struct rating *rating;
	size_t at;
};

static int
best_first_cmp(const void *a, const void *b)
{
	const struct rated *x = a, *y = b;
	int c = rating_mean_cmp(y->rating, x->rating);

	return c != 0 ? c : (x->at > y->at) - (x->at < y->at);
}

void
score_run(const struct profile *p, struct tally *t)
{
	size_t n = p->candidates;
	struct rated *v = xcalloc(n + 1, sizeof(*v));
	int32_t rank = 0;

	for (size_t i = 0; i < n; i++)
		v[i] = (struct rated){&p->ratings[i], i};
	qsort(v, n, sizeof(*v), best_first_cmp);
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && rating_mean_cmp(v[i].rating, v[i - 1].rating) != 0)
			rank++;
		t->rank[v[i].at] = rank;
	}
	free(v);
}
