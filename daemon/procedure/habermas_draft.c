/* Drafting: jobs, candidates, predictions, the slate. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/stream.h"
#include "procedure/habermas.h"

/* Between the seeds of the parts of a prediction: more than any attempts. */
#define PART_STRIDE 1000003u

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
begin_drafting(struct session *s, int64_t at)
{
	size_t i;

	for (i = 0; i < s->njobs; i++) {
		free(s->jobs[i].text);
		free(s->jobs[i].near);
		free(s->jobs[i].rank);
	}
	s->njobs = 0;
	s->admitted = false;
	s->drafting_at = at;
	s->enough_at = 0;
	s->ncandidates = 0;
	s->nslate = 0;
	s->ndrafted = 0;
	free(s->drafting);
	s->drafting = xcalloc(s->nparticipants + 1, sizeof *s->drafting);
	s->ndrafting = 0;
	for (i = 0; i < s->nparticipants; i++)
		if (has_opinion(&s->participants[i]) &&
		    !s->participants[i].given[H_OPINION].withheld)
			s->drafting[s->ndrafting++] = (int)i;
	if (s->ndrafting == 0)
		return;
	for (i = 1;
	     i <= (size_t)(s->settings[H_CANDIDATES] * s->settings[H_POOLS]);
	     i++)
		add_job(s, JOB_DRAFT, (int)i, -1);
}

/* The jobs' numbers must not tell whose ballot they predict, so their order
 * is drawn from the secret, not from the seed, which is opened at the end. */
static size_t
draw_people(const struct session *s, int *people)
{
	size_t *order = xcalloc(s->nparticipants + 1, sizeof *order), i, n = 0;
	struct stream draw;

	stream_open(&draw, s->secret, "predict", (uint64_t)s->round, 0);
	stream_permute(&draw, order, s->nparticipants);
	for (i = 0; i < s->nparticipants; i++)
		if (s->participants[order[i]].presence == PRESENT &&
		    has_opinion(&s->participants[order[i]]))
			people[n++] = (int)order[i];
	free(order);
	return n;
}

/* Part by part: what has the same list of statements follows each other. */
static void
begin_predicting(struct session *s)
{
	int *people = xcalloc(s->nparticipants + 1, sizeof *people);
	size_t n = draw_people(s, people), i;
	struct predicting p = {.candidates = s->ncandidates,
	    .permutations = (size_t)s->settings[H_PERMUTATIONS]};
	enum predictor_id method =
	    predictor_within(habermas_predictor(s), n, &p);
	int part, parts = (int)predictors[method].parts(&p), index = 0;
	struct job_state *job;

	for (part = 1; part <= parts; part++)
		for (i = 0; i < n; i++) {
			job = add_job(s, JOB_PREDICT, ++index, people[i]);
			job->method = method;
			job->part = part;
			job->parts = parts;
		}
	free(people);
}

/* Notes when a quorum of the drafts asked for is there. */
static void
count_drafts(struct session *s, int64_t at)
{
	size_t i, done = 0, all = 0;

	for (i = 0; i < s->njobs; i++)
		if (s->jobs[i].kind == JOB_DRAFT) {
			all++;
			done += s->jobs[i].state == JOB_DONE;
		}
	if (done > 0 && done * 100 >= all * (size_t)s->settings[H_DRAFT_QUORUM])
		s->enough_at = at;
}

/* Half as long again as the quorum took. */
int64_t
habermas_late_at(const struct session *s)
{
	if (s->phase != H_IN_DRAFT || s->admitted || s->enough_at == 0)
		return 0;
	return s->enough_at + (s->enough_at - s->drafting_at) / 2;
}

