/* Reading an imported recording. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "record/csv.h"
#include "record/import.h"

bool
imported_type(const char *type)
{
	static const char *const types[] = {"imported.started",
	    "imported.table", "imported.row", "imported.skipped",
	    "imported.finished", "text.erased"};
	size_t i;

	for (i = 0; i < sizeof types / sizeof *types; i++)
		if (strcmp(types[i], type) == 0)
			return true;
	return false;
}

static const struct format_sheet *
find_sheet(const struct format *f, const char *table)
{
	const struct format_sheet *s;

	for (s = f != NULL ? f->sheets : NULL; s != NULL && s->name != NULL;
	     s++)
		if (strcmp(s->name, table) == 0)
			return s;
	return NULL;
}

static bool
all_texts(const json_t *list)
{
	const json_t *v;
	size_t i;

	if (!json_is_array(list))
		return false;
	json_array_foreach(list, i, v) {
		if (!json_is_string(v))
			return false;
	}
	return true;
}

static int
begin_table(struct imported *i, const struct event *e, struct err *err)
{
	const char *table = event_str(e, "table"), *file;
	int kind = sheet_kind_find(event_str(e, "kind"));
	json_t *columns = event_value(e, "columns");

	sheet_head_clear(&i->head);
	free(i->file);
	i->file = NULL;
	if (table == NULL || kind == -1 ||
	    (columns != NULL && !all_texts(columns))) {
		json_decref(columns);
		return err_set(err, ERR_BROKEN, NULL,
		    "the imported table does not say what it is");
	}
	file = event_body(e, "file");
	i->file = file != NULL
		      ? xstrdup(file)
		      : xasprintf("%s.%s", table, sheet_kind_names[kind]);
	i->head.bom = event_bool(e, "bom");
	i->head.crlf = event_bool(e, "crlf");
	snprintf(i->head.file, sizeof i->head.file, "%s", i->file);
	i->sheet = find_sheet(i->format, table);
	i->begins = true;
	return sheet_head_set(
	    &i->head, table, (enum sheet_kind)kind, columns, err);
}

/* An erased row is none. */
static int
take_row(struct imported *i, const struct event *e, struct err *err)
{
	const char *body = event_body(e, "row");
	const char *table = event_str(e, "table");

	if (table == NULL || strcmp(table, i->head.table) != 0)
		return err_set(err, ERR_BROKEN, NULL,
		    "the imported row belongs to no table that began before");
	if (body == NULL)
		return 0;
	i->row = i->head.kind == SHEET_LINES
		     ? json_string(body)
		     : json_read(body, strlen(body), err);
	if (i->row == NULL)
		return -1;
	if (i->head.kind == SHEET_CSV
		? !all_texts(i->row) ||
		      (i->head.columns != NULL &&
			  json_array_size(i->row) !=
			      json_array_size(i->head.columns))
		: i->head.kind != SHEET_LINES && !json_is_object(i->row))
		return err_set(err, ERR_BROKEN, NULL,
		    "the imported row does not fit its table");
	i->raw = xstrdup(body);
	return 0;
}

static void
drop_row(struct imported *i)
{
	json_decref(i->row);
	free(i->raw);
	i->row = NULL;
	i->raw = NULL;
}

int
imported_event(struct imported *i, const struct recording_header *h,
    const struct event *e, struct err *err)
{
	drop_row(i);
	i->begins = false;
	i->format = format_find(h->imported);
	if (strcmp(e->type, "imported.table") == 0)
		return begin_table(i, e, err);
	if (strcmp(e->type, "imported.row") == 0)
		return take_row(i, e, err);
	return 0;
}

void
imported_clear(struct imported *i)
{
	drop_row(i);
	sheet_head_clear(&i->head);
	free(i->file);
	*i = (struct imported){0};
}

/* ---- the files again ---- */

/* Fields as they stood: one that was empty is written so. */
static void
add_fields(struct buf *out, const struct csv_style *style, const json_t *list)
{
	bool single = json_array_size(list) == 1;
	const char *s;
	json_t *v;
	size_t i;

	json_array_foreach(list, i, v) {
		s = json_string_value(v);
		if (*s == '\0' && !single)
			s = NULL;
		csv_put(out, style, i == 0, s, json_string_length(v), false);
	}
	csv_end_row(out, style);
}

static void
add_row(struct buf *out, const struct imported *i, bool formulas)
{
	const struct csv_style style = {
	    .lf = !i->head.crlf, .formulas = formulas};

	if (i->begins && i->head.bom)
		buf_adds(out, "\xef\xbb\xbf");
	if (i->begins && i->head.columns != NULL)
		add_fields(out, &style, i->head.columns);
	if (i->row == NULL)
		return;
	if (i->head.kind == SHEET_CSV) {
		add_fields(out, &style, i->row);
	} else {
		buf_adds(out, i->raw);
		buf_addc(out, '\n');
	}
}

struct files {
	const struct outlet *out;
	json_t *names; /* written so far */
	char *name;    /* of the present one; NULL: none */
	struct buf b;
};

static int
flush_file(struct files *f, struct err *err)
{
	int r = 0;

	if (f->name != NULL)
		r = f->out->file(f->out->arg, f->name,
		    f->b.data != NULL ? f->b.data : "", f->b.len, err);
	free(f->name);
	f->name = NULL;
	buf_reset(&f->b);
	return r;
}

/* Two tables may have come from files of one name. */
static int
next_file(struct files *f, const char *name, struct err *err)
{
	int n = 2;

	if (flush_file(f, err) == -1)
		return -1;
	f->name = xstrdup(name);
	for (; json_object_get(f->names, f->name) != NULL; n++) {
		free(f->name);
		f->name = xasprintf("%d-%s", n, name);
	}
	json_object_set_new(f->names, f->name, json_true());
	return 0;
}

int
imported_files(struct recording *r, const struct outlet *out, struct err *err)
{
	struct files f = {.out = out, .names = json_object()};
	struct recording_header header;
	struct imported i = {0};
	struct event *e = NULL;
	int got = recording_begin(r, &header, err) == 0 ? 1 : -1;

	while (got == 1 && (got = recording_next(r, &e, err)) == 1) {
		if (imported_event(&i, &header, e, err) == -1 ||
		    (i.begins && next_file(&f, i.file, err) == -1))
			got = -1;
		else
			add_row(&f.b, &i, out->formulas);
		event_destroy(e);
	}
	if (got == 0)
		got = flush_file(&f, err);
	free(f.name);
	buf_free(&f.b);
	json_decref(f.names);
	imported_clear(&i);
	return got;
}
