/* caucus metrics: figures of recordings. */
#include <inttypes.h>
#include <stdlib.h>

#include "client/cmd.h"
#include "client/embed.h"
#include "record/metrics.h"
#include "record/stance.h"

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
	    cell_str(row, "session") != NULL ? cell_str(row, "session") : "-",
	    where, cell_str(row, "metric"), of != NULL ? of : "", count, n,
	    (double)count / (double)n);
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

/* With an endpoint of embeddings: what words alone do not count. */
static int
add_stance(struct cmd *c, const struct tables *t, json_t *rows)
{
	const char *url = cmd_option(c, "embeddings", 0);
	const char *model = cmd_option(c, "model", 0);
	json_t *texts, *vectors;
	struct err err;
	int r = 0;

	if (url == NULL)
		return EXIT_OK;
	texts = stance_texts(t);
	vectors =
	    embed_texts(url, model, cmd_option(c, "key-file", 0), texts, &err);
	if (vectors != NULL)
		r = stance_metrics(t, vectors, rows, &err);
	json_decref(texts);
	if (vectors == NULL || r == -1)
		return cmd_fail(c,
		    err.code == ERR_FILE    ? EXIT_FILE
		    : err.code == ERR_STALE ? EXIT_UNREACHABLE
					    : EXIT_DIFFERS,
		    &err);
	json_decref(vectors);
	return EXIT_OK;
}

int
cmd_metrics(struct cmd *c)
{
	struct tables t;
	json_t *rows;
	int r;

	if ((cmd_option(c, "embeddings", 0) == NULL) !=
	    (cmd_option(c, "model", 0) == NULL))
		return cmd_usage(c, "--embeddings and --model belong together");
	tables_init(&t);
	r = read_all(c, &t);
	if (r == EXIT_OK) {
		rows = metrics_of(&t);
		r = add_stance(c, &t, rows);
		if (r == EXIT_OK)
			say_rows(c, rows);
		json_decref(rows);
	}
	tables_clear(&t);
	return r;
}
