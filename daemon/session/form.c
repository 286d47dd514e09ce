#include "session/form.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/message.h"
#include "base/text.h"
#include "session/type.h"

#define LABELS_MAX	32
#define LABEL_NAME_MAX	32
#define LABEL_VALUE_MAX 200

const char *const item_kind_names[] = {"scale", "choices", "text"};

/* ---- what a client gives ---- */

static int
bad(struct err *err, size_t i, const char *what)
{
	return err_set(
	    err, ERR_INVALID_PARAMS, "survey", "survey[%zu]: %s", i, what);
}

static bool
is_words(const json_t *v)
{
	return json_is_string(v) && text_visible(json_string_value(v)) > 0 &&
	       text_chars(json_string_value(v)) <= FORM_TEXT_MAX;
}

/* An id is a word: it names columns, and stands in paths. */
static bool
is_name(const char *s, size_t max)
{
	size_t n = strlen(s);

	return n >= 1 && n <= max &&
	       strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			 "0123456789_-.") == n;
}

static int
item_choices(const json_t *choices, size_t i, int *max, struct err *err)
{
	const json_t *v;
	size_t k, n = json_array_size(choices);

	if (!json_is_array(choices) || n < 2 || n > ITEM_CHOICES_MAX)
		return bad(err, i, "choices is a list of 2 to 11 texts");
	json_array_foreach(choices, k, v)
		if (!is_words(v))
			return bad(err, i, "a choice is no text, or too long");
	*max = (int)n;
	return 0;
}

static int
item_shape(const json_t *o, size_t i, json_t *shape, struct err *err)
{
	static const char *const known[] = {
	    "id", "text", "scale", "choices", NULL};
	const json_t *scale = json_object_get(o, "scale");
	const json_t *choices = json_object_get(o, "choices");
	const char *id = json_string_value(json_object_get(o, "id"));
	enum item_kind kind = ITEM_TEXT;
	int max = 0;

	if (json_only(o, known, err) == -1)
		return -1;
	if (id == NULL || !is_name(id, LABEL_NAME_MAX))
		return bad(err, i, "id is 1 to 32 of A-Z a-z 0-9 _ - .");
	if (!is_words(json_object_get(o, "text")))
		return bad(
		    err, i, "text is the question, 1 to 1000 characters");
	if (scale != NULL && choices != NULL)
		return bad(err, i,
		    "give scale or choices, or neither for a free text");
	if (scale != NULL) {
		kind = ITEM_SCALE;
		max = (int)json_integer_value(scale);
		if (!json_is_integer(scale) ||
		    json_integer_value(scale) < FORM_SCALE_MIN ||
		    json_integer_value(scale) > FORM_SCALE_MAX)
			return bad(err, i,
			    "scale is the highest answer, from 2 to 11; the "
			    "lowest is 1");
	} else if (choices != NULL) {
		kind = ITEM_CHOICES;
		if (item_choices(choices, i, &max, err) == -1)
			return -1;
	}
	json_array_append_new(
	    shape, json_pack("{s:s,s:s,s:i}", "id", id, "kind",
		       item_kind_names[kind], "max", max));
	return 0;
}

static bool
has_twice(const json_t *list, size_t *at)
{
	size_t i, k;

	for (i = 0; i < json_array_size(list); i++)
		for (k = 0; k < i; k++)
			if (json_equal(
				json_object_get(json_array_get(list, i), "id"),
				json_object_get(
				    json_array_get(list, k), "id"))) {
				*at = i;
				return true;
			}
	return false;
}

json_t *
form_shape(const json_t *given, struct err *err)
{
	json_t *shape = json_array();
	const json_t *o;
	size_t i, n = json_array_size(given);

	if (!json_is_array(given) || n < 1 || n > ITEMS_MAX) {
		err_set(err, ERR_INVALID_PARAMS, "survey",
		    "survey is a list of 1 to %d questions", ITEMS_MAX);
		goto fail;
	}
	json_array_foreach(given, i, o) {
		if (!json_is_object(o)) {
			bad(err, i,
			    "a question is {\"id\",\"text\"} with scale or "
			    "choices, or neither");
			goto fail;
		}
		if (item_shape(o, i, shape, err) == -1)
			goto fail;
	}
	if (!has_twice(shape, &i))
		return shape;
	bad(err, i, "another question has that id");
fail:
	json_decref(shape);
	return NULL;
}

