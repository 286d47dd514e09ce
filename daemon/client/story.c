#include "client/story.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/recording.h"
#include "record/told.h"
#include "session/event.h"

struct teller {
	json_t *story;
	json_t *people, *rounds; /* of the story */
	json_t *jobs;		 /* id: {by, person, text, ranking} */
	json_t *proposals;	 /* seq: {text, by} */
	json_t *statements;	 /* id: {id, text, by} */
	json_t *struck;		 /* id: true */
	json_t *votes;		 /* of the present ballot, by participant:
				    {ranking, agreement, quality, abstained} */
	json_t *unsaid;		 /* dissents whose author is not readable */
	json_t *failures;	 /* "unavailable (not_connected)": n */
	int round;
	long exchanges;
};

static json_t *
round_at(struct teller *t, int64_t n)
{
	json_t *round;

	if (n < 0 || n > 1000)
		n = 0;
	while (json_array_size(t->rounds) <= (size_t)n) {
		round = json_pack("{s:i,s:{},s:{},s:[],s:[],s:[],s:n}", "round",
		    (int)json_array_size(t->rounds), "drafts", "critiques",
		    "statements", "shown", "ballots", "tally");
		json_array_append_new(t->rounds, round);
	}
	return json_array_get(t->rounds, (size_t)n);
}

/* Sets key of o to an item's body as a text; false if there is none. */
static bool
set_body(json_t *o, const char *key, const struct event *e, const char *name)
{
	const char *body = event_body(e, name);

	if (body == NULL)
		return false;
	json_object_set_new(o, key, json_string(body));
	return true;
}

static void
set_value(json_t *o, const char *key, const struct event *e, const char *name)
{
	json_t *v = event_value(e, name);

	if (v != NULL)
		json_object_set_new(o, key, v);
}

static json_t *
person(const struct teller *t, const char *id)
{
	json_t *p;
	size_t i;

	json_array_foreach(t->people, i, p) {
		if (strcmp(json_string_value(json_object_get(p, "id")), id) ==
		    0)
			return p;
	}
	return NULL;
}

static json_t *
member(json_t *o, const char *key)
{
	json_t *v = json_object_get(o, key);

	if (v == NULL) {
		v = json_object();
		json_object_set_new(o, key, v);
	}
	return v;
}

/* ---- one function an event ---- */

/* As identifiers; neither: the offline drafter. */
static void
note_endpoint(struct teller *t, const struct event *e)
{
	const char *endpoint = event_str(e, "endpoint");
	const char *model = event_str(e, "model");

	if (endpoint != NULL)
		json_object_set_new(
		    t->story, "endpoint", json_string(endpoint));
	if (model != NULL)
		json_object_set_new(t->story, "model", json_string(model));
}

static void
on_created(struct teller *t, const struct event *e)
{
	json_t *question = json_object(), *seed = event_value(e, "seed");
	json_t *drafter;

	set_body(question, "text", e, "question");
	set_body(question, "affirming", e, "affirming");
	set_body(question, "negating", e, "negating");
	json_object_set_new(t->story, "question", question);
	if (json_is_string(seed))
		json_object_set(t->story, "seed", seed);
	json_decref(seed);
	drafter = told_drafter(e);
	if (drafter != NULL)
		json_object_set_new(t->story, "drafter", drafter);
	note_endpoint(t, e);
	set_value(t->story, "labels", e, "labels");
	set_value(t->story, "survey", e, "survey");
	if (event_str(e, "like") != NULL)
		json_object_set_new(
		    t->story, "like", json_string(event_str(e, "like")));
	json_object_set(
	    t->story, "settings", json_object_get(e->data, "settings"));
}

static void
on_configured(struct teller *t, const struct event *e)
{
	json_object_set(
	    t->story, "settings", json_object_get(e->data, "settings"));
}

