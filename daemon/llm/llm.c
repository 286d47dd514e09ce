#include "llm/llm.h"

#include <curl/curl.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/tree.h>
#include <time.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "llm/fair.h"
#include "llm/pace.h"

/* An endpoint with those who wait for it. */
struct lane {
	struct endpoint *e;
	struct pace pace;
	struct fair waiting;
	size_t running;
	struct event *later; /* when something may be sent again */
	TAILQ_ENTRY(lane) next;
};

enum request_state { WAITING, RUNNING, ENDED };
struct request {
	uint64_t id;
	enum request_state state;
	struct lane *lane;
	char *body;
	uint64_t sent;	   /* RUNNING: in which order */
	size_t len, given; /* of body; how much of it libcurl has had */
	CURL *easy;
	struct curl_slist *headers;
	struct buf in;
	bool too_long;
	struct answer answer;
	char error[CURL_ERROR_SIZE]; /* libcurl's; outlives the handle */
	RB_ENTRY(request) entry;
	struct fair_item place;	   /* WAITING: in the lane's queue */
	TAILQ_ENTRY(request) next; /* ENDED */
};

/* A socket libcurl watches.  Its event is freed by the step after it ended,
 * for libcurl ends sockets inside their own callbacks. */
struct watch {
	struct llm *l;
	struct event *event;
	TAILQ_ENTRY(watch) next;
};

RB_HEAD(request_tree, request);
struct llm {
	struct event_base *base;
	llm_answer_fn *fn;
	void *arg;
	CURLM *multi;
	struct event *timer, *step;
	struct endpoint *offline;
	TAILQ_HEAD(, lane) lanes;
	struct request_tree requests;
	TAILQ_HEAD(, request) ended;
	TAILQ_HEAD(, watch) watches, dead;
	uint64_t ids, sent;
	bool broken; /* libcurl lost its way: begin anew */
};

static int
request_cmp(struct request *a, struct request *b)
{
	return (a->id > b->id) - (a->id < b->id);
}
RB_PROTOTYPE(request_tree, request, entry, request_cmp)
RB_GENERATE(request_tree, request, entry, request_cmp)

/* All that is done to handles and requests is done in the step, behind
 * everybody's callbacks. */
static void
wake(struct llm *l)
{
	event_active(l->step, EV_TIMEOUT, 0);
}

/* ---- libcurl asks for sockets and time ---- */

static void
drive(struct llm *l, curl_socket_t fd, int what)
{
	int running;

	if (curl_multi_socket_action(l->multi, fd, what, &running) != CURLM_OK)
		l->broken = true;
	wake(l);
}

static void
socket_ready_cb(evutil_socket_t fd, short what, void *arg)
{
	struct watch *w = arg;

	drive(w->l, fd,
	    ((what & EV_READ) != 0 ? CURL_CSELECT_IN : 0) |
		((what & EV_WRITE) != 0 ? CURL_CSELECT_OUT : 0));
}

static void
timer_cb(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	drive(arg, CURL_SOCKET_TIMEOUT, 0);
}

static void
watch_end(struct watch *w)
{
	event_del(w->event);
	TAILQ_REMOVE(&w->l->watches, w, next);
	TAILQ_INSERT_TAIL(&w->l->dead, w, next);
	wake(w->l);
}

static int
want_socket_cb(
    CURL *easy, curl_socket_t fd, int what, void *arg, void *assigned)
{
	struct watch *w;
	struct llm *l = arg;
	short events = EV_PERSIST;

	(void)easy; /* may be none of ours: a connection being closed */
	if (assigned != NULL)
		watch_end(assigned);
	if (what == CURL_POLL_REMOVE)
		return 0;
	w = xcalloc(1, sizeof(*w));
	w->l = l;
	TAILQ_INSERT_TAIL(&l->watches, w, next);
	curl_multi_assign(l->multi, fd, w);
	events |= (what & CURL_POLL_IN) != 0 ? EV_READ : 0;
	events |= (what & CURL_POLL_OUT) != 0 ? EV_WRITE : 0;
	w->event = event_new(l->base, fd, events, socket_ready_cb, w);
	event_add(w->event, NULL);
	return 0;
}

