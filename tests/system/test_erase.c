/*
 * Erasure: the words are in no file of the daemon's and in no recording made
 * afterwards, numbers and chain stay, and a restored backup does not bring the
 * words back.  Longer than 2 s, for whole deliberations are played.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/buf.h"
#include "base/json.h"
#include "cli.h"
#include "harness.h"
#include "model.h"
#include "record/replay.h"
#include "shell.h"

static struct daemon d;
static struct play p;
static char dir[64]; /* that of shell.h */

/* Person 1's, as play_texts gives them, and what they propose. */
static const char *const theirs[] = {"Pupils must learn to use phones well",
    "A ban teaches nothing",
    "Every pupil signs a promise of their own making and keeps it", "Person 1",
    "phones WELL."};
#define PROPOSAL "Every pupil signs a promise of their own making and keeps it."

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
	daemon_clear(&d); /* of a test that failed */
	shell_close();
	return 0;
}

/* ---- the words ---- */

/* Whether any file of the daemon's, free pages and WAL included, or any
 * recording of ours holds one of them: each is named. */
static bool
words_anywhere(const char *where)
{
	bool found = false;
	size_t i;

	for (i = 0; i < sizeof(theirs) / sizeof(theirs[0]); i++)
		if (cli("grep -raiqF '%s' '%s'", theirs[i], where) == 0) {
			fprintf(
			    stderr, "'%s' stands in %s\n", theirs[i], where);
			found = true;
		}
	return found;
}

static json_t *
ask(struct client *c, const char *quotes, bool preview, const char *who)
{
	json_t *params = json_pack("{s:s,s:s,s:b}", "session", p.session,
	    "quotes", quotes, "preview", preview);

	if (who != NULL)
		json_object_set_new(params, "participant", json_string(who));
	return client_ask(c, "participant.erase", params);
}

static json_t *
erase(struct client *c, const char *quotes, bool preview, const char *who)
{
	json_t *answer = ask(c, quotes, preview, who);
	json_t *result = json_incref(json_object_get(answer, "result"));

	if (result == NULL)
		fprintf(
		    stderr, "participant.erase: %s\n", answer_error(answer));
	json_decref(answer);
	return result;
}

static size_t
in_state(const json_t *answer, const char *state)
{
	const json_t *quotes = json_object_get(answer, "quotes"), *q;
	size_t i, n = 0;

	json_array_foreach(quotes, i, q)
		n += strcmp(text_of(q, "state"), state) == 0;
	return n;
}

/* ---- the session ---- */

static void
open_session(json_t *settings)
{
	assert_int_equal(daemon_start(&d), 0);
	assert_int_equal(play_open(&p, &d, 5, 7, settings), 0);
	assert_int_equal(play_next(&p, "lobby"), 0);
	json_decref(client_call(&p.people[1], "statement.propose",
	    json_pack("{s:s,s:s,s:s}", "session", p.session, "text", PROPOSAL,
		"key", "proposal-1")));
	assert_int_equal(play_texts(&p, "opinion"), 0);
	assert_int_equal(play_wait(&p, "ballot"), 0);
}

/* One round of drafts and critiques after it, to the end. */
static void
play_on(void)
{
	assert_int_equal(play_ballots(&p), 0);
	assert_int_equal(play_wait(&p, "critique"), 0);
	assert_int_equal(play_texts(&p, "critique"), 0);
	assert_int_equal(play_wait(&p, "ballot"), 0);
	assert_int_equal(play_ballots(&p), 0);
	assert_int_equal(play_wait(&p, "concluded"), 0);
}

static void
close_session(void)
{
	play_close(&p);
	daemon_clear(&d);
}

static void
drop_texts(json_t *v)
{
	json_t *member;
	void *next;
	const char *key;
	size_t i;

	json_array_foreach(v, i, member)
		drop_texts(member);
	json_object_foreach_safe(v, next, key, member) {
		if (strncmp(key, "text", 4) == 0 ||
		    strcmp(key, "dissents") == 0)
			json_object_del(v, key);
		else
			drop_texts(member);
	}
}

/* What was counted: all of the result that is no text. */
static json_t *
numbers(void)
{
	json_t *view = client_call(
	    &p.host, "session.get", json_pack("{s:s}", "session", p.session));
	json_t *result = json_deep_copy(json_object_get(view, "result"));

	json_decref(view);
	assert_non_null(result);
	drop_texts(result);
	return result;
}

