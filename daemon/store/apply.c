#include "store/apply.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "store/blank.h"
#include "store/db.h"
#include "store/head.h"

enum statement {
	ST_BEGIN,
	ST_COMMIT,
	ST_ROLLBACK,
	ST_SAVE,
	ST_RELEASE,
	ST_UNDO,
	ST_SESSION_GET,
	ST_SESSION_KEY,
	ST_SESSION_ADD,
	ST_SESSION_SET,
	ST_SESSION_STEP,
	ST_SESSION_HEAD,
	ST_EVENT_ADD,
	ST_SEALED_ADD,
	ST_SEALED_GET,
	ST_SEALED_SET,
	ST_TOKEN_ADD,
	ST_TOKEN_DROP,
	ST_TOKEN_DROP_ONE,
	ST_COUNT,
	ST_PROBE,
	STATEMENTS
};

/* clang-format off */
static const char *const sql[STATEMENTS] = {
	[ST_BEGIN] = "BEGIN IMMEDIATE",
	[ST_COMMIT] = "COMMIT",
	[ST_ROLLBACK] = "ROLLBACK",
	[ST_SAVE] = "SAVEPOINT one",
	[ST_RELEASE] = "RELEASE one",
	[ST_UNDO] = "ROLLBACK TO one",
	[ST_SESSION_GET] =
	    "SELECT key, seq, wake_at, wants_work FROM session WHERE id = ?",
	[ST_SESSION_KEY] =
	    "SELECT max((SELECT coalesce(max(key), 0) FROM session),"
	    " (SELECT coalesce(max(session), 0) FROM event)) + 1",
	[ST_SESSION_ADD] =
	    "INSERT INTO session (key, seq, hash, phase, concluded, wake_at,"
	    " wants_work, id, creator, created_at)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
	[ST_SESSION_SET] =
	    "UPDATE session SET seq = ?2, hash = ?3, phase = ?4,"
	    " concluded = ?5, wake_at = ?6, wants_work = ?7 WHERE key = ?1",
	/* As above where timer and work stay: the index is left alone. */
	[ST_SESSION_STEP] =
	    "UPDATE session SET seq = ?2, hash = ?3, phase = ?4,"
	    " concluded = ?5 WHERE key = ?1",
	[ST_SESSION_HEAD] =
	    "UPDATE session SET seq = ?2, hash = ?3 WHERE key = ?1",
	[ST_EVENT_ADD] =
	    "INSERT INTO event (session, seq, hash, line) VALUES (?, ?, ?, ?)",
	[ST_SEALED_ADD] = "INSERT INTO sealed (event, items) VALUES (?, ?)",
	[ST_SEALED_GET] =
	    "SELECT s.event, s.items FROM event e"
	    " JOIN sealed s ON s.event = e.id"
	    " WHERE e.session = ? AND e.seq = ?",
	[ST_SEALED_SET] = "UPDATE sealed SET items = ?2 WHERE event = ?1",
	[ST_TOKEN_ADD] =
	    "INSERT OR REPLACE INTO token (digest, session, kind, ref,"
	    " created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
	[ST_TOKEN_DROP] = "DELETE FROM token WHERE session = ? AND ref = ?",
	[ST_TOKEN_DROP_ONE] = "DELETE FROM token WHERE digest = ?",
	/* "count NAME" in meta. */
	[ST_COUNT] = "INSERT INTO meta (name, value) VALUES ('count ' || ?1, ?2)"
	    " ON CONFLICT (name) DO UPDATE SET value = value + ?2",
	[ST_PROBE] = "UPDATE meta SET value = value + 1 WHERE name = 'probe'",
};
/* clang-format on */

/* A session that lost a submission: what was built on that is lost too. */
struct lost {
	char id[SESSION_ID_LEN + 1];
	int64_t ticket;
};

struct apply {
	sqlite3 *db;
	sqlite3_stmt *st[STATEMENTS];
	struct head_set heads; /* of the transaction at hand */
	int64_t next_key;      /* 0: not known yet in this transaction */
	struct lost *lost;
	size_t nlost, lost_cap;
	struct buf blank;
};

struct apply *
apply_new(sqlite3 *db, int *rc)
{
	struct apply *a = xcalloc(1, sizeof(*a));

	a->db = db;
	*rc = db_prepare(db, sql, a->st, STATEMENTS);
	if (*rc != SQLITE_OK) {
		apply_free(a);
		return NULL;
	}
	return a;
}

