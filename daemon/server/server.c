#include "server/server.h"

#include <event2/event.h>
#include <event2/thread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "net/address.h"
#include "server/erasures.h"
#include "server/live.h"
#include "server/templates.h"

#define SWEEP_S	    5
#define OWN_BATCHES 100000

void
server_clock(struct server *srv)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	srv->now = (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t
server_newest(const struct server *srv)
{
	return srv->newest;
}

void
server_again(struct server *srv)
{
	event_active(srv->again, EV_TIMEOUT, 0);
}

static void
nothing_cb(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

static void
journal_cb(evutil_socket_t fd, short what, void *arg)
{
	uint64_t n;

	(void)what;
	(void)arg;
	if (read((int)fd, &n, sizeof n) == -1)
		return; /* the loop turn polls the journal anyway */
}

/* The first signal drains, the second stops at once. */
static void
signal_cb(evutil_socket_t sig, short what, void *arg)
{
	struct server *srv = arg;

	(void)what;
	if (sig == SIGHUP) {
		log_note("SIGHUP: there is nothing to reload yet");
		return;
	}
	if (srv->stopping) {
		srv->stopped = true;
		return;
	}
	log_note("stopping: what is on its way is finished first");
	srv->stopping = true;
	srv->stop_at = srv->now + srv->limits[LIMIT_GRACE_MS];
	net_stop_listening(srv->net);
}

static void
closed_cb(uint64_t conn, void *arg)
{
	struct server *srv = arg;
	struct peer key = {.conn = conn}, *peer;

	peer = RB_FIND(peer_tree, &srv->peers, &key);
	if (peer != NULL)
		peer_free(srv, peer);
}

static void
drained_cb(uint64_t conn, void *arg)
{
	(void)conn;
	(void)arg;
}

static int64_t
ticket_cb(void *arg)
{
	return server_newest(arg);
}

/* ---- idle sessions go to sleep, the journal is looked over ---- */

static bool
may_sleep(const struct server *srv, const struct live *live)
{
	if (live->state == LIVE_LOADING || live->doomed || live->busy ||
	    !LIST_EMPTY(&live->subscriptions))
		return false;
	return live->state == LIVE_ASLEEP ||
	       (srv->now - live->touched >= srv->limits[LIMIT_AWAKE_MS] &&
		   !live_has_work(live));
}

/* Without a timer there is nothing left to remember. */
static void
put_to_sleep(struct live *live)
{
	if (!live_armed(live))
		live_free(live);
	else if (live->state == LIVE_AWAKE)
		live_forget(live);
}

static void
sweep_cb(evutil_socket_t fd, short what, void *arg)
{
	struct server *srv = arg;
	struct live *live, *next;
	struct err err;
	int r;

	(void)fd;
	(void)what;
	server_clock(srv);
	RB_FOREACH_SAFE(live, live_tree, &srv->lives, next) {
		if (may_sleep(srv, live))
			put_to_sleep(live);
		else if (live->state == LIVE_AWAKE &&
			 !LIST_EMPTY(&live->subscriptions))
			live_busy(live); /* reading for them may have failed */
	}
	RB_FOREACH(live, live_tree, &srv->lives)
		if (live->state == LIVE_AWAKE)
			work_start(live);
	if (!srv->checking)
		return;
	r = journal_check_step(srv->journal, &srv->check_cursor, &err);
	if (r == -1)
		log_error("journal: %s", err.text);
	srv->checking = r == 1;
}

/* ---- one turn ---- */

/* Reads on, feeds on; true while there is more of either. */
static bool
load_and_feed(struct server *srv)
{
	struct live *live;
	struct err err;
	bool more = false;

	TAILQ_FOREACH(live, &srv->busy, of_busy) {
		if (live->doomed)
			continue;
		if (live->state == LIVE_LOADING)
			more |= live_load_step(live, &err);
		else if (live->state == LIVE_AWAKE &&
			 !LIST_EMPTY(&live->subscriptions))
			more |= subscription_catch_up(live);
	}
	return more;
}

/* Back to what is durable: folded again at once where somebody listens, so
 * that they go on without a gap; a session that never became durable goes. */
static void
fold_again(struct server *srv, struct live *live)
{
	char id[SESSION_ID_LEN + 1];
	struct live *again;
	struct err err;

	strlcpy(id, live->id, sizeof id);
	live_forget(live);
	if (live_get(srv, id, &again, &err) == 0) {
		if (err.code == ERR_NOT_FOUND)
			live_free(live);
		else
			live_later(live);
	}
	server_again(srv);
}

/* A session with nothing left to do leaves the list. */
static void
settle(struct server *srv, bool more)
{
	struct live *live, *next;

	TAILQ_FOREACH_SAFE(live, &srv->busy, of_busy, next) {
		if (live->ticket > srv->released)
			continue; /* and what is on its way may yet stand */
		if (live->doomed)
			fold_again(srv, live);
		else if (!more && live->state != LIVE_LOADING &&
			 TAILQ_EMPTY(&live->pending)) {
			TAILQ_REMOVE(&srv->busy, live, of_busy);
			live->busy = false;
		}
	}
}

/* Work that waited for the journal goes on as soon as it is back. */
static void
look_at_journal(struct server *srv)
{
	bool readonly = journal_readonly(srv->journal, NULL);
	struct live *live;

	if (srv->readonly && !readonly)
		RB_FOREACH(live, live_tree, &srv->lives)
			if (live->state == LIVE_AWAKE)
				work_start(live);
	srv->readonly = readonly;
}

static void
turn(struct server *srv)
{
	bool more;

	server_clock(srv);
	journal_flush(srv->journal);
	commit_poll(srv);
	look_at_journal(srv);
	more = load_and_feed(srv);
	settle(srv, more);
	more |= work_step(srv);
	journal_flush(srv->journal);
	net_reap(srv->net);
	if (more)
		server_again(srv);
	if (srv->stopping &&
	    (srv->released >= srv->newest || srv->now >= srv->stop_at))
		srv->stopped = true;
}

int
server_run(struct server *srv)
{
	while (!srv->stopped) {
		if (event_base_loop(srv->base, EVLOOP_ONCE) == -1)
			return -1;
		turn(srv);
	}
	net_release(srv->net, srv->released);
	/* What is released is written before the sockets close. */
	event_base_loop(srv->base, EVLOOP_NONBLOCK);
	event_base_loop(srv->base, EVLOOP_NONBLOCK);
	return 0;
}

/* ---- beginning and end ---- */

static void
raise_files(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < r.rlim_max) {
		r.rlim_cur = r.rlim_max;
		setrlimit(RLIMIT_NOFILE, &r);
	}
}

static void
net_setup(struct server *srv)
{
	static const struct net_callbacks cb = {
	    method_request, closed_cb, drained_cb, ticket_cb};
	const int64_t *v = srv->limits;
	struct net_limits l;

	net_limits_default(&l);
	l.line_before = (size_t)v[LIMIT_LINE_BEFORE];
	l.line_after = (size_t)v[LIMIT_LINE_AFTER];
	l.output_soft = (size_t)v[LIMIT_OUTPUT_SOFT];
	l.output_hard = (size_t)v[LIMIT_OUTPUT_HARD];
	l.output_total = (size_t)v[LIMIT_OUTPUT_TOTAL];
	l.pending_max = (size_t)v[LIMIT_PENDING];
	l.lines_per_turn = (int)v[LIMIT_LINES_PER_TURN];
	l.connections_max = (int)v[LIMIT_CONNECTIONS];
	l.idle_ms = (int)v[LIMIT_IDLE_MS];
	srv->net = net_new(srv->base, &l, &cb, srv);
}

static void
events_setup(struct server *srv)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
	struct timeval sweep = {SWEEP_S, 0};
	size_t i;

	signal(SIGPIPE, SIG_IGN);
	srv->again = event_new(srv->base, -1, 0, nothing_cb, srv);
	srv->journal_event = event_new(
	    srv->base, srv->efd, EV_READ | EV_PERSIST, journal_cb, srv);
	event_add(srv->journal_event, NULL);
	for (i = 0; i < 3; i++) {
		srv->signals[i] =
		    evsignal_new(srv->base, signals[i], signal_cb, srv);
		event_add(srv->signals[i], NULL);
	}
	srv->sweep = event_new(srv->base, -1, EV_PERSIST, sweep_cb, srv);
	event_add(srv->sweep, &sweep);
}

