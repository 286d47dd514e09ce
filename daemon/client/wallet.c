#include "client/wallet.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "client/place.h"

#define WALLET_MAX ((size_t)16 << 20)

static char *
wallet_path(struct err *err)
{
	char *dir = place_state(NULL, err), *path;

	if (dir == NULL)
		return NULL;
	path = xasprintf("%s/tokens.json", dir);
	free(dir);
	return path;
}

static json_t *
empty_file(void)
{
	return json_pack("{s:i,s:[]}", "format", 1, "tokens");
}

/* Whoever reads this file can speak for its owner. */
static int
check_mode(const char *path, const struct stat *st, struct err *err)
{
	if ((st->st_mode & 077) == 0)
		return 0;
	return err_set(err, ERR_FILE, NULL,
	    "%s may be read by others (mode %03o); it holds your tokens: run "
	    "`chmod 600 %s`, and withdraw if somebody may have read it",
	    path, (unsigned)st->st_mode & 0777, path);
}

static json_t *
read_file(const char *path, struct err *err)
{
	struct err why = {0};
	struct stat st;
	char *bytes;
	json_t *root;
	size_t len;

	if (stat(path, &st) == -1 && errno == ENOENT)
		return empty_file();
	bytes = place_read(path, WALLET_MAX, &len, err);
	if (bytes == NULL)
		return NULL;
	if (check_mode(path, &st, err) == -1) {
		free(bytes);
		return NULL;
	}
	root = json_read(bytes, len, &why);
	explicit_bzero(bytes, len);
	free(bytes);
	if (root == NULL || !json_is_array(json_object_get(root, "tokens"))) {
		json_decref(root);
		err_set(err, ERR_BROKEN, NULL,
		    "%s does not hold (%s); mend it or move it away", path,
		    root == NULL ? why.text : "there is no list of tokens");
		return NULL;
	}
	return root;
}

static int
write_file(const char *path, const json_t *root, struct err *err)
{
	char *bytes = json_dumps(root, JSON_INDENT(1));
	int r = place_write(path, bytes, strlen(bytes), err);

	explicit_bzero(bytes, strlen(bytes));
	free(bytes);
	return r;
}

/* The lock is a file of its own, for the other one is replaced. */
static int
lock_file(const char *path, struct err *err)
{
	char *name = xasprintf("%s.lock", path);
	int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	while (fd != -1 && flock(fd, LOCK_EX) == -1) {
		if (errno == EINTR)
			continue;
		close(fd);
		fd = -1;
	}
	if (fd == -1)
		err_set(err, ERR_FILE, NULL, "cannot lock %s: %s", name,
		    strerror(errno));
	free(name);
	return fd;
}

static bool
member_is(const json_t *o, const char *key, const char *value)
{
	const char *v = json_string_value(json_object_get(o, key));

	return v != NULL && strcmp(v, value) == 0;
}

/* Drops the entries of socket and session, and of `id` if it is not NULL. */
static size_t
drop(json_t *list, const char *socket, const char *session, const char *id)
{
	size_t i = json_array_size(list), dropped = 0;
	const json_t *o;

	while (i-- > 0) {
		o = json_array_get(list, i);
		if (!member_is(o, "socket", socket) ||
		    !member_is(o, "session", session) ||
		    (id != NULL && !member_is(o, "id", id)))
			continue;
		json_array_remove(list, i);
		dropped++;
	}
	return dropped;
}

static void
append(json_t *list, const char *socket, const struct pass *p)
{
	json_t *o =
	    json_pack("{s:s,s:s,s:s,s:s,s:s}", "socket", socket, "session",
		p->session, "role", p->role, "id", p->id, "token", p->token);

	if (p->name != NULL)
		json_object_set_new(o, "name", json_string(p->name));
	if (p->code != NULL)
		json_object_set_new(o, "code", json_string(p->code));
	json_array_append_new(list, o);
}

/* Reads, drops, adds (unless p is NULL) and writes, under the lock. */
static int
change(const char *socket, const char *session, const struct pass *p,
    size_t *dropped, struct err *err)
{
	char *path = wallet_path(err);
	json_t *root = NULL, *list;
	int lock = -1, r = -1;

	if (path != NULL)
		lock = lock_file(path, err);
	if (lock != -1)
		root = read_file(path, err);
	if (root != NULL) {
		list = json_object_get(root, "tokens");
		*dropped =
		    drop(list, socket, session, p != NULL ? p->id : NULL);
		if (p != NULL)
			append(list, socket, p);
		r = p == NULL && *dropped == 0 ? 0
					       : write_file(path, root, err);
	}
	json_decref(root);
	if (lock != -1)
		close(lock);
	free(path);
	return r;
}

int
wallet_add(const char *socket, const struct pass *p, struct err *err)
{
	size_t dropped;

	return change(socket, p->session, p, &dropped, err);
}

int
wallet_forget(
    const char *socket, const char *session, size_t *n, struct err *err)
{
	*n = 0;
	return change(socket, session, NULL, n, err);
}

static char *
member_dup(const json_t *o, const char *key)
{
	const char *v = json_string_value(json_object_get(o, key));

	return v != NULL ? xstrdup(v) : NULL;
}

static void
pass_free(struct pass *p)
{
	if (p->token != NULL)
		explicit_bzero(p->token, strlen(p->token));
	free(p->session);
	free(p->role);
	free(p->id);
	free(p->name);
	free(p->token);
	free(p->code);
}

int
wallet_load(const char *socket, struct wallet *w, struct err *err)
{
	char *path = wallet_path(err);
	const json_t *o;
	json_t *root;
	struct pass p;
	size_t i;

	*w = (struct wallet){0};
	root = path != NULL ? read_file(path, err) : NULL;
	free(path);
	if (root == NULL)
		return -1;
	json_array_foreach(json_object_get(root, "tokens"), i, o) {
		if (!member_is(o, "socket", socket))
			continue;
		p = (struct pass){member_dup(o, "session"),
		    member_dup(o, "role"), member_dup(o, "id"),
		    member_dup(o, "name"), member_dup(o, "token"),
		    member_dup(o, "code")};
		if (p.session == NULL || p.role == NULL || p.id == NULL ||
		    p.token == NULL) {
			pass_free(&p);
			continue;
		}
		w->v = xgrow(w->v, w->n, &w->cap, sizeof *w->v);
		w->v[w->n++] = p;
	}
	json_decref(root);
	return 0;
}

void
wallet_free(struct wallet *w)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		pass_free(&w->v[i]);
	free(w->v);
	*w = (struct wallet){0};
}
