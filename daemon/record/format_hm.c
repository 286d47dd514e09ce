/*
 * The Habermas Machine's tables, both ways.  Their round is our session, their
 * iteration our round.  Rows have flat dotted keys; unknown ones are kept.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/contest.h"
#include "record/format_own.h"

#define NAME_SIZE      128
#define ITERATIONS_MAX 1000
#define RANK_MAX       100000

static const char *const agreement_labels[] = {"MOCK", "STRONGLY_DISAGREE",
    "DISAGREE", "SOMEWHAT_DISAGREE", "NEUTRAL", "SOMEWHAT_AGREE", "AGREE",
    "STRONGLY_AGREE"};
static const char *const quality_labels[] = {"MOCK", "TERRIBLE_QUALITY",
    "POOR_QUALITY", "SOMEWHAT_POOR_QUALITY", "NEUTRAL", "SOMEWHAT_GOOD_QUALITY",
    "GOOD_QUALITY", "EXCELLENT_QUALITY"};
/* MODRATELY is how the data spells it. */
static const char *const importance_labels[] = {"MOCK", "NOT_IMPORTANT",
    "SLIGHTLY_IMPORTANT", "MODRATELY_IMPORTANT", "IMPORTANT", "VERY_IMPORTANT"};

/* ---- values ---- */

/* An id, which is a text or a number; false: there is none. */
static bool
name_of(const json_t *v, char name[NAME_SIZE])
{
	int64_t number;

	name[0] = '\0';
	if (json_is_string(v))
		snprintf(name, NAME_SIZE, "%s", json_string_value(v));
	else if (whole_number(v, &number))
		snprintf(name, NAME_SIZE, "%" PRId64, number);
	return name[0] != '\0';
}

static bool
row_name(const struct sheet_head *h, const json_t *row, const char *column,
    char name[NAME_SIZE])
{
	json_t *v = row_value(h, row, column);
	bool is = name_of(v, name);

	json_decref(v);
	return is;
}

static bool
person_of(const struct sheet_head *h, const json_t *row, char name[NAME_SIZE])
{
	return row_name(h, row, "worker_id", name) ||
	       row_name(h, row, "metadata.participant_id", name);
}

/* A label or a number; 0: none, or a mock. */
static int64_t
level_of(const json_t *v, const char *const *labels)
{
	const char *s = json_string_value(v);
	int64_t i;

	if (whole_number(v, &i))
		return i >= 1 && i <= 7 ? i : 0;
	if (s == NULL)
		return 0;
	for (i = 1; i < 8; i++) {
		if (labels == importance_labels && i > 5)
			break;
		if (strcmp(labels[i], s) == 0)
			return i;
	}
	return 0;
}

/* ---- import: checks ---- */

static int
check_lists(const struct sheet_head *h, const json_t *row, struct err *err)
{
	json_t *ranks = row_value(h, row, "rankings.numerical_ranks");
	json_t *ids = row_value(h, row, "rankings.candidate_ids");
	json_t *rank;
	size_t i, n = json_array_size(ranks);
	int64_t number;
	int r = 0;

	if (ranks == NULL)
		goto end; /* nobody ranked here */
	if (!json_is_array(ranks) || (ids != NULL && json_array_size(ids) != n))
		r = err_set(err, ERR_BROKEN, "rankings",
		    "rankings.numerical_ranks and rankings.candidate_ids "
		    "must be lists of one length");
	json_array_foreach(ranks, i, rank) {
		if (r == 0 && (!whole_number(rank, &number) || number < -1 ||
				  number > RANK_MAX))
			r = err_set(err, ERR_BROKEN, "rankings",
			    "rankings.numerical_ranks must be whole numbers "
			    "from 0, or -1");
	}
end:
	json_decref(ranks);
	json_decref(ids);
	return r;
}

