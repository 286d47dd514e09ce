/*
 * The paper's protocol by one word: preset paper through the daemon, the table
 * of its states walked line by line, and what may be said of the record.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness.h"
#include "record/replay.h"

static struct daemon d;
static struct play p;

static int
setup(void **state)
{
	(void)state;
	return daemon_start(&d);
}

static int
teardown(void **state)
{
	(void)state;
	play_close(&p);
	daemon_clear(&d);
	return 0;
}

static int
after_each(void **state)
{
	(void)state;
	play_close(&p);
	return 0;
}

/* ---- one call each ---- */

static json_t *
view(struct client *c)
{
	json_t *g = client_call(
	    c, "session.get", json_pack("{s:s}", "session", p.session));

	assert_non_null(g);
	return g;
}

static void
assert_phase(const char *name)
{
	json_t *g = view(&p.host);

	assert_string_equal(
	    json_string_value(json_object_get(g, "phase")), name);
	json_decref(g);
}

static void
given(json_t *receipt)
{
	assert_non_null(receipt);
	json_decref(receipt);
}

static void
choose(int who, const char *slot, json_t *choice)
{
	given(client_call(&p.people[who], "contribution.choose",
	    json_pack("{s:s,s:s,s:o}", "session", p.session, "slot", slot,
		"choice", choice)));
}

static void
assert_refused(int who, const char *method, json_t *params, const char *error)
{
	json_t *answer;

	json_object_set_new(params, "session", json_string(p.session));
	answer = client_ask(&p.people[who], method, params);
	assert_string_equal(answer_error(answer), error);
	json_decref(answer);
}

static void
refuse_choice(int who, const char *slot, json_t *choice, const char *error)
{
	assert_refused(who, "contribution.choose",
	    json_pack("{s:s,s:o}", "slot", slot, "choice", choice), error);
}

/* Person i ranks the slate turned by i, and rates all of it twice. */
static void
vote(int who)
{
	json_t *g = view(&p.people[who]), *slate, *ranking, *agreement,
	       *quality, *id;
	size_t k, n;

	slate = json_object_get(g, "slate");
	n = json_array_size(slate);
	assert_int_equal(n, 4); /* four statements are shown */
	ranking = json_array();
	agreement = json_object();
	quality = json_object();
	for (k = 0; k < n; k++) {
		id = json_object_get(
		    json_array_get(slate, (k + (size_t)who) % n), "statement");
		json_array_append_new(ranking, json_pack("[O]", id));
		json_object_set_new(agreement, json_string_value(id),
		    json_integer(7 - (json_int_t)k));
		json_object_set_new(quality, json_string_value(id),
		    json_integer(6 - (json_int_t)k));
	}
	/* a ballot without quality ratings leaves a person incomplete */
	given(client_call(&p.people[who], "contribution.ballot",
	    json_pack("{s:s,s:O,s:O}", "session", p.session, "ranking", ranking,
		"agreement", agreement)));
	json_decref(g);
	g = view(&p.people[who]);
	assert_true(json_is_false(
	    json_object_get(json_object_get(g, "you"), "complete")));
	json_decref(g);
	given(client_call(&p.people[who], "contribution.rate",
	    json_pack("{s:s,s:o}", "session", p.session, "quality", quality)));
	json_decref(ranking);
	json_decref(agreement);
}

static json_t *
event_data(const struct client *c, const char *type, int nth)
{
	json_t *note, *e;
	size_t i;

	json_array_foreach(c->notes, i, note) {
		e = json_object_get(json_object_get(note, "params"), "event");
		if (e != NULL &&
		    strcmp(json_string_value(json_object_get(e, "type")),
			type) == 0 &&
		    nth-- == 0)
			return json_object_get(e, "data");
	}
	return NULL;
}

/* What a subscriber is sent may come a little behind its own answers. */
static const json_t *
seen(struct client *c, const char *type, int nth)
{
	const json_t *data = NULL;
	int i;

	for (i = 0; i < 500 && data == NULL; i++) {
		json_decref(client_call(c, "connection.ping", json_object()));
		data = event_data(c, type, nth);
		if (data == NULL)
			usleep(10000);
	}
	assert_non_null(data);
	return data;
}

/* ---- the table of reference/habermas.md, section 1 ---- */

/* 0 LOBBY: groups of five form by themselves. */
static void
row_0_lobby(void)
{
	assert_int_equal(play_open_as(&p, &d, 5,
			     json_pack("{s:{s:s,s:s,s:s},s:s,s:s}", "question",
				 "text", "Should phones be banned?",
				 "affirming", "Phones should be banned.",
				 "negating", "Phones should not be banned.",
				 "preset", "paper", "seed", "5")),
	    0);
}

