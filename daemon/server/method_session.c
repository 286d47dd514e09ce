/* session.*, but for what is told of one (method_view.c) */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/language.h"
#include "base/mem.h"
#include "base/text.h"
#include "record/recording.h"
#include "server/live.h"
#include "session/form.h"

#define QUESTION_MAX 4000 /* characters */
#define JOIN_KEY_MIN 16

/* ---- creating ---- */

struct question {
	char *text, *affirming, *negating;
};

static int
normal_member(struct call *c, const json_t *o, const char *name,
    enum json_need need, char **out)
{
	const char *s = NULL;

	if (json_get_str(o, name, need, &s, c->err) == -1)
		return -1;
	if (s == NULL)
		return 0;
	*out = text_normal(s, strlen(s));
	if (text_visible(*out) == 0)
		return err_say(c->err, ERR_TEXT_EMPTY, "question",
		    MSG_ERROR_QUESTION_EMPTY, NULL);
	if (text_chars(*out) > QUESTION_MAX)
		return err_say(c->err, ERR_TEXT_TOO_LONG, "question",
		    MSG_ERROR_QUESTION_LONG, "#max", (long long)QUESTION_MAX,
		    NULL);
	return 0;
}

static int
read_question(struct call *c, struct question *q)
{
	static const char *const known[] = {
	    "text", "affirming", "negating", NULL};
	const json_t *v = json_object_get(c->r->params, "question");

	if (json_is_string(v))
		return normal_member(
		    c, c->r->params, "question", JSON_REQUIRED, &q->text);
	if (!json_is_object(v))
		return err_set(c->err, ERR_INVALID_PARAMS, "question",
		    "question is a text, or an object with text, affirming "
		    "and negating");
	if (json_only(v, known, c->err) == -1 ||
	    normal_member(c, v, "text", JSON_REQUIRED, &q->text) == -1 ||
	    normal_member(c, v, "affirming", JSON_OPTIONAL, &q->affirming) ==
		-1 ||
	    normal_member(c, v, "negating", JSON_OPTIONAL, &q->negating) == -1)
		return -1;
	return 0;
}

static void
question_clear(struct question *q)
{
	free(q->text);
	free(q->affirming);
	free(q->negating);
}

/* Of the session whose people come again (NULL: none), then the preset's,
 * then the given ones; a fresh object or NULL. */
static json_t *
read_settings(struct call *c, const struct live *like)
{
	const json_t *given = NULL;
	const char *preset = NULL;
	json_t *root, *all = like != NULL ? settings_json(like->s->procedure,
						like->s->settings)
					  : json_object();
	char *path;

	if (json_get_str(
		c->r->params, "preset", JSON_OPTIONAL, &preset, c->err) == -1 ||
	    json_get_obj(
		c->r->params, "settings", JSON_OPTIONAL, &given, c->err) == -1)
		goto fail;
	if (preset != NULL) {
		if (!json_identifier(preset, 32) || strchr(preset, '/') ||
		    preset[0] == '.')
			goto unknown;
		path = xasprintf("%s/presets/%s.json", c->srv->data, preset);
		root = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
		free(path);
		if (root == NULL)
			goto unknown;
		json_object_update(all, json_object_get(root, "settings"));
		json_decref(root);
	}
	if (given != NULL)
		json_object_update(all, (json_t *)given);
	return all;
unknown:
	err_set(c->err, ERR_INVALID_PARAMS, "preset",
	    "there is no preset %s in %s/presets",
	    json_identifier(preset, 32) ? preset : "of that name",
	    c->srv->data);
fail:
	json_decref(all);
	return NULL;
}

static int
read_seed(struct call *c, char *out, size_t size, bool *given)
{
	const json_t *v = json_object_get(c->r->params, "seed");
	uint8_t raw[16];

	*given = v != NULL;
	if (v == NULL) {
		entropy_fill(&c->srv->entropy, raw, sizeof raw);
		hex_encode(raw, sizeof raw, out);
	} else if (json_is_integer(v))
		snprintf(out, size, "%lld", (long long)json_integer_value(v));
	else if (json_is_string(v) && json_identifier(json_string_value(v), 64))
		strlcpy(out, json_string_value(v), size);
	else
		return err_set(c->err, ERR_INVALID_PARAMS, "seed",
		    "a seed is a whole number or up to 64 letters and "
		    "digits");
	return 0;
}

