/* Drafting: jobs, candidates, predictions, the slate. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/stream.h"
#include "procedure/habermas.h"

/* ---- the jobs of a phase, made as part of the fold ---- */

static struct job_state *
add_job(struct session *s, enum job_kind kind, int index, int participant)
{
	struct job_state *job;

	s->jobs = xgrow(s->jobs, s->njobs, &s->capjobs, sizeof *s->jobs);
	job = &s->jobs[s->njobs++];
	memset(job, 0, sizeof *job);
	job->kind = kind;
	job->round = s->round;
	job->index = index;
	job->participant = participant;
	snprintf(job->id, sizeof job->id, "%s.%d.%d", job_kind_names[kind],
	    s->round, index);
	return job;
}

/* Numbers decide, never words: an erased text counts as gone because its
 * erasure was recorded, not because its bytes are missing. */
static bool
has_opinion(const struct participant *p)
{
	const struct given *g = &p->given[H_OPINION];

	return g->seq != 0 && !g->erased && p->presence != REMOVED;
}

static void
begin_drafting(struct session *s)
{
	size_t i;

	for (i = 0; i < s->njobs; i++) {
		free(s->jobs[i].text);
		free(s->jobs[i].near);
		free(s->jobs[i].rank);
	}
	s->njobs = 0;
	s->admitted = false;
	s->ncandidates = 0;
	s->nslate = 0;
	free(s->drafting);
	s->drafting = xcalloc(s->nparticipants + 1, sizeof *s->drafting);
	s->ndrafting = 0;
	for (i = 0; i < s->nparticipants; i++)
		if (has_opinion(&s->participants[i]) &&
		    !s->participants[i].given[H_OPINION].withheld)
			s->drafting[s->ndrafting++] = (int)i;
	if (s->ndrafting == 0)
		return;
	for (i = 1; i <= (size_t)s->settings[H_CANDIDATES]; i++)
		add_job(s, JOB_DRAFT, (int)i, -1);
}

/* The jobs' numbers must not tell whose ballot they predict, so their order
 * is drawn from the secret, not from the seed, which is opened at the end. */
static void
begin_predicting(struct session *s)
{
	struct stream draw;
	size_t *order, i;
	int index = 0;

	order = xcalloc(s->nparticipants + 1, sizeof *order);
	stream_open(&draw, s->secret, "predict", (uint64_t)s->round, 0);
	stream_permute(&draw, order, s->nparticipants);
	for (i = 0; i < s->nparticipants; i++)
		if (s->participants[order[i]].presence == PRESENT &&
		    has_opinion(&s->participants[order[i]]))
			add_job(s, JOB_PREDICT, ++index, (int)order[i]);
	free(order);
}

void
habermas_fold(struct session *s, const struct event *e)
{
	if (strcmp(e->type, "phase.changed") == 0 && s->phase == H_IN_DRAFT)
		begin_drafting(s);
	else if (strcmp(e->type, "drafts.admitted") == 0)
		begin_predicting(s);
}

/* ---- a job, rendered ---- */

static void
job_text_set(struct job_text *t, const char *who, const char *text)
{
	strlcpy(t->who, who, sizeof t->who);
	t->text = text != NULL ? xstrdup(text) : NULL;
}

static const char *
critique_of(const struct session *s, const struct participant *p)
{
	const struct given *g = &p->given[H_CRITIQUE];

	return g->seq != 0 && g->round == s->round && !g->withheld &&
		       p->presence != REMOVED
		   ? g->text
		   : NULL;
}

static void
render_words(const struct session *s, struct job *job, const int *people,
    const size_t *order, size_t n)
{
	const struct participant *p;
	const struct given *opinion;
	size_t i;

	job->opinions = xcalloc(n + 1, sizeof *job->opinions);
	job->critiques = xcalloc(n + 1, sizeof *job->critiques);
	for (i = 0; i < n; i++) {
		p = &s->participants[people[order[i]]];
		opinion = &p->given[H_OPINION];
		job_text_set(&job->opinions[i], p->id,
		    opinion->withheld && job->kind == JOB_DRAFT
			? NULL
			: opinion->text);
		job_text_set(&job->critiques[i], p->id, critique_of(s, p));
	}
	job->nopinions = n;
}

