#include "server/templates.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static struct job_template *
load_one(enum template_kind kind, const char *data, struct err *err)
{
	char *path = xasprintf("%s/prompts/%s", data, template_names[kind]);
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
templates_load(struct job_template **out, const char *data, struct err *err)
{
	for (int i = 0; i < TEMPLATES; i++) {
		out[i] = load_one((enum template_kind)i, data, err);
		if (out[i] == NULL)
			return -1;
	}
	return 0;
}
