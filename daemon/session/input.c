/* Inputs, made for session_decide. */
#include "session/input.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/language.h"
#include "base/mem.h"
#include "base/text.h"
#include "session/form.h"
#include "session/terms.h"

/* Two drafts this alike (thousandths) are one to a reader. */
#define NEAR_LIKENESS 900

static struct event *
input_new(const char *type, int64_t at, json_t *data)
{
	struct event *e = event_make(type, data);

	e->at = at;
	return e;
}

/* Identifiers: event_place looks at them once more. */
static void
put_str(struct event *e, const char *key, const char *value)
{
	json_object_set_new_nocheck(e->data, key, json_string_nocheck(value));
}

static void
put_int(struct event *e, const char *key, int64_t value)
{
	json_object_set_new_nocheck(e->data, key, json_integer(value));
}

static void
seal(struct event *e, const char *name, const char *body, struct entropy *r)
{
	uint8_t salt[SALT_LEN];

	if (body == NULL)
		return;
	entropy_fill(r, salt, sizeof salt);
	event_seal(e, name, body, salt);
}

static void
seal_json(struct event *e, const char *name, json_t *value, struct entropy *r)
{
	uint8_t salt[SALT_LEN];

	entropy_fill(r, salt, sizeof salt);
	event_seal_json(e, name, value, salt);
}

/* The salts are facts, so the order in which they are drawn is not. */
static void
seal_id(struct event *e, const char *name, const char *id, struct entropy *r)
{
	uint8_t salt[SALT_LEN];

	entropy_fill(r, salt, sizeof salt);
	event_seal_id(e, name, id, salt);
}

/* What in a text speaks to a language model, where anything does. */
static void
seal_findings(struct event *e, const struct hostile *found, struct entropy *r)
{
	if (hostile_any(found))
		seal_json(e, "findings", hostile_json(found), r);
}

static void
seal_read(struct event *e, const char *text, struct entropy *r)
{
	struct hostile found = {{0}};

	hostile_read(text, &found);
	seal_findings(e, &found, r);
}

/* The length of what may come onto the slate: in plain sight it would tell
 * there which draft or proposal a statement is. */
static void
seal_chars(struct event *e, const char *text, struct entropy *r)
{
	seal_json(e, "chars",
	    json_integer(
		text_visible(text) > 0 ? (json_int_t)text_chars(text) : 0),
	    r);
}

/* Who acts: in plain sight, or sealed in an anonymous session and where a
 * text may stand without its author. */
static void
put_actor(struct event *e, const struct session *s, int participant,
    bool unsaid, struct entropy *r)
{
	const char *id = s->participants[participant].id;

	if (unsaid || session_setting(s, "anonymous"))
		seal_id(e, "by", id, r);
	else
		put_str(e, "participant", id);
}

static void
put_key(
    struct event *e, const char *key, const uint8_t *content, struct entropy *r)
{
	char id[2 * DIGEST_LEN + 96];

	if (key == NULL)
		return;
	hex_encode(content, DIGEST_LEN, id);
	id[2 * DIGEST_LEN] = ':';
	strlcpy(id + 2 * DIGEST_LEN + 1, key, sizeof id - 2 * DIGEST_LEN - 1);
	seal_id(e, "key", id, r);
}

static void
put_terms(struct event *e, char *terms, struct entropy *r)
{
	uint8_t digest[DIGEST_LEN];
	char hex[2 * DIGEST_LEN + 1];

	terms_digest(terms, digest);
	hex_encode(digest, DIGEST_LEN, hex);
	put_str(e, "terms", hex);
	seal(e, "terms", terms, r);
	free(terms);
}

struct event *
input_created(const struct procedure *p, const struct creation *c, int64_t at,
    struct entropy *r, struct err *err)
{
	int64_t values[SETTINGS_MAX] = {0};
	json_t *shape = NULL;
	struct event *e;

