/*
 * Nothing unreadable is sent, to anybody, at any time.  Somebody in every
 * role reads all they can through a whole session of two rounds; afterwards
 * the operator's export says what there was to be kept, and each byte that
 * each of them had got by then is searched for it.
 *
 * Longer than 2 s on a loaded machine: eight whole sessions.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/digest.h"
#include "model.h"
#include "room.h"

/* When everybody stops and looks around. */
enum moment {
	IN_LOBBY,
	POSITIONS,
	OPINIONS,
	FIRST_REVIEW,
	FIRST_BALLOT,
	FIRST_CAST,
	CRITIQUE,
	CRITIQUES,
	SECOND_REVIEW,
	SECOND_BALLOT,
	SECOND_CAST,
	PREFERENCE,
	PREFERENCES,
	DISSENT,
	DISSENTS,
	SURVEY,
	SURVEYED,
	ENDED,
	MOMENTS,
	NEVER = MOMENTS
};

enum { WATCH = WHO, EARS }; /* the client's own window, and how many listen */

/* All strings that one of them has been sent, decoded, in order. */
struct ears {
	struct buf heard;
	char *raw; /* bytes as they came */
	size_t len, taken;
	FILE *tap;
	size_t mark[MOMENTS];
	int64_t seq[MOMENTS]; /* the session's */
};

static struct daemon d;
static struct model model;
static char config[128];
static struct room r;
static struct ears ears[EARS];
static pid_t watcher;
static char watch_out[128];
static int texts_are; /* 0 private, 1 facilitator, 2 group */
static bool anonymous;
static bool again; /* the session is one like another, of the same people */
static int64_t parted_at; /* seq */

static int
setup(void **state)
{
	(void)state;
	d = (struct daemon){.tcp = true, .sets = {"create_anyone=1"}};
	if (daemon_begin(&d) == -1 || model_start(&model, &d, 0, 0, "") == -1)
		return -1;
	/* Now with the model as an endpoint that sessions may name. */
	if (model_config(&model, &d, config) == -1)
		return -1;
	d.config = config;
	daemon_kill9(&d);
	return daemon_restart(&d);
}

static int
teardown(void **state)
{
	(void)state;
	model_stop(&model);
	daemon_clear(&d);
	return 0;
}

/* ---- listening ---- */

/* Every string of a message; a line of a recording is taken apart too. */
static void
hear(struct buf *to, const json_t *v)
{
	const char *key;
	json_t *o, *line;
	size_t i;

	if (json_is_string(v)) {
		line = json_loads(json_string_value(v), 0, NULL);
		if (json_is_object(line))
			hear(to, line);
		json_decref(line);
		buf_adds(to, json_string_value(v));
		buf_addc(to, '\n');
	}
	json_array_foreach(v, i, o)
		hear(to, o);
	json_object_foreach((json_t *)v, key, o) {
		buf_adds(to, key);
		buf_addc(to, '\n');
		hear(to, o);
	}
}

static void
take_in(struct ears *e)
{
	const char *nl;
	json_t *m;

	fflush(e->tap);
	while ((nl = memchr(e->raw + e->taken, '\n', e->len - e->taken))) {
		m = json_loadb(e->raw + e->taken,
		    (size_t)(nl - e->raw) - e->taken, 0, NULL);
		assert_non_null(m);
		hear(&e->heard, m);
		json_decref(m);
		e->taken = (size_t)(nl - e->raw) + 1;
	}
}

static void
read_file(const char *path, struct buf *to)
{
	char part[4096];
	FILE *f = fopen(path, "r");
	size_t n;

	assert_non_null(f);
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		buf_add(to, part, n);
	fclose(f);
}