static bool
due_cb(const struct journal_session *row, void *arg)
{
	struct server *srv = arg;
	struct live *live;
	struct err err;

	if (!row->wants_work || live_get(srv, row->id, &live, &err) == 0)
		live_sleep(srv, row);
	return true;
}

/* Ids first: a callback must not read from the journal it is reading. */
struct due {
	struct journal_session *v;
	size_t n, cap;
};

static bool
collect_cb(const struct journal_session *row, void *arg)
{
	struct due *d = arg;

	d->v = xgrow(d->v, d->n, &d->cap, sizeof *d->v);
	d->v[d->n] = *row;
	d->v[d->n++].header = NULL;
	return true;
}

static int
recover(struct server *srv, struct err *err)
{
	char after[SESSION_ID_LEN + 1] = "";
	struct due d;
	size_t i, n;

	do {
		memset(&d, 0, sizeof d);
		if (journal_each_session(srv->journal, after, true, 500,
			collect_cb, &d, err) == -1)
			return -1;
		n = d.n;
		for (i = 0; i < n; i++)
			due_cb(&d.v[i], srv);
		if (n > 0)
			strlcpy(after, d.v[n - 1].id, sizeof after);
		free(d.v);
	} while (n == 500);
	return 0;
}

/* Until TLS stands before it, only this machine may be on the other side. */
static int
listen_tcp(struct server *srv, const char *where, struct err *err)
{
	struct address a;
	char text[80];

	if (address_read(where, &a, err) == -1)
		return -1;
	if (!a.loopback && !srv->limits[LIMIT_TCP_BEYOND])
		return err_set(err, ERR_NOT_PERMITTED, "listen-tcp",
		    "%.80s can be reached from other machines, and everything, "
		    "tokens too, would pass in the clear; listen on 127.0.0.1 "
		    "or [::1], or say --set tcp_beyond_loopback=1",
		    where);
	if (net_listen_tcp(srv->net, a.host, &a.port, err) == -1)
		return -1;
	address_write(&a, text);
	log_note("caucusd: listening on " ADDRESS_TCP "%s", text);
	return 0;
}

