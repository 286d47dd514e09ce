#include "job/predictor.h"

#include <string.h>

#include "base/stream.h"

static size_t
one_part(const struct predicting *p)
{
	(void)p;
	return 1;
}

static size_t
part_a_permutation(const struct predicting *p)
{
	return p->candidates > 1 ? p->permutations : 1;
}

static size_t
part_a_candidate(const struct predicting *p)
{
	return p->candidates;
}

/* By the person's place among those who joined, not by the job's number, so
 * that equal seeds give equal predictions. */
static size_t
own_order(const struct predicting *p, size_t part, size_t *order)
{
	struct stream draw;

	(void)part;
	stream_open(
	    &draw, p->seed, "predict", (uint64_t)p->round, (uint64_t)p->person);
	stream_permute(&draw, order, p->candidates);
	return p->candidates;
}

/* The same for everybody, so that a provider's cache holds the prompts'
 * beginnings; each second is the one before turned round, so that a leaning
 * towards one end of the list is made up for. */
static size_t
shared_order(const struct predicting *p, size_t part, size_t *order)
{
	size_t n = p->candidates, i, swap;
	struct stream draw;

	stream_open(
	    &draw, p->seed, "permutation", (uint64_t)p->round, part / 2);
	stream_permute(&draw, order, n);
	for (i = 0; part % 2 == 1 && i < n / 2; i++) {
		swap = order[i];
		order[i] = order[n - 1 - i];
		order[n - 1 - i] = swap;
	}
	return n;
}

static size_t
one_candidate(const struct predicting *p, size_t part, size_t *order)
{
	(void)p;
	order[0] = part;
	return 1;
}

/* clang-format off */
const struct predictor predictors[PREDICTORS] = {
	[PREDICT_REASONED] = { "reasoned", "one ranking, with reasons",
	    false, false, one_part, own_order },
	[PREDICT_LISTWISE] = { "listwise", "rankings of several orders of the list, merged by least Kendall distance",
	    false, false, part_a_permutation, shared_order },
	[PREDICT_POINTWISE] = { "pointwise", "a rating of each candidate, its expected value over log probabilities",
	    true, true, part_a_candidate, one_candidate },
};
/* clang-format on */

int
predictor_find(const char *name)
{
	for (int i = 0; i < PREDICTORS; i++)
		if (strcmp(predictors[i].name, name) == 0)
			return i;
	return -1;
}

enum predictor_id
predictor_within(
    enum predictor_id wanted, size_t people, const struct predicting *p)
{
	while (wanted > 0 &&
	       predictors[wanted].parts(p) * people > PREDICTION_PARTS_MAX)
		wanted--;
	return wanted;
}
