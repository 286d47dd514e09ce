/*
 * What the hub's files share: the server, its live sessions, its peers.
 * Private to daemon/server.
 */
#ifndef SERVER_LIVE_H
#define SERVER_LIVE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include "base/message.h"
#include "net/net.h"
#include "server/exchange.h"
#include "server/limit.h"
#include "server/server.h"
#include "server/words.h"
#include "session/input.h"
#include "session/session.h"
#include "store/journal.h"

struct event_base;
struct server;

/* An event applied to the head and not yet told: it may not be durable. */
struct pending {
	struct event *event;
	int64_t ticket;
	TAILQ_ENTRY(pending) next;
};

/* A body that everybody may read from some event on. */
struct gated {
	int64_t seq;
	char name[SEAL_NAME_MAX];
	enum read_rule rule;
	int round;
	int64_t opened_at; /* seq of the event that opened it; 0: not yet */
};

struct subscription {
	struct live *live;
	uint64_t conn;
	int64_t cursor; /* last seq sent */
	int64_t ticket; /* of its answer, which goes before all it is sent */
	bool begun;
	LIST_ENTRY(subscription) of_live, of_peer;
};

enum live_state { LIVE_ASLEEP, LIVE_LOADING, LIVE_AWAKE };
struct live {
	RB_ENTRY(live) entry;
	char id[SESSION_ID_LEN + 1];
	enum live_state state;
	struct server *srv;
	struct session *s; /* the head; NULL while asleep */
	char *header;
	char creator[64];
	int64_t created_at;
	int64_t ticket;	 /* newest batch */
	int64_t durable; /* highest seq told or readable */
	/* rights as of `durable`, not of the head */
	int durable_round;
	bool durable_concluded;
	TAILQ_HEAD(, pending) pending;
	LIST_HEAD(, subscription) subscriptions;
	struct gated *gated;
	size_t ngated, capgated;
	struct event *timer; /* libevent's */
	bool doomed;	     /* a batch failed: forget and fold again */
	int64_t touched;     /* ms */
	int64_t nudged_at;   /* ms */
	bool busy;	     /* on srv->busy */
	TAILQ_ENTRY(live) of_busy;
};

/* What a connection has shown. */
struct hold {
	struct journal_token token;
	int64_t ticket;	 /* of the batch that made it; 0: durable */
	int64_t checked; /* srv->revocations when last asked for; -1 never */
	bool gone;
	LIST_ENTRY(hold) next;
};
struct peer {
	RB_ENTRY(peer) entry;
	uint64_t conn;
	bool operator;
	struct net_peer who;
	LIST_HEAD(, hold) holds;
	LIST_HEAD(, subscription) subscriptions;
	int nholds, nsubscriptions;
	char parked[SESSION_ID_LEN + 1]; /* waits for this session */
	double bucket;
	int64_t bucket_at;
};

RB_HEAD(live_tree, live);
RB_HEAD(peer_tree, peer);

struct server {
	struct event_base *base;
	struct net *net;
	struct journal *journal;
	int64_t limits[LIMITS];
	char *data;
	struct words *words;
	struct erasures *erasures;
	bool opening; /* no work yet */
	struct entropy entropy;
	int64_t now; /* ms since 1970, cached once a turn */
	int efd;
	/* libevent's; `struct event` is the session's here */
	void *journal_event, *signals[3], *sweep, *again;
	struct live_tree lives;
	/* those with something to tell, read, feed or drop: what a turn
	 * looks at, however many sleep */
	TAILQ_HEAD(, live) busy;
	struct peer_tree peers;
	struct llm *llm;
	struct job_template *templates[TEMPLATES]; /* NULL: none needed */
	char endpoint[ENDPOINT_NAME_MAX]; /* of sessions that name none; "":
					     they must */
	struct exchanges exchanges;
	size_t nlives;
	int64_t revocations; /* of tokens, since the start */
	int64_t released;    /* tickets told so far */
	int64_t newest;	     /* ticket submitted last */
	int64_t check_cursor;
	bool checking, stopping, stopped;
	bool readonly;	    /* the journal was, when last looked at */
	struct buf scratch; /* for bytes that no call keeps */
	struct buf written; /* a result: see METHOD_WRITTEN */
	int64_t stop_at;
	struct service *service;
	bool passed; /* the local socket came from the service manager */
	int (*reload)(void *arg, int64_t *limits, struct err *err);
	void *reload_arg;
};

