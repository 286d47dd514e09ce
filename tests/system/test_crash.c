/*
 * Nothing that was acknowledged is lost, however the daemon ends: 20 people in
 * four rooms contribute while it is killed at random moments, and sessions
 * that nobody touches go on by themselves afterwards.  Half of all is drafted
 * by the built-in drafter, half by a language model over HTTP.
 *
 * CAUCUS_CRASH_RUNS kills (default 25), CAUCUS_CRASH_SEED draws the moments.
 * It needs more than 2 s: each life is some 100 ms, and the sleepers' timers
 * are whole seconds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <errno.h>
#include <poll.h>
#include <sqlite3.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "harness.h"
#include "model.h"

#define ROOMS	 4
#define SEATS	 5
#define QUEUE	 16
#define LIFE_MS	 120
#define SLOW_MS	 1000
#define CALM_MS	 15000
#define IDLE_MS	 8
#define PEOPLE	 (ROOMS * SEATS)
#define OUTSIDE	 4
#define MODEL_MS 10 /* latency */

/* A request with a key: the same again must get the first answer. */
struct gift {
	const char *method;
	json_t *params;
	char key[40];
	json_t *first; /* the first answer; NULL: not acknowledged */
	bool refused;
};

enum ask { ASK_AUTH, ASK_SUBSCRIBE, ASK_GET, ASK_GIFT };

struct person {
	struct client c;
	struct room *room;
	int number;
	char token[64], id[16];
	json_int_t seen; /* last seq told */
	struct gift *gifts;
	size_t n, cap;
	struct {
		enum ask ask;
		size_t gift;
	} queue[QUEUE]; /* answers come in the order of requests */
	int head, tail;
	int64_t again; /* ms: when to look what is to be done */
	int done_round;
	bool done_opinion;
};

struct room {
	char session[32], code[64], terms[80];
	struct person people[SEATS];
	char (*told)[65]; /* hashes by seq, as told to anybody */
	size_t ntold, captold;
	bool concluded;
};

/* Nobody touches it after it was made. */
struct sleeper {
	char session[32];
	json_int_t seq;
	bool concluded;
};

static struct daemon d;
static struct model model;
static char config[128];
static struct client control;
static struct room rooms[ROOMS];
static struct sleeper *sleepers;
static size_t nsleepers, capsleepers;
static int64_t *kills; /* ms since 1970 */
static size_t nkills, capkills;
static unsigned seed;
static json_t *seen; /* phase: how often somebody looked at it */
static int keys;
static struct {
	long acknowledged, resent, woken, refused, events, rooms, early,
	    restarted, replays, outside, answers, modelled, ratings;
} count;

static int64_t
real_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int
draw(int n)
{
	return rand_r(&seed) % n;
}

/* ---- making rooms and sleepers ---- */

static void
room_make(const char *settings, const char *endpoint, char session[32],
    char code[64], char terms[80])
{
	json_t *r = client_call(&control, "session.create",
	    json_pack("{s:s,s:{s:s,s:s,s:s},s:o}", "endpoint", endpoint,
		"question", "text", "Should phones be banned?", "affirming",
		"Phones should be banned.", "negating",
		"Phones should be allowed.", "settings",
		json_loads(settings, 0, NULL)));

	assert_non_null(r);
	snprintf(session, 32, "%s", text_of(r, "session"));
	snprintf(
	    code, 64, "%s", text_of(json_object_get(r, "invitation"), "code"));
	snprintf(
	    terms, 80, "%s", text_of(json_object_get(r, "terms"), "digest"));
	json_decref(r);
}

static void
person_clear(struct person *p)
{
	size_t i;

	client_close(&p->c);
	for (i = 0; i < p->n; i++) {
		json_decref(p->gifts[i].params);
		json_decref(p->gifts[i].first);
	}
	free(p->gifts);
	memset(p, 0, sizeof(*p));
	p->c.fd = -1;
}

