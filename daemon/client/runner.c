#include "client/runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "client/cmd.h"
#include "client/letters.h"

struct runner {
	struct link *link;
	const struct scenario *sc;
	struct term *live;
	struct err *err;
	char session[32];
	char (*ids)[16]; /* of the participants, in the scenario's order */
	/* as told by the events so far */
	char phase[32];
	int round;
	bool concluded, asked;
	json_t *shown;
	int drafts, predictions;
};

static enum link_answer
call(struct runner *r, const char *method, json_t *params, json_t **result)
{
	json_t *unwanted = NULL;
	enum link_answer a;

	if (r->session[0] != '\0')
		json_object_set_new(params, "session", json_string(r->session));
	a = link_call(r->link, method, params,
	    result != NULL ? result : &unwanted, r->err);
	json_decref(unwanted);
	return a;
}

/* For a participant. */
static enum link_answer
call_for(struct runner *r, size_t who, const char *method, json_t *params)
{
	json_object_set_new(params, "participant", json_string(r->ids[who]));
	return call(r, method, params, NULL);
}

/* ---- opening ---- */

const char *
runner_note(const struct scenario *sc)
{
	if (!sc->ballots)
		return "The scenario has no ballots: predicted ones are "
		       "counted (absent: predicted), nobody has to rate.";
	if (!sc->ratings)
		return "Some ballots come without ratings: nobody has to rate "
		       "(ratings: optional).";
	return NULL;
}

static json_t *
settings_of(const struct scenario *sc)
{
	json_t *all = json_object();

	if (!sc->ballots)
		json_object_set_new(all, "absent", json_string("predicted"));
	if (!sc->ballots || !sc->ratings)
		json_object_set_new(all, "ratings", json_string("optional"));
	/* What somebody gives is asked for. */
	if (sc->positions && sc->affirming != NULL && sc->negating != NULL)
		json_object_set_new(all, "position", json_true());
	if (sc->importance)
		json_object_set_new(all, "importance", json_true());
	if (sc->preferences)
		json_object_set_new(all, "preference", json_true());
	if (sc->dissents)
		json_object_set_new(all, "dissent", json_true());
	if (sc->answers || sc->survey != NULL)
		json_object_set_new(all, "survey", json_true());
	if (sc->settings != NULL)
		json_object_update(all, (json_t *)sc->settings);
	return all;
}

static json_t *
question_of(const struct scenario *sc)
{
	json_t *q = json_pack("{s:s}", "text", sc->question);

	if (sc->affirming != NULL)
		json_object_set_new(q, "affirming", json_string(sc->affirming));
	if (sc->negating != NULL)
		json_object_set_new(q, "negating", json_string(sc->negating));
	return q;
}

static enum link_answer
join_one(struct runner *r, size_t who, const char *code, const char *terms)
{
	const struct scenario_person *p = &r->sc->people[who];
	json_t *result, *params;
	enum link_answer a;
	const char *id;
	char key[33];

	cmd_key(key);
	params = json_pack("{s:s,s:s,s:s,s:s}", "code", code, "terms", terms,
	    "name", p->name, "key", key);
	if (p->labels != NULL)
		json_object_set(params, "labels", (json_t *)p->labels);
	a = link_call(r->link, "session.join", params, &result, r->err);
	id = json_string_value(json_object_get(result, "participant"));
	if (a == LINK_OK && id != NULL)
		strlcpy(r->ids[who], id, sizeof r->ids[who]);
	json_decref(result);
	return a;
}

/* What the daemon refuses of a scenario is the scenario's fault. */
static enum link_answer
blame_opening(struct runner *r)
{
	static const char *const members[] = {"question", "preset", "settings"};
	char text[sizeof r->err->text], field[sizeof r->err->field];
	const char *member = NULL;
	size_t i;

	strlcpy(text, r->err->text, sizeof text);
	strlcpy(field, r->err->field, sizeof field);
	for (i = 0; i < sizeof members / sizeof *members; i++)
		if (strncmp(field, members[i], strlen(members[i])) == 0)
			member = members[i];
	if (r->err->code == ERR_UNKNOWN_SETTING ||
	    r->err->code == ERR_BAD_SETTING)
		member = "settings";
	if (member == NULL)
		return LINK_REFUSED;
	err_set(r->err, ERR_BROKEN, field, "%s: %s", member, text);
	return LINK_REFUSED;
}

