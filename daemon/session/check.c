/*
 * Whether the state accepts an input.  Nothing here changes anything; what
 * is accepted here can be applied.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/message.h"
#include "session/type.h"

#define CHECK(name)                                                            \
	int check_##name(                                                      \
	    const struct session *s, const struct event *e, struct err *err)
#define UNUSED (void)s, (void)e, (void)err

#define PROPOSALS_WAITING_MAX 32

static int
wrong_phase(const struct session *s, struct err *err, enum message why)
{
	char phase[40];

	snprintf(phase, sizeof phase, "name.%s", session_phase(s)->name);
	return err_say(err, ERR_WRONG_PHASE, "phase", MSG_ERROR_PHASE, "@phase",
	    phase, "#round", (long long)s->round, "@why", message_id(why),
	    NULL);
}

static int
check_actor(
    const struct session *s, const struct event *e, int *who, struct err *err)
{
	*who = event_actor(s, e);
	if (*who == -1)
		return err_say(
		    err, ERR_NOT_FOUND, "participant", MSG_ERROR_NOBODY, NULL);
	if (s->participants[*who].presence != PRESENT)
		return err_say(
		    err, ERR_GONE, "participant", MSG_ERROR_LEFT, NULL);
	return 0;
}

static int
check_text(const struct session *s, const struct event *e, const char *setting,
    struct err *err)
{
	int64_t chars = event_chars(e);
	int64_t max = session_setting(s, setting);

	if (chars < 1)
		return err_say(
		    err, ERR_TEXT_EMPTY, "text", MSG_ERROR_EMPTY, NULL);
	if (chars > max)
		return err_say(err, ERR_TEXT_TOO_LONG, "text", MSG_ERROR_LONG,
		    "#chars", (long long)chars, "#max", (long long)max,
		    "setting", setting, NULL);
	return 0;
}

CHECK(created)
{
	UNUSED;
	return 0;
}

static bool
any_opinion(const struct session *s)
{
	size_t i, k;

	for (i = 0; i < s->nparticipants; i++)
		for (k = 0; s->procedure->slots[k].name != NULL; k++)
			if (s->participants[i].given[k].seq != 0)
				return true;
	return false;
}

CHECK(configured)
{
	const json_t *given = json_object_get(e->data, "settings");
	int64_t values[SETTINGS_MAX];
	const struct setting *row;
	size_t i;

	if (any_opinion(s))
		return err_say(
		    err, ERR_FROZEN, "settings", MSG_ERROR_FROZEN, NULL);
	if (settings_read(s->procedure, given, values, err) == -1)
		return -1;
	if (s->procedure->settle != NULL &&
	    s->procedure->settle(values, s->sided, err) == -1)
		return -1;
	for (i = 0; (row = &s->procedure->settings[i])->name != NULL; i++)
		if (row->in_terms && s->nparticipants > 0 &&
		    values[i] != s->settings[i])
			return err_say(err, ERR_FROZEN, row->name,
			    MSG_ERROR_FROZEN_TERMS, "setting", row->name, NULL);
	return 0;
}

CHECK(invited)
{
	const char *role = event_str(e, "role");

	(void)s;
	if (role == NULL || (strcmp(role, "participant") != 0 &&
				strcmp(role, "observer") != 0 &&
				strcmp(role, "facilitator") != 0))
		return err_set(err, ERR_INVALID_PARAMS, "role",
		    "role is participant, observer or facilitator");
	return 0;
}

static const struct invitation *
find_invitation(const struct session *s, const char *id)
{
	size_t i;

	for (i = 0; id != NULL && i < s->ninvitations; i++)
		if (strcmp(s->invitations[i].id, id) == 0)
			return &s->invitations[i];
	return NULL;
}

/* An invitation bound to another session's people takes each of them once. */
static int
check_like(const struct session *s, const struct invitation *inv,
    const struct event *e, struct err *err)
{
	char who[PARTICIPANT_ID_MAX];
	size_t i;

	if (inv->like[0] == '\0')
		return 0;
	if (!event_id(e, "like", who))
		return err_say(err, ERR_NOT_PERMITTED, "code", MSG_ERROR_LIKE,
		    "session", inv->like, NULL);
	for (i = 0; i < s->nparticipants; i++)
		if (strcmp(s->participants[i].like, who) == 0)
			return err_say(err, ERR_INVITATION_SPENT, "code",
			    MSG_ERROR_JOINED, NULL);
	return 0;
}

