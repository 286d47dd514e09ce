/* What happens in the session, told in the room and to its people. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "choice/ballot.h"
#include "client/gate.h"
#include "client/view.h"

#define LAST_MS 60000 /* the last call before a phase closes */

static const char *
str(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s != NULL ? s : "";
}

static long long
num(const json_t *o, const char *name)
{
	return json_integer_value(json_object_get(o, name));
}

/* The room of a session; NULL. */
static const char *
room_named(struct gate *g, const char *session)
{
	json_t *rooms = json_object_get(g->state, "rooms"), *r;
	const char *name;

	json_object_foreach(rooms, name, r)
		if (strcmp(str(r, "session"), session) == 0)
			return name;
	return NULL;
}

static void
tell_people(struct gate *g, const char *room, const char *text)
{
	json_t *seats = json_object_get(gate_room(g, room), "seats"), *seat;
	const char *p;

	json_object_foreach(seats, p, seat)
		if (room_seat(g, room, p) != NULL)
			person_say(g, p, "%s: %s", room, text);
}

static void
post_slate(struct gate *g, const char *room, const json_t *view)
{
	const json_t *slate = json_object_get(view, "slate"), *s;
	json_t *ids = json_array();
	char label[8];
	size_t i;

	room_post(g, room, "The statements to vote on:");
	json_array_foreach(slate, i, s) {
		candidate_label(i, label);
		json_array_append(ids, json_object_get(s, "statement"));
		room_post(g, room, "%s: %s", label, str(s, "text"));
	}
	json_object_set_new(gate_room(g, room), "slate", ids);
	g->dirty = true;
}

static void
post_winner(struct gate *g, const char *room, const json_t *view)
{
	const json_t *rounds = json_object_get(view, "rounds_done");
	const json_t *last =
	    json_array_get(rounds, json_array_size(rounds) - 1);

	room_post(g, room, "The statement that won this round: %s",
	    str(last, "text"));
}

static const struct {
	const char *phase;
	const char *room, *person; /* what they are told; person NULL: not */
	void (*post)(struct gate *g, const char *room, const json_t *view);
} phases[] = {
    {"opinion", "Now everybody says what they think, to me in private.",
	"What do you think? Write to me here, in as many lines as you need, "
	"then a line with only a dot (.).",
	NULL},
    {"draft", "Statements are being drafted.", NULL, NULL},
    {"ballot", "Now everybody votes, to me in private, such as: A > C = B",
	"Vote here on the statements in the channel: rank the letters, best "
	"first, and then rate each from 1 to 7 in their order. For three it "
	"could be: A > C = B 6 5 7",
	post_slate},
    {"critique",
	"Now everybody says what is still wrong with it, to me in "
	"private.",
	"What is still wrong with the winning statement? Write to me here, "
	"then a line with only a dot (.). Nothing: !abstain",
	post_winner},
    {"dissent", "Who disagrees may say so now, to me in private.",
	"If you disagree, write your dissent here, then a line with only a "
	"dot (.). It is printed with the statement. Else: !abstain",
	NULL},
    {"position", "Now everybody answers one question, to me in private.",
	"How far do you agree with the affirming statement, from 1 to 7?",
	NULL},
};

/* The answer to session.get after a phase began. */
static void
phase_cb(void *arg, const json_t *ctx, const json_t *view, const json_t *error)
{
	const char *room = str(ctx, "room"), *phase = str(view, "phase");
	struct gate *g = arg;
	json_t *r = gate_room(g, room);
	size_t i;

	if (error != NULL || strcmp(str(r, "session"), str(view, "session")) ||
	    strcmp(phase, str(ctx, "phase")) != 0)
		return;
	json_object_set(r, "wake_at", json_object_get(view, "wake_at"));
	json_object_set_new(r, "warned", json_false());
	for (i = 0; i < sizeof phases / sizeof *phases; i++) {
		if (strcmp(phases[i].phase, phase) != 0)
			continue;
		if (phases[i].post != NULL)
			phases[i].post(g, room, view);
		room_post(g, room, "%s", phases[i].room);
		if (phases[i].person != NULL)
			tell_people(g, room, phases[i].person);
	}
}

static void
get(struct gate *g, const char *room, const char *phase, rpc_answer_fn *fn)
{
	rpc_client_call(g->daemon, RPC_AGAIN, "session.get",
	    json_pack("{s:O}", "session",
		json_object_get(gate_room(g, room), "session")),
	    fn, json_pack("{s:s,s:s}", "room", room, "phase", phase));
}

static void
on_phase(struct gate *g, const char *room, const json_t *params)
{
	const json_t *event = json_object_get(params, "event");
	const json_t *data = json_object_get(event, "data");
	json_t *r = gate_room(g, room);

	json_object_set(r, "phase", json_object_get(data, "to"));
	json_object_set(r, "round", json_object_get(data, "round"));
	room_post(g, room,
	    "Phase %s is over, now: %s. Head of the chain at event %lld: %s",
	    str(data, "from"), str(data, "to"), num(event, "seq"),
	    str(params, "hash"));
	get(g, room, str(data, "to"), phase_cb);
}

