/* caucus import: what others recorded. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "client/cmd.h"
#include "client/place.h"
#include "record/import.h"
#include "record/polis.h"

/* ---- telling ---- */

/* Which rows were left out; on standard error, for the result may be on the
 * other. */
static void
say_faults(struct cmd *c, const struct faults *f)
{
	if (f->n == 0 || c->json)
		return;
	fputs(f->text.data, c->err.f);
	if (f->n > FAULTS_NAMED)
		fprintf(
		    c->err.f, "… and %" PRId64 " more.\n", f->n - FAULTS_NAMED);
	term_say(&c->err, 0, STYLE_WARN,
	    "%" PRId64 " bad row%s left out; the good ones are kept.", f->n,
	    f->n == 1 ? " was" : "s were");
}

static int
code_of(const struct err *err)
{
	return err->code == ERR_INVALID_PARAMS ? EXIT_USAGE : EXIT_FILE;
}

/* ---- a scenario ---- */

static int
put_out(struct cmd *c, const char *path, const char *bytes, size_t len)
{
	struct err err;

	if (path == NULL || strcmp(path, "-") == 0)
		return fwrite(bytes, 1, len, stdout) == len ? EXIT_OK
							    : EXIT_FILE;
	if (place_write(path, bytes, len, &err) == -1)
		return cmd_fail(c, EXIT_FILE, &err);
	return EXIT_OK;
}

static void
say_scenario(struct cmd *c, const struct polis_ask *ask,
    const struct polis_told *told, const char *path)
{
	json_t *value = json_pack("{s:s,s:I,s:I,s:I,s:I,s:I}", "scenario", path,
	    "participants", (json_int_t)ask->participants, "authors",
	    (json_int_t)told->authors, "comments", (json_int_t)told->comments,
	    "moderated", (json_int_t)told->moderated, "skipped",
	    (json_int_t)told->faults.n);

	if (strcmp(path, "-") == 0 || !cmd_json(c, value)) {
		term_say(&c->err, 0, STYLE_PLAIN,
		    "%" PRId64 " of %" PRId64 " authors, from %" PRId64
		    " comments (%" PRId64 " of them moderated out).",
		    ask->participants, told->authors, told->comments,
		    told->moderated);
		if (strcmp(path, "-") != 0)
			cmd_hint(c, "`%s run --offline %s` plays it.",
			    c->program, path);
	}
	json_decref(value);
}

static int
write_scenario_to(struct cmd *c, const struct polis_ask *ask,
    const struct polis_told *told, const json_t *scenario)
{
	const char *path = cmd_option(c, "output", 0);
	char *text = json_dumps(scenario, JSON_INDENT(2));
	char *whole = xasprintf("%s\n", text);
	int r = put_out(c, path, whole, strlen(whole));

	free(text);
	free(whole);
	if (r == EXIT_OK)
		say_scenario(c, ask, told, path != NULL ? path : "-");
	return r;
}

static int
import_scenario(struct cmd *c, const char *participants)
{
	const char *seed = cmd_option(c, "seed", 0);
	struct polis_ask ask = {.question = cmd_option(c, "question", 0),
	    .seed = seed != NULL ? seed : "1"};
	struct polis_told told;
	json_t *scenario;
	struct err err = {0};
	char *end;
	int r;

	errno = 0;
	ask.participants = strtoll(participants, &end, 10);
	if (errno != 0 || end == participants || *end != '\0' ||
	    ask.participants < 1)
		return cmd_usage(c, "--participants must be a number from 1");
	if (c->nargs != 2)
		return cmd_usage(c, "a scenario is made of one folder");
	r = polis_scenario(c->args[1], &ask, &told, &scenario, &err);
	say_faults(c, &told.faults);
	if (r == -1)
		r = cmd_fail(c, code_of(&err), &err);
	else
		r = write_scenario_to(c, &ask, &told, scenario);
	json_decref(scenario);
	faults_clear(&told.faults);
	return r;
}

