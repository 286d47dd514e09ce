/* A channel and its session: what people type there or in private. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "client/cmd.h"
#include "client/gate.h"
#include "client/irc_line.h"
#include "client/letters.h"
#include "client/view.h"

#define TEXT_BYTES ((size_t)128 << 10) /* of a text being gathered */

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

	return *json_str(seat, "token") != '\0' ? seat : NULL;
}

const char *
room_of(struct gate *g, const char *p)
{
	json_t *rooms = json_object_get(g->state, "rooms"), *r;
	const char *name, *found = NULL, *chosen;

	chosen = json_str(
	    json_object_get(json_object_get(g->state, "people"), p), "in");
	json_object_foreach(rooms, name, r) {
		if (json_is_true(json_object_get(r, "done")) ||
		    room_seat(g, name, p) == NULL)
			continue;
		if (found == NULL || strcmp(name, chosen) == 0)
			found = name;
	}
	return found;
}

/* In private, to a person if they are one, else to the nick. */
static void tell(struct gate *g, const struct chat_from *from, const char *room,
    enum message id, ...) __attribute__((sentinel));

static void
tell(struct gate *g, const struct chat_from *from, const char *room,
    enum message id, ...)
{
	const char *p = person_of(g, from);
	char *target;
	va_list ap;

	target = p != NULL ? xasprintf("@%s", p) : xstrdup(from->nick);
	va_start(ap, id);
	gate_say(g, target, room, id, ap);
	va_end(ap);
	free(target);
}

/* Why the daemon refused, in the room, or in private to p. */
static void
refused(struct gate *g, const char *p, const char *room, enum message id,
    const json_t *error)
{
	char *why = gate_why(g, room, error);

	if (p != NULL)
		person_say(g, p, room, id, "why", why, NULL);
	else
		room_post(g, room, id, "why", why, NULL);
	free(why);
}

/* ---- facilitating ---- */

/* The answer to what an operator typed, in the room where it was typed. */
static void
chaired_cb(
    void *arg, const json_t *ctx, const json_t *result, const json_t *error)
{
	json_int_t done = json_integer_value(json_object_get(ctx, "done"));
	const char *room = json_str(ctx, "room");
	struct gate *g = arg;

	(void)result;
	if (error != NULL)
		refused(g, NULL, room, MSG_IRC_NOT_DONE, error);
	else if (done != MESSAGES)
		room_post(g, room, (enum message)done, NULL);
}

static void
chair(struct gate *g, const char *room, const char *method, json_t *params,
    enum message done)
{
	json_object_set(
	    params, "session", json_object_get(gate_room(g, room), "session"));
	rpc_client_call(g->daemon, RPC_AGAIN, method, params, chaired_cb,
	    json_pack("{s:s,s:i}", "room", room, "done", (int)done));
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
	const char *room = json_str(ctx, "room"),
		   *question = json_str(ctx, "question");
	json_t *terms = json_object_get(result, "terms"), *r, *old;
	struct gate *g = arg;

	if (error != NULL) {
		refused(g, NULL, room, MSG_IRC_NO_SESSION, error);
		return;
	}
	old = json_incref(gate_room(g, room));
	json_object_del(old, "before");
	r = json_pack("{s:O,s:O,s:O*,s:O,s:O,s:O,s:i,s:s,s:{},s:O*}", "session",
	    json_object_get(result, "session"), "token",
	    json_object_get(result, "token"), "language",
	    json_object_get(result, "language"), "code",
	    json_object_get(json_object_get(result, "invitation"), "code"),
	    "terms", json_object_get(terms, "digest"), "text",
	    json_object_get(terms, "text"), "seq", 0, "question", question,
	    "seats", "before",
	    json_is_true(json_object_get(ctx, "again")) ? old : NULL);
	json_decref(old);
	json_object_set_new(json_object_get(g->state, "rooms"), room, r);
	gate_save(g);
	subscribe(g, r);
	room_post(g, room, MSG_IRC_OPEN, "question", question, NULL);
	room_post(g, room, MSG_IRC_OPEN_HOW, NULL);
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
		tell(g, from, room, MSG_IRC_NEEDS_QUESTION, NULL);
		return;
	}
	if (r != NULL && !json_is_true(json_object_get(r, "done"))) {
		tell(g, from, room, MSG_IRC_HAS_SESSION, "room", room, NULL);
		return;
	}
	if (again && r == NULL) {
		tell(g, from, room, MSG_IRC_NONE_YET, "room", room, NULL);
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
	    json_pack("{s:s}", "phase", json_str(gate_room(g, room), "phase")),
	    MESSAGES);
}

