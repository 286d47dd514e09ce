/* caucus verify, replay: recordings. */
#include "client/cmd.h"
#include "record/replay.h"
#include "record/verify.h"

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
