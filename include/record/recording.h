/*
 * A recording: one session's events as JSON Lines (design section 4).
 *
 *	line 1    {"caucus":"recording","format":1,"procedure":…,"program":…,
 *		   "session":…}	     hash_0 = SHA-256(the line); what was
 *		   imported says "imported":FORMAT too (record/import.h)
 *	line n+1  {"event":EVENT,"hash":HEX}  or
 *		  {"event":EVENT,"hash":HEX,"sealed":{NAME:{"body":…,
 *		   "salt":HEX},…}}   hash_n = SHA-256(hash_{n-1} || EVENT)
 *
 * Every line can be written in one way only (keys in this order, items in the
 * order of their names, escapes as json_quote writes them, lower-case hex, no
 * spaces, "\n" at the end), so that a change of any byte shows, even where no
 * digest covers it.
 */
#ifndef RECORD_RECORDING_H
#define RECORD_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"
#include "session/event.h"

#define RECORDING_FORMAT   1
#define RECORDING_LINE_MAX ((size_t)4 << 20) /* bytes, without the newline */

/* ---- single lines, without their newline ---- */

/*
 * Appends the header line.  session: its id; procedure: the version, e.g.
 * "habermas/1"; program: e.g. "caucusd 0.1.0".  All must be identifiers
 * (json_identifier).  hash_0 = SHA-256 of exactly these bytes, so they are
 * written once, at the session's creation, and kept.
 */
void recording_header(struct buf *out, const char *session,
    const char *procedure, const char *program);
/* The same for what was imported (record/import.h); format: "polis". */
void recording_header_imported(struct buf *out, const char *session,
    const char *program, const char *format);

/*
 * Appends the line of a placed event, with the bodies that are present and
 * for which `may` (NULL: all) says yes.
 */
void recording_line(struct buf *out, const struct event *e,
    bool (*may)(const struct event *e, const struct sealed *item, void *arg),
    void *arg);
/* The same from stored bytes; sealed (event_sealed_json) may be NULL. */
void recording_line_of(struct buf *out, const char *bytes, size_t len,
    const uint8_t hash[DIGEST_LEN], const char *sealed, size_t sealed_len);

/* ---- writing ---- */

/* Where lines go.  put: 0, or -1 and err. */
struct recording_sink {
	int (*put)(const char *p, size_t n, void *arg, struct err *err);
	void *arg;
};
struct recording_sink recording_to_buf(struct buf *b); /* cannot fail */
/* ERR_FILE at a write error; closing (and its errors) stay the caller's. */
struct recording_sink recording_to_file(FILE *f);

/* One line and its newline.  -1: what the sink said. */
int recording_put_header(const struct recording_sink *sink, const char *session,
    const char *procedure, const char *program, struct err *err);
int
recording_put_event(const struct recording_sink *sink, const struct event *e,
    bool (*may)(const struct event *e, const struct sealed *item, void *arg),
    void *arg, struct err *err);

/* ---- reading ---- */

struct recording_header {
	char session[32], procedure[64], program[64]; /* all NUL-ended */
	char imported[32]; /* the format it came in; "": recorded by us */
	uint8_t hash[DIGEST_LEN]; /* hash_0 */
};

/*
 * Reads a header line (no newline).  Members beyond the five are allowed if
 * they are identifiers, integers or booleans.  ERR_BROKEN says what is wrong.
 */
int recording_header_read(const char *line, size_t len,
    struct recording_header *out, struct err *err);

/*
 * Reads one event line (no newline): strict form, schema and the digests of
 * the bodies present.  e->hash is what the line says; whether it continues
 * the chain is for the caller (event_chain).  NULL and ERR_BROKEN.
 */
struct event *
recording_line_read(const char *line, size_t len, struct err *err);

struct recording; /* an open one, read line by line */

/* path "-" is standard input.  ERR_FILE: cannot be opened. */
struct recording *recording_open(const char *path, struct err *err);
/* From memory; the bytes stay the caller's and must outlive it. */
struct recording *recording_of(const char *bytes, size_t len);
void recording_close(struct recording *r); /* NULL is fine */

/*
 * Reads the header; call once, first.  0, or -1: ERR_BROKEN (what is wrong;
 * the line is recording_lineno) or ERR_FILE (read error).
 */
int recording_begin(
    struct recording *r, struct recording_header *out, struct err *err);
/*
 * The next event (event_destroy): 1, or 0 at the end (*e is NULL), or -1 as
 * above.  After -1 nothing more is read.
 */
int recording_next(struct recording *r, struct event **e, struct err *err);
/* Number of the line last read or tried, from 1; 0 before any. */
int64_t recording_lineno(const struct recording *r);

#endif
