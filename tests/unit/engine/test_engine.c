/* The engine and the habermas procedure, played through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "tests/fake/play.c"
#include "tests/unit/engine/beside.h"

static const char *
phase(const struct play *p)
{
	return session_phase(p->s)->name;
}

static const char *
outcome(const struct play *p, const char *member)
{
	return json_string_value(json_object_get(p->s->conclusion, member));
}

static size_t
count(const struct play *p, const char *type)
{
	size_t i, n = 0;

	for (i = 0; i < p->log.n; i++)
		n += strcmp(p->log.v[i]->type, type) == 0;
	return n;
}

static void
test_whole(void **state)
{
	struct play p;

	(void)state;
	play_begin(&p, "{\"candidates\":8}", NULL);
	play_whole(&p, 5);
	assert_true(p.s->concluded);
	assert_string_equal(outcome(&p, "outcome"), "consensus");
	assert_int_equal(p.s->nresults, 2);
	assert_int_equal(count(&p, "tally.decided"), 2);
	beside_folds(&p);
	play_end(&p);
}

static void
test_same_seed_same_session(void **state)
{
	struct play a, b;
	size_t i;
	char *x, *y;

	(void)state;
	play_begin(&a, NULL, "42");
	play_begin(&b, NULL, "42");
	play_whole(&a, 5);
	play_whole(&b, 5);
	assert_int_equal(a.log.n, b.log.n);
	for (i = 0; i < a.log.n; i++) {
		x = json_canonical_dup(a.log.v[i]->data);
		y = json_canonical_dup(b.log.v[i]->data);
		assert_string_equal(x, y);
		free(x);
		free(y);
	}
	play_end(&a);
	play_end(&b);
}

static void
test_no_statements(void **state)
{
	struct play p;

	(void)state;
	play_begin(&p, NULL, NULL);
	play_join(&p, "A");
	play_join(&p, "B");
	play_next(&p);
	assert_string_equal(phase(&p), "opinion");
	play_next(&p); /* nobody wrote anything */
	assert_string_equal(phase(&p), "draft");
	assert_true(p.s->asked);
	/* a person's own statement saves the round */
	struct actor a = {.participant = 0};
	assert_int_equal(play_input(&p, input_proposed(p.s, &a,
					    "Let us meet again in a month.",
					    NULL, NULL, p.now, &p.entropy)),
	    0);
	play_next(&p);
	assert_string_equal(phase(&p), "ballot");
	assert_int_equal(p.s->nslate, 1);
	beside_folds(&p);
	play_end(&p);

	play_begin(&p, NULL, NULL);
	play_join(&p, "A");
	play_next(&p);
	play_next(&p);
	assert_true(p.s->asked);
	play_timer(&p); /* nobody answers */
	assert_true(p.s->concluded);
	assert_string_equal(outcome(&p, "outcome"), "none");
	assert_string_equal(outcome(&p, "reason"), "no_statements");
	play_end(&p);
}

/* Starts every draft and ends the first with that outcome. */
static void
start_drafts(struct play *p, enum outcome outcome)
{
	struct job_reply reply = {.outcome = outcome};
	const char *ids[16];
	struct job *job;
	size_t i, n;

	for (i = 0; i < 3; i++)
		play_join(p, NULL);
	play_next(p);
	for (i = 0; i < 3; i++)
		play_text(p, (int)i, "opinion", opinions[i]);
	n = session_wanted(p->s, ids, 16);
	for (i = 0; i < n; i++) {
		job = p->s->procedure->render(p->s, ids[i]);
		assert_int_equal(play_input(p, input_started(p->s, job, "fake",
						   p->now, &p->entropy)),
		    0);
		job_free(job);
	}
	job = p->s->procedure->render(p->s, "draft.0.1");
	if (outcome == OUTCOME_OK)
		reply.text = xstrdup("We want quiet lessons.");
	assert_int_equal(play_input(p, input_finished(p->s, job, &reply, p->now,
					   &p->entropy)),
	    0);
	job_reply_free(&reply);
	job_free(job);
}

/* A refusal is final, a timeout is not. */
static void
test_not_again(void **state)
{
	static const struct {
		enum outcome outcome;
		enum job_state_kind then;
	} rows[] = {{OUTCOME_REFUSAL, JOB_FAILED}, {OUTCOME_AUTH, JOB_FAILED},
	    {OUTCOME_TIMEOUT, JOB_WANTED}, {OUTCOME_PARSE, JOB_WANTED}};
	struct play p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		play_begin(&p, "{\"candidates\":3}", NULL);
		start_drafts(&p, rows[i].outcome);
		assert_int_equal(
		    session_job(p.s, "draft.0.1")->state, rows[i].then);
		beside_folds(&p);
		play_end(&p);
	}
}