/* 1 POSITION_PRE: Likert 1..7, and the importance 1..5. */
static void
row_1_position(void)
{
	static const int before[] = {7, 6, 2, 3, 5};
	int i;

	assert_phase("position"); /* nobody had to begin it */
	refuse_choice(0, "position", json_integer(0), "bad_rating");
	refuse_choice(0, "position", json_integer(8), "bad_rating");
	refuse_choice(0, "position", json_string("agree"), "bad_rating");
	refuse_choice(0, "importance", json_integer(6), "bad_rating");
	for (i = 0; i < 5; i++) {
		choose(i, "position", json_integer(before[i]));
		choose(i, "importance", json_integer(i + 1));
	}
}

/* 2 OPINION: free text.  No statements by people. */
static void
row_2_opinion(void)
{
	assert_phase("opinion");
	assert_refused(0, "statement.propose",
	    json_pack("{s:s}", "text", "My own statement."), "limit_reached");
	assert_int_equal(play_texts(&p, "opinion"), 0);
}

/* 3 and 6 DRAFT: four pools of sixteen, the winner of each is shown. */
static void
row_draft(int round)
{
	const json_t *data;

	assert_int_equal(play_wait(&p, "ballot"), 0);
	data = seen(&p.host, "drafts.admitted", round);
	assert_true(
	    json_integer_value(json_object_get(data, "candidates")) +
		json_integer_value(json_object_get(data, "duplicates")) +
		json_integer_value(json_object_get(data, "failed")) ==
	    64); /* and none of them kept from the round before */
}

/* 4 and 7 RATE: agreement and quality 1..7 and a ranking with ties; the
 * election is Schulze's, over the people's ranks. */
static void
row_rate(int round)
{
	const json_t *data;
	int i;

	for (i = 0; i < 5; i++)
		vote(i);
	data = seen(&p.host, "tally.decided", round);
	assert_string_equal(
	    json_string_value(json_object_get(data, "method")), "schulze");
	assert_int_equal(
	    json_integer_value(json_object_get(data, "ballots")), 5);
	assert_int_equal(
	    json_integer_value(json_object_get(data, "predicted")), 0);
	assert_string_equal(json_string_value(json_object_get(
				json_object_get(data, "tie_break"), "rule")),
	    "ballot");
}

/* 5 CRITIQUE: free text about the winner. */
static void
row_5_critique(void)
{
	assert_int_equal(play_wait(&p, "critique"), 0);
	assert_int_equal(play_texts(&p, "critique"), 0);
}

static const json_t *
options_of(const json_t *g)
{
	return json_object_get(
	    json_array_get(json_object_get(g, "asks"), 0), "options");
}

/* 8 FINAL_PREF: the initial winner against the revised one. */
static void
row_8_preference(void)
{
	json_t *g;
	int i;

	assert_phase("preference");
	refuse_choice(0, "preference", json_string("s9999"), "bad_rating");
	refuse_choice(0, "preference", json_integer(4), "bad_rating");
	g = view(&p.people[0]);
	assert_int_equal(json_array_size(options_of(g)), 3);
	json_decref(g);
	for (i = 0; i < 5; i++)
		choose(i, "preference",
		    i < 3 ? json_integer(2) : json_string("same"));
}

static json_t *
choose_with_key(int who, int choice)
{
	json_t *receipt = client_call(&p.people[who], "contribution.choose",
	    json_pack("{s:s,s:s,s:i,s:s}", "session", p.session, "slot",
		"position_after", "choice", choice, "key", "once"));

	assert_non_null(receipt);
	return receipt;
}

/* 9 POSITION_POST: the same Likert scale again. */
static void
row_9_position(void)
{
	json_t *first, *again;
	int i;

	assert_phase("position_after");
	/* the same key again gets the first answer, with other content none */
	first = choose_with_key(0, 5);
	again = choose_with_key(0, 5);
	assert_true(json_equal(first, again));
	json_decref(first);
	json_decref(again);
	assert_refused(0, "contribution.choose",
	    json_pack("{s:s,s:i,s:s}", "slot", "position_after", "choice", 6,
		"key", "once"),
	    "key_conflict");
	for (i = 1; i < 5; i++)
		choose(i, "position_after", json_integer(5));
}