static void
add_token(struct call *c, struct change *change, enum token_kind kind,
    const char *ref, const char *token, int64_t expires_at,
    struct journal_token *t)
{
	memset(t, 0, sizeof *t);
	t->kind = kind;
	t->created_at = c->srv->now;
	t->expires_at = expires_at;
	strlcpy(t->session, change->live->id, sizeof t->session);
	strlcpy(t->ref, ref, sizeof t->ref);
	token_digest(token, t->digest);
	batch_token(change->batch, t);
}

static struct session *
new_session(struct call *c, char id[24], char **header)
{
	const struct procedure *procedure = procedure_find("habermas");
	uint8_t raw[10], hash[DIGEST_LEN];
	struct digest_part part;
	struct buf line = {0};

	entropy_fill(&c->srv->entropy, raw, sizeof raw);
	base32_encode(raw, sizeof raw, id);
	recording_header(
	    &line, id, procedure->version, "caucusd " CAUCUS_VERSION);
	if (line.len > 0 && line.data[line.len - 1] == '\n')
		line.data[--line.len] = '\0';
	part = (struct digest_part){line.data, line.len};
	digest_sha256(&part, 1, hash);
	*header = buf_take(&line);
	return session_new(id, procedure, hash);
}

static json_t *
terms_json(const struct session *s)
{
	char hex[2 * DIGEST_LEN + 1];

	hex_encode(s->terms_digest, DIGEST_LEN, hex);
	return json_pack("{s:s,s:s}", "text", s->terms != NULL ? s->terms : "",
	    "digest", hex);
}

/* Commits a session just made, with its first tokens. */
static json_t *
created(struct call *c, struct change *change, const char *like)
{
	struct session *s = c->live->s;
	struct journal_token t;
	char token[40], code[40];
	struct event *e;

	e = change_decide(change,
	    like != NULL
		? input_invited_like(s, like, "f1", c->srv->now)
		: input_invited(s, "participant", 0, 0, "f1", c->srv->now),
	    c->err);
	if (e == NULL)
		return NULL;
	token_make(c->srv, code);
	add_token(c, change, TOKEN_INVITATION, "i1", code, 0, &t);
	token_make(c->srv, token);
	add_token(c, change, TOKEN_FACILITATOR, "f1", token, 0, &t);
	c->ticket = change_commit(change, c->err);
	if (c->ticket == -1)
		return NULL;
	peer_hold(c->srv, c->peer, &t, c->ticket);
	return json_pack("{s:s,s:o,s:s,s:s,s:{s:s,s:s,s:i,s:i},s:o,s:o}",
	    "session", s->id, "language", live_language(c->live), "facilitator",
	    "f1", "token", token, "invitation", "invitation", "i1", "code",
	    code, "uses", 0, "expires_at", 0, "terms", terms_json(s),
	    "settings", settings_json(s->procedure, s->settings));
}

/* In the language asked for; with auto in the question's. */
static const struct messages *
creation_words(const struct call *c, const struct creation *cr)
{
	const char *given =
	    json_string_value(json_object_get(cr->settings, "language"));
	char tag[LANGUAGE_TAG_MAX + 1] = "en";

	if (given != NULL && strcmp(given, "auto") != 0)
		return words_in(c->srv->words, given);
	language_of(cr->question, tag);
	return words_in(c->srv->words, tag);
}

static json_t *
create(struct call *c, struct creation *cr)
{
	uint8_t raw[32];
	char id[24], creator[64], *header, secret[65];
	struct change change;
	struct session *s;
	struct event *e;
	json_t *result = NULL;

	entropy_fill(&c->srv->entropy, raw, sizeof raw);
	hex_encode(raw, sizeof raw, secret);
	explicit_bzero(raw, sizeof raw);
	snprintf(creator, sizeof creator,
	    c->peer->who.local ? "uid:%lld" : "tcp",
	    (long long)c->peer->who.uid);
	cr->secret = secret;
	cr->creator = creator;
	cr->messages = creation_words(c, cr);
	s = new_session(c, id, &header);
	e = input_created(
	    s->procedure, cr, c->srv->now, &c->srv->entropy, c->err);
	if (e == NULL) {
		session_free(s);
		free(header);
		return NULL;
	}
	c->live = live_begin(c->srv, id, header, creator, s);
	change_begin(&change, c->live);
	if (change_decide(&change, e, c->err) != NULL)
		result = created(c, &change, cr->like);
	if (result == NULL) {
		if (change.batch != NULL)
			change_drop(&change);
		c->live->doomed = true;
		live_busy(c->live);
		c->ticket = 0;
	}
	return result;
}

