/*
 * How one person's ballot over the candidates is predicted: a table.  A
 * prediction is made of parts, each a job of its own that holds that person's
 * words alone; what came of them is merged.  Pure.
 */
#ifndef JOB_PREDICTOR_H
#define JOB_PREDICTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum predictor_id {
	PREDICT_REASONED,  /* one ranking, with reasons */
	PREDICT_LISTWISE,  /* rankings of several orders, without */
	PREDICT_POINTWISE, /* a rating for each candidate */
	PREDICTORS
};

/* Of one person. */
struct predicting {
	const char *seed;    /* the session's */
	int round, person;   /* person: place among those who joined */
	size_t candidates;   /* how many */
	size_t permutations; /* wanted, where a row takes several */
};

struct predictor {
	const char *name, *help;
	bool logprobs; /* needs the alternatives of a token */
	bool rates;    /* a part brings a rating, not a ranking */
	size_t (*parts)(const struct predicting *p);
	/* Which candidates part 0.. asks about, in which order (a place for
	 * each of them in order); how many. */
	size_t (*asks)(const struct predicting *p, size_t part, size_t *order);
};
extern const struct predictor predictors[PREDICTORS];
int predictor_find(const char *name); /* -1: there is none of that name */

/*
 * The most parts that a round's predictions may have together; a method that
 * would need more gives way to the one before it in the table.
 */
#define PREDICTION_PARTS_MAX 2048
enum predictor_id predictor_within(
    enum predictor_id wanted, size_t people, const struct predicting *p);

#endif
