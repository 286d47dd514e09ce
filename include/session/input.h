/*
 * Making inputs.  One function an input; each returns a fresh unplaced event
 * for session_decide.  Salts come from `e` (base/digest.h): an input's salts
 * are facts.  Texts are normalised by the caller (text_normal).  Bodies and
 * data follow caucus-protocol(7).
 */
#ifndef SESSION_INPUT_H
#define SESSION_INPUT_H

#include <jansson.h>

#include "base/message.h"
#include "job/prompt.h"
#include "session/session.h"

/* Who acts: exactly one of participant index >= 0, or a facilitator's id. */
struct actor {
	int participant;
	const char *facilitator; /* "f1" */
};

struct creation {
	const json_t *settings; /* object of given settings, or NULL */
	const char *question, *affirming, *negating; /* last two may be NULL */
	const char *seed; /* given, or drawn by the caller */
	bool seed_given;
	const char *secret;  /* 64 hex digits from getrandom */
	const char *creator; /* "uid:1000" */
	const char *drafter; /* who reads the texts, in words, for the terms */
	const char *endpoint, *model; /* likewise as identifiers; NULL: the
					 offline drafter */
	/* What `auto` stands for with that endpoint; NULL: reasoned. */
	const char *predictor;
	/* Each NULL if there is none: labels ({"arm":"b",…}, sealed), the
	 * questions of the survey, the session whose people come again. */
	const json_t *labels, *survey;
	const char *like;
	const struct messages *messages; /* for the terms; NULL: English */
};
/* Checks settings by name, type and range (ERR_UNKNOWN_SETTING,
 * ERR_BAD_SETTING); NULL on error. */
struct event *input_created(const struct procedure *p, const struct creation *c,
    int64_t at, struct entropy *e, struct err *err);
/* m: the words of the terms, NULL: English. */
struct event *input_configured(const struct session *s, const json_t *settings,
    const struct messages *m, const char *by, int64_t at, struct entropy *e,
    struct err *err);
struct event *input_invited(const struct session *s, const char *role,
    int64_t uses, int64_t expires_at, const char *by, int64_t at);
/* role is the invitation's; name and key may be NULL.  A participant's id, an
 * observer's or facilitator's ("o1", "f2") is in data "participant",
 * "observer" or "facilitator". */
struct event *input_joined(const struct session *s, const char *invitation,
    const char *name, const uint8_t terms[DIGEST_LEN], const char *key,
    const uint8_t content[DIGEST_LEN], int64_t at, struct entropy *e);
/* All that somebody may join with. */
struct joiner {
	const char *invitation;
	const char *name, *key; /* each NULL if absent */
	const uint8_t *terms, *content;
	const json_t *labels; /* NULL: none */
	const char *like;     /* who it was in the session bound to, or NULL */
};
struct event *input_joined_as(const struct session *s, const struct joiner *j,
    int64_t at, struct entropy *e);
/* An invitation for the people of another session, each once. */
struct event *input_invited_like(
    const struct session *s, const char *like, const char *by, int64_t at);
struct event *input_withdrawn(
    const struct session *s, int participant, bool erase, int64_t at);
/* Erases items of the participant's ([{"name","seq",…}], borrowed, see
 * session/erasure.h), or NULL: every text that the state knows of; follows
 * input_withdrawn. */
struct event *input_erased(
    const struct session *s, int participant, const json_t *items, int64_t at);
struct event *input_removed(const struct session *s, int participant,
    const char *by, const char *reason, int64_t at, struct entropy *e);
struct event *input_appointed(
    const struct session *s, int participant, const char *by, int64_t at);
struct event *input_reissued(
    const struct session *s, int participant, const char *by, int64_t at);

/* A contribution: text, ranking, agreement, quality, each NULL if absent.
 * ranking: [["s3"],["s1","s2"]]; ratings: {"s1":6,…} (borrowed, checked by
 * session_decide). */
struct giving {
	int slot;
	const char *text;
	const json_t *ranking, *agreement, *quality;
	int choice;		/* KIND_CHOICE; 0: none */
	const json_t *answers;	/* of a form: {id: number} */
	const json_t *words;	/* of a form's texts: {id: text}, or NULL */
	bool is_signed;		/* KIND_TEXT with signs */
	const char *key;	/* may be NULL */
	const uint8_t *content; /* digest of the content, with key */
};
struct event *input_given(const struct session *s, int participant,
    const struct giving *g, int64_t at, struct entropy *e);
struct event *input_abstained(
    const struct session *s, int participant, int64_t at, struct entropy *e);
struct event *input_taken_back(const struct session *s, int participant,
    int slot, int64_t at, struct entropy *e);
struct event *input_withheld(const struct session *s, int64_t contribution,
    const char *by, const char *reason, int64_t at, struct entropy *e);
struct event *
input_proposed(const struct session *s, const struct actor *a, const char *text,
    const char *key, const uint8_t *content, int64_t at, struct entropy *e);
struct event *input_struck(const struct session *s, const char *statement,
    const char *by, const char *reason, int64_t at, struct entropy *e);
struct event *input_overridden(const struct session *s, const char *statement,
    const char *by, const char *reason, int64_t at, struct entropy *e);

/* `next`: closes the named phase, if it is the present one. */
struct event *input_advanced(
    const struct session *s, const char *phase, const char *by, int64_t at);
struct event *input_extended(
    const struct session *s, int64_t seconds, const char *by, int64_t at);
struct event *
input_paused(const struct session *s, bool pause, const char *by, int64_t at);
struct event *input_aborted(const struct session *s, const char *by,
    const char *reason, int64_t at, struct entropy *e);
struct event *input_timer(const struct session *s, int64_t at);

/* Carries a prompt template's text before it is first used. */
struct event *input_template(const struct session *s,
    const struct job_template *t, int64_t at, struct entropy *e);
/* What a request was rendered with stands in the job. */
struct event *input_started(const struct session *s, const struct job *job,
    const char *endpoint, int64_t at, struct entropy *e);
/* Adds to input_started's event what a language model was sent: template,
 * model, sampling parameters; sealed the prompt's digest and its marks. */
void input_prompted(struct event *started, const struct job_template *t,
    const struct prompt *p, const struct prompt_marks *marks, const char *model,
    struct entropy *e);
/* Reads the reply into integers: length, near-duplicates among the drafts
 * that have finished, the ranking by statement id. */
struct event *input_finished(const struct session *s, const struct job *job,
    const struct job_reply *reply, int64_t at, struct entropy *e);
struct event *input_cancelled(
    const struct session *s, const char *job, const char *why, int64_t at);

#endif
