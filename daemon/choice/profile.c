#include "choice/profile.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
rating_add(struct rating *r, int value, int64_t weight)
{
	if (r->n == 0 || value < r->min)
		r->min = value;
	r->n += weight;
	r->sum += value * weight;
	if (value >= RATING_SIGNS)
		r->ge5 += weight;
}

void
profile_init(struct profile *p, size_t candidates)
{
	memset(p, 0, sizeof(*p));
	p->candidates = candidates;
}

void
profile_free(struct profile *p)
{
	free(p->rank);
	free(p->weight);
	profile_init(p, p->candidates);
}

int64_t
profile_weight(const struct profile *p, size_t ballot)
{
	return p->weight != NULL ? p->weight[ballot] : 1;
}

/* Ballots have no weights of their own until one is not 1. */
static void
begin_weights(struct profile *p)
{
	p->weight_cap = p->ballots + 8;
	p->weight = xreallocarray(NULL, p->weight_cap, sizeof(*p->weight));
	for (size_t b = 0; b < p->ballots; b++)
		p->weight[b] = 1;
}

static void
keep_weight(struct profile *p, int64_t weight)
{
	if (p->weight == NULL && weight == 1)
		return;
	if (p->weight == NULL)
		begin_weights(p);
	p->weight =
	    xgrow(p->weight, p->ballots, &p->weight_cap, sizeof(*p->weight));
	p->weight[p->ballots] = weight;
}

static void
note_gaps(struct profile *p, const int32_t *rank, int64_t weight)
{
	bool unranked = false;

	for (size_t x = 0; x < p->candidates; x++) {
		p->unseen |= rank[x] == RANK_UNSEEN;
		unranked |= rank[x] < 0 && rank[x] != RANK_UNSEEN;
	}
	if (unranked)
		p->truncated += weight;
}

static void
add_row(struct profile *p, const int32_t *rank, int64_t weight)
{
	int32_t *row;

	if (p->candidates > 0) {
		p->rank = xgrow(p->rank, p->ballots, &p->cap,
		    p->candidates * sizeof(*p->rank));
		row = p->rank + p->ballots * p->candidates;
		memcpy(row, rank, p->candidates * sizeof(*row));
		note_gaps(p, row, weight);
		ranks_densify(row, p->candidates);
	}
	keep_weight(p, weight);
	p->votes += weight;
	p->ballots++;
}

void
profile_add(struct profile *p, const int32_t *rank)
{
	add_row(p, rank, 1);
}

int
profile_add_weighted(
    struct profile *p, const int32_t *rank, int64_t weight, struct err *err)
{
	if (weight < 1 || weight > WEIGHT_MAX)
		return err_set(err, ERR_BAD_BALLOT, "count",
		    "a ballot counts from 1 to %lld times",
		    (long long)WEIGHT_MAX);
	if (p->votes > VOTES_MAX - weight)
		return err_set(err, ERR_BAD_BALLOT, "count",
		    "there are more than %lld votes together: divide all "
		    "counts by a common number",
		    (long long)VOTES_MAX);
	add_row(p, rank, weight);
	return 0;
}
