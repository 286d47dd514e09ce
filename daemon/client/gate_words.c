/* What the gateway says, and in which language. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "client/gate.h"
#include "client/link.h"
#include "client/words.h"

/* One a language that was needed, also where it has no file. */
struct gate_words {
	struct gate_words *next;
	char *tag;
	struct messages *m;
};

static const struct messages *
load(struct gate *g, const char *tag)
{
	struct gate_words *w;
	struct err err;

	for (w = g->words; w != NULL; w = w->next)
		if (strcmp(w->tag, tag) == 0)
			return w->m;
	w = xcalloc(1, sizeof *w);
	w->tag = xstrdup(tag);
	if (words_load(tag, NULL, &w->m, &err) == -1)
		fprintf(stderr, "caucus irc: %s; speaking English\n", err.text);
	w->next = g->words;
	g->words = w;
	return w->m;
}

const struct messages *
gate_words(struct gate *g, const char *room)
{
	const json_t *r = room != NULL ? gate_room(g, room) : NULL;
	const char *tag = json_str(r, "language");

	if (*tag == '\0')
		tag = g->language;
	return tag != NULL ? load(g, tag) : NULL;
}

void
gate_words_free(struct gate *g)
{
	struct gate_words *w, *next;

	for (w = g->words; w != NULL; w = next) {
		next = w->next;
		messages_free(w->m);
		free(w->tag);
		free(w);
	}
	g->words = NULL;
}

void
gate_say(struct gate *g, const char *target, const char *room, enum message id,
    va_list ap)
{
	char *text = message_textv(gate_words(g, room), id, ap);

	g->network->say(g->network, target, text);
	free(text);
}

void
room_post(struct gate *g, const char *room, enum message id, ...)
{
	va_list ap;

	va_start(ap, id);
	gate_say(g, room, room, id, ap);
	va_end(ap);
}

void
person_say(
    struct gate *g, const char *p, const char *room, enum message id, ...)
{
	char *target = xasprintf("@%s", p);
	va_list ap;

	va_start(ap, id);
	gate_say(g, target, room, id, ap);
	va_end(ap);
	free(target);
}

char *
gate_why(struct gate *g, const char *room, const json_t *error)
{
	struct err err = {0};

	link_error(error, &err);
	err_translate(&err, gate_words(g, room));
	return xstrdup(err.text);
}

const char *
gate_name(struct gate *g, const char *room, const char *name)
{
	return message_named(gate_words(g, room), "name", name, name);
}