static enum link_answer
open_session(struct runner *r, const char *seed)
{
	const struct scenario *sc = r->sc;
	const char *code, *terms;
	enum link_answer a;
	json_t *params, *made;
	size_t i;

	params = json_pack("{s:o,s:o}", "question", question_of(sc), "settings",
	    settings_of(sc));
	if (sc->preset != NULL)
		json_object_set_new(params, "preset", json_string(sc->preset));
	if (seed != NULL)
		json_object_set_new(params, "seed", json_string(seed));
	if (sc->labels != NULL)
		json_object_set(params, "labels", (json_t *)sc->labels);
	if (sc->survey != NULL)
		json_object_set(params, "survey", (json_t *)sc->survey);
	a = call(r, "session.create", params, &made);
	if (a != LINK_OK)
		return a == LINK_REFUSED ? blame_opening(r) : a;
	strlcpy(r->session, json_string_value(json_object_get(made, "session")),
	    sizeof r->session);
	code = json_string_value(
	    json_object_get(json_object_get(made, "invitation"), "code"));
	terms = json_string_value(
	    json_object_get(json_object_get(made, "terms"), "digest"));
	a = call(r, "session.subscribe", json_object(), NULL);
	for (i = 0; i < sc->n && a == LINK_OK; i++)
		a = join_one(r, i, code, terms);
	json_decref(made);
	return a;
}

/* ---- what happens ---- */

static int
counted(int *n, const char *job, const char *kind)
{
	if (job != NULL && strncmp(job, kind, strlen(kind)) == 0)
		++*n;
	return *n;
}

static void
show_progress(struct runner *r)
{
	char line[96];

	if (r->predictions > 0)
		snprintf(line, sizeof line,
		    "round %d: %d drafts, %d ballots predicted …", r->round,
		    r->drafts, r->predictions);
	else if (r->drafts > 0)
		snprintf(line, sizeof line, "round %d: %d drafts …", r->round,
		    r->drafts);
	else
		snprintf(
		    line, sizeof line, "round %d: %s …", r->round, r->phase);
	term_live(r->live, line);
}

static void
on_event(struct runner *r, const json_t *e)
{
	const char *type = json_string_value(json_object_get(e, "type"));
	const json_t *data = json_object_get(e, "data");
	const char *job = json_string_value(json_object_get(data, "job"));
	const char *to = json_string_value(json_object_get(data, "to"));

	if (type == NULL)
		return;
	if (strcmp(type, "phase.changed") == 0 && to != NULL) {
		strlcpy(r->phase, to, sizeof r->phase);
		r->round =
		    (int)json_integer_value(json_object_get(data, "round"));
		r->asked = false;
		r->drafts = r->predictions = 0;
	} else if (strcmp(type, "statement.drafted") == 0) {
		counted(&r->drafts, job, "draft.");
	} else if (strcmp(type, "ballot.predicted") == 0) {
		counted(&r->predictions, job, "predict.");
	} else if (strcmp(type, "slate.decided") == 0) {
		json_decref(r->shown);
		r->shown = json_incref(json_object_get(data, "shown"));
	} else if (strcmp(type, "facilitator.asked") == 0) {
		r->asked = true;
	} else if (strcmp(type, "session.concluded") == 0) {
		r->concluded = true;
	}
	show_progress(r);
}

static enum link_answer
next_event(struct runner *r)
{
	const char *method;
	json_t *note;
	int got = link_next(r->link, -1, &note, r->err);

	if (got != 1)
		return LINK_DOWN;
	method = json_string_value(json_object_get(note, "method"));
	if (method != NULL && strcmp(method, "event") == 0)
		on_event(r,
		    json_object_get(json_object_get(note, "params"), "event"));
	json_decref(note);
	return LINK_OK;
}

/* ---- what people do ---- */

static enum link_answer
broken(struct runner *r, size_t who, const char *member, int place,
    const char *why)
{
	char text[sizeof r->err->text], at[16] = "";

	strlcpy(text, why, sizeof text); /* it may be the error's own */
	if (place >= 0)
		snprintf(at, sizeof at, "[%d]", place);
	err_set(r->err, ERR_BROKEN, member, "participants[%zu].%s%s: %s", who,
	    member, at, text);
	return LINK_REFUSED;
}

static enum link_answer
abstain(struct runner *r, size_t who)
{
	return call_for(r, who, "contribution.abstain",
	    json_pack("{s:s}", "phase", r->phase));
}

static enum link_answer
give_opinion(struct runner *r, size_t who)
{
	const char *text = r->sc->people[who].opinion;

	if (text == NULL)
		return abstain(r, who);
	return call_for(r, who, "contribution.text",
	    json_pack("{s:s,s:s}", "slot", "opinion", "text", text));
}

