/*
 * Hostile input: each gets its documented error, nothing changes, and the
 * connection lives.
 *
 * Longer than 2 s: a daemon without descriptors waits before it tries again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "room.h"
#include "server/live.h"

static struct daemon d;
static struct room r;
static struct client c;

static int
setup(void **state)
{
	(void)state;
	d = (struct daemon){
	    .tcp = true, .sets = {"create_anyone=1", "output_soft=65536"}};
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
open_opinions(void **state)
{
	(void)state;
	if (room_open(&r, &d,
		json_pack("{s:i,s:s}", "candidates", 4, "texts", "group"),
		"5") == -1)
		return -1;
	return room_do(&r, FACILITATOR, "session.next",
	    json_pack("{s:s}", "phase", "lobby"));
}

static int
open_ballots(void **state)
{
	char text[100];
	int w;

	if (open_opinions(state) == -1)
		return -1;
	for (w = APPOINTED; w <= OWNER; w++) {
		snprintf(text, sizeof(text), "The %s likes quiet. So be it.",
		    who_names[w]);
		if (room_do(&r, (enum who)w, "contribution.text",
			json_pack("{s:s,s:s,s:s}", "slot", "opinion", "text",
			    text, "key", "given")) == -1)
			return -1;
	}
	return room_wait(&r, "ballot");
}

static int
close_room(void **state)
{
	(void)state;
	room_close(&r);
	client_close(&c);
	return 0;
}

/* Where the session stands, its head included, as one text. */
static char *
snapshot(void)
{
	json_t *g = room_call(&r, FACILITATOR, "session.get", json_object());
	char *text = json_dumps(g, JSON_SORT_KEYS | JSON_COMPACT);

	assert_non_null(text);
	json_decref(g);
	return text;
}

static void
unchanged(char *before)
{
	char *after = snapshot();

	assert_string_equal(before, after);
	free(before);
	free(after);
}

static void
ping(struct client *on)
{
	json_t *a = client_ask(on, "connection.ping", json_object());

	assert_string_equal(answer_error(a), "");
	assert_int_equal(json_integer_value(json_object_get(a, "id")), on->id);
	json_decref(a);
}

/* name, and field unless NULL; "" means that there is none. */
static void
expect(json_t *a, const char *what, const char *name, const char *field)
{
	json_t *data = json_object_get(json_object_get(a, "error"), "data");
	const char *got = json_string_value(json_object_get(data, "field"));

	if (strcmp(answer_error(a), name) != 0 ||
	    (field != NULL && strcmp(got != NULL ? got : "", field) != 0))
		fail_msg("%s: %s, field %s; expected %s, field %s", what,
		    answer_error(a), got != NULL ? got : "none", name,
		    field != NULL ? field : "any");
	json_decref(a);
}

/* ---- lines that are no requests ---- */

static const struct {
	const char *line, *name, *field;
} lines[] = {
    {"{", "parse_error", ""},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"connection.ping\"",
	"parse_error", ""},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"connection.ping\"} x",
	"parse_error", ""},
    {"hello", "parse_error", ""},
    {"\xff\xfe", "parse_error", ""},
    {"{\"jsonrpc\":\"2.0\",\"id\":\"\xc0\xaf\",\"method\":\"x\"}",
	"parse_error", ""},
    {"{\"jsonrpc\":\"2.0\",\"id\":\"\\u0000\",\"method\":\"x\"}", "parse_error",
	""},
    {"{\"jsonrpc\":\"2.0\",\"id\":\"\\ud800\",\"method\":\"x\"}", "parse_error",
	""},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"id\":2,\"method\":\"x\"}", "parse_error",
	""},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"connection.ping\","
     "\"params\":{\"a\":1,\"a\":2}}",
	"parse_error", ""},
    {"{\"jsonrpc\":\"2.0\",\"id\":99999999999999999999,\"method\":\"x\"}",
	"parse_error", ""},
    {"{\"jsonrpc\":\"2.0\",\"id\":1e999,\"method\":\"x\"}", "parse_error", ""},
    {"[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"connection.ping\"}]",
	"invalid_request", ""},
    {"[]", "invalid_request", ""},
    {"5", "invalid_request", ""},
    {"null", "invalid_request", ""},
    {"{\"id\":1,\"method\":\"x\"}", "invalid_request", "jsonrpc"},
    {"{\"jsonrpc\":2.0,\"id\":1,\"method\":\"x\"}", "invalid_request",
	"jsonrpc"},
    {"{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"x\"}", "invalid_request",
	"id"},
    {"{\"jsonrpc\":\"2.0\",\"id\":[1],\"method\":\"x\"}", "invalid_request",
	"id"},
    {"{\"jsonrpc\":\"2.0\",\"id\":true,\"method\":\"x\"}", "invalid_request",
	"id"},
    {"{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"x\"}", "invalid_request",
	"id"},
    {"{\"jsonrpc\":\"2.0\",\"id\":1}", "invalid_request", "method"},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":7}", "invalid_request",
	"method"},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"x\",\"params\":[]}",
	"invalid_params", "params"},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"x\",\"params\":null}",
	"invalid_params", "params"},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"x\"}", "method_not_found",
	"method"},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"connection.ping\","
     "\"params\":{\"odd\":1}}",
	"invalid_params", "odd"},
};

static void
bad_bytes(struct client *on, const char *bytes, size_t len, const char *name,
    const char *field)
{
	assert_int_equal(client_send(on, bytes, len), 0);
	assert_int_equal(client_send(on, "\n", 1), 0);
	expect(
	    client_answer(on), len < 200 ? bytes : "a long line", name, field);
	ping(on);
}

