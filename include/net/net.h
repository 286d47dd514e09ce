/*
 * Listeners, connections, lines, JSON-RPC 2.0.  Knows no deliberation.
 *
 * One message a line (UTF-8, \n).  Requests are handed to the owner as parsed
 * values; answers and notifications go out in order.  An answer carries a
 * ticket and leaves only when net_release has passed it; answers keep the
 * order of their requests on a connection.  Notifications leave at once (the
 * owner makes them only from what is durable), after the answers released
 * before them.
 *
 * What is wrong with a line is answered by net itself (parse_error,
 * invalid_request, line_too_long, …; id null when it could not be read) and
 * changes nothing else.  Empty lines are ignored, \r\n is accepted.  The end
 * of input is not a close: what was received, a last line without newline
 * too, is answered and sent first.
 *
 * Nothing is freed inside its own callback: a closed connection is reaped by
 * net_reap after the loop turn.  Owners hold connection ids, not pointers; an
 * id that no longer resolves is fine everywhere.  `request` and `drained` are
 * called from the event loop only, `closed` from net_reap and net_free only:
 * never from within another function of this header.
 *
 * The owner ignores SIGPIPE: writing to a peer that has gone raises it.
 */
#ifndef NET_NET_H
#define NET_NET_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct event_base;
struct net;

struct net_limits {
	size_t line_before;  /* bytes a line before authentication (8 KiB) */
	size_t line_after;   /* after it (1 MiB) */
	size_t output_soft;  /* waiting for one reader: notifications stop */
	size_t output_hard;  /* … and the connection is closed */
	size_t output_total; /* waiting for all readers together */
	size_t pending_max;  /* answers waiting on one connection: reading
				pauses */
	int lines_per_turn;  /* fairness: requests a connection a turn (20) */
	int connections_max;
	int idle_ms;  /* a line begun and not ended; 0: no bound */
	int stall_ms; /* output waiting of which the reader takes nothing; the
			 connection is closed; 0: no bound */
	int backlog;  /* 1024 */
};
void net_limits_default(struct net_limits *l);
/* From now on; a connection keeps its bound on a line, a listener its
 * backlog. */
void net_set_limits(struct net *n, const struct net_limits *l);

/* A request.  Lives for the callback only, unless taken. */
struct rpc_request {
	uint64_t conn; /* the connection's id */
	json_t *id;    /* string, integer or null; NULL: a notification */
	const char *method;
	json_t *params; /* object; empty when absent */
};

enum net_verdict {
	NET_DONE, /* answered, or will be through net_answer */
	NET_PARK, /* not now: an equal request comes again after net_unpark;
		     nothing later from this connection before it.  Not for
		     a request that has been answered. */
};

struct net_callbacks {
	enum net_verdict (*request)(struct rpc_request *r, void *arg);
	/* The id is about to become unknown; calls for it do nothing any
	 * more.  Also called for each connection by net_free. */
	void (*closed)(uint64_t conn, void *arg);
	/* net_notify has returned false, and there is room again: half of
	 * the soft limit, and less than output_total. */
	void (*drained)(uint64_t conn, void *arg);
	/* The ticket that an error answer made by net itself must carry: the
	 * newest there is, so that order and durability hold for it too. */
	int64_t (*ticket)(void *arg);
};

/* base is borrowed.  */
struct net *net_new(struct event_base *base, const struct net_limits *l,
    const struct net_callbacks *cb, void *arg);
/* Closes everything, after one try to send what waits.  Not inside one of
 * the callbacks. */
void net_free(struct net *n);

/* Listens; the socket file is made with `mode` and a stale one (nobody
 * listens) is replaced; a live one is ERR_FILE.  Path over 107 bytes: a clear
 * error. */
int
net_listen_unix(struct net *n, const char *path, mode_t mode, struct err *err);
/* host: a numeric address; port 0 picks one, *port says which. */
int net_listen_tcp(struct net *n, const char *host, int *port, struct err *err);
/* Takes a socket that listens already (socket activation). */
int net_listen_fd(struct net *n, int fd, struct err *err);
/* Stops accepting and removes the socket file. */
void net_stop_listening(struct net *n);

struct net_peer {
	bool local; /* Unix socket */
	uid_t uid;  /* local only, SO_PEERCRED */
	char address[64];
};
bool net_peer(const struct net *n, uint64_t conn, struct net_peer *p);
/* Raises the line limit to line_after. */
void net_trust(struct net *n, uint64_t conn);

/*
 * Answers.  `result` is stolen.  `id` is the request's own or an equal one (of
 * several equal ones the oldest open request is meant); NULL or an id that
 * nobody asked with is dropped.  A ticket that has been released already
 * holds nothing back.  Bytes leave in net_reap.
 */
void net_answer(struct net *n, uint64_t conn, int64_t ticket, const json_t *id,
    json_t *result);
/* The same of a result that is JSON text already. */
void net_answer_text(struct net *n, uint64_t conn, int64_t ticket,
    const json_t *id, const char *result, size_t len);
void net_answer_error(struct net *n, uint64_t conn, int64_t ticket,
    const json_t *id, const struct err *e);
/* A ticket has failed: called before net_release lets it go.  Answers with
 * that ticket become this error; NULL: journal_unavailable.  What net itself
 * answered stays, for it saw no state. */
void net_fail(struct net *n, int64_t ticket, const struct err *e);
/* Lets go every waiting answer with ticket <= `ticket`. */
void net_release(struct net *n, int64_t ticket);
/*
 * A notification: `line` is complete JSON without newline.  False when the
 * connection is past its soft limit or gone: nothing was sent; the owner
 * tells it that it lags (net_notify_always) and drops the subscription.
 */
bool net_notify(struct net *n, uint64_t conn, const char *line, size_t len);
/* For the few words that must go out even past the soft limit. */
void
net_notify_always(struct net *n, uint64_t conn, const char *line, size_t len);
void net_unpark(struct net *n, uint64_t conn);
/* Closes after what waits has been sent (or after grace_ms). */
void net_close(struct net *n, uint64_t conn, int grace_ms);

/* Once after each loop turn: sends, then frees.  Not inside a callback. */
void net_reap(struct net *n);

struct net_stats {
	int64_t connections, accepted, refused, requests, errors, bytes_in,
	    bytes_out, waiting_bytes, accept_pauses, lagged;
};
void net_stats(const struct net *n, struct net_stats *s);

#endif
