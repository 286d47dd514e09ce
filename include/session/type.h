/*
 * The table of event types: what each must satisfy and what it does to the
 * state.  Private to the session floor, and the list of types for verify.
 */
#ifndef SESSION_TYPE_H
#define SESSION_TYPE_H

#include "session/session.h"

struct event_type {
	const char *name;
	bool input;
	/* Inputs: whether the state accepts it (0, or -1 and err). */
	int (*check)(
	    const struct session *s, const struct event *e, struct err *err);
	/* What it does; -1 when it refers to nothing (ERR_BROKEN). */
	int (*apply)(struct session *s, const struct event *e, struct err *err);
	bool paused;	/* accepted while paused */
	bool concluded; /* accepted after the conclusion */
};

/* Ended by a NULL name. */
extern const struct event_type event_types[];
const struct event_type *event_type_find(const char *name);

/* session/check.c */
#define CHECK(name)                                                            \
	int check_##name(                                                      \
	    const struct session *s, const struct event *e, struct err *err)
CHECK(created);
CHECK(configured);
CHECK(invited);
CHECK(joined);
CHECK(withdrawn);
CHECK(removed);
CHECK(appointed);
CHECK(reissued);
CHECK(given);
CHECK(abstained);
CHECK(taken_back);
CHECK(withheld);
CHECK(proposed);
CHECK(struck);
CHECK(overridden);
CHECK(advanced);
CHECK(extended);
CHECK(paused);
CHECK(resumed);
CHECK(aborted);
CHECK(timer);
CHECK(template);
CHECK(started);
CHECK(finished);
CHECK(cancelled);
CHECK(erased);
#undef CHECK

/* session/apply_*.c */
#define APPLY(name)                                                            \
	int apply_##name(                                                      \
	    struct session *s, const struct event *e, struct err *err)
APPLY(created);
APPLY(configured);
APPLY(invited);
APPLY(joined);
APPLY(withdrawn);
APPLY(removed);
APPLY(appointed);
APPLY(reissued);
APPLY(given);
APPLY(abstained);
APPLY(taken_back);
APPLY(withheld);
APPLY(proposed);
APPLY(struck);
APPLY(overridden);
APPLY(advanced);
APPLY(extended);
APPLY(paused);
APPLY(resumed);
APPLY(aborted);
APPLY(timer);
APPLY(template);
APPLY(started);
APPLY(finished);
APPLY(cancelled);
APPLY(erased);
APPLY(told);
APPLY(predicted);
APPLY(admitted);
APPLY(slate);
APPLY(drafted);
APPLY(added);
APPLY(language);
APPLY(tallied);
APPLY(phase);
APPLY(prolonged);
APPLY(asked);
APPLY(concluded);
APPLY(flagged);
#undef APPLY

/* session/flag.c: takes in the findings of an input that was applied. */
void flag_note(struct session *s, const struct event *e);

/* The participant who acts, from data or the sealed `by`; -1 none. */
int event_actor(const struct session *s, const struct event *e);
/* How long its text is: sealed where that would tell too much; 0 unknown. */
int64_t event_chars(const struct event *e);
/* A sealed identifier: false when there is none, or it is absent. */
bool
event_id(const struct event *e, const char *name, char out[PARTICIPANT_ID_MAX]);
/* [["s3"],["s1"]] into ranks of n things by id; dense, unranked tied last.
 * -1 and ERR_BAD_BALLOT naming the fault; `all`: nothing may be missing. */
int ranking_read(const json_t *groups, int (*place)(const void *, const char *),
    const void *ctx, size_t n, bool all, int32_t *rank, struct err *err);
/* {"statement":"s3","value":6512,"mass":985} of the one candidate that the
 * part asks about; -1: it is not that. */
int rating_part(const struct session *s, const struct job_state *job,
    const json_t *v, struct rating_said *out);
int slate_place(const void *session, const char *id);
int candidate_place(const void *session, const char *id);
/* {"s1":6} into a rating per slate place, 0 where none; `name` is said in
 * errors. */
int ratings_read(const struct session *s, const char *name,
    const json_t *ratings, uint8_t *rating, struct err *err);
/* {"id": number} into one number an item, 0 where none; ERR_BAD_RATING. */
int answers_read(const struct session *s, const json_t *answers, int32_t *out,
    struct err *err);
/* The form of a session.created, if it brings one. */
int form_apply(struct session *s, const struct event *e, struct err *err);
/* Tags as settings keep them. */
int64_t tag_pack(const char *tag); /* -1: it is none */
void tag_unpack(int64_t value, char out[SETTING_TAG_MAX + 1]);
/* The keymap's key of (participant id or "", key). */
void session_key_digest(const char *participant, const char *key, size_t keylen,
    uint8_t out[KEYMAP_LEN]);
/* Applies all fields of session.created / configured that the state keeps. */
int settings_apply(struct session *s, const struct event *e, struct err *err);

#endif
