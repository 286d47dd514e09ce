/*
 * What the fake model says: a draft joins sentences of different people, a
 * ranking goes by the share of a person's words.  Both from the JSON lines of
 * the prompt alone.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/stream.h"
#include "base/text.h"
#include "tests/fake/fake.h"

#define TEXTS_MAX 1100
#define TERMS_MAX 20000

/* What the prompt holds. */
struct told {
	char *opinions[TEXTS_MAX], *critiques[TEXTS_MAX],
	    *candidates[TEXTS_MAX];
	size_t nopinions, ncritiques, ncandidates;
	char *winner;
	size_t max_chars;
};

static void
take(char **list, size_t *n, const json_t *o, const char *member)
{
	const char *s = json_string_value(json_object_get(o, member));

	if (s != NULL && *n < TEXTS_MAX)
		list[(*n)++] = xstrdup(s);
}

static void
read_line(struct told *t, const json_t *o)
{
	const char *winner = json_string_value(json_object_get(o, "winner"));

	take(t->opinions, &t->nopinions, o, "opinion");
	take(t->critiques, &t->ncritiques, o, "critique");
	if (json_object_get(o, "statement") != NULL)
		take(t->candidates, &t->ncandidates, o, "text");
	if (winner != NULL && t->winner == NULL)
		t->winner = xstrdup(winner);
}

static void
read_user(struct told *t, const char *text)
{
	char *copy = xstrdup(text), *rest = copy, *line;
	json_t *o;

	while ((line = strsep(&rest, "\n")) != NULL) {
		if (line[0] != '{')
			continue;
		o = json_loads(line, 0, NULL);
		read_line(t, o);
		json_decref(o);
	}
	free(copy);
}

/* The 32 hexadecimal digits behind the last colon of the rules. */
static char *
read_canary(const char *system)
{
	const char *at = strstr(system, "must not appear in your reply: ");

	return at != NULL ? xstrndup(strchr(at, ':') + 2, 32) : xstrdup("");
}

static void
told_clear(struct told *t)
{
	size_t i;

	for (i = 0; i < t->nopinions; i++)
		free(t->opinions[i]);
	for (i = 0; i < t->ncritiques; i++)
		free(t->critiques[i]);
	for (i = 0; i < t->ncandidates; i++)
		free(t->candidates[i]);
	free(t->winner);
	free(t);
}

/* ---- drafting ---- */

static void
add_sentence(
    struct buf *out, const char *text, const struct span *s, size_t max_chars)
{
	char *one = xstrndup(text + s->at, s->len);

	if ((out->len == 0 || strstr(out->data, one) == NULL) &&
	    text_chars(one) + (out->len > 0 ? text_chars(out->data) : 0) + 1 <=
		max_chars)
		buf_addf(out, "%s%s", out->len > 0 ? " " : "", one);
	free(one);
}

/* One sentence of a text, drawn; or all of them. */
static void
add_from(struct buf *out, const char *text, struct stream *draw, bool all,
    size_t max_chars)
{
	size_t n, i;
	struct span *v = text_sentences(text, &n);

	if (n > 0 && !all)
		add_sentence(out, text, &v[stream_below(draw, n)], max_chars);
	for (i = 0; all && i < n; i++)
		add_sentence(out, text, &v[i], max_chars);
	free(v);
}

static char *
draft(const struct told *t, struct stream *draw)
{
	size_t *order = xcalloc(TEXTS_MAX, sizeof *order), i, n;
	struct buf statement = {0}, out = {0};

	if (t->winner != NULL)
		add_from(
		    &statement, t->winner, draw, true, t->max_chars * 2 / 3);
	stream_permute(draw, order, t->ncritiques);
	for (i = 0; i < t->ncritiques && i < 3; i++)
		add_from(&statement, t->critiques[order[i]], draw, false,
		    t->max_chars);
	n = t->winner != NULL ? 1 : 2 + stream_below(draw, 3);
	stream_permute(draw, order, t->nopinions);
	for (i = 0; i < t->nopinions && i < n; i++)
		add_from(&statement, t->opinions[order[i]], draw, false,
		    t->max_chars);
	if (statement.len == 0)
		buf_adds(&statement, "We have not said anything yet.");
	buf_adds(&out, "{\"reasoning\":\"sentences of different people\","
		       "\"statement\":");
	json_quote(&out, statement.data, statement.len);
	buf_addc(&out, '}');
	buf_free(&statement);
	free(order);
	return buf_take(&out);
}

/* ---- ranking ---- */

struct terms {
	uint64_t v[TERMS_MAX];
	size_t n;
};

static void
term_cb(const char *term, size_t len, void *arg)
{
	struct terms *t = arg;
	uint64_t h = 1469598103934665603u;
	size_t i;

	for (i = 0; i < len; i++)
		h = (h ^ (unsigned char)term[i]) * 1099511628211u;
	if (t->n < TERMS_MAX)
		t->v[t->n++] = h;
}

