/* Scenarios for `caucus run`, both ways. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "record/format_own.h"

/* ---- import: the whole file is one row, for it is one object a line ---- */

static int
check_scenario(const struct sheet_head *h, const json_t *row, struct err *err)
{
	const json_t *question = json_object_get(row, "question");
	const json_t *people = json_object_get(row, "participants"), *p;
	size_t i;

	(void)h;
	if (!json_is_string(question) && !json_is_object(question))
		return err_set(
		    err, ERR_BROKEN, "question", "question is missing");
	if (json_array_size(people) == 0)
		return err_set(err, ERR_BROKEN, "participants",
		    "participants must be a list of at least one");
	json_array_foreach(people, i, p) {
		if (cell_str(p, "name") == NULL)
			return err_set(err, ERR_BROKEN, "participants",
			    "participants[%zu].name is missing", i);
	}
	return 0;
}

static void
tell_person(struct tables *t, const char *session, const json_t *p)
{
	json_t *row = tables_add(t, TABLE_PARTICIPANTS), *text;
	const json_t *critiques = json_object_get(p, "critiques");
	const char *name = cell_str(p, "name");
	size_t i;

	json_object_set_new(row, "session", json_string(session));
	json_object_set_new(row, "participant", json_string(name));
	json_object_set_new(row, "name", json_string(name));
	if (cell_str(p, "opinion") != NULL) {
		row = tables_add(t, TABLE_OPINIONS);
		json_object_set_new(row, "session", json_string(session));
		json_object_set_new(row, "participant", json_string(name));
		json_object_set(row, "text", json_object_get(p, "opinion"));
	}
	json_array_foreach(critiques, i, text) {
		if (!json_is_string(text))
			continue;
		row = tables_add(t, TABLE_CRITIQUES);
		json_object_set_new(row, "session", json_string(session));
		json_object_set_new(
		    row, "round", json_integer((json_int_t)i + 1));
		json_object_set_new(row, "participant", json_string(name));
		json_object_set(row, "text", text);
	}
}

static void
tell_scenario(struct tables *t, const struct sheet_head *h, const json_t *row)
{
	const json_t *question = json_object_get(row, "question"), *p;
	const char *text = json_string_value(question);
	char session[32];
	json_t *s;
	size_t i;

	(void)h;
	snprintf(session, sizeof session, "scenario-%zu",
	    json_array_size(t->rows[TABLE_SESSIONS]) + 1);
	s = tables_row(t, TABLE_SESSIONS, session);
	json_object_set_new(s, "session", json_string(session));
	json_object_set_new(s, "imported", json_string("scenario"));
	if (text == NULL)
		text = cell_str(question, "text");
	json_object_set_new(
	    s, "question", json_string(text != NULL ? text : ""));
	json_array_foreach(json_object_get(row, "participants"), i, p)
		tell_person(t, session, p);
}

const struct format_sheet scenario_sheets[] = {
    {"scenarios", NULL, "question participants", true, check_scenario,
	tell_scenario},
    {.name = NULL},
};

/* ---- export ---- */

static json_t *
question_of(const json_t *session)
{
	static const char *const parts[] = {"affirming", "negating"};
	const char *text = cell_str(session, "question");
	json_t *q = json_pack("{s:s}", "text", text != NULL ? text : "");
	size_t i;

	for (i = 0; i < 2; i++)
		if (cell_str(session, parts[i]) != NULL)
			json_object_set(
			    q, parts[i], json_object_get(session, parts[i]));
	return q;
}

static json_t *
settings_of(const json_t *session)
{
	json_t *settings = json_object(), *v;
	const char *column;

	json_object_foreach((json_t *)session, column, v) {
		if (strncmp(column, "setting.", 8) == 0)
			json_object_set(settings, column + 8, v);
	}
	return settings;
}

/* Places up to n are there, null where nothing was given. */
static void
set_place(json_t *list, size_t n, json_t *v)
{
	while (json_array_size(list) <= n)
		json_array_append_new(list, json_null());
	json_array_set_new(list, n, v);
}

static bool
is_from(const json_t *row, const char *session, const char *who)
{
	const char *by = cell_str(row, "participant");

	return by != NULL && strcmp(by, who) == 0 &&
	       row_is_of(row, session, -1) && row_stands(row);
}

static json_t *
critiques_of(const struct tables *t, const char *session, const char *who)
{
	json_t *list = json_array(), *row, *text;
	int64_t round;
	size_t i;

	json_array_foreach(t->rows[TABLE_CRITIQUES], i, row) {
		round = cell_int(row, "round", 0);
		text = json_object_get(row, "text");
		if (is_from(row, session, who) && text != NULL && round >= 1 &&
		    round < 1000)
			set_place(list, (size_t)round - 1, json_incref(text));
	}
	return list;
}

static json_t *
person_of(const struct tables *t, const char *session, const json_t *p)
{
	const char *who = cell_str(p, "participant"), *name, *text;
	json_t *o = json_object(), *list, *labels = json_object(), *v;
	const char *column;

	name = cell_str(p, "name");
	json_object_set_new(o, "name", json_string(name != NULL ? name : who));
	text = standing_text(t, TABLE_OPINIONS, session, who, -1);
	if (text != NULL)
		json_object_set_new(o, "opinion", json_string(text));
	list = critiques_of(t, session, who);
	if (json_array_size(list) > 0)
		json_object_set(o, "critiques", list);
	json_decref(list);
	json_object_foreach((json_t *)p, column, v) {
		if (strncmp(column, "label.", 6) == 0)
			json_object_set(labels, column + 6, v);
	}
	if (json_object_size(labels) > 0)
		json_object_set(o, "labels", labels);
	json_decref(labels);
	return o;
}

/*
 * Words, settings and labels: what a deliberation begins with.  Ballots are of
 * statements that another run drafts anew, so they are not part of it.
 */
int
write_scenario(
    const struct tables *t, const struct outlet *out, struct err *err)
{
	json_t *session = json_array_get(t->rows[TABLE_SESSIONS], 0), *o;
	json_t *people, *settings, *row;
	char *text;
	size_t i;
	int r;

	if (json_array_size(t->rows[TABLE_SESSIONS]) != 1)
		return err_set(err, ERR_INVALID_PARAMS, NULL,
		    "a scenario is of one session; give one recording");
	people = json_array();
	json_array_foreach(t->rows[TABLE_PARTICIPANTS], i, row) {
		if (cell_str(row, "participant") != NULL)
			json_array_append_new(
			    people, person_of(t, row_session(session), row));
	}
	settings = settings_of(session);
	o = json_pack("{s:o}", "question", question_of(session));
	if (json_object_size(settings) > 0)
		json_object_set(o, "settings", settings);
	json_decref(settings);
	json_object_set_new(o, "participants", people);
	text = json_dumps(o, JSON_INDENT(2));
	json_decref(o);
	r = out->file(out->arg, "scenario.json", text, strlen(text), err);
	free(text);
	return r;
}
