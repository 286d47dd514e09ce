/* Who is behind a nick: an account the network vouches for; else the nick
 * with its user@host; else whoever knows the word given at joining. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/json.h"
#include "base/mem.h"
#include "client/gate.h"
#include "client/irc_line.h"
#include "client/place.h"
#include "client/view.h"

#define STATE_MAX     ((size_t)64 << 20)
#define FLOOD_SECONDS 10
#define FLOOD_LINES   20
#define SPOKE_SECONDS 30 /* how long a nick is trusted that we cannot see */

int
gate_load(struct gate *g, struct err *err)
{
	size_t len;
	char *bytes;
	FILE *f = fopen(g->path, "re");

	g->present = json_object();
	g->spoke = json_object();
	g->members = json_object();
	g->drafts = json_object();
	g->asked = json_object();
	g->heard = json_object();
	if (f == NULL) {
		g->state = json_pack("{s:{},s:{}}", "people", "rooms");
		return 0;
	}
	fclose(f);
	bytes = place_read(g->path, STATE_MAX, &len, err);
	if (bytes == NULL)
		return -1;
	g->state = json_read(bytes, len, err);
	explicit_bzero(bytes, len);
	free(bytes);
	if (json_is_object(json_object_get(g->state, "people")) &&
	    json_is_object(json_object_get(g->state, "rooms")))
		return 0;
	return err_set(err, ERR_BROKEN, NULL,
	    "%s is no state of a gateway; move it away to begin anew", g->path);
}

void
gate_save(struct gate *g)
{
	char *bytes = json_dumps(g->state, JSON_COMPACT);
	struct err err;

	if (place_write(g->path, bytes, strlen(bytes), &err) == -1) {
		fprintf(stderr, "caucus irc: %s\n", err.text);
		g->dirty = true;
	} else
		g->dirty = false;
	explicit_bzero(bytes, strlen(bytes));
	free(bytes);
}

void
gate_clear(struct gate *g)
{
	json_decref(g->state);
	json_decref(g->settings);
	json_decref(g->channels);
	json_decref(g->present);
	json_decref(g->spoke);
	json_decref(g->members);
	json_decref(g->drafts);
	json_decref(g->asked);
	json_decref(g->heard);
	free(g->path);
	free(g->preset);
	free(g->language);
	gate_words_free(g);
}

static bool
is_person(const json_t *person, const struct chat_from *from, const char *nick)
{
	const char *account = json_str(person, "account");

	if (*account != '\0')
		return from->account != NULL &&
		       strcmp(from->account, account) == 0;
	return strcmp(json_str(person, "nick"), nick) == 0 &&
	       strcmp(json_str(person, "mask"), from->mask) == 0;
}

static void
bind_person(struct gate *g, const char *p, const struct chat_from *from)
{
	json_t *person =
	    json_object_get(json_object_get(g->state, "people"), p);
	char *nick = irc_line_folded(from->nick);

	json_object_set_new(g->present, p, json_string(from->nick));
	if (strcmp(json_str(person, "nick"), nick) != 0 ||
	    strcmp(json_str(person, "mask"), from->mask) != 0) {
		json_object_set_new(person, "nick", json_string(nick));
		json_object_set_new(person, "mask", json_string(from->mask));
		g->dirty = true;
	}
	free(nick);
}

const char *
person_of(struct gate *g, const struct chat_from *from)
{
	json_t *people = json_object_get(g->state, "people"), *person;
	char *nick = irc_line_folded(from->nick);
	const char *p;

	json_object_foreach(people, p, person)
		if (is_person(person, from, nick)) {
			free(nick);
			bind_person(g, p, from);
			return p;
		}
	free(nick);
	return NULL;
}

static void
draw_word(char out[20])
{
	struct entropy e = {.left = 0};
	uint8_t bytes[10];

	entropy_fill(&e, bytes, sizeof bytes);
	base32_encode(bytes, sizeof bytes, out);
}

const char *
person_new(struct gate *g, const struct chat_from *from)
{
	json_t *people = json_object_get(g->state, "people");
	const char *p = person_of(g, from);
	char id[24], word[20];

	if (p != NULL)
		return p;
	snprintf(id, sizeof id, "p%zu", json_object_size(people) + 1);
	draw_word(word);
	json_object_set_new(people, id,
	    json_pack("{s:s,s:s,s:s,s:s*}", "nick", "", "mask", "", "word",
		word, "account", from->account));
	bind_person(g, id, from);
	return person_of(g, from);
}

const char *
person_claim(struct gate *g, const struct chat_from *from, const char *word)
{
	json_t *people = json_object_get(g->state, "people"), *person;
	const char *p;

	json_object_foreach(people, p, person)
		if (*word != '\0' &&
		    strcmp(json_str(person, "word"), word) == 0) {
			bind_person(g, p, from);
			gate_save(g);
			return p;
		}
	return NULL;
}

