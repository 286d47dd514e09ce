#include "record/csv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "record/input.h"

#define CHUNK 65536

static const char bom[] = "\xef\xbb\xbf"; /* U+FEFF */

enum { AT_END = -1, AT_FAILURE = -2 };

struct csv {
	FILE *f;	/* NULL: memory */
	const char *at; /* what has been read and not been taken */
	size_t left;
	int64_t line;			      /* of the next byte, from 1 */
	bool begun, bom, crlf, second, ended; /* second: row, or later */
	int cause;			      /* errno of a read error */
	/* the present row */
	struct buf text; /* its fields, each NUL-ended */
	size_t *ends;	 /* of each field in text: the place of its NUL */
	size_t n, cap;
	struct csv_field *fields;
	size_t capfields;
	char chunk[]; /* CHUNK bytes if f */
};

struct csv *
csv_open(const char *path, struct err *err)
{
	FILE *f = input_open(path, err);
	struct csv *c;

	if (f == NULL)
		return NULL;
	c = xcalloc(1, sizeof *c + CHUNK);
	c->f = f;
	c->line = 1;
	return c;
}

struct csv *
csv_of(const char *bytes, size_t len)
{
	struct csv *c = xcalloc(1, sizeof *c);

	c->at = bytes;
	c->left = len;
	c->line = 1;
	return c;
}

void
csv_close(struct csv *c)
{
	if (c == NULL)
		return;
	input_close(c->f);
	buf_free(&c->text);
	free(c->ends);
	free(c->fields);
	free(c);
}

bool
csv_had_bom(const struct csv *c)
{
	return c->bom;
}

bool
csv_had_crlf(const struct csv *c)
{
	return c->crlf;
}

bool
csv_blank(const struct csv_row *row)
{
	return row->n == 1 && row->field[0].len == 0;
}

/* ---- bytes ---- */

static int
refill(struct csv *c)
{
	size_t n;

	if (c->f == NULL)
		return AT_END;
	n = fread(c->chunk, 1, CHUNK, c->f);
	if (n == 0 && ferror(c->f)) {
		c->cause = errno;
		return AT_FAILURE;
	}
	c->at = c->chunk;
	c->left = n;
	return n > 0 ? 0 : AT_END;
}

static int
peek(struct csv *c)
{
	int r = c->left == 0 ? refill(c) : 0;

	return r != 0 ? r : (unsigned char)*c->at;
}

static int
take(struct csv *c)
{
	int ch = peek(c);

	if (ch < 0)
		return ch;
	c->at++;
	c->left--;
	if (ch == '\n')
		c->line++;
	return ch;
}

static void
skip_bom(struct csv *c)
{
	c->begun = true;
	if (peek(c) < 0 || c->left < 3 || memcmp(c->at, bom, 3) != 0)
		return;
	c->at += 3;
	c->left -= 3;
	c->bom = true;
}

/* ---- one row ---- */

/* What is wrong with a row; NULL: nothing. */
typedef const char *fault;

/* Skips to the end of the line, so that the next row can be read. */
static void
skip_line(struct csv *c)
{
	int ch;

	do
		ch = take(c);
	while (ch >= 0 && ch != '\n');
}

static fault
add(struct csv *c, int ch)
{
	if (c->text.len >= CSV_ROW_MAX)
		return "the row is longer than a mebibyte";
	buf_addc(&c->text, (char)ch);
	return ch == '\0' ? "there is a NUL byte" : NULL;
}

static fault
end_field(struct csv *c, size_t from)
{
	if (!text_valid(c->text.data != NULL ? c->text.data + from : "",
		c->text.len - from))
		return "the bytes are not UTF-8";
	if (c->n == CSV_FIELDS_MAX)
		return "there are more than 16384 fields";
	c->ends = xgrow(c->ends, c->n, &c->cap, sizeof *c->ends);
	c->ends[c->n++] = c->text.len;
	buf_addc(&c->text, '\0');
	return NULL;
}

/* After the opening quote, to what follows the closing one. */
static fault
quoted(struct csv *c)
{
	fault bad;
	int ch;

	for (;;) {
		ch = take(c);
		if (ch < 0)
			return "a quote is opened and never closed";
		if (ch == '"') {
			if (peek(c) != '"')
				return NULL;
			take(c);
		}
		bad = add(c, ch);
		if (bad != NULL)
			return bad;
	}
}