static int
check_comparison(const struct sheet_head *h, const json_t *row, struct err *err)
{
	char name[NAME_SIZE];
	int64_t n;

	if (!row_name(h, row, "round_id", name))
		return err_set(
		    err, ERR_BROKEN, "round_id", "round_id is missing");
	if (!person_of(h, row, name))
		return err_set(err, ERR_BROKEN, "worker_id",
		    "worker_id and metadata.participant_id are missing");
	if (row_int(h, row, "iteration_index", 0, ITERATIONS_MAX, &n) != 1)
		return err_set(err, ERR_BROKEN, "iteration_index",
		    "iteration_index must be a whole number from 0 to %d",
		    ITERATIONS_MAX);
	return check_lists(h, row, err);
}

/* ---- import: rows told to our tables ---- */

/* What all rows of a comparison's row share. */
struct told {
	struct tables *t;
	const struct sheet_head *h;
	const json_t *row;
	char round[NAME_SIZE], person[NAME_SIZE];
	int64_t iteration;
};

static void
set_common(const struct told *o, json_t *row)
{
	row_set_str(row, "session", o->round);
	row_set_int(row, "round", o->iteration);
	row_set_str(row, "participant", o->person);
	row_set_str(row, "status", "counted");
}

static void
tell_session(const struct told *o)
{
	static const char *const columns[][2] = {{"question.text", "question"},
	    {"question.affirming_statement", "affirming"},
	    {"question.negating_statement", "negating"},
	    {"question.id", "label.question_id"},
	    {"question.topic", "label.topic"},
	    {"question.split", "label.split"}, {"launch_id", "label.launch_id"},
	    {"metadata.version", "label.version"}};
	json_t *s = tables_row(o->t, TABLE_SESSIONS, o->round), *p, *v;
	char key[2 * NAME_SIZE + 2];
	size_t i;

	if (json_object_size(s) == 0) {
		row_set_str(s, "session", o->round);
		row_set_str(s, "imported", "hm");
		for (i = 0; i < sizeof columns / sizeof *columns; i++) {
			v = row_value(o->h, o->row, columns[i][0]);
			if (v != NULL)
				json_object_set_new(s, columns[i][1], v);
		}
	}
	snprintf(key, sizeof key, "%s/%s", o->round, o->person);
	p = tables_row(o->t, TABLE_PARTICIPANTS, key);
	row_set_str(p, "session", o->round);
	row_set_str(p, "participant", o->person);
}

static void
tell_text(const struct told *o, enum table_id id, const char *column)
{
	const char *text = row_text(o->h, o->row, column);
	char key[2 * NAME_SIZE + 32];
	json_t *row;

	snprintf(key, sizeof key, "%s/%s/%" PRId64, o->round, o->person,
	    id == TABLE_OPINIONS ? 0 : o->iteration);
	if (text == NULL || tables_find(o->t, id, key) != NULL)
		return;
	row = tables_row(o->t, id, key);
	set_common(o, row);
	if (id == TABLE_OPINIONS)
		json_object_del(row, "round");
	row_set_str(row, "text", text);
}

/* The id of candidate i of n, by whichever list has it. */
static void
candidate_name(const struct told *o, const json_t *ids, const json_t *others,
    size_t i, char name[NAME_SIZE])
{
	if (!name_of(json_array_get(ids, i), name) &&
	    !name_of(json_array_get(others, i), name))
		snprintf(
		    name, NAME_SIZE, "i%" PRId64 "c%zu", o->iteration, i + 1);
}

/* A winner that a survey names, once it is known where it stood. */
static void
link_winner(struct tables *t, const char *id)
{
	char key[NAME_SIZE + 8];
	const json_t *stood;
	json_t *won;

	snprintf(key, sizeof key, "stood/%s", id);
	stood = tables_find(t, TABLE_TALLIES, key);
	snprintf(key, sizeof key, "won/%s", id);
	won = tables_find(t, TABLE_TALLIES, key);
	if (stood != NULL && won != NULL)
		json_object_update(won, (json_t *)stood);
}

