/*
 * JSON-RPC 2.0 messages as bytes.  Pure: used by the daemon, the client and
 * the fuzz target alike.
 */
#ifndef NET_RPC_H
#define NET_RPC_H

#include <jansson.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* Ids are echoed and kept until answered, so their length has a bound. */
#define RPC_ID_MAX 256

struct rpc_message {
	json_t *id; /* owned; NULL for a notification.  On error: the id if
		       it could be read, else JSON null */
	const char *method; /* points into `root` */
	json_t *params;	    /* borrowed from root; never NULL on success */
	json_t *root;	    /* owned */
};

/*
 * Reads one request line (without newline).  Bad JSON is ERR_PARSE; a batch
 * or a wrong envelope ERR_INVALID_REQUEST, `field` naming the member; params
 * that are no object ERR_INVALID_PARAMS.  Other members of the envelope are
 * ignored.  rpc_message_clear in every case.
 */
int
rpc_read(struct rpc_message *m, const char *line, size_t len, struct err *err);
void rpc_message_clear(struct rpc_message *m);

/*
 * Each appends one complete line with its newline, in UTF-8 and without
 * spaces, members in the order they were set.  id NULL is written as null,
 * params NULL as {}; an error's data.field is left out when empty.
 */
void rpc_write_result(struct buf *b, const json_t *id, const json_t *result);
/* The same of a result that is JSON text already. */
void
rpc_write_text(struct buf *b, const json_t *id, const char *result, size_t len);
void rpc_write_error(struct buf *b, const json_t *id, const struct err *e);
void
rpc_write_notification(struct buf *b, const char *method, const json_t *params);
void rpc_write_request(
    struct buf *b, int64_t id, const char *method, const json_t *params);
/* A value as these lines hold it, without newline. */
void rpc_write_value(struct buf *b, const json_t *v);

#endif
