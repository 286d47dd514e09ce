/*
 * Batches of caucus run: each run once and only once, whatever kills it.
 * Takes some 5 s: thirty deliberations, and again after each of the kills.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "shell.h"

#define PHONES	"config/scenarios/school-phones.json"
#define PARKING "config/scenarios/parking-or-green.zh.json"

static int
begin(void **state)
{
	(void)state;
	return shell_open(NULL);
}

static int
end(void **state)
{
	(void)state;
	shell_close();
	return 0;
}

/* Fresh (free(3)): it stays, whatever is run. */
static char *
path_of(const char *name)
{
	char path[256];

	snprintf(path, sizeof path, "%s/%s", shell_home(), name);
	return strdup(path);
}

static const char *
member(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s != NULL ? s : "";
}

/* The rows of a table of JSON Lines; the caller decrefs. */
static json_t *
rows_of(const char *text)
{
	json_t *list = json_array(), *row;
	const char *end;

	for (; text != NULL && *text != '\0'; text = end + 1) {
		end = strchr(text, '\n');
		assert_non_null(end);
		row = json_loadb(text, (size_t)(end - text), 0, NULL);
		assert_non_null(row);
		json_array_append_new(list, row);
	}
	return list;
}

/* Every run is there once: runs by scenario, rounds and seed. */
static void
check_rows(const json_t *rows, size_t n)
{
	json_t *seen = json_object(), *row;
	char key[256];
	size_t i;

	assert_int_equal(json_array_size(rows), n);
	json_array_foreach((json_t *)rows, i, row) {
		snprintf(key, sizeof key, "%s %s %d", member(row, "scenario"),
		    member(row, "seed"),
		    (int)json_integer_value(
			json_object_get(row, "set_rounds")));
		assert_string_equal(member(row, "status"), "concluded");
		assert_string_equal(
		    member(row, "seed_used"), member(row, "seed"));
		assert_true(*member(row, "statement") != '\0');
		assert_null(json_object_get(seen, key));
		json_object_set_new(seen, key, json_true());
	}
	json_decref(seen);
}

static void
check_table(const char *path, size_t n)
{
	char *text = shell_file(path);
	json_t *rows = rows_of(text);

	check_rows(rows, n);
	json_decref(rows);
	free(text);
}

static void
test_lines(void **state)
{
	const struct said *s;
	json_t *rows;

	(void)state;
	s = caucus("run", PHONES, PARKING, "--set", "rounds=0,1", "--seed",
	    "1..3", "-j", "2");
	assert_int_equal(s->status, 0);
	assert_non_null(strstr(s->err, "12 runs: 12 concluded, 0 failed"));
	rows = rows_of(s->out);
	check_rows(rows, 12);
	json_decref(rows);
}

/* A row says what the run by itself says. */
static void
test_same_as_alone(void **state)
{
	const struct said *s;
	json_t *alone, *rows, *result;

	(void)state;
	s = caucus("run", "--json", PHONES, "--seed", "5");
	assert_int_equal(s->status, 0);
	alone = json_incref(s->json);
	result = json_object_get(alone, "result");
	s = caucus("run", PHONES, "--seed", "4..5", "-j", "2");
	rows = rows_of(s->out);
	assert_int_equal(json_array_size(rows), 2);
	s = caucus("run", PHONES, "--seed", "5", "-o", "-");
	json_decref(rows);
	rows = rows_of(s->out);
	assert_int_equal(json_array_size(rows), 1);
	assert_string_equal(member(json_array_get(rows, 0), "statement"),
	    member(result, "statement"));
	assert_string_equal(member(json_array_get(rows, 0), "outcome"),
	    member(result, "outcome"));
	json_decref(rows);
	json_decref(alone);
}

