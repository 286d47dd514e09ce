#include "record/tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/stream.h"
#include "record/import.h"
#include "record/tabulate.h"

#define COLUMNS(name, ...)                                                     \
	static const char *const of_##name[] = {__VA_ARGS__, NULL}

COLUMNS(sessions, "session", "imported", "procedure", "program", "created_at",
    "question", "affirming", "negating", "seed", "seed_given", "drafter",
    "participants", "rounds", "outcome", "reason", "winner", "statement",
    "elected", "overridden", "ballots", "agreement_n", "agreement_sum",
    "agreement_min", "agreement_ge5", "winner_last", "concluded_at");
COLUMNS(participants, "session", "participant", "name", "joined_at", "left",
    "left_at");
COLUMNS(statements, "session", "statement", "round", "source", "job", "drafter",
    "by", "at", "shown", "struck", "text");
COLUMNS(opinions, "session", "participant", "seq", "at", "status", "withheld",
    "text");
COLUMNS(critiques, "session", "round", "participant", "statement", "seq", "at",
    "status", "withheld", "text");
COLUMNS(ballots, "session", "round", "participant", "kind", "seq", "at",
    "status", "statement", "rank", "place");
COLUMNS(ratings, "session", "round", "participant", "seq", "at", "status",
    "statement", "scale", "value");
COLUMNS(answers, "session", "slot", "round", "participant", "seq", "at",
    "status", "item", "value");
COLUMNS(exchanges, "session", "seq", "job", "kind", "round", "index", "attempt",
    "endpoint", "participant", "started_at", "finished_at", "outcome", "text",
    "reasoning");
COLUMNS(tallies, "session", "round", "kind", "method", "statement", "rank",
    "winner", "published", "decided_by", "ballots", "predicted", "agreement_n",
    "agreement_sum", "agreement_min", "agreement_ge5", "quality_n",
    "quality_sum");
COLUMNS(acts, "session", "seq", "at", "act", "round", "by", "what", "reason");

/* clang-format off */
const struct table_spec table_specs[TABLES] = {
	[TABLE_SESSIONS] = { "sessions", of_sessions,
	    "a session, its settings and labels, and what it came to" },
	[TABLE_PARTICIPANTS] = { "participants", of_participants,
	    "a participant and their labels" },
	[TABLE_STATEMENTS] = { "statements", of_statements,
	    "a statement that stood for election" },
	[TABLE_OPINIONS] = { "opinions", of_opinions,
	    "an opinion; replaced ones have the status superseded" },
	[TABLE_CRITIQUES] = { "critiques", of_critiques,
	    "a critique and the winner it is about" },
	[TABLE_BALLOTS] = { "ballots", of_ballots,
	    "a statement on a ballot: its rank from 0, ties equal, and its place as shown" },
	[TABLE_RATINGS] = { "ratings", of_ratings,
	    "a statement rated by a person: agreement or quality, 1 to 7, or a vote (1, 0, -1)" },
	[TABLE_ANSWERS] = { "answers", of_answers,
	    "an answer to anything else: position, importance, preference, dissent, survey" },
	[TABLE_EXCHANGES] = { "exchanges", of_exchanges,
	    "a request to the drafter and its outcome" },
	[TABLE_TALLIES] = { "tallies", of_tallies,
	    "a statement in an election: its rank from 0 and whether it won" },
	[TABLE_ACTS] = { "acts", of_acts,
	    "what a facilitator overruled, and why" },
};
/* clang-format on */

void
tables_init(struct tables *t)
{
	int i;

	for (i = 0; i < TABLES; i++) {
		t->rows[i] = json_array();
		t->index[i] = json_object();
	}
}

void
tables_clear(struct tables *t)
{
	int i;

	for (i = 0; i < TABLES; i++) {
		json_decref(t->rows[i]);
		json_decref(t->index[i]);
	}
	*t = (struct tables){0};
}

json_t *
tables_add(struct tables *t, enum table_id id)
{
	json_t *row = json_object();

	json_array_append_new(t->rows[id], row);
	return row;
}

json_t *
tables_find(const struct tables *t, enum table_id id, const char *key)
{
	return json_object_get(t->index[id], key);
}

json_t *
tables_row(struct tables *t, enum table_id id, const char *key)
{
	json_t *row = tables_find(t, id, key);

	if (row == NULL) {
		row = tables_add(t, id);
		json_object_set(t->index[id], key, row);
	}
	return row;
}

void
row_set_str(json_t *row, const char *column, const char *s)
{
	if (s != NULL)
		json_object_set_new(row, column, json_string(s));
}

void
row_set_int(json_t *row, const char *column, int64_t n)
{
	json_object_set_new(row, column, json_integer((json_int_t)n));
}

const char *
cell_str(const json_t *row, const char *column)
{
	return json_string_value(json_object_get(row, column));
}

int64_t
cell_int(const json_t *row, const char *column, int64_t def)
{
	const json_t *v = json_object_get(row, column);

	return json_is_integer(v) ? json_integer_value(v) : def;
}

/* ---- reading ---- */