static void
room_open(struct room *room, int at)
{
	static const char *const settings[] = {
	    "{\"candidates\":6,\"rounds\":2,\"group\":5}",
	    /* Pools, and everything that can be asked. */
	    "{\"candidates\":3,\"pools\":2,\"slate\":\"pools\","
	    "\"keep\":false,\"rounds\":1,\"group\":5,\"position\":true,"
	    "\"importance\":true,\"preference\":true,\"dissent\":true,"
	    "\"survey\":true,\"ratings\":\"optional\"}",
	    /* Nobody heeds the review: its patience ends. */
	    "{\"candidates\":4,\"rounds\":1,\"group\":5,\"review\":true,"
	    "\"patience\":1,\"dissent\":true}",
	    /* Deadlines that pass while we are at it. */
	    "{\"candidates\":4,\"rounds\":1,\"group\":5,\"deadline\":1,"
	    "\"patience\":1}"};
	int i;

	for (i = 0; i < SEATS; i++)
		person_clear(&room->people[i]);
	free(room->told);
	memset(room, 0, sizeof(*room));
	/* Each of the four kinds by either drafter, in turn. */
	room_make(settings[at % 4],
	    (count.rooms / ROOMS + at) % 2 == 0 ? "fake" : "offline",
	    room->session, room->code, room->terms);
	for (i = 0; i < SEATS; i++) {
		room->people[i].room = room;
		room->people[i].number = i;
		room->people[i].done_round = -1;
		room->people[i].c.fd = -1;
	}
	count.rooms++;
}

/* Three people, two opinions: its deadlines do the rest, to the end.  Now and
 * then three opinions: then drafting is what goes on. */
static void
sleeper_make(void)
{
	char code[64], terms[80], key[40], id[3][16];
	int i, opinions = 2 + draw(2);
	struct sleeper *s;
	json_t *r;

	sleepers = xgrow(sleepers, nsleepers, &capsleepers, sizeof(*sleepers));
	s = &sleepers[nsleepers];
	memset(s, 0, sizeof(*s));
	room_make("{\"candidates\":8,\"rounds\":0,\"group\":3,\"deadline\":1,"
		  "\"patience\":1}",
	    nsleepers % 2 == 0 ? "offline" : "fake", s->session, code, terms);
	for (i = 0; i < 3; i++) {
		snprintf(key, sizeof(key), "sleeper-%08zu-%d", nsleepers, i);
		r = client_call(&control, "session.join",
		    json_pack("{s:s,s:s,s:s}", "code", code, "terms", terms,
			"key", key));
		assert_non_null(r);
		snprintf(id[i], sizeof(id[i]), "%s", text_of(r, "participant"));
		json_decref(r);
	}
	for (i = 0; i < opinions; i++) {
		r = client_call(&control, "contribution.text",
		    json_pack("{s:s,s:s,s:s,s:s}", "session", s->session,
			"participant", id[i], "slot", "opinion", "text",
			"Sleep is good. Nobody wakes me."));
		assert_non_null(r);
		json_decref(r);
	}
	nsleepers++;
}

/* ---- what a person says ---- */

static void
say(struct person *p, enum ask ask, size_t gift, const char *method,
    json_t *params)
{
	json_t *m = json_pack("{s:s,s:I,s:s,s:O}", "jsonrpc", "2.0", "id",
	    ++p->c.id, "method", method, "params", params);
	char *text = json_dumps(m, JSON_COMPACT);
	size_t n = strlen(text);

	json_decref(m);
	text = xreallocarray(text, n + 2, 1);
	text[n] = '\n';
	/* It may be dead already: then nothing is acknowledged. */
	client_send(&p->c, text, n + 1);
	free(text);
	assert_true(p->tail - p->head < QUEUE);
	p->queue[p->tail % QUEUE].ask = ask;
	p->queue[p->tail++ % QUEUE].gift = gift;
}

static void
say_gift(struct person *p, size_t i)
{
	say(p, ASK_GIFT, i, p->gifts[i].method, p->gifts[i].params);
}

