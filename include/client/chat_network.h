/*
 * What the gateway needs of a chat network.  Another network is another maker
 * of a struct chat_network; rooms and people know only this.
 */
#ifndef CLIENT_CHAT_NETWORK_H
#define CLIENT_CHAT_NETWORK_H

#include <stdbool.h>
#include <stddef.h>

struct chat_from {
	const char *nick;
	const char *mask;    /* user@host: what a nick alone cannot prove */
	const char *account; /* vouched for by the network, or NULL */
};

struct chat_network {
	/* Queues a text, of any length, for a room or whoever `where` finds
	 * behind the target when it is sent. */
	void (*say)(struct chat_network *n, const char *target, const char *s);
	void (*join)(struct chat_network *n, const char *room);
	void (*free)(struct chat_network *n);
};

/* What a network tells.  Names of rooms are folded. */
struct chat_handler {
	void (*up)(void *arg);
	void (*down)(void *arg);
	/* room NULL: a private message */
	void (*message)(void *arg, const struct chat_from *from,
	    const char *room, const char *text);
	/* Somebody is in a room; op is 1, 0, or -1: as it was. */
	void (*here)(
	    void *arg, const struct chat_from *from, const char *room, int op);
	/* … has left it, or (room NULL) the network. */
	void (*gone)(void *arg, const char *nick, const char *room);
	void (*renamed)(void *arg, const char *nick, const char *to);
	/* The name to send to, in out; false: not now, keep it. */
	bool (*where)(void *arg, const char *target, char *out, size_t size);
};

#endif
