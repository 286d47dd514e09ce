#include "store/db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/log.h"
#include "base/mem.h"

#define BUSY_WRITER_MS 5000
#define BUSY_READER_MS 500

/* clang-format off */
static const struct db_fault faults[] = {
	{ SQLITE_FULL, ERR_FILE, true, true,
	    "the disk is full",
	    "free space on its file system" },
	{ SQLITE_IOERR, ERR_FILE, true, true,
	    "the disk fails to read or write",
	    "check the disk and the kernel's log" },
	{ SQLITE_CANTOPEN, ERR_FILE, true, true,
	    "its file cannot be opened",
	    "check that the file and its folder are there and that caucusd "
	    "may write to both" },
	{ SQLITE_READONLY, ERR_FILE, true, true,
	    "its file or file system is read-only",
	    "let caucusd write to the file and to its folder" },
	{ SQLITE_PERM, ERR_FILE, true, true,
	    "access to its file is refused",
	    "let caucusd write to the file and to its folder" },
	{ SQLITE_CORRUPT, ERR_BROKEN, true, false,
	    "its file is damaged",
	    "stop caucusd, keep a copy, check the disk, restore a backup" },
	{ SQLITE_NOTADB, ERR_BROKEN, true, false,
	    "its file is not an SQLite database, or is damaged",
	    "name another file, or restore a backup" },
	{ SQLITE_BUSY, ERR_FILE, false, false,
	    "another program has locked its file",
	    "close what else has it open" },
	{ SQLITE_ERROR, ERR_BROKEN, false, false,
	    "its file lacks what a journal has",
	    "restore a backup, or name another file" },
};
static const struct db_fault unexpected = { -1, ERR_INTERNAL, false, false,
	"SQLite reports something unexpected",
	"report this with the daemon's log: it is a defect" };

/*
 * The texts stand in a table that only ever grows at its end, and an erased
 * text is overwritten in place (apply.c).  That keeps SQLite from ever moving
 * a text between pages: secure_delete zeroes what is freed, but balancing a
 * B-tree can leave a stale copy of a moved cell in a page's unused part, where
 * no later erasure would find it.  Appending also lets the events of many
 * sessions, committed together, share pages.
 *
 * Event 0 of a session is the recording's header line.  A sealed row has the
 * id of its event.
 */
static const char schema[] =
	"CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL)"
	" WITHOUT ROWID;"
	"CREATE TABLE session (key INTEGER PRIMARY KEY,"
	" id TEXT NOT NULL UNIQUE, phase TEXT NOT NULL, seq INTEGER NOT NULL,"
	" hash BLOB NOT NULL, wake_at INTEGER NOT NULL,"
	" wants_work INTEGER NOT NULL, creator TEXT NOT NULL,"
	" created_at INTEGER NOT NULL, concluded INTEGER NOT NULL);"
	"CREATE INDEX session_due ON session (id)"
	" WHERE wake_at <> 0 OR wants_work <> 0;"
	"CREATE TABLE event (id INTEGER PRIMARY KEY,"
	" session INTEGER NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL,"
	" line TEXT NOT NULL);"
	"CREATE UNIQUE INDEX event_place ON event (session, seq);"
	"CREATE TABLE sealed (event INTEGER PRIMARY KEY, items TEXT NOT NULL);"
	"CREATE TABLE token (digest BLOB PRIMARY KEY, session TEXT NOT NULL,"
	" kind INTEGER NOT NULL, ref TEXT NOT NULL,"
	" created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL)"
	" WITHOUT ROWID;"
	"CREATE INDEX token_ref ON token (session, ref);"
	"INSERT INTO meta VALUES ('secret', zeroblob(0)), ('probe', 0);";
/* clang-format on */

const struct db_fault *
db_fault(int rc)
{
	size_t i;

	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (faults[i].rc == (rc & 0xff))
			return &faults[i];
	return &unexpected;
}

int
db_err(
    struct err *err, sqlite3 *db, int rc, const char *path, const char *doing)
{
	const struct db_fault *f = db_fault(rc);
	const char *detail = sqlite3_errstr(rc);

	/* The connection's own text is better, if it is about this error. */
	if (db != NULL && (sqlite3_errcode(db) & 0xff) == (rc & 0xff))
		detail = sqlite3_errmsg(db);
	return err_set(err, f->code, NULL,
	    "the journal %s: %s (%s: %s, code %d): %s", path, f->what, doing,
	    detail, rc, f->todo);
}

int
db_exec(sqlite3 *db, const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

int
db_prepare(sqlite3 *db, const char *const *sql, sqlite3_stmt **st, size_t n)
{
	size_t i;
	int rc;

	for (i = 0; i < n; i++) {
		rc = sqlite3_prepare_v3(
		    db, sql[i], -1, SQLITE_PREPARE_PERSISTENT, &st[i], NULL);
		if (rc != SQLITE_OK)
			return rc;
	}
	return SQLITE_OK;
}

void
db_finalize(sqlite3_stmt **st, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		sqlite3_finalize(st[i]);
		st[i] = NULL;
	}
}

