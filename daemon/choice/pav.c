#include "choice/pav.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "choice/approvals.h"
#include "choice/proportional.h"

/* Exchanges are few (each must help); this only bounds them. */
#define EXCHANGES_MAX 1000

struct search {
	struct approvals approvals;
	const struct tally *tally;
	size_t *pool, npool; /* who may be chosen beside the first, by rank */
	size_t places;	     /* for them */
	size_t *now, *best;  /* places in the pool, rising */
	uint32_t *worth, *most;
	bool any;
};

/* Keeps what is chosen now if it is worth more than all before. */
static void
consider(struct search *s)
{
	approvals_worth(&s->approvals, s->worth);
	if (s->any && exact_cmp(&s->approvals.exact, s->worth, s->most) <= 0)
		return;
	s->any = true;
	memcpy(s->most, s->worth, s->approvals.exact.limbs * sizeof(*s->most));
	memcpy(s->best, s->now, s->places * sizeof(*s->best));
}

/* All sets, in lexical order: the first of equals stays.  Depth <= places. */
static void
try_all(struct search *s, size_t place, size_t from)
{
	if (place == s->places) {
		consider(s);
		return;
	}
	for (size_t i = from; i + (s->places - place) <= s->npool; i++) {
		s->now[place] = i;
		approvals_choose(&s->approvals, s->pool[i]);
		try_all(s, place + 1, i + 1);
		approvals_unchoose(&s->approvals, s->pool[i]);
	}
}

static bool
is_member(const size_t *set, size_t n, size_t x)
{
	for (size_t i = 0; i < n; i++)
		if (set[i] == x)
			return true;
	return false;
}

/* The first exchange that helps; false if none does. */
static bool
exchange(struct search *s)
{
	size_t out, before;

	for (size_t i = 0; i < s->places; i++) {
		out = s->now[i];
		approvals_unchoose(&s->approvals, s->pool[out]);
		for (size_t in = 0; in < s->npool; in++) {
			if (is_member(s->now, s->places, in))
				continue;
			before = s->now[i];
			s->now[i] = in;
			approvals_choose(&s->approvals, s->pool[in]);
			approvals_worth(&s->approvals, s->worth);
			if (exact_cmp(&s->approvals.exact, s->worth, s->most) >
			    0) {
				consider(s);
				return true;
			}
			approvals_unchoose(&s->approvals, s->pool[in]);
			s->now[i] = before;
		}
		approvals_choose(&s->approvals, s->pool[out]);
	}
	return false;
}

/* Begins with the greedy set. */
static void
try_exchanges(struct search *s, size_t first, const bool *allowed)
{
	const struct profile *p = s->approvals.profile;
	size_t *greedy = xcalloc(p->candidates + 1, sizeof(*greedy));
	size_t fixed = first < p->candidates ? 1 : 0, count;

	count = proportional_choose(
	    p, s->tally, first, allowed, s->places + fixed, greedy);
	for (size_t i = fixed; i < count; i++)
		for (size_t at = 0; at < s->npool; at++)
			if (s->pool[at] == greedy[i]) {
				s->now[i - fixed] = at;
				approvals_choose(&s->approvals, s->pool[at]);
			}
	consider(s);
	for (int i = 0; i < EXCHANGES_MAX && exchange(s); i++)
		continue;
	free(greedy);
}

/* How many sets there are, as far as `most`. */
static double
count_sets(size_t n, size_t k, double most)
{
	double sets = 1;

	for (size_t i = 1; i <= k && sets <= most; i++)
		sets *= (double)(n - k + i) / (double)i;
	return sets;
}

static void
fill_pool(struct search *s, size_t first, const bool *allowed)
{
	size_t n = s->tally->n;

	for (int32_t rank = 0; rank < (int32_t)n; rank++)
		for (size_t x = 0; x < n; x++)
			if (allowed[x] && x != first &&
			    s->tally->rank[x] == rank)
				s->pool[s->npool++] = x;
}

static int
place_cmp(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return (x > y) - (x < y);
}

size_t
pav_choose(const struct profile *p, const struct tally *t, size_t first,
    const bool *allowed, size_t k, size_t *out)
{
	struct search s = {.tally = t};
	size_t n = p->candidates, chosen = 0;

	if (k == 0 || n == 0)
		return 0;
	if (first >= n || !allowed[first])
		first = n;
	approvals_init(&s.approvals, p, allowed);
	s.pool = xcalloc(n + 1, sizeof(*s.pool));
	s.now = xcalloc(n + 1, sizeof(*s.now));
	s.best = xcalloc(n + 1, sizeof(*s.best));
	s.worth = xcalloc(s.approvals.exact.limbs, sizeof(*s.worth));
	s.most = xcalloc(s.approvals.exact.limbs, sizeof(*s.most));
	fill_pool(&s, first, allowed);
	s.places = k - (first < n);
	if (s.places > s.npool)
		s.places = s.npool;
	if (first < n) {
		out[chosen++] = first;
		approvals_choose(&s.approvals, first);
	}
	if (count_sets(s.npool, s.places, PAV_TRIES) *
		(double)(p->ballots + 1) <=
	    PAV_TRIES)
		try_all(&s, 0, 0);
	else
		try_exchanges(&s, first, allowed);
	qsort(s.best, s.places, sizeof(*s.best), place_cmp);
	for (size_t i = 0; i < s.places; i++)
		out[chosen++] = s.pool[s.best[i]];
	approvals_free(&s.approvals);
	free(s.pool);
	free(s.now);
	free(s.best);
	free(s.worth);
	free(s.most);
	return chosen;
}
