/* The result as session.get gives it: the conclusion, and the words to it. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "server/view.h"

static int
text_cmp(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* In the order of their words: no other could tell less of who wrote when. */
static json_t *
dissents_json(const struct session *s, int slot)
{
	const char **texts = xcalloc(s->nparticipants + 1, sizeof *texts);
	const struct participant *p;
	json_t *list = json_array(), *o;
	size_t i, k, n = 0;

	for (i = 0; i < s->nparticipants; i++) {
		p = &s->participants[i];
		if (p->given[slot].text != NULL && p->presence != REMOVED)
			texts[n++] = p->given[slot].text;
	}
	qsort(texts, n, sizeof *texts, text_cmp);
	for (k = 0; k < n; k++) {
		o = json_pack("{s:s}", "text", texts[k]);
		for (i = 0; i < s->nparticipants; i++) {
			p = &s->participants[i];
			if (p->given[slot].text == texts[k] &&
			    p->given[slot].is_signed && p->name != NULL)
				json_object_set_new(
				    o, "signature", json_string(p->name));
		}
		json_array_append_new(list, o);
	}
	free(texts);
	return list;
}

static void
add_text(json_t *texts, const struct session *s, const json_t *id)
{
	int st = session_statement(s, json_string_value(id));

	if (st != -1 && s->statements[st].text != NULL)
		json_object_set_new(texts, s->statements[st].id,
		    json_string(s->statements[st].text));
}

/* Texts of the statements that the conclusion names. */
static json_t *
texts_json(const struct session *s)
{
	const json_t *c = s->conclusion, *id;
	const json_t *preference = json_object_get(c, "preference");
	json_t *texts = json_object();
	size_t i;

	add_text(texts, s, json_object_get(c, "winner"));
	add_text(texts, s, json_object_get(c, "elected"));
	add_text(texts, s,
	    json_object_get(json_object_get(c, "other_side"), "statement"));
	add_text(texts, s, json_object_get(preference, "first_statement"));
	json_array_foreach(json_object_get(c, "better"), i, id) {
		add_text(texts, s, id);
	}
	return texts;
}

static const char *
written_by(const struct session *s, int st)
{
	if (s->statements[st].origin == FROM_DRAFT)
		return "model";
	return s->proposals[s->statements[st].draft].participant == -1
		   ? "facilitator"
		   : "participant";
}

json_t *
result_json(const struct session *s)
{
	const json_t *quality;
	json_t *o;
	int slot;

	if (s->conclusion == NULL)
		return NULL;
	o = json_copy(s->conclusion);
	json_object_set_new(o, "texts", texts_json(s));
	for (slot = 0; s->procedure->slots[slot].name != NULL; slot++)
		if (s->procedure->slots[slot].signs)
			json_object_set_new(
			    o, "dissents", dissents_json(s, slot));
	if (s->previous == -1)
		return o;
	if (s->statements[s->previous].text != NULL)
		json_object_set_new(
		    o, "text", json_string(s->statements[s->previous].text));
	json_object_set_new(
	    o, "written_by", json_string(written_by(s, s->previous)));
	quality = json_object_get(json_object_get(s->tally, "quality"),
	    s->statements[s->previous].id);
	if (quality != NULL)
		json_object_set(o, "quality", (json_t *)quality);
	return o;
}
