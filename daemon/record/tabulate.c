#include "record/tabulate.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/told.h"

struct tabulate {
	struct tables *t;
	char session[32];
	json_t *row;	 /* of the sessions; NULL: imported */
	json_t *current; /* "slot/round/participant" to its rows now */
	json_t *sources; /* job or proposal's seq to {text, drafter, by, at} */
	json_t *places;	 /* participant to {statement: place shown} */
	int64_t round, people;
	char winner[16]; /* the last one */
};

#define KEY_SIZE 128

/* ---- rows ---- */

static void
set_data(
    json_t *row, const char *column, const struct event *e, const char *key)
{
	json_t *v = json_object_get(e->data, key);

	if (v != NULL && !json_is_null(v) && !json_is_object(v) &&
	    !json_is_array(v))
		json_object_set(row, column, v);
}

static void
set_body(
    json_t *row, const char *column, const struct event *e, const char *name)
{
	row_set_str(row, column, event_body(e, name));
}

/* A value as it was sealed, without the quotes JSON puts around a text. */
static void
set_value(
    json_t *row, const char *column, const struct event *e, const char *name)
{
	json_t *v = event_value(e, name);

	if (v != NULL)
		json_object_set_new(row, column, v);
}

/* {"arm":"b"} as label.arm. */
static void
set_prefixed(json_t *row, const char *prefix, const json_t *o)
{
	const char *name;
	char column[96];
	json_t *v;

	json_object_foreach((json_t *)o, name, v) {
		snprintf(column, sizeof column, "%s.%s", prefix, name);
		json_object_set(row, column, v);
	}
}

static void
set_labels(json_t *row, const struct event *e)
{
	json_t *labels = event_value(e, "labels");

	set_prefixed(row, "label", labels);
	json_decref(labels);
}

/* {"n":…,"sum":…} as agreement_n, … */
static void
set_figures(json_t *row, const char *prefix, const json_t *figures)
{
	const char *name;
	char column[48];
	json_t *v;

	json_object_foreach((json_t *)figures, name, v) {
		snprintf(column, sizeof column, "%s_%s", prefix, name);
		if (json_is_integer(v))
			json_object_set(row, column, v);
	}
}

static json_t *
add_row(struct tabulate *tab, enum table_id id, const struct event *e)
{
	json_t *row = tables_add(tab->t, id);

	row_set_str(row, "session", tab->session);
	row_set_int(row, "seq", e->seq);
	row_set_int(row, "at", e->at);
	return row;
}

static void
key_of(const struct tabulate *tab, const char *name, char key[KEY_SIZE])
{
	snprintf(key, KEY_SIZE, "%s/%s", tab->session, name);
}

static json_t *
person_row(struct tabulate *tab, const char *id)
{
	char key[KEY_SIZE];
	json_t *row;

	key_of(tab, id, key);
	row = tables_row(tab->t, TABLE_PARTICIPANTS, key);
	row_set_str(row, "session", tab->session);
	row_set_str(row, "participant", id);
	return row;
}

static json_t *
statement_row(struct tabulate *tab, const char *id)
{
	char key[KEY_SIZE];
	json_t *row;

	key_of(tab, id, key);
	row = tables_find(tab->t, TABLE_STATEMENTS, key);
	if (row != NULL)
		return row;
	row = tables_row(tab->t, TABLE_STATEMENTS, key);
	row_set_str(row, "session", tab->session);
	row_set_str(row, "statement", id);
	row_set_int(row, "round", tab->round);
	json_object_set_new(row, "shown", json_false());
	json_object_set_new(row, "struck", json_false());
	return row;
}

/* ---- what replaces what ---- */

/* Gives the present rows of that key a status and forgets them. */
static void
retire(struct tabulate *tab, const char *key, const char *status)
{
	json_t *rows = json_object_get(tab->current, key), *row;
	size_t i;

	json_array_foreach(rows, i, row)
		row_set_str(row, "status", status);
	json_object_del(tab->current, key);
}

static void
slot_key(const struct tabulate *tab, const char *slot, const char *who,
    char key[KEY_SIZE])
{
	bool once = strcmp(slot, "opinion") == 0;

	snprintf(key, KEY_SIZE, "%s/%" PRId64 "/%s", slot,
	    once ? 0 : tab->round, who);
}

