/* Elections as files: what is read, and what is refused and how. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>

#include "base/buf.h"
#include "base/mem.h"
#include "choice/pairwise.h"
#include "choice/tally.h"
#include "record/election.h"

/* Reads the first election of a text; fails the test if it is none. */
static void
read_one(const char *name, const char *text, struct election *e)
{
	struct election_reader r;
	struct err err = {0};

	memset(e, 0, sizeof(*e));
	if (election_open(&r, name, text, strlen(text), &err) != 0 ||
	    election_next(&r, e, &err) != 1)
		fail_msg("%s: %s", name != NULL ? name : "-", err.text);
}

/* Reads until something is refused, whose message has `part`. */
static void
assert_refused(const char *name, const char *text, const char *part)
{
	struct election_reader r;
	struct election e = {0};
	struct err err = {0};
	int got = election_open(&r, name, text, strlen(text), &err);

	while (got == 0) {
		got = election_next(&r, &e, &err);
		if (got == 0)
			fail_msg("not refused: %s", text);
		if (got == 1) {
			election_free(&e);
			got = 0;
		}
	}
	if (strstr(err.text, part) == NULL)
		fail_msg("no \"%s\" in \"%s\" for %s", part, err.text, text);
}

static void
assert_ranks(const struct election *e, size_t row, const int32_t *expected)
{
	size_t n = e->labels.n;

	assert_memory_equal(
	    e->profile.rank + row * n, expected, n * sizeof(*expected));
}

/* ---- JSON ---- */

static void
test_json(void **state)
{
	struct election e;

	(void)state;
	read_one("a.json",
	    "{\"candidates\":3,\n \"ballots\":[[0,1,1],[1,0,null],"
	    "{\"ranking\":\"C>A\",\"count\":3},"
	    "{\"ranks\":[0,1,2],\"count\":4294967296},"
	    "[null,null,null]],\n"
	    "\"ratings\":[[1,7,4],null,[5,5,null],[2,3,6],null]}\n",
	    &e);
	assert_int_equal(e.labels.n, 3);
	assert_int_equal(e.profile.ballots, 4);
	assert_int_equal(e.profile.votes, 5 + WEIGHT_MAX);
	assert_int_equal(e.profile.truncated, 3);
	assert_true(e.profile.unseen);
	assert_int_equal(e.empty, 1);
	assert_ranks(&e, 0, (int32_t[]){0, 1, 1});
	assert_ranks(&e, 1, (int32_t[]){1, 0, RANK_UNSEEN});
	assert_ranks(&e, 2, (int32_t[]){1, 2, 0});
	assert_int_equal(profile_weight(&e.profile, 2), 3);
	/* ratings count as often as the ballot beside them */
	assert_ptr_equal(e.profile.ratings, e.ratings);
	assert_int_equal(e.ratings[0].n, 4 + WEIGHT_MAX);
	assert_int_equal(e.ratings[0].sum, 1 + 15 + 2 * WEIGHT_MAX);
	assert_int_equal(e.ratings[0].min, 1);
	assert_int_equal(e.ratings[2].n, 1 + WEIGHT_MAX);
	assert_int_equal(e.ratings[2].ge5, WEIGHT_MAX);
	election_free(&e);
}

static void
test_json_names(void **state)
{
	struct election e;

	(void)state;
	read_one(NULL,
	    "{\"candidates\":[\"Bern\",\"St. Gallen\"],"
	    "\"ballots\":[{\"ranking\":\"St. Gallen > Bern\"}]}",
	    &e);
	assert_string_equal(e.labels.name[1], "St. Gallen");
	assert_ranks(&e, 0, (int32_t[]){1, 0});
	assert_null(e.ratings);
	election_free(&e);
	read_one(NULL, "{\"candidates\":2,\"ratings\":[[7,1],[5,2]]}", &e);
	assert_int_equal(e.profile.ballots, 0);
	assert_int_equal(e.ratings[0].sum, 12);
	election_free(&e);
}

