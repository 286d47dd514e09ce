/*
 * A scenario: a whole deliberation as JSON, for `caucus run`.
 *
 *	{"question": "…" | {"text","affirming","negating"}, "preset": "…",
 *	 "settings": {…},
 *	 "participants": [{"name": "…", "opinion": "…",
 *	   "critiques": ["…"],	     one a critique round
 *	   "ballots": ["A>B=C"],     one a ballot, letters in the order shown
 *	   "ratings": [[6,5,3,2]],   agreement, in the same order
 *	   "quality": [[6,5,3,2]],   likewise
 *	   "position": [3,5],	     before and after
 *	   "importance": 4, "preference": "first" | "revised" | "same",
 *	   "dissent": "…" | {"text": "…", "signed": true},
 *	   "survey": {"fair": 5, "view_why": "…"}, "labels": {"age": 41}}],
 *	 "labels": {"arm": "b"}, "survey": [{"id","text","scale"|"choices"}]}
 *
 * null or a missing place means that the person abstains there.
 */
#ifndef CLIENT_SCENARIO_H
#define CLIENT_SCENARIO_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct scenario_person {
	const char *name, *opinion; /* opinion NULL: abstains; in `root` */
	const json_t *critiques, *ballots, *ratings; /* arrays or NULL */
	const json_t *quality, *position;	     /* arrays or NULL */
	int importance, preference;		     /* 0: none; 1.. */
	const char *dissent;			     /* or NULL */
	bool is_signed;
	const json_t *survey, *labels; /* objects or NULL */
};

struct scenario {
	json_t *root; /* everything below points into it */
	const char *question, *affirming, *negating; /* last two may be NULL */
	const char *preset;			     /* or NULL */
	const json_t *settings;			     /* or NULL */
	struct scenario_person *people;
	size_t n;
	bool ballots; /* somebody casts at least one */
	bool ratings; /* every ballot that is cast comes with ratings */
	/* what somebody gives beside texts and ballots */
	bool positions, importance, preferences, dissents, answers;
	const json_t *labels, *survey; /* of the session; or NULL */
};

/* -1: ERR_BROKEN, the message names the place: "participants[2].ballots[0]:
 * …".  scenario_free in every case. */
int scenario_read(
    struct scenario *s, const char *bytes, size_t len, struct err *err);
void scenario_free(struct scenario *s);

/* What somebody gives in round `round` (critiques begin with round 1); NULL:
 * nothing, they abstain. */
const char *scenario_critique(const struct scenario_person *p, int round);
const char *scenario_ballot(const struct scenario_person *p, int round);
const json_t *scenario_rating(const struct scenario_person *p, int round);
const json_t *scenario_quality(const struct scenario_person *p, int round);
/* Before (0) or after (1); 0: none. */
int scenario_position(const struct scenario_person *p, int after);

#endif
