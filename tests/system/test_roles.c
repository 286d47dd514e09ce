/* Every method, tried in every role, against a table of who may what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "room.h"
#include "server/live.h"

static struct daemon d;
static struct room r;

/*
 * One letter a role, in the order of enum who after room_part: + may, p is
 * told not_permitted, n is told not_found, . the method names no session.
 */
static const struct expectation {
	const char *method, *who;
} expectations[] = {
    /*                            OFAPLEWBST */
    {"connection.info", "........+."},
    {"connection.authenticate", "........+."},
    {"connection.ping", "........+."},
    {"session.create", "........+."},
    {"session.list", "........+."},
    {"session.terms", "........+."},
    {"session.join", "........+."},
    {"session.configure", "p++pppppnn"},
    {"session.invite", "p++pppppnn"},
    {"session.get", "++++++++nn"},
    {"session.subscribe", "++++++++nn"},
    {"session.unsubscribe", "++++++++nn"},
    {"session.next", "p++pppppnn"},
    {"session.nudge", "p++pppppnn"},
    {"session.extend", "p++pppppnn"},
    {"session.pause", "p++pppppnn"},
    {"session.resume", "p++pppppnn"},
    {"session.abort", "p++pppppnn"},
    {"session.export", "++++++++nn"},
    {"participant.withdraw", "pp+++++pnn"},
    {"participant.erase", "pp+++++pnn"},
    {"participant.remove", "p++pppppnn"},
    {"participant.appoint", "p++pppppnn"},
    {"participant.reissue", "p++++++pnn"},
    {"contribution.text", "pp+++++pnn"},
    {"contribution.ballot", "pp+++++pnn"},
    {"contribution.rate", "pp+++++pnn"},
    {"contribution.choose", "pp+++++pnn"},
    {"contribution.abstain", "pp+++++pnn"},
    {"contribution.take_back", "pp+++++pnn"},
    {"contribution.withhold", "p++pppppnn"},
    {"statement.propose", "p++++++pnn"},
    {"statement.strike", "p++pppppnn"},
    {"statement.override", "p++pppppnn"},
};
#define EXPECTATIONS (sizeof(expectations) / sizeof(*expectations))

static const struct expectation *
expected(const char *method)
{
	size_t i;

	for (i = 0; i < EXPECTATIONS; i++)
		if (strcmp(expectations[i].method, method) == 0)
			return &expectations[i];
	fail_msg("no expectation for %s: say who may", method);
	return NULL;
}

static int
setup(void **state)
{
	(void)state;
	d = (struct daemon){.tcp = true, .sets = {"create_anyone=1"}};
	return daemon_begin(&d);
}

static int
teardown(void **state)
{
	(void)state;
	daemon_clear(&d);
	return 0;
}

static int
open_room(void **state)
{
	(void)state;
	/* In a language of its own, for nothing may tell that it exists. */
	if (room_open(&r, &d,
		json_pack("{s:i,s:s}", "candidates", 4, "language", "ru"),
		"7") == -1 ||
	    room_part(&r) == -1)
		return -1;
	return room_do(&r, FACILITATOR, "session.next",
	    json_pack("{s:s}", "phase", "lobby"));
}

static int
close_room(void **state)
{
	(void)state;
	room_close(&r);
	return 0;
}

/* With the session alone most methods stop at what is missing: whoever gets
 * so far may. */
static void
try_method(const struct method *m)
{
	const struct expectation *e = expected(m->name);
	const char *error;
	json_t *answer;
	char got;
	int w;

	for (w = 0; w < WHO; w++) {
		if (e->who[w] == '.')
			continue;
		answer = m->session
			     ? room_ask(&r, (enum who)w, m->name, json_object())
			     : client_ask(&r.c[w], m->name, json_object());
		error = answer_error(answer);
		got = strcmp(error, "not_found") == 0	    ? 'n'
		      : strcmp(error, "not_permitted") == 0 ? 'p'
							    : '+';
		if (got != e->who[w])
			fail_msg("%s as %s: %s", m->name, who_names[w], error);
		json_decref(answer);
	}
}

static void
test_every_method_in_every_role(void **state)
{
	const struct method *m;
	size_t n = 0;

	(void)state;
	for (m = methods; m->name != NULL; m++, n++)
		try_method(m);
	assert_int_equal(n, EXPECTATIONS);
}

/* The whole line of an answer, with the same id each time. */
static char *
answer_line(enum who w, const char *method, const char *session)
{
	json_t *answer;
	char *line;

	r.c[w].id = 1000;
	answer =
	    client_ask(&r.c[w], method, json_pack("{s:s}", "session", session));
	assert_non_null(answer);
	line = json_dumps(answer, JSON_COMPACT);
	json_decref(answer);
	return line;
}

/* Who has no business is answered byte for byte as if it did not exist. */
static void
test_no_business(void **state)
{
	static const enum who outside[] = {STRANGER, THIEF};
	const struct method *m;
	char *real, *unknown, *odd;
	size_t i;

	(void)state;
	for (m = methods; m->name != NULL; m++)
		for (i = 0; i < 2 && m->session; i++) {
			real = answer_line(outside[i], m->name, r.session);
			unknown = answer_line(
			    outside[i], m->name, "aaaaaaaaaaaaaaaa");
			odd = answer_line(outside[i], m->name, "no such");
			assert_string_equal(real, unknown);
			assert_string_equal(real, odd);
			assert_non_null(strstr(real, "not_found"));
			free(real);
			free(unknown);
			free(odd);
		}
}

static void
expect_listed(enum who w, size_t n)
{
	json_t *o = client_call(&r.c[w], "session.list", json_object());

	assert_non_null(o);
	assert_int_equal(json_array_size(json_object_get(o, "sessions")), n);
	json_decref(o);
}

