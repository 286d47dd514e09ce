#include "session/erasure.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

const char *const quote_states[] = {"kept", "open", "text"};

#define COPY "text." /* of a slate: text.s3 */

struct erasure *
erasure_new(const struct session *s, int participant)
{
	struct erasure *x = xcalloc(1, sizeof *x);

	x->s = s;
	x->participant = participant;
	x->own = json_array();
	x->words = json_array();
	x->mine = json_object();
	x->texts = s->participants[participant].ntexts;
	x->question =
	    xasprintf("%s\n%s\n%s", s->question != NULL ? s->question : "",
		s->affirming != NULL ? s->affirming : "",
		s->negating != NULL ? s->negating : "");
	return x;
}

void
erasure_free(struct erasure *x)
{
	size_t i;

	if (x == NULL)
		return;
	for (i = 0; i < x->nquotes; i++)
		json_decref(x->quotes[i].items);
	free(x->quotes);
	json_decref(x->own);
	json_decref(x->words);
	json_decref(x->mine);
	free(x->question);
	free(x);
}

static void
add_item(json_t *list, const struct event *e, const char *name)
{
	char hash[2 * DIGEST_LEN + 1];

	hex_encode(e->hash, DIGEST_LEN, hash);
	json_array_append_new(
	    list, json_pack("{s:s,s:s,s:I}", "hash", hash, "name", name, "seq",
		      (json_int_t)e->seq));
}

/* ---- what is their own ---- */

/* Texts come in the order in which they were given. */
static void
see_own(struct erasure *x, const struct event *e)
{
	const struct participant *p = &x->s->participants[x->participant];
	const char *body;
	bool any = false;
	size_t i;

	for (i = 0; i < p->ntexts; i++) {
		if (p->texts[i].seq != e->seq)
			continue;
		any = true;
		add_item(x->own, e, p->texts[i].name);
		body = event_body(e, p->texts[i].name);
		if (body != NULL)
			json_array_append_new(x->words, json_string(body));
	}
	if (any && event_sealed(e, "key") != NULL)
		add_item(x->own, e, "key");
}

static bool
names(const json_t *list, const char *id)
{
	const json_t *v;
	size_t i;

	json_array_foreach(list, i, v)
		if (json_is_string(v) && strcmp(json_string_value(v), id) == 0)
			return true;
	return false;
}

/* The digest of a prompt that held their words would confirm a guess. */
static void
see_prompt(struct erasure *x, const struct event *e)
{
	const char *id = x->s->participants[x->participant].id;
	json_t *person, *order;

	if (event_sealed(e, "prompt") == NULL)
		return;
	person = event_value(e, "person");
	order = event_value(e, "permutation");
	if (person != NULL ? json_is_string(person) &&
				 strcmp(json_string_value(person), id) == 0
			   : names(order, id))
		add_item(x->own, e, "prompt");
	json_decref(person);
	json_decref(order);
}

/* ---- what repeats it ---- */

static bool
repeats(const struct erasure *x, const char *text)
{
	const json_t *words;
	size_t i;

	if (text == NULL)
		return false;
	json_array_foreach(x->words, i, words)
		if (text_quotes(text, json_string_value(words), x->question))
			return true;
	return false;
}

static struct quote *
add_quote(struct erasure *x, int64_t seq, const char *statement)
{
	struct quote *q;

	x->quotes =
	    xgrow(x->quotes, x->nquotes, &x->capquotes, sizeof *x->quotes);
	q = &x->quotes[x->nquotes++];
	*q = (struct quote){.seq = seq, .items = json_array()};
	strlcpy(q->statement, statement, sizeof q->statement);
	return q;
}

static struct quote *
find_quote(const struct erasure *x, int64_t seq, const char *statement)
{
	size_t i;

	for (i = 0; i < x->nquotes; i++)
		if (statement != NULL
			? strcmp(x->quotes[i].statement, statement) == 0
			: x->quotes[i].seq == seq)
			return &x->quotes[i];
	return NULL;
}

