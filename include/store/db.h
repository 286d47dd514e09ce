/*
 * SQLite as the journal uses it: opening, identity, schema, statements, and
 * what to tell an operator about its result codes.  For the store's own files.
 *
 * Functions that return an int return an SQLite result code unless they take
 * a struct err.
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/journal.h"

#define SECRET_LEN 32

/* What a (primary) result code means to the journal and its operator. */
struct db_fault {
	int rc;
	enum err_code code; /* for what opens and reads */
	bool stops;	  /* a commit failing so makes the journal read-only */
	bool retry;	  /* and the writer may find it cured by itself */
	const char *what; /* after "the journal PATH: " */
	const char *todo;
};
const struct db_fault *db_fault(int rc); /* never NULL */

/* Fills err and returns -1.  db may be NULL. */
int db_err(
    struct err *err, sqlite3 *db, int rc, const char *path, const char *doing);

/* Opens a connection; *out is NULL or to be closed, whatever is returned. */
int db_open(const struct journal_config *c, bool writer, sqlite3 **out);
/* Verifies that the file is a journal of ours, or makes it one if it is
 * empty; switches to WAL; reads the secret. */
int db_setup(sqlite3 *db, const struct journal_config *c,
    uint8_t secret[SECRET_LEN], struct err *err);
/* Writes the bytes of the WAL over themselves and syncs it: see db.c. */
int db_renew_wal(const struct journal_config *c);
/* Checkpoints and empties the WAL.  SQLITE_BUSY when a reader was in the way
 * for longer than wait_ms. */
int db_truncate_wal(sqlite3 *db, int wait_ms);

int db_exec(sqlite3 *db, const char *sql);
/* Prepares n statements; st is all NULL before, and to be finalized. */
int
db_prepare(sqlite3 *db, const char *const *sql, sqlite3_stmt **st, size_t n);
void db_finalize(sqlite3_stmt **st, size_t n);
/* Steps a statement that returns no row, and resets it. */
int db_run(sqlite3_stmt *st);
/* A text column into a fixed buffer, cut if need be. */
void db_text(sqlite3_stmt *st, int column, char *out, size_t size);
/* A digest column; zeroes when it has another length. */
void db_digest(sqlite3_stmt *st, int column, uint8_t out[DIGEST_LEN]);

#endif
