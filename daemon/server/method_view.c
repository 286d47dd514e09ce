/* What is told of a session: list, get, subscribe, export. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "record/recording.h"
#include "server/live.h"
#include "server/view.h"

struct listing {
	struct call *c;
	json_t *list;
};

static void
list_row(json_t *list, const struct journal_session *row, const char *role)
{
	json_array_append_new(
	    list, json_pack("{s:s,s:s,s:I,s:b,s:I,s:s}", "session", row->id,
		      "phase", row->phase, "seq", (json_int_t)row->seq,
		      "concluded", row->concluded, "created_at",
		      (json_int_t)row->created_at, "role", role));
}

static bool
list_cb(const struct journal_session *row, void *arg)
{
	struct listing *l = arg;

	list_row(l->list, row, "operator");
	return true;
}

#define LIST_MAX 1000

json_t *
method_list(struct call *c)
{
	static const char *const kinds[] = {
	    "facilitator", "participant", "observer", "invitation"};
	struct listing l = {c, json_array()};
	struct journal_session row;
	const struct hold *hold;
	int r = 0;

	c->ticket = server_newest(c->srv);
	if (c->peer->operator)
		r = journal_each_session(
		    c->srv->journal, "", false, LIST_MAX, list_cb, &l, c->err);
	else
		LIST_FOREACH(hold, &c->peer->holds, next)
			if (hold_valid(c->srv, hold) &&
			    (r = journal_get_session(c->srv->journal,
				 hold->token.session, &row, c->err)) == 1) {
				list_row(l.list, &row, kinds[hold->token.kind]);
				journal_session_clear(&row);
			} else if (r == -1)
				break;
	if (r == -1) {
		json_decref(l.list);
		return NULL;
	}
	return json_pack("{s:o}", "sessions", l.list);
}

/* ---- session.get ---- */

static json_t *
people_json(const struct session *s)
{
	return json_pack("{s:I,s:I,s:I}", "present",
	    (json_int_t)session_present(s), "joined",
	    (json_int_t)s->nparticipants, "quorum",
	    (json_int_t)session_quorum(s));
}

/* Names and who has contributed only where nobody is anonymous; the
 * facilitator of an anonymous session sees ids. */
