/*
 * Recordings as tidy tables: one row an observation, one column a variable.
 * Every export but the recording itself is written from them, and replay
 * counts imported elections from them.
 *
 * A row is a JSON object, column to value; what the recording does not hold
 * (erased, not for this reader) is missing.  Columns beyond a table's own
 * (labels as label.NAME, settings as setting.NAME) come after them.
 */
#ifndef RECORD_TABLES_H
#define RECORD_TABLES_H

#include <jansson.h>

#include "base/err.h"
#include "record/recording.h"

enum table_id {
	TABLE_SESSIONS,
	TABLE_PARTICIPANTS,
	TABLE_STATEMENTS,
	TABLE_OPINIONS,
	TABLE_CRITIQUES,
	TABLE_BALLOTS,
	TABLE_RATINGS,
	TABLE_ANSWERS,
	TABLE_EXCHANGES,
	TABLE_TALLIES,
	TABLE_ACTS,
	TABLES
};

struct table_spec {
	const char *name;
	const char *const *columns; /* ended by NULL */
	const char *help;	    /* what a row is, for the manual */
};
extern const struct table_spec table_specs[TABLES];

struct tables {
	json_t *rows[TABLES];  /* arrays of objects */
	json_t *index[TABLES]; /* key to row, for tables_row */
};
void tables_init(struct tables *t);
void tables_clear(struct tables *t);

/* A new row; borrowed. */
json_t *tables_add(struct tables *t, enum table_id id);
/* The row of that key, made if there is none; borrowed. */
json_t *tables_row(struct tables *t, enum table_id id, const char *key);
/* NULL: there is none. */
json_t *tables_find(const struct tables *t, enum table_id id, const char *key);

/*
 * Adds what a recording tells; several may go into the same tables.  Our own
 * and imported ones alike.  -1: ERR_BROKEN or ERR_FILE; the chain is verify's
 * business.  O(events); all rows are held in memory.
 */
int tables_read(struct tables *t, struct recording *r, struct err *err);
/* The same from events that have been read. */
int tables_events(struct tables *t, const struct recording_header *h,
    const struct event_list *events, struct err *err);

/* Takes names and labels out and numbers the participants of each session in
 * an order that `salt` draws, so that ids tell nothing: P1, P2, …. */
void tables_anonymous(struct tables *t, const char *salt);

/* ---- values of a row ---- */
void row_set_str(json_t *row, const char *column, const char *s); /* or NULL */
void row_set_int(json_t *row, const char *column, int64_t n);
const char *cell_str(const json_t *row, const char *column); /* NULL: none */
int64_t cell_int(const json_t *row, const char *column, int64_t def);

#endif