static void
do_extend(struct gate *g, const struct chat_from *from, const char *room,
    const char *rest)
{
	long long s = cmd_seconds(rest);

	if (s <= 0)
		tell(g, from, room, MSG_IRC_NEEDS_TIME, NULL);
	else
		chair(g, room, "session.extend",
		    json_pack("{s:I}", "seconds", (json_int_t)s),
		    MSG_IRC_LONGER);
}

static void
do_remind(struct gate *g, const struct chat_from *from, const char *room,
    const char *rest)
{
	(void)from;
	(void)rest;
	chair(g, room, "session.nudge", json_object(), MSG_IRC_REMINDED);
}

static void
do_abort(struct gate *g, const struct chat_from *from, const char *room,
    const char *rest)
{
	if (*rest == '\0')
		tell(g, from, room, MSG_IRC_NEEDS_REASON, NULL);
	else
		chair(g, room, "session.abort",
		    json_pack("{s:s}", "reason", rest), MESSAGES);
}

static void
do_open(struct gate *g, const struct chat_from *from, const char *room,
    const char *rest)
{
	bool on = strcmp(rest, "off") != 0;

	(void)from;
	json_object_set_new(gate_room(g, room), "open", json_boolean(on));
	gate_save(g);
	room_post(g, room, on ? MSG_IRC_GIVE_OPEN : MSG_IRC_GIVE_CLOSED, NULL);
}

/* ---- everybody ---- */

static void
status_cb(
    void *arg, const json_t *ctx, const json_t *result, const json_t *error)
{
	long long left = json_integer_value(json_object_get(result, "wake_at"));
	const char *room = json_str(ctx, "room");
	const json_t *progress = json_object_get(result, "progress");
	struct gate *g = arg;

	if (error != NULL) {
		refused(g, NULL, room, MSG_IRC_REFUSED, error);
		return;
	}
	left = left > 0 ? (left - now_ms()) / 1000 : 0;
	room_post(g, room, MSG_IRC_STATUS, "phase",
	    gate_name(g, room, json_str(result, "phase")), "#round",
	    json_num(result, "round"), "#done", json_num(progress, "done"),
	    "#of", json_num(progress, "of"), "#m", left / 60, "#s", left % 60,
	    NULL);
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
	room_request(g, from, room);
}

static void
do_help(struct gate *g, const struct chat_from *from, const char *room,
    const char *rest)
{
	(void)rest;
	tell(g, from, room, MSG_IRC_HELP, "room",
	    room != NULL ? room
			 : message(gate_words(g, NULL), MSG_IRC_THE_CHANNEL),
	    NULL);
}

static void
do_give(struct gate *g, const struct chat_from *from, const char *room,
    const char *rest)
{
	const char *p = person_of(g, from);

	if (!json_is_true(json_object_get(gate_room(g, room), "open")))
		tell(
		    g, from, room, MSG_IRC_PRIVATE_ONLY, "nick", g->nick, NULL);
	else if (p == NULL || room_seat(g, room, p) == NULL)
		tell(g, from, room, MSG_IRC_JOIN_FIRST, "room", room, NULL);
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
		tell(g, from, room, MSG_IRC_OPERATORS_ONLY, "command",
		    typed[i].name, "room", room, NULL);
	else if (typed[i].session && gate_room(g, room) == NULL)
		tell(g, from, room, MSG_IRC_NEEDS_SESSION, "room", room, NULL);
	else
		typed[i].run(g, from, room, rest);
}

/* ---- joining ---- */

