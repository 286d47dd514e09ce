/* The fake endpoint's server: evhttp on loopback. */
#include "tests/fake/fake.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <math.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/stream.h"

#define BODY_MAX ((ev_ssize_t)8 << 20)

/* A request that is being answered. */
struct serving {
	struct fake *f;
	struct evhttp_request *req; /* NULL once libevent has it again */
	struct event *timer;
	struct fake_asked asked;
	struct fake_reply reply;
	char *bytes; /* the response's body */
	size_t len, sent;
	bool begun;
	TAILQ_ENTRY(serving) next;
};

struct fake {
	struct event_base *base;
	struct evhttp *http;
	struct fake_options o;
	struct fake_script script;
	struct fake_stats stats;
	struct stream jitter;
	int port, kinds[FAKE_KINDS];
	TAILQ_HEAD(, serving) serving;
};

static void
serving_free(struct serving *s)
{
	TAILQ_REMOVE(&s->f->serving, s, next);
	s->f->stats.now--;
	event_free(s->timer);
	free(s->reply.content);
	free(s->reply.body);
	free(s->reply.canary);
	json_decref(s->reply.logprobs);
	json_decref(s->asked.o);
	free(s->bytes);
	free(s);
}

/* Ends the connection; libevent frees the request with it. */
static void
hang_up(struct serving *s)
{
	struct evhttp_connection *c = evhttp_request_get_connection(s->req);

	if (c != NULL)
		evhttp_connection_free(c);
	else
		evhttp_request_free(s->req);
	serving_free(s);
}

static void
send_whole(struct serving *s)
{
	struct evbuffer *b = evbuffer_new();

	evbuffer_add(b, s->bytes, s->len);
	evhttp_send_reply(s->req, s->reply.status, "", b);
	evbuffer_free(b);
	serving_free(s);
}

static void
again(struct serving *s, int ms)
{
	struct timeval tv = {ms / 1000, (ms % 1000) * 1000};

	evtimer_add(s->timer, &tv);
}

/* Says how much will come, sends `n` bytes of it. */
static void
send_some(struct serving *s, size_t n)
{
	struct evbuffer *b = evbuffer_new();
	char length[24];

	snprintf(length, sizeof length, "%zu", s->len);
	if (!s->begun) {
		evhttp_add_header(evhttp_request_get_output_headers(s->req),
		    "Content-Length", length);
		evhttp_send_reply_start(s->req, s->reply.status, "");
	}
	s->begun = true;
	evbuffer_add(b, s->bytes + s->sent, n);
	evhttp_send_reply_chunk(s->req, b);
	s->sent += n;
	evbuffer_free(b);
}

/* In mid-character, where there is one of several bytes. */
static size_t
middle(const struct serving *s)
{
	size_t i;

	for (i = 1; i < s->len; i++)
		if ((s->bytes[i] & 0xc0) == 0x80)
			return i;
	return s->len / 2;
}

static size_t
first_part(const struct serving *s)
{
	switch (s->reply.mode) {
	case FAKE_CUT:
		return s->len / 2;
	case FAKE_SPLIT:
		return middle(s);
	default:
		return 1;
	}
}

/* More of what comes in parts; false when no more does. */
static bool
go_on(struct serving *s)
{
	if (s->sent == s->len || evhttp_request_get_connection(s->req) == NULL)
		return false;
	if (s->reply.mode == FAKE_SPLIT) {
		send_some(s, s->len - s->sent);
		evhttp_send_reply_end(s->req);
		serving_free(s);
		return true;
	}
	if (s->reply.mode != FAKE_DRIP)
		return false;
	send_some(s, 1);
	again(s, 50);
	return true;
}

static void
serve_cb(evutil_socket_t fd, short what, void *arg)
{
	struct serving *s = arg;

	(void)fd;
	(void)what;
	if (s->reply.mode == FAKE_SEND)
		send_whole(s);
	else if (s->begun && go_on(s))
		return;
	else if (s->reply.mode == FAKE_CLOSE || s->begun ||
		 evhttp_request_get_connection(s->req) == NULL) {
		hang_up(s);
	} else if (s->reply.mode != FAKE_HANG) {
		send_some(s, first_part(s));
		again(s, 20);
	}
}

