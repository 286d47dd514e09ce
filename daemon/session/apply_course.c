/* The fold, the course of the session: phases, timers, jobs, candidates. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "session/type.h"

#define APPLY(name)                                                            \
	int apply_##name(                                                      \
	    struct session *s, const struct event *e, struct err *err)

static int
broken(const struct event *e, struct err *err)
{
	return err_set(err, ERR_BROKEN, "data",
	    "event %lld (%.60s) refers to something that is not there",
	    (long long)e->seq, e->type);
}

/* Derived events that wait for people carry their timer. */
static void
set_timer(struct session *s, const struct event *e)
{
	s->timer = event_int(e, "timer", 0);
	if (s->timer > s->timers)
		s->timers = s->timer;
	s->wake_at = event_int(e, "wake_at", 0);
	s->advance = s->due = s->patience_due = false;
}

APPLY(struck)
{
	int st = session_statement(s, event_str(e, "statement"));

	if (st == -1)
		return broken(e, err);
	s->statements[st].struck = true;
	return 0;
}

/* Whether votes are being cast; a critique has the ballot before it. */
static bool
ballot_is_open(const struct session *s)
{
	size_t i;

	if (s->closed_round >= s->round)
		return false;
	for (i = 0; s->procedure->slots[i].name != NULL; i++)
		if (s->procedure->slots[i].kind == KIND_BALLOT &&
		    (session_phase(s)->takes & 1u << i) != 0)
			return true;
	return false;
}

APPLY(overridden)
{
	int st = session_statement(s, event_str(e, "statement"));
	struct round_result *last;

	if (st == -1)
		return broken(e, err);
	if (ballot_is_open(s)) {
		s->override = st; /* and it closes with this */
		return 0;
	}
	if (s->nresults == 0)
		return broken(e, err);
	last = &s->results[s->nresults - 1];
	last->winner = st;
	last->overridden = true;
	s->previous = st;
	return 0;
}

APPLY(advanced)
{
	(void)e;
	(void)err;
	s->advance = true;
	return 0;
}

APPLY(extended)
{
	int64_t ms = event_int(e, "seconds", 0) * 1000;

	(void)err;
	s->wake_at =
	    (s->wake_at > e->at && !s->asked ? s->wake_at : e->at) + ms;
	s->asked = s->due = s->patience_due = false;
	s->timer = ++s->timers;
	return 0;
}

APPLY(paused)
{
	(void)err;
	s->paused = true;
	s->paused_at = e->at;
	s->remaining =
	    s->timer != 0 && s->wake_at > e->at ? s->wake_at - e->at : 0;
	s->wake_at = 0;
	s->timer = 0;
	return 0;
}

APPLY(resumed)
{
	(void)err;
	s->paused = false;
	s->wake_at = e->at + s->remaining;
	s->timer = ++s->timers;
	s->remaining = 0;
	return 0;
}

APPLY(aborted)
{
	(void)e;
	(void)err;
	s->aborted = true;
	s->paused = false;
	return 0;
}

APPLY(timer)
{
	(void)e;
	(void)err;
	if (s->asked)
		s->patience_due = true;
	else
		s->due = true;
	s->timer = 0;
	s->wake_at = 0;
	return 0;
}

/* ---- jobs ---- */

/* The latest text of a name takes the place of the one before. */
APPLY(template)
{
	const char *name = event_str(e, "template");
	const char *hex = event_str(e, "digest");
	uint8_t digest[DIGEST_LEN];
	struct used_template *t;
	size_t i = 0;

	if (name == NULL || hex == NULL ||
	    !hex_decode(hex, strlen(hex), digest, DIGEST_LEN))
		return broken(e, err);
	while (i < s->ntemplates && strcmp(s->templates[i].name, name) != 0)
		i++;
	if (i == TEMPLATES_USED_MAX || strlen(name) >= sizeof t->name)
		return broken(e, err);
	t = &s->templates[i];
	s->ntemplates += i == s->ntemplates;
	strlcpy(t->name, name, sizeof t->name);
	memcpy(t->digest, digest, DIGEST_LEN);
	return 0;
}

APPLY(started)
{
	struct job_state *job = session_job(s, event_str(e, "job"));

	if (job == NULL)
		return broken(e, err);
	if (strcmp(s->endpoint, "offline") != 0)
		s->calls++;
	job->state = JOB_STARTED;
	job->attempts = (int)event_int(e, "attempt", 1);
	return 0;
}

static void
read_near(struct job_state *job, const json_t *near)
{
	const json_t *v;
	size_t i;

	free(job->near);
	job->nnear = json_array_size(near);
	job->near = xcalloc(job->nnear + 1, sizeof *job->near);
	json_array_foreach(near, i, v)
		job->near[i] = (int)json_integer_value(v);
}

