#include "choice/tie.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* clang-format off */
const char *const tie_break_names[] = {
	[TIE_AGREEMENT] = "agreement",
	[TIE_BALLOT] = "ballot",
	[TIE_RANDOM] = "random",
	[TIE_FIRST] = "first",
	[TIE_NONE] = "none",
	NULL,
};

const char *const tie_decider_names[] = {
	[DECIDED_NONE] = "none",
	[DECIDED_MIN] = "minimum",
	[DECIDED_MEAN] = "mean",
	[DECIDED_BALLOT] = "ballot",
	[DECIDED_LOT] = "lot",
	[DECIDED_FIRST] = "first",
	[DECIDED_OPEN] = "open",
};
/* clang-format on */

int
tie_break_find(const char *name)
{
	for (int i = 0; tie_break_names[i] != NULL; i++)
		if (strcmp(tie_break_names[i], name) == 0)
			return i;
	return -1;
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

int
rating_min_cmp(const struct rating *a, const struct rating *b)
{
	int64_t x = a->n > 0 ? a->min : 0, y = b->n > 0 ? b->min : 0;

	return (x > y) - (x < y);
}

/* sum/n against sum/n, multiplied out; the unrated are worth 0/1. */
int
rating_mean_cmp(const struct rating *a, const struct rating *b)
{
	__int128 x = a->n > 0 ? a->sum : 0, y = b->n > 0 ? b->sum : 0;

	x *= b->n > 0 ? b->n : 1;
	y *= a->n > 0 ? a->n : 1;
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

/* The favourite's rank among those in the running; INT32_MAX if this ballot
 * saw none of them. */
static int32_t
best_rank(const struct tied *s, const int32_t *rank)
{
	int32_t best = INT32_MAX;

	for (size_t x = 0; x < s->n; x++)
		if (s->in[x] && rank[x] >= 0 && rank[x] < best)
			best = rank[x];
	return best;
}

static void
keep_favourites(struct tied *s, const int32_t *rank)
{
	int32_t best = best_rank(s, rank);

	for (size_t x = 0; x < s->n; x++)
		if (s->in[x] && rank[x] > best)
			tied_drop(s, x);
}

static bool
separates(const struct tied *s, const int32_t *rank)
{
	int32_t best = best_rank(s, rank);

	for (size_t x = 0; x < s->n; x++)
		if (s->in[x] && rank[x] > best)
			return true;
	return false;
}

/*
 * With weights: each time one of the ballots that still separate somebody,
 * by its weight.  The others would change nothing, so leaving them out of the
 * draw is the same as drawing an order of all votes.
 */
static void
keep_by_weighted(struct tied *s, const struct profile *p, struct stream *draw)
{
	int64_t *open = xcalloc(p->ballots + 1, sizeof(*open)), sum = 1, at;
	size_t b;

	while (s->left > 1 && sum > 0) {
		sum = 0;
		for (b = 0; b < p->ballots; b++) {
			open[b] =
			    separates(s, p->rank + b * s->n) ? p->weight[b] : 0;
			sum += open[b];
		}
		if (sum == 0)
			break;
		at = (int64_t)stream_below(draw, (uint64_t)sum);
		for (b = 0; at >= open[b]; b++)
			at -= open[b];
		keep_favourites(s, p->rank + b * s->n);
	}
	free(open);
}

/* Ballots in a drawn order, each in turn keeping its favourites. */
static void
keep_by_ballots(struct tied *s, const struct profile *p, struct stream *draw)
{
	size_t *order;

	if (p->weight != NULL) {
		keep_by_weighted(s, p, draw);
		return;
	}
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
	if (how == TIE_NONE)
		return DECIDED_OPEN;
	if (how == TIE_FIRST)
		return DECIDED_FIRST;
	if (how == TIE_AGREEMENT && ratings != NULL) {
		keep_best_rated(s, ratings, rating_min_cmp);
		if (s->left == 1)
			return DECIDED_MIN;
		keep_best_rated(s, ratings, rating_mean_cmp);
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
	return *decider == DECIDED_OPEN ? p->candidates : x;
}
