/* What happens in the session, told in the room and to its people. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "choice/ballot.h"
#include "client/gate.h"
#include "client/view.h"

#define LAST_MS 60000 /* the last call before a phase closes */

/* The room of a session; NULL. */
static const char *
room_named(struct gate *g, const char *session)
{
	json_t *rooms = json_object_get(g->state, "rooms"), *r;
	const char *name;

	json_object_foreach(rooms, name, r)
		if (strcmp(json_str(r, "session"), session) == 0)
			return name;
	return NULL;
}

static void
tell_people(struct gate *g, const char *room, enum message id)
{
	json_t *seats = json_object_get(gate_room(g, room), "seats"), *seat;
	const char *p;

	json_object_foreach(seats, p, seat)
		if (room_seat(g, room, p) != NULL)
			person_say(g, p, room, MSG_IRC_TO_PERSON, "room", room,
			    "text", message(gate_words(g, room), id), NULL);
}

static void
post_slate(struct gate *g, const char *room, const json_t *view)
{
	const json_t *slate = json_object_get(view, "slate"), *s;
	json_t *ids = json_array();
	char label[8];
	size_t i;

	room_post(g, room, MSG_IRC_SLATE, NULL);
	json_array_foreach(slate, i, s) {
		candidate_label(i, label);
		json_array_append(ids, json_object_get(s, "statement"));
		room_post(g, room, MSG_IRC_TO_PERSON, "room", label, "text",
		    json_str(s, "text"), NULL);
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

	room_post(
	    g, room, MSG_IRC_WINNER, "text", json_str(last, "text"), NULL);
}

static const struct {
	const char *phase;
	enum message room, person; /* person MESSAGES: not told */
	void (*post)(struct gate *g, const char *room, const json_t *view);
} phases[] = {
    {"opinion", MSG_IRC_ROOM_OPINION, MSG_IRC_PERSON_OPINION, NULL},
    {"draft", MSG_IRC_ROOM_DRAFT, MESSAGES, NULL},
    {"ballot", MSG_IRC_ROOM_BALLOT, MSG_IRC_PERSON_BALLOT, post_slate},
    {"critique", MSG_IRC_ROOM_CRITIQUE, MSG_IRC_PERSON_CRITIQUE, post_winner},
    {"dissent", MSG_IRC_ROOM_DISSENT, MSG_IRC_PERSON_DISSENT, NULL},
    {"position", MSG_IRC_ROOM_POSITION, MSG_IRC_PERSON_POSITION, NULL},
};

/* The answer to session.get after a phase began. */
static void
phase_cb(void *arg, const json_t *ctx, const json_t *view, const json_t *error)
{
	const char *room = json_str(ctx, "room"),
		   *phase = json_str(view, "phase");
	struct gate *g = arg;
	json_t *r = gate_room(g, room);
	size_t i;

	if (error != NULL ||
	    strcmp(json_str(r, "session"), json_str(view, "session")) != 0 ||
	    strcmp(phase, json_str(ctx, "phase")) != 0)
		return;
	json_object_set(r, "wake_at", json_object_get(view, "wake_at"));
	json_object_set_new(r, "warned", json_false());
	for (i = 0; i < sizeof phases / sizeof *phases; i++) {
		if (strcmp(phases[i].phase, phase) != 0)
			continue;
		if (phases[i].post != NULL)
			phases[i].post(g, room, view);
		room_post(g, room, phases[i].room, NULL);
		if (phases[i].person != MESSAGES)
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
	room_post(g, room, MSG_IRC_PHASE, "from",
	    gate_name(g, room, json_str(data, "from")), "to",
	    gate_name(g, room, json_str(data, "to")), "#seq",
	    json_num(event, "seq"), "hash", json_str(params, "hash"), NULL);
	get(g, room, json_str(data, "to"), phase_cb);
}

/* The outcome in words; one that the table has not, as it is. */
static void
post_outcome(struct gate *g, const char *room, const json_t *result)
{
	static const struct {
		const char *outcome;
		enum message id;
	} outcomes[] = {
	    {"consensus", MSG_OUTCOME_CONSENSUS},
	    {"majority", MSG_OUTCOME_MAJORITY},
	    {"none", MSG_OUTCOME_NONE},
	};
	const json_t *a = json_object_get(result, "agreement");
	const char *outcome = json_str(result, "outcome");
	char *text = NULL;
	size_t i;

	for (i = 0; i < sizeof outcomes / sizeof *outcomes; i++)
		if (strcmp(outcomes[i].outcome, outcome) == 0 &&
		    json_num(a, "n") > 0)
			text = message_text(gate_words(g, room), outcomes[i].id,
			    "#n", json_num(a, "n"), "#ge5", json_num(a, "ge5"),
			    NULL);
	room_post(g, room, MSG_IRC_RESULT, "outcome",
	    text != NULL ? text : outcome, NULL);
	free(text);
}

static void
result_cb(void *arg, const json_t *ctx, const json_t *view, const json_t *error)
{
	const json_t *result = json_object_get(view, "result"), *a, *d, *one;
	const char *room = json_str(ctx, "room");
	struct gate *g = arg;
	size_t i;

	if (error != NULL)
		return;
	post_outcome(g, room, result);
	if (*json_str(result, "text") != '\0')
		room_post(g, room, MSG_IRC_STATEMENT, "text",
		    json_str(result, "text"), NULL);
	a = json_object_get(result, "agreement");
	if (json_num(a, "n") > 0)
		room_post(g, room, MSG_IRC_AGREEMENT, "#n", json_num(a, "n"),
		    "#ge5", json_num(a, "ge5"), "#min", json_num(a, "min"),
		    "#last", json_num(result, "winner_last"), NULL);
	d = json_object_get(result, "dissents");
	json_array_foreach(d, i, one)
		room_post(g, room,
		    *json_str(one, "signature") != '\0' ? MSG_IRC_DISSENT_OF
							: MSG_IRC_DISSENT,
		    "name", json_str(one, "signature"), "text",
		    json_str(one, "text"), NULL);
	room_post(
	    g, room, MSG_IRC_KEPT, "session", json_str(view, "session"), NULL);
}

static void
on_end(struct gate *g, const char *room, const json_t *params)
{
	const json_t *event = json_object_get(params, "event");
	json_t *r = gate_room(g, room);

	json_object_set_new(r, "done", json_true());
	json_object_set_new(r, "phase", json_string("concluded"));
	room_post(g, room, MSG_IRC_CHAIN_END, "#seq", json_num(event, "seq"),
	    "hash", json_str(params, "hash"), NULL);
	get(g, room, "concluded", result_cb);
}

static void
on_asked(struct gate *g, const char *room, const json_t *params)
{
	(void)params;
	room_post(g, room, MSG_IRC_ASKED, NULL);
}

static void
on_extended(struct gate *g, const char *room, const json_t *params)
{
	(void)params;
	room_post(g, room, MSG_IRC_EXTENDED, NULL);
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
	const char *room = room_named(g, json_str(params, "session"));
	const json_t *event = json_object_get(params, "event");
	json_t *r;
	size_t i;

	if (room == NULL)
		return;
	r = gate_room(g, room);
	/* What a resumed subscription repeats is not told again. */
	if (json_num(event, "seq") <= json_num(r, "seq"))
		return;
	json_object_set(r, "seq", json_object_get(event, "seq"));
	g->dirty = true;
	if (*json_str(r, "phase") == '\0')
		json_object_set_new(r, "phase", json_string("lobby"));
	for (i = 0; i < sizeof events / sizeof *events; i++)
		if (strcmp(json_str(event, "type"), events[i].type) == 0)
			events[i].run(g, room, params);
}

void
room_nudge(struct gate *g, const json_t *params)
{
	const char *room = room_named(g, json_str(params, "session")), *p;
	const char *who = json_str(params, "participant");
	json_t *seat;

	if (room == NULL)
		return;
	json_object_foreach(
	    json_object_get(gate_room(g, room), "seats"), p, seat)
		if (strcmp(json_str(seat, "participant"), who) == 0)
			person_say(g, p, room, MSG_IRC_NUDGE, "room", room,
			    "phase",
			    gate_name(g, room, json_str(params, "phase")),
			    NULL);
}

static void
warn_cb(void *arg, const json_t *ctx, const json_t *view, const json_t *error)
{
	const json_t *progress = json_object_get(view, "progress");
	struct gate *g = arg;

	if (error == NULL &&
	    strcmp(json_str(view, "phase"), json_str(ctx, "phase")) == 0)
		room_post(g, json_str(ctx, "room"), MSG_IRC_WARN, "#done",
		    json_num(progress, "done"), "#of", json_num(progress, "of"),
		    NULL);
}

void
room_tick(struct gate *g, long long now)
{
	json_t *rooms = json_object_get(g->state, "rooms"), *r;
	const char *name;
	long long wake;

	json_object_foreach(rooms, name, r) {
		wake = json_num(r, "wake_at");
		if (wake == 0 || json_is_true(json_object_get(r, "done")) ||
		    json_is_true(json_object_get(r, "warned")) ||
		    wake - now > LAST_MS || wake < now)
			continue;
		json_object_set_new(r, "warned", json_true());
		get(g, name, json_str(r, "phase"), warn_cb);
		rpc_client_call(g->daemon, RPC_AGAIN, "session.nudge",
		    json_pack(
			"{s:O}", "session", json_object_get(r, "session")),
		    NULL, NULL);
	}
}
