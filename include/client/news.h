/*
 * What happens in a session, told as it happens: for those who follow it.
 */
#ifndef CLIENT_NEWS_H
#define CLIENT_NEWS_H

#include <jansson.h>
#include <stdbool.h>

#include "client/cmd.h"

struct news {
	struct cmd *c;	/* borrowed */
	json_t *view;	/* as session.get said last */
	json_int_t seq; /* of the last event seen */
	bool chat;	/* what to do next is told elsewhere */
	bool changed;	/* since the view was got */
	bool concluded;
	json_t *tally, *ids; /* the last count, and its letters; NULL: none */
};

/* Everything after n->seq is sent from now on. */
enum link_answer news_subscribe(struct news *n, struct err *err);
/* Gets the view again. */
enum link_answer news_refresh(struct news *n, struct err *err);
/* Takes note of an event and, unless quiet, tells it. */
void news_event(struct news *n, const json_t *event, bool quiet);
/* The same of a notice; LINK_REFUSED: the token is no longer valid. */
enum link_answer
news_notice(struct news *n, const json_t *notice, bool quiet, struct err *err);
void news_clear(struct news *n);

#endif
