/*
 * A rating out of the log probabilities of one token: the expected value of
 * the digits 0 to 9 over the alternatives that the model weighed, which says
 * more than the one it picked (V. Wang, M. J. Q. Zhang, E. Choi, "Improving
 * LLM-as-a-Judge inference with the judgment distribution", 2025).
 *
 * Probabilities are turned into integers where they come in, and computed with
 * as integers: the same figures on every machine.  Pure.
 */
#ifndef JOB_RATING_H
#define JOB_RATING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ALTERNATIVES_MAX 20
#define RATING_SCALE	 9000 /* the highest rating, in thousandths */
#define RATING_MASS	 800  /* thousandths: with less it is not weighed */

/* What might have stood in the place of the reply's first token. */
struct alternative {
	char token[16]; /* its text; longer ones are of no use here */
	int64_t micro;	/* natural logarithm of its probability, millionths */
};
struct alternatives {
	struct alternative v[ALTERNATIVES_MAX];
	size_t n;
};

/* Takes one in; what is no logarithm of a probability, or "very unlikely"
 * (-9999), is left out, and so are those beyond ALTERNATIVES_MAX. */
void
alternatives_add(struct alternatives *a, const char *token, double logarithm);

struct rating_said {
	int64_t value; /* thousandths, 0..RATING_SCALE */
	int64_t mass;  /* thousandths: the probability of any digit; 0 where
			  none was told */
};

/*
 * The expected value where the digits have RATING_MASS together, the digit
 * that was said otherwise; false when neither is there.  said: the reply's
 * text, a digit with nothing but white space and a full stop around it.
 */
bool rating_read(
    const struct alternatives *a, const char *said, struct rating_said *out);

#endif