static void
on_joined(struct teller *t, const struct event *e)
{
	const char *id = event_str(e, "participant");
	json_t *p;

	if (id == NULL)
		return;
	p = json_pack("{s:s}", "id", id);
	if (!set_body(p, "name", e, "name"))
		json_object_set_new(p, "name", json_string(id));
	set_value(p, "labels", e, "labels");
	set_value(p, "like", e, "like");
	json_array_append_new(t->people, p);
}

static void
on_left(struct teller *t, const struct event *e)
{
	const char *id = event_str(e, "participant");
	json_t *p = id != NULL ? person(t, id) : NULL;
	bool removed = strcmp(e->type, "participant.removed") == 0;

	if (p == NULL)
		return;
	json_object_set_new(
	    p, "left", json_string(removed ? "removed" : "withdrawn"));
	if (removed)
		json_object_del(t->votes, id);
}

static void
on_text(struct teller *t, const struct event *e, const char *who)
{
	json_t *p;

	if (strcmp(event_str(e, "slot"), "dissent") == 0) {
		if ((p = person(t, who)) == NULL)
			return;
		json_object_del(p, "signature");
		set_body(p, "dissent", e, "dissent");
		set_body(p, "signature", e, "signature");
	} else if (strcmp(event_str(e, "slot"), "critique") == 0)
		set_body(member(round_at(t, event_int(e, "round", t->round)),
			     "critiques"),
		    who, e, "text");
	else if ((p = person(t, who)) != NULL)
		set_body(p, "opinion", e, "text");
}

/* A choice stands with its person, under the slot's name. */
static void
on_choice(struct teller *t, const struct event *e, const char *who)
{
	json_t *p = person(t, who);

	if (p == NULL)
		return;
	set_value(p, event_str(e, "slot"), e,
	    event_sealed(e, "answers") != NULL ? "answers" : "choice");
	set_value(p, "words", e, "words");
}

/* A dissent that is read without its author. */
static void
on_unsaid(struct teller *t, const struct event *e)
{
	const char *slot = event_str(e, "slot");
	json_t *d = json_object();

	if (slot == NULL || strcmp(slot, "dissent") != 0 ||
	    !set_body(d, "text", e, "dissent")) {
		json_decref(d);
		return;
	}
	set_body(d, "signature", e, "signature");
	json_array_append_new(t->unsaid, d);
}

static void
on_given(struct teller *t, const struct event *e)
{
	const char *kind = event_str(e, "kind");
	char *who = told_actor(e);
	json_t *vote;

	if (who == NULL || kind == NULL || event_str(e, "slot") == NULL) {
		if (who == NULL)
			on_unsaid(t, e);
		free(who);
		return;
	}
	if (strcmp(kind, "text") == 0)
		on_text(t, e, who);
	else if (strcmp(kind, "choice") == 0)
		on_choice(t, e, who);
	else {
		vote = member(t->votes, who);
		json_object_del(vote, "abstained");
		set_value(vote, "ranking", e, "ranking");
		set_value(vote, "agreement", e, "agreement");
		set_value(vote, "quality", e, "quality");
	}
	free(who);
}

static void
on_abstained(struct teller *t, const struct event *e)
{
	const char *phase = event_str(e, "phase");
	char *who = told_actor(e);

	if (who != NULL && phase != NULL && strcmp(phase, "ballot") == 0)
		json_object_set_new(
		    member(t->votes, who), "abstained", json_true());
	free(who);
}

static void
on_taken_back(struct teller *t, const struct event *e)
{
	const char *slot = event_str(e, "slot");
	char *who = told_actor(e);

	if (who == NULL || slot == NULL)
		;
	else if (strcmp(slot, "opinion") == 0)
		json_object_del(person(t, who), "opinion");
	else if (strcmp(slot, "ballot") != 0 &&
		 strcmp(slot, "agreement") != 0 &&
		 strcmp(slot, "quality") != 0 && strcmp(slot, "critique") != 0)
		json_object_del(person(t, who), slot);
	else if (strcmp(slot, "critique") == 0)
		json_object_del(
		    member(round_at(t, event_int(e, "round", t->round)),
			"critiques"),
		    who);
	else
		json_object_del(member(t->votes, who),
		    strcmp(slot, "ballot") == 0 ? "ranking" : slot);
	free(who);
}

