/* Making an imported recording. */
#include "record/import.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"

struct import {
	const struct format *format;
	const struct import_as *as;
	const struct recording_sink *sink;
	struct import_told *told;
	uint8_t hash[DIGEST_LEN];
	int64_t seq;
};

/* ---- events ---- */

static int
put(struct import *i, struct event *e, struct err *err)
{
	struct buf line = {0};
	int r;

	e->at = i->as->at;
	event_place(e, ++i->seq, i->hash);
	memcpy(i->hash, e->hash, DIGEST_LEN);
	recording_line(&line, e, NULL, NULL);
	buf_addc(&line, '\n');
	if (line.len > RECORDING_LINE_MAX)
		r = err_set(
		    err, ERR_BROKEN, NULL, "a row is too long for a recording");
	else
		r = i->sink->put(line.data, line.len, i->sink->arg, err);
	buf_free(&line);
	event_destroy(e);
	return r;
}

static void
seal(struct import *i, struct event *e, const char *name, const char *body)
{
	uint8_t salt[SALT_LEN];

	entropy_fill(i->as->entropy, salt, SALT_LEN);
	event_seal(e, name, body, salt);
}

/* A list of texts as JSON in UTF-8. */
static char *
list_text(const json_t *list)
{
	struct buf b = {0};
	const json_t *v;
	size_t i;

	buf_addc(&b, '[');
	json_array_foreach(list, i, v) {
		if (i > 0)
			buf_addc(&b, ',');
		json_quote(&b, json_string_value(v), json_string_length(v));
	}
	buf_addc(&b, ']');
	return buf_take(&b);
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static int
put_table(struct import *i, const struct sheet_head *h, const char *path,
    struct err *err)
{
	struct event *e = event_make(
	    "imported.table", json_pack("{s:s,s:s,s:I}", "table", h->table,
				  "kind", sheet_kind_names[h->kind], "columns",
				  (json_int_t)json_array_size(h->columns)));
	const char *name = base_name(path);
	char *columns;

	if (h->bom)
		json_object_set_new(e->data, "bom", json_true());
	if (h->crlf)
		json_object_set_new(e->data, "crlf", json_true());
	if (h->columns != NULL) {
		columns = list_text(h->columns);
		seal(i, e, "columns", columns);
		free(columns);
	}
	if (text_valid(name, strlen(name)))
		seal(i, e, "file", name);
	i->told->tables++;
	return put(i, e, err);
}

static int
put_row(struct import *i, const struct sheet *s, const json_t *row,
    int64_t line, struct err *err)
{
	const char *raw = sheet_line(s);
	char *list = raw == NULL ? list_text(row) : NULL;
	struct event *e = event_make("imported.row",
	    json_pack("{s:s,s:I}", "table", sheet_head(s)->table, "line",
		(json_int_t)line));

	seal(i, e, "row", raw != NULL ? raw : list);
	free(list);
	i->told->rows++;
	return put(i, e, err);
}

static int
put_skipped(struct import *i, const struct sheet *s, const char *path,
    int64_t line, const char *why, struct err *err)
{
	faults_add(&i->told->faults, base_name(path), why);
	return put(i,
	    event_make("imported.skipped",
		json_pack("{s:s,s:I}", "table", sheet_head(s)->table, "line",
		    (json_int_t)line)),
	    err);
}

/* ---- tables ---- */

static int
import_row(struct import *i, const struct format_sheet *f, struct sheet *s,
    const char *path, const json_t *row, int64_t line, struct err *err)
{
	struct err why;
	char where[450];

	if (f->check == NULL || f->check(sheet_head(s), row, &why) == 0)
		return put_row(i, s, row, line, err);
	snprintf(where, sizeof where, "line %" PRId64 ": %s", line, why.text);
	return put_skipped(i, s, path, line, where, err);
}

static int
import_sheet(struct import *i, const struct format_sheet *f, struct sheet *s,
    const char *path, struct err *err)
{
	struct err why;
	json_t *row;
	int64_t line;
	int got, r = put_table(i, sheet_head(s), path, err);

	while (r == 0 && (got = sheet_next(s, &row, &line, &why)) != 0) {
		if (got == -2) {
			err_set(err, ERR_FILE, NULL, "%s: %s", path, why.text);
			r = -1;
		} else if (got == -1) {
			r = put_skipped(i, s, path, line, why.text, err);
		} else {
			r = import_row(i, f, s, path, row, line, err);
		}
		json_decref(row);
	}
	return r;
}

static int
open_and_import(struct import *i, const struct format_sheet *f,
    const char *path, struct err *err)
{
	enum sheet_kind kind = sheet_kind_of(path);
	struct sheet *s;
	struct err why;
	int r;

	if (kind == SHEET_LINES)
		kind = i->format->kind;
	s = sheet_open(path, f->name, kind, f->columns != NULL, &why);
	if (s == NULL)
		return err_set(err, why.code, why.field, "%s: %s",
		    base_name(path), why.text);
	r = import_sheet(i, f, s, path, err);
	sheet_close(s);
	return r;
}

/* ---- which table a file is ---- */

static bool
has_columns(const struct sheet_head *h, const json_t *row, const char *columns)
{
	char *list = xstrdup(columns), *rest = list, *name;
	bool all = true;

	while (all && (name = strsep(&rest, " ")) != NULL)
		all = h->kind == SHEET_CSV ? sheet_has(h, name)
					   : json_object_get(row, name) != NULL;
	free(list);
	return all;
}

static bool
is_named(const struct format_sheet *f, const char *path)
{
	const char *base = base_name(path);
	size_t n = strcspn(base, ".");

	return (strlen(f->name) == n && strncmp(f->name, base, n) == 0) ||
	       (f->other != NULL && strlen(f->other) == n &&
		   strncmp(f->other, base, n) == 0);
}

/* By its name, else by its columns; of lines the only table there is. */
static const struct format_sheet *
sheet_of_file(const struct format *format, const char *path, struct err *err)
{
	const struct format_sheet *f, *found = NULL;
	enum sheet_kind kind = sheet_kind_of(path);
	struct sheet *s;
	json_t *row = NULL;
	int64_t line;

	for (f = format->sheets; f->name != NULL; f++)
		if (is_named(f, path))
			return f;
	if (kind == SHEET_LINES)
		kind = format->kind;
	if (kind == SHEET_LINES || kind == SHEET_JSON)
		return format->sheets;
	s = sheet_open(path, "", kind, true, err);
	if (s == NULL)
		return NULL;
	if (kind == SHEET_JSONL)
		sheet_next(s, &row, &line, NULL);
	for (f = format->sheets; f->name != NULL && found == NULL; f++)
		if (f->columns != NULL &&
		    has_columns(sheet_head(s), row, f->columns))
			found = f;
	json_decref(row);
	sheet_close(s);
	if (found == NULL)
		err_set(err, ERR_BROKEN, NULL,
		    "%s: its columns are those of no table of the format %s",
		    base_name(path), format->name);
	return found;
}

/* The table's file in a folder; fresh; NULL: there is none. */
static char *
file_in(const char *dir, const struct format_sheet *f)
{
	static const char *const ends[] = {"csv", "jsonl", "ndjson"};
	const char *names[2] = {f->name, f->other};
	char *path;
	size_t i, k;

	for (k = 0; k < 2 && names[k] != NULL; k++)
		for (i = 0; i < sizeof ends / sizeof *ends; i++) {
			path = xasprintf("%s/%s.%s", dir, names[k], ends[i]);
			if (access(path, F_OK) == 0)
				return path;
			free(path);
		}
	return NULL;
}

static int
import_folder(struct import *i, const char *dir, struct err *err)
{
	const struct format_sheet *f;
	char *path;
	int r = 0;

	for (f = i->format->sheets; f->name != NULL && r == 0; f++) {
		path = file_in(dir, f);
		if (path != NULL)
			r = open_and_import(i, f, path, err);
		else if (f->required)
			r = err_set(err, ERR_FILE, NULL,
			    "%s: there is no %s.csv in it", dir, f->name);
		free(path);
	}
	return r;
}

static int
import_path(struct import *i, const char *path, struct err *err)
{
	const struct format_sheet *f;
	struct stat st;

	if (stat(path, &st) == -1)
		return err_set(err, ERR_FILE, NULL, "cannot open %s: %s", path,
		    strerror(errno));
	if (S_ISDIR(st.st_mode))
		return import_folder(i, path, err);
	f = sheet_of_file(i->format, path, err);
	return f == NULL ? -1 : open_and_import(i, f, path, err);
}

/* ---- the whole ---- */

static int
put_begin(struct import *i, struct err *err)
{
	struct buf line = {0};
	struct digest_part part;
	int r;

	recording_header_imported(
	    &line, i->as->session, i->as->program, i->format->name);
	part = (struct digest_part){line.data, line.len};
	digest_sha256(&part, 1, i->hash);
	buf_addc(&line, '\n');
	r = i->sink->put(line.data, line.len, i->sink->arg, err);
	buf_free(&line);
	if (r == -1)
		return -1;
	return put(i,
	    event_make("imported.started",
		json_pack("{s:s}", "format", i->format->name)),
	    err);
}

static int
put_end(struct import *i, struct err *err)
{
	return put(i,
	    event_make(
		"imported.finished", json_pack("{s:I,s:I,s:I}", "tables",
					 (json_int_t)i->told->tables, "rows",
					 (json_int_t)i->told->rows, "skipped",
					 (json_int_t)i->told->faults.n)),
	    err);
}

int
import_write(const struct format *f, const char *const *paths, size_t n,
    const struct import_as *as, const struct recording_sink *sink,
    struct import_told *told, struct err *err)
{
	struct import i = {.format = f, .as = as, .sink = sink, .told = told};
	size_t k;

	*told = (struct import_told){0};
	if (put_begin(&i, err) == -1)
		return -1;
	for (k = 0; k < n; k++)
		if (import_path(&i, paths[k], err) == -1)
			return -1;
	if (told->rows == 0)
		return err_set(err, ERR_BROKEN, NULL,
		    "there is not one good row of the format %s in it (bad "
		    "rows: %" PRId64 ")",
		    f->name, told->faults.n);
	return put_end(&i, err);
}
