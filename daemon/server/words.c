/* The files of messages: all are read at the start, so that a broken one is
 * told then and not in the middle of a deliberation. */
#include "server/words.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

#define FILE_MAX_BYTES ((size_t)1 << 20)

struct words {
	struct {
		char tag[16];
		struct messages *m;
	} v[64];
	size_t n;
};

static struct messages *
read_file(const char *path, struct err *err)
{
	struct messages *m = NULL;
	FILE *f = fopen(path, "rb");
	struct buf b = {0};
	char part[4096];
	size_t n;

	if (f == NULL) {
		err_set(err, ERR_FILE, "messages", "cannot read %s: %s", path,
		    strerror(errno));
		return NULL;
	}
	while (
	    b.len < FILE_MAX_BYTES && (n = fread(part, 1, sizeof part, f)) > 0)
		buf_add(&b, part, n);
	fclose(f);
	m = messages_read(b.len > 0 ? b.data : "", b.len, path, err);
	buf_free(&b);
	return m;
}

static bool
is_tag(const char *name)
{
	size_t n = strlen(name);

	return n >= 2 && n < 8 &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

struct words *
words_open(const char *data, struct err *err)
{
	struct words *w = xcalloc(1, sizeof *w);
	char *folder = xasprintf("%s/messages", data), *path;
	DIR *dir = opendir(folder);
	struct dirent *entry;
	bool failed = false;

	while (dir != NULL && !failed && w->n < 64 &&
	       (entry = readdir(dir)) != NULL) {
		if (!is_tag(entry->d_name))
			continue;
		path = xasprintf("%s/%s", folder, entry->d_name);
		strlcpy(w->v[w->n].tag, entry->d_name, sizeof w->v[0].tag);
		w->v[w->n].m = read_file(path, err);
		failed = w->v[w->n].m == NULL;
		w->n += !failed;
		free(path);
	}
	if (dir != NULL)
		closedir(dir);
	free(folder);
	if (!failed)
		return w;
	words_close(w);
	return NULL;
}

void
words_close(struct words *w)
{
	size_t i;

	if (w == NULL)
		return;
	for (i = 0; i < w->n; i++)
		messages_free(w->v[i].m);
	free(w);
}

/* "pt-br" is served by pt where there is no file of its own. */
const struct messages *
words_in(const struct words *w, const char *tag)
{
	size_t i, n = strcspn(tag, "-");

	for (i = 0; i < w->n; i++)
		if (strcmp(w->v[i].tag, tag) == 0)
			return w->v[i].m;
	for (i = 0; i < w->n; i++)
		if (strlen(w->v[i].tag) == n &&
		    strncmp(w->v[i].tag, tag, n) == 0)
			return w->v[i].m;
	return NULL;
}