/* Once the candidates are fixed nobody waits for the drafts that are late;
 * cancelling them is recorded. */
static void
test_late_drafts(void **state)
{
	const char *ids[16];
	struct play p;

	(void)state;
	play_begin(&p, "{\"candidates\":3}", NULL);
	start_drafts(&p, OUTCOME_OK);
	assert_int_equal(session_open(p.s, ids, 16), 2);
	play_timer(&p);
	assert_int_equal(count(&p, "drafts.admitted"), 1);
	assert_int_equal(session_open(p.s, ids, 16), 0);
	assert_null(p.s->procedure->render(p.s, "draft.0.2"));
	assert_false(session_wants(p.s, session_job(p.s, "draft.0.2")));
	assert_int_equal(session_wanted(p.s, ids, 16), 3); /* predictions */
	assert_int_equal(
	    play_input(&p, input_cancelled(p.s, "draft.0.2", NULL, p.now)), 0);
	play_jobs(&p);
	assert_string_equal(phase(&p), "ballot");
	beside_folds(&p);
	play_end(&p);
}

/* Who leaves while ballots are predicted is not predicted: nobody waits. */
static void
test_left_unpredicted(void **state)
{
	struct job_reply reply = {.outcome = OUTCOME_OK};
	const char *ids[16];
	struct play p;
	struct job *job;
	int who;

	(void)state;
	play_begin(&p, "{\"candidates\":3}", NULL);
	start_drafts(&p, OUTCOME_OK);
	play_timer(&p);
	assert_int_equal(session_wanted(p.s, ids, 16), 3);
	who = session_job(p.s, "predict.0.3")->participant;
	for (int i = 0; i < 2; i++) {
		job = p.s->procedure->render(p.s, ids[i]);
		play_input(
		    &p, input_started(p.s, job, "fake", p.now, &p.entropy));
		reply.rank = xcalloc(job->ncandidates, sizeof *reply.rank);
		assert_int_equal(play_input(&p, input_finished(p.s, job, &reply,
						    p.now, &p.entropy)),
		    0);
		job_free(job);
		free(reply.rank);
	}
	assert_string_equal(phase(&p), "draft");
	assert_int_equal(
	    play_input(&p, input_withdrawn(p.s, who, false, p.now)), 0);
	assert_string_equal(phase(&p), "ballot");
	beside_folds(&p);
	play_end(&p);
}

/* A template stands in the recording by name and digest, the latest of its
 * name; what cannot be one is refused. */
static void
test_templates(void **state)
{
	struct job_template t = {.kind = TEMPLATE_REVISE,
	    .version = 2,
	    .text = (char *)(uintptr_t) "rules"};
	struct play p;
	struct event *bad;

	(void)state;
	play_begin(&p, NULL, NULL);
	assert_false(session_has_template(p.s, "revise", t.digest));
	assert_int_equal(
	    play_input(&p, input_template(p.s, &t, p.now, &p.entropy)), 0);
	assert_true(session_has_template(p.s, "revise", t.digest));
	t.digest[0] = 1;
	assert_false(session_has_template(p.s, "revise", t.digest));
	assert_int_equal(
	    play_input(&p, input_template(p.s, &t, p.now, &p.entropy)), 0);
	assert_true(session_has_template(p.s, "revise", t.digest));
	assert_int_equal(p.s->ntemplates, 1);
	beside_folds(&p);

	bad = event_make("template.used",
	    json_pack("{s:s,s:s}", "template", "draft", "digest", "00"));
	assert_int_equal(play_input(&p, bad), -1);
	play_end(&p);
}

static void
test_deadlines(void **state)
{
	struct play p;
	int i;

	(void)state;
	play_begin(&p, "{\"deadline\":60}", NULL);
	for (i = 0; i < 4; i++)
		play_join(&p, "x");
	play_next(&p);
	play_text(&p, 0, "opinion", "One opinion is not a quorum of four.");
	play_timer(&p);
	assert_true(p.s->extended);
	assert_string_equal(phase(&p), "opinion");
	play_timer(&p);
	assert_true(p.s->asked);
	play_text(&p, 1, "opinion", "A second one comes while we wait.");
	play_text(&p, 2, "opinion", "A third makes more than half of us.");
	play_timer(&p); /* patience ends, but there is a quorum now */
	assert_string_equal(phase(&p), "draft");
	beside_folds(&p);
	play_end(&p);

	play_begin(&p, "{\"deadline\":60}", NULL);
	play_join(&p, "x");
	play_join(&p, "y");
	play_next(&p);
	play_timer(&p);
	play_timer(&p);
	play_timer(&p);
	assert_true(p.s->concluded);
	assert_string_equal(outcome(&p, "reason"), "nobody_answered");
	play_end(&p);
}

