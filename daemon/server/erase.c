/*
 * Erasing a person's words: participant.erase, the erasing half of
 * participant.withdraw, and doing again at the start what a restored backup
 * has undone.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "server/erasures.h"
#include "server/live.h"
#include "session/erasure.h"

#define RESTORE_MS 60000 /* for one commit at the start */

/* ---- what there is of a person's ---- */

struct scan {
	struct erasure *x;
	int64_t before; /* seq: from here on events are in memory */
	struct err err;
	bool failed;
};

static bool
scan_cb(const struct journal_event *row, void *arg)
{
	struct scan *scan = arg;
	struct event *e;

	if (row->seq >= scan->before)
		return false;
	e = event_parse(
	    row->bytes, row->len, row->sealed, row->sealed_len, &scan->err);
	scan->failed = e == NULL;
	if (e == NULL)
		return false;
	memcpy(e->hash, row->hash, DIGEST_LEN);
	erasure_see(scan->x, e);
	event_destroy(e);
	return true;
}

/* Reads the whole session at once: drafts are not in memory, and erasing is
 * rare.  NULL and err. */
static struct erasure *
scan_session(struct live *live, int who, struct err *err)
{
	struct scan scan = {.x = erasure_new(live->s, who)};
	const struct pending *p = TAILQ_FIRST(&live->pending);
	int r;

	scan.before = p != NULL ? p->event->seq : INT64_MAX;
	r = journal_each_event(
	    live->srv->journal, live->id, 0, INT_MAX, scan_cb, &scan, err);
	if (scan.failed) {
		log_error("session %s: %s", live->id, scan.err.text);
		r = err_set(err, ERR_INTERNAL, "session",
		    "the record of this session cannot be read; the daemon's "
		    "log says where it breaks");
	}
	if (r == -1) {
		erasure_free(scan.x);
		return NULL;
	}
	TAILQ_FOREACH(p, &live->pending, next)
		erasure_see(scan.x, p->event);
	erasure_settle(scan.x);
	return scan.x;
}

/* ---- taking it away ---- */

/* Drafts on their way were asked for with the words: they are asked for anew
 * without them, as after a restart. */
static void
drop_drafts(struct live *live)
{
	const struct job_state *job;
	struct exchange *x, *next;

	for (x = exchange_next(live->srv, live->id, NULL); x != NULL;
	     x = next) {
		next = exchange_next(live->srv, live->id, x);
		job = session_job(live->s, x->job);
		if (job != NULL && job->kind == JOB_DRAFT)
			exchange_free(x);
	}
}

/* Leaving and erasing are one transaction.  The input text.erased, or NULL and
 * err. */
static const struct event *
decide_erasure(
    struct change *change, int who, const json_t *items, struct err *err)
{
	struct live *live = change->live;
	int64_t now = live->srv->now;
	const struct event *e;
	const json_t *item;
	size_t i;

	if (change_decide(
		change, input_withdrawn(live->s, who, true, now), err) == NULL)
		return NULL;
	json_array_foreach(items, i, item)
		batch_erase(change->batch, live->id,
		    json_integer_value(json_object_get(item, "seq")),
		    json_string_value(json_object_get(item, "name")));
	e = change_decide(change, input_erased(live->s, who, items, now), err);
	if (e != NULL)
		drop_drafts(live);
	return e;
}

static json_t *
quote_json(const struct erasure *x, const struct quote *q, bool blanked)
{
	int st = session_statement(x->s, q->statement);
	json_t *o = json_pack("{s:I,s:s}", "seq", (json_int_t)q->seq, "state",
	    blanked ? "blanked" : quote_states[q->state]);

	if (st == -1)
		return o;
	json_object_set_new(o, "statement", json_string(q->statement));
	/* its vote has closed: everybody may read it */
	if (!blanked && q->state == QUOTE_KEPT &&
	    x->s->statements[st].text != NULL)
		json_object_set_new(
		    o, "text", json_string(x->s->statements[st].text));
	return o;
}