int live_cmp(const struct live *a, const struct live *b);
int peer_cmp(const struct peer *a, const struct peer *b);
RB_PROTOTYPE(live_tree, live, entry, live_cmp)
RB_PROTOTYPE(peer_tree, peer, entry, peer_cmp)

/* ---- live.c ---- */
/* 1: awake; 0 and err: no such session (ERR_NOT_FOUND), or it cannot be read;
 * -1: it is being read, park. */
int live_get(
    struct server *srv, const char *id, struct live **out, struct err *err);
/* One in memory, whatever its state; NULL: none. */
struct live *live_find(struct server *srv, const char *id);
/* A session that begins here. */
struct live *live_begin(struct server *srv, const char *id, char *header,
    const char *creator, struct session *s);
/* Reads on; true while there is more.  After a failure it sleeps. */
bool live_load_step(struct live *live, struct err *err);
bool live_has_work(const struct live *live); /* jobs wanted or in flight */
void live_busy(struct live *live);	     /* the next turn looks at it */
void live_arm(struct live *live);	     /* timer as the head wants it */
bool live_armed(const struct live *live);
bool live_is_late(const struct live *live); /* stragglers are in the way */
void live_later(struct live *live);	    /* tries again in a while */
/* What is said in the session: in its language, else in the question's; NULL:
 * English. */
/* The tag of the language that people are spoken to in: until the opinions
 * have decided, the question's.  Fresh. */
json_t *live_language(const struct live *live);
const struct messages *live_words(const struct live *live);
void live_forget(struct live *live);
void live_free(struct live *live);
/* A session with a timer, left asleep. */
void live_sleep(struct server *srv, const struct journal_session *row);
/* Rights as of what is durable: a shallow copy for session_may_read. */
void live_view(const struct live *live, struct session *view);
/* Notes what an event that is now durable opens and will open. */
void live_note(struct live *live, const struct event *e);

/* ---- commit.c ---- */
struct change {
	struct live *live;
	struct journal_batch *batch;
	struct event_list events;
};
/* Whether the journal takes what somebody asks for now; false and err. */
bool change_room(const struct server *srv, struct err *err);
void change_begin(struct change *c, struct live *live);
/* Decides an input; takes it.  The input placed, or NULL and err. */
struct event *
change_decide(struct change *c, struct event *input, struct err *err);
/* Hands it to the journal.  The ticket, or -1 and err: then the session is
 * doomed if anything had been decided. */
int64_t change_commit(struct change *c, struct err *err);
void change_drop(struct change *c); /* nothing was decided */
/* Results from the journal: release, fail, broadcast. */
void commit_poll(struct server *srv);

/* ---- subscription.c ---- */
int subscription_add(
    struct peer *peer, struct live *live, int64_t after, struct err *err);
void subscription_free(struct subscription *sub);
struct subscription *
subscription_find(const struct peer *peer, const struct live *live);
/* Their answers have become errors. */
void subscription_fail(struct live *live, int64_t ticket);
/* An event has become durable. */
void subscription_feed(struct live *live, const struct event *e);
/* Reads on for those that lag behind; true while there is more. */
bool subscription_catch_up(struct live *live);
void notice(struct server *srv, uint64_t conn, const char *session,
    const char *kind, json_t *more);

/* ---- role.c ---- */
enum {
	MAY_ANYBODY = 0,
	MAY_OBSERVER = 1,
	MAY_PARTICIPANT = 2,
	MAY_FACILITATOR = 4,
	MAY_OPERATOR = 8
};
/* Roles of a peer in a session, as bits; 0: none of its business. */
unsigned role_of(const struct peer *peer, const struct live *live);
void
role_viewer(const struct peer *peer, const struct live *live, struct viewer *v);
/* The facilitator's id ("f1", or the appointed participant's); NULL for who
 * is none. */
