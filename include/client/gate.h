/*
 * The gateway between a chat network and the daemon: people (who is behind a
 * nick), rooms (a channel and its session) and the state kept in a file.
 *
 * State is JSON, written whole before anything that depends on it is sent:
 *   people: {P: {nick, mask, account?, word}}
 *   rooms:  {R: {session, token, code, terms, text, seq, open, done, phase,
 *            round, slate, seats: {P: {participant, token, key, …}}, before?}}
 * The rest of struct gate is what is true while the network is up.
 */
#ifndef CLIENT_GATE_H
#define CLIENT_GATE_H

#include <event2/event.h>
#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/message.h"
#include "client/chat_network.h"
#include "client/rpc_client.h"

struct gate_words;

struct gate {
	struct chat_network *network;
	struct rpc_client *daemon;
	const char *nick; /* ours, for what people are told to type */
	char *path;	  /* of the state */
	json_t *state;
	json_t *settings;	  /* of new sessions; and */
	char *preset;		  /* … NULL */
	char *language;		  /* before there is a session; NULL: English */
	struct gate_words *words; /* loaded so far */
	json_t *channels;	  /* to join, an array */
	json_t *present;	  /* P: nick, as far as we can see */
	json_t *spoke;		  /* P: when they last spoke in private, s */
	json_t *members;	  /* R: {folded nick: is operator} */
	json_t *drafts;		  /* P: lines of a text not yet handed in */
	json_t *asked;		  /* folded nick: R whose terms were told */
	json_t *heard;		  /* folded nick: [second, lines since] */
	bool dirty;		  /* state to be written when the turn ends */
};

int gate_load(struct gate *g, struct err *err);
/* Now; what cannot be written is said on standard error and tried again. */
void gate_save(struct gate *g);
void gate_clear(struct gate *g);

/* Of a room's session; NULL: English. */
const struct messages *gate_words(struct gate *g, const char *room);
void gate_words_free(struct gate *g);
/* To a target of the network. */
void gate_say(struct gate *g, const char *target, const char *room,
    enum message id, va_list ap);
/* Why the daemon refused, without the stop at its end.  Fresh. */
char *gate_why(struct gate *g, const char *room, const json_t *error);
/* The name of a phase or a contribution. */
const char *gate_name(struct gate *g, const char *room, const char *name);

/* "P" is an id of people; a target "@P" is whoever that is now. */
const char *person_of(struct gate *g, const struct chat_from *from);
const char *person_new(struct gate *g, const struct chat_from *from);
/* Binds the person who was given the word to this nick; NULL: no such word. */
const char *
person_claim(struct gate *g, const struct chat_from *from, const char *word);
void person_gone(struct gate *g, const char *nick, const char *room);
void person_renamed(struct gate *g, const char *nick, const char *to);
void person_here(
    struct gate *g, const struct chat_from *from, const char *room, int op);
bool person_is_op(struct gate *g, const char *nick, const char *room);
bool person_where(struct gate *g, const char *target, char *out, size_t size);

/* Sentences of the table: pairs as for message_text, in the language of the
 * room's session (room NULL: of the settings). */
void person_say(struct gate *g, const char *p, const char *room,
    enum message id, ...) __attribute__((sentinel));
/* Whether somebody says too much at once; they are told so the first time.
 * What is given is counted apart, so that no chatter drowns a ballot. */
bool
person_floods(struct gate *g, const char *nick, bool giving, long long now_s);

json_t *gate_room(struct gate *g, const char *room);
/* The room of a live session in which P has a seat: the only one, else the
 * one chosen; NULL. */
const char *room_of(struct gate *g, const char *p);
json_t *room_seat(struct gate *g, const char *room, const char *p);
/* What is said to the room by an operator or anybody: false when it is no
 * command. */
void room_command(struct gate *g, const struct chat_from *from,
    const char *room, const char *text);
void
room_private(struct gate *g, const struct chat_from *from, const char *text);
/* Takes a contribution to what the session asks now. */
void
room_give(struct gate *g, const char *room, const char *p, const char *text);
/* Terms, then consent. */
void
room_request(struct gate *g, const struct chat_from *from, const char *room);
void room_agree(struct gate *g, const struct chat_from *from, const char *room);

void room_post(struct gate *g, const char *room, enum message id, ...)
    __attribute__((sentinel));
/* The daemon's notifications, and once a second. */
void room_event(struct gate *g, const json_t *params);
void room_nudge(struct gate *g, const json_t *params);
void room_resume(struct gate *g);
void room_tick(struct gate *g, long long now_ms);

#endif