static int64_t
check_recording(const char *name)
{
	struct replay_report report;
	int64_t unverifiable;
	char path[128];
	struct err err;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(play_export(&p, path), 0);
	if (replay_file(path, &report, &err) == -1)
		fail_msg("%s", err.text);
	assert_true(report.verify.holds);
	assert_int_equal(report.outcome, REPLAY_IDENTICAL);
	assert_int_equal(report.verify.kept, 0);
	unverifiable = report.verify.erased;
	replay_report_clear(&report);
	assert_int_not_equal(verify_outside(path), -1);
	return unverifiable;
}

static void
words_are_nowhere_and_numbers_stay(void **state)
{
	json_t *before, *after, *plan, *answer, *again;
	char receipt[200];

	(void)state;
	open_session(json_pack("{s:i}", "candidates", 6));
	play_on();
	before = numbers();
	assert_true(words_anywhere(d.dir));
	plan = erase(&p.people[1], "keep", true, NULL);
	assert_true(json_is_true(json_object_get(plan, "preview")));
	/* name, opinion, proposal, critique */
	assert_int_equal(number_of(plan, "erased"), 4);
	assert_true(in_state(plan, "kept") > 0);
	assert_true(words_anywhere(d.dir)); /* nothing is done yet */
	answer = erase(&p.people[1], "blank", false, NULL);
	assert_int_equal(number_of(answer, "erased"), 4);
	assert_int_equal(in_state(answer, "blanked"), in_state(plan, "kept"));
	assert_false(words_anywhere(d.dir));
	after = numbers();
	assert_true(json_equal(before, after));
	assert_true(check_recording("after.jsonl") > 4);
	assert_false(words_anywhere(dir));
	snprintf(receipt, sizeof(receipt), "{\"seq\":%lld,\"hash\":\"%s\"}",
	    (long long)number_of(answer, "seq"), text_of(answer, "hash"));
	assert_int_equal(cli("echo '%s' | caucus receipt check - "
			     "'%s/after.jsonl' >/dev/null",
			     receipt, dir),
	    0);
	/* again: nothing is left, and nothing is wrong */
	again = erase(&p.people[1], "blank", false, NULL);
	assert_int_equal(number_of(again, "erased"), 0);
	assert_int_equal(number_of(again, "items"), 0);
	/* the same after a restart */
	daemon_kill9(&d);
	assert_int_equal(daemon_restart(&d), 0);
	assert_int_equal(play_again(&p, &d), 0);
	assert_false(words_anywhere(d.dir));
	json_decref(after);
	after = numbers();
	assert_true(json_equal(before, after));
	json_decref(before);
	json_decref(after);
	json_decref(plan);
	json_decref(answer);
	json_decref(again);
	close_session();
}

/* In the midst: what comes afterwards does not know the words. */
static void
the_session_goes_on_without_them(void **state)
{
	json_t *answer;

	(void)state;
	open_session(json_pack("{s:i}", "candidates", 6));
	answer = erase(&p.people[1], "blank", false, NULL);
	assert_int_equal(number_of(answer, "erased"), 3);
	/* the slate stays readable while it is voted on */
	assert_int_equal(in_state(answer, "blanked"), 0);
	assert_true(in_state(answer, "open") > 0);
	json_decref(answer);
	client_close(&p.people[1]);
	p.people[1] = p.people[4]; /* who left gives nothing any more */
	p.n = 4;
	assert_int_equal(play_ballots(&p), 0);
	assert_int_equal(play_wait(&p, "critique"), 0);
	assert_int_equal(play_texts(&p, "critique"), 0);
	assert_int_equal(play_wait(&p, "ballot"), 0);
	assert_int_equal(play_ballots(&p), 0);
	assert_int_equal(play_wait(&p, "concluded"), 0);
	check_recording("midst.jsonl");
	assert_int_not_equal(
	    cli("grep -qF 'signs a promise' '%s/midst.jsonl'", dir), 0);
	close_session();
}

/* Drafts that a language model is at work on were asked for with the words:
 * they are asked for anew, and what was sent renders again. */
