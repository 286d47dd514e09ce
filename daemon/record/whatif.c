#include "record/whatif.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/verify.h"
#include "session/procedure.h"

static const struct counting as_was = {.method = NULL};

/* ---- reading ---- */

static int
lacks(const struct session *s, const struct event *e, struct err *err)
{
	const struct seal *row;
	size_t i;

	for (i = 0; i < e->nsealed; i++) {
		row = session_seal_row(s, e->type, e->sealed[i].name);
		if (e->sealed[i].body != NULL || row == NULL ||
		    row->kind != SEAL_VALUE)
			continue;
		return err_set(err, ERR_BROKEN, NULL,
		    "the recording lacks `%s` of event %" PRId64
		    ": only a full export (session.export as operator) holds "
		    "every ballot",
		    e->sealed[i].name, e->seq);
	}
	return 0;
}

static int
fold(struct elections *out, struct session *s, const struct event *e,
    struct err *err)
{
	struct ballots el;

	if (lacks(s, e, err) == -1)
		return -1;
	if (ballots_of(s, e->type, &el)) {
		out->v = xgrow(out->v, out->n, &out->cap, sizeof *out->v);
		out->v[out->n++] = el;
	}
	return session_apply(s, e, err);
}

static void
read_names(struct elections *out, const struct session *s)
{
	json_t *person;
	size_t i;

	for (i = 0; i < s->nparticipants; i++) {
		person = json_pack("{s:s}", "id", s->participants[i].id);
		if (s->participants[i].name != NULL)
			json_object_set_new(person, "name",
			    json_string(s->participants[i].name));
		json_array_append_new(out->people, person);
	}
	for (i = 0; i < s->nstatements; i++)
		if (s->statements[i].text != NULL)
			json_object_set_new(out->texts, s->statements[i].id,
			    json_string(s->statements[i].text));
}

static int
read_events(
    struct elections *out, const struct event_list *events, struct err *err)
{
	struct session *s;
	size_t i;
	int r = 0;

	out->procedure = procedure_find(out->header.procedure);
	if (out->procedure == NULL)
		return err_set(err, ERR_BROKEN, NULL,
		    "procedure %s is unknown to this program",
		    out->header.procedure);
	s = session_new(out->header.session, out->procedure, out->header.hash);
	for (i = 0; i < events->n && r == 0; i++)
		r = fold(out, s, events->v[i], err);
	if (r == 0)
		read_names(out, s);
	session_free(s);
	return r;
}

/* Closes the recording. */
static int
read_recording(struct recording *rec, struct elections *out, struct err *err)
{
	struct event_list events = {0};
	struct verify_report report;
	int r = -1;

	*out =
	    (struct elections){.people = json_array(), .texts = json_object()};
	if (rec == NULL)
		return -1;
	if (verify_events(rec, &report, &events, err) == 0) {
		out->header = report.header;
		r = read_events(out, &events, err);
	}
	event_list_free(&events);
	recording_close(rec);
	return r;
}

int
elections_read(const char *path, struct elections *out, struct err *err)
{
	return read_recording(recording_open(path, err), out, err);
}

int
elections_of(
    const char *bytes, size_t len, struct elections *out, struct err *err)
{
	return read_recording(recording_of(bytes, len), out, err);
}

void
elections_free(struct elections *e)
{
	size_t i;

	for (i = 0; i < e->n; i++)
		ballots_clear(&e->v[i]);
	free(e->v);
	json_decref(e->people);
	json_decref(e->texts);
	*e = (struct elections){0};
}

/* ---- one round otherwise ---- */

static json_t *
id_json(const struct ballots *e, size_t i)
{
	return i < e->n ? json_string(e->ids[i]) : json_null();
}

/* Who won as it was; e->n: nobody. */
static size_t
winner_before(const struct ballots *e)
{
	struct err err;
	struct count c;
	size_t winner = e->n;

	if (ballots_count(e, &as_was, &c, &err) == 0)
		winner = c.winner;
	count_clear(&c);
	return winner;
}

static json_t *
row_of(const struct ballots *e, const struct count *c)
{
	size_t before = winner_before(e);

	return json_pack("{s:i,s:s,s:I,s:o,s:o,s:b,s:I,s:s}", "round", e->round,
	    "election", e->vote ? "vote" : "slate", "ballots",
	    (json_int_t)c->ballots, "before", id_json(e, before), "winner",
	    id_json(e, c->winner), "changed", c->winner != before, "tied",
	    (json_int_t)c->tally.winners, "decided_by",
	    tie_decider_names[c->decider]);
}

static bool
in_vote(const struct ballots *vote, const char *id)
{
	size_t i;

	for (i = 0; vote != NULL && i < vote->n; i++)
		if (strcmp(vote->ids[i], id) == 0)
			return true;
	return false;
}

/* The slate that would have been, and how much of it nobody ever saw. */
static void
add_shown(json_t *row, const struct ballots *e, const struct ballots *vote,
    const bool *shown)
{
	json_t *list = json_array();
	json_int_t unseen = 0;
	size_t i;

	for (i = 0; i < e->n; i++)
		if (shown[i]) {
			json_array_append_new(list, json_string(e->ids[i]));
			unseen += !in_vote(vote, e->ids[i]);
		}
	json_object_set_new(row, "shown", list);
	json_object_set_new(row, "not_voted", json_integer(unseen));
}

/* The slate.  The winners of pools are no rule's choice of all drafts: there
 * those that were shown and still stand are taken again. */