static void
tell_candidate(const struct told *o, const char *id, const json_t *text,
    const json_t *provenance)
{
	char key[NAME_SIZE + 8];
	json_t *st, *stood;

	snprintf(key, sizeof key, "hm/%s", id);
	st = tables_row(o->t, TABLE_STATEMENTS, key);
	if (json_object_size(st) == 0) {
		row_set_str(st, "session", o->round);
		row_set_str(st, "statement", id);
		row_set_int(st, "round", o->iteration);
		if (json_is_string(provenance))
			json_object_set(st, "source", (json_t *)provenance);
		json_object_set_new(st, "shown", json_true());
		if (json_is_string(text))
			json_object_set(st, "text", (json_t *)text);
	}
	stood = json_pack("{s:s,s:I}", "session", o->round, "round",
	    (json_int_t)o->iteration);
	snprintf(key, sizeof key, "stood/%s", id);
	json_object_set_new(o->t->index[TABLE_TALLIES], key, stood);
	link_winner(o->t, id);
}

static void
tell_rating(const struct told *o, const char *id, const char *scale,
    const json_t *value, const char *const *labels)
{
	int64_t level = level_of(value, labels);
	json_t *row;

	if (level == 0)
		return;
	row = tables_add(o->t, TABLE_RATINGS);
	set_common(o, row);
	row_set_str(row, "statement", id);
	row_set_str(row, "scale", scale);
	row_set_int(row, "value", level);
}

static void
tell_rank(const struct told *o, const char *id, const json_t *rank)
{
	int64_t number;
	json_t *row;

	if (!whole_number(rank, &number) || number < 0)
		return;
	row = tables_add(o->t, TABLE_BALLOTS);
	set_common(o, row);
	row_set_str(row, "kind", "cast");
	row_set_str(row, "statement", id);
	row_set_int(row, "rank", number);
}

static void
tell_candidates(const struct told *o)
{
	json_t *ids = row_value(o->h, o->row, "candidates.metadata.id");
	json_t *ranked = row_value(o->h, o->row, "rankings.candidate_ids");
	json_t *ranks = row_value(o->h, o->row, "rankings.numerical_ranks");
	json_t *texts = row_value(o->h, o->row, "candidates.text");
	json_t *from =
	    row_value(o->h, o->row, "candidates.metadata.provenance");
	json_t *agreement = row_value(o->h, o->row, "ratings.agreement");
	json_t *quality = row_value(o->h, o->row, "ratings.quality");
	size_t i, n = json_array_size(texts);
	char id[NAME_SIZE];

	for (i = 0; i < n; i++) {
		candidate_name(o, ids, ranked, i, id);
		tell_candidate(
		    o, id, json_array_get(texts, i), json_array_get(from, i));
		tell_rating(o, id, "agreement", json_array_get(agreement, i),
		    agreement_labels);
		tell_rating(o, id, "quality", json_array_get(quality, i),
		    quality_labels);
	}
	for (i = 0; i < json_array_size(ranks); i++) {
		candidate_name(o, ranked, ids, i, id);
		tell_rank(o, id, json_array_get(ranks, i));
	}
	json_decref(ids);
	json_decref(ranked);
	json_decref(ranks);
	json_decref(texts);
	json_decref(from);
	json_decref(agreement);
	json_decref(quality);
}

static json_t *
winner_row(struct tables *t, const char *key, const char *id)
{
	json_t *row = tables_row(t, TABLE_TALLIES, key);

	row_set_str(row, "kind", "cast");
	row_set_str(row, "statement", id);
	json_object_set_new(row, "winner", json_true());
	json_object_set_new(row, "published", json_true());
	return row;
}

/* What is being criticised won the iteration before. */
static void
tell_top(const struct told *o)
{
	char key[NAME_SIZE + 32], id[NAME_SIZE];
	json_t *row;

	if (o->iteration == 0 ||
	    !row_name(o->h, o->row, "top_candidate.metadata.id", id))
		return;
	snprintf(
	    key, sizeof key, "top/%" PRId64 "/%s", o->iteration - 1, o->round);
	row = winner_row(o->t, key, id);
	row_set_str(row, "session", o->round);
	row_set_int(row, "round", o->iteration - 1);
}

