#include "llm/transport.h"

#include <curl/curl.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "llm/network.h"

struct transfer {
	const struct endpoint *e;
	void *owner;
	char *body;
	size_t len, given; /* of body; how much of it libcurl has had */
	CURL *easy;	   /* NULL: it has ended */
	struct curl_slist *headers;
	struct buf in;
	bool too_long;
	const char *forbidden; /* an address was, and why; NULL */
	const char *setting;   /* that would have allowed it */
	struct answer answer;
	char error[CURL_ERROR_SIZE]; /* libcurl's; outlives the handle */
	TAILQ_ENTRY(transfer) next;  /* of running or of ended */
};
TAILQ_HEAD(transfer_list, transfer);

/* A socket libcurl watches.  Its event is freed by the step after it ended,
 * for libcurl ends sockets inside their own callbacks. */
struct watch {
	struct transport *t;
	struct event *event;
	TAILQ_ENTRY(watch) next;
};

struct transport {
	struct event_base *base;
	transport_done_fn *fn;
	void *arg;
	CURLM *multi;
	struct event *timer, *step;
	struct transfer_list running, ended;
	TAILQ_HEAD(, watch) watches, dead;
	bool broken; /* libcurl lost its way: begin anew */
};

/* All that is done to handles and transfers is done in the step, behind
 * everybody's callbacks. */
static void
wake(struct transport *t)
{
	event_active(t->step, EV_TIMEOUT, 0);
}

/* ---- libcurl asks for sockets and time ---- */

static void
drive(struct transport *t, curl_socket_t fd, int what)
{
	int running;

	if (curl_multi_socket_action(t->multi, fd, what, &running) != CURLM_OK)
		t->broken = true;
	wake(t);
}

