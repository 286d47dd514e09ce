#include "store/reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/blank.h"
#include "store/writer.h"

/* clang-format off */
#define SESSION_COLUMNS \
	"s.id, s.phase, s.seq, s.hash, s.wake_at, s.wants_work, s.creator," \
	" s.created_at, s.concluded, e.line" \
	" FROM session s LEFT JOIN event e ON e.session = s.key AND e.seq = 0"

static const char *const sql[READER_STATEMENTS] = {
	[RD_SESSION] = "SELECT " SESSION_COLUMNS " WHERE s.id = ?",
	[RD_SESSIONS] = "SELECT " SESSION_COLUMNS
	    " WHERE s.id > ? ORDER BY s.id LIMIT ?",
	[RD_SESSIONS_DUE] = "SELECT " SESSION_COLUMNS
	    " WHERE (s.wake_at <> 0 OR s.wants_work <> 0) AND s.id > ?"
	    " ORDER BY s.id LIMIT ?",
	[RD_EVENTS] = "SELECT e.seq, e.hash, e.line, b.items FROM event e"
	    " LEFT JOIN sealed b ON b.event = e.id"
	    " WHERE e.session = (SELECT key FROM session WHERE id = ?)"
	    " AND e.seq > max(?, 0) ORDER BY e.seq LIMIT ?",
	[RD_TOKEN] = "SELECT session, kind, ref, created_at, expires_at"
	    " FROM token WHERE digest = ?",
	[RD_COUNTERS] = "SELECT substr(name, 7), value FROM meta"
	    " WHERE substr(name, 1, 6 + length(?1)) = 'count ' || ?1"
	    " ORDER BY name",
	[RD_BEGIN] = "BEGIN",
	[RD_END] = "COMMIT",
	[RD_CHECK_SESSION] = "SELECT id, seq, hash FROM session WHERE key = ?",
	/* the next session there is, and the next one that has events */
	[RD_CHECK_NEXT] =
	    "SELECT (SELECT min(key) FROM session WHERE key > ?1),"
	    " (SELECT min(session) FROM event WHERE session > ?1)",
	[RD_CHECK_EVENTS] = "SELECT e.seq, e.hash, e.line, b.items FROM event e"
	    " LEFT JOIN sealed b ON b.event = e.id"
	    " WHERE e.session = ? AND e.seq > ? ORDER BY e.seq LIMIT ?",
};
/* clang-format on */

struct reader *
reader_new(const struct journal_config *c, struct err *err)
{
	struct reader *r = xcalloc(1, sizeof(*r));
	int rc;

	r->config = c;
	rc = db_open(c, false, &r->db);
	if (rc == SQLITE_OK)
		rc = db_prepare(r->db, sql, r->st, READER_STATEMENTS);
	if (rc != SQLITE_OK) {
		reader_err(r, rc, "opening it to read", err);
		reader_free(r);
		return NULL;
	}
	return r;
}

void
reader_free(struct reader *r)
{
	if (r == NULL)
		return;
	db_finalize(r->st, READER_STATEMENTS);
	sqlite3_close(r->db);
	free(r);
}

int
reader_err(struct reader *r, int rc, const char *doing, struct err *err)
{
	return db_err(err, r->db, rc, r->config->path, doing);
}

static void
session_fill(sqlite3_stmt *st, struct journal_session *s)
{
	const char *header = (const char *)sqlite3_column_text(st, 9);

	memset(s, 0, sizeof(*s));
	db_text(st, 0, s->id, sizeof(s->id));
	db_text(st, 1, s->phase, sizeof(s->phase));
	s->seq = sqlite3_column_int64(st, 2);
	db_digest(st, 3, s->hash);
	s->wake_at = sqlite3_column_int64(st, 4);
	s->wants_work = sqlite3_column_int(st, 5) != 0;
	db_text(st, 6, s->creator, sizeof(s->creator));
	s->created_at = sqlite3_column_int64(st, 7);
	s->concluded = sqlite3_column_int(st, 8) != 0;
	s->header = xstrdup(header == NULL ? "" : header);
}

void
journal_session_clear(struct journal_session *s)
{
	free(s->header);
	memset(s, 0, sizeof(*s));
}

