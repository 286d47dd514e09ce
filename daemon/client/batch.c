#include "client/batch.h"

#include <sys/stat.h>

#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/json.h"
#include "base/mem.h"
#include "client/place.h"
#include "client/pool.h"
#include "client/stage.h"
#include "client/story.h"
#include "client/table.h"
#include "record/verify.h"

struct batch {
	struct cmd *cmd;
	const struct matrix *m;
	struct stage stage;
	struct table *table;
	const char *folder; /* for recordings; NULL: they are not kept */
	json_t *columns;
	char (*sha)[2 * DIGEST_LEN + 1]; /* of the scenarios; "": unreadable */
	json_t *known; /* keys of the runs that are in the table or planned */
	size_t *todo, ntodo, skipped, done, failed;
	int fatal; /* an exit code that ended it */
	struct err err;
};

/* ---- columns ---- */

/* What a row says of a run that came to its end; # is the number of members. */
static const struct {
	const char *name, *path;
} told[] = {
    {"session", "session"},
    {"seed_used", "seed"},
    {"participants", "#participants"},
    {"rounds", "#rounds"},
    {"outcome", "result.outcome"},
    {"reason", "result.reason"},
    {"elected", "result.elected"},
    {"winner", "result.winner"},
    {"overridden", "result.overridden"},
    {"statement", "result.statement"},
    {"ballots", "result.ballots"},
    {"agreement_n", "result.agreement.n"},
    {"agreement_sum", "result.agreement.sum"},
    {"agreement_min", "result.agreement.min"},
    {"agreement_ge5", "result.agreement.ge5"},
    {"winner_last", "result.winner_last"},
    {"tie_decided_by", "result.tie_break.decider"},
    {"predicted", "result.predicted"},
    {"prediction_top_hits", "result.prediction.top_hits"},
    {"prediction_top_n", "result.prediction.top_n"},
};
#define TOLD (sizeof told / sizeof *told)

static void
add_columns(json_t *list, const char *const *names)
{
	for (; *names != NULL; names++)
		json_array_append_new(list, json_string(*names));
}

static json_t *
columns_of(const struct matrix *m)
{
	static const char *const first[] = {
	    "scenario", "scenario_sha256", NULL};
	static const char *const then[] = {"seed", "status", "error", NULL};
	static const char *const last[] = {
	    "program", "events", "head", "recording", NULL};
	json_t *list = json_array();
	const json_t *axis;
	size_t i;

	add_columns(list, first);
	json_array_foreach(m->axes, i, axis)
		json_array_append_new(
		    list, json_sprintf("set_%s",
			      json_string_value(json_array_get(axis, 0))));
	add_columns(list, then);
	for (i = 0; i < TOLD; i++)
		json_array_append_new(list, json_string(told[i].name));
	add_columns(list, last);
	return list;
}

/* The columns that make a run what it is are those up to the seed. */
static char *
key_of(const struct batch *b, const json_t *row)
{
	struct buf key = {0};
	const json_t *name, *v;
	const char *s;
	size_t i;

	json_array_foreach(b->columns, i, name) {
		v = json_object_get(row, json_string_value(name));
		if (json_is_integer(v))
			buf_addf(
			    &key, "%lld", (long long)json_integer_value(v));
		else if (json_is_boolean(v))
			buf_adds(&key, json_is_true(v) ? "true" : "false");
		else if ((s = json_string_value(v)) != NULL)
			buf_adds(&key, s);
		buf_addc(&key, '\x1f');
		if (strcmp(json_string_value(name), "seed") == 0)
			break;
	}
	return buf_take(&key);
}

/* ---- one run ---- */

/* A run is a scenario with one combination of the matrix. */
static json_t *
begin_row(
    const struct batch *b, size_t run, json_t **settings, const char **seed)
{
	size_t scenario = run / b->m->n;
	json_t *row = json_object(), *v;
	const char *name;
	char *column;

	*settings = matrix_at(b->m, run % b->m->n, seed);
	json_object_set_new(
	    row, "scenario", json_string(b->cmd->args[scenario]));
	json_object_set_new(row, "scenario_sha256",
	    b->sha[scenario][0] != '\0' ? json_string(b->sha[scenario])
					: json_null());
	json_object_foreach(*settings, name, v) {
		column = xasprintf("set_%s", name);
		json_object_set(row, column, v);
		free(column);
	}
	json_object_set_new(
	    row, "seed", *seed != NULL ? json_string(*seed) : json_null());
	return row;
}

