/* What begins with / in `caucus chat`: one table. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "client/chat.h"
#include "client/letters.h"
#include "client/tell.h"
#include "client/typed.h"
#include "client/view.h"

enum {
	CHAIR = 1, /* the facilitator's */
	REST = 2,  /* something must stand behind it */
	WORDS = 4  /* a word, and then a text */
};

struct command_row {
	const char *name, *usage; /* the name with its / */
	unsigned flags;
	/* rest: what stands behind the name; with WORDS its first word ends
	 * with a NUL and `text` is what follows */
	void (*run)(struct chat *ch, char *rest, const char *text);
};

static const struct command_row rows[];

static bool
may(const struct chat *ch, const struct command_row *row)
{
	return (row->flags & CHAIR) == 0 ||
	       view_has_role(ch->news.view, "facilitator");
}

/* ---- for everybody ---- */

static void
list_commands(struct chat *ch, unsigned flag)
{
	struct term *t = &ch->c->out;
	const struct command_row *row;
	const char *help;
	char *lead;

	for (row = rows; row->name != NULL; row++) {
		if ((row->flags & CHAIR) != flag)
			continue;
		lead = xasprintf("%s%s%s", row->name,
		    *row->usage != '\0' ? " " : "", row->usage);
		help = message_named(
		    t->words, "chat.help", row->name + 1, row->name);
		/* In a narrow window it stands below. */
		term_text(
		    t, 2, 25, STYLE_MARK, lead, t->width < 60 ? "" : help);
		if (t->width < 60)
			term_say(t, 6, STYLE_PLAIN, "%s", help);
		free(lead);
	}
}

static void
on_help(struct chat *ch, char *rest, const char *text)
{
	struct term *t = &ch->c->out;

	(void)rest;
	(void)text;
	list_commands(ch, 0);
	if (!view_has_role(ch->news.view, "facilitator"))
		return;
	term_say(
	    t, 0, STYLE_HEAD, "%s", message(t->words, MSG_CHAT_FACILITATORS));
	list_commands(ch, CHAIR);
}

static void
on_quit(struct chat *ch, char *rest, const char *text)
{
	(void)rest;
	(void)text;
	ch->over = true;
}

static void
on_status(struct chat *ch, char *rest, const char *text)
{
	(void)rest;
	(void)text;
	view_print(&ch->c->out, ch->news.view);
}

static void
on_slate(struct chat *ch, char *rest, const char *text)
{
	struct term *t = &ch->c->out;
	const json_t *review = json_object_get(ch->news.view, "review");
	const json_t *slate = json_object_get(ch->news.view, "slate");

	(void)rest;
	(void)text;
	if (json_array_size(review) > 0)
		slate = review;
	if (json_array_size(slate) > 0)
		tell_slate(t, slate);
	else
		term_say(t, 0, STYLE_PLAIN, "%s",
		    message(t->words, MSG_ERROR_NO_STATEMENTS));
}

static void
on_why(struct chat *ch, char *rest, const char *text)
{
	struct term *t = &ch->c->out;

	(void)rest;
	(void)text;
	if (ch->news.tally != NULL)
		tell_tally(t, ch->news.tally, ch->news.ids);
	else
		term_say(t, 0, STYLE_PLAIN, "%s",
		    message(t->words, MSG_CHAT_NO_COUNT));
}

static void
on_result(struct chat *ch, char *rest, const char *text)
{
	const json_t *result = json_object_get(ch->news.view, "result");
	json_t *ids = view_slate(ch->news.view);
	struct err err;

	(void)rest;
	(void)text;
	if (json_is_object(result))
		tell_result(&ch->c->out, result, json_str(result, "text"), ids);
	else {
		err_say(&err, ERR_WRONG_PHASE, NULL, MSG_ERROR_NO_RESULT,
		    "phase", json_str(ch->news.view, "phase"), NULL);
		chat_complain(ch, &err);
	}
	json_decref(ids);
}

static void
on_abstain(struct chat *ch, char *rest, const char *text)
{
	(void)rest;
	(void)text;
	chat_give(ch, "contribution.abstain",
	    json_pack(
		"{s:O}", "phase", json_object_get(ch->news.view, "phase")),
	    MSG_DONE_ABSTAINED);
}

/* Everything that was given in the phase that goes on. */
static void
on_back(struct chat *ch, char *rest, const char *text)
{
	const json_t *asks = json_object_get(ch->news.view, "asks"), *ask;
	struct err err;
	size_t i, n = 0;
	json_t *slots = json_array();

	(void)rest;
	(void)text;
	/* The view is another after the first of them. */
	json_array_foreach(asks, i, ask) {
		if (json_object_get(ask, "given") != NULL)
			json_array_append(slots, json_object_get(ask, "slot"));
	}
	json_array_foreach(slots, n, ask) {
		chat_give(ch, "contribution.take_back",
		    json_pack("{s:O}", "slot", ask), MSG_DONE_TAKEN_BACK);
	}
	if (json_array_size(slots) == 0) {
		err_say(
		    &err, ERR_WRONG_PHASE, NULL, MSG_CHAT_NOTHING_ASKED, NULL);
		chat_complain(ch, &err);
	}
	json_decref(slots);
}

