/* caucus result: the result as a page to hand on. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "client/runner.h"
#include "client/story.h"
#include "client/tell.h"
#include "client/view.h"

static int
print_page(struct cmd *c, const struct buf *recording)
{
	struct err err;
	json_t *story;

	story = story_read(recording->data, recording->len, &err);
	if (story == NULL)
		return cmd_fail(c, EXIT_DIFFERS, &err);
	tell_page(&c->out, story);
	json_decref(story);
	return EXIT_OK;
}

int
cmd_result(struct cmd *c)
{
	struct buf recording = {0};
	enum link_answer a;
	struct err err;
	json_t *view;
	int r = cmd_open(c, WHO_READER);

	if (r == EXIT_OK)
		r = cmd_view(c, &view);
	if (r != EXIT_OK)
		return r;
	if (json_object_get(view, "result") == NULL) {
		r = view_refuse(c, view, MSG_ERROR_NO_RESULT, NULL);
		json_decref(view);
		return r;
	}
	if (cmd_json(c, json_object_get(view, "result"))) {
		json_decref(view);
		return EXIT_OK;
	}
	a = runner_export(c->link, c->session, NULL, &recording, &err);
	if (a == LINK_OK)
		r = print_page(c, &recording);
	else
		r = cmd_fail(
		    c, a == LINK_DOWN ? EXIT_UNREACHABLE : EXIT_REFUSED, &err);
	buf_free(&recording);
	json_decref(view);
	return r;
}