static void
render_draft(const struct session *s, struct job *job)
{
	struct stream draw;
	size_t *order = xcalloc(s->ndrafting + 1, sizeof *order);

	stream_open(&draw, s->seed, "draft", (uint64_t)job->round,
	    (uint64_t)job->index);
	stream_permute(&draw, order, s->ndrafting);
	snprintf(job->seed, sizeof job->seed, "%016llx",
	    (unsigned long long)stream_u64(&draw));
	render_words(s, job, s->drafting, order, s->ndrafting);
	free(order);
}

static void
render_prediction(
    const struct session *s, struct job *job, const struct job_state *state)
{
	const struct statement *st;
	struct stream draw;
	size_t zero = 0, i, *order;

	/* By the person's place among those who joined, not by the job's
	 * number, so that equal seeds give equal predictions. */
	stream_open(&draw, s->seed, "predict", (uint64_t)job->round,
	    (uint64_t)state->participant);
	order = xcalloc(s->ncandidates + 1, sizeof *order);
	stream_permute(&draw, order, s->ncandidates);
	snprintf(job->seed, sizeof job->seed, "%016llx",
	    (unsigned long long)stream_u64(&draw));
	render_words(s, job, &state->participant, &zero, 1);
	job->candidates = xcalloc(s->ncandidates + 1, sizeof *job->candidates);
	for (i = 0; i < s->ncandidates; i++) {
		st = &s->statements[s->candidates[order[i]]];
		job_text_set(&job->candidates[i], st->id, st->text);
	}
	job->ncandidates = s->ncandidates;
	free(order);
}

struct job *
habermas_render(const struct session *s, const char *id)
{
	const struct job_state *state = session_job(s, id);
	struct job *job;

	if (state == NULL || state->state >= JOB_DONE || s->concluded)
		return NULL;
	job = xcalloc(1, sizeof *job);
	strlcpy(job->id, state->id, sizeof job->id);
	job->kind = state->kind;
	job->round = state->round;
	job->index = state->index;
	job->question = xstrdup(s->question != NULL ? s->question : "");
	job->max_chars = (int)s->settings[H_STATEMENT_MAX];
	if (s->round > 0 && s->previous != -1 &&
	    s->statements[s->previous].text != NULL)
		job->winner = xstrdup(s->statements[s->previous].text);
	if (job->kind == JOB_DRAFT)
		render_draft(s, job);
	else
		render_prediction(s, job, state);
	return job;
}

/* ---- candidates ---- */

static bool
job_near(const struct job_state *a, const struct job_state *b)
{
	size_t i;

	for (i = 0; i < a->nnear; i++)
		if (a->near[i] == b->index)
			return true;
	for (i = 0; i < b->nnear; i++)
		if (b->near[i] == a->index)
			return true;
	return false;
}

/* Drafts in the order of their numbers, each unless it nearly repeats one
 * taken before it: the order in which replies came in decides nothing. */
static size_t
pick_drafts(const struct session *s, const struct job_state **taken,
    int *duplicates, int *failed)
{
	const struct job_state *job;
	size_t i, k, n = 0;

	*duplicates = *failed = 0;
	for (i = 0; i < s->njobs; i++) {
		job = &s->jobs[i];
		if (job->kind != JOB_DRAFT || job->state != JOB_DONE) {
			*failed += job->kind == JOB_DRAFT;
			continue;
		}
		for (k = 0; k < n && !job_near(job, taken[k]); k++)
			continue;
		if (k < n)
			(*duplicates)++;
		else
			taken[n++] = job;
	}
	return n;
}

static void
add_candidate(json_t *list, const char *from, int64_t index)
{
	json_array_append_new(list,
	    json_pack("{s:s,s:I}", "from", from, "index", (json_int_t)index));
}

static bool
keeps_previous(const struct session *s)
{
	return s->settings[H_KEEP] && s->previous != -1 &&
	       !s->statements[s->previous].struck;
}

/* New candidates in an order drawn from the seed, so that a statement's id
 * does not tell where it came from. */
