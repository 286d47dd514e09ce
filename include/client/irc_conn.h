/*
 * A connection to an IRC network that comes back by itself: TLS, SASL,
 * registration, and a queue of what is to be said that no break empties.  A
 * message leaves the queue when the server has answered a PING behind it.
 */
#ifndef CLIENT_IRC_CONN_H
#define CLIENT_IRC_CONN_H

#include <event2/event.h>

#include "client/chat_network.h"
#include "client/irc_line.h"

struct irc_conf {
	char *host, *nick, *account, *password;
	int port, tls, verify;
	int burst;	 /* lines at once */
	int interval_ms; /* then one line each */
	int retry_ms;	 /* before the first new attempt; doubles to 60 s */
	int queue_lines; /* waiting at most; beyond it the oldest go */
};

/* conf is kept, not owned. */
struct chat_network *irc_conn_new(struct event_base *base,
    const struct irc_conf *conf, const struct chat_handler *h, void *arg);

#endif
