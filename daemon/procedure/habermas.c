/* The tables of the habermas procedure, and the course through its phases. */
#include "procedure/habermas.h"

#include <stdlib.h>
#include <string.h>

#include "base/message.h"
#define BIT(slot) (1u << (slot))
#define DAY	  86400

/* Names of choice/slate.h, choice/tally.h and choice/tie.h; a test compares
 * them.  A round needs one winner, so a tie cannot be left open. */
static const char *const slate_names[] = {
    "proportional", "top", "pav", "pools", NULL};
static const char *const method_names[] = {"schulze", "schulze_margins",
    "ranked_pairs", "minimax", "copeland", "borda", "plurality",
    "instant_runoff", "approval", "score", "maximin", NULL};
static const char *const tie_names[] = {
    "agreement", "ballot", "random", "first", NULL};
static const char *const absent_names[] = {"drop", "predicted", NULL};
static const char *const texts_names[] = {
    "private", "facilitator", "group", NULL};
/* "auto", then the names of job/predictor.h; a test compares them. */
static const char *const predictor_names[] = {
    "auto", "reasoned", "listwise", "pointwise", NULL};
static const char *const ratings_names[] = {
    "required", "optional", "all", NULL};

/* Statements that may stand in one election beside the drafts: what people
 * proposed, and the kept winner. */
#define BESIDE_DRAFTS 33

/* clang-format off */
static const struct setting settings[] = {
	[H_CANDIDATES] = { "candidates", SETTING_INT, 1, 64, 16, NULL, "", false,
	    "drafts asked of the model each round, in each pool" },
	[H_SHOWN] = { "shown", SETTING_INT, 1, 16, 4, NULL, "", false,
	    "drafts put on the ballot; proposals and the kept winner have places of their own" },
	[H_SLATE] = { "slate", SETTING_ENUM, 0, 3, 0, slate_names, "", false,
	    "how the drafts shown are chosen from the predicted ballots; pools: the winner of each pool" },
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
	[H_RATINGS] = { "ratings", SETTING_ENUM, 0, 2, 0, ratings_names, "", false,
	    "whether a ballot is complete without agreement ratings (optional), or only with quality too (all)" },
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
	[H_POOLS] = { "pools", SETTING_INT, 1, 16, 1, NULL, "", false,
	    "pools of drafts; slate pools shows the winner of each" },
	[H_REVIEW] = { "review", SETTING_BOOL, 0, 1, 0, NULL, "", false,
	    "the facilitator looks at the drafts before they go to the vote" },
	[H_ASK_POSITION] = { "position", SETTING_BOOL, 0, 1, 0, NULL, "", false,
	    "asks before and after how far people agree with the affirming statement" },
	[H_ASK_IMPORTANCE] = { "importance", SETTING_BOOL, 0, 1, 0, NULL, "", false,
	    "asks at the beginning how important the question is" },
	[H_ASK_PREFERENCE] = { "preference", SETTING_BOOL, 0, 1, 0, NULL, "", false,
	    "asks at the end whether the first or the revised winner is better" },
	[H_ASK_DISSENT] = { "dissent", SETTING_BOOL, 0, 1, 0, NULL, "", false,
	    "takes texts of dissent, printed with the statement, signed or not" },
	[H_ASK_SURVEY] = { "survey", SETTING_BOOL, 0, 1, 0, NULL, "", false,
	    "asks the survey's questions at the end" },
	[H_LANGUAGE] = { "language", SETTING_TAG, 0, 0, SETTING_TAG_AUTO, NULL, "", false,
	    "of the statements and of what the daemon says; auto: that of most opinions" },
	[H_PREDICTOR] = { "predictor", SETTING_ENUM, 0, PREDICTORS, 0, predictor_names, "", false,
	    "how a language model predicts ballots; auto: pointwise where the endpoint gives log probabilities, else listwise" },
	[H_PERMUTATIONS] = { "permutations", SETTING_INT, 1, 8, 3, NULL, "", false,
	    "orders of the list that the predictor listwise is asked for each person" },
	[H_DRAFT_QUORUM] = { "draft_quorum", SETTING_INT, 1, 100, 100, NULL, "percent", false,
	    "of the drafts; with so many there, the rest are waited for half as long again; 100: until the deadline" },
	[H_BUDGET_CALLS] = { "budget_calls", SETTING_INT, 0, 1000000, 0, NULL, "", false,
	    "exchanges with an endpoint that the session may start in all, those that fail too; 0: no limit" },
	[H_SETTINGS] = { .name = NULL },
};