/* "result.agreement.n"; NULL when there is nothing. */
static json_t *
follow(const json_t *o, const char *path)
{
	char step[32];
	size_t n;

	if (*path == '#')
		return json_integer(
		    (json_int_t)json_array_size(json_object_get(o, path + 1)));
	for (; o != NULL; path += n + 1) {
		n = strcspn(path, ".");
		snprintf(step, sizeof step, "%.*s", (int)n, path);
		o = json_object_get(o, step);
		if (path[n] == '\0')
			break;
	}
	return json_incref((json_t *)o);
}

static int
keep_recording(const struct batch *b, json_t *row, const struct buf *recording,
    struct err *err)
{
	char *key, *base, *path;
	uint8_t digest[DIGEST_LEN];
	char hex[2 * DIGEST_LEN + 1];
	struct digest_part part;
	int r;

	if (b->folder == NULL)
		return 0;
	/* The same run has the same name, so one begun again leaves none
	 * behind. */
	key = key_of(b, row);
	part = (struct digest_part){key, strlen(key)};
	digest_sha256(&part, 1, digest);
	hex_encode(digest, DIGEST_LEN, hex);
	free(key);
	base = xstrdup(json_string_value(json_object_get(row, "scenario")));
	path = xasprintf("%s/%s-%.12s.jsonl", b->folder, basename(base), hex);
	free(base);
	r = place_write(path, recording->data, recording->len, err);
	json_object_set_new(row, "recording", json_string(path));
	free(path);
	return r;
}

/* What came of it, from the recording alone. */
static int
tell_run(const struct batch *b, json_t *row, const struct buf *recording,
    struct err *err)
{
	char head[2 * DIGEST_LEN + 1];
	struct verify_report report;
	json_t *story;
	size_t i;
	int r;

	if (verify_bytes(recording->data, recording->len, &report, err) == -1)
		return EXIT_DIFFERS;
	story = story_read(recording->data, recording->len, err);
	if (story == NULL)
		return EXIT_DIFFERS;
	for (i = 0; i < TOLD; i++)
		json_object_set_new(
		    row, told[i].name, follow(story, told[i].path));
	r = story_drafted(story, cmd_option(b->cmd, "endpoint", 0), err) == 0
		? EXIT_OK
		: EXIT_SILENT;
	json_decref(story);
	hex_encode(report.head, DIGEST_LEN, head);
	json_object_set_new(row, "program", json_string(report.header.program));
	json_object_set_new(row, "events", json_integer(report.events));
	json_object_set_new(row, "head", json_string(head));
	return keep_recording(b, row, recording, err) == 0 ? r : EXIT_FILE;
}

static int
play_scenario(const struct batch *b, const char *bytes, size_t len,
    const json_t *settings, const char *seed, struct buf *recording,
    struct err *err)
{
	struct term nowhere = {.f = stderr};
	struct scenario sc = {0};
	json_t *all = NULL;
	int r = EXIT_FILE;

	if (scenario_read(&sc, bytes, len, err) == 0) {
		all = sc.settings != NULL ? json_copy((json_t *)sc.settings)
					  : json_object();
		json_object_update(all, (json_t *)settings);
		sc.settings = all;
		r = stage_play(&b->stage, &sc, seed, &nowhere, recording, err);
	}
	json_decref(all);
	scenario_free(&sc);
	return r;
}

static int
read_and_play(const struct batch *b, json_t *row, const json_t *settings,
    const char *seed, struct buf *recording, struct err *err)
{
	const char *path = json_string_value(json_object_get(row, "scenario"));
	char *bytes, hex[2 * DIGEST_LEN + 1];
	uint8_t digest[DIGEST_LEN];
	struct digest_part part;
	size_t len;
	int r;

	bytes = place_read(path, SCENARIO_MAX, &len, err);
	if (bytes == NULL)
		return EXIT_FILE;
	part = (struct digest_part){bytes, len};
	digest_sha256(&part, 1, digest);
	hex_encode(digest, DIGEST_LEN, hex);
	json_object_set_new(row, "scenario_sha256", json_string(hex));
	r = play_scenario(b, bytes, len, settings, seed, recording, err);
	free(bytes);
	return r;
}