static int
take_ranking(const struct session *s, struct job_state *job,
    const struct event *e, struct err *err)
{
	json_t *v = event_value(e, "ranking");
	int r;

	free(job->rank);
	job->rank = xcalloc(s->ncandidates + 1, sizeof *job->rank);
	job->nrank = s->ncandidates;
	r = ranking_read(
	    v, candidate_place, s, s->ncandidates, true, job->rank, err);
	json_decref(v);
	return r;
}

static int
finish_ok(struct session *s, struct job_state *job, const struct event *e,
    struct err *err)
{
	struct rating_said said;
	const char *body;
	json_t *v;
	int r;

	job->state = JOB_DONE;
	if (job->kind == JOB_DRAFT) {
		body = event_body(e, "text");
		free(job->text);
		job->source = e->seq;
		job->text = body != NULL ? xstrdup(body) : NULL;
		job->chars = event_chars(e);
		read_near(job, json_object_get(e->data, "near"));
		return 0;
	}
	if (!predictors[job->method].rates)
		return take_ranking(s, job, e, err);
	v = event_value(e, "rating");
	r = rating_part(s, job, v, &said);
	json_decref(v);
	if (r == -1)
		return broken(e, err);
	job->value = said.value;
	job->mass = said.mass;
	return 0;
}

APPLY(finished)
{
	struct job_state *job = session_job(s, event_str(e, "job"));
	const char *outcome = event_str(e, "outcome");

	if (job == NULL || outcome == NULL)
		return broken(e, err);
	if (strcmp(outcome, "ok") == 0)
		return finish_ok(s, job, e, err);
	job->state = job->attempts >= session_setting(s, "attempts") ||
			     !outcome_again(outcome, event_str(e, "why"))
			 ? JOB_FAILED
			 : JOB_WANTED;
	return 0;
}

APPLY(cancelled)
{
	struct job_state *job = session_job(s, event_str(e, "job"));
	const char *why = event_str(e, "why");

	if (job == NULL)
		return broken(e, err);
	job->late = why != NULL && strcmp(why, CANCELLED_LATE) == 0;
	job->state = JOB_FAILED;
	return 0;
}

APPLY(told)
{
	struct job_state *job = session_job(s, event_str(e, "job"));

	if (job == NULL)
		return broken(e, err);
	job->told = true;
	return 0;
}

/* With the last of its parts a ballot is there. */
APPLY(predicted)
{
	struct job_state *job = session_job(s, event_str(e, "job")), *part;
	size_t i;

	if (job == NULL)
		return broken(e, err);
	job->told = true;
	if (!session_in_parts(job))
		return 0;
	for (i = 0; i < s->njobs; i++) {
		part = &s->jobs[i];
		if (part->kind == JOB_PREDICT && part->state == JOB_DONE &&
		    part->participant == job->participant)
			part->told = true;
	}
	job->merged = true;
	return take_ranking(s, job, e, err);
}

/* ---- candidates, slate, tally ---- */

static int
add_statement(struct session *s, const json_t *c, int *at)
{
	const char *from = json_string_value(json_object_get(c, "from"));
	const char *id = json_string_value(json_object_get(c, "id"));
	int64_t index = json_integer_value(json_object_get(c, "index"));
	struct statement st = {.round = s->round};
	const char *text = NULL;
	size_t i;

	if (from == NULL || id == NULL)
		return -1;
	if (strcmp(from, "kept") == 0)
		return (*at = session_statement(s, id)) == -1 ? -1 : 0;
	snprintf(st.id, sizeof st.id, "s%zu", s->nstatements + 1);
	if (strcmp(st.id, id) != 0)
		return -1;
	if (strcmp(from, "draft") == 0) {
		st.origin = FROM_DRAFT;
		st.draft = (int)index;
		for (i = 0; i < s->njobs; i++)
			if (s->jobs[i].kind == JOB_DRAFT &&
			    s->jobs[i].index == index) {
				text = s->jobs[i].text;
				st.source = s->jobs[i].source;
			}
	} else {
		st.origin = FROM_PROPOSAL;
		for (i = 0; i < s->nproposals; i++)
			if (s->proposals[i].seq == index) {
				st.draft = (int)i;
				st.source = index;
				text = s->proposals[i].text;
				s->proposals[i].taken = true;
			}
	}
	st.text = text != NULL ? xstrdup(text) : NULL;
	s->statements = xgrow(s->statements, s->nstatements, &s->capstatements,
	    sizeof *s->statements);
	s->statements[s->nstatements] = st;
	*at = (int)s->nstatements++;
	return 0;
}

