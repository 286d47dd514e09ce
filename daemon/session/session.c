#include "session/session.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/message.h"
#include "base/stream.h"
#include "base/text.h"
#include "session/type.h"

const char *const contribution_kind_names[] = {
    "text", "ballot", "rating", "choice"};

struct session *
session_new(const char *id, const struct procedure *procedure,
    const uint8_t header_hash[DIGEST_LEN])
{
	struct session *s = xcalloc(1, sizeof *s);

	strlcpy(s->id, id, sizeof s->id);
	s->procedure = procedure;
	memcpy(s->hash, header_hash, DIGEST_LEN);
	s->closed_round = -1;
	s->previous = -1;
	s->override = -1;
	return s;
}

static void
participant_clear(struct participant *p)
{
	size_t i;

	for (i = 0; i < SLOTS_MAX; i++) {
		free(p->given[i].text);
		free(p->given[i].rank);
		free(p->given[i].rating);
		free(p->given[i].answers);
	}
	free(p->name);
	free(p->texts);
}

static void
jobs_clear(struct session *s)
{
	size_t i;

	for (i = 0; i < s->njobs; i++) {
		free(s->jobs[i].text);
		free(s->jobs[i].near);
		free(s->jobs[i].rank);
	}
	free(s->jobs);
}

void
session_free(struct session *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->nparticipants; i++)
		participant_clear(&s->participants[i]);
	jobs_clear(s);
	for (i = 0; i < s->nproposals; i++)
		free(s->proposals[i].text);
	for (i = 0; i < s->nstatements; i++)
		free(s->statements[i].text);
	free(s->participants);
	free(s->invitations);
	free(s->drafting);
	free(s->proposals);
	free(s->statements);
	free(s->candidates);
	free(s->drafted);
	free(s->slate);
	free(s->form);
	json_decref(s->form_shape);
	json_decref(s->form_words);
	free(s->results);
	free(s->question);
	free(s->affirming);
	free(s->negating);
	free(s->terms);
	json_decref(s->tally);
	json_decref(s->conclusion);
	keymap_free(&s->keys);
	explicit_bzero(s->secret, sizeof s->secret);
	free(s);
}

const struct event_type *
event_type_find(const char *name)
{
	const struct event_type *t;

	for (t = event_types; t->name != NULL; t++)
		if (text_same(t->name, name))
			return t;
	return NULL;
}

/* ---- deciding and folding ---- */

static int
session_check(const struct session *s, const struct event *e, struct err *err)
{
	const struct event_type *t = event_type_find(e->type);

	if (t == NULL || !t->input)
		return err_set(
		    err, ERR_INTERNAL, "type", "%.60s is no input", e->type);
	if ((s->seq == 0) != (t->check == check_created))
		return err_set(err, ERR_INTERNAL, "type",
		    "a session begins with session.created, and only once");
	if (s->concluded && !t->concluded)
		return err_say(
		    err, ERR_CONCLUDED, NULL, MSG_ERROR_CONCLUDED, NULL);
	if (s->paused && !t->paused)
		return err_say(err, ERR_PAUSED, NULL, MSG_ERROR_PAUSED, NULL);
	return t->check(s, e, err);
}

int
session_apply(struct session *s, const struct event *e, struct err *err)
{
	const struct event_type *t = event_type_find(e->type);

	if (t == NULL)
		return err_set(err, ERR_BROKEN, "type",
		    "event %lld has type %.60s, which this program does not "
		    "know; a newer one may",
		    (long long)e->seq, e->type);
	if (e->seq != s->seq + 1)
		return err_set(err, ERR_BROKEN, "seq",
		    "event %lld follows event %lld", (long long)e->seq,
		    (long long)s->seq);
	if (t->apply(s, e, err) == -1)
		return -1;
	s->seq = e->seq;
	s->at = e->at;
	memcpy(s->hash, e->hash, DIGEST_LEN);
	flag_note(s, e);
	if (s->procedure->fold != NULL)
		s->procedure->fold(s, e);
	return 0;
}

static void
session_place(struct session *s, struct event *e, struct event_list *out)
{
	struct err err;

	event_place(e, s->seq + 1, s->hash);
	if (session_apply(s, e, &err) == -1)
		abort(); /* what was decided can be applied */
	event_list_add(out, e);
}

int
session_decide(struct session *s, struct event *input, struct event_list *out,
    struct err *err)
{
	struct event *e;

	if (session_check(s, input, err) == -1) {
		event_destroy(input);
		return -1;
	}
	if (input->at < s->at)
		input->at = s->at;
	session_place(s, input, out);
	while ((e = s->procedure->derive(s)) != NULL) {
		e->of = input->seq;
		e->at = input->at;
		session_place(s, e, out);
	}
	return 0;
}

/* ---- derived salts ---- */

