#include "choice/tally.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "choice/approval.h"
#include "choice/borda.h"
#include "choice/copeland.h"
#include "choice/instant_runoff.h"
#include "choice/maximin.h"
#include "choice/minimax.h"
#include "choice/order.h"
#include "choice/pairwise.h"
#include "choice/plurality.h"
#include "choice/ranked_pairs.h"
#include "choice/schulze.h"
#include "choice/score.h"

static double
steps_linear(double n, double ballots)
{
	return 2 * n * ballots;
}

static double
steps_square(double n, double ballots)
{
	(void)ballots;
	return 2 * n * n;
}

static double
steps_pairs(double n, double ballots)
{
	(void)ballots;
	return n * n * (100 + n * n / 1024);
}

static double
steps_cube(double n, double ballots)
{
	(void)ballots;
	return 0.3 * n * n * n; /* four at a time */
}

static double
steps_rounds(double n, double ballots)
{
	return 20 * n * ballots;
}

#define CONDORCET (RULE_CONDORCET | RULE_SMITH | RULE_MONOTONE | RULE_MAJORITY)

/* clang-format off */
const struct rule rules[] = {
	{ "schulze", "strongest paths of pairwise victories, winning votes",
	    NULL, NEEDS_RANKINGS, CONDORCET | RULE_CLONES | RULE_REVERSAL,
	    schulze_run, steps_cube },
	{ "schulze_margins", "strongest paths of pairwise victories, margins",
	    NULL, NEEDS_RANKINGS, CONDORCET | RULE_CLONES | RULE_REVERSAL,
	    schulze_margins_run, steps_cube },
	{ "ranked_pairs", "locks victories from the strongest down, without a cycle",
	    NULL, NEEDS_RANKINGS, CONDORCET | RULE_CLONES | RULE_REVERSAL,
	    ranked_pairs_run, steps_pairs },
	{ "minimax", "the smallest worst defeat",
	    "votes against it in its worst defeat", NEEDS_RANKINGS,
	    RULE_CONDORCET | RULE_MONOTONE | RULE_MAJORITY, minimax_run, steps_square },
	{ "copeland", "the most pairwise victories, a draw is half of one",
	    "half points: 2 a victory, 1 a draw", NEEDS_RANKINGS, CONDORCET | RULE_REVERSAL,
	    copeland_run, steps_square },
	{ "borda", "the best mean place, ties share theirs",
	    "half points: 2 for each ranked below it, 1 for each tied with it",
	    NEEDS_RANKINGS, RULE_MONOTONE | RULE_REVERSAL, borda_run, steps_square },
	{ "plurality", "the most first places, tied ones shared",
	    "hundredths of a first place", NEEDS_RANKINGS, RULE_MONOTONE | RULE_MAJORITY,
	    plurality_run, steps_linear },
	{ "instant_runoff", "strikes who has the fewest first places, again and again",
	    "rounds it stood through", NEEDS_RANKINGS, RULE_MAJORITY,
	    instant_runoff_run, steps_rounds },
	{ "approval", "the most ratings of 5 or more",
	    "ratings of 5 or more", NEEDS_RATINGS, RULE_MONOTONE, approval_run, steps_square },
	{ "score", "the highest mean rating",
	    NULL, NEEDS_RATINGS, RULE_MONOTONE, score_run, steps_square },
	{ "maximin", "the highest lowest rating",
	    "the lowest rating", NEEDS_RATINGS, RULE_MONOTONE, maximin_run, steps_square },
	{ .name = NULL },
};
/* clang-format on */

static bool
same_name(const char *a, const char *b)
{
	for (; *a != '\0' && (*a == *b || (*a == '_' && *b == '-')); a++, b++)
		continue;
	return *a == '\0' && *b == '\0';
}

const struct rule *
rule_find(const char *name)
{
	for (const struct rule *r = rules; r->name != NULL; r++)
		if (same_name(r->name, name))
			return r;
	return NULL;
}

int
rule_fits(const struct rule *rule, const struct profile *p, struct err *err)
{
	if (rule->needs == NEEDS_RATINGS && p->ratings == NULL)
		return err_set(err, ERR_BAD_BALLOT, "ratings",
		    "%s needs ratings from 1 to 7, and there are none",
		    rule->name);
	if (rule->needs == NEEDS_RANKINGS && p->ballots == 0 &&
	    p->ratings != NULL)
		return err_set(err, ERR_BAD_BALLOT, "ballots",
		    "%s needs rankings, and there are only ratings",
		    rule->name);
	return 0;
}

/* Whether anybody said anything that the rule reads. */
static bool
has_voters(const struct rule *rule, const struct profile *p)
{
	if (rule->needs == NEEDS_RANKINGS)
		return p->ballots > 0;
	for (size_t x = 0; p->ratings != NULL && x < p->candidates; x++)
		if (p->ratings[x].n > 0)
			return true;
	return false;
}

static void
tally_init(const struct rule *rule, const struct profile *p, struct tally *t)
{
	size_t n = p->candidates;

	memset(t, 0, sizeof(*t));
	t->rule = rule;
	t->n = n;
	t->d = xcalloc(n > 0 ? n * n : 1, sizeof(*t->d));
	t->rank = xcalloc(n > 0 ? n : 1, sizeof(*t->rank));
	if (rule->scores != NULL)
		t->score = xcalloc(n > 0 ? n : 1, sizeof(*t->score));
}

static void
tally_rank(const struct profile *p, struct tally *t)
{
	bool voters = has_voters(t->rule, p);

	/* Even then a rule has its paths, all 0. */
	if (voters || t->rule->needs == NEEDS_RANKINGS)
		t->rule->run(p, t);
	if (!voters)
		memset(t->rank, 0, t->n * sizeof(*t->rank));
	ranks_densify(t->rank, t->n);
	for (size_t x = 0; x < t->n; x++)
		t->winners += t->rank[x] == 0;
}

void
tally_run(const struct rule *rule, const struct profile *p, struct tally *t)
{
	tally_init(rule, p, t);
	pairwise_count(p, t->d);
	tally_rank(p, t);
}

void
tally_rerun(const struct rule *rule, const struct profile *p,
    const struct tally *counted, struct tally *t)
{
	tally_init(rule, p, t);
	memcpy(t->d, counted->d, t->n * t->n * sizeof(*t->d));
	tally_rank(p, t);
}

void
tally_free(struct tally *t)
{
	free(t->d);
	free(t->p);
	free(t->score);
	free(t->rank);
	memset(t, 0, sizeof(*t));
}

void
tally_rank_by(struct tally *t, bool most_first)
{
	size_t *order = xcalloc(t->n + 1, sizeof(*order));
	int64_t *key = xcalloc(t->n + 1, sizeof(*key));
	int32_t rank = 0;

	for (size_t i = 0; i < t->n; i++)
		key[i] = most_first ? -t->score[i] : t->score[i];
	order_by_key(key, t->n, order);
	for (size_t i = 0; i < t->n; i++) {
		if (i > 0 && key[order[i]] != key[order[i - 1]])
			rank++;
		t->rank[order[i]] = rank;
	}
	free(order);
	free(key);
}

struct tally_cost
tally_cost(const struct rule *rule, size_t candidates, size_t ballots)
{
	double n = (double)candidates, voters = (double)ballots;
	struct tally_cost c;

	/* The pairwise count compares eight at a time. */
	c.seconds = 1e-9 * (0.2 * n * n * voters + rule->steps(n, voters));
	c.bytes = 4 * n * voters + 16 * n * n;
	return c;
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
