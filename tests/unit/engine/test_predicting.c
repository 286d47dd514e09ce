/* Predictions by every method of the table, through the engine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/mem.h"
#include "procedure/habermas.h"
#include "tests/fake/play.h"

static const char *const opinions[] = {
    "Trees give shade. Keep every tree.",
    "Parking is scarce. Shops need cars.",
    "Quiet streets help children sleep. Slow the cars down.",
};

/* Whether this exchange is to fail. */
typedef bool fail_fn(const struct job *job);

static bool
never(const struct job *job)
{
	(void)job;
	return false;
}

/* A draft of its own for each index; a ranking by the numbers of statements;
 * a rating by the statement's number and the part asked. */
static void
answer(const struct job *job, struct job_reply *r)
{
	char text[200];
	size_t i, k;

	memset(r, 0, sizeof(*r));
	if (job->kind == JOB_DRAFT) {
		snprintf(text, sizeof(text),
		    "Word%d word%d word%d word%d word%d.", job->index,
		    job->index + 100, job->index + 200, job->index + 300,
		    job->index + 400);
		r->text = xstrdup(text);
		return;
	}
	if (job->method == PREDICT_POINTWISE) {
		r->rating.value = atoi(job->candidates[0].who + 1) * 100;
		r->rating.mass = 900;
		return;
	}
	r->nrank = job->ncandidates;
	r->rank = xcalloc(r->nrank + 1, sizeof(*r->rank));
	for (i = 0; i < r->nrank; i++)
		for (k = 0; k < r->nrank; k++)
			r->rank[i] += atoi(job->candidates[k].who + 1) >
				      atoi(job->candidates[i].who + 1);
}

static int
work(struct play *p, fail_fn *fails)
{
	struct job_reply r;
	const char *ids[4096];
	struct job *job;
	int n = 0;

	while (session_wanted(p->s, ids, 4096) > 0) {
		job = p->s->procedure->render(p->s, ids[0]);
		assert_int_equal(play_input(p, input_started(p->s, job, "fake",
						   p->now, &p->entropy)),
		    0);
		answer(job, &r);
		if (fails(job)) {
			job_reply_free(&r);
			r.outcome = OUTCOME_REFUSAL;
			r.why = "refused";
		}
		assert_int_equal(play_input(p, input_finished(p->s, job, &r,
						   p->now, &p->entropy)),
		    0);
		job_reply_free(&r);
		n += job->kind == JOB_PREDICT;
		job_free(job);
	}
	return n;
}

/* As play_begin, through an endpoint that predicts so. */
static void
begin(struct play *p, const char *predictor, const char *settings)
{
	play_begin(p, settings, NULL);
	/* What session.created would say of an endpoint. */
	strlcpy(p->s->endpoint, "fake", sizeof(p->s->endpoint));
	p->s->predicts = (enum predictor_id)predictor_find(predictor);
	for (int i = 0; i < 3; i++)
		play_join(p, "Kim");
	play_next(p);
	for (int i = 0; i < 3; i++)
		play_text(p, i, "opinion", opinions[i]);
}

static int
count(const struct play *p, const char *type)
{
	int n = 0;

	for (size_t i = 0; i < p->log.n; i++)
		n += strcmp(p->log.v[i]->type, type) == 0;
	return n;
}

static const struct event *
last(const struct play *p, const char *type)
{
	for (size_t i = p->log.n; i-- > 0;)
		if (strcmp(p->log.v[i]->type, type) == 0)
			return p->log.v[i];
	return NULL;
}

/* The last statement is what every method was told to like best. */
static void
assert_ranked(const struct play *p, int who, int from)
{
	int32_t rank[CANDIDATES_MAX];

	assert_true(habermas_predicted(
	    p->s, who, p->s->candidates, p->s->ncandidates, rank));
	for (size_t i = (size_t)from; i < p->s->ncandidates; i++)
		assert_int_equal(rank[i], (int32_t)(p->s->ncandidates - 1 - i));
}

