/*
 * caucus chat: a session as a conversation.  What the session asks stands
 * before the line being typed; what happens scrolls up above it.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "client/chat.h"
#include "client/give.h"
#include "client/letters.h"
#include "client/prompt.h"
#include "client/typed.h"
#include "client/view.h"

#define BACKOFF_MS  200
#define BACKOFF_MAX 5000

/* ---- saying ---- */

void
chat_complain(struct chat *ch, struct err *err)
{
	err_translate(err, ch->c->words);
	term_say(&ch->c->out, 0, STYLE_WARN, "%s", err->text);
}

/* What may be typed next, when that is something new. */
static void
advise(struct chat *ch)
{
	char *text;

	if (ch->away)
		return;
	text = prompt_advice(ch->c->words, ch->news.view, ch->answers);
	if (ch->advised != NULL && strcmp(ch->advised, text) == 0) {
		free(text);
		return;
	}
	free(ch->advised);
	ch->advised = text;
	cmd_advise_taken(ch->c, xstrdup(text));
}

static void
set_prompt(struct chat *ch)
{
	struct term *t = &ch->c->out;
	char *prompt;

	if (ch->away)
		prompt = xasprintf(
		    "%s > ", message(ch->c->words, MSG_CHAT_WANT_AWAY));
	else
		prompt = prompt_text(ch->c->words, ch->news.view,
		    editor_plain(ch->editor) ? 0 : now_ms(), (size_t)t->width);
	editor_prompt(ch->editor, prompt);
	free(prompt);
}

/* ---- a daemon that goes and comes ---- */

static void
lose(struct chat *ch)
{
	if (ch->away)
		return;
	ch->away = true;
	ch->try_ms = BACKOFF_MS;
	ch->try_at = now_ms() + ch->try_ms;
	term_say(&ch->c->out, 0, STYLE_WARN, "%s",
	    message(ch->c->words, MSG_CHAT_AWAY));
}

static void
forget_kept(struct chat *ch)
{
	json_decref(ch->kept.params);
	ch->kept = (struct chat_kept){.method = NULL};
}

/* Sends what waits; it goes on waiting when the daemon is gone again. */
static void
send_kept(struct chat *ch)
{
	json_t *receipt = NULL;
	enum link_answer a;
	struct err err;

	if (ch->kept.method == NULL || ch->away)
		return;
	a = cmd_try(ch->c, ch->kept.method, json_deep_copy(ch->kept.params),
	    &receipt, &err);
	if (a == LINK_DOWN) {
		lose(ch);
		term_say(&ch->c->out, 0, STYLE_DIM, "%s",
		    message(ch->c->words, MSG_CHAT_KEPT));
		return;
	}
	if (a == LINK_OK)
		give_receipt(ch->c, receipt, ch->kept.done);
	else
		chat_complain(ch, &err);
	json_decref(receipt);
	ch->news.changed = true;
	forget_kept(ch);
}

/* One attempt, when it is time for it. */
static void
come_back(struct chat *ch)
{
	enum link_answer a;
	struct err err;

	if (now_ms() < ch->try_at)
		return;
	a = cmd_reopen(ch->c, &err);
	if (a == LINK_OK)
		a = news_subscribe(&ch->news, &err);
	if (a == LINK_OK)
		a = news_refresh(&ch->news, &err);
	if (a == LINK_OK) {
		ch->away = false;
		term_say(&ch->c->out, 0, STYLE_DIM, "%s",
		    message(ch->c->words, MSG_CHAT_BACK));
		send_kept(ch);
		return;
	}
	if (a == LINK_REFUSED && err.code == ERR_BAD_TOKEN) {
		ch->code = cmd_fail(ch->c, EXIT_REFUSED, &err);
		ch->over = true;
	}
	ch->try_ms =
	    ch->try_ms * 2 < BACKOFF_MAX ? ch->try_ms * 2 : BACKOFF_MAX;
	ch->try_at = now_ms() + ch->try_ms;
}

bool
chat_call(struct chat *ch, const char *method, json_t *params, json_t **result)
{
	enum link_answer a;
	struct err err;

	if (ch->away) {
		json_decref(params);
		err_say(&err, ERR_SHUTTING_DOWN, NULL, MSG_CHAT_LATER, NULL);
		chat_complain(ch, &err);
		return false;
	}
	a = cmd_try(ch->c, method, params, result, &err);
	ch->news.changed = true;
	if (a == LINK_OK)
		return true;
	if (a == LINK_DOWN) {
		lose(ch);
		err_say(&err, ERR_SHUTTING_DOWN, NULL, MSG_CHAT_LATER, NULL);
	}
	chat_complain(ch, &err);
	return false;
}