/* `caucus watch` of a session, as who has no token of it. */
static void
start_watch(void)
{
	const char *build = getenv("CAUCUS_BUILD");
	char prog[512];
	int fd;

	snprintf(prog, sizeof(prog), "%s/caucus", build ? build : "build");
	snprintf(watch_out, sizeof(watch_out), "%s/watch", d.dir);
	/* There before anybody looks, however long a new process takes. */
	fd = open(watch_out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_int_not_equal(fd, -1);
	watcher = fork();
	if (watcher != 0) {
		close(fd);
		return;
	}
	dup2(fd, 1);
	dup2(fd, 2);
	setenv("XDG_STATE_HOME", d.dir, 1);
	setenv("HOME", d.dir, 1);
	execl(prog, prog, "watch", "--json", "--socket", d.socket, r.session,
	    (char *)NULL);
	_exit(127);
}

static void
stop_watch(void)
{
	if (watcher > 0) {
		kill(watcher, SIGKILL);
		waitpid(watcher, NULL, 0);
		unlink(watch_out);
	}
	watcher = 0;
}

/* ---- looking around ---- */

static void
ask(enum who w, const char *method, json_t *params)
{
	json_decref(room_ask(&r, w, method, params));
}

static void
read_export(enum who w)
{
	json_int_t after = -1;
	json_t *a, *next;

	do {
		a = room_ask(&r, w, "session.export",
		    json_pack("{s:I}", "after", after));
		next = json_object_get(json_object_get(a, "result"), "next");
		after = json_is_integer(next) ? json_integer_value(next) : -1;
		json_decref(a);
	} while (after != -1);
}

/* Whatever one may ask for, and what one may not. */
static void
look(enum who w)
{
	ask(w, "session.get", json_object());
	ask(w, "session.list", json_object());
	json_decref(client_ask(&r.c[w], "session.list", json_object()));
	json_decref(client_ask(
	    &r.c[w], "session.terms", json_pack("{s:s}", "code", r.code)));
	read_export(w);
	ask(w, "session.next", json_pack("{s:s}", "phase", "nothing"));
	ask(w, "contribution.withhold",
	    json_pack("{s:i,s:s}", "contribution", 1, "reason", "?"));
	ask(w, "statement.strike",
	    json_pack("{s:s,s:s}", "statement", "s99", "reason", "?"));
	ask(w, "contribution.ballot",
	    json_pack("{s:s,s:s}", "ranking", "s98>s99", "participant",
		r.id[w == OWNER ? PARTICIPANT : OWNER]));
	ask(w, "contribution.text",
	    json_pack("{s:s,s:s,s:s}", "slot", "opinion", "text", " ", "key",
		"a-key"));
}

static void
all_look(enum moment now)
{
	json_t *g = room_call(&r, FACILITATOR, "session.get", json_object());
	struct ears *e;
	int w;

	for (w = 0; w < WHO; w++) {
		look((enum who)w);
		look((enum who)w); /* what was queued has come by now */
		take_in(&ears[w]);
	}
	ears[WATCH].heard.len = 0;
	read_file(watch_out, &ears[WATCH].heard);
	for (w = 0; w < EARS; w++) {
		e = &ears[w];
		e->mark[now] = e->heard.len;
		e->seq[now] = json_integer_value(json_object_get(g, "seq"));
	}
	json_decref(g);
}

/* ---- taking part ---- */

static void
give_text(enum who w, const char *slot, int round)
{
	char text[300], key[64];

	snprintf(text, sizeof(text),
	    "The %s finds %s number %d plain. Of that the %s is sure, and "
	    "says it %s. Zonk%sXq%d.",
	    who_names[w], slot, round, who_names[w],
	    round ? "again" : "for the first time", who_names[w], round);
	snprintf(key, sizeof(key), "key-%s-%s-%d", who_names[w], slot, round);
	assert_int_equal(room_do(&r, w, "contribution.text",
			     json_pack("{s:s,s:s,s:s}", "slot", slot, "text",
				 text, "key", key)),
	    0);
}

static void
propose(enum who w, const char *when)
{
	char text[200];

	snprintf(text, sizeof(text),
	    "Proposal of the %s, made %s: breaks are free and bags are shut.",
	    who_names[w], when);
	assert_int_equal(room_do(&r, w, "statement.propose",
			     json_pack("{s:s}", "text", text)),
	    0);
}

/* The slate turned by whose ballot it is; ratings that nobody else gives. */
static void
give_ballot(enum who w)
{
	json_t *g = room_call(&r, FACILITATOR, "session.get", json_object());
	json_t *slate = json_object_get(g, "slate"), *id;
	json_t *ranking = json_array(), *ratings = json_object();
	size_t k, n = json_array_size(slate);

	for (k = 0; k < n; k++) {
		id = json_object_get(
		    json_array_get(slate, (k + (size_t)w) % n), "statement");
		json_array_append_new(ranking, json_pack("[O]", id));
		json_object_set_new(ratings, json_string_value(id),
		    json_integer(1 + (json_int_t)(k * 3 + (size_t)w) % 7));
	}
	assert_int_equal(room_do(&r, w, "contribution.ballot",
			     json_pack("{s:o,s:o}", "ranking", ranking,
				 "agreement", ratings)),
	    0);
	json_decref(g);
}

static void
choose(enum who w, const char *slot, int choice)
{
	assert_int_equal(
	    room_do(&r, w, "contribution.choose",
		json_pack("{s:s,s:i}", "slot", slot, "choice", choice)),
	    0);
}

static void
dissent(enum who w, bool is_signed)
{
	char text[200];

	snprintf(text, sizeof(text),
	    "The %s dissents: bags are never searched.", who_names[w]);
	assert_int_equal(room_do(&r, w, "contribution.text",
			     json_pack("{s:s,s:s,s:b}", "slot", "dissent",
				 "text", text, "signed", is_signed)),
	    0);
}

static void
answer_survey(enum who w)
{
	char why[100];

	snprintf(
	    why, sizeof(why), "Why the %s thinks otherwise now.", who_names[w]);
	assert_int_equal(
	    room_do(&r, w, "contribution.choose",
		json_pack("{s:s,s:{s:i,s:s}}", "slot", "survey", "answers",
		    "fair", 1 + w % 5, "view_why", why)),
	    0);
}

/* Where the first winner does not stand again there is one to prefer. */
static json_t *
all_settings(void)
{
	static const char *const names[] = {"private", "facilitator", "group"};

	return json_pack("{s:i,s:i,s:s,s:b,s:b,s:b,s:b,s:b,s:b,s:b,s:b}",
	    "candidates", 8, "shown", 3, "texts", names[texts_are], "anonymous",
	    anonymous, "position", 1, "importance", 1, "review", 1, "dissent",
	    1, "survey", 1, "preference", anonymous, "keep", !anonymous);
}

static void
open_all(void)
{
	int w;

	assert_int_equal(
	    room_open(&r, &d, all_settings(),
		again ? "another-seed" : "seed-of-the-session-zqx"),
	    0);
	if (again)
		assert_int_equal(
		    room_again(&r, all_settings(), "seed-of-the-session-zqx"),
		    0);
	start_watch();
	for (w = 0; w < WHO; w++) {
		ears[w].tap = open_memstream(&ears[w].raw, &ears[w].len);
		r.c[w].tap = ears[w].tap;
		ask((enum who)w, "session.subscribe",
		    json_pack("{s:i}", "after", 0));
	}
}

static void
close_all(void)
{
	int w;

	stop_watch();
	room_close(&r);
	for (w = 0; w < EARS; w++) {
		if (ears[w].tap != NULL)
			fclose(ears[w].tap);
		free(ears[w].raw);
		buf_free(&ears[w].heard);
	}
	memset(ears, 0, sizeof(ears));
}

static void
next(const char *phase)
{
	assert_int_equal(room_do(&r, FACILITATOR, "session.next",
			     json_pack("{s:s}", "phase", phase)),
	    0);
}

static void
review(enum moment now)
{
	assert_int_equal(room_wait(&r, "review"), 0);
	propose(FACILITATOR, now == FIRST_REVIEW ? "first" : "second");
	all_look(now);
	next("review");
}

/* Those who are left: what is asked after the last ballot. */
static void
last_questions(void)
{
	static const enum who left[] = {APPOINTED, PARTICIPANT, OWNER};
	size_t i;

	if (anonymous) {
		assert_int_equal(room_wait(&r, "preference"), 0);
		all_look(PREFERENCE);
		choose(APPOINTED, "preference", 1);
		choose(PARTICIPANT, "preference", 3);
		all_look(PREFERENCES);
		choose(OWNER, "preference", 2);
	}
	assert_int_equal(room_wait(&r, "dissent"), 0);
	if (!anonymous) {
		all_look(PREFERENCE);
		all_look(PREFERENCES);
	}
	all_look(DISSENT);
	dissent(APPOINTED, true);
	dissent(PARTICIPANT, false);
	all_look(DISSENTS);
	dissent(OWNER, false);
	assert_int_equal(room_wait(&r, "position_after"), 0);
	for (i = 0; i < 3; i++)
		choose(left[i], "position_after", 2 + (int)i);
	assert_int_equal(room_wait(&r, "survey"), 0);
	all_look(SURVEY);
	answer_survey(APPOINTED);
	answer_survey(PARTICIPANT);
	all_look(SURVEYED);
	answer_survey(OWNER);
}

static void
first_round(void)
{
	int w;

	all_look(IN_LOBBY);
	next("lobby");
	for (w = APPOINTED; w <= OWNER; w++) {
		choose((enum who)w, "position", 1 + w % 7);
		if (w != OWNER)
			choose((enum who)w, "importance", 1 + w % 5);
	}
	all_look(POSITIONS);
	choose(OWNER, "importance", 4);
	for (w = APPOINTED; w <= OWNER; w++)
		give_text((enum who)w, "opinion", 0);
	all_look(OPINIONS); /* drafting may have begun, or be done */
	review(FIRST_REVIEW);
	assert_int_equal(room_wait(&r, "ballot"), 0);
	propose(PARTICIPANT, "during the first ballot");
	all_look(FIRST_BALLOT);
	for (w = APPOINTED; w < OWNER; w++)
		give_ballot((enum who)w);
	all_look(FIRST_CAST);
	give_ballot(OWNER);
	assert_int_equal(room_wait(&r, "critique"), 0);
}

static void
second_round(void)
{
	assert_int_equal(room_part(&r), 0);
	assert_int_equal(room_do(&r, LEAVER, "participant.withdraw",
			     json_pack("{s:s}", "mode", "erase")),
	    0);
	all_look(CRITIQUE);
	parted_at = ears[THIEF].seq[CRITIQUE];
	give_text(APPOINTED, "critique", 1);
	give_text(PARTICIPANT, "critique", 1);
	propose(APPOINTED, "after the first ballot");
	all_look(CRITIQUES);
	give_text(OWNER, "critique", 1);
	review(SECOND_REVIEW);
	assert_int_equal(room_wait(&r, "ballot"), 0);
	all_look(SECOND_BALLOT);
	give_ballot(APPOINTED);
	give_ballot(PARTICIPANT);
	all_look(SECOND_CAST);
	give_ballot(OWNER);
	last_questions();
	assert_int_equal(room_wait(&r, "concluded"), 0);
	all_look(ENDED);
}

/* ---- what there was to be kept ---- */

struct secret {
	int64_t seq;
	char type[40], name[24], salt[40];
	uint8_t digest[DIGEST_LEN];
	char *body; /* without the quotes of a JSON string */
	int author; /* enum who; -1 none */
	int round;
};
static struct secret *secrets;
static size_t nsecrets;
static struct buf orders[2]; /* of each round's tally, which all may know */

static const char *
str(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s != NULL ? s : "";
}

static int
who_has(const char *id)
{
	int w;

	for (w = 0; w < WHO; w++)
		if (r.id[w][0] != '\0' && strcmp(r.id[w], id) == 0)
			return w;
	return -1;
}

/* From sealed `by` or `person`, or from the data. */
static int
author_of(const json_t *data, const json_t *sealed)
{
	const char *body = str(json_object_get(sealed, "by"), "body");
	char id[16];

	if (*body == '\0')
		body = str(json_object_get(sealed, "person"), "body");
	if (*body == '\0')
		return who_has(str(data, "participant"));
	snprintf(id, sizeof(id), "%.*s", (int)strlen(body) - 2, body + 1);
	return who_has(id);
}

static int
round_of(const json_t *data)
{
	const char *job = str(data, "job");
	json_t *round = json_object_get(data, "round");

	if (json_is_integer(round))
		return (int)json_integer_value(round);
	return *job ? atoi(strchr(job, '.') + 1) : 0;
}

static void
keep_item(const json_t *event, const json_t *sealed, const char *name,
    const json_t *item)
{
	const json_t *data = json_object_get(event, "data");
	const char *hex = str(json_object_get(event, "sealed"), name);
	const char *body = str(item, "body");
	size_t len = strlen(body);
	struct secret *s;

	secrets = realloc(secrets, (nsecrets + 1) * sizeof(*secrets));
	assert_non_null(secrets);
	s = &secrets[nsecrets++];
	memset(s, 0, sizeof(*s));
	s->seq = json_integer_value(json_object_get(event, "seq"));
	snprintf(s->type, sizeof(s->type), "%s", str(event, "type"));
	snprintf(s->name, sizeof(s->name), "%s", name);
	snprintf(s->salt, sizeof(s->salt), "%s", str(item, "salt"));
	assert_true(hex_decode(hex, strlen(hex), s->digest, DIGEST_LEN));
	if (len > 2 && body[0] == '"') {
		body++;
		len -= 2;
	}
	s->body = strndup(body, len);
	s->author = author_of(data, sealed);
	s->round = round_of(data);
}

static void
keep_line(const char *text)
{
	json_t *line = json_loads(text, 0, NULL), *item;
	json_t *event = json_object_get(line, "event");
	json_t *sealed = json_object_get(line, "sealed");
	const char *name;

	assert_non_null(event);
	json_object_foreach(sealed, name, item)
		keep_item(event, sealed, name, item);
	if (strcmp(str(event, "type"), "tally.decided") == 0) {
		char *order = json_dumps(
		    json_object_get(json_object_get(event, "data"), "order"),
		    JSON_COMPACT);

		assert_non_null(order);
		buf_addf(&orders[round_of(json_object_get(event, "data")) != 0],
		    "%s\n", order);
		free(order);
	}
	if (anonymous && strncmp(str(event, "type"), "contribution.", 13) == 0)
		assert_null(json_object_get(
		    json_object_get(event, "data"), "participant"));
	/* Whose texts were erased is whose texts they were. */
	if (anonymous && strcmp(str(event, "type"), "text.erased") == 0)
		assert_null(
		    json_object_get(json_object_get(event, "data"), "items"));
	/* Lengths would tell which statement of the slate it is. */
	if (strcmp(str(event, "type"), "statement.proposed") == 0 ||
	    strcmp(str(event, "type"), "exchange.finished") == 0)
		assert_null(
		    json_object_get(json_object_get(event, "data"), "chars"));
	json_decref(line);
}

static void
keep_export(void)
{
	json_int_t after = -1;
	json_t *o, *line, *more;
	size_t i;

	do {
		o = room_call(&r, OPERATOR, "session.export",
		    json_pack("{s:I,s:s}", "after", after, "as", "operator"));
		assert_non_null(o);
		json_array_foreach(json_object_get(o, "lines"), i, line)
			keep_line(json_string_value(line));
		more = json_object_get(o, "next");
		after = json_is_integer(more) ? json_integer_value(more) : -1;
		json_decref(o);
	} while (after != -1);
}

static void
forget_secrets(void)
{
	size_t i;

	for (i = 0; i < nsecrets; i++)
		free(secrets[i].body);
	free(secrets);
	secrets = NULL;
	nsecrets = 0;
	buf_free(&orders[0]);
	buf_free(&orders[1]);
}

/* ---- who may know it, and from when ---- */

/* The test's own table, not the daemon's. */
static const struct {
	const char *type, *name;
	enum {
		ALL,
		AUTHOR,
		TEXTS,
		NAMES,
		BALLOT,
		REVIEW,
		HOST,
		SIGNED,
		END,
		NOBODY
	} rule;
} rules[] = {
    {"session.created", "seed", END},
    {"session.created", "secret", NOBODY},
    {"session.created", "labels", HOST},
    {"contribution.given", "findings", HOST},
    {"statement.proposed", "findings", HOST},
    {"text.flagged", "findings", HOST},
    {"exchange.finished", "findings", REVIEW},
    {"ballot.predicted", "ranking", BALLOT},
    {"session.created", "", ALL},
    {"session.configured", "", ALL},
    {"participant.joined", "name", NAMES},
    {"participant.joined", "key", NOBODY},
    {"participant.joined", "labels", AUTHOR},
    {"participant.joined", "like", AUTHOR},
    {"participant.removed", "reason", ALL},
    {"contribution.given", "text", TEXTS},
    {"contribution.given", "dissent", SIGNED},
    {"contribution.given", "signature", SIGNED},
    {"contribution.given", "", AUTHOR},
    {"contribution.abstained", "", AUTHOR},
    {"contribution.taken_back", "", AUTHOR},
    {"statement.proposed", "by", AUTHOR},
    {"statement.proposed", "key", AUTHOR},
    {"statement.proposed", "", BALLOT},
    {"exchange.started", "person", AUTHOR},
    {"exchange.started", "permutation", END},
    {"exchange.started", "prompt", NOBODY},
    {"exchange.started", "marks", NOBODY},
    {"exchange.started", "seed", END},
    {"exchange.finished", "usage", NOBODY},
    {"template.used", "text", ALL},
    {"exchange.finished", "", BALLOT},
    {"ballot.predicted", "ranking", BALLOT},
    {"text.erased", "items", AUTHOR},
    {"drafts.admitted", "candidates", BALLOT},
    {"slate.drafted", "", REVIEW},
    {"statements.added", "candidates", BALLOT},
    {"slate.decided", "tally", BALLOT},
    {"slate.decided", "orders", END},
    {"slate.decided", "", ALL},
};

static int
rule_of(const struct secret *s)
{
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(*rules); i++)
		if (strcmp(rules[i].type, s->type) == 0 &&
		    (rules[i].name[0] == '\0' ||
			strcmp(rules[i].name, s->name) == 0))
			return (int)rules[i].rule;
	fail_msg("no rule for %s of %s: say who may read it", s->name, s->type);
	return NOBODY;
}