static void
test_methods(void **state)
{
	static const struct {
		const char *predicts, *settings;
		int exchanges;
		bool parts;
	} rows[] = {
	    {"listwise", "{\"candidates\":5}", 9, true},
	    {"listwise", "{\"candidates\":40,\"permutations\":4}", 12, true},
	    {"listwise", "{\"candidates\":5,\"permutations\":1}", 3, false},
	    {"listwise", "{\"candidates\":5,\"predictor\":\"reasoned\"}", 3,
		false},
	    {"pointwise", "{\"candidates\":40}", 120, true},
	    {"pointwise", "{\"candidates\":5,\"predictor\":\"listwise\"}", 9,
		true},
	    /* no probabilities are to be had */
	    {"listwise", "{\"candidates\":5,\"predictor\":\"pointwise\"}", 9,
		true},
	    {"reasoned", "{\"candidates\":5}", 3, false},
	};
	const struct event *e;
	struct play p;
	json_t *v;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		begin(&p, rows[i].predicts, rows[i].settings);
		assert_int_equal(work(&p, never), rows[i].exchanges);
		assert_string_equal(session_phase(p.s)->name, "ballot");
		assert_int_equal(count(&p, "ballot.predicted"), 3);
		for (int who = 0; who < 3; who++)
			assert_ranked(&p, who, 0);
		e = last(&p, "ballot.predicted");
		v = event_value(e, "ranking");
		assert_int_equal(v != NULL, rows[i].parts);
		if (v != NULL)
			assert_int_equal(
			    event_int(e, "used", 0) * 3, rows[i].exchanges);
		if (v != NULL && strstr(rows[i].predicts, "point") == NULL)
			assert_int_equal(event_int(e, "agreement", 0), 1000);
		json_decref(v);
		play_end(&p);
	}
}

static void
draft(struct play *p, const char *id, int64_t at)
{
	struct job *job = p->s->procedure->render(p->s, id);
	struct job_reply r;

	assert_non_null(job);
	p->now = at;
	assert_int_equal(play_input(p, input_started(p->s, job, "fake", p->now,
					   &p->entropy)),
	    0);
	answer(job, &r);
	assert_int_equal(
	    play_input(p, input_finished(p->s, job, &r, p->now, &p->entropy)),
	    0);
	job_reply_free(&r);
	job_free(job);
}

/* Three of four drafts are a quorum of 75 percent: the fourth is late half as
 * long again after they came, and the round goes on without it. */
static void
test_draft_quorum(void **state)
{
	const struct event *e;
	int64_t began, enough;
	struct play p;

	(void)state;
	begin(&p, "reasoned", "{\"candidates\":4,\"draft_quorum\":75}");
	began = p.s->at;
	assert_int_equal(p.s->drafting_at, began);
	draft(&p, "draft.0.4", began + 500);
	draft(&p, "draft.0.1", began + 900);
	assert_int_equal(habermas_late_at(p.s), 0);
	draft(&p, "draft.0.3", began + 1000);
	enough = p.s->at;
	assert_true(enough > began);
	assert_int_equal(habermas_late_at(p.s), enough + (enough - began) / 2);
	assert_int_equal(play_input(&p, input_cancelled(p.s, "draft.0.2",
					    CANCELLED_LATE, p.now)),
	    0);
	assert_int_equal(habermas_late_at(p.s), 0);
	e = last(&p, "drafts.admitted");
	assert_non_null(e);
	assert_int_equal(event_int(e, "candidates", 0), 3);
	assert_int_equal(event_int(e, "failed", 0), 1);
	assert_int_equal(event_int(e, "late", 0), 1);
	play_end(&p);
}

/* Neither recording nor replay takes an exchange beyond the budget. */
static void
test_budget(void **state)
{
	struct play p;
	struct job *job;

	(void)state;
	begin(&p, "reasoned", "{\"candidates\":3,\"budget_calls\":2}");
	draft(&p, "draft.0.1", p.now);
	draft(&p, "draft.0.2", p.now);
	assert_int_equal(p.s->calls, 2);
	assert_false(session_affords(p.s));
	job = p.s->procedure->render(p.s, "draft.0.3");
	assert_int_equal(
	    play_input(&p, input_started(p.s, job, "fake", p.now, &p.entropy)),
	    -1);
	strlcpy(p.s->endpoint, "offline", sizeof(p.s->endpoint));
	assert_true(session_affords(p.s));
	job_free(job);
	play_end(&p);
}

/* By default all are waited for; what fails otherwise is not late. */
static void
test_no_quorum(void **state)
{
	const struct event *e;
	struct play p;

	(void)state;
	begin(&p, "reasoned", "{\"candidates\":2}");
	draft(&p, "draft.0.1", p.s->at + 500);
	assert_int_equal(habermas_late_at(p.s), 0);
	assert_int_equal(
	    play_input(&p, input_cancelled(p.s, "draft.0.2", NULL, p.now)), 0);
	e = last(&p, "drafts.admitted");
	assert_int_equal(event_int(e, "failed", 0), 1);
	assert_int_equal(event_int(e, "late", -1), -1);
	play_end(&p);
}

static bool
second_part(const struct job *job)
{
	return job->kind == JOB_PREDICT && job->part == 2;
}

static bool
all_parts(const struct job *job)
{
	return job->kind == JOB_PREDICT;
}