static void
hold(struct tabulate *tab, const char *key, json_t *row)
{
	json_t *rows = json_object_get(tab->current, key);

	if (rows == NULL) {
		rows = json_array();
		json_object_set_new(tab->current, key, rows);
	}
	json_array_append(rows, row);
}

/* A row of what somebody gives. */
static json_t *
given_row(struct tabulate *tab, enum table_id id, const struct event *e,
    const char *who, const char *key)
{
	json_t *row = add_row(tab, id, e);

	if (id != TABLE_OPINIONS)
		row_set_int(row, "round", event_int(e, "round", tab->round));
	row_set_str(row, "participant", who);
	row_set_str(row, "status", "current");
	if (who != NULL)
		hold(tab, key, row);
	return row;
}

/* ---- the session ---- */

static void
on_created(struct tabulate *tab, const struct event *e)
{
	json_t *drafter = told_drafter(e);

	row_set_int(tab->row, "created_at", e->at);
	set_body(tab->row, "question", e, "question");
	set_body(tab->row, "affirming", e, "affirming");
	set_body(tab->row, "negating", e, "negating");
	set_value(tab->row, "seed", e, "seed");
	set_data(tab->row, "seed_given", e, "seed_given");
	if (drafter != NULL)
		json_object_set_new(tab->row, "drafter", drafter);
	set_prefixed(tab->row, "setting", json_object_get(e->data, "settings"));
	set_labels(tab->row, e);
}

static void
on_configured(struct tabulate *tab, const struct event *e)
{
	set_prefixed(tab->row, "setting", json_object_get(e->data, "settings"));
}

static void
on_joined(struct tabulate *tab, const struct event *e)
{
	const char *id = event_str(e, "participant");
	json_t *row;

	if (id == NULL)
		return;
	row = person_row(tab, id);
	tab->people++;
	set_body(row, "name", e, "name");
	row_set_int(row, "joined_at", e->at);
	set_labels(row, e);
}

static void
on_act(struct tabulate *tab, const struct event *e)
{
	json_t *row = add_row(tab, TABLE_ACTS, e);
	const char *what = event_str(e, "statement");

	if (what == NULL)
		what = event_str(e, "participant");
	row_set_str(row, "act", e->type);
	row_set_int(row, "round", tab->round);
	set_data(row, "by", e, "by");
	row_set_str(row, "what", what);
	set_body(row, "reason", e, "reason");
}

static void
on_left(struct tabulate *tab, const struct event *e)
{
	const char *id = event_str(e, "participant");
	bool removed = strcmp(e->type, "participant.removed") == 0;
	static const char *const slots[] = {"ballot", "agreement", "quality"};
	char key[KEY_SIZE];
	json_t *row;
	size_t i;

	if (id == NULL)
		return;
	row = person_row(tab, id);
	row_set_str(row, "left", removed ? "removed" : "withdrawn");
	row_set_int(row, "left_at", e->at);
	if (!removed)
		return;
	on_act(tab, e);
	for (i = 0; i < sizeof slots / sizeof *slots; i++) {
		slot_key(tab, slots[i], id, key);
		retire(tab, key, "removed");
	}
}

static void
on_phase(struct tabulate *tab, const struct event *e)
{
	tab->round = event_int(e, "round", tab->round);
}

static void
on_concluded(struct tabulate *tab, const struct event *e)
{
	static const char *const copied[] = {"outcome", "reason", "winner",
	    "elected", "overridden", "ballots", "winner_last"};
	const char *winner = event_str(e, "winner");
	size_t i;

	for (i = 0; i < sizeof copied / sizeof *copied; i++)
		set_data(tab->row, copied[i], e, copied[i]);
	set_figures(
	    tab->row, "agreement", json_object_get(e->data, "agreement"));
	row_set_int(tab->row, "rounds", tab->round + 1);
	row_set_int(tab->row, "concluded_at", e->at);
	if (winner != NULL)
		row_set_str(tab->row, "statement",
		    cell_str(statement_row(tab, winner), "text"));
}

/* ---- contributions ---- */

