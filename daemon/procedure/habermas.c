/* The tables of the habermas procedure, and the course through its phases. */
#include "procedure/habermas.h"

#include <string.h>
#define BIT(slot) (1u << (slot))
#define DAY	  86400

/* Names of choice/slate.h, choice/tally.h and choice/tie.h; a test compares
 * them.  A round needs one winner, so a tie cannot be left open. */
static const char *const slate_names[] = {"proportional", "top", "pav", NULL};
static const char *const method_names[] = {"schulze", "schulze_margins",
    "ranked_pairs", "minimax", "copeland", "borda", "plurality",
    "instant_runoff", "approval", "score", "maximin", NULL};
static const char *const tie_names[] = {
    "agreement", "ballot", "random", "first", NULL};
static const char *const absent_names[] = {"drop", "predicted", NULL};
static const char *const texts_names[] = {
    "private", "facilitator", "group", NULL};
static const char *const ratings_names[] = {"required", "optional", NULL};

/* clang-format off */
static const struct setting settings[] = {
	[H_CANDIDATES] = { "candidates", SETTING_INT, 1, 64, 16, NULL, "", false,
	    "drafts asked of the model each round" },
	[H_SHOWN] = { "shown", SETTING_INT, 1, 16, 4, NULL, "", false,
	    "drafts put on the ballot; proposals and the kept winner have places of their own" },
	[H_SLATE] = { "slate", SETTING_ENUM, 0, 2, 0, slate_names, "", false,
	    "how the drafts shown are chosen from the predicted ballots" },
	[H_KEEP] = { "keep", SETTING_BOOL, 0, 1, 1, NULL, "", false,
	    "the previous winner stands again" },
	[H_ROUNDS] = { "rounds", SETTING_INT, 0, 10, 1, NULL, "", false,
	    "critique rounds after the first ballot" },
	[H_METHOD] = { "method", SETTING_ENUM, 0, 10, 0, method_names, "", false,
	    "the rule that tallies ballots" },
	[H_TIE_BREAK] = { "tie_break", SETTING_ENUM, 0, 3, 0, tie_names, "", false,
	    "what decides among tied winners" },
	[H_ABSENT] = { "absent", SETTING_ENUM, 0, 1, 0, absent_names, "", false,
	    "drop: only cast ballots count; predicted: simulations only" },
	[H_QUORUM] = { "quorum", SETTING_INT, 0, 500, 0, NULL, "", false,
	    "contributions needed at a deadline; 0: more than half of those present, at least 2" },
	[H_DEADLINE] = { "deadline", SETTING_INT, 1, 30 * DAY, DAY, NULL, "seconds", false,
	    "of each phase that waits for people" },
	[H_DRAFT_DEADLINE] = { "draft_deadline", SETTING_INT, 1, DAY, 600, NULL, "seconds", false,
	    "of drafting, and again of predicting" },
	[H_LOBBY_DEADLINE] = { "lobby_deadline", SETTING_INT, 1, 90 * DAY, 7 * DAY, NULL, "seconds", false,
	    "of the lobby" },
	[H_PATIENCE] = { "patience", SETTING_INT, 1, 30 * DAY, 3600, NULL, "seconds", false,
	    "how long the facilitator is waited for once asked" },
	[H_ANONYMOUS] = { "anonymous", SETTING_BOOL, 0, 1, 1, NULL, "", true,
	    "nobody learns who gave what, nor names" },
	[H_TEXTS] = { "texts", SETTING_ENUM, 0, 2, 0, texts_names, "", true,
	    "who reads opinions and critiques beside their author and the model" },
	[H_RATINGS] = { "ratings", SETTING_ENUM, 0, 1, 0, ratings_names, "", false,
	    "whether a ballot is complete without agreement ratings" },
	[H_SEATS] = { "seats", SETTING_INT, 1, 500, 200, NULL, "", false,
	    "participants at the most" },
	[H_GROUP] = { "group", SETTING_INT, 0, 500, 0, NULL, "", false,
	    "the lobby closes by itself when so many have joined; 0: the facilitator closes it" },
	[H_TEXT_MAX] = { "text_max", SETTING_INT, 1, 200000, 10000, NULL, "characters", false,
	    "of an opinion or critique" },
	[H_STATEMENT_MAX] = { "statement_max", SETTING_INT, 20, 20000, 1200, NULL, "characters", false,
	    "of a statement, drafted or proposed" },
	[H_PROPOSALS] = { "proposals", SETTING_INT, 0, 16, 1, NULL, "", false,
	    "statements of each participant's own that may wait for the next ballot" },
	[H_ATTEMPTS] = { "attempts", SETTING_INT, 1, 10, 3, NULL, "", false,
	    "exchanges tried for one job" },
	[H_SETTINGS] = { .name = NULL },
};

