/*
 * Elections as files: one table of formats, one file a format.
 *
 *	json		{"candidates":N or [NAME,…],
 *			 "ballots":[[RANK|null,…] or
 *			   {"ranking":"A>B","count":3} or
 *			   {"ranks":[RANK|null,…],"count":3},…],
 *			 "ratings":[[1..7|null,…] or null,…]}
 *			rank 0 is best, null is what this person never saw; a
 *			row of ratings is of the person of the ballot in the
 *			same place.  Either list may be missing, not both.
 *	json lines	one such object a line
 *	preflib		soc, soi, toc, toi of PrefLib's format of 2022 (N.
 *Mattei and T. Walsh, "PrefLib: a library for preferences", ADT 2013): orders
 *that are strict or have ties, complete or not.  Alternatives come in the order
 *of their names' lines
 *
 * Nothing is guessed: what cannot be read as it stands is an error that names
 * the line or the ballot.
 */
#ifndef RECORD_ELECTION_H
#define RECORD_ELECTION_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "choice/profile.h"

struct election {
	struct labels labels;
	struct profile profile; /* ->ratings are those below, or NULL */
	struct rating *ratings;
	size_t empty; /* ballots that saw no candidate; they are not counted */
	/* What it was read from, if JSON.  Freed with the rest: a tally's few
	 * large allocations between a thousand small ones freed would make
	 * malloc(3) put the heap in order each time. */
	json_t *source;
};
void election_free(struct election *e);

struct election_format {
	const char *name; /* also how a file's name ends, behind a dot */
	const char *help;
	bool lines; /* one election a line */
	/* Reads one into *e, zeroed.  0, or -1 and *e may be half filled. */
	int (*read)(const struct election_format *f, const char *text,
	    size_t len, struct election *e, struct err *err);
};
extern const struct election_format election_formats[]; /* ended by NULL */

struct election_reader {
	const struct election_format *format;
	const char *text; /* borrowed */
	size_t len, at;
	size_t line; /* of what was read last, from 1 */
	bool ended;
};

/*
 * Finds the format by how `name` ends, else (NULL, another ending, none) by
 * how the text begins.  -1 and ERR_BROKEN if it is none.  The text must
 * outlive the reader, which needs no closing.
 */
int election_open(struct election_reader *r, const char *name, const char *text,
    size_t len, struct err *err);
/* 1 and *e (election_free), 0 at the end, -1 and ERR_BROKEN, ERR_PARSE or
 * ERR_BAD_BALLOT.  Empty lines between elections are passed over. */
int
election_next(struct election_reader *r, struct election *e, struct err *err);

/* ---- for the formats ---- */

/* Puts "what number: " before the error's text; returns -1. */
int election_at(struct err *err, const char *what, size_t number);
/* How many candidates there may be: 0, or -1 and err. */
int election_size(int64_t n, struct err *err);

/* record/election_json.c */
int election_read_json(const struct election_format *f, const char *text,
    size_t len, struct election *e, struct err *err);
/* record/election_preflib.c */
int election_read_preflib(const struct election_format *f, const char *text,
    size_t len, struct election *e, struct err *err);

#endif
