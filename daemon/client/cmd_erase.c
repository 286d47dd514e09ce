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

/* Of a state; how many. */
static int
tell_quotes(
    struct term *t, const json_t *account, const char *state, const char *fmt)
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
			term_say(t, 0, STYLE_PLAIN, "%s", fmt);
		statement = json_string_value(json_object_get(q, "statement"));
		text = json_string_value(json_object_get(q, "text"));
		lead = statement != NULL ? xstrdup(statement)
					 : xasprintf("event %lld",
					       (long long)json_integer_value(
						   json_object_get(q, "seq")));
		term_text(t, 2, 14, STYLE_MARK, lead,
		    text != NULL ? text : "(its text is not shown here)");
		free(lead);
	}
	return n;
}

static void
tell_plan(struct cmd *c, const json_t *account)
{
	term_say(&c->err, 0, STYLE_PLAIN,
	    "%lld texts and names go, in the daemon's journal and all that is "
	    "exported from now on. Numbers that were counted stay, under a "
	    "pseudonym. Copies that others have made, backups until they are "
	    "restored, and what a language model's provider keeps are beyond "
	    "this.",
	    (long long)json_integer_value(json_object_get(account, "erased")));
	tell_quotes(&c->err, account, "open",
	    "These repeat some of these words and stay, for their vote is "
	    "still open; erase after the session has ended, if they are to "
	    "go:");
	tell_quotes(&c->err, account, "text",
	    "These repeat some of these words and stay, for somebody else "
	    "wrote them:");
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
	n = tell_quotes(&c->err, account, "kept",
	    "These statements repeat some of these words; afterwards nobody "
	    "can find that out any more:");
	return n > 0 && !cmd_flag(c, "yes") &&
	       cmd_confirm(c, "Blank them as well?");
}

static void
tell_done(struct cmd *c, const json_t *answer)
{
	const char *hash = json_string_value(json_object_get(answer, "hash"));

	term_say(&c->out, 0, STYLE_PLAIN,
	    "Erased: %lld texts and names. Receipt: event %lld, hash %.12s",
	    (long long)json_integer_value(json_object_get(answer, "erased")),
	    (long long)json_integer_value(json_object_get(answer, "seq")),
	    hash != NULL ? hash : "");
	tell_quotes(&c->out, answer, "blanked", "Blanked as well:");
	tell_quotes(&c->out, answer, "kept",
	    "Kept, though they repeat some of these words:");
	cmd_advise(c, "export the session again in place of older copies; "
		      "`caucus verify` finds erased texts in them.");
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
			tell_quotes(&c->err, account, "kept",
			    "These statements repeat some of these words; "
			    "--quotes blank takes them away as well:");
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
	if (cmd_flag(c, "yes") ||
	    cmd_confirm(c, "Erase, and leave? This cannot be undone."))
		return erase(c, who, blank);
	term_say(&c->err, 0, STYLE_PLAIN,
	    "Nothing was done. (Without a terminal, --yes says so.)");
	return EXIT_REFUSED;
}