static enum link_answer
give_critique(struct runner *r, size_t who)
{
	const char *text = scenario_critique(&r->sc->people[who], r->round);

	if (text == NULL)
		return abstain(r, who);
	return call_for(r, who, "contribution.text",
	    json_pack("{s:s,s:s}", "slot", "critique", "text", text));
}

/* {"s1":6,…} from the list of a scenario; NULL and the error. */
static json_t *
ratings_of(struct runner *r, size_t who, const char *member, const json_t *list)
{
	size_t i, n = json_array_size(r->shown);
	json_t *out = json_object();
	const json_t *v;
	char why[96];

	if (json_array_size(list) != n) {
		snprintf(why, sizeof why,
		    "%zu ratings for the %zu statements shown",
		    json_array_size(list), n);
		broken(r, who, member, r->round, why);
		json_decref(out);
		return NULL;
	}
	json_array_foreach(list, i, v) {
		if (json_is_integer(v))
			json_object_set(out,
			    json_string_value(json_array_get(r->shown, i)),
			    (json_t *)v);
	}
	return out;
}

static int
add_ratings(struct runner *r, size_t who, json_t *params, const char *name,
    const char *member, const json_t *list)
{
	json_t *v = list != NULL ? ratings_of(r, who, member, list) : NULL;

	if (v != NULL)
		json_object_set_new(params, name, v);
	return list != NULL && v == NULL ? -1 : 0;
}

static enum link_answer
give_ballot(struct runner *r, size_t who)
{
	const struct scenario_person *p = &r->sc->people[who];
	const json_t *list = scenario_rating(p, r->round);
	const json_t *quality = scenario_quality(p, r->round);
	const char *letters = scenario_ballot(p, r->round);
	json_t *params = json_object(), *v;
	struct err why;

	if (add_ratings(r, who, params, "agreement", "ratings", list) == -1 ||
	    add_ratings(r, who, params, "quality", "quality", quality) == -1) {
		json_decref(params);
		return LINK_REFUSED;
	}
	if (letters == NULL) {
		if (list != NULL || quality != NULL)
			return call_for(r, who, "contribution.rate", params);
		json_decref(params);
		return r->sc->ballots ? abstain(r, who) : LINK_OK;
	}
	v = letters_ranking(letters, r->shown, &why);
	if (v == NULL) {
		json_decref(params);
		return broken(r, who, "ballots", r->round, why.text);
	}
	json_object_set_new(params, "ranking", v);
	return call_for(r, who, "contribution.ballot", params);
}

/* ---- choices ---- */

static enum link_answer
choose(struct runner *r, size_t who, const char *slot, int choice)
{
	return call_for(r, who, "contribution.choose",
	    json_pack("{s:s,s:i}", "slot", slot, "choice", choice));
}

/* Position and importance; whoever gives less than is asked is not waited
 * for, since the phase is closed behind everybody. */
static enum link_answer
give_position(struct runner *r, size_t who)
{
	const struct scenario_person *p = &r->sc->people[who];
	bool sided = r->sc->affirming != NULL && r->sc->negating != NULL;
	int position = sided ? scenario_position(p, 0) : 0;
	enum link_answer a = LINK_OK;

	if (position == 0 && p->importance == 0)
		return abstain(r, who);
	if (position != 0)
		a = choose(r, who, "position", position);
	if (a == LINK_OK && p->importance != 0)
		a = choose(r, who, "importance", p->importance);
	return a;
}

static enum link_answer
give_position_after(struct runner *r, size_t who)
{
	int position = scenario_position(&r->sc->people[who], 1);

	return position != 0 ? choose(r, who, "position_after", position)
			     : abstain(r, who);
}

static enum link_answer
give_preference(struct runner *r, size_t who)
{
	int preference = r->sc->people[who].preference;

	return preference != 0 ? choose(r, who, "preference", preference)
			       : abstain(r, who);
}

static enum link_answer
give_dissent(struct runner *r, size_t who)
{
	const struct scenario_person *p = &r->sc->people[who];

	if (p->dissent == NULL)
		return abstain(r, who);
	return call_for(r, who, "contribution.text",
	    json_pack("{s:s,s:s,s:b}", "slot", "dissent", "text", p->dissent,
		"signed", p->is_signed));
}

static enum link_answer
give_survey(struct runner *r, size_t who)
{
	const json_t *answers = r->sc->people[who].survey;

	if (json_object_size(answers) == 0)
		return abstain(r, who);
	return call_for(r, who, "contribution.choose",
	    json_pack("{s:s,s:O}", "slot", "survey", "answers", answers));
}

/* Everybody's turn in a phase; then the facilitator closes it if somebody
 * still keeps it open. */