void
room_request(struct gate *g, const struct chat_from *from, const char *room)
{
	json_t *r = gate_room(g, room);
	const char *p = person_of(g, from);
	char *nick;

	if (json_is_true(json_object_get(r, "done"))) {
		tell(g, from, room, MSG_IRC_ENDED, "room", room, NULL);
		return;
	}
	if (p != NULL && room_seat(g, room, p) != NULL) {
		tell(g, from, room, MSG_IRC_ALREADY_IN, "room", room, NULL);
		return;
	}
	nick = irc_line_folded(from->nick);
	json_object_set_new(g->asked, nick, json_string(room));
	free(nick);
	tell(g, from, room, MSG_IRC_TO_PERSON, "room", room, "text",
	    json_str(r, "question"), NULL);
	tell(g, from, room, MSG_IRC_TERMS, "terms", json_str(r, "text"), NULL);
	tell(g, from, room, MSG_IRC_PRIVACY, NULL);
}

static void
joined_cb(
    void *arg, const json_t *ctx, const json_t *result, const json_t *error)
{
	const char *p = json_str(ctx, "person"), *room = json_str(ctx, "room");
	struct gate *g = arg;
	json_t *r = gate_room(g, room), *seat, *people;

	if (strcmp(json_str(r, "session"), json_str(ctx, "session")) != 0)
		return;
	seat = json_object_get(json_object_get(r, "seats"), p);
	if (error != NULL) {
		refused(g, p, room, MSG_IRC_NOT_IN, error);
		return;
	}
	json_object_set(
	    seat, "participant", json_object_get(result, "participant"));
	json_object_set(seat, "token", json_object_get(result, "token"));
	people = json_object_get(g->state, "people");
	json_object_set_new(
	    json_object_get(people, p), "in", json_string(room));
	gate_save(g);
	authenticate(g, json_str(seat, "token"));
	person_say(g, p, room, MSG_IRC_IN, "room", room, "word",
	    json_str(json_object_get(people, p), "word"), NULL);
	room_post(g, room, MSG_IRC_COUNT, "#n",
	    (long long)json_object_size(json_object_get(r, "seats")), NULL);
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
		tell(g, from, room, MSG_IRC_ALREADY_IN, "room", room, NULL);
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
	if (*json_str(old, "participant") != '\0')
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
	const char *p = json_str(ctx, "person"), *room = json_str(ctx, "room");
	const struct messages *words;
	struct gate *g = arg;
	char head[13];

	if (error != NULL) {
		refused(g, p, room, MSG_IRC_NOT_TAKEN, error);
		return;
	}
	words = gate_words(g, room);
	strlcpy(head, json_str(result, "hash"), sizeof head);
	person_say(g, p, room, MSG_IRC_GIVEN, "done",
	    message_named(words, "done", json_str(ctx, "slot"),
		message(words, MSG_IRC_LEFT)),
	    "room", room, "#seq", json_num(result, "seq"), "hash", head, NULL);
	if (json_is_true(json_object_get(ctx, "rate")))
		person_say(g, p, room, MSG_IRC_RATE_TOO, NULL);
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
	if (strcmp(json_str(seat, "last"), hex) != 0) {
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
    const char *slot, json_t *params, bool rate)
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
	    json_pack("{s:s,s:s,s:s,s:b}", "person", p, "room", room, "slot",
		slot, "rate", rate));
}

static void
give_text(struct gate *g, const char *room, const char *p, const char *text)
{
	const char *slot = json_str(gate_room(g, room), "phase");

	contribute(g, room, p, "contribution.text", slot,
	    json_pack("{s:s,s:s}", "slot", slot, "text", text), false);
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
		    ranked ? "ballot" : "ratings", json_incref(params),
		    agreement == NULL);
	else {
		err_translate(&err, gate_words(g, room));
		person_say(
		    g, p, room, MSG_IRC_NOT_TAKEN, "why", err.text, NULL);
	}
	json_decref(params);
}

static void
give_number(struct gate *g, const char *room, const char *p, const char *text)
{
	const char *phase = json_str(gate_room(g, room), "phase");

	contribute(g, room, p, "contribution.choose", phase,
	    json_pack("{s:s,s:o}", "slot", phase, "choice",
		strspn(text, "1234567") == 1 && text[1] == '\0'
		    ? json_integer(*text - '0')
		    : json_string(text)),
	    false);
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
	const char *phase = json_str(gate_room(g, room), "phase");
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
		person_say(g, p, room, MSG_IRC_NOTHING_NOW, "room", room,
		    "phase",
		    gate_name(g, room, json_str(gate_room(g, room), "phase")),
		    NULL);
	else
		phases[i].give(g, room, p, text);
}