/* In a process of its own: the exit code as a byte, then the row. */
static void
work(size_t i, struct buf *result, void *arg)
{
	const struct batch *b = arg;
	struct buf recording = {0};
	json_t *settings, *row;
	const char *seed;
	struct err err = {0};
	char *line;
	int r;

	row = begin_row(b, b->todo[i], &settings, &seed);
	r = read_and_play(b, row, settings, seed, &recording, &err);
	if (r == EXIT_OK)
		r = tell_run(b, row, &recording, &err);
	json_object_set_new(
	    row, "status", json_string(r == EXIT_OK ? "concluded" : "failed"));
	json_object_set_new(
	    row, "error", r == EXIT_OK ? json_null() : json_string(err.text));
	line = json_dumps(row, JSON_COMPACT);
	buf_addc(result, (char)('0' + r));
	buf_adds(result, line);
	free(line);
	json_decref(row);
	json_decref(settings);
	buf_free(&recording);
}

/* ---- all of them ---- */

static void
show_progress(struct batch *b)
{
	char line[128];

	snprintf(line, sizeof line, "%zu of %zu runs done, %zu failed%s",
	    b->done, b->ntodo, b->failed,
	    b->skipped > 0 ? ", the others were there before" : "");
	term_live(&b->cmd->err, line);
}

/* "scenario.json, method=borda, seed 7" */
static char *
name_of(const struct batch *b, size_t run)
{
	struct buf out = {0};
	json_t *settings, *row, *v;
	const char *name, *seed;
	char *text;

	row = begin_row(b, run, &settings, &seed);
	buf_adds(&out, json_string_value(json_object_get(row, "scenario")));
	json_object_foreach(settings, name, v) {
		text = json_dumps(v, JSON_ENCODE_ANY);
		buf_addf(&out, ", %s=%s", name,
		    json_is_string(v) ? json_string_value(v) : text);
		free(text);
	}
	if (seed != NULL)
		buf_addf(&out, ", seed %s", seed);
	json_decref(row);
	json_decref(settings);
	return buf_take(&out);
}

static void
say_failed(struct batch *b, size_t run, const char *why)
{
	char *name = name_of(b, run);

	term_say(&b->cmd->err, 0, STYLE_PLAIN, "caucus run: %s: %s", name, why);
	free(name);
}

/* The row of a run whose process died. */
static json_t *
dead_row(const struct batch *b, size_t run)
{
	json_t *settings, *row;
	const char *seed;

	row = begin_row(b, run, &settings, &seed);
	json_decref(settings);
	json_object_set_new(row, "status", json_string("failed"));
	json_object_set_new(row, "error",
	    json_string("the process that played it died; please report it"));
	return row;
}

static bool
done(size_t i, const char *result, size_t len, void *arg)
{
	int code = result != NULL ? result[0] - '0' : EXIT_DIFFERS;
	struct batch *b = arg;
	struct err err;
	json_t *row;
	bool more = true;

	row = result != NULL ? json_loadb(result + 1, len - 1, 0, NULL)
			     : dead_row(b, b->todo[i]);
	if (code == EXIT_UNREACHABLE) {
		/* Not the run's fault: it is played when the batch goes on. */
		b->fatal = code;
		err_set(&b->err, ERR_SHUTTING_DOWN, NULL, "%s",
		    json_string_value(json_object_get(row, "error")));
		json_decref(row);
		return false;
	}
	b->done++;
	if (code != EXIT_OK) {
		b->failed++;
		say_failed(b, b->todo[i],
		    json_string_value(json_object_get(row, "error")));
	}
	if (table_add(b->table, row, &err) == -1) {
		b->fatal = EXIT_FILE;
		b->err = err;
		more = false;
	}
	json_decref(row);
	show_progress(b);
	return more;
}

/* ---- the plan ---- */

static bool
keep_row(const json_t *row, void *arg)
{
	const char *status = json_string_value(json_object_get(row, "status"));
	struct batch *b = arg;
	char *key;
	bool keep;

	if (status == NULL || strcmp(status, "concluded") != 0)
		return false; /* it is tried again */
	key = key_of(b, row);
	keep = json_object_get(b->known, key) == NULL;
	json_object_set_new(b->known, key, json_true());
	free(key);
	return keep;
}

static void
read_digests(struct batch *b)
{
	uint8_t digest[DIGEST_LEN];
	struct digest_part part;
	char *bytes;
	size_t i, len;

	b->sha = xcalloc(b->cmd->nargs, sizeof *b->sha);
	for (i = 0; i < b->cmd->nargs; i++) {
		bytes = place_read(b->cmd->args[i], SCENARIO_MAX, &len, NULL);
		if (bytes == NULL)
			continue; /* the run will say why */
		part = (struct digest_part){bytes, len};
		digest_sha256(&part, 1, digest);
		hex_encode(digest, DIGEST_LEN, b->sha[i]);
		free(bytes);
	}
}