static void
give_text(struct tabulate *tab, const struct event *e, enum table_id id,
    const char *who, const char *key)
{
	json_t *row = given_row(tab, id, e, who, key);

	json_object_set_new(row, "withheld", json_false());
	set_body(row, "text", e, "text");
	if (id == TABLE_CRITIQUES && tab->winner[0] != '\0')
		row_set_str(row, "statement", tab->winner);
}

static void
give_ranking(struct tabulate *tab, const struct event *e, const char *who,
    const char *key, const json_t *ranking)
{
	const json_t *group, *id, *places;
	json_t *row, *place;
	size_t i, k;

	places = who != NULL ? json_object_get(tab->places, who) : NULL;
	json_array_foreach(ranking, i, group) {
		json_array_foreach(group, k, id) {
			row = given_row(tab, TABLE_BALLOTS, e, who, key);
			row_set_str(row, "kind", "cast");
			json_object_set(row, "statement", (json_t *)id);
			row_set_int(row, "rank", (int64_t)i);
			place = json_object_get(places, json_string_value(id));
			if (place != NULL)
				json_object_set(row, "place", place);
		}
	}
}

static void
give_ratings(struct tabulate *tab, const struct event *e, const char *scale,
    const char *who)
{
	json_t *ratings = event_value(e, scale), *row, *v;
	char key[KEY_SIZE];
	const char *id;

	slot_key(tab, scale, who != NULL ? who : "", key);
	if (who != NULL && event_sealed(e, scale) != NULL)
		retire(tab, key, "superseded");
	json_object_foreach(ratings, id, v) {
		row = given_row(tab, TABLE_RATINGS, e, who, key);
		row_set_str(row, "statement", id);
		row_set_str(row, "scale", scale);
		json_object_set(row, "value", v);
	}
	json_decref(ratings);
}

static void
give_answer(struct tabulate *tab, const struct event *e, const char *who,
    const char *key, const char *item, json_t *value)
{
	json_t *row = given_row(tab, TABLE_ANSWERS, e, who, key);

	set_data(row, "slot", e, "slot");
	row_set_str(row, "item", item);
	json_object_set(row, "value", value);
}

/* Whatever else is asked: a value, a text, or several by name. */
static void
give_answers(struct tabulate *tab, const struct event *e, const char *who,
    const char *key)
{
	static const char *const not [] = {"by", "key", "language", NULL};
	const char *name, *item;
	json_t *value, *v;
	size_t i, k;

	for (i = 0; i < e->nsealed; i++) {
		name = e->sealed[i].name;
		for (k = 0; not [k] != NULL && strcmp(not [k], name) != 0;)
			k++;
		if (not [k] != NULL || event_body(e, name) == NULL)
			continue;
		value = event_value(e, name);
		if (!json_is_integer(value) && !json_is_object(value) &&
		    !json_is_boolean(value)) {
			json_decref(value);
			value = json_string(event_body(e, name));
		}
		if (json_is_object(value)) {
			json_object_foreach(value, item, v)
				give_answer(tab, e, who, key, item, v);
		} else {
			give_answer(tab, e, who, key,
			    strcmp(name, "choice") == 0 ? NULL : name, value);
		}
		json_decref(value);
	}
}

static void
on_given(struct tabulate *tab, const struct event *e)
{
	const char *slot = event_str(e, "slot");
	const char *kind = event_str(e, "kind");
	char *who = told_actor(e), key[KEY_SIZE];
	json_t *ranking;

	if (slot == NULL || kind == NULL) {
		free(who);
		return;
	}
	slot_key(tab, slot, who != NULL ? who : "", key);
	ranking = event_value(e, "ranking");
	if (who != NULL && strcmp(kind, "rating") != 0)
		retire(tab, key, "superseded");
	if (strcmp(slot, "opinion") == 0) {
		give_text(tab, e, TABLE_OPINIONS, who, key);
	} else if (strcmp(slot, "critique") == 0) {
		give_text(tab, e, TABLE_CRITIQUES, who, key);
	} else if (event_sealed(e, "ranking") != NULL ||
		   event_sealed(e, "agreement") != NULL ||
		   event_sealed(e, "quality") != NULL) {
		give_ranking(tab, e, who, key, ranking);
		give_ratings(tab, e, "agreement", who);
		give_ratings(tab, e, "quality", who);
	} else {
		give_answers(tab, e, who, key);
	}
	json_decref(ranking);
	free(who);
}