static bool
has_left(int w, const struct secret *s)
{
	return (w == LEAVER || w == EXPELLED) && s->seq > parted_at;
}

/* From which moment on w may know s; IN_LOBBY: at once. */
static enum moment
known_from(int w, const struct secret *s)
{
	bool chair = w == FACILITATOR || w == APPOINTED;
	int me = w == THIEF ? OWNER : w;

	if (w == STRANGER)
		/* has the code of the invitation, and may read the terms */
		return strcmp(s->type, "session.created") == 0 &&
			       rule_of(s) == ALL
			   ? IN_LOBBY
			   : NEVER;
	if (w == THIEF && s->seq > parted_at)
		return NEVER;
	if (rule_of(s) != NOBODY && s->author == me &&
	    (rule_of(s) == AUTHOR || rule_of(s) == TEXTS ||
		rule_of(s) == NAMES || rule_of(s) == SIGNED ||
		strcmp(s->type, "statement.proposed") == 0))
		return IN_LOBBY;
	if (rule_of(s) == REVIEW && chair)
		return IN_LOBBY;
	switch (rule_of(s)) {
	case ALL:
		return IN_LOBBY;
	case TEXTS:
		return !has_left(w, s) &&
			       (texts_are == 2 || (texts_are == 1 && chair))
			   ? IN_LOBBY
			   : NEVER;
	case NAMES:
		return anonymous ? NEVER : IN_LOBBY;
	case HOST:
		return chair ? IN_LOBBY : NEVER;
	case REVIEW:
	case BALLOT:
		return s->round == 0 ? CRITIQUE : PREFERENCE;
	case SIGNED:
	case END:
		return ENDED;
	}
	return NEVER;
}

