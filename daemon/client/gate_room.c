/* A channel and its session: what people type there or in private. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/text.h"
#include "client/cmd.h"
#include "client/gate.h"
#include "client/irc_line.h"
#include "client/letters.h"
#include "client/view.h"

#define TEXT_BYTES ((size_t)128 << 10) /* of a text being gathered */

static const char *
str(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s != NULL ? s : "";
}

json_t *
gate_room(struct gate *g, const char *room)
{
	return json_object_get(json_object_get(g->state, "rooms"), room);
}

json_t *
room_seat(struct gate *g, const char *room, const char *p)
{
	json_t *seat =
	    json_object_get(json_object_get(gate_room(g, room), "seats"), p);

	return *str(seat, "token") != '\0' ? seat : NULL;
}

const char *
room_of(struct gate *g, const char *p)
{
	json_t *rooms = json_object_get(g->state, "rooms"), *r;
	const char *name, *found = NULL, *chosen;

	chosen =
	    str(json_object_get(json_object_get(g->state, "people"), p), "in");
	json_object_foreach(rooms, name, r) {
		if (json_is_true(json_object_get(r, "done")) ||
		    room_seat(g, name, p) == NULL)
			continue;
		if (found == NULL || strcmp(name, chosen) == 0)
			found = name;
	}
	return found;
}

void
room_post(struct gate *g, const char *room, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) == -1)
		abort();
	va_end(ap);
	g->network->say(g->network, room, text);
	free(text);
}

static void tell(struct gate *g, const struct chat_from *from, const char *fmt,
    ...) __attribute__((format(printf, 3, 4)));

/* In private, to a person if they are one, else to the nick. */
static void
tell(struct gate *g, const struct chat_from *from, const char *fmt, ...)
{
	const char *p = person_of(g, from);
	char *text, *target;
	va_list ap;

	target = p != NULL ? xasprintf("@%s", p) : xstrdup(from->nick);
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) == -1)
		abort();
	va_end(ap);
	g->network->say(g->network, target, text);
	free(text);
	free(target);
}

/* ---- facilitating ---- */

/* The answer to what an operator typed, in the room where it was typed. */
static void
chaired_cb(
    void *arg, const json_t *ctx, const json_t *result, const json_t *error)
{
	const char *room = str(ctx, "room"), *done = str(ctx, "done");
	struct gate *g = arg;

	(void)result;
	if (error != NULL)
		room_post(g, room, "Not done: %s.", str(error, "message"));
	else if (*done != '\0')
		room_post(g, room, "%s", done);
}

static void
chair(struct gate *g, const char *room, const char *method, json_t *params,
    const char *done)
{
	json_object_set(
	    params, "session", json_object_get(gate_room(g, room), "session"));
	rpc_client_call(g->daemon, RPC_AGAIN, method, params, chaired_cb,
	    json_pack("{s:s,s:s}", "room", room, "done", done));
}

static void
authenticate(struct gate *g, const char *token)
{
	rpc_client_call(g->daemon, RPC_DROP, "connection.authenticate",
	    json_pack("{s:s}", "token", token), NULL, NULL);
}

static void
subscribe(struct gate *g, const json_t *room)
{
	rpc_client_call(g->daemon, RPC_DROP, "session.subscribe",
	    json_pack("{s:O,s:O}", "session", json_object_get(room, "session"),
		"after", json_object_get(room, "seq")),
	    NULL, NULL);
}

