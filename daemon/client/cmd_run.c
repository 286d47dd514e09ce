/* caucus run: a whole deliberation from a file, through a real daemon. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "client/batch.h"
#include "client/cmd.h"
#include "client/place.h"
#include "client/runner.h"
#include "client/source.h"
#include "client/stage.h"
#include "client/story.h"
#include "client/tell.h"
#include "record/verify.h"

static int
read_matrix(struct cmd *c, struct matrix *m)
{
	const char *given;
	struct err err;
	size_t i;

	for (i = 0; (given = cmd_option(c, "set", i)) != NULL; i++)
		if (matrix_set(m, given, &err) == -1)
			return cmd_usage(c, "%s", err.text);
	given = cmd_option(c, "seed", 0);
	if (given != NULL && matrix_seed(m, given, &err) == -1)
		return cmd_usage(c, "%s", err.text);
	return EXIT_OK;
}

static int
read_scenario(struct cmd *c, struct scenario *sc)
{
	struct err err, why;
	char *bytes;
	size_t len;
	int r;

	*sc = (struct scenario){0};
	bytes = place_read(c->args[0], SCENARIO_MAX, &len, &err);
	if (bytes == NULL)
		return cmd_fail(c, EXIT_FILE, &err);
	r = scenario_read(sc, bytes, len, &why);
	free(bytes);
	if (r == 0)
		return EXIT_OK;
	err_set(&err, why.code, why.field, "%s: %s", c->args[0], why.text);
	return cmd_fail(c, EXIT_FILE, &err);
}

static char *
recording_path(struct cmd *c, const json_t *story, struct err *err)
{
	const char *given = cmd_option(c, "record", 0);

	return given != NULL
		   ? xstrdup(given)
		   : source_keep_path(
			 json_string_value(json_object_get(story, "session")),
			 err);
}

/* Another draw of everything that is drawn. */
static const char *
other_seed(const struct cmd *c)
{
	const char *seed = cmd_option(c, "seed", 0);

	return seed != NULL && strcmp(seed, "8") == 0 ? "9" : "8";
}

/* The same with another seed. */
static void
advise_again(struct cmd *c, struct term *t)
{
	const char *options[HOUSE_OPTIONS_MAX];
	struct buf more = {0};
	int i, n = stage_options(c, options);

	for (i = 0; i < n; i++)
		buf_addf(&more, "%s ", options[i]);
	term_command(t, "%s run --seed %s %s%s", c->program, other_seed(c),
	    n > 0 ? more.data : "", c->args[0]);
	buf_free(&more);
}

static void
say_result(struct cmd *c, const struct scenario *sc, const json_t *story,
    const char *path)
{
	struct term *t = c->json ? &c->err : &c->out;
	const char *note = runner_note(sc);
	bool lost =
	    sc->positions && (sc->affirming == NULL || sc->negating == NULL);

	if (!c->json || cmd_flag(c, "show")) {
		tell_story(t, story);
		term_blank(t);
	}
	if (note != NULL)
		term_say(t, 2, STYLE_WARN, "%s", note);
	if (lost)
		term_say(t, 2, STYLE_WARN,
		    "Positions were not asked for: the question has no "
		    "affirming and negating statements.");
	if (c->json)
		return;
	if (note != NULL || lost)
		term_blank(t);
	term_text(t, 0, 11, STYLE_DIM, "Recording", path);
	term_text(t, 0, 11, STYLE_DIM, "Try next", "");
	term_command(t, "%s verify %s", c->program, path);
	term_command(t, "%s replay %s", c->program, path);
	advise_again(c, t);
	term_command(t, "%s help", c->program);
}

static int
keep(struct cmd *c, const struct scenario *sc, const struct buf *recording)
{
	struct verify_report report;
	json_t *story, *value;
	char *path = NULL;
	struct err err;
	int r = EXIT_OK;

	if (verify_bytes(recording->data, recording->len, &report, &err) == -1)
		return cmd_fail(c, EXIT_DIFFERS, &err);
	story = story_read(recording->data, recording->len, &err);
	if (story == NULL)
		return cmd_fail(c, EXIT_DIFFERS, &err);
	r = cmd_speak(c, json_string_value(json_object_get(
			     json_object_get(story, "result"), "language")));
	path = recording_path(c, story, &err);
	if (r != EXIT_OK)
		;
	else if (path == NULL ||
		 place_write(path, recording->data, recording->len, &err) == -1)
		r = cmd_fail(c, EXIT_FILE, &err);
	else {
		say_result(c, sc, story, path);
		value = story_run_json(story, sc->preset, path);
		cmd_json(c, value);
		json_decref(value);
		if (story_drafted(story, cmd_option(c, "endpoint", 0), &err) ==
		    -1)
			r = cmd_fail(c, EXIT_SILENT, &err);
	}
	free(path);
	json_decref(story);
	return r;
}

/* The settings of --set over the scenario's own. */
static json_t *
settings_of(struct scenario *sc, const struct matrix *m, const char **seed)
{
	json_t *given = matrix_at(m, 0, seed), *all;

	all = sc->settings != NULL ? json_copy((json_t *)sc->settings)
				   : json_object();
	json_object_update(all, given);
	json_decref(given);
	sc->settings = all;
	return all;
}

static int
run_one(struct cmd *c, const struct matrix *m)
{
	struct buf recording = {0};
	json_t *settings = NULL;
	struct scenario sc;
	const char *seed;
	int r;

	r = read_scenario(c, &sc);
	if (r == EXIT_OK) {
		settings = settings_of(&sc, m, &seed);
		stage_signals();
		r = stage_run(c, &sc, seed, &recording);
		stage_obey();
		/* What is printed now may go to a pager that was left. */
		signal(SIGPIPE, SIG_DFL);
	}
	if (r == EXIT_OK)
		r = keep(c, &sc, &recording);
	buf_free(&recording);
	json_decref(settings);
	scenario_free(&sc);
	return r;
}

int
cmd_run(struct cmd *c)
{
	struct matrix m;
	int r;

	matrix_init(&m);
	r = read_matrix(c, &m);
	if (r == EXIT_OK)
		r = c->nargs > 1 || m.n > 1 || cmd_flag(c, "output")
			? batch_run(c, &m)
			: run_one(c, &m);
	matrix_free(&m);
	return r;
}
