#include "record/stance.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/format_own.h"

#define NEUTRAL 4

/* ---- texts ---- */

static char *
pole(const json_t *session, bool yes)
{
	const char *side = cell_str(session, yes ? "affirming" : "negating");

	if (side == NULL)
		return NULL;
	return xasprintf(
	    "%s %s", yes ? "Yes, I agree." : "No, I disagree.", side);
}

static bool
is_sided(const json_t *session)
{
	return cell_str(session, "affirming") != NULL &&
	       cell_str(session, "negating") != NULL;
}

/* Of that session, with a text that stands. */
static const char *
text_of_row(const json_t *row, const json_t *session)
{
	const char *text = cell_str(row, "text");

	return text != NULL && row_stands(row) &&
		       row_is_of(row, row_session(session), -1)
		   ? text
		   : NULL;
}

static bool
is_shown(const json_t *row)
{
	return json_is_true(json_object_get(row, "shown"));
}

static void
add_texts(const struct tables *t, const json_t *session, json_t *all)
{
	static const enum table_id from[] = {TABLE_OPINIONS, TABLE_STATEMENTS};
	const char *text;
	char *end;
	json_t *row;
	size_t i, k;

	for (i = 0; i < 2; i++) {
		end = pole(session, i == 1);
		json_object_set_new(all, end, json_true());
		free(end);
	}
	for (i = 0; i < 2; i++)
		json_array_foreach(t->rows[from[i]], k, row) {
			text = text_of_row(row, session);
			if (text != NULL && (i == 0 || is_shown(row)))
				json_object_set_new(all, text, json_true());
		}
}

json_t *
stance_texts(const struct tables *t)
{
	json_t *all = json_object(), *list = json_array(), *session, *v;
	const char *text;
	size_t i;

	json_array_foreach(t->rows[TABLE_SESSIONS], i, session)
		if (is_sided(session))
			add_texts(t, session, all);
	json_object_foreach(all, text, v)
		json_array_append_new(list, json_string(text));
	json_decref(all);
	return list;
}

/* ---- scores ---- */

struct axis {
	const json_t *vectors;
	double *unit;
	size_t n;
};

static const json_t *
vector_of(const json_t *vectors, const char *text, size_t n, struct err *err)
{
	const json_t *v = json_object_get(vectors, text);

	if (json_array_size(v) == n && n > 0)
		return v;
	err_set(err, ERR_BROKEN, NULL,
	    v == NULL ? "a text has no vector"
		      : "the vectors are not of one length");
	return NULL;
}

static int
axis_open(struct axis *a, const json_t *vectors, const json_t *session,
    struct err *err)
{
	char *yes = pole(session, true), *no = pole(session, false);
	const json_t *to, *from;
	double length = 0;
	size_t i;

	*a = (struct axis){.vectors = vectors,
	    .n = json_array_size(json_object_get(vectors, yes))};
	to = vector_of(vectors, yes, a->n, err);
	from = to != NULL ? vector_of(vectors, no, a->n, err) : NULL;
	free(yes);
	free(no);
	if (from == NULL)
		return -1;
	a->unit = xcalloc(a->n, sizeof *a->unit);
	for (i = 0; i < a->n; i++) {
		a->unit[i] = json_number_value(json_array_get(to, i)) -
			     json_number_value(json_array_get(from, i));
		length += a->unit[i] * a->unit[i];
	}
	for (i = 0; i < a->n && length > 0; i++)
		a->unit[i] /= sqrt(length);
	return 0;
}

static int
axis_score(
    const struct axis *a, const char *text, double *score, struct err *err)
{
	const json_t *v = vector_of(a->vectors, text, a->n, err);
	size_t i;

	if (v == NULL)
		return -1;
	*score = 0;
	for (i = 0; i < a->n; i++)
		*score += a->unit[i] * json_number_value(json_array_get(v, i));
	return 0;
}

static void
add_row(json_t *out, const char *session, int64_t round, const char *metric,
    const char *of, double value)
{
	json_t *row = json_object();

	row_set_str(row, "session", session);
	if (round >= 0)
		row_set_int(row, "round", round);
	row_set_str(row, "metric", metric);
	row_set_str(row, "of", of);
	row_set_int(row, "count", (int64_t)llround(value * STANCE_UNIT));
	row_set_int(row, "n", STANCE_UNIT);
	json_array_append_new(out, row);
}

/* ---- the minority ---- */

enum stage { STAGE_SHOWN, STAGE_WINNER, STAGES };
static const char *const stage_names[] = {"shown", "winner"};

/* One round: what is to be explained by which mixture. */
struct sample {
	int64_t people, minority, round;
	double few, rest; /* mean scores of the two */
	double score[STAGES];
	bool has[STAGES];
};

struct samples {
	struct sample *v;
	size_t n, cap;
};

/* -1 or 1: the smaller side; 0: there is none. */
static int
smaller_side(const json_t *positions)
{
	int64_t below = 0, above = 0, value;
	const char *who;
	json_t *v;

	json_object_foreach((json_t *)positions, who, v) {
		value = json_integer_value(v);
		below += value < NEUTRAL;
		above += value > NEUTRAL;
	}
	if (below == above || below == 0 || above == 0)
		return 0;
	return below < above ? -1 : 1;
}