static void
test_goes_on(void **state)
{
	char *path = path_of("table.jsonl");
	const struct said *s;
	char *before, *after;

	(void)state;
	s = caucus(
	    "run", PHONES, "--set", "rounds=0", "--seed", "1..2", "-o", path);
	assert_int_equal(s->status, 0);
	assert_string_equal(s->out, "");
	before = shell_file(path);
	s = caucus("run", PHONES, PARKING, "--set", "rounds=0", "--seed",
	    "1..3", "-o", path);
	assert_int_equal(s->status, 0);
	assert_non_null(strstr(s->err, "4 concluded, 0 failed, 2 skipped"));
	after = shell_file(path);
	assert_memory_equal(before, after, strlen(before));
	check_table(path, 6);
	s = caucus("run", PHONES, PARKING, "--set", "rounds=0", "--seed",
	    "1..3", "-o", path);
	assert_int_equal(s->status, 0);
	assert_non_null(strstr(s->err, "6 skipped"));
	check_table(path, 6);
	/* Another matrix is another table. */
	s = caucus("run", PHONES, "--seed", "1", "-o", path);
	assert_int_equal(s->status, 5);
	assert_non_null(strstr(s->err, "row 1 is not"));
	check_table(path, 6);
	free(path);
	free(before);
	free(after);
}

/* What failed is counted by the exit code, and tried again. */
static void
test_failures(void **state)
{
	char *path = path_of("table.csv");
	char *broken = path_of("broken.json");
	const struct said *s;
	char *text;
	FILE *f;

	(void)state;
	f = fopen(broken, "we");
	assert_non_null(f);
	fputs("{\"question\": \"Why?\"}\n", f);
	fclose(f);
	s = caucus("run", PHONES, broken, "/nowhere.json", "--set",
	    "rounds=0,99", "-o", path);
	assert_int_equal(s->status, 10 + 5);
	assert_non_null(strstr(s->err, "1 concluded, 5 failed"));
	assert_non_null(strstr(s->err, "rounds=99"));
	text = shell_file(path);
	assert_non_null(strstr(text, "participants"));
	assert_non_null(strstr(text, "/nowhere.json,,"));
	free(text);
	s = caucus("run", PHONES, broken, "/nowhere.json", "--set",
	    "rounds=0,99", "-o", path);
	assert_int_equal(s->status, 10 + 5);
	assert_non_null(strstr(s->err, "0 concluded, 5 failed, 1 skipped"));
	/* What does not fail any more is played. */
	assert_int_equal(
	    shell_line("cp " PARKING " $HOME/broken.json")->status, 0);
	s = caucus("run", PHONES, broken, "--set", "rounds=0,99", "-o", path);
	assert_int_equal(s->status, 10 + 2);
	assert_non_null(strstr(s->err, "1 concluded, 2 failed, 1 skipped"));
	free(broken);
	free(path);
}

/* Recordings of a batch hold, and one begun again leaves none behind. */
static void
test_recordings(void **state)
{
	const struct said *s;

	(void)state;
	s = caucus("run", PHONES, "--set", "rounds=0", "--seed", "1..3",
	    "--record", shell_path("recordings"), "-j", "2");
	assert_int_equal(s->status, 0);
	s = caucus("run", PHONES, "--set", "rounds=0", "--seed", "2..4",
	    "--record", shell_path("recordings"), "-j", "2");
	assert_int_equal(s->status, 0);
	s = shell_line("ls $HOME/recordings | wc -l; caucus replay "
		       "$HOME/recordings/*.jsonl | grep -c ': identical:'");
	assert_string_equal(s->out, "4\n4\n");
}

static void
nap(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&t, NULL);
}

static size_t
lines_in(const char *path)
{
	char *text = shell_file(path), *at;
	size_t n = 0;

	for (at = text; at != NULL && (at = strchr(at, '\n')) != NULL; at++)
		n++;
	free(text);
	return n;
}

/*
 * kill -9 in the middle of it, again and again: before anything is done, and
 * just after a row more has come.  No row is lost, none is doubled, and no
 * process stays behind.
 */