	if (settings_read(p, c->settings, values, err) == -1 ||
	    (p->settle != NULL &&
		p->settle(values, c->affirming != NULL && c->negating != NULL,
		    err) == -1) ||
	    (c->labels != NULL && labels_check(c->labels, err) == -1))
		return NULL;
	if (c->survey != NULL && (shape = form_shape(c->survey, err)) == NULL)
		return NULL;
	e = input_new("session.created", at,
	    json_pack("{s:s,s:o,s:b,s:s,s:s}", "procedure", p->version,
		"settings", settings_json(p, values), "seed_given",
		c->seed_given, "creator", c->creator, "facilitator", "f1"));
	if (c->endpoint != NULL)
		put_str(e, "endpoint", c->endpoint);
	if (c->model != NULL)
		put_str(e, "model", c->model);
	if (c->predictor != NULL)
		put_str(e, "predictor", c->predictor);
	put_terms(e, terms_text(p, values, c->drafter, c->messages), r);
	seal(e, "question", c->question, r);
	seal(e, "affirming", c->affirming, r);
	seal(e, "negating", c->negating, r);
	seal_json(e, "seed", json_string(c->seed), r);
	seal_json(e, "secret", json_string(c->secret), r);
	if (shape != NULL) {
		json_object_set_new(e->data, "survey", shape);
		seal_json(e, "survey", json_incref((json_t *)c->survey), r);
	}
	if (c->labels != NULL && json_object_size(c->labels) > 0)
		seal_json(e, "labels", json_incref((json_t *)c->labels), r);
	if (c->like != NULL)
		put_str(e, "like", c->like);
	return e;
}

struct event *
input_configured(const struct session *s, const json_t *settings,
    const struct messages *m, const char *by, int64_t at, struct entropy *r,
    struct err *err)
{
	json_t *all = settings_json(s->procedure, s->settings);
	int64_t values[SETTINGS_MAX] = {0};
	struct event *e;

	json_object_update(all, (json_t *)settings);
	if (settings_read(s->procedure, all, values, err) == -1) {
		json_decref(all);
		return NULL;
	}
	e = input_new("session.configured", at,
	    json_pack("{s:o,s:s}", "settings", all, "by", by));
	put_terms(e, terms_again(s, values, m), r);
	return e;
}

struct event *
input_invited(const struct session *s, const char *role, int64_t uses,
    int64_t expires_at, const char *by, int64_t at)
{
	char id[16];

	snprintf(id, sizeof id, "i%zu", s->ninvitations + 1);
	return input_new("invitation.created", at,
	    json_pack("{s:s,s:s,s:I,s:I,s:s}", "invitation", id, "role", role,
		"uses", (json_int_t)uses, "expires_at", (json_int_t)expires_at,
		"by", by));
}

struct event *
input_invited_like(
    const struct session *s, const char *like, const char *by, int64_t at)
{
	struct event *e = input_invited(s, "participant", 0, 0, by, at);

	put_str(e, "like", like);
	return e;
}

static const char *
invitation_role(const struct session *s, const char *invitation)
{
	size_t i;

	for (i = 0; i < s->ninvitations; i++)
		if (strcmp(s->invitations[i].id, invitation) == 0)
			return s->invitations[i].role;
	return "participant";
}

struct event *
input_joined(const struct session *s, const char *invitation, const char *name,
    const uint8_t terms[DIGEST_LEN], const char *key,
    const uint8_t content[DIGEST_LEN], int64_t at, struct entropy *r)
{
	struct joiner j = {.invitation = invitation,
	    .name = name,
	    .terms = terms,
	    .key = key,
	    .content = content};

	return input_joined_as(s, &j, at, r);
}

struct event *
input_joined_as(const struct session *s, const struct joiner *j, int64_t at,
    struct entropy *r)
{
	const char *role = invitation_role(s, j->invitation);
	char hex[2 * DIGEST_LEN + 1], id[24];
	struct event *e;

