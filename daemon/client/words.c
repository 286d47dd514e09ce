#include "client/words.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "client/place.h"

#define FILE_MAX_BYTES ((size_t)1 << 20)

static char *
words_path(const char *tag)
{
	const char *data = getenv("CAUCUS_DATADIR");
	char here[PATH_MAX], *slash, *path;
	struct stat st;
	ssize_t n;

	if (data == NULL || *data == '\0')
		data = CAUCUS_DATADIR;
	path = xasprintf("%s/messages/%s", data, tag);
	if (stat(path, &st) == 0)
		return path;
	/* In a build tree the data lie in ../config beside the program. */
	n = readlink("/proc/self/exe", here, sizeof here - 1);
	if (n <= 0)
		return path;
	here[n] = '\0';
	slash = strrchr(here, '/');
	if (slash == NULL)
		return path;
	*slash = '\0';
	free(path);
	return xasprintf("%s/../config/messages/%s", here, tag);
}

static bool
is_tag(const char *tag)
{
	size_t n = strlen(tag);

	return n >= 2 && n <= 7 &&
	       strspn(tag, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

int
words_load(const char *given, const char *session, struct messages **out,
    struct err *err)
{
	const char *env = getenv("CAUCUS_LANGUAGE"), *tag = given;
	bool asked = given != NULL;
	char *path, *bytes;
	size_t len;

	*out = NULL;
	if (tag == NULL && env != NULL && *env != '\0')
		tag = env;
	if (tag == NULL)
		tag = session;
	if (tag == NULL || strcmp(tag, "en") == 0)
		return 0;
	if (!is_tag(tag))
		return asked ? err_set(err, ERR_FILE, "language",
				   "a language is a tag such as en or zh")
			     : 0;
	path = words_path(tag);
	bytes = access(path, R_OK) == 0 || asked
		    ? place_read(path, FILE_MAX_BYTES, &len, err)
		    : NULL;
	if (bytes != NULL)
		*out = messages_read(bytes, len, path, err);
	asked = asked && bytes == NULL;
	if (bytes != NULL && *out == NULL)
		asked = true;
	free(bytes);
	free(path);
	return asked ? -1 : 0;
}