/* Who will draft, for the terms; the offline drafter is the default of every
 * recording and not named.  *words is fresh. */
static int
read_endpoint(struct call *c, struct creation *cr, char **words)
{
	const char *name = c->srv->endpoint;
	const struct endpoint *e;

	if (json_get_str(
		c->r->params, "endpoint", JSON_OPTIONAL, &name, c->err) == -1)
		return -1;
	e = llm_find(c->srv->llm, name);
	if (e == NULL && name[0] == '\0')
		return err_set(c->err, ERR_INVALID_PARAMS, "endpoint",
		    "say which endpoint drafts: this daemon has several and "
		    "no default (caucusd.conf(5): endpoint in [daemon])");
	if (e == NULL)
		return err_say(c->err, ERR_INVALID_PARAMS, "endpoint",
		    MSG_ERROR_NO_ENDPOINT, NULL);
	*words = endpoint_words(e, creation_words(c, cr));
	cr->drafter = *words;
	cr->endpoint = e->model != NULL ? e->name : NULL;
	cr->model = e->model;
	if (e->model != NULL)
		cr->predictor = predictors[e->logprobs ? PREDICT_POINTWISE
						       : PREDICT_LISTWISE]
				    .name;
	return 0;
}

/* Another session, for what its facilitator or the operator may do. */
static int
other_session(struct call *c, const char *id, struct live **out)
{
	int found = live_get(c->srv, id, out, c->err);

	if (found == -1)
		return method_park(c, id);
	if (found == 0 && c->err->code == ERR_NOT_FOUND)
		err_set(c->err, ERR_NOT_FOUND, "session",
		    "there is no session %.40s any more", id);
	return found == 1 ? 0 : -1;
}

/* The session whose people are to come again. */
static int
read_like(struct call *c, struct live **like)
{
	const char *id = NULL;

	if (json_get_str(c->r->params, "like", JSON_OPTIONAL, &id, c->err) ==
	    -1)
		return -1;
	if (id == NULL)
		return 0;
	if (other_session(c, id, like) == -1)
		return -1;
	if ((role_of(c->peer, *like) & (MAY_FACILITATOR | MAY_OPERATOR)) != 0)
		return 0;
	return err_say(c->err, ERR_NOT_FOUND, "like", MSG_ERROR_NO_LIKE, NULL);
}

json_t *
method_create(struct call *c)
{
	struct question q = {0};
	struct creation cr = {0};
	json_t *settings = NULL, *result = NULL;
	struct live *like = NULL;
	char seed[80], *words = NULL;

	if (!c->peer->operator&& !c->srv->limits[LIMIT_CREATE_ANYONE]) {
		err_say(
		    c->err, ERR_NOT_PERMITTED, NULL, MSG_ERROR_CREATE, NULL);
		return NULL;
	}
	if ((int64_t)c->srv->nlives >= c->srv->limits[LIMIT_SESSIONS]) {
		err_say(c->err, ERR_LIMIT_REACHED, "sessions",
		    MSG_ERROR_SESSIONS, "#n", (long long)c->srv->nlives, NULL);
		return NULL;
	}
	if (peer_room(c->srv, c->peer, c->err) == 0 &&
	    read_like(c, &like) == 0 && read_question(c, &q) == 0 &&
	    json_get_obj(c->r->params, "labels", JSON_OPTIONAL, &cr.labels,
		c->err) == 0 &&
	    json_get_arr(c->r->params, "survey", JSON_OPTIONAL, &cr.survey,
		c->err) == 0 &&
	    read_seed(c, seed, sizeof seed, &cr.seed_given) == 0 &&
	    (settings = read_settings(c, like)) != NULL) {
		cr.settings = settings;
		cr.question = q.text;
	}
	if (settings != NULL && read_endpoint(c, &cr, &words) == 0) {
		cr.like = like != NULL ? like->id : NULL;
		cr.affirming = q.affirming;
		cr.negating = q.negating;
		cr.seed = seed;
		result = create(c, &cr);
	}
	json_decref(settings);
	question_clear(&q);
	free(words);
	return result;
}

