/*
 * Inside of net/, not for other floors: the hub of all connections, and one
 * connection.
 *
 * Who calls whom.  libevent's callbacks and the run timer are the only places
 * where the owner's `request` and `drained` are called, and net_reap and
 * net_free the only ones for `closed`: never from within a net_* function
 * that the owner calls.  What such a function makes possible (a parked
 * request, room to read again) is put on the run queue.
 *
 * Writing.  Output collects in the bufferevent with EV_WRITE off; net_reap
 * writes once a turn and turns EV_WRITE on only for what the socket did not
 * take.  That saves two epoll_ctl calls and a loop turn for nearly every
 * answer.
 */
#ifndef NET_CONN_H
#define NET_CONN_H

#include <sys/queue.h>
#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "base/buf.h"
#include "base/err.h"
#include "net/frame.h"
#include "net/net.h"
#include "net/ring.h"

struct bufferevent;

enum conn_state {
	CONN_OPEN,   /* requests are read */
	CONN_ENDING, /* no more requests; what waits is sent */
	CONN_DEAD,   /* nothing works any more; net_reap frees it */
};

struct conn {
	uint64_t id;
	struct net *net;
	struct bufferevent *bev;
	struct conn *chain;  /* next in the bucket of net->table */
	struct event *grace; /* only after net_close */

	/* membership: each list is one thing that is to be done */
	TAILQ_ENTRY(conn) run;	    /* to be run after the next poll */
	TAILQ_ENTRY(conn) dirty;    /* output not yet offered to the socket */
	TAILQ_ENTRY(conn) ready;    /* has answers that wait for a ticket */
	TAILQ_ENTRY(conn) squeezed; /* not read: output_total is passed */
	TAILQ_ENTRY(conn) begun;    /* inside a line, oldest first */
	TAILQ_ENTRY(conn) stuck;    /* the socket takes no more, likewise */
	SLIST_ENTRY(conn) dead;

	struct frame frame;
	struct ring ring;
	struct buf parked;	    /* the line of a request that was put off */
	size_t held;		    /* bytes waiting, as counted in net->held */
	int64_t begun_at, stuck_at; /* ms, monotonic */
	uint32_t turn;		    /* of net->turn, when it was run last */
	int fd;
	uid_t uid;
	uint8_t state; /* enum conn_state */
	bool local, trusted;
	bool eof;      /* the peer sends nothing more */
	bool reading;  /* EV_READ is on */
	bool writing;  /* EV_WRITE is on */
	bool busy;     /* its requests are being handed out just now */
	bool unparked; /* the parked request may be tried again */
	bool over;     /* past output_soft and not yet well below it */
	bool refused;  /* net_notify has returned false: `drained` is owed */
	bool owed;     /* … and is due */
	bool in_run, in_dirty, in_ready, in_squeezed, in_begun, in_stuck;
};
TAILQ_HEAD(conn_list, conn);

struct listener {
	SLIST_ENTRY(listener) next;
	struct net *net;
	struct event *event;
	int fd;
	bool local;
	char *path; /* the socket file to remove, or NULL */
	dev_t dev;
	ino_t ino;
};

struct failed_ticket {
	int64_t ticket;
	size_t why; /* index into net->reasons */
};

struct net {
	struct event_base *base;
	struct net_limits limits;
	struct net_callbacks cb;
	void *arg;

	struct conn **table; /* by id; a power of two */
	size_t buckets;
	uint64_t last_id;
	struct conn_list run, dirty, ready, squeezed, begun, stuck;
	SLIST_HEAD(, conn) dead;
	size_t run_count;
	uint32_t turn; /* of the loop; wraps around */

	SLIST_HEAD(, listener) listeners;
	bool accept_paused, accept_told;
	struct event *accept_timer, *run_timer, *begun_timer, *stuck_timer;

	int64_t released; /* the highest ticket let go */
	struct failed_ticket *failed;
	size_t nfailed, failed_cap;
	struct err *reasons;
	size_t nreasons, reasons_cap;

	struct buf scratch; /* an answer while it is written */
	size_t held;	    /* bytes waiting on all connections */
	bool over;	    /* output_total was passed and is not yet well
			       below it */
	int inside;	    /* callbacks of the owner on the stack */
	struct net_stats stats;
};

/* net.c */
struct conn *net_conn(const struct net *n, uint64_t id);
void net_table_add(struct net *n, struct conn *c);
void net_table_remove(struct net *n, const struct conn *c);
/* Sees to it that the run queue is worked on after the next poll. */
void net_wake(struct net *n);
int64_t net_now_ms(void);
/* Arms a timer unless it is; ms > 0. */
void net_arm(struct event *timer, int64_t ms);
/* The reason why a ticket failed, or NULL. */
const struct err *net_failed(const struct net *n, int64_t ticket);

/* listen.c */
void net_accept_again(struct net *n);

/* conn.c: takes fd. */
void conn_new(struct net *n, int fd, bool local);
void conn_free(struct conn *c);
/* Runs what the connection may do now; calls the owner. */
void conn_run(struct conn *c);
/* Offers the output to the socket. */
void conn_push(struct conn *c);
/* Takes out of the ring what may leave. */
void conn_flush(struct conn *c);
/* After any change: reading on or off, run queue, end.  Never calls the
 * owner. */
void conn_settle(struct conn *c);
/* Output against its limits, seen again after each answer. */
void conn_measure(struct conn *c);
void conn_set_state(struct conn *c, enum conn_state state);
/* Puts bytes into the output. */
void conn_write(struct conn *c, const void *p, size_t len);
/* The answer in net->scratch, for a request of this connection. */
void conn_give(struct conn *c, uint32_t number, int64_t ticket);
/* An error of net's own, as the answer to a line that is no request. */
void conn_give_error(struct conn *c, json_t *id, const struct err *e);
/* idle_ms and stall_ms have passed. */
void conn_line_timeout(struct conn *c);
void conn_stall_timeout(struct conn *c);

#endif
