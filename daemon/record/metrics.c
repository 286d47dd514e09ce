#include "record/metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/csv.h"
#include "record/format_own.h"

#define NEUTRAL	   4
#define PLACES_MAX 128

/* round -1: of the whole session.  Nothing is told of nobody. */
static void
metric_add(json_t *out, const struct metric *m, const json_t *session,
    int64_t round, const char *of, int64_t count, int64_t n)
{
	json_t *row;

	if (n <= 0)
		return;
	row = json_object();
	row_set_str(row, "session", row_session(session));
	if (round >= 0)
		row_set_int(row, "round", round);
	row_set_str(row, "metric", m->name);
	row_set_str(row, "of", of);
	row_set_int(row, "count", count);
	row_set_int(row, "n", n);
	json_array_append_new(out, row);
}

/* ---- endorsement: of each statement in a round, from its ratings ---- */

struct figures {
	int64_t round, sum, n, min, ge5;
	const char *statement;
};

/* Adds the row of each statement that was rated on that scale. */
static void
of_ratings(const struct tables *t, const json_t *session,
    const struct metric *m, json_t *out, const char *scale,
    void (*add)(const struct figures *f, int64_t *count, int64_t *n))
{
	json_t *places = json_object(), *row, *at;
	size_t i, n = 0, cap = 0;
	struct figures *all = NULL, *f;
	int64_t value, count, of;
	const char *is, *id;
	char key[256];

	json_array_foreach(t->rows[TABLE_RATINGS], i, row) {
		is = cell_str(row, "scale");
		id = cell_str(row, "statement");
		if (is == NULL || id == NULL || strcmp(is, scale) != 0 ||
		    !row_stands(row) ||
		    !row_is_of(row, row_session(session), -1))
			continue;
		value = cell_int(row, "value", 0);
		snprintf(key, sizeof key, "%" PRId64 "/%s",
		    cell_int(row, "round", 0), id);
		at = json_object_get(places, key);
		if (all == NULL || at == NULL) {
			all = xgrow(all, n, &cap, sizeof *all);
			all[n] = (struct figures){.statement = id,
			    .round = cell_int(row, "round", 0),
			    .min = value};
			row_set_int(places, key, (int64_t)n++);
			at = json_object_get(places, key);
		}
		f = &all[json_integer_value(at)];
		f->n++;
		f->sum += value;
		f->min = value < f->min ? value : f->min;
		f->ge5 += value > NEUTRAL;
	}
	for (i = 0; i < n; i++) {
		add(&all[i], &count, &of);
		metric_add(
		    out, m, session, all[i].round, all[i].statement, count, of);
	}
	free(all);
	json_decref(places);
}

static void
mean_of(const struct figures *f, int64_t *count, int64_t *n)
{
	*count = f->sum;
	*n = f->n;
}

static void
min_of(const struct figures *f, int64_t *count, int64_t *n)
{
	*count = f->min;
	*n = 1;
}

static void
share_of(const struct figures *f, int64_t *count, int64_t *n)
{
	*count = f->ge5;
	*n = f->n;
}

static void
endorsement_mean(const struct tables *t, const json_t *session,
    const struct metric *m, json_t *out)
{
	of_ratings(t, session, m, out, "agreement", mean_of);
}

static void
endorsement_min(const struct tables *t, const json_t *session,
    const struct metric *m, json_t *out)
{
	of_ratings(t, session, m, out, "agreement", min_of);
}

static void
endorsement_share(const struct tables *t, const json_t *session,
    const struct metric *m, json_t *out)
{
	of_ratings(t, session, m, out, "agreement", share_of);
}

static void
quality_mean(const struct tables *t, const json_t *session,
    const struct metric *m, json_t *out)
{
	of_ratings(t, session, m, out, "quality", mean_of);
}

/* ---- positions ---- */

static int64_t
sign(int64_t n)
{
	return (n > 0) - (n < 0);
}

/* 1 when more positions before lie above 4, or as many; -1: below. */
static int64_t
majority_of(const json_t *before)
{
	int64_t balance = 0;
	const char *who;
	json_t *v;

	json_object_foreach((json_t *)before, who, v)
		balance += sign(json_integer_value(v) - NEUTRAL);
	return balance >= 0 ? 1 : -1;
}

/* Those on the majority's side less those on the other. */
static int64_t
agreement_index(const json_t *positions, int64_t majority)
{
	int64_t count = 0;
	const char *who;
	json_t *v;

	json_object_foreach((json_t *)positions, who, v)
		count += majority * sign(json_integer_value(v) - NEUTRAL);
	return count;
}