static void
created_cb(
    void *arg, const json_t *ctx, const json_t *result, const json_t *error)
{
	const char *room = str(ctx, "room"), *question = str(ctx, "question");
	json_t *terms = json_object_get(result, "terms"), *r, *old;
	struct gate *g = arg;

	if (error != NULL) {
		room_post(g, room, "No session: %s.", str(error, "message"));
		return;
	}
	old = json_incref(gate_room(g, room));
	json_object_del(old, "before");
	r = json_pack("{s:O,s:O,s:O,s:O,s:O,s:i,s:s,s:{},s:O*}", "session",
	    json_object_get(result, "session"), "token",
	    json_object_get(result, "token"), "code",
	    json_object_get(json_object_get(result, "invitation"), "code"),
	    "terms", json_object_get(terms, "digest"), "text",
	    json_object_get(terms, "text"), "seq", 0, "question", question,
	    "seats", "before",
	    json_is_true(json_object_get(ctx, "again")) ? old : NULL);
	json_decref(old);
	json_object_set_new(json_object_get(g->state, "rooms"), room, r);
	gate_save(g);
	subscribe(g, r);
	room_post(g, room,
	    "A deliberation is open: %s\nType !join to take part; I tell you "
	    "the terms in private first. When everybody is in, an operator "
	    "of this channel types !next.",
	    question);
}

static void
open_session(struct gate *g, const struct chat_from *from, const char *room,
    const char *rest)
{
	bool again = strncmp(rest, "again ", 6) == 0;
	json_t *r = gate_room(g, room), *params;
	const char *question = again ? rest + 6 : rest;

	question += strspn(question, " ");
	if (*question == '\0') {
		tell(g, from, "Type the question too: !caucus Should …?");
		return;
	}
	if (r != NULL && !json_is_true(json_object_get(r, "done"))) {
		tell(g, from,
		    "%s already has a session. It ends by its "
		    "result, or by !abort REASON.",
		    room);
		return;
	}
	if (again && r == NULL) {
		tell(g, from,
		    "There was no session in %s yet: !caucus "
		    "QUESTION opens the first.",
		    room);
		return;
	}
	params = json_pack(
	    "{s:s,s:O}", "question", question, "settings", g->settings);
	if (g->preset != NULL && !again)
		json_object_set_new(params, "preset", json_string(g->preset));
	if (again)
		json_object_set(params, "like", json_object_get(r, "session"));
	rpc_client_call(g->daemon, RPC_FAIL, "session.create", params,
	    created_cb,
	    json_pack("{s:s,s:s,s:b}", "room", room, "question", question,
		"again", again));
}

static void
do_next(struct gate *g, const struct chat_from *from, const char *room,
    const char *rest)
{
	(void)from;
	(void)rest;
	chair(g, room, "session.next",
	    json_pack("{s:s}", "phase", str(gate_room(g, room), "phase")), "");
}

static void
do_extend(struct gate *g, const struct chat_from *from, const char *room,
    const char *rest)
{
	long long s = cmd_seconds(rest);

	if (s <= 0)
		tell(g, from, "Say for how long, such as !extend 5m.");
	else
		chair(g, room, "session.extend",
		    json_pack("{s:I}", "seconds", (json_int_t)s),
		    "The phase is longer now; !status says how long.");
}

static void
do_remind(struct gate *g, const struct chat_from *from, const char *room,
    const char *rest)
{
	(void)from;
	(void)rest;
	chair(g, room, "session.nudge", json_object(),
	    "Who is missing is reminded in private.");
}

static void
do_abort(struct gate *g, const struct chat_from *from, const char *room,
    const char *rest)
{
	if (*rest == '\0')
		tell(g, from, "Say why, for everybody: !abort REASON.");
	else
		chair(g, room, "session.abort",
		    json_pack("{s:s}", "reason", rest), "");
}

static void
do_open(struct gate *g, const struct chat_from *from, const char *room,
    const char *rest)
{
	bool on = strcmp(rest, "off") != 0;

	(void)from;
	json_object_set_new(gate_room(g, room), "open", json_boolean(on));
	gate_save(g);
	room_post(g, room,
	    on ? "Contributions may also be given here, before everybody: "
		 "!give TEXT, or !give A > B 6 5."
	       : "Contributions are given in private only, from now on.");
}

/* ---- everybody ---- */

