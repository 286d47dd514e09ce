/*
 * The fold, inputs of people: who is there and what they give.  A recording
 * may be hostile, so what refers to nothing is refused, never trusted.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "session/type.h"

#define APPLY(name)                                                            \
	int apply_##name(                                                      \
	    struct session *s, const struct event *e, struct err *err)

static int
broken(const struct event *e, struct err *err)
{
	return err_set(err, ERR_BROKEN, "data",
	    "event %lld (%.60s) refers to something that is not there",
	    (long long)e->seq, e->type);
}

static char *
body_dup(const struct event *e, const char *name)
{
	const char *body = event_body(e, name);

	return body != NULL ? xstrdup(body) : NULL;
}

static void
set_text(char **at, char *text)
{
	free(*at);
	*at = text;
}

int
settings_apply(struct session *s, const struct event *e, struct err *err)
{
	const char *terms = event_str(e, "terms");

	if (settings_read(s->procedure, json_object_get(e->data, "settings"),
		s->settings, err) == -1)
		return -1;
	if (terms == NULL ||
	    !hex_decode(terms, strlen(terms), s->terms_digest, DIGEST_LEN))
		return broken(e, err);
	set_text(&s->terms, body_dup(e, "terms"));
	if (session_setting(s, "language") != SETTING_TAG_AUTO)
		tag_unpack(session_setting(s, "language"), s->language);
	else
		s->language[0] = '\0';
	return 0;
}

/* Between its quotes stand letters and digits only, as in nearly all. */
static bool
plain_string(const struct sealed *item)
{
	size_t i;

	for (i = 1; i + 1 < item->len; i++)
		if (!isalnum((unsigned char)item->body[i]))
			return false;
	return item->body[0] == '"' && item->body[i] == '"';
}

/* A sealed identifier such as the seed stands as a JSON string. */
static void
body_string(const struct event *e, const char *name, char *out, size_t size)
{
	const struct sealed *item = event_sealed(e, name);
	json_t *v;

	out[0] = '\0';
	if (item == NULL || item->body == NULL)
		return;
	if (item->len > 2 && item->len - 2 < size && plain_string(item)) {
		memcpy(out, item->body + 1, item->len - 2);
		out[item->len - 2] = '\0';
		return;
	}
	v = event_value(e, name);
	if (json_is_string(v))
		strlcpy(out, json_string_value(v), size);
	json_decref(v);
}

APPLY(created)
{
	const char *facilitator = event_str(e, "facilitator"), *predicts;
	const struct phase *phase = session_phase(s);

	if (s->seq != 0 || facilitator == NULL)
		return broken(e, err);
	if (settings_apply(s, e, err) == -1)
		return -1;
	set_text(&s->question, body_dup(e, "question"));
	set_text(&s->affirming, body_dup(e, "affirming"));
	set_text(&s->negating, body_dup(e, "negating"));
	body_string(e, "seed", s->seed, sizeof s->seed);
	body_string(e, "secret", s->secret, sizeof s->secret);
	s->seed_given = event_bool(e, "seed_given");
	s->sided = event_sealed(e, "affirming") != NULL &&
		   event_sealed(e, "negating") != NULL;
	if (form_apply(s, e, err) == -1)
		return -1;
	strlcpy(s->facilitator, facilitator, sizeof s->facilitator);
	s->facilitators = 1;
	strlcpy(s->endpoint,
	    event_str(e, "endpoint") != NULL ? event_str(e, "endpoint")
					     : "offline",
	    sizeof s->endpoint);
	if (event_str(e, "model") != NULL)
		strlcpy(s->model, event_str(e, "model"), sizeof s->model);
	predicts = event_str(e, "predictor");
	if (predicts != NULL && predictor_find(predicts) != -1)
		s->predicts = (enum predictor_id)predictor_find(predicts);
	s->phase_seq = e->seq;
	s->phase_at = e->at;
	s->timer = ++s->timers;
	s->wake_at = e->at + s->settings[phase->deadline] * 1000;
	return 0;
}

APPLY(configured)
{
	return settings_apply(s, e, err);
}

APPLY(invited)
{
	const char *id = event_str(e, "invitation");
	const char *role = event_str(e, "role");
	struct invitation *inv;

	if (id == NULL || role == NULL)
		return broken(e, err);
	s->invitations = xgrow(s->invitations, s->ninvitations,
	    &s->capinvitations, sizeof *s->invitations);
	inv = &s->invitations[s->ninvitations++];
	memset(inv, 0, sizeof *inv);
	strlcpy(inv->id, id, sizeof inv->id);
	strlcpy(inv->role, role, sizeof inv->role);
	inv->uses = event_int(e, "uses", 0);
	inv->expires_at = event_int(e, "expires_at", 0);
	if (event_str(e, "like") != NULL)
		strlcpy(inv->like, event_str(e, "like"), sizeof inv->like);
	return 0;
}

