/*
 * caucus watch: follows a session until it ends.  On a terminal the last line
 * is alive; what has happened scrolls up above it.  Elsewhere every change is
 * a plain line.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "client/tell.h"
#include "client/view.h"

#define TICK_MS	     1000
#define BACKOFF_MS   200
#define BACKOFF_MAX  5000
#define GIVE_UP_SECS 300

struct watch {
	struct cmd *c;
	json_t *view;
	json_int_t seq; /* of the last event seen */
	bool changed;	/* since the view was got */
	bool concluded;
	char *last; /* the line said last, without a terminal */
};

static enum link_answer
subscribe(struct watch *w, struct err *err)
{
	return cmd_try(w->c, "session.subscribe",
	    json_pack("{s:I}", "after", w->seq), NULL, err);
}

static const char *
str(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s != NULL ? s : "";
}

/* ---- what has happened ---- */

static enum link_answer
refresh(struct watch *w, struct err *err)
{
	enum link_answer a;
	json_t *view;

	a = cmd_try(w->c, "session.get", NULL, &view, err);
	if (a != LINK_OK)
		return a;
	json_decref(w->view);
	w->view = view;
	w->changed = false;
	return LINK_OK;
}

/* What the critiques are to be about. */
static void
show_winner(struct watch *w)
{
	const json_t *done, *last;

	done = json_object_get(w->view, "rounds_done");
	last = json_array_get(done, json_array_size(done) - 1);
	if (json_is_string(json_object_get(last, "text")))
		term_quote(&w->c->out, 2, str(last, "text"));
}

static void
on_phase(struct watch *w, const json_t *data)
{
	struct term *t = &w->c->out;
	long long round = json_integer_value(json_object_get(data, "round"));
	const char *phase = view_phase(t->words, str(data, "to"));
	char *head = NULL;
	struct err err;

	term_blank(t);
	if (round > 0)
		head = message_text(t->words, MSG_WATCH_ROUND, "phase", phase,
		    "#round", round, NULL);
	term_say(t, 0, STYLE_HEAD, "%s", head != NULL ? head : phase);
	free(head);
	/* Unless it has gone on in the meantime. */
	if (refresh(w, &err) != LINK_OK || !view_is(w->view, str(data, "to")))
		return;
	term_say(t, 2, STYLE_PLAIN, "%s", view_help(t->words, w->view));
	if (view_is(w->view, "critique") || view_is(w->view, "dissent"))
		show_winner(w);
	else
		view_asks(t, w->view);
	if (view_waits(w->view))
		view_tell_next(w->c, w->view);
}

static void
on_slate(struct watch *w, const json_t *data)
{
	struct err err;

	(void)data;
	if (refresh(w, &err) != LINK_OK)
		return;
	term_blank(&w->c->out);
	term_say(&w->c->out, 0, STYLE_HEAD, "%s",
	    message(w->c->out.words, MSG_NOTICE_SLATE));
	tell_slate(&w->c->out, json_object_get(w->view, "slate"));
}

static void
on_tally(struct watch *w, const json_t *data)
{
	json_t *ids = view_slate(w->view);
	char *head;

	term_blank(&w->c->out);
	head = message_text(w->c->out.words, MSG_NOTICE_COUNT, "#round",
	    (long long)json_integer_value(json_object_get(data, "round")),
	    NULL);
	term_say(&w->c->out, 0, STYLE_HEAD, "%s", head);
	free(head);
	tell_tally(&w->c->out, data, ids);
	json_decref(ids);
}

static void
on_asked(struct watch *w, const json_t *data)
{
	(void)data;
	term_say(&w->c->out, 0, STYLE_WARN, "%s",
	    message(w->c->out.words, MSG_NOTICE_ASKED));
}

static void
on_extended(struct watch *w, const json_t *data)
{
	(void)data;
	term_say(&w->c->out, 0, STYLE_PLAIN, "%s",
	    message(w->c->out.words, MSG_NOTICE_EXTENDED));
}

static void
on_paused(struct watch *w, const json_t *data)
{
	(void)data;
	term_say(&w->c->out, 0, STYLE_WARN, "%s",
	    message(w->c->out.words, MSG_NOTICE_PAUSED));
}

static void
on_language(struct watch *w, const json_t *data)
{
	char *text = message_text(w->c->out.words, MSG_NOTICE_LANGUAGE,
	    "#votes",
	    (long long)json_integer_value(json_object_get(data, "votes")),
	    "#of", (long long)json_integer_value(json_object_get(data, "of")),
	    "language", str(data, "language"), NULL);

	term_say(&w->c->out, 0, STYLE_PLAIN, "%s", text);
	free(text);
}

static void
on_flagged(struct watch *w, const json_t *data)
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
		if (strcmp(str(data, "done"), rows[i].done) != 0)
			continue;
		text = message_text(w->c->out.words, rows[i].id, "#seq",
		    (long long)json_integer_value(
			json_object_get(data, "text")),
		    "what",
		    message_named(w->c->out.words, "name", str(data, "what"),
			str(data, "what")),
		    NULL);
		term_say(&w->c->out, 0, STYLE_PLAIN, "%s", text);
		free(text);
	}
}