static void
status_cb(
    void *arg, const json_t *ctx, const json_t *result, const json_t *error)
{
	long long left = json_integer_value(json_object_get(result, "wake_at"));
	const json_t *progress = json_object_get(result, "progress");
	struct gate *g = arg;

	if (error != NULL) {
		room_post(g, str(ctx, "room"), "%s.", str(error, "message"));
		return;
	}
	left = left > 0 ? (left - now_ms()) / 1000 : 0;
	room_post(g, str(ctx, "room"),
	    "Phase %s, round %lld: %lld of %lld are in, %lld min %lld s left.",
	    str(result, "phase"),
	    (long long)json_integer_value(json_object_get(result, "round")),
	    (long long)json_integer_value(json_object_get(progress, "done")),
	    (long long)json_integer_value(json_object_get(progress, "of")),
	    left / 60, left % 60);
}

static void
do_status(struct gate *g, const struct chat_from *from, const char *room,
    const char *rest)
{
	(void)from;
	(void)rest;
	rpc_client_call(g->daemon, RPC_AGAIN, "session.get",
	    json_pack("{s:O}", "session",
		json_object_get(gate_room(g, room), "session")),
	    status_cb, json_pack("{s:s}", "room", room));
}

static void
do_join(struct gate *g, const struct chat_from *from, const char *room,
    const char *rest)
{
	(void)rest;
	room_ask(g, from, room);
}

static void
do_help(struct gate *g, const struct chat_from *from, const char *room,
    const char *rest)
{
	(void)rest;
	tell(g, from,
	    "In %s: !join, !status. Operators of the channel: !caucus "
	    "QUESTION, !caucus again QUESTION, !next, !extend 5m, !remind, "
	    "!open, !open off, !abort REASON. To me in private: your text, "
	    "then a line with only a dot; in a ballot, A > C = B 6 5 7; "
	    "!abstain, !leave, !erase, !in #CHANNEL, !iam WORD.",
	    room);
}

static void
do_give(struct gate *g, const struct chat_from *from, const char *room,
    const char *rest)
{
	const char *p = person_of(g, from);

	if (!json_is_true(json_object_get(gate_room(g, room), "open")))
		tell(g, from,
		    "Here contributions are given in private only: "
		    "/msg %s. (An operator may type !open.)",
		    g->nick);
	else if (p == NULL || room_seat(g, room, p) == NULL)
		tell(g, from, "Take part first: type !join in %s.", room);
	else
		room_give(g, room, p, rest);
}

static const struct {
	const char *name;
	bool op, session; /* for operators; needs a session */
	void (*run)(struct gate *g, const struct chat_from *from,
	    const char *room, const char *rest);
} typed[] = {
    {"!caucus", true, false, open_session},
    {"!next", true, true, do_next},
    {"!extend", true, true, do_extend},
    {"!remind", true, true, do_remind},
    {"!abort", true, true, do_abort},
    {"!open", true, true, do_open},
    {"!join", false, true, do_join},
    {"!status", false, true, do_status},
    {"!give", false, true, do_give},
    {"!help", false, false, do_help},
};

/* The rest behind the word; NULL when the text does not begin with it. */
static const char *
after(const char *text, const char *word)
{
	size_t n = strlen(word);

	if (strncasecmp(text, word, n) != 0 ||
	    (text[n] != '\0' && text[n] != ' '))
		return NULL;
	return text + n + strspn(text + n, " ");
}

void
room_command(struct gate *g, const struct chat_from *from, const char *room,
    const char *text)
{
	const char *rest = NULL;
	size_t i;

	for (i = 0; i < sizeof typed / sizeof *typed; i++)
		if ((rest = after(text, typed[i].name)) != NULL)
			break;
	if (rest == NULL ||
	    person_floods(g, from->nick, false, now_ms() / 1000))
		return;
	if (typed[i].op && !person_is_op(g, from->nick, room))
		tell(
		    g, from, "%s is for operators of %s.", typed[i].name, room);
	else if (typed[i].session && gate_room(g, room) == NULL)
		tell(g, from,
		    "%s has no session yet: an operator types "
		    "!caucus QUESTION.",
		    room);
	else
		typed[i].run(g, from, room, rest);
}

