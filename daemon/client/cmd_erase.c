/* caucus erase: a person's words go; numbers and chain stay. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "client/cmd.h"

static json_t *
erase_params(const char *who, bool blank, bool preview)
{
	json_t *params = json_pack("{s:s,s:b}", "quotes",
	    blank ? "blank" : "keep", "preview", preview);

	if (who != NULL)
		json_object_set_new(params, "participant", json_string(who));
	return params;
}

/* Those in a state, behind a sentence; how many. */
static int
tell_quotes(
    struct term *t, const json_t *account, const char *state, enum message head)
{
	const json_t *quotes = json_object_get(account, "quotes"), *q;
	const char *statement, *text;
	char *lead;
	size_t i;
	int n = 0;

	json_array_foreach(quotes, i, q) {
		if (strcmp(json_string_value(json_object_get(q, "state")),
			state) != 0)
			continue;
		if (n++ == 0)
			term_say(
			    t, 0, STYLE_PLAIN, "%s", message(t->words, head));
		statement = json_string_value(json_object_get(q, "statement"));
		text = json_string_value(json_object_get(q, "text"));
		lead = statement != NULL
			   ? xstrdup(statement)
			   : message_text(t->words, MSG_ERASE_EVENT, "#seq",
				 (long long)json_integer_value(
				     json_object_get(q, "seq")),
				 NULL);
		term_text(t, 2, 14, STYLE_MARK, lead,
		    text != NULL ? text
				 : message(t->words, MSG_ERASE_UNREADABLE));
		free(lead);
	}
	return n;
}

static long long
count_of(const json_t *account)
{
	return (long long)json_integer_value(
	    json_object_get(account, "erased"));
}

static void
tell_plan(struct cmd *c, const json_t *account)
{
	char *plan = message_text(
	    c->words, MSG_ERASE_PLAN, "#n", count_of(account), NULL);

	term_say(&c->err, 0, STYLE_PLAIN, "%s", plan);
	free(plan);
	tell_quotes(&c->err, account, "open", MSG_ERASE_OPEN);
	tell_quotes(&c->err, account, "text", MSG_ERASE_OTHERS);
}

/* Whether to blank what repeats the words; *r: an exit code. */
static bool
wants_blank(struct cmd *c, const json_t *account, int *r)
{
	const char *given = cmd_option(c, "quotes", 0);
	int n;

	*r = EXIT_OK;
	if (given != NULL && strcmp(given, "blank") != 0 &&
	    strcmp(given, "keep") != 0)
		*r = cmd_usage(c, "--quotes is keep or blank");
	if (given != NULL)
		return strcmp(given, "blank") == 0;
	n = tell_quotes(&c->err, account, "kept", MSG_ERASE_QUOTES);
	return n > 0 && !cmd_flag(c, "yes") && cmd_confirm(c, MSG_ERASE_BLANK);
}

static void
tell_done(struct cmd *c, const json_t *answer)
{
	const char *hash = json_string_value(json_object_get(answer, "hash"));
	char *done = message_text(
	    c->words, MSG_ERASE_DONE, "#n", count_of(answer), NULL);
	char brief[13];

	strlcpy(brief, hash != NULL ? hash : "", sizeof brief);
	cmd_say(c, MSG_DONE_RECEIPT, "what", done, "#seq",
	    (long long)json_integer_value(json_object_get(answer, "seq")),
	    "hash", brief);
	free(done);
	tell_quotes(&c->out, answer, "blanked", MSG_ERASE_BLANKED);
	tell_quotes(&c->out, answer, "kept", MSG_ERASE_KEPT);
	cmd_advise(c, MSG_ERASE_NEXT);
}

static int
erase(struct cmd *c, const char *who, bool blank)
{
	json_t *answer;
	int r = cmd_call(
	    c, "participant.erase", erase_params(who, blank, false), &answer);

	if (r != EXIT_OK)
		return r;
	if (!cmd_json(c, answer))
		tell_done(c, answer);
	json_decref(answer);
	return EXIT_OK;
}

int
cmd_erase(struct cmd *c)
{
	const char *who = cmd_option(c, "of", 0);
	json_t *account;
	bool blank;
	int r = cmd_open(c, who != NULL ? WHO_READER : WHO_PERSON);

	if (r == EXIT_OK)
		r = cmd_call(c, "participant.erase",
		    erase_params(who, false, true), &account);
	if (r != EXIT_OK)
		return r;
	if (cmd_flag(c, "preview")) {
		if (!cmd_json(c, account)) {
			tell_plan(c, account);
			tell_quotes(
			    &c->err, account, "kept", MSG_ERASE_QUOTES_HOW);
		}
		json_decref(account);
		return EXIT_OK;
	}
	if (!cmd_flag(c, "yes"))
		tell_plan(c, account);
	blank = wants_blank(c, account, &r);
	json_decref(account);
	if (r != EXIT_OK)
		return r;
	if (cmd_flag(c, "yes") || cmd_confirm(c, MSG_ERASE_CONFIRM))
		return erase(c, who, blank);
	term_say(
	    &c->err, 0, STYLE_PLAIN, "%s", message(c->words, MSG_LEAVE_NOT));
	return EXIT_REFUSED;
}
