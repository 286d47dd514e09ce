/*
 * What a line typed in `caucus chat` means, by what the session asks of who
 * typed it.  Pure: views are what session.get says.
 */
#ifndef CLIENT_TYPED_H
#define CLIENT_TYPED_H

#include <jansson.h>

#include "base/err.h"
#include "base/message.h"

enum typed_kind {
	TYPED_NOTHING, /* an empty line */
	TYPED_COMMAND, /* /name rest */
	TYPED_GIFT,    /* a contribution: method and params */
	TYPED_ANSWER   /* one of the survey's: item and answer */
};

struct typed {
	enum typed_kind kind;
	char name[16];	    /* of a command, lower case; "" for a lone / */
	const char *rest;   /* after it; in the line */
	const char *method; /* of a gift */
	json_t *params;	    /* likewise, without session and key */
	enum message done;  /* what to say when it is recorded */
	const char *item;   /* of an answer: its id; in the view */
	json_t *answer;
};

/* 0; -1 and err says what to type instead.  m NULL: English.  typed_clear in
 * either case. */
int
typed_read(const struct messages *m, const json_t *view, const json_t *answers,
    const char *line, struct typed *out, struct err *err);
void typed_clear(struct typed *t);

/*
 * What is wanted next of the reader, an entry of the view's asks; NULL:
 * nothing.  What is optional or has been given is not wanted.
 */
const json_t *typed_wanted(const json_t *view);
/* The question of the survey that comes next; NULL when all are answered. */
const json_t *typed_item(const json_t *ask, const json_t *answers);

/* Full-width letters, digits and signs of East Asian keyboards as ASCII, and
 * no spaces beside =.  Fresh (free(3)). */
char *typed_narrow(const char *line);

#endif