/* ---- in private ---- */

static void
gather(struct gate *g, const char *room, const char *p, const char *text)
{
	const char *so_far = json_str(g->drafts, p);
	char *all;

	if (strcmp(text, ".") != 0) {
		if (strlen(so_far) + strlen(text) > TEXT_BYTES) {
			person_say(g, p, room, MSG_IRC_TOO_LONG, NULL);
			json_object_del(g->drafts, p);
			return;
		}
		if (*so_far == '\0')
			person_say(g, p, room, MSG_IRC_NOTED, NULL);
		all = xasprintf(
		    "%s%s%s", so_far, *so_far != '\0' ? "\n" : "", text);
		json_object_set_new(g->drafts, p, json_string(all));
		free(all);
		return;
	}
	if (*so_far == '\0') {
		person_say(g, p, room, MSG_IRC_NO_TEXT, NULL);
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
	    json_pack(
		"{s:s,s:s,s:s}", "person", p, "room", room, "slot", "left"));
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
	    json_pack("{s:s,s:s,s:s}", "person", p, "room", room, "slot",
		"abstained"));
}

/* What needs no seat: true when it was that. */
static bool
before_seat(struct gate *g, const struct chat_from *from, const char *text)
{
	char *nick = irc_line_folded(from->nick), *fold;
	const char *rest, *room;

	room = json_str(g->asked, nick);
	if ((rest = after(text, "!agree")) != NULL) {
		if (*room != '\0' && gate_room(g, room) != NULL)
			room_agree(g, from, room);
		else
			tell(g, from, NULL, MSG_IRC_NO_TERMS, NULL);
	} else if ((rest = after(text, "!join")) != NULL) {
		fold = irc_line_folded(rest);
		if (gate_room(g, fold) != NULL)
			room_request(g, from, fold);
		else
			tell(g, from, NULL, MSG_IRC_JOIN_WHERE, NULL);
		free(fold);
	} else if ((rest = after(text, "!iam")) != NULL)
		tell(g, from, NULL,
		    person_claim(g, from, rest) != NULL ? MSG_IRC_AGAIN_YOU
							: MSG_IRC_NO_WORD,
		    NULL);
	else if ((rest = after(text, "!help")) != NULL)
		do_help(g, from, NULL, rest);
	free(nick);
	return rest != NULL;
}

static bool
choose_room(struct gate *g, const char *p, const char *rest)
{
	char *fold = irc_line_folded(rest);
	bool seated;

	seated = room_seat(g, fold, p) != NULL;
	if (seated) {
		json_object_set_new(
		    json_object_get(json_object_get(g->state, "people"), p),
		    "in", json_string(fold));
		json_object_del(g->drafts, p);
		gate_save(g);
	}
	person_say(g, p, fold, seated ? MSG_IRC_SPEAK_TO : MSG_IRC_NO_SEAT,
	    "room", fold, NULL);
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
		tell(g, from, NULL, MSG_IRC_STRANGER, NULL);
	else if ((rest = after(text, "!in")) != NULL)
		choose_room(g, p, rest);
	else if (after(text, "!abstain") != NULL)
		abstain(g, room, p);
	else if (after(text, "!leave") != NULL)
		leave(g, room, p, "keep");
	else if (after(text, "!erase") != NULL)
		leave(g, room, p, "erase");
	else if (*text == '!')
		person_say(g, p, room, MSG_IRC_UNKNOWN, NULL);
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
		authenticate(g, json_str(r, "token"));
		json_object_foreach(json_object_get(r, "seats"), p, seat)
			if (*json_str(seat, "token") != '\0')
				authenticate(g, json_str(seat, "token"));
		json_object_foreach(
		    json_object_get(json_object_get(r, "before"), "seats"), p,
		    seat)
			if (*json_str(seat, "token") != '\0')
				authenticate(g, json_str(seat, "token"));
		if (!json_is_true(json_object_get(r, "done")))
			subscribe(g, r);
	}
}