/* Whoever is there under this nick; NULL. */
static const char *
behind(struct gate *g, const char *nick)
{
	const json_t *name;
	const char *p;

	json_object_foreach(g->present, p, name)
		if (strcasecmp(json_string_value(name), nick) == 0)
			return p;
	return NULL;
}

static bool
in_some_room(struct gate *g, const char *nick)
{
	const char *room;
	json_t *members;

	json_object_foreach(g->members, room, members)
		if (json_object_get(members, nick) != NULL)
			return true;
	return false;
}

/* Who shares no room with us any more can change their nick unseen, so from
 * then on they must speak first. */
void
person_gone(struct gate *g, const char *nick, const char *room)
{
	char *key = irc_line_folded(nick);
	const char *r, *p;
	json_t *members;

	json_object_foreach(g->members, r, members)
		if (room == NULL || strcmp(r, room) == 0)
			json_object_del(members, key);
	p = behind(g, nick);
	if (p != NULL && !in_some_room(g, key))
		json_object_del(g->present, p);
	json_object_del(g->asked, key);
	free(key);
}

void
person_renamed(struct gate *g, const char *nick, const char *to)
{
	json_t *people = json_object_get(g->state, "people"), *members;
	char *old = irc_line_folded(nick), *new = irc_line_folded(to);
	const char *p = behind(g, nick), *room;

	json_object_foreach(g->members, room, members)
		if (json_object_get(members, old) != NULL &&
		    strcmp(old, new) != 0) {
			json_object_set(
			    members, new, json_object_get(members, old));
			json_object_del(members, old);
		}
	if (json_object_get(g->asked, old) != NULL && strcmp(old, new) != 0) {
		json_object_set(g->asked, new, json_object_get(g->asked, old));
		json_object_del(g->asked, old);
	}
	if (p != NULL) {
		json_object_set_new(
		    json_object_get(people, p), "nick", json_string(new));
		json_object_set_new(g->present, p, json_string(to));
		g->dirty = true;
	}
	free(old);
	free(new);
}

void
person_here(
    struct gate *g, const struct chat_from *from, const char *room, int op)
{
	json_t *members = json_object_get(g->members, room);
	char *nick = irc_line_folded(from->nick);

	if (members == NULL) {
		members = json_object();
		json_object_set_new(g->members, room, members);
	}
	if (op >= 0 || json_object_get(members, nick) == NULL)
		json_object_set_new(members, nick, json_boolean(op == 1));
	person_of(g, from);
	free(nick);
}

bool
person_is_op(struct gate *g, const char *nick, const char *room)
{
	char *key = irc_line_folded(nick);
	bool op = json_is_true(
	    json_object_get(json_object_get(g->members, room), key));

	free(key);
	return op;
}

/* Whether the nick is surely still theirs: we would see a change, or they have
 * just spoken. */
static bool
is_seen(struct gate *g, const char *p, const char *nick)
{
	json_int_t spoke = json_integer_value(json_object_get(g->spoke, p));
	char *key = irc_line_folded(nick);
	bool here = in_some_room(g, key);

	free(key);
	return here || now_ms() / 1000 - spoke < SPOKE_SECONDS;
}

bool
person_where(struct gate *g, const char *target, char *out, size_t size)
{
	const char *nick;

	if (strchr("#&+!", *target) != NULL) {
		strlcpy(out, target, size);
		return json_object_size(json_object_get(g->members, target)) >
		       0;
	}
	if (*target != '@') {
		strlcpy(out, target, size);
		return true;
	}
	nick = json_string_value(json_object_get(g->present, target + 1));
	if (nick == NULL || !is_seen(g, target + 1, nick))
		return false;
	strlcpy(out, nick, size);
	return true;
}

bool
person_floods(struct gate *g, const char *nick, bool giving, long long now_s)
{
	char *key = xasprintf("%s%s", giving ? "=" : "", nick);
	json_int_t n;
	json_t *h;

	irc_line_fold(key);
	h = json_object_get(g->heard, key);
	if (h == NULL ||
	    now_s - json_integer_value(json_array_get(h, 0)) >= FLOOD_SECONDS) {
		if (json_object_size(g->heard) > 10000)
			json_object_clear(g->heard);
		h = json_pack("[I,i]", (json_int_t)now_s, 0);
		json_object_set_new(g->heard, key, h);
	}
	free(key);
	n = json_integer_value(json_array_get(h, 1)) + 1;
	json_array_set_new(h, 1, json_integer(n));
	if (n == FLOOD_LINES + 1)
		g->network->say(g->network, nick,
		    message(gate_words(g, NULL), MSG_IRC_FLOOD));
	return n > FLOOD_LINES;
}
