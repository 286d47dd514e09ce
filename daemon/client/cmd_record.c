/* caucus export, verify, replay: recordings. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "client/cmd.h"
#include "client/place.h"
#include "client/runner.h"
#include "record/replay.h"
#include "record/verify.h"

/* ---- export ---- */

static int
say_export(struct cmd *c, const char *path, const struct buf *recording)
{
	struct verify_report report;
	struct buf text = {0};
	struct err err;
	json_t *value;
	int r = EXIT_OK;

	if (verify_bytes(recording->data, recording->len, &report, &err) == -1)
		r = EXIT_DIFFERS;
	if (c->json) {
		value = verify_json(&report);
		json_object_set_new(value, "file", json_string(path));
		cmd_json(c, value);
		json_decref(value);
		return r;
	}
	verify_text(&report, path, &text);
	fputs(text.data, c->out.f);
	buf_free(&text);
	if (r == EXIT_OK && report.open == report.sealed - report.erased)
		cmd_advise(c,
		    "`caucus replay %s` runs it through the engine "
		    "again.",
		    path);
	else if (r == EXIT_OK)
		cmd_advise(c, "keep it: with it anybody can check what was "
			      "counted. What others may not read is missing "
			      "in it.");
	return r;
}

int
cmd_export(struct cmd *c)
{
	const char *as = cmd_option(c, "as", 0);
	const char *given = cmd_option(c, "output", 0);
	struct buf recording = {0};
	enum link_answer a;
	struct err err;
	char *path;
	int r = cmd_open(c, WHO_READER);

	if (r != EXIT_OK)
		return r;
	if (as != NULL && strcmp(as, "operator") != 0)
		as = NULL;
	a = runner_export(c->link, c->session, as, &recording, &err);
	if (a != LINK_OK) {
		buf_free(&recording);
		return cmd_fail(
		    c, a == LINK_DOWN ? EXIT_UNREACHABLE : EXIT_REFUSED, &err);
	}
	path = given != NULL ? xstrdup(given)
			     : xasprintf("caucus-%s.jsonl", c->session);
	if (strcmp(path, "-") == 0)
		r = fwrite(recording.data, 1, recording.len, stdout) ==
			    recording.len
			? EXIT_OK
			: EXIT_FILE;
	else if (place_write(path, recording.data, recording.len, &err) == -1)
		r = cmd_fail(c, EXIT_FILE, &err);
	else
		r = say_export(c, path, &recording);
	buf_free(&recording);
	free(path);
	return r;
}

/* ---- verify, replay ---- */

static int
code_of(int r, const struct err *err)
{
	if (r == 0)
		return EXIT_OK;
	return err->code == ERR_FILE ? EXIT_FILE : EXIT_DIFFERS;
}

/*
 * Files are told one after the other; with --json one is an object, several
 * are a list of them.
 */
static void
say_report(struct cmd *c, json_t *all, json_t *value, struct buf *text,
    const char *file)
{
	json_object_set_new(value, "file", json_string(file));
	json_array_append_new(all, value);
	if (!c->json)
		fputs(text->data, c->out.f);
	buf_free(text);
}

static void
say_all(struct cmd *c, json_t *all)
{
	if (c->nargs > 1)
		cmd_json(c, all);
	else if (json_array_size(all) == 1)
		cmd_json(c, json_array_get(all, 0));
	json_decref(all);
}

static int
verify_one(struct cmd *c, const char *file, json_t *all)
{
	struct verify_report report;
	struct buf text = {0};
	struct err err;
	int r = code_of(verify_file(file, &report, &err), &err);

	if (r == EXIT_FILE)
		return cmd_fail(c, r, &err);
	verify_text(&report, file, &text);
	say_report(c, all, verify_json(&report), &text, file);
	return r;
}

int
cmd_verify(struct cmd *c)
{
	json_t *all = json_array();
	int r = EXIT_OK, one;
	size_t i;

	for (i = 0; i < c->nargs; i++) {
		one = verify_one(c, c->args[i], all);
		r = one > r ? one : r;
	}
	say_all(c, all);
	if (r == EXIT_OK)
		cmd_advise(c,
		    "`caucus replay %s` runs it through the engine "
		    "again.",
		    c->args[0]);
	return r;
}

static int
replay_one(struct cmd *c, const char *file, json_t *all)
{
	struct replay_report report;
	struct buf text = {0};
	struct err err;
	int r = code_of(replay_file(file, &report, &err), &err);

	if (r == EXIT_FILE)
		cmd_fail(c, r, &err);
	else {
		replay_text(&report, file, &text);
		say_report(c, all, replay_json(&report), &text, file);
	}
	replay_report_clear(&report);
	return r;
}

int
cmd_replay(struct cmd *c)
{
	json_t *all = json_array();
	int r = EXIT_OK, one;
	size_t i;

	for (i = 0; i < c->nargs; i++) {
		one = replay_one(c, c->args[i], all);
		r = one > r ? one : r;
	}
	say_all(c, all);
	return r;
}