/* The mistakes that the reference lets through, and others. */
static void
test_json_refused(void **state)
{
	static const struct {
		const char *ballots, *part;
	} rows[] = {
	    {"[[0,2,2]]", "ballot 1: some candidate has rank 2 and none has "
			  "rank 1"},
	    {"[[0,1,2],[1,1,2]]", "ballot 2: some candidate has rank 2 and "
				  "none has rank 0"},
	    {"[[0,2,5]]", "candidate 3: there is no rank 5 among 3"},
	    {"[[0,1]]", "there are 2 ranks for 3 candidates"},
	    {"[[0,1,2,3]]", "there are 4 ranks for 3 candidates"},
	    {"[[0,-1,1]]", "candidate 2: there is no rank -1"},
	    {"[[0,null,2]]", "rank 2 and none has rank 1"},
	    {"[[0,1.5,2]]", "must be a whole number"},
	    {"[[0,\"1\",2]]", "must be a whole number"},
	    {"[[0,true,2]]", "must be a whole number"},
	    {"[{\"ranking\":\"B>D>C\"}]", "no statement D on this ballot"},
	    {"[{\"ranking\":\"A>B>A\"}]", "statement A stands twice"},
	    {"[{\"ranking\":\"A>>B\"}]", "no statement at position 3"},
	    {"[{\"ranking\":\"\"}]", "no statement at position 1"},
	    {"[{\"ranking\":\"A\",\"count\":0}]", "count must be from 1"},
	    {"[{\"ranking\":\"A\",\"count\":4294967297}]",
		"count must be from 1"},
	    {"[{\"ranking\":\"A\",\"cuont\":2}]", "cuont is not known"},
	    {"[{\"count\":2}]", "give either"},
	    {"[{\"ranking\":\"A\",\"ranks\":[0,1,2]}]", "give either"},
	    {"[7]", "a ballot must be a list"},
	    {"7", "ballots must be an array"},
	};
	char *text;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		text = xasprintf(
		    "{\"candidates\":3,\"ballots\":%s}", rows[i].ballots);
		assert_refused("a.json", text, rows[i].part);
		free(text);
	}
}