/* clang-format on */

static bool
asks_position(const struct session *s)
{
	return s->settings[H_ASK_POSITION] != 0;
}

static bool
asks_importance(const struct session *s)
{
	return s->settings[H_ASK_IMPORTANCE] != 0;
}

/* The winner of the first round; -1 none. */
static int
first_winner(const struct session *s)
{
	return s->nresults > 0 ? s->results[0].winner : -1;
}

static const char *
preference_option(const struct session *s, int i)
{
	int first = first_winner(s);

	if (first == -1 || s->previous == -1)
		return NULL;
	switch (i) {
	case PREFER_FIRST:
		return s->statements[first].id;
	case PREFER_REVISED:
		return s->statements[s->previous].id;
	case PREFER_SAME:
		return "same";
	default:
		return NULL;
	}
}

/* clang-format off */
static const struct slot slots[] = {
	[H_OPINION] = { .name = "opinion", .kind = KIND_TEXT, .once = true,
	    .help = "what you think about the question" },
	[H_CRITIQUE] = { .name = "critique", .kind = KIND_TEXT,
	    .help = "what is still wrong with the winner" },
	[H_BALLOT] = { .name = "ballot", .kind = KIND_BALLOT,
	    .help = "the statements from best to worst; ties allowed" },
	[H_AGREEMENT] = { .name = "agreement", .kind = KIND_RATING,
	    .help = "1 strongly disagree .. 7 strongly agree" },
	[H_QUALITY] = { .name = "quality", .kind = KIND_RATING,
	    .help = "1 terrible .. 7 excellent" },
	[H_POSITION] = { .name = "position", .kind = KIND_CHOICE, .once = true,
	    .asked = asks_position, .max = 7, .low = "strongly disagree", .high = "strongly agree",
	    .help = "how far you agree with the affirming statement" },
	[H_IMPORTANCE] = { .name = "importance", .kind = KIND_CHOICE, .once = true,
	    .asked = asks_importance, .max = 5, .low = "not important", .high = "very important",
	    .help = "how important the question is to you" },
	[H_PREFERENCE] = { .name = "preference", .kind = KIND_CHOICE, .once = true,
	    .option = preference_option,
	    .help = "which of the two winners you prefer" },
	[H_DISSENT] = { .name = "dissent", .kind = KIND_TEXT, .once = true,
	    .body = "dissent", .signs = true,
	    .help = "what you want said against the statement wherever it is printed" },
	[H_POSITION_AFTER] = { .name = "position_after", .kind = KIND_CHOICE, .once = true,
	    .max = 7, .low = "strongly disagree", .high = "strongly agree",
	    .help = "how far you agree with the affirming statement now" },
	[H_SURVEY] = { .name = "survey", .kind = KIND_CHOICE, .once = true, .form = true,
	    .help = "how it was for you" },
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
	switch (s->settings[H_RATINGS]) {
	case RATINGS_OPTIONAL:
		return BIT(H_BALLOT);
	case RATINGS_ALL:
		return BIT(H_BALLOT) | BIT(H_AGREEMENT) | BIT(H_QUALITY);
	default:
		return BIT(H_BALLOT) | BIT(H_AGREEMENT);
	}
}

static unsigned
needs_position(const struct session *s)
{
	return (asks_position(s) ? BIT(H_POSITION) : 0) |
	       (asks_importance(s) ? BIT(H_IMPORTANCE) : 0);
}

static unsigned
needs_preference(const struct session *s)
{
	(void)s;
	return BIT(H_PREFERENCE);
}

static unsigned
needs_dissent(const struct session *s)
{
	(void)s;
	return BIT(H_DISSENT);
}

static unsigned
needs_position_after(const struct session *s)
{
	(void)s;
	return BIT(H_POSITION_AFTER);
}

static unsigned
needs_survey(const struct session *s)
{
	(void)s;
	return BIT(H_SURVEY);
}

static bool
with_position(const struct session *s)
{
	return needs_position(s) != 0;
}

static bool
with_review(const struct session *s)
{
	return s->settings[H_REVIEW] != 0;
}