void
habermas_fold(struct session *s, const struct event *e)
{
	if (strcmp(e->type, "phase.changed") == 0 && s->phase == H_IN_DRAFT)
		begin_drafting(s, e->at);
	else if (strcmp(e->type, "exchange.finished") == 0 && !s->admitted &&
		 s->enough_at == 0)
		count_drafts(s, e->at);
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
	struct predicting p = {.seed = s->seed,
	    .round = job->round,
	    .person = state->participant,
	    .candidates = s->ncandidates,
	    .permutations = (size_t)s->settings[H_PERMUTATIONS]};
	size_t zero = 0, i, *order;
	const struct statement *st;
	uint64_t seed;
	struct stream draw;

	job->method = state->method;
	job->part = state->part;
	job->parts = state->parts;
	order = xcalloc(s->ncandidates + 1, sizeof *order);
	/* The seed is what follows the draw of an order of one's own. */
	stream_open(&draw, s->seed, "predict", (uint64_t)job->round,
	    (uint64_t)state->participant);
	stream_permute(&draw, order, s->ncandidates);
	seed = stream_u64(&draw) + (uint64_t)(state->part - 1) * PART_STRIDE;
	snprintf(job->seed, sizeof job->seed, "%016" PRIx64, seed);
	render_words(s, job, &state->participant, &zero, 1);
	job->ncandidates =
	    predictors[job->method].asks(&p, (size_t)state->part - 1, order);
	job->candidates =
	    xcalloc(job->ncandidates + 1, sizeof *job->candidates);
	for (i = 0; i < job->ncandidates; i++) {
		st = &s->statements[s->candidates[order[i]]];
		job_text_set(&job->candidates[i], st->id, st->text);
	}
	free(order);
}

/* Drafts until the candidates are fixed, predictions until the slate is, and
 * of those only who are still there. */
bool
habermas_wants(const struct session *s, const struct job_state *job)
{
	if (job->kind == JOB_DRAFT)
		return !s->admitted;
	return s->nslate == 0 &&
	       s->participants[job->participant].presence == PRESENT;
}