static void
test_json_shape_refused(void **state)
{
	static const struct {
		const char *text, *part;
	} rows[] = {
	    {"{\"candidates\":0,\"ballots\":[]}", "there are no candidates"},
	    {"{\"candidates\":8193,\"ballots\":[]}", "8192 are the most"},
	    {"{\"candidates\":[],\"ballots\":[]}", "there are no candidates"},
	    {"{\"candidates\":[1],\"ballots\":[]}", "is not a name"},
	    {"{\"candidates\":[\"a\",\"a\"],\"ballots\":[]}", "the same name"},
	    {"{\"ballots\":[]}", "candidates must be"},
	    {"{\"candidates\":2}", "neither ballots nor ratings"},
	    {"{\"candidates\":2,\"balots\":[]}", "balots is not known"},
	    {"{\"candidates\":2,\"ballots\":[],\"ballots\":[]}",
		"a key stands twice"},
	    {"{\"candidates\":2,\"ballots\":[[0,1]],\"ratings\":[]}",
		"0 rows of ratings for 1 ballots"},
	    {"{\"candidates\":2,\"ratings\":[[1,8]]}",
		"row of ratings 1: candidate 2: a rating"},
	    {"{\"candidates\":2,\"ratings\":[[1,0]]}", "a rating must"},
	    {"{\"candidates\":2,\"ratings\":[[1]]}", "must have 2 places"},
	    {"{\"candidates\":2,\"ratings\":[7]}", "must have 2 places"},
	    {"{\"candidates\":2,", "the text ends too early"},
	    {"[1]", "this is no election"},
	    {"", "this is no election"},
	    {"hello", "this is no election"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_refused("a.json", rows[i].text, rows[i].part);
}

/* More votes than the counts have room for. */
static void
test_too_many_votes(void **state)
{
	struct buf b = {0};

	(void)state;
	buf_adds(&b, "{\"candidates\":1,\"ballots\":[");
	for (int i = 0; i <= 65536; i++)
		buf_addf(&b, "%s{\"ranks\":[0],\"count\":4294967296}",
		    i > 0 ? "," : "");
	buf_adds(&b, "]}");
	assert_refused("a.json", b.data, "ballot 65537: there are more than");
	buf_free(&b);
}

/* ---- JSON Lines ---- */

static void
test_lines(void **state)
{
	static const char text[] = "{\"candidates\":1,\"ballots\":[[0]]}\r\n"
				   "\n"
				   "  {\"candidates\":2,\"ballots\":[]}\n";
	static const char *const names[] = {"a.jsonl", "a.json", "a", NULL};
	struct election_reader r;
	struct election e = {0};
	struct err err;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(
		    election_open(&r, names[i], text, sizeof(text) - 1, &err),
		    0);
		assert_int_equal(election_next(&r, &e, &err), 1);
		assert_int_equal(e.labels.n, 1);
		election_free(&e);
		assert_int_equal(election_next(&r, &e, &err), 1);
		assert_int_equal(r.line, 3);
		assert_int_equal(e.labels.n, 2);
		election_free(&e);
		assert_int_equal(election_next(&r, &e, &err), 0);
	}
	assert_refused("a.jsonl",
	    "{\"candidates\":1,\"ballots\":[[0]]}\n\n{\"candidates\":0}\n",
	    "line 3: there are neither");
}

/* A pretty-printed object is one election, whatever its first line. */
static void
test_pretty(void **state)
{
	struct election e;

	(void)state;
	read_one(NULL, "{\n\"candidates\":\n2,\n\"ballots\":[[0,1]]\n}\n", &e);
	assert_int_equal(e.profile.ballots, 1);
	election_free(&e);
}

/* ---- PrefLib ---- */

static const char header[] = "# FILE NAME: a\r\n# TITLE: \n"
			     "# NUMBER ALTERNATIVES: 3\n";

static char *
preflib(const char *rest)
{
	return xasprintf("%s%s", header, rest);
}

static void
test_preflib(void **state)
{
	char *text = preflib("# NUMBER VOTERS: 6\n# NUMBER UNIQUE ORDERS: 3\n"
			     "# ALTERNATIVE NAME 1: Ann\n"
			     "# ALTERNATIVE NAME 2: Bob\n"
			     "# ALTERNATIVE NAME 3: Cy\n"
			     "3: 1,{2,3}\n2: 3\n\n1: {1, 2 ,3}\n");
	struct election e;

	(void)state;
	read_one("a.toi", text, &e);
	assert_string_equal(e.labels.name[2], "Cy");
	assert_int_equal(e.profile.votes, 6);
	assert_int_equal(e.profile.truncated, 2);
	assert_ranks(&e, 0, (int32_t[]){0, 1, 1});
	assert_ranks(&e, 1, (int32_t[]){1, 1, 0});
	assert_ranks(&e, 2, (int32_t[]){0, 0, 0});
	election_free(&e);
	free(text);
}

/* Numbers are those of the names' lines, from 0 or in any order; names that
 * cannot be labels give way to the numbers. */
static void
test_preflib_numbers(void **state)
{
	char *text = preflib("# ALTERNATIVE NAME 0: x\n"
			     "# ALTERNATIVE NAME 1: x\n"
			     "# ALTERNATIVE NAME 7: a>b\n"
			     "# DATA TYPE: soi\n1: 7, 0\n");
	struct election e;

	(void)state;
	read_one("election.txt", text, &e);
	assert_string_equal(e.labels.name[2], "7");
	assert_ranks(&e, 0, (int32_t[]){1, 2, 0});
	election_free(&e);
	free(text);
	text = preflib("1: 3, 2, 1\n");
	read_one("a.soc", text, &e);
	assert_null(e.labels.name);
	assert_ranks(&e, 0, (int32_t[]){2, 1, 0});
	election_free(&e);
	free(text);
}

static void
test_preflib_refused(void **state)
{
	static const struct {
		const char *name, *rest, *part;
	} rows[] = {
	    {"a.soc", "1: 1, 2\n", "line 4: alternative 3 is missing"},
	    {"a.toc", "1: 1, 2\n", "call the file .toi"},
	    {"a.soc", "1: 1, {2, 3}\n", "there is a tie, and soc has none"},
	    {"a.soi", "1: 1, 1\n", "alternative 1 stands twice"},
	    {"a.soi", "1: 4\n", "there is no alternative 4"},
	    {"a.soi", "1: 0\n", "there is no alternative 0"},
	    {"a.soi", "0: 1\n", "a ballot counts from 1"},
	    {"a.soi", "1:\n", "expected the number of an alternative"},
	    {"a.soi", "1: 1,\n", "expected the number of an alternative"},
	    {"a.soi", "1: 1 2\n", "expected a comma"},
	    {"a.soi", "1, 2, 3\n", "expected an order"},
	    {"a.soi", "99999999999999999999: 1\n", "expected an order"},
	    {"a.toi", "1: {1, 2\n", "a } is missing"},
	    {"a.soi", "# NUMBER VOTERS: 2\n1: 1\n", "the header says 2 voters"},
	    {"a.soi", "# NUMBER UNIQUE ORDERS: 2\n1: 1\n",
		"the header says 2 orders"},
	    {"a.soi", "# DATA TYPE: soc\n1: 1\n", "the data type is not soi"},
	    {"a.soi", "# ALTERNATIVE NAME 1: a\n1: 1\n",
		"3 alternatives and 1 names"},
	    {"a.soi",
		"# ALTERNATIVE NAME 1: a\n# ALTERNATIVE NAME 1: b\n1: 1\n",
		"named twice"},
	    {"a.soi", "# NUMBER VOTERS: x\n", "expected a whole number"},
	    {"a.txt", "1: 1\n", "this is no election"},
	};
	char *text;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		text = preflib(rows[i].rest);
		assert_refused(rows[i].name, text, rows[i].part);
		free(text);
	}
	assert_refused("a.soc", "3\n1,a\n2,b\n3,c\n2,2,1\n2,1,2,3\n",
	    "the format of before 2022");
	assert_refused("a.soc", "# NUMBER ALTERNATIVES: 9999\n1: 1\n",
	    "8192 are the most");
	assert_refused("a.soc", "", "before 2022");
}

