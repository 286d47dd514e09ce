/*
 * caucus import, as it is called: a scenario of a Polis export that plays to
 * a statement, and recordings of what others recorded.  Longer than 2 s, for
 * each of the five real conversations is played twice by a daemon of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "cli.h"
#include "shell.h"

static char dir[64]; /* that of shell.h */

static int
setup(void **state)
{
	(void)state;
	if (shell_open(NULL) == -1)
		return -1;
	snprintf(dir, sizeof(dir), "%s", shell_home());
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	shell_close();
	return 0;
}

/* Our own words, in two scripts. */
static void
put_export(void)
{
	cli_put(dir, "comments.csv",
	    "timestamp,comment-id,author-id,moderated,comment-body\r\n"
	    "1500000000,0,0,1,\"The library should open on Sundays, for many "
	    "work all week.\"\r\n"
	    "1500000000,1,1,1,\"Staff need their Sundays.\nMachines can lend "
	    "books on their own.\"\r\n"
	    "1500000000,2,2,0,Open in the evening instead; that helps people "
	    "who work.\r\n"
	    "1500000000,3,3,-1,Buy my books at my shop.\r\n"
	    "1500000000,4,4,1,星期天開放圖書館，讓上班的人也能借書。\r\n"
	    "1500000000,5,x,1,Who wrote this?\r\n");
	cli_put(dir, "votes.csv",
	    "timestamp,comment-id,voter-id,vote\r\n"
	    "1500000001,0,1,-1\r\n1500000002,0,1,1\r\n");
	cli_put(dir, "summary.csv",
	    "topic,Should the library open on Sundays?\r\n");
}

/* The statement that a run prints, and its bytes but for session and
 * recording; both fresh. */
static char *
run_twice(const char *scenario, char **statement)
{
	json_t *runs[2], *result;
	char *same[2], path[160];
	int i;

	for (i = 0; i < 2; i++) {
		assert_int_equal(
		    cli("caucus run --offline --seed 5 --json --record "
			"'%s/r.jsonl' '%s' >'%s/run.json' 2>/dev/null",
			dir, scenario, dir),
		    0);
		snprintf(path, sizeof(path), "%s/run.json", dir);
		runs[i] = json_load_file(path, 0, NULL);
		assert_non_null(runs[i]);
		json_object_del(runs[i], "session");
		json_object_del(runs[i], "recording");
		same[i] = json_dumps(runs[i], JSON_COMPACT);
	}
	assert_string_equal(same[0], same[1]);
	result = json_object_get(runs[0], "result");
	*statement =
	    strdup(json_string_value(json_object_get(result, "statement")));
	assert_true(strlen(*statement) > 20);
	free(same[1]);
	json_decref(runs[0]);
	json_decref(runs[1]);
	return same[0];
}

static void
a_scenario_plays_to_a_statement(void **state)
{
	char scenario[128], *one, *two, *statement;

	(void)state;
	put_export();
	snprintf(scenario, sizeof(scenario), "%s/s.json", dir);
	assert_int_equal(
	    cli("caucus import polis '%s' --participants 4 -o '%s' "
		">/dev/null 2>'%s/said'",
		dir, scenario, dir),
	    0);
	one = cli_get(dir, "said");
	assert_non_null(strstr(one, "comments.csv: line 8: author-id"));
	assert_non_null(strstr(one, "1 bad row was left out"));
	assert_non_null(strstr(one, "4 of 4 authors, from 5 comments (1 of"));
	free(one);
	assert_int_equal(
	    cli("caucus import polis '%s' --participants 4 "
		">'%s/again.json' 2>/dev/null && cmp '%s/again.json' '%s'",
		dir, dir, dir, scenario),
	    0);
	one = run_twice(scenario, &statement);
	assert_null(strstr(statement, "Buy my books"));
	free(one);
	free(statement);
	assert_int_equal(
	    cli("caucus import polis '%s' --participants 3 --seed 2 "
		"--question 'And on Mondays?' -o - >'%s/m.json' 2>&1",
		dir, dir),
	    0);
	two = cli_get(dir, "m.json");
	assert_non_null(strstr(two, "\"question\": \"And on Mondays?\""));
	free(two);
}

