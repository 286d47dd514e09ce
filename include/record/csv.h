/*
 * Comma-separated values as RFC 4180 has them, read row by row and written
 * without loss.  Strict where a lenient reader would guess: a quote inside an
 * unquoted field, something after a closing quote, a lone CR, a quote that is
 * never closed, bytes that are no UTF-8 make a bad row; the row is skipped to
 * its end of line and reading goes on.  Beyond the RFC: a byte order mark at
 * the start is skipped, LF ends a row as well as CR LF, and quoted fields may
 * hold anything but NUL.
 *
 * Written here because libcsv (Debian's libcsv3) is lenient by default, trims
 * the blanks around fields, drops empty rows, counts no lines and bounds no
 * field: what would have to be built around it is larger than this.
 */
#ifndef RECORD_CSV_H
#define RECORD_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define CSV_ROW_MAX    ((size_t)1 << 20) /* bytes of a row's fields */
#define CSV_FIELDS_MAX 16384

struct csv_field {
	const char *s; /* NUL-ended; lives until the next csv_next */
	size_t len;
};
struct csv_row {
	const struct csv_field *field;
	size_t n;
	int64_t line; /* on which it begins, from 1 */
};

struct csv; /* an open one; memory is bounded by the two limits */

/* path "-" is standard input.  ERR_FILE: cannot be opened. */
struct csv *csv_open(const char *path, struct err *err);
/* From memory; the bytes stay the caller's and must outlive it. */
struct csv *csv_of(const char *bytes, size_t len);
void csv_close(struct csv *c); /* NULL is fine */

enum csv_got {
	CSV_ROW = 1,
	CSV_END = 0,
	CSV_BAD = -1,  /* ERR_BROKEN: "line 7: …"; go on calling */
	CSV_FAIL = -2, /* ERR_FILE: a read error; nothing follows */
};
/* row->line is set for CSV_ROW and CSV_BAD.  O(bytes of the row). */
enum csv_got csv_next(struct csv *c, struct csv_row *row, struct err *err);

/* A line with nothing on it: one empty field. */
bool csv_blank(const struct csv_row *row);
/* As read so far. */
bool csv_had_bom(const struct csv *c);
bool csv_had_crlf(const struct csv *c); /* the first row ended in CR LF */

/* ---- writing ---- */

struct csv_style {
	bool lf; /* LF ends a row instead of the RFC's CR LF */
	/*
	 * Puts an apostrophe before a text that a spreadsheet would take for
	 * a formula: one that begins with = + - @ TAB or CR.  Such a file is
	 * no longer lossless.
	 */
	bool formulas;
};
/*
 * Appends one field, quoted where it must be; s NULL: nothing is known, an
 * empty field, where "" is written for an empty text.  `first`: no comma goes
 * before it.  `number`: never a formula.
 */
void csv_put(struct buf *out, const struct csv_style *style, bool first,
    const char *s, size_t len, bool number);
void csv_end_row(struct buf *out, const struct csv_style *style);

#endif