static const struct slot slots[] = {
	[H_OPINION] = { "opinion", KIND_TEXT, true, "what you think about the question" },
	[H_CRITIQUE] = { "critique", KIND_TEXT, false, "what is still wrong with the winner" },
	[H_BALLOT] = { "ballot", KIND_BALLOT, false, "the statements from best to worst; ties allowed" },
	[H_AGREEMENT] = { "agreement", KIND_RATING, false, "1 strongly disagree .. 7 strongly agree" },
	[H_QUALITY] = { "quality", KIND_RATING, false, "1 terrible .. 7 excellent" },
	{ .name = NULL },
};
/* clang-format on */

static unsigned
needs_opinion(const struct session *s)
{
	(void)s;
	return BIT(H_OPINION);
}

static unsigned
needs_critique(const struct session *s)
{
	(void)s;
	return BIT(H_CRITIQUE);
}

static unsigned
needs_ballot(const struct session *s)
{
	bool required = s->settings[H_RATINGS] == 0;

	return BIT(H_BALLOT) | (required ? BIT(H_AGREEMENT) : 0);
}

static bool
in_critique_rounds(const struct session *s)
{
	return s->round > 0;
}

/* Words given now are drafted from if another drafting follows. */
static bool
drafts_again(const struct session *s)
{
	return s->phase == H_IN_CRITIQUE || s->round < s->settings[H_ROUNDS];
}

static int
next_ballot(const struct session *s)
{
	if (s->phase != H_IN_BALLOT && (s->phase != H_IN_DRAFT || !s->admitted))
		return s->round;
	return s->round < s->settings[H_ROUNDS] ? s->round + 1 : -1;
}

/* clang-format off */
static const struct phase phases[] = {
	[H_LOBBY] = { "lobby", "People join and read the terms; the facilitator begins.",
	    WAIT_FACILITATOR, 0, H_LOBBY_DEADLINE, next_ballot, false, NULL, NULL, 0, NULL },
	[H_IN_OPINION] = { "opinion", "Say what you think about the question and why.",
	    WAIT_PEOPLE, BIT(H_OPINION), H_DEADLINE, next_ballot, false, needs_opinion, NULL, 0, NULL },
	[H_IN_CRITIQUE] = { "critique", "Say what is still wrong with the winning statement.",
	    WAIT_PEOPLE, BIT(H_CRITIQUE), H_DEADLINE, next_ballot, true, needs_critique, in_critique_rounds,
	    BIT(H_OPINION), drafts_again },
	[H_IN_DRAFT] = { "draft", "Statements are being drafted and ballots predicted.",
	    WAIT_JOBS, 0, H_DRAFT_DEADLINE, next_ballot, false, NULL, NULL, BIT(H_OPINION), drafts_again },
	[H_IN_BALLOT] = { "ballot", "Rank the statements and rate how far you agree with each.",
	    WAIT_PEOPLE, BIT(H_BALLOT) | BIT(H_AGREEMENT) | BIT(H_QUALITY), H_DEADLINE, next_ballot, true,
	    needs_ballot, NULL, BIT(H_OPINION), drafts_again },
	[H_CONCLUDED] = { "concluded", "The deliberation has ended.",
	    WAIT_NOTHING, 0, -1, NULL, false, NULL, NULL, 0, NULL },
	{ .name = NULL },
};