static const struct {
	const char *phase, *member; /* of a participant in the scenario */
	int first;		    /* the round of its first place; -1: none */
	enum link_answer (*give)(struct runner *r, size_t who);
} turns[] = {
    {"lobby", NULL, -1, NULL},
    {"position", "position", -1, give_position},
    {"opinion", "opinion", -1, give_opinion},
    {"review", NULL, -1, NULL},
    {"ballot", "ballots", 0, give_ballot},
    {"critique", "critiques", 1, give_critique},
    {"preference", "preference", -1, give_preference},
    {"dissent", "dissent", -1, give_dissent},
    {"position_after", "position", -1, give_position_after},
    {"survey", "survey", -1, give_survey},
};

/* What the daemon refuses, the scenario gave. */
static enum link_answer
give_all(struct runner *r, size_t turn)
{
	int first = turns[turn].first;
	enum link_answer a = LINK_OK;
	size_t who;

	for (who = 0; who < r->sc->n && a == LINK_OK; who++) {
		a = turns[turn].give(r, who);
		if (a == LINK_REFUSED && r->err->code != ERR_BROKEN)
			broken(r, who, turns[turn].member,
			    first < 0 ? -1 : r->round - first, r->err->text);
	}
	return a;
}

static enum link_answer
close_phase(struct runner *r)
{
	const char *phase;
	json_t *view;
	enum link_answer a = call(r, "session.get", json_object(), &view);
	bool still;

	if (a != LINK_OK)
		return a;
	phase = json_string_value(json_object_get(view, "phase"));
	still = phase != NULL && strcmp(phase, r->phase) == 0 &&
		json_integer_value(json_object_get(view, "round")) == r->round;
	json_decref(view);
	return still ? call(r, "session.next",
			   json_pack("{s:s}", "phase", r->phase), NULL)
		     : LINK_OK;
}

static enum link_answer
take_turns(struct runner *r)
{
	enum link_answer a = LINK_OK;
	size_t i;

	for (i = 0; i < sizeof turns / sizeof *turns; i++) {
		if (strcmp(turns[i].phase, r->phase) != 0)
			continue;
		if (turns[i].give != NULL)
			a = give_all(r, i);
		return a == LINK_OK ? close_phase(r) : a;
	}
	/* Drafting that came to nothing asks what to do: go on. */
	return r->asked ? close_phase(r) : LINK_OK;
}

static enum link_answer
play(struct runner *r)
{
	enum link_answer a = take_turns(r);
	char phase[32];
	int round;
	bool asked;

	while (a == LINK_OK && !r->concluded) {
		strlcpy(phase, r->phase, sizeof phase);
		round = r->round;
		asked = r->asked;
		a = next_event(r);
		if (a == LINK_OK && !r->concluded &&
		    (strcmp(phase, r->phase) != 0 || round != r->round ||
			(r->asked && !asked)))
			a = take_turns(r);
	}
	return a;
}

enum link_answer
runner_export(struct link *link, const char *session, const char *as,
    struct buf *recording, struct err *err)
{
	json_t *params, *page, *line;
	json_int_t after = -1;
	enum link_answer a;
	const char *header;
	bool more = true;
	size_t i;

	while (more) {
		params =
		    json_pack("{s:s,s:I}", "session", session, "after", after);
		if (as != NULL)
			json_object_set_new(params, "as", json_string(as));
		a = link_call(link, "session.export", params, &page, err);
		if (a != LINK_OK)
			return a;
		header = json_string_value(json_object_get(page, "header"));
		if (header != NULL)
			buf_addf(recording, "%s\n", header);
		json_array_foreach(json_object_get(page, "lines"), i, line) {
			buf_add(recording, json_string_value(line),
			    json_string_length(line));
			buf_addc(recording, '\n');
		}
		more = json_is_integer(json_object_get(page, "next"));
		after = json_integer_value(json_object_get(page, "next"));
		json_decref(page);
	}
	return LINK_OK;
}

enum link_answer
runner_play(struct link *link, const struct scenario *sc, const char *seed,
    struct term *live, struct buf *recording, struct err *err)
{
	struct runner r = {
	    .link = link, .sc = sc, .live = live, .err = err, .phase = "lobby"};
	enum link_answer a;

	r.ids = xcalloc(sc->n, sizeof *r.ids);
	a = open_session(&r, seed);
	if (a == LINK_OK)
		a = play(&r);
	term_live_clear(live);
	if (a == LINK_OK)
		a = runner_export(link, r.session, "operator", recording, err);
	json_decref(r.shown);
	free(r.ids);
	return a;
}