static void
on_taken_back(struct tabulate *tab, const struct event *e)
{
	const char *slot = event_str(e, "slot");
	char *who = told_actor(e), key[KEY_SIZE];

	if (who != NULL && slot != NULL) {
		slot_key(tab, slot, who, key);
		retire(tab, key, "taken_back");
	}
	free(who);
}

static void
on_withheld(struct tabulate *tab, const struct event *e)
{
	static const enum table_id texts[] = {TABLE_OPINIONS, TABLE_CRITIQUES};
	int64_t seq = event_int(e, "contribution", -1);
	json_t *row;
	size_t i, k;

	on_act(tab, e);
	for (k = 0; k < 2; k++) {
		json_array_foreach(tab->t->rows[texts[k]], i, row) {
			if (cell_int(row, "seq", 0) == seq &&
			    strcmp(cell_str(row, "session"), tab->session) == 0)
				json_object_set_new(
				    row, "withheld", json_true());
		}
	}
}

/* ---- drafting ---- */

static json_t *
source_of(struct tabulate *tab, const char *key)
{
	json_t *o = json_object_get(tab->sources, key);

	if (o == NULL) {
		o = json_object();
		json_object_set_new(tab->sources, key, o);
	}
	return o;
}

static void
on_proposed(struct tabulate *tab, const struct event *e)
{
	char seq[24], *who = told_actor(e);
	json_t *o;

	snprintf(seq, sizeof seq, "%" PRId64, e->seq);
	o = source_of(tab, seq);
	set_body(o, "text", e, "text");
	row_set_str(o, "by", who);
	row_set_int(o, "at", e->at);
	free(who);
}

static json_t *
exchange_row(struct tabulate *tab, const struct event *e)
{
	const char *job = event_str(e, "job");
	char key[KEY_SIZE];

	if (job == NULL)
		return NULL;
	snprintf(key, sizeof key, "%s/%s/%" PRId64, tab->session, job,
	    event_int(e, "attempt", 0));
	return tables_row(tab->t, TABLE_EXCHANGES, key);
}

/* All that the event says in numbers and words: tokens, model, … */
static void
set_rest(json_t *row, const struct event *e)
{
	const char *key;
	json_t *v;

	json_object_foreach(e->data, key, v) {
		if (json_object_get(row, key) == NULL)
			set_data(row, key, e, key);
	}
}

static void
on_started(struct tabulate *tab, const struct event *e)
{
	json_t *row = exchange_row(tab, e), *person;
	const char *job = event_str(e, "job");
	char kind[24];
	int round = 0, index = 0;

	if (row == NULL)
		return;
	row_set_str(row, "session", tab->session);
	row_set_int(row, "seq", e->seq);
	row_set_int(row, "started_at", e->at);
	row_set_str(row, "job", job);
	if (sscanf(job, "%23[^.].%d.%d", kind, &round, &index) == 3) {
		row_set_str(row, "kind", kind);
		row_set_int(row, "round", round);
		row_set_int(row, "index", index);
	}
	set_rest(row, e);
	person = event_value(e, "person");
	if (person != NULL) {
		json_object_set(row, "participant", person);
		json_object_set(source_of(tab, job), "participant", person);
		row_set_int(source_of(tab, job), "round", round);
	}
	if (event_str(e, "endpoint") != NULL)
		set_data(source_of(tab, job), "drafter", e, "endpoint");
	json_decref(person);
}

static void
add_predicted(struct tabulate *tab, const struct event *e, const json_t *from,
    const json_t *ranking)
{
	const json_t *group, *id;
	json_t *row;
	size_t i, k;

	json_array_foreach(ranking, i, group) {
		json_array_foreach(group, k, id) {
			row = add_row(tab, TABLE_BALLOTS, e);
			json_object_set(
			    row, "round", json_object_get(from, "round"));
			row_set_str(
			    row, "participant", cell_str(from, "participant"));
			row_set_str(row, "kind", "predicted");
			json_object_set(row, "statement", (json_t *)id);
			row_set_int(row, "rank", (int64_t)i);
		}
	}
}

