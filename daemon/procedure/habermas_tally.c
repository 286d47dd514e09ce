/* Counting a ballot: whose ballots count, the election, what goes with it. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/stream.h"
#include "procedure/habermas.h"

/* One election over the statements of the slate that still stand. */
struct election {
	int *statements, *places; /* index of statement, place on the slate */
	size_t n;
	struct profile profile;
	int *voters; /* participant of each ballot counted */
	bool *cast;  /* cast, or predicted */
	size_t nvoters, predicted;
	struct rating *agreement, *quality;
	struct tally tally;
};

static json_t *
ids_json(const struct session *s, const int *statements, size_t n)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		json_array_append_new(
		    list, json_string(s->statements[statements[i]].id));
	return list;
}

static json_t *
matrix_json(const int64_t *m, size_t n)
{
	json_t *rows = json_array(), *row;
	size_t i, k;

	for (i = 0; i < n; i++) {
		row = json_array();
		for (k = 0; k < n; k++)
			json_array_append_new(row, json_integer(m[i * n + k]));
		json_array_append_new(rows, row);
	}
	return rows;
}

/* Lists of ids by social rank, best first. */
static json_t *
order_json(
    const struct session *s, const int *statements, const struct tally *t)
{
	json_t *order = json_array();
	int32_t r;
	size_t i;

	for (i = 0; i < t->n; i++)
		json_array_append_new(order, json_array());
	for (i = 0; i < t->n; i++) {
		r = t->rank[i];
		json_array_append_new(json_array_get(order, (size_t)r),
		    json_string(s->statements[statements[i]].id));
	}
	while (json_array_size(order) > 0 &&
	       json_array_size(
		   json_array_get(order, json_array_size(order) - 1)) == 0)
		json_array_remove(order, json_array_size(order) - 1);
	return order;
}

void
habermas_election_json(json_t *data, const struct session *s,
    const int *statements, const struct profile *p, const struct tally *t)
{
	json_t *order = order_json(s, statements, t);

	json_object_set_new(data, "method", json_string(t->rule->name));
	json_object_set_new(data, "candidates", ids_json(s, statements, t->n));
	json_object_set_new(
	    data, "ballots", json_integer((json_int_t)p->ballots));
	json_object_set_new(data, "matrix", matrix_json(t->d, t->n));
	if (t->p != NULL)
		json_object_set_new(data, "paths", matrix_json(t->p, t->n));
	json_object_set(data, "winners", json_array_get(order, 0));
	json_object_set_new(data, "order", order);
}

static void
election_candidates(const struct session *s, struct election *el)
{
	size_t i;

	el->statements = xcalloc(s->nslate + 1, sizeof *el->statements);
	el->places = xcalloc(s->nslate + 1, sizeof *el->places);
	for (i = 0; i < s->nslate; i++)
		if (!s->statements[s->slate[i]].struck) {
			el->places[el->n] = (int)i;
			el->statements[el->n++] = s->slate[i];
		}
}

static bool
cast_rank(const struct session *s, const struct election *el, size_t who,
    int32_t *rank)
{
	const struct given *g = &s->participants[who].given[H_BALLOT];
	size_t i;

	if (g->seq == 0 || g->round != s->round || g->rank == NULL)
		return false;
	for (i = 0; i < el->n; i++)
		rank[i] = g->rank[el->places[i]];
	ranks_densify(rank, el->n);
	return true;
}

/* Only those present count; a prediction speaks for the silent in
 * simulations alone, and never for who abstained. */
static void
election_ballots(const struct session *s, struct election *el)
{
	int32_t *rank = xcalloc(el->n + 1, sizeof *rank);
	const struct participant *p;
	size_t i;
	bool cast;

	el->voters = xcalloc(s->nparticipants + 1, sizeof *el->voters);
	el->cast = xcalloc(s->nparticipants + 1, sizeof *el->cast);
	profile_init(&el->profile, el->n);
	/* With every statement struck there is nothing to count. */
	for (i = 0; el->n > 0 && i < s->nparticipants; i++) {
		p = &s->participants[i];
		if (p->presence == REMOVED || p->abstained)
			continue;
		cast = cast_rank(s, el, i, rank);
		if (!cast &&
		    (s->settings[H_ABSENT] == 0 || p->presence != PRESENT ||
			!habermas_predicted(
			    s, (int)i, el->statements, el->n, rank)))
			continue;
		profile_add(&el->profile, rank);
		el->cast[el->nvoters] = cast;
		el->voters[el->nvoters++] = (int)i;
		el->predicted += !cast;
	}
	free(rank);
}