/* A draft with its reasoning, which is about their words. */
static void
see_draft(struct erasure *x, const struct event *e)
{
	struct quote *q;

	if (!repeats(x, event_body(e, "text")) &&
	    !repeats(x, event_body(e, "reasoning")))
		return;
	q = add_quote(x, e->seq, "");
	add_item(q->items, e, "text");
	add_item(q->items, e, "reasoning");
}

static void
see_proposal(struct erasure *x, const struct event *e)
{
	if (session_author(x->s, e) != x->participant &&
	    repeats(x, event_body(e, "text")))
		add_quote(x, e->seq, "")->state = QUOTE_TEXT;
}

/* Which statement came from where. */
static void
see_candidates(struct erasure *x, const struct event *e)
{
	json_t *list = event_value(e, "candidates"), *c;
	int64_t source;
	const char *id;
	struct quote *q;
	size_t i, own;
	json_t *item;

	json_array_foreach(list, i, c) {
		id = json_string_value(json_object_get(c, "id"));
		if (id == NULL || session_statement(x->s, id) == -1)
			continue;
		source = x->s->statements[session_statement(x->s, id)].source;
		q = find_quote(x, source, NULL);
		if (q != NULL)
			strlcpy(q->statement, id, sizeof q->statement);
		json_array_foreach(x->own, own, item)
			if (json_integer_value(json_object_get(item, "seq")) ==
			    source)
				json_object_set_new(x->mine, id, json_true());
	}
	json_decref(list);
}

/* The texts of a slate are copies, all under the statements' own names. */
static void
see_slate(struct erasure *x, const struct event *e)
{
	const char *name, *id;
	struct quote *q;
	size_t i;

	for (i = 0; i < e->nsealed; i++) {
		name = e->sealed[i].name;
		if (strncmp(name, COPY, strlen(COPY)) != 0)
			continue;
		id = name + strlen(COPY);
		if (json_object_get(x->mine, id) != NULL)
			add_item(x->own, e, name);
		else if ((q = find_quote(x, 0, id)) != NULL)
			add_item(q->items, e, name);
	}
}

static const struct {
	const char *type;
	void (*see)(struct erasure *x, const struct event *e);
} rows[] = {
    {"exchange.started", see_prompt},
    {"exchange.finished", see_draft},
    {"statement.proposed", see_proposal},
    {"drafts.admitted", see_candidates},
    {"statements.added", see_candidates},
    {"slate.drafted", see_slate},
    {"slate.decided", see_slate},
};

void
erasure_see(struct erasure *x, const struct event *e)
{
	size_t i;

	see_own(x, e);
	for (i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(rows[i].type, e->type) == 0)
			rows[i].see(x, e);
}

/* ---- what goes ---- */

/* What is on an open ballot, or may come onto one, must stay readable. */
static enum quote_state
state_of(const struct erasure *x, const struct quote *q)
{
	int st = session_statement(x->s, q->statement);

	if (q->state == QUOTE_TEXT || x->s->concluded)
		return q->state;
	if (st == -1)
		return QUOTE_OPEN;
	return session_slate_place(x->s, st) != -1 || st == x->s->previous ||
		       x->s->statements[st].round > x->s->closed_round
		   ? QUOTE_OPEN
		   : QUOTE_KEPT;
}

json_t *
erasure_items(const struct erasure *x, bool quotes)
{
	json_t *items = json_copy(x->own);
	size_t i;

	for (i = 0; quotes && i < x->nquotes; i++)
		if (x->quotes[i].state == QUOTE_KEPT)
			json_array_extend(items, x->quotes[i].items);
	return items;
}

void
erasure_settle(struct erasure *x)
{
	size_t i;

	for (i = 0; i < x->nquotes; i++)
		x->quotes[i].state = state_of(x, &x->quotes[i]);
}