json_t *
method_configure(struct call *c)
{
	struct session *s = c->live->s;
	const json_t *settings;
	json_t *result;

	if (json_get_obj(c->r->params, "settings", JSON_REQUIRED, &settings,
		c->err) == -1)
		return NULL;
	result = method_decide(c,
	    input_configured(s, settings, live_words(c->live),
		role_facilitator(c->peer, c->live), c->srv->now,
		&c->srv->entropy, c->err),
	    false);
	if (result == NULL)
		return NULL;
	json_object_set_new(
	    result, "settings", settings_json(s->procedure, s->settings));
	json_object_set_new(result, "terms", terms_json(s));
	return result;
}

/* ---- invitations and joining ---- */

json_t *
method_invite(struct call *c)
{
	static const char *const role_def = "participant";
	const char *role = role_def;
	int64_t uses = 0, seconds = 0, expires;
	struct journal_token t;
	struct change change;
	struct event *e;
	char code[40];
	json_t *result;

	if (json_get_str(c->r->params, "role", JSON_OPTIONAL, &role, c->err) ==
		-1 ||
	    json_get_int(c->r->params, "uses", JSON_OPTIONAL, 0, 1000000, &uses,
		c->err) == -1 ||
	    json_get_int(c->r->params, "expires_seconds", JSON_OPTIONAL, 0,
		366 * 86400, &seconds, c->err) == -1)
		return NULL;
	expires = seconds > 0 ? c->srv->now + seconds * 1000 : 0;
	change_begin(&change, c->live);
	e = change_decide(&change,
	    input_invited(c->live->s, role, uses, expires,
		role_facilitator(c->peer, c->live), c->srv->now),
	    c->err);
	if (e == NULL) {
		change_drop(&change);
		return NULL;
	}
	token_make(c->srv, code);
	add_token(c, &change, TOKEN_INVITATION, event_str(e, "invitation"),
	    code, expires, &t);
	result = json_pack("{s:s,s:s,s:I,s:I}", "invitation", t.ref, "code",
	    code, "uses", (json_int_t)uses, "expires_at", (json_int_t)expires);
	c->ticket = change_commit(&change, c->err);
	if (c->ticket != -1)
		return result;
	c->ticket = 0;
	json_decref(result);
	return NULL;
}

/* The session behind an invitation's code: 1, 0 refused, -1 being read. */
static int
invited(struct call *c, struct journal_token *t)
{
	uint8_t digest[DIGEST_LEN];
	const char *code;
	int found;

	if (json_get_str(c->r->params, "code", JSON_REQUIRED, &code, c->err) ==
	    -1)
		return 0;
	token_digest(code, digest);
	found = journal_get_token(c->srv->journal, digest, t, c->err);
	if (found == -1)
		return 0;
	if (found == 1 && t->kind == TOKEN_INVITATION)
		found = live_get(c->srv, t->session, &c->live, c->err);
	else
		found = err_set(c->err, ERR_NOT_FOUND, NULL, "none") + 1;
	if (found == -1)
		return method_park(c, t->session);
	if (found == 0 && c->err->code == ERR_NOT_FOUND)
		err_say(c->err, ERR_NOT_FOUND, "code", MSG_ERROR_NO_INVITATION,
		    NULL);
	if (found == 0)
		return 0;
	c->ticket = c->live->ticket;
	return 1;
}

json_t *
method_terms(struct call *c)
{
	struct journal_token t;
	struct session *s;
	size_t i;
	const char *role = "participant", *like = NULL;

	if (invited(c, &t) != 1)
		return NULL;
	s = c->live->s;
	for (i = 0; i < s->ninvitations; i++)
		if (strcmp(s->invitations[i].id, t.ref) == 0) {
			role = s->invitations[i].role;
			if (s->invitations[i].like[0] != '\0')
				like = s->invitations[i].like;
		}
	return json_pack("{s:s,s:o,s:s*,s:{s:s,s:s*,s:s*},s:s,s:o,s:o}",
	    "session", s->id, "language", live_language(c->live), "like", like,
	    "question", "text", s->question, "affirming", s->affirming,
	    "negating", s->negating, "role", role, "terms", terms_json(s),
	    "settings", settings_json(s->procedure, s->settings));
}