void
apply_free(struct apply *a)
{
	if (a == NULL)
		return;
	db_finalize(a->st, STATEMENTS);
	head_set_free(&a->heads);
	free(a->lost);
	buf_free(&a->blank);
	free(a);
}

static int
run(struct apply *a, enum statement s)
{
	return db_run(a->st[s]);
}

static void
bind_string(sqlite3_stmt *st, int at, const char *s)
{
	sqlite3_bind_text(st, at, s == NULL ? "" : s, -1, SQLITE_STATIC);
}

static void
bind_digest(sqlite3_stmt *st, int at, const uint8_t *digest)
{
	sqlite3_bind_blob(st, at, digest, DIGEST_LEN, SQLITE_STATIC);
}

/* ---- heads ---- */

static int
head_read(struct apply *a, struct head *h)
{
	sqlite3_stmt *st = a->st[ST_SESSION_GET];
	int rc;

	bind_string(st, 1, h->id);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		h->stored = true;
		h->key = sqlite3_column_int64(st, 0);
		h->seq = sqlite3_column_int64(st, 1);
		h->wake_at = sqlite3_column_int64(st, 2);
		h->wants_work = sqlite3_column_int(st, 3) != 0;
	}
	sqlite3_reset(st);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int
head_get(struct apply *a, const char *id, struct head **out)
{
	bool made;

	*out = head_set_get(&a->heads, id, &made);
	return made ? head_read(a, *out) : SQLITE_OK;
}

