/*
 * Ballots: weak orders over candidates 0..n-1, as ranks (0 best, equal rank =
 * tie).  What a ballot leaves out is one of two things:
 *
 *	unranked	seen and not named (truncation): tied last, and the
 *			ballot counts as truncated
 *	unseen		never shown to this person: compared with nothing
 */
#ifndef CHOICE_BALLOT_H
#define CHOICE_BALLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "choice/labels.h"

#define CANDIDATES_MAX 128 /* statements the daemon takes in one election */

#define RANK_UNRANKED (-1) /* and every other negative rank but … */
#define RANK_UNSEEN   (-2)

/*
 * Makes ranks dense (0, 1, 2 … without gaps), keeping order and ties;
 * RANK_UNSEEN stays, another negative rank becomes tied last.  Returns the
 * number of distinct ranks.  O(n) when no rank is n or more, else O(n log n).
 */
size_t ranks_densify(int32_t *rank, size_t n);

/*
 * Reads "A>C=B", best first, spaces allowed around labels, truncation allowed.
 * Letters are read in either case.  rank gets n ranks, dense but for
 * RANK_UNRANKED, and is unspecified after an error.  ERR_BAD_BALLOT: a label
 * that is none of the candidates', a repeated one, an empty group (and so an
 * empty ballot), anything else between the labels; the message says which and
 * where.  O(len + k log n) for k names.
 */
int ballot_parse(
    const struct labels *l, const char *s, int32_t *rank, struct err *err);
/* With letters, and with the unranked tied last: n dense ranks. */
int
ballot_parse_letters(const char *s, size_t n, int32_t *rank, struct err *err);
/*
 * Appends "A>C=B": what ballot_parse would read as these ranks.  Candidates
 * with a negative rank are left out; of a tie the lower index comes first.
 * O(n log n).
 */
void ballot_print(const struct labels *l, const int32_t *rank, struct buf *out);

#endif