static void
test_list(void **state)
{
	(void)state;
	expect_listed(STRANGER, 0);
	expect_listed(THIEF, 0);
	expect_listed(FACILITATOR, 1);
	expect_listed(PARTICIPANT, 1);
	expect_listed(OWNER, 1);
	expect_listed(OBSERVER, 1);
}

/* A code that leads nowhere and a token that is no code are one. */
static void
test_codes(void **state)
{
	json_t *a = client_ask(&r.c[STRANGER], "session.terms",
	    json_pack("{s:s}", "code", "nothing"));
	json_t *b = client_ask(&r.c[STRANGER], "session.join",
	    json_pack("{s:s,s:s}", "code", "nothing", "terms", r.terms));

	(void)state;
	assert_string_equal(answer_error(a), "not_found");
	assert_string_equal(answer_error(b), "not_found");
	json_decref(a);
	json_decref(b);
	a = client_ask(&r.c[STRANGER], "connection.authenticate",
	    json_pack("{s:s}", "token", r.code));
	assert_string_equal(answer_error(a), "bad_token");
	json_decref(a);
}

static void
refused_as(enum who w, const char *method, json_t *params, const char *error)
{
	json_t *a = room_ask(&r, w, method, params);

	if (strcmp(answer_error(a), error) != 0)
		fail_msg("%s as %s: %s", method, who_names[w], answer_error(a));
	json_decref(a);
}

/* Who has left gives nothing more; erasing works all the same. */
static void
test_gone(void **state)
{
	static const enum who left[] = {LEAVER, EXPELLED};
	enum who w;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		w = left[i];
		refused_as(w, "contribution.text",
		    json_pack("{s:s,s:s}", "slot", "opinion", "text", "Well."),
		    "gone");
		refused_as(w, "contribution.ballot",
		    json_pack("{s:s}", "ranking", "s1>s2"), "gone");
		refused_as(w, "contribution.rate",
		    json_pack("{s:{s:i}}", "agreement", "s1", 4), "gone");
		refused_as(w, "contribution.abstain",
		    json_pack("{s:s}", "phase", "opinion"), "gone");
		refused_as(w, "contribution.take_back",
		    json_pack("{s:s}", "slot", "opinion"), "gone");
		refused_as(w, "statement.propose",
		    json_pack("{s:s}", "text", "A statement of mine."), "gone");
		refused_as(w, "participant.reissue",
		    json_pack("{s:s}", "participant", r.id[w]), "gone");
		refused_as(w, "participant.withdraw",
		    json_pack("{s:s}", "mode", "keep"), "gone");
		refused_as(w, "participant.withdraw",
		    json_pack("{s:s}", "mode", "erase"), "");
	}
}

/* Nobody acts for another, whatever they name. */
static void
test_for_others(void **state)
{
	(void)state;
	refused_as(PARTICIPANT, "contribution.text",
	    json_pack("{s:s,s:s,s:s}", "slot", "opinion", "text", "Well.",
		"participant", r.id[OWNER]),
	    "not_permitted");
	refused_as(PARTICIPANT, "participant.reissue",
	    json_pack("{s:s}", "participant", r.id[OWNER]), "not_permitted");
	refused_as(PARTICIPANT, "participant.withdraw",
	    json_pack("{s:s,s:s}", "mode", "erase", "participant", r.id[OWNER]),
	    "not_permitted");
	refused_as(FACILITATOR, "session.export",
	    json_pack("{s:s}", "as", "operator"), "not_permitted");
	refused_as(PARTICIPANT, "session.export",
	    json_pack("{s:s}", "as", r.id[OWNER]), "not_permitted");
	refused_as(OPERATOR, "session.export",
	    json_pack("{s:s}", "as", "operator"), "");
}

/* A join repeated with code and key gives the first token again; once that
 * has been revoked it opens nothing. */
static void
test_join_again_after_reissue(void **state)
{
	struct client c;
	json_t *o;

	(void)state;
	assert_int_equal(client_open_tcp(&c, &d), 0);
	o = client_ask(&c, "session.join",
	    json_pack("{s:s,s:s,s:s,s:s}", "code", r.code, "name",
		"Name of the owner", "terms", r.terms, "key",
		"secret-join-key-of-owner"));
	json_decref(o);
	o = client_ask(
	    &c, "session.get", json_pack("{s:s}", "session", r.session));
	assert_string_equal(answer_error(o), "not_found");
	json_decref(o);
	client_close(&c);
}

/* The same key twice is one proposal; with other words it is refused. */
static void
propose_twice(enum who w, const char *text, const char *other)
{
	json_t *a[2];
	int i;

	for (i = 0; i < 2; i++)
		a[i] = room_call(&r, w, "statement.propose",
		    json_pack("{s:s,s:s}", "text", text, "key", "one"));
	assert_non_null(a[0]);
	assert_true(json_equal(a[0], a[1]));
	json_decref(a[0]);
	json_decref(a[1]);
	refused_as(w, "statement.propose",
	    json_pack("{s:s,s:s}", "text", other, "key", "one"),
	    "key_conflict");
}

/* For a facilitator as for others. */
static void
test_facilitator_key(void **state)
{
	(void)state;
	propose_twice(FACILITATOR, "Phones stay in the bag.", "At home.");
	propose_twice(APPOINTED, "Lessons are for minds.", "For bodies.");
	propose_twice(PARTICIPANT, "Breaks are free time.", "Not so free.");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_room, close_room)
	const struct CMUnitTest tests[] = {
	    TEST(test_every_method_in_every_role),
	    TEST(test_no_business),
	    TEST(test_list),
	    TEST(test_codes),
	    TEST(test_gone),
	    TEST(test_for_others),
	    TEST(test_join_again_after_reissue),
	    TEST(test_facilitator_key),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
