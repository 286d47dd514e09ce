/* The list of erasures: what is added is found, and nothing half. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "server/erasures.h"

static char path[64];

static int
setup(void **state)
{
	int fd;

	(void)state;
	strcpy(path, "/tmp/caucus-erasures-XXXXXX");
	fd = mkstemp(path);
	return fd == -1 ? -1 : close(fd);
}

static int
teardown(void **state)
{
	(void)state;
	return unlink(path);
}

static int
note_cb(const char *session, const char *participant, const json_t *items,
    void *arg, struct err *err)
{
	char *out = arg;

	(void)err;
	snprintf(out + strlen(out), 200 - strlen(out), "%s/%s/%zu ", session,
	    participant, json_array_size(items));
	return 0;
}

static const char *
all(struct erasures *l)
{
	static char out[200];
	static struct err err;

	out[0] = '\0';
	if (erasures_each(l, note_cb, out, &err) == -1)
		return err.text;
	return out;
}

static void
add(struct erasures *l, const char *session, int expected)
{
	json_t *items = json_pack(
	    "[{s:s,s:s,s:i}]", "hash", "00", "name", "text", "seq", 4);
	struct err err;

	assert_int_equal(
	    erasures_add(l, session, "p-1", items, 17, &err), expected);
	if (expected == -1)
		assert_int_equal(err.code, ERR_JOURNAL_UNAVAILABLE);
	json_decref(items);
}

static void
added_lines_are_found(void **state)
{
	struct erasures *l;
	struct stat st;
	struct err err;

	(void)state;
	unlink(path);
	l = erasures_open(path, &err);
	assert_non_null(l);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_string_equal(all(l), "");
	add(l, "a", 0);
	add(l, "b", 0);
	assert_string_equal(all(l), "a/p-1/1 b/p-1/1 ");
	erasures_close(l);
	l = erasures_open(path, &err);
	add(l, "c", 0);
	assert_string_equal(all(l), "a/p-1/1 b/p-1/1 c/p-1/1 ");
	erasures_close(l);
	assert_null(erasures_open("/nowhere/list", &err));
	assert_int_equal(err.code, ERR_FILE);
}

/* A write that fails half-way leaves nothing behind. */
static void
half_a_line_is_none(void **state)
{
	struct rlimit old, small;
	struct erasures *l;
	struct stat st;
	struct err err;

	(void)state;
	l = erasures_open(path, &err);
	add(l, "a", 0);
	assert_int_equal(stat(path, &st), 0);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	small = old;
	small.rlim_cur = (rlim_t)st.st_size + 10;
	setrlimit(RLIMIT_FSIZE, &small);
	add(l, "b", -1);
	setrlimit(RLIMIT_FSIZE, &old);
	assert_string_equal(all(l), "a/p-1/1 ");
	add(l, "c", 0);
	assert_string_equal(all(l), "a/p-1/1 c/p-1/1 ");
	erasures_close(l);
}

static void
bad_lines_are_named(void **state)
{
	static const char *const bad[] = {"nonsense", "{}", "[1]",
	    "{\"at\":1,\"items\":3,\"participant\":\"p\",\"session\":\"s\"}"};
	struct erasures *l;
	struct err err;
	size_t i;
	FILE *f;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		unlink(path);
		l = erasures_open(path, &err);
		add(l, "a", 0);
		erasures_close(l);
		f = fopen(path, "a");
		fprintf(f, "%s\n{\"at\":1,\"it", bad[i]);
		fclose(f);
		l = erasures_open(path, &err);
		assert_non_null(strstr(all(l), "line 2 of the list"));
		erasures_close(l);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		added_lines_are_found, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		half_a_line_is_none, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		bad_lines_are_named, setup, teardown),
	};
	return cmocka_run_group_tests_name("erasures", tests, NULL, NULL);
}
