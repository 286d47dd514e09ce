/*
 * verify, replay, receipt and whatif as people call them, on what a daemon
 * recorded.  Takes some 3 s: a dozen deliberations.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness.h"
#include "shell.h"

#define PHONES "config/scenarios/school-phones.json"

static char *recording; /* path of one that holds */

static char *
path_of(const char *name)
{
	char path[256];

	snprintf(path, sizeof path, "%s/%s", shell_home(), name);
	return strdup(path);
}

static int
begin(void **state)
{
	(void)state;
	if (shell_open(NULL) == -1)
		return -1;
	recording = path_of("whole.jsonl");
	return caucus("run", PHONES, "--seed", "7", "--record", recording)
			   ->status == 0
		   ? 0
		   : -1;
}

static int
end(void **state)
{
	(void)state;
	free(recording);
	shell_close();
	return 0;
}

static const json_t *
at(const json_t *o, const char *a, const char *b)
{
	o = json_object_get(o, a);
	return b != NULL ? json_object_get(o, b) : o;
}

static void
test_good(void **state)
{
	const struct said *s;

	(void)state;
	s = caucus("replay", recording);
	assert_int_equal(s->status, 0);
	assert_non_null(strstr(s->out, ": identical: "));
	s = caucus("replay", "--json", recording);
	assert_string_equal(
	    json_string_value(at(s->json, "outcome", NULL)), "identical");
	s = caucus("verify", recording);
	assert_int_equal(s->status, 0);
	assert_non_null(strstr(s->out, ": holds\n"));
	assert_non_null(strstr(s->out, "votes counted again, to the same "
				       "result: 2\n"));
	s = caucus("verify", "--json", recording);
	assert_true(json_is_true(at(s->json, "holds", NULL)));
	assert_int_equal(json_integer_value(at(s->json, "recounted", NULL)), 2);
}

/* Many files: in the order they were named, whatever the number of jobs. */
static void
test_many(void **state)
{
	const struct said *s;
	json_t *one;
	size_t i;

	(void)state;
	s = shell_line("cd $HOME && for i in $(seq 100 399); do cp whole.jsonl "
		       "f$i; done && head -c 2000 whole.jsonl > f250 && "
		       "rm f300 && caucus replay --json -j 3 $(seq -f f%g 100 "
		       "399)");
	assert_int_equal(s->status, 5);
	assert_int_equal(json_array_size(s->json), 300);
	json_array_foreach(s->json, i, one) {
		char name[16];

		snprintf(name, sizeof name, "f%zu", i + 100);
		assert_string_equal(
		    json_string_value(at(one, "file", NULL)), name);
		if (i == 200)
			assert_non_null(at(one, "error", NULL));
		else
			assert_string_equal(
			    json_string_value(at(one, "outcome", NULL)),
			    i == 150 ? "broken" : "identical");
	}
	s = shell_line("cd $HOME && caucus verify -j 2 f1*");
	assert_int_equal(s->status, 0);
	assert_non_null(strstr(s->out, "100 of 100 hold\n"));
	assert_string_equal(s->err, ""); /* a bar is for terminals */
	s = caucus("replay", recording, "-j", "none");
	assert_int_equal(s->status, 2);
}

/* One bit of one line. */
static void
test_broken(void **state)
{
	const struct said *s;
	char *broken = path_of("broken.jsonl");

	(void)state;
	s = shell_line("sed '60s/\"at\":1/\"at\":2/' $HOME/whole.jsonl > "
		       "$HOME/broken.jsonl");
	assert_int_equal(s->status, 0);
	s = caucus("verify", broken);
	assert_int_equal(s->status, 3);
	assert_non_null(strstr(s->out, "DOES NOT HOLD"));
	assert_non_null(strstr(s->out, "line 60 (event 59)"));
	s = caucus("replay", broken);
	assert_int_equal(s->status, 3);
	s = caucus("verify", "--json", broken);
	assert_int_equal(s->status, 3);
	assert_int_equal(
	    json_integer_value(at(at(s->json, "fault", NULL), "line", NULL)),
	    60);
	s = caucus("whatif", broken);
	assert_int_equal(s->status, 3);
	free(broken);
}

