#include "record/ballots.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "choice/slate.h"
#include "session/procedure.h"

/* ---- reading them from the state ---- */

static int
setting_row(const struct procedure *p, const char *name)
{
	int i;

	for (i = 0; p->settings[i].name != NULL; i++)
		if (strcmp(p->settings[i].name, name) == 0)
			return i;
	return -1;
}

const char *const *
ballots_choices(const struct procedure *p, const char *setting)
{
	int row = setting_row(p, setting);

	return row != -1 ? p->settings[row].choices : NULL;
}

/* The choice a setting stands at, or "". */
static const char *
chosen(const struct session *s, const char *name)
{
	int row = setting_row(s->procedure, name);

	return row != -1 && s->procedure->settings[row].choices != NULL
		   ? s->procedure->settings[row].choices[s->settings[row]]
		   : "";
}

/* Drafts of this round have an election of their own; what people proposed
 * and the kept winner have a place on the ballot without one. */
static int
draft_of(const struct session *s, int statement)
{
	const struct statement *st = &s->statements[statement];

	return st->origin == FROM_DRAFT && st->round == s->round &&
		       statement != s->previous
		   ? st->draft
		   : 0;
}

static void
add_candidate(
    struct ballots *e, const struct session *s, int *statements, int statement)
{
	statements[e->n] = statement;
	e->draft[e->n] = draft_of(s, statement);
	memcpy(e->ids[e->n++], s->statements[statement].id, STATEMENT_ID_MAX);
}

static void
read_candidates(struct ballots *e, const struct session *s, int *statements)
{
	const int *from = e->vote ? s->slate : s->candidates;
	size_t i, n = e->vote ? s->nslate : s->ncandidates;

	e->ids = xcalloc(n + 1, sizeof *e->ids);
	e->draft = xcalloc(n + 1, sizeof *e->draft);
	for (i = 0; i < n; i++)
		if (!s->statements[from[i]].struck &&
		    (e->vote || draft_of(s, from[i]) != 0))
			add_candidate(e, s, statements, from[i]);
}

static int32_t *
predicted_rank(const struct session *s, const struct ballots *e, int who,
    const int *statements)
{
	size_t k, c, known = 0;
	const int32_t *all = session_predicted(s, who, &known);
	int32_t *rank;

	if (all == NULL)
		return NULL;
	rank = xcalloc(e->n + 1, sizeof *rank);
	for (k = 0; k < e->n; k++) {
		rank[k] = -1;
		for (c = 0; c < known; c++)
			if (s->candidates[c] == statements[k])
				rank[k] = all[c];
	}
	ranks_densify(rank, e->n);
	return rank;
}

/* What somebody gave in this round, for this slate, in a slot; NULL.  Nobody
 * has checked that a recording's derived events follow from its inputs. */
static const struct given *
given_now(const struct session *s, int who, const char *slot)
{
	int row = session_slot(s, slot);
	const struct given *g;

	if (row == -1)
		return NULL;
	g = &s->participants[who].given[row];
	return g->seq != 0 && g->round == s->round && g->places == s->nslate
		   ? g
		   : NULL;
}

static void
read_cast(const struct session *s, const struct ballots *e, int who,
    const int *statements, struct ballots_row *b)
{
	const struct given *ballot = given_now(s, who, "ballot");
	const struct given *rating = given_now(s, who, "agreement");
	size_t k;

	if (ballot != NULL && ballot->rank != NULL) {
		b->cast = xcalloc(e->n + 1, sizeof *b->cast);
		for (k = 0; k < e->n; k++)
			b->cast[k] =
			    ballot->rank[session_slate_place(s, statements[k])];
		ranks_densify(b->cast, e->n);
	}
	if (rating != NULL && rating->rating != NULL) {
		b->rating = xcalloc(e->n + 1, sizeof *b->rating);
		for (k = 0; k < e->n; k++)
			b->rating[k] =
			    rating
				->rating[session_slate_place(s, statements[k])];
	}
}

/* Who was removed or abstained is not counted, nor are their ratings. */
static void
read_ballots(struct ballots *e, const struct session *s, const int *statements)
{
	bool stand_ins = strcmp(chosen(s, "absent"), "predicted") == 0;
	const struct participant *p;
	struct ballots_row *b;
	size_t i;

	e->ballots = xcalloc(s->nparticipants + 1, sizeof *e->ballots);
	for (i = 0; i < s->nparticipants; i++) {
		p = &s->participants[i];
		b = &e->ballots[e->nballots++];
		memcpy(b->participant, p->id, PARTICIPANT_ID_MAX);
		b->predicted = predicted_rank(s, e, (int)i, statements);
		b->counts = p->presence != REMOVED && !p->abstained;
		if (e->vote)
			read_cast(s, e, (int)i, statements, b);
		b->stands_in = stand_ins && b->counts && b->cast == NULL &&
			       p->presence == PRESENT;
	}
}

