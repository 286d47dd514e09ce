/* caucus position, importance, prefer, dissent, survey: what is asked beside
 * the texts and ballots. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "client/give.h"
#include "client/letters.h"
#include "client/view.h"

static int
choose(struct cmd *c, json_t *params, enum message done)
{
	json_t *receipt;
	int r;

	give_key(params);
	r = cmd_call(c, "contribution.choose", params, &receipt);
	if (r == EXIT_OK)
		give_thank(c, receipt, done);
	return r;
}

/* What the phase asks under this name; NULL: nothing. */
static const json_t *
find_ask(const json_t *view, const char *slot)
{
	const json_t *ask;
	size_t i;

	json_array_foreach(json_object_get(view, "asks"), i, ask) {
		if (strcmp(json_str(ask, "slot"), slot) == 0)
			return ask;
	}
	return NULL;
}

static int
not_now(struct cmd *c, const json_t *view, const char *what)
{
	return view_refuse(c, view, MSG_ERROR_NOT_ASKED, what);
}

/* ---- a number ---- */

static int
number(struct cmd *c, const char *const *slots, const char *what,
    enum message done)
{
	const json_t *ask = NULL;
	json_t *view;
	char *end;
	long v;
	int r;

	if (cmd_flag(c, "take-back") == (c->nargs > 0))
		return cmd_usage(c, "one number is wanted, or --take-back");
	r = cmd_open(c, WHO_PERSON);
	if (r == EXIT_OK)
		r = cmd_view(c, &view);
	if (r != EXIT_OK)
		return r;
	for (; ask == NULL && *slots != NULL; slots++)
		ask = find_ask(view, *slots);
	if (ask == NULL)
		r = not_now(c, view, what);
	else if (c->nargs == 0)
		r = give_take_back(c, json_str(ask, "slot"));
	else {
		v = strtol(c->args[0], &end, 10);
		if (*end != '\0' || end == c->args[0])
			r = cmd_usage(c, "%s is no number", c->args[0]);
		else
			r = choose(c,
			    json_pack("{s:s,s:I}", "slot",
				json_str(ask, "slot"), "choice", (json_int_t)v),
			    done);
	}
	json_decref(view);
	return r;
}

int
cmd_position(struct cmd *c)
{
	static const char *const slots[] = {"position", "position_after", NULL};

	return number(c, slots, "position", MSG_DONE_POSITION);
}

int
cmd_importance(struct cmd *c)
{
	static const char *const slots[] = {"importance", NULL};

	return number(c, slots, "importance", MSG_DONE_IMPORTANCE);
}

/* ---- the first winner or the revised one ---- */

/* A letter of the options as they are shown, or an option's name. */
static const char *
find_option(const json_t *options, const char *given)
{
	size_t place = (size_t)(toupper((unsigned char)given[0]) - 'A'), i;
	const json_t *o;

	json_array_foreach(options, i, o) {
		if (strcmp(json_str(o, "option"), given) == 0 ||
		    (given[1] == '\0' && i == place))
			return json_str(o, "option");
	}
	return NULL;
}

int
cmd_prefer(struct cmd *c)
{
	const json_t *ask = NULL;
	const char *option;
	json_t *view;
	bool back = cmd_flag(c, "take-back");
	int r;

	if (!back && c->nargs == 0)
		return cmd_usage(c, "a letter of `caucus show` is missing");
	r = cmd_open(c, WHO_PERSON);
	if (back)
		return r == EXIT_OK ? give_take_back(c, "preference") : r;
	if (r == EXIT_OK)
		r = cmd_view(c, &view);
	if (r != EXIT_OK)
		return r;
	ask = find_ask(view, "preference");
	option = find_option(json_object_get(ask, "options"), c->args[0]);
	if (ask == NULL)
		r = not_now(c, view, "preference");
	else if (option == NULL)
		r = cmd_usage(
		    c, "%s is no letter of `caucus show`", c->args[0]);
	else
		r = choose(c,
		    json_pack(
			"{s:s,s:s}", "slot", "preference", "choice", option),
		    MSG_DONE_PREFERENCE);
	json_decref(view);
	return r;
}

/* ---- dissent ---- */

int
cmd_dissent(struct cmd *c)
{
	return give_text(c, "dissent", MSG_WHAT_DISSENT, MSG_DONE_DISSENT,
	    cmd_flag(c, "sign"));
}

/* ---- survey ---- */

static const json_t *
find_item(const json_t *items, const char *id, size_t len)
{
	const json_t *item;
	size_t i;

	json_array_foreach(items, i, item) {
		if (strlen(json_str(item, "id")) == len &&
		    strncmp(json_str(item, "id"), id, len) == 0)
			return item;
	}
	return NULL;
}

/* A choice's words as its number; the words may be in another language than
 * the daemon's own. */
static json_t *
answer_of(const json_t *item, const char *given)
{
	const json_t *choices = json_object_get(item, "choices"), *v;
	char *end;
	long n = strtol(given, &end, 10);
	size_t i;

	if (strcmp(json_str(item, "kind"), "text") == 0)
		return json_string(given);
	if (*given != '\0' && *end == '\0')
		return json_integer(n);
	json_array_foreach(choices, i, v) {
		if (strcmp(json_string_value(v), given) == 0)
			return json_integer((json_int_t)i + 1);
	}
	return json_string(given);
}

static int
read_answers(struct cmd *c, const json_t *items, json_t *answers)
{
	const char *equals;
	const json_t *item;
	size_t i;

	for (i = 0; i < c->nargs; i++) {
		equals = strchr(c->args[i], '=');
		if (equals == NULL)
			return cmd_usage(c, "%s is no ID=ANSWER", c->args[i]);
		item =
		    find_item(items, c->args[i], (size_t)(equals - c->args[i]));
		if (item == NULL)
			return cmd_usage(c,
			    "the survey has no question %.*s; `caucus survey` "
			    "lists them",
			    (int)(equals - c->args[i]), c->args[i]);
		json_object_set_new(
		    answers, json_str(item, "id"), answer_of(item, equals + 1));
	}
	return EXIT_OK;
}

int
cmd_survey(struct cmd *c)
{
	json_t *view, *answers;
	const json_t *ask;
	int r = cmd_open(c, WHO_PERSON);

	if (cmd_flag(c, "take-back"))
		return r == EXIT_OK ? give_take_back(c, "survey") : r;
	if (r == EXIT_OK)
		r = cmd_view(c, &view);
	if (r != EXIT_OK)
		return r;
	ask = find_ask(view, "survey");
	answers = json_object();
	if (ask == NULL)
		r = not_now(c, view, "survey");
	else if (c->nargs == 0) {
		if (!cmd_json(c, json_object_get(ask, "items")))
			view_asks(&c->out, view);
		cmd_advise(c, MSG_SURVEY_HOW);
	} else if ((r = read_answers(
			c, json_object_get(ask, "items"), answers)) == EXIT_OK)
		r = choose(c,
		    json_pack(
			"{s:s,s:O}", "slot", "survey", "answers", answers),
		    MSG_DONE_SURVEY);
	json_decref(answers);
	json_decref(view);
	return r;
}