static void
test_next_once(void **state)
{
	struct play p;
	struct event *first, *second;

	(void)state;
	play_begin(&p, NULL, NULL);
	play_join(&p, "x");
	first = input_advanced(p.s, "lobby", "f1", p.now);
	second = input_advanced(p.s, "lobby", "f1", p.now);
	assert_int_equal(play_input(&p, first), 0);
	assert_int_equal(play_input(&p, second), -1);
	assert_int_equal(p.err.code, ERR_WRONG_PHASE);
	play_end(&p);
}

static void
test_bad_ballots(void **state)
{
	struct play p;
	size_t n;

	(void)state;
	play_begin(&p, "{\"candidates\":6,\"rounds\":0}", NULL);
	play_join(&p, "x");
	play_join(&p, "y");
	play_next(&p);
	play_text(&p, 0, "opinion", opinions[0]);
	play_text(&p, 1, "opinion", opinions[1]);
	assert_int_equal(play_text(&p, 0, "critique", "too early"), -1);
	play_jobs(&p);
	assert_string_equal(phase(&p), "ballot");
	n = p.log.n;
	assert_int_equal(play_ballot(&p, 0, "s99", NULL), -1);
	assert_int_equal(p.err.code, ERR_UNKNOWN_STATEMENT);
	const char *id = p.s->statements[p.s->slate[0]].id;
	char twice[64];
	snprintf(twice, sizeof twice, "%s>%s", id, id);
	assert_int_equal(play_ballot(&p, 0, twice, NULL), -1);
	assert_int_equal(p.err.code, ERR_BAD_BALLOT);
	assert_int_equal(play_ballot(&p, 0, id, "{\"s1\":8}"), -1);
	assert_int_equal(play_text(&p, 0, "opinion", "again"), -1);
	assert_int_equal(p.err.code, ERR_WRONG_PHASE);
	assert_int_equal(p.log.n, n);
	/* without a rating a ballot is not complete, with it it is */
	assert_int_equal(play_ballot(&p, 0, id, NULL), 0);
	assert_false(session_is_complete(p.s, 0));
	play_all_ballots(&p);
	assert_true(p.s->concluded);
	beside_folds(&p);
	play_end(&p);
}

/* Two people, up to the first ballot. */
static void
play_to_ballot(struct play *p, const char *settings)
{
	play_begin(p, settings, NULL);
	play_join(p, "x");
	play_join(p, "y");
	play_next(p);
	play_text(p, 0, "opinion", opinions[0]);
	play_text(p, 1, "opinion", opinions[1]);
	play_jobs(p);
}

static void
test_override_and_strike(void **state)
{
	struct play p;
	const char *id;

	(void)state;
	play_to_ballot(&p, "{\"candidates\":6,\"rounds\":0}");
	id = p.s->statements[p.s->slate[1]].id;
	assert_int_equal(
	    play_input(&p, input_struck(p.s, p.s->statements[p.s->slate[0]].id,
			       "f1", "names a person", p.now, &p.entropy)),
	    0);
	assert_int_equal(
	    play_input(&p, input_overridden(p.s, id, "f1", "time is short",
			       p.now, &p.entropy)),
	    0);
	assert_true(p.s->concluded);
	assert_string_equal(outcome(&p, "winner"), id);
	assert_true(
	    json_is_true(json_object_get(p.s->conclusion, "overridden")));
	beside_folds(&p);
	play_end(&p);
}

/* Of the ballot before: the round goes on, about the winner it has now. */
static void
test_override_in_critique(void **state)
{
	struct play p;
	const char *id;

	(void)state;
	play_to_ballot(&p, "{\"candidates\":6,\"rounds\":1}");
	id = p.s->statements[p.s->slate[1]].id;
	play_all_ballots(&p);
	assert_string_equal(session_phase(p.s)->name, "critique");
	assert_string_not_equal(p.s->statements[p.s->previous].id, id);
	assert_int_equal(
	    play_input(&p, input_overridden(p.s, id, "f1", "lawyers object",
			       p.now, &p.entropy)),
	    0);
	assert_string_equal(session_phase(p.s)->name, "critique");
	assert_string_equal(p.s->statements[p.s->previous].id, id);
	assert_true(p.s->results[0].overridden);
	play_text(&p, 0, "critique", critiques[0]);
	play_text(&p, 1, "critique", critiques[1]);
	play_jobs(&p);
	assert_string_equal(session_phase(p.s)->name, "ballot");
	play_all_ballots(&p);
	assert_true(p.s->concluded);
	assert_int_equal(p.s->results[1].ballots, 2);
	assert_false(p.s->results[1].overridden);
	beside_folds(&p);
	play_end(&p);
}