/* Takes params, to which a key of its own is added. */
static void
give(struct person *p, const char *method, json_t *params)
{
	struct gift *g;

	p->gifts = xgrow(p->gifts, p->n, &p->cap, sizeof(*p->gifts));
	g = &p->gifts[p->n];
	memset(g, 0, sizeof(*g));
	g->method = method;
	g->params = params;
	snprintf(g->key, sizeof(g->key), "a-key-of-the-person-%08d", ++keys);
	json_object_set_new(params, "key", json_string(g->key));
	say_gift(p, p->n++);
}

static void
give_text(struct person *p, const char *method, const char *slot)
{
	static const char *const words[] = {
	    "Phones", "Lessons", "Breaks", "Parents", "Teachers", "Pupils"};
	char text[200];
	json_t *o;

	snprintf(text, sizeof(text),
	    "%s need care, says %d. %s should be asked more often.",
	    words[draw(6)], keys, words[draw(6)]);
	o = json_pack("{s:s,s:s}", "session", p->room->session, "text", text);
	if (slot != NULL)
		json_object_set_new(o, "slot", json_string(slot));
	give(p, method, o);
}

static void
give_ballot(struct person *p, const json_t *slate)
{
	json_t *ranking = json_array(), *agreement = json_object(), *id;
	size_t n = json_array_size(slate), k, turn = (size_t)draw(100);

	for (k = 0; k < n; k++) {
		id = json_object_get(
		    json_array_get(slate, (k + turn) % n), "statement");
		json_array_append_new(ranking, json_pack("[O]", id));
		json_object_set_new(agreement, json_string_value(id),
		    json_integer(1 + draw(7)));
	}
	give(p, "contribution.ballot",
	    json_pack("{s:s,s:o,s:o}", "session", p->room->session, "ranking",
		ranking, "agreement", agreement));
}

/* What was ranked already, rated anew. */
static void
give_ratings(struct person *p, const json_t *slate)
{
	json_t *quality = json_object(), *id;
	size_t k;

	for (k = 0; k < json_array_size(slate); k++) {
		id = json_object_get(json_array_get(slate, k), "statement");
		json_object_set_new(
		    quality, json_string_value(id), json_integer(1 + draw(7)));
	}
	give(p, "contribution.rate",
	    json_pack(
		"{s:s,s:o}", "session", p->room->session, "quality", quality));
	count.ratings++;
}

static void
ask_get(struct person *p)
{
	json_t *o = json_pack("{s:s}", "session", p->room->session);

	say(p, ASK_GET, 0, "session.get", o);
	json_decref(o);
}

/* One answer to a question that is asked beside texts and ballots. */
static void
give_choice(struct person *p, const json_t *ask)
{
	json_t *o = json_pack("{s:s,s:O}", "session", p->room->session, "slot",
	    json_object_get(ask, "slot"));
	const json_t *options = json_object_get(ask, "options");
	int max = (int)number_of(ask, "max");

	if (json_object_get(ask, "items") != NULL)
		json_object_set_new(
		    o, "answers", json_pack("{s:i}", "fair", 1 + draw(5)));
	else if (json_array_size(options) > 0)
		json_object_set(o, "choice",
		    json_object_get(json_array_get(options, 0), "option"));
	else
		json_object_set_new(
		    o, "choice", json_integer(1 + draw(max > 0 ? max : 1)));
	give(p, "contribution.choose", o);
}

static void
give_choices(struct person *p, const json_t *get)
{
	const json_t *ask;
	size_t i;

	json_array_foreach(json_object_get(get, "asks"), i, ask)
		if (strcmp(text_of(ask, "kind"), "choice") == 0)
			give_choice(p, ask);
}