/* Abstaining and taking back are the same however often they are done. */
static bool
takes_key(const char *method)
{
	return strcmp(method, "contribution.abstain") != 0 &&
	       strcmp(method, "contribution.take_back") != 0;
}

void
chat_give(
    struct chat *ch, const char *method, json_t *params, enum message done)
{
	if (ch->kept.method != NULL) {
		json_decref(params);
		cmd_say(ch->c, MSG_CHAT_LATER);
		return;
	}
	if (takes_key(method))
		give_key(params);
	ch->kept = (struct chat_kept){method, params, done};
	if (ch->away)
		term_say(&ch->c->out, 0, STYLE_DIM, "%s",
		    message(ch->c->words, MSG_CHAT_KEPT));
	send_kept(ch);
}

/* ---- what happens ---- */

/* A text that others gave, as far as it may be read: with its number, by
 * which a facilitator can withhold it. */
static void
tell_text(struct chat *ch, const json_t *params)
{
	const json_t *event = json_object_get(params, "event");
	const json_t *sealed = json_object_get(params, "sealed");
	const char *body = json_str(json_object_get(sealed, "text"), "body");
	char *head;

	/* What the reader gave carries who gave it, or comes as a receipt. */
	if (strcmp(json_str(event, "type"), "contribution.given") != 0 ||
	    *body == '\0' || json_object_get(sealed, "by") != NULL)
		return;
	head = message_text(
	    ch->c->words, MSG_CHAT_TEXT, "#seq", json_num(event, "seq"), NULL);
	term_say(&ch->c->out, 0, STYLE_DIM, "%s", head);
	term_quote(&ch->c->out, 2, body);
	free(head);
}

static enum link_answer
on_note(struct chat *ch, json_t *note, struct err *err)
{
	const json_t *params = json_object_get(note, "params");
	const json_t *event = json_object_get(params, "event");
	const char *method = json_str(note, "method");
	bool quiet;

	if (strcmp(method, "event") == 0) {
		quiet = json_integer_value(json_object_get(event, "seq")) <=
			ch->past;
		news_event(&ch->news, event, quiet);
		if (!quiet)
			tell_text(ch, params);
	} else if (strcmp(method, "notice") == 0)
		return news_notice(&ch->news, params, false, err);
	return LINK_OK;
}

/* Everything that has come in: LINK_OK when that is all. */
static enum link_answer
take_notes(struct chat *ch, struct err *err)
{
	enum link_answer a = LINK_OK;
	json_t *note;
	int got;

	while (a == LINK_OK &&
	       (got = link_next(ch->c->link, 0, &note, err)) != 0) {
		if (got == LINK_DOWN)
			return LINK_DOWN;
		a = on_note(ch, note, err);
		json_decref(note);
	}
	return a;
}

/* A new phase asks a survey from its first question on. */
static enum link_answer
renew(struct chat *ch, struct err *err)
{
	enum link_answer a = news_refresh(&ch->news, err);

	if (a == LINK_OK && !view_is(ch->news.view, "survey"))
		json_object_clear(ch->answers);
	return a;
}

static bool
waiting(const struct chat *ch)
{
	struct pollfd p = {
	    .fd = ch->away ? -1 : link_fd(ch->c->link), .events = POLLIN};

	return ch->away ? now_ms() >= ch->try_at
			: ch->news.changed || poll(&p, 1, 0) > 0;
}

/* The view is asked for when all that came before it has been told; what
 * came in meanwhile is told then. */
static enum link_answer
take_all(struct chat *ch, struct err *err)
{
	enum link_answer a;

	for (;;) {
		a = take_notes(ch, err);
		if (a != LINK_OK || !ch->news.changed)
			return a;
		a = renew(ch, err);
		if (a != LINK_OK)
			return a;
	}
}

/* Tells what has happened since it was called last. */
static void
catch_up(struct chat *ch)
{
	enum link_answer a;
	struct err err;

	if (ch->away)
		come_back(ch);
	if (ch->away || ch->over)
		return;
	a = take_all(ch, &err);
	if (a == LINK_DOWN)
		lose(ch);
	else if (a == LINK_REFUSED) {
		ch->code = cmd_fail(ch->c, EXIT_REFUSED, &err);
		ch->over = true;
	} else
		advise(ch);
}

/* The line is taken away only when there is something to say. */
static void
speak_up(struct chat *ch)
{
	FILE *screen = ch->c->out.f;
	char *said = NULL;
	size_t len = 0;

	term_resize(&ch->c->out);
	ch->c->out.f = open_memstream(&said, &len);
	if (ch->c->out.f == NULL)
		ch->c->out.f = screen;
	catch_up(ch);
	if (ch->c->out.f != screen)
		fclose(ch->c->out.f);
	ch->c->out.f = screen;
	if (len > 0) {
		editor_hide(ch->editor);
		fwrite(said, 1, len, screen);
	}
	free(said);
}