bool
ballots_of(const struct session *s, const char *type, struct ballots *out)
{
	bool vote = strcmp(type, "tally.decided") == 0;
	int *statements;

	*out = (struct ballots){.vote = vote, .round = s->round};
	if (!vote && strcmp(type, "slate.decided") != 0)
		return false;
	statements = xcalloc(
	    (vote ? s->nslate : s->ncandidates) + 1, sizeof *statements);
	read_candidates(out, s, statements);
	read_ballots(out, s, statements);
	free(statements);
	strlcpy(out->method, chosen(s, "method"), sizeof out->method);
	strlcpy(out->seed, s->seed, sizeof out->seed);
	if (vote) {
		strlcpy(out->tie_break, chosen(s, "tie_break"),
		    sizeof out->tie_break);
		return true;
	}
	strlcpy(out->tie_break, "ballot", sizeof out->tie_break);
	strlcpy(out->slate, chosen(s, "slate"), sizeof out->slate);
	out->places = (size_t)session_setting(s, "shown");
	return true;
}

void
ballots_clear(struct ballots *e)
{
	size_t i;

	for (i = 0; i < e->nballots; i++) {
		free(e->ballots[i].cast);
		free(e->ballots[i].predicted);
		free(e->ballots[i].rating);
	}
	free(e->ballots);
	free(e->ids);
	free(e->draft);
	*e = (struct ballots){0};
}

/* ---- counting ---- */

static const int32_t *
counted_rank(const struct ballots *e, const struct ballots_row *b,
    enum counted_ballots which)
{
	if (!e->vote)
		return which == COUNT_CAST ? NULL : b->predicted;
	if (which == COUNT_PREDICTED)
		return b->predicted;
	if (!b->counts)
		return NULL;
	if (b->cast != NULL)
		return b->cast;
	return which == COUNT_AS_WAS && b->stands_in ? b->predicted : NULL;
}

static bool
same(const char *a, const char *b)
{
	return a != NULL && strcmp(a, b) == 0;
}

static void
fill_profile(const struct ballots *e, const struct counting *how,
    const struct count *c, struct profile *p)
{
	int32_t *row = xcalloc(c->n + 1, sizeof *row);
	const struct ballots_row *b;
	const int32_t *rank;
	size_t i, k;

	profile_init(p, c->n);
	/* Without candidates there is nothing to count. */
	for (i = 0; c->n > 0 && i < e->nballots; i++) {
		b = &e->ballots[i];
		rank = counted_rank(e, b, how->ballots);
		if (rank == NULL || same(how->without, b->participant))
			continue;
		for (k = 0; k < c->n; k++)
			row[k] = rank[c->index[k]];
		profile_add(p, row);
		if (same(how->doubled, b->participant))
			profile_add(p, row);
	}
	free(row);
}

static void
add_rating(struct rating *r, int v)
{
	if (v == 0)
		return;
	if (r->n == 0 || v < r->min)
		r->min = v;
	r->n++;
	r->sum += v;
	r->ge5 += v >= 5;
}

static struct rating *
ratings_of(
    const struct ballots *e, const struct counting *how, const struct count *c)
{
	struct rating *out = xcalloc(c->n + 1, sizeof *out);
	const struct ballots_row *b;
	size_t i, k;

	for (i = 0; i < e->nballots; i++) {
		b = &e->ballots[i];
		if (b->rating == NULL || !b->counts ||
		    same(how->without, b->participant))
			continue;
		for (k = 0; k < c->n; k++) {
			add_rating(&out[k], b->rating[c->index[k]]);
			if (same(how->doubled, b->participant))
				add_rating(&out[k], b->rating[c->index[k]]);
		}
	}
	return out;
}

static int
unknown(const char *what, const char *name, struct err *err)
{
	return err_set(
	    err, ERR_INVALID_PARAMS, what, "there is no %s %.60s", what, name);
}

/* The names stand in the order of enum tie_break in every procedure. */
static int
find_tie_break(const char *name, enum tie_break *out, struct err *err)
{
	int found = tie_break_find(name);

	if (found != -1) {
		*out = (enum tie_break)found;
		return 0;
	}
	return unknown("tie_break", name, err);
}

static void
settle(const struct ballots *e, const struct counting *how,
    const struct profile *p, const struct rating *ratings, enum tie_break tie,
    struct count *out)
{
	struct stream draw;
	size_t chosen;

	out->winner = e->n;
	if (p->ballots == 0)
		return;
	stream_open(&draw, how->seed != NULL ? how->seed : e->seed,
	    e->vote ? "tie" : "slate", (uint64_t)e->round, 0);
	chosen =
	    tie_resolve(&out->tally, p, ratings, tie, &draw, &out->decider);
	if (chosen < out->n) /* `none` leaves ties as they are */
		out->winner = out->index[chosen];
}