/* One contribution for what the phase wants, sometimes replaced at once. */
static void
act(struct person *p, const json_t *get)
{
	const char *phase = text_of(get, "phase");
	json_int_t looks = number_of(seen, phase);
	bool complete = json_is_true(
	    json_object_get(json_object_get(get, "you"), "complete"));
	int times = 1 + (draw(3) == 0);

	json_object_set_new(seen, phase, json_integer(looks + 1));
	p->again = clock_ms() + IDLE_MS;
	if (complete && draw(6) != 0)
		return;
	while (times-- > 0) {
		if (strcmp(phase, "opinion") == 0)
			give_text(p, "contribution.text", "opinion");
		else if (strcmp(phase, "critique") == 0)
			give_text(p, "contribution.text", "critique");
		else if (strcmp(phase, "dissent") == 0)
			give_text(p, "contribution.text", "dissent");
		else if (strcmp(phase, "draft") == 0 && draw(4) == 0)
			give_text(p, "statement.propose", NULL);
		else if (strcmp(phase, "ballot") == 0 && draw(4) == 0)
			give_ratings(p, json_object_get(get, "slate"));
		else if (strcmp(phase, "ballot") == 0)
			give_ballot(p, json_object_get(get, "slate"));
		else
			give_choices(p, get);
	}
}

/* ---- what a person hears ---- */

static void
hear_event(struct person *p, const json_t *params)
{
	struct room *room = p->room;
	json_int_t seq = number_of(json_object_get(params, "event"), "seq");
	const char *hash = text_of(params, "hash");

	if (seq != p->seen + 1)
		fail_msg("%s: person %d was told %lld after %lld",
		    room->session, p->number, (long long)seq,
		    (long long)p->seen);
	p->seen = seq;
	count.events++;
	while (room->ntold <= (size_t)seq) {
		room->told = xgrow(room->told, room->ntold, &room->captold,
		    sizeof(*room->told));
		room->told[room->ntold++][0] = '\0';
	}
	if (room->told[seq][0] == '\0')
		snprintf(room->told[seq], 65, "%s", hash);
	assert_string_equal(room->told[seq], hash);
	if (strcmp(text_of(json_object_get(params, "event"), "type"),
		"session.concluded") == 0)
		room->concluded = true;
}

static void
hear_gift(struct person *p, struct gift *g, const json_t *m)
{
	/* What may be said of a contribution that comes too late. */
	static const char *const late[] = {"wrong_phase", "concluded",
	    "bad_ballot", "unknown_statement", "limit_reached"};
	json_t *result = json_object_get(m, "result");
	const char *error = answer_error(m);
	size_t i;

	if (result != NULL && g->first != NULL) {
		if (!json_equal(result, g->first))
			fail_msg("%s: key %s: another answer than the first",
			    p->room->session, g->key);
	} else if (result != NULL) {
		g->first = json_incref(result);
		count.acknowledged++;
	} else {
		for (i = 0; i < 5 && strcmp(late[i], error) != 0; i++)
			;
		if (i == 5 || g->first != NULL)
			fail_msg("%s: %s: %s", g->method, error,
			    text_of(json_object_get(m, "error"), "message"));
		g->refused = true;
		count.refused++;
	}
	if (result == NULL || strcmp(g->method, "session.join") != 0)
		return;
	snprintf(p->token, sizeof(p->token), "%s", text_of(result, "token"));
	snprintf(p->id, sizeof(p->id), "%s", text_of(result, "participant"));
}

static void
subscribe(struct person *p)
{
	json_t *o = json_pack(
	    "{s:s,s:I}", "session", p->room->session, "after", p->seen);

	say(p, ASK_SUBSCRIBE, 0, "session.subscribe", o);
	json_decref(o);
}

static void
hear_answer(struct person *p, const json_t *m)
{
	enum ask ask;
	size_t gift;

	assert_true(p->head < p->tail);
	ask = p->queue[p->head % QUEUE].ask;
	gift = p->queue[p->head++ % QUEUE].gift;
	count.answers++;
	if (ask == ASK_GIFT) {
		bool joined = p->token[0] != '\0';

		hear_gift(p, &p->gifts[gift], m);
		if (!joined && p->token[0] != '\0')
			subscribe(p);
		return;
	}
	if (json_object_get(m, "result") == NULL)
		fail_msg("%s: %s", answer_error(m),
		    text_of(json_object_get(m, "error"), "message"));
	if (ask == ASK_GET)
		act(p, json_object_get(m, "result"));
}

