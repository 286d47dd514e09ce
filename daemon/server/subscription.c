/* Subscriptions: every event after a seq, without gap or repeat. */
#include "server/live.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"

void
notice(struct server *srv, uint64_t conn, const char *session, const char *kind,
    json_t *more)
{
	struct buf b = {0};
	json_t *params = more != NULL ? more : json_object();
	json_t *o;

	json_object_set_new(params, "kind", json_string(kind));
	if (session != NULL)
		json_object_set_new(params, "session", json_string(session));
	o = json_pack("{s:s,s:s,s:o}", "jsonrpc", "2.0", "method", "notice",
	    "params", params);
	char *line = json_dumps(o, JSON_COMPACT);

	net_notify_always(srv->net, conn, line, strlen(line));
	free(line);
	json_decref(o);
	buf_free(&b);
}

struct subscription *
subscription_find(const struct peer *peer, const struct live *live)
{
	struct subscription *sub;

	LIST_FOREACH(sub, &peer->subscriptions, of_peer)
		if (sub->live == live)
			return sub;
	return NULL;
}

void
subscription_free(struct subscription *sub)
{
	struct peer key = {.conn = sub->conn}, *peer;

	peer = RB_FIND(peer_tree, &sub->live->srv->peers, &key);
	if (peer != NULL)
		peer->nsubscriptions--;
	LIST_REMOVE(sub, of_live);
	LIST_REMOVE(sub, of_peer);
	free(sub);
}

struct reading {
	const struct session *view;
	struct viewer viewer;
};

static bool
may_cb(const struct event *e, const struct sealed *item, void *arg)
{
	const struct reading *r = arg;

	return session_may_read(r->view, &r->viewer, e, item->name);
}

/* Sends one event as this subscriber may read it; false when it lags. */
static bool
send_event(
    struct subscription *sub, const struct session *view, const struct event *e)
{
	struct live *live = sub->live;
	struct reading r = {.view = view};
	struct buf b = {0};
	bool sent;