/* ---- joining ---- */

void
room_ask(struct gate *g, const struct chat_from *from, const char *room)
{
	json_t *r = gate_room(g, room);
	const char *p = person_of(g, from);
	char *nick;

	if (json_is_true(json_object_get(r, "done"))) {
		tell(g, from, "The session in %s has ended.", room);
		return;
	}
	if (p != NULL && room_seat(g, room, p) != NULL) {
		tell(g, from, "You take part in %s already.", room);
		return;
	}
	nick = xstrdup(from->nick);
	irc_line_fold(nick);
	json_object_set_new(g->asked, nick, json_string(room));
	free(nick);
	tell(g, from,
	    "%s\n%s\nWhat you tell me in private can be read by the operators "
	    "of this chat network, and by me. If you agree, answer: !agree",
	    str(r, "question"), str(r, "text"));
}

static void
joined_cb(
    void *arg, const json_t *ctx, const json_t *result, const json_t *error)
{
	const char *p = str(ctx, "person"), *room = str(ctx, "room");
	struct gate *g = arg;
	json_t *r = gate_room(g, room), *seat, *people;

	if (strcmp(str(r, "session"), str(ctx, "session")) != 0)
		return;
	seat = json_object_get(json_object_get(r, "seats"), p);
	if (error != NULL) {
		person_say(g, p, "You are not in: %s.", str(error, "message"));
		return;
	}
	json_object_set(
	    seat, "participant", json_object_get(result, "participant"));
	json_object_set(seat, "token", json_object_get(result, "token"));
	people = json_object_get(g->state, "people");
	json_object_set_new(
	    json_object_get(people, p), "in", json_string(room));
	gate_save(g);
	authenticate(g, str(seat, "token"));
	person_say(g, p,
	    "You are in (%s). Should your nick or address change while I do "
	    "not see it, type here: !iam %s",
	    room, str(json_object_get(people, p), "word"));
	room_post(g, room, "%zu %s in.",
	    json_object_size(json_object_get(r, "seats")),
	    json_object_size(json_object_get(r, "seats")) == 1 ? "person is"
							       : "people are");
}

/* The key is kept before it is sent, so that consent given twice, or after a
 * restart, brings the same token. */
void
room_agree(struct gate *g, const struct chat_from *from, const char *room)
{
	json_t *r = gate_room(g, room), *seats, *seat, *params, *old;
	const char *p;
	char key[33];

	p = person_new(g, from);
	seats = json_object_get(r, "seats");
	seat = json_object_get(seats, p);
	if (room_seat(g, room, p) != NULL) {
		tell(g, from, "You take part in %s already.", room);
		return;
	}
	if (seat == NULL) {
		cmd_key(key);
		seat = json_pack("{s:s}", "key", key);
		json_object_set_new(seats, p, seat);
	}
	gate_save(g);
	params = json_pack("{s:O,s:s,s:O,s:O}", "code",
	    json_object_get(r, "code"), "name", from->nick, "terms",
	    json_object_get(r, "terms"), "key", json_object_get(seat, "key"));
	old = json_object_get(
	    json_object_get(json_object_get(r, "before"), "seats"), p);
	if (*str(old, "participant") != '\0')
		json_object_set(
		    params, "participant", json_object_get(old, "participant"));
	rpc_client_call(g->daemon, RPC_AGAIN, "session.join", params, joined_cb,
	    json_pack("{s:s,s:s,s:O}", "person", p, "room", room, "session",
		json_object_get(r, "session")));
}

/* ---- contributing ---- */

