/* The state as JSON: everything that decides, and no words. */
#include "session/session.h"

#include <string.h>

static json_t *
given_dump(const struct session *s, const struct given *g)
{
	json_t *o = json_pack("{s:I,s:i,s:b,s:b}", "seq", (json_int_t)g->seq,
		   "round", g->round, "withheld", g->withheld, "erased",
		   g->erased),
	       *list;
	size_t i, n;

	if (g->choice != 0)
		json_object_set_new(o, "choice", json_integer(g->choice));
	if (g->is_signed)
		json_object_set_new(o, "signed", json_true());
	if (g->language[0] != '\0')
		json_object_set_new(o, "language", json_string(g->language));
	if (g->answers != NULL) {
		session_form(s, &n);
		list = json_array();
		for (i = 0; i < n; i++)
			json_array_append_new(
			    list, json_integer(g->answers[i]));
		json_object_set_new(o, "answers", list);
	}
	if (g->round != s->round || s->phase == 0)
		return o;
	if (g->rank != NULL) {
		list = json_array();
		for (i = 0; i < s->nslate; i++)
			json_array_append_new(list, json_integer(g->rank[i]));
		json_object_set_new(o, "rank", list);
	}
	if (g->rating != NULL) {
		list = json_array();
		for (i = 0; i < s->nslate; i++)
			json_array_append_new(list, json_integer(g->rating[i]));
		json_object_set_new(o, "rating", list);
	}
	return o;
}

static json_t *
participant_dump(const struct session *s, const struct participant *p)
{
	json_t *given = json_object(), *o;
	size_t i;

	for (i = 0; s->procedure->slots[i].name != NULL; i++)
		json_object_set_new(given, s->procedure->slots[i].name,
		    given_dump(s, &p->given[i]));
	o = json_pack("{s:s,s:s,s:i,s:b,s:b,s:I,s:I,s:o}", "id", p->id, "like",
	    p->like, "presence", (int)p->presence, "facilitator",
	    p->facilitator, "abstained", p->abstained, "joined",
	    (json_int_t)p->joined, "texts", (json_int_t)p->ntexts, "given",
	    given);
	return o;
}

static json_t *
ints_dump(const int *v, size_t n)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		json_array_append_new(list, json_integer(v[i]));
	return list;
}

static json_t *
job_dump(const struct job_state *job)
{
	json_t *o = json_pack("{s:s,s:i,s:i,s:b,s:i,s:o}", "id", job->id,
		   "state", (int)job->state, "attempts", job->attempts, "told",
		   job->told, "participant", job->participant, "near",
		   ints_dump(job->near, job->nnear)),
	       *rank;
	size_t i;

	json_object_set_new(o, "part", json_integer(job->part));
	json_object_set_new(o, "value", json_integer(job->value));
	json_object_set_new(o, "merged", json_boolean(job->merged));
	if (job->rank != NULL) {
		rank = json_array();
		for (i = 0; i < job->nrank; i++)
			json_array_append_new(rank, json_integer(job->rank[i]));
		json_object_set_new(o, "rank", rank);
	}
	return o;
}

static json_t *
templates_dump(const struct session *s)
{
	char hex[2 * DIGEST_LEN + 1];
	json_t *o = json_object();
	size_t i;

	for (i = 0; i < s->ntemplates; i++) {
		hex_encode(s->templates[i].digest, DIGEST_LEN, hex);
		json_object_set_new(o, s->templates[i].name, json_string(hex));
	}
	return o;
}

static json_t *
where_dump(const struct session *s)
{
	return json_pack(
	    "{s:I,s:i,s:i,s:I,s:b,s:b,s:b,s:b,s:b,s:b,s:b,s:b,s:I,s:I,s:I,s:I,"
	    "s:b,s:i,s:i,s:i}",
	    "seq", (json_int_t)s->seq, "phase", s->phase, "round", s->round,
	    "phase_seq", (json_int_t)s->phase_seq, "concluded", s->concluded,
	    "aborted", s->aborted, "paused", s->paused, "extended", s->extended,
	    "asked", s->asked, "advance", s->advance, "due", s->due,
	    "patience_due", s->patience_due, "wake_at", (json_int_t)s->wake_at,
	    "remaining", (json_int_t)s->remaining, "timer",
	    (json_int_t)s->timer, "timers", (json_int_t)s->timers, "admitted",
	    s->admitted, "closed_round", s->closed_round, "previous",
	    s->previous, "override", s->override);
}

static json_t *
lists_dump(const struct session *s, json_t *o)
{
	json_t *people = json_array(), *jobs = json_array(),
	       *statements = json_array(), *results = json_array();
	size_t i;

	for (i = 0; i < s->nparticipants; i++)
		json_array_append_new(
		    people, participant_dump(s, &s->participants[i]));
	for (i = 0; i < s->njobs; i++)
		json_array_append_new(jobs, job_dump(&s->jobs[i]));
	for (i = 0; i < s->nstatements; i++)
		json_array_append_new(statements,
		    json_pack("{s:s,s:i,s:i,s:i,s:b}", "id",
			s->statements[i].id, "round", s->statements[i].round,
			"origin", (int)s->statements[i].origin, "draft",
			s->statements[i].draft, "struck",
			s->statements[i].struck));
	for (i = 0; i < s->nresults; i++)
		json_array_append_new(results,
		    json_pack("{s:i,s:i,s:b,s:I}", "elected",
			s->results[i].elected, "winner", s->results[i].winner,
			"overridden", s->results[i].overridden, "ballots",
			(json_int_t)s->results[i].ballots));
	json_object_set_new(o, "participants", people);
	json_object_set_new(o, "jobs", jobs);
	json_object_set_new(o, "statements", statements);
	json_object_set_new(o, "results", results);
	return o;
}

json_t *
session_dump(const struct session *s)
{
	json_t *o = json_object(), *proposals = json_array();
	size_t i;

	for (i = 0; i < s->nproposals; i++)
		json_array_append_new(
		    proposals, json_pack("{s:I,s:i,s:b,s:b}", "seq",
				   (json_int_t)s->proposals[i].seq,
				   "participant", s->proposals[i].participant,
				   "taken", s->proposals[i].taken, "erased",
				   s->proposals[i].erased));
	json_object_set_new(
	    o, "settings", settings_json(s->procedure, s->settings));
	json_object_set_new(o, "where", where_dump(s));
	json_object_set_new(o, "proposals", proposals);
	json_object_set_new(o, "endpoint", json_string(s->endpoint));
	json_object_set_new(o, "model", json_string(s->model));
	json_object_set_new(o, "predicts", json_integer(s->predicts));
	json_object_set_new(o, "templates", templates_dump(s));
	json_object_set_new(
	    o, "drafting", ints_dump(s->drafting, s->ndrafting));
	json_object_set_new(
	    o, "candidates", ints_dump(s->candidates, s->ncandidates));
	json_object_set_new(o, "slate", ints_dump(s->slate, s->nslate));
	json_object_set_new(o, "drafted", ints_dump(s->drafted, s->ndrafted));
	json_object_set_new(o, "language", json_string(s->language));
	json_object_set_new(o, "flag", json_integer((json_int_t)s->flag.seq));
	json_object_set_new(o, "form", json_integer((json_int_t)s->nform));
	json_object_set_new(o, "keys", json_integer((json_int_t)s->keys.n));
	return lists_dump(s, o);
}