static bool
idle_cb(void *arg)
{
	struct chat *ch = arg;

	if (waiting(ch) && !editor_busy(ch->editor))
		speak_up(ch);
	set_prompt(ch);
	return !ch->over;
}

static int
fd_cb(void *arg)
{
	const struct chat *ch = arg;

	return ch->away ? -1 : link_fd(ch->c->link);
}

static const char *
complete_cb(void *arg, const char *start, size_t n)
{
	return chat_command_named(arg, start, n);
}

/* ---- what is typed ---- */

/* Without those that were left out. */
static json_t *
answers_given(const struct chat *ch)
{
	json_t *given = json_object(), *v;
	const char *id;

	json_object_foreach(ch->answers, id, v) {
		if (!json_is_null(v))
			json_object_set(given, id, v);
	}
	return given;
}

void
chat_survey(struct chat *ch)
{
	const json_t *ask = typed_wanted(ch->news.view);
	json_t *given;

	if (typed_item(ask, ch->answers) != NULL)
		return;
	given = answers_given(ch);
	if (json_object_size(given) > 0)
		chat_give(ch, "contribution.choose",
		    json_pack("{s:s,s:O}", "slot", "survey", "answers", given),
		    MSG_DONE_SURVEY);
	else
		chat_command(ch, "abstain", "");
	json_decref(given);
}

/* How a ranking was understood, before it is confirmed. */
static void
say_ranking(struct chat *ch, const json_t *params)
{
	const json_t *ranking = json_object_get(params, "ranking");
	json_t *ids = view_slate(ch->news.view);
	char *order;

	if (ranking != NULL) {
		order = letters_of(ranking, ids);
		cmd_say(ch->c, MSG_YOU_RANKED, "ranking", order);
		free(order);
	}
	json_decref(ids);
}

static void
on_line(struct chat *ch, const char *line)
{
	struct typed t;
	struct err err;

	if (typed_read(
		ch->c->words, ch->news.view, ch->answers, line, &t, &err) == -1)
		chat_complain(ch, &err);
	else if (t.kind == TYPED_COMMAND)
		chat_command(ch, t.name, t.rest);
	else if (t.kind == TYPED_ANSWER) {
		json_object_set(ch->answers, t.item, t.answer);
		chat_survey(ch);
	} else if (t.kind == TYPED_GIFT) {
		say_ranking(ch, t.params);
		chat_give(ch, t.method, json_incref(t.params), t.done);
	}
	/* Who erred, or typed nothing, is told once more what to type. */
	if (t.kind == TYPED_NOTHING) {
		free(ch->advised);
		ch->advised = NULL;
	}
	typed_clear(&t);
}

static void
converse(struct chat *ch)
{
	char *line;

	while (!ch->over) {
		term_resize(&ch->c->out);
		catch_up(ch);
		set_prompt(ch);
		fflush(ch->c->out.f);
		line = ch->over ? NULL : editor_line(ch->editor);
		if (line == NULL)
			break;
		on_line(ch, line);
		free(line);
	}
}

static void
greet(struct chat *ch)
{
	struct term *t = &ch->c->out;

	view_print(t, ch->news.view);
	term_say(t, 0, STYLE_DIM, "%s", message(t->words, MSG_CHAT_HELLO));
	if (view_is(ch->news.view, "lobby") &&
	    view_has_role(ch->news.view, "facilitator"))
		chat_command(ch, "invite", "");
}

int
cmd_chat(struct cmd *c)
{
	struct chat ch = {.c = c, .news = {.c = c, .chat = true}};
	const struct editor_calls calls = {idle_cb, fd_cb, complete_cb, &ch};
	struct err err;
	int r = cmd_open(c, WHO_READER);

	if (r == EXIT_OK && c->json)
		return cmd_usage(c, "a chat is for people; programs follow a "
				    "session with `caucus watch --json`");
	if (r == EXIT_OK)
		r = cmd_view(c, &ch.news.view);
	if (r != EXIT_OK)
		return r;
	ch.answers = json_object();
	ch.past = json_integer_value(json_object_get(ch.news.view, "seq"));
	ch.editor = editor_open(cmd_flag(c, "plain"), &calls);
	if (cmd_flag(c, "plain"))
		c->out.colour = false;
	greet(&ch);
	/* From the first event on: the last count is asked for by /why. */
	if (news_subscribe(&ch.news, &err) == LINK_OK)
		converse(&ch);
	else
		ch.code = cmd_fail(c, EXIT_REFUSED, &err);
	editor_close(ch.editor);
	forget_kept(&ch);
	news_clear(&ch.news);
	json_decref(ch.answers);
	free(ch.advised);
	return ch.code;
}
