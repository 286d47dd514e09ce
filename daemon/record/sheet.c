#include "record/sheet.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "record/csv.h"
#include "record/input.h"

struct sheet {
	struct sheet_head head;
	struct csv *csv; /* SHEET_CSV */
	/* Without a header line: the first row, read to see how it ends. */
	struct {
		bool held;
		enum csv_got got;
		json_t *row;
		int64_t line;
		struct err err;
	} first;
	FILE *f; /* others; NULL: memory */
	const char *at;
	size_t left;
	struct buf line;
	int64_t lineno;
};

const char *const sheet_kind_names[] = {[SHEET_CSV] = "csv",
    [SHEET_JSONL] = "jsonl",
    [SHEET_LINES] = "lines",
    [SHEET_JSON] = "json"};

int
sheet_kind_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof sheet_kind_names / sizeof *sheet_kind_names; i++)
		if (name != NULL && strcmp(sheet_kind_names[i], name) == 0)
			return (int)i;
	return -1;
}

static bool
ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcasecmp(s + n - m, end) == 0;
}

enum sheet_kind
sheet_kind_of(const char *path)
{
	if (ends_in(path, ".csv"))
		return SHEET_CSV;
	if (ends_in(path, ".jsonl") || ends_in(path, ".ndjson"))
		return SHEET_JSONL;
	return SHEET_LINES;
}

/* ---- columns ---- */

/* A column's name as it is looked up: "is_meta" is "is-meta". */
static char *
folded(const char *name)
{
	char *s = xstrdup(name), *p;

	for (p = s; *p != '\0'; p++)
		*p = *p == '_' ? '-' : (char)tolower((unsigned char)*p);
	return s;
}

int
sheet_head_set(struct sheet_head *h, const char *table, enum sheet_kind kind,
    json_t *columns, struct err *err)
{
	json_t *name;
	char *key;
	size_t i;
	int r = 0;

	snprintf(h->table, sizeof h->table, "%s", table);
	h->kind = kind;
	h->columns = columns;
	h->places = json_object();
	json_array_foreach(columns, i, name) {
		key = folded(json_string_value(name));
		if (json_object_get(h->places, key) != NULL)
			r = err_set(err, ERR_BROKEN, NULL,
			    "the column %.60s stands twice", key);
		json_object_set_new(
		    h->places, key, json_integer((json_int_t)i));
		free(key);
	}
	return r;
}

void
sheet_head_clear(struct sheet_head *h)
{
	json_decref(h->columns);
	json_decref(h->places);
	*h = (struct sheet_head){.table = ""};
}

static const json_t *
place(const struct sheet_head *h, const char *column)
{
	char *key = folded(column);
	const json_t *at = json_object_get(h->places, key);

	free(key);
	return at;
}

bool
sheet_has(const struct sheet_head *h, const char *column)
{
	return place(h, column) != NULL;
}

/* ---- opening ---- */

static json_t *
texts_of(const struct csv_row *row)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < row->n; i++)
		json_array_append_new(
		    list, json_stringn(row->field[i].s, row->field[i].len));
	return list;
}

static void
hold_first(struct sheet *s)
{
	struct csv_row row;

	s->first.held = true;
	s->first.got = csv_next(s->csv, &row, &s->first.err);
	s->first.line = row.line;
	if (s->first.got == CSV_ROW)
		s->first.row = texts_of(&row);
}

static int
read_head(struct sheet *s, const char *table, bool columns, struct err *err)
{
	struct csv_row row;
	json_t *names = NULL;
	enum csv_got got;
	int r;

	if (columns) {
		got = csv_next(s->csv, &row, err);
		if (got == CSV_END)
			err_set(err, ERR_BROKEN, NULL,
			    "it is empty; the first line names the columns");
		if (got != CSV_ROW)
			return -1;
		names = texts_of(&row);
	} else {
		hold_first(s);
	}
	r = sheet_head_set(&s->head, table, SHEET_CSV, names, err);
	s->head.bom = csv_had_bom(s->csv);
	s->head.crlf = csv_had_crlf(s->csv);
	return r;
}