/* Before a token was presented, and after. */
static void
test_lines(void **state)
{
	static const char nul[] = "{\"jsonrpc\":\"2.0\",\0\"id\":1}";
	char *before = snapshot();
	size_t i;
	int k;

	(void)state;
	for (k = 0; k < 2; k++) {
		struct client *on = &r.c[k ? PARTICIPANT : STRANGER];

		for (i = 0; i < sizeof(lines) / sizeof(*lines); i++)
			bad_bytes(on, lines[i].line, strlen(lines[i].line),
			    lines[i].name, lines[i].field);
		bad_bytes(on, nul, sizeof(nul) - 1, "parse_error", "");
	}
	unchanged(before);
}

static void
test_long_lines(void **state)
{
	size_t n = 10 << 20;
	char *line = malloc(n), *before = snapshot();
	int k;

	(void)state;
	assert_non_null(line);
	for (k = 0; k < 2; k++) {
		struct client *on = &r.c[k ? PARTICIPANT : STRANGER];

		memset(line, 'x', n);
		bad_bytes(on, line, n, "line_too_long", NULL);
		memset(line, '[', n);
		bad_bytes(on, line, n, "line_too_long", NULL);
		bad_bytes(on, line, k ? 10000 : 8000, "parse_error", "");
		memset(line, '\\', 8000);
		line[0] = '"';
		bad_bytes(on, line, 8000, "parse_error", "");
	}
	free(line);
	unchanged(before);
}

/* ---- parameters of the wrong type ---- */

static json_t *
right_value(const struct method *m, const char *param)
{
	const struct {
		const char *name;
		json_t *value;
	} values[] = {
	    {"session", json_string(r.session)},
	    {"question", json_string("Well?")},
	    {"preset", json_string("quick")},
	    {"endpoint", json_string("offline")},
	    {"settings", json_object()},
	    {"seed", json_integer(1)},
	    {"code", json_string(r.code)},
	    {"name", json_string("Somebody")},
	    {"terms", json_string(r.terms)},
	    {"key", json_string("a-key-of-twenty-bytes")},
	    {"role", json_string("observer")},
	    {"uses", json_integer(1)},
	    {"expires_seconds", json_integer(60)},
	    {"after", json_integer(0)},
	    {"as", json_string("operator")},
	    {"phase", json_string("ballot")},
	    {"seconds", json_integer(60)},
	    {"reason", json_string("It is so.")},
	    {"participant", json_string(r.id[PARTICIPANT])},
	    {"slot", json_string(strcmp(m->name, "contribution.choose") == 0
				     ? "position"
				     : "critique")},
	    {"text", json_string("Some words.")},
	    {"ranking", json_string("s1")},
	    {"agreement", json_pack("{s:i}", "s1", 5)},
	    {"quality", json_pack("{s:i}", "s1", 5)},
	    {"contribution", json_integer(1)},
	    {"statement", json_string("s1")},
	    {"token", json_string("a-token")},
	    {"mode", json_string("keep")},
	    {"quotes", json_string("keep")},
	    {"preview", json_true()},
	    {"labels", json_pack("{s:s}", "arm", "b")},
	    {"survey", json_pack("[{s:s,s:s}]", "id", "why", "text", "Why?")},
	    {"like", json_string(r.session)},
	    {"choice", json_integer(3)},
	    {"answers", json_pack("{s:i}", "fair", 3)},
	    {"signed", json_false()},
	};
	json_t *v = NULL;
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(*values); i++)
		if (strcmp(values[i].name, param) == 0)
			v = values[i].value;
		else
			json_decref(values[i].value);
	if (v == NULL)
		fail_msg("no right value for %s: add one", param);
	return v;
}

static bool
may_be(const char *param, const json_t *right, const json_t *wrong)
{
	if (json_typeof(wrong) == json_typeof(right))
		return true;
	/* these take two types */
	if (strcmp(param, "seed") == 0)
		return json_is_string(wrong) || json_is_integer(wrong);
	if (strcmp(param, "question") == 0)
		return json_is_object(wrong);
	if (strcmp(param, "choice") == 0)
		return json_is_string(wrong);
	return strcmp(param, "ranking") == 0 && json_is_array(wrong);
}

static enum who
who_may(const struct method *m)
{
	return (m->may & MAY_PARTICIPANT) != 0 ? PARTICIPANT : FACILITATOR;
}

static void
wrong_values(const struct method *m, const char *param)
{
	static const char *const wrong[] = {"null", "true", "1.5", "-1",
	    "9007199254740993", "9223372036854775807", "\"5\"", "[]", "{}",
	    "[1.5]", "{\"s1\":1.5}", "{\"a\":{\"b\":[0.5]}}",
	    "[[\"s1\"],[2.5]]"};
	json_t *right = right_value(m, param), *params, *v;
	char what[200];
	size_t i, k;
	bool fraction;

	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		v = json_loads(wrong[i], JSON_DECODE_ANY, NULL);
		assert_non_null(v);
		fraction = strchr(wrong[i], '.') != NULL;
		if (!fraction && may_be(param, right, v)) {
			json_decref(v);
			continue;
		}
		params = json_object();
		for (k = 0; m->params[k] != NULL; k++)
			json_object_set_new(
			    params, m->params[k], right_value(m, m->params[k]));
		json_object_set_new(params, param, v);
		snprintf(
		    what, sizeof(what), "%s %s=%s", m->name, param, wrong[i]);
		expect(client_ask(&r.c[who_may(m)], m->name, params), what,
		    "invalid_params", param);
	}
	json_decref(right);
}

