/*
 * The elections that tables tell of, ready to be counted: replaying an
 * imported recording, and exporting to formats that know elections only.
 */
#ifndef RECORD_CONTEST_H
#define RECORD_CONTEST_H

#include <stdint.h>

#include "choice/tally.h"
#include "record/tables.h"

/* One election: a session's round. */
struct contest {
	const char *session; /* in the tables */
	int64_t round;
	json_t *places; /* {statement: its place} */
	json_t *votes;	/* {voter: {statement: rank}} in order of arrival */
	json_t *counts; /* {voter: how many voted so}; 1 unless it is there */
	const char *winner; /* as recorded or published; NULL: none is */
	bool published;	    /* others say so; else our own recording */
};
struct contests {
	struct contest *v;
	size_t n, cap;
	json_t *index;
};
/* From the cast ballots that still stand.  The tables must outlive them.
 * O(rows). */
void contests_read(struct contests *c, const struct tables *t);
void contests_free(struct contests *c);

/* The largest profile that is made, in ranks (orders times statements). */
#define CONTEST_RANKS_MAX ((size_t)50 << 20)
/* Fills a profile (profile_free) with a weighted row a vote, what was not
 * ranked being -1; false: it would be too large. */
bool contest_profile(const struct contest *c, struct profile *p);

/*
 * Counts each again by `rule` and compares with the winner that was published.
 */
struct retally {
	int64_t elections; /* with at least one ballot */
	int64_t published; /* of these, with a winner to compare */
	int64_t sole;	   /* of these, the winner is ours, and ours alone */
	int64_t lot;	 /* of these, one of several of ours: decided by lot */
	int64_t outside; /* of these, none of ours */
	int64_t large;	 /* not counted: too large */
	char first[96];	 /* session and round of the first outside, or "" */
};
void contests_retally(
    const struct contests *c, const struct rule *rule, struct retally *out);

#endif
