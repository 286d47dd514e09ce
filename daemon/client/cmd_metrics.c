/* caucus metrics: figures of recordings. */
#include <inttypes.h>
#include <stdlib.h>

#include "client/cmd.h"
#include "record/metrics.h"

static int
read_all(struct cmd *c, struct tables *t)
{
	struct recording *r;
	struct err err, why;
	size_t i;
	int got;

	for (i = 0; i < c->nargs; i++) {
		r = recording_open(c->args[i], &why);
		if (r == NULL)
			return cmd_fail(c, EXIT_FILE, &why);
		got = tables_read(t, r, &why);
		if (got == -1)
			err_set(&err, why.code, NULL,
			    "%s, line %" PRId64 ": %s", c->args[i],
			    recording_lineno(r), why.text);
		recording_close(r);
		if (got == -1)
			return cmd_fail(c, EXIT_DIFFERS, &err);
	}
	return EXIT_OK;
}

static void
say_row(struct cmd *c, const json_t *row)
{
	int64_t round = cell_int(row, "round", -1);
	const char *of = cell_str(row, "of");
	int64_t n = cell_int(row, "n", 1), count = cell_int(row, "count", 0);
	char where[32] = "all";

	if (round >= 0)
		snprintf(where, sizeof where, "round %" PRId64, round);
	fprintf(c->out.f,
	    "%-18s %-9s %-23s %-10s %4" PRId64 " / %-4" PRId64 " %8.3f\n",
	    cell_str(row, "session"), where, cell_str(row, "metric"),
	    of != NULL ? of : "", count, n, (double)count / (double)n);
}

static void
say_rows(struct cmd *c, const json_t *rows)
{
	struct buf csv = {0};
	json_t *row;
	size_t i;

	if (cmd_json(c, rows))
		return;
	if (cmd_flag(c, "csv")) {
		metrics_csv(rows, &csv);
		fwrite(csv.data, 1, csv.len, c->out.f);
		buf_free(&csv);
		return;
	}
	json_array_foreach(rows, i, row)
		say_row(c, row);
}

int
cmd_metrics(struct cmd *c)
{
	struct tables t;
	json_t *rows;
	int r;

	tables_init(&t);
	r = read_all(c, &t);
	if (r == EXIT_OK) {
		rows = metrics_of(&t);
		say_rows(c, rows);
		json_decref(rows);
	}
	tables_clear(&t);
	return r;
}
