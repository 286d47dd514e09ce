/*
 * The elections of a recording: in each round the one over the drafts, from
 * the predicted ballots, which chose the slate, and the vote that people
 * cast.  What verify counts again, and counterfactuals (record/whatif.h)
 * count otherwise.
 */
#ifndef RECORD_BALLOTS_H
#define RECORD_BALLOTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "choice/tally.h"
#include "record/recording.h"
#include "session/session.h"

struct ballots_row {
	char participant[PARTICIPANT_ID_MAX];
	int32_t *cast, *predicted; /* dense ranks; NULL: there is none */
	uint8_t *rating;	   /* agreement 1..7, 0 none; or NULL */
	bool counts;		   /* its cast ballot did, or would have */
	bool stands_in;		   /* silent, and its prediction counted */
};

struct ballots {
	int round;
	bool vote; /* else over the drafts, for the slate */
	size_t n;
	char (*ids)[STATEMENT_ID_MAX];
	int *draft; /* this round's draft, 1 .. by job; 0: kept or proposed */
	struct ballots_row *ballots; /* in the order of joining */
	size_t nballots;
	char method[32], tie_break[16], seed[80];
	char slate[16]; /* rule; over the drafts only */
	size_t places;	/* of it */
};

/* How to count; what is NULL or 0 stays as it was. */
enum counted_ballots {
	COUNT_AS_WAS,
	COUNT_CAST,	/* only cast ballots */
	COUNT_PREDICTED /* only predicted ones */
};
struct counting {
	const char *method, *tie_break, *seed;
	const char *without, *doubled; /* participants */
	enum counted_ballots ballots;
	const bool *among; /* n flags: candidates that stand; NULL: all */
};

struct count {
	size_t n;	    /* candidates that stood */
	size_t *index;	    /* of these, in the election */
	size_t ballots;	    /* counted */
	struct tally tally; /* over index[0 .. n-1] */
	size_t winner;	    /* in the election; n of the election: none */
	enum tie_decider decider;
};

/*
 * The election that the state is about to decide by `type`
 * ("slate.decided", "tally.decided"): call it before that event is applied.
 * False: there is none.  ballots_clear afterwards.
 */
bool ballots_of(const struct session *s, const char *type, struct ballots *out);
void ballots_clear(struct ballots *e);

/* Names the method or tie-break that is unknown, or what it cannot count: -1
 * and ERR_INVALID_PARAMS.  count_clear in every case. */
int ballots_count(const struct ballots *e, const struct counting *how,
    struct count *out, struct err *err);
void count_clear(struct count *c);

/* Of the drafts that stood in the count: which the slate takes; n flags of
 * the election, false elsewhere.  rule NULL: as it was.  -1 as above. */
int ballots_slate(const struct ballots *e, const struct counting *how,
    const struct count *c, const char *rule, bool *shown, struct err *err);

/* The names of a setting's choices, NULL-ended; NULL if it has none. */
const char *const *
ballots_choices(const struct procedure *p, const char *setting);

/* What somebody else's count came to, as tally.decided says it, against
 * ours: NULL when it agrees, else the member that does not. */
const char *ballots_differs(const struct ballots *e, const struct count *c,
    const struct event *decided);

#endif
