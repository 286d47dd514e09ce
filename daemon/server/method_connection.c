/* connection.* */
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "server/live.h"

static const char *const kinds[] = {[TOKEN_FACILITATOR] = "facilitator",
    [TOKEN_PARTICIPANT] = "participant",
    [TOKEN_OBSERVER] = "observer",
    [TOKEN_INVITATION] = "invitation"};

/* {"concordant":30,"discordant":12} of each method, by endpoint and method. */
static bool
take_counter(const char *name, int64_t value, void *arg)
{
	char endpoint[ENDPOINT_NAME_MAX], method[16], figure[16];
	json_t *all = arg, *of, *counts;

	if (sscanf(name, "predictor %31s %15s %15s", endpoint, method,
		figure) != 3)
		return true;
	of = json_object_get(all, endpoint);
	if (of == NULL) {
		of = json_object();
		json_object_set_new(all, endpoint, of);
	}
	counts = json_object_get(of, method);
	if (counts == NULL) {
		counts =
		    json_pack("{s:i,s:i}", "concordant", 0, "discordant", 0);
		json_object_set_new(of, method, counts);
	}
	json_object_set_new(counts, figure, json_integer(value));
	return true;
}

/* How predicted ballots compared with those that were then cast. */
static void
add_predictors(const struct server *srv, json_t *endpoints)
{
	json_t *all = json_object(), *row, *of;
	struct err err;
	size_t i;

	if (journal_each_counter(
		srv->journal, "predictor ", take_counter, all, &err) == -1)
		log_warn("caucusd: %s", err.text);
	json_array_foreach(endpoints, i, row) {
		of = json_object_get(
		    all, json_string_value(json_object_get(row, "endpoint")));
		if (of != NULL)
			json_object_set(row, "predictors", of);
	}
	json_decref(all);
}

/* What its model takes, as set and as learnt. */
static json_t *
capabilities_json(const struct endpoint *e)
{
	return json_pack("{s:s,s:b,s:b,s:s,s:s}", "provider", e->provider->name,
	    "sampling", e->can.sampling, "logprobs", e->logprobs, "format",
	    reply_formats[e->can.format], "tokens_name",
	    tokens_names[e->can.tokens_name]);
}

/* Names and models: what session.create may be asked for. */
static json_t *
endpoints_json(const struct server *srv, bool operator)
{
	json_t *list = json_pack(
	    "[{s:s}]", "endpoint", llm_find(srv->llm, "offline")->name);
	const struct endpoint *e;
	json_t *row;
	size_t i;

	for (i = 0; (e = llm_nth(srv->llm, i)) != NULL; i++) {
		row = json_pack(
		    "{s:s,s:s}", "endpoint", e->name, "model", e->model);
		if (operator)
			json_object_set_new(row, "takes", capabilities_json(e));
		json_array_append_new(list, row);
	}
	if (operator) /* others would see when ballots close */
		add_predictors(srv, list);
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
	json_object_set_new(
	    o, "endpoints", endpoints_json(c->srv, c->peer->operator));
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