static void
test_types(void **state)
{
	const struct method *m;
	char *before = snapshot();
	size_t k, n = 0;

	(void)state;
	for (m = methods; m->name != NULL; m++)
		for (k = 0; m->params[k] != NULL; k++, n++)
			wrong_values(m, m->params[k]);
	assert_true(n > 60);
	unchanged(before);
}

/* ---- what is well formed and yet wrong ---- */

struct refusal {
	enum who who;
	const char *method, *params, *name, *field;
};

static void
refuse(const struct refusal *f)
{
	json_error_t e;
	json_t *params = json_loads(f->params, 0, &e);
	char what[300];

	if (params == NULL)
		fail_msg("%s: %s", f->params, e.text);
	snprintf(what, sizeof(what), "%s %.200s", f->method, f->params);
	if (json_object_get(params, "session") == NULL)
		json_object_set_new(params, "session", json_string(r.session));
	else if (json_object_get(params, "session") == json_null())
		json_object_del(params, "session");
	expect(client_ask(&r.c[f->who], f->method, params), what, f->name,
	    f->field);
	ping(&r.c[f->who]);
}

static void
refuse_all(const struct refusal *f, size_t n)
{
	char *before = snapshot();

	while (n-- > 0)
		refuse(f++);
	unchanged(before);
}

#define T "contribution.text"
static const struct refusal in_opinion[] = {
    {PARTICIPANT, T, "{\"slot\":\"opinion\",\"text\":\"\"}", "text_empty",
	"text"},
    {PARTICIPANT, T, "{\"slot\":\"opinion\",\"text\":\" \\n\\t \"}",
	"text_empty", "text"},
    {PARTICIPANT, T,
	"{\"slot\":\"opinion\",\"text\":\"\\u200b\\u2060\\u00a0\\u3000\\ufeff\"}",
	"text_empty", "text"},
    {PARTICIPANT, T, "{\"slot\":\"critique\",\"text\":\"Well.\"}",
	"wrong_phase", "phase"},
    {PARTICIPANT, T, "{\"slot\":\"ballot\",\"text\":\"Well.\"}",
	"invalid_params", "slot"},
    {PARTICIPANT, T, "{\"slot\":\"opinion\"}", "invalid_params", "text"},
    {PARTICIPANT, T, "{\"text\":\"Well.\"}", "invalid_params", "slot"},
    {PARTICIPANT, T, "{\"slot\":\"opinion\",\"text\":\"a\",\"key\":\"\"}",
	"invalid_params", "key"},
    {PARTICIPANT, T, "{\"slot\":\"opinion\",\"text\":\"a\",\"key\":\"a b\"}",
	"invalid_params", "key"},
    {PARTICIPANT, "contribution.ballot", "{\"ranking\":\"s1\"}", "wrong_phase",
	"phase"},
    {PARTICIPANT, "contribution.take_back", "{\"slot\":\"opinion\"}",
	"wrong_phase", "phase"},
    {PARTICIPANT, "contribution.abstain", "{\"phase\":\"ballot\"}",
	"wrong_phase", "phase"},
    {PARTICIPANT, "statement.propose", "{\"text\":\" \"}", "text_empty",
	"text"},
    {PARTICIPANT, "participant.withdraw", "{\"mode\":\"maybe\"}",
	"invalid_params", "mode"},
    {PARTICIPANT, "participant.erase", "{\"quotes\":\"burn\"}",
	"invalid_params", "quotes"},
    {FACILITATOR, "session.next", "{\"phase\":\"lobby\"}", "wrong_phase",
	"phase"},
    {FACILITATOR, "session.extend", "{\"seconds\":0}", "invalid_params",
	"seconds"},
    {FACILITATOR, "session.resume", "{}", "wrong_phase", "phase"},
    {FACILITATOR, "session.configure", "{\"settings\":{\"colour\":1}}",
	"unknown_setting", "settings"},
    {FACILITATOR, "session.configure", "{\"settings\":{\"shown\":0}}",
	"bad_setting", "shown"},
    {FACILITATOR, "session.configure", "{\"settings\":{\"shown\":\"4\"}}",
	"bad_setting", "shown"},
    {FACILITATOR, "session.configure", "{\"settings\":{\"keep\":1}}",
	"bad_setting", "keep"},
    {FACILITATOR, "session.configure",
	"{\"settings\":{\"method\":\"dictator\"}}", "bad_setting", "method"},
    {FACILITATOR, "session.configure", "{\"settings\":{\"anonymous\":false}}",
	"frozen", "anonymous"},
    {FACILITATOR, "session.invite", "{\"role\":\"king\"}", "invalid_params",
	"role"},
    {FACILITATOR, "session.abort", "{\"reason\":\" \"}", "text_empty",
	"reason"},
    {FACILITATOR, "participant.remove",
	"{\"participant\":\"p-nobody\",\"reason\":\"x\"}", "not_found",
	"participant"},
    {FACILITATOR, "contribution.withhold",
	"{\"contribution\":1,\"reason\":\"x\"}", "not_found", "contribution"},
    {FACILITATOR, "statement.strike", "{\"statement\":\"s1\",\"reason\":\"x\"}",
	"unknown_statement", "statement"},
    {FACILITATOR, "statement.override",
	"{\"statement\":\"s1\",\"reason\":\"x\"}", "wrong_phase", "phase"},
    {FACILITATOR, "session.get", "{\"session\":\"aaaaaaaaaaaaaaaa\"}",
	"not_found", "session"},
    {FACILITATOR, "session.get", "{\"session\":\"\"}", "not_found", "session"},
    {FACILITATOR, "session.get", "{\"session\":null}", "invalid_params",
	"session"},
    {FACILITATOR, "session.subscribe", "{\"after\":1000000}", "invalid_params",
	"after"},
    {PARTICIPANT, "session.next", "{\"phase\":\"opinion\"}", "not_permitted",
	""},
    {STRANGER, "session.get", "{}", "not_found", "session"},
};