static void
add_account(
    json_t *o, const struct erasure *x, const json_t *items, bool quotes)
{
	json_t *list = json_array();
	const struct quote *q;
	size_t i;

	for (i = 0; i < x->nquotes; i++) {
		q = &x->quotes[i];
		json_array_append_new(
		    list, quote_json(x, q, quotes && q->state == QUOTE_KEPT));
	}
	json_object_set_new(o, "erased", json_integer((json_int_t)x->texts));
	json_object_set_new(
	    o, "items", json_integer((json_int_t)json_array_size(items)));
	json_object_set_new(o, "quotes", list);
}

/* The list comes first: an erasure that was answered for is in it.  One that
 * then fails is done at the next start; one that is refused is not in it. */
static json_t *
erase(struct call *c, const struct erasure *x, const json_t *items, bool quotes)
{
	struct live *live = c->live;
	struct change change;
	const struct event *e;
	json_t *answer = NULL;

	if (!change_room(c->srv, c->err) ||
	    (json_array_size(items) > 0 &&
		erasures_add(c->srv->erasures, live->id,
		    live->s->participants[x->participant].id, items,
		    c->srv->now, c->err) == -1))
		return NULL;
	change_begin(&change, live);
	e = decide_erasure(&change, x->participant, items, c->err);
	if (e == NULL) {
		change_drop(&change);
		return NULL;
	}
	answer = method_receipt(e);
	add_account(answer, x, items, quotes);
	c->ticket = change_commit(&change, c->err);
	if (c->ticket == -1) {
		c->ticket = 0;
		json_decref(answer);
		return NULL;
	}
	work_start(live);
	return answer;
}

json_t *
method_erase_person(struct call *c, int who, bool quotes, bool preview)
{
	struct erasure *x = scan_session(c->live, who, c->err);
	json_t *items, *answer;

	if (x == NULL)
		return NULL;
	items = erasure_items(x, quotes);
	if (preview) {
		answer = json_pack("{s:b}", "preview", true);
		add_account(answer, x, items, false);
	} else
		answer = erase(c, x, items, quotes);
	json_decref(items);
	erasure_free(x);
	return answer;
}

/* Oneself, or anybody for the operator, who is asked by letter. */
static int
person(struct call *c)
{
	const char *id = NULL;
	int who;

	if (json_get_str(
		c->r->params, "participant", JSON_OPTIONAL, &id, c->err) == -1)
		return -1;
	if (id == NULL || (c->roles & MAY_OPERATOR) == 0)
		return role_participant(c->peer, c->live, id, c->err);
	who = session_participant(c->live->s, id);
	if (who == -1)
		err_set(c->err, ERR_NOT_FOUND, "participant",
		    "no such participant in this session");
	return who;
}

json_t *
method_erase(struct call *c)
{
	const char *quotes;
	bool preview = false, blank;
	int who = person(c);

	if (who == -1 ||
	    json_get_str(
		c->r->params, "quotes", JSON_REQUIRED, &quotes, c->err) == -1 ||
	    json_get_bool(
		c->r->params, "preview", JSON_OPTIONAL, &preview, c->err) == -1)
		return NULL;
	blank = strcmp(quotes, "blank") == 0;
	if (!blank && strcmp(quotes, "keep") != 0) {
		err_set(c->err, ERR_INVALID_PARAMS, "quotes",
		    "quotes is keep (statements that repeat these words "
		    "stay) or blank");
		return NULL;
	}
	return method_erase_person(c, who, blank, preview);
}

/* ---- after a backup was restored ---- */

struct seek {
	const json_t *item;
	bool there;
};

static bool
seek_cb(const struct journal_event *row, void *arg)
{
	struct seek *seek = arg;
	const char *name =
	    json_string_value(json_object_get(seek->item, "name"));
	const char *hex =
	    json_string_value(json_object_get(seek->item, "hash"));
	uint8_t hash[DIGEST_LEN];
	struct event *e;

	if (name == NULL || hex == NULL ||
	    row->seq !=
		json_integer_value(json_object_get(seek->item, "seq")) ||
	    !hex_decode(hex, strlen(hex), hash, DIGEST_LEN) ||
	    memcmp(hash, row->hash, DIGEST_LEN) != 0)
		return false;
	e = event_parse(
	    row->bytes, row->len, row->sealed, row->sealed_len, NULL);
	seek->there = e != NULL && event_body(e, name) != NULL;
	event_destroy(e);
	return false;
}

