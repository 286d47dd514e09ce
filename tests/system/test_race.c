/*
 * Two commands on one session that reach the daemon together: in one write on
 * one connection, and on two connections in one turn of its loop (it is
 * stopped while they are sent).  Exactly one outcome is right for each pair,
 * and the recording verifies and replays.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "harness.h"

#define PEOPLE 3

static struct daemon d;

/* A session whose people, and facilitator, speak over either connection. */
struct table {
	struct client c[2];
	char session[32], code[64], terms[80];
	char id[PEOPLE][16];
	int n;
};
static struct table t;

/* Takes params. */
static json_t *
must(const char *method, json_t *params)
{
	json_t *r = client_call(&t.c[0], method, params);

	assert_non_null(r);
	return r;
}

static void
also_known(const char *token)
{
	json_t *r = client_call(&t.c[1], "connection.authenticate",
	    json_pack("{s:s}", "token", token));

	assert_non_null(r);
	json_decref(r);
}

static json_t *
join_params(const char *key)
{
	return json_pack(
	    "{s:s,s:s,s:s}", "code", t.code, "terms", t.terms, "key", key);
}

static void
table_open(const char *settings, int people)
{
	char key[40];
	json_t *r;

	memset(&t, 0, sizeof(t));
	assert_int_equal(client_open(&t.c[0], &d), 0);
	assert_int_equal(client_open(&t.c[1], &d), 0);
	r = must("session.create",
	    json_pack("{s:s,s:o}", "question", "Who was first?", "settings",
		json_loads(settings, 0, NULL)));
	also_known(text_of(r, "token"));
	snprintf(t.session, sizeof(t.session), "%s", text_of(r, "session"));
	snprintf(t.code, sizeof(t.code), "%s",
	    text_of(json_object_get(r, "invitation"), "code"));
	snprintf(t.terms, sizeof(t.terms), "%s",
	    text_of(json_object_get(r, "terms"), "digest"));
	json_decref(r);
	for (t.n = 0; t.n < people; t.n++) {
		snprintf(key, sizeof(key), "a-secret-of-person-%d", t.n);
		r = must("session.join", join_params(key));
		snprintf(t.id[t.n], sizeof(t.id[0]), "%s",
		    text_of(r, "participant"));
		also_known(text_of(r, "token"));
		json_decref(r);
	}
}

/* ---- what is said ---- */

static json_t *
opinion(int i, const char *text, const char *key)
{
	return json_pack("{s:s,s:s,s:s,s:s,s:s}", "session", t.session,
	    "participant", t.id[i], "slot", "opinion", "text", text, "key",
	    key);
}

static json_t *
next(const char *phase)
{
	return json_pack("{s:s,s:s}", "session", t.session, "phase", phase);
}

static json_t *
look(void)
{
	return must("session.get", json_pack("{s:s}", "session", t.session));
}

static json_t *
ballot(int i)
{
	json_t *g = look(), *ranking = json_array(), *agreement = json_object();
	json_t *row;
	size_t k;

	json_array_foreach(json_object_get(g, "slate"), k, row) {
		json_array_append_new(
		    ranking, json_pack("[s]", text_of(row, "statement")));
		json_object_set_new(
		    agreement, text_of(row, "statement"), json_integer(5));
	}
	json_decref(g);
	return json_pack("{s:s,s:s,s:o,s:o}", "session", t.session,
	    "participant", t.id[i], "ranking", ranking, "agreement", agreement);
}

static void
await_phase(const char *phase)
{
	bool there = false;
	json_t *g;
	int i;

	for (i = 0; i < 5000 && !there; i++) {
		g = look();
		there = strcmp(text_of(g, "phase"), phase) == 0;
		json_decref(g);
		usleep(1000);
	}
	assert_true(there);
}

/* ---- together ---- */

static char *
line_of(struct client *c, const char *method, json_t *params)
{
	json_t *m = json_pack("{s:s,s:I,s:s,s:o}", "jsonrpc", "2.0", "id",
	    ++c->id, "method", method, "params", params);
	char *line = json_dumps(m, JSON_COMPACT);

	assert_non_null(line);
	json_decref(m);
	return line;
}

/* Both answers in the order of the commands.  Takes the params. */
static void
together(bool one, const char *method0, json_t *params0, const char *method1,
    json_t *params1, json_t *out[2])
{
	struct client *second = &t.c[one ? 0 : 1];
	char *a = line_of(&t.c[0], method0, params0);
	char *b = line_of(second, method1, params1);
	struct buf both = {0};
	int status;

	if (one) {
		buf_addf(&both, "%s\n%s\n", a, b);
		assert_int_equal(client_send(&t.c[0], both.data, both.len), 0);
	} else {
		kill(d.pid, SIGSTOP);
		assert_int_equal(waitpid(d.pid, &status, WUNTRACED), d.pid);
		buf_addf(&both, "%s\n", a);
		assert_int_equal(client_send(&t.c[0], both.data, both.len), 0);
		buf_reset(&both);
		buf_addf(&both, "%s\n", b);
		assert_int_equal(client_send(&t.c[1], both.data, both.len), 0);
		kill(d.pid, SIGCONT);
	}
	out[0] = client_answer(&t.c[0]);
	out[1] = client_answer(second);
	assert_non_null(out[0]);
	assert_non_null(out[1]);
	buf_free(&both);
	free(a);
	free(b);
}

