/*
 * Score, also range voting: the highest mean rating of those who rated it.
 *
 * W. D. Smith, "Range voting" (2000).  Sum or mean is left open for missing
 * ratings: the mean, so that who was seen by few is not punished for it;
 * compared as fractions.  Who was rated by nobody comes last.
 *
 * Monotone in the ratings.  O(n log n) once the ratings are counted.
 */
#ifndef CHOICE_SCORE_H
#define CHOICE_SCORE_H

#include "choice/tally.h"

/* A row of choice/tally.h; call it through tally_run. */
void score_run(const struct profile *p, struct tally *t);

#endif