static void
hear(struct person *p, const json_t *m)
{
	const char *method = text_of(m, "method");

	assert_non_null(m);
	if (method[0] == '\0')
		hear_answer(p, m);
	else if (strcmp(method, "event") == 0)
		hear_event(p, json_object_get(m, "params"));
	else
		assert_string_equal(method, "opened");
}

/* Reads what is there; false at the end. */
static bool
listen_to(struct person *p)
{
	struct client *c = &p->c;
	char *nl, *at;
	ssize_t n;
	json_t *m;

	if (c->cap - c->len < 65536)
		c->in = xreallocarray(c->in, c->cap = c->cap * 2 + 65536, 1);
	n = recv(c->fd, c->in + c->len, c->cap - c->len, MSG_DONTWAIT);
	if (n <= 0)
		return n == -1 && (errno == EAGAIN || errno == EINTR);
	c->len += (size_t)n;
	at = c->in;
	while ((nl = memchr(at, '\n', c->len - (size_t)(at - c->in)))) {
		m = json_loadb(at, (size_t)(nl - at), JSON_ALLOW_NUL, NULL);
		at = nl + 1;
		hear(p, m);
		json_decref(m);
	}
	c->len -= (size_t)(at - c->in);
	memmove(c->in, at, c->len);
	return true;
}

/* ---- a life ---- */

static void
person_connect(struct person *p)
{
	size_t i;
	json_t *o;

	client_close(&p->c);
	assert_int_equal(client_open(&p->c, &d), 0);
	p->head = p->tail = 0;
	p->again = 0;
	if (p->token[0] != '\0') {
		o = json_pack("{s:s}", "token", p->token);
		say(p, ASK_AUTH, 0, "connection.authenticate", o);
		json_decref(o);
		subscribe(p);
	}
	for (i = 0; i < p->n && p->tail < QUEUE - 4; i++)
		if (!p->gifts[i].refused &&
		    (p->gifts[i].first == NULL || draw(8) == 0)) {
			say_gift(p, i);
			count.resent++;
		}
	if (p->n == 0)
		give(p, "session.join",
		    json_pack("{s:s,s:s}", "code", p->room->code, "terms",
			p->room->terms));
}

static struct person *
person_at(int i)
{
	return &rooms[i / SEATS].people[i % SEATS];
}

/* Everybody contributes for so long, and a slow daemon longer: until so many
 * answers have been heard. */
static void
live(int64_t ms, long answers)
{
	int64_t end = clock_ms() + ms, now;
	long enough = count.answers + answers;
	struct pollfd fds[PEOPLE];
	struct person *p;
	int i;

	for (i = 0; i < PEOPLE; i++) {
		person_connect(person_at(i));
		fds[i].fd = person_at(i)->c.fd;
		fds[i].events = POLLIN;
	}
	while ((now = clock_ms()) < end ||
	       (count.answers < enough && now < end + SLOW_MS)) {
		if (poll(fds, PEOPLE, 2) == -1 && errno != EINTR)
			break;
		for (i = 0; i < PEOPLE; i++) {
			p = person_at(i);
			if (fds[i].revents != 0 && !listen_to(p)) {
				daemon_tell(&d);
				fail_msg("the daemon has closed a connection");
			}
			if (p->token[0] != '\0' && p->head == p->tail &&
			    !p->room->concluded && p->again <= now)
				ask_get(p);
		}
	}
}

/* What was sent before the end arrives after it. */
static void
hear_last_words(void)
{
	struct pollfd fd = {.events = POLLIN};
	int i;

	for (i = 0; i < PEOPLE; i++) {
		fd.fd = person_at(i)->c.fd;
		while (poll(&fd, 1, 1000) == 1 && listen_to(person_at(i)))
			;
	}
}