static void
mistakes_are_told(void **state)
{
	static const struct {
		const char *args, *says;
		int code;
	} cases[] = {
	    {"import polis . --participants 5", "the maximum is 4", 2},
	    {"import polis . --participants many", "a number from 1", 2},
	    {"import polis /nowhere --participants 5", "/nowhere/comments.csv",
		5},
	    {"import polis /nowhere", "/nowhere", 5},
	    {"import xls .", "these are: polis, hm,", 2},
	    {"import csv .", "no format csv to import from", 2},
	    {"import hm . --participants 5", "for the format polis only", 2},
	    {"import hm .", "there is no candidate_comparisons.csv", 5},
	};
	size_t i;

	(void)state;
	put_export();
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(cli_refused(dir, cases[i].args, cases[i].code,
				     cases[i].says),
		    0);
}

static void
a_recording_verifies_and_comes_back(void **state)
{
	char *tool;

	(void)state;
	put_export();
	assert_int_equal(cli("caucus import polis '%s' -o '%s/p.jsonl' "
			     ">/dev/null 2>&1 && caucus verify '%s/p.jsonl' "
			     ">/dev/null && caucus replay '%s/p.jsonl' "
			     ">'%s/said'",
			     dir, dir, dir, dir, dir),
	    0);
	tool = cli_shared("tools/verify_recording.py");
	if (tool != NULL && cli_has("command -v python3", "python3"))
		assert_int_equal(
		    cli("python3 '%s' '%s/p.jsonl' >/dev/null", tool, dir), 0);
	free(tool);
	assert_int_equal(
	    cli("caucus export --format polis -o '%s/back' '%s/p.jsonl' "
		">/dev/null && cd '%s' && cmp votes.csv back/votes.csv && "
		"cmp summary.csv back/summary.csv && sed '/Who wrote/d' "
		"comments.csv | cmp - back/comments.csv",
		dir, dir, dir),
	    0);
}

static const char *const sets[] = {"15-per-hour-seattle", "brexit-consensus",
    "london.youth.policing", "scoop-hivemind.ubi", "vtaiwan.uberx"};

static bool
has_han(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s >= 0xe4 && (unsigned char)*s <= 0xe9)
			return true;
	return false;
}

static void
real_conversations_play_to_a_statement(void **state)
{
	char *root = cli_shared("data/polis"), *all, *statement;
	char scenario[128];
	size_t i;

	(void)state;
	for (i = 0; root != NULL && i < 5; i++) {
		snprintf(scenario, sizeof(scenario), "%s/real.json", dir);
		assert_int_equal(
		    cli("caucus import polis '%s/%s' --participants 5 -o "
			"'%s' >/dev/null 2>&1",
			root, sets[i], scenario),
		    0);
		all = run_twice(scenario, &statement);
		assert_int_equal(
		    has_han(statement), strcmp(sets[i], "vtaiwan.uberx") == 0);
		free(all);
		free(statement);
		assert_int_equal(
		    cli("rm -rf '%s/f' && caucus import polis '%s/%s' -o "
			"'%s/p.jsonl' >/dev/null 2>&1 && caucus export "
			"--format polis -o '%s/f' '%s/p.jsonl' >/dev/null "
			"&& diff -r '%s/%s' '%s/f'",
			dir, root, sets[i], dir, dir, dir, root, sets[i], dir),
		    0);
	}
	free(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		a_scenario_plays_to_a_statement, setup, teardown),
	    cmocka_unit_test_setup_teardown(mistakes_are_told, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		a_recording_verifies_and_comes_back, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		real_conversations_play_to_a_statement, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