static void
given_cb(
    void *arg, const json_t *ctx, const json_t *result, const json_t *error)
{
	const char *p = str(ctx, "person");
	struct gate *g = arg;

	if (error != NULL)
		person_say(g, p, "Not taken: %s.", str(error, "message"));
	else
		person_say(g, p,
		    "Your %s is recorded (%s, event %lld, chain %.12s).%s",
		    str(ctx, "slot"), str(ctx, "room"),
		    (long long)json_integer_value(
			json_object_get(result, "seq")),
		    str(result, "hash"), str(ctx, "next"));
}

/*
 * The same again, at once or after a break, has the same key; a change has a
 * new one, so that going back to earlier words is a change too.
 */
static void
set_key(struct gate *g, json_t *seat, const char *slot, json_t *params)
{
	char *text = json_dumps(params, JSON_COMPACT | JSON_SORT_KEYS);
	const struct digest_part part = {text, strlen(text)};
	json_int_t serial = json_integer_value(json_object_get(seat, "serial"));
	uint8_t digest[DIGEST_LEN];
	char hex[17], key[65];

	digest_sha256(&part, 1, digest);
	hex_encode(digest, 8, hex);
	free(text);
	if (strcmp(str(seat, "last"), hex) != 0) {
		json_object_set_new(seat, "last", json_string(hex));
		json_object_set_new(seat, "serial", json_integer(++serial));
		gate_save(g);
	}
	snprintf(
	    key, sizeof key, "chat-%s-%lld-%s", slot, (long long)serial, hex);
	json_object_set_new(params, "key", json_string(key));
}

static void
contribute(struct gate *g, const char *room, const char *p, const char *method,
    const char *slot, json_t *params, const char *next)
{
	json_t *r = gate_room(g, room), *seat = room_seat(g, room, p);

	json_object_set(params, "session", json_object_get(r, "session"));
	json_object_set(
	    params, "participant", json_object_get(seat, "participant"));
	/* The round is part of what is given: the same words in the next
	 * round are another contribution. */
	json_object_set(params, "round", json_object_get(r, "round"));
	set_key(g, seat, slot, params);
	json_object_del(params, "round");
	rpc_client_call(g->daemon, RPC_AGAIN, method, params, given_cb,
	    json_pack("{s:s,s:s,s:s,s:s}", "person", p, "room", room, "slot",
		slot, "next", next));
}

static void
give_text(struct gate *g, const char *room, const char *p, const char *text)
{
	const char *slot = str(gate_room(g, room), "phase");

	contribute(g, room, p, "contribution.text", slot,
	    json_pack("{s:s,s:s}", "slot", slot, "text", text), "");
}

/* Where the ratings begin in "A > C = B 6 5 7"; the end when there are none.
 */
static const char *
ratings_of(const char *text)
{
	const char *at = text + strcspn(text, "1234567");

	return strchr(text, '>') == NULL && at > text && at[-1] == '=' ? text
								       : at;
}

static void
give_ballot(struct gate *g, const char *room, const char *p, const char *text)
{
	const json_t *slate = json_object_get(gate_room(g, room), "slate");
	const char *ratings = ratings_of(text);
	json_t *params = json_object(), *ranking = NULL, *agreement = NULL;
	char *letters = xasprintf("%.*s", (int)(ratings - text), text);
	struct err err = {0};
	bool ranked = letters[strspn(letters, " ")] != '\0';

	if (ranked)
		ranking = letters_ranking(letters, slate, &err);
	if (err.code == ERR_NONE && *ratings != '\0')
		agreement = letters_ratings(ratings, slate, &err);
	free(letters);
	if (ranking != NULL)
		json_object_set_new(params, "ranking", ranking);
	if (agreement != NULL)
		json_object_set_new(params, "agreement", agreement);
	if (err.code == ERR_NONE)
		contribute(g, room, p,
		    ranked ? "contribution.ballot" : "contribution.rate",
		    ranked ? "ballot" : "rating", json_incref(params),
		    agreement == NULL
			? " Now say how far you agree with each, from 1 to 7 "
			  "in the order of the letters, such as: 6 5 7"
			: "");
	else
		person_say(g, p, "Not taken: %s.", err.text);
	json_decref(params);
}

