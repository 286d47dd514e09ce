/* What the present phase asks of people, so that any client can put it. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/stream.h"
#include "server/view.h"

static json_t *
option_json(const struct session *s, const char *name, const struct messages *m)
{
	const char *words = message_named(m, "option", name, NULL);
	int st = session_statement(s, name);
	json_t *o = json_pack("{s:s,s:s*}", "option", name, "text", words);

	if (st != -1 && s->statements[st].text != NULL)
		json_object_set_new(
		    o, "text", json_string(s->statements[st].text));
	return o;
}

/* Everybody gets the statements in an order of their own, so that no place
 * favours one of them; what is no statement comes after them. */
static json_t *
options_json(const struct session *s, int slot, int participant,
    const struct messages *m)
{
	size_t i, n = (size_t)session_choices(s, slot);
	size_t *order = xcalloc(n + 1, sizeof *order);
	json_t *list = json_array();
	struct stream draw;
	const char *name;
	int pass;

	for (i = 0; i < n; i++)
		order[i] = i;
	if (participant >= 0 && n > 0) {
		stream_open(&draw, s->seed, s->procedure->slots[slot].name,
		    (uint64_t)s->round, (uint64_t)participant);
		stream_permute(&draw, order, n);
	}
	for (pass = 0; pass < 2; pass++)
		for (i = 0; i < n; i++) {
			name = s->procedure->slots[slot].option(
			    s, (int)order[i] + 1);
			if ((session_statement(s, name) == -1) == (pass == 1))
				json_array_append_new(
				    list, option_json(s, name, m));
		}
	free(order);
	return list;
}

/* Choices in the order of their numbers: in English from the form, else from
 * one message, divided by |. */
static json_t *
choices_json(const struct form_item *item, const char *words)
{
	json_t *list = json_array();
	size_t n;
	int i;

	for (i = 0; i < item->max && item->choices[i] != NULL; i++) {
		n = words != NULL ? strcspn(words, "|") : 0;
		json_array_append_new(
		    list, n > 0 ? json_stringn(words, n)
				: json_string(item->choices[i]));
		if (words != NULL)
			words += n + (words[n] == '|');
	}
	return list;
}

/* m: a form of the session's own is in its own words. */
static json_t *
item_json(const struct form_item *item, bool own, const struct messages *m)
{
	const char *text =
	    own ? item->text : message_named(m, "item", item->id, item->text);
	json_t *o = json_pack("{s:s,s:s,s:s}", "id", item->id, "kind",
	    item_kind_names[item->kind], "text", text);

	if (item->kind == ITEM_SCALE)
		json_object_set_new(o, "max", json_integer(item->max));
	if (item->kind == ITEM_CHOICES)
		json_object_set_new(o, "choices",
		    choices_json(item,
			own ? NULL
			    : message_named(m, "choices", item->id, NULL)));
	return o;
}

static json_t *
form_json(const struct session *s, const struct messages *m)
{
	json_t *list = json_array();
	size_t i, n;
	const struct form_item *form = session_form(s, &n);

	for (i = 0; i < n; i++)
		json_array_append_new(
		    list, item_json(&form[i], s->form != NULL, m));
	return list;
}

static json_t *
ask_json(const struct session *s, int slot, int participant,
    const struct messages *m)
{
	const struct slot *row = &s->procedure->slots[slot];
	json_t *o = json_pack("{s:s,s:s,s:s}", "slot", row->name, "kind",
	    contribution_kind_names[row->kind], "help",
	    message_named(m, "slot", row->name, row->help));

	if (row->signs)
		json_object_set_new(o, "signs", json_true());
	if (participant >= 0 && session_given_now(s, participant, slot) != 0)
		json_object_set_new(o, "given",
		    json_integer(session_given_now(s, participant, slot)));
	if (row->kind != KIND_CHOICE)
		return o;
	if (row->form)
		json_object_set_new(o, "items", form_json(s, m));
	else if (row->option != NULL)
		json_object_set_new(
		    o, "options", options_json(s, slot, participant, m));
	else {
		json_object_set_new(o, "max", json_integer(row->max));
		json_object_set_new(o, "low",
		    json_string(message_named(m, "low", row->name, row->low)));
		json_object_set_new(o, "high",
		    json_string(
			message_named(m, "high", row->name, row->high)));
	}
	return o;
}

json_t *
asks_json(
    const struct session *s, const struct viewer *v, const struct messages *m)
{
	json_t *list = json_array();
	int i;

	for (i = 0; s->procedure->slots[i].name != NULL; i++)
		if ((session_phase(s)->takes & 1u << i) != 0 &&
		    session_asks(s, i))
			json_array_append_new(
			    list, ask_json(s, i, v->participant, m));
	return list;
}