static void
on_proposed(struct teller *t, const struct event *e)
{
	char *who = told_actor(e), seq[24];
	json_t *p = json_object();

	set_body(p, "text", e, "text");
	json_object_set_new(p, "by",
	    json_string(who == NULL		     ? "somebody"
			: strncmp(who, "p-", 2) == 0 ? "participant"
						     : "facilitator"));
	snprintf(seq, sizeof seq, "%" PRId64, e->seq);
	json_object_set_new(t->proposals, seq, p);
	free(who);
}

/* What a facilitator overruled, with the reason. */
static void
on_act(struct teller *t, const struct event *e)
{
	const char *what = event_str(e, "statement");
	json_t *act = json_pack("{s:s,s:i}", "act", e->type, "round", t->round);

	if (what == NULL)
		what = event_str(e, "participant");
	if (what != NULL)
		json_object_set_new(act, "what", json_string(what));
	if (event_str(e, "by") != NULL)
		json_object_set_new(act, "by", json_string(event_str(e, "by")));
	set_body(act, "reason", e, "reason");
	json_array_append_new(json_object_get(t->story, "acts"), act);
	if (strcmp(e->type, "statement.struck") == 0)
		json_object_set_new(t->struck, what, json_true());
	if (strcmp(e->type, "participant.removed") == 0)
		on_left(t, e);
}

static void
on_started(struct teller *t, const struct event *e)
{
	const char *job = event_str(e, "job"), *by = event_str(e, "endpoint");
	json_t *o;

	if (job == NULL)
		return;
	o = member(t->jobs, job);
	if (by != NULL)
		json_object_set_new(o, "by", json_string(by));
	set_value(o, "person", e, "person");
	if (event_int(e, "parts", 1) > 1)
		json_object_set_new(o, "in_parts", json_true());
}

static void
count_failure(struct teller *t, const char *how, const char *why)
{
	char *name =
	    why != NULL ? xasprintf("%s (%s)", how, why) : xstrdup(how);
	json_int_t n = json_integer_value(json_object_get(t->failures, name));

	json_object_set_new(t->failures, name, json_integer(n + 1));
	free(name);
}

static void
on_finished(struct teller *t, const struct event *e)
{
	const char *id = event_str(e, "job"), *how = event_str(e, "outcome");
	json_t *job;

	t->exchanges++;
	if (id == NULL || how == NULL)
		return;
	if (strcmp(how, "ok") != 0) {
		count_failure(t, how, event_str(e, "why"));
		return;
	}
	job = member(t->jobs, id);
	set_body(job, "text", e, "text");
	if (json_object_get(job, "in_parts") == NULL)
		set_value(job, "ranking", e, "ranking");
}

/* Of a prediction in parts: what they came to. */
static void
on_predicted(struct teller *t, const struct event *e)
{
	const char *id = event_str(e, "job");

	if (id != NULL && event_sealed(e, "ranking") != NULL)
		set_value(member(t->jobs, id), "ranking", e, "ranking");
}

static int
number_of(const char *id)
{
	return id != NULL && *id == 's' ? atoi(id + 1) : 0;
}

/* s2 before s10. */
static void
insert_statement(json_t *list, json_t *statement)
{
	int n = number_of(json_string_value(json_object_get(statement, "id")));
	size_t i = json_array_size(list);
	const json_t *before;

	for (; i > 0; i--) {
		before = json_array_get(list, i - 1);
		if (number_of(
			json_string_value(json_object_get(before, "id"))) < n)
			break;
	}
	json_array_insert(list, i, statement);
}

/* Adds a statement, with what is known of where it came from. */
static void
add_statement(
    struct teller *t, json_t *round, const char *id, const json_t *source)
{
	json_t *st = json_object_get(t->statements, id);
	const json_t *v;

