/*
 * caucus export, as it is called: from a live session as each role, and from
 * recordings in files; and what other programs make of the CSV.  Longer than
 * 2 s, for whole deliberations are played.
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
#include "harness.h"
#include "shell.h"

static char dir[64]; /* that of shell.h */

static int
setup(void **state)
{
	(void)state;
	if (shell_open(NULL) == -1)
		return -1;
	snprintf(dir, sizeof(dir), "%s", shell_home());
	return cli("caucus run --offline --seed 3 --json --record "
		   "'%s/r.jsonl' config/scenarios/school-phones.json "
		   ">/dev/null 2>&1",
	    dir);
}

static int
teardown(void **state)
{
	(void)state;
	shell_close();
	return 0;
}

static void
every_format_is_written(void **state)
{
	static const struct {
		const char *format, *file;
	} cases[] = {{"csv", "/ballots.csv"}, {"json", ""}, {"markdown", ""},
	    {"polis", "/votes.csv"}, {"hm", "/candidate_comparisons.jsonl"},
	    {"preflib", ""}, {"scenario", ""}};
	char name[64], *text;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
		    cli("caucus export --format %s -o '%s/%s' "
			"'%s/r.jsonl' >/dev/null",
			cases[i].format, dir, cases[i].format, dir),
		    0);
		if (strcmp(cases[i].format, "preflib") == 0)
			continue; /* its names have the session's id */
		snprintf(
		    name, sizeof(name), "%s%s", cases[i].format, cases[i].file);
		text = cli_get(dir, name);
		assert_true(strlen(text) > 100);
		free(text);
	}
	assert_int_equal(
	    cli("ls '%s/preflib' | grep -c '[.][st]o[ci]$' | grep -qx 2", dir),
	    0);
	/* A page on standard output, and a scenario that plays again. */
	assert_int_equal(
	    cli("caucus export --format markdown '%s/r.jsonl' | cmp - "
		"'%s/markdown'",
		dir, dir),
	    0);
	assert_int_equal(
	    cli("caucus run --offline --json '%s/scenario' >/dev/null 2>&1",
		dir),
	    0);
}

static void
equal_recordings_give_equal_bytes(void **state)
{
	(void)state;
	assert_int_equal(
	    cli("for f in csv hm polis; do caucus export --format $f -o "
		"'%s/a' '%s/r.jsonl' && caucus export --format $f -o "
		"'%s/b' '%s/r.jsonl' || exit 9; done >/dev/null; diff -r "
		"'%s/a' '%s/b'",
		dir, dir, dir, dir, dir, dir),
	    0);
}

static void
mistakes_are_told(void **state)
{
	static const struct {
		const char *args, *says;
		int code;
	} cases[] = {
	    {"export --format xls ./r.jsonl", "recording, csv, json,", 2},
	    {"export --format csv ./none.jsonl", "cannot read ./none.jsonl", 5},
	    {"export ./r.jsonl", "say with --output", 2},
	    {"export --format csv r.jsonl abcdef", "name one session, or files",
		2},
	    {"export --format csv --as Nobody ./r.jsonl",
		"no participant Nobody", 2},
	    {"export --of Nobody ./r.jsonl", "no participant Nobody", 2},
	    {"export --format csv ./broken.jsonl", "./broken.jsonl, line 1", 3},
	    {"export --format csv -o r.jsonl ./r.jsonl", "the folder r.jsonl",
		5},
	    {"export --format polis ./r.jsonl ./r2.jsonl", "one session", 2},
	};
	size_t i;

	(void)state;
	assert_int_equal(
	    cli("cd '%s' && echo nonsense >broken.jsonl && sed "
		"'1s/\"session\":\"[a-z0-9]*\"/\"session\":\"other\"/' "
		"r.jsonl >r2.jsonl",
		dir),
	    0);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(cli_refused(dir, cases[i].args, cases[i].code,
				     cases[i].says),
		    0);
}

/* What stands in a file that a role got is what the daemon would give it. */
static void
a_live_session_as_each_role(void **state)
{
	struct daemon d;
	struct play p;
	char *live, *file;

	(void)state;
	assert_int_equal(daemon_start(&d), 0);
	assert_int_equal(
	    play_open(&p, &d, 5, 7, json_pack("{s:i}", "candidates", 4)), 0);
	assert_int_equal(play_whole(&p, 2), 0);
	assert_int_equal(
	    cli("XDG_STATE_HOME='%s' caucus export --socket %s --as "
		"operator -o '%s/live.jsonl' %s >/dev/null",
		dir, d.socket, dir, p.session),
	    0);
	assert_int_equal(
	    cli("XDG_STATE_HOME='%s' caucus export --socket %s --as "
		"operator --format csv -o '%s/live' %s >/dev/null && caucus "
		"export --format csv -o '%s/file' '%s/live.jsonl' "
		">/dev/null && diff -r '%s/live' '%s/file'",
		dir, d.socket, dir, p.session, dir, dir, dir, dir),
	    0);
	assert_int_equal(cli("caucus export --as observer -o '%s/o.jsonl' "
			     "'%s/live.jsonl' >/dev/null && caucus verify "
			     "'%s/o.jsonl' >/dev/null",
			     dir, dir, dir),
	    0);
	live = cli_get(dir, "live.jsonl");
	file = cli_get(dir, "o.jsonl");
	assert_non_null(strstr(live, "\"Person 1\""));
	assert_null(strstr(file, "\"Person 1\""));
	free(live);
	free(file);
	assert_int_equal(cli("caucus export --of 'Person 1' '%s/live.jsonl' "
			     ">'%s/person.json'",
			     dir, dir),
	    0);
	file = cli_get(dir, "person.json");
	assert_non_null(strstr(file, "Pupils must learn to use phones well"));
	assert_null(strstr(file, "Person 2"));
	free(file);
	play_close(&p);
	daemon_clear(&d);
}

