/* caucus whatif: the same ballots, counted otherwise. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "choice/slate.h"
#include "client/cmd.h"
#include "client/matrix.h"
#include "client/pool.h"
#include "client/redraw.h"
#include "client/table.h"
#include "record/whatif.h"

/* An option with several values is swept over; `all` or `each` are those that
 * there are in this recording. */
struct axis {
	const char *option, *column;
	const char *every; /* the word for all of them; NULL: none */
	void (*list)(const struct elections *e, json_t *out);
};

static void
list_methods(const struct elections *e, json_t *out)
{
	const struct rule *r;

	(void)e;
	for (r = rules; r->name != NULL; r++)
		json_array_append_new(out, json_string(r->name));
}

static void
list_tie_breaks(const struct elections *e, json_t *out)
{
	const char *const *names = ballots_choices(e->procedure, "tie_break");

	for (; names != NULL && *names != NULL; names++)
		json_array_append_new(out, json_string(*names));
}

static void
list_slates(const struct elections *e, json_t *out)
{
	const struct slate_rule *r;

	(void)e;
	for (r = slate_rules; r->name != NULL; r++)
		json_array_append_new(out, json_string(r->name));
}

static void
list_people(const struct elections *e, json_t *out)
{
	json_t *person;
	size_t i;

	json_array_foreach(e->people, i, person)
		json_array_append(out, json_object_get(person, "id"));
}

static const struct axis axes[] = {
    {"method", "method", "all", list_methods},
    {"tie-break", "tie_break", "all", list_tie_breaks},
    {"without", "without", "each", list_people},
    {"double", "double", "each", list_people},
    {"candidates", "candidates", NULL, NULL},
    {"slate", "slate", "all", list_slates},
};
#define AXES (sizeof axes / sizeof *axes)

static const char *const counted_names[] = {[COUNT_AS_WAS] = "as_was",
    [COUNT_CAST] = "cast",
    [COUNT_PREDICTED] = "predicted"};

struct whatifs {
	struct cmd *cmd;
	enum counted_ballots ballots;
	bool influence;
	json_t *columns;
	struct table *table; /* CSV; NULL: for people, or --json */
	json_t *all;	     /* --json: every row */
	int code;
};

/* ---- what is asked ---- */

/* The id of the person meant, by id or by a name that only one has. */
static const char *
find_person(const struct elections *e, const char *who, struct err *err)
{
	const char *id, *name, *found = NULL;
	json_t *person;
	size_t i, n = 0;

	json_array_foreach(e->people, i, person) {
		id = json_string_value(json_object_get(person, "id"));
		name = json_string_value(json_object_get(person, "name"));
		if (strcmp(id, who) == 0)
			return id;
		if (name == NULL || strcmp(name, who) != 0)
			continue;
		found = id;
		n++;
	}
	if (n == 1)
		return found;
	err_set(err, ERR_INVALID_PARAMS, NULL,
	    n == 0 ? "nobody is called %.60s in session %s"
		   : "several people are called %.60s in session %s: name one "
		     "by id",
	    who, e->header.session);
	return NULL;
}

/* "a,b" with people as ids, or every value there is: as matrix_set takes it. */
static char *
expand(const struct elections *e, const struct axis *a, const char *given,
    struct err *err)
{
	bool people = a->list == list_people;
	json_t *values = json_array(), *v;
	struct buf out = {0};
	const char *id;
	size_t i;

	buf_addf(&out, "%s=", a->column);
	if (a->every == NULL || strcmp(given, a->every) != 0) {
		id = people && strchr(given, ',') == NULL
			 ? find_person(e, given, err)
			 : given;
		if (id == NULL)
			buf_free(&out);
		else
			buf_adds(&out, id);
	} else {
		a->list(e, values);
		json_array_foreach(values, i, v)
			buf_addf(&out, "%s%s", i > 0 ? "," : "",
			    json_string_value(v));
	}
	json_decref(values);
	return out.data != NULL ? buf_take(&out) : NULL;
}