CHECK(joined)
{
	const struct invitation *inv =
	    find_invitation(s, event_str(e, "invitation"));
	const char *terms = event_str(e, "terms");
	char hex[2 * DIGEST_LEN + 1], id[PARTICIPANT_ID_MAX];
	int64_t seats = session_setting(s, "seats");

	if (inv == NULL)
		return err_say(
		    err, ERR_NOT_FOUND, "code", MSG_ERROR_NO_INVITATION, NULL);
	if ((inv->uses != 0 && inv->used >= inv->uses) ||
	    (inv->expires_at != 0 && e->at >= inv->expires_at))
		return err_say(err, ERR_INVITATION_SPENT, "code",
		    MSG_ERROR_INVITATION_SPENT, NULL);
	hex_encode(s->terms_digest, DIGEST_LEN, hex);
	if (terms == NULL || strcmp(terms, hex) != 0)
		return err_say(
		    err, ERR_TERMS_MISMATCH, "terms", MSG_ERROR_TERMS, NULL);
	if (strcmp(inv->role, "participant") != 0)
		return 0;
	if (seats > 0 && (int64_t)session_present(s) >= seats)
		return err_say(err, ERR_LIMIT_REACHED, "seats", MSG_ERROR_SEATS,
		    "#n", (long long)seats, NULL);
	if (check_like(s, inv, e, err) == -1)
		return -1;
	session_next_participant(s, id);
	if (event_str(e, "participant") == NULL ||
	    strcmp(event_str(e, "participant"), id) != 0)
		return err_say(
		    err, ERR_STALE, "participant", MSG_ERROR_RACE, NULL);
	return 0;
}

CHECK(withdrawn)
{
	int who = session_participant(s, event_str(e, "participant"));
	const char *mode = event_str(e, "mode");

	if (who == -1)
		return err_say(
		    err, ERR_NOT_FOUND, "participant", MSG_ERROR_NOBODY, NULL);
	if (mode == NULL ||
	    (strcmp(mode, "keep") != 0 && strcmp(mode, "erase") != 0))
		return err_set(err, ERR_INVALID_PARAMS, "mode",
		    "mode is keep (your words stay) or erase");
	if (s->participants[who].presence != PRESENT &&
	    strcmp(mode, "keep") == 0)
		return err_say(
		    err, ERR_GONE, "participant", MSG_ERROR_LEFT_ALREADY, NULL);
	return 0;
}

CHECK(removed)
{
	int who;

	return check_actor(s, e, &who, err);
}

CHECK(appointed)
{
	int who;

	return check_actor(s, e, &who, err);
}

CHECK(reissued)
{
	int who;

	return check_actor(s, e, &who, err);
}

/* Whether the present phase takes this slot from this participant. */
static int
check_slot(const struct session *s, int who, int slot, struct err *err)
{
	const struct phase *phase = session_phase(s);
	const struct given *g = &s->participants[who].given[slot];

	if ((phase->takes & 1u << slot) != 0 && session_asks(s, slot))
		return 0;
	if ((phase->late & 1u << slot) != 0 && g->seq == 0 &&
	    phase->late_open != NULL && phase->late_open(s))
		return 0;
	return wrong_phase(s, err, MSG_WHY_NOT_NOW);
}

static int
check_ballot(const struct session *s, const struct event *e, struct err *err)
{
	json_t *v = event_value(e, "ranking");
	int32_t *rank = xcalloc(s->nslate + 1, sizeof *rank);
	int r;

	r = ranking_read(v, slate_place, s, s->nslate, false, rank, err);
	free(rank);
	json_decref(v);
	return r;
}

