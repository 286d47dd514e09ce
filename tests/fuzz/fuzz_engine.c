/*
 * The engine by operation list: each byte picks something that people, the
 * facilitator, the clock or a model might do, the next ones say how.  Whatever
 * comes, deciding never breaks, a refusal changes nothing, and folding what
 * was recorded ends in the same state.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "tests/fake/play.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct ops {
	const uint8_t *p;
	size_t left;
	struct play play;
};

static unsigned
draw(struct ops *o, unsigned n)
{
	unsigned v;

	if (o->left == 0)
		return 0;
	v = *o->p++ % n;
	o->left--;
	return v;
}

static int
anybody(struct ops *o)
{
	size_t n = o->play.s->nparticipants;

	return n == 0 ? -1 : (int)draw(o, (unsigned)(n > 250 ? 250 : n));
}

static const char *
any_statement(struct ops *o, char *out, size_t size)
{
	snprintf(out, size, "s%u", draw(o, 24));
	return out;
}

static void
op_join(struct ops *o)
{
	if (o->play.s->nparticipants < 12)
		play_join(&o->play, draw(o, 2) ? "Kim" : NULL);
}

static void
op_text(struct ops *o)
{
	static const char *const texts[] = {"I want more parks in town.", "",
	    "Parks cost money. Roads cost more. We need both of them.",
	    "It forgets the children who live there."};
	int who = anybody(o);

	if (who >= 0)
		play_text(&o->play, who, draw(o, 2) ? "opinion" : "critique",
		    texts[draw(o, 4)]);
}

static void
op_ballot(struct ops *o)
{
	char order[64], one[8];
	int who = anybody(o);
	unsigned i, n = draw(o, 5);

	order[0] = '\0';
	for (i = 0; i <= n; i++) {
		if (i > 0)
			strlcat(order, draw(o, 2) ? ">" : "=", sizeof order);
		strlcat(order, any_statement(o, one, sizeof one), sizeof order);
	}
	if (who >= 0)
		play_ballot(&o->play, who, order,
		    draw(o, 2) ? "{\"s1\":6,\"s2\":2}" : NULL);
}

static void
op_all_ballots(struct ops *o)
{
	play_all_ballots(&o->play);
}

static void
op_next(struct ops *o)
{
	play_next(&o->play);
}

static void
op_timer(struct ops *o)
{
	play_timer(&o->play);
}

static void
op_jobs(struct ops *o)
{
	if (!o->play.s->concluded)
		play_jobs(&o->play);
}

static void
op_fail_job(struct ops *o)
{
	struct play *p = &o->play;
	struct job_reply reply = {.outcome = OUTCOME_TIMEOUT};
	const char *ids[1];
	struct job *job;

	if (session_wanted(p->s, ids, 1) == 0)
		return;
	job = p->s->procedure->render(p->s, ids[0]);
	if (job == NULL)
		return;
	play_input(p, input_started(p->s, job, "offline", p->now, &p->entropy));
	play_input(p, input_finished(p->s, job, &reply, p->now, &p->entropy));
	job_free(job);
}

static void
op_leave(struct ops *o)
{
	struct play *p = &o->play;
	int who = anybody(o);
	bool erase = draw(o, 2);

	if (who < 0)
		return;
	if (draw(o, 2))
		play_input(p, input_removed(p->s, who, "f1", "shouts", p->now,
				  &p->entropy));
	else if (play_input(p, input_withdrawn(p->s, who, erase, p->now)) ==
		     0 &&
		 erase)
		play_input(p, input_erased(p->s, who, NULL, p->now));
}

static void
op_abstain(struct ops *o)
{
	struct play *p = &o->play;
	int who = anybody(o);

	if (who < 0)
		return;
	if (draw(o, 2))
		play_input(p, input_abstained(p->s, who, p->now, &p->entropy));
	else
		play_input(p, input_taken_back(p->s, who, (int)draw(o, 5),
				  p->now, &p->entropy));
}

static void
op_statement(struct ops *o)
{
	struct play *p = &o->play;
	struct actor a = {.participant = anybody(o), .facilitator = "f1"};
	char id[8];

	switch (draw(o, 3)) {
	case 0:
		play_input(
		    p, input_proposed(p->s, &a, "Let us build one park first.",
			   NULL, NULL, p->now, &p->entropy));
		break;
	case 1:
		play_input(
		    p, input_struck(p->s, any_statement(o, id, sizeof id), "f1",
			   "no", p->now, &p->entropy));
		break;
	default:
		play_input(
		    p, input_overridden(p->s, any_statement(o, id, sizeof id),
			   "f1", "yes", p->now, &p->entropy));
	}
}

/* What is asked beside texts and ballots, rightly or not. */
static void
op_beside(struct ops *o)
{
	struct play *p = &o->play;
	int who = anybody(o);
	struct giving g = {.slot = (int)draw(o, 11)};
	json_t *answers = NULL;

	if (who < 0)
		return;
	switch (draw(o, 3)) {
	case 0:
		g.choice = (int)draw(o, 9);
		break;
	case 1:
		answers = json_pack("{s:i,s:i}", "fair", (int)draw(o, 7),
		    draw(o, 2) ? "view_why" : "nothing", (int)draw(o, 4));
		g.answers = answers;
		break;
	default:
		g.text = "I would rather not.";
		g.is_signed = draw(o, 2);
	}
	play_input(p, input_given(p->s, who, &g, p->now, &p->entropy));
	json_decref(answers);
}