static void
test_withdraw_and_erase(void **state)
{
	struct play p;

	(void)state;
	play_begin(&p, "{\"candidates\":4}", NULL);
	play_join(&p, "x");
	play_join(&p, "y");
	play_join(&p, "z");
	play_next(&p);
	play_text(&p, 0, "opinion", opinions[0]);
	assert_int_equal(
	    play_input(&p, input_withdrawn(p.s, 0, true, p.now)), 0);
	assert_int_equal(play_input(&p, input_erased(p.s, 0, NULL, p.now)), 0);
	assert_null(p.s->participants[0].given[0].text);
	assert_int_equal(play_text(&p, 0, "opinion", "gone"), -1);
	assert_int_equal(p.err.code, ERR_GONE);
	play_text(&p, 1, "opinion", opinions[1]);
	play_text(&p, 2, "opinion", opinions[2]);
	assert_int_equal(p.s->ndrafting, 2);
	play_jobs(&p);
	play_all_ballots(&p);
	assert_string_equal(phase(&p), "critique");
	beside_folds(&p);
	play_end(&p);
}

static void
test_pause(void **state)
{
	struct play p;
	int64_t left;

	(void)state;
	play_begin(&p, NULL, NULL);
	play_join(&p, "x");
	play_next(&p);
	play_input(&p, input_paused(p.s, true, "f1", p.now));
	assert_int_equal(play_text(&p, 0, "opinion", "hello there"), -1);
	assert_int_equal(p.err.code, ERR_PAUSED);
	assert_int_equal(p.s->wake_at, 0);
	left = p.s->remaining;
	p.now += 5000000;
	play_input(&p, input_paused(p.s, false, "f1", p.now));
	assert_int_equal(p.s->wake_at, p.s->at + left);
	beside_folds(&p);
	play_end(&p);
}

static void
test_who_reads(void **state)
{
	struct viewer me = {.participant = 0}, other = {.participant = 1},
		      facilitator = {.facilitator = true, .participant = -1};
	struct play p;
	size_t i;
	const struct event *e;

	(void)state;
	play_begin(&p, "{\"candidates\":4,\"rounds\":0}", NULL);
	play_join(&p, "x");
	play_join(&p, "y");
	play_next(&p);
	play_text(&p, 0, "opinion", opinions[0]);
	play_text(&p, 1, "opinion", opinions[1]);
	play_jobs(&p);
	for (i = 0; i < p.log.n; i++) {
		e = p.log.v[i];
		if (strcmp(e->type, "contribution.given") == 0) {
			bool mine = session_author(p.s, e) == 0;

			assert_int_equal(
			    session_may_read(p.s, &me, e, "text"), mine);
			assert_int_equal(
			    session_may_read(p.s, &other, e, "by"), !mine);
			assert_false(
			    session_may_read(p.s, &facilitator, e, "text"));
		}
		if (strcmp(e->type, "exchange.finished") == 0)
			assert_false(
			    session_may_read(p.s, &facilitator, e, "text"));
		if (strcmp(e->type, "session.created") == 0)
			assert_false(
			    session_may_read(p.s, &facilitator, e, "seed"));
	}
	play_all_ballots(&p);
	for (i = 0; i < p.log.n; i++) {
		e = p.log.v[i];
		if (strcmp(e->type, "exchange.finished") == 0)
			assert_true(event_sealed(e, "text") == NULL ||
				    session_may_read(p.s, &other, e, "text"));
		if (strcmp(e->type, "session.created") == 0) {
			assert_true(session_may_read(p.s, &other, e, "seed"));
			assert_false(
			    session_may_read(p.s, &other, e, "secret"));
		}
	}
	play_end(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_whole),
	    cmocka_unit_test(test_same_seed_same_session),
	    cmocka_unit_test(test_no_statements),
	    cmocka_unit_test(test_not_again),
	    cmocka_unit_test(test_late_drafts),
	    cmocka_unit_test(test_left_unpredicted),
	    cmocka_unit_test(test_templates),
	    cmocka_unit_test(test_deadlines),
	    cmocka_unit_test(test_next_once),
	    cmocka_unit_test(test_bad_ballots),
	    cmocka_unit_test(test_override_and_strike),
	    cmocka_unit_test(test_override_in_critique),
	    cmocka_unit_test(test_withdraw_and_erase),
	    cmocka_unit_test(test_pause),
	    cmocka_unit_test(test_who_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
