/* Methods: one table; who may, what they know, what they do. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "server/live.h"

#define F MAY_FACILITATOR
#define P MAY_PARTICIPANT
#define O MAY_OBSERVER

/* clang-format off */
const struct method methods[] = {
	{ "connection.info", 0, false, method_info, { NULL }, "program, limits, who you are" },
	{ "connection.authenticate", 0, false, method_authenticate, { "token" }, "presents a token" },
	{ "connection.ping", 0, false, method_ping, { NULL }, "nothing" },
	{ "session.create", 0, false, method_create, { "question", "preset", "settings", "seed", "endpoint", "labels", "survey", "like" }, "a new session" },
	{ "session.configure", F, true, method_configure, { "session", "settings" }, "changes settings" },
	{ "session.list", 0, false, method_list, { NULL }, "the sessions you may see" },
	{ "session.terms", 0, false, method_terms, { "code" }, "what an invitation leads to" },
	{ "session.join", 0, false, method_join, { "code", "name", "terms", "key", "labels", "participant" }, "joins" },
	{ "session.invite", F, true, method_invite, { "session", "role", "uses", "expires_seconds" }, "a new invitation" },
	{ "session.get", O, true, method_get, { "session" }, "where it stands" },
	{ "session.subscribe", O, true, method_subscribe, { "session", "after" }, "events from a seq on" },
	{ "session.unsubscribe", O, true, method_unsubscribe, { "session" }, "no more events" },
	{ "session.next", F, true, method_next, { "session", "phase" }, "closes the present phase" },
	{ "session.nudge", F, true, method_nudge, { "session" }, "reminds those missing" },
	{ "session.extend", F, true, method_extend, { "session", "seconds" }, "more time" },
	{ "session.pause", F, true, method_pause, { "session" }, "stops the clock" },
	{ "session.resume", F, true, method_resume, { "session" }, "goes on" },
	{ "session.abort", F, true, method_abort, { "session", "reason" }, "ends without agreement" },
	{ "session.export", O, true, method_export, { "session", "after", "as" }, "the recording, a page" },
	{ "participant.withdraw", P, true, method_withdraw, { "session", "mode", "participant" }, "leaves" },
	{ "participant.erase", P | MAY_OPERATOR, true, method_erase, { "session", "participant", "quotes", "preview" }, "deletes a person's words" },
	{ "participant.remove", F, true, method_remove, { "session", "participant", "reason" }, "removes a person" },
	{ "participant.appoint", F, true, method_appoint, { "session", "participant" }, "makes a facilitator" },
	{ "participant.reissue", F | P, true, method_reissue, { "session", "participant" }, "a new token" },
	{ "contribution.text", P, true, method_text, { "session", "slot", "text", "signed", "key", "participant" }, "an opinion, critique or dissent" },
	{ "contribution.ballot", P, true, method_ballot, { "session", "ranking", "agreement", "quality", "key", "participant" }, "a ballot" },
	{ "contribution.choose", P, true, method_choose, { "session", "slot", "choice", "answers", "key", "participant" }, "a position, preference or survey" },
	{ "contribution.rate", P, true, method_rate, { "session", "agreement", "quality", "key", "participant" }, "ratings" },
	{ "contribution.abstain", P, true, method_abstain, { "session", "phase", "participant" }, "gives nothing, knowingly" },
	{ "contribution.take_back", P, true, method_take_back, { "session", "slot", "participant" }, "takes a contribution back" },
	{ "contribution.withhold", F, true, method_withhold, { "session", "contribution", "reason" }, "keeps a text from drafting" },
	{ "statement.propose", F | P, true, method_propose, { "session", "text", "key", "participant" }, "a statement of one's own" },
	{ "statement.strike", F, true, method_strike, { "session", "statement", "reason" }, "takes a statement off" },
	{ "statement.override", F, true, method_override, { "session", "statement", "reason" }, "names another winner" },
	{ .name = NULL },
};
/* clang-format on */

static const struct method *
method_find(const char *name)
{
	const struct method *m;

	for (m = methods; m->name != NULL; m++)
		if (text_same(m->name, name))
			return m;
	return NULL;
}

/* The same for unknown and for not permitted. */
static int
not_found(struct err *err)
{
	return err_say(err, ERR_NOT_FOUND, "session", MSG_ERROR_SESSION, NULL);
}

/* A token bucket: a connection's requests a second. */
static int
rate_check(struct server *srv, struct peer *peer, struct err *err)
{
	int64_t rate = srv->limits[LIMIT_RATE];

	if (rate == 0)
		return 0;
	peer->bucket +=
	    (double)(srv->now - peer->bucket_at) * (double)rate / 1000;
	peer->bucket_at = srv->now;
	if (peer->bucket > (double)rate)
		peer->bucket = (double)rate;
	if (peer->bucket < 1)
		return err_say(err, ERR_RATE_LIMITED, NULL, MSG_ERROR_RATE,
		    "#n", (long long)rate, NULL);
	peer->bucket -= 1;
	return 0;
}

int
method_park(struct call *c, const char *id)
{
	strlcpy(c->peer->parked, id, sizeof c->peer->parked);
	c->park = true;
	return -1;
}

