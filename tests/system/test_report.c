/*
 * caucus report: what stands on the page and what never may.  Where headless
 * Chromium is, hostile texts are opened in it: no script runs, no request
 * leaves.  Longer than 2 s, for deliberations are played and a browser starts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <sys/socket.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/buf.h"
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

static char *
page_of(const char *scenario, const char *options)
{
	assert_int_equal(cli("caucus run --offline --seed 3 --json --record "
			     "'%s/r.jsonl' %s >/dev/null 2>&1",
			     dir, scenario),
	    0);
	assert_int_equal(cli("caucus report %s -o '%s/page.html' "
			     "'%s/r.jsonl' >/dev/null",
			     options, dir, dir),
	    0);
	return cli_get(dir, "page.html");
}

/* Where it stands; fails when it does not. */
static size_t
place(const char *page, const char *what)
{
	const char *at = strstr(page, what);

	if (at == NULL)
		fail_msg("the page lacks: %s", what);
	return (size_t)(at - page);
}

static size_t
count(const char *page, const char *what)
{
	size_t n = 0;

	for (; (page = strstr(page, what)) != NULL; page += strlen(what))
		n++;
	return n;
}

static void
outcome_first_then_all_the_rest(void **state)
{
	static const char *const order[] = {"<h1 ", "The outcome</h2>",
	    "outcome consensus\">Consensus: all 5", "The statement</h2>",
	    "<blockquote dir=\"auto\" lang=\"en\" class=\"statement\">",
	    "Dissent</h2>", "Leyla", "How it came about</h2>",
	    "How the statement changed</h2>", "<del>", "<ins>",
	    "Where people stood, before and after</h2>", "Vote 1</h2>",
	    "is elected: it beats every other", "Pair by pair</h3>",
	    "All ballots</h3>", "How far people agreed</h3>", "Vote 2</h2>",
	    "How it was for them</h2>", "Figures, and what they mean</h2>",
	    "strongest paths", "How to check it</h2>", "Fingerprint</dt>"};
	char *page = page_of("config/scenarios/paper-school-phones.json", "");
	size_t i, at = 0;

	(void)state;
	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		at += place(page + at, order[i]);
	assert_int_equal(count(page, "<h1"), 1);
	assert_non_null(strstr(page, "<html lang=\"en\" dir=\"ltr\">"));
	assert_int_equal(count(page, "<script"), 0);
	assert_int_equal(count(page, "http:"), 0);
	assert_int_equal(count(page, "https:"), 0);
	/* what was private stays so: nobody's own opinion, no name but one
	 * that was signed */
	assert_null(strstr(page, "Amara"));
	assert_null(strstr(page, "Jonas"));
	assert_int_equal(count(page, "Leyla"), 1);
	free(page);
}

static void
the_fingerprint_is_that_of_the_recording(void **state)
{
	char *page = page_of("config/scenarios/school-phones.json", "");

	(void)state;
	free(page);
	assert_int_equal(
	    cli("head=$(caucus verify --json '%s/r.jsonl' | sed "
		"'s/.*\"head\":\"\\([0-9a-f]*\\)\".*/\\1/') && test ${#head} "
		"= 64 && grep -q \"<dd>$head</dd>\" '%s/page.html'",
		dir, dir),
	    0);
}

static void
other_languages(void **state)
{
	char *page = page_of("config/scenarios/parking-or-green.zh.json", "");

	(void)state;
	assert_non_null(strstr(page, "<html lang=\"zh\" dir=\"ltr\">"));
	assert_non_null(strstr(page, "lang=\"zh\""));
	free(page);
	page = page_of(
	    "config/scenarios/parking-or-green.zh.json", "--language ru");
	assert_non_null(strstr(page, "<html lang=\"ru\" dir=\"ltr\">"));
	assert_non_null(strstr(page, "<blockquote dir=\"auto\" lang=\"zh\""));
	free(page);
}

/* ---- few people ---- */

/* A scenario of n people who all do the same as good sense allows. */
static void
put_scenario(const char *name, int n, const char *hostile, const char *settings)
{
	static const char *const opinions[] = {
	    "Phones distract everybody in a lesson.",
	    "Pupils must learn to use phones well.",
	    "Parents need to reach their children.",
	    "Teachers should decide for their lessons.",
	    "Breaks are free time for all pupils."};
	json_t *people = json_array(), *s;
	char text[4096], called[180];
	int i;

	for (i = 0; i < n; i++) {
		snprintf(called, sizeof(called), "Kim%d %s", i, hostile);
		snprintf(text, sizeof(text), "%s %s", opinions[i % 5], hostile);
		json_array_append_new(people,
		    json_pack("{s:s,s:s,s:[s],s:[ss],s:[[ii],[ii]],s:[ii],"
			      "s:{s:s,s:b}}",
			"name", called, "opinion", text, "critiques", text,
			"ballots", i % 2 == 0 ? "A>B" : "B>A",
			i % 2 == 0 ? "A>B" : "B>A", "ratings", 6, 5, 6, 5,
			"position", 1 + i % 7, 7 - i % 7, "dissent", "text",
			text, "signed", i == 0));
	}
	snprintf(text, sizeof(text), "Should phones go? %s", hostile);
	s = json_pack("{s:{s:s,s:s,s:s},s:o,s:o}", "question", "text", text,
	    "affirming", text, "negating", text, "settings",
	    json_loads(settings, 0, NULL), "participants", people);
	assert_non_null(s);
	snprintf(text, sizeof(text), "%s/%s", dir, name);
	assert_int_equal(json_dump_file(s, text, 0), 0);
	json_decref(s);
}

