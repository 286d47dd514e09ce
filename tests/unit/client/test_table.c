/* A table that is added to: what is whole stays, what was cut off goes. */
#include "client/table.h"

#include <sys/wait.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "client/place.h"
#include "tests/unit/client/home.h"

#define COLUMNS "[\"name\",\"n\",\"note\"]"

struct seen {
	size_t rows;
	char last[64];	    /* its note */
	const char *refuse; /* the name of rows that go */
};

static bool
keep(const json_t *row, void *arg)
{
	const char *note = json_string_value(json_object_get(row, "note"));
	const char *name = json_string_value(json_object_get(row, "name"));
	struct seen *s = arg;

	s->rows++;
	snprintf(s->last, sizeof s->last, "%s", note != NULL ? note : "(null)");
	return s->refuse == NULL || name == NULL ||
	       strcmp(name, s->refuse) != 0;
}

static char *
path_of(const char *name)
{
	return xasprintf("%s/%s", home_dir(), name);
}

static void
fill(const char *path, const char *bytes)
{
	assert_int_equal(place_write(path, bytes, strlen(bytes), NULL), 0);
}

static void
check_file(const char *path, const char *bytes)
{
	size_t len;
	char *got = place_read(path, 1 << 20, &len, NULL);

	assert_non_null(got);
	assert_string_equal(got, bytes);
	free(got);
}

/* Opens, adds a row (note may be NULL), closes. */
static void
add(const char *path, bool csv, const char *name, int n, const char *note,
    struct seen *s)
{
	json_t *columns = json_loads(COLUMNS, 0, NULL);
	json_t *row =
	    json_pack("{s:s,s:i,s:s?}", "name", name, "n", n, "note", note);
	struct err err = {0};
	struct table *t = table_open(path, csv, columns, keep, s, &err);

	if (t == NULL)
		fail_msg("%s", err.text);
	assert_int_equal(table_add(t, row, &err), 0);
	table_close(t);
	json_decref(row);
	json_decref(columns);
}

static void
test_csv(void **state)
{
	char *path = path_of("a.csv");
	struct seen s = {0};

	(void)state;
	add(path, true, "plain", 1, "x", &s);
	add(path, true, "odd, \"name\"", -2, "two\r\nlines,\n\"and\" more", &s);
	assert_int_equal(s.rows, 1);
	assert_string_equal(s.last, "x");
	add(path, true, "last", 3, NULL, &s);
	assert_int_equal(s.rows, 3);
	assert_string_equal(s.last, "two\r\nlines,\n\"and\" more");
	check_file(path,
	    "name,n,note\r\nplain,1,x\r\n\"odd, \"\"name\"\"\",-2,\"two\r\n"
	    "lines,\n\"\"and\"\" more\"\r\nlast,3,\r\n");
	free(path);
}

static void
test_lines(void **state)
{
	char *path = path_of("a.jsonl");
	struct seen s = {0};

	(void)state;
	add(path, false, "a", 1, "x\ny", &s);
	add(path, false, "b", 2, NULL, &s);
	assert_int_equal(s.rows, 1);
	assert_string_equal(s.last, "x\ny");
	check_file(path, "{\"name\":\"a\",\"n\":1,\"note\":\"x\\ny\"}\n"
			 "{\"name\":\"b\",\"n\":2,\"note\":null}\n");
	free(path);
}

/* At every byte where it may have been cut off. */
static void
test_cut_off(void **state)
{
	static const char *const whole[] = {
	    "{\"name\":\"a\",\"n\":1,\"note\":\"x\"}\n"
	    "{\"name\":\"b\",\"n\":2,\"note\":\"y\"}\n",
	    "name,n,note\r\na,1,\"x\r\n\"\r\nb,2,y\r\n"};
	static const char *const ends[] = {
	    "{\"name\":\"c\",\"n\":3,\"note\":null}\n", "c,3,\r\n"};
	char *path, *part, *want;
	const char *row;
	struct seen s;
	size_t cut, len;
	int csv, rows;

	(void)state;
	for (csv = 0; csv < 2; csv++)
		for (cut = 0; cut <= strlen(whole[csv]); cut++) {
			s = (struct seen){0};
			path = path_of("cut");
			part = xstrndup(whole[csv], cut);
			fill(path, part);
			add(path, csv, "c", 3, NULL, &s);
			row = csv ? strstr(whole[csv], "b,2")
				  : strstr(whole[csv], "{\"name\":\"b\"");
			len = (size_t)(row - whole[csv]);
			rows = (cut >= len) + (cut == strlen(whole[csv]));
			assert_int_equal(s.rows, rows);
			if (rows == 2)
				len = strlen(whole[csv]);
			else if (rows == 0)
				len = csv ? strlen("name,n,note\r\n") : 0;
			want = xasprintf(
			    "%.*s%s", (int)len, whole[csv], ends[csv]);
			check_file(path, want);
			free(want);
			free(part);
			free(path);
		}
}