/* 10 SURVEY. */
static void
row_10_survey(void)
{
	int i;

	assert_phase("survey");
	assert_refused(0, "contribution.choose",
	    json_pack(
		"{s:s,s:{s:i}}", "slot", "survey", "answers", "no_such", 1),
	    "bad_rating");
	assert_refused(0, "contribution.choose",
	    json_pack("{s:s}", "slot", "survey"), "invalid_params");
	for (i = 0; i < 5; i++)
		given(client_call(&p.people[i], "contribution.choose",
		    json_pack("{s:s,s:s,s:{s:i,s:s,s:s}}", "session", p.session,
			"slot", "survey", "answers", "fair", 5 - i % 2, "moved",
			"neither", "view_why", "why")));
	assert_phase("concluded");
}

static json_int_t
number(const json_t *o, const char *a, const char *b, const char *c)
{
	o = json_object_get(json_object_get(o, a), b);
	return json_integer_value(c != NULL ? json_object_get(o, c) : o);
}

static void
assert_result(void)
{
	json_t *g = view(&p.host);
	const json_t *r = json_object_get(g, "result");

	assert_true(json_is_object(r));
	/* 7 6 5 above, 2 3 below; then all five above */
	assert_int_equal(
	    number(r, "agreement_index", "before", "numerator"), 1);
	assert_int_equal(number(r, "agreement_index", "after", "numerator"), 5);
	/* 7 and 6 came down, 2 and 3 went up, 5 stayed */
	assert_int_equal(number(r, "movement", "numerator", NULL), 0);
	assert_int_equal(number(r, "preference", "counts", "revised"), 3);
	assert_int_equal(number(r, "preference", "counts", "same"), 2);
	assert_int_equal(number(r, "importance", "sum", NULL), 15);
	assert_int_equal(number(r, "survey", "fair", "n"), 5);
	assert_int_equal(number(r, "quality", "n", NULL), 5);
	assert_true(json_is_true(
	    json_object_get(json_object_get(r, "sides"), "withheld")));
	json_decref(g);
}

/* ---- the record ---- */

static void
assert_record(void)
{
	struct replay_report report;
	struct err err = {0};
	char path[128];

	snprintf(path, sizeof(path), "%s/recording", d.dir);
	assert_int_equal(play_export(&p, path), 0);
	assert_int_equal(replay_file(path, &report, &err), 0);
	assert_int_equal(report.outcome, REPLAY_IDENTICAL);
	assert_true(report.verify.concluded);
	replay_report_clear(&report);
	assert_int_not_equal(verify_outside(path), -1);
}

static void
test_table(void **state)
{
	(void)state;
	row_0_lobby();
	given(client_call(&p.host, "session.subscribe",
	    json_pack("{s:s,s:i}", "session", p.session, "after", 0)));
	row_1_position();
	row_2_opinion();
	row_draft(0);
	row_rate(0);
	row_5_critique();
	row_draft(1);
	row_rate(1);
	row_8_preference();
	row_9_position();
	row_10_survey();
	assert_result();
	assert_record();
}

/* kill -9 between any two phases loses nothing that was acknowledged. */
static void
test_killed(void **state)
{
	int i;

	(void)state;
	row_0_lobby();
	for (i = 0; i < 5; i++) {
		choose(i, "position", json_integer(i + 1));
		if (i == 2) {
			daemon_kill9(&d);
			assert_int_equal(daemon_restart(&d), 0);
			assert_int_equal(play_again(&p, &d), 0);
		}
	}
	for (i = 0; i < 5; i++)
		choose(i, "importance", json_integer(1));
	assert_phase("opinion");
	daemon_kill9(&d);
	assert_int_equal(daemon_restart(&d), 0);
	assert_int_equal(play_again(&p, &d), 0);
	given(client_call(&p.host, "session.subscribe",
	    json_pack("{s:s,s:i}", "session", p.session, "after", 0)));
	assert_int_equal(play_texts(&p, "opinion"), 0);
	row_draft(0);
	assert_phase("ballot");
}

/* ---- reminding, and the next question ---- */