static void
anonymous_exports_hold_no_names(void **state)
{
	(void)state;
	assert_int_equal(
	    cli("caucus export --anonymous --format csv -o '%s/csv' "
		"'%s/r.jsonl' >/dev/null && caucus export --anonymous -o "
		"'%s/csv/a.jsonl' '%s/r.jsonl' >/dev/null && caucus verify "
		"'%s/csv/a.jsonl' >/dev/null && ! grep -rE "
		"'Jonas|Amara|Leyla' '%s/csv'",
		dir, dir, dir, dir, dir, dir),
	    0);
}

static void
metrics_are_printed(void **state)
{
	char *said;

	(void)state;
	assert_int_equal(
	    cli("caucus metrics --csv '%s/r.jsonl' >'%s/m.csv'", dir, dir), 0);
	said = cli_get(dir, "m.csv");
	assert_non_null(strstr(said, ",0,endorsement_mean,s"));
	assert_non_null(strstr(said, ",1,predictor_top,"));
	assert_non_null(strstr(said, ",0,first_by_place,place 4,"));
	free(said);
	assert_int_equal(cli("caucus metrics --json '%s/r.jsonl' | grep -q "
			     "'\"metric\":\"endorsement_min\"'",
			     dir),
	    0);
	assert_int_equal(
	    cli_refused(dir, "metrics none.jsonl", 5, "cannot open none.jsonl"),
	    0);
}

/* ---- other programs read it ---- */

/* The texts that must survive: quotes, commas, line breaks, formulas. */
static void
write_hard_csv(void)
{
	char path[128];
	json_t *sc, *p;

	snprintf(path, sizeof(path), "%s/hard.json", dir);
	sc = json_pack("{s:s,s:{s:i,s:s},s:[]}", "question", "Why, \"oh\"?",
	    "settings", "rounds", 0, "absent", "predicted", "participants");
	p = json_object_get(sc, "participants");
	json_array_append_new(
	    p, json_pack("{s:s,s:s}", "name", "A, B", "opinion",
		   "One \"quoted\", with a comma.\nA second line; it's here."));
	json_array_append_new(
	    p, json_pack("{s:s,s:s}", "name", "=1+1", "opinion",
		   "\xe9\x96\x8b\xe6\x94\xbe\xe5\x9c\x96\xe6\x9b\xb8."));
	json_array_append_new(
	    p, json_pack("{s:s,s:s}", "name", "C", "opinion", "Plain text."));
	assert_int_equal(json_dump_file(sc, path, 0), 0);
	json_decref(sc);
	assert_int_equal(cli("caucus run --offline --json --record "
			     "'%s/hard.jsonl' '%s' >/dev/null 2>&1 && "
			     "caucus export --format csv -o '%s/hard' "
			     "'%s/hard.jsonl' >/dev/null",
			     dir, path, dir, dir),
	    0);
}

static void
sqlite_reads_the_csv(void **state)
{
	char *said;

	(void)state;
	if (!cli_has("command -v sqlite3", "sqlite3"))
		return;
	write_hard_csv();
	cli_put(dir, "hard/script",
	    ".import --csv opinions.csv opinions\n"
	    ".import --csv participants.csv participants\n"
	    ".import --csv tallies.csv tallies\n"
	    "select count(*), sum(text = 'One \"quoted\", with a comma.' || "
	    "char(10) || 'A second line; it''s here.') from opinions;\n"
	    "select count(*) from participants where name in ('A, B', "
	    "'=1+1', 'C');\n"
	    "select count(*) > 0 from tallies where winner = 'true';\n");
	assert_int_equal(
	    cli("cd '%s/hard' && sqlite3 -batch <script >../said", dir), 0);
	said = cli_get(dir, "said");
	assert_string_equal(said, "3|1\n3\n1\n");
	free(said);
}

static void
pandas_reads_the_csv(void **state)
{
	(void)state;
	if (!cli_has("python3 -c 'import pandas'", "pandas"))
		return;
	write_hard_csv();
	cli_put(dir, "hard/script",
	    "import pandas, glob\n"
	    "t = {f: pandas.read_csv(f) for f in glob.glob('*.csv')}\n"
	    "assert len(t['opinions.csv']) == 3\n"
	    "assert '\"quoted\", with a comma.\\nA second line; it' in "
	    "t['opinions.csv'].text[0]\n"
	    "assert list(t['participants.csv'].name) == ['A, B', '=1+1', "
	    "'C']\n");
	assert_int_equal(cli("cd '%s/hard' && python3 script", dir), 0);
}

static void
r_reads_the_csv(void **state)
{
	(void)state;
	if (!cli_has("command -v Rscript", "R"))
		return;
	write_hard_csv();
	cli_put(dir, "hard/script",
	    "o <- read.csv('opinions.csv', encoding = 'UTF-8')\n"
	    "stopifnot(nrow(o) == 3)\n"
	    "stopifnot(grepl('\"quoted\", with a comma.\\nA second line; it', "
	    "o$text[1], fixed = TRUE))\n"
	    "p <- read.csv('participants.csv')\n"
	    "stopifnot(p$name == c('A, B', '=1+1', 'C'))\n");
	assert_int_equal(cli("cd '%s/hard' && Rscript script", dir), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		every_format_is_written, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		equal_recordings_give_equal_bytes, setup, teardown),
	    cmocka_unit_test_setup_teardown(mistakes_are_told, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		a_live_session_as_each_role, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		anonymous_exports_hold_no_names, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		metrics_are_printed, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		sqlite_reads_the_csv, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		pandas_reads_the_csv, setup, teardown),
	    cmocka_unit_test_setup_teardown(r_reads_the_csv, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
