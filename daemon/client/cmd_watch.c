/*
 * caucus watch: follows a session until it ends.  On a terminal the last line
 * is alive; what has happened scrolls up above it.  Elsewhere every change is
 * a plain line.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "client/news.h"
#include "client/view.h"

#define TICK_MS	     1000
#define BACKOFF_MS   200
#define BACKOFF_MAX  5000
#define GIVE_UP_SECS 300

struct watch {
	struct cmd *c;
	struct news news;
	char *last; /* the line said last, without a terminal */
};

static enum link_answer
on_note(struct watch *w, json_t *note, struct err *err)
{
	const json_t *params = json_object_get(note, "params");
	const char *method = json_string_value(json_object_get(note, "method"));

	cmd_json(w->c, note);
	if (w->c->json)
		fflush(w->c->out.f);
	if (method == NULL)
		return LINK_OK;
	if (strcmp(method, "event") == 0)
		news_event(
		    &w->news, json_object_get(params, "event"), w->c->json);
	else if (strcmp(method, "notice") == 0)
		return news_notice(&w->news, params, w->c->json, err);
	return LINK_OK;
}

/* ---- the live line ---- */

static void
show_line(struct watch *w)
{
	char *line;

	if (w->c->json || w->news.concluded)
		return;
	if (w->c->out.tty) {
		line = view_line(w->c->words, w->news.view, now_ms());
		term_live(&w->c->out, line);
		free(line);
		return;
	}
	line = view_line(
	    w->c->words, w->news.view, 0); /* the time left is no news */
	if (w->last == NULL || strcmp(w->last, line) != 0) {
		term_say(&w->c->out, 0, STYLE_PLAIN, "%s", line);
		fflush(w->c->out.f);
		free(w->last);
		w->last = line;
	} else
		free(line);
}

/* ---- going on ---- */

/* The daemon is gone: look for it, ever less often, and take up the thread. */
static int
come_back(struct watch *w, struct err *err)
{
	const char *given = cmd_option(w->c, "give-up", 0);
	long long until = now_ms() + 1000 * (given != NULL ? cmd_seconds(given)
							   : GIVE_UP_SECS);
	int wait = BACKOFF_MS;
	struct timespec pause;
	enum link_answer a;
	char *text;

	text =
	    message_text(w->c->words, MSG_WATCH_GONE, "why", err->text, NULL);
	term_say(&w->c->err, 0, STYLE_WARN, "%s", text);
	free(text);
	while (now_ms() < until) {
		pause = (struct timespec){wait / 1000, wait % 1000 * 1000000L};
		nanosleep(&pause, NULL);
		wait = wait * 2 < BACKOFF_MAX ? wait * 2 : BACKOFF_MAX;
		a = cmd_reopen(w->c, err);
		if (a == LINK_OK)
			a = news_subscribe(&w->news, err);
		if (a == LINK_OK) {
			term_say(&w->c->err, 0, STYLE_DIM, "%s",
			    message(w->c->words, MSG_WATCH_BACK));
			return EXIT_OK;
		}
		if (a == LINK_REFUSED && err->code != ERR_STALE)
			return cmd_fail(w->c, EXIT_REFUSED, err);
	}
	return cmd_fail(w->c, EXIT_UNREACHABLE, err);
}

/* One turn: a notification, or a second without one. */
static int
turn(struct watch *w)
{
	enum link_answer a;
	struct err err;
	json_t *note;
	int got =
	    link_next(w->c->link, w->news.changed ? 100 : TICK_MS, &note, &err);

	if (got == 1) {
		a = on_note(w, note, &err);
		json_decref(note);
		if (a == LINK_REFUSED && err.code == ERR_BAD_TOKEN)
			return cmd_fail(w->c, EXIT_REFUSED, &err);
		if (a != LINK_OK)
			got = LINK_DOWN;
	} else if (got == 0) {
		/* Everything that was waiting has been seen. */
		if (w->news.changed && !w->c->json &&
		    news_refresh(&w->news, &err) == LINK_DOWN)
			got = LINK_DOWN;
		show_line(w);
	}
	return got == LINK_DOWN ? come_back(w, &err) : EXIT_OK;
}

int
cmd_watch(struct cmd *c)
{
	const char *given = cmd_option(c, "give-up", 0);
	struct watch w = {.c = c, .news = {.c = c}};
	struct err err;
	int r;

	if (given != NULL && cmd_seconds(given) == -1)
		return cmd_usage(c, "--give-up wants a time such as 5m");
	r = cmd_open(c, WHO_READER);
	if (r == EXIT_OK)
		r = cmd_view(c, &w.news.view);
	if (r != EXIT_OK)
		return r;
	if (!c->json) {
		view_print(&c->out, w.news.view);
		/* What is past has just been shown. */
		w.news.seq =
		    json_integer_value(json_object_get(w.news.view, "seq"));
		w.news.concluded =
		    json_is_true(json_object_get(w.news.view, "concluded"));
		show_line(&w);
	}
	if (!w.news.concluded && news_subscribe(&w.news, &err) != LINK_OK)
		r = cmd_fail(c, EXIT_REFUSED, &err);
	while (r == EXIT_OK && !w.news.concluded)
		r = turn(&w);
	if (r == EXIT_OK && !c->json) {
		term_blank(&c->out);
		view_advise(c);
	}
	news_clear(&w.news);
	free(w.last);
	return r;
}