/* One timer, shot once; 0 fires in the next turn, never here. */
static int
want_timer_cb(CURLM *multi, long ms, void *arg)
{
	struct llm *l = arg;
	struct timeval tv = {ms / 1000, (ms % 1000) * 1000};

	(void)multi;
	if (ms < 0)
		evtimer_del(l->timer);
	else
		evtimer_add(l->timer, &tv);
	return 0;
}

static void
multi_open(struct llm *l)
{
	l->multi = curl_multi_init();
	if (l->multi == NULL)
		log_fatal("libcurl cannot be set up");
	curl_multi_setopt(l->multi, CURLMOPT_SOCKETFUNCTION, want_socket_cb);
	curl_multi_setopt(l->multi, CURLMOPT_SOCKETDATA, l);
	curl_multi_setopt(l->multi, CURLMOPT_TIMERFUNCTION, want_timer_cb);
	curl_multi_setopt(l->multi, CURLMOPT_TIMERDATA, l);
	l->broken = false;
}

/* ---- one request ---- */

static void
headers_free(struct curl_slist *list)
{
	struct curl_slist *h;

	for (h = list; h != NULL; h = h->next) /* one of them holds the key */
		explicit_bzero(h->data, strlen(h->data));
	curl_slist_free_all(list);
}

/* Takes it out of libcurl's hands; the answer stays. */
static void
request_detach(struct llm *l, struct request *r)
{
	if (r->easy == NULL)
		return;
	curl_multi_remove_handle(l->multi, r->easy);
	curl_easy_cleanup(r->easy);
	headers_free(r->headers);
	r->easy = NULL;
	r->headers = NULL;
	r->lane->running--;
}

/* Off every list: from here on nobody finds it. */
static void
request_take(struct llm *l, struct request *r)
{
	request_detach(l, r);
	fair_remove(&r->lane->waiting, &r->place);
	if (r->state == ENDED)
		TAILQ_REMOVE(&l->ended, r, next);
	RB_REMOVE(request_tree, &l->requests, r);
}

static void
request_free(struct request *r)
{
	answer_clear(&r->answer);
	buf_free(&r->in);
	free(r->body);
	free(r);
}

static void
request_end(struct llm *l, struct request *r)
{
	request_detach(l, r);
	fair_remove(&r->lane->waiting, &r->place);
	r->state = ENDED;
	TAILQ_INSERT_TAIL(&l->ended, r, next);
}

static size_t
received_cb(char *bytes, size_t one, size_t n, void *arg)
{
	struct request *r = arg;

	(void)one; /* always 1 */
	if (r->in.len + n > LLM_RESPONSE_MAX) {
		r->too_long = true;
		return CURL_WRITEFUNC_ERROR;
	}
	buf_add(&r->in, bytes, n);
	return n;
}

/* libcurl sends a request again by itself when a connection that it had kept
 * breaks; a model may have answered, and been paid for, twice.  A body that
 * cannot be rewound makes it fail instead: each sending is one exchange. */
static size_t
give_cb(char *out, size_t one, size_t n, void *arg)
{
	struct request *r = arg;

	(void)one; /* always 1 */
	if (n > r->len - r->given)
		n = r->len - r->given;
	memcpy(out, r->body + r->given, n);
	r->given += n;
	return n;
}

static void
add_header(struct request *r, const char *line)
{
	struct curl_slist *more = curl_slist_append(r->headers, line);

	if (more == NULL)
		log_fatal("out of memory");
	r->headers = more;
}

static void
add_headers(struct request *r, const struct endpoint *e)
{
	char line[5000];

	add_header(r, "Content-Type: application/json");
	add_header(r, "Accept: application/json");
	add_header(r, "Expect:");
	if (e->key == NULL)
		return;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(line, sizeof(line), e->provider->key_header, e->key);
#pragma GCC diagnostic pop
	add_header(r, line);
	explicit_bzero(line, sizeof(line));
}