static const struct seal seals[] = {
	{ "session.created", "question", SEAL_TEXT, READ_ALL, "the question" },
	{ "session.created", "affirming", SEAL_TEXT, READ_ALL, "the question as a yes" },
	{ "session.created", "negating", SEAL_TEXT, READ_ALL, "the question as a no" },
	{ "session.created", "terms", SEAL_TEXT, READ_ALL, "what joining consents to" },
	{ "session.created", "seed", SEAL_VALUE, READ_END, "the seed of every draw" },
	{ "session.created", "secret", SEAL_VALUE, READ_NEVER, "the key of derived salts" },
	{ "session.configured", "terms", SEAL_TEXT, READ_ALL, "what joining consents to" },
	{ "participant.joined", "name", SEAL_TEXT, READ_NAMES, "what the person wants to be called" },
	{ "participant.joined", "key", SEAL_VALUE, READ_NEVER, "the join's key: a secret" },
	{ "participant.removed", "reason", SEAL_TEXT, READ_ALL, "why" },
	{ "contribution.given", "by", SEAL_VALUE, READ_AUTHOR, "whose, in an anonymous session" },
	{ "contribution.given", "text", SEAL_TEXT, READ_TEXTS, "the opinion or critique" },
	{ "contribution.given", "ranking", SEAL_VALUE, READ_AUTHOR, "the ballot" },
	{ "contribution.given", "agreement", SEAL_VALUE, READ_AUTHOR, "ratings 1..7" },
	{ "contribution.given", "quality", SEAL_VALUE, READ_AUTHOR, "ratings 1..7" },
	{ "contribution.given", "key", SEAL_VALUE, READ_AUTHOR, "the idempotency key" },
	{ "contribution.abstained", "by", SEAL_VALUE, READ_AUTHOR, "whose" },
	{ "contribution.taken_back", "by", SEAL_VALUE, READ_AUTHOR, "whose" },
	{ "text.withheld", "reason", SEAL_TEXT, READ_ALL, "why" },
	{ "statement.proposed", "by", SEAL_VALUE, READ_AUTHOR, "whose" },
	{ "statement.proposed", "chars", SEAL_VALUE, READ_BALLOT, "how long it is" },
	{ "statement.proposed", "text", SEAL_TEXT, READ_BALLOT, "the statement" },
	{ "statement.proposed", "key", SEAL_VALUE, READ_AUTHOR, "the idempotency key" },
	{ "statement.struck", "reason", SEAL_TEXT, READ_ALL, "why" },
	{ "winner.overridden", "reason", SEAL_TEXT, READ_ALL, "why" },
	{ "session.aborted", "reason", SEAL_TEXT, READ_ALL, "why" },
	{ "exchange.started", "permutation", SEAL_VALUE, READ_END, "the order the model was given" },
	{ "exchange.started", "person", SEAL_VALUE, READ_AUTHOR, "whose ballot is predicted" },
	{ "exchange.finished", "chars", SEAL_VALUE, READ_BALLOT, "how long it is" },
	{ "exchange.finished", "text", SEAL_TEXT, READ_BALLOT, "the draft" },
	{ "exchange.finished", "reasoning", SEAL_TEXT, READ_BALLOT, "how the draft came about" },
	{ "exchange.finished", "ranking", SEAL_VALUE, READ_BALLOT, "the predicted ballot" },
	{ "drafts.admitted", "candidates", SEAL_VALUE, READ_BALLOT, "which statement came from where" },
	{ "slate.decided", "tally", SEAL_VALUE, READ_BALLOT, "the predicted election" },
	{ "slate.decided", "orders", SEAL_VALUE, READ_END, "the order each person saw" },
	{ "slate.decided", "*", SEAL_TEXT, READ_ALL, "the text of a statement shown" },
	{ "text.erased", "items", SEAL_VALUE, READ_AUTHOR, "which texts, in an anonymous session" },
	{ .type = NULL },
};
/* clang-format on */

void
habermas_timer(
    const struct session *s, json_t *data, enum habermas_setting seconds)
{
	json_object_set_new(data, "timer", json_integer(s->timers + 1));
	json_object_set_new(
	    data, "wake_at", json_integer(s->at + s->settings[seconds] * 1000));
}

/* The row after the present one that takes part; a ballot with critique
 * rounds left leads back to the critique. */
static int
habermas_next(const struct session *s, int *round)
{
	int phase = s->phase;

	*round = s->round;
	if (phase == H_IN_BALLOT && s->round < s->settings[H_ROUNDS]) {
		*round = s->round + 1;
		return H_IN_CRITIQUE;
	}
	do
		phase++;
	while (phases[phase].enabled != NULL && !phases[phase].enabled(s));
	return phase;
}

static struct event *
change_phase(const struct session *s, const char *reason)
{
	struct event *e;
	json_t *data;
	int round, to = habermas_next(s, &round);

	if (phases[to].wait == WAIT_NOTHING)
		return habermas_conclude(s, reason);
	data = json_pack("{s:s,s:s,s:i,s:s}", "from", phases[s->phase].name,
	    "to", phases[to].name, "round", round, "reason", reason);
	habermas_timer(s, data, (enum habermas_setting)phases[to].deadline);
	e = event_make("phase.changed", data);
	return e;
}

/* Leaving the ballot means counting it first. */
static struct event *
close_phase(const struct session *s, const char *reason)
{
	if (s->phase == H_IN_BALLOT && s->closed_round < s->round)
		return habermas_tally(s);
	if (s->phase == H_IN_BALLOT && s->previous == -1)
		return habermas_conclude(s, "no_ballots");
	return change_phase(s, reason);
}

static struct event *
prolong(const struct session *s)
{
	json_t *data = json_pack("{s:s}", "phase", phases[s->phase].name);

	habermas_timer(
	    s, data, (enum habermas_setting)phases[s->phase].deadline);
	return event_make("deadline.extended", data);
}