static void
plan(struct batch *b)
{
	size_t run, n = b->cmd->nargs * b->m->n;
	json_t *row, *settings;
	const char *seed;
	char *key;

	b->todo = xcalloc(n, sizeof *b->todo);
	for (run = 0; run < n; run++) {
		row = begin_row(b, run, &settings, &seed);
		key = key_of(b, row);
		if (json_object_get(b->known, key) != NULL)
			b->skipped++;
		else {
			b->todo[b->ntodo++] = run;
			json_object_set_new(b->known, key, json_true());
		}
		free(key);
		json_decref(settings);
		json_decref(row);
	}
}

static bool
wants_csv(const struct cmd *c)
{
	const char *path = cmd_option(c, "output", 0);
	size_t n = path != NULL ? strlen(path) : 0;

	return cmd_flag(c, "csv") ||
	       (n > 4 && strcmp(path + n - 4, ".csv") == 0);
}

static int
prepare(struct batch *b)
{
	struct cmd *c = b->cmd;
	const char *path = cmd_option(c, "output", 0);
	struct err err;
	size_t i;

	if (cmd_flag(c, "show"))
		return cmd_usage(c, "--show tells one run, not a batch");
	for (i = 0; i < c->nargs; i++)
		if (strcmp(c->args[i], "-") == 0)
			return cmd_usage(c,
			    "a batch reads scenarios from files, not from "
			    "standard input");
	if (c->nargs > MATRIX_MAX / b->m->n)
		return cmd_usage(c, "more than %zu runs", MATRIX_MAX);
	if (b->folder != NULL && mkdir(b->folder, 0700) == -1 &&
	    errno != EEXIST) {
		err_set(&err, ERR_FILE, "record", "cannot make %s: %s",
		    b->folder, strerror(errno));
		return cmd_fail(c, EXIT_FILE, &err);
	}
	b->table =
	    table_open(path != NULL && strcmp(path, "-") != 0 ? path : NULL,
		wants_csv(c), b->columns, keep_row, b, &err);
	if (b->table == NULL)
		return cmd_fail(c, EXIT_FILE, &err);
	read_digests(b);
	plan(b);
	return EXIT_OK;
}

static void
say_summary(struct batch *b)
{
	struct term *t = &b->cmd->err;

	term_live_clear(t);
	term_say(t, 0, STYLE_DIM,
	    "%zu run%s: %zu concluded, %zu failed, %zu skipped (done before), "
	    "%zu not begun",
	    b->ntodo + b->skipped, b->ntodo + b->skipped == 1 ? "" : "s",
	    b->done - b->failed, b->failed, b->skipped, b->ntodo - b->done);
}

static int
play_all(struct batch *b, int jobs)
{
	struct pool p = {.n = b->ntodo,
	    .jobs = jobs,
	    .work = work,
	    .done = done,
	    .arg = b,
	    .stop = stage_stopped};
	int r = EXIT_OK;

	if (b->ntodo > 0) {
		stage_signals();
		r = stage_open(b->cmd, &b->stage);
		if (r == EXIT_OK && pool_run(&p, &b->err) == -1)
			b->fatal = EXIT_UNREACHABLE;
		if (*stage_stopped == 0 && b->fatal != 0)
			r = cmd_fail(b->cmd, b->fatal, &b->err);
		if (b->fatal == EXIT_UNREACHABLE)
			stage_log(&b->stage);
		stage_close(&b->stage);
	}
	say_summary(b);
	stage_obey();
	if (r != EXIT_OK)
		return r;
	return b->failed == 0 ? EXIT_OK
	       : b->failed > EXIT_BATCH_MAX - EXIT_BATCH
		   ? EXIT_BATCH_MAX
		   : EXIT_BATCH + (int)b->failed;
}

int
batch_run(struct cmd *c, const struct matrix *m)
{
	const char *given = cmd_option(c, "jobs", 0);
	int jobs = given != NULL ? pool_jobs(given) : 1, r;
	struct batch b = {
	    .cmd = c, .m = m, .folder = cmd_option(c, "record", 0)};

	if (jobs == -1)
		return cmd_usage(c, "-j %s: a number of processes from 1 to %d",
		    given, POOL_JOBS_MAX);
	b.columns = columns_of(m);
	b.known = json_object();
	r = prepare(&b);
	if (r == EXIT_OK)
		r = play_all(&b, jobs);
	table_close(b.table);
	json_decref(b.known);
	json_decref(b.columns);
	free(b.sha);
	free(b.todo);
	return r;
}
