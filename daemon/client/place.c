#include "client/place.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "net/address.h"

#define SYSTEM_SOCKET "/run/caucus/caucusd.sock"

static char *
absolute(const char *path)
{
	char *cwd, *whole;

	if (*path == '/' ||
	    strncmp(path, ADDRESS_TCP, strlen(ADDRESS_TCP)) == 0)
		return xstrdup(path);
	cwd = getcwd(NULL, 0);
	whole = xasprintf("%s/%s", cwd != NULL ? cwd : "", path);
	free(cwd);
	return whole;
}

static const char *
env_dir(const char *name)
{
	const char *v = getenv(name);

	return v != NULL && *v == '/' ? v : NULL;
}

char *
place_socket(const char *given)
{
	const char *env = getenv("CAUCUS_SOCKET");
	const char *run = env_dir("XDG_RUNTIME_DIR");
	char *own;

	if (given != NULL)
		return absolute(given);
	if (env != NULL && *env != '\0')
		return absolute(env);
	if (run == NULL)
		return xstrdup(SYSTEM_SOCKET);
	own = xasprintf("%s/caucus/caucusd.sock", run);
	if (access(own, F_OK) == -1 && access(SYSTEM_SOCKET, F_OK) == 0) {
		free(own);
		return xstrdup(SYSTEM_SOCKET);
	}
	return own;
}

/* Every missing folder of the path, for us alone. */
static int
make_dirs(char *path, struct err *err)
{
	char *at = path;

	while (at != NULL) {
		at = strchr(at + 1, '/');
		if (at != NULL)
			*at = '\0';
		if (mkdir(path, 0700) == -1 && errno != EEXIST)
			return err_set(err, ERR_FILE, NULL,
			    "cannot make %s: %s", path, strerror(errno));
		if (at != NULL)
			*at = '/';
	}
	return 0;
}

char *
place_state(const char *sub, struct err *err)
{
	const char *state = env_dir("XDG_STATE_HOME"), *home = env_dir("HOME");
	char *path;

	if (state == NULL && home == NULL) {
		err_set(err, ERR_FILE, NULL,
		    "neither XDG_STATE_HOME nor HOME says where to keep "
		    "tokens; set one of them");
		return NULL;
	}
	path = xasprintf("%s%s/caucus%s%s", state != NULL ? state : home,
	    state != NULL ? "" : "/.local/state", sub != NULL ? "/" : "",
	    sub != NULL ? sub : "");
	if (make_dirs(path, err) == -1) {
		free(path);
		return NULL;
	}
	return path;
}

int
place_put(int fd, const void *bytes, size_t len)
{
	const char *at = bytes;
	ssize_t n;

	while (len > 0) {
		n = write(fd, at, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

int
place_write(const char *path, const char *bytes, size_t len, struct err *err)
{
	char *temporary = xasprintf("%s.XXXXXX", path);
	int fd = mkostemp(temporary, O_CLOEXEC), saved = 0;

	if (fd == -1) {
		saved = errno;
	} else {
		/* mkostemp gives 0600 */
		if (place_put(fd, bytes, len) == -1 || fsync(fd) == -1)
			saved = errno;
		if (close(fd) == -1 && saved == 0)
			saved = errno;
		if (saved == 0 && rename(temporary, path) == -1)
			saved = errno;
		if (saved != 0)
			unlink(temporary);
	}
	free(temporary);
	if (saved != 0)
		return err_set(err, ERR_FILE, NULL, "cannot write %s: %s", path,
		    strerror(saved));
	return 0;
}

char *
place_read(const char *path, size_t max, size_t *len, struct err *err)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	const char *name = f == stdin ? "standard input" : path;
	struct buf b = {0};
	char chunk[16384];
	bool failed = false;
	size_t n;

	if (f == NULL) {
		err_set(err, ERR_FILE, NULL, "cannot read %s: %s", name,
		    strerror(errno));
		return NULL;
	}
	/* Not beyond an end: a terminal would have to be told twice. */
	while (!feof(f) && b.len <= max &&
	       (n = fread(chunk, 1, sizeof chunk, f)) > 0)
		buf_add(&b, chunk, n);
	if (ferror(f) || b.len > max) {
		if (b.len > max)
			err_set(err, ERR_FILE, NULL,
			    "%s is longer than %zu bytes", name, max);
		else
			err_set(err, ERR_FILE, NULL, "cannot read %s: %s", name,
			    strerror(errno));
		failed = true;
	}
	if (f != stdin)
		fclose(f);
	if (failed) {
		buf_free(&b);
		return NULL;
	}
	*len = b.len;
	return buf_take(&b);
}