static void
on_skip(struct chat *ch, char *rest, const char *text)
{
	const json_t *item =
	    typed_item(typed_wanted(ch->news.view), ch->answers);
	struct err err;

	(void)rest;
	(void)text;
	if (item == NULL) {
		err_say(
		    &err, ERR_WRONG_PHASE, NULL, MSG_CHAT_NOTHING_ASKED, NULL);
		chat_complain(ch, &err);
		return;
	}
	json_object_set_new(ch->answers, json_str(item, "id"), json_null());
	term_say(&ch->c->out, 0, STYLE_DIM, "%s",
	    message(ch->c->words, MSG_CHAT_SKIPPED));
	chat_survey(ch);
}

static void
on_sign(struct chat *ch, char *rest, const char *text)
{
	(void)text;
	chat_give(ch, "contribution.text",
	    json_pack(
		"{s:s,s:s,s:b}", "slot", "dissent", "text", rest, "signed", 1),
	    MSG_DONE_DISSENT);
}

static void
on_propose(struct chat *ch, char *rest, const char *text)
{
	(void)text;
	chat_give(ch, "statement.propose", json_pack("{s:s}", "text", rest),
	    MSG_DONE_PROPOSAL);
}

/* ---- the facilitator's ---- */

/* Does it, and says so. */
static void
act(struct chat *ch, const char *method, json_t *params, enum message done)
{
	if (chat_call(ch, method, params, NULL))
		term_say(&ch->c->out, 0, STYLE_PLAIN, "%s",
		    message(ch->c->words, done));
}

static void
on_withdraw(struct chat *ch, char *rest, const char *text)
{
	(void)text;
	if (strcmp(rest, "keep") == 0 || strcmp(rest, "erase") == 0)
		act(ch, "participant.withdraw",
		    json_pack("{s:s}", "mode", rest), MSG_CHAT_DONE);
	else
		term_say(&ch->c->out, 0, STYLE_WARN, "/withdraw keep|erase");
}

static void
on_next(struct chat *ch, char *rest, const char *text)
{
	(void)rest;
	(void)text;
	/* Named, so that two who press at once close one phase. */
	chat_call(ch, "session.next",
	    json_pack(
		"{s:O}", "phase", json_object_get(ch->news.view, "phase")),
	    NULL);
}

static void
on_extend(struct chat *ch, char *rest, const char *text)
{
	long long seconds = cmd_seconds(rest);
	struct err err;

	(void)text;
	if (seconds != -1) {
		chat_call(ch, "session.extend",
		    json_pack("{s:I}", "seconds", (json_int_t)seconds), NULL);
		return;
	}
	err_say(&err, ERR_INVALID_PARAMS, NULL, MSG_CHAT_USAGE, "name",
	    "extend", "usage", "5m", NULL);
	chat_complain(ch, &err);
}

static void
on_nudge(struct chat *ch, char *rest, const char *text)
{
	json_t *answer;

	(void)rest;
	(void)text;
	if (!chat_call(ch, "session.nudge", NULL, &answer))
		return;
	cmd_say(ch->c, MSG_CHAT_NUDGED, "#missing", json_num(answer, "missing"),
	    "#reached", json_num(answer, "reached"));
	json_decref(answer);
}

static void
on_pause(struct chat *ch, char *rest, const char *text)
{
	(void)rest;
	(void)text;
	chat_call(ch, "session.pause", NULL, NULL);
}

static void
on_resume(struct chat *ch, char *rest, const char *text)
{
	(void)rest;
	(void)text;
	chat_call(ch, "session.resume", NULL, NULL);
}

static void
say_invite(struct chat *ch, const char *code)
{
	struct term *t = &ch->c->out;

	cmd_say(ch->c, MSG_CHAT_INVITE, "code", code);
	term_say(t, 0, STYLE_PLAIN, "%s", message(t->words, MSG_CHAT_THEN));
}

/* The code that is known already, else another. */
static void
on_invite(struct chat *ch, char *rest, const char *text)
{
	json_t *answer;
	size_t i;

	(void)rest;
	(void)text;
	for (i = 0; i < ch->c->npasses; i++)
		if (ch->c->passes[i]->code != NULL) {
			say_invite(ch, ch->c->passes[i]->code);
			return;
		}
	if (!chat_call(ch, "session.invite",
		json_pack("{s:s}", "role", "participant"), &answer))
		return;
	say_invite(
	    ch, *json_str(answer, "code") != '\0'
		    ? json_str(answer, "code")
		    : json_str(json_object_get(answer, "invitation"), "code"));
	json_decref(answer);
}

static void
on_withhold(struct chat *ch, char *rest, const char *text)
{
	act(ch, "contribution.withhold",
	    json_pack("{s:I,s:s}", "contribution",
		(json_int_t)strtoll(rest, NULL, 10), "reason", text),
	    MSG_CHAT_DONE);
}

static void
on_statement(
    struct chat *ch, const char *method, const char *letter, const char *reason)
{
	json_t *ids = view_slate(ch->news.view);
	struct err err;
	const char *id = letters_statement(letter, ids, &err);