static void
tell_comparison(struct tables *t, const struct sheet_head *h, const json_t *row)
{
	struct told o = {.t = t, .h = h, .row = row};
	char key[2 * NAME_SIZE + 32];

	row_name(h, row, "round_id", o.round);
	person_of(h, row, o.person);
	row_int(h, row, "iteration_index", 0, ITERATIONS_MAX, &o.iteration);
	snprintf(key, sizeof key, "%" PRId64 "/%s/%s", o.iteration, o.round,
	    o.person);
	if (tables_find(t, TABLE_BALLOTS, key) != NULL)
		return; /* the first of a person's rows counts */
	json_object_set_new(t->index[TABLE_BALLOTS], key, json_true());
	tell_session(&o);
	tell_text(&o, TABLE_OPINIONS, "own_opinion.text");
	tell_text(&o, TABLE_CRITIQUES, "critique.text");
	tell_candidates(&o);
	tell_top(&o);
}

/* The survey is about the revised winner. */
static void
tell_survey(struct tables *t, const struct sheet_head *h, const json_t *row)
{
	char id[NAME_SIZE], key[NAME_SIZE + 8];

	if (!row_name(h, row, "candidate.metadata.id", id))
		return;
	snprintf(key, sizeof key, "won/%s", id);
	winner_row(t, key, id);
	link_winner(t, id);
}

static void
tell_answer(struct tables *t, const struct sheet_head *h, const json_t *row,
    const char *column, const char *slot, const char *const *labels)
{
	json_t *v = row_value(h, row, column), *answer;
	const json_t *one = json_is_array(v) ? json_array_get(v, 0) : v;
	int64_t level = level_of(one, labels), index = 0;
	char name[NAME_SIZE];

	if (level > 0) {
		answer = tables_add(t, TABLE_ANSWERS);
		if (row_name(h, row, "round_id", name) ||
		    row_name(h, row, "launch_id", name))
			row_set_str(answer, "session", name);
		row_int(h, row, "rating_index", 0, 1, &index);
		row_set_str(answer, "slot",
		    index == 1 && labels == agreement_labels ? "position_after"
							     : slot);
		if (person_of(h, row, name))
			row_set_str(answer, "participant", name);
		row_set_str(answer, "status", "counted");
		if (row_name(h, row, "question.id", name))
			row_set_str(answer, "item", name);
		row_set_int(answer, "value", level);
	}
	json_decref(v);
}

static void
tell_position(struct tables *t, const struct sheet_head *h, const json_t *row)
{
	tell_answer(
	    t, h, row, "ratings.agreement", "position", agreement_labels);
}

static void
tell_importance(struct tables *t, const struct sheet_head *h, const json_t *row)
{
	tell_answer(
	    t, h, row, "importance_rating", "importance", importance_labels);
}

const struct format_sheet hm_sheets[] = {
    {"candidate_comparisons", "hm_all_candidate_comparisons",
	"round_id iteration_index rankings.numerical_ranks", true,
	check_comparison, tell_comparison},
    {"position_statement_ratings", "hm_all_position_statement_ratings",
	"rating_index ratings.agreement", false, NULL, tell_position},
    {"round_survey_responses", "hm_all_round_survey_responses",
	"candidate.text worker_id", false, NULL, tell_survey},
    {"question_importance", NULL, "importance_rating", false, NULL,
	tell_importance},
    {"final_preference_rankings", "hm_all_final_preference_rankings",
	"worker_id", false, NULL, NULL},
    {.name = NULL},
};

/* ---- export ---- */

struct rows {
	const struct tables *t;
	struct contests contests;
	json_t *texts;	 /* "table/session/round/person": text */
	json_t *ratings; /* "scale/session/round/person/statement": value */
	struct buf out;
};

static void
add_session(json_t *row, const struct rows *w, const char *session)
{
	static const char *const columns[][2] = {{"question.text", "question"},
	    {"question.affirming_statement", "affirming"},
	    {"question.negating_statement", "negating"},
	    {"launch_id", "label.launch_id"}};
	const json_t *s = tables_find(w->t, TABLE_SESSIONS, session);
	json_t *v;
	size_t i;

	row_set_str(row, "launch_id", session);
	for (i = 0; i < sizeof columns / sizeof *columns; i++) {
		v = json_object_get(s, columns[i][1]);
		if (v != NULL)
			json_object_set(row, columns[i][0], v);
	}
	row_set_str(row, "round_id", session);
	row_set_str(row, "metadata.version", "CAUCUS");
}