static void
note_headers(struct fake *f, struct evhttp_request *req)
{
	static const char *const names[] = {
	    "Authorization", "x-api-key", "api-key", "x-goog-api-key"};
	struct evkeyvalq *headers = evhttp_request_get_input_headers(req);
	const char *version = evhttp_find_header(headers, "anthropic-version");
	const char *key;

	strlcpy(f->stats.version, version != NULL ? version : "",
	    sizeof f->stats.version);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		key = evhttp_find_header(headers, names[i]);
		if (key == NULL)
			continue;
		f->stats.keys++;
		snprintf(
		    f->stats.key, sizeof f->stats.key, "%s %s", names[i], key);
	}
}

static void
log_request(const struct fake *f, const struct serving *s, const char *fault)
{
	if (f->o.log == NULL)
		return;
	fprintf(f->o.log,
	    "{\"n\":%d,\"kind\":\"%s\",\"fault\":\"%s\",\"dialect\":"
	    "\"%s\"}\n",
	    f->stats.requests,
	    s->reply.kind == FAKE_DRAFT ? "draft" : "predict", fault,
	    s->asked.dialect->name);
	fflush(f->o.log);
}

/* Uniform in (0, 1). */
static double
draw(struct fake *f)
{
	return ((double)stream_below(&f->jitter, 1000000) + 0.5) / 1000000;
}

/* Fixed, jittered, or with the options log-normal about the median, and now
 * and then many times longer. */
static int
latency(struct fake *f)
{
	double ms = f->o.latency_ms, normal;

	if (f->o.jitter_ms > 0)
		ms += (double)stream_below(
		    &f->jitter, (uint64_t)f->o.jitter_ms + 1);
	if (f->o.sigma_percent > 0) { /* G. Box, M. Muller, 1958 */
		normal = sqrt(-2 * log(draw(f)));
		normal *= cos(2 * M_PI * draw(f));
		ms *= exp(f->o.sigma_percent / 100.0 * normal);
	}
	if (f->o.tail_percent > 0 && draw(f) * 100 < f->o.tail_percent)
		ms *= f->o.tail_factor;
	return ms < 600000 ? (int)ms : 600000;
}

static void
misbehave(struct serving *s)
{
	struct fake *f = s->f;
	const struct fake_rule *rule = fake_script_rule(&f->script,
	    s->reply.kind, f->stats.requests, f->kinds[s->reply.kind]);

	if (rule != NULL)
		rule->fault->apply(&s->reply, rule->argument);
	log_request(f, s, rule != NULL ? rule->fault->name : "none");
}

static void
prepare(struct serving *s)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(s->req);
	char *plain = fake_render(&s->reply);

	s->len = strlen(plain);
	s->bytes = plain;
	if (s->reply.gzip) {
		s->bytes = fake_gzip(plain, s->len, &s->len);
		free(plain);
		evhttp_add_header(headers, "Content-Encoding", "gzip");
	}
	evhttp_add_header(headers, "Content-Type", "application/json");
	/* Gemini tells it inside its error alone. */
	if (s->reply.retry_after != NULL &&
	    strcmp(s->asked.dialect->name, "gemini") != 0)
		evhttp_add_header(headers, "Retry-After", s->reply.retry_after);
}

static json_t *
read_request(const struct fake *f, struct evhttp_request *req)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(req);
	size_t n = evbuffer_get_length(in);
	const char *body = (const char *)evbuffer_pullup(in, -1);

	if (f->o.bodies != NULL) {
		fwrite(body, 1, n, f->o.bodies);
		fputc('\n', f->o.bodies);
		fflush(f->o.bodies);
	}
	return json_loadb(body, n, 0, NULL);
}

/* What a real server would refuse: NULL, or what is wrong. */
static const char *
check_request(struct serving *s)
{
	static const char missing[] = "anthropic-version";
	struct fake_asked *a = &s->asked;
	const char *member, *wrong;
	char word[64];
	json_t *v;

	if (!json_is_object(a->o))
		return "body";
	json_object_foreach(a->o, member, v) {
		snprintf(word, sizeof word, " %s ", member);
		if (strstr(a->dialect->members, word) == NULL)
			return member;
	}
	wrong = a->dialect->read(a);
	if (wrong != NULL || strcmp(a->dialect->name, "anthropic") != 0)
		return wrong;
	if (s->f->stats.version[0] == '\0')
		return missing;
	return strcmp(s->f->stats.version, "2026-10-21") >= 0 &&
		       json_object_get(a->o, "temperature") != NULL
		   ? "temperature"
		   : NULL;
}

