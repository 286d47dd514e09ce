/*
 * Maximin over ratings: the highest lowest rating, so that the one who agrees
 * least agrees most.
 *
 * J. Rawls, "A Theory of Justice" (1971), as a rule of choice A. Sen,
 * "Collective Choice and Social Welfare" (1970).  Whether the second lowest
 * decides next (leximin) is left open: no, ties stay and the tie-break
 * `agreement` looks at the mean.  Who was rated by nobody comes last.
 *
 * Monotone in the ratings.  O(n) once the ratings are counted.
 */
#ifndef CHOICE_MAXIMIN_H
#define CHOICE_MAXIMIN_H

#include "choice/tally.h"

/* A row of choice/tally.h; call it through tally_run. */
void maximin_run(const struct profile *p, struct tally *t);

#endif
