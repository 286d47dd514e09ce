#include "choice/explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "choice/pairwise.h"
#include "choice/schulze.h"

/* ---- finding out ---- */

/* A winner that beats x: by strongest paths where the rule has them, else face
 * to face; n if none does. */
static size_t
beaten_by(const struct tally *t, size_t x)
{
	const int64_t *by = t->p != NULL ? t->p : t->d;

	for (size_t w = 0; w < t->n; w++)
		if (t->rank[w] == 0 && by[w * t->n + x] > by[x * t->n + w])
			return w;
	return t->n;
}

static size_t *
keep_path(
    const struct tally *t, size_t from, size_t to, size_t *room, size_t *len)
{
	*len = schulze_path(t, from, to, room);
	return *len > 0 ? xmemdup(room, *len * sizeof(*room)) : NULL;
}

static void
find_defeat(const struct tally *t, size_t loser, size_t *room, struct defeat *d)
{
	size_t n = t->n, w = beaten_by(t, loser);

	*d = (struct defeat){.loser = loser, .winner = w};
	if (w == n)
		return;
	d->won = t->d[w * n + loser];
	d->lost = t->d[loser * n + w];
	if (t->p == NULL)
		return;
	d->path = keep_path(t, w, loser, room, &d->npath);
	d->back = keep_path(t, loser, w, room, &d->nback);
	d->strength = t->p[w * n + loser];
	d->back_strength = t->p[loser * n + w];
}

static void
find_defeats(struct explanation *x)
{
	const struct tally *t = x->tally;
	size_t *room = xcalloc(t->n + 1, sizeof(*room));

	x->defeats = xcalloc(t->n + 1, sizeof(*x->defeats));
	for (int32_t rank = 1; rank < (int32_t)t->n; rank++)
		for (size_t i = 0; i < t->n; i++)
			if (t->rank[i] == rank)
				find_defeat(
				    t, i, room, &x->defeats[x->ndefeats++]);
	free(room);
}

static bool
same_winners(const struct tally *a, const struct tally *b)
{
	for (size_t i = 0; i < a->n; i++)
		if ((a->rank[i] == 0) != (b->rank[i] == 0))
			return false;
	return true;
}

static void
keep_elsewhere(struct explanation *x, const struct tally *other)
{
	struct elsewhere *e = &x->elsewhere[x->nelsewhere++];

	e->rule = other->rule;
	e->winners = xcalloc(other->winners + 1, sizeof(*e->winners));
	for (size_t i = 0; i < other->n; i++)
		if (other->rank[i] == 0)
			e->winners[e->nwinners++] = i;
}

static void
find_elsewhere(struct explanation *x)
{
	struct tally other;
	size_t count = 0;

	while (rules[count].name != NULL)
		count++;
	x->elsewhere = xcalloc(count, sizeof(*x->elsewhere));
	for (const struct rule *r = rules; r->name != NULL; r++) {
		if (r == x->tally->rule || rule_fits(r, x->profile, NULL) != 0)
			continue;
		tally_rerun(r, x->profile, x->tally, &other);
		if (!same_winners(x->tally, &other))
			keep_elsewhere(x, &other);
		tally_free(&other);
	}
}

void
explain_init(
    struct explanation *x, const struct tally *t, const struct profile *p)
{
	memset(x, 0, sizeof(*x));
	x->tally = t;
	x->profile = p;
	x->condorcet = t->n > 0 ? condorcet_winner(t->d, t->n) : 0;
	x->smith = xcalloc(t->n + 1, sizeof(*x->smith));
	x->nsmith = smith_set(t->d, t->n, x->smith);
	find_defeats(x);
	find_elsewhere(x);
}

void
explain_free(struct explanation *x)
{
	for (size_t i = 0; i < x->ndefeats; i++) {
		free(x->defeats[i].path);
		free(x->defeats[i].back);
	}
	for (size_t i = 0; i < x->nelsewhere; i++)
		free(x->elsewhere[i].winners);
	free(x->defeats);
	free(x->elsewhere);
	free(x->smith);
	memset(x, 0, sizeof(*x));
}

/* ---- JSON ---- */

static json_t *
indices_json(const size_t *v, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_integer((json_int_t)v[i]));
	return list;
}

