/* participant.*, contribution.*, statement.*, session.abort */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "server/live.h"
#include "session/form.h"

/* ---- parameters ---- */

static int
param_str(struct call *c, const char *name, const char **out)
{
	return json_get_str(c->r->params, name, JSON_REQUIRED, out, c->err);
}

/* The participant a contribution is for. */
static int
param_self(struct call *c)
{
	const char *named = NULL;

	if (json_get_str(c->r->params, "participant", JSON_OPTIONAL, &named,
		c->err) == -1)
		return -1;
	return role_participant(c->peer, c->live, named, c->err);
}

/* The participant an act of the facilitator is upon. */
static int
param_person(struct call *c)
{
	const char *id;
	int who;

	if (param_str(c, "participant", &id) == -1)
		return -1;
	who = session_participant(c->live->s, id);
	if (who == -1)
		err_say(c->err, ERR_NOT_FOUND, "participant", MSG_ERROR_NOBODY,
		    NULL);
	return who;
}

static char *
param_text(struct call *c, const char *name)
{
	const char *text;

	if (param_str(c, name, &text) == -1)
		return NULL;
	return text_normal(text, strlen(text));
}

/* Why: never empty, no longer than an opinion may be. */
static char *
param_reason(struct call *c)
{
	int64_t max = session_setting(c->live->s, "text_max");
	char *reason = param_text(c, "reason");

	if (reason == NULL)
		return NULL;
	if (text_visible(reason) == 0)
		err_say(c->err, ERR_TEXT_EMPTY, "reason",
		    MSG_ERROR_REASON_EMPTY, NULL);
	else if ((int64_t)text_chars(reason) > max)
		err_say(c->err, ERR_TEXT_TOO_LONG, "reason",
		    MSG_ERROR_REASON_LONG, "#max", (long long)max, NULL);
	else
		return reason;
	free(reason);
	return NULL;
}

static const char *
facilitator(struct call *c)
{
	return role_facilitator(c->peer, c->live);
}

/* ---- keys: the same again gets the first answer ---- */

static bool
key_valid(const char *key)
{
	size_t n = strlen(key), i;

	for (i = 0; i < n; i++)
		if (!isalnum((unsigned char)key[i]) &&
		    strchr("._:-", key[i]) == NULL)
			return false;
	return n >= 1 && n <= 64;
}

/* What was asked, without what may differ when it is sent again. */
static void
content_digest(const struct call *c, uint8_t out[DIGEST_LEN])
{
	static const char *const members[] = {
	    "slot", "text", "ranking", "agreement", "quality", NULL};
	static const char *const later[] = {
	    "choice", "answers", "signed", NULL};
	struct digest_part parts[2];
	struct buf *b = &c->srv->scratch;
	const json_t *v;
	size_t i;

	buf_reset(b);
	for (i = 0; members[i] != NULL; i++) {
		v = json_object_get(c->r->params, members[i]);
		buf_addc(b, v != NULL ? '+' : '-');
		if (json_is_string(v))
			buf_add(
			    b, json_string_value(v), json_string_length(v) + 1);
		else if (v != NULL)
			json_canonical(b, v);
	}
	for (i = 0; later[i] != NULL; i++) {
		v = json_object_get(c->r->params, later[i]);
		if (v == NULL)
			continue;
		buf_adds(b, later[i]);
		json_canonical(b, v);
	}
	parts[0] = (struct digest_part){c->r->method, strlen(c->r->method) + 1};
	parts[1] = (struct digest_part){b->data, b->len};
	digest_sha256(parts, 2, out);
}

struct first {
	struct event *e;
	struct err err;
};

static bool
first_cb(const struct journal_event *row, void *arg)
{
	struct first *f = arg;

	f->e = event_parse(
	    row->bytes, row->len, row->sealed, row->sealed_len, &f->err);
	if (f->e != NULL)
		memcpy(f->e->hash, row->hash, DIGEST_LEN);
	return false;
}

static json_t *
first_receipt(struct call *c, int64_t seq)
{
	struct first f = {NULL, {0}};
	struct pending *p;
	json_t *result;

	TAILQ_FOREACH(p, &c->live->pending, next)
		if (p->event->seq == seq)
			return method_receipt(p->event);
	if (journal_each_event(c->srv->journal, c->live->id, seq - 1, 1,
		first_cb, &f, c->err) == -1 ||
	    f.e == NULL) {
		err_set(c->err, ERR_INTERNAL, NULL,
		    "the first answer cannot be read");
		return NULL;
	}
	result = method_receipt(f.e);
	event_destroy(f.e);
	return result;
}

