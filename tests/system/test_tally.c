/* caucus tally, as a person and as a program call it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/buf.h"
#include "base/mem.h"

static char dir[] = "/tmp/caucus-tally-XXXXXX";

/* What a command with `caucus tally` before ARGS wrote to standard output;
 * its exit status into *status.  Standard error goes into DIR/err. */
static char *
tally(const char *args, int *status)
{
	const char *build = getenv("CAUCUS_BUILD");
	char *line = xasprintf("%s/caucus tally %s 2>%s/err",
	    build != NULL ? build : "build", args, dir);
	FILE *f = popen(line, "re"); /* NOLINT(cert-env33-c) */
	struct buf out = {0};
	char chunk[4096];
	size_t n;

	assert_non_null(f);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(&out, chunk, n);
	*status = WEXITSTATUS(pclose(f));
	free(line);
	buf_adds(&out, "");
	return buf_take(&out);
}

static void
put_file(const char *name, const char *text)
{
	char *path = xasprintf("%s/%s", dir, name);
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
	fclose(f);
	free(path);
}

static char *
file_text(const char *path)
{
	FILE *f = fopen(path, "re");
	struct buf b = {0};
	char chunk[4096];
	size_t n;

	if (f == NULL)
		return NULL;
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(&b, chunk, n);
	fclose(f);
	buf_adds(&b, "");
	return buf_take(&b);
}

/* The first line of JSON that `tally OPTIONS DIR/NAME` writes. */
static json_t *
result_of(const char *options, const char *name)
{
	char *args = xasprintf("%s %s/%s", options, dir, name), *out;
	json_t *o;
	int status;

	out = tally(args, &status);
	assert_int_equal(status, 0);
	o = json_loads(out, 0, NULL);
	assert_non_null(o);
	free(out);
	free(args);
	return o;
}

static void
assert_json(const json_t *o, const char *member, const char *expected)
{
	char *text = json_dumps(json_object_get(o, member),
	    JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);

	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

static void
assert_error(const char *args, int expected, const char *part)
{
	char *path = xasprintf("%s/err", dir), *err, *out;
	int status;

	out = tally(args, &status);
	err = file_text(path);
	assert_int_equal(status, expected);
	if (strstr(err, part) == NULL)
		fail_msg("no \"%s\" in \"%s\"", part, err);
	free(err);
	free(out);
	free(path);
}

static const char tennessee[] =
    "{\"candidates\":[\"Memphis\",\"Nashville\",\"Chattanooga\",\"Knoxville\"],"
    "\n\"ballots\":["
    "{\"ranking\":\"Memphis>Nashville>Chattanooga>Knoxville\",\"count\":42},\n"
    "{\"ranking\":\"Nashville>Chattanooga>Knoxville>Memphis\",\"count\":26},\n"
    "{\"ranking\":\"Chattanooga>Knoxville>Nashville>Memphis\",\"count\":15},\n"
    "{\"ranking\":\"Knoxville>Chattanooga>Nashville>Memphis\",\"count\":17}\n"
    "]}\n";

static void
test_json(void **state)
{
	json_t *o;

	(void)state;
	put_file("tn.json", tennessee);
	o = result_of("", "tn.json");
	assert_json(o, "method", "\"schulze\"");
	assert_json(o, "ranking", "[3,0,1,2]");
	assert_json(o, "winners", "[1]");
	assert_json(o, "order", "[[1],[2],[3],[0]]");
	assert_json(o, "winner", "1");
	assert_json(o, "votes", "100");
	assert_json(o, "tie_break", "{\"decider\":\"none\",\"rule\":\"none\"}");
	json_decref(o);
	o = result_of("--json --explain --method instant-runoff", "tn.json");
	assert_json(o, "method", "\"instant_runoff\"");
	assert_json(o, "winners", "[3]");
	assert_json(json_object_get(o, "explanation"), "condorcet", "1");
	json_decref(o);
	o = result_of("-m pav --places 2", "tn.json");
	assert_json(o, "method", "\"pav\"");
	assert_json(o, "slate", "[1,2]");
	assert_json(o, "order", "[[1,2],[0,3]]");
	json_decref(o);
}

static void
test_words(void **state)
{
	char *out, *args = xasprintf("--explain %s/tn.json", dir);
	int status;

	(void)state;
	put_file("tn.json", tennessee);
	out = tally(args, &status);
	assert_int_equal(status, 0);
	assert_non_null(strstr(out, "Nashville is elected by schulze."));
	assert_non_null(strstr(out, "Nashville beats Memphis by 58 to 42"));
	assert_non_null(strstr(out, "Memphis would be elected."));
	free(out);
	free(args);
}

/* A tie is reported as found, and settled when that is asked. */
static void
test_ties(void **state)
{
	json_t *o;
	char *a, *b, *args;
	int status;

	(void)state;
	put_file("tie.json", "{\"candidates\":2,\"ballots\":[[0,1],[1,0]],"
			     "\"ratings\":[[7,3],[2,3]]}");
	o = result_of("", "tie.json");
	assert_json(o, "winners", "[0,1]");
	assert_json(o, "winner", "null");
	assert_json(o, "tie_break", "{\"decider\":\"open\",\"rule\":\"none\"}");
	json_decref(o);
	o = result_of("--tie-break agreement", "tie.json");
	assert_json(o, "winner", "1");
	assert_json(
	    o, "tie_break", "{\"decider\":\"minimum\",\"rule\":\"agreement\"}");
	json_decref(o);
	o = result_of("--tie-break first", "tie.json");
	assert_json(o, "winner", "0");
	json_decref(o);
	o = result_of("-m score", "tie.json");
	assert_json(o, "winner", "0"); /* 9/2 against 6/2 */
	json_decref(o);
	/* the same seed draws the same */
	args = xasprintf("--tie-break random --seed 5 %s/tie.json", dir);
	a = tally(args, &status);
	b = tally(args, &status);
	assert_string_equal(a, b);
	assert_non_null(strstr(a, "\"lot\""));
	free(a);
	free(b);
	free(args);
}

/* One line each; what came before a bad line is printed, and the line named. */
static void
test_lines(void **state)
{
	char *out, *args = xasprintf("%s/a.jsonl", dir);
	int status;

	(void)state;
	put_file("a.jsonl", "{\"candidates\":2,\"ballots\":[[0,1]]}\n"
			    "{\"candidates\":2,\"ballots\":[[1,0]]}\n"
			    "{\"candidates\":2,\"ballots\":[[1,1]]}\n"
			    "{\"candidates\":2,\"ballots\":[[0,0]]}\n");
	out = tally(args, &status);
	assert_int_equal(status, 5);
	assert_non_null(strstr(out, "\"winners\":[1]"));
	assert_null(strstr(out, "\"winners\":[0,1]"));
	free(out);
	assert_error(args, 5, "line 3: ballot 1: some candidate has rank 1");
	free(args);
}

static void
test_standard_input(void **state)
{
	char *args = xasprintf("<%s/in", dir), *out;
	int status;

	(void)state;
	put_file("in", "# DATA TYPE: toi\n# NUMBER ALTERNATIVES: 3\n"
		       "2: {1,3}\n1: 2,1\n");
	out = tally(args, &status);
	assert_int_equal(status, 0);
	assert_non_null(strstr(out, "\"ranking\":[0,2,1]"));
	assert_non_null(strstr(out, "\"truncated\":3"));
	free(out);
	free(args);
	args = xasprintf("- <%s/in", dir);
	out = tally(args, &status);
	assert_int_equal(status, 0);
	free(out);
	free(args);
}

static void
test_list(void **state)
{
	static const char *const names[] = {"schulze ", "schulze_margins ",
	    "ranked_pairs ", "minimax ", "copeland ", "borda ", "plurality ",
	    "instant_runoff ", "approval ", "score ", "maximin ",
	    "proportional ", "pav "};
	char *out;
	int status;

	(void)state;
	out = tally("--list", &status);
	assert_int_equal(status, 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_non_null(strstr(out, names[i]));
	free(out);
	out = tally("--list --json", &status);
	json_t *o = json_loads(out, 0, NULL);
	assert_true(json_array_size(o) >= 13);
	json_decref(o);
	free(out);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *options, *file;
		int status;
		const char *part;
	} rows[] = {
	    {"-m dictator", "r.json", 2, "there is no method dictator"},
	    {"--tie-break dice", "r.json", 2, "there is no tie-break dice"},
	    {"-m pav --places 0", "r.json", 2, "--places takes a number"},
	    {"--places 2", "r.json", 2, "for methods that elect a set"},
	    {"-m score", "r.json", 5, "score needs ratings"},
	    {"", "missing.json", 5, "cannot read"},
	};
	char *args;

	(void)state;
	put_file("r.json", "{\"candidates\":2,\"ballots\":[[0,1]]}");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		args =
		    xasprintf("%s %s/%s", rows[i].options, dir, rows[i].file);
		assert_error(args, rows[i].status, rows[i].part);
		free(args);
	}
}