/* ---- the sleepers, seen from the file alone ---- */

static size_t
sleepers_look(void)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;
	size_t i, asleep = 0;

	assert_int_equal(
	    sqlite3_open_v2(d.journal, &db, SQLITE_OPEN_READONLY, NULL),
	    SQLITE_OK);
	sqlite3_busy_timeout(db, 5000);
	assert_int_equal(sqlite3_prepare_v2(db,
			     "SELECT seq, concluded FROM session WHERE id = ?",
			     -1, &st, NULL),
	    SQLITE_OK);
	for (i = 0; i < nsleepers; i++) {
		struct sleeper *s = &sleepers[i];

		if (s->concluded)
			continue;
		sqlite3_bind_text(st, 1, s->session, -1, SQLITE_STATIC);
		assert_int_equal(sqlite3_step(st), SQLITE_ROW);
		if (s->seq != 0 && sqlite3_column_int64(st, 0) > s->seq)
			count.woken++;
		s->seq = sqlite3_column_int64(st, 0);
		s->concluded = sqlite3_column_int(st, 1) != 0;
		asleep += !s->concluded;
		sqlite3_reset(st);
	}
	sqlite3_finalize(st);
	sqlite3_close(db);
	return asleep;
}

/* ---- the recording against what was acknowledged ---- */

static json_t *
export_lines(const char *session, struct buf *bytes)
{
	json_int_t after = -1;
	json_t *lines = json_array(), *r, *line;
	size_t i;

	do {
		r = client_call(&control, "session.export",
		    json_pack("{s:s,s:I,s:s}", "session", session, "after",
			after, "as", "operator"));
		assert_non_null(r);
		if (after == -1)
			buf_addf(bytes, "%s\n", text_of(r, "header"));
		json_array_foreach(json_object_get(r, "lines"), i, line) {
			buf_addf(bytes, "%s\n", json_string_value(line));
			json_array_append_new(lines,
			    json_loads(json_string_value(line), 0, NULL));
		}
		after = json_is_integer(json_object_get(r, "next"))
			    ? number_of(r, "next")
			    : -1;
		json_decref(r);
	} while (after != -1);
	return lines;
}

static void
assert_replays(const struct buf *bytes, bool concluded)
{
	assert_int_equal(replays(bytes->data, bytes->len, concluded), 0);
	count.replays++;
}

/* An exchange is started again only if a kill came between, and never once
 * it has finished. */
static void
assert_exchanges(const json_t *lines)
{
	json_t *last = json_object(), *line, *e;
	const char *type, *job;
	json_int_t at, before;
	size_t i, k;

	json_array_foreach(lines, i, line) {
		e = json_object_get(line, "event");
		type = text_of(e, "type");
		job = text_of(json_object_get(e, "data"), "job");
		at = number_of(e, "at");
		/* A model that failed may be asked again. */
		if (strcmp(type, "exchange.finished") == 0)
			json_object_set_new(last, job,
			    json_integer(
				strcmp(text_of(json_object_get(e, "data"),
					   "outcome"),
				    "ok") == 0
				    ? -1
				    : 0));
		if (strcmp(type, "exchange.started") != 0)
			continue;
		before = number_of(last, job);
		json_object_set_new(last, job, json_integer(at));
		count.modelled +=
		    strcmp(text_of(json_object_get(e, "data"), "endpoint"),
			"fake") == 0;
		if (before == 0)
			continue;
		for (k = 0; k < nkills; k++)
			if (kills[k] >= before && kills[k] <= at)
				break;
		if (before == -1 || k == nkills)
			fail_msg(
			    "job %s was started again at line %zu", job, i + 2);
		count.restarted++;
	}
	json_decref(last);
}