static void
op_course(struct ops *o)
{
	struct play *p = &o->play;

	switch (draw(o, 5)) {
	case 0:
		play_input(p, input_paused(p->s, true, "f1", p->now));
		break;
	case 1:
		play_input(p, input_paused(p->s, false, "f1", p->now));
		break;
	case 2:
		play_input(p, input_extended(p->s, draw(o, 200), "f1", p->now));
		break;
	case 3:
		play_input(p, input_withheld(p->s, draw(o, 60), "f1", "rude",
				  p->now, &p->entropy));
		break;
	default:
		play_input(
		    p, input_aborted(p->s, "f1", "fire", p->now, &p->entropy));
	}
}

static void
check_fold(const struct play *p)
{
	struct digest_part part = {p->header, strlen(p->header)};
	uint8_t hash[DIGEST_LEN];
	json_t *a, *b;
	struct session *s;
	struct err err;
	size_t i;

	digest_sha256(&part, 1, hash);
	s = session_new(p->s->id, p->s->procedure, hash);
	for (i = 0; i < p->log.n; i++)
		if (session_apply(s, p->log.v[i], &err) == -1)
			abort();
	a = session_dump(s);
	b = session_dump(p->s);
	if (!json_equal(a, b))
		abort();
	json_decref(a);
	json_decref(b);
	session_free(s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const ops[])(struct ops *) = {op_join, op_join, op_text,
	    op_text, op_ballot, op_all_ballots, op_next, op_timer, op_jobs,
	    op_fail_job, op_leave, op_abstain, op_statement, op_course,
	    op_beside, op_beside};
	static const char *const settings[] = {
	    "{\"candidates\":3,\"shown\":2}",
	    "{\"candidates\":3,\"importance\":true,\"preference\":true,"
	    "\"dissent\":true,\"survey\":true,\"keep\":false}",
	    "{\"candidates\":2,\"pools\":2,\"slate\":\"pools\","
	    "\"review\":true,\"dissent\":true,\"anonymous\":false}",
	};
	struct ops o = {.p = data, .left = size > 200 ? 200 : size};

	play_begin(&o.play, settings[draw(&o, 3)], NULL);
	while (o.left > 0)
		ops[draw(&o, sizeof ops / sizeof *ops)](&o);
	check_fold(&o.play);
	play_end(&o.play);
	return 0;
}
