/*
 * Telling a deliberation to people: what was shown, voted and elected, in
 * sentences.  Letters stand for statements in the order of `ids`.
 */
#ifndef CLIENT_TELL_H
#define CLIENT_TELL_H

#include <jansson.h>

#include "client/term.h"

/* A whole story (client/story.h), from the question to the result. */
void tell_story(struct term *t, const json_t *story);

/* The result alone, outcome first, as a page to hand on. */
void tell_page(struct term *t, const json_t *story);

/* Statements with their letters: objects with id or statement, text, struck?.
 */
void tell_slate(struct term *t, const json_t *statements);
/* The data of tally.decided: who beats whom, what decided, agreement. */
void tell_tally(struct term *t, const json_t *tally, const json_t *ids);
/* The data of session.concluded, and the statement's text or NULL. */
void tell_result(
    struct term *t, const json_t *result, const char *text, const json_t *ids);
/* Parts of it: the outcome, what the winner alone does not tell, what was
 * asked beside the ballots. */
void tell_outcome(struct term *t, const json_t *result);
void tell_beside(struct term *t, const json_t *result, const json_t *ids);
void tell_asked(struct term *t, const json_t *result);
/* form: the session's own questions, or NULL. */
void tell_survey(struct term *t, const json_t *result, const json_t *form);
/* What a facilitator decided, of a story. */
void tell_acts(struct term *t, const json_t *story);
/* The ids that letters of the result stand for; NULL: nothing was voted on. */
const json_t *tell_ids(const json_t *story);

#endif