static void
count_by(const struct ballots *e, const struct counting *how,
    const struct rule *rule, enum tie_break tie, struct count *out)
{
	struct rating *ratings = NULL;
	struct profile p;

	if (e->vote)
		ratings = ratings_of(e, how, out);
	fill_profile(e, how, out, &p);
	p.ratings = ratings;
	out->ballots = p.ballots;
	tally_run(rule, &p, &out->tally);
	settle(e, how, &p, ratings, tie, out);
	profile_free(&p);
	free(ratings);
}

int
ballots_count(const struct ballots *e, const struct counting *how,
    struct count *out, struct err *err)
{
	const char *method = how->method != NULL ? how->method : e->method;
	const char *tie_name =
	    e->vote && how->tie_break != NULL ? how->tie_break : e->tie_break;
	const struct rule *rule = rule_find(method);
	enum tie_break tie = TIE_BALLOT;
	size_t i;

	*out = (struct count){.winner = e->n};
	if (rule == NULL)
		return unknown("method", method, err);
	/* Nobody predicts ratings: as in a session, a rule that needs them
	 * leaves the predicted ballots to this one. */
	if (!e->vote && rule->needs == NEEDS_RATINGS)
		rule = rule_find("schulze");
	if (find_tie_break(tie_name, &tie, err) == -1)
		return -1;
	out->index = xcalloc(e->n + 1, sizeof *out->index);
	for (i = 0; i < e->n; i++)
		if (how->among == NULL || how->among[i])
			out->index[out->n++] = i;
	count_by(e, how, rule, tie, out);
	return 0;
}

void
count_clear(struct count *c)
{
	free(c->index);
	tally_free(&c->tally);
	*c = (struct count){0};
}

int
ballots_slate(const struct ballots *e, const struct counting *how,
    const struct count *c, const char *rule_name, bool *shown, struct err *err)
{
	const struct slate_rule *rule =
	    slate_find(rule_name != NULL ? rule_name : e->slate);
	bool *allowed = xcalloc(c->n + 1, sizeof *allowed);
	size_t i, first = 0, n = 0;
	size_t *out = xcalloc(c->n + 1, sizeof *out);
	struct profile p;

	memset(shown, 0, e->n * sizeof *shown);
	for (i = 0; i < c->n; i++) {
		allowed[i] = true;
		if (c->index[i] == c->winner)
			first = i;
	}
	fill_profile(e, how, c, &p);
	if (rule != NULL && c->n > 0)
		n = rule->choose(&p, &c->tally, first, allowed, e->places, out);
	for (i = 0; i < n; i++)
		shown[c->index[out[i]]] = true;
	profile_free(&p);
	free(allowed);
	free(out);
	return rule != NULL
		   ? 0
		   : unknown("slate", rule_name != NULL ? rule_name : e->slate,
			 err);
}

/* ---- comparing ---- */

static bool
same_matrix(const json_t *rows, const struct tally *t)
{
	const json_t *v;
	size_t i, k;

	if (json_array_size(rows) != t->n)
		return false;
	for (i = 0; i < t->n; i++)
		for (k = 0; k < t->n; k++) {
			v = json_array_get(json_array_get(rows, i), k);
			if (!json_is_integer(v) ||
			    json_integer_value(v) != t->d[i * t->n + k])
				return false;
		}
	return true;
}

static bool
same_ids(const json_t *list, const struct ballots *e)
{
	const char *id;
	size_t i;

	for (i = 0; i < e->n; i++) {
		id = json_string_value(json_array_get(list, i));
		if (id == NULL || strcmp(id, e->ids[i]) != 0)
			return false;
	}
	return json_array_size(list) == e->n;
}

static bool
same_winners(const json_t *list, const struct ballots *e, const struct count *c)
{
	const char *id;
	size_t i, at = 0;

	for (i = 0; i < c->n; i++) {
		if (c->tally.rank[i] != 0)
			continue;
		id = json_string_value(json_array_get(list, at++));
		if (id == NULL || strcmp(id, e->ids[c->index[i]]) != 0)
			return false;
	}
	return json_array_size(list) == at;
}

const char *
ballots_differs(
    const struct ballots *e, const struct count *c, const struct event *decided)
{
	const char *winner = event_str(decided, "winner");
	const json_t *o = decided->data;

	if (!same_ids(json_object_get(o, "candidates"), e))
		return "candidates";
	if (event_int(decided, "ballots", -1) != (int64_t)c->ballots)
		return "ballots";
	if (!same_matrix(json_object_get(o, "matrix"), &c->tally))
		return "matrix";
	if (!same_winners(json_object_get(o, "winners"), e, c))
		return "winners";
	if (c->winner == e->n ? winner != NULL
			      : !same(winner, e->ids[c->winner]))
		return "winner";
	return NULL;
}