/* ---- the search ---- */

/* Whether it stands in what w had heard before the moment. */
static bool
heard_before(int w, const char *needle, enum moment m)
{
	const struct ears *e = &ears[w];
	size_t n = m == NEVER ? e->mark[ENDED] : m == 0 ? 0 : e->mark[m - 1];

	return n > 0 &&
	       memmem(e->heard.data, n, needle, strlen(needle)) != NULL;
}

/* From when on all may know it: somebody ranked as all together did. */
static enum moment
told_in_tally(const struct secret *s)
{
	static const enum moment closed[] = {CRITIQUE, PREFERENCE};
	int i;

	for (i = 0; i < 2; i++)
		if (orders[i].data != NULL &&
		    strstr(orders[i].data, s->body) != NULL)
			return closed[i];
	return NEVER;
}

/* The same words may be readable as part of something else. */
static enum moment
words_from(int w, const struct secret *s)
{
	enum moment first = known_from(w, s), other = told_in_tally(s);
	size_t i;

	if (other < first && w != STRANGER && w != THIEF)
		first = other;

	for (i = 0; i < nsecrets; i++)
		if (strstr(secrets[i].body, s->body) != NULL) {
			other = known_from(w, &secrets[i]);
			if (other < first)
				first = other;
		}
	return first;
}