/* With a key the token follows from it, so that who asks again for a lost
 * answer gets the same one; only its digest is kept. */
static void
join_token(struct call *c, const char *key, char out[40])
{
	const char *code =
	    json_string_value(json_object_get(c->r->params, "code"));
	uint8_t secret[32], mac[DIGEST_LEN];
	char *what;

	if (key == NULL) {
		token_make(c->srv, out);
		return;
	}
	what = xasprintf("%s|%s|%s", c->live->id, code, key);
	journal_secret(c->srv->journal, secret);
	digest_hmac(secret, sizeof secret, what, strlen(what), mac);
	base32_encode(mac, 20, out);
	explicit_bzero(secret, sizeof secret);
	explicit_bzero(mac, sizeof mac);
	free(what);
}

struct joining {
	const char *name, *terms, *key;
	const char *named; /* which participant of the session before */
	const json_t *labels;
	uint8_t terms_digest[DIGEST_LEN], content[DIGEST_LEN];
	struct journal_token invitation;
	char like[PARTICIPANT_ID_MAX]; /* who it was before; or "" */
};

static int
read_joining(struct call *c, struct joining *j)
{
	struct digest_part parts[2];

	if (json_get_str(
		c->r->params, "name", JSON_OPTIONAL, &j->name, c->err) == -1 ||
	    json_get_str(c->r->params, "key", JSON_OPTIONAL, &j->key, c->err) ==
		-1 ||
	    json_get_str(c->r->params, "terms", JSON_REQUIRED, &j->terms,
		c->err) == -1 ||
	    json_get_str(c->r->params, "participant", JSON_OPTIONAL, &j->named,
		c->err) == -1 ||
	    json_get_obj(c->r->params, "labels", JSON_OPTIONAL, &j->labels,
		c->err) == -1 ||
	    (j->labels != NULL && labels_check(j->labels, c->err) == -1))
		return -1;
	if (!hex_decode(
		j->terms, strlen(j->terms), j->terms_digest, DIGEST_LEN))
		return err_set(c->err, ERR_TERMS_MISMATCH, "terms",
		    "terms is the digest that session.terms gives");
	if (j->key != NULL &&
	    (strlen(j->key) < JOIN_KEY_MIN || strlen(j->key) > 64 ||
		strspn(j->key,
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		    "0123456789._:-") != strlen(j->key)))
		return err_set(c->err, ERR_INVALID_PARAMS, "key",
		    "the key of a join is a secret of 16 to 64 of A-Z a-z 0-9 "
		    ". _ : -");
	if (j->name != NULL && strlen(j->name) > 200)
		return err_say(c->err, ERR_TEXT_TOO_LONG, "name",
		    MSG_ERROR_NAME_LONG, NULL);
	parts[0] = (struct digest_part){j->name != NULL ? j->name : "",
	    j->name != NULL ? strlen(j->name) + 1 : 1};
	parts[1] =
	    (struct digest_part){j->invitation.ref, strlen(j->invitation.ref)};
	digest_sha256(parts, 2, j->content);
	return 0;
}

/* An invitation bound to another session's people wants a token of it. */
static int
read_like_join(struct call *c, struct joining *j)
{
	const struct session *s = c->live->s;
	const char *bound = "";
	struct live *old;
	size_t i;
	int who;

	for (i = 0; i < s->ninvitations; i++)
		if (strcmp(s->invitations[i].id, j->invitation.ref) == 0)
			bound = s->invitations[i].like;
	if (*bound == '\0')
		return 0;
	if (other_session(c, bound, &old) == -1)
		return -1;
	if (old->ticket > c->ticket)
		c->ticket = old->ticket;
	who = role_participant(c->peer, old, j->named, c->err);
	if (who == -1) {
		if (c->err->code != ERR_PARTICIPANT_NEEDED)
			err_say(c->err, ERR_NOT_PERMITTED, "code",
			    MSG_ERROR_LIKE, "session", bound, NULL);
		return -1;
	}
	if (old->s->participants[who].presence == REMOVED)
		return err_say(c->err, ERR_GONE, "participant",
		    MSG_ERROR_WAS_REMOVED, "session", bound, NULL);
	strlcpy(j->like, old->s->participants[who].id, sizeof j->like);
	return 0;
}