static void
test_nudge(void **state)
{
	const json_t *note;
	json_t *r;
	int i;

	(void)state;
	row_0_lobby();
	for (i = 0; i < 4; i++)
		choose(i, "position", json_integer(4));
	for (i = 0; i < 3; i++)
		choose(i, "importance", json_integer(4));
	r = client_call(
	    &p.host, "session.nudge", json_pack("{s:s}", "session", p.session));
	assert_non_null(r);
	assert_int_equal(json_integer_value(json_object_get(r, "missing")), 2);
	assert_int_equal(json_integer_value(json_object_get(r, "reached")), 2);
	/* who it is stays with them: the session is anonymous */
	assert_null(json_object_get(r, "participants"));
	json_decref(r);
	for (i = 0; i < 5; i++)
		json_decref(client_call(
		    &p.people[i], "connection.ping", json_object()));
	for (i = 0; i < 5; i++) {
		note = json_object_get(
		    json_array_get(p.people[i].notes, 0), "params");
		if (i < 3) {
			assert_null(note);
			continue;
		}
		assert_string_equal(
		    json_string_value(json_object_get(note, "kind")), "nudge");
	}
	/* once is enough for the moment; and it is the facilitator's alone */
	r = client_ask(
	    &p.host, "session.nudge", json_pack("{s:s}", "session", p.session));
	assert_string_equal(answer_error(r), "rate_limited");
	json_decref(r);
	assert_refused(0, "session.nudge", json_object(), "not_permitted");
}

static json_t *
join_params(const json_t *made, const char *key)
{
	const json_t *terms = json_object_get(made, "terms");

	return json_pack("{s:O,s:O,s:s}", "code",
	    json_object_get(json_object_get(made, "invitation"), "code"),
	    "terms", json_object_get(terms, "digest"), "key", key);
}

static void
test_like(void **state)
{
	static const char key[] = "a-secret-of-a-person-0001";
	json_t *made, *a, *b;
	struct client stranger;

	(void)state;
	row_0_lobby();
	made = client_call(&p.host, "session.create",
	    json_pack("{s:{s:s,s:s,s:s},s:s}", "question", "text",
		"Should homework be banned?", "affirming",
		"Homework should be banned.", "negating",
		"Homework should not be banned.", "like", p.session));
	assert_non_null(made);
	/* with the settings of the session before */
	assert_int_equal(json_integer_value(json_object_get(
			     json_object_get(made, "settings"), "pools")),
	    4);
	/* the old token opens it, once; no other does */
	assert_int_equal(client_open(&stranger, &d), 0);
	a = client_ask(&stranger, "session.join", join_params(made, key));
	assert_string_equal(answer_error(a), "not_permitted");
	json_decref(a);
	client_close(&stranger);
	a = client_call(&p.people[0], "session.join", join_params(made, key));
	assert_non_null(a);
	b = client_call(&p.people[0], "session.join", join_params(made, key));
	assert_non_null(b); /* a lost answer is had again */
	assert_true(json_equal(json_object_get(a, "participant"),
	    json_object_get(b, "participant")));
	json_decref(a);
	json_decref(b);
	a = client_ask(&p.people[0], "session.join",
	    join_params(made, "another-secret-of-the-same"));
	assert_string_equal(answer_error(a), "invitation_spent");
	json_decref(a);
	a = client_call(&p.people[1], "session.join",
	    join_params(made, "a-secret-of-a-person-0002"));
	assert_non_null(a);
	json_decref(a);
	json_decref(made);
}

/* ---- the facilitator's look, labels, languages ---- */

static bool
holds(const char *path, const char *what)
{
	char line[65536];
	FILE *f = fopen(path, "r");
	bool found = false;

	assert_non_null(f);
	while (!found && fgets(line, sizeof(line), f) != NULL)
		found = strstr(line, what) != NULL;
	fclose(f);
	return found;
}

static void
test_review(void **state)
{
	const json_t *review, *first;
	json_t *g;

	(void)state;
	assert_int_equal(play_open(&p, &d, 3, 11,
			     json_pack("{s:i,s:b,s:i}", "candidates", 4,
				 "review", true, "rounds", 0)),
	    0);
	assert_int_equal(play_next(&p, "lobby"), 0);
	assert_int_equal(play_texts(&p, "opinion"), 0);
	assert_int_equal(play_wait(&p, "review"), 0);
	g = view(&p.people[0]); /* nobody else sees them yet */
	assert_null(json_object_get(g, "review"));
	assert_int_equal(json_array_size(json_object_get(g, "slate")), 0);
	json_decref(g);
	g = view(&p.host);
	review = json_object_get(g, "review");
	assert_true(json_array_size(review) > 0);
	first = json_object_get(json_array_get(review, 0), "statement");
	given(client_call(&p.host, "statement.propose",
	    json_pack("{s:s,s:s}", "session", p.session, "text",
		"Let us try it for a term.")));
	given(client_call(&p.host, "statement.strike",
	    json_pack("{s:s,s:O,s:s}", "session", p.session, "statement", first,
		"reason", "names a person")));
	assert_int_equal(play_next(&p, "review"), 0);
	assert_phase("ballot");
	assert_int_equal(play_ballots(&p), 0);
	assert_phase("concluded");
	json_decref(g);
	assert_record();
}