const char *role_facilitator(const struct peer *peer, const struct live *live);
/* The participant a contribution is for; -1 and err. */
int role_participant(const struct peer *peer, const struct live *live,
    const char *named, struct err *err);
/* Whether this peer speaks for that participant. */
bool role_speaks_for(
    const struct peer *peer, const struct live *live, int participant);
struct peer *peer_get(struct server *srv, uint64_t conn);
void peer_free(struct server *srv, struct peer *peer);
/* Whether one token more may be held: asked before it is made. */
int
peer_room(const struct server *srv, const struct peer *peer, struct err *err);
/* ticket: of the batch that makes the token; 0 when it is durable. */
void peer_hold(struct server *srv, struct peer *peer,
    const struct journal_token *t, int64_t ticket);
/* Whether a held token still stands, for one whose session may be asleep. */
bool hold_valid(const struct server *srv, const struct hold *hold);
void token_make(struct server *srv, char out[40]);
void token_digest(const char *token, uint8_t out[DIGEST_LEN]);

/* ---- work.c ---- */
void work_start(struct live *live); /* what the state wants */
/* Does one exchange whose start is durable; true while there are more. */
bool work_step(struct server *srv);

/* ---- method.c ---- */
struct call {
	struct server *srv;
	struct peer *peer;
	const struct rpc_request *r;
	struct live *live; /* NULL for methods without a session */
	unsigned roles;
	int64_t ticket; /* what the answer waits for */
	bool park;	/* the session is being read: come again */
	struct err *err;
};
struct method {
	const char *name;
	unsigned may; /* MAY_ bits, any of them; 0: anybody */
	bool session; /* names a session */
	/* The result, or METHOD_WRITTEN, or NULL and call->err. */
	json_t *(*run)(struct call *c);
	const char *params[10]; /* those it knows; NULL ends */
	const char *help;
};
extern const struct method methods[]; /* ended by a NULL name */

enum net_verdict method_request(struct rpc_request *r, void *arg);

/* ---- method_*.c ---- */
#define METHOD(name) json_t *method_##name(struct call *c)
METHOD(info);
METHOD(authenticate);
METHOD(ping);
METHOD(create);
METHOD(configure);
METHOD(list);
METHOD(terms);
METHOD(join);
METHOD(invite);
METHOD(get);
METHOD(subscribe);
METHOD(unsubscribe);
METHOD(next);
METHOD(nudge);
METHOD(extend);
METHOD(pause);
METHOD(resume);
METHOD(abort);
METHOD(export);
METHOD(withdraw);
METHOD(erase);
METHOD(remove);
METHOD(appoint);
METHOD(reissue);
METHOD(text);
METHOD(ballot);
METHOD(rate);
METHOD(choose);
METHOD(abstain);
METHOD(take_back);
METHOD(withhold);
METHOD(propose);
METHOD(strike);
METHOD(override);
#undef METHOD
/* The result of a method whose result stands in srv->written already: that of
 * most calls is a receipt, and no tree is built for it. */
#define METHOD_WRITTEN json_true()
/* Decides one input and commits it; the result is its receipt, or {seq}; NULL
 * and err. */
json_t *method_decide(struct call *c, struct event *input, bool receipt);
/* Refuses, naming the present phase: a sentence with the field {phase}. */
void refuse_phase(struct call *c, enum err_code code, enum message id);
/* Erases somebody's words, and with `quotes` the statements that repeat them
 * where that is allowed; preview: says what would go. */
json_t *method_erase_person(struct call *c, int who, bool quotes, bool preview);
/* At the start, before anything is served. */
int erase_restored(struct server *srv, struct err *err);
/* The call comes again when the session has been read; -1. */
int method_park(struct call *c, const char *id);
/* {seq, hash, salts} of an input; salts only of what `by` may read. */
json_t *method_receipt(const struct event *e);

void server_again(struct server *srv); /* another turn without waiting */
void server_clock(struct server *srv);
int64_t server_newest(const struct server *srv);

#endif