static int
check_rating(const struct session *s, const struct event *e, const char *name,
    struct err *err)
{
	json_t *v;
	uint8_t *rating;
	int r;

	if (event_sealed(e, name) == NULL)
		return 0;
	v = event_value(e, name);
	rating = xcalloc(s->nslate + 1, sizeof *rating);
	r = ratings_read(s, name, v, rating, err);
	free(rating);
	json_decref(v);
	return r;
}

static int
check_answers(const struct session *s, const struct event *e, struct err *err)
{
	json_t *v = event_value(e, "answers");
	int32_t *answers;
	size_t n;
	int r;

	session_form(s, &n);
	answers = xcalloc(n + 1, sizeof *answers);
	r = answers_read(s, v, answers, err);
	free(answers);
	json_decref(v);
	return r;
}

int
choice_refused(const struct slot *row, struct err *err)
{
	char slot[40], low[40], high[40];

	snprintf(slot, sizeof slot, "name.%s", row->name);
	if (row->option != NULL)
		return err_say(err, ERR_BAD_RATING, "choice", MSG_ERROR_OPTION,
		    "@slot", slot, NULL);
	snprintf(low, sizeof low, "low.%s", row->name);
	snprintf(high, sizeof high, "high.%s", row->name);
	return err_say(err, ERR_BAD_RATING, "choice", MSG_ERROR_NUMBER, "@slot",
	    slot, "@low", low, "#max", (long long)row->max, "@high", high,
	    NULL);
}

static int
check_choice(
    const struct session *s, const struct event *e, int slot, struct err *err)
{
	const struct slot *row = &s->procedure->slots[slot];
	json_t *v;
	int choice;

	if (row->form)
		return check_answers(s, e, err);
	v = event_value(e, "choice");
	choice = json_is_integer(v) ? session_choice(s, slot, v) : 0;
	json_decref(v);
	if (choice != 0)
		return 0;
	return choice_refused(row, err);
}

CHECK(given)
{
	int who, slot = session_slot(s, event_str(e, "slot"));

	if (check_actor(s, e, &who, err) == -1)
		return -1;
	if (slot == -1)
		return err_set(err, ERR_INVALID_PARAMS, "slot",
		    "the procedure has no such slot");
	if (check_slot(s, who, slot, err) == -1)
		return -1;
	switch (s->procedure->slots[slot].kind) {
	case KIND_TEXT:
		return check_text(s, e, "text_max", err);
	case KIND_BALLOT:
		if (check_ballot(s, e, err) == -1)
			return -1;
		break;
	case KIND_RATING:
		if (event_sealed(e, "agreement") == NULL &&
		    event_sealed(e, "quality") == NULL)
			return err_say(err, ERR_BAD_RATING, "agreement",
			    MSG_ERROR_UNRATED, NULL);
		break;
	case KIND_CHOICE:
		return check_choice(s, e, slot, err);
	}
	return check_rating(s, e, "agreement", err) == -1
		   ? -1
		   : check_rating(s, e, "quality", err);
}

CHECK(abstained)
{
	const struct phase *phase = session_phase(s);
	const char *named = event_str(e, "phase");
	int who;

	if (check_actor(s, e, &who, err) == -1)
		return -1;
	if (phase->wait != WAIT_PEOPLE || named == NULL ||
	    strcmp(named, phase->name) != 0)
		return wrong_phase(s, err, MSG_WHY_ABSTAIN);
	return 0;
}

CHECK(taken_back)
{
	int who, slot = session_slot(s, event_str(e, "slot"));
	const struct given *g;

	if (check_actor(s, e, &who, err) == -1)
		return -1;
	if (slot == -1)
		return err_set(err, ERR_INVALID_PARAMS, "slot",
		    "the procedure has no such slot");
	g = &s->participants[who].given[slot];
	if ((session_phase(s)->takes & 1u << slot) == 0 || g->seq == 0 ||
	    (!s->procedure->slots[slot].once && g->round != s->round))
		return wrong_phase(s, err, MSG_WHY_TAKE_BACK);
	return 0;
}