/*
 * 0: go on, with *key and content set (key NULL when none was given);
 * 1: *result is the first answer; -1: err.
 */
static int
param_key(struct call *c, const char *who, const char **key,
    uint8_t content[DIGEST_LEN], json_t **result)
{
	int64_t seq;
	int r;

	*key = NULL;
	if (json_get_str(c->r->params, "key", JSON_OPTIONAL, key, c->err) == -1)
		return -1;
	if (*key == NULL)
		return 0;
	if (!key_valid(*key))
		return err_set(c->err, ERR_INVALID_PARAMS, "key",
		    "a key is 1 to 64 of A-Z a-z 0-9 . _ : -");
	content_digest(c, content);
	r = session_key(c->live->s, who, *key, content, &seq, c->err);
	if (r != 1)
		return r;
	*result = first_receipt(c, seq);
	return *result != NULL ? 1 : -1;
}

/* ---- contributions ---- */

static json_t *
give(struct call *c, int who, struct giving *g)
{
	uint8_t content[DIGEST_LEN];
	json_t *result = NULL;

	if (who == -1 || param_key(c, c->live->s->participants[who].id, &g->key,
			     content, &result) != 0)
		return result;
	g->content = content;
	result = method_decide(c,
	    input_given(c->live->s, who, g, c->srv->now, &c->srv->entropy),
	    true);
	g->content = NULL; /* it lives here only */
	return result;
}

static int
param_slot(struct call *c, enum contribution_kind kind)
{
	const char *name;
	int slot;

	if (param_str(c, "slot", &name) == -1)
		return -1;
	slot = session_slot(c->live->s, name);
	if (slot == -1 || c->live->s->procedure->slots[slot].kind != kind)
		return err_set(c->err, ERR_INVALID_PARAMS, "slot",
		    "the %s procedure takes no %s of that name",
		    c->live->s->procedure->name, contribution_kind_names[kind]);
	return slot;
}

/* Whether the text can be signed, and by whom. */
static int
param_signed(struct call *c, int slot)
{
	const struct session *s = c->live->s;
	int who = param_self(c);
	char name[40];

	if (who == -1)
		return -1;
	if (!s->procedure->slots[slot].signs) {
		snprintf(name, sizeof name, "name.%s",
		    s->procedure->slots[slot].name);
		return err_say(c->err, ERR_INVALID_PARAMS, "signed",
		    MSG_ERROR_UNSIGNED, "@slot", name, NULL);
	}
	if (s->participants[who].name == NULL)
		return err_say(c->err, ERR_INVALID_PARAMS, "signed",
		    MSG_ERROR_NO_NAME, NULL);
	return 0;
}

json_t *
method_text(struct call *c)
{
	struct giving g = {.slot = param_slot(c, KIND_TEXT)};
	char *text;
	json_t *result;

	if (g.slot == -1 ||
	    json_get_bool(c->r->params, "signed", JSON_OPTIONAL, &g.is_signed,
		c->err) == -1 ||
	    (text = param_text(c, "text")) == NULL)
		return NULL;
	g.text = text;
	if (g.is_signed && param_signed(c, g.slot) == -1) {
		free(text);
		return NULL;
	}
	result = give(c, param_self(c), &g);
	free(text);
	return result;
}

/* "s3>s1=s2" or [["s3"],["s1","s2"]]; a fresh reference. */
static json_t *
param_ranking(struct call *c)
{
	json_t *v = json_object_get(c->r->params, "ranking");
	json_t *groups, *group;
	const char *at;
	size_t n;

	if (json_is_array(v))
		return json_incref(v);
	if (!json_is_string(v)) {
		err_set(c->err, ERR_INVALID_PARAMS, "ranking",
		    "ranking is a list of lists of statement ids, best "
		    "first, or a text such as s3>s1=s2");
		return NULL;
	}
	groups = json_array();
	group = json_array();
	for (at = json_string_value(v); *at != '\0';) {
		n = strcspn(at, ">= ");
		if (n > 0)
			json_array_append_new(group, json_stringn(at, n));
		at += n;
		if (*at == '>') {
			json_array_append_new(groups, group);
			group = json_array();
		}
		at += *at != '\0';
	}
	json_array_append_new(groups, group);
	return groups;
}

static int
param_ratings(struct call *c, struct giving *g)
{
	return json_get_obj(c->r->params, "agreement", JSON_OPTIONAL,
		   &g->agreement, c->err) == -1 ||
		       json_get_obj(c->r->params, "quality", JSON_OPTIONAL,
			   &g->quality, c->err) == -1
		   ? -1
		   : 0;
}