	if (st == NULL) {
		st = json_pack("{s:s}", "id", id);
		v = json_object_get(source, "text");
		json_object_set_new(st, "text",
		    v != NULL ? json_copy((json_t *)v) : json_null());
		v = json_object_get(source, "by");
		json_object_set_new(
		    st, "by", v != NULL ? json_copy((json_t *)v) : json_null());
		json_object_set_new(t->statements, id, st);
	}
	insert_statement(json_object_get(round, "statements"), st);
}

static const json_t *
source_of(const struct teller *t, const json_t *candidate, int64_t round)
{
	const char *from =
	    json_string_value(json_object_get(candidate, "from"));
	json_int_t index =
	    json_integer_value(json_object_get(candidate, "index"));
	char key[48];

	if (from == NULL)
		return NULL;
	if (strcmp(from, "draft") == 0)
		snprintf(key, sizeof key, "draft.%" PRId64 ".%lld", round,
		    (long long)index);
	else
		snprintf(key, sizeof key, "%lld", (long long)index);
	return json_object_get(
	    strcmp(from, "draft") == 0 ? t->jobs : t->proposals, key);
}

static void
on_admitted(struct teller *t, const struct event *e)
{
	static const char *const counts[] = {
	    "candidates", "duplicates", "failed"};
	json_t *round, *list = event_value(e, "candidates"), *c;
	const char *id;
	size_t i;

	t->round = (int)event_int(e, "round", t->round);
	round = round_at(t, t->round);
	json_object_clear(t->votes);
	for (i = 0; i < sizeof counts / sizeof *counts; i++)
		json_object_set(member(round, "drafts"), counts[i],
		    json_object_get(e->data, counts[i]));
	json_array_foreach(list, i, c) {
		id = json_string_value(json_object_get(c, "id"));
		if (id != NULL)
			add_statement(t, round, id, source_of(t, c, t->round));
	}
	json_decref(list);
}

/* Statements of the facilitator's, from the review. */
static void
on_added(struct teller *t, const struct event *e)
{
	json_t *list = event_value(e, "candidates"), *c;
	const char *id;
	size_t i;

	json_array_foreach(list, i, c) {
		id = json_string_value(json_object_get(c, "id"));
		if (id != NULL)
			add_statement(t, round_at(t, t->round), id,
			    source_of(t, c, t->round));
	}
	json_decref(list);
}

/* The texts shown stand here for everybody, the candidates only for some. */
static void
on_slate(struct teller *t, const struct event *e)
{
	json_t *round = round_at(t, t->round), *st;
	const json_t *shown = json_object_get(e->data, "shown"), *id;
	char name[SEAL_NAME_MAX];
	size_t i;

	json_object_set(round, "shown", (json_t *)shown);
	json_array_foreach(shown, i, id) {
		if (json_object_get(t->statements, json_string_value(id)) ==
		    NULL)
			add_statement(t, round, json_string_value(id), NULL);
		st = json_object_get(t->statements, json_string_value(id));
		snprintf(name, sizeof name, "text.%s", json_string_value(id));
		set_body(st, "text", e, name);
	}
}

/* A predicted ballot over what stood to the vote. */
static json_t *
predicted(const struct teller *t, const char *who, const json_t *shown)
{
	const json_t *job, *group, *id;
	json_t *ranking, *kept;
	const char *name, *of;
	char prefix[32];
	size_t i, k, s;

	snprintf(prefix, sizeof prefix, "predict.%d.", t->round);
	json_object_foreach(t->jobs, name, job) {
		of = json_string_value(json_object_get(job, "person"));
		if (strncmp(name, prefix, strlen(prefix)) != 0 || of == NULL ||
		    strcmp(of, who) != 0 ||
		    json_object_get(job, "ranking") == NULL)
			continue;
		ranking = json_array();
		json_array_foreach(json_object_get(job, "ranking"), i, group) {
			kept = json_array();
			json_array_foreach(group, k, id) {
				for (s = 0; s < json_array_size(shown); s++)
					if (json_equal(
						id, json_array_get(shown, s)))
						json_array_append(
						    kept, (json_t *)id);
			}
			if (json_array_size(kept) > 0)
				json_array_append(ranking, kept);
			json_decref(kept);
		}
		return ranking;
	}
	return NULL;
}

