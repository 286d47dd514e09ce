#include "record/share.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "record/recording.h"
#include "session/session.h"

/* A recording, read and folded. */
struct whole {
	struct recording_header header;
	struct event_list events;
	struct session *s;
	size_t headlen; /* of the header line with its newline */
};

static void
whole_clear(struct whole *w)
{
	session_free(w->s);
	event_list_free(&w->events);
}

static int
fold(struct whole *w, struct err *err)
{
	const struct procedure *p = procedure_find(w->header.procedure);
	size_t i;

	if (w->header.imported[0] != '\0')
		return err_set(err, ERR_NOT_FOUND, NULL,
		    "what was imported has no participants of ours and no "
		    "roles");
	if (p == NULL)
		return err_set(err, ERR_BROKEN, NULL,
		    "this program does not know the procedure %s",
		    w->header.procedure);
	w->s = session_new(w->header.session, p, w->header.hash);
	for (i = 0; i < w->events.n; i++)
		if (session_apply(w->s, w->events.v[i], err) == -1)
			return -1;
	return 0;
}

/* -1: nothing is left to clear. */
static int
whole_read(struct whole *w, const char *bytes, size_t len, bool folded,
    struct err *err)
{
	struct recording *r = recording_of(bytes, len);
	const char *newline = memchr(bytes, '\n', len);
	struct event *e;
	int got;

	*w = (struct whole){0};
	got = recording_begin(r, &w->header, err) == 0 ? 1 : -1;
	w->headlen = newline != NULL ? (size_t)(newline - bytes) + 1 : len;
	while (got == 1 && (got = recording_next(r, &e, err)) == 1)
		event_list_add(&w->events, e);
	recording_close(r);
	if (got == 0 && folded)
		got = fold(w, err);
	if (got == -1)
		whole_clear(w);
	return got;
}

/* A participant by id or name; -1 and err. */
static int
find_person(const struct session *s, const char *who, struct err *err)
{
	int found = session_participant(s, who);
	size_t i;

	for (i = 0; i < s->nparticipants && found == -1; i++)
		if (s->participants[i].name != NULL &&
		    strcmp(s->participants[i].name, who) == 0)
			found = (int)i;
	if (found == -1)
		return err_set(err, ERR_NOT_FOUND, NULL,
		    "there is no participant %.60s in it; name an id such as "
		    "p-k3x9a2, or a name",
		    who);
	return found;
}

/* ---- for a role ---- */

struct reader {
	const struct session *s;
	struct viewer viewer;
};

static bool
role_may(const struct event *e, const struct sealed *item, void *arg)
{
	const struct reader *r = arg;

	return session_may_read(r->s, &r->viewer, e, item->name);
}

static int
viewer_of(const struct session *s, const char *role, struct viewer *v,
    struct err *err)
{
	*v = (struct viewer){.participant = -1};
	if (strcmp(role, "operator") == 0)
		v->everything = true;
	else if (strcmp(role, "facilitator") == 0)
		v->facilitator = true;
	else if (strcmp(role, "observer") != 0)
		v->participant = find_person(s, role, err);
	else
		return 0;
	if (v->everything || v->facilitator)
		return 0;
	if (v->participant == -1)
		return -1;
	v->facilitator = s->participants[v->participant].facilitator;
	return 0;
}

static void
write_events(const struct whole *w, const char *bytes,
    bool (*may)(const struct event *e, const struct sealed *item, void *arg),
    void *arg, struct buf *out)
{
	size_t i;

	buf_add(out, bytes, w->headlen);
	for (i = 0; i < w->events.n; i++) {
		recording_line(out, w->events.v[i], may, arg);
		buf_addc(out, '\n');
	}
}

int
share_as(const char *bytes, size_t len, const char *role, struct buf *out,
    struct err *err)
{
	struct reader r;
	struct whole w;
	int code;

