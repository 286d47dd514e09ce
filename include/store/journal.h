/*
 * The journal: the durable append-only store of all sessions, in SQLite (WAL,
 * synchronous=FULL, secure_delete).
 *
 * One writer thread owns the writing connection and commits in groups: what
 * was submitted since its last commit becomes one transaction.  The caller's
 * thread has a read-only connection of its own, which sees what is durable
 * and nothing else.  Nothing is copied out of a batch after submission: the
 * caller keeps nothing of it.
 *
 * Tickets number submissions 1, 2, 3 …  They finish in order, each durable or
 * failed; journal_poll reports it on the caller's thread.
 *
 * Failure.  A failed commit fails every submission in it and every one queued
 * behind it (they may build on it).  When the cause is a full disk or an I/O
 * error the journal becomes read-only: submissions fail at once with
 * ERR_JOURNAL_UNAVAILABLE, and every `retry_ms` the writer tries whether a
 * small write becomes durable; the first that does ends the state.  (A damaged
 * file is not tried again: that takes a restart.)  A failed submission is
 * never visible to a reader of this process; after a crash it may turn out to
 * have become durable after all, whole, if nothing was written since.
 *
 * Conflict.  An append whose events do not go on where the session's head is
 * in the journal (the (session, seq) exists already, one before it is missing,
 * or there is no such session) fails alone, with .conflict.
 *
 * Whatever is submitted before a failure or a conflict has been polled, and
 * may build on it, fails with it: for a failure all, for a conflict what is of
 * that session.
 */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/err.h"

#define JOURNAL_APPLICATION_ID 0x43415543 /* "CAUC" */
#define JOURNAL_SCHEMA	       1
#define SESSION_ID_LEN	       16 /* 80 bits in base32 */

struct journal;

struct journal_config {
	const char *path; /* the database file; made with mode 0600 */
	const char *vfs;  /* NULL: the default; tests name a shim */
	int queue_max;	  /* submissions waiting; more: journal_submit fails */
	int retry_ms;	  /* between tries while read-only */
	bool sync_full;	  /* synchronous=FULL (default) or NORMAL */
	int checkpoint_pages; /* WAL pages before a passive checkpoint, done
				 between commits by the writer */
};
void journal_defaults(struct journal_config *c);

/*
 * Opens or creates.  Errors (ERR_FILE, ERR_BROKEN) say what to do: not ours
 * (application id), newer schema, not writable, locked by another caucusd
 * (an exclusive lock on PATH.lock is held while open), broken.
 * notify_fd: an eventfd of the caller's that the writer writes to after each
 * commit or change of state; -1 for none.
 */
struct journal *
journal_open(const struct journal_config *c, int notify_fd, struct err *err);
/* Waits for what is queued (at most grace_ms), checkpoints, closes. */
void journal_close(struct journal *j, int grace_ms);

/* What the journal knows of a session beside its events. */
struct journal_session {
	char id[SESSION_ID_LEN + 1];
	char *header; /* the recording's line 0 */
	char phase[24];
	int64_t seq; /* head */
	uint8_t hash[DIGEST_LEN];
	int64_t wake_at;    /* ms; 0: no timer */
	bool wants_work;    /* jobs are wanted */
	char creator[64];   /* "uid:1000" */
	int64_t created_at; /* ms */
	bool concluded;
};
void journal_session_clear(struct journal_session *s);

/* One event as it is stored. */
struct journal_event {
	int64_t seq;
	uint8_t hash[DIGEST_LEN];
	const char *bytes;
	size_t len;
	const char *sealed; /* event_sealed_json of all items, or NULL */
	size_t sealed_len;
};

enum token_kind {
	TOKEN_FACILITATOR,
	TOKEN_PARTICIPANT,
	TOKEN_OBSERVER,
	TOKEN_INVITATION,
	TOKEN_KINDS
};
struct journal_token {
	uint8_t digest[DIGEST_LEN]; /* SHA-256 of the token; never itself */
	char session[SESSION_ID_LEN + 1];
	enum token_kind kind;
	char ref[16];	    /* "p-k3x9", "f1", "o1", "i1" */
	int64_t created_at; /* ms */
	int64_t expires_at; /* ms; 0: never */
};

/* ---- writing: build a submission, submit it ---- */

struct journal_batch; /* what becomes durable together, for one session */