static void
socket_ready_cb(evutil_socket_t fd, short what, void *arg)
{
	struct watch *w = arg;

	drive(w->t, fd,
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
	TAILQ_REMOVE(&w->t->watches, w, next);
	TAILQ_INSERT_TAIL(&w->t->dead, w, next);
	wake(w->t);
}

static int
want_socket_cb(
    CURL *easy, curl_socket_t fd, int what, void *arg, void *assigned)
{
	struct watch *w;
	struct transport *t = arg;
	short events = EV_PERSIST;

	(void)easy; /* may be none of ours: a connection being closed */
	if (assigned != NULL)
		watch_end(assigned);
	if (what == CURL_POLL_REMOVE)
		return 0;
	w = xcalloc(1, sizeof(*w));
	w->t = t;
	TAILQ_INSERT_TAIL(&t->watches, w, next);
	curl_multi_assign(t->multi, fd, w);
	events |= (what & CURL_POLL_IN) != 0 ? EV_READ : 0;
	events |= (what & CURL_POLL_OUT) != 0 ? EV_WRITE : 0;
	w->event = event_new(t->base, fd, events, socket_ready_cb, w);
	event_add(w->event, NULL);
	return 0;
}

/* One timer, shot once; 0 fires in the next turn, never here. */
static int
want_timer_cb(CURLM *multi, long ms, void *arg)
{
	struct transport *t = arg;
	struct timeval tv = {ms / 1000, (ms % 1000) * 1000};

	(void)multi;
	if (ms < 0)
		evtimer_del(t->timer);
	else
		evtimer_add(t->timer, &tv);
	return 0;
}

static void
multi_open(struct transport *t)
{
	t->multi = curl_multi_init();
	if (t->multi == NULL)
		log_fatal("libcurl cannot be set up");
	curl_multi_setopt(t->multi, CURLMOPT_SOCKETFUNCTION, want_socket_cb);
	curl_multi_setopt(t->multi, CURLMOPT_SOCKETDATA, t);
	curl_multi_setopt(t->multi, CURLMOPT_TIMERFUNCTION, want_timer_cb);
	curl_multi_setopt(t->multi, CURLMOPT_TIMERDATA, t);
	t->broken = false;
}

/* ---- one transfer ---- */

static void
headers_free(struct curl_slist *list)
{
	struct curl_slist *h;

	for (h = list; h != NULL; h = h->next) /* one of them holds the key */
		explicit_bzero(h->data, strlen(h->data));
	curl_slist_free_all(list);
}

static size_t
received_cb(char *bytes, size_t one, size_t n, void *arg)
{
	struct transfer *x = arg;

	(void)one; /* always 1 */
	if (x->in.len + n > TRANSPORT_MAX) {
		x->too_long = true;
		return CURL_WRITEFUNC_ERROR;
	}
	buf_add(&x->in, bytes, n);
	return n;
}

/* libcurl sends a request again by itself when a connection that it had kept
 * breaks; a model may have answered, and been paid for, twice.  A body that
 * cannot be rewound makes it fail instead: each sending is one exchange. */
static size_t
give_cb(char *out, size_t one, size_t n, void *arg)
{
	struct transfer *x = arg;

	(void)one; /* always 1 */
	if (n > x->len - x->given)
		n = x->len - x->given;
	memcpy(out, x->body + x->given, n);
	x->given += n;
	return n;
}

static void
add_header(struct transfer *x, const char *line)
{
	struct curl_slist *more = curl_slist_append(x->headers, line);

	if (more == NULL)
		log_fatal("out of memory");
	x->headers = more;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
/* One of the tables' formats, filled; wiped, for it may hold the key. */
static void
add_filled(struct transfer *x, const char *format, const char *value)
{
	char line[5000];

	snprintf(line, sizeof(line), format, value);
	add_header(x, line);
	explicit_bzero(line, sizeof(line));
}
#pragma GCC diagnostic pop

static void
add_headers(struct transfer *x, const struct endpoint *e)
{
	add_header(x, "Content-Type: application/json");
	add_header(x, "Accept: application/json");
	add_header(x, "Expect:");
	if (e->provider->version_header != NULL)
		add_filled(x, e->provider->version_header, endpoint_version(e));
	if (e->key != NULL)
		add_filled(x, endpoint_key_header(e), e->key);
}

/* The last word on where it goes: whatever a name stood for before, this is
 * what is connected to.  Where there is a proxy, it is the proxy, which was
 * named on purpose. */
static curl_socket_t
open_socket_cb(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct transfer *x = arg;
	const char *why, *setting;

	(void)purpose; /* there is but one */
	if (x->e->proxy == NULL &&
	    !network_allows(x->e, network_of(&a->addr), &why, &setting)) {
		x->forbidden = why;
		x->setting = setting;
		return CURL_SOCKET_BAD;
	}
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

static void
set_options(struct transfer *x, const struct endpoint *e)
{
	char *url = provider_url(e, e->provider->path);
	CURL *c = x->easy;

	curl_easy_setopt(c, CURLOPT_URL, url);
	free(url);
	curl_easy_setopt(c, CURLOPT_PRIVATE, x);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, x->error);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, "https");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_PROXY, e->proxy != NULL ? e->proxy : "");
	if (e->ca_file != NULL)
		curl_easy_setopt(c, CURLOPT_CAINFO, e->ca_file);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)e->connect_ms);
	curl_easy_setopt(c, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS);
	/* A burst shares one connection where TLS says that it can; without
	 * TLS it would wait for the first answer to know. */
	curl_easy_setopt(c, CURLOPT_PIPEWAIT,
	    strncasecmp(e->url, "https:", 6) == 0 ? 1L : 0L);
	curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "gzip");
	curl_easy_setopt(c, CURLOPT_USERAGENT, "caucusd/" CAUCUS_VERSION);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, x->headers);
	curl_easy_setopt(c, CURLOPT_POST, 1L);
	curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)x->len);
	curl_easy_setopt(c, CURLOPT_READFUNCTION, give_cb);
	curl_easy_setopt(c, CURLOPT_READDATA, x);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, received_cb);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, x);
	curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket_cb);
	curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, x);
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
read_failure(struct transfer *x, CURLcode code)
{
	struct answer *a = &x->answer;

	a->outcome = OUTCOME_UNAVAILABLE;
	a->why = "network";
	if (x->too_long) {
		a->outcome = OUTCOME_PARSE;
		a->why = "too_long";
		return;
	}
	if (x->forbidden != NULL && code == CURLE_COULDNT_CONNECT) {
		a->outcome = OUTCOME_CONFIG;
		a->why = x->forbidden;
		log_warn("endpoint %s: %s is no public address, and not "
			 "connected to; to allow it say %s",
		    x->e->name, x->e->host, x->setting);
		return;
	}
	for (size_t i = 0; i < sizeof(failures) / sizeof(*failures); i++)
		if (failures[i].code == code) {
			a->outcome = failures[i].outcome;
			a->why = failures[i].why;
		}
}

static void
read_answer(struct transfer *x, CURLcode code)
{
	struct answer *a = &x->answer;
	curl_off_t us = 0, after = 0;
	long status = 0;

	if (code != CURLE_OK)
		read_failure(x, code);
	else {
		curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
		answer_read(x->e->provider, (int)status,
		    x->in.data != NULL ? x->in.data : "", x->in.len, a);
		a->status = (int)status;
	}
	curl_easy_getinfo(x->easy, CURLINFO_TOTAL_TIME_T, &us);
	a->facts.ms = us / 1000;
	/* Before libcurl 8.12 it may be negative. */
	curl_easy_getinfo(x->easy, CURLINFO_RETRY_AFTER, &after);
	if (after > 0)
		a->retry_after_ms = (after > 86400 ? 86400 : after) * 1000;
}

/* ---- the step ---- */