	if (strcmp(role, "observer") == 0)
		snprintf(id, sizeof id, "o%d", s->observers + 1);
	else if (strcmp(role, "facilitator") == 0)
		snprintf(id, sizeof id, "f%d", s->facilitators + 1);
	else
		session_next_participant(s, id);
	hex_encode(j->terms, DIGEST_LEN, hex);
	e = input_new("participant.joined", at,
	    json_pack("{s:s,s:s,s:s}", role, id, "invitation", j->invitation,
		"terms", hex));
	seal(e, "name", j->name, r);
	if (j->labels != NULL && json_object_size(j->labels) > 0)
		seal_json(e, "labels", json_incref((json_t *)j->labels), r);
	if (j->like != NULL)
		seal_id(e, "like", j->like, r);
	put_key(e, j->key, j->content, r);
	return e;
}

struct event *
input_withdrawn(
    const struct session *s, int participant, bool erase, int64_t at)
{
	return input_new("participant.withdrawn", at,
	    json_pack("{s:s,s:s}", "participant",
		s->participants[participant].id, "mode",
		erase ? "erase" : "keep"));
}

static json_t *
own_items(const struct participant *p)
{
	json_t *items = json_array();
	size_t i;

	for (i = 0; i < p->ntexts; i++)
		json_array_append_new(
		    items, json_pack("{s:s,s:I}", "name", p->texts[i].name,
			       "seq", (json_int_t)p->texts[i].seq));
	return items;
}

static json_t *
bare_items(const json_t *given)
{
	json_t *items = json_array(), *o;
	size_t i;

	json_array_foreach(given, i, o)
		json_array_append_new(items,
		    json_pack("{s:O,s:O}", "name", json_object_get(o, "name"),
			"seq", json_object_get(o, "seq")));
	return items;
}

/* Which texts these were is whose texts they were: sealed where nobody is
 * to know that. */
struct event *
input_erased(
    const struct session *s, int participant, const json_t *given, int64_t at)
{
	const struct participant *p = &s->participants[participant];
	json_t *items = given != NULL ? bare_items(given) : own_items(p);
	struct event *e;

	e = input_new(
	    "text.erased", at, json_pack("{s:s}", "participant", p->id));
	if (session_setting(s, "anonymous"))
		session_seal_json(s, e, "items", items);
	else
		json_object_set_new(e->data, "items", items);
	return e;
}

/* The facilitator's acts upon a person: who, by whom. */
static struct event *
input_person(const char *type, const struct session *s, int participant,
    const char *by, int64_t at)
{
	return input_new(type, at,
	    json_pack("{s:s,s:s}", "participant",
		s->participants[participant].id, "by", by));
}

struct event *
input_removed(const struct session *s, int participant, const char *by,
    const char *reason, int64_t at, struct entropy *r)
{
	struct event *e =
	    input_person("participant.removed", s, participant, by, at);

	seal(e, "reason", reason, r);
	return e;
}

struct event *
input_appointed(
    const struct session *s, int participant, const char *by, int64_t at)
{
	return input_person("participant.appointed", s, participant, by, at);
}

struct event *
input_reissued(
    const struct session *s, int participant, const char *by, int64_t at)
{
	return input_person("participant.reissued", s, participant, by, at);
}

static void
put_text(struct event *e, const struct session *s, int participant,
    const struct giving *g, struct entropy *r)
{
	const struct slot *slot = &s->procedure->slots[g->slot];
	char tag[LANGUAGE_TAG_MAX + 1];

	put_int(e, "chars",
	    text_visible(g->text) > 0 ? (int64_t)text_chars(g->text) : 0);
	seal(e, slot->body != NULL ? slot->body : "text", g->text, r);
	if (language_of(g->text, tag))
		seal_id(e, "language", tag, r);
	seal_read(e, g->text, r);
	if (!slot->signs)
		return;
	json_object_set_new(e->data, "signed", json_boolean(g->is_signed));
	if (g->is_signed)
		seal(e, "signature", s->participants[participant].name, r);
}

