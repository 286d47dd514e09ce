/*
 * Polis exports: a folder with comments.csv, votes.csv and, where they are,
 * participants-votes.csv, summary.csv and stats-history.csv.
 *
 * Exports differ: is_meta or is-meta, times in seconds or in milliseconds, a
 * column `datetime` or none.  A vote of 1 agrees, -1 disagrees and 0 passes,
 * as in the open data.
 */
#ifndef RECORD_POLIS_H
#define RECORD_POLIS_H

#include <jansson.h>
#include <stdint.h>

#include "base/err.h"
#include "record/faults.h"
#include "record/sheet.h"

/* Milliseconds since 1970 from a number that may mean seconds: less than
 * 10^11 does (that many milliseconds end in 1973). */
int64_t polis_ms(int64_t timestamp);
/* A comment's text: comment-body, txt or body. */
const char *polis_body(const struct sheet_head *h, const json_t *row);

/* Whether a row of that table holds; ERR_BROKEN says what does not. */
int polis_check_comment(
    const struct sheet_head *h, const json_t *row, struct err *err);
int polis_check_vote(
    const struct sheet_head *h, const json_t *row, struct err *err);

struct polis_ask {
	const char *question; /* NULL: the topic of summary.csv */
	int64_t participants; /* >= 1 */
	const char *seed;
};
struct polis_told {
	int64_t comments, moderated; /* good rows; of these left out */
	int64_t authors;	     /* who may take part */
	struct faults faults;	     /* the caller clears */
};

/*
 * A scenario for `caucus run` from a folder.  Its participants are distinct
 * authors of comments that were not moderated out (-1); an author's comments,
 * in the order of their ids, are joined by newlines to the opinion.
 *
 * Who takes part: the authors in the order of their ids are permuted by
 * stream(seed, "polis-authors", 0, 0) (base/stream.h), the first N of the
 * permutation are taken and stand in the scenario in the order of their ids,
 * as "author ID".  So equal folders, N and seeds give equal scenarios.
 *
 * More than the authors there are: ERR_INVALID_PARAMS naming the maximum.
 * ERR_FILE, ERR_BROKEN: the folder is none of these.  *out: the caller's.
 */
int polis_scenario(const char *dir, const struct polis_ask *ask,
    struct polis_told *told, json_t **out, struct err *err);

#endif