static const uint8_t *
ratings_of(const struct session *s, size_t who, enum habermas_slot slot)
{
	const struct participant *p = &s->participants[who];
	const struct given *g = &p->given[slot];

	if (p->presence == REMOVED || p->abstained || g->seq == 0 ||
	    g->round != s->round)
		return NULL;
	return g->rating;
}

static struct rating *
election_ratings(
    const struct session *s, const struct election *el, enum habermas_slot slot)
{
	struct rating *out = xcalloc(el->n + 1, sizeof *out);
	const uint8_t *given;
	size_t i, k;
	int v;

	for (i = 0; i < s->nparticipants; i++) {
		given = ratings_of(s, i, slot);
		for (k = 0; given != NULL && k < el->n; k++) {
			v = given[el->places[k]];
			if (v == 0)
				continue;
			if (out[k].n == 0 || v < out[k].min)
				out[k].min = v;
			out[k].n++;
			out[k].sum += v;
			out[k].ge5 += v >= 5;
		}
	}
	return out;
}

static json_t *
rating_json(const struct rating *r)
{
	return json_pack("{s:I,s:I,s:I,s:I}", "sum", (json_int_t)r->sum, "n",
	    (json_int_t)r->n, "min", (json_int_t)r->min, "ge5",
	    (json_int_t)r->ge5);
}

static json_t *
ratings_json(const struct session *s, const struct election *el,
    const struct rating *ratings)
{
	json_t *o = json_object();
	size_t i;

	for (i = 0; i < el->n; i++)
		json_object_set_new(o, s->statements[el->statements[i]].id,
		    rating_json(&ratings[i]));
	return o;
}

/* How well the predictor did where somebody then voted. */
static json_t *
prediction_json(const struct session *s, const struct election *el)
{
	int32_t *cast = xcalloc(el->n + 1, sizeof *cast);
	int32_t *guess = xcalloc(el->n + 1, sizeof *guess);
	struct kendall one, all = {0, 0, 0, 0};
	json_int_t n = 0, hits = 0;
	size_t i, k;
	bool hit;

	for (i = 0; i < s->nparticipants; i++) {
		if (!cast_rank(s, el, i, cast) ||
		    !habermas_predicted(
			s, (int)i, el->statements, el->n, guess))
			continue;
		kendall_count(guess, cast, el->n, &one);
		all.concordant += one.concordant;
		all.discordant += one.discordant;
		all.tied_x += one.tied_x;
		all.tied_y += one.tied_y;
		for (k = 0, hit = false; k < el->n; k++)
			hit |= guess[k] == 0 && cast[k] == 0;
		hits += hit;
		n++;
	}
	free(cast);
	free(guess);
	return json_pack("{s:I,s:I,s:I,s:I,s:I,s:I}", "top_hits", hits, "top_n",
	    n, "concordant", (json_int_t)all.concordant, "discordant",
	    (json_int_t)all.discordant, "tied_x", (json_int_t)all.tied_x,
	    "tied_y", (json_int_t)all.tied_y);
}

/* How many put the winner last, and knew something better. */
static json_int_t
ranked_last(const struct election *el, size_t winner)
{
	const int32_t *rank;
	json_int_t n = 0;
	size_t i, k;
	bool last;

	for (i = 0; i < el->profile.ballots; i++) {
		rank = el->profile.rank + i * el->n;
		last = el->cast[i] && rank[winner] > 0;
		for (k = 0; last && k < el->n; k++)
			last = rank[k] <= rank[winner];
		n += last;
	}
	return n;
}