static void
test_preflib_bytes(void **state)
{
	static const char nul[] = "# NUMBER ALTERNATIVES: 1\n"
				  "# ALTERNATIVE NAME 1: a\0b\n1: 1\n";
	char *text = xasprintf("%s# ALTERNATIVE NAME 4: \xff\n1: 4\n",
	    "# NUMBER ALTERNATIVES: 1\n");
	struct election_reader r;
	struct election e;
	struct err err;

	(void)state;
	assert_int_equal(
	    election_open(&r, "a.soc", nul, sizeof(nul) - 1, &err), 0);
	assert_int_equal(election_next(&r, &e, &err), -1);
	assert_non_null(strstr(err.text, "NUL"));
	/* a name that is not UTF-8 gives way to its number */
	read_one("a.soc", text, &e);
	assert_string_equal(e.labels.name[0], "4");
	election_free(&e);
	free(text);
}

/* ---- data that no one here wrote ---- */

static char *
file_text(const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s", dir, name), chunk[4096];
	FILE *f = fopen(path, "re");
	struct buf b = {0};
	size_t n;

	assert_non_null(f);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(&b, chunk, n);
	fclose(f);
	free(path);
	return buf_take(&b);
}

/* Whether a rule elects the Condorcet winner, if there is one, and alone. */
static bool
is_condorcet_consistent(const char *rule, const struct election *e)
{
	struct tally t;
	size_t winner;
	bool holds;

	tally_run(rule_find(rule), &e->profile, &t);
	winner = condorcet_winner(t.d, t.n);
	holds = winner == t.n || (t.winners == 1 && t.rank[winner] == 0);
	tally_free(&t);
	return holds;
}

/* pref_voting's counter-examples to Condorcet consistency: each is one for the
 * rule of its name, and for no rule that has it. */
static void
check_counter_example(const char *name, const struct election *e)
{
	static const char *const named[][2] = {{"Borda.soc", "borda"},
	    {"Plurality.soc", "plurality"},
	    {"_Instant_Runoff.soc", "instant_runoff"}};
	const char *at;

	for (const struct rule *r = rules; r->name != NULL; r++)
		if ((r->properties & RULE_CONDORCET) != 0)
			assert_true(is_condorcet_consistent(r->name, e));
	for (size_t i = 0; i < 3; i++) {
		at = strstr(name, named[i][0]);
		if (at != NULL && strstr(name, "Anti") == NULL)
			assert_false(is_condorcet_consistent(named[i][1], e));
	}
}

static void
test_pref_voting(void **state)
{
	const char *shared = getenv("CAUCUS_SHARED");
	char *dir = xasprintf(
		 "%s/data/soc", shared != NULL ? shared : "../shared"),
	     *text;
	DIR *d = opendir(dir);
	const struct dirent *entry;
	struct election e;
	int files = 0;

	(void)state;
	while (d != NULL && (entry = readdir(d)) != NULL) {
		if (strstr(entry->d_name, ".soc") == NULL)
			continue;
		text = file_text(dir, entry->d_name);
		read_one(entry->d_name, text, &e);
		assert_true(e.profile.votes > 0);
		assert_int_equal(e.profile.truncated, 0);
		check_counter_example(entry->d_name, &e);
		election_free(&e);
		free(text);
		files++;
	}
	if (d == NULL)
		print_message("SKIPPED: no %s\n", dir);
	else
		assert_true(files >= 30);
	if (d != NULL)
		closedir(d);
	free(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_json),
	    cmocka_unit_test(test_json_names),
	    cmocka_unit_test(test_json_refused),
	    cmocka_unit_test(test_json_shape_refused),
	    cmocka_unit_test(test_too_many_votes),
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_pretty),
	    cmocka_unit_test(test_preflib),
	    cmocka_unit_test(test_preflib_numbers),
	    cmocka_unit_test(test_preflib_refused),
	    cmocka_unit_test(test_preflib_bytes),
	    cmocka_unit_test(test_pref_voting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