static void
on_finished(struct tabulate *tab, const struct event *e)
{
	json_t *row = exchange_row(tab, e), *ranking, *source;

	if (row == NULL)
		return;
	row_set_int(row, "finished_at", e->at);
	set_rest(row, e);
	set_body(row, "text", e, "text");
	set_body(row, "reasoning", e, "reasoning");
	ranking = event_value(e, "ranking");
	if (cell_int(row, "parts", 1) == 1)
		add_predicted(tab, e, row, ranking);
	json_decref(ranking);
	source = source_of(tab, event_str(e, "job"));
	set_body(source, "text", e, "text");
	row_set_int(source, "at", e->at);
}

/* Of a prediction in parts: what they came to. */
static void
on_predicted(struct tabulate *tab, const struct event *e)
{
	json_t *ranking = event_value(e, "ranking");

	if (event_str(e, "job") != NULL && ranking != NULL)
		add_predicted(
		    tab, e, source_of(tab, event_str(e, "job")), ranking);
	json_decref(ranking);
}

static void
admit(struct tabulate *tab, const json_t *candidate)
{
	static const char *const copied[] = {"text", "drafter", "by", "at"};
	const char *id = cell_str(candidate, "id");
	const char *from = cell_str(candidate, "from");
	int64_t index = cell_int(candidate, "index", 0);
	char key[KEY_SIZE];
	json_t *row, *source, *v;
	size_t i;

	if (id == NULL || from == NULL)
		return;
	row = statement_row(tab, id);
	if (json_object_get(row, "source") != NULL)
		return; /* it stands again */
	row_set_str(row, "source", from);
	if (strcmp(from, "draft") == 0) {
		snprintf(key, sizeof key, "draft.%" PRId64 ".%" PRId64,
		    tab->round, index);
		row_set_str(row, "job", key);
	} else {
		snprintf(key, sizeof key, "%" PRId64, index);
	}
	source = json_object_get(tab->sources, key);
	for (i = 0; i < sizeof copied / sizeof *copied; i++) {
		v = json_object_get(source, copied[i]);
		if (v != NULL)
			json_object_set(row, copied[i], v);
	}
}

static void
on_admitted(struct tabulate *tab, const struct event *e)
{
	json_t *list = event_value(e, "candidates"), *c;
	size_t i;

	tab->round = event_int(e, "round", tab->round);
	json_array_foreach(list, i, c)
		admit(tab, c);
	json_decref(list);
}

static void
note_places(struct tabulate *tab, const struct event *e)
{
	json_t *orders = event_value(e, "orders"), *order, *id, *places;
	const char *who;
	size_t i;

	json_object_clear(tab->places);
	json_object_foreach(orders, who, order) {
		places = json_object();
		json_array_foreach(order, i, id) {
			if (json_is_string(id))
				row_set_int(places, json_string_value(id),
				    (int64_t)i + 1);
		}
		json_object_set_new(tab->places, who, places);
	}
	json_decref(orders);
}

static void
on_slate(struct tabulate *tab, const struct event *e)
{
	const json_t *shown = json_object_get(e->data, "shown"), *id;
	char name[SEAL_NAME_MAX];
	json_t *row;
	size_t i;

	json_array_foreach(shown, i, id) {
		if (!json_is_string(id))
			continue;
		row = statement_row(tab, json_string_value(id));
		json_object_set_new(row, "shown", json_true());
		snprintf(name, sizeof name, "text.%s", json_string_value(id));
		set_body(row, "text", e, name);
	}
	note_places(tab, e);
}

static void
on_struck(struct tabulate *tab, const struct event *e)
{
	const char *id = event_str(e, "statement");

	on_act(tab, e);
	if (id != NULL)
		json_object_set_new(
		    statement_row(tab, id), "struck", json_true());
}

/* ---- elections ---- */

static void
tally_row(
    struct tabulate *tab, const struct event *e, const json_t *id, int64_t rank)
{
	static const char *const copied[] = {
	    "round", "kind", "method", "ballots", "predicted"};
	const char *statement = json_string_value(id);
	const char *winner = event_str(e, "winner");
	json_t *row = tables_add(tab->t, TABLE_TALLIES);
	size_t i;

