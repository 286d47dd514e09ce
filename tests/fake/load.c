#include "tests/fake/load.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

/* What a request was for is its id. */
enum { CREATE = 1, JOIN, SUBSCRIBE, BEGIN, LOOK, GIVE };

struct loading;
struct meeting;

struct seat { /* one connection; number 0 facilitates */
	struct meeting *meeting;
	struct bufferevent *bev;
	int number;
	double sent; /* when the contribution under way was */
};

struct meeting {
	struct loading *of;
	int number, joined;
	char session[32];
	struct seat *seats;
	bool concluded;
};

struct loading {
	struct load *l;
	struct event_base *base;
	struct meeting *meetings;
	double *latency;
	size_t n, cap;
	json_t *settings;
};

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void give_up(struct loading *g, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
give_up(struct loading *g, const char *fmt, ...)
{
	va_list ap;

	if (g->l->why[0] == '\0') {
		va_start(ap, fmt);
		vsnprintf(g->l->why, sizeof g->l->why, fmt, ap);
		va_end(ap);
	}
	event_base_loopbreak(g->base);
}

/* Takes params. */
static void
ask(struct seat *s, int id, const char *method, json_t *params)
{
	json_t *o = json_pack("{s:s,s:i,s:s,s:o}", "jsonrpc", "2.0", "id", id,
	    "method", method, "params", params);
	char *line = json_dumps(o, JSON_COMPACT);

	bufferevent_write(s->bev, line, strlen(line));
	bufferevent_write(s->bev, "\n", 1);
	free(line);
	json_decref(o);
}

static json_t *
about(const struct seat *s)
{
	return json_pack("{s:s}", "session", s->meeting->session);
}

/* ---- what each does ---- */

static void
give(struct seat *s, const char *method, json_t *params)
{
	json_object_set_new(
	    params, "session", json_string(s->meeting->session));
	s->sent = now();
	ask(s, GIVE, method, params);
}

static void
give_text(struct seat *s, const char *slot)
{
	static const char *const texts[] = {
	    "Phones distract everybody. A lesson needs quiet minds.",
	    "Pupils must learn to use phones well. A ban teaches nothing.",
	    "Parents need to reach children. Phones may stay in the bag.",
	    "Teachers should decide for their own lessons and subjects.",
	    "Breaks are free time. Phones may be used there by all.",
	};

	give(s, "contribution.text",
	    json_pack("{s:s,s:s}", "slot", slot, "text",
		texts[(s->meeting->number + s->number) % 5]));
}

/* Each ranks the slate turned by another number. */
static void
give_ballot(struct seat *s, const json_t *view)
{
	const json_t *slate = json_object_get(view, "slate"), *id;
	json_t *ranking = json_array(), *agreement = json_object();
	size_t n = json_array_size(slate), k;

	for (k = 0; k < n; k++) {
		id = json_object_get(
		    json_array_get(slate, (k + (size_t)s->number) % n),
		    "statement");
		json_array_append_new(ranking, json_pack("[O]", id));
		json_object_set_new(agreement, json_string_value(id),
		    json_integer(k < 6 ? 7 - (json_int_t)k : 1));
	}
	give(s, "contribution.ballot",
	    json_pack("{s:o,s:o}", "ranking", ranking, "agreement", agreement));
}

static void
take_turn(struct seat *s, const char *phase)
{
	if (strcmp(phase, "opinion") == 0 || strcmp(phase, "critique") == 0)
		give_text(s, phase);
	else if (strcmp(phase, "ballot") == 0)
		ask(s, LOOK, "session.get", about(s));
}

static void
on_concluded(struct meeting *m)
{
	struct loading *g = m->of;

	if (m->concluded)
		return;
	m->concluded = true;
	if (++g->l->concluded == g->l->sessions)
		event_base_loopbreak(g->base);
}

static void
on_event(struct seat *s, const json_t *e)
{
	const char *type = json_string_value(json_object_get(e, "type"));
	const char *to = json_string_value(
	    json_object_get(json_object_get(e, "data"), "to"));

	if (type == NULL)
		return;
	if (strcmp(type, "phase.changed") == 0 && to != NULL)
		take_turn(s, to);
	else if (strcmp(type, "session.concluded") == 0)
		on_concluded(s->meeting);
}

/* ---- answers ---- */

static struct bufferevent *dial(struct seat *s);

static void
on_created(struct meeting *m, const json_t *r)
{
	const char *code = NULL, *session = NULL, *terms = NULL;
	char key[48];
	int i;

	if (json_unpack((json_t *)r, "{s:s,s:{s:s},s:{s:s}}", "session",
		&session, "invitation", "code", &code, "terms", "digest",
		&terms) == -1) {
		give_up(m->of, "session.create answers something else");
		return;
	}
	snprintf(m->session, sizeof m->session, "%s", session);
	snprintf(m->of->l->ids[m->number], 32, "%s", session);
	for (i = 1; i <= m->of->l->people; i++) {
		m->seats[i].bev = dial(&m->seats[i]);
		if (m->seats[i].bev == NULL)
			return;
		snprintf(
		    key, sizeof key, "a-secret-of-%06d-%06d", m->number, i);
		ask(&m->seats[i], JOIN, "session.join",
		    json_pack("{s:s,s:s,s:s}", "code", code, "terms", terms,
			"key", key));
	}
}

static void
on_joined(struct seat *s)
{
	struct meeting *m = s->meeting;

	ask(s, SUBSCRIBE, "session.subscribe", about(s));
	if (++m->joined == m->of->l->people)
		ask(&m->seats[0], BEGIN, "session.next",
		    json_pack(
			"{s:s,s:s}", "session", m->session, "phase", "lobby"));
}

static void
on_given(struct seat *s)
{
	struct loading *g = s->meeting->of;

	g->latency = xgrow(g->latency, g->n, &g->cap, sizeof *g->latency);
	g->latency[g->n++] = (now() - s->sent) * 1000;
}

static void
on_answer(struct seat *s, const json_t *o)
{
	const json_t *r = json_object_get(o, "result");
	json_int_t id = json_integer_value(json_object_get(o, "id"));
	char *text;

	if (r == NULL) {
		text = json_dumps(o, JSON_COMPACT);
		give_up(s->meeting->of, "session %d, person %d: %s",
		    s->meeting->number, s->number, text);
		free(text);
		return;
	}
	if (id == CREATE)
		on_created(s->meeting, r);
	else if (id == JOIN)
		on_joined(s);
	else if (id == LOOK)
		give_ballot(s, r);
	else if (id == GIVE)
		on_given(s);
}

static void
read_cb(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	struct seat *s = arg;
	const char *method;
	json_t *o;
	size_t n;
	char *line;

	while ((line = evbuffer_readln(in, &n, EVBUFFER_EOL_LF)) != NULL) {
		o = json_loadb(line, n, JSON_ALLOW_NUL, NULL);
		free(line);
		method = json_string_value(json_object_get(o, "method"));
		if (method == NULL)
			on_answer(s, o);
		else if (strcmp(method, "event") == 0)
			on_event(s, json_object_get(
					json_object_get(o, "params"), "event"));
		json_decref(o);
	}
}

static void
event_cb(struct bufferevent *bev, short what, void *arg)
{
	struct seat *s = arg;

	(void)bev;
	if ((what & BEV_EVENT_CONNECTED) == 0)
		give_up(s->meeting->of,
		    "session %d, person %d: the daemon "
		    "closed the connection",
		    s->meeting->number, s->number);
}

/* A backlog is finite: blocking until there is room is all right here. */
static struct bufferevent *
dial(struct seat *s)
{
	struct loading *g = s->meeting->of;
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	struct bufferevent *bev;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof a.sun_path, "%s", g->l->socket);
	if (fd == -1 || connect(fd, (struct sockaddr *)&a, sizeof a) == -1 ||
	    evutil_make_socket_nonblocking(fd) == -1) {
		give_up(g, "connection %d of session %d cannot be had",
		    s->number, s->meeting->number);
		if (fd != -1)
			close(fd);
		return NULL;
	}
	bev = bufferevent_socket_new(g->base, fd, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(bev, read_cb, NULL, event_cb, s);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
	return bev;
}

/* ---- all of it ---- */

static void
late_cb(evutil_socket_t fd, short what, void *arg)
{
	struct loading *g = arg;

	(void)fd;
	(void)what;
	give_up(g, "%d of %d sessions concluded in %d s", g->l->concluded,
	    g->l->sessions, g->l->deadline_s);
}

static void
open_meeting(struct loading *g, int number)
{
	struct meeting *m = &g->meetings[number];
	int i;

	m->of = g;
	m->number = number;
	m->seats = xcalloc((size_t)g->l->people + 1, sizeof *m->seats);
	for (i = 0; i <= g->l->people; i++) {
		m->seats[i].meeting = m;
		m->seats[i].number = i;
	}
	m->seats[0].bev = dial(&m->seats[0]);
	if (m->seats[0].bev != NULL)
		ask(&m->seats[0], CREATE, "session.create",
		    json_pack("{s:s,s:i,s:O}", "question",
			"Should phones be banned?", "seed", number, "settings",
			g->settings));
}

static int
double_cmp(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void
sum_up(struct loading *g, double began)
{
	struct load *l = g->l;

	l->seconds = now() - began;
	l->contributions = (long)g->n;
	if (g->n == 0)
		return;
	qsort(g->latency, g->n, sizeof *g->latency, double_cmp);
	l->p50_ms = g->latency[g->n / 2];
	l->p99_ms = g->latency[g->n * 99 / 100];
	l->max_ms = g->latency[g->n - 1];
}

static void
close_all(struct loading *g)
{
	int i, k;

	for (i = 0; i < g->l->sessions; i++) {
		for (k = 0; g->meetings[i].seats != NULL && k <= g->l->people;
		     k++)
			if (g->meetings[i].seats[k].bev != NULL)
				bufferevent_free(g->meetings[i].seats[k].bev);
		free(g->meetings[i].seats);
	}
	free(g->meetings);
	free(g->latency);
	json_decref(g->settings);
}

static void
raise_files(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < r.rlim_max) {
		r.rlim_cur = r.rlim_max;
		setrlimit(RLIMIT_NOFILE, &r);
	}
}

int
load_run(struct load *l)
{
	struct loading g = {.l = l, .base = event_base_new()};
	struct timeval late = {l->deadline_s, 0};
	struct event *timer;
	double began = now();
	int i;

	raise_files();
	l->ids = xcalloc((size_t)l->sessions, sizeof *l->ids);
	g.meetings = xcalloc((size_t)l->sessions, sizeof *g.meetings);
	g.settings = json_loads(l->settings, 0, NULL);
	timer = event_new(g.base, -1, 0, late_cb, &g);
	event_add(timer, &late);
	for (i = 0; i < l->sessions && l->why[0] == '\0'; i++)
		open_meeting(&g, i);
	if (l->why[0] == '\0')
		event_base_dispatch(g.base);
	sum_up(&g, began);
	event_free(timer);
	close_all(&g);
	event_base_free(g.base);
	return l->concluded == l->sessions && l->why[0] == '\0' ? 0 : -1;
}

void
load_clear(struct load *l)
{
	free(l->ids);
	l->ids = NULL;
}

/* ---- recordings ---- */

/* One answer on a connection that nothing else comes over. */
static json_t *
page_of(FILE *in, int fd, const char *session, json_int_t after)
{
	json_t *o = json_pack("{s:s,s:i,s:s,s:{s:s,s:I,s:s}}", "jsonrpc", "2.0",
	    "id", 1, "method", "session.export", "params", "session", session,
	    "after", after, "as", "operator");
	char *line = json_dumps(o, JSON_COMPACT);
	size_t cap = 0;
	ssize_t n;
	json_t *r = NULL;

	json_decref(o);
	n = dprintf(fd, "%s\n", line);
	free(line);
	line = NULL;
	if (n > 0 && (n = getline(&line, &cap, in)) > 0) {
		o = json_loadb(line, (size_t)n, JSON_ALLOW_NUL, NULL);
		r = json_incref(json_object_get(o, "result"));
		json_decref(o);
	}
	free(line);
	return r;
}

static bool
export_pages(FILE *in, int fd, const char *session, struct buf *out)
{
	json_t *page, *line, *next;
	json_int_t after = -1;
	bool more = true;
	size_t i;

	while (more) {
		page = page_of(in, fd, session, after);
		if (page == NULL)
			return false;
		if (after == -1)
			buf_addf(out, "%s\n",
			    json_string_value(json_object_get(page, "header")));
		json_array_foreach(json_object_get(page, "lines"), i, line)
			buf_addf(out, "%s\n", json_string_value(line));
		next = json_object_get(page, "next");
		more = json_is_integer(next);
		after = json_integer_value(next);
		json_decref(page);
	}
	return true;
}

char *
load_export(const struct load *l, int session, size_t *len)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct buf out = {0};
	bool whole = false;
	FILE *in = NULL;

	snprintf(a.sun_path, sizeof a.sun_path, "%s", l->socket);
	if (fd != -1 && connect(fd, (struct sockaddr *)&a, sizeof a) == 0 &&
	    (in = fdopen(fd, "r")) != NULL)
		whole = export_pages(in, fd, l->ids[session], &out);
	if (in != NULL)
		fclose(in);
	else if (fd != -1)
		close(fd);
	*len = out.len;
	if (whole)
		return buf_take(&out);
	buf_free(&out);
	return NULL;
}
