#include "client/table.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "client/place.h"

#define LOCK_TRIES 100 /* every 10 ms */

struct table {
	char *path; /* NULL: standard output */
	int fd;
	bool csv;
	const json_t *columns;
};

static int
failed(const struct table *t, const char *what, struct err *err)
{
	return err_set(err, ERR_FILE, NULL, "cannot %s %s: %s", what,
	    t->path != NULL ? t->path : "standard output", strerror(errno));
}

/* ---- rows as bytes ---- */

static void
add_field(struct buf *b, const char *s)
{
	if (strpbrk(s, ",\"\r\n") == NULL) {
		buf_adds(b, s);
		return;
	}
	buf_addc(b, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"')
			buf_addc(b, '"');
		buf_addc(b, *s);
	}
	buf_addc(b, '"');
}

static void
add_csv_value(struct buf *b, const json_t *v)
{
	if (json_is_string(v))
		add_field(b, json_string_value(v));
	else if (json_is_integer(v))
		buf_addf(b, "%lld", (long long)json_integer_value(v));
	else if (json_is_boolean(v))
		buf_adds(b, json_is_true(v) ? "true" : "false");
}

static void
add_csv(struct buf *b, const json_t *columns, const json_t *row)
{
	const json_t *name;
	size_t i;

	json_array_foreach(columns, i, name) {
		if (i > 0)
			buf_addc(b, ',');
		if (row == NULL)
			add_field(b, json_string_value(name));
		else
			add_csv_value(
			    b, json_object_get(row, json_string_value(name)));
	}
	buf_adds(b, "\r\n");
}

/* The columns in their order. */
static void
add_line(struct buf *b, const json_t *columns, const json_t *row)
{
	const json_t *name, *v;
	const char *key;
	size_t i;

	json_array_foreach(columns, i, name) {
		key = json_string_value(name);
		v = json_object_get(row, key);
		buf_addc(b, i == 0 ? '{' : ',');
		json_quote(b, key, strlen(key));
		buf_addc(b, ':');
		if (json_is_string(v))
			json_quote(
			    b, json_string_value(v), json_string_length(v));
		else if (v == NULL || json_is_null(v))
			buf_adds(b, "null");
		else
			add_csv_value(b, v);
	}
	buf_adds(b, "}\n");
}

static void
add_row(const struct table *t, struct buf *b, const json_t *row)
{
	if (t->csv)
		add_csv(b, t->columns, row);
	else
		add_line(b, t->columns, row);
}

/* ---- bytes as rows ---- */

/* The bytes of the first row; 0: it is not whole. */
static size_t
row_length(bool csv, const char *p, size_t n)
{
	bool quoted = false;
	size_t i;

	for (i = 0; i < n; i++) {
		if (csv && p[i] == '"')
			quoted = !quoted;
		else if (p[i] == '\n' && !quoted)
			return i + 1;
	}
	return 0;
}

/* The field at *p: moves *p to what ends it. */
static json_t *
take_field(const char **p, const char *end)
{
	struct buf b = {0};
	const char *s = *p;
	json_t *v;

	if (s < end && *s == '"')
		for (s++; s < end; buf_addc(&b, *s++)) {
			if (*s != '"')
				continue;
			if (++s == end || *s != '"')
				break;
		}
	else
		for (; s < end && *s != ','; s++)
			buf_addc(&b, *s);
	*p = s;
	v = b.len > 0 ? json_stringn(b.data, b.len) : json_null();
	buf_free(&b);
	return v;
}

static json_t *
read_csv(const json_t *columns, const char *p, size_t n)
{
	const char *end = p + n;
	json_t *row = json_object(), *name;
	size_t i;

	while (end > p && (end[-1] == '\n' || end[-1] == '\r'))
		end--;
	json_array_foreach((json_t *)columns, i, name) {
		if (i > 0 && (p >= end || *p++ != ','))
			break;
		json_object_set_new(
		    row, json_string_value(name), take_field(&p, end));
	}
	if (i == json_array_size(columns) && p == end)
		return row;
	json_decref(row);
	return NULL;
}

static json_t *
read_row(const struct table *t, const char *p, size_t n)
{
	struct err err;
	json_t *row, *name;
	size_t i;

	if (t->csv)
		return read_csv(t->columns, p, n);
	row = json_read(p, n - 1, &err);
	if (json_object_size(row) != json_array_size(t->columns)) {
		json_decref(row);
		return NULL;
	}
	json_array_foreach((json_t *)t->columns, i, name)
		if (json_object_get(row, json_string_value(name)) == NULL) {
			json_decref(row);
			return NULL;
		}
	return row;
}

static int
foreign(const struct table *t, size_t line, struct err *err)
{
	return err_set(err, ERR_BROKEN, "output",
	    "%s: row %zu is not of this batch's table (other columns, or no "
	    "table at all); nothing was changed: name another file, or move "
	    "this one away",
	    t->path, line);
}