struct event *
input_given(const struct session *s, int participant, const struct giving *g,
    int64_t at, struct entropy *r)
{
	const struct slot *slot = &s->procedure->slots[g->slot];
	struct event *e = input_new("contribution.given", at, NULL);

	put_str(e, "slot", slot->name);
	put_str(e, "kind", contribution_kind_names[slot->kind]);
	put_int(e, "round", slot->once ? 0 : s->round);
	put_actor(e, s, participant, slot->signs && !g->is_signed, r);
	if (g->text != NULL)
		put_text(e, s, participant, g, r);
	if (g->choice != 0)
		seal_json(e, "choice", json_integer(g->choice), r);
	if (g->answers != NULL)
		seal_json(e, "answers", json_incref((json_t *)g->answers), r);
	if (g->words != NULL)
		seal_json(e, "words", json_incref((json_t *)g->words), r);
	if (g->ranking != NULL)
		seal_json(e, "ranking", json_incref((json_t *)g->ranking), r);
	if (g->agreement != NULL)
		seal_json(
		    e, "agreement", json_incref((json_t *)g->agreement), r);
	if (g->quality != NULL)
		seal_json(e, "quality", json_incref((json_t *)g->quality), r);
	put_key(e, g->key, g->content, r);
	return e;
}

struct event *
input_abstained(
    const struct session *s, int participant, int64_t at, struct entropy *r)
{
	struct event *e = input_new("contribution.abstained", at,
	    json_pack("{s:s,s:i}", "phase", session_phase(s)->name, "round",
		s->round));

	/* Who abstains in sight leaves the others as the authors. */
	put_actor(e, s, participant, session_unsaid(s), r);
	return e;
}

struct event *
input_taken_back(const struct session *s, int participant, int slot, int64_t at,
    struct entropy *r)
{
	struct event *e = input_new("contribution.taken_back", at,
	    json_pack("{s:s,s:i}", "slot", s->procedure->slots[slot].name,
		"round", s->round));

	put_actor(e, s, participant, s->procedure->slots[slot].signs, r);
	return e;
}

struct event *
input_withheld(const struct session *s, int64_t contribution, const char *by,
    const char *reason, int64_t at, struct entropy *r)
{
	struct event *e = input_new("text.withheld", at,
	    json_pack("{s:I,s:s}", "contribution", (json_int_t)contribution,
		"by", by));

	(void)s;
	seal(e, "reason", reason, r);
	return e;
}

/* Who proposed is sealed in every session: it would tell which statement on
 * the slate a person wrote. */
struct event *
input_proposed(const struct session *s, const struct actor *a, const char *text,
    const char *key, const uint8_t *content, int64_t at, struct entropy *r)
{
	struct event *e = input_new("statement.proposed", at, NULL);

	put_int(e, "round", session_proposal_round(s, a->participant < 0));
	seal_chars(e, text, r);
	seal_read(e, text, r);
	seal_id(e, "by",
	    a->participant >= 0 ? s->participants[a->participant].id
				: a->facilitator,
	    r);
	seal(e, "text", text, r);
	put_key(e, key, content, r);
	return e;
}

/* The facilitator's acts upon a statement. */
static struct event *
input_statement(const char *type, const char *statement, const char *by,
    const char *reason, int64_t at, struct entropy *r)
{
	struct event *e = input_new(
	    type, at, json_pack("{s:s,s:s}", "statement", statement, "by", by));

	seal(e, "reason", reason, r);
	return e;
}

struct event *
input_struck(const struct session *s, const char *statement, const char *by,
    const char *reason, int64_t at, struct entropy *r)
{
	(void)s;
	return input_statement(
	    "statement.struck", statement, by, reason, at, r);
}

struct event *
input_overridden(const struct session *s, const char *statement, const char *by,
    const char *reason, int64_t at, struct entropy *r)
{
	(void)s;
	return input_statement(
	    "winner.overridden", statement, by, reason, at, r);
}

struct event *
input_advanced(
    const struct session *s, const char *phase, const char *by, int64_t at)
{
	return input_new("session.advanced", at,
	    json_pack(
		"{s:s,s:i,s:s}", "phase", phase, "round", s->round, "by", by));
}