static json_t *
numbers_json(const int64_t *v, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_integer(v[i]));
	return list;
}

static json_t *
square_json(const int64_t *m, size_t n)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(rows, numbers_json(m + i * n, n));
	return rows;
}

static json_t *
index_or_null(size_t i, size_t n)
{
	return i < n ? json_integer((json_int_t)i) : json_null();
}

static json_t *
defeat_json(const struct defeat *d, size_t n)
{
	json_t *o = json_pack("{s:I,s:o}", "loser", (json_int_t)d->loser,
	    "winner", index_or_null(d->winner, n));

	if (d->winner < n) {
		json_object_set_new(o, "won", json_integer(d->won));
		json_object_set_new(o, "lost", json_integer(d->lost));
	}
	if (d->path != NULL) {
		json_object_set_new(o, "path", indices_json(d->path, d->npath));
		json_object_set_new(o, "strength", json_integer(d->strength));
	}
	if (d->back != NULL) {
		json_object_set_new(o, "back", indices_json(d->back, d->nback));
		json_object_set_new(
		    o, "back_strength", json_integer(d->back_strength));
	}
	return o;
}

static json_t *
ratings_json(const struct rating *r, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list,
		    json_pack("{s:I,s:I,s:I,s:I}", "sum", (json_int_t)r[i].sum,
			"n", (json_int_t)r[i].n, "min", (json_int_t)r[i].min,
			"ge5", (json_int_t)r[i].ge5));
	return list;
}

static json_t *
smith_json(const struct explanation *x)
{
	json_t *list = json_array();

	for (size_t i = 0; i < x->tally->n; i++)
		if (x->smith[i])
			json_array_append_new(
			    list, json_integer((json_int_t)i));
	return list;
}

json_t *
explain_json(const struct explanation *x)
{
	const struct tally *t = x->tally;
	json_t *o = json_object(), *list = json_array();

	json_object_set_new(o, "matrix", square_json(t->d, t->n));
	if (t->p != NULL)
		json_object_set_new(o, "paths", square_json(t->p, t->n));
	if (t->score != NULL) {
		json_object_set_new(o, "scores", numbers_json(t->score, t->n));
		json_object_set_new(o, "score", json_string(t->rule->scores));
	}
	json_object_set_new(o, "condorcet", index_or_null(x->condorcet, t->n));
	json_object_set_new(o, "smith", smith_json(x));
	for (size_t i = 0; i < x->ndefeats; i++)
		json_array_append_new(list, defeat_json(&x->defeats[i], t->n));
	json_object_set_new(o, "defeats", list);
	list = json_array();
	for (size_t i = 0; i < x->nelsewhere; i++)
		json_array_append_new(
		    list, json_pack("{s:s,s:o}", "method",
			      x->elsewhere[i].rule->name, "winners",
			      indices_json(x->elsewhere[i].winners,
				  x->elsewhere[i].nwinners)));
	json_object_set_new(o, "elsewhere", list);
	if (x->profile->ratings != NULL)
		json_object_set_new(
		    o, "ratings", ratings_json(x->profile->ratings, t->n));
	json_object_set_new(o, "below_the_top", json_string("convenience"));
	return o;
}

/* ---- words ---- */

/* What the sentences are made with. */
struct telling {
	const struct explanation *x;
	const struct labels *labels;
	struct buf *out;
};

static void
add_label(const struct telling *w, size_t i)
{
	char letter[8];

	buf_adds(w->out, labels_of(w->labels, i, letter));
}

/* "A", "A and B", "A, B and C". */
static void
add_list(const struct telling *w, const size_t *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_adds(w->out, i + 1 < n ? ", " : " and ");
		add_label(w, v[i]);
	}
}

/* The flagged ones, as a fresh list. */
static size_t *
flagged(const bool *in, size_t n, size_t *count)
{
	size_t *v = xcalloc(n + 1, sizeof(*v));

	*count = 0;
	for (size_t i = 0; i < n; i++)
		if (in[i])
			v[(*count)++] = i;
	return v;
}

