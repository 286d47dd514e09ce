/*
 * A table that others made, row by row: CSV with a header line, JSON Lines
 * (one object a line, flat dotted keys), plain lines, or one JSON object.
 * Nothing of a row is lost: each can be printed again as it stood (its values;
 * CSV also its row ends and byte order mark, JSON Lines and plain lines to the
 * byte).
 */
#ifndef RECORD_SHEET_H
#define RECORD_SHEET_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define SHEET_LINE_MAX ((size_t)1 << 20) /* bytes of a row */

enum sheet_kind {
	SHEET_CSV,
	SHEET_JSONL,
	SHEET_LINES,
	SHEET_JSON /* one object, the whole file: a single row */
};
extern const char *const sheet_kind_names[]; /* "csv", "jsonl", … */
/* -1: unknown. */
int sheet_kind_find(const char *name);
/* By the end of the name: .csv, .jsonl or .ndjson, else lines. */
enum sheet_kind sheet_kind_of(const char *path);

/* What a table's rows are read against. */
struct sheet_head {
	char table[32];
	char file[80]; /* its name without the folder; "": none is known */
	enum sheet_kind kind;
	bool bom, crlf;	 /* CSV: as it was */
	json_t *columns; /* CSV: array of names as they stood; else NULL */
	json_t *places;	 /* CSV: {folded name: place} */
};
/* columns is stolen.  -1 and ERR_BROKEN: a name stands twice. */
int sheet_head_set(struct sheet_head *h, const char *table,
    enum sheet_kind kind, json_t *columns, struct err *err);
void sheet_head_clear(struct sheet_head *h);
bool sheet_has(const struct sheet_head *h, const char *column);

struct sheet; /* an open one */

/*
 * columns false: a CSV without a header line.  ERR_FILE: cannot be opened;
 * ERR_BROKEN: no header line, or one that does not hold.
 */
struct sheet *sheet_open(const char *path, const char *table,
    enum sheet_kind kind, bool columns, struct err *err);
struct sheet *sheet_of(const char *bytes, size_t len, const char *table,
    enum sheet_kind kind, bool columns, struct err *err);
void sheet_close(struct sheet *s); /* NULL is fine */
const struct sheet_head *sheet_head(const struct sheet *s);

/*
 * The next row: 1 and a fresh reference (an array of texts, an object, or a
 * text); 0 at the end; -1 a bad row (ERR_BROKEN; go on calling), -2 a read
 * error.  *line is where it begins.  Blank rows are passed over.
 */
int sheet_next(struct sheet *s, json_t **row, int64_t *line, struct err *err);
/* JSON Lines and plain lines: the row's bytes; NULL for CSV. */
const char *sheet_line(const struct sheet *s);

/* ---- a row's values by column; in a CSV - and _ and the case do not matter
 * ---- */

/* A text; NULL where there is none, it is empty, or it is no text.  Lives as
 * long as the row. */
const char *
row_text(const struct sheet_head *h, const json_t *row, const char *column);
/* Integers, and reals such as 3.0: readers that know no missing integers make
 * reals of all. */
bool whole_number(const json_t *v, int64_t *out);
/* An integer within bounds: 1, or 0 absent or empty, or -1 another thing. */
int row_int(const struct sheet_head *h, const json_t *row, const char *column,
    int64_t min, int64_t max, int64_t *out);
/* Whatever it is, lists in a CSV's cell as JSON; fresh; NULL: nothing. */
json_t *
row_value(const struct sheet_head *h, const json_t *row, const char *column);

#endif