/* The sealed key's body: "<64 hex digits of the content>:<key>". */
static void
remember_key(struct session *s, const char *participant, const struct event *e)
{
	const struct sealed *item = event_sealed(e, "key");
	uint8_t content[DIGEST_LEN], digest[KEYMAP_LEN];
	const size_t fixed = 2 * DIGEST_LEN + 2; /* quote, hex, colon */

	if (item == NULL || item->body == NULL || item->len < fixed + 2 ||
	    !hex_decode(item->body + 1, 2 * DIGEST_LEN, content, DIGEST_LEN))
		return;
	session_key_digest(
	    participant, item->body + fixed, item->len - fixed - 1, digest);
	keymap_put(&s->keys, digest, content, e->seq);
}

static void
remember_text(struct participant *p, int64_t seq, const char *name)
{
	p->texts = xgrow(p->texts, p->ntexts, &p->captexts, sizeof *p->texts);
	p->texts[p->ntexts].seq = seq;
	strlcpy(p->texts[p->ntexts].name, name, SEAL_NAME_MAX);
	p->ntexts++;
}

static void
add_participant(struct session *s, const struct event *e, const char *id)
{
	struct participant *p;

	s->participants = xgrow(s->participants, s->nparticipants,
	    &s->capparticipants, sizeof *s->participants);
	p = &s->participants[s->nparticipants++];
	memset(p, 0, sizeof *p);
	strlcpy(p->id, id, sizeof p->id);
	p->consented = true;
	p->joined = e->seq;
	p->name = body_dup(e, "name");
	event_id(e, "like", p->like);
	if (event_sealed(e, "name") != NULL)
		remember_text(p, e->seq, "name");
	if (event_sealed(e, "labels") != NULL)
		remember_text(p, e->seq, "labels");
}

APPLY(joined)
{
	const char *inv = event_str(e, "invitation");
	const char *id = event_str(e, "participant");
	size_t i;

	for (i = 0; inv != NULL && i < s->ninvitations; i++)
		if (strcmp(s->invitations[i].id, inv) == 0)
			s->invitations[i].used++;
	if (id != NULL) {
		if (session_participant(s, id) != -1)
			return broken(e, err);
		add_participant(s, e, id);
	} else if (event_str(e, "observer") != NULL)
		s->observers++;
	else if (event_str(e, "facilitator") != NULL)
		s->facilitators++;
	else
		return broken(e, err);
	remember_key(s, "", e);
	return 0;
}

static struct participant *
named_participant(struct session *s, const struct event *e)
{
	int who = session_participant(s, event_str(e, "participant"));

	return who == -1 ? NULL : &s->participants[who];
}

APPLY(withdrawn)
{
	struct participant *p = named_participant(s, e);

	if (p == NULL)
		return broken(e, err);
	if (p->presence == PRESENT)
		p->presence = WITHDRAWN;
	return 0;
}

APPLY(removed)
{
	struct participant *p = named_participant(s, e);

	if (p == NULL)
		return broken(e, err);
	p->presence = REMOVED;
	return 0;
}

APPLY(appointed)
{
	struct participant *p = named_participant(s, e);

	if (p == NULL)
		return broken(e, err);
	p->facilitator = true;
	return 0;
}

APPLY(reissued)
{
	return named_participant(s, e) == NULL ? broken(e, err) : 0;
}

static struct participant *
acting_participant(struct session *s, const struct event *e)
{
	int who = event_actor(s, e);

	return who == -1 ? NULL : &s->participants[who];
}

static struct given *
give(struct session *s, struct participant *p, int slot, int64_t seq)
{
	struct given *g = &p->given[slot];

	set_text(&g->text, NULL);
	free(g->rank);
	free(g->rating);
	free(g->answers);
	memset(g, 0, sizeof *g);
	g->seq = seq;
	g->round = s->procedure->slots[slot].once ? 0 : s->round;
	return g;
}

static int
give_ballot(
    struct session *s, struct given *g, const struct event *e, struct err *err)
{
	json_t *v = event_value(e, "ranking");
	int r;

	g->places = s->nslate;
	g->rank = xcalloc(s->nslate + 1, sizeof *g->rank);
	r = ranking_read(v, slate_place, s, s->nslate, false, g->rank, err);
	json_decref(v);
	return r;
}

static int
give_rating(struct session *s, struct participant *p, const struct event *e,
    const char *name, struct err *err)
{
	int slot = session_slot(s, name), r;
	struct given *g;
	json_t *v;

	if (event_sealed(e, name) == NULL)
		return 0;
	if (slot == -1)
		return broken(e, err);
	v = event_value(e, name);
	g = give(s, p, slot, e->seq);
	g->places = s->nslate;
	g->rating = xcalloc(s->nslate + 1, sizeof *g->rating);
	r = ratings_read(s, name, v, g->rating, err);
	json_decref(v);
	return r;
}

static void
give_text(
    struct session *s, struct participant *p, int slot, const struct event *e)
{
	const struct slot *row = &s->procedure->slots[slot];
	const char *body = row->body != NULL ? row->body : "text";
	struct given *g = give(s, p, slot, e->seq);