CHECK(withheld)
{
	int64_t seq = event_int(e, "contribution", 0);
	size_t i, k;

	for (i = 0; i < s->nparticipants; i++)
		for (k = 0; s->procedure->slots[k].name != NULL; k++)
			if (s->procedure->slots[k].kind == KIND_TEXT &&
			    !s->procedure->slots[k].signs && seq != 0 &&
			    s->participants[i].given[k].seq == seq)
				return 0;
	return err_say(
	    err, ERR_NOT_FOUND, "contribution", MSG_ERROR_NO_TEXT, NULL);
}

CHECK(proposed)
{
	int who = event_actor(s, e);
	size_t i;
	int64_t mine = 0, all = 0, max = session_setting(s, "proposals");

	if (who != -1 && check_actor(s, e, &who, err) == -1)
		return -1;
	if (session_proposal_round(s, who == -1) == -1)
		return wrong_phase(s, err, MSG_WHY_PROPOSE);
	for (i = 0; i < s->nproposals; i++)
		if (!s->proposals[i].taken) {
			all++;
			mine += s->proposals[i].participant == who;
		}
	if (who != -1 && mine >= max)
		return err_say(err, ERR_LIMIT_REACHED, "proposals",
		    MSG_ERROR_PROPOSALS, "#n", (long long)mine, NULL);
	if (all >= PROPOSALS_WAITING_MAX)
		return err_say(err, ERR_LIMIT_REACHED, "proposals",
		    MSG_ERROR_PROPOSALS_ALL, "#n",
		    (long long)PROPOSALS_WAITING_MAX, NULL);
	return check_text(s, e, "statement_max", err);
}

CHECK(struck)
{
	int st = session_statement(s, event_str(e, "statement"));

	if (st == -1 || s->statements[st].struck)
		return err_say(err, ERR_UNKNOWN_STATEMENT, "statement",
		    MSG_ERROR_NO_STATEMENT, NULL);
	if (st == s->previous)
		return err_say(
		    err, ERR_WRONG_PHASE, "statement", MSG_ERROR_ELECTED, NULL);
	return 0;
}

CHECK(overridden)
{
	int st = session_statement(s, event_str(e, "statement"));

	if (!session_phase(s)->overrides)
		return wrong_phase(s, err, MSG_WHY_OVERRIDE);
	if (st == -1 || session_slate_place(s, st) == -1 ||
	    s->statements[st].struck)
		return err_say(err, ERR_UNKNOWN_STATEMENT, "statement",
		    MSG_ERROR_NOT_ON_SLATE, NULL);
	return 0;
}

CHECK(advanced)
{
	const char *named = event_str(e, "phase");

	if (named == NULL || strcmp(named, session_phase(s)->name) != 0)
		return wrong_phase(s, err, MSG_WHY_NAME);
	if (session_phase(s)->wait == WAIT_FACILITATOR &&
	    session_present(s) == 0)
		return wrong_phase(s, err, MSG_WHY_EMPTY);
	return 0;
}

CHECK(extended)
{
	int64_t seconds = event_int(e, "seconds", 0);

	if (session_phase(s)->deadline == -1)
		return wrong_phase(s, err, MSG_WHY_DEADLINE);
	if (seconds < 1 || seconds > 30 * 86400)
		return err_say(err, ERR_INVALID_PARAMS, "seconds",
		    MSG_ERROR_SECONDS, NULL);
	return 0;
}

CHECK(paused)
{
	UNUSED;
	return 0;
}

CHECK(resumed)
{
	(void)e;
	if (!s->paused)
		return wrong_phase(s, err, MSG_WHY_RUNNING);
	return 0;
}

CHECK(aborted)
{
	UNUSED;
	return 0;
}

CHECK(timer)
{
	if (s->timer == 0 || event_int(e, "timer", 0) != s->timer ||
	    e->at < s->wake_at)
		return err_set(err, ERR_STALE, "timer",
		    "that timer is not set, or not due");
	return 0;
}