/* ---- the form of a session ---- */

static int
shape_kind(const json_t *o, enum item_kind *kind)
{
	const char *name = json_string_value(json_object_get(o, "kind"));
	int i;

	for (i = ITEM_SCALE; name != NULL && i <= ITEM_TEXT; i++)
		if (strcmp(item_kind_names[i], name) == 0) {
			*kind = (enum item_kind)i;
			return 0;
		}
	return -1;
}

/* The words may be gone; the shape decides. */
static void
item_words(struct form_item *item, const json_t *words)
{
	const json_t *choices = json_object_get(words, "choices");
	const char *text = json_string_value(json_object_get(words, "text"));
	const char *choice;
	int i;

	item->text = text != NULL ? text : "";
	for (i = 0; item->kind == ITEM_CHOICES && i < item->max; i++) {
		choice = json_string_value(json_array_get(choices, (size_t)i));
		item->choices[i] = choice != NULL ? choice : "";
	}
}

int
form_apply(struct session *s, const struct event *e, struct err *err)
{
	const json_t *shape = json_object_get(e->data, "survey"), *o;
	size_t i, n = json_array_size(shape);
	struct form_item *item;
	int64_t max;

	if (shape == NULL)
		return 0;
	if (n < 1 || n > ITEMS_MAX)
		return err_set(err, ERR_BROKEN, "survey",
		    "a survey has 1 to %d questions", ITEMS_MAX);
	s->form = xcalloc(n, sizeof *s->form);
	s->nform = n;
	s->form_words = event_value(e, "survey");
	json_array_foreach(shape, i, o) {
		item = &s->form[i];
		item->id = json_string_value(json_object_get(o, "id"));
		max = json_integer_value(json_object_get(o, "max"));
		if (item->id == NULL || shape_kind(o, &item->kind) == -1 ||
		    max < 0 || max > ITEM_CHOICES_MAX)
			return err_set(err, ERR_BROKEN, "survey",
			    "question %zu of the survey has no such form",
			    i + 1);
		item->max = (int)max;
		item_words(item, json_array_get(s->form_words, i));
	}
	/* The ids are the event's: keep them with the words. */
	s->form_shape = json_incref((json_t *)shape);
	return 0;
}

const struct form_item *
session_form(const struct session *s, size_t *n)
{
	const struct form_item *form = s->procedure->form;

	*n = 0;
	if (s->form != NULL) {
		*n = s->nform;
		return s->form;
	}
	while (form != NULL && form[*n].id != NULL)
		++*n;
	return form;
}

static const struct form_item *
find_item(const struct session *s, const char *id, size_t *at)
{
	size_t i, n;
	const struct form_item *form = session_form(s, &n);

	for (i = 0; i < n; i++)
		if (strcmp(form[i].id, id) == 0) {
			*at = i;
			return &form[i];
		}
	return NULL;
}

static int
no_item(struct err *err)
{
	return err_say(
	    err, ERR_BAD_RATING, "answers", MSG_ERROR_ANSWER_UNKNOWN, NULL);
}

int
answers_read(const struct session *s, const json_t *answers, int32_t *out,
    struct err *err)
{
	const struct form_item *item;
	int64_t max, v;
	const char *id;
	json_t *o;
	size_t at;

