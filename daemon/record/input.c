#include "record/input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

FILE *
input_open(const char *path, struct err *err)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	int cause = errno;
	char *shown;

	if (f != NULL)
		return f;
	shown = text_printable(path, strlen(path));
	err_set(
	    err, ERR_FILE, NULL, "cannot open %s: %s", shown, strerror(cause));
	free(shown);
	return NULL;
}

void
input_close(FILE *f)
{
	if (f != NULL && f != stdin)
		fclose(f);
}