static void
test_rows_that_go(void **state)
{
	char *path = path_of("go");
	struct seen s = {.refuse = "b"};

	(void)state;
	fill(path, "name,n,note\r\na,1,\r\nb,2,\r\nc,3,\r\n");
	add(path, true, "b", 4, NULL, &s);
	check_file(path, "name,n,note\r\na,1,\r\nc,3,\r\nb,4,\r\n");
	free(path);
}

static void
check_refused(const char *path, bool csv, enum err_code code, const char *says)
{
	json_t *columns = json_loads(COLUMNS, 0, NULL);
	struct seen s = {0};
	struct err err;

	assert_null(table_open(path, csv, columns, keep, &s, &err));
	assert_int_equal(err.code, code);
	assert_non_null(strstr(err.text, says));
	json_decref(columns);
}

static void
test_foreign(void **state)
{
	static const struct {
		const char *bytes;
		bool csv;
	} rows[] = {
	    {"Dear diary,\n", false},
	    {"{\"name\":\"a\",\"n\":1}\n", false},
	    {"{\"name\":\"a\",\"n\":1,\"other\":2}\n", false},
	    {"[1,2,3]\n", false},
	    {"a,b\r\n1,2\r\n", true},
	    {"name,n,note\r\n1,2\r\n", true},
	    {"name,n,note\r\n1,2,3,4\r\n", true},
	};
	char *path = path_of("foreign");
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		fill(path, rows[i].bytes);
		check_refused(path, rows[i].csv, ERR_BROKEN, "nothing was");
		check_file(path, rows[i].bytes);
	}
	free(path);
	check_refused("/nowhere/at/all", false, ERR_FILE, "cannot open");
}

/* A second batch is kept out for as long as the first writes. */
static void
test_lock(void **state)
{
	json_t *columns = json_loads(COLUMNS, 0, NULL);
	char *path = path_of("locked");
	struct seen s = {0};
	struct table *t;
	pid_t pid;
	int status;

	(void)state;
	t = table_open(path, false, columns, keep, &s, NULL);
	assert_non_null(t);
	pid = fork();
	if (pid == 0) {
		status =
		    table_open(path, false, columns, keep, &s, NULL) != NULL;
		table_close(t);
		json_decref(columns);
		free(path);
		_exit(status);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	check_refused(path, false, ERR_FILE, "another batch");
	table_close(t);
	add(path, false, "a", 1, NULL, &s);
	json_decref(columns);
	free(path);
}

/* A worker of a batch that was killed ends a moment after it, and holds what
 * it inherited until then. */
static void
test_waits_for_the_dead(void **state)
{
	json_t *columns = json_loads(COLUMNS, 0, NULL);
	char *path = path_of("left");
	struct timespec t = {0, 100000000};
	int status, ready[2];
	struct table *mine;
	struct seen s = {0};
	pid_t pid;
	char c;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		mine = table_open(path, false, columns, keep, &s, NULL);
		if (mine == NULL || write(ready[1], "x", 1) != 1)
			_exit(1);
		nanosleep(&t, NULL);
		table_close(mine);
		json_decref(columns);
		free(path);
		_exit(0);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	add(path, false, "a", 1, NULL, &s);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(ready[0]);
	close(ready[1]);
	json_decref(columns);
	free(path);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, home_setup, home_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_csv),
	    TEST(test_lines),
	    TEST(test_cut_off),
	    TEST(test_rows_that_go),
	    TEST(test_foreign),
	    TEST(test_lock),
	    TEST(test_waits_for_the_dead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