static void
test_refused_in_opinion(void **state)
{
	(void)state;
	refuse_all(in_opinion, sizeof(in_opinion) / sizeof(*in_opinion));
}

static void
refuse_text(enum who w, const char *method, const char *slot, size_t len,
    const char *field)
{
	char *text = malloc(len + 1);
	json_t *params;

	assert_non_null(text);
	memset(text, 'a', len);
	text[len] = '\0';
	params = json_pack("{s:s,s:s}", "session", r.session,
	    slot != NULL ? "text" : "reason", text);
	if (slot != NULL && *slot != '\0')
		json_object_set_new(params, "slot", json_string(slot));
	expect(client_ask(&r.c[w], method, params), method, "text_too_long",
	    field);
	free(text);
}

static void
test_too_long(void **state)
{
	char *before = snapshot();

	(void)state;
	refuse_text(PARTICIPANT, T, "opinion", 10001, "text");
	refuse_text(PARTICIPANT, T, "opinion", 1000000, "text");
	refuse_text(PARTICIPANT, "statement.propose", "", 100000, "text");
	refuse_text(FACILITATOR, "session.abort", NULL, 1000000, "reason");
	unchanged(before);
}

#define B "contribution.ballot"
static const struct refusal in_ballot[] = {
    {PARTICIPANT, B, "{\"ranking\":\"s99\"}", "unknown_statement", "ranking"},
    {PARTICIPANT, B, "{\"ranking\":\"s1>s1\"}", "bad_ballot", "ranking"},
    {PARTICIPANT, B, "{\"ranking\":\"s1=s1\"}", "bad_ballot", "ranking"},
    {PARTICIPANT, B, "{\"ranking\":\"\"}", "bad_ballot", "ranking"},
    {PARTICIPANT, B, "{\"ranking\":\">>\"}", "bad_ballot", "ranking"},
    {PARTICIPANT, B, "{\"ranking\":[]}", "bad_ballot", "ranking"},
    {PARTICIPANT, B, "{\"ranking\":[[]]}", "bad_ballot", "ranking"},
    {PARTICIPANT, B, "{\"ranking\":[\"s1\"]}", "bad_ballot", "ranking"},
    {PARTICIPANT, B, "{\"ranking\":[[1]]}", "bad_ballot", "ranking"},
    {PARTICIPANT, B, "{\"ranking\":[[[\"s1\"]]]}", "bad_ballot", "ranking"},
    {PARTICIPANT, B, "{\"ranking\":[[1.5]],\"key\":\"k\"}", "invalid_params",
	"ranking"},
    {PARTICIPANT, B, "{}", "invalid_params", "ranking"},
    {PARTICIPANT, B, "{\"ranking\":\"s1\",\"agreement\":{\"s1\":8}}",
	"bad_rating", "agreement"},
    {PARTICIPANT, B, "{\"ranking\":\"s1\",\"agreement\":{\"s1\":0}}",
	"bad_rating", "agreement"},
    {PARTICIPANT, B, "{\"ranking\":\"s1\",\"agreement\":{\"s1\":\"5\"}}",
	"bad_rating", "agreement"},
    {PARTICIPANT, B, "{\"ranking\":\"s1\",\"agreement\":{}}", "bad_rating",
	"agreement"},
    {PARTICIPANT, B, "{\"ranking\":\"s1\",\"agreement\":{\"s99\":5}}",
	"unknown_statement", "agreement"},
    {PARTICIPANT, B, "{\"ranking\":\"s1\",\"quality\":{\"s1\":8}}",
	"bad_rating", "quality"},
    {PARTICIPANT, B, "{\"ranking\":\"s1\",\"quality\":{\"s99\":5}}",
	"unknown_statement", "quality"},
    {PARTICIPANT, "contribution.rate", "{}", "bad_rating", "agreement"},
    {PARTICIPANT, T,
	"{\"slot\":\"opinion\",\"text\":\"Other words.\",\"key\":\"given\"}",
	"key_conflict", "key"},
    {PARTICIPANT, T, "{\"slot\":\"opinion\",\"text\":\"Too late.\"}",
	"wrong_phase", "phase"},
    {FACILITATOR, "session.configure", "{\"settings\":{\"shown\":3}}", "frozen",
	"settings"},
    {FACILITATOR, B, "{\"ranking\":\"s1\"}", "not_permitted", NULL},
};

static void
test_refused_in_ballot(void **state)
{
	(void)state;
	refuse_all(in_ballot, sizeof(in_ballot) / sizeof(*in_ballot));
}

/* ---- what is asked beside texts and ballots ---- */