static void
session_salt(const struct session *s, const char *name, uint8_t *salt)
{
	char seq[24];
	uint8_t digest[DIGEST_LEN];
	struct digest_part parts[3];

	/* Every event gets a seq of its own, so (seq, name) is unique. */
	snprintf(seq, sizeof seq, "%lld", (long long)s->seq + 1);
	parts[0] = (struct digest_part){s->secret, strlen(s->secret) + 1};
	parts[1] = (struct digest_part){seq, strlen(seq) + 1};
	parts[2] = (struct digest_part){name, strlen(name)};
	digest_sha256(parts, 3, digest);
	memcpy(salt, digest, SALT_LEN);
}

void
session_seal(const struct session *s, struct event *e, const char *name,
    const char *body)
{
	uint8_t salt[SALT_LEN], none[DIGEST_LEN] = {0};

	if (body == NULL) { /* replay of an erased text */
		event_seal_digest(e, name, none);
		return;
	}
	session_salt(s, name, salt);
	event_seal(e, name, body, salt);
}

void
session_seal_json(
    const struct session *s, struct event *e, const char *name, json_t *value)
{
	uint8_t salt[SALT_LEN];

	session_salt(s, name, salt);
	event_seal_json(e, name, value, salt);
}

/* ---- looking things up ---- */

int
session_participant(const struct session *s, const char *id)
{
	size_t i;

	if (id == NULL)
		return -1;
	for (i = 0; i < s->nparticipants; i++)
		if (strcmp(s->participants[i].id, id) == 0)
			return (int)i;
	return -1;
}

/* "s12" is statement 11: ids are given in order. */
int
session_statement(const struct session *s, const char *id)
{
	size_t n = 0;
	const char *c;

	if (id == NULL || id[0] != 's' || id[1] == '\0' || id[1] == '0')
		return -1;
	for (c = id + 1; *c != '\0'; c++) {
		if (!isdigit((unsigned char)*c) || n > 100000)
			return -1;
		n = n * 10 + (size_t)(*c - '0');
	}
	return n <= s->nstatements ? (int)n - 1 : -1;
}

int
session_slate_place(const struct session *s, int statement)
{
	size_t i;

	for (i = 0; i < s->nslate; i++)
		if (s->slate[i] == statement)
			return (int)i;
	return -1;
}

int
session_slot(const struct session *s, const char *name)
{
	int i;

	if (name == NULL)
		return -1;
	for (i = 0; s->procedure->slots[i].name != NULL; i++)
		if (text_same(s->procedure->slots[i].name, name))
			return i;
	return -1;
}

bool
session_asks(const struct session *s, int slot)
{
	const struct slot *row = &s->procedure->slots[slot];

	return row->asked == NULL || row->asked(s);
}

int
session_choices(const struct session *s, int slot)
{
	const struct slot *row = &s->procedure->slots[slot];
	int n = 0;

	if (row->option == NULL)
		return row->max;
	while (row->option(s, n + 1) != NULL)
		n++;
	return n;
}

int
session_choice(const struct session *s, int slot, const json_t *v)
{
	const struct slot *row = &s->procedure->slots[slot];
	int i, n = session_choices(s, slot);

	if (json_is_integer(v))
		return json_integer_value(v) >= 1 && json_integer_value(v) <= n
			   ? (int)json_integer_value(v)
			   : 0;
	for (i = 1; json_is_string(v) && row->option != NULL && i <= n; i++)
		if (strcmp(row->option(s, i), json_string_value(v)) == 0)
			return i;
	return 0;
}

bool
session_unsaid(const struct session *s)
{
	unsigned takes = session_phase(s)->takes;
	int i;

	for (i = 0; s->procedure->slots[i].name != NULL; i++)
		if ((takes & 1u << i) != 0 && s->procedure->slots[i].signs)
			return true;
	return false;
}

const struct phase *
session_phase(const struct session *s)
{
	return &s->procedure->phases[s->phase];
}

struct job_state *
session_job(const struct session *s, const char *id)
{
	size_t i;

	if (id == NULL)
		return NULL;
	for (i = 0; i < s->njobs; i++)
		if (strcmp(s->jobs[i].id, id) == 0)
			return &s->jobs[i];
	return NULL;
}

size_t
session_present(const struct session *s)
{
	size_t i, n = 0;

	for (i = 0; i < s->nparticipants; i++)
		n += s->participants[i].presence == PRESENT;
	return n;
}

int64_t
session_given_now(const struct session *s, int participant, int slot)
{
	const struct given *g = &s->participants[participant].given[slot];

	return s->procedure->slots[slot].once || g->round == s->round ? g->seq
								      : 0;
}

bool
session_is_complete(const struct session *s, int participant)
{
	const struct participant *p = &s->participants[participant];
	const struct phase *phase = session_phase(s);
	unsigned needs = phase->needs != NULL ? phase->needs(s) : 0;
	int i;

	if (p->presence != PRESENT)
		return false;
	if (p->abstained || needs == 0)
		return true;
	for (i = 0; s->procedure->slots[i].name != NULL; i++)
		if ((needs & 1u << i) != 0 &&
		    session_given_now(s, participant, i) == 0)
			return false;
	return true;
}