/* What a huge election will cost is said before it is counted. */
static void
test_cost(void **state)
{
	struct buf b = {0};
	char *args = xasprintf("-m copeland %s/huge.toi", dir);

	(void)state;
	/* A matrix of 4,100 squared and hardly a ballot: large, and quick. */
	buf_adds(&b, "# DATA TYPE: toi\n# NUMBER ALTERNATIVES: 4100\n1: 1\n");
	put_file("huge.toi", b.data);
	assert_error(args, 0, "4100 candidates and 1 ballots: about");
	buf_free(&b);
	free(args);
}

/* The reference implementation's 400 elections, through the command. */
static void
test_reference(void **state)
{
	const char *shared = getenv("CAUCUS_SHARED");
	char *path = xasprintf(
	    "%s/vectors/schulze.jsonl", shared != NULL ? shared : "../shared");
	char *expected = file_text(path), *out, *a, *b, *x, *y, *rest, *more;
	int status, lines = 0;
	json_t *e, *o;

	(void)state;
	if (expected == NULL) {
		print_message("SKIPPED: no %s\n", path);
		free(path);
		return;
	}
	out = tally(path, &status);
	assert_int_equal(status, 0);
	rest = expected;
	more = out;
	while ((a = strsep(&rest, "\n")) != NULL && *a != '\0') {
		b = strsep(&more, "\n");
		assert_non_null(b);
		e = json_loads(a, 0, NULL);
		o = json_loads(b, 0, NULL);
		x = json_dumps(json_object_get(e, "ranking"), 0);
		y = json_dumps(json_object_get(o, "ranking"), 0);
		assert_string_equal(x, y);
		free(x);
		free(y);
		json_decref(e);
		json_decref(o);
		lines++;
	}
	assert_int_equal(lines, 400);
	assert_string_equal(more, "");
	free(out);
	free(expected);
	free(path);
}

static int
setup(void **state)
{
	(void)state;
	return mkdtemp(dir) != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	static const char *const names[] = {"tn.json", "tie.json", "a.jsonl",
	    "in", "r.json", "huge.toi", "err"};
	char *path;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		path = xasprintf("%s/%s", dir, names[i]);
		unlink(path);
		free(path);
	}
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_json),
	    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_ties),
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_standard_input),
	    cmocka_unit_test(test_list),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_cost),
	    cmocka_unit_test(test_reference),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