static void
drafts_on_their_way_are_asked_for_anew(void **state)
{
	char config[96], path[128], text[256];
	struct verify_report report;
	struct model m;
	json_t *answer;
	FILE *f;

	(void)state;
	assert_int_equal(daemon_start(&d), 0);
	assert_int_equal(model_start(&m, &d, 0, 700, ""), 0);
	snprintf(config, sizeof(config), "%s/conf", d.dir);
	f = fopen(config, "w");
	fprintf(f,
	    "[endpoint fake]\nurl = http://127.0.0.1:%d/v1\nmodel = fake-1\n",
	    m.port);
	assert_int_equal(fclose(f), 0);
	d.config = config;
	daemon_kill9(&d);
	assert_int_equal(daemon_restart(&d), 0);
	assert_int_equal(
	    play_open(&p, &d, 5, 7, json_pack("{s:i}", "candidates", 4)), 0);
	assert_int_equal(play_next(&p, "lobby"), 0);
	assert_int_equal(play_texts(&p, "opinion"), 0);
	assert_int_equal(play_wait(&p, "draft"), 0);
	answer = erase(&p.people[1], "keep", false, NULL);
	assert_int_equal(number_of(answer, "erased"), 2);
	json_decref(answer);
	assert_int_equal(play_wait(&p, "ballot"), 0);
	snprintf(path, sizeof(path), "%s/model.jsonl", dir);
	assert_int_equal(play_export(&p, path), 0);
	assert_int_equal(verify_file(path, &report, NULL), 0);
	assert_int_equal(cli("grep -c '\"attempt\":2,\"endpoint\":\"fake\","
			     "\"job\":\"draft' '%s' | grep -qx 4",
			     path),
	    0);
	assert_true(report.prompts >= 4 + 4); /* second drafts, predictions */
	assert_int_equal(cli("caucus replay '%s' >/dev/null", path), 0);
	snprintf(text, sizeof(text), "%s/journal.db", d.dir);
	assert_int_not_equal(cli("grep -aqF '%s' '%s'*", theirs[1], text), 0);
	play_close(&p);
	model_stop(&m);
	daemon_clear(&d);
	d.config = NULL;
}

/* ---- a backup ---- */

static void
a_restored_backup_does_not_bring_them_back(void **state)
{
	json_t *answer, *before, *after;

	(void)state;
	open_session(json_pack("{s:i}", "candidates", 6));
	play_on();
	before = numbers();
	daemon_kill9(&d);
	assert_int_equal(cli("mkdir '%s/backup' && cp '%s'* '%s/backup'", dir,
			     d.journal, dir),
	    0);
	assert_int_equal(daemon_restart(&d), 0);
	assert_int_equal(play_again(&p, &d), 0);
	answer = erase(&p.people[1], "blank", false, NULL);
	assert_int_equal(number_of(answer, "erased"), 4);
	json_decref(answer);
	assert_false(words_anywhere(d.dir));
	daemon_kill9(&d);
	/* The list is no part of a backup, so it stays as it is. */
	assert_int_equal(
	    cli("rm '%s'-wal '%s'-shm; rm -f '%s/backup/'*.erasures; "
		"cp '%s/backup/'* '%s'",
		d.journal, d.journal, dir, dir, d.dir),
	    0);
	assert_true(words_anywhere(d.dir));
	assert_int_equal(daemon_restart(&d), 0);
	assert_false(words_anywhere(d.dir));
	assert_int_equal(play_again(&p, &d), 0);
	after = numbers();
	assert_true(json_equal(before, after));
	assert_true(check_recording("restored.jsonl") > 4);
	assert_false(words_anywhere(d.dir));
	/* and only once: the chain grows no further */
	answer = client_call(
	    &p.host, "session.get", json_pack("{s:s}", "session", p.session));
	daemon_kill9(&d);
	assert_int_equal(daemon_restart(&d), 0);
	assert_int_equal(play_again(&p, &d), 0);
	json_decref(after);
	after = client_call(
	    &p.host, "session.get", json_pack("{s:s}", "session", p.session));
	assert_int_equal(number_of(answer, "seq"), number_of(after, "seq"));
	json_decref(answer);
	json_decref(before);
	json_decref(after);
	close_session();
	cli("rm -r '%s/backup'", dir);
}

/* What has come to stand at a number of the list is somebody else's. */
static void
the_list_finds_only_what_it_meant(void **state)
{
	char line[512];
	FILE *f;

	(void)state;
	open_session(json_pack("{s:i}", "candidates", 4));
	daemon_kill9(&d);
	snprintf(line, sizeof(line), "%s.erasures", d.journal);
	f = fopen(line, "a");
	assert_non_null(f);
	fprintf(f,
	    "{\"at\":1,\"items\":[{\"hash\":\"%064d\",\"name\":\"text\","
	    "\"seq\":9},{\"hash\":\"x\",\"name\":\"text\",\"seq\":\"y\"},7],"
	    "\"participant\":\"p-1\",\"session\":\"%s\"}\n"
	    "{\"at\":1,\"items\":[],\"participant\":\"p-1\",\"session\":"
	    "\"unknown\"}\n{\"at\":1,\"ite",
	    0, p.session);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(daemon_restart(&d), 0);
	assert_int_equal(play_again(&p, &d), 0);
	assert_true(words_anywhere(d.dir));
	/* the line that was cut off is gone */
	assert_int_equal(
	    cli("grep -c . '%s.erasures' | grep -qx 2", d.journal), 0);
	close_session();
}