int
db_run(sqlite3_stmt *st)
{
	int rc = sqlite3_step(st);

	sqlite3_reset(st);
	return rc == SQLITE_DONE || rc == SQLITE_ROW ? SQLITE_OK : rc;
}

void
db_text(sqlite3_stmt *st, int column, char *out, size_t size)
{
	const char *s = (const char *)sqlite3_column_text(st, column);

	snprintf(out, size, "%s", s == NULL ? "" : s);
}

void
db_digest(sqlite3_stmt *st, int column, uint8_t out[DIGEST_LEN])
{
	const void *p = sqlite3_column_blob(st, column);

	memset(out, 0, DIGEST_LEN);
	if (sqlite3_column_bytes(st, column) == DIGEST_LEN)
		memcpy(out, p, DIGEST_LEN);
}

int
db_open(const struct journal_config *c, bool writer, sqlite3 **out)
{
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	int rc;
	char sql[256];

	flags |= writer ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
	rc = sqlite3_open_v2(c->path, out, flags, c->vfs);
	if (rc != SQLITE_OK)
		return rc;
	sqlite3_busy_timeout(*out, writer ? BUSY_WRITER_MS : BUSY_READER_MS);
	if (!writer)
		return db_exec(*out, "PRAGMA query_only=ON");
	/* SQLite opens what it may not write to read it. */
	if (sqlite3_db_readonly(*out, "main"))
		return SQLITE_READONLY;
	/* temp_store: statement journals would hold texts in files of their
	 * own.  The size limit keeps a WAL that once grew from staying so. */
	snprintf(sql, sizeof(sql),
	    "PRAGMA synchronous=%s; PRAGMA secure_delete=ON;"
	    "PRAGMA wal_autocheckpoint=0; PRAGMA temp_store=MEMORY;"
	    "PRAGMA cache_size=-16384; PRAGMA journal_size_limit=%lld",
	    c->sync_full ? "FULL" : "NORMAL",
	    (long long)c->checkpoint_pages * 2 * 4096);
	return db_exec(*out, sql);
}

/* The first column of the first row of a query, as an integer. */
static int
db_int(sqlite3 *db, const char *sql, int64_t *out)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);

	if (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		*out = sqlite3_column_int64(st, 0);
		rc = SQLITE_OK;
	}
	sqlite3_finalize(st);
	return rc;
}

/* 1: ours, 0: empty, -1: an error, and err is set. */
static int
db_identify(sqlite3 *db, const char *path, struct err *err)
{
	int64_t app = 0, version = 0, objects = 0;
	int rc;

	if ((rc = db_int(db, "PRAGMA application_id", &app)) != SQLITE_OK ||
	    (rc = db_int(db, "PRAGMA user_version", &version)) != SQLITE_OK ||
	    (rc = db_int(db, "SELECT count(*) FROM sqlite_schema", &objects)) !=
		SQLITE_OK)
		return db_err(err, db, rc, path, "reading its header");
	if (app == 0 && version == 0 && objects == 0)
		return 0;
	if (app != JOURNAL_APPLICATION_ID)
		return err_set(err, ERR_BROKEN, NULL,
		    "%s is a database of another program (application id "
		    "0x%08x): name another file as the journal",
		    path, (unsigned)app);
	if (version > JOURNAL_SCHEMA)
		return err_set(err, ERR_BROKEN, NULL,
		    "the journal %s was written by a newer caucusd (schema "
		    "%lld, this one knows %d): install that version",
		    path, (long long)version, JOURNAL_SCHEMA);
	if (version != JOURNAL_SCHEMA)
		return err_set(err, ERR_BROKEN, NULL,
		    "the journal %s has schema %lld, which no caucusd wrote: "
		    "restore a backup, or name another file",
		    path, (long long)version);
	return 1;
}

static int
db_create(sqlite3 *db)
{
	struct entropy e = {.left = 0};
	uint8_t secret[SECRET_LEN];
	sqlite3_stmt *st = NULL;
	char sql[128];
	int rc;

	entropy_fill(&e, secret, sizeof(secret));
	snprintf(sql, sizeof(sql),
	    "PRAGMA application_id=%d; PRAGMA user_version=%d",
	    JOURNAL_APPLICATION_ID, JOURNAL_SCHEMA);
	if ((rc = db_exec(db, "BEGIN IMMEDIATE")) != SQLITE_OK)
		return rc;
	if ((rc = db_exec(db, schema)) == SQLITE_OK &&
	    (rc = db_exec(db, sql)) == SQLITE_OK &&
	    (rc = sqlite3_prepare_v2(db,
		 "UPDATE meta SET value = ? WHERE name = 'secret'", -1, &st,
		 NULL)) == SQLITE_OK) {
		sqlite3_bind_blob(st, 1, secret, sizeof(secret), SQLITE_STATIC);
		rc = db_run(st);
	}
	sqlite3_finalize(st);
	if (rc == SQLITE_OK)
		rc = db_exec(db, "COMMIT");
	if (rc != SQLITE_OK)
		db_exec(db, "ROLLBACK");
	return rc;
}