struct journal_batch *batch_new(void);
/* The same, one that is done with where there is one: for what is submitted
 * often. */
struct journal_batch *journal_batch(struct journal *j);
void batch_free(struct journal_batch *b);
/* Everything is copied.  A batch holds rows and events of one session only.
 * The session's row is inserted or updated; header, creator and created_at
 * count when it is made and are ignored (may be empty, NULL) after.  Events
 * without a row move the stored seq and hash. */
void batch_session(struct journal_batch *b, const struct journal_session *s);
void batch_event(struct journal_batch *b, const char *session,
    const struct journal_event *e);
void batch_token(struct journal_batch *b, const struct journal_token *t);
/* Revokes (deletes) all tokens of (session, ref), or one by digest. */
void
batch_revoke(struct journal_batch *b, const char *session, const char *ref);
void
batch_revoke_digest(struct journal_batch *b, const uint8_t digest[DIGEST_LEN]);
/* Moves a counter of that name, which begins at 0, by so much: durable with the
 * batch, and not without it. */
void batch_count(struct journal_batch *b, const char *name, int64_t by);
/* Deletes the bodies and salts of named items of an event: the row's sealed
 * JSON is rewritten in place without them, blanks keeping its length, and the
 * WAL is emptied before the submission is reported.  Only while another
 * program is reading the file does the latter have to wait.  What is erased
 * already, or was never there, is no error. */
void batch_erase(struct journal_batch *b, const char *session, int64_t seq,
    const char *name);

/*
 * Takes the batch.  Returns its ticket (> 0); -1 with ERR_JOURNAL_UNAVAILABLE
 * (read-only: how to leave that state) or ERR_LIMIT_REACHED (queue full), and
 * then nothing will be written.  Submissions are only handed to the writer by
 * journal_flush, so that one loop turn wakes it once.
 */
int64_t
journal_submit(struct journal *j, struct journal_batch *b, struct err *err);
void journal_flush(struct journal *j);

/* The highest ticket that has finished, durable or failed. */
int64_t journal_finished(const struct journal *j);
struct journal_result {
	int64_t ticket;
	bool durable;
	bool conflict; /* another writer had that (session, seq) */
};
/* The next finished submission in ticket order; false when there is none. */
bool journal_poll(struct journal *j, struct journal_result *r);
/* True while read-only; *err (may be NULL) says why and what to do. */
bool journal_readonly(const struct journal *j, struct err *err);

/* ---- reading: the caller's thread, durable content only ---- */

/* 1 found, 0 not, -1 error.  journal_session_clear afterwards. */
int journal_get_session(struct journal *j, const char *id,
    struct journal_session *s, struct err *err);
/* Sessions in order of id after `after` ("" = from the start), only those
 * with a timer or wanted work if `due`.  Calls back for each; the callback
 * returns false to stop.  -1 on error. */
typedef bool journal_session_fn(const struct journal_session *s, void *arg);
int journal_each_session(struct journal *j, const char *after, bool due,
    int limit, journal_session_fn *fn, void *arg, struct err *err);
/* Events with seq > after in order, at most limit.  Returns how many. */
typedef bool journal_event_fn(const struct journal_event *e, void *arg);
int journal_each_event(struct journal *j, const char *session, int64_t after,
    int limit, journal_event_fn *fn, void *arg, struct err *err);
int journal_get_token(struct journal *j, const uint8_t digest[DIGEST_LEN],
    struct journal_token *t, struct err *err); /* 1, 0, -1 */
/* Counters whose names begin so, in the order of their names. */
typedef bool journal_counter_fn(const char *name, int64_t value, void *arg);
int journal_each_counter(struct journal *j, const char *prefix,
    journal_counter_fn *fn, void *arg, struct err *err);
/* A 32-byte secret of this journal's, drawn once when it was made. */
void journal_secret(const struct journal *j, uint8_t out[32]);

/*
 * Integrity check in slices: call again until it returns 0.  1 = more to do,
 * -1 = damage found (err says what and what to do).
 */
int journal_check_step(struct journal *j, int64_t *cursor, struct err *err);

/* Counters for `stats` and the bench. */
struct journal_stats {
	int64_t submissions, commits, failures, events, bytes;
	int64_t queued;
};
void journal_stats(const struct journal *j, struct journal_stats *s);

#endif