static struct sheet *
finish_open(struct sheet *s, const char *table, bool columns, struct err *err)
{
	int r;

	if (s->csv != NULL)
		r = read_head(s, table, columns, err);
	else
		r = sheet_head_set(&s->head, table, s->head.kind, NULL, err);
	if (r == 0)
		return s;
	sheet_close(s);
	return NULL;
}

struct sheet *
sheet_open(const char *path, const char *table, enum sheet_kind kind,
    bool columns, struct err *err)
{
	struct sheet *s = xcalloc(1, sizeof *s);

	s->head.kind = kind;
	if (kind == SHEET_CSV)
		s->csv = csv_open(path, err);
	else
		s->f = input_open(path, err);
	if (s->csv == NULL && s->f == NULL) {
		free(s);
		return NULL;
	}
	return finish_open(s, table, columns, err);
}

struct sheet *
sheet_of(const char *bytes, size_t len, const char *table, enum sheet_kind kind,
    bool columns, struct err *err)
{
	struct sheet *s = xcalloc(1, sizeof *s);

	s->head.kind = kind;
	if (kind == SHEET_CSV)
		s->csv = csv_of(bytes, len);
	s->at = bytes;
	s->left = len;
	return finish_open(s, table, columns, err);
}

void
sheet_close(struct sheet *s)
{
	if (s == NULL)
		return;
	csv_close(s->csv);
	input_close(s->f);
	buf_free(&s->line);
	json_decref(s->first.row);
	sheet_head_clear(&s->head);
	free(s);
}

const struct sheet_head *
sheet_head(const struct sheet *s)
{
	return &s->head;
}

const char *
sheet_line(const struct sheet *s)
{
	return s->head.kind == SHEET_CSV ? NULL : s->line.data;
}

/* ---- rows ---- */

static int
bad(struct err *err, int64_t line, const char *what)
{
	err_set(err, ERR_BROKEN, NULL, "line %" PRId64 ": %s", line, what);
	return -1;
}

static int
take_first(struct sheet *s, json_t **row, int64_t *line, struct err *err)
{
	s->first.held = false;
	*line = s->first.line;
	*row = s->first.row;
	s->first.row = NULL;
	if ((s->first.got == CSV_BAD || s->first.got == CSV_FAIL) &&
	    err != NULL)
		*err = s->first.err;
	return (int)s->first.got;
}

static int
next_csv(struct sheet *s, json_t **row, int64_t *line, struct err *err)
{
	size_t want = json_array_size(s->head.columns);
	struct csv_row r;
	enum csv_got got;

	do
		got = csv_next(s->csv, &r, err);
	while (got == CSV_ROW && csv_blank(&r) && want != 1);
	*line = r.line;
	if (got != CSV_ROW)
		return (int)got;
	if (s->head.columns != NULL && r.n != want) {
		err_set(err, ERR_BROKEN, NULL,
		    "line %" PRId64 ": there are %zu fields where the header "
		    "has %zu",
		    r.line, r.n, want);
		return -1;
	}
	*row = texts_of(&r);
	return 1;
}

static int
next_byte(struct sheet *s)
{
	if (s->f != NULL)
		return getc(s->f);
	if (s->left == 0)
		return EOF;
	s->left--;
	return (unsigned char)*s->at++;
}

static void
drop_end(struct buf *line, char end)
{
	if (line->len > 0 && line->data[line->len - 1] == end)
		line->data[--line->len] = '\0';
}