/* What stays of a file: `kept` is all of it that does. */
static int
sift(const struct table *t, const struct buf *file, struct buf *kept,
    bool (*keep)(const json_t *row, void *arg), void *arg, struct err *err)
{
	struct buf head = {0};
	size_t at = 0, len, line = 1;
	json_t *row;

	if (t->csv) {
		add_csv(&head, t->columns, NULL);
		at = file->len < head.len ? file->len : head.len;
		if (at > 0 && memcmp(file->data, head.data, at) != 0) {
			buf_free(&head);
			return foreign(t, 1, err);
		}
		buf_add(kept, head.data, head.len);
		buf_free(&head);
	}
	for (; (len = row_length(t->csv, file->data + at, file->len - at)) > 0;
	     at += len, line++) {
		row = read_row(t, file->data + at, len);
		if (row == NULL)
			return foreign(t, line, err);
		if (keep(row, arg))
			buf_add(kept, file->data + at, len);
		json_decref(row);
	}
	return 0;
}

/* ---- the file ---- */

static int
read_file(struct table *t, struct buf *out, struct err *err)
{
	char chunk[65536];
	ssize_t n;

	buf_adds(out, "");
	while ((n = read(t->fd, chunk, sizeof chunk)) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return failed(t, "read", err);
		buf_add(out, chunk, (size_t)n);
	}
	return 0;
}

/* The workers of a batch that was killed hold its table until the kernel has
 * ended them too, which is a moment later. */
static int
take_lock(struct table *t, struct err *err)
{
	const struct timespec pause = {0, 10000000};
	int i;

	for (i = 0; i < LOCK_TRIES; i++) {
		if (flock(t->fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK)
			break;
		nanosleep(&pause, NULL);
	}
	if (errno != EWOULDBLOCK)
		return failed(t, "lock", err);
	return err_set(err, ERR_FILE, "output",
	    "another batch is writing %s; wait for it, or name another file",
	    t->path);
}

/* The new file is locked before it takes the old one's place. */
static int
replace(struct table *t, const struct buf *kept, struct err *err)
{
	char *temporary = xasprintf("%s.XXXXXX", t->path);
	int fd = mkostemp(temporary, O_CLOEXEC | O_APPEND), old = t->fd, r = 0;

	if (fd == -1 || flock(fd, LOCK_EX | LOCK_NB) == -1 ||
	    fchmod(fd, 0600) == -1 ||
	    place_put(fd, kept->data, kept->len) == -1 || fsync(fd) == -1 ||
	    rename(temporary, t->path) == -1)
		r = failed(t, "write", err);
	if (r == -1 && fd != -1) {
		unlink(temporary);
		close(fd);
	} else if (r == 0) {
		t->fd = fd;
		close(old);
	}
	free(temporary);
	return r;
}

/* Whether the name still means the file that we hold. */
static bool
still_there(const struct table *t)
{
	struct stat ours, named;

	return fstat(t->fd, &ours) == 0 && stat(t->path, &named) == 0 &&
	       ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

static int
open_locked(struct table *t, struct err *err)
{
	do {
		if (t->fd != -1)
			close(t->fd);
		t->fd = open(
		    t->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
		if (t->fd == -1)
			return failed(t, "open", err);
		if (take_lock(t, err) == -1)
			return -1;
	} while (!still_there(t));
	return 0;
}

static int
open_file(struct table *t, bool (*keep)(const json_t *row, void *arg),
    void *arg, struct err *err)
{
	struct buf file = {0}, kept = {0};
	int r = -1;

	if (open_locked(t, err) == 0 && read_file(t, &file, err) == 0)
		r = sift(t, &file, &kept, keep, arg, err);
	/* Rows that stay are whole and in order: only then do the lengths
	 * agree. */
	if (r == 0 && kept.len != file.len)
		r = replace(t, &kept, err);
	buf_free(&file);
	buf_free(&kept);
	return r;
}

struct table *
table_open(const char *path, bool csv, const json_t *columns,
    bool (*keep)(const json_t *row, void *arg), void *arg, struct err *err)
{
	struct table *t = xcalloc(1, sizeof *t);
	struct buf head = {0};

	t->csv = csv;
	t->columns = columns;
	t->fd = -1;
	if (path != NULL) {
		t->path = xstrdup(path);
		if (open_file(t, keep, arg, err) == 0)
			return t;
	} else {
		t->fd = STDOUT_FILENO;
		if (csv)
			add_csv(&head, columns, NULL);
		if (place_put(t->fd, head.data, head.len) == 0) {
			buf_free(&head);
			return t;
		}
		failed(t, "write", err);
		buf_free(&head);
	}
	table_close(t);
	return NULL;
}

int
table_add(struct table *t, const json_t *row, struct err *err)
{
	struct buf b = {0};
	int r;

	add_row(t, &b, row);
	r = place_put(t->fd, b.data, b.len);
	buf_free(&b);
	if (r == -1 || (t->path != NULL && fdatasync(t->fd) == -1))
		return failed(t, "write", err);
	return 0;
}

void
table_close(struct table *t)
{
	if (t == NULL)
		return;
	if (t->path != NULL && t->fd != -1)
		close(t->fd);
	free(t->path);
	free(t);
}