json_t *
method_ballot(struct call *c)
{
	struct giving g = {.slot = session_slot(c->live->s, "ballot")};
	json_t *ranking = param_ranking(c), *result = NULL;

	if (ranking == NULL)
		return NULL;
	g.ranking = ranking;
	if (param_ratings(c, &g) == 0)
		result = give(c, param_self(c), &g);
	json_decref(ranking);
	return result;
}

json_t *
method_rate(struct call *c)
{
	struct giving g = {.slot = session_slot(c->live->s, "agreement")};

	return param_ratings(c, &g) == 0 ? give(c, param_self(c), &g) : NULL;
}

/* One choice: its number, or its option's name. */
static int
param_choice(struct call *c, struct giving *g)
{
	const json_t *v = json_object_get(c->r->params, "choice");
	const struct slot *row = &c->live->s->procedure->slots[g->slot];

	if (v == NULL)
		return err_set(
		    c->err, ERR_INVALID_PARAMS, "choice", "choice is missing");
	g->choice = session_choice(c->live->s, g->slot, v);
	if (g->choice != 0 ||
	    (session_phase(c->live->s)->takes & 1u << g->slot) == 0)
		return 0; /* what the phase does not take is refused there */
	return choice_refused(row, c->err);
}

/* Of the right type, whichever the slot wants; *answers NULL: none. */
static int
param_chosen(struct call *c, const json_t **answers)
{
	const json_t *v = json_object_get(c->r->params, "choice");

	if (v != NULL && !json_is_integer(v) && !json_is_string(v))
		return err_set(c->err, ERR_INVALID_PARAMS, "choice",
		    "choice must be a number, or an option's name");
	return json_get_obj(
	    c->r->params, "answers", JSON_OPTIONAL, answers, c->err);
}

json_t *
method_choose(struct call *c)
{
	struct giving g = {.slot = param_slot(c, KIND_CHOICE)};
	json_t *answers = NULL, *words = NULL, *result = NULL;
	const json_t *given = NULL;
	int r;

	if (g.slot == -1 || param_chosen(c, &given) == -1)
		return NULL;
	if (c->live->s->procedure->slots[g.slot].form)
		r = given == NULL ? err_set(c->err, ERR_INVALID_PARAMS,
					"answers", "answers is missing")
				  : form_answers(c->live->s, given, &answers,
					&words, c->err);
	else
		r = param_choice(c, &g);
	g.answers = answers;
	g.words = words;
	if (r == 0)
		result = give(c, param_self(c), &g);
	json_decref(answers);
	json_decref(words);
	return result;
}

json_t *
method_abstain(struct call *c)
{
	const char *phase;
	int who;

	if (param_str(c, "phase", &phase) == -1 || (who = param_self(c)) == -1)
		return NULL;
	if (strcmp(phase, session_phase(c->live->s)->name) != 0) {
		refuse_phase(c, ERR_WRONG_PHASE, MSG_ERROR_PHASE_NOW);
		return NULL;
	}
	return method_decide(c,
	    input_abstained(c->live->s, who, c->srv->now, &c->srv->entropy),
	    true);
}

json_t *
method_take_back(struct call *c)
{
	const char *name;
	int who, slot;

	if (param_str(c, "slot", &name) == -1 || (who = param_self(c)) == -1)
		return NULL;
	slot = session_slot(c->live->s, name);
	if (slot == -1) {
		err_set(c->err, ERR_INVALID_PARAMS, "slot",
		    "the procedure has no such slot");
		return NULL;
	}
	return method_decide(c,
	    input_taken_back(
		c->live->s, who, slot, c->srv->now, &c->srv->entropy),
	    true);
}

json_t *
method_propose(struct call *c)
{
	struct actor a = {.participant = -1};
	uint8_t content[DIGEST_LEN];
	json_t *result = NULL;
	const char *key, *text_given;
	char *text;

	if (param_str(c, "text", &text_given) == -1)
		return NULL;
	if ((c->roles & MAY_FACILITATOR) != 0 &&
	    json_object_get(c->r->params, "participant") == NULL) {
		a.facilitator = facilitator(c);
		/* An appointed participant proposes as themselves. */
		a.participant = session_participant(c->live->s, a.facilitator);
	} else if ((a.participant = param_self(c)) == -1)
		return NULL;
	if (param_key(c,
		a.participant != -1 ? c->live->s->participants[a.participant].id
				    : a.facilitator,
		&key, content, &result) != 0)
		return result;
	text = text_normal(text_given, strlen(text_given));
	result = method_decide(c,
	    input_proposed(c->live->s, &a, text, key, content, c->srv->now,
		&c->srv->entropy),
	    true);
	free(text);
	return result;
}

