/*
 * Figures of what was asked beside the ballots, as whole numbers.
 *
 * What everybody gave is counted whatever the number of people, as ballots
 * are.  What is broken down by side is told only when every side that rated
 * has SMALLEST people or none: with fewer, or by taking one side's figures
 * from everybody's, a person could be read off.  A survey's item with fewer
 * answers tells how many there were and no more.
 */
#include <string.h>

#include "procedure/habermas.h"

#define SMALLEST 3
#define NEUTRAL	 4
#define LIKERT	 7

/* What was chosen; 0 none.  Whoever was removed does not count. */
static int
choice_of(const struct session *s, size_t who, enum habermas_slot slot)
{
	const struct participant *p = &s->participants[who];

	return p->presence == REMOVED ? 0 : p->given[slot].choice;
}

static json_int_t
count_choices(const struct session *s, enum habermas_slot slot, int max,
    json_int_t *counts)
{
	json_int_t n = 0;
	size_t i;
	int v;

	memset(counts, 0, (size_t)max * sizeof *counts);
	for (i = 0; i < s->nparticipants; i++) {
		v = choice_of(s, i, slot);
		if (v < 1 || v > max)
			continue;
		counts[v - 1]++;
		n++;
	}
	return n;
}

static json_t *
counts_json(const json_int_t *counts, int max)
{
	json_t *list = json_array();
	int i;

	for (i = 0; i < max; i++)
		json_array_append_new(list, json_integer(counts[i]));
	return list;
}

/* ---- positions ---- */

/* The side of 4 that holds more positions before; a tie is agree. */
static bool
majority_agrees(const struct session *s)
{
	json_int_t counts[LIKERT], agree, disagree;

	count_choices(s, H_POSITION, LIKERT, counts);
	disagree = counts[0] + counts[1] + counts[2];
	agree = counts[4] + counts[5] + counts[6];
	return agree >= disagree;
}

/* Of ratings turned towards the majority: those above 4 less those below. */
static json_t *
index_json(const struct session *s, enum habermas_slot slot, bool agrees)
{
	json_int_t counts[LIKERT], n, above, below;

	n = count_choices(s, slot, LIKERT, counts);
	below = counts[0] + counts[1] + counts[2];
	above = counts[4] + counts[5] + counts[6];
	return json_pack("{s:I,s:I,s:o}", "numerator",
	    agrees ? above - below : below - above, "n", n, "counts",
	    counts_json(counts, LIKERT));
}

static int
sign_of(int v)
{
	return (v > 0) - (v < 0);
}

/* The signs of everybody's movement towards the majority, summed. */
static json_t *
movement_json(const struct session *s, bool agrees)
{
	json_int_t towards = 0, away = 0, n = 0;
	int before, after, sign;
	size_t i;

	for (i = 0; i < s->nparticipants; i++) {
		before = choice_of(s, i, H_POSITION);
		after = choice_of(s, i, H_POSITION_AFTER);
		if (before == 0 || after == 0)
			continue;
		sign = sign_of(agrees ? after - before : before - after);
		towards += sign > 0;
		away += sign < 0;
		n++;
	}
	return json_pack("{s:I,s:I,s:I,s:I}", "numerator", towards - away, "n",
	    n, "towards", towards, "away", away);
}

/* ---- endorsement of the winner by side ---- */

static const char *const side_names[] = {"disagree", "neutral", "agree"};

static int
winner_place(const struct session *s)
{
	return s->previous == -1 ? -1 : session_slate_place(s, s->previous);
}

static void
side_add(struct rating *r, int v)
{
	if (r->n == 0 || v < r->min)
		r->min = v;
	r->n++;
	r->sum += v;
	r->ge5 += v >= 5;
}

static json_t *
sides_json(const struct session *s)
{
	struct rating sides[3] = {{0}};
	const struct given *g;
	int place = winner_place(s), position;
	bool small = place == -1;
	json_t *o;
	size_t i;

	for (i = 0; place != -1 && i < s->nparticipants; i++) {
		g = &s->participants[i].given[H_AGREEMENT];
		position = choice_of(s, i, H_POSITION);
		if (position == 0 || g->rating == NULL ||
		    g->round != s->round || g->rating[place] == 0)
			continue;
		side_add(
		    &sides[1 + sign_of(position - NEUTRAL)], g->rating[place]);
	}
	for (i = 0; i < 3; i++)
		small |= sides[i].n > 0 && sides[i].n < SMALLEST;
	if (small)
		return json_pack(
		    "{s:b,s:i}", "withheld", true, "smallest", SMALLEST);
	o = json_pack("{s:b,s:i}", "withheld", false, "smallest", SMALLEST);
	for (i = 0; i < 3; i++)
		json_object_set_new(o, side_names[i],
		    json_pack("{s:I,s:I,s:I,s:I}", "sum",
			(json_int_t)sides[i].sum, "n", (json_int_t)sides[i].n,
			"min", (json_int_t)sides[i].min, "ge5",
			(json_int_t)sides[i].ge5));
	return o;
}