static bool
is_distinctive(const struct secret *s)
{
	static const char *const names[] = {"text", "reasoning", "name",
	    "ranking", "agreement", "seed", "secret", "key", "permutation",
	    "candidates", "tally", "orders", "dissent", "signature", "words",
	    "labels", "prompt", "marks"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(names[i], s->name) == 0)
			return strlen(s->body) >= 12;
	return false;
}

/* One needle, which w may have heard from moment m on; 1 if that is not at
 * once. */
static size_t
seek(int w, const struct secret *s, const char *needle, enum moment m)
{
	if (m > IN_LOBBY && heard_before(w, needle, m))
		fail_msg("%s was sent %s of event %d (%s) before moment %d: %s",
		    w == WATCH ? "watch" : who_names[w], s->name, (int)s->seq,
		    s->type, (int)m, needle);
	return m > IN_LOBBY;
}

static void
search(void)
{
	const struct secret *s;
	size_t i, salts = 0, words = 0, ballots = 0, hidden = 0;
	enum moment from;
	int w;

	for (w = 0; w < EARS; w++)
		for (i = 0; i < nsecrets; i++) {
			s = &secrets[i];
			salts += seek(w, s, s->salt, known_from(w, s));
			if (!is_distinctive(s))
				continue;
			from = words_from(w, s);
			words += seek(w, s, s->body, from);
			if (w == WATCH && strcmp(s->name, "ranking") == 0 &&
			    strcmp(s->type, "contribution.given") == 0) {
				ballots++;
				hidden += from == NEVER;
			}
		}
	/* A search that had nothing to look for proves nothing. */
	assert_true(salts > 1000);
	assert_true(words > 300);
	/* Every ballot, and most of them to the end: not all of them are as
	 * the tally. */
	assert_int_equal(ballots, 8);
	assert_true(hidden >= 4);
}

