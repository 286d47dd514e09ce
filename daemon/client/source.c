#include "client/source.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "client/place.h"
#include "client/runner.h"

bool
source_is_file(const char *arg)
{
	return strcmp(arg, "-") == 0 || strpbrk(arg, "./") != NULL;
}

int
source_fetch(struct cmd *c, char **bytes, size_t *len)
{
	const char *as = cmd_option(c, "as", 0);
	struct buf recording = {0};
	enum link_answer a;
	struct err err;
	int r;

	*bytes = NULL;
	if (c->nargs == 1 && cmd_option(c, "session", 0) != NULL)
		return cmd_usage(c, "the session is named twice");
	if (c->nargs == 1)
		c->given[c->ngiven++] =
		    (struct cmd_given){"session", c->args[0]};
	r = cmd_open(c, WHO_READER);
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
	*len = recording.len;
	*bytes = buf_take(&recording);
	return EXIT_OK;
}

char *
source_keep_path(const char *session, struct err *err)
{
	char *dir = place_state("recordings", err), *path;

	if (dir == NULL)
		return NULL;
	path = xasprintf("%s/%s.jsonl", dir, session);
	free(dir);
	return path;
}
