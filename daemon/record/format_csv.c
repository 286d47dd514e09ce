/* csv and json: the tables as they are. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/csv.h"
#include "record/format_own.h"

static bool
is_own(const struct table_spec *spec, const char *column)
{
	size_t i;

	for (i = 0; spec->columns[i] != NULL; i++)
		if (strcmp(spec->columns[i], column) == 0)
			return true;
	return false;
}

static int
name_cmp(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The columns of a table: its own, then what its rows have beyond, by name.
 * Fresh, as are none of its names; *n of them. */
static const char **
columns_of(const struct tables *t, enum table_id id, size_t *n)
{
	const struct table_spec *spec = &table_specs[id];
	json_t *more = json_object(), *row, *v;
	const char **columns, *name;
	size_t own = 0, i;

	while (spec->columns[own] != NULL)
		own++;
	json_array_foreach(t->rows[id], i, row) {
		json_object_foreach(row, name, v) {
			if (!is_own(spec, name) &&
			    json_object_get(more, name) == NULL)
				json_object_set(more, name, row);
		}
	}
	columns = xcalloc(own + json_object_size(more) + 1, sizeof *columns);
	*n = own;
	for (i = 0; i < own; i++)
		columns[i] = spec->columns[i];
	/* The rows own the names that outlive `more`. */
	json_object_foreach(more, name, v) {
		columns[*n] =
		    json_object_iter_key(json_object_iter_at(v, name));
		++*n;
	}
	qsort(columns + own, *n - own, sizeof *columns, name_cmp);
	json_decref(more);
	return columns;
}

static int
write_table(const struct tables *t, enum table_id id, const struct outlet *out,
    struct err *err)
{
	const struct csv_style style = {.formulas = out->formulas};
	size_t n, i, k;
	const char **columns = columns_of(t, id, &n);
	struct buf b = {0};
	json_t *row;
	char *name;
	int r;

	for (k = 0; k < n; k++)
		csv_put(
		    &b, &style, k == 0, columns[k], strlen(columns[k]), true);
	csv_end_row(&b, &style);
	json_array_foreach(t->rows[id], i, row) {
		for (k = 0; k < n; k++)
			csv_put_json(&b, out->formulas, k == 0,
			    json_object_get(row, columns[k]));
		csv_end_row(&b, &style);
	}
	name = xasprintf("%s.csv", table_specs[id].name);
	r = out->file(out->arg, name, b.data, b.len, err);
	free(name);
	free(columns);
	buf_free(&b);
	return r;
}

int
write_csv(const struct tables *t, const struct outlet *out, struct err *err)
{
	int id, r = 0;

	for (id = 0; id < TABLES && r == 0; id++)
		r = write_table(t, (enum table_id)id, out, err);
	return r;
}

int
write_json(const struct tables *t, const struct outlet *out, struct err *err)
{
	json_t *all = json_object();
	char *text;
	int id, r;

	for (id = 0; id < TABLES; id++)
		json_object_set(all, table_specs[id].name, t->rows[id]);
	text = json_dumps(all, JSON_INDENT(1));
	json_decref(all);
	r = out->file(out->arg, "tables.json", text, strlen(text), err);
	free(text);
	return r;
}
