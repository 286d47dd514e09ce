/*
 * The caller's read-only connection.  For the store's own files.
 *
 * No statement stays open between calls: a snapshot that lasts would keep the
 * writer from ever starting the WAL anew.
 */
#ifndef STORE_READER_H
#define STORE_READER_H

#include "store/db.h"

enum reader_statement {
	RD_SESSION,
	RD_SESSIONS,
	RD_SESSIONS_DUE,
	RD_EVENTS,
	RD_TOKEN,
	RD_COUNTERS,
	RD_BEGIN,
	RD_END,
	RD_CHECK_SESSION,
	RD_CHECK_NEXT,
	RD_CHECK_EVENTS,
	READER_STATEMENTS
};

/* Where journal_check_step is. */
struct check {
	int64_t key; /* of the session at hand; 0: none */
	int64_t seq; /* of the last event verified; -1: none */
	uint8_t hash[DIGEST_LEN];
};

struct reader {
	const struct journal_config *config;
	sqlite3 *db;
	sqlite3_stmt *st[READER_STATEMENTS];
	struct check check;
};

struct reader *reader_new(const struct journal_config *c, struct err *err);
void reader_free(struct reader *r);
/* Fills err for a result code of this connection; returns -1. */
int reader_err(struct reader *r, int rc, const char *doing, struct err *err);

#endif