/* Only a facilitator gets to see them. */
static void
on_review(struct watch *w, const json_t *data)
{
	const json_t *review;
	struct err err;

	(void)data;
	if (refresh(w, &err) != LINK_OK)
		return;
	review = json_object_get(w->view, "review");
	if (json_array_size(review) == 0)
		return;
	term_blank(&w->c->out);
	term_say(&w->c->out, 0, STYLE_HEAD, "%s",
	    message(w->c->out.words, MSG_NOTICE_REVIEW));
	tell_slate(&w->c->out, review);
}

static void
on_resumed(struct watch *w, const json_t *data)
{
	(void)data;
	cmd_say(w->c, MSG_NOTICE_RESUMED);
}

static void
on_concluded(struct watch *w, const json_t *data)
{
	struct err err;
	json_t *ids;
	const json_t *result;

	w->concluded = true;
	if (refresh(w, &err) != LINK_OK)
		return;
	ids = view_slate(w->view);
	result = json_object_get(w->view, "result");
	term_blank(&w->c->out);
	tell_result(&w->c->out, result != NULL ? result : data,
	    json_string_value(json_object_get(result, "text")), ids);
	json_decref(ids);
}

static const struct {
	const char *type;
	void (*tell)(struct watch *w, const json_t *data);
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

static void
on_event(struct watch *w, const json_t *event)
{
	const json_t *seq = json_object_get(event, "seq");
	const char *type = str(event, "type");
	size_t i;

	if (json_is_integer(seq))
		w->seq = json_integer_value(seq);
	w->changed = true;
	if (w->c->json) {
		w->concluded |= strcmp(type, "session.concluded") == 0;
		return;
	}
	for (i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(rows[i].type, type) == 0)
			rows[i].tell(w, json_object_get(event, "data"));
}

static enum link_answer
on_notice(struct watch *w, const json_t *notice, struct err *err)
{
	if (strcmp(str(notice, "kind"), "nudge") == 0 && !w->c->json)
		term_say(&w->c->out, 0, STYLE_WARN, "%s", str(notice, "text"));
	if (strcmp(str(notice, "kind"), "lagging") == 0)
		return subscribe(w, err);
	if (strcmp(str(notice, "kind"), "revoked") == 0) {
		err_set(err, ERR_BAD_TOKEN, "token", "%s", str(notice, "text"));
		return LINK_REFUSED;
	}
	return LINK_OK;
}

static enum link_answer
on_note(struct watch *w, json_t *note, struct err *err)
{
	const json_t *params = json_object_get(note, "params");
	const char *method = str(note, "method");

	cmd_json(w->c, note);
	if (w->c->json)
		fflush(w->c->out.f);
	if (strcmp(method, "event") == 0)
		on_event(w, json_object_get(params, "event"));
	else if (strcmp(method, "notice") == 0)
		return on_notice(w, params, err);
	return LINK_OK;
}

/* ---- the live line ---- */

static void
show_line(struct watch *w)
{
	char *line;

	if (w->c->json || w->concluded)
		return;
	if (w->c->out.tty) {
		line = view_line(w->c->words, w->view, now_ms());
		term_live(&w->c->out, line);
		free(line);
		return;
	}
	line =
	    view_line(w->c->words, w->view, 0); /* the time left is no news */
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
			a = subscribe(w, err);
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
	    link_next(w->c->link, w->changed ? 100 : TICK_MS, &note, &err);

	if (got == 1) {
		a = on_note(w, note, &err);
		json_decref(note);
		if (a == LINK_REFUSED && err.code == ERR_BAD_TOKEN)
			return cmd_fail(w->c, EXIT_REFUSED, &err);
		if (a != LINK_OK)
			got = LINK_DOWN;
	} else if (got == 0) {
		/* Everything that was waiting has been seen. */
		if (w->changed && !w->c->json && refresh(w, &err) == LINK_DOWN)
			got = LINK_DOWN;
		show_line(w);
	}
	return got == LINK_DOWN ? come_back(w, &err) : EXIT_OK;
}

int
cmd_watch(struct cmd *c)
{
	const char *given = cmd_option(c, "give-up", 0);
	struct watch w = {.c = c};
	struct err err;
	int r;

	if (given != NULL && cmd_seconds(given) == -1)
		return cmd_usage(c, "--give-up wants a time such as 5m");
	r = cmd_open(c, WHO_READER);
	if (r == EXIT_OK)
		r = cmd_view(c, &w.view);
	if (r != EXIT_OK)
		return r;
	if (!c->json) {
		view_print(&c->out, w.view);
		/* What is past has just been shown. */
		w.seq = json_integer_value(json_object_get(w.view, "seq"));
		w.concluded =
		    json_is_true(json_object_get(w.view, "concluded"));
		show_line(&w);
	}
	if (!w.concluded && subscribe(&w, &err) != LINK_OK)
		r = cmd_fail(c, EXIT_REFUSED, &err);
	while (r == EXIT_OK && !w.concluded)
		r = turn(&w);
	if (r == EXIT_OK && !c->json) {
		term_blank(&c->out);
		view_advise(c);
	}
	json_decref(w.view);
	free(w.last);
	return r;
}