/* ---- whatif ---- */

static void
test_whatif(void **state)
{
	const struct said *s;
	const char *label;
	json_t *row;
	size_t i;

	(void)state;
	s = caucus("whatif", recording);
	assert_int_equal(s->status, 0);
	assert_non_null(strstr(s->out, "ballots only, drafts unchanged"));
	assert_null(strstr(s->out, "another winner"));
	s = caucus("whatif", recording, "--without", "each");
	assert_int_equal(s->status, 0);
	assert_non_null(strstr(s->out, "ballots only, drafts unchanged"));
	s = caucus("whatif", "--json", recording, "--without", "each",
	    "--tie-break", "all");
	assert_int_equal(json_array_size(s->json), 4 * 5 * 4);
	json_array_foreach(s->json, i, row) {
		label = json_string_value(at(row, "label", NULL));
		assert_string_equal(label, "ballots only, drafts unchanged");
		assert_int_equal(
		    json_integer_value(at(row, "ballots", NULL)), 4);
	}
	s = caucus("whatif", "--json", recording, "--method", "all");
	assert_true(json_array_size(s->json) >= 4);
	json_array_foreach(s->json, i, row)
		if (strcmp(json_string_value(at(row, "method", NULL)),
			"schulze") == 0)
			assert_true(json_is_false(at(row, "changed", NULL)));
}

static void
test_whatif_csv(void **state)
{
	const struct said *s;

	(void)state;
	s = shell_line("caucus whatif --csv $HOME/whole.jsonl --double Amara "
		       "--candidates 1..3 --seed 1..2 > $HOME/t.csv && "
		       "head -1 $HOME/t.csv | tr -d '\\r'; "
		       "grep -c '^\"ballots only, drafts unchanged\",' "
		       "$HOME/t.csv");
	assert_int_equal(s->status, 0);
	assert_string_equal(s->out,
	    "label,file,session,round,election,method,tie_break,counted,"
	    "without,double,candidates,slate,seed,ballots,before,winner,"
	    "changed,tied,decided_by,shown,not_voted\n24\n");
	s = shell_line("caucus whatif --csv --influence $HOME/whole.jsonl | "
		       "wc -l");
	assert_string_equal(s->out, "6\n");
}

static void
test_whatif_refusals(void **state)
{
	static const struct {
		const char *argv[4], *says;
	} rows[] = {
	    {{"--without", "Nobody", NULL}, "nobody is called"},
	    {{"--without", "p-aaaaaa,p-bbbbbb", NULL}, "nobody is called"},
	    {{"--method", "dice", NULL}, "no method dice"},
	    {{"--candidates", "0", NULL}, "at least 1"},
	    {{"--candidates", "all", NULL}, "at least 1"},
	    {{"--only-cast", "--only-predicted", NULL}, "none"},
	    {{"--influence", "--only-cast", NULL}, "no place"},
	};
	const char *argv[8] = {"whatif", recording};
	const struct said *s;
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		for (k = 0; k < 3; k++)
			argv[k + 2] = rows[i].argv[k];
		s = shell_run(NULL, argv);
		assert_int_equal(s->status, 2);
		if (strstr(s->err, rows[i].says) == NULL)
			fail_msg("%s, not: %s", s->err, rows[i].says);
	}
}

/* ---- receipts ---- */

static char *
save_receipt(const json_t *receipt, const char *word)
{
	char *path = path_of("receipt.json");
	json_t *o = json_copy((json_t *)receipt);

	if (word != NULL)
		json_object_set_new(
		    o, "bodies", json_pack("{s:s}", "text", word));
	assert_int_equal(json_dump_file(o, path, 0), 0);
	json_decref(o);
	return path;
}