/* Those of the items that are there again; NULL and err. */
static json_t *
items_there(struct server *srv, const char *session, const json_t *items,
    struct err *err)
{
	json_t *left = json_array();
	struct seek seek;
	int64_t seq;
	size_t i;

	json_array_foreach(items, i, seek.item) {
		seek.there = false;
		seq = json_integer_value(json_object_get(seek.item, "seq"));
		if (journal_each_event(srv->journal, session, seq - 1, 1,
			seek_cb, &seek, err) == -1) {
			json_decref(left);
			return NULL;
		}
		if (seek.there)
			json_array_append(left, (json_t *)seek.item);
	}
	return left;
}

/* There is no loop yet. */
static int
await(struct server *srv, int64_t ticket, struct err *err)
{
	struct pollfd p = {.fd = srv->efd, .events = POLLIN};
	uint64_t n;

	journal_flush(srv->journal);
	while (srv->released < ticket) {
		if (poll(&p, 1, RESTORE_MS) == 0)
			return err_set(err, ERR_JOURNAL_UNAVAILABLE, NULL,
			    "the journal does not answer");
		if (read(srv->efd, &n, sizeof n) == -1 && errno != EAGAIN &&
		    errno != EINTR)
			return err_set(err, ERR_INTERNAL, NULL,
			    "the journal's bell is broken");
		commit_poll(srv);
	}
	return 0;
}

static int
erase_again(struct live *live, const char *participant, const json_t *items,
    struct err *err)
{
	struct change change;
	int64_t ticket;
	int who = session_participant(live->s, participant);

	if (who == -1)
		return err_set(err, ERR_BROKEN, NULL,
		    "it has no participant %.20s", participant);
	change_begin(&change, live);
	if (decide_erasure(&change, who, items, err) == NULL) {
		change_drop(&change);
		return -1;
	}
	ticket = change_commit(&change, err);
	if (ticket == -1 || await(live->srv, ticket, err) == -1)
		return -1;
	if (live->doomed)
		return err_set(err, ERR_JOURNAL_UNAVAILABLE, NULL,
		    "the journal cannot be written");
	return 0;
}

/* A session that cannot be read is served to nobody. */
static int
restore_session(struct server *srv, const char *session,
    const char *participant, const json_t *items, struct err *err)
{
	struct live *live = NULL;
	struct err why;
	int r = live_get(srv, session, &live, err);

	while (r == -1 && live->state == LIVE_LOADING)
		if (!live_load_step(live, err))
			r = live->state == LIVE_AWAKE;
	if (r != 1) {
		log_error("session %s: erased words are in it again, and it "
			  "cannot be read: %s",
		    session, err->text);
		return 0;
	}
	r = erase_again(live, participant, items, err);
	live_free(live);
	if (r == 0) {
		log_note("session %s: %zu erased texts had come back with a "
			 "restored journal; they are erased again",
		    session, json_array_size(items));
		return 0;
	}
	why = *err;
	return err_set(err, why.code, NULL,
	    "session %.20s holds erased words again and they cannot be "
	    "erased: %.300s",
	    session, why.text);
}

static int
restore_cb(const char *session, const char *participant, const json_t *items,
    void *arg, struct err *err)
{
	struct server *srv = arg;
	json_t *left = items_there(srv, session, items, err);
	int r = left == NULL ? -1 : 0;

	if (json_array_size(left) > 0)
		r = restore_session(srv, session, participant, left, err);
	json_decref(left);
	return r;
}

int
erase_restored(struct server *srv, struct err *err)
{
	return erasures_each(srv->erasures, restore_cb, srv, err);
}