/* A part that cannot be had leaves the rest; with none of them there is no
 * ballot, and the round goes on. */
static void
test_failing(void **state)
{
	static const char *const methods[] = {"listwise", "pointwise"};
	const struct event *e;
	int32_t rank[CANDIDATES_MAX];
	struct play p;

	(void)state;
	for (int i = 0; i < 2; i++) {
		begin(&p, methods[i], "{\"candidates\":5}");
		work(&p, second_part);
		assert_string_equal(session_phase(p.s)->name, "ballot");
		assert_int_equal(count(&p, "ballot.predicted"), 3);
		assert_int_equal(count(&p, "job.failed"), 3);
		e = last(&p, "ballot.predicted");
		assert_int_equal(
		    event_int(e, "used", 0), event_int(e, "parts", 0) - 1);
		assert_true(habermas_predicted(
		    p.s, 0, p.s->candidates, p.s->ncandidates, rank));
		play_end(&p);

		begin(&p, methods[i], "{\"candidates\":5}");
		work(&p, all_parts);
		assert_string_equal(session_phase(p.s)->name, "ballot");
		assert_int_equal(count(&p, "ballot.predicted"), 0);
		assert_false(habermas_predicted(
		    p.s, 0, p.s->candidates, p.s->ncandidates, rank));
		play_end(&p);
	}
}

/* A ranking or rating of something else is not taken. */
static void
test_refused(void **state)
{
	struct play p;
	struct job *job = NULL;
	struct job_reply r = {0};
	const char *ids[64];
	struct event *in;
	char other[8];

	(void)state;
	begin(&p, "pointwise", "{\"candidates\":3}");
	while (session_wanted(p.s, ids, 64) > 0) {
		job = p.s->procedure->render(p.s, ids[0]);
		play_input(
		    &p, input_started(p.s, job, "fake", p.now, &p.entropy));
		if (job->kind == JOB_PREDICT)
			break;
		answer(job, &r);
		play_input(&p, input_finished(p.s, job, &r, p.now, &p.entropy));
		job_reply_free(&r);
		job_free(job);
	}
	snprintf(other, sizeof(other), "s%d",
	    atoi(job->candidates[0].who + 1) % 3 + 1);
	strlcpy(job->candidates[0].who, other, 4);
	r.rating.value = 100;
	in = input_finished(p.s, job, &r, p.now, &p.entropy);
	assert_int_equal(play_input(&p, in), -1);
	assert_int_equal(p.err.code, ERR_STALE);
	strlcpy(job->candidates[0].who, "s1", 4);
	r.rating.value = RATING_SCALE + 1;
	in = input_finished(p.s, job, &r, p.now, &p.entropy);
	assert_int_equal(play_input(&p, in), -1);
	job_free(job);
	play_end(&p);
}

/* Somebody who leaves is not predicted, and nothing waits for their parts. */
static void
test_leaving(void **state)
{
	const char *ids[64];
	struct job_reply r;
	struct job *job;
	struct play p;
	int n = 0;

	(void)state;
	begin(&p, "listwise", "{\"candidates\":4}");
	while (session_wanted(p.s, ids, 64) > 0) {
		job = p.s->procedure->render(p.s, ids[0]);
		if (job->kind == JOB_PREDICT && n++ == 3)
			play_input(&p, input_withdrawn(p.s, 1, false, p.now));
		job_free(job);
		if (session_wanted(p.s, ids, 64) == 0)
			break;
		job = p.s->procedure->render(p.s, ids[0]);
		play_input(
		    &p, input_started(p.s, job, "fake", p.now, &p.entropy));
		answer(job, &r);
		play_input(&p, input_finished(p.s, job, &r, p.now, &p.entropy));
		job_reply_free(&r);
		job_free(job);
	}
	assert_string_equal(session_phase(p.s)->name, "ballot");
	assert_int_equal(count(&p, "ballot.predicted"), 2);
	play_end(&p);
}

/* The setting's names are the table's. */
static void
test_names(void **state)
{
	const struct setting *row = &habermas.settings[H_PREDICTOR];

	(void)state;
	assert_string_equal(row->name, "predictor");
	assert_string_equal(row->choices[0], "auto");
	for (int i = 0; i < PREDICTORS; i++)
		assert_string_equal(row->choices[i + 1], predictors[i].name);
	assert_null(row->choices[PREDICTORS + 1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_methods),
	    cmocka_unit_test(test_draft_quorum),
	    cmocka_unit_test(test_no_quorum),
	    cmocka_unit_test(test_budget),
	    cmocka_unit_test(test_failing),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_leaving),
	    cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