struct event *
input_extended(
    const struct session *s, int64_t seconds, const char *by, int64_t at)
{
	(void)s;
	return input_new("session.extended", at,
	    json_pack("{s:I,s:s}", "seconds", (json_int_t)seconds, "by", by));
}

struct event *
input_paused(const struct session *s, bool pause, const char *by, int64_t at)
{
	(void)s;
	return input_new(pause ? "session.paused" : "session.resumed", at,
	    json_pack("{s:s}", "by", by));
}

struct event *
input_aborted(const struct session *s, const char *by, const char *reason,
    int64_t at, struct entropy *r)
{
	struct event *e =
	    input_new("session.aborted", at, json_pack("{s:s}", "by", by));

	(void)s;
	seal(e, "reason", reason, r);
	return e;
}

struct event *
input_timer(const struct session *s, int64_t at)
{
	return input_new("timer.fired", at,
	    json_pack("{s:I}", "timer", (json_int_t)s->timer));
}

/* ---- exchanges ---- */

static json_t *
who_json(const struct job_text *texts, size_t n)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		json_array_append_new(list, json_string(texts[i].who));
	return list;
}

struct event *
input_template(const struct session *s, const struct job_template *t,
    int64_t at, struct entropy *r)
{
	char hex[2 * DIGEST_LEN + 1];
	struct event *e;

	(void)s;
	hex_encode(t->digest, DIGEST_LEN, hex);
	e = input_new("template.used", at,
	    json_pack("{s:s,s:I,s:s}", "template", template_names[t->kind],
		"version", (json_int_t)t->version, "digest", hex));
	seal(e, "text", t->text, r);
	return e;
}

/* Absent in a prediction by one ranking with reasons, the first method. */
static void
put_part(struct event *e, const struct job *job)
{
	if (job->method == PREDICT_REASONED)
		return;
	put_str(e, "predictor", predictors[job->method].name);
	put_int(e, "part", job->part);
	put_int(e, "parts", job->parts);
}

struct event *
input_started(const struct session *s, const struct job *job,
    const char *endpoint, int64_t at, struct entropy *r)
{
	const struct job_state *state = session_job(s, job->id);
	struct event *e = input_new("exchange.started", at,
	    json_pack("{s:s,s:i,s:s}", "job", job->id, "attempt",
		state != NULL ? state->attempts + 1 : 1, "endpoint", endpoint));

	if (job->kind == JOB_DRAFT)
		seal_json(e, "permutation",
		    who_json(job->opinions, job->nopinions), r);
	else {
		seal_json(e, "permutation",
		    who_json(job->candidates, job->ncandidates), r);
		if (job->nopinions > 0)
			seal_id(e, "person", job->opinions[0].who, r);
		put_part(e, job);
	}
	return e;
}

void
input_prompted(struct event *e, const struct job_template *t,
    const struct prompt *p, const struct prompt_marks *marks, const char *model,
    struct entropy *r)
{
	char hex[2 * DIGEST_LEN + 1];

	put_str(e, "template", template_names[t->kind]);
	put_int(e, "version", t->version);
	put_str(e, "model", model);
	put_int(e, "tokens", p->tokens);
	if (p->rendering > 1) /* what is not there was the first */
		put_int(e, "rendering", p->rendering);
	if (p->temperature >= 0) /* thousandths */
		put_int(e, "temperature", p->temperature);
	/* Drawn from the session's seed: it would help to guess that. */
	seal_json(e, "seed", json_integer((json_int_t)p->seed), r);
	hex_encode(p->digest, DIGEST_LEN, hex);
	seal(e, "prompt", hex, r);
	seal_json(e, "marks",
	    json_pack("{s:s,s:s}", "boundary", marks->boundary, "canary",
		marks->canary),
	    r);
}

/* What the provider told, as far as it did.  Counts are sealed: a prompt's
 * length tells whose ballot was predicted from it. */
