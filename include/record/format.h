/*
 * The formats that recordings are imported from and exported to: one table.
 * Adding a format is adding a row and the functions it names; options, help
 * and errors follow the table.
 */
#ifndef RECORD_FORMAT_H
#define RECORD_FORMAT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "record/sheet.h"

struct tables;

/* A table of others, as it is imported. */
struct format_sheet {
	const char *name;    /* in the recording, and of its file in a folder
				(NAME.csv, NAME.jsonl or NAME.ndjson) */
	const char *other;   /* another name of that file, or NULL */
	const char *columns; /* those by which it is known, with blanks
				between; NULL: there is no header line */
	bool required;	     /* in a folder */
	/* Whether a row holds; ERR_BROKEN.  NULL: any does. */
	int (*check)(
	    const struct sheet_head *h, const json_t *row, struct err *err);
	/* Tells a row to the tables (record/tables.h); NULL: it is kept, and
	 * tells nothing. */
	void (*tell)(
	    struct tables *t, const struct sheet_head *h, const json_t *row);
};

/* Where an export goes. */
struct outlet {
	/* One file, whole; name such as "ballots.csv".  -1 and err. */
	int (*file)(void *arg, const char *name, const char *bytes, size_t len,
	    struct err *err);
	void *arg;
	bool formulas; /* csv_style.formulas */
};

struct format {
	const char *name; /* "polis" */
	const char *help; /* one line */
	/* ---- import; sheets NULL: cannot be imported ---- */
	const struct format_sheet *sheets; /* ended by a NULL name */
	enum sheet_kind kind;		   /* of files that do not say */
	/* ---- export; write NULL: cannot be exported to ---- */
	bool folder; /* several files; else one, on standard output */
	int (*write)(
	    const struct tables *t, const struct outlet *out, struct err *err);
};

extern const struct format formats[];		    /* ended by a NULL name */
const struct format *format_find(const char *name); /* NULL: unknown */
/* "hm, polis, preflib": those that can be imported from or exported to. */
void format_names(bool import, struct buf *out);

#endif