/* The answer a gift got is the event's; a join holds its receipt inside. */
static void
assert_stands(const json_t *lines, const struct gift *g)
{
	const json_t *first = g->first, *line, *salt, *sealed;
	const char *name;
	json_int_t seq;

	if (json_object_get(first, "receipt") != NULL)
		first = json_object_get(first, "receipt");
	seq = number_of(first, "seq");
	line = json_array_get(lines, (size_t)seq - 1);
	if (line == NULL)
		fail_msg(
		    "%s %s at %lld is lost", g->method, g->key, (long long)seq);
	assert_string_equal(text_of(line, "hash"), text_of(first, "hash"));
	sealed = json_object_get(line, "sealed");
	json_object_foreach(json_object_get(first, "salts"), name, salt)
		assert_string_equal(
		    text_of(json_object_get(sealed, name), "salt"),
		    json_string_value(salt));
}

/* How often each key stands in the recording. */
static json_t *
keys_of(const json_t *lines)
{
	json_t *found = json_object(), *line, *body;
	const char *key;
	size_t i;

	json_array_foreach(lines, i, line) {
		body = json_object_get(
		    json_object_get(json_object_get(line, "sealed"), "key"),
		    "body");
		key = json_string_value(body);
		if (key != NULL)
			json_object_set_new(found, key,
			    json_integer(number_of(found, key) + 1));
	}
	return found;
}

static bool
has_key(const json_t *found, const char *key)
{
	const char *name;
	const json_t *n;

	/* a body may be the key itself or JSON that holds it */
	json_object_foreach((json_t *)(uintptr_t)found, name, n)
		if (strstr(name, key) != NULL)
			return true;
	return false;
}

static void
room_check(struct room *room)
{
	struct buf bytes = {0};
	json_t *lines = export_lines(room->session, &bytes), *found, *n;
	const struct person *p;
	const char *key;
	size_t i, k;

	for (i = 1; i < room->ntold; i++)
		if (room->told[i][0] != '\0')
			assert_string_equal(
			    text_of(json_array_get(lines, i - 1), "hash"),
			    room->told[i]);
	found = keys_of(lines);
	json_object_foreach(found, key, n)
		assert_int_equal(json_integer_value(n), 1);
	for (i = 0; i < SEATS; i++) {
		p = &room->people[i];
		for (k = 0; k < p->n; k++) {
			const struct gift *g = &p->gifts[k];

			if (g->first != NULL) {
				assert_stands(lines, g);
				assert_true(has_key(found, g->key));
			} else if (g->refused)
				assert_false(has_key(found, g->key));
		}
	}
	assert_exchanges(lines);
	assert_replays(&bytes, room->concluded);
	json_decref(found);
	json_decref(lines);
	buf_free(&bytes);
}

/* The format as other hands wrote it, on a sample. */
static void
look_from_outside(const struct buf *bytes)
{
	char path[128];
	FILE *f;

	if (count.outside++ >= OUTSIDE)
		return;
	snprintf(path, sizeof(path), "%s/recording", d.dir);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes->data, 1, bytes->len, f), bytes->len);
	assert_int_equal(fclose(f), 0);
	assert_int_not_equal(verify_outside(path), -1);
}

static void
sleepers_check(void)
{
	struct buf bytes = {0};
	json_t *lines;
	size_t i;

	for (i = 0; i < nsleepers; i++) {
		buf_reset(&bytes);
		lines = export_lines(sleepers[i].session, &bytes);
		assert_exchanges(lines);
		assert_replays(&bytes, true);
		look_from_outside(&bytes);
		json_decref(lines);
	}
	buf_free(&bytes);
}

/* ---- the test ---- */

static void
kill_now(void)
{
	kills = xgrow(kills, nkills, &capkills, sizeof(*kills));
	kills[nkills++] = real_ms();
	if (waitpid(d.pid, NULL, WNOHANG) != 0) {
		daemon_tell(&d);
		fail_msg("the daemon has gone by itself");
	}
	daemon_kill9(&d);
}

/* Starts; now and then it is killed before it can say a word. */
static void
start(void)
{
	if (nkills > 0 && draw(8) == 0) {
		assert_int_equal(daemon_spawn(&d), 0);
		usleep((useconds_t)draw(15000));
		kill_now();
		count.early++;
	}
	assert_int_equal(daemon_restart(&d), 0);
	assert_int_equal(client_open(&control, &d), 0);
}