	session_form(s, &at);
	memset(out, 0, at * sizeof *out);
	if (!json_is_object(answers) || json_object_size(answers) == 0)
		return err_say(err, ERR_BAD_RATING, "answers",
		    MSG_ERROR_ANSWER_NONE, NULL);
	json_object_foreach((json_t *)answers, id, o) {
		item = find_item(s, id, &at);
		if (item == NULL)
			return no_item(err);
		max = item->kind == ITEM_TEXT ? session_setting(s, "text_max")
					      : item->max;
		v = json_integer_value(o);
		if (!json_is_integer(o) || v < 1 || v > max)
			return err_say(err,
			    item->kind == ITEM_TEXT && v > max
				? ERR_TEXT_TOO_LONG
				: ERR_BAD_RATING,
			    "answers",
			    item->kind == ITEM_TEXT ? MSG_ERROR_ANSWER_LONG
						    : MSG_ERROR_ANSWER_RANGE,
			    "id", id, "#max", (long long)max, NULL);
		out[at] = (int32_t)v;
	}
	return 0;
}

/* ---- answers as people give them ---- */

static int
take_text(const char *id, const json_t *v, json_t *answers, json_t **words,
    struct err *err)
{
	char *text;

	if (!json_is_string(v))
		return err_say(err, ERR_BAD_RATING, "answers",
		    MSG_ERROR_ANSWER_TEXT, "id", id, NULL);
	text = text_normal(json_string_value(v), json_string_length(v));
	if (text_visible(text) == 0) {
		free(text);
		return err_say(err, ERR_TEXT_EMPTY, "answers",
		    MSG_ERROR_ANSWER_EMPTY, "id", id, NULL);
	}
	if (*words == NULL)
		*words = json_object();
	json_object_set_new(*words, id, json_string(text));
	json_object_set_new(
	    answers, id, json_integer((json_int_t)text_chars(text)));
	free(text);
	return 0;
}

static int
take_choice(const struct form_item *item, const json_t *v, json_t *answers,
    struct err *err)
{
	const char *name = json_string_value(v);
	int i;

	for (i = 0; name != NULL && item->choices[i] != NULL; i++)
		if (strcmp(item->choices[i], name) == 0) {
			json_object_set_new(
			    answers, item->id, json_integer(i + 1));
			return 0;
		}
	return err_say(err, ERR_BAD_RATING, "answers",
	    item->kind == ITEM_CHOICES ? MSG_ERROR_ANSWER_CHOICE
				       : MSG_ERROR_ANSWER_NUMBER,
	    "id", item->id, "#max", (long long)item->max, NULL);
}

int
form_answers(const struct session *s, const json_t *given, json_t **answers,
    json_t **words, struct err *err)
{
	const struct form_item *item;
	const char *id;
	json_t *v;
	size_t at;
	int r = 0;

	*answers = json_object();
	*words = NULL;
	json_object_foreach((json_t *)given, id, v) {
		item = find_item(s, id, &at);
		if (item == NULL)
			r = no_item(err);
		else if (item->kind == ITEM_TEXT)
			r = take_text(id, v, *answers, words, err);
		else if (json_is_integer(v))
			json_object_set(*answers, id, v);
		else
			r = take_choice(item, v, *answers, err);
		if (r == -1)
			break;
	}
	if (r == 0)
		return 0;
	json_decref(*answers);
	json_decref(*words);
	*answers = *words = NULL;
	return -1;
}

/* ---- labels ---- */

int
labels_check(const json_t *labels, struct err *err)
{
	const char *name;
	json_t *v;

	if (json_object_size(labels) > LABELS_MAX)
		return err_set(err, ERR_INVALID_PARAMS, "labels",
		    "there are at most %d labels", LABELS_MAX);
	json_object_foreach((json_t *)labels, name, v) {
		if (!is_name(name, LABEL_NAME_MAX))
			return err_set(err, ERR_INVALID_PARAMS, "labels",
			    "a label's name is 1 to 32 of A-Z a-z 0-9 _ - .");
		if (json_is_string(v) ? json_string_length(v) > LABEL_VALUE_MAX
		    : json_is_integer(v)
			? json_integer_value(v) > JSON_INT_MAX ||
			      json_integer_value(v) < -JSON_INT_MAX
			: !json_is_boolean(v))
			return err_set(err, ERR_INVALID_PARAMS, "labels",
			    "label %s is no text of up to 200 bytes, whole "
			    "number, true or false",
			    name);
	}
	return 0;
}