size_t
session_complete(const struct session *s)
{
	size_t i, n = 0;

	for (i = 0; i < s->nparticipants; i++)
		n += session_is_complete(s, (int)i);
	return n;
}

size_t
session_quorum(const struct session *s)
{
	size_t given = (size_t)session_setting(s, "quorum");
	size_t half = session_present(s) / 2 + 1;

	if (given > 0)
		return given;
	return half < 2 ? 2 : half;
}

void
session_next_participant(const struct session *s, char out[PARTICIPANT_ID_MAX])
{
	struct stream draw;
	uint8_t raw[5];
	char text[16];
	uint64_t again;

	for (again = 0;; again++) {
		stream_open(
		    &draw, s->seed, "participant", s->nparticipants, again);
		stream_bytes(&draw, raw, sizeof raw);
		base32_encode(raw, sizeof raw, text);
		text[6] = '\0';
		snprintf(out, PARTICIPANT_ID_MAX, "p-%.6s", text);
		if (session_participant(s, out) == -1)
			return;
	}
}

void
session_slate_order(const struct session *s, int participant, size_t *order)
{
	struct stream draw;
	size_t i;

	for (i = 0; i < s->nslate; i++)
		order[i] = i;
	if (participant < 0 || s->nslate == 0)
		return;
	stream_open(
	    &draw, s->seed, "order", (uint64_t)s->round, (uint64_t)participant);
	stream_permute(&draw, order, s->nslate);
}

int
session_proposal_round(const struct session *s, bool facilitator)
{
	const struct phase *phase = session_phase(s);

	return phase->proposes != NULL ? phase->proposes(s, facilitator) : -1;
}

bool
session_wants(const struct session *s, const struct job_state *job)
{
	if (s->concluded || job->state >= JOB_DONE)
		return false;
	return s->procedure->wants == NULL || s->procedure->wants(s, job);
}

bool
session_has_template(
    const struct session *s, const char *name, const uint8_t digest[DIGEST_LEN])
{
	size_t i;

	for (i = 0; i < s->ntemplates; i++)
		if (strcmp(s->templates[i].name, name) == 0)
			return memcmp(s->templates[i].digest, digest,
				   DIGEST_LEN) == 0;
	return false;
}

bool
session_affords(const struct session *s)
{
	int64_t most = session_setting(s, "budget_calls");

	return most == 0 || s->calls < most ||
	       strcmp(s->endpoint, "offline") == 0;
}

bool
session_in_parts(const struct job_state *job)
{
	return job->kind == JOB_PREDICT &&
	       (job->parts > 1 || predictors[job->method].rates);
}

const int32_t *
session_predicted(const struct session *s, int participant, size_t *n)
{
	const struct job_state *job;
	size_t i;

	for (i = 0; i < s->njobs; i++) {
		job = &s->jobs[i];
		if (job->kind != JOB_PREDICT ||
		    job->participant != participant || job->rank == NULL ||
		    !(session_in_parts(job) ? job->merged
					    : job->state == JOB_DONE))
			continue;
		*n = job->nrank < s->ncandidates ? job->nrank : s->ncandidates;
		return job->rank;
	}
	return NULL;
}

static size_t
jobs_in(const struct session *s, enum job_state_kind state, const char **ids,
    size_t max)
{
	size_t i, n = 0;

	for (i = 0; i < s->njobs && n < max; i++)
		if (s->jobs[i].state == state && session_wants(s, &s->jobs[i]))
			ids[n++] = s->jobs[i].id;
	return n;
}

size_t
session_wanted(const struct session *s, const char **ids, size_t max)
{
	return jobs_in(s, JOB_WANTED, ids, max);
}

size_t
session_open(const struct session *s, const char **ids, size_t max)
{
	return jobs_in(s, JOB_STARTED, ids, max);
}

void
session_key_digest(const char *participant, const char *key, size_t keylen,
    uint8_t out[KEYMAP_LEN])
{
	uint8_t digest[DIGEST_LEN];
	struct digest_part parts[2] = {
	    {participant, strlen(participant) + 1}, {key, keylen}};

	digest_sha256(parts, 2, digest);
	memcpy(out, digest, KEYMAP_LEN);
}

int
session_key(const struct session *s, const char *who, const char *key,
    const uint8_t content[DIGEST_LEN], int64_t *seq, struct err *err)
{
	const struct keymap_entry *entry;
	uint8_t digest[KEYMAP_LEN];

	session_key_digest(who, key, strlen(key), digest);
	entry = keymap_get(&s->keys, digest);
	if (entry == NULL)
		return 0;
	if (memcmp(entry->content, content, KEYMAP_LEN) != 0)
		return err_say(
		    err, ERR_KEY_CONFLICT, "key", MSG_ERROR_KEY, NULL);
	*seq = entry->seq;
	return 1;
}