/* A recording that is being told. */
struct telling {
	struct tables *t;
	const struct recording_header *header;
	struct tabulate *own;
	struct imported foreign;
};

static void
telling_begin(
    struct telling *g, struct tables *t, const struct recording_header *h)
{
	*g = (struct telling){.t = t, .header = h};
	g->own = tabulate_begin(t, h);
}

static void
telling_end(struct telling *g)
{
	tabulate_end(g->own);
	imported_clear(&g->foreign);
}

static int
telling_event(struct telling *g, const struct event *e, struct err *err)
{
	struct imported *f = &g->foreign;

	if (g->header->imported[0] == '\0') {
		tabulate_event(g->own, e);
		return 0;
	}
	if (imported_event(f, g->header, e, err) == -1)
		return -1;
	/* Who made the recording may have checked nothing. */
	if (f->row != NULL && f->sheet != NULL && f->sheet->tell != NULL &&
	    (f->sheet->check == NULL ||
		f->sheet->check(&f->head, f->row, NULL) == 0))
		f->sheet->tell(g->t, &f->head, f->row);
	return 0;
}

int
tables_read(struct tables *t, struct recording *r, struct err *err)
{
	struct recording_header header;
	struct telling g;
	struct event *e;
	int got = 1, told = 0;

	if (recording_begin(r, &header, err) == -1)
		return -1;
	telling_begin(&g, t, &header);
	while (told == 0 && (got = recording_next(r, &e, err)) == 1) {
		told = telling_event(&g, e, err);
		event_destroy(e);
	}
	telling_end(&g);
	return told == -1 ? -1 : got;
}

int
tables_events(struct tables *t, const struct recording_header *h,
    const struct event_list *events, struct err *err)
{
	struct telling g;
	size_t i;
	int r = 0;

	telling_begin(&g, t, h);
	for (i = 0; i < events->n && r == 0; i++)
		r = telling_event(&g, events->v[i], err);
	telling_end(&g);
	return r;
}

/* ---- without names ---- */

static bool
is_label(const char *column)
{
	return strncmp(column, "label.", 6) == 0;
}

static void
drop_names(json_t *row)
{
	json_t *value;
	const char *column;
	void *next;

	json_object_del(row, "name");
	json_object_foreach_safe(row, next, column, value) {
		if (is_label(column))
			json_object_del(row, column);
	}
}

/* {session, participant: P3} for all, numbered in a drawn order. */
static json_t *
pseudonyms(const struct tables *t, const char *salt)
{
	size_t n = json_array_size(t->rows[TABLE_PARTICIPANTS]), i;
	size_t *perm = xcalloc(n + 1, sizeof *perm);
	json_t *map = json_object(), *row;
	struct stream draw;
	char name[32];

	stream_open(&draw, salt, "anonymous-export", 0, 0);
	if (n > 0)
		stream_permute(&draw, perm, n);
	for (i = 0; i < n; i++) {
		row = json_array_get(t->rows[TABLE_PARTICIPANTS], i);
		snprintf(name, sizeof name, "P%zu", perm[i] + 1);
		if (cell_str(row, "participant") != NULL)
			json_object_set_new(map, cell_str(row, "participant"),
			    json_string(name));
	}
	free(perm);
	return map;
}

static void
rename_people(json_t *row, const json_t *map)
{
	static const char *const columns[] = {"participant", "by", "what"};
	const char *is;
	json_t *to;
	size_t i;

	for (i = 0; i < sizeof columns / sizeof *columns; i++) {
		is = cell_str(row, columns[i]);
		to = is != NULL ? json_object_get(map, is) : NULL;
		if (to != NULL)
			json_object_set(row, columns[i], to);
	}
}

static int
by_participant(const void *a, const void *b)
{
	const char *x = cell_str(*(json_t *const *)a, "participant");
	const char *y = cell_str(*(json_t *const *)b, "participant");

	return atoi(x != NULL ? x + 1 : "0") - atoi(y != NULL ? y + 1 : "0");
}

/* The order in which people joined would tell who is who. */
static void
sort_people(struct tables *t)
{
	size_t n = json_array_size(t->rows[TABLE_PARTICIPANTS]), i;
	json_t **rows = xcalloc(n + 1, sizeof *rows);

	for (i = 0; i < n; i++)
		rows[i] =
		    json_incref(json_array_get(t->rows[TABLE_PARTICIPANTS], i));
	qsort(rows, n, sizeof(json_t *), by_participant);
	json_array_clear(t->rows[TABLE_PARTICIPANTS]);
	for (i = 0; i < n; i++)
		json_array_append_new(t->rows[TABLE_PARTICIPANTS], rows[i]);
	free(rows);
}

void
tables_anonymous(struct tables *t, const char *salt)
{
	json_t *map = pseudonyms(t, salt), *row;
	size_t i;
	int id;

	for (id = 0; id < TABLES; id++) {
		json_array_foreach(t->rows[id], i, row) {
			drop_names(row);
			rename_people(row, map);
		}
	}
	sort_people(t);
	json_decref(map);
}