static void
add_positions(json_t *data, const struct session *s)
{
	bool agrees = majority_agrees(s);

	json_object_set_new(data, "agreement_index",
	    json_pack("{s:s,s:o,s:o}", "majority",
		agrees ? "agree" : "disagree", "before",
		index_json(s, H_POSITION, agrees), "after",
		index_json(s, H_POSITION_AFTER, agrees)));
	json_object_set_new(data, "movement", movement_json(s, agrees));
	json_object_set_new(data, "sides", sides_json(s));
}

/* ---- the rest ---- */

static void
add_importance(json_t *data, const struct session *s)
{
	json_int_t counts[5], n, sum = 0;
	int i;

	n = count_choices(s, H_IMPORTANCE, 5, counts);
	for (i = 0; i < 5; i++)
		sum += counts[i] * (i + 1);
	json_object_set_new(data, "importance",
	    json_pack("{s:I,s:I,s:o}", "sum", sum, "n", n, "counts",
		counts_json(counts, 5)));
}

static void
add_preference(json_t *data, const struct session *s)
{
	json_int_t counts[3], n;

	if (s->nresults < 2 || s->results[0].winner == -1 || s->previous == -1)
		return;
	n = count_choices(s, H_PREFERENCE, 3, counts);
	json_object_set_new(data, "preference",
	    json_pack("{s:s,s:s,s:I,s:{s:I,s:I,s:I}}", "first_statement",
		s->statements[s->results[0].winner].id, "revised_statement",
		s->statements[s->previous].id, "n", n, "counts", "first",
		counts[PREFER_FIRST - 1], "revised", counts[PREFER_REVISED - 1],
		"same", counts[PREFER_SAME - 1]));
}

static void
add_dissent(json_t *data, const struct session *s)
{
	json_int_t n = 0, with_name = 0;
	const struct given *g;
	size_t i;

	for (i = 0; i < s->nparticipants; i++) {
		g = &s->participants[i].given[H_DISSENT];
		if (g->seq == 0 || s->participants[i].presence == REMOVED)
			continue;
		n++;
		with_name += g->is_signed;
	}
	json_object_set_new(data, "dissent",
	    json_pack("{s:I,s:I}", "n", n, "signed", with_name));
}

static json_t *
item_json(const struct session *s, const struct form_item *item, size_t at)
{
	json_int_t counts[ITEM_CHOICES_MAX] = {0}, n = 0;
	const struct participant *p;
	json_t *o;
	size_t i;
	int v;

	for (i = 0; i < s->nparticipants; i++) {
		p = &s->participants[i];
		if (p->presence == REMOVED ||
		    p->given[H_SURVEY].answers == NULL)
			continue;
		v = p->given[H_SURVEY].answers[at];
		n += v > 0;
		if (v >= 1 && v <= item->max)
			counts[v - 1]++;
	}
	o = json_pack("{s:I}", "n", n);
	if (item->kind == ITEM_TEXT)
		return o;
	if (n >= SMALLEST)
		json_object_set_new(
		    o, "counts", counts_json(counts, item->max));
	else
		json_object_set_new(o, "withheld", json_true());
	return o;
}

static void
add_survey(json_t *data, const struct session *s)
{
	size_t i, n;
	const struct form_item *form = session_form(s, &n);
	json_t *o = json_object();

	for (i = 0; i < n; i++)
		json_object_set_new(o, form[i].id, item_json(s, &form[i], i));
	json_object_set_new(data, "survey", o);
}

void
habermas_figures(json_t *data, const struct session *s)
{
	static const struct {
		enum habermas_setting setting;
		void (*add)(json_t *data, const struct session *s);
	} rows[] = {
	    {H_ASK_POSITION, add_positions},
	    {H_ASK_IMPORTANCE, add_importance},
	    {H_ASK_PREFERENCE, add_preference},
	    {H_ASK_DISSENT, add_dissent},
	    {H_ASK_SURVEY, add_survey},
	};
	size_t i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++)
		if (s->settings[rows[i].setting])
			rows[i].add(data, s);
}