static void
tell_tie(const struct telling *w, size_t chosen, enum tie_decider decider)
{
	static const char *const by[] = {
	    [DECIDED_NONE] = "there being no other",
	    [DECIDED_MIN] = "its lowest rating is the highest",
	    [DECIDED_MEAN] = "its mean rating is the highest",
	    [DECIDED_BALLOT] = "a ballot drawn at random decided",
	    [DECIDED_LOT] = "a lot decided",
	    [DECIDED_FIRST] = "it stands first on the list",
	    [DECIDED_OPEN] = "",
	};

	if (chosen >= w->x->tally->n) {
		buf_adds(w->out, " The tie is left open.");
		return;
	}
	buf_adds(w->out, " Of these ");
	add_label(w, chosen);
	buf_addf(w->out, " is chosen: %s.", by[decider]);
}

static void
tell_winners(const struct telling *w, size_t chosen, enum tie_decider decider)
{
	const struct tally *t = w->x->tally;
	size_t *winners = xcalloc(t->n + 1, sizeof(*winners)), n = 0;

	for (size_t i = 0; i < t->n; i++)
		if (t->rank[i] == 0)
			winners[n++] = i;
	add_list(w, winners, n);
	if (n == 1) {
		buf_addf(w->out, " is elected by %s.", t->rule->name);
	} else {
		buf_addf(
		    w->out, " are tied for first place by %s.", t->rule->name);
		tell_tie(w, chosen, decider);
	}
	buf_addc(w->out, '\n');
	free(winners);
}

static void
tell_pairs(const struct telling *w)
{
	const struct explanation *x = w->x;
	size_t *smith, n;

	if (x->profile->ballots == 0 || x->tally->n < 2)
		return;
	if (x->condorcet < x->tally->n) {
		add_label(w, x->condorcet);
		buf_adds(w->out, " beats every other one face to face (the "
				 "Condorcet winner).\n");
		return;
	}
	smith = flagged(x->smith, x->tally->n, &n);
	if (n == x->tally->n) {
		buf_adds(w->out, "Nobody beats every other one face to face, "
				 "and no smaller group beats the rest (the "
				 "Smith set is all of them).\n");
	} else {
		buf_adds(w->out,
		    "Nobody beats every other one face to face; each of ");
		add_list(w, smith, n);
		buf_adds(w->out, " beats all the rest (the Smith set).\n");
	}
	free(smith);
}

/* "through C and D": what lies between the ends. */
static void
add_through(const struct telling *w, const size_t *path, size_t len)
{
	if (len <= 2)
		return;
	buf_adds(w->out, " through ");
	for (size_t i = 1; i + 1 < len; i++) {
		if (i > 1)
			buf_adds(w->out, ", then ");
		add_label(w, path[i]);
	}
}

static void
tell_way_back(const struct telling *w, const struct defeat *d)
{
	buf_adds(w->out, "; ");
	add_label(w, d->loser);
	if (d->back == NULL) {
		buf_adds(w->out, " reaches ");
		add_label(w, d->winner);
		buf_adds(w->out, " on no way");
		return;
	}
	if (d->nback == 2) {
		buf_adds(w->out, " beats ");
		add_label(w, d->winner);
		buf_addf(w->out, " by %lld to %lld, which is weaker",
		    (long long)d->lost, (long long)d->won);
		return;
	}
	buf_adds(w->out, " reaches ");
	add_label(w, d->winner);
	buf_adds(w->out, " only");
	add_through(w, d->back, d->nback);
	buf_addf(w->out, ", at its weakest step with %lld",
	    (long long)d->back_strength);
}

/* "A beats B by 4 to 1; B reaches A only through C, …". */
static void
tell_defeat(const struct telling *w, const struct defeat *d)
{
	if (d->winner >= w->x->tally->n) {
		add_label(w, d->loser);
		buf_adds(w->out, " is not elected, though no winner beats it "
				 "face to face");
		return;
	}
	add_label(w, d->winner);
	if (d->won > d->lost) {
		buf_adds(w->out, " beats ");
		add_label(w, d->loser);
		buf_addf(w->out, " by %lld to %lld", (long long)d->won,
		    (long long)d->lost);
	} else {
		buf_adds(w->out, " reaches ");
		add_label(w, d->loser);
		add_through(w, d->path, d->npath);
		buf_addf(w->out, ", at its weakest step with %lld",
		    (long long)d->strength);
	}
	if (w->x->tally->p != NULL)
		tell_way_back(w, d);
}