/* What they were to know did come, so the search could have found it. */
static void
heard_what_is_due(void)
{
	size_t i, n = 0;

	for (i = 0; i < nsecrets; i++) {
		const struct secret *s = &secrets[i];
		enum moment m = known_from(PARTICIPANT, s);

		if (m == NEVER)
			continue;
		n++;
		if (!heard_before(PARTICIPANT, s->salt, NEVER))
			fail_msg("nobody told the participant %s of event %d",
			    s->name, (int)s->seq);
	}
	assert_true(n > 50);
}

/* Nothing more comes to who holds a revoked token. */
static void
thief_hears_nothing(void)
{
	size_t i;

	for (i = 0; i < nsecrets; i++)
		if (secrets[i].seq > parted_at)
			assert_false(
			    heard_before(THIEF, secrets[i].salt, NEVER));
	assert_true(heard_before(THIEF, "revoked", NEVER));
	assert_null(memmem(ears[THIEF].heard.data + ears[THIEF].mark[CRITIQUE],
	    ears[THIEF].mark[ENDED] - ears[THIEF].mark[CRITIQUE], "hash\n", 5));
}

/* ---- guessing ---- */

static void
guess(const struct secret *ballot, const char *body)
{
	uint8_t salt[SALT_LEN], digest[DIGEST_LEN];
	size_t i;

	for (i = 0; i < nsecrets; i++) {
		if (strcmp(secrets[i].salt, ballot->salt) == 0)
			continue;
		assert_true(
		    hex_decode(secrets[i].salt, 2 * SALT_LEN, salt, SALT_LEN));
		digest_sealed("ranking", salt, body, strlen(body), digest);
		assert_memory_not_equal(digest, ballot->digest, DIGEST_LEN);
	}
	memset(salt, 0, sizeof(salt));
	digest_sealed("ranking", salt, body, strlen(body), digest);
	assert_memory_not_equal(digest, ballot->digest, DIGEST_LEN);
}