#define SETTINGS                                                               \
	"{\"candidates\":6,\"shown\":2,\"keep\":false,\"rounds\":1,"           \
	"\"position\":true,\"dissent\":true"

static void
few_people_are_not_told_apart(void **state)
{
	char path[128], *page;

	(void)state;
	put_scenario("few.json", 4, "", SETTINGS "}");
	snprintf(path, sizeof(path), "'%s/few.json'", dir);
	page = page_of(path, "");
	assert_non_null(strstr(page, "The single ballots are not shown"));
	assert_int_equal(count(page, "class=\"heat\""), 0);
	assert_int_equal(count(page, "<svg"), 0);
	assert_null(strstr(page, "Group agreement index"));
	assert_null(strstr(page, "Of those whose position was"));
	free(page);
	put_scenario("few.json", 5, "", SETTINGS "}");
	page = page_of(path, "");
	assert_int_equal(count(page, "class=\"heat\""), 2);
	assert_null(strstr(page, "Of those whose position was"));
	free(page);
}

/* Opinions are printed where the group read them, and then without names. */
static void
texts_only_where_they_were_open(void **state)
{
	char path[128], *page;

	(void)state;
	put_scenario("open.json", 5, "", SETTINGS "}");
	snprintf(path, sizeof(path), "'%s/open.json'", dir);
	page = page_of(path, "");
	assert_null(strstr(page, "What they think</h3>"));
	free(page);
	put_scenario("open.json", 5, "", SETTINGS ",\"texts\":\"group\"}");
	page = page_of(path, "");
	assert_non_null(strstr(page, "What they think</h3>"));
	assert_non_null(strstr(page, "What is still wrong with it</h3>"));
	assert_int_equal(count(page, "Kim0"), 1); /* who signed */
	assert_null(strstr(page, "Kim1"));
	free(page);
}

static void
a_recording_that_does_not_hold_is_refused(void **state)
{
	(void)state;
	assert_int_equal(
	    cli("sed '5s/\"seq\"/\"seQ\"/' '%s/r.jsonl' >'%s/bad.jsonl'", dir,
		dir),
	    0);
	assert_int_equal(
	    cli_refused(dir, "report ./bad.jsonl", 3, "line 5"), 0);
	assert_int_equal(
	    cli_refused(dir, "report ./none.jsonl", 5, "none.jsonl"), 0);
	assert_int_equal(
	    cli("caucus import scenario config/scenarios/school-phones.json "
		"-o '%s/i.jsonl' >/dev/null 2>&1",
		dir),
	    0);
	assert_int_equal(
	    cli_refused(dir, "report ./i.jsonl", 3, "was imported"), 0);
}

/* ---- hostile texts ---- */

static int
listener(int *port)
{
	struct sockaddr_in a = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, len), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	*port = ntohs(a.sin_port);
	return fd;
}

static void
hostile_texts_are_texts(void **state)
{
	int port, fd = listener(&port), r;
	char hostile[900], path[128], *page, *dom;

	(void)state;
	snprintf(hostile, sizeof(hostile),
	    "</style></title><script>document.title='pwned';"
	    "fetch('http://127.0.0.1:%d/a')</script>"
	    "<img src=http://127.0.0.1:%d/b onerror=alert(1)>"
	    "\"'><svg/onload=document.title='pwned'>"
	    "<link rel=stylesheet href=http://127.0.0.1:%d/c>"
	    "<iframe src=http://127.0.0.1:%d/d></iframe>",
	    port, port, port, port);
	put_scenario(
	    "hostile.json", 5, hostile, SETTINGS ",\"texts\":\"group\"}");
	snprintf(path, sizeof(path), "'%s/hostile.json'", dir);
	page = page_of(path, "");
	assert_int_equal(count(page, "<script"), 0);
	assert_int_equal(count(page, "<img"), 0);
	assert_int_equal(count(page, "<iframe"), 0);
	assert_int_equal(count(page, "<link"), 0);
	assert_int_equal(count(page, "</style>"), 1);
	assert_int_equal(count(page, "</title>"), 1);
	assert_true(count(page, "&lt;script&gt;") > 5);
	free(page);
	if (cli_has("chromium --version", "chromium")) {
		r = cli("cd '%s' && HOME='%s' timeout 40 chromium --headless "
			"--no-sandbox --disable-gpu --user-data-dir='%s/prof' "
			"--virtual-time-budget=2000 --dump-dom "
			"'file://%s/page.html' >dom.html 2>/dev/null",
		    dir, dir, dir, dir);
		assert_int_equal(r, 0);
		dom = cli_get(dir, "dom.html");
		assert_int_equal(count(dom, "<script"), 0);
		assert_int_equal(count(dom, "<img"), 0);
		assert_int_equal(count(dom, "<iframe"), 0);
		assert_int_equal(count(dom, "<h1"), 1);
		assert_null(strstr(dom, "<title>pwned"));
		assert_non_null(strstr(dom, "<html lang=\"en\""));
		free(dom);
		/* nobody came */
		assert_int_equal(accept(fd, NULL, NULL), -1);
		cli("rm -rf '%s/prof'", dir);
	}
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(outcome_first_then_all_the_rest),
	    cmocka_unit_test(the_fingerprint_is_that_of_the_recording),
	    cmocka_unit_test(other_languages),
	    cmocka_unit_test(few_people_are_not_told_apart),
	    cmocka_unit_test(texts_only_where_they_were_open),
	    cmocka_unit_test(a_recording_that_does_not_hold_is_refused),
	    cmocka_unit_test(hostile_texts_are_texts),
	};
	return cmocka_run_group_tests_name("report", tests, setup, teardown);
}
