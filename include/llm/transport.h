/*
 * Carries bodies to endpoints and brings back answers: libcurl's multi
 * interface on libevent's loop, no thread of its own.  It knows no queue: what
 * is posted is sent at once, and once only.
 *
 * Every transfer: TLS verified, no redirects, no proxy but the endpoint's, no
 * protocol but http and https, TRANSPORT_MAX of response at most.
 */
#ifndef LLM_TRANSPORT_H
#define LLM_TRANSPORT_H

#include <stddef.h>

#include "llm/endpoint.h"
#include "llm/provider.h"

#define TRANSPORT_MAX ((size_t)4 << 20) /* bytes of a response, unpacked */

struct event_base;
struct transport;
struct transfer;

/* A transfer has ended and is gone: who posted it, what came of it.  Comes
 * from the loop, never from inside the calls below nor from inside libcurl.
 * Take the answer's text by setting it NULL. */
typedef void transport_done_fn(void *owner, struct answer *a, void *arg);

struct transport *
transport_new(struct event_base *base, transport_done_fn *fn, void *arg);
/* Ends all transfers without telling.  Before event_base_free. */
void transport_free(struct transport *t);

/* The endpoint outlives the transfer.  body: taken, freed by free(3). */
struct transfer *transport_post(struct transport *t, const struct endpoint *e,
    char *body, int64_t timeout_ms, void *owner);
/* A transfer that has not been told of yet: it never will be. */
void transport_cancel(struct transport *t, struct transfer *x);

#endif