static void
give_number(struct gate *g, const char *room, const char *p, const char *text)
{
	const char *phase = str(gate_room(g, room), "phase");

	contribute(g, room, p, "contribution.choose", phase,
	    json_pack("{s:s,s:o}", "slot", phase, "choice",
		strspn(text, "1234567") == 1 && text[1] == '\0'
		    ? json_integer(*text - '0')
		    : json_string(text)),
	    "");
}

static const struct {
	const char *phase;
	bool lines; /* gathered until a dot */
	void (*give)(
	    struct gate *g, const char *room, const char *p, const char *text);
} phases[] = {
    {"opinion", true, give_text},
    {"critique", true, give_text},
    {"dissent", true, give_text},
    {"ballot", false, give_ballot},
    {"position", false, give_number},
    {"preference", false, give_number},
    {NULL, false, NULL},
};

static size_t
phase_of(struct gate *g, const char *room)
{
	const char *phase = str(gate_room(g, room), "phase");
	size_t i;

	for (i = 0; phases[i].phase != NULL; i++)
		if (strcmp(phases[i].phase, phase) == 0)
			break;
	return i;
}

void
room_give(struct gate *g, const char *room, const char *p, const char *text)
{
	size_t i = phase_of(g, room);

	if (phases[i].give == NULL)
		person_say(g, p,
		    "%s asks nothing of you now (phase %s); I "
		    "tell you when it does.",
		    room, str(gate_room(g, room), "phase"));
	else
		phases[i].give(g, room, p, text);
}

/* ---- in private ---- */

static void
gather(struct gate *g, const char *room, const char *p, const char *text)
{
	const char *so_far = str(g->drafts, p);
	char *all;

	if (strcmp(text, ".") != 0) {
		if (strlen(so_far) + strlen(text) > TEXT_BYTES) {
			person_say(g, p,
			    "That is too long: I begin anew. "
			    "Nothing was handed in.");
			json_object_del(g->drafts, p);
			return;
		}
		if (*so_far == '\0')
			person_say(g, p,
			    "Noted. Go on, or hand it in with a "
			    "line that holds only a dot (.).");
		all = xasprintf(
		    "%s%s%s", so_far, *so_far != '\0' ? "\n" : "", text);
		json_object_set_new(g->drafts, p, json_string(all));
		free(all);
		return;
	}
	if (*so_far == '\0') {
		person_say(g, p,
		    "There is no text yet: write it, then the "
		    "dot.");
		return;
	}
	room_give(g, room, p, so_far);
	json_object_del(g->drafts, p);
}

static void
leave(struct gate *g, const char *room, const char *p, const char *mode)
{
	json_t *r = gate_room(g, room);

	rpc_client_call(g->daemon, RPC_AGAIN, "participant.withdraw",
	    json_pack("{s:O,s:O,s:s}", "session", json_object_get(r, "session"),
		"participant",
		json_object_get(room_seat(g, room, p), "participant"), "mode",
		mode),
	    given_cb,
	    json_pack("{s:s,s:s,s:s,s:s}", "person", p, "room", room, "slot",
		"leaving", "next", ""));
}

static void
abstain(struct gate *g, const char *room, const char *p)
{
	json_t *r = gate_room(g, room);

	rpc_client_call(g->daemon, RPC_AGAIN, "contribution.abstain",
	    json_pack("{s:O,s:O,s:O}", "session", json_object_get(r, "session"),
		"participant",
		json_object_get(room_seat(g, room, p), "participant"), "phase",
		json_object_get(r, "phase")),
	    given_cb,
	    json_pack("{s:s,s:s,s:s,s:s}", "person", p, "room", room, "slot",
		"abstention", "next", ""));
}

