/*
 * The offline drafter.  Integers only: what it says is recorded, and must be
 * the same with every compiler on every machine.
 */
#include "llm/offline.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/stream.h"
#include "base/text.h"

const char offline_notice[] =
    "No language model took part: these drafts put together sentences that "
    "people wrote, word for word.";

#define SENTENCES_MAX 400  /* considered for one draft */
#define TERMS_MAX     4000 /* of one text */
#define PICKS_MAX     6
#define PICKS_MIN     2
#define TERMS_MIN     3 /* fewer say too little to stand alone */

/* ---- terms: sorted sets of 64-bit hashes ---- */

struct terms {
	uint64_t *v;
	size_t n, cap;
};

static void
term_add_cb(const char *term, size_t len, void *arg)
{
	struct terms *t = arg;
	uint64_t h = 14695981039346656037u; /* FNV-1a */
	size_t i;

	if (t->n >= TERMS_MAX)
		return;
	for (i = 0; i < len; i++)
		h = (h ^ (unsigned char)term[i]) * 1099511628211u;
	t->v = xgrow(t->v, t->n, &t->cap, sizeof *t->v);
	t->v[t->n++] = h;
}

static int
term_cmp(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void
terms_sort(struct terms *t)
{
	size_t i, n = 0;

	if (t->n > 1)
		qsort(t->v, t->n, sizeof *t->v, term_cmp);
	for (i = 0; i < t->n; i++)
		if (n == 0 || t->v[n - 1] != t->v[i])
			t->v[n++] = t->v[i];
	t->n = n;
}

static void
terms_of(struct terms *t, const char *text, size_t len)
{
	text_terms(text, len, term_add_cb, t);
	terms_sort(t);
}

static bool
terms_has(const struct terms *t, uint64_t term)
{
	return t->n > 0 &&
	       bsearch(&term, t->v, t->n, sizeof *t->v, term_cmp) != NULL;
}

static size_t
terms_common(const struct terms *a, const struct terms *b)
{
	size_t i = 0, k = 0, n = 0;

	while (i < a->n && k < b->n)
		if (a->v[i] < b->v[k])
			i++;
		else if (a->v[i] > b->v[k])
			k++;
		else {
			n++;
			i++;
			k++;
		}
	return n;
}

/* ---- weights: how telling a term is among the texts ---- */

/* 16 * log2(x), x >= 1, by linear interpolation between powers of two. */
static int
log2_16(uint64_t x)
{
	int whole = 0;
	uint64_t y = x;

	while (y > 1) {
		y >>= 1;
		whole++;
	}
	return 16 * whole + (int)(((x - (1ull << whole)) << 4) >> whole);
}

/* Rare among sentences weighs more; the commonest words weigh nothing. */
static int
weight(const struct terms *sets, size_t n, uint64_t term)
{
	size_t i, df = 0;

	for (i = 0; i < n; i++)
		df += terms_has(&sets[i], term);
	return df == 0 ? 0 : log2_16(1 + 2 * n / df) - 16;
}

/* ---- a draft in the making ---- */

struct sentence {
	const char *text; /* within the source */
	size_t len, chars;
	char kind;   /* 'o'pinion, 'c'ritique, 'w'inner */
	size_t from; /* number of the opinion or critique, 0.. */
	size_t nth;  /* within its source */
	struct terms terms;
	int *weights; /* of terms */
	bool taken, barred;
};

struct draft {
	const struct job *job;
	struct stream draw;
	struct sentence *sentences;
	size_t n;
	struct terms *people; /* what each person is about */
	int **wanted;	      /* weight of each of their terms */
	long *total;	      /* of those */
	long *covered;
	bool **has; /* which of their terms the draft has */
	size_t picks, target, chars;
	size_t order[2 * PICKS_MAX + 32];
};

static void
collect(struct draft *d, const char *text, char kind, size_t from)
{
	struct span *spans;
	struct sentence *s;
	size_t i, n = 0;

	if (text == NULL)
		return;
	spans = text_sentences(text, &n);
	for (i = 0; i < n && d->n < SENTENCES_MAX; i++) {
		s = &d->sentences[d->n++];
		s->text = text + spans[i].at;
		s->len = spans[i].len;
		s->kind = kind;
		s->from = from;
		s->nth = i;
		terms_of(&s->terms, s->text, s->len);
	}
	free(spans);
}

static size_t
chars_of(const char *text, size_t len)
{
	char *copy = xstrndup(text, len);
	size_t n = text_chars(copy);

	free(copy);
	return n;
}

static bool
is_question(const struct sentence *s)
{
	static const char *const marks[] = {"?", "？", "؟", NULL};
	size_t i, n;

	for (i = 0; marks[i] != NULL; i++) {
		n = strlen(marks[i]);
		if (s->len >= n &&
		    memcmp(s->text + s->len - n, marks[i], n) == 0)
			return true;
	}
	return false;
}

static void
weigh(struct draft *d)
{
	struct terms *sets = xcalloc(d->n + 1, sizeof *sets);
	struct sentence *s;
	size_t i, k;

	for (i = 0; i < d->n; i++)
		sets[i] = d->sentences[i].terms;
	for (i = 0; i < d->n; i++) {
		s = &d->sentences[i];
		s->chars = chars_of(s->text, s->len);
		s->weights = xcalloc(s->terms.n + 1, sizeof *s->weights);
		for (k = 0; k < s->terms.n; k++)
			s->weights[k] = weight(sets, d->n, s->terms.v[k]);
		s->barred = s->terms.n < TERMS_MIN || is_question(s) ||
			    (int)s->chars > d->job->max_chars;
	}
	free(sets);
}

/* A person is about the terms of their sentences; what they criticise now
 * weighs as much again. */
static void
know_people(struct draft *d)
{
	const struct sentence *s;
	size_t i, k, p;
	uint64_t *at;

	for (p = 0; p < d->job->nopinions; p++) {
		for (i = 0; i < d->n; i++)
			if (d->sentences[i].kind != 'w' &&
			    d->sentences[i].from == p)
				for (k = 0; k < d->sentences[i].terms.n; k++) {
					d->people[p].v = xgrow(d->people[p].v,
					    d->people[p].n, &d->people[p].cap,
					    sizeof *d->people[p].v);
					d->people[p].v[d->people[p].n++] =
					    d->sentences[i].terms.v[k];
				}
		terms_sort(&d->people[p]);
		d->wanted[p] =
		    xcalloc(d->people[p].n + 1, sizeof *d->wanted[p]);
		d->has[p] = xcalloc(d->people[p].n + 1, sizeof *d->has[p]);
		for (i = 0; i < d->n; i++) {
			s = &d->sentences[i];
			if (s->kind == 'w' || s->from != p)
				continue;
			for (k = 0; k < s->terms.n; k++) {
				at = bsearch(&s->terms.v[k], d->people[p].v,
				    d->people[p].n, sizeof *at, term_cmp);
				d->wanted[p][at - d->people[p].v] +=
				    s->weights[k] * (s->kind == 'c' ? 2 : 1);
			}
		}
		for (k = 0; k < d->people[p].n; k++)
			d->total[p] += d->wanted[p][k];
	}
}

/* Thousandths of what person p is about that the sentence would add. */
static long
gain_for(const struct draft *d, size_t p, const struct sentence *s)
{
	const struct terms *person = &d->people[p];
	size_t i = 0, k = 0;
	long sum = 0;

	if (d->total[p] == 0)
		return 0;
	while (i < person->n && k < s->terms.n)
		if (person->v[i] < s->terms.v[k])
			i++;
		else if (person->v[i] > s->terms.v[k])
			k++;
		else {
			if (!d->has[p][i])
				sum += d->wanted[p][i];
			i++;
			k++;
		}
	return sum * 1000 / d->total[p];
}

static void
take(struct draft *d, size_t at)
{
	struct sentence *s = &d->sentences[at];
	size_t p, i;

	s->taken = true;
	d->order[d->picks++] = at;
	d->chars += s->chars + 1;
	for (p = 0; p < d->job->nopinions; p++)
		for (i = 0; i < d->people[p].n; i++)
			if (!d->has[p][i] &&
			    terms_has(&s->terms, d->people[p].v[i])) {
				d->has[p][i] = true;
				d->covered[p] += d->wanted[p][i];
			}
}

static bool
repeats(const struct draft *d, const struct sentence *s)
{
	const struct sentence *other;
	size_t i, common;

	for (i = 0; i < d->picks; i++) {
		other = &d->sentences[d->order[i]];
		common = terms_common(&s->terms, &other->terms);
		if (common * 10 >= 6 * s->terms.n ||
		    common * 10 >= 6 * other->terms.n)
			return true;
	}
	return false;
}

/*
 * What a sentence is worth now: what it adds for each person, more for those
 * who have the least in the draft so far, per length, shaken a little by the
 * seed so that drafts differ.
 */
static long
worth(struct draft *d, const struct sentence *s, size_t leader)
{
	long sum = 0, gain, covered, shake;
	size_t p;

	for (p = 0; p < d->job->nopinions; p++) {
		gain = gain_for(d, p, s);
		covered =
		    d->total[p] > 0 ? d->covered[p] * 1000 / d->total[p] : 1000;
		gain *= 1200 - covered;
		if (p == leader && d->picks == 0)
			gain *= 3;
		sum += gain;
	}
	shake = 70 + (long)stream_below(&d->draw, 61);
	return sum / 1000 * shake / (long)(40 + s->chars);
}

static bool
pick_one(struct draft *d, size_t leader)
{
	long best = 0, w;
	size_t i, at = d->n;
	struct sentence *s;

	for (i = 0; i < d->n; i++) {
		s = &d->sentences[i];
		w = worth(d, s, leader); /* every sentence draws once */
		if (s->taken || s->barred || repeats(d, s) ||
		    (int)(d->chars + s->chars) > d->job->max_chars)
			continue;
		if (w > best) {
			best = w;
			at = i;
		}
	}
	if (at == d->n)
		return false;
	take(d, at);
	return true;
}

/* Keeps the winner but for the sentence that critiques touch most, which
 * every other draft leaves out. */
static void
keep_winner(struct draft *d)
{
	size_t i, k, most = 0, touched, worst = d->n, kept = 0;
	bool drop = stream_below(&d->draw, 2) == 0;

	for (i = 0; i < d->n; i++) {
		if (d->sentences[i].kind != 'w')
			continue;
		touched = 0;
		for (k = 0; k < d->n; k++)
			if (d->sentences[k].kind == 'c')
				touched += terms_common(&d->sentences[i].terms,
				    &d->sentences[k].terms);
		if (touched > most) {
			most = touched;
			worst = i;
		}
	}
	for (i = 0; i < d->n; i++)
		if (d->sentences[i].kind == 'w' && !(drop && i == worst) &&
		    kept < PICKS_MAX &&
		    (int)(d->chars + d->sentences[i].chars) <=
			d->job->max_chars * 2 / 3) {
			take(d, i);
			kept++;
		}
}

/* One person's sentences together, in the order they were written; people in
 * the order they came in. */
static void
arrange(struct draft *d)
{
	size_t i, k, out = 0, first = 0,
		     order[sizeof d->order / sizeof *d->order];
	bool used[sizeof d->order / sizeof *d->order] = {false};
	const struct sentence *a, *b;

	for (i = 0; i < d->picks; i++) {
		if (used[i])
			continue;
		a = &d->sentences[d->order[i]];
		first = out;
		for (k = i; k < d->picks; k++) {
			b = &d->sentences[d->order[k]];
			if (used[k] || b->kind != a->kind ||
			    (b->kind != 'w' && b->from != a->from))
				continue;
			used[k] = true;
			order[out++] = d->order[k];
		}
		/* sentences were collected in the order written */
		for (k = first + 1; k < out; k++)
			for (size_t m = k; m > first && order[m] < order[m - 1];
			     m--) {
				size_t swap = order[m];

				order[m] = order[m - 1];
				order[m - 1] = swap;
			}
	}
	memcpy(d->order, order, out * sizeof *order);
}

static bool
ends_wide(const char *text, size_t len)
{
	static const char *const marks[] = {"。", "！", "？", "」", NULL};
	size_t i;

	for (i = 0; marks[i] != NULL; i++)
		if (len >= 3 && memcmp(text + len - 3, marks[i], 3) == 0)
			return true;
	return false;
}

static void
name_source(struct buf *b, size_t n, const struct sentence *s)
{
	buf_addf(b, "sentence %zu: word for word from ", n);
	if (s->kind == 'w')
		buf_addf(b, "the last winner, sentence %zu\n", s->nth + 1);
	else
		buf_addf(b, "%s %zu, sentence %zu\n",
		    s->kind == 'o' ? "opinion" : "critique", s->from + 1,
		    s->nth + 1);
}

static void
write_draft(struct draft *d, struct job_reply *reply)
{
	struct buf text = {0}, why = {0};
	const struct sentence *s;
	size_t i;

	buf_addf(&why, "%s\n", offline_notice);
	for (i = 0; i < d->picks; i++) {
		s = &d->sentences[d->order[i]];
		if (text.len > 0 && !ends_wide(text.data, text.len))
			buf_addc(&text, ' ');
		buf_add(&text, s->text, s->len);
		name_source(&why, i + 1, s);
	}
	reply->text = buf_take(&text);
	reply->reasoning = buf_take(&why);
	reply->outcome = OUTCOME_OK;
}

/* Nothing fits or says enough: the first sentence there is, cut if need be,
 * and said so. */
static void
write_least(struct draft *d, struct job_reply *reply)
{
	struct buf text = {0};
	const struct sentence *s = NULL;
	size_t i, at = 0, chars = 0;

	for (i = 0; i < d->n && s == NULL; i++)
		if (d->sentences[(i + (size_t)d->job->index) % d->n].len > 0)
			s = &d->sentences[(i + (size_t)d->job->index) % d->n];
	if (s == NULL) {
		reply->outcome = OUTCOME_REFUSAL;
		return;
	}
	while (at < s->len && (int)chars < d->job->max_chars - 2) {
		do
			at++;
		while (
		    at < s->len && ((unsigned char)s->text[at] & 0xc0) == 0x80);
		chars++;
	}
	buf_add(&text, s->text, at);
	if (at < s->len)
		buf_adds(&text, " …");
	reply->text = buf_take(&text);
	reply->reasoning =
	    xasprintf("%s\nsentence 1: from %s %zu%s\n", offline_notice,
		s->kind == 'w'	 ? "the last winner"
		: s->kind == 'o' ? "opinion"
				 : "critique",
		s->from + 1, at < s->len ? ", cut to length" : "");
	reply->outcome = OUTCOME_OK;
}

static void
draft_free(struct draft *d)
{
	size_t i;

	for (i = 0; i < d->n; i++) {
		free(d->sentences[i].terms.v);
		free(d->sentences[i].weights);
	}
	for (i = 0; i < d->job->nopinions; i++) {
		free(d->people[i].v);
		free(d->wanted[i]);
		free(d->has[i]);
	}
	free(d->sentences);
	free(d->people);
	free(d->wanted);
	free(d->has);
	free(d->total);
	free(d->covered);
}

static void
draft_collect(struct draft *d, const struct job *job)
{
	size_t i, n = job->nopinions + 1;

	d->job = job;
	stream_open(&d->draw, job->seed, "offline", 0, 0);
	d->sentences = xcalloc(SENTENCES_MAX, sizeof *d->sentences);
	d->people = xcalloc(n, sizeof *d->people);
	d->wanted = xcalloc(n, sizeof *d->wanted);
	d->has = xcalloc(n, sizeof *d->has);
	d->total = xcalloc(n, sizeof *d->total);
	d->covered = xcalloc(n, sizeof *d->covered);
	collect(d, job->winner, 'w', 0);
	for (i = 0; i < job->nopinions; i++)
		collect(d, job->critiques[i].text, 'c', i);
	for (i = 0; i < job->nopinions; i++)
		collect(d, job->opinions[i].text, 'o', i);
}

static void
run_draft(const struct job *job, struct job_reply *reply)
{
	struct draft d = {0};
	size_t leader;

	draft_collect(&d, job);
	if (d.n == 0) {
		reply->outcome = OUTCOME_REFUSAL;
		draft_free(&d);
		return;
	}
	weigh(&d);
	know_people(&d);
	leader = (size_t)stream_below(&d.draw, job->nopinions + 1);
	d.target = PICKS_MIN +
		   (size_t)stream_below(&d.draw, PICKS_MAX - PICKS_MIN + 1);
	if (job->winner != NULL) {
		keep_winner(&d);
		d.target = d.picks + 1 + (size_t)stream_below(&d.draw, 3);
	}
	while (d.picks < d.target && pick_one(&d, leader))
		continue;
	if (d.picks == 0)
		write_least(&d, reply);
	else {
		arrange(&d);
		write_draft(&d, reply);
	}
	draft_free(&d);
}

/* ---- predicting ---- */

/* Thousandths of the person's words, by weight, that the candidate has. */
static long
likeness(const struct terms *person, const struct terms *sets, size_t n,
    size_t candidate)
{
	long has = 0, all = 0, w;
	size_t i;

	for (i = 0; i < person->n; i++) {
		w = weight(sets, n, person->v[i]);
		all += w;
		if (terms_has(&sets[candidate], person->v[i]))
			has += w;
	}
	return all > 0 ? has * 1000 / all : 0;
}

/* Differences smaller than this tell nothing. */
#define LIKENESS_STEP 25

/* Scores to dense ranks; the lowest value is best. */
static void
ranks_dense(int32_t *rank, size_t n)
{
	int32_t next = 0, low;
	size_t i, left = n;
	bool *placed = xcalloc(n + 1, sizeof *placed);

	for (; left > 0; next++) {
		low = INT32_MAX;
		for (i = 0; i < n; i++)
			if (!placed[i] && rank[i] < low)
				low = rank[i];
		for (i = 0; i < n; i++)
			if (!placed[i] && rank[i] == low) {
				rank[i] = next;
				placed[i] = true;
				left--;
			}
	}
	free(placed);
}

static void
run_predict(const struct job *job, struct job_reply *reply)
{
	struct terms opinion = {0}, critique = {0}, *sets;
	size_t i, n = job->ncandidates;
	long score;

	if (job->nopinions > 0 && job->opinions[0].text != NULL)
		terms_of(&opinion, job->opinions[0].text,
		    strlen(job->opinions[0].text));
	if (job->nopinions > 0 && job->critiques[0].text != NULL)
		terms_of(&critique, job->critiques[0].text,
		    strlen(job->critiques[0].text));
	sets = xcalloc(n + 1, sizeof *sets);
	for (i = 0; i < n; i++)
		if (job->candidates[i].text != NULL)
			terms_of(&sets[i], job->candidates[i].text,
			    strlen(job->candidates[i].text));
	reply->rank = xcalloc(n + 1, sizeof *reply->rank);
	reply->nrank = n;
	for (i = 0; i < n; i++) {
		score = likeness(&opinion, sets, n, i) +
			2 * likeness(&critique, sets, n, i);
		reply->rank[i] =
		    (int32_t)(3000 / LIKENESS_STEP - score / LIKENESS_STEP);
	}
	ranks_dense(reply->rank, n);
	reply->outcome = OUTCOME_OK;
	for (i = 0; i < n; i++)
		free(sets[i].v);
	free(sets);
	free(opinion.v);
	free(critique.v);
}

void
offline_run(const struct job *job, struct job_reply *reply)
{
	static void (*const run[])(const struct job *, struct job_reply *) = {
	    [JOB_DRAFT] = run_draft,
	    [JOB_PREDICT] = run_predict,
	};

	memset(reply, 0, sizeof *reply);
	run[job->kind](job, reply);
}