static int
read_axes(const struct whatifs *w, const struct elections *e, struct matrix *m,
    struct err *err)
{
	const char *given;
	char *set;
	size_t i;
	int r = 0;

	for (i = 0; i < AXES && r == 0; i++) {
		given = cmd_option(w->cmd, axes[i].option, 0);
		if (given == NULL)
			continue;
		set = expand(e, &axes[i], given, err);
		r = set != NULL ? matrix_set(m, set, err) : -1;
		free(set);
	}
	given = cmd_option(w->cmd, "seed", 0);
	if (r == 0 && given != NULL)
		r = matrix_seed(m, given, err);
	return r;
}

static int
read_whatif(const struct elections *e, const json_t *settings, const char *seed,
    struct whatif *w, struct err *err)
{
	const char *const people[] = {"without", "double"};
	const json_t *k = json_object_get(settings, "candidates");
	const char *who;
	size_t i;

	w->how.method = json_string_value(json_object_get(settings, "method"));
	w->how.tie_break =
	    json_string_value(json_object_get(settings, "tie_break"));
	w->how.without =
	    json_string_value(json_object_get(settings, "without"));
	w->how.doubled = json_string_value(json_object_get(settings, "double"));
	w->how.seed = seed;
	w->slate = json_string_value(json_object_get(settings, "slate"));
	w->candidates = json_integer_value(k);
	if (w->slate != NULL && strcmp(w->slate, "pools") == 0)
		return err_set(err, ERR_INVALID_PARAMS, NULL,
		    "--slate pools: pools cannot be drawn again, for their "
		    "drafts were shared out as they were drafted, and which "
		    "pool others would have been in nobody knows; a recording "
		    "whose slate was of pools keeps it unless another rule is "
		    "named");
	if (k != NULL && w->candidates < 1)
		return err_set(err, ERR_INVALID_PARAMS, NULL,
		    "--candidates wants a number of drafts, at least 1");
	for (i = 0; i < 2; i++) {
		who = json_string_value(json_object_get(settings, people[i]));
		if (who != NULL && find_person(e, who, err) == NULL)
			return -1;
	}
	return 0;
}

/* ---- one recording, in a process of its own ---- */

/* What stands before the figures of a row. */
static void
complete_row(json_t *row, const struct whatifs *w, const struct elections *e,
    const char *file, json_t *settings, const char *seed)
{
	json_t *shown = json_object_get(row, "shown"), *v;
	struct buf list = {0};
	size_t i;

	json_object_set_new(row, "file", json_string(file));
	json_object_set_new(row, "session", json_string(e->header.session));
	json_object_set_new(row, "label", json_string(WHATIF_LABEL));
	if (w->influence)
		return;
	json_object_update(row, settings);
	json_object_set_new(
	    row, "seed", seed != NULL ? json_string(seed) : json_null());
	json_object_set_new(
	    row, "counted", json_string(counted_names[w->ballots]));
	if (shown == NULL)
		return;
	json_array_foreach(shown, i, v)
		buf_addf(&list, "%s%s", i > 0 ? " " : "", json_string_value(v));
	json_object_set_new(
	    row, "shown", json_string(list.data != NULL ? list.data : ""));
	buf_free(&list);
}

static int
count_combination(const struct whatifs *w, const struct elections *e,
    const char *file, const struct matrix *m, size_t i, json_t *rows,
    struct err *err)
{
	struct whatif what = {.how = {.ballots = w->ballots}};
	json_t *row, *mine = json_array(), *settings;
	const char *seed;
	size_t k;
	int r;

	settings = matrix_at(m, i, &seed);
	r = read_whatif(e, settings, seed, &what, err);
	if (r == 0)
		r = whatif_rows(e, &what, mine, err);
	json_array_foreach(mine, k, row) {
		complete_row(row, w, e, file, settings, seed);
		if (r == 0)
			json_array_append(rows, row);
	}
	json_decref(mine);
	json_decref(settings);
	return r;
}

