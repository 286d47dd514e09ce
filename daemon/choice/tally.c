#include "choice/tally.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "choice/schulze.h"

/* clang-format off */
const struct rule rules[] = {
	{ "schulze", "strongest paths of pairwise victories, winning votes",
	    schulze_run },
	{ NULL, NULL, NULL },
};

const char *const tie_decider_names[] = {
	[DECIDED_NONE] = "none",
	[DECIDED_MIN] = "minimum",
	[DECIDED_MEAN] = "mean",
	[DECIDED_BALLOT] = "ballot",
	[DECIDED_LOT] = "lot",
};
/* clang-format on */

const struct rule *
rule_find(const char *name)
{
	for (const struct rule *r = rules; r->name != NULL; r++)
		if (strcmp(r->name, name) == 0)
			return r;
	return NULL;
}

void
tally_pairwise(const struct profile *p, int64_t *d)
{
	size_t n = p->candidates;
	const int32_t *rank;

	memset(d, 0, n * n * sizeof(*d));
	if (n == 0) /* then rank may be NULL */
		return;
	for (size_t b = 0; b < p->ballots; b++) {
		rank = p->rank + b * n;
		for (size_t x = 0; x < n; x++)
			for (size_t y = 0; y < n; y++)
				d[x * n + y] += rank[x] < rank[y];
	}
}

void
tally_run(const struct rule *rule, const struct profile *p, struct tally *t)
{
	size_t n = p->candidates;

	memset(t, 0, sizeof(*t));
	t->n = n;
	t->d = xcalloc(n > 0 ? n * n : 1, sizeof(*t->d));
	t->rank = xcalloc(n > 0 ? n : 1, sizeof(*t->rank));
	tally_pairwise(p, t->d);
	rule->run(p, t);
	if (p->ballots == 0)
		memset(t->rank, 0, n * sizeof(*t->rank));
	for (size_t x = 0; x < n; x++)
		t->winners += t->rank[x] == 0;
}

void
tally_free(struct tally *t)
{
	free(t->d);
	free(t->p);
	free(t->rank);
	memset(t, 0, sizeof(*t));
}

/* The candidates still in the running for a tied first place. */
struct tied {
	bool *in;
	size_t n, left;
};

static void
tied_drop(struct tied *s, size_t x)
{
	s->in[x] = false;
	s->left--;
}

/* Below zero if a's agreement is worse than b's, by this stage's measure. */
typedef int rating_cmp(const struct rating *a, const struct rating *b);

static int
minimum_cmp(const struct rating *a, const struct rating *b)
{
	int64_t x = a->n > 0 ? a->min : 0, y = b->n > 0 ? b->min : 0;

	return (x > y) - (x < y);
}

/* sum/n against sum/n, multiplied out; the unrated are worth 0/1. */
static int
mean_cmp(const struct rating *a, const struct rating *b)
{
	int64_t x = (a->n > 0 ? a->sum : 0) * (b->n > 0 ? b->n : 1);
	int64_t y = (b->n > 0 ? b->sum : 0) * (a->n > 0 ? a->n : 1);

	return (x > y) - (x < y);
}

static void
keep_best_rated(struct tied *s, const struct rating *ratings, rating_cmp *cmp)
{
	size_t best = s->n;

	for (size_t x = 0; x < s->n; x++)
		if (s->in[x] &&
		    (best == s->n || cmp(&ratings[x], &ratings[best]) > 0))
			best = x;
	for (size_t x = 0; x < s->n; x++)
		if (s->in[x] && cmp(&ratings[x], &ratings[best]) < 0)
			tied_drop(s, x);
}

static void
keep_favourites(struct tied *s, const int32_t *rank)
{
	int32_t best = INT32_MAX;

	for (size_t x = 0; x < s->n; x++)
		if (s->in[x] && rank[x] < best)
			best = rank[x];
	for (size_t x = 0; x < s->n; x++)
		if (s->in[x] && rank[x] > best)
			tied_drop(s, x);
}

/* Ballots in a drawn order, each in turn keeping its favourites. */
static void
keep_by_ballots(struct tied *s, const struct profile *p, struct stream *draw)
{
	size_t *order;

	order = xreallocarray(NULL, p->ballots + 1, sizeof(*order));
	stream_permute(draw, order, p->ballots);
	for (size_t b = 0; b < p->ballots && s->left > 1; b++)
		keep_favourites(s, p->rank + order[b] * p->candidates);
	free(order);
}

static void
keep_by_lot(struct tied *s, struct stream *draw)
{
	uint64_t lot = stream_below(draw, s->left);

	for (size_t x = 0; x < s->n; x++)
		if (s->in[x] && lot-- != 0)
			tied_drop(s, x);
}

/* Runs the stages in order until one is left; says which made it one. */
static enum tie_decider
tied_settle(struct tied *s, const struct profile *p,
    const struct rating *ratings, enum tie_break how, struct stream *draw)
{
	if (s->left <= 1)
		return DECIDED_NONE;
	if (how == TIE_AGREEMENT && ratings != NULL) {
		keep_best_rated(s, ratings, minimum_cmp);
		if (s->left == 1)
			return DECIDED_MIN;
		keep_best_rated(s, ratings, mean_cmp);
		if (s->left == 1)
			return DECIDED_MEAN;
	}
	if (how != TIE_RANDOM) {
		keep_by_ballots(s, p, draw);
		if (s->left == 1)
			return DECIDED_BALLOT;
	}
	keep_by_lot(s, draw);
	return DECIDED_LOT;
}

size_t
tie_resolve_among(const bool *among, const struct profile *p,
    const struct rating *ratings, enum tie_break how, struct stream *draw,
    enum tie_decider *decider)
{
	struct tied s = {.n = p->candidates};
	size_t x;

	s.in = xcalloc(s.n > 0 ? s.n : 1, sizeof(*s.in));
	for (x = 0; x < s.n; x++)
		if (among[x]) {
			s.in[x] = true;
			s.left++;
		}
	*decider = tied_settle(&s, p, ratings, how, draw);
	for (x = 0; x < s.n && !s.in[x]; x++)
		continue;
	free(s.in);
	return x;
}

size_t
tie_resolve(const struct tally *t, const struct profile *p,
    const struct rating *ratings, enum tie_break how, struct stream *draw,
    enum tie_decider *decider)
{
	bool *among;
	size_t x;

	among = xcalloc(t->n > 0 ? t->n : 1, sizeof(*among));
	for (x = 0; x < t->n; x++)
		among[x] = t->rank[x] == 0;
	x = tie_resolve_among(among, p, ratings, how, draw, decider);
	free(among);
	return x;
}

void
kendall_count(const int32_t *x, const int32_t *y, size_t n, struct kendall *k)
{
	int sx, sy;

	memset(k, 0, sizeof(*k));
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++) {
			sx = (x[i] > x[j]) - (x[i] < x[j]);
			sy = (y[i] > y[j]) - (y[i] < y[j]);
			if (sx != 0 && sy != 0)
				*(sx == sy ? &k->concordant : &k->discordant) +=
				    1;
			else if (sy != 0)
				k->tied_x++;
			else if (sx != 0)
				k->tied_y++;
		}
}
