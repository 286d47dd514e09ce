/* caucus opinion, critique, propose, ballot, rate, abstain, withdraw: what a
 * participant gives, or takes away. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "client/give.h"
#include "client/letters.h"
#include "client/view.h"

void
give_receipt(struct cmd *c, const json_t *receipt, enum message what)
{
	const char *hash = json_string_value(json_object_get(receipt, "hash"));
	char brief[13];

	strlcpy(brief, hash != NULL ? hash : "", sizeof brief);
	cmd_say(c, MSG_DONE_RECEIPT, "what", message(c->words, what), "#seq",
	    (long long)json_integer_value(json_object_get(receipt, "seq")),
	    "hash", brief);
}

/* The receipt, and what comes next. */
void
give_thank(struct cmd *c, json_t *receipt, enum message what)
{
	if (!cmd_json(c, receipt)) {
		give_receipt(c, receipt, what);
		view_advise(c);
	}
	json_decref(receipt);
}

void
give_key(json_t *params)
{
	char key[33];

	cmd_key(key);
	json_object_set_new(params, "key", json_string(key));
}

int
give_take_back(struct cmd *c, const char *slot)
{
	json_t *receipt;
	int r;

	if (c->nargs > 0)
		return cmd_usage(c, "--take-back takes no other argument");
	r = cmd_open(c, WHO_PERSON);
	if (r == EXIT_OK)
		r = cmd_call(c, "contribution.take_back",
		    json_pack("{s:s}", "slot", slot), &receipt);
	if (r == EXIT_OK)
		give_thank(c, receipt, MSG_DONE_TAKEN_BACK);
	return r;
}

int
give_text(struct cmd *c, const char *slot, enum message what, enum message done,
    bool is_signed)
{
	json_t *params, *receipt;
	int r = EXIT_OK;
	char *text;

	if (cmd_flag(c, "take-back"))
		return give_take_back(c, slot);
	r = cmd_open(c, WHO_PERSON);
	if (r != EXIT_OK)
		return r;
	text = cmd_text(c, 0, message(c->words, what), &r);
	if (text == NULL)
		return r;
	params = json_pack("{s:s,s:s}", "slot", slot, "text", text);
	free(text);
	if (params == NULL)
		return cmd_usage(c, "the text is not valid UTF-8");
	if (is_signed)
		json_object_set_new(params, "signed", json_true());
	give_key(params);
	r = cmd_call(c, "contribution.text", params, &receipt);
	if (r == EXIT_OK)
		give_thank(c, receipt, done);
	return r;
}

int
cmd_opinion(struct cmd *c)
{
	return give_text(
	    c, "opinion", MSG_WHAT_OPINION, MSG_DONE_OPINION, false);
}

int
cmd_critique(struct cmd *c)
{
	return give_text(
	    c, "critique", MSG_WHAT_CRITIQUE, MSG_DONE_CRITIQUE, false);
}

int
cmd_propose(struct cmd *c)
{
	json_t *params, *receipt;
	int r = cmd_open(c, WHO_EITHER);
	char *text;

	if (r != EXIT_OK)
		return r;
	text = cmd_text(c, 0, message(c->words, MSG_WHAT_STATEMENT), &r);
	if (text == NULL)
		return r;
	params = json_pack("{s:s}", "text", text);
	free(text);
	if (params == NULL)
		return cmd_usage(c, "the text is not valid UTF-8");
	give_key(params);
	r = cmd_call(c, "statement.propose", params, &receipt);
	if (r == EXIT_OK)
		give_thank(c, receipt, MSG_DONE_PROPOSAL);
	return r;
}

/* ---- ballots ---- */

static int
add_ratings(struct cmd *c, json_t *params, const char *member,
    const char *given, const json_t *ids)
{
	struct err err;
	json_t *ratings;

	if (given == NULL)
		return EXIT_OK;
	ratings = letters_ratings(given, ids, &err);
	if (ratings == NULL)
		return cmd_fail(c, EXIT_USAGE, &err);
	json_object_set_new(params, member, ratings);
	return EXIT_OK;
}

/* The letters are those of this person's own view of the slate. */
static int
open_slate(struct cmd *c, json_t **ids)
{
	json_t *view;
	int r = cmd_open(c, WHO_PERSON);

	if (r == EXIT_OK)
		r = cmd_view(c, &view);
	if (r != EXIT_OK)
		return r;
	if (view_is(view, "ballot"))
		*ids = view_slate(view);
	else
		r = view_refuse(c, view, MSG_ERROR_NO_BALLOT, NULL);
	json_decref(view);
	return r;
}