static int
count_recording(const struct whatifs *w, const struct elections *e,
    const char *file, json_t *rows, struct err *err)
{
	struct matrix m;
	json_t *row;
	size_t i;
	int r = 0;

	if (w->influence) {
		whatif_influence(e, rows);
		json_array_foreach(rows, i, row)
			complete_row(row, w, e, file, NULL, NULL);
		return 0;
	}
	matrix_init(&m);
	r = read_axes(w, e, &m, err);
	for (i = 0; i < m.n && r == 0; i++)
		r = count_combination(w, e, file, &m, i, rows, err);
	matrix_free(&m);
	return r;
}

/* The exit code as a byte, then {rows, texts, people} or why there are none. */
static void
work(size_t i, struct buf *result, void *arg)
{
	const struct whatifs *w = arg;
	const char *file = w->cmd->args[i];
	json_t *rows = json_array(), *o;
	struct elections e = {0};
	struct err err = {0};
	char *text;
	int code = EXIT_OK;

	if (elections_read(file, &e, &err) == -1)
		code = err.code == ERR_FILE ? EXIT_FILE : EXIT_DIFFERS;
	else if (count_recording(w, &e, file, rows, &err) == -1)
		code = EXIT_USAGE;
	buf_addc(result, (char)('0' + code));
	if (code != EXIT_OK)
		buf_addf(result, "%s: %s", file, err.text);
	else {
		o = json_pack("{s:O,s:O,s:O}", "rows", rows, "texts", e.texts,
		    "people", e.people);
		text = json_dumps(o, JSON_COMPACT);
		buf_adds(result, text);
		free(text);
		json_decref(o);
	}
	json_decref(rows);
	elections_free(&e);
}

/* ---- telling ---- */

#define CELL_MAX 24 /* columns */

/* A value as it stands in a column; names are anybody's words. */
static char *
cell(const json_t *v)
{
	if (v == NULL || json_is_null(v))
		return xstrdup("-");
	if (json_is_string(v))
		return shorten_text(json_string_value(v), CELL_MAX);
	return json_dumps(v, JSON_ENCODE_ANY);
}

static const char *const of_people[] = {"round", "election", "method",
    "tie_break", "without", "double", "candidates", "slate", "seed", "ballots",
    "before", "winner", "tied", "decided_by", NULL};
static const char *const of_influence[] = {"participant", "name", "ballots",
    "preferred", "without", "double", "pairs", NULL};

/* Columns without any value are left out. */
static bool
used(const json_t *rows, const char *column)
{
	const json_t *row, *v;
	size_t i;

	json_array_foreach(rows, i, row) {
		v = json_object_get(row, column);
		if (v != NULL && !json_is_null(v))
			return true;
	}
	return false;
}

static size_t
width_of(const json_t *rows, const char *column)
{
	size_t i, n = strlen(column), len;
	const json_t *row;
	char *text;

	json_array_foreach(rows, i, row) {
		text = cell(json_object_get(row, column));
		len = text_width(text);
		n = len > n ? len : n;
		free(text);
	}
	return n;
}

static void
add_cells(struct buf *line, const json_t *rows, const json_t *row,
    const char *const *columns)
{
	size_t gap;
	char *text;

	for (; *columns != NULL; columns++) {
		if (!used(rows, *columns))
			continue;
		text = row != NULL ? cell(json_object_get(row, *columns))
				   : xstrdup(*columns);
		gap = width_of(rows, *columns) - text_width(text);
		buf_addf(line, "  %s%*s", text, (int)gap, "");
		free(text);
	}
}

static void
print_line(struct cmd *c, struct buf *line, const char *note)
{
	while (
	    *note == '\0' && line->len > 0 && line->data[line->len - 1] == ' ')
		line->data[--line->len] = '\0';
	fprintf(c->out.f, "%s%s\n", line->data, note);
	buf_reset(line);
}