static struct event *
ask(const struct session *s, const char *reason)
{
	json_t *data = json_pack(
	    "{s:s,s:s}", "phase", phases[s->phase].name, "reason", reason);

	habermas_timer(s, data, H_PATIENCE);
	return event_make("facilitator.asked", data);
}

/* At a deadline without quorum: once more, then ask. */
static struct event *
no_quorum(const struct session *s)
{
	return s->extended ? ask(s, "no_quorum") : prolong(s);
}

static struct event *
wait_facilitator(const struct session *s)
{
	int64_t group = s->settings[H_GROUP];

	if (s->advance)
		return change_phase(s, "next");
	if (group > 0 && (int64_t)session_present(s) >= group)
		return change_phase(s, "all");
	if (!s->due)
		return NULL;
	if (session_present(s) >= session_quorum(s))
		return ask(s, "lobby");
	return no_quorum(s);
}

static struct event *
wait_people(const struct session *s)
{
	size_t present = session_present(s), complete = session_complete(s);

	/* Once the count has begun the phase is closing. */
	if (s->phase == H_IN_BALLOT && s->closed_round == s->round)
		return close_phase(s, "closed");
	if (s->advance)
		return close_phase(s, "next");
	if (s->override != -1)
		return close_phase(s, "override");
	if (present == 0)
		return habermas_conclude(s, "everyone_left");
	if (complete == present)
		return close_phase(s, "all");
	if (!s->due && !s->patience_due)
		return NULL;
	return complete >= session_quorum(s) ? close_phase(s, "deadline")
					     : no_quorum(s);
}

static struct event *
wait_jobs(const struct session *s)
{
	struct event *e = habermas_drafting(s);

	if (e != NULL)
		return e;
	if (s->admitted && s->nslate > 0)
		return change_phase(s, "jobs");
	if (!habermas_drafting_failed(s))
		return NULL;
	/* People can still propose statements of their own. */
	if (!s->asked && !s->admitted)
		return ask(s, "no_statements");
	if (s->advance || s->patience_due || s->admitted)
		return habermas_conclude(s, "no_statements");
	return NULL;
}

/* A finished job is told once, in the order of the jobs. */
static struct event *
tell_job(const struct session *s)
{
	static const char *const done[] = {[JOB_DRAFT] = "statement.drafted",
	    [JOB_PREDICT] = "ballot.predicted"};
	const struct job_state *job;
	size_t i;

	for (i = 0; i < s->njobs; i++) {
		job = &s->jobs[i];
		if (job->told || job->state < JOB_DONE)
			continue;
		return event_make(
		    job->state == JOB_DONE ? done[job->kind] : "job.failed",
		    json_pack("{s:s}", "job", job->id));
	}
	return NULL;
}

/* What came in while the facilitator was waited for may be enough. */
static bool
can_go_on(const struct session *s)
{
	enum phase_wait wait = phases[s->phase].wait;

	return wait == WAIT_JOBS ||
	       (wait == WAIT_PEOPLE &&
		   session_complete(s) >= session_quorum(s));
}

static struct event *
habermas_derive(const struct session *s)
{
	struct event *e;

	if (s->concluded)
		return NULL;
	e = tell_job(s);
	if (e != NULL || s->paused)
		return e;
	if (s->aborted)
		return habermas_conclude(s, "aborted");
	if (s->patience_due && !can_go_on(s))
		return habermas_conclude(s, "nobody_answered");
	switch (phases[s->phase].wait) {
	case WAIT_FACILITATOR:
		return wait_facilitator(s);
	case WAIT_PEOPLE:
		return wait_people(s);
	case WAIT_JOBS:
		return wait_jobs(s);
	case WAIT_NOTHING:
		break;
	}
	return NULL;
}

const struct procedure habermas = {
    .name = "habermas",
    .version = "habermas/1",
    .help = "opinions, drafts, ballot, critique, revision (Tessler et al. "
	    "2024)",
    .settings = settings,
    .slots = slots,
    .phases = phases,
    .seals = seals,
    .next = habermas_next,
    .derive = habermas_derive,
    .fold = habermas_fold,
    .render = habermas_render,
};

const struct rule *
habermas_rule(const struct session *s)
{
	return rule_find(method_names[s->settings[H_METHOD]]);
}

const struct rule *
habermas_predicting_rule(const struct session *s)
{
	const struct rule *rule = habermas_rule(s);

	return rule->needs == NEEDS_RANKINGS ? rule : rule_find("schulze");
}

const struct slate_rule *
habermas_slate_rule(const struct session *s)
{
	return slate_find(slate_names[s->settings[H_SLATE]]);
}

enum tie_break
habermas_tie_break(const struct session *s)
{
	return (enum tie_break)tie_break_find(
	    tie_names[s->settings[H_TIE_BREAK]]);
}