	role_viewer(peer_get(live->srv, sub->conn), live, &r.viewer);
	buf_addf(&b,
	    "{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":{"
	    "\"session\":\"%s\",\"event\":",
	    live->id);
	buf_add(&b, e->bytes, e->len);
	buf_adds(&b, ",\"hash\":\"");
	buf_add_hex(&b, e->hash, DIGEST_LEN);
	buf_addc(&b, '"');
	size_t mark = b.len;

	buf_adds(&b, ",\"sealed\":");
	if (event_sealed_json(e, may_cb, &r, &b) == 0)
		b.len = mark;
	buf_adds(&b, "}}");
	sent = net_notify(live->srv->net, sub->conn, b.data, b.len);
	buf_free(&b);
	if (sent)
		sub->cursor = e->seq;
	return sent;
}

static void
lag(struct subscription *sub)
{
	struct live *live = sub->live;

	notice(live->srv, sub->conn, live->id, "lagging",
	    json_pack("{s:I,s:s}", "after", (json_int_t)sub->cursor, "text",
		message(live_words(live), MSG_NOTICE_LAGGING)));
	subscription_free(sub);
}

/* A subscription lasts as long as the right to it: ends it when the token it
 * rests on has been revoked or has expired. */
static bool
over(struct subscription *sub)
{
	struct live *live = sub->live;

	if (role_of(peer_get(live->srv, sub->conn), live) != 0)
		return false;
	notice(live->srv, sub->conn, live->id, "revoked",
	    json_pack("{s:s}", "text",
		message(live_words(live), MSG_NOTICE_REVOKED)));
	subscription_free(sub);
	return true;
}

/* ---- bodies that open later ---- */

struct fetch {
	struct event *e;
	struct err err;
};

static bool
fetch_cb(const struct journal_event *row, void *arg)
{
	struct fetch *f = arg;

	f->e = event_parse(
	    row->bytes, row->len, row->sealed, row->sealed_len, &f->err);
	return false;
}

static void
opened_line(struct buf *b, const struct live *live, const struct event *e,
    const char *name)
{
	const struct sealed *item = event_sealed(e, name);

	buf_reset(b);
	if (item == NULL || item->body == NULL)
		return;
	buf_addf(b,
	    "{\"jsonrpc\":\"2.0\",\"method\":\"opened\",\"params\":{"
	    "\"session\":\"%s\",\"seq\":%lld,\"name\":\"%s\",\"salt\":\"",
	    live->id, (long long)e->seq, name);
	buf_add_hex(b, item->salt, SALT_LEN);
	buf_adds(b, "\",\"body\":");
	json_quote(b, item->body, item->len);
	buf_adds(b, "}}");
}

/* The line for a body that has opened; false when it was erased. */
static bool
opened_read(struct buf *b, const struct live *live, const struct gated *g)
{
	struct fetch f = {.e = NULL};

	buf_reset(b);
	journal_each_event(
	    live->srv->journal, live->id, g->seq - 1, 1, fetch_cb, &f, &f.err);
	if (f.e != NULL)
		opened_line(b, live, f.e, g->name);
	event_destroy(f.e);
	return b->len > 0;
}

/* What opened with the event at a subscriber's cursor, of what it had passed
 * with `before`.  False when it lags, and is no more: it resumes there, so a
 * body may come twice, but is not lost. */
static bool
send_opened(struct subscription *sub, int64_t before)
{
	struct live *live = sub->live;
	const struct gated *g;
	struct buf b = {0};
	bool sent = true;
	size_t i;

	for (i = 0; i < live->ngated && sent; i++) {
		g = &live->gated[i];
		if (g->opened_at == sub->cursor && g->seq <= before &&
		    opened_read(&b, live, g))
			sent = net_notify(
			    live->srv->net, sub->conn, b.data, b.len);
	}
	buf_free(&b);
	if (!sent)
		lag(sub);
	return sent;
}

/* The same for all who have just been sent that event. */
static void
tell_opened(struct live *live, int64_t at)
{
	struct subscription *sub, *next;
	const struct gated *g;
	struct buf b = {0};
	size_t i;

	for (i = 0; i < live->ngated; i++) {
		g = &live->gated[i];
		if (g->opened_at != at || g->seq >= at ||
		    !opened_read(&b, live, g))
			continue;
		LIST_FOREACH_SAFE(sub, &live->subscriptions, of_live, next)
			if (sub->begun && !over(sub) && sub->cursor == at &&
			    !net_notify(
				live->srv->net, sub->conn, b.data, b.len))
				lag(sub);
	}
	buf_free(&b);
}

static bool
opens(const struct event *e)
{
	return strcmp(e->type, "tally.decided") == 0 ||
	       strcmp(e->type, "session.concluded") == 0;
}

void
subscription_feed(struct live *live, const struct event *e)
{
	struct subscription *sub, *next;
	struct session view;

	if (LIST_EMPTY(&live->subscriptions))
		return;
	live_view(live, &view);
	for (sub = LIST_FIRST(&live->subscriptions); sub != NULL; sub = next) {
		next = LIST_NEXT(sub, of_live);
		if (sub->begun && !over(sub) && sub->cursor == e->seq - 1 &&
		    !send_event(sub, &view, e))
			lag(sub);
	}
	if (opens(e))
		tell_opened(live, e->seq);
}

/* ---- catching up ---- */

struct catching {
	struct subscription *sub;
	struct session view;
	bool lagged, opens; /* the last one sent opens bodies */
	int n;
};

static bool
catch_cb(const struct journal_event *row, void *arg)
{
	struct catching *c = arg;
	struct err err;
	struct event *e;

	if (row->seq > c->sub->live->durable)
		return false; /* told when its ticket is */
	e = event_parse(
	    row->bytes, row->len, row->sealed, row->sealed_len, &err);
	if (e == NULL)
		return false;
	memcpy(e->hash, row->hash, DIGEST_LEN);
	c->lagged = !send_event(c->sub, &c->view, e);
	c->opens = opens(e);
	event_destroy(e);
	c->n++;
	return !c->lagged && !c->opens;
}

/* Its answer is on its way.  What opened with the last event it saw may have
 * been on its way when the connection broke. */
static bool
begin(struct subscription *sub)
{
	if (sub->ticket > sub->live->srv->released)
		return false;
	sub->begun = true;
	return sub->cursor == 0 || send_opened(sub, sub->cursor - 1);
}

void
subscription_fail(struct live *live, int64_t ticket)
{
	struct subscription *sub, *next;

	LIST_FOREACH_SAFE(sub, &live->subscriptions, of_live, next)
		if (!sub->begun && sub->ticket == ticket)
			subscription_free(sub);
}

static bool
catch_up_one(struct subscription *sub)
{
	struct live *live = sub->live;
	struct catching c = {.sub = sub};
	int64_t before = sub->cursor;
	struct err err;

	if (!sub->begun && !begin(sub))
		return false;
	if (sub->cursor >= live->durable || over(sub))
		return false;
	live_view(live, &c.view);
	journal_each_event(live->srv->journal, live->id, sub->cursor,
	    (int)live->srv->limits[LIMIT_SLICE], catch_cb, &c, &err);
	if (c.lagged) {
		lag(sub);
		return false;
	}
	if (c.opens && !send_opened(sub, before))
		return false;
	return c.n > 0 && sub->cursor < live->durable;
}

bool
subscription_catch_up(struct live *live)
{
	struct subscription *sub, *next;
	bool more = false;

	for (sub = LIST_FIRST(&live->subscriptions); sub != NULL; sub = next) {
		next = LIST_NEXT(sub, of_live);
		more |= catch_up_one(sub);
	}
	return more;
}

int
subscription_add(
    struct peer *peer, struct live *live, int64_t after, struct err *err)
{
	struct subscription *sub = subscription_find(peer, live);

	if (sub == NULL) {
		if (peer->nsubscriptions >=
		    live->srv->limits[LIMIT_SUBSCRIPTIONS])
			return err_set(err, ERR_LIMIT_REACHED, "subscriptions",
			    "this connection has %d subscriptions already "
			    "(daemon setting subscriptions)",
			    peer->nsubscriptions);
		sub = xcalloc(1, sizeof *sub);
		sub->live = live;
		sub->conn = peer->conn;
		LIST_INSERT_HEAD(&live->subscriptions, sub, of_live);
		LIST_INSERT_HEAD(&peer->subscriptions, sub, of_peer);
		peer->nsubscriptions++;
	}
	sub->cursor = after;
	sub->ticket = live->ticket;
	sub->begun = false;
	live_busy(live);
	server_again(live->srv);
	return 0;
}