/* Takes it out of libcurl's hands; the answer stays. */
static void
transfer_detach(struct transport *t, struct transfer *x)
{
	curl_multi_remove_handle(t->multi, x->easy);
	curl_easy_cleanup(x->easy);
	headers_free(x->headers);
	x->easy = NULL;
	x->headers = NULL;
	TAILQ_REMOVE(&t->running, x, next);
}

static void
transfer_end(struct transport *t, struct transfer *x)
{
	transfer_detach(t, x);
	TAILQ_INSERT_TAIL(&t->ended, x, next);
}

static void
transfer_free(struct transfer *x)
{
	answer_clear(&x->answer);
	buf_free(&x->in);
	free(x->body);
	free(x);
}

static void
take_finished(struct transport *t)
{
	struct transfer *x;
	CURLMsg *msg;
	CURLcode code;
	CURL *easy;
	int left;

	while ((msg = curl_multi_info_read(t->multi, &left)) != NULL) {
		if (msg->msg != CURLMSG_DONE)
			continue;
		easy = msg->easy_handle; /* msg dies with the handle */
		code = msg->data.result;
		curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&x);
		read_answer(x, code);
		transfer_end(t, x);
	}
}

static void
reap_watches(struct transport *t)
{
	struct watch *w;

	while ((w = TAILQ_FIRST(&t->dead)) != NULL) {
		TAILQ_REMOVE(&t->dead, w, next);
		event_free(w->event);
		free(w);
	}
}

/* libcurl does not know any more where it stands: what runs has failed. */
static void
begin_anew(struct transport *t)
{
	struct transfer *x;

	log_error("libcurl failed; requests in flight are given up");
	while ((x = TAILQ_FIRST(&t->running)) != NULL) {
		x->answer.outcome = OUTCOME_UNAVAILABLE;
		x->answer.why = "network";
		transfer_end(t, x);
	}
	curl_multi_cleanup(t->multi);
	multi_open(t);
}

static void
tell_ended(struct transport *t)
{
	struct transfer *x;

	while ((x = TAILQ_FIRST(&t->ended)) != NULL) {
		TAILQ_REMOVE(&t->ended, x, next);
		t->fn(x->owner, &x->answer, t->arg);
		transfer_free(x);
	}
}

static void
step_cb(evutil_socket_t fd, short what, void *arg)
{
	struct transport *t = arg;

	(void)fd;
	(void)what;
	take_finished(t);
	if (t->broken)
		begin_anew(t);
	reap_watches(t);
	tell_ended(t);
}

/* ---- for the owner ---- */

struct transport *
transport_new(struct event_base *base, transport_done_fn *fn, void *arg)
{
	struct transport *t = xcalloc(1, sizeof(*t));

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		log_fatal("libcurl cannot be set up");
	t->base = base;
	t->fn = fn;
	t->arg = arg;
	TAILQ_INIT(&t->running);
	TAILQ_INIT(&t->ended);
	TAILQ_INIT(&t->watches);
	TAILQ_INIT(&t->dead);
	t->timer = evtimer_new(base, timer_cb, t);
	t->step = event_new(base, -1, 0, step_cb, t);
	multi_open(t);
	return t;
}

struct transfer *
transport_post(struct transport *t, const struct endpoint *e, char *body,
    int64_t timeout_ms, void *owner)
{
	struct transfer *x = xcalloc(1, sizeof(*x));

	x->e = e;
	x->owner = owner;
	x->body = body;
	x->len = strlen(body);
	answer_init(&x->answer);
	x->easy = curl_easy_init();
	if (x->easy == NULL)
		log_fatal("libcurl cannot be set up");
	add_headers(x, e);
	set_options(x, e);
	curl_easy_setopt(x->easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	TAILQ_INSERT_TAIL(&t->running, x, next);
	if (curl_multi_add_handle(t->multi, x->easy) != CURLM_OK) {
		t->broken = true;
		wake(t);
	}
	return x;
}

void
transport_cancel(struct transport *t, struct transfer *x)
{
	if (x->easy != NULL)
		transfer_detach(t, x);
	else
		TAILQ_REMOVE(&t->ended, x, next);
	transfer_free(x);
	wake(t);
}

void
transport_free(struct transport *t)
{
	struct transfer *x;
	struct watch *w;

	while ((x = TAILQ_FIRST(&t->running)) != NULL)
		transfer_end(t, x);
	while ((x = TAILQ_FIRST(&t->ended)) != NULL) {
		TAILQ_REMOVE(&t->ended, x, next);
		transfer_free(x);
	}
	curl_multi_cleanup(t->multi);
	while ((w = TAILQ_FIRST(&t->watches)) != NULL)
		watch_end(w);
	reap_watches(t);
	event_free(t->timer);
	event_free(t->step);
	free(t);
}
