#include "tests/unit/record/files.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"

char *
folder_make(void)
{
	char *dir = xstrdup("/tmp/caucus-files.XXXXXX");

	assert_non_null(mkdtemp(dir));
	return dir;
}

void
folder_put(const char *dir, const char *name, const char *text)
{
	char *path = xasprintf("%s/%s", dir, name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	free(path);
}

void
folder_remove(char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	char *path;

	while (d != NULL && (entry = readdir(d)) != NULL) {
		path = xasprintf("%s/%s", dir, entry->d_name);
		unlink(path);
		free(path);
	}
	if (d != NULL)
		closedir(d);
	rmdir(dir);
	free(dir);
}

static int
catch_file(
    void *arg, const char *name, const char *bytes, size_t len, struct err *err)
{
	(void)err;
	assert_null(json_object_get(arg, name));
	json_object_set_new(arg, name, json_stringn(bytes, len));
	return 0;
}

struct outlet
outlet_catch(json_t **files)
{
	*files = json_object();
	return (struct outlet){.file = catch_file, .arg = *files};
}

const char *
caught(const json_t *files, const char *name)
{
	const json_t *v = json_object_get(files, name);

	if (!json_is_string(v))
		fail_msg("there is no file %s", name);
	return json_string_value(v);
}

int
import_to(const char *format, const char *path, struct buf *out,
    struct import_told *told, struct err *err)
{
	struct recording_sink sink = recording_to_buf(out);
	struct entropy entropy = {0};
	struct import_as as = {.session = "abcdefgh23456777",
	    .program = "test 1",
	    .at = 1795473482000,
	    .entropy = &entropy};
	struct import_told own;
	int r =
	    import_write(format_find(format), &path, 1, &as, &sink, &own, err);

	if (told != NULL)
		*told = own;
	else
		faults_clear(&own.faults);
	return r;
}

char *
shared_path(const char *sub)
{
	const char *shared = getenv("CAUCUS_SHARED");
	char *path =
	    xasprintf("%s/%s", shared != NULL ? shared : "../shared", sub);

	if (access(path, R_OK) == 0)
		return path;
	fprintf(stderr, "SKIPPED: there is no %s\n", path);
	free(path);
	return NULL;
}