static int
term_cmp(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Thousandths of the statement's words that are the person's too. */
static int
overlap(const struct terms *person, const char *statement)
{
	struct terms *t = xcalloc(1, sizeof *t);
	size_t i, shared = 0;
	int r;

	text_terms(statement, strlen(statement), term_cb, t);
	for (i = 0; i < t->n; i++)
		shared += bsearch(&t->v[i], person->v, person->n,
			      sizeof *person->v, term_cmp) != NULL;
	r = t->n > 0 ? (int)(shared * 1000 / t->n) : 0;
	free(t);
	return r;
}

/* All that is known of the person; free(3). */
static struct terms *
person_of(const struct told *t)
{
	struct terms *person = xcalloc(1, sizeof *person);
	size_t i;

	for (i = 0; i < t->nopinions; i++)
		text_terms(
		    t->opinions[i], strlen(t->opinions[i]), term_cb, person);
	for (i = 0; i < t->ncritiques; i++)
		text_terms(
		    t->critiques[i], strlen(t->critiques[i]), term_cb, person);
	qsort(person->v, person->n, sizeof *person->v, term_cmp);
	return person;
}

static char *
rank(const struct told *t, bool reasoning)
{
	struct terms *person = person_of(t);
	int *score = xcalloc(t->ncandidates + 1, sizeof *score);
	struct buf out = {0};
	size_t i, k, best;

	for (i = 0; i < t->ncandidates; i++)
		score[i] = overlap(person, t->candidates[i]);
	buf_addf(&out, "{%s\"ranking\":[",
	    reasoning ? "\"reasoning\":\"by the words they share\"," : "");
	for (k = 0; k < t->ncandidates; k++) {
		for (best = 0, i = 1; i < t->ncandidates; i++)
			if (score[i] > score[best])
				best = i;
		score[best] = -1;
		buf_addf(&out, "%s%zu", k > 0 ? "," : "", best + 1);
	}
	buf_adds(&out, "]}");
	free(score);
	free(person);
	return buf_take(&out);
}

/* ---- rating ---- */

/* A hump around the digit that the shared words come to, as some models weigh
 * it, with a token that is none among them. */
static json_t *
weigh(int digit)
{
	static const struct {
		int step;
		double logprob;
	} weights[] = {{0, -0.5}, {1, -1.6}, {-1, -1.7}, {2, -4.0}, {-2, -4.2}};
	json_t *list = json_array();
	char token[4];
	size_t i;
	int d;

	for (i = 0; i < sizeof weights / sizeof *weights; i++) {
		d = digit + weights[i].step;
		if (d < 0 || d > 9)
			continue;
		snprintf(token, sizeof token, "%s%d", i % 2 ? " " : "", d);
		json_array_append_new(
		    list, json_pack("{s:s,s:f,s:n}", "token", token, "logprob",
			      weights[i].logprob, "bytes"));
	}
	json_array_append_new(list, json_pack("{s:s,s:f,s:n}", "token", "The",
					"logprob", -9999.0, "bytes"));
	return list;
}

static char *
rate(const struct told *t, struct fake_reply *r, bool logprobs)
{
	struct terms *person = person_of(t);
	json_t *list;
	int digit;

	digit = overlap(person, t->candidates[0]) * 9 / 1000;
	free(person);
	list = weigh(digit);
	if (logprobs)
		r->logprobs = json_pack("{s:[{s:s,s:f,s:n,s:O}],s:n}",
		    "content", "token", "7", "logprob", -0.5, "bytes",
		    "top_logprobs", list, "refusal");
	json_decref(list);
	return xasprintf("%d", digit);
}

/* ---- the request ---- */

static void
read_limit(struct told *t, const char *system)
{
	const char *at = strstr(system, "has at most ");

	t->max_chars = at != NULL ? (size_t)atoi(at + 12) : 0;
	if (t->max_chars == 0)
		t->max_chars = 1000;
}

void
fake_answer(struct fake_reply *r, const struct fake_asked *asked)
{
	struct told *t = xcalloc(1, sizeof *t);
	struct stream draw;
	char text[24];

	read_limit(t, asked->system);
	read_user(t, asked->user);
	r->asked = asked;
	r->kind = t->ncandidates > 0 ? FAKE_PREDICT : FAKE_DRAFT;
	r->canary = read_canary(asked->system);
	r->candidates = t->ncandidates;
	snprintf(text, sizeof text, "%lld", (long long)asked->seed);
	stream_open(&draw, text, "fake", 0, 0);
	if (r->kind == FAKE_DRAFT)
		r->content = draft(t, &draw);
	else if (strstr(asked->system, "Reply with one digit") != NULL)
		r->content = rate(t, r, asked->logprobs);
	else
		r->content =
		    rank(t, strstr(asked->system, "\"reasoning\"") != NULL);
	told_clear(t);
}
