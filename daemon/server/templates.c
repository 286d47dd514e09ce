#include "server/templates.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

/* Fresh (free(3)).  What stands there and cannot be read is an error, not a
 * reason to take another. */
static char *
path_of(enum template_kind kind, const char *data, const char *own)
{
	char *path;

	if (own != NULL) {
		path = xasprintf("%s/%s", own, template_names[kind]);
		if (access(path, F_OK) == 0 || errno != ENOENT)
			return path;
		free(path);
	}
	return xasprintf("%s/prompts/%s", data, template_names[kind]);
}

static struct job_template *
load_one(
    enum template_kind kind, const char *data, const char *own, struct err *err)
{
	char *path = path_of(kind, data, own);
	char *bytes = xmalloc(TEMPLATE_MAX + 1);
	struct job_template *t = NULL;
	FILE *f = fopen(path, "re");
	struct err why;
	size_t n;

	if (f == NULL)
		err_set(err, ERR_FILE, NULL,
		    "cannot read the prompt template %s: %s", path,
		    strerror(errno));
	else {
		n = fread(bytes, 1, TEMPLATE_MAX + 1, f);
		t = template_read(kind, bytes, n, &why);
		if (t == NULL)
			err_set(
			    err, why.code, why.field, "%s: %s", path, why.text);
		fclose(f);
	}
	free(bytes);
	free(path);
	return t;
}

int
templates_load(struct job_template **out, const char *data, const char *own,
    struct err *err)
{
	if (own != NULL && access(own, R_OK | X_OK) == -1)
		return err_set(err, ERR_FILE, "prompts",
		    "cannot read the folder of prompt templates %s: %s "
		    "(setting prompts)",
		    own, strerror(errno));
	for (int i = 0; i < TEMPLATES; i++) {
		out[i] = load_one((enum template_kind)i, data, own, err);
		if (out[i] == NULL)
			return -1;
	}
	return 0;
}