/*
 * One field and the separator after it, which goes to *sep: a comma, a
 * newline, AT_END or AT_FAILURE.
 */
static fault
field(struct csv *c, int *sep)
{
	size_t from = c->text.len;
	bool closed = peek(c) == '"';
	fault bad = NULL;
	int ch;

	*sep = 0;
	if (closed) {
		take(c);
		bad = quoted(c);
	}
	while (bad == NULL) {
		ch = take(c);
		if (ch == '\r' && peek(c) == '\n') {
			c->crlf |= !c->second;
			continue;
		}
		if (ch == ',' || ch == '\n' || ch < 0) {
			*sep = ch;
			return end_field(c, from);
		}
		bad = closed	   ? "something follows a closing quote"
		      : ch == '"'  ? "there is a quote inside an unquoted field"
		      : ch == '\r' ? "there is a carriage return outside quotes"
				   : add(c, ch);
	}
	return bad;
}

static void
publish(struct csv *c, struct csv_row *row)
{
	size_t i, from = 0;

	if (c->capfields < c->cap) {
		c->fields = xreallocarray(c->fields, c->cap, sizeof *c->fields);
		c->capfields = c->cap;
	}
	for (i = 0; i < c->n; i++) {
		c->fields[i].s = c->text.data + from;
		c->fields[i].len = c->ends[i] - from;
		from = c->ends[i] + 1;
	}
	row->field = c->fields;
	row->n = c->n;
}

static enum csv_got
failed(struct csv *c, struct err *err)
{
	c->ended = true;
	err_set(err, ERR_FILE, NULL, "line %" PRId64 ": cannot be read: %s",
	    c->line, strerror(c->cause));
	return CSV_FAIL;
}

enum csv_got
csv_next(struct csv *c, struct csv_row *row, struct err *err)
{
	fault bad = NULL;
	int sep = ',';

	if (!c->begun)
		skip_bom(c);
	*row = (struct csv_row){.line = c->line};
	buf_reset(&c->text);
	c->n = 0;
	if (c->ended || peek(c) == AT_END)
		return CSV_END;
	while (bad == NULL && sep == ',')
		bad = field(c, &sep);
	c->second = true;
	if (c->cause != 0)
		return failed(c, err);
	if (bad == NULL) {
		publish(c, row);
		return CSV_ROW;
	}
	/* A field may be at fault only once its row has been read. */
	if (sep == 0 || sep == ',')
		skip_line(c);
	err_set(err, ERR_BROKEN, NULL, "line %" PRId64 ", field %zu: %s",
	    row->line, c->n + 1, bad);
	return CSV_BAD;
}

/* ---- writing ---- */

/* What would be read as something else if it stood unquoted. */
static bool
needs_quotes(const char *s, size_t len)
{
	size_t i;

	if (len == 0 || (len >= 3 && memcmp(s, bom, 3) == 0))
		return true;
	for (i = 0; i < len; i++)
		if (s[i] == ',' || s[i] == '"' || s[i] == '\n' || s[i] == '\r')
			return true;
	return false;
}

static bool
is_formula(const char *s, size_t len)
{
	return len > 0 && strchr("=+-@\t\r", *s) != NULL;
}

void
csv_put(struct buf *out, const struct csv_style *style, bool first,
    const char *s, size_t len, bool number)
{
	bool escape;
	size_t i;

	if (!first)
		buf_addc(out, ',');
	if (s == NULL)
		return;
	escape = style->formulas && !number && is_formula(s, len);
	if (!needs_quotes(s, len)) {
		if (escape)
			buf_addc(out, '\'');
		buf_add(out, s, len);
		return;
	}
	buf_adds(out, escape ? "\"'" : "\"");
	for (i = 0; i < len; i++) {
		if (s[i] == '"')
			buf_addc(out, '"');
		buf_addc(out, s[i]);
	}
	buf_addc(out, '"');
}

void
csv_end_row(struct buf *out, const struct csv_style *style)
{
	buf_adds(out, style->lf ? "\n" : "\r\n");
}
