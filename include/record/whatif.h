/*
 * Counterfactuals: who would have won each round, had the same ballots been
 * counted otherwise.  Ballots only: what was drafted, shown and said stays as
 * it was, so nothing here tells what people would have written or how they
 * would have ranked what they never saw.
 */
#ifndef RECORD_WHATIF_H
#define RECORD_WHATIF_H

#include "record/ballots.h"

#define WHATIF_LABEL "ballots only, drafts unchanged"

struct whatif {
	struct counting how; /* `among` is not used */
	int64_t candidates;  /* only the first so many drafts by job; 0: all */
	const char *slate;   /* another rule for the slate; NULL */
};

/* Of one recording: an election over the drafts and a vote for each round
 * that came so far. */
struct elections {
	struct recording_header header;
	const struct procedure *procedure;
	struct ballots *v;
	size_t n, cap;
	json_t *people; /* [{id, name?}] as they joined */
	json_t *texts;	/* of the statements, by id, as far as they are there */
};

/* Verifies too.  -1: ERR_BROKEN, also when values that decide are missing
 * (only a full export has all), or ERR_FILE.  elections_free in every case. */
int elections_read(const char *path, struct elections *out, struct err *err);
int elections_of(
    const char *bytes, size_t len, struct elections *out, struct err *err);
void elections_free(struct elections *e);

/*
 * Appends a row for each election to *rows:
 *	{round, election: "slate"|"vote", ballots, before, winner, changed,
 *	 tied: how many share the first place, decided_by, shown: [ids] and
 *	 not_voted: how many of them were never put to the vote}
 * `before` is who won as it was.  With another slate, or fewer candidates, the
 * vote is among those that were shown and would have been shown.  Without
 * predicted ballots there is no row for the slate.  -1: ERR_INVALID_PARAMS.
 */
int whatif_rows(const struct elections *e, const struct whatif *w, json_t *rows,
    struct err *err);

/*
 * A row for each person: {participant, ballots: cast and counted, preferred:
 * rounds whose winner stood first on their ballot, without: rounds with
 * another winner had they not voted, double: … had they voted twice, pairs:
 * pairs of statements that the social order puts otherwise without them}.
 * Appended to *rows.
 */
void whatif_influence(const struct elections *e, json_t *rows);

#endif
