/* caucus export: a recording taken away. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "client/cmd.h"
#include "client/place.h"
#include "client/runner.h"
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