/* Adds each opinion's score; of those with a position, sides are summed. */
static int
score_opinions(const struct tables *t, const json_t *session,
    const struct axis *a, json_t *out, struct sample *s, struct err *err)
{
	json_t *positions = answers_of(t, session, "position"), *row;
	int side = smaller_side(positions);
	const char *text, *who;
	double score;
	int64_t value;
	size_t i;
	int r = 0;

	*s = (struct sample){0};
	json_array_foreach(t->rows[TABLE_OPINIONS], i, row) {
		text = text_of_row(row, session);
		who = cell_str(row, "participant");
		if (text == NULL || who == NULL)
			continue;
		r = axis_score(a, text, &score, err);
		if (r == -1)
			break;
		add_row(out, row_session(session), -1, "position_score", who,
		    score);
		value = json_integer_value(json_object_get(positions, who));
		if (value < 1)
			continue;
		s->people++;
		if ((value - NEUTRAL) * side > 0) {
			s->minority++;
			s->few += score;
		} else
			s->rest += score;
	}
	json_decref(positions);
	if (s->minority > 0 && s->minority < s->people) {
		s->few /= (double)s->minority;
		s->rest /= (double)(s->people - s->minority);
	} else
		s->people = 0; /* no minority */
	return r;
}

static bool
is_winner(const struct tables *t, const char *session, int64_t round,
    const char *statement)
{
	const char *id;
	json_t *row;
	size_t i;

	json_array_foreach(t->rows[TABLE_TALLIES], i, row) {
		id = cell_str(row, "statement");
		if (id != NULL && strcmp(id, statement) == 0 &&
		    json_is_true(json_object_get(row, "winner")) &&
		    row_is_of(row, session, round))
			return true;
	}
	return false;
}

/* The statements of a round; how many are shown in *n. */
static int
score_round(const struct tables *t, const json_t *session, const struct axis *a,
    json_t *out, struct sample *s, size_t *n, struct err *err)
{
	const char *text, *id;
	double score;
	json_t *row;
	size_t i;

	*n = 0;
	json_array_foreach(t->rows[TABLE_STATEMENTS], i, row) {
		text = text_of_row(row, session);
		id = cell_str(row, "statement");
		if (text == NULL || id == NULL || !is_shown(row) ||
		    cell_int(row, "round", 0) != s->round)
			continue;
		if (axis_score(a, text, &score, err) == -1)
			return -1;
		add_row(out, row_session(session), s->round, "position_score",
		    id, score);
		s->score[STAGE_SHOWN] += score;
		s->has[STAGE_SHOWN] = true;
		++*n;
		if (is_winner(t, row_session(session), s->round, id)) {
			s->score[STAGE_WINNER] = score;
			s->has[STAGE_WINNER] = true;
		}
	}
	if (*n > 0)
		s->score[STAGE_SHOWN] /= (double)*n;
	return 0;
}

static int
measure(const struct tables *t, const json_t *session, const json_t *vectors,
    struct samples *all, json_t *out, struct err *err)
{
	struct sample people = {0}, s;
	struct axis a;
	size_t n = 1;
	int r = axis_open(&a, vectors, session, err);

	if (r == 0)
		r = score_opinions(t, session, &a, out, &people, err);
	s = people;
	for (; r == 0 && n > 0; s = people) {
		r = score_round(t, session, &a, out, &s, &n, err);
		people.round++;
		if (r == -1 || n == 0 || s.people == 0)
			continue;
		all->v = xgrow(all->v, all->n, &all->cap, sizeof *all->v);
		all->v[all->n++] = s;
	}
	free(a.unit);
	return r;
}

/* The minority's part in its class: least squares between 0 and 1; false: it
 * is not determined. */
static bool
fit(const struct samples *all, const struct sample *like, enum stage stage,
    double *part)
{
	double up = 0, down = 0;
	const struct sample *s;
	size_t i;

	for (i = 0; i < all->n; i++) {
		s = &all->v[i];
		if (s->people != like->people ||
		    s->minority != like->minority || s->round != like->round ||
		    !s->has[stage])
			continue;
		up += (s->score[stage] - s->rest) * (s->few - s->rest);
		down += (s->few - s->rest) * (s->few - s->rest);
	}
	*part = down > 0 ? up / down : 0;
	*part = *part < 0 ? 0 : *part > 1 ? 1 : *part;
	return down > 0;
}

/* Averaged over the rounds with that number. */
static void
add_weights(const struct samples *all, int64_t round, json_t *out)
{
	double sum[STAGES] = {0}, share = 0, part;
	int64_t n[STAGES] = {0}, rounds = 0;
	const struct sample *s;
	size_t i;
	int k;

	for (i = 0; i < all->n; i++) {
		s = &all->v[i];
		if (s->round != round)
			continue;
		rounds++;
		share += (double)s->minority / (double)s->people;
		for (k = 0; k < STAGES; k++)
			if (s->has[k] && fit(all, s, (enum stage)k, &part)) {
				sum[k] += part;
				n[k]++;
			}
	}
	if (rounds == 0)
		return;
	add_row(out, NULL, round, "minority_weight", "true",
	    share / (double)rounds);
	for (k = 0; k < STAGES; k++)
		if (n[k] > 0)
			add_row(out, NULL, round, "minority_weight",
			    stage_names[k], sum[k] / (double)n[k]);
}

int
stance_metrics(
    const struct tables *t, const json_t *vectors, json_t *out, struct err *err)
{
	struct samples all = {0};
	int64_t round, last = -1;
	json_t *session;
	size_t i;
	int r = 0;

	json_array_foreach(t->rows[TABLE_SESSIONS], i, session)
		if (r == 0 && is_sided(session))
			r = measure(t, session, vectors, &all, out, err);
	for (i = 0; i < all.n; i++)
		last = all.v[i].round > last ? all.v[i].round : last;
	for (round = 0; r == 0 && round <= last; round++)
		add_weights(&all, round, out);
	free(all.v);
	return r;
}