static void
test_receipt(void **state)
{
	static const char opinion[] = "I want quiet lessons.";
	char *file = path_of("export.jsonl"), *path;
	struct daemon d;
	const struct said *s;
	json_t *receipt;
	struct play p;

	(void)state;
	assert_int_equal(daemon_start(&d), 0);
	assert_int_equal(play_open(&p, &d, 2, 7, json_object()), 0);
	assert_int_equal(play_next(&p, "lobby"), 0);
	receipt = client_call(&p.people[0], "contribution.text",
	    json_pack("{s:s,s:s,s:s}", "session", p.session, "slot", "opinion",
		"text", opinion));
	assert_non_null(receipt);
	assert_int_equal(play_export(&p, file), 0);
	path = save_receipt(receipt, opinion);
	s = caucus("receipt", "check", path, file);
	assert_int_equal(s->status, 0);
	assert_non_null(strstr(s->out, "as the receipt says"));
	assert_non_null(strstr(s->out, "what you kept is what was sealed: 1"));
	free(path);
	path = save_receipt(receipt, "I want loud lessons.");
	s = caucus("receipt", "check", path, file);
	assert_int_equal(s->status, 3);
	assert_non_null(strstr(s->err, "other words"));
	/* Of another session. */
	s = caucus("receipt", "check", path, recording);
	assert_int_equal(s->status, 3);
	s = caucus("receipt", "check", recording, file);
	assert_int_equal(s->status, 5);
	s = caucus("receipt", "frame", path, file);
	assert_int_equal(s->status, 2);
	free(path);
	free(file);
	json_decref(receipt);
	play_close(&p);
	assert_int_equal(daemon_stop(&d), 0);
	daemon_clear(&d);
}

/* ---- TCP ---- */

/* A port that the system picks, in both families; never an operator. */
static void
test_tcp(void **state)
{
	static const char script[] =
	    "caucusd --socket $HOME/s --journal $HOME/j.db --data config "
	    "--listen-tcp 127.0.0.1:0 --listen-tcp '%s' --set create_anyone=1 "
	    "2>$HOME/log & P=$!; "
	    "for i in $(seq 500); do "
	    "[ $(grep -c listening $HOME/log) = 3 ] && break; sleep 0.01; "
	    "done; "
	    "for A in $(sed -n 's/.*\\(tcp:.*\\)/\\1/p' $HOME/log); do "
	    "caucus new 'Why?' --socket $A >/dev/null && "
	    "CAUCUS_SOCKET=$A caucus ls | grep -c 'Why?'; "
	    "caucus run " PHONES " --socket $A 2>&1 | grep -c \"takes the\"; "
	    "done; "
	    "kill $P; wait $P";
	const struct said *s;
	char line[2048];
	bool six;

	(void)state;
	six = shell_line("test -e /proc/net/if_inet6 && grep -q ' lo$' "
			 "/proc/net/if_inet6")
		  ->status == 0;
	if (!six)
		print_message("no IPv6 loopback: [::1] is not tested\n");
	snprintf(line, sizeof line, script, six ? "[::1]:0" : "127.0.0.2:0");
	s = shell_line(line);
	assert_string_equal(s->out, "1\n1\n1\n1\n");
	s = shell_line("caucusd --socket $HOME/s --journal $HOME/j.db "
		       "--listen-tcp 0.0.0.0:0");
	assert_int_equal(s->status, 1);
	assert_non_null(strstr(s->err, "tcp_beyond_loopback"));
	s = shell_line("caucusd --socket $HOME/s --journal $HOME/j.db "
		       "--listen-tcp ::1:7");
	assert_int_equal(s->status, 1);
	assert_non_null(strstr(s->err, "brackets"));
	s = caucus("ls", "--socket", "tcp:127.0.0.1:1");
	assert_int_equal(s->status, 4);
	s = caucus("ls", "--socket", "tcp:nowhere");
	assert_int_equal(s->status, 4);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_good),
	    TEST(test_many),
	    TEST(test_broken),
	    TEST(test_whatif),
	    TEST(test_whatif_csv),
	    TEST(test_whatif_refusals),
	    TEST(test_receipt),
	    TEST(test_tcp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
