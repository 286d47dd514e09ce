/*
 * Replaying a recording: the inputs go through the engine again, and every
 * event it derives is compared with the recorded one, byte by byte.
 *
 * An erased text cannot be sealed again: the digest of a derived copy of it
 * counts as unverifiable, not as a difference.  Missing values (rankings,
 * seed, who gave what), as in an export for a participant or observer, make a
 * replay impossible, for they decide.
 *
 * What others recorded and was imported has no inputs to feed.  Replaying it
 * counts each of its elections again, by Schulze's method, and compares with
 * the winner that was published.
 */
#ifndef RECORD_REPLAY_H
#define RECORD_REPLAY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "record/contest.h"
#include "record/verify.h"

enum replay_outcome {
	REPLAY_IDENTICAL,
	REPLAY_RETALLIED,  /* imported: see retally */
	REPLAY_DIFFERS,	   /* see seq, what, recorded, computed */
	REPLAY_IMPOSSIBLE, /* see what: values missing, procedure unknown */
	REPLAY_BROKEN	   /* does not verify: see verify */
};

struct replay_report {
	enum replay_outcome outcome;
	struct verify_report verify; /* of the same file, done first */
	int64_t inputs, derived;     /* fed; compared and equal */
	int64_t unverifiable; /* digests of copies of texts not present */
	int64_t missing;      /* values that a replay needs and lacks */
	int64_t seq, line;    /* of the first difference or missing value */
	char *recorded;	      /* its canonical bytes; NULL: there is none */
	char *computed;	      /* what the engine makes of it; NULL: nothing */
	char item[SEAL_NAME_MAX]; /* the first missing value, or "" */
	char what[400], todo[256];
	struct retally retally;
};
void replay_report_clear(struct replay_report *report);

/*
 * 0 when identical or retallied.  -1: ERR_BROKEN (any other outcome; err says
 * it in one line) or ERR_FILE (cannot be read).  *report is filled in every
 * case; replay_report_clear afterwards.  path "-" is standard input.  err may
 * be NULL.  The whole recording is held in memory.
 */
int
replay_file(const char *path, struct replay_report *report, struct err *err);
int replay_bytes(const char *bytes, size_t len, struct replay_report *report,
    struct err *err);

/* For people, several lines; and for programs (the caller decrefs). */
void replay_text(
    const struct replay_report *report, const char *name, struct buf *out);
json_t *replay_json(const struct replay_report *report);

#endif