static void
index_of(const struct tables *t, const json_t *session, const struct metric *m,
    json_t *out, const char *slot)
{
	json_t *before = answers_of(t, session, "position");
	json_t *then = answers_of(t, session, slot);

	if (json_object_size(before) > 0)
		metric_add(out, m, session, -1, NULL,
		    agreement_index(then, majority_of(before)),
		    (int64_t)json_object_size(then));
	json_decref(before);
	json_decref(then);
}

static void
index_before(const struct tables *t, const json_t *session,
    const struct metric *m, json_t *out)
{
	index_of(t, session, m, out, "position");
}

static void
index_after(const struct tables *t, const json_t *session,
    const struct metric *m, json_t *out)
{
	index_of(t, session, m, out, "position_after");
}

static void
movement(const struct tables *t, const json_t *session, const struct metric *m,
    json_t *out)
{
	json_t *before = answers_of(t, session, "position");
	json_t *after = answers_of(t, session, "position_after");
	int64_t majority = majority_of(before), count = 0, n = 0;
	json_t *was, *is;
	const char *who;

	json_object_foreach(before, who, was) {
		is = json_object_get(after, who);
		if (is == NULL)
			continue;
		n++;
		count += majority *
			 sign(json_integer_value(is) - json_integer_value(was));
	}
	metric_add(out, m, session, -1, NULL, count, n);
	json_decref(before);
	json_decref(after);
}

/* Who agrees with the last winner, by the side they held before. */
static void
endorsement_by_side(const struct tables *t, const json_t *session,
    const struct metric *m, json_t *out)
{
	static const char *const sides[] = {"minority", "neutral", "majority"};
	json_t *before = answers_of(t, session, "position"), *row, *v;
	const char *winner = cell_str(session, "winner"), *who, *id, *scale;
	int64_t majority = majority_of(before), last, side;
	int64_t count[3] = {0}, n[3] = {0};
	size_t i;

	last = cell_int(session, "rounds", 0) - 1;
	json_array_foreach(t->rows[TABLE_RATINGS], i, row) {
		who = cell_str(row, "participant");
		id = cell_str(row, "statement");
		scale = cell_str(row, "scale");
		v = who != NULL ? json_object_get(before, who) : NULL;
		if (v == NULL || id == NULL || winner == NULL ||
		    scale == NULL || strcmp(id, winner) != 0 ||
		    strcmp(scale, "agreement") != 0 || !row_stands(row) ||
		    !row_is_of(row, row_session(session), last))
			continue;
		side = majority * sign(json_integer_value(v) - NEUTRAL) + 1;
		n[side]++;
		count[side] += cell_int(row, "value", 0) > NEUTRAL;
	}
	for (i = 0; i < 3; i++)
		metric_add(out, m, session, -1, sides[i], count[i], n[i]);
	json_decref(before);
}

/* ---- preference: the first winner, the revised one, neither ---- */

static void
preference(const struct tables *t, const json_t *session,
    const struct metric *m, json_t *out)
{
	static const char *const names[] = {"first", "revised", "same"};
	json_t *all = answers_of(t, session, "preference"), *v;
	int64_t count[3] = {0}, choice;
	const char *who;
	size_t i;

	json_object_foreach(all, who, v) {
		choice = json_integer_value(v);
		if (choice <= 3)
			count[choice - 1]++;
	}
	for (i = 0; i < 3; i++)
		metric_add(out, m, session, -1, names[i], count[i],
		    (int64_t)json_object_size(all));
	json_decref(all);
}

/* ---- ballots ---- */

static int64_t
rounds_of(const struct tables *t, const json_t *session)
{
	int64_t last = -1;
	json_t *row;
	size_t i;

	json_array_foreach(t->rows[TABLE_TALLIES], i, row) {
		if (row_is_of(row, row_session(session), -1) &&
		    cell_int(row, "round", 0) > last)
			last = cell_int(row, "round", 0);
	}
	return last < 1000 ? last + 1 : 1000;
}

static bool
is_counted(const json_t *row)
{
	const char *kind = cell_str(row, "kind");

	return kind != NULL && strcmp(kind, "cast") == 0 && row_stands(row);
}

/* Of the ballots that saw a statement in that place, those that put it first:
 * with no position effect the shares are alike. */
