/*
 * What an erasure takes with it: every place in a session where a person's
 * words stand.  Pure.
 *
 *	struct erasure *x = erasure_new(s, participant);
 *	erasure_see(x, e)	each event from 1 on, in order, with bodies
 *	erasure_settle(x); erasure_items(x, …)	for input_erased
 *
 * A person's own are their texts, name and labels, and the keys that were
 * recorded with them (a key's body holds a digest of the text).  Copies of
 * what they proposed go with them, and so do the digests of prompts that held
 * their words.  Statements of others that repeat their words are quotes: they
 * are named, and go only where that is wished.
 */
#ifndef SESSION_ERASURE_H
#define SESSION_ERASURE_H

#include <jansson.h>
#include <stdbool.h>

#include "session/session.h"

enum quote_state {
	QUOTE_KEPT, /* goes if wished */
	QUOTE_OPEN, /* its vote is still open: the slate must stay readable */
	QUOTE_TEXT, /* somebody else's own text */
};
extern const char *const quote_states[];

struct quote {
	int64_t seq;			  /* of the event that brought it */
	char statement[STATEMENT_ID_MAX]; /* "": has become none */
	enum quote_state state;
	json_t *items;
};

struct erasure {
	const struct session *s;
	int participant;
	json_t *own;	      /* items, as below */
	json_t *words;	      /* their texts so far */
	json_t *mine;	      /* {statement: true} of what they proposed */
	char *question;	      /* with its two sides */
	size_t texts;	      /* own ones */
	struct quote *quotes; /* by seq */
	size_t nquotes, capquotes;
};

/* s must outlive it.  Its own_text lists say whose is what. */
struct erasure *erasure_new(const struct session *s, int participant);
void erasure_free(struct erasure *x);
void erasure_see(struct erasure *x, const struct event *e);
/* After the last event: gives quotes their states. */
void erasure_settle(struct erasure *x);
/*
 * [{"hash": of the event, "name", "seq"}], a fresh reference: what is their
 * own, and with `quotes` also those in state QUOTE_KEPT.
 */
json_t *erasure_items(const struct erasure *x, bool quotes);

#endif