static const struct {
	const char *role;
	enum token_kind kind;
} join_kinds[] = {{"participant", TOKEN_PARTICIPANT},
    {"observer", TOKEN_OBSERVER}, {"facilitator", TOKEN_FACILITATOR}};

static json_t *
joined(struct call *c, const struct event *e, const char *token,
    struct journal_token *t)
{
	json_t *receipt = method_receipt(e), *o;
	const char *id;
	size_t i;

	for (i = 0; i < 3; i++) {
		id = event_str(e, join_kinds[i].role);
		if (id != NULL)
			break;
	}
	if (i == 3)
		return NULL;
	t->kind = join_kinds[i].kind;
	strlcpy(t->ref, id, sizeof t->ref);
	o = json_pack("{s:s,s:s,s:s,s:s,s:o}", "session", c->live->id, "role",
	    join_kinds[i].role, join_kinds[i].role, id, "token", token,
	    "receipt", receipt);
	return o;
}

struct found_event {
	struct event *e;
	struct err err;
};

static bool
found_cb(const struct journal_event *row, void *arg)
{
	struct found_event *f = arg;

	f->e = event_parse(
	    row->bytes, row->len, row->sealed, row->sealed_len, &f->err);
	if (f->e != NULL)
		memcpy(f->e->hash, row->hash, DIGEST_LEN);
	return false;
}

/* The first answer again. */
static json_t *
join_again(struct call *c, const struct joining *j, int64_t seq)
{
	struct found_event f = {NULL, {0}};
	struct journal_token t = {.created_at = c->srv->now};
	const struct pending *p;
	const struct event *e = NULL;
	char token[40];
	json_t *result;

	TAILQ_FOREACH(p, &c->live->pending, next)
		if (p->event->seq == seq)
			e = p->event;
	if (e == NULL) {
		journal_each_event(c->srv->journal, c->live->id, seq - 1, 1,
		    found_cb, &f, c->err);
		e = f.e;
	}
	if (e == NULL) {
		err_set(c->err, ERR_INTERNAL, NULL,
		    "the first answer cannot be read");
		return NULL;
	}
	join_token(c, j->key, token);
	result = joined(c, e, token, &t);
	event_destroy(f.e);
	strlcpy(t.session, c->live->id, sizeof t.session);
	token_digest(token, t.digest);
	peer_hold(c->srv, c->peer, &t, c->ticket);
	return result;
}

json_t *
method_join(struct call *c)
{
	struct joining j = {0};
	struct joiner who_joins;
	struct journal_token t, who;
	struct change change;
	struct event *e;
	char token[40], *name = NULL;
	json_t *result;
	int64_t seq;
	int r;

	if (peer_room(c->srv, c->peer, c->err) == -1 ||
	    invited(c, &j.invitation) != 1 || read_joining(c, &j) == -1 ||
	    read_like_join(c, &j) == -1)
		return NULL;
	if (j.key != NULL) {
		r = session_key(c->live->s, "", j.key, j.content, &seq, c->err);
		if (r != 0)
			return r == 1 ? join_again(c, &j, seq) : NULL;
	}
	if (j.name != NULL)
		name = text_normal(j.name, strlen(j.name));
	change_begin(&change, c->live);
	who_joins = (struct joiner){.invitation = j.invitation.ref,
	    .name = name,
	    .key = j.key,
	    .terms = j.terms_digest,
	    .content = j.content,
	    .labels = j.labels,
	    .like = j.like[0] != '\0' ? j.like : NULL};
	e = change_decide(&change,
	    input_joined_as(
		c->live->s, &who_joins, c->srv->now, &c->srv->entropy),
	    c->err);
	free(name);
	if (e == NULL) {
		change_drop(&change);
		return NULL;
	}
	join_token(c, j.key, token);
	memset(&who, 0, sizeof who);
	result = joined(c, e, token, &who);
	add_token(c, &change, who.kind, who.ref, token, 0, &t);
	c->ticket = change_commit(&change, c->err);
	if (c->ticket == -1) {
		c->ticket = 0;
		json_decref(result);
		return NULL;
	}
	peer_hold(c->srv, c->peer, &t, c->ticket);
	work_start(c->live);
	return result;
}

