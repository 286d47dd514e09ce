/* Who may read what, and when: the seals' column of the procedure, decided. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "session/type.h"

const struct seal *
session_seal_row(const struct session *s, const char *type, const char *name)
{
	const struct seal *row;

	for (row = s->procedure->seals; row->type != NULL; row++)
		if ((text_same(row->name, name) || text_same(row->name, "*")) &&
		    text_same(row->type, type))
			return row;
	return NULL;
}

int
session_author(const struct session *s, const struct event *e)
{
	return event_actor(s, e);
}

int
session_event_round(const struct session *s, const struct event *e)
{
	int64_t round = event_int(e, "round", -1);
	const char *job;

	if (round >= 0)
		return (int)round;
	job = event_str(e, "job"); /* "draft.0.3" */
	if (job != NULL && (job = strchr(job, '.')) != NULL)
		return atoi(job + 1);
	return s->round;
}

static bool
enum_is(const struct session *s, const char *setting, const char *choice)
{
	const struct setting *row;
	size_t i;

	for (i = 0; (row = &s->procedure->settings[i])->name != NULL; i++)
		if (strcmp(row->name, setting) == 0)
			return strcmp(row->choices[s->settings[i]], choice) ==
			       0;
	return false;
}

static bool
may_read_text(const struct session *s, const struct viewer *v, bool author)
{
	if (author)
		return true;
	if (enum_is(s, "texts", "group"))
		return !v->left;
	return v->facilitator && enum_is(s, "texts", "facilitator");
}

bool
session_may_read(const struct session *s, const struct viewer *v,
    const struct event *e, const char *name)
{
	const struct seal *row;
	bool author;

	if (v->everything)
		return true;
	row = session_seal_row(s, e->type, name);
	if (row == NULL)
		return false;
	if (row->rule == READ_ALL)
		return true;
	author = v->participant != -1 && session_author(s, e) == v->participant;
	switch (row->rule) {
	case READ_ALL:
		return true;
	case READ_AUTHOR:
		return author;
	case READ_TEXTS:
		return may_read_text(s, v, author);
	case READ_NAMES:
		return author || (!v->left && !session_setting(s, "anonymous"));
	case READ_BALLOT:
		return author || s->concluded ||
		       session_event_round(s, e) <= s->closed_round;
	case READ_REVIEW:
		return v->facilitator || s->concluded ||
		       session_event_round(s, e) <= s->closed_round;
	case READ_HOST:
		return v->facilitator;
	case READ_SIGNED:
		return author || s->concluded;
	case READ_END:
		return s->concluded;
	case READ_NEVER:
		return false;
	}
	return false;
}