static void
tell_defeats(const struct telling *w, size_t most)
{
	const struct explanation *x = w->x;

	for (size_t i = 0; i < x->ndefeats && i < most; i++) {
		tell_defeat(w, &x->defeats[i]);
		buf_adds(w->out, ".\n");
	}
	if (x->ndefeats > most)
		buf_addf(w->out, "And %zu more that are not elected.\n",
		    x->ndefeats - most);
}

static void
tell_scores(const struct telling *w, size_t most)
{
	const struct tally *t = w->x->tally;
	size_t told = 0;

	if (t->score == NULL)
		return;
	buf_addf(w->out, "Counted are %s:", t->rule->scores);
	for (int32_t rank = 0; rank < (int32_t)t->n; rank++)
		for (size_t i = 0; i < t->n; i++) {
			if (t->rank[i] != rank || told > most)
				continue;
			buf_adds(w->out, told++ > 0 ? ", " : " ");
			add_label(w, i);
			buf_addf(w->out, " %lld", (long long)t->score[i]);
		}
	buf_adds(w->out, told < t->n ? ", and so on.\n" : ".\n");
}

/* Which rules go by something else than the pairs is what a room should hear
 * first: somebody may agree more with another statement. */
static void
tell_elsewhere(const struct telling *w)
{
	const struct elsewhere *e;

	if (w->x->nelsewhere == 0)
		buf_adds(w->out, "Every other rule here elects the same.\n");
	for (size_t i = 0; i < w->x->nelsewhere; i++) {
		e = &w->x->elsewhere[i];
		buf_addf(w->out, "By %s (%s) ", e->rule->name, e->rule->help);
		add_list(w, e->winners, e->nwinners);
		buf_adds(w->out, e->nwinners == 1 ? " would be elected.\n"
						  : " would be tied.\n");
	}
}

void
explain_text(const struct explanation *x, const struct labels *l, size_t chosen,
    enum tie_decider decider, size_t most, struct buf *out)
{
	struct telling w = {x, l, out};

	if (x->tally->n == 0)
		return;
	tell_winners(&w, chosen, decider);
	tell_pairs(&w);
	tell_scores(&w, most);
	tell_defeats(&w, most);
	if (x->ndefeats > 1)
		buf_adds(out, "Places below the first are a convenience: the "
			      "rule says who is elected, not who is second.\n");
	tell_elsewhere(&w);
}

#define MATRIX_MOST  16
#define MATRIX_LABEL 8

/* Only ASCII is known to take a column each. */
static size_t
label_width(const char *label)
{
	size_t len = 0;

	for (; label[len] != '\0'; len++)
		if ((unsigned char)label[len] >= 0x80)
			return MATRIX_LABEL + 1;
	return len;
}

/* Columns a cell needs, 0 if there shall be no table. */
static int
cell_width(const struct explanation *x, const struct labels *l)
{
	size_t widest = 1, len;
	char letter[8], number[24];

	for (size_t i = 0; i < l->n; i++) {
		len = label_width(labels_of(l, i, letter));
		if (len > MATRIX_LABEL || l->n > MATRIX_MOST)
			return 0;
		widest = len > widest ? len : widest;
	}
	for (size_t i = 0; i < l->n * l->n; i++) {
		len = (size_t)snprintf(
		    number, sizeof(number), "%lld", (long long)x->tally->d[i]);
		widest = len > widest ? len : widest;
	}
	return (int)widest;
}

void
explain_matrix(
    const struct explanation *x, const struct labels *l, struct buf *out)
{
	int width = cell_width(x, l);
	char letter[8];

	if (width == 0 || x->profile->ballots == 0)
		return;
	buf_addf(out, "%*s", width, "");
	for (size_t i = 0; i < l->n; i++)
		buf_addf(out, "  %*s", width, labels_of(l, i, letter));
	buf_addc(out, '\n');
	for (size_t i = 0; i < l->n; i++) {
		buf_addf(out, "%*s", width, labels_of(l, i, letter));
		for (size_t k = 0; k < l->n; k++)
			if (k == i)
				buf_addf(out, "  %*s", width, ".");
			else
				buf_addf(out, "  %*lld", width,
				    (long long)x->tally->d[i * l->n + k]);
		buf_addc(out, '\n');
	}
}
