/* What a facilitator does: the clock, texts, statements, people. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "client/letters.h"
#include "client/view.h"

/* Does it, as facilitator; params are taken. */
static int
act_line(struct cmd *c, const char *method, json_t *params, enum message done,
    const char *line)
{
	json_t *answer;
	int r = cmd_call(c, method, params, &answer);

	if (r != EXIT_OK)
		return r;
	if (!cmd_json(c, answer)) {
		cmd_say(c, done, "line", line);
		view_advise(c);
	}
	json_decref(answer);
	return EXIT_OK;
}

static int
act(struct cmd *c, const char *method, json_t *params, enum message done)
{
	return act_line(c, method, params, done, "");
}

int
cmd_next(struct cmd *c)
{
	const char *named = cmd_option(c, "phase", 0);
	json_t *view = NULL;
	char *line;
	int r = cmd_open(c, WHO_CHAIR);

	if (r == EXIT_OK)
		r = cmd_view(c, &view);
	if (r != EXIT_OK)
		return r;
	/* Named, so that two who press at once close one phase. */
	if (named == NULL)
		named = json_string_value(json_object_get(view, "phase"));
	line = view_line(c->words, view, now_ms());
	r = act_line(c, "session.next", json_pack("{s:s}", "phase", named),
	    MSG_CHAIR_CLOSED, line);
	free(line);
	json_decref(view);
	return r;
}

int
cmd_extend(struct cmd *c)
{
	long long seconds = cmd_seconds(c->args[0]);
	int r;

	if (seconds == -1)
		return cmd_usage(
		    c, "%s is no time such as 90, 10m, 2h or 1d", c->args[0]);
	r = cmd_open(c, WHO_CHAIR);
	if (r != EXIT_OK)
		return r;
	return act(c, "session.extend",
	    json_pack("{s:I}", "seconds", (json_int_t)seconds),
	    MSG_CHAIR_EXTENDED);
}

static int
plain(struct cmd *c, const char *method, enum message done)
{
	int r = cmd_open(c, WHO_CHAIR);

	return r == EXIT_OK ? act(c, method, json_object(), done) : r;
}

int
cmd_nudge(struct cmd *c)
{
	const json_t *list, *who;
	json_t *answer;
	size_t i;
	int r = cmd_open(c, WHO_CHAIR);

	if (r == EXIT_OK)
		r = cmd_call(c, "session.nudge", json_object(), &answer);
	if (r != EXIT_OK)
		return r;
	if (!cmd_json(c, answer)) {
		cmd_say(c, MSG_CHAIR_NUDGED, "#missing",
		    (long long)json_integer_value(
			json_object_get(answer, "missing")),
		    "#reached",
		    (long long)json_integer_value(
			json_object_get(answer, "reached")));
		list = json_object_get(answer, "participants");
		json_array_foreach(list, i, who) {
			term_say(&c->out, 2, STYLE_PLAIN, "%s",
			    json_string_value(who));
		}
	}
	json_decref(answer);
	return EXIT_OK;
}

int
cmd_pause(struct cmd *c)
{
	return plain(c, "session.pause", MSG_CHAIR_PAUSED);
}

int
cmd_resume(struct cmd *c)
{
	return plain(c, "session.resume", MSG_CHAIR_RESUMED);
}

static int
add_reason(struct cmd *c, json_t *params, size_t n)
{
	int code = EXIT_OK;
	char *reason =
	    cmd_text(c, n, message(c->words, MSG_WHAT_REASON), &code);

	if (reason == NULL)
		return code;
	json_object_set_new(params, "reason", json_string(reason));
	free(reason);
	return EXIT_OK;
}

/* With a reason as last argument: everybody is told. */
static int
with_reason(
    struct cmd *c, const char *method, json_t *params, enum message done)
{
	int r = add_reason(c, params, c->nargs - 1);

	if (r == EXIT_OK)
		return act(c, method, params, done);
	json_decref(params);
	return r;
}

int
cmd_abort(struct cmd *c)
{
	int r = cmd_open(c, WHO_CHAIR);

	if (r != EXIT_OK)
		return r;
	return with_reason(
	    c, "session.abort", json_object(), MSG_CHAIR_ABORTED);
}

int
cmd_withhold(struct cmd *c)
{
	char *end;
	long long seq = strtoll(c->args[0], &end, 10);
	int r;

	if (*end != '\0' || seq < 1)
		return cmd_usage(c, "%s is no event's number", c->args[0]);
	r = cmd_open(c, WHO_CHAIR);
	if (r != EXIT_OK)
		return r;
	return with_reason(c, "contribution.withhold",
	    json_pack("{s:I}", "contribution", (json_int_t)seq),
	    MSG_CHAIR_WITHHELD);
}

/* ---- statements ---- */

static int
on_statement(struct cmd *c, const char *method, enum message done)
{
	const char *id;
	struct err err;
	json_t *view, *ids;
	int r = cmd_open(c, WHO_CHAIR);

	if (r == EXIT_OK)
		r = cmd_view(c, &view);
	if (r != EXIT_OK)
		return r;
	ids = view_slate(view);
	id = letters_statement(c->args[0], ids, &err);
	if (id == NULL)
		r = cmd_fail(c, EXIT_USAGE, &err);
	else
		r = with_reason(
		    c, method, json_pack("{s:s}", "statement", id), done);
	json_decref(ids);
	json_decref(view);
	return r;
}

int
cmd_strike(struct cmd *c)
{
	return on_statement(c, "statement.strike", MSG_CHAIR_STRUCK);
}

int
cmd_override(struct cmd *c)
{
	return on_statement(c, "statement.override", MSG_CHAIR_OVERRIDDEN);
}

/* ---- people ---- */

static int
on_person(struct cmd *c, const char *method, bool reason, enum message done)
{
	const char *id;
	json_t *view, *params;
	size_t n;
	int r = cmd_open(c, WHO_CHAIR);

	if (r == EXIT_OK)
		r = cmd_view(c, &view);
	if (r != EXIT_OK)
		return r;
	id = view_person(view, c->args[0], &n);
	if (n != 1)
		r = cmd_usage(c,
		    n == 0 ? "nobody in this session is called %s; give the "
			     "id that `caucus show` lists"
			   : "%s may be several people; give the whole id "
			     "as `caucus show` lists it",
		    c->args[0]);
	else {
		params = json_pack("{s:s}", "participant", id);
		r = reason ? with_reason(c, method, params, done)
			   : act(c, method, params, done);
	}
	json_decref(view);
	return r;
}

int
cmd_remove(struct cmd *c)
{
	return on_person(c, "participant.remove", true, MSG_CHAIR_REMOVED);
}

int
cmd_appoint(struct cmd *c)
{
	return on_person(c, "participant.appoint", false, MSG_CHAIR_APPOINTED);
}