/* What needs no seat: true when it was that. */
static bool
before_seat(struct gate *g, const struct chat_from *from, const char *text)
{
	char *nick = xstrdup(from->nick), *fold;
	const char *rest, *room;

	irc_line_fold(nick);
	room = str(g->asked, nick);
	if ((rest = after(text, "!agree")) != NULL) {
		if (*room != '\0' && gate_room(g, room) != NULL)
			room_agree(g, from, room);
		else
			tell(g, from,
			    "Type !join in the channel first; I "
			    "tell you the terms then.");
	} else if ((rest = after(text, "!join")) != NULL) {
		fold = xstrdup(rest);
		irc_line_fold(fold);
		if (gate_room(g, fold) != NULL)
			room_ask(g, from, fold);
		else
			tell(g, from, "Say where: !join #CHANNEL.");
		free(fold);
	} else if ((rest = after(text, "!iam")) != NULL)
		tell(g, from, "%s",
		    person_claim(g, from, rest) != NULL
			? "It is you again. Go on where you were."
			: "That is not a word of mine.");
	else if ((rest = after(text, "!help")) != NULL)
		do_help(g, from, "the channel", rest);
	free(nick);
	return rest != NULL;
}

static bool
choose_room(struct gate *g, const char *p, const char *rest)
{
	char *fold = xstrdup(rest);
	bool seated;

	irc_line_fold(fold);
	seated = room_seat(g, fold, p) != NULL;
	if (seated) {
		json_object_set_new(
		    json_object_get(json_object_get(g->state, "people"), p),
		    "in", json_string(fold));
		json_object_del(g->drafts, p);
		gate_save(g);
	}
	person_say(g, p,
	    seated ? "From now on you speak to %s." : "You have no seat in %s.",
	    fold);
	free(fold);
	return true;
}

void
room_private(struct gate *g, const struct chat_from *from, const char *text)
{
	const char *p = person_of(g, from), *rest, *room;

	if (p != NULL)
		json_object_set_new(g->spoke, p, json_integer(now_ms() / 1000));
	room = p != NULL ? room_of(g, p) : NULL;
	/* Lines of a text are bounded by its size, all else by their number. */
	if ((room == NULL || *text == '!' ||
		!phases[phase_of(g, room)].lines) &&
	    person_floods(
		g, from->nick, room != NULL && *text != '!', now_ms() / 1000))
		return;
	if (*text == '!' && before_seat(g, from, text))
		return;
	if (room == NULL)
		tell(g, from,
		    "I do not know you in any session. Type !join in "
		    "the channel; or, if you took part under another "
		    "nick or address, !iam and your word here.");
	else if ((rest = after(text, "!in")) != NULL)
		choose_room(g, p, rest);
	else if (after(text, "!abstain") != NULL)
		abstain(g, room, p);
	else if (after(text, "!leave") != NULL)
		leave(g, room, p, "keep");
	else if (after(text, "!erase") != NULL)
		leave(g, room, p, "erase");
	else if (*text == '!')
		person_say(g, p,
		    "I do not know that; !help says what there "
		    "is.");
	else if (phases[phase_of(g, room)].lines)
		gather(g, room, p, text);
	else
		room_give(g, room, p, text);
}

/* ---- after a break ---- */

void
room_resume(struct gate *g)
{
	json_t *rooms = json_object_get(g->state, "rooms"), *r, *seat;
	const char *name, *p;

	json_object_foreach(rooms, name, r) {
		authenticate(g, str(r, "token"));
		json_object_foreach(json_object_get(r, "seats"), p, seat)
			if (*str(seat, "token") != '\0')
				authenticate(g, str(seat, "token"));
		json_object_foreach(
		    json_object_get(json_object_get(r, "before"), "seats"), p,
		    seat)
			if (*str(seat, "token") != '\0')
				authenticate(g, str(seat, "token"));
		if (!json_is_true(json_object_get(r, "done")))
			subscribe(g, r);
	}
}