/* ---- a recording ---- */

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The recording grows in a file beside the one it becomes. */
static FILE *
open_beside(const char *path, char **temporary, struct err *err)
{
	FILE *f = NULL;
	int fd;

	*temporary = xasprintf("%s.XXXXXX", path);
	fd = mkstemp(*temporary);
	if (fd != -1)
		f = fdopen(fd, "w");
	if (f == NULL)
		err_set(err, ERR_FILE, NULL, "cannot write %s: %s", path,
		    strerror(errno));
	return f;
}

static int
close_beside(FILE *f, const char *temporary, const char *path, bool good,
    struct err *err)
{
	int saved = 0;

	if (good && (fflush(f) != 0 || fsync(fileno(f)) == -1))
		saved = errno;
	if (fclose(f) != 0 && saved == 0)
		saved = errno;
	if (good && saved == 0 && rename(temporary, path) == -1)
		saved = errno;
	if (!good || saved != 0)
		unlink(temporary);
	if (!good || saved == 0)
		return 0;
	return err_set(
	    err, ERR_FILE, NULL, "cannot write %s: %s", path, strerror(saved));
}

static int
write_import(struct cmd *c, const struct format *f, const char *session,
    const char *path, struct entropy *entropy, struct import_told *told,
    struct err *err)
{
	struct import_as as = {.session = session,
	    .program = "caucus " CAUCUS_VERSION,
	    .at = now_ms(),
	    .entropy = entropy};
	bool out = strcmp(path, "-") == 0;
	struct recording_sink sink;
	char *temporary = NULL;
	FILE *file = out ? stdout : open_beside(path, &temporary, err);
	int r = -1;

	if (file != NULL) {
		sink = recording_to_file(file);
		r = import_write(
		    f, c->args + 1, c->nargs - 1, &as, &sink, told, err);
		if (!out &&
		    close_beside(file, temporary, path, r == 0, err) == -1)
			r = -1;
	}
	free(temporary);
	return r;
}

static void
say_import(struct cmd *c, const struct format *f, const char *path,
    const struct import_told *told)
{
	json_t *value = json_pack("{s:s,s:s,s:I,s:I,s:I}", "recording", path,
	    "format", f->name, "tables", (json_int_t)told->tables, "rows",
	    (json_int_t)told->rows, "skipped", (json_int_t)told->faults.n);

	if (strcmp(path, "-") == 0 || !cmd_json(c, value)) {
		term_say(&c->err, 0, STYLE_PLAIN,
		    "%s: %" PRId64 " rows of %" PRId64 " tables, from the "
		    "format %s.",
		    path, told->rows, told->tables, f->name);
		if (strcmp(path, "-") != 0)
			cmd_hint(c,
			    "`%s replay %s` counts its elections again; `%s "
			    "export --format %s -o FOLDER %s` gives the "
			    "tables back.",
			    c->program, path, c->program, f->name, path);
	}
	json_decref(value);
}

static int
import_recording(struct cmd *c, const struct format *f)
{
	const char *given = cmd_option(c, "output", 0);
	struct import_told told = {0};
	struct entropy entropy = {0};
	uint8_t random[10];
	char session[20], *path;
	struct err err = {0};
	int r;

	entropy_fill(&entropy, random, sizeof random);
	base32_encode(random, sizeof random, session);
	path = given != NULL ? xstrdup(given)
			     : xasprintf("caucus-%s.jsonl", session);
	r = write_import(c, f, session, path, &entropy, &told, &err);
	say_faults(c, &told.faults);
	if (r == -1) {
		r = cmd_fail(c, code_of(&err), &err);
	} else {
		say_import(c, f, path, &told);
		r = EXIT_OK;
	}
	faults_clear(&told.faults);
	free(path);
	return r;
}

int
cmd_import(struct cmd *c)
{
	const char *participants = cmd_option(c, "participants", 0);
	const struct format *f = format_find(c->args[0]);
	struct buf names = {0};
	int r;

	if (f == NULL || f->sheets == NULL) {
		format_names(true, &names);
		r = cmd_usage(c,
		    "there is no format %s to import from; these "
		    "are: %s",
		    c->args[0], names.data);
		buf_free(&names);
		return r;
	}
	if (participants == NULL)
		return import_recording(c, f);
	if (strcmp(f->name, "polis") != 0)
		return cmd_usage(
		    c, "--participants is for the format polis only");
	return import_scenario(c, participants);
}