static void
count_request(struct serving *s)
{
	struct fake *f = s->f;

	f->stats.requests++;
	f->kinds[s->reply.kind]++;
	f->stats.drafts = f->kinds[FAKE_DRAFT];
	f->stats.predictions = f->kinds[FAKE_PREDICT];
}

static void
chat(struct fake *f, struct evhttp_request *req, const struct fake_dialect *d)
{
	struct serving *s = xcalloc(1, sizeof *s);
	const char *wrong;

	s->f = f;
	s->req = req;
	s->asked.dialect = d;
	s->asked.o = read_request(f, req);
	s->timer = evtimer_new(f->base, serve_cb, s);
	TAILQ_INSERT_TAIL(&f->serving, s, next);
	f->stats.now++;
	if (f->stats.now > f->stats.most)
		f->stats.most = f->stats.now;
	note_headers(f, req);
	wrong = check_request(s);
	if (wrong != NULL) {
		s->reply.asked = &s->asked;
		s->reply.error = FAKE_INVALID;
		s->reply.parameter = wrong;
	} else {
		fake_answer(&s->reply, &s->asked);
		count_request(s);
		misbehave(s);
	}
	prepare(s);
	again(s, latency(f) + s->reply.delay_ms);
}

/* Every path but /stats. */
static void
any_cb(struct evhttp_request *req, void *arg)
{
	struct fake *f = arg;
	const char *path =
	    evhttp_uri_get_path(evhttp_request_get_evhttp_uri(req));
	const struct fake_dialect *d =
	    path != NULL ? fake_dialect_at(path) : NULL;
	struct evbuffer *b;
	json_t *in, *out;
	char *text;

	if (d != NULL) {
		chat(f, req, d);
		return;
	}
	in = read_request(f, req);
	out = path != NULL ? fake_embeddings(path, in) : NULL;
	json_decref(in);
	if (out == NULL) {
		evhttp_send_error(req, 404, "nothing is spoken here");
		return;
	}
	text = json_dumps(out, JSON_COMPACT);
	b = evbuffer_new();
	evbuffer_add(b, text, strlen(text));
	evhttp_add_header(evhttp_request_get_output_headers(req),
	    "Content-Type", "application/json");
	evhttp_send_reply(req, 200, "OK", b);
	evbuffer_free(b);
	free(text);
	json_decref(out);
}

static void
stats_cb(struct evhttp_request *req, void *arg)
{
	const struct fake_stats *t = fake_stats(arg);
	struct evbuffer *b = evbuffer_new();

	evbuffer_add_printf(b,
	    "{\"requests\":%d,\"drafts\":%d,\"predictions\":%d,\"most\":%d}\n",
	    t->requests, t->drafts, t->predictions, t->most);
	evhttp_send_reply(req, 200, "OK", b);
	evbuffer_free(b);
}

struct fake *
fake_new(struct event_base *base, const struct fake_options *o)
{
	struct fake *f = xcalloc(1, sizeof *f);
	struct evhttp_bound_socket *bound;
	struct sockaddr_in a = {0};
	socklen_t len = sizeof a;

	f->base = base;
	f->o = *o;
	TAILQ_INIT(&f->serving);
	stream_open(&f->jitter, "fake", "jitter", 0, 0);
	f->http = evhttp_new(base);
	evhttp_set_allowed_methods(f->http, EVHTTP_REQ_POST | EVHTTP_REQ_GET);
	evhttp_set_max_body_size(f->http, BODY_MAX);
	evhttp_set_gencb(f->http, any_cb, f);
	evhttp_set_cb(f->http, "/stats", stats_cb, f);
	bound = evhttp_bind_socket_with_handle(
	    f->http, "127.0.0.1", (ev_uint16_t)o->port);
	if (bound == NULL)
		fprintf(stderr, "fake-llm: port %d is taken\n", o->port);
	if (bound == NULL || fake_script_read(&f->script, o->script) == -1) {
		fake_free(f);
		return NULL;
	}
	if (getsockname(evhttp_bound_socket_get_fd(bound),
		(struct sockaddr *)&a, &len) == 0)
		f->port = ntohs(a.sin_port);
	return f;
}

void
fake_free(struct fake *f)
{
	struct serving *s, *next;

	TAILQ_FOREACH_SAFE(s, &f->serving, next, next)
		hang_up(s);
	evhttp_free(f->http);
	free(f);
}

int
fake_port(const struct fake *f)
{
	return f->port;
}

const struct fake_stats *
fake_stats(const struct fake *f)
{
	return &f->stats;
}