static void
first_by_place(const struct tables *t, const json_t *session,
    const struct metric *m, json_t *out)
{
	int64_t rounds = rounds_of(t, session), round, place;
	int64_t count[PLACES_MAX], n[PLACES_MAX];
	char name[24];
	json_t *row;
	size_t i;

	for (round = 0; round < rounds; round++) {
		memset(count, 0, sizeof count);
		memset(n, 0, sizeof n);
		json_array_foreach(t->rows[TABLE_BALLOTS], i, row) {
			place = cell_int(row, "place", 0);
			if (place < 1 || place > PLACES_MAX ||
			    !is_counted(row) ||
			    !row_is_of(row, row_session(session), round))
				continue;
			n[place - 1]++;
			count[place - 1] += cell_int(row, "rank", -1) == 0;
		}
		for (place = 1; place <= PLACES_MAX; place++) {
			snprintf(name, sizeof name, "place %" PRId64, place);
			metric_add(out, m, session, round, name,
			    count[place - 1], n[place - 1]);
		}
	}
}

/* ---- the predictor: as the tally of each round counted it ---- */

static void
of_winners(const struct tables *t, const json_t *session,
    const struct metric *m, json_t *out,
    void (*add)(const json_t *row, int64_t *count, int64_t *n))
{
	int64_t count, n;
	json_t *row;
	size_t i;

	json_array_foreach(t->rows[TABLE_TALLIES], i, row) {
		if (!row_is_of(row, row_session(session), -1) ||
		    !json_is_true(json_object_get(row, "winner")))
			continue;
		add(row, &count, &n);
		metric_add(
		    out, m, session, cell_int(row, "round", 0), NULL, count, n);
	}
}

static void
add_top(const json_t *row, int64_t *count, int64_t *n)
{
	*count = cell_int(row, "prediction_top_hits", 0);
	*n = cell_int(row, "prediction_top_n", 0);
}

static void
predictor_top(const struct tables *t, const json_t *session,
    const struct metric *m, json_t *out)
{
	of_winners(t, session, m, out, add_top);
}

static void
add_pairs(const json_t *row, int64_t *count, int64_t *n)
{
	int64_t with = cell_int(row, "prediction_concordant", 0);
	int64_t against = cell_int(row, "prediction_discordant", 0);

	*count = with - against;
	*n = with + against + cell_int(row, "prediction_tied_x", 0) +
	     cell_int(row, "prediction_tied_y", 0);
}

static void
predictor_pairs(const struct tables *t, const json_t *session,
    const struct metric *m, json_t *out)
{
	of_winners(t, session, m, out, add_pairs);
}

/* clang-format off */
const struct metric metrics[] = {
	{ "endorsement_mean", "sum of a statement's agreement ratings, of those who rated it", endorsement_mean },
	{ "endorsement_min", "a statement's lowest agreement rating", endorsement_min },
	{ "endorsement_share", "who rated a statement 5 or more, of those who rated it", endorsement_share },
	{ "quality_mean", "sum of a statement's quality ratings, of those who rated it", quality_mean },
	{ "endorsement_by_side", "who rated the last winner 5 or more, of each side before", endorsement_by_side },
	{ "agreement_index_before", "people on the majority's side of 4 less those on the other, before", index_before },
	{ "agreement_index_after", "the same after, the majority being that of before", index_after },
	{ "movement", "people who moved towards the majority's side less those who moved away", movement },
	{ "preference", "who prefers the first winner, the revised one, or neither", preference },
	{ "first_by_place", "ballots that put first what they were shown in that place", first_by_place },
	{ "predictor_top", "predicted ballots whose first is that of the cast one", predictor_top },
	{ "predictor_pairs", "pairs ordered alike less pairs ordered otherwise, of the pairs that one of both orders", predictor_pairs },
	{ .name = NULL },
};
/* clang-format on */

json_t *
metrics_of(const struct tables *t)
{
	json_t *out = json_array(), *session;
	const struct metric *m;
	size_t i;

	json_array_foreach(t->rows[TABLE_SESSIONS], i, session) {
		for (m = metrics; m->name != NULL; m++)
			m->measure(t, session, m, out);
	}
	return out;
}

void
metrics_csv(const json_t *rows, struct buf *out)
{
	static const char *const columns[] = {
	    "session", "round", "metric", "of", "count", "n"};
	const struct csv_style style = {0};
	json_t *row;
	size_t i, k;

	buf_adds(out, "session,round,metric,of,count,n,value");
	csv_end_row(out, &style);
	json_array_foreach(rows, i, row) {
		for (k = 0; k < sizeof columns / sizeof *columns; k++)
			csv_put_json(out, false, k == 0,
			    json_object_get(row, columns[k]));
		buf_addf(out, ",%.6f",
		    (double)cell_int(row, "count", 0) /
			(double)cell_int(row, "n", 1));
		csv_end_row(out, &style);
	}
}