#define C "contribution.choose"
/* clang-format off */
static const struct refusal in_position[] = {
    {PARTICIPANT, C, "{\"slot\":\"position\",\"choice\":0}", "bad_rating", "choice"},
    {PARTICIPANT, C, "{\"slot\":\"position\",\"choice\":8}", "bad_rating", "choice"},
    {PARTICIPANT, C, "{\"slot\":\"position\",\"choice\":\"much\"}", "bad_rating", "choice"},
    {PARTICIPANT, C, "{\"slot\":\"position\",\"choice\":3.5}", "invalid_params", "choice"},
    {PARTICIPANT, C, "{\"slot\":\"position\",\"choice\":[3]}", "invalid_params", "choice"},
    {PARTICIPANT, C, "{\"slot\":\"position\"}", "invalid_params", "choice"},
    {PARTICIPANT, C, "{\"slot\":\"importance\",\"choice\":6}", "bad_rating", "choice"},
    {PARTICIPANT, C, "{\"slot\":\"importance\",\"choice\":-1}", "bad_rating", "choice"},
    {PARTICIPANT, C, "{\"slot\":\"position_after\",\"choice\":3}", "wrong_phase", "phase"},
    {PARTICIPANT, C, "{\"slot\":\"preference\",\"choice\":1}", "wrong_phase", "phase"},
    {PARTICIPANT, C, "{\"slot\":\"survey\",\"answers\":{\"fair\":3}}", "wrong_phase", "phase"},
    {PARTICIPANT, C, "{\"slot\":\"opinion\",\"choice\":3}", "invalid_params", "slot"},
    {PARTICIPANT, C, "{\"choice\":3}", "invalid_params", "slot"},
    {PARTICIPANT, "contribution.take_back", "{\"slot\":\"position\"}", "wrong_phase", "phase"},
    {PARTICIPANT, "contribution.abstain", "{\"phase\":\"opinion\"}", "wrong_phase", "phase"},
    {PARTICIPANT, T, "{\"slot\":\"opinion\",\"text\":\"Early words.\"}", "wrong_phase", "phase"},
    {PARTICIPANT, B, "{\"ranking\":\"s1\"}", "wrong_phase", "phase"},
    {FACILITATOR, C, "{\"slot\":\"position\",\"choice\":3}", "not_permitted", NULL},
    {OBSERVER, C, "{\"slot\":\"position\",\"choice\":3}", "not_permitted", NULL},
};
static const struct refusal in_review[] = {
    {PARTICIPANT, T, "{\"slot\":\"opinion\",\"text\":\"Other words.\"}", "wrong_phase", "phase"},
    {PARTICIPANT, B, "{\"ranking\":\"s1\"}", "wrong_phase", "phase"},
    {PARTICIPANT, "contribution.rate", "{\"agreement\":{\"s1\":5}}", "wrong_phase", "phase"},
    {PARTICIPANT, "contribution.abstain", "{\"phase\":\"review\"}", "wrong_phase", "phase"},
    {PARTICIPANT, "session.next", "{\"phase\":\"review\"}", "not_permitted", ""},
    {PARTICIPANT, "statement.strike", "{\"statement\":\"s1\",\"reason\":\"x\"}", "not_permitted", ""},
    {FACILITATOR, "statement.strike", "{\"statement\":\"s99\",\"reason\":\"x\"}", "unknown_statement", "statement"},
    {FACILITATOR, "statement.strike", "{\"statement\":\"s1\",\"reason\":\" \"}", "text_empty", "reason"},
    {FACILITATOR, "statement.override", "{\"statement\":\"s1\",\"reason\":\"x\"}", "wrong_phase", "phase"},
    {FACILITATOR, "session.nudge", "{}", "wrong_phase", "phase"},
    {FACILITATOR, "session.next", "{\"phase\":\"draft\"}", "wrong_phase", "phase"},
};
static const struct refusal in_critique[] = {
    {PARTICIPANT, T, "{\"slot\":\"critique\",\"text\":\" \"}", "text_empty", "text"},
    {PARTICIPANT, T, "{\"slot\":\"critique\",\"text\":\"Well.\",\"signed\":true}", "invalid_params", "signed"},
    {PARTICIPANT, T, "{\"slot\":\"dissent\",\"text\":\"Well.\"}", "wrong_phase", "phase"},
    {PARTICIPANT, B, "{\"ranking\":\"s1\"}", "wrong_phase", "phase"},
    {PARTICIPANT, C, "{\"slot\":\"preference\",\"choice\":1}", "wrong_phase", "phase"},
    {PARTICIPANT, "contribution.take_back", "{\"slot\":\"opinion\"}", "wrong_phase", "phase"},
    {FACILITATOR, "statement.override", "{\"statement\":\"s99\",\"reason\":\"x\"}", "unknown_statement", "statement"},
    {FACILITATOR, "statement.override", "{\"statement\":\"s1\",\"reason\":\"\"}", "text_empty", "reason"},
    {FACILITATOR, "contribution.withhold", "{\"contribution\":3,\"reason\":\"x\"}", "not_found", "contribution"},
};
static const struct refusal in_preference[] = {
    {PARTICIPANT, C, "{\"slot\":\"preference\",\"choice\":0}", "bad_rating", "choice"},
    {PARTICIPANT, C, "{\"slot\":\"preference\",\"choice\":4}", "bad_rating", "choice"},
    {PARTICIPANT, C, "{\"slot\":\"preference\",\"choice\":\"s99\"}", "bad_rating", "choice"},
    {PARTICIPANT, C, "{\"slot\":\"preference\",\"choice\":\"\"}", "bad_rating", "choice"},
    {PARTICIPANT, C, "{\"slot\":\"preference\",\"choice\":true}", "invalid_params", "choice"},
    {PARTICIPANT, C, "{\"slot\":\"preference\",\"answers\":{\"fair\":3}}", "invalid_params", "choice"},
    {PARTICIPANT, B, "{\"ranking\":\"s1\"}", "wrong_phase", "phase"},
    {PARTICIPANT, "statement.propose", "{\"text\":\"A new statement.\"}", "wrong_phase", "phase"},
    {FACILITATOR, "statement.override", "{\"statement\":\"s1\",\"reason\":\"x\"}", "wrong_phase", "phase"},
};
static const struct refusal in_dissent[] = {
    {PARTICIPANT, T, "{\"slot\":\"dissent\",\"text\":\"\\u200b\"}", "text_empty", "text"},
    {PARTICIPANT, T, "{\"slot\":\"dissent\",\"text\":\"No.\",\"signed\":\"yes\"}", "invalid_params", "signed"},
    {PARTICIPANT, T, "{\"slot\":\"dissent\",\"text\":\"No.\",\"signed\":1}", "invalid_params", "signed"},
    {PARTICIPANT, T, "{\"slot\":\"critique\",\"text\":\"No.\"}", "wrong_phase", "phase"},
    {PARTICIPANT, C, "{\"slot\":\"preference\",\"choice\":1}", "wrong_phase", "phase"},
    {PARTICIPANT, C, "{\"slot\":\"dissent\",\"choice\":1}", "invalid_params", "slot"},
    {PARTICIPANT, "contribution.take_back", "{\"slot\":\"dissent\"}", "wrong_phase", "phase"},
    {FACILITATOR, T, "{\"slot\":\"dissent\",\"text\":\"No.\"}", "not_permitted", NULL},
};
static const struct refusal in_position_after[] = {
    {PARTICIPANT, C, "{\"slot\":\"position_after\",\"choice\":9}", "bad_rating", "choice"},
    {PARTICIPANT, C, "{\"slot\":\"position\",\"choice\":3}", "wrong_phase", "phase"},
    {PARTICIPANT, C, "{\"slot\":\"importance\",\"choice\":3}", "wrong_phase", "phase"},
    {PARTICIPANT, T, "{\"slot\":\"dissent\",\"text\":\"No.\"}", "wrong_phase", "phase"},
};
static const struct refusal in_survey[] = {
    {PARTICIPANT, C, "{\"slot\":\"survey\"}", "invalid_params", "answers"},
    {PARTICIPANT, C, "{\"slot\":\"survey\",\"answers\":[]}", "invalid_params", "answers"},
    {PARTICIPANT, C, "{\"slot\":\"survey\",\"answers\":{}}", "bad_rating", "answers"},
    {PARTICIPANT, C, "{\"slot\":\"survey\",\"answers\":{\"none\":1}}", "bad_rating", "answers"},
    {PARTICIPANT, C, "{\"slot\":\"survey\",\"answers\":{\"fair\":0}}", "bad_rating", "answers"},
    {PARTICIPANT, C, "{\"slot\":\"survey\",\"answers\":{\"fair\":6}}", "bad_rating", "answers"},
    {PARTICIPANT, C, "{\"slot\":\"survey\",\"answers\":{\"fair\":\"good\"}}", "bad_rating", "answers"},
    {PARTICIPANT, C, "{\"slot\":\"survey\",\"answers\":{\"fair\":2.5}}", "invalid_params", "answers"},
    {PARTICIPANT, C, "{\"slot\":\"survey\",\"answers\":{\"fair\":null}}", "bad_rating", "answers"},
    {PARTICIPANT, C, "{\"slot\":\"survey\",\"answers\":{\"view_changed\":\"perhaps\"}}", "bad_rating", "answers"},
    {PARTICIPANT, C, "{\"slot\":\"survey\",\"answers\":{\"view_why\":3}}", "bad_rating", "answers"},
    {PARTICIPANT, C, "{\"slot\":\"survey\",\"answers\":{\"view_why\":\" \"}}", "text_empty", "answers"},
    {PARTICIPANT, C, "{\"slot\":\"survey\",\"choice\":1}", "invalid_params", "answers"},
    {PARTICIPANT, C, "{\"slot\":\"position_after\",\"choice\":3}", "wrong_phase", "phase"},
    {OBSERVER, C, "{\"slot\":\"survey\",\"answers\":{\"fair\":3}}", "not_permitted", NULL},
};
/* clang-format on */