/* Takes the endpoints; prompts are needed only where there are any. */
static int
llm_setup(struct server *srv, struct server_config *c, struct err *err)
{
	const struct endpoint *only = NULL;
	size_t i, n = c->nendpoints;
	int r = 0;

	for (i = 0; i < n; i++)
		r |= llm_add(srv->llm, c->endpoints[i], err);
	c->nendpoints = 0;
	if (r != 0 || (n > 0 && templates_load(srv->templates, srv->data,
				    c->prompts, err) == -1))
		return -1;
	if (n == 1)
		only = llm_nth(srv->llm, 0);
	if (c->endpoint == NULL)
		c->endpoint = n == 0	     ? ENDPOINT_OFFLINE
			      : only != NULL ? only->name
					     : "";
	else if (llm_find(srv->llm, c->endpoint) == NULL)
		return err_set(err, ERR_BAD_SETTING, "endpoint",
		    "there is no endpoint called %.31s", c->endpoint);
	strlcpy(srv->endpoint, c->endpoint, sizeof srv->endpoint);
	return 0;
}

static int
open_all(struct server *srv, const struct server_config *c, struct err *err)
{
	struct journal_config jc;
	size_t i;

	srv->words = words_open(srv->data, err);
	if (srv->words == NULL)
		return -1;
	journal_defaults(&jc);
	jc.path = c->journal;
	/* The limit is asked before anything is decided; this is for what
	 * cannot be asked. */
	jc.queue_max = (int)srv->limits[LIMIT_QUEUE] + OWN_BATCHES;
	jc.retry_ms = (int)srv->limits[LIMIT_RETRY_MS];
	srv->journal = journal_open(&jc, srv->efd, err);
	if (srv->journal == NULL)
		return -1;
	srv->erasures = erasures_open(c->erasures, err);
	if (srv->erasures == NULL || erase_restored(srv, err) == -1)
		return -1;
	srv->opening = false;
	if (recover(srv, err) == -1)
		return -1;
	if (net_listen_unix(srv->net, c->socket, 0660, err) == -1)
		return -1;
	for (i = 0; i < c->ntcp; i++)
		if (listen_tcp(srv, c->tcp[i], err) == -1)
			return -1;
	log_note("caucusd: listening on %s", c->socket);
	return 0;
}

struct server *
server_new(struct server_config *c, struct err *err)
{
	struct server *srv = xcalloc(1, sizeof *srv);

	raise_files();
	RB_INIT(&srv->lives);
	RB_INIT(&srv->peers);
	exchanges_init(&srv->exchanges);
	TAILQ_INIT(&srv->busy);
	memcpy(srv->limits, c->limits, sizeof srv->limits);
	srv->data = xstrdup(c->data);
	srv->checking = srv->opening = true;
	server_clock(srv);
	srv->efd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	srv->base = event_base_new();
	if (srv->efd == -1 || srv->base == NULL)
		log_fatal("no event loop can be had");
	events_setup(srv);
	net_setup(srv);
	srv->llm = llm_new(srv->base, exchange_answered, srv);
	if (llm_setup(srv, c, err) == 0 && open_all(srv, c, err) == 0)
		return srv;
	server_free(srv);
	return NULL;
}

void
server_free(struct server *srv)
{
	struct live *live;
	struct peer *peer;
	size_t i;

	if (srv == NULL)
		return;
	net_free(srv->net);
	while ((peer = RB_ROOT(&srv->peers)) != NULL)
		peer_free(srv, peer);
	while ((live = RB_ROOT(&srv->lives)) != NULL)
		live_free(live);
	exchanges_clear(srv);
	llm_free(srv->llm);
	for (i = 0; i < TEMPLATES; i++)
		template_free(srv->templates[i]);
	if (srv->journal != NULL)
		journal_close(srv->journal, (int)srv->limits[LIMIT_GRACE_MS]);
	erasures_close(srv->erasures);
	for (i = 0; i < 3; i++)
		event_free(srv->signals[i]);
	event_free(srv->sweep);
	event_free(srv->again);
	event_free(srv->journal_event);
	event_base_free(srv->base);
	close(srv->efd);
	words_close(srv->words);
	buf_free(&srv->scratch);
	buf_free(&srv->written);
	free(srv->data);
	free(srv);
}