/* A ballot's digest under no salt but its own is any ballot's. */
static void
ballots_cannot_be_guessed(void)
{
	const struct secret *s, *other;
	size_t i, k, n = 0;

	for (i = 0; i < nsecrets; i++) {
		s = &secrets[i];
		if (strcmp(s->type, "contribution.given") != 0 ||
		    strcmp(s->name, "ranking") != 0)
			continue;
		n++;
		for (k = 0; k < nsecrets; k++) {
			other = &secrets[k];
			if (strcmp(other->name, "ranking") == 0)
				guess(s, other->body);
		}
	}
	assert_int_equal(n, 8);
	/* no salt twice: one that is shown says nothing of another */
	for (i = 0; i < nsecrets; i++)
		for (k = 0; k < i; k++)
			assert_string_not_equal(
			    secrets[i].salt, secrets[k].salt);
}

/* Salts of derived items come from the secret alone: what is public makes
 * none of them. */
static void
salts_need_the_secret(void)
{
	const char *const known[] = {"", r.session, "seed-of-the-session-zqx"};
	uint8_t digest[DIGEST_LEN];
	struct digest_part parts[3];
	char seq[24], hex[2 * DIGEST_LEN + 1];
	size_t i, k;

	for (i = 0; i < nsecrets; i++)
		for (k = 0; k < 3; k++) {
			snprintf(seq, sizeof(seq), "%d", (int)secrets[i].seq);
			parts[0] = (struct digest_part){
			    known[k], strlen(known[k]) + 1};
			parts[1] = (struct digest_part){seq, strlen(seq) + 1};
			parts[2] = (struct digest_part){
			    secrets[i].name, strlen(secrets[i].name)};
			digest_sha256(parts, 3, digest);
			hex_encode(digest, DIGEST_LEN, hex);
			assert_int_not_equal(
			    strncmp(hex, secrets[i].salt, 2 * SALT_LEN), 0);
		}
}