/* 1 found, 0 refused, -1 being read. */
static int
call_session(struct call *c, const struct method *m)
{
	const char *id;
	int found;

	if (json_get_str(c->r->params, "session", JSON_REQUIRED, &id, c->err) ==
	    -1)
		return 0;
	found = live_get(c->srv, id, &c->live, c->err);
	if (found == -1)
		return method_park(c, id);
	if (found == 1)
		c->roles = role_of(c->peer, c->live);
	if (found == 0 && c->err->code != ERR_NOT_FOUND)
		return 0;
	if (c->roles == 0) {
		not_found(c->err);
		return 0;
	}
	c->ticket = c->live->ticket;
	if ((c->roles & m->may) == 0) {
		err_say(c->err, ERR_NOT_PERMITTED, NULL, MSG_ERROR_ROLE,
		    "method", m->name, NULL);
		return 0;
	}
	return 1;
}

/* A fraction would be found only where it is to be recorded, too late. */
static int
whole_numbers(const json_t *params, struct err *err)
{
	const char *name;
	json_t *v;

	json_object_foreach((json_t *)params, name, v)
		if (json_has_real(v))
			return err_set(err, ERR_INVALID_PARAMS, name,
			    "%s holds a fraction; numbers are whole here",
			    name);
	return 0;
}

static json_t *
call_run(struct call *c, const struct method *m)
{
	if (json_only(c->r->params, m->params, c->err) == -1 ||
	    whole_numbers(c->r->params, c->err) == -1)
		return NULL;
	if (m->session && call_session(c, m) != 1)
		return NULL;
	return m->run(c);
}

enum net_verdict
method_request(struct rpc_request *r, void *arg)
{
	struct server *srv = arg;
	struct err err = {.code = ERR_NONE};
	struct call c = {.srv = srv, .r = r, .err = &err};
	const struct method *m = method_find(r->method);
	json_t *result = NULL;

	c.peer = peer_get(srv, r->conn);
	if (srv->stopping)
		err_say(
		    &err, ERR_SHUTTING_DOWN, NULL, MSG_ERROR_STOPPING, NULL);
	else if (m == NULL)
		err_set(&err, ERR_METHOD_NOT_FOUND, "method",
		    "no such method; caucus-protocol(7) lists them");
	else if (rate_check(srv, c.peer, &err) == 0)
		result = call_run(&c, m);
	if (c.park)
		return NET_PARK;
	if (result == METHOD_WRITTEN)
		net_answer_text(srv->net, r->conn, c.ticket, r->id,
		    srv->written.data, srv->written.len);
	else if (result != NULL)
		net_answer(srv->net, r->conn, c.ticket, r->id, result);
	else {
		/* In the session's language, as all that it says; to who has
		 * no business there nothing may tell that it exists. */
		if (c.live != NULL && c.live->s != NULL &&
		    (c.roles != 0 || !m->session))
			err_translate(&err, live_words(c.live));
		net_answer_error(srv->net, r->conn, c.ticket, r->id, &err);
	}
	return NET_DONE;
}

/* ---- what most methods end with ---- */

void
refuse_phase(struct call *c, enum err_code code, enum message id)
{
	char name[40];

	snprintf(name, sizeof name, "name.%s", session_phase(c->live->s)->name);
	err_say(c->err, code, "phase", id, "@phase", name, NULL);
}

static void
receipt_write(const struct event *e, struct buf *b)
{
	size_t i, n = 0;

	buf_reset(b);
	buf_adds(b, "{\"seq\":");
	buf_add_int(b, e->seq);
	buf_adds(b, ",\"hash\":\"");
	buf_add_hex(b, e->hash, DIGEST_LEN);
	buf_adds(b, "\",\"salts\":{");
	for (i = 0; i < e->nsealed; i++) {
		if (e->sealed[i].body == NULL)
			continue;
		if (n++ > 0)
			buf_addc(b, ',');
		json_quote(b, e->sealed[i].name, strlen(e->sealed[i].name));
		buf_adds(b, ":\"");
		buf_add_hex(b, e->sealed[i].salt, SALT_LEN);
		buf_addc(b, '"');
	}
	buf_add(b, "}}", 2);
}

json_t *
method_receipt(const struct event *e)
{
	struct buf b = {0};
	json_t *receipt;

	receipt_write(e, &b);
	receipt = json_read(b.data, b.len, NULL);
	buf_free(&b);
	return receipt;
}

json_t *
method_decide(struct call *c, struct event *input, bool receipt)
{
	struct change change;
	struct event *e;
	int64_t seq;

	change_begin(&change, c->live);
	e = change_decide(&change, input, c->err);
	if (e == NULL) {
		change_drop(&change);
		return NULL;
	}
	seq = e->seq;
	c->ticket = change_commit(&change, c->err);
	if (c->ticket == -1) {
		c->ticket = 0;
		return NULL;
	}
	if (receipt)
		receipt_write(e, &c->srv->written);
	work_start(c->live);
	return receipt ? METHOD_WRITTEN
		       : json_pack("{s:I}", "seq", (json_int_t)seq);
}