APPLY(admitted)
{
	json_t *list = event_value(e, "candidates"), *c;
	size_t i, n = json_array_size(list);
	int r = 0;

	if (n == 0 || n > CANDIDATES_MAX) {
		json_decref(list);
		return broken(e, err);
	}
	free(s->candidates);
	s->candidates = xcalloc(n, sizeof *s->candidates);
	s->ncandidates = 0;
	json_array_foreach(list, i, c) {
		r = add_statement(s, c, &s->candidates[i]);
		if (r == -1)
			break;
		s->ncandidates++;
	}
	json_decref(list);
	s->admitted = true;
	s->extended = s->asked = false;
	set_timer(s, e);
	return r == -1 ? broken(e, err) : 0;
}

/* "shown" into statements; -1 when one is none. */
static int
read_shown(const struct session *s, const struct event *e, int **list,
    size_t *count, struct err *err)
{
	const json_t *shown = json_object_get(e->data, "shown"), *id;
	size_t i, n = json_array_size(shown);
	int st;

	if (n > CANDIDATES_MAX)
		return broken(e, err);
	free(*list);
	*list = xcalloc(n + 1, sizeof **list);
	*count = 0;
	json_array_foreach(shown, i, id) {
		st = session_statement(s, json_string_value(id));
		if (st == -1)
			return broken(e, err);
		(*list)[(*count)++] = st;
	}
	return 0;
}

APPLY(slate)
{
	return read_shown(s, e, &s->slate, &s->nslate, err);
}

APPLY(drafted)
{
	return read_shown(s, e, &s->drafted, &s->ndrafted, err);
}

/* Statements that join the slate as drafted. */
APPLY(added)
{
	json_t *list = event_value(e, "candidates"), *c;
	size_t i, n = json_array_size(list);
	int r = 0;

	if (n == 0 || n > CANDIDATES_MAX ||
	    s->ncandidates + n > CANDIDATES_MAX ||
	    s->ndrafted + n > CANDIDATES_MAX) {
		json_decref(list);
		return broken(e, err);
	}
	s->candidates = xreallocarray(
	    s->candidates, s->ncandidates + n, sizeof *s->candidates);
	s->drafted =
	    xreallocarray(s->drafted, s->ndrafted + n, sizeof *s->drafted);
	json_array_foreach(list, i, c) {
		r = add_statement(s, c, &s->candidates[s->ncandidates]);
		if (r == -1)
			break;
		s->drafted[s->ndrafted++] = s->candidates[s->ncandidates++];
	}
	json_decref(list);
	return r == -1 ? broken(e, err) : 0;
}

APPLY(language)
{
	const char *tag = event_str(e, "language");

	if (tag == NULL || tag_pack(tag) == -1)
		return broken(e, err);
	strlcpy(s->language, tag, sizeof s->language);
	return 0;
}

APPLY(tallied)
{
	struct round_result *r;
	const char *winner =
	    json_string_value(json_object_get(e->data, "winner"));

	(void)err;
	s->results =
	    xgrow(s->results, s->nresults, &s->capresults, sizeof *s->results);
	r = &s->results[s->nresults++];
	r->elected = session_statement(s, winner);
	r->overridden = s->override != -1;
	r->winner = r->overridden ? s->override : r->elected;
	r->ballots = event_int(e, "ballots", 0);
	s->override = -1;
	s->previous = r->winner;
	s->closed_round = s->round;
	json_decref(s->tally);
	s->tally = json_incref(e->data);
	return 0;
}

static int
phase_index(const struct session *s, const char *name)
{
	int i;

	for (i = 0; name != NULL && s->procedure->phases[i].name != NULL; i++)
		if (strcmp(s->procedure->phases[i].name, name) == 0)
			return i;
	return -1;
}

static void
begin_phase(struct session *s, const struct event *e, int phase)
{
	size_t i;

	s->phase = phase;
	s->phase_seq = e->seq;
	s->phase_at = e->at;
	s->extended = s->asked = false;
	set_timer(s, e);
	for (i = 0; i < s->nparticipants; i++)
		s->participants[i].abstained = false;
}

APPLY(phase)
{
	int phase = phase_index(s, event_str(e, "to"));
	int64_t round = event_int(e, "round", -1);

	if (phase == -1 || round < s->round || round > 1000)
		return broken(e, err);
	s->round = (int)round;
	begin_phase(s, e, phase);
	return 0;
}

APPLY(prolonged)
{
	(void)err;
	set_timer(s, e);
	s->extended = true;
	return 0;
}

APPLY(asked)
{
	(void)err;
	set_timer(s, e);
	s->asked = true;
	return 0;
}

APPLY(concluded)
{
	int phase = phase_index(s, "concluded");

	if (phase == -1)
		return broken(e, err);
	begin_phase(s, e, phase);
	s->timer = 0;
	s->wake_at = 0;
	s->concluded = true;
	json_decref(s->conclusion);
	s->conclusion = json_incref(e->data);
	return 0;
}
