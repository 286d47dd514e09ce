#include "server/erasures.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"

struct erasures {
	char *path;
	FILE *f; /* appends */
};

static int
file_err(const struct erasures *l, const char *doing, struct err *err)
{
	return err_set(err, ERR_FILE, NULL,
	    "cannot %s the list of erasures %s: %s", doing, l->path,
	    strerror(errno));
}

/* The length of the file's whole lines; -1: it cannot be read to its end, and
 * must not be cut where the reading broke off. */
static long
whole_lines(FILE *f)
{
	long at = 0, end = 0;
	int c;

	rewind(f);
	while ((c = getc(f)) != EOF) {
		at++;
		if (c == '\n')
			end = at;
	}
	return ferror(f) ? -1 : end;
}

/* A new name in a folder is durable when the folder is. */
static void
sync_folder(const char *path)
{
	char *folder = xstrdup(path), *slash = strrchr(folder, '/');
	int fd;

	if (slash == NULL)
		strlcpy(folder, ".", 2);
	else
		slash[slash == folder] = '\0';
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd != -1) {
		fsync(fd);
		close(fd);
	}
	free(folder);
}

struct erasures *
erasures_open(const char *path, struct err *err)
{
	struct erasures *l = xcalloc(1, sizeof *l);
	int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	long whole = -1;

	l->path = xstrdup(path);
	if (fd != -1)
		l->f = fdopen(fd, "a+");
	if (l->f != NULL)
		whole = whole_lines(l->f);
	if (whole == -1 || ftruncate(fd, whole) == -1 || fsync(fd) == -1) {
		file_err(l, "open", err);
		erasures_close(l);
		return NULL;
	}
	sync_folder(path);
	return l;
}

void
erasures_close(struct erasures *l)
{
	if (l == NULL)
		return;
	if (l->f != NULL)
		fclose(l->f);
	free(l->path);
	free(l);
}

int
erasures_add(struct erasures *l, const char *session, const char *participant,
    const json_t *items, int64_t at, struct err *err)
{
	json_t *line = json_pack("{s:I,s:O,s:s,s:s}", "at", (json_int_t)at,
	    "items", items, "participant", participant, "session", session);
	struct buf b = {0};
	off_t end;
	bool ok;

	json_canonical(&b, line);
	buf_addc(&b, '\n');
	json_decref(line);
	end = lseek(fileno(l->f), 0, SEEK_END);
	ok = end != -1 && fwrite(b.data, 1, b.len, l->f) == b.len &&
	     fflush(l->f) == 0 && fsync(fileno(l->f)) == 0;
	buf_free(&b);
	if (ok)
		return 0;
	err_set(err, ERR_JOURNAL_UNAVAILABLE, NULL,
	    "cannot write the list of erasures %s (%s): nothing was erased; "
	    "free space or mend the file, and try again",
	    l->path, strerror(errno));
	clearerr(l->f);
	if (end != -1 && ftruncate(fileno(l->f), end) == -1)
		clearerr(l->f); /* the next opening drops what is cut off */
	return -1;
}

static int
bad_line(const struct erasures *l, long n, struct err *err)
{
	return err_set(err, ERR_BROKEN, NULL,
	    "line %ld of the list of erasures %s cannot be read: restore the "
	    "file, or take the line out if you know what it was (words that "
	    "it names would then stay)",
	    n, l->path);
}

static int
read_line(const struct erasures *l, const char *text, size_t len, long n,
    erasures_fn *fn, void *arg, struct err *err)
{
	const char *session = NULL, *participant = NULL;
	json_t *line = json_read(text, len, NULL), *items = NULL;
	int r;

	r = line == NULL ||
		    json_unpack(line, "{s:s,s:s,s:o}", "session", &session,
			"participant", &participant, "items", &items) == -1 ||
		    !json_is_array(items)
		? bad_line(l, n, err)
		: fn(session, participant, items, arg, err);
	json_decref(line);
	return r;
}

int
erasures_each(struct erasures *l, erasures_fn *fn, void *arg, struct err *err)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;
	long n = 0;
	int r = 0;

	rewind(l->f);
	while (r == 0 && (len = getline(&line, &cap, l->f)) > 0)
		r = read_line(l, line, (size_t)len - 1, ++n, fn, arg, err);
	if (r == 0 && ferror(l->f))
		r = file_err(l, "read", err);
	free(line);
	return r;
}
