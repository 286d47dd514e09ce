/*
 * Imported recordings: what others recorded, in our form (record/recording.h),
 * so that it can be verified, re-tallied and exported again without loss.
 *
 *	header	…"imported":FORMAT,"procedure":"imported/1"…
 *	imported.started   {format}
 *	imported.table	   {table, kind, columns, bom?, crlf?}
 *			   sealed: file (its name), columns (JSON array)
 *	imported.row	   {table, line}	  sealed: row
 *	imported.skipped   {table, line}	  a row that did not hold
 *	imported.finished  {tables, rows, skipped}
 *
 * All are inputs; `at` is when the import was made.  The body of `row` is the
 * line itself, of a CSV a JSON array of its fields: every column is kept,
 * known or not.
 */
#ifndef RECORD_IMPORT_H
#define RECORD_IMPORT_H

#include <stdint.h>

#include "base/digest.h"
#include "base/err.h"
#include "record/faults.h"
#include "record/format.h"
#include "record/recording.h"

#define IMPORTED_PROCEDURE "imported/1"

/* Whether an imported recording may hold this type of event. */
bool imported_type(const char *type);

/* ---- making one ---- */

struct import_as {
	const char *session, *program; /* for the header */
	int64_t at;		       /* ms since 1970 */
	struct entropy *entropy;       /* for the salts */
};
struct import_told {
	int64_t tables, rows;
	struct faults faults; /* the caller clears */
};

/*
 * Imports folders and files into a recording that goes to `sink`.  A file
 * belongs to the first table of the format whose columns it has; a folder
 * holds them under their names.  0 if at least one row was good; -1: ERR_FILE,
 * or ERR_BROKEN (no table known in it, no good row).  One row is in memory at
 * a time.
 */
int import_write(const struct format *f, const char *const *paths, size_t n,
    const struct import_as *as, const struct recording_sink *sink,
    struct import_told *told, struct err *err);

/* ---- reading one ---- */

/* What an imported recording holds, event by event; zero it first. */
struct imported {
	const struct format *format; /* NULL: this program does not know it */
	struct sheet_head head;	     /* of the table that goes on */
	const struct format_sheet *sheet; /* likewise; NULL: not known */
	char *file;			  /* its file's name */
	bool begins;			  /* the last event began a table */
	json_t *row; /* of the last event; NULL: it had none */
	char *raw;   /* its body as it stands */
};
/* Takes the next event; -1 and ERR_BROKEN. */
int imported_event(struct imported *i, const struct recording_header *h,
    const struct event *e, struct err *err);
void imported_clear(struct imported *i);

/*
 * Writes the tables again, under the names they came with: rows as they
 * stood (a CSV's fields quoted only where they must be).
 */
int
imported_files(struct recording *r, const struct outlet *out, struct err *err);

#endif