static void
result_cb(void *arg, const json_t *ctx, const json_t *view, const json_t *error)
{
	const json_t *result = json_object_get(view, "result"), *a, *d, *one;
	const char *room = str(ctx, "room");
	struct gate *g = arg;
	size_t i;

	if (error != NULL)
		return;
	room_post(g, room, "The result: %s.", str(result, "outcome"));
	if (*str(result, "text") != '\0')
		room_post(g, room, "Statement: %s", str(result, "text"));
	a = json_object_get(result, "agreement");
	if (num(a, "n") > 0)
		room_post(g, room,
		    "Of %lld who rated it %lld agree (5 or more of 7); the "
		    "lowest rating is %lld, %lld ranked it last.",
		    num(a, "n"), num(a, "ge5"), num(a, "min"),
		    num(result, "winner_last"));
	d = json_object_get(result, "dissents");
	json_array_foreach(d, i, one)
		room_post(g, room, "Dissent%s%s: %s",
		    *str(one, "signature") != '\0' ? " of " : "",
		    str(one, "signature"), str(one, "text"));
	room_post(g, room,
	    "The recording is kept as session %s. Type !caucus again QUESTION "
	    "to go on with the same people.",
	    str(view, "session"));
}

static void
on_end(struct gate *g, const char *room, const json_t *params)
{
	const json_t *event = json_object_get(params, "event");
	json_t *r = gate_room(g, room);

	json_object_set_new(r, "done", json_true());
	json_object_set_new(r, "phase", json_string("concluded"));
	room_post(g, room, "The chain ends at event %lld: %s",
	    num(event, "seq"), str(params, "hash"));
	get(g, room, "concluded", result_cb);
}

static void
on_asked(struct gate *g, const char *room, const json_t *params)
{
	(void)params;
	room_post(g, room,
	    "Too few are in to go on by itself. An operator of "
	    "the channel decides: !next, !extend 5m or !abort "
	    "REASON.");
}

static void
on_extended(struct gate *g, const char *room, const json_t *params)
{
	(void)params;
	room_post(g, room, "Too few are in: the phase is longer, once.");
}

static const struct {
	const char *type;
	void (*run)(struct gate *g, const char *room, const json_t *params);
} events[] = {
    {"phase.changed", on_phase},
    {"session.concluded", on_end},
    {"facilitator.asked", on_asked},
    {"deadline.extended", on_extended},
};

void
room_event(struct gate *g, const json_t *params)
{
	const char *room = room_named(g, str(params, "session"));
	const json_t *event = json_object_get(params, "event");
	json_t *r;
	size_t i;

	if (room == NULL)
		return;
	r = gate_room(g, room);
	/* What a resumed subscription repeats is not told again. */
	if (num(event, "seq") <= num(r, "seq"))
		return;
	json_object_set(r, "seq", json_object_get(event, "seq"));
	g->dirty = true;
	if (*str(r, "phase") == '\0')
		json_object_set_new(r, "phase", json_string("lobby"));
	for (i = 0; i < sizeof events / sizeof *events; i++)
		if (strcmp(str(event, "type"), events[i].type) == 0)
			events[i].run(g, room, params);
}

void
room_nudge(struct gate *g, const json_t *params)
{
	const char *room = room_named(g, str(params, "session")), *p;
	const char *who = str(params, "participant");
	json_t *seat;

	if (room == NULL)
		return;
	json_object_foreach(
	    json_object_get(gate_room(g, room), "seats"), p, seat)
		if (strcmp(str(seat, "participant"), who) == 0)
			person_say(g, p, "%s still waits for you (phase %s).",
			    room, str(params, "phase"));
}

static void
warn_cb(void *arg, const json_t *ctx, const json_t *view, const json_t *error)
{
	const json_t *progress = json_object_get(view, "progress");
	struct gate *g = arg;

	if (error == NULL && strcmp(str(view, "phase"), str(ctx, "phase")) == 0)
		room_post(g, str(ctx, "room"),
		    "One minute left: %lld of %lld are in. Who is missing is "
		    "reminded in private.",
		    num(progress, "done"), num(progress, "of"));
}

void
room_tick(struct gate *g, long long now)
{
	json_t *rooms = json_object_get(g->state, "rooms"), *r;
	const char *name;
	long long wake;

	json_object_foreach(rooms, name, r) {
		wake = num(r, "wake_at");
		if (wake == 0 || json_is_true(json_object_get(r, "done")) ||
		    json_is_true(json_object_get(r, "warned")) ||
		    wake - now > LAST_MS || wake < now)
			continue;
		json_object_set_new(r, "warned", json_true());
		get(g, name, str(r, "phase"), warn_cb);
		rpc_client_call(g->daemon, RPC_AGAIN, "session.nudge",
		    json_pack(
			"{s:O}", "session", json_object_get(r, "session")),
		    NULL, NULL);
	}
}