/* Where names are known, who has dissented is not: neither by the list of
 * people nor by a reminder. */
static void
test_dissent(void **state)
{
	json_t *g, *r;

	(void)state;
	assert_int_equal(
	    play_open(&p, &d, 3, 12,
		json_pack("{s:i,s:b,s:i,s:b}", "candidates", 3, "dissent", true,
		    "rounds", 0, "anonymous", false)),
	    0);
	assert_int_equal(play_whole(&p, 1), 0);
	assert_phase("dissent");
	given(client_call(&p.people[0], "contribution.text",
	    json_pack("{s:s,s:s,s:s}", "session", p.session, "slot", "dissent",
		"text", "Not in my name.")));
	g = view(&p.host);
	assert_null(json_object_get(
	    json_array_get(json_object_get(g, "participants"), 0), "complete"));
	json_decref(g);
	r = client_call(
	    &p.host, "session.nudge", json_pack("{s:s}", "session", p.session));
	assert_int_equal(json_integer_value(json_object_get(r, "missing")), 2);
	assert_null(json_object_get(r, "participants"));
	json_decref(r);
	assert_refused(1, "contribution.text",
	    json_pack("{s:s,s:s}", "slot", "dissent", "text", " "),
	    "text_empty");
	assert_int_equal(play_next(&p, "dissent"), 0);
	g = view(&p.host);
	r = json_object_get(json_object_get(g, "result"), "dissents");
	assert_int_equal(json_array_size(r), 1);
	assert_null(json_object_get(json_array_get(r, 0), "signature"));
	json_decref(g);
	assert_record();
}

/* Labels are in the operator's export and in nobody else's view of others. */
static void
test_labels(void **state)
{
	static const char mark[] = "mark-of-the-arm";
	char path[128];
	json_t *answer;

	(void)state;
	assert_int_equal(play_open_as(&p, &d, 2,
			     json_pack("{s:s,s:{s:s,s:i,s:b}}", "question",
				 "Should phones be banned?", "labels", "arm",
				 mark, "wave", 2, "pilot", true)),
	    0);
	snprintf(path, sizeof(path), "%s/labels", d.dir);
	assert_int_equal(play_export(&p, path), 0);
	assert_true(holds(path, mark));
	answer = client_ask(&p.host, "session.create",
	    json_pack("{s:s,s:{s:[]}}", "question", "q", "labels", "arm"));
	assert_string_equal(answer_error(answer), "invalid_params");
	json_decref(answer);
	answer = client_ask(&p.host, "session.create",
	    json_pack("{s:s,s:[{s:s}]}", "question", "q", "survey", "id", "a"));
	assert_string_equal(answer_error(answer), "invalid_params");
	json_decref(answer);
	answer = client_ask(&p.host, "session.create",
	    json_pack("{s:s,s:{s:b}}", "question", "q", "settings", "position",
		true));
	assert_string_equal(answer_error(answer), "bad_setting");
	json_decref(answer);
}

static bool
says(const json_t *text, const char *what)
{
	return json_is_string(text) &&
	       strstr(json_string_value(text), what) != NULL;
}

/* What the daemon says is in the question's language, then the opinions'. */
static void
test_language(void **state)
{
	json_t *g;

	(void)state;
	assert_int_equal(play_open_as(&p, &d, 2,
			     json_pack("{s:s,s:{s:i,s:i}}", "question",
				 "学校应该禁止手机吗？", "settings",
				 "candidates", 3, "rounds", 0)),
	    0);
	g = view(&p.host);
	assert_true(says(json_object_get(g, "terms"), "目的"));
	assert_true(says(json_object_get(g, "phase_help"), "主持人"));
	json_decref(g);
	assert_int_equal(play_next(&p, "lobby"), 0);
	assert_int_equal(play_texts(&p, "opinion"), 0); /* in English */
	assert_int_equal(play_wait(&p, "ballot"), 0);
	g = view(&p.host);
	assert_string_equal(
	    json_string_value(json_object_get(g, "language")), "en");
	assert_true(says(json_object_get(g, "phase_help"), "Rank"));
	json_decref(g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(test_table, after_each),
	    cmocka_unit_test_teardown(test_killed, after_each),
	    cmocka_unit_test_teardown(test_nudge, after_each),
	    cmocka_unit_test_teardown(test_like, after_each),
	    cmocka_unit_test_teardown(test_review, after_each),
	    cmocka_unit_test_teardown(test_dissent, after_each),
	    cmocka_unit_test_teardown(test_labels, after_each),
	    cmocka_unit_test_teardown(test_language, after_each),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