static void
a_list_that_cannot_be_read_stops_the_start(void **state)
{
	(void)state;
	open_session(json_pack("{s:i}", "candidates", 4));
	daemon_kill9(&d);
	assert_int_equal(cli("echo nonsense >>'%s.erasures'", d.journal), 0);
	assert_int_equal(
	    cli("build=${CAUCUS_BUILD:-build}; timeout 10 $build/caucusd "
		"--socket '%s' --journal '%s' 2>&1 | grep -q 'line 1 of the "
		"list of erasures'",
		d.socket, d.journal),
	    0);
	close_session();
}

/* ---- who may ---- */

static void
only_oneself_and_the_operator(void **state)
{
	char id[2][32];
	json_t *a, *view;
	struct client far;
	int i;

	(void)state;
	d.tcp = true;
	assert_int_equal(daemon_begin(&d), 0);
	assert_int_equal(
	    play_open(&p, &d, 3, 7, json_pack("{s:i}", "candidates", 4)), 0);
	for (i = 0; i < 2; i++) {
		view = client_call(&p.people[i], "session.get",
		    json_pack("{s:s}", "session", p.session));
		snprintf(id[i], sizeof(id[i]), "%s",
		    text_of(json_object_get(view, "you"), "participant"));
		json_decref(view);
	}
	assert_int_equal(client_open_tcp(&far, &d), 0);
	a = ask(&far, "keep", false, id[1]);
	assert_string_equal(answer_error(a), "not_found");
	json_decref(a);
	json_decref(client_call(&far, "connection.authenticate",
	    json_pack("{s:s}", "token", p.tokens[0])));
	a = ask(&far, "keep", true, id[1]);
	assert_string_equal(answer_error(a), "not_permitted");
	json_decref(a);
	a = ask(&far, "burn", true, NULL);
	assert_string_equal(answer_error(a), "invalid_params");
	json_decref(a);
	client_close(&far);
	assert_int_equal(client_open_tcp(&far, &d), 0);
	json_decref(client_call(&far, "connection.authenticate",
	    json_pack("{s:s}", "token", p.host_token)));
	a = ask(&far, "keep", false, id[1]);
	assert_string_equal(answer_error(a), "not_permitted");
	json_decref(a);
	client_close(&far);
	/* over the Unix socket we are the operator */
	a = ask(&p.host, "keep", false, "p-nobody");
	assert_string_equal(answer_error(a), "not_found");
	json_decref(a);
	a = ask(&p.host, "keep", false, id[1]);
	assert_string_equal(answer_error(a), "");
	json_decref(a);
	close_session();
	d.tcp = false;
}

/* ---- the command ---- */

static void
the_command(void **state)
{
	char id[32];
	json_t *view;

	(void)state;
	open_session(json_pack("{s:i}", "candidates", 6));
	play_on();
	view = client_call(&p.people[1], "session.get",
	    json_pack("{s:s}", "session", p.session));
	snprintf(id, sizeof(id), "%s",
	    text_of(json_object_get(view, "you"), "participant"));
	json_decref(view);
	assert_int_equal(cli("XDG_STATE_HOME='%s' caucus erase --socket %s "
			     "--of %s --preview %s 2>'%s/plan'",
			     dir, d.socket, id, p.session, dir),
	    0);
	assert_int_equal(
	    cli("grep -q 'names that go: 4,' '%s/plan' && grep -q "
		"'^  s[0-9]' '%s/plan'; r=$?; rm '%s/plan'; exit $r",
		dir, dir, dir),
	    0);
	assert_int_equal(cli("XDG_STATE_HOME='%s' caucus erase --socket %s "
			     "--of %s %s </dev/null 2>&1 | grep -q 'Nothing "
			     "was done'; rm -f '%s/plan'",
			     dir, d.socket, id, p.session, dir),
	    0);
	assert_true(words_anywhere(d.dir));
	assert_int_equal(cli("XDG_STATE_HOME='%s' caucus erase --socket %s "
			     "--of %s --quotes blank --yes %s | grep -q "
			     "'Erased texts and names: 4'",
			     dir, d.socket, id, p.session),
	    0);
	assert_false(words_anywhere(d.dir));
	close_session();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(words_are_nowhere_and_numbers_stay),
	    cmocka_unit_test(the_session_goes_on_without_them),
	    cmocka_unit_test(drafts_on_their_way_are_asked_for_anew),
	    cmocka_unit_test(a_restored_backup_does_not_bring_them_back),
	    cmocka_unit_test(the_list_finds_only_what_it_meant),
	    cmocka_unit_test(a_list_that_cannot_be_read_stops_the_start),
	    cmocka_unit_test(only_oneself_and_the_operator),
	    cmocka_unit_test(the_command),
	};
	return cmocka_run_group_tests_name("erase", tests, setup, teardown);
}