/* ---- the facilitator's acts, each with a reason ---- */

static json_t *
with_reason(struct call *c, const char *id,
    struct event *(*make)(const struct session *, const char *, const char *,
	const char *, int64_t, struct entropy *))
{
	char *reason = param_reason(c);
	json_t *result;

	if (reason == NULL)
		return NULL;
	result = method_decide(c,
	    make(c->live->s, id, facilitator(c), reason, c->srv->now,
		&c->srv->entropy),
	    false);
	free(reason);
	return result;
}

json_t *
method_strike(struct call *c)
{
	const char *id;

	return param_str(c, "statement", &id) == -1
		   ? NULL
		   : with_reason(c, id, input_struck);
}

json_t *
method_override(struct call *c)
{
	const char *id;

	return param_str(c, "statement", &id) == -1
		   ? NULL
		   : with_reason(c, id, input_overridden);
}

json_t *
method_abort(struct call *c)
{
	char *reason = param_reason(c);
	json_t *result;

	if (reason == NULL)
		return NULL;
	result = method_decide(c,
	    input_aborted(c->live->s, facilitator(c), reason, c->srv->now,
		&c->srv->entropy),
	    false);
	free(reason);
	return result;
}

json_t *
method_withhold(struct call *c)
{
	int64_t seq;
	char *reason;
	json_t *result;

	if (json_get_int(c->r->params, "contribution", JSON_REQUIRED, 1,
		JSON_INT_MAX, &seq, c->err) == -1 ||
	    (reason = param_reason(c)) == NULL)
		return NULL;
	result = method_decide(c,
	    input_withheld(c->live->s, seq, facilitator(c), reason, c->srv->now,
		&c->srv->entropy),
	    false);
	free(reason);
	return result;
}

json_t *
method_remove(struct call *c)
{
	int who = param_person(c);
	char *reason;
	json_t *result;

	if (who == -1 || (reason = param_reason(c)) == NULL)
		return NULL;
	result = method_decide(c,
	    input_removed(c->live->s, who, facilitator(c), reason, c->srv->now,
		&c->srv->entropy),
	    false);
	free(reason);
	return result;
}

json_t *
method_appoint(struct call *c)
{
	int who = param_person(c);

	return who == -1 ? NULL
			 : method_decide(c,
			       input_appointed(c->live->s, who, facilitator(c),
				   c->srv->now),
			       false);
}

/* ---- leaving, and a lost token ---- */

json_t *
method_withdraw(struct call *c)
{
	const char *mode;
	json_t *answer;
	int who;

	if (param_str(c, "mode", &mode) == -1 || (who = param_self(c)) == -1)
		return NULL;
	if (strcmp(mode, "erase") == 0)
		return method_erase_person(c, who, false, false);
	if (strcmp(mode, "keep") != 0) {
		err_set(c->err, ERR_INVALID_PARAMS, "mode",
		    "mode is keep (your words stay) or erase");
		return NULL;
	}
	answer = method_decide(
	    c, input_withdrawn(c->live->s, who, false, c->srv->now), false);
	if (answer != NULL)
		json_object_set_new(answer, "erased", json_integer(0));
	return answer;
}

json_t *
method_reissue(struct call *c)
{
	struct session *s = c->live->s;
	struct journal_token t = {
	    .kind = TOKEN_PARTICIPANT, .created_at = c->srv->now};
	struct change change;
	const char *by = facilitator(c);
	char token[40];
	int who = param_person(c);

	if (who == -1)
		return NULL;
	if ((c->roles & MAY_FACILITATOR) == 0 &&
	    role_participant(
		c->peer, c->live, s->participants[who].id, c->err) == -1)
		return NULL;
	change_begin(&change, c->live);
	if (change_decide(&change,
		input_reissued(s, who,
		    by != NULL ? by : s->participants[who].id, c->srv->now),
		c->err) == NULL) {
		change_drop(&change);
		return NULL;
	}
	token_make(c->srv, token);
	token_digest(token, t.digest);
	strlcpy(t.session, c->live->id, sizeof t.session);
	strlcpy(t.ref, s->participants[who].id, sizeof t.ref);
	batch_revoke(change.batch, c->live->id, t.ref);
	batch_token(change.batch, &t);
	c->ticket = change_commit(&change, c->err);
	if (c->ticket == -1) {
		c->ticket = 0;
		return NULL;
	}
	c->srv->revocations++;
	return json_pack("{s:s}", "token", token);
}
