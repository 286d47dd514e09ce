/*
 * The integrity check, a slice a call: every session's events are numbered
 * without a gap, chain (hash_n = SHA-256(hash_{n-1} || line_n)) and end where
 * the session's row says; no events without a session.  A damaged page shows
 * up as an error of SQLite while its rows are read.
 */
#include <string.h>

#include "store/blank.h"
#include "store/reader.h"
#include "store/writer.h"

#define SLICE_EVENTS 256
#define SLICE_BYTES  (512 * 1024)

#define REMEDY                                                                 \
	"stop caucusd, keep a copy of the file, restore a backup; "            \
	"`caucus verify` examines a session's recording"

static int
damaged(struct reader *r, const char *id, int64_t seq, const char *what,
    struct err *err)
{
	return err_set(err, ERR_BROKEN, NULL,
	    "the journal %s: session %s, event %lld: %s: " REMEDY,
	    r->config->path, id, (long long)seq, what);
}

/* Verifies one row of RD_CHECK_EVENTS against the state, and moves it on. */
static int
check_event(struct reader *r, sqlite3_stmt *st, const char *id, size_t *bytes,
    struct err *err)
{
	struct check *c = &r->check;
	struct digest_part parts[2];
	uint8_t stored[DIGEST_LEN], computed[DIGEST_LEN];
	int64_t seq = sqlite3_column_int64(st, 0);
	const char *items;

	db_digest(st, 1, stored);
	parts[0] = (struct digest_part){c->hash, DIGEST_LEN};
	parts[1].p = sqlite3_column_text(st, 2);
	parts[1].n = (size_t)sqlite3_column_bytes(st, 2);
	items = (const char *)sqlite3_column_text(st, 3);
	*bytes += parts[1].n + (size_t)sqlite3_column_bytes(st, 3);
	if (seq != c->seq + 1)
		return damaged(
		    r, id, c->seq + 1, "it is missing, the next is there", err);
	if (parts[1].p == NULL)
		return damaged(r, id, seq, "it has no content", err);
	if (seq == 0)
		digest_sha256(&parts[1], 1, computed);
	else
		digest_sha256(parts, 2, computed);
	if (memcmp(stored, computed, DIGEST_LEN) != 0)
		return damaged(r, id, seq, "its hash does not chain", err);
	if (items != NULL && items[0] != '{' && items[0] != ' ')
		return damaged(
		    r, id, seq, "its sealed texts are not JSON", err);
	c->seq = seq;
	memcpy(c->hash, computed, DIGEST_LEN);
	return 0;
}

/* The session at hand has no further events: is this where its row is? */
static int
check_head(struct reader *r, sqlite3_stmt *row, const char *id, struct err *err)
{
	struct check *c = &r->check;
	int64_t seq = sqlite3_column_int64(row, 1);
	uint8_t hash[DIGEST_LEN];

	db_digest(row, 2, hash);
	if (c->seq < 0)
		return damaged(r, id, 0, "its header is missing", err);
	if (seq < c->seq)
		return damaged(
		    r, id, seq + 1, "it is beyond its session's head", err);
	if (seq > c->seq)
		return damaged(
		    r, id, c->seq + 1, "it is missing at the end", err);
	if (memcmp(hash, c->hash, DIGEST_LEN) != 0)
		return damaged(
		    r, id, seq, "the session's head has another hash", err);
	c->key = 0;
	return 0;
}

/* Chooses the session after `key`.  1, 0 at the end, -1. */
static int
check_next(struct reader *r, int64_t key, struct err *err)
{
	sqlite3_stmt *st = r->st[RD_CHECK_NEXT];
	int64_t session, events;
	int rc;

	sqlite3_bind_int64(st, 1, key);
	rc = sqlite3_step(st);
	if (rc != SQLITE_ROW) {
		rc = reader_err(r, rc, "checking sessions", err);
		sqlite3_reset(st);
		return rc;
	}
	session = sqlite3_column_int64(st, 0);
	events = sqlite3_column_int64(st, 1);
	sqlite3_reset(st);
	if (events != 0 && (session == 0 || events < session))
		return err_set(err, ERR_BROKEN, NULL,
		    "the journal %s has events of a session (key %lld) that "
		    "is not there: " REMEDY,
		    r->config->path, (long long)events);
	r->check.key = session;
	r->check.seq = -1;
	memset(r->check.hash, 0, DIGEST_LEN);
	return session != 0;
}

/* Verifies some events; *more when there may be others. */
static int
check_events(struct reader *r, const char *id, bool *more, struct err *err)
{
	sqlite3_stmt *st = r->st[RD_CHECK_EVENTS];
	size_t bytes = 0;
	int rc = SQLITE_ROW, n = 0;

	sqlite3_bind_int64(st, 1, r->check.key);
	sqlite3_bind_int64(st, 2, r->check.seq);
	sqlite3_bind_int(st, 3, SLICE_EVENTS);
	while (bytes < SLICE_BYTES && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		n++;
		if (check_event(r, st, id, &bytes, err) != 0)
			return -1;
	}
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return reader_err(r, rc, "checking events", err);
	*more = rc == SQLITE_ROW || n == SLICE_EVENTS;
	return 0;
}

/* Goes on with the session at hand, in one snapshot. */
static int
check_slice(struct reader *r, struct err *err)
{
	sqlite3_stmt *row = r->st[RD_CHECK_SESSION];
	char id[SESSION_ID_LEN + 1];
	bool more = false;
	int rc;

	sqlite3_bind_int64(row, 1, r->check.key);
	rc = sqlite3_step(row);
	if (rc == SQLITE_DONE)
		return damaged(r, "?", 0, "its session vanished", err);
	if (rc != SQLITE_ROW)
		return reader_err(r, rc, "checking a session", err);
	db_text(row, 0, id, sizeof(id));
	if (check_events(r, id, &more, err) != 0)
		return -1;
	return more ? 0 : check_head(r, row, id, err);
}

int
journal_check_step(struct journal *j, int64_t *cursor, struct err *err)
{
	struct reader *r = j->reader;
	int ret = 1;

	if (*cursor == 0)
		r->check.key = 0;
	if (db_run(r->st[RD_BEGIN]) != SQLITE_OK)
		return reader_err(
		    r, sqlite3_errcode(r->db), "beginning to check", err);
	if (r->check.key == 0)
		ret = check_next(r, *cursor, err);
	*cursor = r->check.key;
	if (ret == 1 && check_slice(r, err) != 0)
		ret = -1;
	sqlite3_reset(r->st[RD_CHECK_SESSION]);
	sqlite3_reset(r->st[RD_CHECK_EVENTS]);
	db_run(r->st[RD_END]);
	return ret;
}
