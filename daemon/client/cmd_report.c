/* caucus report: a page for people who were not there. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "client/cmd.h"
#include "client/place.h"
#include "client/report.h"
#include "client/source.h"
#include "client/story.h"
#include "record/verify.h"

/* An argument with a dot or a slash in it is a file, as for export. */
static int
load(struct cmd *c, char **bytes, size_t *len)
{
	struct err err;

	if (c->nargs == 0 || !source_is_file(c->args[0]))
		return source_fetch(c, bytes, len);
	*bytes = place_read(c->args[0], SOURCE_MAX, len, &err);
	return *bytes != NULL ? EXIT_OK : cmd_fail(c, EXIT_FILE, &err);
}

/* Only what holds is told. */
static int
read_facts(
    const char *bytes, size_t len, struct report_facts *facts, struct err *err)
{
	struct verify_report verified;
	struct recording_header header;
	struct recording *rec;
	struct event *e;

	if (verify_bytes(bytes, len, &verified, err) == -1)
		return -1;
	if (verified.header.imported[0] != '\0')
		return err_set(err, ERR_BROKEN, NULL,
		    "this was imported from the format %s: a report tells of "
		    "sessions that were held here",
		    verified.header.imported);
	*facts = (struct report_facts){.events = verified.events};
	hex_encode(verified.head, DIGEST_LEN, facts->head);
	rec = recording_of(bytes, len);
	recording_begin(rec, &header, NULL);
	while (recording_next(rec, &e, NULL) == 1) {
		if (facts->begun == 0)
			facts->begun = e->at;
		facts->ended = e->at;
		event_destroy(e);
	}
	recording_close(rec);
	return 0;
}

static int
put(struct cmd *c, const struct buf *page)
{
	const char *path = cmd_option(c, "output", 0);
	struct err err;
	json_t *value;

	if (c->json && path == NULL) {
		value = json_pack("{s:s}", "page", page->data);
		cmd_json(c, value);
		json_decref(value);
		return EXIT_OK;
	}
	if (path == NULL || strcmp(path, "-") == 0)
		return fwrite(page->data, 1, page->len, c->out.f) == page->len
			   ? EXIT_OK
			   : EXIT_FILE;
	if (place_write(path, page->data, page->len, &err) == -1)
		return cmd_fail(c, EXIT_FILE, &err);
	value = json_pack(
	    "{s:s,s:I}", "file", path, "bytes", (json_int_t)page->len);
	if (!cmd_json(c, value))
		fprintf(c->out.f, "%s\n", path);
	json_decref(value);
	return EXIT_OK;
}

int
cmd_report(struct cmd *c)
{
	struct report_facts facts;
	struct buf page = {0};
	char *bytes = NULL;
	json_t *story;
	struct err err;
	size_t len = 0;
	int r;

	r = load(c, &bytes, &len);
	if (r != EXIT_OK) {
		free(bytes);
		return r;
	}
	story = read_facts(bytes, len, &facts, &err) == 0
		    ? story_read(bytes, len, &err)
		    : NULL;
	free(bytes);
	if (story == NULL)
		return cmd_fail(c, EXIT_DIFFERS, &err);
	r = cmd_speak(c, json_string_value(json_object_get(
			     json_object_get(story, "language"), "language")));
	if (r == EXIT_OK) {
		report_write(story, &facts, c->words, &page);
		r = put(c, &page);
	}
	json_decref(story);
	buf_free(&page);
	return r;
}