static void
play(int texts, bool hidden, bool like, const char *endpoint)
{
	texts_are = texts;
	anonymous = hidden;
	again = like;
	r.endpoint = endpoint;
	open_all();
	first_round();
	second_round();
	keep_export();
	search();
	heard_what_is_due();
	thief_hears_nothing();
	ballots_cannot_be_guessed();
	salts_need_the_secret();
	forget_secrets();
	close_all();
}

static int
after_each(void **state)
{
	(void)state;
	forget_secrets();
	close_all();
	return 0;
}

#define CASE(name, texts, hidden, like, endpoint)                              \
	static void name(void **state)                                         \
	{                                                                      \
		(void)state;                                                   \
		play(texts, hidden, like, endpoint);                           \
	}
CASE(test_private_anonymous, 0, true, false, NULL)
CASE(test_private_named, 0, false, false, NULL)
CASE(test_facilitator_anonymous, 1, true, false, NULL)
CASE(test_facilitator_named, 1, false, false, NULL)
CASE(test_group_anonymous, 2, true, false, NULL)
CASE(test_group_named, 2, false, false, NULL)
CASE(test_endpoint_anonymous, 0, true, true, "fake")
CASE(test_endpoint_named, 0, false, true, "fake")

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(test_private_anonymous, after_each),
	    cmocka_unit_test_teardown(test_private_named, after_each),
	    cmocka_unit_test_teardown(test_facilitator_anonymous, after_each),
	    cmocka_unit_test_teardown(test_facilitator_named, after_each),
	    cmocka_unit_test_teardown(test_group_anonymous, after_each),
	    cmocka_unit_test_teardown(test_group_named, after_each),
	    cmocka_unit_test_teardown(test_endpoint_anonymous, after_each),
	    cmocka_unit_test_teardown(test_endpoint_named, after_each),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