/* ---- the course ---- */

json_t *
method_next(struct call *c)
{
	const char *phase;

	if (json_get_str(
		c->r->params, "phase", JSON_REQUIRED, &phase, c->err) == -1)
		return NULL;
	if (strcmp(phase, session_phase(c->live->s)->name) != 0) {
		refuse_phase(c, ERR_WRONG_PHASE, MSG_ERROR_PHASE_MOVED);
		return NULL;
	}
	return method_decide(c,
	    input_advanced(c->live->s, phase,
		role_facilitator(c->peer, c->live), c->srv->now),
	    false);
}

/* Tells whoever speaks for a person who has not contributed; how many
 * connections that were. */
static int
remind(struct call *c, int who)
{
	const struct session *s = c->live->s;
	const struct messages *m = live_words(c->live);
	const char *phase = session_phase(s)->name;
	struct peer *peer;
	int told = 0;
	char *text;

	text = message_text(m, MSG_NOTICE_NUDGE, "help",
	    message_named(m, "phase", phase, session_phase(s)->help), NULL);

	RB_FOREACH(peer, peer_tree, &c->srv->peers) {
		if (!role_speaks_for(peer, c->live, who))
			continue;
		notice(c->srv, peer->conn, c->live->id, "nudge",
		    json_pack("{s:s,s:s,s:s,s:I}", "participant",
			s->participants[who].id, "phase", phase, "text", text,
			"wake_at", (json_int_t)s->wake_at));
		told++;
	}
	free(text);
	return told;
}

/* In an anonymous session the facilitator learns numbers alone. */
json_t *
method_nudge(struct call *c)
{
	const struct session *s = c->live->s;
	json_int_t missing = 0, reached = 0;
	json_t *who = json_array(), *o;
	size_t i;

	if (session_phase(s)->wait != WAIT_PEOPLE || s->paused) {
		json_decref(who);
		refuse_phase(c, s->paused ? ERR_PAUSED : ERR_WRONG_PHASE,
		    s->paused ? MSG_ERROR_NOBODY_WAITS_PAUSED
			      : MSG_ERROR_NOBODY_WAITS);
		return NULL;
	}
	if (c->live->nudged_at + c->srv->limits[LIMIT_NUDGE_MS] > c->srv->now) {
		json_decref(who);
		err_say(c->err, ERR_RATE_LIMITED, NULL, MSG_ERROR_NUDGED, NULL);
		return NULL;
	}
	c->live->nudged_at = c->srv->now;
	for (i = 0; i < s->nparticipants; i++) {
		if (s->participants[i].presence != PRESENT ||
		    session_is_complete(s, (int)i))
			continue;
		missing++;
		reached += remind(c, (int)i) > 0;
		json_array_append_new(who, json_string(s->participants[i].id));
	}
	o = json_pack("{s:I,s:I}", "missing", missing, "reached", reached);
	if (session_setting(s, "anonymous") || session_unsaid(s))
		json_decref(who);
	else
		json_object_set_new(o, "participants", who);
	return o;
}

json_t *
method_extend(struct call *c)
{
	int64_t seconds;
	json_t *result;

	if (json_get_int(c->r->params, "seconds", JSON_REQUIRED, 1, 30 * 86400,
		&seconds, c->err) == -1)
		return NULL;
	result = method_decide(c,
	    input_extended(c->live->s, seconds,
		role_facilitator(c->peer, c->live), c->srv->now),
	    false);
	if (result != NULL)
		json_object_set_new(
		    result, "wake_at", json_integer(c->live->s->wake_at));
	return result;
}

static json_t *
pausing(struct call *c, bool pause)
{
	return method_decide(c,
	    input_paused(c->live->s, pause, role_facilitator(c->peer, c->live),
		c->srv->now),
	    false);
}

json_t *
method_pause(struct call *c)
{
	return pausing(c, true);
}

json_t *
method_resume(struct call *c)
{
	return pausing(c, false);
}