static int
choose_shown(const struct ballots *e, const struct ballots *vote,
    const struct whatif *w, const struct counting *how, const struct count *c,
    bool *shown, struct err *err)
{
	size_t i;

	if (w->slate != NULL || strcmp(e->slate, "pools") != 0)
		return ballots_slate(e, how, c, w->slate, shown, err);
	for (i = 0; i < e->n; i++)
		shown[i] = how->among[i] && in_vote(vote, e->ids[i]);
	return 0;
}

/* Counts the election over the drafts; `shown` (n flags) gets the slate. */
static int
recount_slate(const struct ballots *e, const struct ballots *vote,
    const struct whatif *w, bool *shown, json_t *rows, struct err *err)
{
	bool *among = xcalloc(e->n + 1, sizeof *among);
	struct counting how = w->how;
	struct count c;
	json_t *row;
	size_t i;
	int r;

	for (i = 0; i < e->n; i++)
		among[i] = w->candidates == 0 || e->draft[i] <= w->candidates;
	how.among = among;
	r = ballots_count(e, &how, &c, err);
	if (r == 0)
		r = choose_shown(e, vote, w, &how, &c, shown, err);
	if (r == 0 && w->how.ballots != COUNT_CAST) {
		row = row_of(e, &c);
		add_shown(row, e, vote, shown);
		json_array_append_new(rows, row);
	}
	count_clear(&c);
	free(among);
	return r;
}

/* Whether a statement of the vote would have been on the other slate. */
static bool
stands(const struct ballots *vote, size_t i, const struct ballots *slate,
    const bool *shown)
{
	size_t k;

	if (vote->draft[i] == 0)
		return true; /* kept or proposed: it has a place of its own */
	for (k = 0; k < slate->n; k++)
		if (strcmp(slate->ids[k], vote->ids[i]) == 0)
			return shown[k];
	return false;
}

static int
recount_vote(const struct ballots *e, const struct ballots *slate,
    const struct whatif *w, const bool *shown, json_t *rows, struct err *err)
{
	bool *among = xcalloc(e->n + 1, sizeof *among);
	bool other = w->slate != NULL || w->candidates != 0;
	struct counting how = w->how;
	struct count c;
	size_t i;
	int r;

	for (i = 0; i < e->n; i++)
		among[i] =
		    !other || slate == NULL || stands(e, i, slate, shown);
	how.among = among;
	r = ballots_count(e, &how, &c, err);
	if (r == 0)
		json_array_append_new(rows, row_of(e, &c));
	count_clear(&c);
	free(among);
	return r;
}

/* The vote on a slate is the next election, if it is of that round. */
static const struct ballots *
vote_after(const struct elections *e, size_t i)
{
	return i + 1 < e->n && e->v[i + 1].vote &&
		       e->v[i + 1].round == e->v[i].round
		   ? &e->v[i + 1]
		   : NULL;
}

int
whatif_rows(const struct elections *e, const struct whatif *w, json_t *rows,
    struct err *err)
{
	const struct ballots *slate = NULL;
	bool *shown = NULL;
	size_t i;
	int r = 0;

	for (i = 0; i < e->n && r == 0; i++) {
		if (e->v[i].vote) {
			r = recount_vote(&e->v[i], slate, w, shown, rows, err);
			continue;
		}
		slate = &e->v[i];
		free(shown);
		shown = xcalloc(slate->n + 1, sizeof *shown);
		r = recount_slate(slate, vote_after(e, i), w, shown, rows, err);
	}
	free(shown);
	return r;
}

/* ---- sway ---- */

struct sway {
	json_int_t ballots, preferred, without, twice, pairs;
};

/* Pairs that the two orders do not put the same way. */
static json_int_t
moved_pairs(const struct count *a, const struct count *b)
{
	struct kendall k;

	kendall_count(a->tally.rank, b->tally.rank, a->tally.n, &k);
	return k.discordant + k.tied_x + k.tied_y;
}

static void
sway_in(const struct ballots *e, const struct ballots_row *b, struct sway *sway)
{
	struct counting without = {.without = b->participant};
	struct counting twice = {.doubled = b->participant};
	struct count was, less, more;
	struct err err;

	if (b->cast == NULL || !b->counts)
		return;
	if (ballots_count(e, &as_was, &was, &err) == 0 && was.winner < e->n) {
		sway->ballots++;
		sway->preferred += b->cast[was.winner] == 0;
		if (ballots_count(e, &without, &less, &err) == 0) {
			sway->without += less.winner != was.winner;
			sway->pairs += moved_pairs(&was, &less);
		}
		count_clear(&less);
		if (ballots_count(e, &twice, &more, &err) == 0)
			sway->twice += more.winner != was.winner;
		count_clear(&more);
	}
	count_clear(&was);
}

void
whatif_influence(const struct elections *e, json_t *rows)
{
	struct sway sway;
	size_t i, k, who;
	json_t *person;
	const char *id;

	json_array_foreach(e->people, who, person) {
		sway = (struct sway){0};
		id = json_string_value(json_object_get(person, "id"));
		for (i = 0; i < e->n; i++)
			for (k = 0; e->v[i].vote && k < e->v[i].nballots; k++)
				if (strcmp(e->v[i].ballots[k].participant,
					id) == 0)
					sway_in(&e->v[i], &e->v[i].ballots[k],
					    &sway);
		json_array_append_new(
		    rows, json_pack("{s:s,s:I,s:I,s:I,s:I,s:I}", "participant",
			      id, "ballots", sway.ballots, "preferred",
			      sway.preferred, "without", sway.without, "double",
			      sway.twice, "pairs", sway.pairs));
	}
}