static void
rooms_check(bool all)
{
	int i;

	for (i = 0; i < ROOMS; i++) {
		if (rooms[i].session[0] != '\0')
			room_check(&rooms[i]);
		if (!all && (rooms[i].session[0] == '\0' || rooms[i].concluded))
			room_open(&rooms[i], i);
	}
}

static void
say_counts(int64_t began)
{
	const char *phase;
	json_t *n;

	fprintf(stderr,
	    "%zu kills (%ld while starting), %ld rooms, %ld acknowledged, "
	    "%ld resent, %ld refused, %ld events told, %zu sleepers, %ld "
	    "woken, %ld exchanges started again, %ld with a model, %ld "
	    "ratings, %ld replays, %.1f s\n",
	    nkills, count.early, count.rooms, count.acknowledged, count.resent,
	    count.refused, count.events, nsleepers, count.woken,
	    count.restarted, count.modelled, count.ratings, count.replays,
	    (double)(clock_ms() - began) / 1000);
	fprintf(stderr, "phases seen:");
	json_object_foreach(seen, phase, n)
		fprintf(stderr, " %s %lld", phase, json_integer_value(n));
	fprintf(stderr, "\n");
}

/* Long enough a run comes through all of them. */
static void
assert_phases(void)
{
	static const char *const phases[] = {"position", "opinion", "draft",
	    "review", "ballot", "critique", "preference", "dissent",
	    "position_after", "survey"};
	size_t i;

	for (i = 0; i < sizeof(phases) / sizeof(*phases); i++)
		if (number_of(seen, phases[i]) == 0)
			fail_msg("nobody was ever in phase %s", phases[i]);
}

static void
test_kill9(void **state)
{
	const char *env = getenv("CAUCUS_CRASH_RUNS");
	int64_t began = clock_ms(), end;
	size_t runs = env != NULL ? (size_t)atol(env) : 25;

	(void)state;
	while (nkills < runs) {
		start();
		rooms_check(false);
		sleeper_make();
		live(5 + draw(LIFE_MS), draw(LIFE_MS));
		sleepers_look();
		kill_now();
		client_close(&control);
		hear_last_words();
		if (nkills % 100 < 2 && nkills > 100)
			say_counts(began);
	}
	start();
	end = clock_ms() + CALM_MS;
	while (sleepers_look() > 0 && clock_ms() < end)
		usleep(50000);
	assert_int_equal(sleepers_look(), 0);
	rooms_check(true);
	sleepers_check();
	say_counts(began);
	assert_true(count.acknowledged > (long)runs);
	assert_true(count.woken > 0);
	assert_true(count.modelled > 0);
	assert_true(count.ratings > 0);
	if (runs >= 100)
		assert_phases();
}

static int
setup(void **state)
{
	const char *env = getenv("CAUCUS_CRASH_SEED");

	(void)state;
	seed = env != NULL ? (unsigned)strtoul(env, NULL, 10)
			   : (unsigned)time(NULL);
	fprintf(stderr, "CAUCUS_CRASH_SEED=%u\n", seed);
	seen = json_object();
	d.quiet = true;
	if (daemon_begin(&d) == -1 ||
	    model_start(&model, &d, 0, MODEL_MS, "") == -1)
		return -1;
	if (model_config(&model, &d, config) == -1)
		return -1;
	d.config = config;
	daemon_kill9(&d);
	return 0;
}

static int
teardown(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < PEOPLE; i++)
		person_clear(person_at(i));
	for (i = 0; i < ROOMS; i++)
		free(rooms[i].told);
	client_close(&control);
	free(sleepers);
	free(kills);
	json_decref(seen);
	model_stop(&model);
	daemon_clear(&d);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_kill9)};

	return cmocka_run_group_tests(tests, setup, teardown);
}