static void
print_table(struct cmd *c, const json_t *rows, const char *const *columns)
{
	struct buf line = {0};
	const json_t *row;
	size_t i;

	add_cells(&line, rows, NULL, columns);
	print_line(c, &line, "");
	json_array_foreach(rows, i, row) {
		add_cells(&line, rows, row, columns);
		print_line(c, &line,
		    json_is_true(json_object_get(row, "changed"))
			? "  another winner"
			: "");
	}
	buf_free(&line);
}

/* The statements that the table calls winners, a line each. */
static void
print_texts(struct cmd *c, const json_t *rows, const json_t *texts)
{
	static const char *const named[] = {"before", "winner"};
	json_t *seen = json_object();
	const char *id, *text;
	const json_t *row;
	size_t i, k;
	char *line;

	json_array_foreach(rows, i, row)
		for (k = 0; k < 2; k++) {
			id = json_string_value(json_object_get(row, named[k]));
			if (id == NULL || json_object_get(seen, id) != NULL)
				continue;
			json_object_set_new(seen, id, json_true());
			text = json_string_value(json_object_get(texts, id));
			line = shorten_text(text != NULL ? text : "(erased)",
			    (size_t)c->out.width - 8);
			term_text(&c->out, 2, 7, STYLE_DIM, id, line);
			free(line);
		}
	json_decref(seen);
}

static void
add_names(json_t *rows, const json_t *people)
{
	json_t *row, *name;
	size_t i;

	json_array_foreach(rows, i, row) {
		name = json_object_get(json_array_get(people, i), "name");
		if (name != NULL)
			json_object_set(row, "name", name);
	}
}

static void
print_recording(struct whatifs *w, const char *file, json_t *o)
{
	json_t *rows = json_object_get(o, "rows");
	struct cmd *c = w->cmd;

	term_say(&c->out, 0, STYLE_HEAD, "%s", file);
	if (w->influence) {
		term_say(&c->out, 2, STYLE_DIM,
		    "Sway (%s): rounds with "
		    "another winner without somebody, or had they voted "
		    "twice; pairs of statements that stand otherwise without "
		    "them.",
		    WHATIF_LABEL);
		add_names(rows, json_object_get(o, "people"));
		print_table(c, rows, of_influence);
		return;
	}
	term_say(&c->out, 2, STYLE_DIM,
	    "Counted otherwise: %s. What people would have written, or how "
	    "they would have ranked what they never saw, is not in it.",
	    WHATIF_LABEL);
	print_table(c, rows, of_people);
	print_texts(c, rows, json_object_get(o, "texts"));
}

static int
tell(struct whatifs *w, const char *file, json_t *o)
{
	json_t *rows = json_object_get(o, "rows"), *row;
	struct err err;
	size_t i;

	if (w->table == NULL && !w->cmd->json)
		print_recording(w, file, o);
	json_array_foreach(rows, i, row) {
		if (w->cmd->json)
			json_array_append(w->all, row);
		else if (w->table != NULL &&
			 table_add(w->table, row, &err) == -1)
			return cmd_fail(w->cmd, EXIT_FILE, &err);
	}
	return EXIT_OK;
}

static bool
done(size_t i, const char *result, size_t len, void *arg)
{
	int code = result != NULL ? result[0] - '0' : EXIT_FILE;
	struct whatifs *w = arg;
	struct err err;
	json_t *o;

	if (code == EXIT_OK) {
		o = json_loadb(result + 1, len - 1, 0, NULL);
		code = tell(w, w->cmd->args[i], o);
		json_decref(o);
	} else {
		err_set(&err,
		    code == EXIT_USAGE ? ERR_INVALID_PARAMS : ERR_BROKEN, NULL,
		    "%.*s", result != NULL ? (int)len - 1 : 0,
		    result != NULL ? result + 1 : "");
		cmd_fail(w->cmd, code, &err);
	}
	w->code = code > w->code ? code : w->code;
	return code != EXIT_USAGE;
}

/* ---- all of it ---- */