static int
db_read_secret(sqlite3 *db, uint8_t secret[SECRET_LEN])
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(
	    db, "SELECT value FROM meta WHERE name = 'secret'", -1, &st, NULL);

	if (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		rc = SQLITE_CORRUPT;
		if (sqlite3_column_bytes(st, 0) == SECRET_LEN) {
			memcpy(secret, sqlite3_column_blob(st, 0), SECRET_LEN);
			rc = SQLITE_OK;
		}
	} else if (rc == SQLITE_DONE)
		rc = SQLITE_CORRUPT;
	sqlite3_finalize(st);
	return rc;
}

int
db_setup(sqlite3 *db, const struct journal_config *c,
    uint8_t secret[SECRET_LEN], struct err *err)
{
	int rc, ours = db_identify(db, c->path, err);

	if (ours < 0)
		return -1;
	if ((rc = db_exec(db, "PRAGMA journal_mode=WAL")) != SQLITE_OK)
		return db_err(err, db, rc, c->path, "switching to WAL");
	if (!ours && (rc = db_create(db)) != SQLITE_OK)
		return db_err(err, db, rc, c->path, "making its tables");
	if ((rc = db_renew_wal(c)) != SQLITE_OK)
		return db_err(err, NULL, rc, c->path, "syncing its WAL");
	/* A foreign reader is no reason not to start. */
	rc = db_truncate_wal(db, BUSY_READER_MS);
	if (rc != SQLITE_OK && rc != SQLITE_BUSY)
		return db_err(err, db, rc, c->path, "emptying its WAL");
	if ((rc = db_read_secret(db, secret)) != SQLITE_OK)
		return db_err(err, db, rc, c->path, "reading its secret");
	return 0;
}

/* SQLite cuts the WAL without a sync: after a power cut it could be back. */
static int
wal_sync(sqlite3 *db)
{
	sqlite3_file *wal = NULL;
	int rc =
	    sqlite3_file_control(db, NULL, SQLITE_FCNTL_JOURNAL_POINTER, &wal);

	if (rc == SQLITE_OK && wal != NULL && wal->pMethods != NULL)
		rc = wal->pMethods->xSync(wal, SQLITE_SYNC_NORMAL);
	return rc;
}

int
db_truncate_wal(sqlite3 *db, int wait_ms)
{
	int rc;

	sqlite3_busy_timeout(db, wait_ms);
	rc = sqlite3_wal_checkpoint_v2(
	    db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	sqlite3_busy_timeout(db, BUSY_WRITER_MS);
	return rc == SQLITE_OK ? wal_sync(db) : rc;
}

/* Reads a file in pieces and writes each back where it was. */
static int
file_renew(sqlite3_file *f)
{
	enum { PIECE = 1 << 16 }; /* SQLite's VFS writes less than 2^17 */
	sqlite3_int64 size = 0, at;
	char *buf;
	int rc = f->pMethods->xFileSize(f, &size);

	buf = xmalloc(PIECE);
	for (at = 0; rc == SQLITE_OK && at < size; at += PIECE) {
		int n = size - at < PIECE ? (int)(size - at) : PIECE;

		rc = f->pMethods->xRead(f, buf, n, at);
		if (rc == SQLITE_OK)
			rc = f->pMethods->xWrite(f, buf, n, at);
	}
	free(buf);
	if (rc == SQLITE_OK && size > 0)
		rc = f->pMethods->xSync(f, SQLITE_SYNC_NORMAL);
	return rc;
}

/*
 * Linux reports a failed write-back once, then takes the pages for clean: the
 * next fsync succeeds although they never reached the disk.  So after a failed
 * sync, or at a start after a process died in that state, the WAL may hold
 * frames that read back well and are not on disk; committing behind them, or
 * checkpointing them, would trust in a sync that did nothing.  Writing the
 * same bytes again makes the pages dirty, and the sync a true one.
 *
 * The WAL is opened through the VFS, which takes care of POSIX's rule that
 * closing any descriptor of a file drops the locks of all of them.
 */
int
db_renew_wal(const struct journal_config *c)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(c->vfs);
	sqlite3_file *f;
	char *path;
	int rc, flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_WAL, there = 0;

	if (vfs == NULL)
		return SQLITE_ERROR;
	path = xcalloc(1, (size_t)vfs->mxPathname + 8);
	rc = vfs->xFullPathname(vfs, c->path, vfs->mxPathname, path);
	if (rc == SQLITE_OK_SYMLINK)
		rc = SQLITE_OK;
	if (rc == SQLITE_OK) {
		strlcat(path, "-wal", (size_t)vfs->mxPathname + 8);
		rc = vfs->xAccess(vfs, path, SQLITE_ACCESS_EXISTS, &there);
	}
	if (rc == SQLITE_OK && there) {
		f = xcalloc(1, (size_t)vfs->szOsFile);
		rc = vfs->xOpen(vfs, path, f, flags, &flags);
		if (rc == SQLITE_OK)
			rc = file_renew(f);
		if (f->pMethods != NULL)
			f->pMethods->xClose(f);
		free(f);
	}
	free(path);
	return rc;
}