static int
stale_job(struct err *err)
{
	return err_set(err, ERR_STALE, "job", "that job is not wanted");
}

CHECK(template)
{
	const char *name = event_str(e, "template");
	const char *hex = event_str(e, "digest");
	uint8_t digest[DIGEST_LEN];
	bool known = false;
	size_t i;

	for (i = 0; name != NULL && i < s->ntemplates; i++)
		known |= strcmp(s->templates[i].name, name) == 0;
	if (name == NULL || strlen(name) >= sizeof s->templates[0].name ||
	    hex == NULL || !hex_decode(hex, strlen(hex), digest, DIGEST_LEN) ||
	    event_sealed(e, "text") == NULL ||
	    (!known && s->ntemplates == TEMPLATES_USED_MAX))
		return err_set(err, ERR_INVALID_PARAMS, "template",
		    "a template has a name of at most 15 characters, the "
		    "digest of its text, and the text");
	return 0;
}

CHECK(started)
{
	const struct job_state *job = session_job(s, event_str(e, "job"));

	if (job == NULL ||
	    (job->state != JOB_WANTED && job->state != JOB_STARTED) ||
	    job->attempts >= session_setting(s, "attempts") ||
	    !session_affords(s) ||
	    event_int(e, "attempt", 0) != job->attempts + 1 ||
	    event_str(e, "endpoint") == NULL)
		return stale_job(err);
	return 0;
}

static int
check_near(const struct session *s, const struct event *e,
    const struct job_state *job, struct err *err)
{
	const json_t *near = json_object_get(e->data, "near"), *v;
	size_t i;

	json_array_foreach(near, i, v)
		if (!json_is_integer(v) || json_integer_value(v) < 1 ||
		    json_integer_value(v) > (int64_t)s->njobs ||
		    json_integer_value(v) == job->index)
			return stale_job(err);
	return 0;
}

CHECK(finished)
{
	const struct job_state *job = session_job(s, event_str(e, "job"));
	const char *outcome = event_str(e, "outcome");
	struct rating_said said;
	int32_t *rank;
	json_t *v;
	int r = 0;

	if (job == NULL || job->state != JOB_STARTED || outcome == NULL ||
	    event_int(e, "attempt", 0) != job->attempts)
		return stale_job(err);
	if (strcmp(outcome, "ok") != 0)
		return 0;
	if (job->kind == JOB_DRAFT)
		return event_chars(e) < 1 ? stale_job(err)
					  : check_near(s, e, job, err);
	if (predictors[job->method].rates) {
		v = event_value(e, "rating");
		r = rating_part(s, job, v, &said);
		json_decref(v);
		return r == -1 ? stale_job(err) : 0;
	}
	v = event_value(e, "ranking");
	rank = xcalloc(s->ncandidates + 1, sizeof *rank);
	r = ranking_read(
	    v, candidate_place, s, s->ncandidates, true, rank, err);
	free(rank);
	json_decref(v);
	return r;
}

CHECK(cancelled)
{
	const struct job_state *job = session_job(s, event_str(e, "job"));

	if (job == NULL || job->state == JOB_DONE || job->state == JOB_FAILED)
		return stale_job(err);
	return 0;
}

CHECK(erased)
{
	int who = session_participant(s, event_str(e, "participant"));
	json_t *items = event_erased(e), *item;
	bool list = json_is_array(items);
	size_t i;

	json_array_foreach(items, i, item)
		list &= json_is_integer(json_object_get(item, "seq")) &&
			json_is_string(json_object_get(item, "name"));
	json_decref(items);
	if (who == -1)
		return err_say(
		    err, ERR_NOT_FOUND, "participant", MSG_ERROR_NOBODY, NULL);
	if (!list)
		return err_set(err, ERR_INVALID_PARAMS, "items",
		    "items is a list of {\"name\":…,\"seq\":…}");
	return 0;
}
