#include "client/news.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "client/tell.h"
#include "client/view.h"

/* ---- what has happened ---- */

enum link_answer
news_refresh(struct news *n, struct err *err)
{
	enum link_answer a;
	json_t *view;

	a = cmd_try(n->c, "session.get", NULL, &view, err);
	if (a != LINK_OK)
		return a;
	json_decref(n->view);
	n->view = view;
	n->changed = false;
	return LINK_OK;
}

/* What the critiques are to be about. */
static void
show_winner(struct news *n)
{
	const json_t *done, *last;

	done = json_object_get(n->view, "rounds_done");
	last = json_array_get(done, json_array_size(done) - 1);
	if (json_is_string(json_object_get(last, "text")))
		term_quote(&n->c->out, 2, json_str(last, "text"));
}

static void
on_phase(struct news *n, const json_t *data)
{
	struct term *t = &n->c->out;
	long long round = json_integer_value(json_object_get(data, "round"));
	const char *phase = view_phase(t->words, json_str(data, "to"));
	char *head = NULL;
	struct err err;

	term_blank(t);
	if (round > 0)
		head = message_text(t->words, MSG_WATCH_ROUND, "phase", phase,
		    "#round", round, NULL);
	term_say(t, 0, STYLE_HEAD, "%s", head != NULL ? head : phase);
	free(head);
	/* Unless it has gone on in the meantime. */
	if (news_refresh(n, &err) != LINK_OK ||
	    !view_is(n->view, json_str(data, "to")))
		return;
	term_say(t, 2, STYLE_PLAIN, "%s", view_help(t->words, n->view));
	if (view_is(n->view, "critique") || view_is(n->view, "dissent"))
		show_winner(n);
	else
		view_asks(t, n->view);
	if (!n->chat && view_waits(n->view))
		view_tell_next(n->c, n->view);
}

static void
on_slate(struct news *n, const json_t *data)
{
	struct err err;

	(void)data;
	if (news_refresh(n, &err) != LINK_OK)
		return;
	term_blank(&n->c->out);
	term_say(&n->c->out, 0, STYLE_HEAD, "%s",
	    message(n->c->out.words, MSG_NOTICE_SLATE));
	tell_slate(&n->c->out, json_object_get(n->view, "slate"));
}

static void
on_tally(struct news *n, const json_t *data)
{
	char *head;

	term_blank(&n->c->out);
	head = message_text(n->c->out.words, MSG_NOTICE_COUNT, "#round",
	    json_num(data, "round"), NULL);
	term_say(&n->c->out, 0, STYLE_HEAD, "%s", head);
	free(head);
	tell_tally(&n->c->out, data, n->ids);
}

static void
on_asked(struct news *n, const json_t *data)
{
	(void)data;
	term_say(&n->c->out, 0, STYLE_WARN, "%s",
	    message(
		n->c->out.words, n->chat ? MSG_CHAT_ASKED : MSG_NOTICE_ASKED));
}

static void
on_extended(struct news *n, const json_t *data)
{
	(void)data;
	term_say(&n->c->out, 0, STYLE_PLAIN, "%s",
	    message(n->c->out.words, MSG_NOTICE_EXTENDED));
}

static void
on_paused(struct news *n, const json_t *data)
{
	(void)data;
	term_say(&n->c->out, 0, STYLE_WARN, "%s",
	    message(n->c->out.words, MSG_NOTICE_PAUSED));
}

static void
on_language(struct news *n, const json_t *data)
{
	char *text = message_text(n->c->out.words, MSG_NOTICE_LANGUAGE,
	    "#votes", json_num(data, "votes"), "#of", json_num(data, "of"),
	    "language", json_str(data, "language"), NULL);

	term_say(&n->c->out, 0, STYLE_PLAIN, "%s", text);
	free(text);
}

static void
on_flagged(struct news *n, const json_t *data)
{
	static const struct {
		const char *done;
		enum message id;
	} rows[] = {{"flagged", MSG_NOTICE_FLAGGED},
	    {"neutralised", MSG_NOTICE_NEUTRALISED},
	    {"dropped", MSG_NOTICE_DROPPED}};
	char *text;
	size_t i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (strcmp(json_str(data, "done"), rows[i].done) != 0)
			continue;
		text = message_text(n->c->out.words, rows[i].id, "#seq",
		    json_num(data, "text"), "what",
		    message_named(n->c->out.words, "name",
			json_str(data, "what"), json_str(data, "what")),
		    NULL);
		term_say(&n->c->out, 0, STYLE_PLAIN, "%s", text);
		free(text);
	}
}

