/*
 * Ballots: weak orders over candidates 0..n-1, as ranks (0 best, equal rank =
 * tie).  Unranked candidates are tied last (truncation).
 */
#ifndef CHOICE_BALLOT_H
#define CHOICE_BALLOT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define CANDIDATES_MAX 128 /* statements the daemon takes in one election */

struct profile {
	size_t candidates, ballots;
	int32_t *rank; /* ballots rows of candidates; 0 best */
	size_t cap;    /* rows allocated */
};

void profile_init(struct profile *p, size_t candidates);
void profile_free(struct profile *p);
/*
 * Copies a row of p->candidates ranks.  Ranks need not be dense and a negative
 * one means unranked; the copy is what ranks_densify makes of them, so rows in
 * a profile always are.  O(n log n).
 */
void profile_add(struct profile *p, const int32_t *rank);

/*
 * Makes ranks dense (0, 1, 2 … without gaps), keeping order and ties; a
 * negative rank means unranked and becomes tied last.  Returns the number of
 * distinct ranks.  O(n log n).
 */
size_t ranks_densify(int32_t *rank, size_t n);

/*
 * Reads "A>C=B" where letters are candidates 0.. (A..Z, then AA, AB, … as in
 * spreadsheets), case-insensitive, spaces allowed.  Ties `=`, truncation
 * allowed (unranked are tied last).  rank gets n dense ranks, and is
 * unspecified after an error.  ERR_BAD_BALLOT: a letter outside the range, a
 * repeated one, an empty group (and so an empty ballot), anything else
 * between the letters; the message says which and where.
 */
int
ballot_parse_letters(const char *s, size_t n, int32_t *rank, struct err *err);
/* The label of candidate i ("A", …, "Z", "AA"); i < 26^6. */
void candidate_label(size_t i, char out[8]);

#endif
