#include "tests/unit/client/home.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char dir[64];

void
home_begin(void)
{
	snprintf(dir, sizeof dir, "/tmp/caucus-test-XXXXXX");
	if (mkdtemp(dir) == NULL)
		abort();
	setenv("XDG_STATE_HOME", dir, 1);
}

static int
remove_cb(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

void
home_end(void)
{
	nftw(dir, remove_cb, 8, FTW_DEPTH | FTW_PHYS);
}

const char *
home_dir(void)
{
	return dir;
}

int
home_setup(void **state)
{
	(void)state;
	home_begin();
	return 0;
}

int
home_teardown(void **state)
{
	(void)state;
	home_end();
	return 0;
}