static void
set_options(struct request *r, const struct endpoint *e)
{
	char *url = e->provider->url(e);
	CURL *c = r->easy;

	curl_easy_setopt(c, CURLOPT_URL, url);
	free(url);
	curl_easy_setopt(c, CURLOPT_PRIVATE, r);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, r->error);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, "https");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_PROXY, e->proxy != NULL ? e->proxy : "");
	if (e->ca_file != NULL)
		curl_easy_setopt(c, CURLOPT_CAINFO, e->ca_file);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)e->connect_ms);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)e->timeout_ms);
	curl_easy_setopt(c, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS);
	/* A burst shares one connection where TLS says that it can; without
	 * TLS it would wait for the first answer to know. */
	curl_easy_setopt(c, CURLOPT_PIPEWAIT,
	    strncasecmp(e->url, "https:", 6) == 0 ? 1L : 0L);
	curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "gzip");
	curl_easy_setopt(c, CURLOPT_USERAGENT, "caucusd/" CAUCUS_VERSION);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, r->headers);
	curl_easy_setopt(c, CURLOPT_POST, 1L);
	curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->len);
	curl_easy_setopt(c, CURLOPT_READFUNCTION, give_cb);
	curl_easy_setopt(c, CURLOPT_READDATA, r);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, received_cb);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, r);
}

static void
request_start(struct llm *l, struct request *r)
{
	struct lane *lane = r->lane;

	lane->running++;
	r->sent = ++l->sent;
	r->state = RUNNING;
	r->easy = curl_easy_init();
	if (r->easy == NULL)
		log_fatal("libcurl cannot be set up");
	add_headers(r, lane->e);
	set_options(r, lane->e);
	if (curl_multi_add_handle(l->multi, r->easy) != CURLM_OK) {
		l->broken = true;
		wake(l);
	}
}

/* ---- what became of it ---- */

/* What libcurl's codes stand for; whatever is not here is the network's. */
static const struct {
	CURLcode code;
	enum outcome outcome;
	const char *why;
} failures[] = {
    {CURLE_OPERATION_TIMEDOUT, OUTCOME_TIMEOUT, "too_slow"},
    {CURLE_COULDNT_RESOLVE_HOST, OUTCOME_UNAVAILABLE, "host_unknown"},
    {CURLE_COULDNT_RESOLVE_PROXY, OUTCOME_UNAVAILABLE, "proxy_unknown"},
    {CURLE_COULDNT_CONNECT, OUTCOME_UNAVAILABLE, "not_connected"},
    {CURLE_GOT_NOTHING, OUTCOME_UNAVAILABLE, "closed"},
    {CURLE_SEND_FAIL_REWIND, OUTCOME_UNAVAILABLE, "closed"},
    {CURLE_PARTIAL_FILE, OUTCOME_UNAVAILABLE, "cut_off"},
    {CURLE_PEER_FAILED_VERIFICATION, OUTCOME_CONFIG, "certificate"},
    {CURLE_SSL_CACERT_BADFILE, OUTCOME_CONFIG, "ca_file"},
    {CURLE_UNSUPPORTED_PROTOCOL, OUTCOME_CONFIG, "protocol"},
    {CURLE_URL_MALFORMAT, OUTCOME_CONFIG, "url"},
};

static void
read_failure(struct request *r, CURLcode code)
{
	struct answer *a = &r->answer;

	a->outcome = OUTCOME_UNAVAILABLE;
	a->why = "network";
	if (r->too_long) {
		a->outcome = OUTCOME_PARSE;
		a->why = "too_long";
		return;
	}
	for (size_t i = 0; i < sizeof(failures) / sizeof(*failures); i++)
		if (failures[i].code == code) {
			a->outcome = failures[i].outcome;
			a->why = failures[i].why;
		}
}