static json_t *
participants_json(const struct session *s, const struct viewer *v)
{
	static const char *const presence[] = {
	    "present", "withdrawn", "removed"};
	bool anonymous = session_setting(s, "anonymous") != 0;
	json_t *list = json_array(), *o;
	const struct participant *p;
	size_t i;

	if ((anonymous && !v->facilitator) || v->left)
		return list;
	for (i = 0; i < s->nparticipants; i++) {
		p = &s->participants[i];
		o = json_pack("{s:s,s:s,s:b}", "participant", p->id, "presence",
		    presence[p->presence], "facilitator", p->facilitator);
		if (!anonymous && p->name != NULL)
			json_object_set_new(o, "name", json_string(p->name));
		if (!anonymous && !session_unsaid(s))
			json_object_set_new(o, "complete",
			    json_boolean(session_is_complete(s, (int)i)));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *
you_json(const struct call *c, const struct viewer *v)
{
	static const struct {
		unsigned bit;
		const char *name;
	} names[] = {{MAY_FACILITATOR, "facilitator"},
	    {MAY_PARTICIPANT, "participant"}, {MAY_OPERATOR, "operator"}};
	const struct session *s = c->live->s;
	json_t *roles = json_array(), *given = json_object(), *o;
	const struct participant *p;
	size_t i;

	for (i = 0; i < sizeof names / sizeof *names; i++)
		if ((c->roles & names[i].bit) != 0)
			json_array_append_new(
			    roles, json_string(names[i].name));
	o = json_pack("{s:o,s:o}", "roles", roles, "given", given);
	if (v->participant == -1)
		return o;
	p = &s->participants[v->participant];
	json_object_set_new(o, "participant", json_string(p->id));
	json_object_set_new(o, "complete",
	    json_boolean(session_is_complete(s, v->participant)));
	json_object_set_new(o, "abstained", json_boolean(p->abstained));
	for (i = 0; s->procedure->slots[i].name != NULL; i++)
		if (p->given[i].seq != 0)
			json_object_set_new(given, s->procedure->slots[i].name,
			    json_integer(p->given[i].seq));
	return o;
}

static json_t *
shown_json(const struct session *s, int statement)
{
	const struct statement *st = &s->statements[statement];

	return json_pack("{s:s,s:s*,s:b}", "statement", st->id, "text",
	    st->text, "struck", st->struck);
}

static json_t *
slate_json(const struct session *s, const struct viewer *v)
{
	size_t *order = calloc(s->nslate + 1, sizeof *order), i;
	json_t *list = json_array();

	session_slate_order(s, v->participant, order);
	for (i = 0; i < s->nslate; i++)
		json_array_append_new(list, shown_json(s, s->slate[order[i]]));
	free(order);
	return list;
}

/* The slate as drafted, while the facilitator looks at it. */
static void
get_review(json_t *o, const struct session *s, const struct viewer *v)
{
	json_t *list;
	size_t i;

	if (!v->facilitator || s->ndrafted == 0 || s->nslate > 0)
		return;
	list = json_array();
	for (i = 0; i < s->ndrafted; i++)
		json_array_append_new(list, shown_json(s, s->drafted[i]));
	json_object_set_new(o, "review", list);
}

static json_t *
jobs_json(const struct session *s, enum job_kind kind)
{
	json_int_t n = 0, done = 0, failed = 0;
	size_t i;

	for (i = 0; i < s->njobs; i++)
		if (s->jobs[i].kind == kind) {
			n++;
			done += s->jobs[i].state == JOB_DONE;
			failed += s->jobs[i].state == JOB_FAILED;
		}
	return json_pack(
	    "{s:I,s:I,s:I}", "done", done, "of", n, "failed", failed);
}

static json_t *
statement_ref(const struct session *s, int st)
{
	return st == -1 ? json_null() : json_string(s->statements[st].id);
}

static json_t *
rounds_json(const struct session *s)
{
	json_t *list = json_array(), *o;
	const struct round_result *r;
	size_t i;

	for (i = 0; i < s->nresults; i++) {
		r = &s->results[i];
		o = json_pack("{s:I,s:o,s:o,s:b,s:I}", "round", (json_int_t)i,
		    "elected", statement_ref(s, r->elected), "winner",
		    statement_ref(s, r->winner), "overridden", r->overridden,
		    "ballots", (json_int_t)r->ballots);
		if (r->winner != -1 && s->statements[r->winner].text != NULL)
			json_object_set_new(o, "text",
			    json_string(s->statements[r->winner].text));
		json_array_append_new(list, o);
	}
	return list;
}

static void
get_course(json_t *o, const struct session *s, const struct messages *m)
{
	const struct phase *phase = session_phase(s);

	json_object_set_new(o, "phase", json_string(phase->name));
	json_object_set_new(o, "phase_help",
	    json_string(message_named(m, "phase", phase->name, phase->help)));
	json_object_set_new(o, "round", json_integer(s->round));
	json_object_set_new(
	    o, "rounds", json_integer(session_setting(s, "rounds")));
	json_object_set_new(o, "phase_at", json_integer(s->phase_at));
	json_object_set_new(o, "wake_at", json_integer(s->wake_at));
	json_object_set_new(o, "paused", json_boolean(s->paused));
	json_object_set_new(o, "asked", json_boolean(s->asked));
	json_object_set_new(o, "concluded", json_boolean(s->concluded));
	json_object_set_new(o, "progress",
	    json_pack("{s:I,s:I}", "done",
		phase->wait == WAIT_PEOPLE ? (json_int_t)session_complete(s)
					   : 0,
		"of", (json_int_t)session_present(s)));
	json_object_set_new(o, "jobs",
	    json_pack("{s:o,s:o}", "drafts", jobs_json(s, JOB_DRAFT),
		"predictions", jobs_json(s, JOB_PREDICT)));
	json_object_set_new(o, "calls", json_integer(s->calls));
}

json_t *
method_get(struct call *c)
{
	const struct session *s = c->live->s;
	const struct messages *m = live_words(c->live);
	char hash[2 * DIGEST_LEN + 1];
	struct viewer v;
	json_t *o, *result;

	role_viewer(c->peer, c->live, &v);
	hex_encode(s->hash, DIGEST_LEN, hash);
	o = json_pack("{s:s,s:s,s:I,s:s,s:{s:s*,s:s*,s:s*},s:o,s:s*}",
	    "session", s->id, "procedure", s->procedure->version, "seq",
	    (json_int_t)s->seq, "hash", hash, "question", "text", s->question,
	    "affirming", s->affirming, "negating", s->negating, "settings",
	    settings_json(s->procedure, s->settings), "terms", s->terms);
	json_object_set_new(o, "drafter",
	    json_pack("{s:s,s:s*}", "endpoint", s->endpoint, "model",
		s->model[0] != '\0' ? s->model : NULL));
	get_course(o, s, m);
	json_object_set_new(o, "people", people_json(s));
	json_object_set_new(o, "participants", participants_json(s, &v));
	json_object_set_new(o, "you", you_json(c, &v));
	json_object_set_new(o, "slate", slate_json(s, &v));
	get_review(o, s, &v);
	json_object_set_new(o, "asks", asks_json(s, &v, m));
	json_object_set_new(o, "language", live_language(c->live));
	json_object_set_new(o, "rounds_done", rounds_json(s));
	result = result_json(s);
	if (result != NULL)
		json_object_set_new(o, "result", result);
	return o;
}

/* ---- events ---- */

json_t *
method_subscribe(struct call *c)
{
	int64_t after = 0;

	if (json_get_int(c->r->params, "after", JSON_OPTIONAL, 0,
		c->live->s->seq, &after, c->err) == -1 ||
	    subscription_add(c->peer, c->live, after, c->err) == -1)
		return NULL;
	return json_pack("{s:s,s:I}", "session", c->live->id, "seq",
	    (json_int_t)c->live->s->seq);
}

json_t *
method_unsubscribe(struct call *c)
{
	struct subscription *sub = subscription_find(c->peer, c->live);

	if (sub != NULL)
		subscription_free(sub);
	return json_object();
}

/* ---- export ---- */

#define PAGE_EVENTS 200
#define PAGE_BYTES  262144

struct page {
	struct session view;
	struct viewer viewer;
	json_t *lines;
	int64_t last, durable;
	size_t bytes;
	struct err *err;
	bool failed;
};

static bool
page_may_cb(const struct event *e, const struct sealed *item, void *arg)
{
	struct page *p = arg;

	return session_may_read(&p->view, &p->viewer, e, item->name);
}

static bool
page_cb(const struct journal_event *row, void *arg)
{
	struct page *p = arg;
	struct buf line = {0};
	struct event *e;

	if (row->seq > p->durable)
		return false;
	e = event_parse(
	    row->bytes, row->len, row->sealed, row->sealed_len, p->err);
	if (e == NULL) {
		p->failed = true;
		return false;
	}
	memcpy(e->hash, row->hash, DIGEST_LEN);
	recording_line(&line, e, page_may_cb, p);
	if (line.len > 0 && line.data[line.len - 1] == '\n')
		line.len--;
	json_array_append_new(p->lines, json_stringn(line.data, line.len));
	p->bytes += line.len;
	p->last = e->seq;
	buf_free(&line);
	event_destroy(e);
	return p->bytes < PAGE_BYTES;
}

json_t *
method_export(struct call *c)
{
	struct page p = {.err = c->err};
	const char *as = NULL;
	int64_t after = -1;
	json_t *o;

	if (json_get_int(c->r->params, "after", JSON_OPTIONAL, -1, JSON_INT_MAX,
		&after, c->err) == -1 ||
	    json_get_str(c->r->params, "as", JSON_OPTIONAL, &as, c->err) == -1)
		return NULL;
	live_view(c->live, &p.view);
	role_viewer(c->peer, c->live, &p.viewer);
	if (as != NULL) {
		if (strcmp(as, "operator") != 0 || !c->peer->operator) {
			err_set(c->err, ERR_NOT_PERMITTED, "as",
			    "as is operator, and only the operator may");
			return NULL;
		}
		p.viewer.everything = true;
	}
	p.lines = json_array();
	p.last = after;
	p.durable = c->live->durable;
	if (journal_each_event(c->srv->journal, c->live->id,
		after < 0 ? 0 : after, PAGE_EVENTS, page_cb, &p,
		c->err) == -1 ||
	    p.failed) {
		json_decref(p.lines);
		return NULL;
	}
	o = json_pack("{s:o}", "lines", p.lines);
	if (after < 0)
		json_object_set_new(o, "header", json_string(c->live->header));
	json_object_set_new(o, "next",
	    p.last > 0 && p.last < p.durable ? json_integer(p.last)
					     : json_null());
	return o;
}