static json_t *
number_candidates(const struct session *s, const json_t *fresh)
{
	json_t *list = json_array(), *c;
	size_t n = json_array_size(fresh), *order, i;
	char id[STATEMENT_ID_MAX];
	struct stream draw;

	if (keeps_previous(s))
		json_array_append_new(
		    list, json_pack("{s:s,s:s}", "from", "kept", "id",
			      s->statements[s->previous].id));
	order = xcalloc(n + 1, sizeof *order);
	stream_open(&draw, s->seed, "candidates", (uint64_t)s->round, 0);
	stream_permute(&draw, order, n);
	for (i = 0; i < n; i++) {
		c = json_deep_copy(json_array_get(fresh, order[i]));
		snprintf(id, sizeof id, "s%d", (int)(s->nstatements + i + 1));
		json_object_set_new(c, "id", json_string(id));
		json_array_append_new(list, c);
	}
	free(order);
	return list;
}

static struct event *
admit(const struct session *s)
{
	const struct job_state **taken;
	json_t *fresh = json_array(), *list, *data;
	int duplicates, failed;
	struct event *e;
	size_t i, n;

	taken = xcalloc(s->njobs + 1, sizeof *taken);
	n = pick_drafts(s, taken, &duplicates, &failed);
	for (i = 0; i < n; i++)
		add_candidate(fresh, "draft", taken[i]->index);
	free(taken);
	for (i = 0; i < s->nproposals; i++)
		if (!s->proposals[i].taken && !s->proposals[i].erased)
			add_candidate(fresh, "proposal", s->proposals[i].seq);
	list = number_candidates(s, fresh);
	n = json_array_size(fresh);
	json_decref(fresh);
	if (n == 0) { /* the kept winner alone is no election */
		json_decref(list);
		return NULL;
	}
	data = json_pack("{s:i,s:i,s:i,s:i}", "round", s->round, "candidates",
	    (int)json_array_size(list), "duplicates", duplicates, "failed",
	    failed);
	habermas_timer(s, data, H_DRAFT_DEADLINE);
	e = event_make("drafts.admitted", data);
	session_seal_json(s, e, "candidates", list);
	return e;
}

/* ---- the slate ---- */

bool
habermas_predicted(const struct session *s, int participant,
    const int *statements, size_t n, int32_t *rank)
{
	const struct job_state *job;
	size_t i, k, c;

	for (i = 0; i < s->njobs; i++) {
		job = &s->jobs[i];
		if (job->kind != JOB_PREDICT || job->state != JOB_DONE ||
		    job->participant != participant)
			continue;
		for (k = 0; k < n; k++) {
			rank[k] = -1;
			for (c = 0; c < s->ncandidates; c++)
				if (s->candidates[c] == statements[k])
					rank[k] = job->rank[c];
		}
		ranks_densify(rank, n);
		return true;
	}
	return false;
}

static void
predicted_profile(
    const struct session *s, const int *statements, size_t n, struct profile *p)
{
	int32_t *rank = xcalloc(n + 1, sizeof *rank);
	size_t i;

	profile_init(p, n);
	for (i = 0; i < s->nparticipants; i++)
		if (habermas_predicted(s, (int)i, statements, n, rank))
			profile_add(p, rank);
	free(rank);
}

/* Chooses among the drafts; proposals and the kept winner have places of
 * their own beside them. */
static size_t
choose_drafts(
    const struct session *s, const int *drafts, size_t n, bool *chosen)
{
	const struct rule *rule = habermas_predicting_rule(s);
	size_t i, picked, first, *out = xcalloc(n + 1, sizeof *out);
	bool *allowed = xcalloc(n + 1, sizeof *allowed);
	size_t k = (size_t)s->settings[H_SHOWN];
	enum tie_decider decider;
	struct profile p;
	struct stream draw;
	struct tally t;

	predicted_profile(s, drafts, n, &p);
	tally_run(rule, &p, &t);
	stream_open(&draw, s->seed, "slate", (uint64_t)s->round, 0);
	first = tie_resolve(&t, &p, NULL, TIE_BALLOT, &draw, &decider);
	for (i = 0; i < n; i++)
		allowed[i] = true;
	picked = habermas_slate_rule(s)->choose(&p, &t, first, allowed, k, out);
	for (i = 0; i < picked; i++)
		chosen[out[i]] = true;
	tally_free(&t);
	profile_free(&p);
	free(allowed);
	free(out);
	return picked;
}

static bool
is_fresh_draft(const struct session *s, int st)
{
	return s->statements[st].origin == FROM_DRAFT &&
	       s->statements[st].round == s->round && st != s->previous;
}

