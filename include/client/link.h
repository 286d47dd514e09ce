/*
 * A connection to caucusd: JSON-RPC 2.0 requests with a deadline, and the
 * notifications that come in between, kept in order.
 */
#ifndef CLIENT_LINK_H
#define CLIENT_LINK_H

#include <jansson.h>
#include <signal.h>
#include <stdbool.h>

#include "base/err.h"

struct link;

enum link_answer {
	LINK_OK = 0,
	LINK_REFUSED = -1, /* the daemon answered with an error */
	LINK_DOWN = -2,	   /* no answer: unreachable, gone, late, interrupted */
};

#define LINK_CONNECT_MS 5000
#define LINK_REQUEST_MS 30000

/* NULL: err says who is missing at `path` and how to start it. */
struct link *link_open(const char *path, int connect_ms, struct err *err);
void link_close(struct link *l); /* NULL is fine */

/* While *flag is not 0 every wait ends at once with LINK_DOWN. */
void link_watch(struct link *l, const volatile sig_atomic_t *flag);

/* params is stolen (NULL: {}).  *result is the caller's to decref; NULL
 * unless LINK_OK. */
enum link_answer link_call(struct link *l, const char *method, json_t *params,
    json_t **result, struct err *err);

/* The next notification, an object with method and params (decref): 1; 0 when
 * none came in time (wait_ms -1: for ever); LINK_DOWN. */
int link_next(struct link *l, int wait_ms, json_t **note, struct err *err);

/* What to poll for reading, beside something else.  Before waiting,
 * link_next with wait_ms 0 takes what has been read already. */
int link_fd(const struct link *l);

/* What the daemon answered in place of a result; may be translated. */
void link_error(const json_t *error, struct err *err);

#endif