/* Where the first winner stands at the end there is nothing to prefer. */
static bool
with_preference(const struct session *s)
{
	return s->settings[H_ASK_PREFERENCE] != 0 && first_winner(s) != -1 &&
	       s->previous != -1 && first_winner(s) != s->previous;
}

static bool
with_dissent(const struct session *s)
{
	return s->settings[H_ASK_DISSENT] != 0 && s->previous != -1;
}

static bool
with_survey(const struct session *s)
{
	return s->settings[H_ASK_SURVEY] != 0;
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

/* In a review the facilitator's own statements join at once; everybody
 * else's wait for the next ballot. */
static int
next_ballot(const struct session *s, bool facilitator)
{
	bool next = s->phase == H_IN_BALLOT ||
		    (s->phase == H_IN_REVIEW && !facilitator) ||
		    (s->phase == H_IN_DRAFT && s->admitted);

	if (!next)
		return s->round;
	return s->round < s->settings[H_ROUNDS] ? s->round + 1 : -1;
}

/* clang-format off */
static const struct phase phases[] = {
	[H_LOBBY] = { .name = "lobby", .help = "People join and read the terms; the facilitator begins.",
	    .wait = WAIT_FACILITATOR, .deadline = H_LOBBY_DEADLINE, .proposes = next_ballot },
	[H_IN_POSITION] = { .name = "position", .help = "Say where you stand before anybody has argued.",
	    .wait = WAIT_PEOPLE, .takes = BIT(H_POSITION) | BIT(H_IMPORTANCE), .deadline = H_DEADLINE,
	    .proposes = next_ballot, .needs = needs_position, .enabled = with_position, .lenient = true },
	[H_IN_OPINION] = { .name = "opinion", .help = "Say what you think about the question and why.",
	    .wait = WAIT_PEOPLE, .takes = BIT(H_OPINION), .deadline = H_DEADLINE,
	    .proposes = next_ballot, .needs = needs_opinion },
	[H_IN_CRITIQUE] = { .name = "critique", .help = "Say what is still wrong with the winning statement.",
	    .wait = WAIT_PEOPLE, .takes = BIT(H_CRITIQUE), .deadline = H_DEADLINE, .proposes = next_ballot,
	    .overrides = true, .needs = needs_critique, .enabled = in_critique_rounds,
	    .late = BIT(H_OPINION), .late_open = drafts_again },
	[H_IN_DRAFT] = { .name = "draft", .help = "Statements are being drafted and ballots predicted.",
	    .wait = WAIT_JOBS, .deadline = H_DRAFT_DEADLINE, .proposes = next_ballot,
	    .late = BIT(H_OPINION), .late_open = drafts_again },
	[H_IN_REVIEW] = { .name = "review", .help = "The facilitator looks at the drafts before they go to the vote.",
	    .wait = WAIT_FACILITATOR, .deadline = H_PATIENCE, .proposes = next_ballot, .enabled = with_review,
	    .late = BIT(H_OPINION), .late_open = drafts_again },
	[H_IN_BALLOT] = { .name = "ballot", .help = "Rank the statements and rate how far you agree with each.",
	    .wait = WAIT_PEOPLE, .takes = BIT(H_BALLOT) | BIT(H_AGREEMENT) | BIT(H_QUALITY), .deadline = H_DEADLINE,
	    .proposes = next_ballot, .overrides = true, .needs = needs_ballot,
	    .late = BIT(H_OPINION), .late_open = drafts_again },
	[H_IN_PREFERENCE] = { .name = "preference", .help = "Say which of the two winners is better, the first or the revised one.",
	    .wait = WAIT_PEOPLE, .takes = BIT(H_PREFERENCE), .deadline = H_DEADLINE,
	    .needs = needs_preference, .enabled = with_preference, .lenient = true },
	[H_IN_DISSENT] = { .name = "dissent", .help = "Say what you want printed beside the statement, or abstain.",
	    .wait = WAIT_PEOPLE, .takes = BIT(H_DISSENT), .deadline = H_DEADLINE,
	    .needs = needs_dissent, .enabled = with_dissent, .lenient = true },
	[H_IN_POSITION_AFTER] = { .name = "position_after", .help = "Say where you stand now.",
	    .wait = WAIT_PEOPLE, .takes = BIT(H_POSITION_AFTER), .deadline = H_DEADLINE,
	    .needs = needs_position_after, .enabled = asks_position, .lenient = true },
	[H_IN_SURVEY] = { .name = "survey", .help = "Say how the deliberation was for you.",
	    .wait = WAIT_PEOPLE, .takes = BIT(H_SURVEY), .deadline = H_DEADLINE,
	    .needs = needs_survey, .enabled = with_survey, .lenient = true },
	[H_CONCLUDED] = { .name = "concluded", .help = "The deliberation has ended.",
	    .wait = WAIT_NOTHING, .deadline = -1 },
	{ .name = NULL },
};

static const struct seal seals[] = {
	{ "session.created", "question", SEAL_TEXT, READ_ALL, "the question" },
	{ "session.created", "affirming", SEAL_TEXT, READ_ALL, "the question as a yes" },
	{ "session.created", "negating", SEAL_TEXT, READ_ALL, "the question as a no" },
	{ "session.created", "terms", SEAL_TEXT, READ_ALL, "what joining consents to" },
	{ "session.created", "labels", SEAL_TEXT, READ_HOST, "the researcher's attributes of the session" },
	{ "session.created", "survey", SEAL_TEXT, READ_ALL, "the survey's questions" },
	{ "session.created", "seed", SEAL_VALUE, READ_END, "the seed of every draw" },
	{ "session.created", "secret", SEAL_VALUE, READ_NEVER, "the key of derived salts" },
	{ "session.configured", "terms", SEAL_TEXT, READ_ALL, "what joining consents to" },
	{ "participant.joined", "name", SEAL_TEXT, READ_NAMES, "what the person wants to be called" },
	{ "participant.joined", "labels", SEAL_TEXT, READ_AUTHOR, "the researcher's attributes of the person" },
	{ "participant.joined", "like", SEAL_VALUE, READ_AUTHOR, "who this was in the session before" },
	{ "participant.joined", "key", SEAL_TEXT, READ_NEVER, "the join's key: a secret" },
	{ "participant.removed", "reason", SEAL_TEXT, READ_ALL, "why" },
	{ "contribution.given", "by", SEAL_VALUE, READ_AUTHOR, "whose, in an anonymous session" },
	{ "contribution.given", "text", SEAL_TEXT, READ_TEXTS, "the opinion or critique" },
	{ "contribution.given", "language", SEAL_VALUE, READ_AUTHOR, "what language the text seems to be in" },
	{ "contribution.given", "findings", SEAL_VALUE, READ_HOST, "what in it speaks to a language model" },
	{ "contribution.given", "dissent", SEAL_TEXT, READ_SIGNED, "what is to be said against the statement" },
	{ "contribution.given", "signature", SEAL_TEXT, READ_SIGNED, "who signs it" },
	{ "contribution.given", "choice", SEAL_VALUE, READ_AUTHOR, "the position, importance or preference" },
	{ "contribution.given", "answers", SEAL_VALUE, READ_AUTHOR, "the survey's answers" },
	{ "contribution.given", "words", SEAL_TEXT, READ_AUTHOR, "the survey's answers in free text" },
	{ "contribution.given", "ranking", SEAL_VALUE, READ_AUTHOR, "the ballot" },
	{ "contribution.given", "agreement", SEAL_VALUE, READ_AUTHOR, "ratings 1..7" },
	{ "contribution.given", "quality", SEAL_VALUE, READ_AUTHOR, "ratings 1..7" },
	{ "contribution.given", "key", SEAL_TEXT, READ_AUTHOR, "the idempotency key" },
	{ "contribution.abstained", "by", SEAL_VALUE, READ_AUTHOR, "whose" },
	{ "contribution.taken_back", "by", SEAL_VALUE, READ_AUTHOR, "whose" },
	{ "text.withheld", "reason", SEAL_TEXT, READ_ALL, "why" },
	{ "statement.proposed", "by", SEAL_VALUE, READ_AUTHOR, "whose" },
	{ "statement.proposed", "chars", SEAL_VALUE, READ_BALLOT, "how long it is" },
	{ "statement.proposed", "text", SEAL_TEXT, READ_BALLOT, "the statement" },
	{ "statement.proposed", "findings", SEAL_VALUE, READ_HOST, "what in it speaks to a language model" },
	{ "statement.proposed", "key", SEAL_TEXT, READ_AUTHOR, "the idempotency key" },
	{ "statement.struck", "reason", SEAL_TEXT, READ_ALL, "why" },
	{ "winner.overridden", "reason", SEAL_TEXT, READ_ALL, "why" },
	{ "session.aborted", "reason", SEAL_TEXT, READ_ALL, "why" },
	{ "template.used", "text", SEAL_TEXT, READ_ALL, "the rules a language model is given" },
	{ "exchange.started", "prompt", SEAL_TEXT, READ_NEVER, "the digest of what was sent" },
	{ "exchange.started", "marks", SEAL_VALUE, READ_NEVER, "what enclosed the texts, and what must not come back" },
	{ "exchange.started", "seed", SEAL_VALUE, READ_END, "the seed sent with it" },
	{ "exchange.started", "permutation", SEAL_VALUE, READ_END, "the order the model was given" },
	{ "exchange.started", "person", SEAL_VALUE, READ_AUTHOR, "whose ballot is predicted" },
	{ "exchange.finished", "chars", SEAL_VALUE, READ_BALLOT, "how long it is" },
	{ "exchange.finished", "usage", SEAL_VALUE, READ_NEVER, "tokens and time it took" },
	{ "exchange.finished", "text", SEAL_TEXT, READ_BALLOT, "the draft" },
	{ "exchange.finished", "reasoning", SEAL_TEXT, READ_BALLOT, "how the draft came about" },
	{ "exchange.finished", "findings", SEAL_VALUE, READ_REVIEW, "what in it speaks to a language model" },
	{ "exchange.finished", "ranking", SEAL_VALUE, READ_BALLOT, "the predicted ballot" },
	{ "exchange.finished", "rating", SEAL_VALUE, READ_BALLOT, "the predicted rating of a statement" },
	{ "exchange.finished", "alternatives", SEAL_VALUE, READ_BALLOT, "what the model weighed for it" },
	{ "ballot.predicted", "ranking", SEAL_VALUE, READ_BALLOT, "the ballot out of its parts" },
	{ "drafts.admitted", "candidates", SEAL_VALUE, READ_BALLOT, "which statement came from where" },
	{ "slate.drafted", "*", SEAL_TEXT, READ_REVIEW, "the text of a draft under review" },
	{ "statements.added", "candidates", SEAL_VALUE, READ_BALLOT, "which statement came from where" },
	{ "slate.decided", "tally", SEAL_VALUE, READ_BALLOT, "the predicted election" },
	{ "slate.decided", "orders", SEAL_VALUE, READ_END, "the order each person saw" },
	{ "slate.decided", "*", SEAL_TEXT, READ_ALL, "the text of a statement shown" },
	{ "text.flagged", "findings", SEAL_VALUE, READ_HOST, "how many of each kind" },
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
	if (present == 0 && !phases[s->phase].lenient)
		return habermas_conclude(s, "everyone_left");
	if (complete == present)
		return close_phase(s, "all");
	if (!s->due && !s->patience_due)
		return NULL;
	return phases[s->phase].lenient || complete >= session_quorum(s)
		   ? close_phase(s, "deadline")
		   : no_quorum(s);
}

/* The language of most opinions that are drafted from; of several such the
 * first in the alphabet. */
static struct event *
decide_language(const struct session *s)
{
	const char *tag, *best = "";
	json_int_t n, most = 0;
	size_t i, k;

	if (s->settings[H_LANGUAGE] != SETTING_TAG_AUTO ||
	    s->language[0] != '\0')
		return NULL;
	for (i = 0; i < s->ndrafting; i++) {
		tag = s->participants[s->drafting[i]].given[H_OPINION].language;
		for (k = 0, n = 0; tag[0] != '\0' && k < s->ndrafting; k++)
			n += strcmp(tag, s->participants[s->drafting[k]]
					     .given[H_OPINION]
					     .language) == 0;
		if (n > most || (n > 0 && n == most && strcmp(tag, best) < 0)) {
			most = n;
			best = tag;
		}
	}
	if (most == 0)
		return NULL;
	return event_make("language.decided",
	    json_pack("{s:s,s:I,s:I}", "language", best, "votes", most, "of",
		(json_int_t)s->ndrafting));
}

/* The review ends at the facilitator's word or, unheeded, at its deadline. */
static struct event *
wait_review(const struct session *s)
{
	struct event *e;

	if (s->nslate > 0)
		return change_phase(s, s->advance ? "next" : "deadline");
	if (!s->advance && !s->due && !s->patience_due)
		return NULL;
	e = habermas_reviewed(s);
	if (e != NULL)
		return e;
	return s->asked ? habermas_conclude(s, "no_statements")
			: ask(s, "no_statements");
}

static struct event *
wait_jobs(const struct session *s)
{
	struct event *e = decide_language(s);

	if (e == NULL)
		e = habermas_drafting(s);
	if (e != NULL)
		return e;
	if (s->admitted && (s->nslate > 0 || s->ndrafted > 0))
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

static bool
is_had_part(const struct job_state *job)
{
	return job->state == JOB_DONE && session_in_parts(job);
}

/* The first that has ended and is not told of; a part waits for the others of
 * its person. */
static const struct job_state *
untold_job(const struct session *s)
{
	const struct job_state *job, *found = NULL;
	bool *open = NULL;
	size_t i;

	for (i = 0; i < s->njobs && found == NULL; i++) {
		job = &s->jobs[i];
		if (job->told || job->state < JOB_DONE)
			continue;
		if (!is_had_part(job)) {
			found = job;
			break;
		}
		if (open == NULL)
			open = habermas_parts_open(s);
		if (!open[job->participant])
			found = job;
	}
	free(open);
	return found;
}

/* A finished job is told once, in the order of the jobs. */
static struct event *
tell_job(const struct session *s)
{
	static const char *const done[] = {[JOB_DRAFT] = "statement.drafted",
	    [JOB_PREDICT] = "ballot.predicted"};
	const struct job_state *job = untold_job(s);

	if (job == NULL)
		return NULL;
	if (is_had_part(job))
		return habermas_merged(s, job);
	return event_make(
	    job->state == JOB_DONE ? done[job->kind] : "job.failed",
	    json_pack("{s:s}", "job", job->id));
}

/* What came in while the facilitator was waited for may be enough. */
static bool
can_go_on(const struct session *s)
{
	enum phase_wait wait = phases[s->phase].wait;

	return wait == WAIT_JOBS || s->phase == H_IN_REVIEW ||
	       (wait == WAIT_PEOPLE &&
		   session_complete(s) >= session_quorum(s));
}

static struct event *
habermas_derive(const struct session *s)
{
	struct event *e;

	if (s->concluded)
		return NULL;
	e = session_flagged(s);
	if (e == NULL)
		e = tell_job(s);
	if (e != NULL || s->paused)
		return e;
	if (s->aborted)
		return habermas_conclude(s, "aborted");
	if (s->patience_due && !can_go_on(s))
		return habermas_conclude(s, "nobody_answered");
	switch (phases[s->phase].wait) {
	case WAIT_FACILITATOR:
		return s->phase == H_IN_REVIEW ? wait_review(s)
					       : wait_facilitator(s);
	case WAIT_PEOPLE:
		return wait_people(s);
	case WAIT_JOBS:
		return wait_jobs(s);
	case WAIT_NOTHING:
		break;
	}
	return NULL;
}

static int
habermas_settle(const int64_t *v, bool sided, struct err *err)
{
	if (v[H_ASK_POSITION] && !sided)
		return err_say(err, ERR_BAD_SETTING, "position",
		    MSG_ERROR_POSITION_UNSIDED, NULL);
	if (v[H_CANDIDATES] * v[H_POOLS] > CANDIDATES_MAX - BESIDE_DRAFTS)
		return err_say(err, ERR_BAD_SETTING, "pools", MSG_ERROR_POOLS,
		    "#pools", (long long)v[H_POOLS], "#candidates",
		    (long long)v[H_CANDIDATES], "#max",
		    (long long)(CANDIDATES_MAX - BESIDE_DRAFTS), NULL);
	return 0;
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
    .form = habermas_form,
    .settle = habermas_settle,
    .next = habermas_next,
    .derive = habermas_derive,
    .fold = habermas_fold,
    .wants = habermas_wants,
    .late_at = habermas_late_at,
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

/* The offline drafter has one way; where no probabilities can be had, what
 * rests on them gives way. */
enum predictor_id
habermas_predictor(const struct session *s)
{
	int64_t set = s->settings[H_PREDICTOR];
	enum predictor_id wanted =
	    set == 0 ? s->predicts : (enum predictor_id)(set - 1);

	if (strcmp(s->endpoint, "offline") == 0)
		return PREDICT_REASONED;
	if (predictors[wanted].logprobs && !predictors[s->predicts].logprobs)
		return PREDICT_LISTWISE;
	return wanted;
}