static bool *
pick_shown(const struct session *s)
{
	int *drafts = xcalloc(s->ncandidates + 1, sizeof *drafts);
	bool *chosen = xcalloc(s->ncandidates + 1, sizeof *chosen);
	bool *shown = xcalloc(s->ncandidates + 1, sizeof *shown);
	size_t i, n = 0;

	for (i = 0; i < s->ncandidates; i++)
		if (is_fresh_draft(s, s->candidates[i]) &&
		    !s->statements[s->candidates[i]].struck)
			drafts[n++] = s->candidates[i];
	if (n > 0)
		choose_drafts(s, drafts, n, chosen);
	for (i = 0, n = 0; i < s->ncandidates; i++) {
		if (s->statements[s->candidates[i]].struck)
			continue;
		shown[i] =
		    is_fresh_draft(s, s->candidates[i]) ? chosen[n++] : true;
	}
	free(drafts);
	free(chosen);
	return shown;
}

static void
seal_prediction(const struct session *s, struct event *e)
{
	json_t *data = json_object();
	struct profile p;
	struct tally t;

	predicted_profile(s, s->candidates, s->ncandidates, &p);
	tally_run(habermas_predicting_rule(s), &p, &t);
	habermas_election_json(data, s, s->candidates, &p, &t);
	json_object_set_new(
	    e->data, "predictions", json_integer((json_int_t)p.ballots));
	session_seal_json(s, e, "tally", data);
	tally_free(&t);
	profile_free(&p);
}

/* Everyone's own order, as session_slate_order will give it. */
static void
seal_orders(const struct session *s, struct event *e, const json_t *shown)
{
	size_t n = json_array_size(shown), i, k, *order;
	json_t *orders = json_object(), *list;
	struct stream draw;

	order = xcalloc(n + 1, sizeof *order);
	for (i = 0; i < s->nparticipants; i++) {
		stream_open(&draw, s->seed, "order", (uint64_t)s->round, i);
		stream_permute(&draw, order, n);
		list = json_array();
		for (k = 0; k < n; k++)
			json_array_append(
			    list, json_array_get(shown, order[k]));
		json_object_set_new(orders, s->participants[i].id, list);
	}
	free(order);
	session_seal_json(s, e, "orders", orders);
}

static struct event *
decide_slate(const struct session *s)
{
	json_t *list = json_array();
	bool *shown = pick_shown(s);
	const struct statement *st;
	char name[SEAL_NAME_MAX];
	struct event *e;
	size_t i;

	e = event_make("slate.decided",
	    json_pack("{s:i,s:o}", "round", s->round, "shown", list));
	for (i = 0; i < s->ncandidates; i++) {
		if (!shown[i])
			continue;
		st = &s->statements[s->candidates[i]];
		json_array_append_new(list, json_string(st->id));
		snprintf(name, sizeof name, "text.%s", st->id);
		session_seal(s, e, name, st->text);
	}
	free(shown);
	seal_prediction(s, e);
	seal_orders(s, e, list);
	return e;
}

static bool
jobs_pending(const struct session *s, enum job_kind kind)
{
	size_t i;

	for (i = 0; i < s->njobs; i++)
		if (s->jobs[i].kind == kind && s->jobs[i].state < JOB_DONE)
			return true;
	return false;
}

static bool
any_standing(const struct session *s)
{
	size_t i;

	for (i = 0; i < s->ncandidates; i++)
		if (!s->statements[s->candidates[i]].struck)
			return true;
	return false;
}

struct event *
habermas_drafting(const struct session *s)
{
	bool hurry = s->due || s->advance || s->patience_due;

	if (!s->admitted) {
		if (jobs_pending(s, JOB_DRAFT) && !hurry)
			return NULL;
		/* Once asked, the facilitator says when there is enough. */
		return s->asked && !hurry ? NULL : admit(s);
	}
	if (s->nslate == 0 && any_standing(s) &&
	    (!jobs_pending(s, JOB_PREDICT) || hurry))
		return decide_slate(s);
	return NULL;
}

bool
habermas_drafting_failed(const struct session *s)
{
	if (s->admitted)
		return s->nslate == 0 && !any_standing(s);
	return !jobs_pending(s, JOB_DRAFT) || s->due || s->advance ||
	       s->patience_due;
}