	if (id == NULL)
		chat_complain(ch, &err);
	else
		act(ch, method,
		    json_pack("{s:s,s:s}", "statement", id, "reason", reason),
		    MSG_CHAT_DONE);
	json_decref(ids);
}

static void
on_strike(struct chat *ch, char *rest, const char *text)
{
	on_statement(ch, "statement.strike", rest, text);
}

static void
on_override(struct chat *ch, char *rest, const char *text)
{
	on_statement(ch, "statement.override", rest, text);
}

/* Fresh params, or NULL having said why. */
static json_t *
person(struct chat *ch, const char *who)
{
	const char *id;
	struct err err;
	size_t n;

	id = view_person(ch->news.view, who, &n);
	if (n == 1)
		return json_pack("{s:s}", "participant", id);
	err_say(&err, ERR_INVALID_PARAMS, NULL, MSG_CHAT_NO_SUCH_PERSON, "who",
	    who, NULL);
	chat_complain(ch, &err);
	return NULL;
}

static void
on_remove(struct chat *ch, char *rest, const char *text)
{
	json_t *params = person(ch, rest);

	if (params == NULL)
		return;
	json_object_set_new(params, "reason", json_string(text));
	act(ch, "participant.remove", params, MSG_CHAT_DONE);
}

static void
on_appoint(struct chat *ch, char *rest, const char *text)
{
	json_t *params = person(ch, rest);

	(void)text;
	if (params != NULL)
		act(ch, "participant.appoint", params, MSG_CHAT_DONE);
}

static void
on_abort(struct chat *ch, char *rest, const char *text)
{
	(void)text;
	chat_call(
	    ch, "session.abort", json_pack("{s:s}", "reason", rest), NULL);
}

/* ---- the table ---- */

static const struct command_row rows[] = {
    {"/help", "", 0, on_help},
    {"/quit", "", 0, on_quit},
    {"/status", "", 0, on_status},
    {"/slate", "", 0, on_slate},
    {"/why", "", 0, on_why},
    {"/result", "", 0, on_result},
    {"/abstain", "", 0, on_abstain},
    {"/back", "", 0, on_back},
    {"/skip", "", 0, on_skip},
    {"/sign", "TEXT", REST, on_sign},
    {"/propose", "TEXT", REST, on_propose},
    {"/withdraw", "keep|erase", REST, on_withdraw},
    {"/next", "", CHAIR, on_next},
    {"/extend", "TIME", CHAIR | REST, on_extend},
    {"/nudge", "", CHAIR, on_nudge},
    {"/pause", "", CHAIR, on_pause},
    {"/resume", "", CHAIR, on_resume},
    {"/invite", "", CHAIR, on_invite},
    {"/strike", "A REASON", CHAIR | WORDS, on_strike},
    {"/override", "A REASON", CHAIR | WORDS, on_override},
    {"/withhold", "NUMBER REASON", CHAIR | WORDS, on_withhold},
    {"/remove", "WHO REASON", CHAIR | WORDS, on_remove},
    {"/appoint", "WHO", CHAIR | REST, on_appoint},
    {"/abort", "REASON", CHAIR | REST, on_abort},
    {.name = NULL},
};

static const struct command_row *
find_row(const char *name)
{
	const struct command_row *row;

	for (row = rows; row->name != NULL; row++)
		if (strcmp(row->name + 1, name) == 0)
			return row;
	return NULL;
}

/* Cuts the first word off; what follows it, "" for nothing. */
static const char *
cut_word(char *rest)
{
	char *end = rest + strcspn(rest, " \t");

	if (*end == '\0')
		return end;
	*end++ = '\0';
	return end + strspn(end, " \t");
}

void
chat_command(struct chat *ch, const char *name, const char *rest)
{
	const struct command_row *row = find_row(name);
	char *words = xstrdup(rest);
	const char *text = "";
	struct err err;

	if (row != NULL && (row->flags & WORDS) != 0)
		text = cut_word(words);
	if (row == NULL)
		err_say(&err, ERR_INVALID_PARAMS, NULL, MSG_CHAT_NO_COMMAND,
		    "name", name, NULL);
	else if (!may(ch, row))
		err_say(&err, ERR_NOT_PERMITTED, NULL, MSG_CHAT_CHAIR_ONLY,
		    "name", name, NULL);
	else if (((row->flags & REST) != 0 && *words == '\0') ||
		 ((row->flags & WORDS) != 0 && *text == '\0'))
		err_say(&err, ERR_INVALID_PARAMS, NULL, MSG_CHAT_USAGE, "name",
		    name, "usage", row->usage, NULL);
	else {
		row->run(ch, words, text);
		free(words);
		return;
	}
	free(words);
	chat_complain(ch, &err);
}

const char *
chat_command_named(struct chat *ch, const char *start, size_t n)
{
	const struct command_row *row;

	if (*start != '/')
		return NULL;
	for (row = rows; row->name != NULL; row++)
		if (strncmp(row->name, start, strlen(start)) == 0 &&
		    may(ch, row) && n-- == 0)
			return row->name;
	return NULL;
}