static void
say_ballot(struct cmd *c, const json_t *ranking, const json_t *ids)
{
	char *order, *text;

	if (c->json)
		return;
	order = letters_of(ranking, ids);
	text = message_text(c->words, MSG_YOU_RANKED, "ranking", order, NULL);
	term_say(&c->out, 0, STYLE_PLAIN, "%s", text);
	free(text);
	free(order);
}

int
cmd_ballot(struct cmd *c)
{
	json_t *params, *ranking, *ids, *receipt;
	struct err err;
	int r;

	if (cmd_flag(c, "take-back"))
		return give_take_back(c, "ballot");
	if (c->nargs == 0)
		return cmd_usage(c, "a ranking is missing, such as \"A>B=C\"");
	r = open_slate(c, &ids);
	if (r != EXIT_OK)
		return r;
	ranking = letters_ranking(c->args[0], ids, &err);
	params = json_object();
	if (ranking == NULL)
		r = cmd_fail(c, EXIT_USAGE, &err);
	else
		json_object_set(params, "ranking", ranking);
	if (r == EXIT_OK)
		r = add_ratings(
		    c, params, "agreement", cmd_option(c, "agreement", 0), ids);
	if (r == EXIT_OK)
		r = add_ratings(
		    c, params, "quality", cmd_option(c, "quality", 0), ids);
	if (r == EXIT_OK) {
		give_key(params);
		r = cmd_call(
		    c, "contribution.ballot", json_incref(params), &receipt);
	}
	if (r == EXIT_OK) {
		say_ballot(c, ranking, ids);
		give_thank(c, receipt, MSG_DONE_BALLOT);
	}
	json_decref(params);
	json_decref(ranking);
	json_decref(ids);
	return r;
}

int
cmd_rate(struct cmd *c)
{
	json_t *params = json_object(), *ids, *receipt;
	int r;

	if (c->nargs == 0 && cmd_option(c, "quality", 0) == NULL) {
		json_decref(params);
		return cmd_usage(c, "ratings are missing, such as \"6 5 3\"");
	}
	r = open_slate(c, &ids);
	if (r != EXIT_OK) {
		json_decref(params);
		return r;
	}
	if (c->nargs > 0)
		r = add_ratings(c, params, "agreement", c->args[0], ids);
	if (r == EXIT_OK)
		r = add_ratings(
		    c, params, "quality", cmd_option(c, "quality", 0), ids);
	if (r == EXIT_OK) {
		give_key(params);
		r = cmd_call(
		    c, "contribution.rate", json_incref(params), &receipt);
	}
	if (r == EXIT_OK)
		give_thank(c, receipt, MSG_DONE_RATINGS);
	json_decref(params);
	json_decref(ids);
	return r;
}

/* ---- giving nothing, leaving ---- */

int
cmd_abstain(struct cmd *c)
{
	json_t *view, *receipt;
	int r = cmd_open(c, WHO_PERSON);

	if (r == EXIT_OK)
		r = cmd_view(c, &view);
	if (r != EXIT_OK)
		return r;
	r = cmd_call(c, "contribution.abstain",
	    json_pack("{s:O}", "phase", json_object_get(view, "phase")),
	    &receipt);
	json_decref(view);
	if (r == EXIT_OK)
		give_thank(c, receipt, MSG_DONE_ABSTAINED);
	return r;
}

int
cmd_withdraw(struct cmd *c)
{
	bool erase = cmd_flag(c, "erase");
	json_t *answer;
	int r = cmd_open(c, WHO_PERSON);

	if (r != EXIT_OK)
		return r;
	if (!cmd_flag(c, "yes") &&
	    !cmd_confirm(c, erase ? MSG_LEAVE_ERASE : MSG_LEAVE_KEEP)) {
		term_say(&c->err, 0, STYLE_PLAIN, "%s",
		    message(c->words, MSG_LEAVE_NOT));
		return EXIT_REFUSED;
	}
	r = cmd_call(c, "participant.withdraw",
	    json_pack("{s:s}", "mode", erase ? "erase" : "keep"), &answer);
	if (r != EXIT_OK)
		return r;
	if (!cmd_json(c, answer)) {
		if (erase)
			cmd_say(c, MSG_LEAVE_ERASED, "#n",
			    (long long)json_integer_value(
				json_object_get(answer, "erased")));
		else {
			cmd_say(c, MSG_LEAVE_KEPT);
			cmd_advise(c, MSG_LEAVE_NEXT);
		}
	}
	json_decref(answer);
	return EXIT_OK;
}