/* One succeeds and the other gets that error; on one connection the first
 * wins. */
static void
assert_one(bool one, json_t *out[2], const char *error)
{
	int winner = answer_error(out[0])[0] == '\0' ? 0 : 1;

	assert_true(!one || winner == 0);
	assert_string_equal(answer_error(out[winner]), "");
	assert_string_equal(answer_error(out[1 - winner]), error);
	json_decref(out[0]);
	json_decref(out[1]);
}

/* ---- the recording ---- */

/* It replays, and holds so many events of that type, with "from" as given
 * (NULL: any). */
static void
assert_recorded(const char *type, const char *from, int times)
{
	struct buf bytes = {0};
	json_t *o, *line, *e;
	size_t i;
	int n = 0;

	o = must("session.export",
	    json_pack("{s:s,s:s}", "session", t.session, "as", "operator"));
	assert_true(json_is_null(json_object_get(o, "next")));
	buf_addf(&bytes, "%s\n", text_of(o, "header"));
	json_array_foreach(json_object_get(o, "lines"), i, line) {
		buf_addf(&bytes, "%s\n", json_string_value(line));
		e = json_loads(json_string_value(line), 0, NULL);
		n +=
		    strcmp(text_of(json_object_get(e, "event"), "type"),
			type) == 0 &&
		    (from == NULL ||
			strcmp(text_of(json_object_get(
					   json_object_get(e, "event"), "data"),
				   "from"),
			    from) == 0);
		json_decref(e);
	}
	assert_int_equal(replays(bytes.data, bytes.len, false), 0);
	assert_int_equal(n, times);
	json_decref(o);
	buf_free(&bytes);
}

static void
table_close(void)
{
	client_close(&t.c[0]);
	client_close(&t.c[1]);
}

/* The last seq told, after each before it once. */
static json_int_t
told(const struct client *c)
{
	json_int_t last = 0;
	json_t *note, *e;
	size_t i;

	json_array_foreach(c->notes, i, note) {
		e = json_object_get(json_object_get(note, "params"), "event");
		if (e == NULL)
			continue;
		assert_int_equal(
		    json_integer_value(json_object_get(e, "seq")), last + 1);
		last++;
	}
	return last;
}

/* ---- the pairs ---- */

static void
join_join(bool one)
{
	json_t *out[2];

	table_open("{\"seats\":2}", 1);
	together(one, "session.join", join_params("a-secret-of-Anne-1234"),
	    "session.join", join_params("a-secret-of-Bert-1234"), out);
	assert_one(one, out, "limit_reached");
	assert_recorded("participant.joined", NULL, 2);
	table_close();
}

/* Two people, both last: the phase closes once. */
static void
last_opinions(bool one)
{
	json_t *out[2];

	table_open("{\"candidates\":2,\"group\":3}", 3);
	json_decref(must("contribution.text", opinion(0, "First.", "k")));
	together(one, "contribution.text", opinion(1, "Second.", "k"),
	    "contribution.text", opinion(2, "Third.", "k"), out);
	assert_string_equal(answer_error(out[0]), "");
	assert_string_equal(answer_error(out[1]), "");
	json_decref(out[0]);
	json_decref(out[1]);
	await_phase("ballot");
	assert_recorded("contribution.given", NULL, 3);
	assert_recorded("phase.changed", "opinion", 1);
	table_close();
}

/* One person, twice: the second comes after the door has closed. */
static void
last_opinion_twice(bool one)
{
	json_t *out[2];

	table_open("{\"candidates\":2,\"group\":2,\"rounds\":0}", 2);
	json_decref(must("contribution.text", opinion(0, "First.", "k")));
	together(one, "contribution.text", opinion(1, "Second.", "k1"),
	    "contribution.text", opinion(1, "Better.", "k2"), out);
	assert_one(one, out, "wrong_phase");
	await_phase("ballot");
	assert_recorded("contribution.given", NULL, 2);
	assert_recorded("phase.changed", "opinion", 1);
	table_close();
}

static void
next_next(bool one)
{
	json_t *out[2];

	table_open("{}", 2);
	together(one, "session.next", next("lobby"), "session.next",
	    next("lobby"), out);
	assert_one(one, out, "wrong_phase");
	assert_recorded("phase.changed", "lobby", 1);
	table_close();
}

