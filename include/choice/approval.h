/*
 * Approval: how many would sign it, that is, rated it 5 or more of 7.
 *
 * S. J. Brams and P. C. Fishburn, "Approval voting", American Political Science
 * Review 72 (1978).  Where approval begins is left to the voters there; here it
 * is where the procedure's outcome draws the line (agreement of 5, "somewhat
 * agree").  Rankings say nothing of approval, so this needs ratings.
 *
 * Monotone in the ratings.  O(n) once the ratings are counted.
 */
#ifndef CHOICE_APPROVAL_H
#define CHOICE_APPROVAL_H

#include "choice/tally.h"

/* A row of choice/tally.h; call it through tally_run. */
void approval_run(const struct profile *p, struct tally *t);

#endif
