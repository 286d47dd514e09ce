/* Reading a recording line by line, from a file or from memory. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/input.h"
#include "record/recording.h"

#define CHUNK 65536

struct recording {
	FILE *f;	/* NULL: memory */
	const char *at; /* what has been read and not been taken */
	size_t left;
	struct buf line; /* without its newline */
	int64_t lineno;
	bool failed;
	char chunk[]; /* CHUNK bytes if f */
};

struct recording *
recording_open(const char *path, struct err *err)
{
	FILE *f = input_open(path, err);
	struct recording *r;

	if (f == NULL)
		return NULL;
	r = xcalloc(1, sizeof(*r) + CHUNK);
	r->f = f;
	return r;
}

struct recording *
recording_of(const char *bytes, size_t len)
{
	struct recording *r = xcalloc(1, sizeof(*r));

	r->at = bytes;
	r->left = len;
	return r;
}

void
recording_close(struct recording *r)
{
	if (r == NULL)
		return;
	input_close(r->f);
	buf_free(&r->line);
	free(r);
}

int64_t
recording_lineno(const struct recording *r)
{
	return r->lineno;
}

/* More bytes: 1, the end: 0, or -1. */
static int
refill(struct recording *r, struct err *err)
{
	size_t n;

	if (r->f == NULL)
		return 0;
	n = fread(r->chunk, 1, CHUNK, r->f);
	if (n == 0 && ferror(r->f))
		return err_set(err, ERR_FILE, NULL,
		    "the recording cannot be read: %s", strerror(errno));
	r->at = r->chunk;
	r->left = n;
	return n > 0;
}

static int
broken(struct err *err, const char *what)
{
	return err_set(err, ERR_BROKEN, NULL, "%s", what);
}

/* The end of the bytes: of the recording, if a line has just ended. */
static int
end(const struct recording *r, struct err *err)
{
	if (r->line.len == 0)
		return 0;
	return broken(err, "the line has no newline at its end: the file was "
			   "cut off, or is still being written");
}

/* The next line into r->line: 1, or 0 at the end, or -1. */
static int
next_line(struct recording *r, struct err *err)
{
	const char *newline = NULL;
	size_t n;
	int more;

	buf_reset(&r->line);
	r->lineno++;
	while (newline == NULL) {
		if (r->left == 0) {
			more = refill(r, err);
			if (more != 1)
				return more == 0 ? end(r, err) : -1;
		}
		newline = memchr(r->at, '\n', r->left);
		n = newline != NULL ? (size_t)(newline - r->at) : r->left;
		if (n > RECORDING_LINE_MAX - r->line.len)
			return err_set(err, ERR_BROKEN, NULL,
			    "the line is longer than %zu bytes; no recording "
			    "has such lines",
			    RECORDING_LINE_MAX);
		buf_add(&r->line, r->at, n);
		n += newline != NULL;
		r->at += n;
		r->left -= n;
	}
	if (r->line.len > 0 && r->line.data[r->line.len - 1] == '\r')
		return broken(err,
		    "the line ends in CR LF: the file was converted on its "
		    "way; transfer it again as it is");
	return 1;
}

int
recording_begin(
    struct recording *r, struct recording_header *out, struct err *err)
{
	int n;

	*out = (struct recording_header){0};
	n = next_line(r, err);
	if (n == 0)
		n = broken(err, "the recording is empty");
	if (n == 1 &&
	    recording_header_read(r->line.data, r->line.len, out, err) == -1)
		n = -1;
	r->failed = n == -1;
	return n == -1 ? -1 : 0;
}

int
recording_next(struct recording *r, struct event **e, struct err *err)
{
	int n;

	*e = NULL;
	if (r->failed)
		return broken(err, "nothing can be read after a fault");
	n = next_line(r, err);
	if (n == 1) {
		*e = recording_line_read(r->line.data, r->line.len, err);
		if (*e == NULL)
			n = -1;
	}
	r->failed = n == -1;
	return n;
}