	if (strcmp(role, "operator") == 0) {
		buf_add(out, bytes, len);
		return 0;
	}
	if (whole_read(&w, bytes, len, true, err) == -1)
		return -1;
	r.s = w.s;
	code = viewer_of(w.s, role, &r.viewer, err);
	if (code == 0)
		write_events(&w, bytes, role_may, &r, out);
	whole_clear(&w);
	return code;
}

/* ---- without names ---- */

static bool
nameless(const struct event *e, const struct sealed *item, void *arg)
{
	static const char *const names[] = {
	    "name", "labels", "key", "signature", "secret", NULL};
	size_t i;

	(void)e;
	(void)arg;
	for (i = 0; names[i] != NULL; i++)
		if (strcmp(names[i], item->name) == 0)
			return false;
	return true;
}

int
share_anonymous(const char *bytes, size_t len, struct buf *out, struct err *err)
{
	struct whole w;

	if (whole_read(&w, bytes, len, false, err) == -1)
		return -1;
	if (w.header.imported[0] != '\0') {
		whole_clear(&w);
		return err_set(err, ERR_INVALID_PARAMS, NULL,
		    "what was imported cannot be made anonymous as it stands; "
		    "export it to a format such as csv");
	}
	write_events(&w, bytes, nameless, NULL, out);
	whole_clear(&w);
	return 0;
}

/* ---- one person ---- */

struct person {
	const struct session *s;
	int index;
	const char *id;
	json_t *out;
	json_t *jobs; /* of predictions: {job: what is told of it} */
	json_t *own;  /* their texts, for what quotes them */
};

/* The event's bodies, and the names of those that are gone. */
static void
add_bodies(struct person *p, json_t *o, const struct event *e)
{
	json_t *texts = json_object(), *erased = json_array();
	const struct sealed *item;
	size_t i;

	for (i = 0; i < e->nsealed; i++) {
		item = &e->sealed[i];
		if (strcmp(item->name, "key") == 0)
			continue; /* a secret of their program's */
		if (item->body == NULL)
			json_array_append_new(erased, json_string(item->name));
		else
			json_object_set_new(texts, item->name,
			    json_stringn(item->body, item->len));
		if (item->body != NULL && strcmp(item->name, "text") == 0)
			json_array_append_new(
			    p->own, json_stringn(item->body, item->len));
	}
	json_object_set_new(o, "texts", texts);
	json_object_set_new(o, "erased", erased);
}

static bool
is_theirs(const struct person *p, int64_t seq)
{
	const json_t *events = json_object_get(p->out, "events"), *o;
	size_t i;

	json_array_foreach(events, i, o)
		if (json_integer_value(json_object_get(o, "seq")) == seq)
			return true;
	return false;
}

/* What they did, and what was done to them, their texts and statements. */
static bool
is_mentioned(const struct person *p, const struct event *e)
{
	const char *id = event_str(e, "participant");
	int st = session_statement(p->s, event_str(e, "statement"));

	return session_author(p->s, e) == p->index ||
	       (id != NULL && strcmp(id, p->id) == 0) ||
	       is_theirs(p, event_int(e, "contribution", 0)) ||
	       (st != -1 && is_theirs(p, p->s->statements[st].source));
}

static void
add_event(struct person *p, const struct event *e)
{
	json_t *o = json_pack("{s:I,s:I,s:s,s:O}", "seq", (json_int_t)e->seq,
	    "at", (json_int_t)e->at, "type", e->type, "data", e->data);

	add_bodies(p, o, e);
	json_array_append_new(json_object_get(p->out, "events"), o);
}

/* A ballot that was predicted from their words. */
static bool
add_prediction(struct person *p, const struct event *e)
{
	const char *job = event_str(e, "job");
	json_t *who = event_value(e, "person"), *o, *ranking, *rating;
	bool theirs =
	    json_is_string(who) && strcmp(json_string_value(who), p->id) == 0;

	json_decref(who);
	if (job == NULL)
		return false;
	o = json_object_get(p->jobs, job);
	if (theirs && o == NULL) {
		o = json_pack("{s:s,s:s?}", "job", job, "endpoint",
		    event_str(e, "endpoint"));
		json_object_set(p->jobs, job, o);
		json_array_append_new(
		    json_object_get(p->out, "predictions"), o);
	}
	if (o == NULL)
		return false;
	/* Of a prediction in parts, what they came to together. */
	ranking = event_value(e, "ranking");
	if (ranking != NULL)
		json_object_set_new(
		    o, e->of != 0 ? "ballot" : "ranking", ranking);
	rating = event_value(e, "rating");
	if (rating != NULL)
		json_object_set_new(o, "rating", rating);
	return true;
}