/* Only a facilitator gets to see them. */
static void
on_review(struct news *n, const json_t *data)
{
	const json_t *review;
	struct err err;

	(void)data;
	if (news_refresh(n, &err) != LINK_OK)
		return;
	review = json_object_get(n->view, "review");
	if (json_array_size(review) == 0)
		return;
	term_blank(&n->c->out);
	term_say(&n->c->out, 0, STYLE_HEAD, "%s",
	    message(n->c->out.words, MSG_NOTICE_REVIEW));
	tell_slate(&n->c->out, review);
}

static void
on_resumed(struct news *n, const json_t *data)
{
	(void)data;
	cmd_say(n->c, MSG_NOTICE_RESUMED);
}

static void
on_concluded(struct news *n, const json_t *data)
{
	struct err err;
	json_t *ids;
	const json_t *result;

	n->concluded = true;
	if (news_refresh(n, &err) != LINK_OK)
		return;
	ids = view_slate(n->view);
	result = json_object_get(n->view, "result");
	term_blank(&n->c->out);
	tell_result(&n->c->out, result != NULL ? result : data,
	    json_string_value(json_object_get(result, "text")), ids);
	json_decref(ids);
}

static const struct {
	const char *type;
	void (*tell)(struct news *n, const json_t *data);
} rows[] = {
    {"phase.changed", on_phase},
    {"slate.decided", on_slate},
    {"tally.decided", on_tally},
    {"facilitator.asked", on_asked},
    {"deadline.extended", on_extended},
    {"session.extended", on_extended},
    {"session.paused", on_paused},
    {"session.resumed", on_resumed},
    {"language.decided", on_language},
    {"text.flagged", on_flagged},
    {"slate.drafted", on_review},
    {"session.concluded", on_concluded},
};

/* Kept for whoever asks why. */
static void
keep_tally(struct news *n, const json_t *data)
{
	json_t *slate = view_slate(n->view), *ids = NULL;
	const json_t *known = json_object_get(data, "candidates");

	/* Of a round that is past the reader's letters are no longer known. */
	if (json_array_size(slate) > 0 &&
	    json_array_size(slate) >= json_array_size(known))
		ids = json_incref(slate);
	json_decref(slate);
	json_decref(n->tally);
	json_decref(n->ids);
	n->tally = json_incref((json_t *)data);
	n->ids = ids != NULL ? ids : json_copy((json_t *)known);
}

void
news_event(struct news *n, const json_t *event, bool quiet)
{
	const json_t *seq = json_object_get(event, "seq");
	const json_t *data = json_object_get(event, "data");
	const char *type = json_str(event, "type");
	size_t i;

	if (json_is_integer(seq))
		n->seq = json_integer_value(seq);
	n->changed = true;
	n->concluded |= strcmp(type, "session.concluded") == 0;
	if (strcmp(type, "tally.decided") == 0)
		keep_tally(n, data);
	for (i = 0; !quiet && i < sizeof rows / sizeof *rows; i++)
		if (strcmp(rows[i].type, type) == 0)
			rows[i].tell(n, data);
}

enum link_answer
news_subscribe(struct news *n, struct err *err)
{
	enum link_answer a = cmd_try(n->c, "session.subscribe",
	    json_pack("{s:I}", "after", n->seq), NULL, err);

	n->c->follows = a == LINK_OK;
	return a;
}

enum link_answer
news_notice(struct news *n, const json_t *notice, bool quiet, struct err *err)
{
	if (strcmp(json_str(notice, "kind"), "nudge") == 0 && !quiet)
		term_say(
		    &n->c->out, 0, STYLE_WARN, "%s", json_str(notice, "text"));
	if (strcmp(json_str(notice, "kind"), "lagging") == 0)
		return news_subscribe(n, err);
	if (strcmp(json_str(notice, "kind"), "revoked") == 0) {
		err_set(err, ERR_BAD_TOKEN, "token", "%s",
		    json_str(notice, "text"));
		return LINK_REFUSED;
	}
	return LINK_OK;
}

void
news_clear(struct news *n)
{
	json_decref(n->view);
	json_decref(n->tally);
	json_decref(n->ids);
}