/* Of those who would not sign the winner: what most of them would sign. */
static json_t *
other_side(const struct session *s, const struct election *el, size_t winner)
{
	json_int_t size = 0, *ge5 = xcalloc(el->n + 1, sizeof *ge5);
	const uint8_t *given;
	size_t i, k, best = winner;
	json_t *side;
	int8_t v;

	for (i = 0; i < s->nparticipants; i++) {
		given = ratings_of(s, i, H_AGREEMENT);
		v = given != NULL ? given[el->places[winner]] : 0;
		if (v == 0 || v >= 5)
			continue;
		size++;
		for (k = 0; k < el->n; k++)
			ge5[k] += given[el->places[k]] >= 5;
	}
	for (k = 0; k < el->n; k++)
		if (ge5[k] > ge5[best])
			best = k;
	side = json_pack("{s:I,s:I}", "size", size, "ge5", ge5[best]);
	json_object_set_new(side, "statement",
	    ge5[best] > 0 ? json_string(s->statements[el->statements[best]].id)
			  : json_null());
	free(ge5);
	return side;
}

static json_t *
better_json(const struct session *s, const struct election *el, size_t winner)
{
	const struct rating *w = &el->agreement[winner], *r;
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < el->n; i++) {
		r = &el->agreement[i];
		if (i == winner || r->n == 0 || w->n == 0 ||
		    (r->min <= w->min && r->sum * w->n <= w->sum * r->n))
			continue;
		json_array_append_new(
		    list, json_string(s->statements[el->statements[i]].id));
	}
	return list;
}

static json_t *
tie_json(const struct session *s, const struct election *el,
    enum tie_decider decider)
{
	json_t *among = json_array();
	size_t i;

	for (i = 0; i < el->n && el->tally.winners > 1; i++)
		if (el->tally.rank[i] == 0)
			json_array_append_new(among,
			    json_string(s->statements[el->statements[i]].id));
	return json_pack("{s:s,s:s,s:o}", "rule",
	    tie_break_names[habermas_tie_break(s)], "decider",
	    tie_decider_names[decider], "among", among);
}

static void
election_winner(const struct session *s, struct election *el, json_t *data)
{
	enum tie_decider decider;
	struct stream draw;
	size_t winner;

	if (el->profile.ballots == 0) {
		json_object_set_new(data, "winner", json_null());
		return;
	}
	stream_open(&draw, s->seed, "tie", (uint64_t)s->round, 0);
	winner = tie_resolve(&el->tally, &el->profile, el->agreement,
	    habermas_tie_break(s), &draw, &decider);
	json_object_set_new(data, "winner",
	    json_string(s->statements[el->statements[winner]].id));
	json_object_set_new(data, "tie_break", tie_json(s, el, decider));
	json_object_set_new(
	    data, "winner_last", json_integer(ranked_last(el, winner)));
	json_object_set_new(data, "other_side", other_side(s, el, winner));
	json_object_set_new(data, "better", better_json(s, el, winner));
}

static void
election_free(struct election *el)
{
	free(el->statements);
	free(el->places);
	free(el->voters);
	free(el->cast);
	free(el->agreement);
	free(el->quality);
	profile_free(&el->profile);
	tally_free(&el->tally);
}

struct event *
habermas_tally(const struct session *s)
{
	struct election el = {0};
	json_t *data = json_object();

	election_candidates(s, &el);
	election_ballots(s, &el);
	el.agreement = election_ratings(s, &el, H_AGREEMENT);
	el.quality = election_ratings(s, &el, H_QUALITY);
	el.profile.ratings = el.agreement;
	tally_run(habermas_rule(s), &el.profile, &el.tally);
	habermas_election_json(data, s, el.statements, &el.profile, &el.tally);
	json_object_set_new(data, "round", json_integer(s->round));
	json_object_set_new(
	    data, "predicted", json_integer((json_int_t)el.predicted));
	json_object_set_new(
	    data, "kind", json_string(el.predicted > 0 ? "mixed" : "cast"));
	json_object_set_new(
	    data, "agreement", ratings_json(s, &el, el.agreement));
	json_object_set_new(data, "quality", ratings_json(s, &el, el.quality));
	json_object_set_new(data, "prediction", prediction_json(s, &el));
	election_winner(s, &el, data);
	election_free(&el);
	return event_make("tally.decided", data);
}
