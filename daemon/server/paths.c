#include "server/paths.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *
env(const char *name)
{
	const char *v = getenv(name);

	return v != NULL && v[0] != '\0' ? v : NULL;
}

static int
make_dir(const char *path, struct err *err)
{
	char part[512];
	size_t i;

	strlcpy(part, path, sizeof part);
	for (i = 1; part[i] != '\0'; i++) {
		if (part[i] != '/')
			continue;
		part[i] = '\0';
		if (mkdir(part, 0700) == -1 && errno != EEXIST)
			return err_set(err, ERR_FILE, NULL,
			    "cannot make the folder %s: %s", part,
			    strerror(errno));
		part[i] = '/';
	}
	return 0;
}

/* In a build tree the data lie in ../config beside the program, and are
 * meant even where others are installed. */
static void
find_data(char *out, size_t size)
{
	char here[PATH_MAX], probe[PATH_MAX + 32];
	struct stat st;
	char *slash;

	if (env("CAUCUS_DATADIR") != NULL) {
		strlcpy(out, env("CAUCUS_DATADIR"), size);
		return;
	}
	strlcpy(out, CAUCUS_DATADIR, size);
	/* Not argv[0]: who is found in PATH has no folder there. */
	if (realpath("/proc/self/exe", here) == NULL ||
	    (slash = strrchr(here, '/')) == NULL)
		return;
	*slash = '\0';
	snprintf(probe, sizeof probe, "%s/../config/presets", here);
	if (stat(probe, &st) != 0)
		return;
	snprintf(probe, sizeof probe, "%s/../config", here);
	strlcpy(out, probe, size);
}

int
paths_find(struct paths *p, struct server_config *c, struct err *err)
{
	const char *state = env("STATE_DIRECTORY");
	const char *xdg = env("XDG_STATE_HOME"), *home = env("HOME");
	const char *run = env("XDG_RUNTIME_DIR");

	if (c->socket == NULL) {
		if (run != NULL)
			snprintf(p->socket, sizeof p->socket,
			    "%s/caucus/caucusd.sock", run);
		else
			strlcpy(p->socket, "/run/caucus/caucusd.sock",
			    sizeof p->socket);
		if (make_dir(p->socket, err) == -1)
			return -1;
		c->socket = p->socket;
	}
	if (c->journal == NULL) {
		if (state != NULL)
			snprintf(p->journal, sizeof p->journal, "%s/journal.db",
			    state);
		else if (xdg != NULL)
			snprintf(p->journal, sizeof p->journal,
			    "%s/caucus/journal.db", xdg);
		else
			snprintf(p->journal, sizeof p->journal,
			    "%s/.local/state/caucus/journal.db",
			    home != NULL ? home : "");
		if (make_dir(p->journal, err) == -1)
			return -1;
		c->journal = p->journal;
	}
	if (c->erasures == NULL) {
		snprintf(
		    p->erasures, sizeof p->erasures, "%s.erasures", c->journal);
		c->erasures = p->erasures;
	}
	if (c->data == NULL) {
		find_data(p->data, sizeof p->data);
		c->data = p->data;
	}
	return 0;
}