static void
test_kill9(void **state)
{
	char *path = path_of("killed.jsonl");
	const char *const argv[] = {"run", PHONES, PARKING, "--set",
	    "rounds=0,1", "--seed", "1..10", "-j", "3", "-o", path, NULL};
	const struct said *s;
	int i, k, status, killed = 0;
	size_t before;
	pid_t pid;

	(void)state;
	for (i = 0; i < 8; i++) {
		before = lines_in(path);
		pid = shell_start(argv);
		nap(2 * i);
		for (k = 0; i % 2 == 1 && k < 5000 && lines_in(path) == before;
		     k++)
			nap(2);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		killed += WIFSIGNALED(status);
		assert_true(lines_in(path) >= before);
	}
	assert_true(killed > 0);
	s = shell_run(NULL, argv);
	if (s->status != 0)
		fail_msg("status %d: %s", s->status, s->err);
	check_table(path, 40);
	free(path);
	/* The daemon of the last kill has had its time to end. */
	for (i = 0; i < 500; i++) {
		s = shell_line("grep -l \"$HOME\" /proc/[0-9]*/cmdline "
			       "2>/dev/null | wc -l");
		if (strcmp(s->out, "1\n") == 0 || strcmp(s->out, "0\n") == 0)
			return;
		nap(20);
	}
	fail_msg("processes stay behind: %s", s->out);
}

/* Ctrl-C puts everything away and says how far it came. */
static void
test_interrupted(void **state)
{
	char *path = path_of("stopped.jsonl");
	const char *const argv[] = {
	    "run", PHONES, "--seed", "1..400", "-j", "2", "-o", path, NULL};
	const struct said *s;
	json_t *rows;
	char *text;
	pid_t pid;
	int k;

	(void)state;
	pid = shell_start(argv);
	for (k = 0; k < 10000 && lines_in(path) == 0; k++)
		nap(2);
	kill(pid, SIGINT);
	s = shell_wait(pid);
	assert_int_equal(s->status, 128 + SIGINT);
	assert_non_null(strstr(s->err, "not begun"));
	text = shell_file(path);
	rows = rows_of(text);
	assert_true(json_array_size(rows) < 400);
	json_decref(rows);
	free(text);
	free(path);
	s = shell_line("ls -d $HOME/caucus-run-* 2>/dev/null | wc -l");
	assert_string_equal(s->out, "0\n");
}

/* A port that nobody listens on: no run is told as one that has concluded. */
static void
test_endpoint_gone(void **state)
{
#define GONE "http://127.0.0.1:1/v1"
	const struct said *s;
	char *path, *text;
	json_t *rows;
	size_t i;

	(void)state;
	s = shell_line("caucus run --endpoint " GONE " --model m --seed 1..2 "
		       "--set candidates=2 --record $HOME/kept " PARKING);
	assert_int_equal(s->status, 12);
	rows = rows_of(s->out);
	assert_int_equal(json_array_size(rows), 2);
	for (i = 0; i < 2; i++) {
		const json_t *row = json_array_get(rows, i);
		const char *error = member(row, "error");

		assert_string_equal(member(row, "status"), "failed");
		assert_string_equal(member(row, "outcome"), "none");
		assert_string_equal(member(row, "reason"), "no_statements");
		assert_non_null(strstr(error, GONE));
		assert_non_null(strstr(error, "unavailable (not_connected)"));
		assert_non_null(strstr(error, "run this again"));
		/* what there was is kept */
		assert_true(*member(row, "recording") != '\0');
	}
	json_decref(rows);
	path = path_of("alone.jsonl");
	s = shell_line("caucus run --endpoint " GONE " --model m --set "
		       "candidates=2 --record $HOME/alone.jsonl " PARKING);
	assert_int_equal(s->status, 6);
	assert_non_null(strstr(s->err, GONE));
	text = shell_file(path);
	assert_non_null(text);
	free(text);
	free(path);
}

static void
test_usage(void **state)
{
	static const char *const rows[][6] = {
	    {"run", PHONES, "--seed", "1..2", "--show", NULL},
	    {"run", PHONES, "--seed", "2..1", NULL},
	    {"run", PHONES, "--set", "rounds", NULL},
	    {"run", PHONES, PHONES, "-j", "0", NULL},
	    {"run", PHONES, "-", NULL},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(shell_run("", rows[i])->status, 2);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_lines),
	    TEST(test_same_as_alone),
	    TEST(test_goes_on),
	    TEST(test_failures),
	    TEST(test_recordings),
	    TEST(test_kill9),
	    TEST(test_interrupted),
	    TEST(test_endpoint_gone),
	    TEST(test_usage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
