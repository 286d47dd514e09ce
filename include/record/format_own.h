/*
 * What the rows of the table of formats name: one file a format.  Private to
 * the record floor.
 */
#ifndef RECORD_FORMAT_OWN_H
#define RECORD_FORMAT_OWN_H

#include "record/format.h"
#include "record/tables.h"

#define WRITES(name)                                                           \
	int write_##name(                                                      \
	    const struct tables *t, const struct outlet *out, struct err *err)
WRITES(csv);	  /* format_csv.c */
WRITES(json);	  /* likewise */
WRITES(markdown); /* format_markdown.c */
WRITES(polis);	  /* format_polis.c */
WRITES(hm);	  /* format_hm.c */
WRITES(preflib);  /* format_preflib.c */
WRITES(scenario); /* format_scenario.c */
#undef WRITES

extern const struct format_sheet polis_sheets[], hm_sheets[], preflib_sheets[],
    scenario_sheets[];

/* ---- what several of them need ---- */

/* The session of a row, "" if it says none. */
const char *row_session(const json_t *row);
/* Whether a row belongs to that session and, where round is not -1, round. */
bool row_is_of(const json_t *row, const char *session, int64_t round);
/* A person's present (counted or current) text in that table; NULL. */
const char *standing_text(const struct tables *t, enum table_id id,
    const char *session, const char *participant, int64_t round);
/* Whether a row of what somebody gave still stands. */
bool row_stands(const json_t *row);
/* {participant: 1..7} of those whose answer in that slot stands; fresh. */
json_t *
answers_of(const struct tables *t, const json_t *session, const char *slot);
/* An id such as s3 or P12 as a number, 0 if it has none. */
int64_t id_number(const char *id);

/* Appends one field of a CSV with its value. */
void csv_put_json(struct buf *out, bool formulas, bool first, const json_t *v);
/* One line of JSON, members in their order. */
void put_json_line(struct buf *out, const json_t *v);

#endif
