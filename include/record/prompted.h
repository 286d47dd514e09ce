/*
 * What a language model was sent, rendered once more from a recording: each
 * exchange.started seals the digest of its prompt and the marks it was drawn
 * with, template.used carries the rules, and the state holds the texts.
 *
 *	struct prompted p = {0};
 *	for each event e, before session_apply(s, e):
 *		prompted_note(&p, e);
 *		as = prompted_check(&p, s, e, NULL);
 *	prompted_clear(&p);
 *
 * Pure.  A rendering costs as much as the prompt is long.
 */
#ifndef RECORD_PROMPTED_H
#define RECORD_PROMPTED_H

#include "job/prompt.h"
#include "session/session.h"

enum prompted_as {
	PROMPTED_NONE,	  /* no start of an exchange with a language model */
	PROMPTED_SAME,	  /* rendered to the recorded digest */
	PROMPTED_LACKING, /* unverifiable: what it rests on is not in this copy
			     (erased, or sealed for whoever exported it) */
	PROMPTED_OTHER	  /* everything is there, and the digest is another */
};

/* The templates carried so far; begin with a zeroed one. */
struct prompted {
	struct job_template *templates[TEMPLATES];
};

/* Takes in the template that a template.used carries; others are passed by. */
void prompted_note(struct prompted *p, const struct event *e);
void prompted_clear(struct prompted *p);

/*
 * Compares e with what the state before it renders to.  out, if not NULL, is
 * filled when the result is PROMPTED_SAME or PROMPTED_OTHER (prompt_clear).
 */
enum prompted_as prompted_check(const struct prompted *p,
    const struct session *s, const struct event *e, struct prompt *out);

#endif
