/* connection.* */
#include <string.h>

#include "base/json.h"
#include "server/live.h"

static const char *const kinds[] = {[TOKEN_FACILITATOR] = "facilitator",
    [TOKEN_PARTICIPANT] = "participant",
    [TOKEN_OBSERVER] = "observer",
    [TOKEN_INVITATION] = "invitation"};

/* Names and models: what session.create may be asked for. */
static json_t *
endpoints_json(const struct server *srv)
{
	json_t *list = json_pack(
	    "[{s:s}]", "endpoint", llm_find(srv->llm, "offline")->name);
	const struct endpoint *e;
	size_t i;

	for (i = 0; (e = llm_nth(srv->llm, i)) != NULL; i++)
		json_array_append_new(list, json_pack("{s:s,s:s}", "endpoint",
						e->name, "model", e->model));
	return list;
}

json_t *
method_info(struct call *c)
{
	json_t *o = json_object();
	struct err why;
	int i;

	for (i = 0; i < LIMITS; i++)
		json_object_set_new(
		    o, limits[i].name, json_integer(c->srv->limits[i]));
	o = json_pack("{s:s,s:i,s:o,s:b}", "program", "caucusd " CAUCUS_VERSION,
	    "protocol", 1, "limits", o, "operator", c->peer->operator);
	json_object_set_new(o, "endpoints", endpoints_json(c->srv));
	json_object_set_new(o, "endpoint", json_string(c->srv->endpoint));
	json_object_set_new(o, "readonly",
	    journal_readonly(c->srv->journal, &why) ? json_string(why.text)
						    : json_false());
	return o;
}

json_t *
method_ping(struct call *c)
{
	(void)c;
	return json_object();
}

json_t *
method_authenticate(struct call *c)
{
	struct journal_token t;
	uint8_t digest[DIGEST_LEN];
	const char *token;
	int found;

	if (json_get_str(
		c->r->params, "token", JSON_REQUIRED, &token, c->err) == -1)
		return NULL;
	token_digest(token, digest);
	found = journal_get_token(c->srv->journal, digest, &t, c->err);
	if (found == -1)
		return NULL;
	if (found == 0 || t.kind == TOKEN_INVITATION ||
	    (t.expires_at != 0 && t.expires_at <= c->srv->now)) {
		err_say(c->err, ERR_BAD_TOKEN, "token", MSG_ERROR_TOKEN, NULL);
		return NULL;
	}
	if (peer_room(c->srv, c->peer, c->err) == -1)
		return NULL;
	peer_hold(c->srv, c->peer, &t, 0);
	return json_pack("{s:s,s:s,s:s}", "session", t.session, "role",
	    kinds[t.kind], kinds[t.kind], t.ref);
}
