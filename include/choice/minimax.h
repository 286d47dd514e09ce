/*
 * Minimax, also Simpson-Kramer: who loses least in their worst defeat.
 *
 * P. Simpson, "On defining areas of voter choice", Quarterly Journal of
 * Economics 83 (1969); G. Kramer, Journal of Economic Theory 16 (1977).  The
 * size of a defeat is left open for ballots with ties: here the votes of the
 * winning side (as choice/schulze.h), 0 for who is not beaten, so that those
 * whom nobody beats are elected.
 *
 * Condorcet and monotone; it may elect from outside the Smith set and clones
 * may change it.  O(N n^2).
 */
#ifndef CHOICE_MINIMAX_H
#define CHOICE_MINIMAX_H

#include "choice/tally.h"

/* A row of choice/tally.h; call it through tally_run. */
void minimax_run(const struct profile *p, struct tally *t);

#endif
