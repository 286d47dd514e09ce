/* caucus tally, as a person and as a program call it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/mem.h"
#include "shell.h"

/* `caucus tally ARGS` where the test's files lie. */
static const struct said *
tally(const char *args)
{
	char *line = xasprintf("cd %s && caucus tally %s", shell_home(), args);
	const struct said *s = shell_line(line);

	free(line);
	return s;
}

static void
put_file(const char *name, const char *text)
{
	FILE *f = fopen(shell_path(name), "we");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
	fclose(f);
}

static void
assert_said(const char *args, int status, const char *part)
{
	const struct said *s = tally(args);

	if (s->status != status ||
	    (strstr(s->out, part) == NULL && strstr(s->err, part) == NULL))
		fail_msg("%s: %d, no \"%s\" in: %s%s", args, s->status, part,
		    s->out, s->err);
}

/* The one JSON value that it writes.  Borrowed until the next command. */
static const json_t *
result_of(const char *args)
{
	const struct said *s = tally(args);

	if (s->status != 0 || s->json == NULL)
		fail_msg("%s: %d, %s%s", args, s->status, s->out, s->err);
	return s->json;
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
	const json_t *o;

	(void)state;
	put_file("tn.json", tennessee);
	o = result_of("tn.json");
	assert_json(o, "method", "\"schulze\"");
	assert_json(o, "ranking", "[3,0,1,2]");
	assert_json(o, "winners", "[1]");
	assert_json(o, "order", "[[1],[2],[3],[0]]");
	assert_json(o, "winner", "1");
	assert_json(o, "votes", "100");
	assert_json(o, "tie_break", "{\"decider\":\"none\",\"rule\":\"none\"}");
	o = result_of("--json --explain --method instant-runoff tn.json");
	assert_json(o, "method", "\"instant_runoff\"");
	assert_json(o, "winners", "[3]");
	assert_json(json_object_get(o, "explanation"), "condorcet", "1");
	o = result_of("-m pav --places 2 tn.json");
	assert_json(o, "method", "\"pav\"");
	assert_json(o, "slate", "[1,2]");
	assert_json(o, "order", "[[1,2],[0,3]]");
}

static void
test_words(void **state)
{
	(void)state;
	put_file("tn.json", tennessee);
	assert_said("--explain tn.json", 0, "Nashville is elected by schulze.");
	assert_said(
	    "--explain tn.json", 0, "Nashville beats Memphis by 58 to 42");
	assert_said("--explain tn.json", 0, "Memphis would be elected.");
}

/* A tie is reported as found, and settled when that is asked. */
static void
test_ties(void **state)
{
	const json_t *o;
	char *first;

	(void)state;
	put_file("tie.json", "{\"candidates\":2,\"ballots\":[[0,1],[1,0]],"
			     "\"ratings\":[[7,3],[2,3]]}");
	o = result_of("tie.json");
	assert_json(o, "winners", "[0,1]");
	assert_json(o, "winner", "null");
	assert_json(o, "tie_break", "{\"decider\":\"open\",\"rule\":\"none\"}");
	o = result_of("--tie-break agreement tie.json");
	assert_json(o, "winner", "1");
	assert_json(
	    o, "tie_break", "{\"decider\":\"minimum\",\"rule\":\"agreement\"}");
	assert_json(result_of("--tie-break first tie.json"), "winner", "0");
	/* 9/2 against 6/2 */
	assert_json(result_of("-m score tie.json"), "winner", "0");
	/* the same seed draws the same */
	first = xstrdup(tally("--tie-break random --seed 5 tie.json")->out);
	assert_non_null(strstr(first, "\"lot\""));
	assert_string_equal(
	    tally("--tie-break random --seed 5 tie.json")->out, first);
	free(first);
}

/* One line each; what came before a bad line is printed, and the line named. */
static void
test_lines(void **state)
{
	const struct said *s;

	(void)state;
	put_file("a.jsonl", "{\"candidates\":2,\"ballots\":[[0,1]]}\n"
			    "{\"candidates\":2,\"ballots\":[[1,0]]}\n"
			    "{\"candidates\":2,\"ballots\":[[1,1]]}\n"
			    "{\"candidates\":2,\"ballots\":[[0,0]]}\n");
	s = tally("a.jsonl");
	assert_int_equal(s->status, 5);
	assert_non_null(strstr(s->out, "\"winners\":[1]"));
	assert_null(strstr(s->out, "\"winners\":[0,1]"));
	assert_said(
	    "a.jsonl", 5, "line 3: ballot 1: some candidate has rank 1");
}

static void
test_standard_input(void **state)
{
	const json_t *o;

	(void)state;
	put_file("in", "# DATA TYPE: toi\n# NUMBER ALTERNATIVES: 3\n"
		       "2: {1,3}\n1: 2,1\n");
	o = result_of("<in");
	assert_json(o, "ranking", "[0,2,1]");
	assert_json(o, "truncated", "3");
	assert_json(result_of("- <in"), "ranking", "[0,2,1]");
}

static void
test_list(void **state)
{
	static const char *const names[] = {"schulze ", "schulze_margins ",
	    "ranked_pairs ", "minimax ", "copeland ", "borda ", "plurality ",
	    "instant_runoff ", "approval ", "score ", "maximin ",
	    "proportional ", "pav "};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_said("--list", 0, names[i]);
	assert_true(json_array_size(result_of("--list --json")) >= 13);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *args;
		int status;
		const char *part;
	} rows[] = {
	    {"-m dictator r.json", 2, "there is no method dictator"},
	    {"--tie-break dice r.json", 2, "there is no tie-break dice"},
	    {"-m pav --places 0 r.json", 2, "--places takes a number"},
	    {"--places 2 r.json", 2, "for methods that elect a set"},
	    {"-m score r.json", 5, "score needs ratings"},
	    {"missing.json", 5, "cannot read"},
	};

	(void)state;
	put_file("r.json", "{\"candidates\":2,\"ballots\":[[0,1]]}");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_said(rows[i].args, rows[i].status, rows[i].part);
}

/* What a huge election will cost is said before it is counted: a matrix of
 * 4,100 squared and hardly a ballot is large, and quick. */
static void
test_cost(void **state)
{
	(void)state;
	put_file("huge.toi",
	    "# DATA TYPE: toi\n# NUMBER ALTERNATIVES: 4100\n1: 1\n");
	assert_said("-m copeland huge.toi | head -c 100", 0,
	    "4100 candidates and 1 ballots: about");
}

/* The reference implementation's 400 elections, through the command. */
static void
test_reference(void **state)
{
	const char *shared = getenv("CAUCUS_SHARED");
	char *path = realpath(shared != NULL ? shared : "../shared", NULL),
	     *args, *expected;
	char *line, *rest, *more, *got, *x, *y;
	int lines = 0;
	json_t *e, *o;

	(void)state;
	args = xasprintf("%s/vectors/schulze.jsonl", path != NULL ? path : "");
	expected = shell_file(args);
	if (expected == NULL) {
		print_message("SKIPPED: no %s\n", args);
		free(path);
		free(args);
		return;
	}
	rest = expected;
	more = got = xstrdup(tally(args)->out);
	while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') {
		e = json_loads(line, 0, NULL);
		line = strsep(&more, "\n");
		assert_non_null(line);
		o = json_loads(line, 0, NULL);
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
	free(got);
	free(expected);
	free(path);
	free(args);
}

static int
setup(void **state)
{
	(void)state;
	return shell_open(NULL);
}

static int
teardown(void **state)
{
	(void)state;
	shell_close();
	return 0;
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