/* The end of a read: n rows, unless rc is an error. */
static int
reader_done(struct reader *r, sqlite3_stmt *st, int rc, int n,
    const char *doing, struct err *err)
{
	/* before the reset, which some errors would not outlive */
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		n = reader_err(r, rc, doing, err);
	sqlite3_reset(st);
	return n;
}

int
journal_get_session(struct journal *j, const char *id,
    struct journal_session *s, struct err *err)
{
	sqlite3_stmt *st = j->reader->st[RD_SESSION];
	int rc;

	memset(s, 0, sizeof(*s));
	sqlite3_bind_text(st, 1, id, -1, SQLITE_STATIC);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		session_fill(st, s);
	return reader_done(
	    j->reader, st, rc, rc == SQLITE_ROW, "reading a session", err);
}

int
journal_each_session(struct journal *j, const char *after, bool due, int limit,
    journal_session_fn *fn, void *arg, struct err *err)
{
	sqlite3_stmt *st = j->reader->st[due ? RD_SESSIONS_DUE : RD_SESSIONS];
	struct journal_session s;
	bool go_on = true;
	int rc = SQLITE_DONE, n = 0;

	sqlite3_bind_text(st, 1, after, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int(st, 2, limit);
	while (go_on && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		session_fill(st, &s);
		n++;
		go_on = fn(&s, arg);
		journal_session_clear(&s);
	}
	return reader_done(j->reader, st, rc, n, "reading sessions", err);
}

static void
event_fill(sqlite3_stmt *st, struct journal_event *e)
{
	memset(e, 0, sizeof(*e));
	e->seq = sqlite3_column_int64(st, 0);
	db_digest(st, 1, e->hash);
	e->bytes = (const char *)sqlite3_column_text(st, 2);
	e->len = (size_t)sqlite3_column_bytes(st, 2);
	e->sealed = (const char *)sqlite3_column_text(st, 3);
	if (e->sealed == NULL)
		return;
	e->sealed_len =
	    blank_trim(e->sealed, (size_t)sqlite3_column_bytes(st, 3));
	if (e->sealed_len == 0) /* everything in it was erased */
		e->sealed = NULL;
}

int
journal_each_event(struct journal *j, const char *session, int64_t after,
    int limit, journal_event_fn *fn, void *arg, struct err *err)
{
	sqlite3_stmt *st = j->reader->st[RD_EVENTS];
	struct journal_event e;
	bool go_on = true;
	int rc = SQLITE_DONE, n = 0;

	sqlite3_bind_text(st, 1, session, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int64(st, 2, after);
	sqlite3_bind_int(st, 3, limit);
	while (go_on && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		event_fill(st, &e);
		n++;
		go_on = fn(&e, arg);
	}
	return reader_done(j->reader, st, rc, n, "reading events", err);
}

int
journal_each_counter(struct journal *j, const char *prefix,
    journal_counter_fn *fn, void *arg, struct err *err)
{
	sqlite3_stmt *st = j->reader->st[RD_COUNTERS];
	int n = 0, rc;

	sqlite3_bind_text(st, 1, prefix, -1, SQLITE_STATIC);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		n++;
		if (!fn((const char *)sqlite3_column_text(st, 0),
			sqlite3_column_int64(st, 1), arg))
			break;
	}
	return reader_done(j->reader, st, rc, n, "reading counters", err);
}

int
journal_get_token(struct journal *j, const uint8_t digest[DIGEST_LEN],
    struct journal_token *t, struct err *err)
{
	sqlite3_stmt *st = j->reader->st[RD_TOKEN];
	int rc;

	memset(t, 0, sizeof(*t));
	sqlite3_bind_blob(st, 1, digest, DIGEST_LEN, SQLITE_STATIC);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		memcpy(t->digest, digest, DIGEST_LEN);
		db_text(st, 0, t->session, sizeof(t->session));
		t->kind = (enum token_kind)sqlite3_column_int(st, 1);
		db_text(st, 2, t->ref, sizeof(t->ref));
		t->created_at = sqlite3_column_int64(st, 3);
		t->expires_at = sqlite3_column_int64(st, 4);
	}
	return reader_done(
	    j->reader, st, rc, rc == SQLITE_ROW, "reading a token", err);
}