/* Waits for the phase, refuses its table, and closes it. */
static void
refuse_in(const char *phase, const struct refusal *f, size_t n)
{
	assert_int_equal(room_wait(&r, phase), 0);
	refuse_all(f, n);
}

static void
close_phase(const char *phase)
{
	assert_int_equal(room_wait(&r, phase), 0);
	assert_int_equal(room_do(&r, FACILITATOR, "session.next",
			     json_pack("{s:s}", "phase", phase)),
	    0);
}

/* Everybody alike: the first draft of the slate. */
static void
give_ballots(void)
{
	json_t *g, *first;
	int w;

	assert_int_equal(room_wait(&r, "ballot"), 0);
	g = room_call(&r, FACILITATOR, "session.get", json_object());
	first = json_object_get(
	    json_array_get(json_object_get(g, "slate"), 0), "statement");
	for (w = APPOINTED; w <= OWNER; w++)
		assert_int_equal(room_do(&r, (enum who)w, B,
				     json_pack("{s:O}", "ranking", first)),
		    0);
	json_decref(g);
}

#define REFUSE_IN(phase)                                                       \
	refuse_in(#phase, in_##phase, sizeof(in_##phase) / sizeof(*in_##phase))

static const char *const lines_of_opinion[] = {
    "Phones disturb lessons. They should stay in the bag.",
    "Parents must be able to call. The office should pass messages on.",
    "Pupils should decide with the teachers. Breaks should be free."};

static void
test_refused_in_every_phase(void **state)
{
	int w;

	(void)state;
	assert_int_equal(
	    room_open(&r, &d,
		json_pack("{s:i,s:i,s:s,s:b,s:b,s:b,s:b,s:b,s:b,s:b}",
		    "candidates", 6, "shown", 2, "ratings", "optional",
		    "position", 1, "importance", 1, "review", 1, "preference",
		    1, "dissent", 1, "survey", 1, "keep", 0),
		"5"),
	    0);
	close_phase("lobby");
	REFUSE_IN(position);
	close_phase("position");
	for (w = APPOINTED; w <= OWNER; w++)
		assert_int_equal(room_do(&r, (enum who)w, T,
				     json_pack("{s:s,s:s}", "slot", "opinion",
					 "text", lines_of_opinion[w % 3])),
		    0);
	REFUSE_IN(review);
	close_phase("review");
	give_ballots();
	REFUSE_IN(critique);
	refuse_text(PARTICIPANT, T, "critique", 10001, "text");
	close_phase("critique");
	close_phase("review");
	give_ballots();
	REFUSE_IN(preference);
	close_phase("preference");
	REFUSE_IN(dissent);
	refuse_text(PARTICIPANT, T, "dissent", 10001, "text");
	close_phase("dissent");
	REFUSE_IN(position_after);
	close_phase("position_after");
	REFUSE_IN(survey);
	close_phase("survey");
	assert_int_equal(room_wait(&r, "concluded"), 0);
}

/* ---- odd manners ---- */

static void
test_without_id(void **state)
{
	static const char lines_[] =
	    "{\"jsonrpc\":\"2.0\",\"method\":\"connection.ping\"}\n"
	    "{\"jsonrpc\":\"2.0\",\"method\":\"no.such\"}\n\r\n\n"
	    "{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"connection.ping\"}"
	    "\r\n";
	json_t *a;

	(void)state;
	assert_int_equal(client_open_tcp(&c, &d), 0);
	assert_int_equal(client_send(&c, lines_, strlen(lines_)), 0);
	a = client_answer(&c);
	assert_true(json_is_null(json_object_get(a, "id")));
	assert_true(json_is_object(json_object_get(a, "result")));
	json_decref(a);
	ping(&c);
}

static void
test_byte_at_a_time(void **state)
{
	static const char line[] = "{\"jsonrpc\":\"2.0\",\"id\":\"\xc3\xa9\","
				   "\"method\":\"connection.ping\"}\r\n";
	const char *p;
	json_t *a;

	(void)state;
	assert_int_equal(client_open(&c, &d), 0);
	for (p = line; *p != '\0'; p++) {
		assert_int_equal(client_send(&c, p, 1), 0);
		ping(&r.c[PARTICIPANT]); /* others are served meanwhile */
	}
	a = client_answer(&c);
	assert_string_equal(
	    json_string_value(json_object_get(a, "id")), "\xc3\xa9");
	json_decref(a);
}

/* The end of input is not a close; a last line needs no newline. */
static void
test_half_closed(void **state)
{
	static const char line[] =
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"connection.info\"}\n"
	    "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"connection.ping\"}";
	json_t *a;
	int i;

	(void)state;
	assert_int_equal(client_open(&c, &d), 0);
	assert_int_equal(client_send(&c, line, strlen(line)), 0);
	assert_int_equal(shutdown(c.fd, SHUT_WR), 0);
	for (i = 1; i <= 2; i++) {
		a = client_answer(&c);
		assert_int_equal(
		    json_integer_value(json_object_get(a, "id")), i);
		json_decref(a);
	}
	assert_null(client_answer(&c)); /* closed by the daemon now */
}

/* ---- who does not read ---- */

#define EVENTS 300
#define BODY   9000

static void
fill(void)
{
	char text[BODY + 1];
	int i;

	memset(text, 'b', BODY);
	text[BODY] = '\0';
	for (i = 0; i < EVENTS; i++) {
		snprintf(text, 10, "%09d", i);
		text[9] = ' ';
		assert_int_equal(room_do(&r, PARTICIPANT, "contribution.text",
				     json_pack("{s:s,s:s}", "slot", "opinion",
					 "text", text)),
		    0);
	}
}

static const char *
kind_of(const json_t *note)
{
	const char *kind = json_string_value(
	    json_object_get(json_object_get(note, "params"), "kind"));

	return kind != NULL ? kind : "";
}

/* Reads on until `seq` has come or a notice did; seqs without gap. */
static json_int_t
read_on(struct client *on, json_int_t after, json_int_t last, bool *lagging)
{
	json_t *note, *p;
	size_t i;

	*lagging = false;
	ping(on);
	json_array_foreach(on->notes, i, note) {
		p = json_object_get(note, "params");
		if (strcmp(kind_of(note), "lagging") == 0) {
			assert_int_equal(
			    json_integer_value(json_object_get(p, "after")),
			    after);
			*lagging = true;
			continue;
		}
		if (json_object_get(p, "event") == NULL)
			continue;
		assert_false(*lagging);
		assert_int_equal(json_integer_value(json_object_get(
				     json_object_get(p, "event"), "seq")),
		    ++after);
	}
	json_array_clear(on->notes);
	assert_true(after <= last);
	return after;
}

static void
subscribe(struct client *on, json_int_t after)
{
	json_t *a = client_call(on, "session.subscribe",
	    json_pack("{s:s,s:I}", "session", r.session, "after", after));

	assert_non_null(a);
	json_decref(a);
}

static void
test_slow_reader(void **state)
{
	json_int_t seen = 0, last, quick;
	bool lagging;
	json_t *g;
	int tries;
	FILE *tap;
	char *raw = NULL;
	size_t len = 0;

	(void)state;
	subscribe(&r.c[APPOINTED], 0);
	subscribe(&r.c[OPERATOR], 0); /* a Unix socket holds little */
	fill();
	quick = 0;
	g = room_call(&r, FACILITATOR, "session.get", json_object());
	last = json_integer_value(json_object_get(g, "seq"));
	json_decref(g);
	tap = open_memstream(&raw, &len);
	r.c[OPERATOR].tap = tap;
	seen = read_on(&r.c[OPERATOR], 0, last, &lagging);
	/* What waited for it was bounded: buffers of both sides, no more. */
	fflush(tap);
	assert_true(lagging);
	assert_true(len < (size_t)EVENTS * BODY);
	for (tries = 0; seen < last && tries < 200; tries++) {
		if (lagging)
			subscribe(&r.c[OPERATOR], seen);
		usleep(5000);
		seen = read_on(&r.c[OPERATOR], seen, last, &lagging);
	}
	assert_int_equal(seen, last);
	r.c[OPERATOR].tap = NULL;
	fclose(tap);
	free(raw);
	/* Another one that fell behind goes on for itself. */
	lagging = false;
	for (tries = 0; quick < last && tries < 200; tries++) {
		if (lagging)
			subscribe(&r.c[APPOINTED], quick);
		usleep(5000);
		quick = read_on(&r.c[APPOINTED], quick, last, &lagging);
	}
	assert_int_equal(quick, last);
}

/* ---- no more descriptors ---- */

#define CROWD 80

/* The daemon may see a new connection before the end of those that left. */
static void
let_in(struct client *late, struct daemon *small)
{
	struct timespec nap = {0, 20000000};
	bool in = false;
	json_t *a;
	int i;

	for (i = 0; i < 250 && !in; i++) {
		client_close(late);
		assert_int_equal(client_open(late, small), 0);
		a = client_ask(late, "connection.ping", json_object());
		in = a != NULL && answer_error(a)[0] == '\0';
		json_decref(a);
		if (!in)
			nanosleep(&nap, NULL);
	}
	assert_true(in);
	ping(late);
}

static void
crowd(struct daemon *small)
{
	struct client in[CROWD] = {{0}};
	int i;

	for (i = 0; i < CROWD; i++)
		assert_int_equal(client_open(&in[i], small), 0);
	for (i = 0; i < 5; i++)
		ping(&in[i]);
	/* Those that got in are served; when they leave, later ones are. */
	for (i = 5; i < CROWD - 5; i++)
		client_close(&in[i]);
	ping(&in[0]);
	for (i = CROWD - 5; i < CROWD; i++) {
		if (client_send(&in[i], "\n", 1) == -1)
			continue; /* turned away: it may come again */
		json_t *a =
		    client_ask(&in[i], "connection.ping", json_object());

		json_decref(a);
	}
	let_in(&in[CROWD - 1], small);
	for (i = 0; i < CROWD; i++)
		client_close(&in[i]);
}

static void
test_out_of_descriptors(void **state)
{
	struct daemon small = {.files = 48};

	(void)state;
	assert_int_equal(daemon_begin(&small), 0);
	crowd(&small);
	assert_int_equal(daemon_stop(&small), 0);
	daemon_clear(&small);
}

static void
test_connections_limit(void **state)
{
	struct daemon small = {.sets = {"connections=10"}};

	(void)state;
	assert_int_equal(daemon_begin(&small), 0);
	crowd(&small);
	assert_int_equal(daemon_stop(&small), 0);
	daemon_clear(&small);
}

/* Whoever asks for a session that is being read from the journal, by its id
 * or by an invitation's code, waits for it. */
static void
test_being_read(void **state)
{
	struct daemon small = {.sets = {"slice=1"}};
	struct play p;
	json_t *a;

	(void)state;
	assert_int_equal(daemon_begin(&small), 0);
	assert_int_equal(play_open(&p, &small, 3, 1, json_object()), 0);
	daemon_kill9(&small);
	assert_int_equal(daemon_restart(&small), 0);
	assert_int_equal(client_open(&c, &small), 0);
	a = client_ask(&c, "session.terms", json_pack("{s:s}", "code", p.code));
	assert_string_equal(answer_error(a), "");
	json_decref(a);
	ping(&c);
	play_close(&p);
	daemon_clear(&small);
}

int
main(void)
{
#define OPINION(name)                                                          \
	cmocka_unit_test_setup_teardown(name, open_opinions, close_room)
#define BALLOT(name)                                                           \
	cmocka_unit_test_setup_teardown(name, open_ballots, close_room)
	const struct CMUnitTest tests[] = {
	    OPINION(test_lines),
	    OPINION(test_long_lines),
	    BALLOT(test_types),
	    OPINION(test_refused_in_opinion),
	    OPINION(test_too_long),
	    BALLOT(test_refused_in_ballot),
	    cmocka_unit_test_teardown(test_refused_in_every_phase, close_room),
	    OPINION(test_without_id),
	    OPINION(test_byte_at_a_time),
	    OPINION(test_half_closed),
	    OPINION(test_slow_reader),
	    OPINION(test_being_read),
	    cmocka_unit_test(test_out_of_descriptors),
	    cmocka_unit_test(test_connections_limit),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