static void
add_person(json_t *row, const char *who)
{
	row_set_str(row, "worker_id", who);
	row_set_str(row, "metadata.participant_id", who);
}

static json_t *
text_at(const struct rows *w, const char *table, const char *session,
    int64_t round, const char *who)
{
	char key[300];

	snprintf(key, sizeof key, "%s/%s/%" PRId64 "/%s", table, session, round,
	    who);
	return json_object_get(w->texts, key);
}

static json_t *
rating_at(const struct rows *w, const char *scale, const struct contest *c,
    const char *who, const char *id)
{
	char key[400];

	snprintf(key, sizeof key, "%s/%s/%" PRId64 "/%s/%s", scale, c->session,
	    c->round, who, id);
	return json_object_get(w->ratings, key);
}

static json_t *
label(const json_t *value, const char *const *labels)
{
	json_int_t n = json_integer_value(value);

	return json_string(labels[n >= 1 && n <= 7 ? n : 0]);
}

/* Our ids are a session's own; theirs are unique. */
static json_t *
global_id(const struct contest *c, const char *id)
{
	return json_sprintf("%s.%s", c->session, id);
}

static const json_t *
statement_at(const struct rows *w, const struct contest *c, const char *id)
{
	char key[200];

	snprintf(key, sizeof key, "%s/%s", c->session, id);
	return tables_find(w->t, TABLE_STATEMENTS, key);
}

static json_t *
provenance_of(const json_t *statement)
{
	const char *source = cell_str(statement, "source");

	return json_string(source != NULL && strcmp(source, "draft") != 0
			       ? "HUMAN_CITIZEN"
			       : "MODEL_MEDIATOR");
}

static json_t *
or_null(json_t *v)
{
	return v != NULL ? json_incref(v) : json_null();
}

static void
add_candidates(
    json_t *row, const struct rows *w, const struct contest *c, const char *who)
{
	json_t *ids = json_array(), *texts = json_array(), *from = json_array();
	json_t *ranks = json_array(), *agreement = json_array();
	json_t *quality = json_array(), *vote, *place, *rank;
	const json_t *st;
	const char *id;

	vote = json_object_get(c->votes, who);
	json_object_foreach(c->places, id, place) {
		st = statement_at(w, c, id);
		rank = json_object_get(vote, id);
		json_array_append_new(ids, global_id(c, id));
		json_array_append_new(
		    texts, or_null(json_object_get(st, "text")));
		json_array_append_new(from, provenance_of(st));
		json_array_append_new(
		    ranks, rank != NULL ? json_incref(rank) : json_integer(-1));
		json_array_append_new(
		    agreement, label(rating_at(w, "agreement", c, who, id),
				   agreement_labels));
		json_array_append_new(quality,
		    label(rating_at(w, "quality", c, who, id), quality_labels));
	}
	json_object_set_new(row, "candidates.text", texts);
	json_object_set_new(row, "candidates.metadata.id", ids);
	json_object_set_new(row, "candidates.metadata.provenance", from);
	json_object_set(row, "rankings.candidate_ids", ids);
	json_object_set_new(row, "rankings.numerical_ranks", ranks);
	json_object_set_new(row, "ratings.agreement", agreement);
	json_object_set_new(row, "ratings.quality", quality);
}

static void
add_opinions(
    json_t *row, const struct rows *w, const struct contest *c, const char *who)
{
	json_t *others = json_array(), *person, *text;
	const char *id;
	size_t i;

	json_object_set_new(row, "own_opinion.text",
	    or_null(text_at(w, "opinion", c->session, 0, who)));
	row_set_str(row, "own_opinion.metadata.provenance", "HUMAN_CITIZEN");
	json_array_foreach(w->t->rows[TABLE_PARTICIPANTS], i, person) {
		id = cell_str(person, "participant");
		if (id == NULL || strcmp(id, who) == 0 ||
		    !row_is_of(person, c->session, -1))
			continue;
		text = text_at(w, "opinion", c->session, 0, id);
		if (text != NULL)
			json_array_append(others, text);
	}
	json_object_set_new(row, "other_opinions.text", others);
}

