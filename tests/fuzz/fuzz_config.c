/*
 * A file of settings.  Whatever it holds, reading ends, a refusal names the
 * file, and what is read is shown as a file that reads back the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "server/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static int
read_bytes(struct config *c, const void *bytes, size_t len, struct err *err)
{
	int fd = memfd_create("config", 0), r;
	char path[32];

	require(fd != -1 && write(fd, bytes, len) == (ssize_t)len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	config_default(c);
	r = config_read(c, path, err);
	require(r == 0 || strstr(err->text, path) != NULL);
	close(fd);
	return r;
}

/* One without a URL is refused later; with nothing set it is not shown. */
static bool
complete(const struct config *c)
{
	for (size_t i = 0; i < c->server.nendpoints; i++)
		if (c->endpoints[i]->url == NULL ||
		    c->endpoints[i]->url[0] == '\0')
			return false;
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf first = {0}, second = {0};
	struct config c;
	struct err err;

	if (read_bytes(&c, data, size, &err) == 0 && complete(&c)) {
		config_show(&c, &first);
		config_clear(&c);
		if (read_bytes(&c, first.data, first.len, &err) == 0) {
			config_show(&c, &second);
			require(strcmp(first.data, second.data) == 0);
		} else { /* blanks around the = may be added */
			require(strstr(err.text, "too long") != NULL);
		}
	}
	config_clear(&c);
	buf_free(&first);
	buf_free(&second);
	return 0;
}
