/*
 * What session.get says, for people: where a session stands and what whoever
 * reads it can do now.
 */
#ifndef CLIENT_VIEW_H
#define CLIENT_VIEW_H

#include <jansson.h>
#include <stdbool.h>

#include "client/cmd.h"

/* The whole of it. */
void view_print(struct term *t, const json_t *view);
/* A phase by name, and what the present one asks, in the language of m. */
const char *view_phase(const struct messages *m, const char *phase);
const char *view_help(const struct messages *m, const json_t *view);
/* "Session  …" in the column of all labels. */
void view_label(struct term *t, enum message label, const char *text);
/* What the phase asks beside texts and ballots, with what may be answered. */
void view_asks(struct term *t, const json_t *view);
/* One line: phase, progress, time left.  now: ms since 1970; 0 leaves the
 * time out.  Fresh. */
char *view_line(const struct messages *m, const json_t *view, long long now);
/* What to do next, one sentence; suffix as of cmd_suffix; m NULL: English.
 * Fresh. */
char *
view_advice(const struct messages *m, const json_t *view, const char *suffix);

/* The ids of the slate in the reader's order: a new array. */
json_t *view_slate(const json_t *view);
bool view_is(const json_t *view, const char *phase);
bool view_has_role(const json_t *view, const char *role);
/* Whether the phase waits for a contribution of the participant it is for. */
bool view_waits(const json_t *view);
/* A participant by id, the start of one, or a name; *n says how many are
 * meant, and only of one is the id returned for sure. */
const char *view_person(const json_t *view, const char *who, size_t *n);
long long now_ms(void);

/* Refuses what the present phase does not take: a sentence with the fields
 * {phase} and, unless what is NULL, {what}, a phase's or slot's name. */
int view_refuse(
    struct cmd *c, const json_t *view, enum message id, const char *what);
/* What to do next, as far as the view tells. */
void view_tell_next(struct cmd *c, const json_t *view);
/* Gets the view again and says what to do next (nothing with --json). */
void view_advise(struct cmd *c);

#endif