static json_t *
standing(const struct teller *t, const json_t *shown)
{
	json_t *list = json_array(), *id;
	size_t i;

	json_array_foreach(shown, i, id) {
		if (json_object_get(t->struck, json_string_value(id)) == NULL)
			json_array_append(list, id);
	}
	return list;
}

/* The ballot of one participant as it was counted; NULL: none was. */
static json_t *
ballot_of(const struct teller *t, const json_t *p, const json_t *stood,
    bool predictions)
{
	const char *id = json_string_value(json_object_get(p, "id"));
	const json_t *vote = json_object_get(t->votes, id);
	json_t *ranking, *ballot;
	bool cast;

	if (json_object_get(vote, "abstained") != NULL)
		return NULL;
	ranking = json_incref(json_object_get(vote, "ranking"));
	cast = ranking != NULL;
	if (!cast && predictions && json_object_get(p, "left") == NULL)
		ranking = predicted(t, id, stood);
	if (ranking == NULL)
		return NULL;
	ballot = json_pack("{s:s,s:O,s:s,s:o}", "id", id, "participant",
	    json_object_get(p, "name"), "kind", cast ? "cast" : "predicted",
	    "ranking", ranking);
	if (json_object_get(vote, "agreement") != NULL)
		json_object_set(
		    ballot, "agreement", json_object_get(vote, "agreement"));
	if (json_object_get(vote, "quality") != NULL)
		json_object_set(
		    ballot, "quality", json_object_get(vote, "quality"));
	return ballot;
}

static void
on_tally(struct teller *t, const struct event *e)
{
	json_t *round = round_at(t, event_int(e, "round", t->round));
	json_t *ballots = json_array(), *stood, *p, *ballot;
	bool predictions = event_int(e, "predicted", 0) > 0;
	size_t i;

	stood = standing(t, json_object_get(round, "shown"));
	json_array_foreach(t->people, i, p) {
		ballot = ballot_of(t, p, stood, predictions);
		if (ballot != NULL)
			json_array_append_new(ballots, ballot);
	}
	json_decref(stood);
	json_object_set_new(round, "ballots", ballots);
	json_object_set(round, "tally", e->data);
	json_object_clear(t->votes);
}