static void
put_facts(struct event *e, const struct reply_facts *f, struct entropy *r)
{
	const struct {
		const char *name, *value;
	} strings[] = {{"model", f->model}, {"fingerprint", f->fingerprint},
	    {"finish", f->finish}};
	const struct {
		const char *name;
		int64_t value;
	} numbers[] = {{"prompt_tokens", f->prompt_tokens},
	    {"completion_tokens", f->completion_tokens}, {"ms", f->ms}};
	json_t *usage = json_object();
	size_t i;

	for (i = 0; i < sizeof strings / sizeof *strings; i++)
		if (strings[i].value[0] != '\0')
			put_str(e, strings[i].name, strings[i].value);
	for (i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (numbers[i].value >= 0)
			json_object_set_new(usage, numbers[i].name,
			    json_integer(numbers[i].value));
	seal_json(e, "usage", usage, r);
}

static json_t *
near_json(const struct session *s, const struct job *job, const char *text)
{
	const struct job_state *other;
	json_t *near = json_array();
	size_t i;

	for (i = 0; i < s->njobs; i++) {
		other = &s->jobs[i];
		if (other->kind == JOB_DRAFT && other->index != job->index &&
		    other->state == JOB_DONE && other->text != NULL &&
		    text_likeness(text, other->text) >= NEAR_LIKENESS)
			json_array_append_new(near, json_integer(other->index));
	}
	return near;
}

/* Ranks in the job's permutation into groups of statement ids, best first. */
static json_t *
ranking_json(const struct job *job, const int32_t *rank)
{
	json_t *groups = json_array(), *group;
	int32_t r;
	size_t i;

	for (r = 0;; r++) {
		group = json_array();
		for (i = 0; i < job->ncandidates; i++)
			if (rank[i] == r)
				json_array_append_new(
				    group, json_string(job->candidates[i].who));
		if (json_array_size(group) == 0)
			break;
		json_array_append_new(groups, group);
	}
	json_decref(group);
	return groups;
}

static json_t *
rating_json(const struct job *job, const struct job_reply *reply)
{
	return json_pack("{s:s,s:I,s:I}", "statement", job->candidates[0].who,
	    "value", (json_int_t)reply->rating.value, "mass",
	    (json_int_t)reply->rating.mass);
}

/* What the model weighed for the first token: [["7",-110000],…]. */
static json_t *
alternatives_json(const struct alternatives *a)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < a->n; i++)
		json_array_append_new(list, json_pack("[s,I]", a->v[i].token,
						(json_int_t)a->v[i].micro));
	return list;
}

static void
seal_prediction(struct event *e, const struct job *job,
    const struct job_reply *reply, struct entropy *r)
{
	if (!predictors[job->method].rates) {
		seal_json(e, "ranking", ranking_json(job, reply->rank), r);
		return;
	}
	seal_json(e, "rating", rating_json(job, reply), r);
	seal_json(e, "alternatives",
	    alternatives_json(&reply->facts.alternatives), r);
}

struct event *
input_finished(const struct session *s, const struct job *job,
    const struct job_reply *reply, int64_t at, struct entropy *r)
{
	const struct job_state *state = session_job(s, job->id);
	struct event *e = input_new("exchange.finished", at,
	    json_pack("{s:s,s:i,s:s}", "job", job->id, "attempt",
		state != NULL ? state->attempts : 1, "outcome",
		outcome_names[reply->outcome]));

	if (reply->told)
		put_facts(e, &reply->facts, r);
	if (reply->why != NULL)
		put_str(e, "why", reply->why);
	seal_findings(e, &reply->found, r);
	if (reply->outcome != OUTCOME_OK)
		return e;
	if (job->kind == JOB_DRAFT) {
		seal_chars(e, reply->text, r);
		json_object_set_new(
		    e->data, "near", near_json(s, job, reply->text));
		seal(e, "text", reply->text, r);
		seal(e, "reasoning", reply->reasoning, r);
	} else
		seal_prediction(e, job, reply, r);
	return e;
}

struct event *
input_cancelled(
    const struct session *s, const char *job, const char *why, int64_t at)
{
	struct event *e =
	    input_new("exchange.cancelled", at, json_pack("{s:s}", "job", job));

	(void)s;
	if (why != NULL)
		put_str(e, "why", why);
	return e;
}
