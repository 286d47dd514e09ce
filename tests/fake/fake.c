/* The fake endpoint's server: evhttp on loopback. */
#include "tests/fake/fake.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
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
	free(s->bytes);
	free(s);
}

static char *
completion(const struct serving *s)
{
	const struct fake_reply *r = &s->reply;
	json_t *o;
	char *text;

	o = json_pack("{s:s,s:s,s:i,s:s,s:s,s:[{s:i,s:s,s:{s:s,s:s?,s:s?},"
		      "s:n}],s:{s:i,s:i,s:i}}",
	    "id", "chatcmpl-fake", "object", "chat.completion", "created",
	    1795473482, "model", "fake-1", "system_fingerprint", "fp_fake",
	    "choices", "index", 0, "finish_reason", r->finish, "message",
	    "role", "assistant", "content", r->refusal ? NULL : r->content,
	    "refusal", r->refusal, "logprobs", "usage", "prompt_tokens", 100,
	    "completion_tokens", 20, "total_tokens", 120);
	if (r->logprobs != NULL)
		json_object_set(
		    json_array_get(json_object_get(o, "choices"), 0),
		    "logprobs", r->logprobs);
	text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return text;
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

static void
serve_cb(evutil_socket_t fd, short what, void *arg)
{
	struct serving *s = arg;

	(void)fd;
	(void)what;
	if (s->reply.mode == FAKE_SEND)
		send_whole(s);
	else if (s->reply.mode == FAKE_CLOSE || s->begun ||
		 evhttp_request_get_connection(s->req) == NULL) {
		if (s->reply.mode == FAKE_DRIP && s->sent < s->len &&
		    evhttp_request_get_connection(s->req) != NULL) {
			send_some(s, 1);
			again(s, 50);
			return;
		}
		hang_up(s);
	} else if (s->reply.mode != FAKE_HANG) {
		send_some(s, s->reply.mode == FAKE_CUT ? s->len / 2 : 1);
		again(s, 20);
	}
}

static void
note_key(struct fake *f, struct evhttp_request *req)
{
	const char *key = evhttp_find_header(
	    evhttp_request_get_input_headers(req), "Authorization");

	if (key == NULL)
		return;
	f->stats.keys++;
	strlcpy(f->stats.key, key, sizeof f->stats.key);
}

static void
log_request(const struct fake *f, const struct serving *s, const char *fault)
{
	if (f->o.log == NULL)
		return;
	fprintf(f->o.log, "{\"n\":%d,\"kind\":\"%s\",\"fault\":\"%s\"}\n",
	    f->stats.requests,
	    s->reply.kind == FAKE_DRAFT ? "draft" : "predict", fault);
	fflush(f->o.log);
}

static int
latency(struct fake *f)
{
	int ms = f->o.latency_ms;

	if (f->o.jitter_ms > 0)
		ms +=
		    (int)stream_below(&f->jitter, (uint64_t)f->o.jitter_ms + 1);
	if (f->o.tail_percent > 0 &&
	    stream_below(&f->jitter, 100) < (uint64_t)f->o.tail_percent)
		ms *= f->o.tail_factor;
	return ms;
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

	s->bytes =
	    s->reply.body != NULL ? xstrdup(s->reply.body) : completion(s);
	s->len = strlen(s->bytes);
	evhttp_add_header(headers, "Content-Type", "application/json");
	if (s->reply.retry_after != NULL)
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

static void
chat_cb(struct evhttp_request *req, void *arg)
{
	struct fake *f = arg;
	struct serving *s = xcalloc(1, sizeof *s);
	json_t *o = read_request(f, req);

	s->f = f;
	s->req = req;
	s->reply.status = 200;
	s->reply.finish = "stop";
	s->timer = evtimer_new(f->base, serve_cb, s);
	TAILQ_INSERT_TAIL(&f->serving, s, next);
	f->stats.now++;
	if (f->stats.now > f->stats.most)
		f->stats.most = f->stats.now;
	if (o == NULL || fake_answer(&s->reply, o) == -1) {
		evhttp_send_error(req, 400, "no chat request");
		serving_free(s);
	} else {
		f->stats.requests++;
		f->kinds[s->reply.kind]++;
		f->stats.drafts = f->kinds[FAKE_DRAFT];
		f->stats.predictions = f->kinds[FAKE_PREDICT];
		note_key(f, req);
		misbehave(s);
		prepare(s);
		again(s, latency(f) + s->reply.delay_ms);
	}
	json_decref(o);
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
	evhttp_set_cb(f->http, "/v1/chat/completions", chat_cb, f);
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