struct job *
habermas_render(const struct session *s, const char *id)
{
	const struct job_state *state = session_job(s, id);
	struct job *job;

	if (state == NULL || !session_wants(s, state))
		return NULL;
	job = xcalloc(1, sizeof *job);
	strlcpy(job->id, state->id, sizeof job->id);
	job->kind = state->kind;
	job->round = state->round;
	job->index = state->index;
	job->rendering = JOB_RENDERING;
	job->question = xstrdup(s->question != NULL ? s->question : "");
	job->max_chars = (int)s->settings[H_STATEMENT_MAX];
	strlcpy(job->language, s->language, sizeof job->language);
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

static bool
by_pools(const struct session *s)
{
	return strcmp(s->procedure->settings[H_SLATE]
			  .choices[s->settings[H_SLATE]],
		   "pools") == 0;
}

/* 0, 1, …: drafts are dealt to the pools in the order of their numbers. */
static int64_t
pool_of(const struct session *s, int draft)
{
	return (draft - 1) / s->settings[H_CANDIDATES];
}

/* Pools are elections of their own, so a draft repeats only those of its own;
 * two winners alike are dealt with when the slate is chosen. */
static bool
repeats(const struct session *s, const struct job_state *a,
    const struct job_state *b)
{
	return job_near(a, b) &&
	       (!by_pools(s) || pool_of(s, a->index) == pool_of(s, b->index));
}

/* Drafts in the order of their numbers, each unless it nearly repeats one
 * taken before it: the order in which replies came in decides nothing. */
static size_t
pick_drafts(const struct session *s, const struct job_state **taken,
    int *duplicates, int *failed, int *late)
{
	const struct job_state *job;
	size_t i, k, n = 0;

	*duplicates = *failed = *late = 0;
	for (i = 0; i < s->njobs; i++) {
		job = &s->jobs[i];
		if (job->kind != JOB_DRAFT || job->state != JOB_DONE) {
			*failed += job->kind == JOB_DRAFT;
			*late += job->kind == JOB_DRAFT && job->late;
			continue;
		}
		for (k = 0; k < n && !repeats(s, job, taken[k]); k++)
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
	int duplicates, failed, late;
	struct event *e;
	size_t i, n;

	taken = xcalloc(s->njobs + 1, sizeof *taken);
	n = pick_drafts(s, taken, &duplicates, &failed, &late);
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
	if (late > 0)
		json_object_set_new(data, "late", json_integer(late));
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
	size_t k, c, known = 0;
	const int32_t *all = session_predicted(s, participant, &known);

	if (all == NULL)
		return false;
	for (k = 0; k < n; k++) {
		rank[k] = -1;
		for (c = 0; c < known; c++)
			if (s->candidates[c] == statements[k])
				rank[k] = all[c];
	}
	ranks_densify(rank, n);
	return true;
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

/* The predicted election among these drafts. */
struct guess {
	struct profile p;
	struct tally t;
};

static void
guess_run(struct guess *g, const struct session *s, const int *drafts, size_t n)
{
	predicted_profile(s, drafts, n, &g->p);
	tally_run(habermas_predicting_rule(s), &g->p, &g->t);
}

static void
guess_free(struct guess *g)
{
	tally_free(&g->t);
	profile_free(&g->p);
}

static size_t
guess_winner(const struct guess *g, const struct session *s, int64_t pool)
{
	enum tie_decider decider;
	struct stream draw;

	stream_open(
	    &draw, s->seed, "slate", (uint64_t)s->round, (uint64_t)pool);
	return tie_resolve(&g->t, &g->p, NULL, TIE_BALLOT, &draw, &decider);
}

/* Chooses among the drafts; proposals and the kept winner have places of
 * their own beside them. */
static void
choose_drafts(
    const struct session *s, const int *drafts, size_t n, bool *chosen)
{
	size_t i, picked, *out = xcalloc(n + 1, sizeof *out);
	bool *allowed = xcalloc(n + 1, sizeof *allowed);
	struct guess g;

	guess_run(&g, s, drafts, n);
	for (i = 0; i < n; i++)
		allowed[i] = true;
	picked = habermas_slate_rule(s)->choose(&g.p, &g.t,
	    guess_winner(&g, s, 0), allowed, (size_t)s->settings[H_SHOWN], out);
	for (i = 0; i < picked; i++)
		chosen[out[i]] = true;
	guess_free(&g);
	free(allowed);
	free(out);
}

static const struct job_state *
draft_job(const struct session *s, int statement)
{
	size_t i;

	for (i = 0; i < s->njobs; i++)
		if (s->jobs[i].kind == JOB_DRAFT &&
		    s->jobs[i].index == s->statements[statement].draft)
			return &s->jobs[i];
	return NULL;
}

/* Whether a reader would take it for one that is chosen already. */
static bool
like_chosen(const struct session *s, const int *drafts, size_t n,
    const bool *chosen, int statement)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (chosen[i] &&
		    job_near(draft_job(s, drafts[i]), draft_job(s, statement)))
			return true;
	return false;
}

/* The winner of one pool, or the best of it that repeats no winner of a pool
 * before. */
static void
choose_of_pool(const struct session *s, const int *drafts, size_t n,
    bool *chosen, int64_t pool)
{
	int *of = xcalloc(n + 1, sizeof *of);
	size_t *place = xcalloc(n + 1, sizeof *place);
	size_t i, m = 0, best;
	struct guess g;

	for (i = 0; i < n; i++)
		if (pool_of(s, s->statements[drafts[i]].draft) == pool &&
		    !like_chosen(s, drafts, n, chosen, drafts[i])) {
			place[m] = i;
			of[m++] = drafts[i];
		}
	if (m > 0) {
		guess_run(&g, s, of, m);
		best = guess_winner(&g, s, pool);
		guess_free(&g);
		chosen[place[best]] = true;
	}
	free(of);
	free(place);
}

static void
choose_of_pools(
    const struct session *s, const int *drafts, size_t n, bool *chosen)
{
	int64_t pool;

	for (pool = 0; pool < s->settings[H_POOLS]; pool++)
		choose_of_pool(s, drafts, n, chosen, pool);
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
		(by_pools(s) ? choose_of_pools : choose_drafts)(
		    s, drafts, n, chosen);
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

static void
show(const struct session *s, struct event *e, json_t *list, int statement)
{
	const struct statement *st = &s->statements[statement];
	char name[SEAL_NAME_MAX];

	json_array_append_new(list, json_string(st->id));
	snprintf(name, sizeof name, "text.%s", st->id);
	session_seal(s, e, name, st->text);
}

static struct event *
show_event(const struct session *s, const char *type, json_t **list)
{
	*list = json_array();
	return event_make(
	    type, json_pack("{s:i,s:o}", "round", s->round, "shown", *list));
}

static void
seal_slate(const struct session *s, struct event *e, const json_t *list)
{
	seal_prediction(s, e);
	seal_orders(s, e, list);
}

/* Straight to the ballot, or before the facilitator first. */
static struct event *
decide_slate(const struct session *s)
{
	bool *shown = pick_shown(s), review = s->settings[H_REVIEW] != 0;
	struct event *e;
	json_t *list;
	size_t i;

	e = show_event(s, review ? "slate.drafted" : "slate.decided", &list);
	for (i = 0; i < s->ncandidates; i++)
		if (shown[i])
			show(s, e, list, s->candidates[i]);
	free(shown);
	if (!review)
		seal_slate(s, e, list);
	return e;
}

/* What the facilitator proposed while looking at the drafts. */
static struct event *
add_proposals(const struct session *s)
{
	json_t *list = json_array(), *c;
	char id[STATEMENT_ID_MAX];
	struct event *e;
	size_t i, n = 0;

	/* What finds no place waits for the next ballot. */
	for (i = 0; i < s->nproposals && s->ncandidates + n < CANDIDATES_MAX;
	     i++) {
		if (s->proposals[i].taken || s->proposals[i].erased ||
		    s->proposals[i].participant != -1)
			continue;
		c = json_pack("{s:s,s:I}", "from", "proposal", "index",
		    (json_int_t)s->proposals[i].seq);
		snprintf(id, sizeof id, "s%d", (int)(s->nstatements + ++n));
		json_object_set_new(c, "id", json_string(id));
		json_array_append_new(list, c);
	}
	if (n == 0) {
		json_decref(list);
		return NULL;
	}
	e = event_make("statements.added",
	    json_pack("{s:i,s:i}", "round", s->round, "statements", (int)n));
	session_seal_json(s, e, "candidates", list);
	return e;
}

struct event *
habermas_reviewed(const struct session *s)
{
	struct event *e = add_proposals(s);
	size_t i, n = 0;
	json_t *list;

	if (e != NULL)
		return e;
	for (i = 0; i < s->ndrafted; i++)
		n += !s->statements[s->drafted[i]].struck;
	if (n == 0)
		return NULL;
	e = show_event(s, "slate.decided", &list);
	for (i = 0; i < s->ndrafted; i++)
		if (!s->statements[s->drafted[i]].struck)
			show(s, e, list, s->drafted[i]);
	seal_slate(s, e, list);
	return e;
}

static bool
jobs_pending(const struct session *s, enum job_kind kind)
{
	size_t i;

	for (i = 0; i < s->njobs; i++)
		if (s->jobs[i].kind == kind && session_wants(s, &s->jobs[i]))
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
	if (s->nslate == 0 && s->ndrafted == 0 && any_standing(s) &&
	    (!jobs_pending(s, JOB_PREDICT) || hurry))
		return decide_slate(s);
	return NULL;
}

bool
habermas_drafting_failed(const struct session *s)
{
	if (s->admitted)
		return s->nslate == 0 && s->ndrafted == 0 && !any_standing(s);
	return !jobs_pending(s, JOB_DRAFT) || s->due || s->advance ||
	       s->patience_due;
}