static int
dissent_cmp(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* In the order of their words, so that none tells when it came. */
static json_t *
dissents(const struct teller *t)
{
	json_t *found = json_copy(t->unsaid), *list = json_array(), *d;
	const json_t *p;
	const char **texts;
	size_t i, k, n;

	json_array_foreach(t->people, i, p) {
		if (json_object_get(p, "dissent") == NULL)
			continue;
		d = json_pack("{s:O}", "text", json_object_get(p, "dissent"));
		if (json_object_get(p, "signature") != NULL)
			json_object_set(
			    d, "signature", json_object_get(p, "signature"));
		json_array_append_new(found, d);
	}
	n = json_array_size(found);
	texts = xcalloc(n + 1, sizeof *texts);
	for (i = 0; i < n; i++)
		texts[i] = json_string_value(
		    json_object_get(json_array_get(found, i), "text"));
	qsort(texts, n, sizeof *texts, dissent_cmp);
	for (k = 0; k < n; k++)
		json_array_foreach(found, i, d) {
			if (json_string_value(json_object_get(d, "text")) ==
			    texts[k])
				json_array_append(list, d);
		}
	free(texts);
	json_decref(found);
	return list;
}

static void
set_texts(const struct teller *t, json_t *result)
{
	const json_t *tally = json_object_get(
	    json_array_get(t->rounds, json_array_size(t->rounds) - 1), "tally");
	const char *winner =
	    json_string_value(json_object_get(result, "winner"));
	json_t *by, *quality;

	if (winner == NULL)
		return;
	by = json_object_get(json_object_get(t->statements, winner), "by");
	if (by != NULL && json_is_string(by))
		json_object_set(result, "written_by", by);
	quality = json_object_get(json_object_get(tally, "quality"), winner);
	if (quality != NULL)
		json_object_set(result, "quality", quality);
}

static void
on_concluded(struct teller *t, const struct event *e)
{
	const char *winner = event_str(e, "winner");
	json_t *result = json_object(), *st;

	json_object_set(result, "outcome", json_object_get(e->data, "outcome"));
	st = winner != NULL ? json_object_get(t->statements, winner) : NULL;
	json_object_set_new(result, "statement",
	    st != NULL ? json_incref(json_object_get(st, "text"))
		       : json_null());
	json_object_update(result, e->data);
	set_texts(t, result);
	if (json_object_get(e->data, "dissent") != NULL)
		json_object_set_new(result, "dissents", dissents(t));
	json_object_set_new(result, "exchanges", json_integer(t->exchanges));
	if (json_object_size(t->failures) > 0)
		json_object_set(result, "failures", t->failures);
	json_object_set_new(t->story, "result", result);
}

static void
on_language(struct teller *t, const struct event *e)
{
	json_object_set_new(t->story, "language", json_copy(e->data));
}

static void
on_phase(struct teller *t, const struct event *e)
{
	t->round = (int)event_int(e, "round", t->round);
}

static const struct {
	const char *type;
	void (*tell)(struct teller *t, const struct event *e);
} table[] = {
    {"ballot.predicted", on_predicted},
    {"contribution.abstained", on_abstained},
    {"contribution.given", on_given},
    {"contribution.taken_back", on_taken_back},
    {"drafts.admitted", on_admitted},
    {"exchange.finished", on_finished},
    {"exchange.started", on_started},
    {"language.decided", on_language},
    {"participant.joined", on_joined},
    {"participant.removed", on_act},
    {"participant.withdrawn", on_left},
    {"phase.changed", on_phase},
    {"session.aborted", on_act},
    {"session.concluded", on_concluded},
    {"session.configured", on_configured},
    {"session.created", on_created},
    {"slate.decided", on_slate},
    {"statement.proposed", on_proposed},
    {"statement.struck", on_act},
    {"statements.added", on_added},
    {"tally.decided", on_tally},
    {"text.withheld", on_act},
    {"winner.overridden", on_act},
};

static void
tell_event(struct teller *t, const struct event *e)
{
	size_t i;

	for (i = 0; i < sizeof table / sizeof *table; i++)
		if (strcmp(table[i].type, e->type) == 0)
			table[i].tell(t, e);
}

json_t *
story_read(const char *bytes, size_t len, struct err *err)
{
	struct recording *r = recording_of(bytes, len);
	struct recording_header header;
	struct teller t = {0};
	struct event *e;
	int got;

	got = recording_begin(r, &header, err) == 0 ? 1 : -1;
	t.story = json_pack("{s:s,s:[],s:[],s:[],s:n}", "session",
	    got == 1 ? header.session : "", "participants", "rounds", "acts",
	    "result");
	t.people = json_object_get(t.story, "participants");
	t.rounds = json_object_get(t.story, "rounds");
	t.jobs = json_object();
	t.proposals = json_object();
	t.statements = json_object();
	t.struck = json_object();
	t.votes = json_object();
	t.unsaid = json_array();
	t.failures = json_object();
	while (got == 1 && (got = recording_next(r, &e, err)) == 1) {
		tell_event(&t, e);
		event_destroy(e);
	}
	recording_close(r);
	json_decref(t.jobs);
	json_decref(t.proposals);
	json_decref(t.statements);
	json_decref(t.struck);
	json_decref(t.votes);
	json_decref(t.unsaid);
	json_decref(t.failures);
	if (got == -1) {
		json_decref(t.story);
		return NULL;
	}
	return t.story;
}

const char *
story_text(const json_t *story, const char *statement)
{
	const json_t *round, *st;
	size_t i, k;

	json_array_foreach(json_object_get(story, "rounds"), i, round) {
		json_array_foreach(
		    json_object_get(round, "statements"), k, st) {
			if (strcmp(json_string_value(json_object_get(st, "id")),
				statement) == 0)
				return json_string_value(
				    json_object_get(st, "text"));
		}
	}
	return NULL;
}

/* ---- for run --json ---- */

static void
copy_members(json_t *to, const json_t *from, const char *const *names)
{
	json_t *v;
	size_t i;

	for (i = 0; names[i] != NULL; i++) {
		v = json_object_get(from, names[i]);
		json_object_set_new(
		    to, names[i], v != NULL ? json_incref(v) : json_null());
	}
}

static json_t *
run_round(const json_t *round)
{
	static const char *const of_round[] = {
	    "round", "statements", "shown", NULL};
	static const char *const of_ballot[] = {
	    "participant", "kind", "ranking", NULL};
	static const char *const of_tally[] = {
	    "method", "order", "winners", "winner", "tie_break", NULL};
	const json_t *ballot, *tally = json_object_get(round, "tally");
	json_t *out = json_object(), *list = json_array(), *one;
	size_t i;

	copy_members(out, round, of_round);
	json_array_foreach(json_object_get(round, "ballots"), i, ballot) {
		one = json_object();
		copy_members(one, ballot, of_ballot);
		json_array_append_new(list, one);
	}
	json_object_set_new(out, "ballots", list);
	one = json_is_object(tally) ? json_object() : json_null();
	if (json_is_object(tally))
		copy_members(one, tally, of_tally);
	json_object_set_new(out, "tally", one);
	return out;
}

json_t *
story_run_json(const json_t *story, const char *preset, const char *recording)
{
	static const char *const of_story[] = {"session", "seed", NULL};
	static const char *const of_drafter[] = {"endpoint", "model", NULL};
	json_t *question = json_object_get(story, "question");
	json_t *out = json_object(), *rounds = json_array();
	const json_t *round;
	size_t i;

	/* As it was asked: a text, or an object. */
	json_object_set(out, "question",
	    json_object_size(question) > 1 ? question
					   : json_object_get(question, "text"));
	copy_members(out, story, of_story);
	if (json_is_string(json_object_get(story, "model")))
		copy_members(out, story, of_drafter);
	json_object_set_new(
	    out, "preset", preset != NULL ? json_string(preset) : json_null());
	json_array_foreach(json_object_get(story, "rounds"), i, round) {
		json_array_append_new(rounds, run_round(round));
	}
	json_object_set_new(out, "rounds", rounds);
	json_object_set(out, "result", json_object_get(story, "result"));
	json_object_set_new(out, "recording",
	    recording != NULL ? json_string(recording) : json_null());
	return out;
}

/* The most frequent of the failures; NULL. */
static const char *
worst(json_t *failures)
{
	const char *name, *found = NULL;
	json_int_t most = 0;
	json_t *n;

	json_object_foreach(failures, name, n) {
		if (json_integer_value(n) > most) {
			most = json_integer_value(n);
			found = name;
		}
	}
	return found;
}

int
story_drafted(const json_t *story, const char *address, struct err *err)
{
	const json_t *result = json_object_get(story, "result");
	const char *reason, *model, *endpoint, *why;

	reason = json_string_value(json_object_get(result, "reason"));
	model = json_string_value(json_object_get(story, "model"));
	endpoint = json_string_value(json_object_get(story, "endpoint"));
	why = worst(json_object_get(result, "failures"));
	if (model == NULL || why == NULL || reason == NULL ||
	    strcmp(reason, "no_statements") != 0)
		return 0;
	return err_set(err, ERR_NOT_FOUND, "endpoint",
	    "endpoint %s (model %s) drafted nothing: %lld exchanges, most of "
	    "them %s; see that it runs and that address, model and key are "
	    "right, then run this again",
	    address != NULL ? address : endpoint, model,
	    (long long)json_integer_value(json_object_get(result, "exchanges")),
	    why);
}