	g->text = body_dup(e, body);
	g->is_signed = event_bool(e, "signed");
	body_string(e, "language", g->language, sizeof g->language);
	remember_text(p, e->seq, body);
	if (event_sealed(e, "signature") != NULL)
		remember_text(p, e->seq, "signature");
}

static int
give_choice(struct session *s, struct participant *p, int slot,
    const struct event *e, struct err *err)
{
	struct given *g = give(s, p, slot, e->seq);
	bool form = s->procedure->slots[slot].form;
	json_t *v = event_value(e, form ? "answers" : "choice");
	size_t n;
	int r = 0;

	if (form) {
		session_form(s, &n);
		g->answers = xcalloc(n + 1, sizeof *g->answers);
		r = answers_read(s, v, g->answers, err);
	} else
		g->choice = json_is_integer(v) ? session_choice(s, slot, v) : 0;
	json_decref(v);
	if (event_sealed(e, "words") != NULL)
		remember_text(p, e->seq, "words");
	return r == 0 && !form && g->choice == 0 ? broken(e, err) : r;
}

static int
give_kind(struct session *s, struct participant *p, int slot,
    const struct event *e, struct err *err)
{
	switch (s->procedure->slots[slot].kind) {
	case KIND_TEXT:
		give_text(s, p, slot, e);
		return 0;
	case KIND_CHOICE:
		return give_choice(s, p, slot, e, err);
	case KIND_BALLOT:
		if (give_ballot(s, give(s, p, slot, e->seq), e, err) == -1)
			return -1;
		break;
	case KIND_RATING:
		break;
	}
	return give_rating(s, p, e, "agreement", err) == -1
		   ? -1
		   : give_rating(s, p, e, "quality", err);
}

APPLY(given)
{
	struct participant *p = acting_participant(s, e);
	int slot = session_slot(s, event_str(e, "slot"));

	if (p == NULL || slot == -1)
		return broken(e, err);
	if (give_kind(s, p, slot, e, err) == -1)
		return -1;
	/* A late opinion does not end an abstention from this phase. */
	if ((session_phase(s)->takes & 1u << slot) != 0)
		p->abstained = false;
	remember_key(s, p->id, e);
	return 0;
}

APPLY(abstained)
{
	struct participant *p = acting_participant(s, e);
	unsigned takes = session_phase(s)->takes;
	int i;

	if (p == NULL)
		return broken(e, err);
	for (i = 0; s->procedure->slots[i].name != NULL; i++)
		if ((takes & 1u << i) != 0)
			give(s, p, i, 0);
	p->abstained = true;
	return 0;
}

APPLY(taken_back)
{
	struct participant *p = acting_participant(s, e);
	int slot = session_slot(s, event_str(e, "slot"));

	if (p == NULL || slot == -1)
		return broken(e, err);
	give(s, p, slot, 0);
	return 0;
}

APPLY(withheld)
{
	int64_t seq = event_int(e, "contribution", 0);
	size_t i, k;

	for (i = 0; i < s->nparticipants; i++)
		for (k = 0; s->procedure->slots[k].name != NULL; k++)
			if (seq != 0 && s->participants[i].given[k].seq == seq)
				s->participants[i].given[k].withheld = true;
	(void)err;
	return 0;
}

APPLY(proposed)
{
	int who = event_actor(s, e);
	struct proposal *p;

	(void)err;
	s->proposals = xgrow(s->proposals, s->nproposals, &s->capproposals,
	    sizeof *s->proposals);
	p = &s->proposals[s->nproposals++];
	memset(p, 0, sizeof *p);
	p->seq = e->seq;
	p->participant = who;
	p->text = body_dup(e, "text");
	if (who != -1) {
		strlcpy(p->by, s->participants[who].id, sizeof p->by);
		remember_text(&s->participants[who], e->seq, "text");
	} else
		body_string(e, "by", p->by, sizeof p->by);
	remember_key(s, p->by, e);
	return 0;
}

static void
erase_text(struct session *s, int64_t seq)
{
	struct participant *p;
	size_t i, k;

	for (i = 0; i < s->nparticipants; i++) {
		p = &s->participants[i];
		if (p->joined == seq)
			set_text(&p->name, NULL);
		for (k = 0; k < SLOTS_MAX; k++)
			if (p->given[k].seq == seq) {
				set_text(&p->given[k].text, NULL);
				p->given[k].erased = true;
			}
	}
	for (i = 0; i < s->nproposals; i++)
		if (s->proposals[i].seq == seq) {
			set_text(&s->proposals[i].text, NULL);
			s->proposals[i].erased = true;
		}
	for (i = 0; i < s->nstatements; i++)
		if (s->statements[i].source == seq)
			set_text(&s->statements[i].text, NULL);
}

APPLY(erased)
{
	json_t *items = event_erased(e), *item;
	struct participant *p = named_participant(s, e);
	size_t i;

	if (p == NULL) {
		json_decref(items);
		return broken(e, err);
	}
	json_array_foreach(items, i, item)
		erase_text(s, json_integer_value(json_object_get(item, "seq")));
	json_decref(items);
	p->ntexts = 0;
	return 0;
}