static void
same_key(bool one)
{
	json_t *out[2];

	table_open("{\"group\":2}", 2);
	together(one, "contribution.text", opinion(0, "The same.", "k"),
	    "contribution.text", opinion(0, "The same.", "k"), out);
	assert_string_equal(answer_error(out[0]), "");
	assert_true(json_equal(json_object_get(out[0], "result"),
	    json_object_get(out[1], "result")));
	json_decref(out[0]);
	json_decref(out[1]);
	assert_recorded("contribution.given", NULL, 1);

	together(one, "contribution.text", opinion(0, "One.", "k2"),
	    "contribution.text", opinion(0, "Another.", "k2"), out);
	assert_one(one, out, "key_conflict");
	assert_recorded("contribution.given", NULL, 2);
	table_close();
}

/* In two joins the key is a person's secret: one person joins. */
static void
same_key_joins(bool one)
{
	json_t *out[2];

	table_open("{}", 0);
	together(one, "session.join", join_params("a-secret-of-Anne-1234"),
	    "session.join", join_params("a-secret-of-Anne-1234"), out);
	assert_string_equal(answer_error(out[0]), "");
	assert_true(json_equal(json_object_get(out[0], "result"),
	    json_object_get(out[1], "result")));
	json_decref(out[0]);
	json_decref(out[1]);
	assert_recorded("participant.joined", NULL, 1);
	table_close();
}

static void
last_ballot_next(bool one, bool next_first)
{
	json_t *out[2], *b;

	table_open("{\"candidates\":2,\"group\":2,\"rounds\":0}", 2);
	json_decref(must("contribution.text", opinion(0, "First.", "k")));
	json_decref(must("contribution.text", opinion(1, "Second.", "k")));
	await_phase("ballot");
	json_decref(must("contribution.ballot", ballot(0)));
	b = ballot(1);
	if (next_first)
		together(one, "session.next", next("ballot"),
		    "contribution.ballot", b, out);
	else
		together(one, "contribution.ballot", b, "session.next",
		    next("ballot"), out);
	assert_one(one, out,
	    strcmp(answer_error(out[0]), "concluded") == 0 ||
		    strcmp(answer_error(out[1]), "concluded") == 0
		? "concluded"
		: "wrong_phase");
	assert_recorded("tally.decided", NULL, 1);
	assert_recorded("session.concluded", NULL, 1);
	table_close();
}

static void
every_pair(bool one)
{
	join_join(one);
	last_opinions(one);
	last_opinion_twice(one);
	next_next(one);
	same_key(one);
	same_key_joins(one);
	last_ballot_next(one, false);
	last_ballot_next(one, true);
}

static void
test_one_write(void **state)
{
	(void)state;
	every_pair(true);
}

static void
test_two_connections(void **state)
{
	int i;

	(void)state;
	/* Which comes first is the kernel's affair. */
	for (i = 0; i < 5; i++)
		every_pair(false);
}

/* Who comes when the journal's queue is full is refused before anything has
 * happened, and what is on its way stands. */
static void
test_full_queue(void **state)
{
	json_t *out[2], *g;
	json_int_t seq;
	int i;

	(void)state;
	table_open("{\"candidates\":2,\"group\":3,\"rounds\":0}", 3);
	json_decref(must("session.subscribe",
	    json_pack("{s:s,s:i}", "session", t.session, "after", 0)));
	for (i = 0; i < 20; i++) {
		together(true, "contribution.text", opinion(0, "One.", "k"),
		    "contribution.text", opinion(1, "Two.", "k"), out);
		if (i == 0)
			assert_string_equal(answer_error(out[0]), "");
		if (i == 0)
			assert_string_equal(
			    answer_error(out[1]), "limit_reached");
		json_decref(out[0]);
		json_decref(out[1]);
	}
	json_decref(must("contribution.text", opinion(1, "Two.", "k")));
	json_decref(must("contribution.text", opinion(2, "Three.", "k")));
	await_phase("ballot");
	assert_recorded("contribution.given", NULL, 3);
	g = look();
	seq = json_integer_value(json_object_get(g, "seq"));
	json_decref(g);
	for (i = 0; i < 1000; i++) {
		json_decref(look());
		if (told(&t.c[0]) == seq)
			break;
		usleep(1000);
	}
	assert_int_equal(told(&t.c[0]), seq);
	table_close();
}

static int
setup_small(void **state)
{
	(void)state;
	memset(&d, 0, sizeof(d));
	d.quiet = true;
	d.sets[0] = "queue=1";
	return daemon_begin(&d);
}

static int
setup(void **state)
{
	(void)state;
	memset(&d, 0, sizeof(d));
	d.quiet = true;
	return daemon_begin(&d);
}

static int
teardown(void **state)
{
	(void)state;
	table_close();
	daemon_clear(&d);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_one_write, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_two_connections, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_full_queue, setup_small, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
