/*
 * The daemon's socket for a program with an event loop: requests with a
 * callback, notifications, and a connection that comes back by itself.
 */
#ifndef CLIENT_RPC_CLIENT_H
#define CLIENT_RPC_CLIENT_H

#include <event2/event.h>
#include <jansson.h>

struct rpc_client;

/* What becomes of a request without answer when the connection breaks. */
enum rpc_fate {
	RPC_AGAIN, /* sent again: it reads, or it has a key */
	RPC_DROP,  /* forgotten: `up` makes it anew */
	RPC_FAIL,  /* answered with an error: nobody knows if it was done */
};

/* ctx holds ids, not pointers.  One of result and error is NULL. */
typedef void rpc_answer_fn(
    void *arg, const json_t *ctx, const json_t *result, const json_t *error);

struct rpc_handler {
	void (*up)(void *arg); /* connected: present tokens, subscribe */
	void (*note)(void *arg, const char *method, const json_t *params);
};

/* path is a Unix socket's. */
struct rpc_client *rpc_client_new(struct event_base *base, const char *path,
    const struct rpc_handler *h, void *arg);
void rpc_client_free(struct rpc_client *c);
/* params and ctx are stolen; fn may be NULL. */
void rpc_client_call(struct rpc_client *c, enum rpc_fate fate,
    const char *method, json_t *params, rpc_answer_fn *fn, json_t *ctx);

#endif