/* Keys are given out here; the row follows at the transaction's end. */
static int
next_key(struct apply *a, int64_t *key)
{
	sqlite3_stmt *st = a->st[ST_SESSION_KEY];
	int rc = SQLITE_ROW;

	if (a->next_key == 0) {
		rc = sqlite3_step(st);
		if (rc == SQLITE_ROW)
			a->next_key = sqlite3_column_int64(st, 0);
		sqlite3_reset(st);
	}
	*key = a->next_key++;
	return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

static int
head_write(struct apply *a, const struct head *h)
{
	const struct journal_session *row = h->row;
	enum statement which = ST_SESSION_HEAD;
	sqlite3_stmt *st;

	if (row != NULL && !h->stored)
		which = ST_SESSION_ADD;
	else if (row != NULL && (row->wake_at != h->wake_at ||
				    row->wants_work != h->wants_work))
		which = ST_SESSION_SET;
	else if (row != NULL)
		which = ST_SESSION_STEP;
	st = a->st[which];
	sqlite3_bind_int64(st, 1, h->key);
	sqlite3_bind_int64(st, 2, h->seq);
	bind_digest(st, 3, h->hash);
	if (which == ST_SESSION_HEAD)
		return db_run(st);
	bind_string(st, 4, row->phase);
	sqlite3_bind_int(st, 5, row->concluded);
	if (which == ST_SESSION_STEP)
		return db_run(st);
	sqlite3_bind_int64(st, 6, row->wake_at);
	sqlite3_bind_int(st, 7, row->wants_work);
	if (which == ST_SESSION_SET)
		return db_run(st);
	bind_string(st, 8, row->id);
	bind_string(st, 9, row->creator);
	sqlite3_bind_int64(st, 10, row->created_at);
	return db_run(st);
}

/* The session rows that the batches so far left to be written. */
static int
heads_write(struct apply *a)
{
	size_t i;
	int rc = SQLITE_OK;

	for (i = 0; i < a->heads.n && rc == SQLITE_OK; i++)
		if (a->heads.v[i].moved || a->heads.v[i].row != NULL)
			rc = head_write(a, &a->heads.v[i]);
	head_set_clear(&a->heads);
	return rc;
}

/* ---- operations ---- */

static int
event_add(struct apply *a, int64_t key, const struct journal_event *e)
{
	sqlite3_stmt *st = a->st[ST_EVENT_ADD];
	int rc;

	sqlite3_bind_int64(st, 1, key);
	sqlite3_bind_int64(st, 2, e->seq);
	bind_digest(st, 3, e->hash);
	sqlite3_bind_text64(
	    st, 4, e->bytes, e->len, SQLITE_STATIC, SQLITE_UTF8);
	rc = db_run(st);
	if (rc != SQLITE_OK || e->sealed == NULL)
		return rc;
	st = a->st[ST_SEALED_ADD];
	sqlite3_bind_int64(st, 1, sqlite3_last_insert_rowid(a->db));
	sqlite3_bind_text64(
	    st, 2, e->sealed, e->sealed_len, SQLITE_STATIC, SQLITE_UTF8);
	return db_run(st);
}

static int
op_event(struct apply *a, const struct batch_op *op)
{
	struct head *h;
	int rc = head_get(a, op->session, &h);

	if (rc != SQLITE_OK)
		return rc;
	h->seq = op->u.event.seq;
	h->hash = op->u.event.hash;
	h->moved = true;
	return event_add(a, h->key, &op->u.event);
}

static int
op_token(struct apply *a, const struct batch_op *op)
{
	const struct journal_token *t = &op->u.token;
	sqlite3_stmt *st = a->st[ST_TOKEN_ADD];

	bind_digest(st, 1, t->digest);
	bind_string(st, 2, t->session);
	sqlite3_bind_int(st, 3, (int)t->kind);
	bind_string(st, 4, t->ref);
	sqlite3_bind_int64(st, 5, t->created_at);
	sqlite3_bind_int64(st, 6, t->expires_at);
	return db_run(st);
}

static int
op_revoke(struct apply *a, const struct batch_op *op)
{
	sqlite3_stmt *st = a->st[ST_TOKEN_DROP];

	bind_string(st, 1, op->session);
	bind_string(st, 2, op->u.ref);
	return db_run(st);
}

static int
op_revoke_digest(struct apply *a, const struct batch_op *op)
{
	sqlite3_stmt *st = a->st[ST_TOKEN_DROP_ONE];

	bind_digest(st, 1, op->u.digest);
	return db_run(st);
}

static int
op_erase(struct apply *a, const struct batch_op *op)
{
	sqlite3_stmt *get = a->st[ST_SEALED_GET], *set = a->st[ST_SEALED_SET];
	struct head *h;
	int64_t event = 0;
	bool found = false;
	int rc = head_get(a, op->session, &h);

	if (rc != SQLITE_OK)
		return rc;
	sqlite3_bind_int64(get, 1, h->key);
	sqlite3_bind_int64(get, 2, op->u.erase.seq);
	rc = sqlite3_step(get);
	if (rc == SQLITE_ROW) {
		event = sqlite3_column_int64(get, 0);
		found = blank_item((const char *)sqlite3_column_text(get, 1),
		    (size_t)sqlite3_column_bytes(get, 1), op->u.erase.name,
		    &a->blank);
	}
	sqlite3_reset(get);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return rc;
	if (!found) /* erased before, or never there: it is gone */
		return SQLITE_OK;
	sqlite3_bind_int64(set, 1, event);
	sqlite3_bind_text64(
	    set, 2, a->blank.data, a->blank.len, SQLITE_STATIC, SQLITE_UTF8);
	return db_run(set);
}

static int
op_count(struct apply *a, const struct batch_op *op)
{
	sqlite3_stmt *st = a->st[ST_COUNT];

	bind_string(st, 1, op->u.count.name);
	sqlite3_bind_int64(st, 2, op->u.count.by);
	return db_run(st);
}

typedef int op_fn(struct apply *a, const struct batch_op *op);
static op_fn *const ops[BATCH_KINDS] = {
    [BATCH_EVENT] = op_event,
    [BATCH_TOKEN] = op_token,
    [BATCH_REVOKE] = op_revoke,
    [BATCH_REVOKE_DIGEST] = op_revoke_digest,
    [BATCH_ERASE] = op_erase,
    [BATCH_COUNT] = op_count,
};

/* ---- batches ---- */

static bool
session_lost(struct apply *a, const struct journal_batch *b)
{
	size_t i;

	for (i = 0; i < a->nlost;) {
		if (a->lost[i].ticket <= b->seen)
			a->lost[i] = a->lost[--a->nlost];
		else if (a->lost[i].ticket < b->ticket &&
			 strcmp(a->lost[i].id, b->id) == 0)
			return true;
		else
			i++;
	}
	return false;
}

/*
 * The maker of a batch learns of a conflict when it polls the result; what it
 * submitted for that session before then built on an event that never was.
 */
static void
set_conflict(struct apply *a, struct journal_batch *b)
{
	size_t i;

	b->conflict = true;
	if (b->id == NULL)
		return;
	for (i = 0; i < a->nlost; i++)
		if (strcmp(a->lost[i].id, b->id) == 0)
			break;
	if (i == a->nlost) {
		a->lost =
		    xgrow(a->lost, a->nlost, &a->lost_cap, sizeof(*a->lost));
		a->nlost++;
	}
	strncpy(a->lost[i].id, b->id, SESSION_ID_LEN);
	a->lost[i].id[SESSION_ID_LEN] = '\0';
	a->lost[i].ticket = b->ticket;
}

/* Do the batch's events go on where the session's head is? */
static bool
continues(const struct head *h, const struct journal_batch *b)
{
	const struct batch_op *op;
	int64_t seq = h->seq;

	if (h->key == 0 && !b->has_row)
		return false;
	for (op = b->ops; op != NULL; op = op->next)
		if (op->kind == BATCH_EVENT && op->u.event.seq != ++seq)
			return false;
	return true;
}

/* A session that has no key yet gets one, and its line 0. */
static int
session_make(struct apply *a, struct head *h, const struct journal_session *s)
{
	struct journal_event line = {.bytes = s->header};
	struct digest_part part;
	int rc = next_key(a, &h->key);

	if (rc != SQLITE_OK)
		return rc;
	if (line.bytes == NULL)
		line.bytes = "";
	line.len = strlen(line.bytes);
	part = (struct digest_part){line.bytes, line.len};
	digest_sha256(&part, 1, line.hash);
	return event_add(a, h->key, &line);
}

/* Does what a batch says, or marks it as conflicting without a write. */
static int
apply_one(struct apply *a, struct journal_batch *b)
{
	const struct batch_op *op;
	struct head *h;
	int rc = SQLITE_OK;

	if (b->id != NULL) {
		if ((rc = head_get(a, b->id, &h)) != SQLITE_OK)
			return rc;
		if (session_lost(a, b) || !continues(h, b)) {
			set_conflict(a, b);
			return SQLITE_OK;
		}
		if (h->key == 0)
			rc = session_make(a, h, &b->row);
	}
	for (op = b->ops; op != NULL && rc == SQLITE_OK; op = op->next)
		rc = ops[op->kind](a, op);
	if (rc == SQLITE_OK && b->has_row) {
		rc = head_get(a, b->id, &h);
		h->row = &b->row;
		h->seq = b->row.seq;
		h->hash = b->row.hash;
	}
	return rc;
}

static bool
is_conflict(int rc)
{
	return (rc & 0xff) == SQLITE_CONSTRAINT;
}

static int
apply_fast(struct apply *a, struct batch_queue *group)
{
	struct journal_batch *b;
	int rc = SQLITE_OK;

	STAILQ_FOREACH(b, group, link)
		if ((rc = apply_one(a, b)) != SQLITE_OK)
			return rc;
	return heads_write(a);
}

/* As apply_fast, but what the database refuses is undone alone. */
static int
apply_apart(struct apply *a, struct batch_queue *group)
{
	struct journal_batch *b;
	int rc = SQLITE_OK;

	STAILQ_FOREACH(b, group, link) {
		if ((rc = run(a, ST_SAVE)) != SQLITE_OK)
			return rc;
		rc = apply_one(a, b);
		if (rc == SQLITE_OK)
			rc = heads_write(a);
		if (is_conflict(rc)) {
			set_conflict(a, b);
			head_set_clear(&a->heads);
			a->next_key = 0;
			rc = run(a, ST_UNDO);
		}
		if (rc != SQLITE_OK || (rc = run(a, ST_RELEASE)) != SQLITE_OK)
			return rc;
	}
	return rc;
}

static int
apply_try(struct apply *a, struct batch_queue *group,
    int (*how)(struct apply *a, struct batch_queue *group))
{
	struct journal_batch *b;
	int rc;

	STAILQ_FOREACH(b, group, link)
		b->conflict = false;
	head_set_clear(&a->heads);
	a->next_key = 0;
	if ((rc = run(a, ST_BEGIN)) != SQLITE_OK)
		return rc;
	rc = how(a, group);
	if (rc == SQLITE_OK)
		rc = run(a, ST_COMMIT);
	/* SQLite has rolled back by itself after some errors, not all. */
	if (rc != SQLITE_OK && !sqlite3_get_autocommit(a->db))
		run(a, ST_ROLLBACK);
	return rc;
}

/*
 * Conflicts are rare and a savepoint for each submission is dear, so the first
 * try has none.
 */
int
apply_commit(struct apply *a, struct batch_queue *group)
{
	int rc = apply_try(a, group, apply_fast);

	if (is_conflict(rc))
		rc = apply_try(a, group, apply_apart);
	return rc;
}

int
apply_probe(struct apply *a)
{
	return run(a, ST_PROBE);
}
