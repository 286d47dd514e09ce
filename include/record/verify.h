/*
 * Verifying a recording: what anybody can check without running the engine.
 * The form of every line, the schema of every event, the chain of hashes, the
 * digest of every body that is present, every vote, counted again from the
 * ballots where the copy holds them, and every prompt, rendered again from the
 * texts and compared with its recorded digest.  Whether the derived events
 * follow from the inputs is for replay (record/replay.h).
 */
#ifndef RECORD_VERIFY_H
#define RECORD_VERIFY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "record/recording.h"

struct verify_report {
	bool holds;
	struct recording_header header; /* zero if line 1 is broken */
	/* Counts, up to the fault if there is one. */
	int64_t events, inputs, derived;
	int64_t sealed;	    /* sealed items named by events */
	int64_t open;	    /* of these, bodies present and checked */
	int64_t erased;	    /* of these, absent since a text.erased names them:
			       `unverifiable` */
	int64_t kept;	    /* named by a text.erased, yet present */
	int64_t recounted;  /* votes counted again, to the same result */
	int64_t uncounted;  /* votes whose ballots this copy does not hold */
	int64_t prompts;    /* rendered again, to the same digest */
	int64_t unrendered; /* prompts whose texts this copy does not hold */
	int64_t reworded; /* prompts that another version rendered otherwise */
	bool concluded;	  /* else the recording is open-ended */
	bool known;	  /* the procedure, and so the types, are known here */
	uint8_t head[DIGEST_LEN]; /* hash of the last event that holds */
	char last[48];		  /* its type; "" if none */
	/* The first fault; line 0: none. */
	int64_t line; /* from 1 */
	int64_t seq;  /* that line's event by position; 0: the header */
	char what[400];
	char todo[256];
};

/*
 * Verifies to the end or the first fault.  0 when everything holds.  -1:
 * ERR_BROKEN (the report says where and what to do, err the same in one line)
 * or ERR_FILE (cannot be opened or read).  *report is filled in every case and
 * owns nothing.  path "-" is standard input.  err may be NULL.
 */
int
verify_file(const char *path, struct verify_report *report, struct err *err);
int verify_bytes(const char *bytes, size_t len, struct verify_report *report,
    struct err *err);
int verify_recording(
    struct recording *r, struct verify_report *report, struct err *err);
/* As verify_recording, but for counting again, which the caller does: appends
 * the events that hold to *keep. */
int verify_events(struct recording *r, struct verify_report *report,
    struct event_list *keep, struct err *err);

/* The report for people, several lines; `name` is what to call the file. */
void verify_text(
    const struct verify_report *report, const char *name, struct buf *out);
/* The report for programs; the caller decrefs. */
json_t *verify_json(const struct verify_report *report);

#endif