static const struct contest *
contest_before(const struct rows *w, const struct contest *c)
{
	size_t i;

	for (i = 0; i < w->contests.n; i++)
		if (w->contests.v[i].round == c->round - 1 &&
		    strcmp(w->contests.v[i].session, c->session) == 0)
			return &w->contests.v[i];
	return NULL;
}

static void
add_top(
    json_t *row, const struct rows *w, const struct contest *c, const char *who)
{
	const struct contest *before = contest_before(w, c);
	const json_t *st;

	if (before == NULL || before->winner == NULL)
		return;
	st = statement_at(w, before, before->winner);
	json_object_set_new(
	    row, "top_candidate.text", or_null(json_object_get(st, "text")));
	json_object_set_new(row, "top_candidate.metadata.id",
	    global_id(before, before->winner));
	json_object_set_new(
	    row, "top_candidate.metadata.provenance", provenance_of(st));
	json_object_set_new(row, "critique.text",
	    or_null(text_at(w, "critique", c->session, c->round, who)));
}

static void
put_comparison(struct rows *w, const struct contest *c, const char *who)
{
	json_t *row = json_object();

	add_session(row, w, c->session);
	add_person(row, who);
	json_object_set_new(row, "iteration_id",
	    json_sprintf("%s.%" PRId64, c->session, c->round));
	row_set_int(row, "iteration_index", c->round);
	add_opinions(row, w, c, who);
	add_candidates(row, w, c, who);
	add_top(row, w, c, who);
	put_json_line(&w->out, row);
	json_decref(row);
}

static int
flush(
    struct rows *w, const struct outlet *out, const char *name, struct err *err)
{
	int r = out->file(out->arg, name,
	    w->out.data != NULL ? w->out.data : "", w->out.len, err);

	buf_reset(&w->out);
	return r;
}

static int
write_comparisons(struct rows *w, const struct outlet *out, struct err *err)
{
	const struct contest *c;
	const char *who;
	json_t *vote;
	size_t i;

	for (i = 0; i < w->contests.n; i++) {
		c = &w->contests.v[i];
		json_object_foreach(c->votes, who, vote)
			put_comparison(w, c, who);
	}
	return flush(w, out, "candidate_comparisons.jsonl", err);
}

/* One table of answers: those of one or two slots. */
static int
write_answers(struct rows *w, const struct outlet *out, const char *name,
    const char *before, const char *after, const char *column,
    const char *const *labels, struct err *err)
{
	json_t *answer, *row, *value;
	const char *slot, *who;
	size_t i;

	json_array_foreach(w->t->rows[TABLE_ANSWERS], i, answer) {
		slot = cell_str(answer, "slot");
		who = cell_str(answer, "participant");
		if (slot == NULL || who == NULL || !row_stands(answer) ||
		    (strcmp(slot, before) != 0 && strcmp(slot, after) != 0))
			continue;
		row = json_object();
		add_session(row, w, row_session(answer));
		add_person(row, who);
		row_set_int(row, "rating_index", strcmp(slot, after) == 0);
		value = label(json_object_get(answer, "value"), labels);
		if (labels == agreement_labels)
			value = json_pack("[o]", value);
		json_object_set_new(row, column, value);
		put_json_line(&w->out, row);
		json_decref(row);
	}
	return flush(w, out, name, err);
}