/* A draft that their words were sent for: to whom, and in which place. */
static bool
add_draft(struct person *p, const struct event *e)
{
	json_t *order = event_value(e, "permutation"), *o;
	const json_t *who;
	bool found = false;
	size_t i;

	if (strcmp(e->type, "exchange.started") != 0 ||
	    event_sealed(e, "person") != NULL) {
		json_decref(order);
		return false;
	}
	json_array_foreach(order, i, who) {
		if (!json_is_string(who) ||
		    strcmp(json_string_value(who), p->id) != 0)
			continue;
		found = true;
		o = json_pack("{s:I,s:s?,s:s?,s:I}", "seq", (json_int_t)e->seq,
		    "job", event_str(e, "job"), "endpoint",
		    event_str(e, "endpoint"), "place", (json_int_t)i + 1);
		if (event_str(e, "model") != NULL)
			json_object_set_new(
			    o, "model", json_string(event_str(e, "model")));
		json_array_append_new(json_object_get(p->out, "drafts"), o);
	}
	json_decref(order);
	return found;
}

static void
add_order(struct person *p, const struct event *e)
{
	json_t *orders = event_value(e, "orders");
	json_t *order = json_object_get(orders, p->id);

	if (order != NULL)
		json_array_append_new(json_object_get(p->out, "orders"),
		    json_pack("{s:I,s:O}", "seq", (json_int_t)e->seq, "order",
			order));
	json_decref(orders);
}

/* Whether a text repeats theirs. */
static bool
quotes(const struct person *p, const char *text)
{
	const json_t *own;
	size_t i;

	json_array_foreach(p->own, i, own)
		if (text_quotes(text, json_string_value(own), p->s->question))
			return true;
	return false;
}

static void
add_statements(struct person *p)
{
	const struct statement *st;
	size_t i;

	for (i = 0; i < p->s->nstatements; i++) {
		st = &p->s->statements[i];
		if (st->text != NULL && quotes(p, st->text))
			json_array_append_new(
			    json_object_get(p->out, "statements"),
			    json_pack(
				"{s:s,s:s}", "id", st->id, "text", st->text));
	}
}

static void
add_all(struct person *p, const struct event_list *events)
{
	const struct event *e;
	size_t i;

	for (i = 0; i < events->n; i++) {
		e = events->v[i];
		if (strcmp(e->type, "slate.decided") == 0)
			add_order(p, e);
		else if (!add_prediction(p, e) && !add_draft(p, e) &&
			 is_mentioned(p, e))
			add_event(p, e);
	}
	add_statements(p);
}

json_t *
share_person(const char *bytes, size_t len, const char *who, struct err *err)
{
	struct person p = {0};
	struct whole w;

	if (whole_read(&w, bytes, len, true, err) == -1)
		return NULL;
	p.s = w.s;
	p.index = find_person(w.s, who, err);
	if (p.index != -1) {
		p.id = w.s->participants[p.index].id;
		p.jobs = json_object();
		p.own = json_array();
		p.out = json_pack(
		    "{s:s,s:s?,s:s,s:s?,s:[],s:[],s:[],s:[],s:[]}", "session",
		    w.s->id, "question", w.s->question, "participant", p.id,
		    "name", w.s->participants[p.index].name, "events", "drafts",
		    "predictions", "orders", "statements");
		add_all(&p, &w.events);
		json_decref(p.jobs);
		json_decref(p.own);
	}
	whole_clear(&w);
	return p.out;
}