static void
read_answer(struct request *r, CURLcode code)
{
	struct answer *a = &r->answer;
	curl_off_t us = 0, after = 0;
	long status = 0;

	if (code != CURLE_OK)
		read_failure(r, code);
	else {
		curl_easy_getinfo(r->easy, CURLINFO_RESPONSE_CODE, &status);
		r->lane->e->provider->read((int)status,
		    r->in.data != NULL ? r->in.data : "", r->in.len, a);
		a->status = (int)status;
	}
	curl_easy_getinfo(r->easy, CURLINFO_TOTAL_TIME_T, &us);
	a->facts.ms = us / 1000;
	/* Before libcurl 8.12 it may be negative. */
	curl_easy_getinfo(r->easy, CURLINFO_RETRY_AFTER, &after);
	if (after > 0)
		a->retry_after_ms = (after > 86400 ? 86400 : after) * 1000;
}

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
hear(struct llm *l, struct lane *lane, const struct request *r)
{
	struct pace *p = &lane->pace;
	bool was_open = pace_open(p);
	int64_t was = pace_window(p);

	pace_heard(p, r->sent, l->sent, r->answer.outcome,
	    r->answer.retry_after_ms, now_ms());
	if (pace_open(p) && !was_open)
		log_warn("endpoint %s does not answer; what is to be sent to "
			 "it waits until it is back",
		    lane->e->name);
	else if (was_open && !pace_open(p))
		log_warn("endpoint %s answers again", lane->e->name);
	else if (pace_window(p) < was)
		log_info("endpoint %s is asked for too much: %lld requests at "
			 "once from now on",
		    lane->e->name, (long long)pace_window(p));
}

/* ---- the step ---- */

static void
take_finished(struct llm *l)
{
	struct request *r;
	CURLMsg *msg;
	CURLcode code;
	CURL *easy;
	int left;

	while ((msg = curl_multi_info_read(l->multi, &left)) != NULL) {
		if (msg->msg != CURLMSG_DONE)
			continue;
		easy = msg->easy_handle; /* msg dies with the handle */
		code = msg->data.result;
		curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&r);
		read_answer(r, code);
		hear(l, r->lane, r);
		request_end(l, r);
	}
}

/* libcurl does not know any more where it stands: what runs has failed. */
static void
begin_anew(struct llm *l)
{
	struct request *r;

	log_error("libcurl failed; requests in flight are given up");
	RB_FOREACH(r, request_tree, &l->requests)
		if (r->state == RUNNING) {
			r->answer.outcome = OUTCOME_UNAVAILABLE;
			r->answer.why = "network";
			request_end(l, r);
		}
	curl_multi_cleanup(l->multi);
	multi_open(l);
}

static struct request *
whose_place(struct fair_item *item)
{
	return (void *)((char *)item - offsetof(struct request, place));
}

/* Comes again when the endpoint may be asked; what runs wakes it too. */
static void
wait_for_room(struct lane *lane, int64_t now)
{
	int64_t ms = lane->pace.until - now;
	struct timeval tv = {ms / 1000, ms % 1000 * 1000};

	if (lane->waiting.n > 0 && ms > 0)
		evtimer_add(lane->later, &tv);
}

static void
admit_waiting(struct llm *l)
{
	int64_t now = now_ms();
	struct lane *lane;

	TAILQ_FOREACH(lane, &l->lanes, next) {
		while (lane->waiting.n > 0 &&
		       pace_room(&lane->pace, lane->running, now) > 0)
			request_start(
			    l, whose_place(fair_next(&lane->waiting)));
		wait_for_room(lane, now);
	}
}

static void
reap_watches(struct llm *l)
{
	struct watch *w;

	while ((w = TAILQ_FIRST(&l->dead)) != NULL) {
		TAILQ_REMOVE(&l->dead, w, next);
		event_free(w->event);
		free(w);
	}
}

static void
tell_ended(struct llm *l)
{
	struct request *r;

	while ((r = TAILQ_FIRST(&l->ended)) != NULL) {
		request_take(l, r);
		l->fn(r->id, &r->answer, l->arg);
		request_free(r);
	}
}

static void
step_cb(evutil_socket_t fd, short what, void *arg)
{
	struct llm *l = arg;

	(void)fd;
	(void)what;
	take_finished(l);
	if (l->broken)
		begin_anew(l);
	reap_watches(l);
	tell_ended(l);
	admit_waiting(l);
}

/* ---- for the owner ---- */

