/*
 * The tokens of this person on this machine: tokens.json in the state
 * directory, mode 0600, written whole by rename under a lock, so that
 * commands running side by side lose nothing.  A token never stands in argv.
 */
#ifndef CLIENT_WALLET_H
#define CLIENT_WALLET_H

#include <stddef.h>

#include "base/err.h"

struct pass {
	char *session;
	char *role; /* "facilitator", "participant", "observer" */
	char *id;   /* "p-k3x9a2", "f1", "o1" */
	char *name; /* of a participant; may be NULL */
	char *token;
	char *code; /* of the invitation to hand on; may be NULL */
};

struct wallet {
	struct pass *v; /* of one socket, in the order they came */
	size_t n, cap;
};

/* Those kept for this socket.  No file yet: none.  wallet_free in every case.
 * -1: ERR_FILE (unreadable, or readable by others), ERR_BROKEN. */
int wallet_load(const char *socket, struct wallet *w, struct err *err);
void wallet_free(struct wallet *w);

/* Adds one; one of the same socket, session and id is replaced. */
int wallet_add(const char *socket, const struct pass *p, struct err *err);
/* Drops all of a session; *n says how many. */
int wallet_forget(
    const char *socket, const char *session, size_t *n, struct err *err);

#endif