static json_t *
columns_of(bool influence)
{
	static const char *const rows[] = {"label", "file", "session", "round",
	    "election", "method", "tie_break", "counted", "without", "double",
	    "candidates", "slate", "seed", "ballots", "before", "winner",
	    "changed", "tied", "decided_by", "shown", "not_voted", NULL};
	static const char *const sway[] = {"label", "file", "session",
	    "participant", "ballots", "preferred", "without", "double", "pairs",
	    NULL};
	const char *const *at = influence ? sway : rows;
	json_t *list = json_array();

	for (; *at != NULL; at++)
		json_array_append_new(list, json_string(*at));
	return list;
}

static bool
keep_none(const json_t *row, void *arg)
{
	(void)row;
	(void)arg;
	return false;
}

static int
read_options(struct whatifs *w, int *jobs)
{
	struct cmd *c = w->cmd;
	const char *given = cmd_option(c, "jobs", 0);
	bool cast = cmd_flag(c, "only-cast");
	bool predicted = cmd_flag(c, "only-predicted");
	size_t i;

	*jobs = given != NULL ? pool_jobs(given) : 1;
	if (*jobs == -1)
		return cmd_usage(c, "-j %s: a number of processes from 1 to %d",
		    given, POOL_JOBS_MAX);
	if (cast && predicted)
		return cmd_usage(c, "only cast and only predicted ballots "
				    "are none");
	w->ballots = cast	 ? COUNT_CAST
		     : predicted ? COUNT_PREDICTED
				 : COUNT_AS_WAS;
	w->influence = cmd_flag(c, "influence");
	for (i = 0; w->influence && i < c->ngiven; i++)
		if (strcmp(c->given[i].name, "influence") != 0 &&
		    strcmp(c->given[i].name, "csv") != 0 &&
		    strcmp(c->given[i].name, "json") != 0 &&
		    strcmp(c->given[i].name, "jobs") != 0)
			return cmd_usage(c,
			    "--influence weighs the votes as they were "
			    "counted: --%s has no place beside it",
			    c->given[i].name);
	return EXIT_OK;
}

/* With a language model the ballots are others: what weighs them otherwise
 * has no place beside it. */
static int
whatif_redraw(struct cmd *c)
{
	static const char *const fitting[] = {"endpoint", "model", "key-file",
	    "seed", "without", "output", "json", NULL};
	const char *const *f;
	size_t i;

	for (i = 0; i < c->ngiven; i++) {
		for (f = fitting; *f != NULL; f++)
			if (strcmp(c->given[i].name, *f) == 0)
				break;
		if (*f == NULL)
			return cmd_usage(c,
			    "--endpoint draws again: --%s, which counts the "
			    "same ballots otherwise, has no place beside it",
			    c->given[i].name);
	}
	return redraw(c);
}

int
cmd_whatif(struct cmd *c)
{
	struct whatifs w = {.cmd = c};
	struct pool p = {.n = c->nargs,
	    .ordered = true,
	    .work = work,
	    .done = done,
	    .arg = &w};
	struct err err;
	int r;

	if (cmd_flag(c, "endpoint"))
		return whatif_redraw(c);
	r = read_options(&w, &p.jobs);
	if (r != EXIT_OK)
		return r;
	w.columns = columns_of(w.influence);
	w.all = json_array();
	fflush(c->out.f);
	if (cmd_flag(c, "csv"))
		w.table =
		    table_open(NULL, true, w.columns, keep_none, NULL, &err);
	if (cmd_flag(c, "csv") && w.table == NULL)
		w.code = cmd_fail(c, EXIT_FILE, &err);
	else if (pool_run(&p, &err) == -1)
		w.code = cmd_fail(c, EXIT_FILE, &err);
	else if (w.code == EXIT_OK || json_array_size(w.all) > 0)
		cmd_json(c, w.all);
	table_close(w.table);
	json_decref(w.columns);
	json_decref(w.all);
	return w.code;
}