	row_set_str(row, "session", tab->session);
	for (i = 0; i < sizeof copied / sizeof *copied; i++)
		set_data(row, copied[i], e, copied[i]);
	row_set_str(row, "statement", statement);
	row_set_int(row, "rank", rank);
	json_object_set_new(row, "winner",
	    json_boolean(winner != NULL && strcmp(winner, statement) == 0));
	row_set_str(row, "decided_by",
	    cell_str(json_object_get(e->data, "tie_break"), "decider"));
	set_figures(row, "prediction", json_object_get(e->data, "prediction"));
	set_figures(row, "agreement",
	    json_object_get(json_object_get(e->data, "agreement"), statement));
	set_figures(row, "quality",
	    json_object_get(json_object_get(e->data, "quality"), statement));
}

static void
count_ballots(struct tabulate *tab)
{
	const char *key;
	json_t *rows;
	void *next;

	json_object_foreach_safe(tab->current, next, key, rows) {
		if (strncmp(key, "ballot/", 7) == 0 ||
		    strncmp(key, "agreement/", 10) == 0 ||
		    strncmp(key, "quality/", 8) == 0)
			retire(tab, key, "counted");
	}
}

static void
on_tally(struct tabulate *tab, const struct event *e)
{
	const json_t *order = json_object_get(e->data, "order"), *group, *id;
	const char *winner = event_str(e, "winner");
	size_t i, k;

	json_array_foreach(order, i, group) {
		json_array_foreach(group, k, id) {
			if (json_is_string(id))
				tally_row(tab, e, id, (int64_t)i);
		}
	}
	count_ballots(tab);
	snprintf(tab->winner, sizeof tab->winner, "%s",
	    winner != NULL ? winner : "");
}

static void
on_overridden(struct tabulate *tab, const struct event *e)
{
	const char *id = event_str(e, "statement");

	on_act(tab, e);
	if (id != NULL)
		snprintf(tab->winner, sizeof tab->winner, "%s", id);
}

/* ---- the table ---- */

static const struct {
	const char *type;
	void (*tell)(struct tabulate *tab, const struct event *e);
} table[] = {
    {"ballot.predicted", on_predicted},
    {"contribution.given", on_given},
    {"contribution.taken_back", on_taken_back},
    {"drafts.admitted", on_admitted},
    {"exchange.finished", on_finished},
    {"exchange.started", on_started},
    {"participant.joined", on_joined},
    {"participant.removed", on_left},
    {"participant.withdrawn", on_left},
    {"phase.changed", on_phase},
    {"session.aborted", on_act},
    {"session.concluded", on_concluded},
    {"session.configured", on_configured},
    {"session.created", on_created},
    {"slate.decided", on_slate},
    {"statement.proposed", on_proposed},
    {"statement.struck", on_struck},
    {"tally.decided", on_tally},
    {"text.withheld", on_withheld},
    {"winner.overridden", on_overridden},
};

void
tabulate_event(struct tabulate *tab, const struct event *e)
{
	size_t i;

	for (i = 0; i < sizeof table / sizeof *table; i++)
		if (strcmp(table[i].type, e->type) == 0)
			table[i].tell(tab, e);
}

struct tabulate *
tabulate_begin(struct tables *t, const struct recording_header *h)
{
	struct tabulate *tab = xcalloc(1, sizeof *tab);

	tab->t = t;
	snprintf(tab->session, sizeof tab->session, "%s", h->session);
	tab->current = json_object();
	tab->sources = json_object();
	tab->places = json_object();
	if (h->imported[0] != '\0')
		return tab;
	tab->row = tables_row(t, TABLE_SESSIONS, h->session);
	row_set_str(tab->row, "session", h->session);
	row_set_str(tab->row, "procedure", h->procedure);
	row_set_str(tab->row, "program", h->program);
	return tab;
}

void
tabulate_end(struct tabulate *tab)
{
	if (tab->row != NULL)
		row_set_int(tab->row, "participants", tab->people);
	json_decref(tab->current);
	json_decref(tab->sources);
	json_decref(tab->places);
	free(tab);
}