struct llm *
llm_new(struct event_base *base, llm_answer_fn *fn, void *arg)
{
	struct llm *l = xcalloc(1, sizeof(*l));

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		log_fatal("libcurl cannot be set up");
	l->base = base;
	l->fn = fn;
	l->arg = arg;
	TAILQ_INIT(&l->lanes);
	TAILQ_INIT(&l->ended);
	TAILQ_INIT(&l->watches);
	TAILQ_INIT(&l->dead);
	RB_INIT(&l->requests);
	l->timer = evtimer_new(base, timer_cb, l);
	l->step = event_new(base, -1, 0, step_cb, l);
	l->offline = endpoint_offline();
	multi_open(l);
	return l;
}

static struct lane *
lane_find(const struct llm *l, const char *name)
{
	struct lane *lane;

	TAILQ_FOREACH(lane, &l->lanes, next)
		if (strcmp(lane->e->name, name) == 0)
			return lane;
	return NULL;
}

int
llm_add(struct llm *l, struct endpoint *e, struct err *err)
{
	struct lane *lane;

	if (lane_find(l, e->name) != NULL) {
		err_set(err, ERR_BAD_SETTING, "endpoint",
		    "there are two endpoints called %s", e->name);
		endpoint_free(e);
		return -1;
	}
	lane = xcalloc(1, sizeof(*lane));
	lane->e = e;
	pace_init(&lane->pace, e->window, e->breaker);
	fair_init(&lane->waiting);
	lane->later = event_new(l->base, -1, 0, step_cb, l);
	TAILQ_INSERT_TAIL(&l->lanes, lane, next);
	return 0;
}

const struct endpoint *
llm_find(const struct llm *l, const char *name)
{
	const struct lane *lane;

	if (strcmp(name, ENDPOINT_OFFLINE) == 0)
		return l->offline;
	lane = lane_find(l, name);
	return lane != NULL ? lane->e : NULL;
}

const struct endpoint *
llm_nth(const struct llm *l, size_t n)
{
	const struct lane *lane;

	TAILQ_FOREACH(lane, &l->lanes, next)
		if (n-- == 0)
			return lane->e;
	return NULL;
}

uint64_t
llm_send(struct llm *l, const struct endpoint *e, const char *owner,
    const struct prompt *p)
{
	struct request *r = xcalloc(1, sizeof(*r));

	r->id = ++l->ids;
	r->lane = lane_find(l, e->name);
	answer_init(&r->answer);
	RB_INSERT(request_tree, &l->requests, r);
	if (r->lane->waiting.n >= (size_t)e->queue) {
		r->answer.outcome = OUTCOME_RATE;
		r->answer.why = "queue_full";
		request_end(l, r);
	} else {
		r->body = e->provider->body(e, p);
		r->len = strlen(r->body);
		fair_put(&r->lane->waiting, &r->place, owner);
	}
	wake(l);
	return r->id;
}

void
llm_cancel(struct llm *l, uint64_t id)
{
	struct request key = {.id = id}, *r;

	r = RB_FIND(request_tree, &l->requests, &key);
	if (r == NULL)
		return;
	request_take(l, r);
	request_free(r);
	wake(l);
}

void
llm_load(const struct llm *l, const char *endpoint, struct llm_load *out)
{
	const struct lane *lane = lane_find(l, endpoint);

	memset(out, 0, sizeof(*out));
	if (lane == NULL)
		return;
	out->waiting = lane->waiting.n;
	out->running = lane->running;
	out->window = (size_t)pace_window(&lane->pace);
	out->away = pace_open(&lane->pace);
}

void
llm_free(struct llm *l)
{
	struct request *r;
	struct lane *lane;
	struct watch *w;

	if (l == NULL)
		return;
	while ((r = RB_MIN(request_tree, &l->requests)) != NULL) {
		request_take(l, r);
		request_free(r);
	}
	curl_multi_cleanup(l->multi);
	while ((w = TAILQ_FIRST(&l->watches)) != NULL)
		watch_end(w);
	reap_watches(l);
	while ((lane = TAILQ_FIRST(&l->lanes)) != NULL) {
		TAILQ_REMOVE(&l->lanes, lane, next);
		event_free(lane->later);
		endpoint_free(lane->e);
		free(lane);
	}
	endpoint_free(l->offline);
	event_free(l->timer);
	event_free(l->step);
	free(l);
}