/* The last winner, and what each person says of it. */
static void
put_survey(struct rows *w, const struct contest *c, const char *who)
{
	json_t *row = json_object(), *answer;
	const char *slot, *item, *by;
	char column[96];
	size_t i;

	add_session(row, w, c->session);
	add_person(row, who);
	json_object_set_new(row, "opinion.text",
	    or_null(text_at(w, "opinion", c->session, 0, who)));
	json_object_set_new(row, "candidate.text",
	    or_null(json_object_get(statement_at(w, c, c->winner), "text")));
	json_object_set_new(
	    row, "candidate.metadata.id", global_id(c, c->winner));
	json_object_set_new(row, "candidate.metadata.provenance",
	    provenance_of(statement_at(w, c, c->winner)));
	json_array_foreach(w->t->rows[TABLE_ANSWERS], i, answer) {
		slot = cell_str(answer, "slot");
		by = cell_str(answer, "participant");
		item = cell_str(answer, "item");
		if (slot == NULL || by == NULL || strcmp(by, who) != 0 ||
		    strcmp(slot, "survey") != 0 || item == NULL ||
		    !row_is_of(answer, c->session, -1) || !row_stands(answer))
			continue;
		snprintf(column, sizeof column, "survey.%s", item);
		json_object_set(row, column, json_object_get(answer, "value"));
	}
	put_json_line(&w->out, row);
	json_decref(row);
}

static bool
is_last(const struct rows *w, const struct contest *c)
{
	size_t i;

	for (i = 0; i < w->contests.n; i++)
		if (w->contests.v[i].round > c->round &&
		    strcmp(w->contests.v[i].session, c->session) == 0)
			return false;
	return c->winner != NULL;
}

static int
write_surveys(struct rows *w, const struct outlet *out, struct err *err)
{
	const char *who;
	json_t *vote;
	size_t i;

	for (i = 0; i < w->contests.n; i++) {
		if (!is_last(w, &w->contests.v[i]))
			continue;
		json_object_foreach(w->contests.v[i].votes, who, vote)
			put_survey(w, &w->contests.v[i], who);
	}
	return flush(w, out, "round_survey_responses.jsonl", err);
}

static const char *
cell_of(const json_t *row, const char *column)
{
	const char *s = cell_str(row, column);

	return s != NULL ? s : "";
}

/* The texts and ratings that stand, to be found at once. */
static void
index_rows(struct rows *w)
{
	json_t *row;
	char key[400];
	size_t i;

	json_array_foreach(w->t->rows[TABLE_OPINIONS], i, row) {
		snprintf(key, sizeof key, "opinion/%s/0/%s", row_session(row),
		    cell_of(row, "participant"));
		if (row_stands(row))
			json_object_set(
			    w->texts, key, json_object_get(row, "text"));
	}
	json_array_foreach(w->t->rows[TABLE_CRITIQUES], i, row) {
		snprintf(key, sizeof key, "critique/%s/%" PRId64 "/%s",
		    row_session(row), cell_int(row, "round", 0),
		    cell_of(row, "participant"));
		if (row_stands(row))
			json_object_set(
			    w->texts, key, json_object_get(row, "text"));
	}
	json_array_foreach(w->t->rows[TABLE_RATINGS], i, row) {
		snprintf(key, sizeof key, "%s/%s/%" PRId64 "/%s/%s",
		    cell_of(row, "scale"), row_session(row),
		    cell_int(row, "round", 0), cell_of(row, "participant"),
		    cell_of(row, "statement"));
		if (row_stands(row))
			json_object_set(
			    w->ratings, key, json_object_get(row, "value"));
	}
}

int
write_hm(const struct tables *t, const struct outlet *out, struct err *err)
{
	struct rows w = {
	    .t = t, .texts = json_object(), .ratings = json_object()};
	int r;

	contests_read(&w.contests, t);
	index_rows(&w);
	r = write_comparisons(&w, out, err);
	if (r == 0)
		r = write_answers(&w, out, "position_statement_ratings.jsonl",
		    "position", "position_after", "ratings.agreement",
		    agreement_labels, err);
	if (r == 0)
		r = write_surveys(&w, out, err);
	if (r == 0)
		r = write_answers(&w, out, "question_importance.jsonl",
		    "importance", "", "importance_rating", importance_labels,
		    err);
	contests_free(&w.contests);
	json_decref(w.texts);
	json_decref(w.ratings);
	buf_free(&w.out);
	return r;
}
