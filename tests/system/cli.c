#include "cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shell.h"

int
cli(const char *fmt, ...)
{
	char line[2048];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	return shell_line(line)->status;
}

int
cli_refused(const char *dir, const char *args, int status, const char *says)
{
	const struct said *said;
	char line[2048];

	snprintf(line, sizeof(line), "cd '%s' && caucus %s", dir, args);
	said = shell_line(line);
	if (said->status == status && strstr(said->err, says) != NULL)
		return 0;
	fprintf(stderr, "caucus %s: %d: %s\n", args, said->status, said->err);
	return -1;
}

void
cli_put(const char *dir, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	if (f == NULL || fputs(text, f) == EOF || fclose(f) == EOF) {
		perror(path);
		abort();
	}
}

char *
cli_get(const char *dir, const char *name)
{
	char path[256], *text;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	text = shell_file(path);
	if (text == NULL) {
		perror(path);
		abort();
	}
	return text;
}

bool
cli_has(const char *check, const char *what)
{
	if (cli("%s >/dev/null 2>&1", check) == 0)
		return true;
	fprintf(stderr, "SKIPPED: there is no %s\n", what);
	return false;
}

char *
cli_shared(const char *sub)
{
	const char *shared = getenv("CAUCUS_SHARED");
	size_t n = strlen(sub) + (shared != NULL ? strlen(shared) : 0) + 16;
	char *path = calloc(n, 1);

	if (path == NULL)
		abort();
	snprintf(path, n, "%s/%s", shared != NULL ? shared : "../shared", sub);
	if (access(path, R_OK) == 0)
		return path;
	fprintf(stderr, "SKIPPED: there is no %s\n", path);
	free(path);
	return NULL;
}