/* The next line, without its end: 1, 0 at the end, -1 too long, -2. */
static int
next_line(struct sheet *s, struct err *err)
{
	int until = s->head.kind == SHEET_JSON ? EOF : '\n', ch;
	bool whole = true;

	buf_reset(&s->line);
	s->lineno++;
	while ((ch = next_byte(s)) != EOF && ch != until) {
		whole &= s->line.len < SHEET_LINE_MAX;
		if (whole)
			buf_addc(&s->line, (char)ch);
	}
	if (ch == EOF && s->f != NULL && ferror(s->f)) {
		err_set(err, ERR_FILE, NULL,
		    "line %" PRId64 ": cannot be read: %s", s->lineno,
		    strerror(errno));
		return -2;
	}
	if (ch == EOF && s->line.len == 0)
		return 0;
	if (!whole)
		return bad(err, s->lineno, "it is longer than a mebibyte");
	buf_adds(&s->line, "");
	if (until == EOF)
		drop_end(&s->line, '\n');
	drop_end(&s->line, '\r');
	return 1;
}

static int
read_object(struct sheet *s, json_t **row, struct err *err)
{
	struct err why;

	*row = json_read(s->line.data, s->line.len, &why);
	if (*row == NULL)
		return bad(err, s->lineno, why.text);
	if (json_is_object(*row))
		return 1;
	json_decref(*row);
	*row = NULL;
	return bad(err, s->lineno, "it is no JSON object");
}

int
sheet_next(struct sheet *s, json_t **row, int64_t *line, struct err *err)
{
	int r;

	*row = NULL;
	if (s->first.held)
		return take_first(s, row, line, err);
	if (s->csv != NULL)
		return next_csv(s, row, line, err);
	do
		r = next_line(s, err);
	while (r == 1 && s->line.len == 0);
	*line = s->lineno;
	if (r != 1)
		return r;
	if (!text_valid(s->line.data, s->line.len))
		return bad(err, s->lineno, "the bytes are not UTF-8");
	if (s->head.kind != SHEET_LINES)
		return read_object(s, row, err);
	*row = json_stringn(s->line.data, s->line.len);
	return 1;
}

/* ---- values ---- */

static const json_t *
cell(const struct sheet_head *h, const json_t *row, const char *column)
{
	const json_t *at;

	if (json_is_object(row))
		return json_object_get(row, column);
	at = place(h, column);
	return at == NULL ? NULL
			  : json_array_get(row, (size_t)json_integer_value(at));
}

const char *
row_text(const struct sheet_head *h, const json_t *row, const char *column)
{
	const char *s = json_string_value(cell(h, row, column));

	return s != NULL && *s != '\0' ? s : NULL;
}

bool
whole_number(const json_t *v, int64_t *out)
{
	double real = json_real_value(v);

	if (json_is_integer(v)) {
		*out = json_integer_value(v);
		return true;
	}
	if (!json_is_real(v) || real < -9e15 || real > 9e15 ||
	    (double)(int64_t)real != real)
		return false;
	*out = (int64_t)real;
	return true;
}

int
row_int(const struct sheet_head *h, const json_t *row, const char *column,
    int64_t min, int64_t max, int64_t *out)
{
	const json_t *v = cell(h, row, column);
	const char *s = json_string_value(v);
	int64_t n;
	char *end;

	if (v == NULL || json_is_null(v) || (s != NULL && *s == '\0'))
		return 0;
	if (whole_number(v, &n)) {
		; /* as it is */
	} else if (s != NULL && (isdigit((unsigned char)*s) || *s == '-')) {
		errno = 0;
		n = strtoll(s, &end, 10);
		/* Readers that know no missing integers write 3.0. */
		if (strcmp(end, ".0") == 0)
			end += 2;
		if (errno != 0 || *end != '\0' || end == s)
			return -1;
	} else {
		return -1;
	}
	*out = n;
	return n >= min && n <= max ? 1 : -1;
}

json_t *
row_value(const struct sheet_head *h, const json_t *row, const char *column)
{
	const json_t *v = cell(h, row, column);
	const char *s = json_string_value(v);
	json_t *read;

	if (v == NULL || json_is_null(v) || (s != NULL && *s == '\0'))
		return NULL;
	if (s != NULL && h->kind == SHEET_CSV && (*s == '[' || *s == '{')) {
		read = json_read(s, json_string_length(v), NULL);
		if (read != NULL)
			return read;
	}
	return json_incref((json_t *)v);
}
