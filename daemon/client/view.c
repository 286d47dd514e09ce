#include "client/view.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "client/tell.h"

long long
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

bool
view_is(const json_t *view, const char *phase)
{
	return strcmp(json_str(view, "phase"), phase) == 0;
}

bool
view_has_role(const json_t *view, const char *role)
{
	const json_t *roles =
	    json_object_get(json_object_get(view, "you"), "roles");
	const json_t *v;
	size_t i;

	json_array_foreach(roles, i, v) {
		if (strcmp(json_string_value(v), role) == 0)
			return true;
	}
	return false;
}

/* What a facilitator looks at before the vote has letters too. */
static const json_t *
shown_now(const json_t *view)
{
	const json_t *review = json_object_get(view, "review");

	return json_array_size(review) > 0 ? review
					   : json_object_get(view, "slate");
}

json_t *
view_slate(const json_t *view)
{
	json_t *ids = json_array(), *st;
	size_t i;

	json_array_foreach(shown_now(view), i, st) {
		json_array_append(ids, json_object_get(st, "statement"));
	}
	return ids;
}

/* Whether the phase waits for contributions. */
static bool
asks_people(const json_t *view)
{
	return json_array_size(json_object_get(view, "asks")) > 0;
}

bool
view_waits(const json_t *view)
{
	const json_t *you = json_object_get(view, "you");

	return asks_people(view) &&
	       json_object_get(you, "participant") != NULL &&
	       !json_yes(you, "complete") && !json_yes(you, "abstained");
}

const char *
view_person(const json_t *view, const char *who, size_t *n)
{
	const json_t *p;
	const char *id, *name, *found = NULL;
	size_t i;

	*n = 0;
	json_array_foreach(json_object_get(view, "participants"), i, p) {
		id = json_string_value(json_object_get(p, "participant"));
		name = json_string_value(json_object_get(p, "name"));
		if (id == NULL)
			continue;
		if (strcmp(id, who) == 0) {
			*n = 1;
			return id;
		}
		if (strncmp(id, who, strlen(who)) == 0 ||
		    (name != NULL && strcasecmp(name, who) == 0)) {
			found = id;
			++*n;
		}
	}
	return found;
}

/* ---- one line ---- */

/* A sentence of the table behind what stands there; the text is taken. */
static void
add_part(struct buf *b, const char *between, char *text)
{
	buf_adds(b, between);
	buf_adds(b, text);
	free(text);
}

static void
add_count(struct buf *b, const struct messages *m, enum message id,
    long long done, long long of)
{
	add_part(b, " · ", message_text(m, id, "#done", done, "#of", of, NULL));
}

static void
add_jobs(
    struct buf *b, const struct messages *m, enum message id, const json_t *j)
{
	if (json_num(j, "of") == 0)
		return;
	add_count(b, m, id, json_num(j, "done"), json_num(j, "of"));
	if (json_num(j, "failed") > 0)
		add_part(b, "",
		    message_text(m, MSG_LINE_FAILED, "#failed",
			json_num(j, "failed"), NULL));
}

static void
add_budget(struct buf *b, const struct messages *m, const json_t *view)
{
	long long most =
	    json_num(json_object_get(view, "settings"), "budget_calls");

	if (most > 0)
		add_count(b, m, MSG_LINE_CALLS, json_num(view, "calls"), most);
}

static void
add_progress(struct buf *b, const struct messages *m, const json_t *view)
{
	const json_t *progress = json_object_get(view, "progress");
	const json_t *jobs = json_object_get(view, "jobs");
	static const struct {
		const char *phase;
		enum message id;
	} rows[] = {{"position", MSG_LINE_POSITION},
	    {"opinion", MSG_LINE_OPINION}, {"ballot", MSG_LINE_BALLOT},
	    {"critique", MSG_LINE_CRITIQUE},
	    {"preference", MSG_LINE_PREFERENCE}, {"dissent", MSG_LINE_DISSENT},
	    {"position_after", MSG_LINE_POSITION_AFTER},
	    {"survey", MSG_LINE_SURVEY}};
	const size_t n = sizeof rows / sizeof *rows;
	size_t i;

	if (view_is(view, "lobby")) {
		add_count(b, m, MSG_LINE_LOBBY,
		    json_num(json_object_get(view, "people"), "present"), 0);
	} else if (view_is(view, "draft")) {
		add_jobs(
		    b, m, MSG_LINE_DRAFTS, json_object_get(jobs, "drafts"));
		add_jobs(b, m, MSG_LINE_PREDICTIONS,
		    json_object_get(jobs, "predictions"));
		add_budget(b, m, view);
	} else {
		for (i = 0; i < n; i++)
			if (view_is(view, rows[i].phase))
				break;
		if (i < n)
			add_count(b, m, rows[i].id, json_num(progress, "done"),
			    json_num(progress, "of"));
	}
}

static void
add_clock(struct buf *b, const struct messages *m, long long left)
{
	char *time = duration_text(m, left);

	add_part(b, " · ", message_text(m, MSG_LINE_LEFT, "time", time, NULL));
	free(time);
}

const char *
view_phase(const struct messages *m, const char *phase)
{
	return message_named(m, "name", phase, phase);
}

char *
view_line(const struct messages *m, const json_t *view, long long now)
{
	long long wake = json_num(view, "wake_at");
	struct buf b = {0};

	if (json_yes(view, "concluded"))
		return xstrdup(view_phase(m, "concluded"));
	buf_adds(&b, view_phase(m, json_str(view, "phase")));
	if (json_num(view, "round") > 0)
		add_part(&b, "",
		    message_text(m, MSG_LINE_ROUND, "#round",
			json_num(view, "round"), "#rounds",
			json_num(view, "rounds"), NULL));
	add_progress(&b, m, view);
	if (json_yes(view, "paused"))
		buf_addf(&b, " · %s", message(m, MSG_LINE_PAUSED));
	else if (wake > 0 && now > 0)
		add_clock(&b, m, wake - now);
	if (json_yes(view, "asked"))
		buf_addf(&b, " · %s", message(m, MSG_LINE_ASKED));
	return buf_take(&b);
}

/* ---- what to do ---- */

static char *
advice(const struct messages *m, enum message id, const char *suffix)
{
	return message_text(m, id, "suffix", suffix, NULL);
}

static char *
advice_chair(const struct messages *m, const json_t *view, const char *suffix)
{
	if (json_yes(view, "asked"))
		return advice(m, MSG_ADVICE_ASKED, suffix);
	if (json_yes(view, "paused"))
		return advice(m, MSG_ADVICE_PAUSED, suffix);
	if (view_is(view, "review"))
		return advice(m, MSG_ADVICE_REVIEW, suffix);
	if (view_is(view, "lobby"))
		return advice(m, MSG_ADVICE_LOBBY, suffix);
	return advice(m, MSG_ADVICE_CHAIR, suffix);
}

static char *
advice_person(const struct messages *m, const json_t *view, const char *suffix)
{
	static const struct {
		const char *phase, *how;
	} ways[] = {{"opinion", "opinion \"…\""},
	    {"critique", "critique \"…\""}, {"position", "position 1..7"},
	    {"preference", "prefer A"}, {"dissent", "dissent \"…\""},
	    {"position_after", "position 1..7"}, {"survey", "survey"}};
	const json_t *you = json_object_get(view, "you");
	bool done = json_yes(you, "complete") || json_yes(you, "abstained");
	size_t i;

	if (view_is(view, "ballot") && !done)
		return advice(m, MSG_ADVICE_BALLOT, suffix);
	for (i = 0; i < sizeof ways / sizeof *ways; i++)
		if (view_is(view, ways[i].phase) && !done)
			return message_text(m, MSG_ADVICE_GIVE, "how",
			    ways[i].how, "suffix", suffix, NULL);
	return advice(m,
	    view_is(view, "lobby") ? MSG_ADVICE_WAIT_LOBBY : MSG_ADVICE_WAIT,
	    suffix);
}

char *
view_advice(const struct messages *m, const json_t *view, const char *suffix)
{
	const json_t *you = json_object_get(view, "you");

	if (json_yes(view, "concluded"))
		return advice(m, MSG_ADVICE_CONCLUDED, suffix);
	/* Who facilitates and takes part gives their own first. */
	if (json_object_get(you, "participant") != NULL &&
	    (!view_has_role(view, "facilitator") || view_waits(view)))
		return advice_person(m, view, suffix);
	if (view_has_role(view, "facilitator"))
		return advice_chair(m, view, suffix);
	return advice(m, MSG_ADVICE_WATCH, suffix);
}

int
view_refuse(
    struct cmd *c, const json_t *view, enum message id, const char *what)
{
	char phase[64], asked[64];
	struct err err;

	snprintf(phase, sizeof phase, "name.%s", json_str(view, "phase"));
	snprintf(asked, sizeof asked, "name.%s", what != NULL ? what : "");
	err_say(&err, ERR_WRONG_PHASE, "phase", id, "@phase", phase, "@what",
	    asked, NULL);
	return cmd_fail(c, EXIT_REFUSED, &err);
}

void
view_tell_next(struct cmd *c, const json_t *view)
{
	char *suffix = cmd_suffix(c);

	cmd_advise_taken(c, view_advice(c->words, view, suffix));
	free(suffix);
}

void
view_advise(struct cmd *c)
{
	struct err err;
	json_t *view;

	if (c->json || cmd_try(c, "session.get", NULL, &view, &err) != LINK_OK)
		return;
	view_tell_next(c, view);
	json_decref(view);
}

/* ---- the whole of it ---- */

/* Labels stand in a column as wide as the widest of the language. */
static int
label_columns(const struct term *t)
{
	static const enum message labels[] = {MSG_LABEL_SESSION,
	    MSG_LABEL_PHASE, MSG_LABEL_YOU, MSG_LABEL_INVITE};
	size_t i, width, widest = 0;

	for (i = 0; i < sizeof labels / sizeof *labels; i++) {
		width = text_width(message(t->words, labels[i]));
		widest = width > widest ? width : widest;
	}
	return (int)widest + 2;
}

void
view_label(struct term *t, enum message label, const char *text)
{
	term_text(
	    t, 0, label_columns(t), STYLE_DIM, message(t->words, label), text);
}

static void
print_you(struct term *t, const json_t *view)
{
	const json_t *you = json_object_get(view, "you"), *role;
	const json_t *roles = json_object_get(you, "roles");
	struct buf b = {0};
	size_t i;

	json_array_foreach(roles, i, role) {
		buf_addf(&b, "%s%s", i > 0 ? ", " : "",
		    message_named(t->words, "role", json_string_value(role),
			json_string_value(role)));
	}
	if (*json_str(you, "participant") != '\0')
		buf_addf(&b, " (%s)", json_str(you, "participant"));
	if (json_yes(you, "abstained"))
		buf_addf(&b, "; %s", message(t->words, MSG_YOU_ABSTAINED));
	else if (json_yes(you, "complete") && asks_people(view))
		buf_addf(&b, "; %s", message(t->words, MSG_YOU_GIVEN));
	if (b.len > 0)
		view_label(t, MSG_LABEL_YOU, b.data);
	buf_free(&b);
}

/* "Ann · p-hur464 · has given"; who is gone has no part in the phase. */
static void
print_person(struct term *t, const json_t *view, const json_t *p)
{
	const char *name = json_str(p, "name"),
		   *presence = json_str(p, "presence");
	struct buf b = {0};

	if (*name != '\0')
		buf_addf(&b, "%s · ", name);
	buf_adds(&b, json_str(p, "participant"));
	if (strcmp(presence, "present") != 0)
		buf_addf(&b, " · %s",
		    message_named(t->words, "presence", presence, presence));
	else if (json_object_get(p, "complete") != NULL && asks_people(view))
		buf_addf(&b, " · %s",
		    message(t->words, json_yes(p, "complete")
					  ? MSG_PEOPLE_GIVEN
					  : MSG_PEOPLE_WAITING));
	term_say(t, 2, STYLE_PLAIN, "%s", b.data);
	buf_free(&b);
}

static void
print_people(struct term *t, const json_t *view)
{
	const json_t *people = json_object_get(view, "people"), *p;
	size_t i;
	char *text;

	view_label(t, MSG_LABEL_PEOPLE, "");
	text = message_text(t->words, MSG_PEOPLE_COUNT, "#present",
	    json_num(people, "present"), "#joined", json_num(people, "joined"),
	    "#quorum", json_num(people, "quorum"), NULL);
	term_say(t, 2, STYLE_PLAIN, "%s", text);
	free(text);
	json_array_foreach(json_object_get(view, "participants"), i, p) {
		print_person(t, view, p);
	}
}

static void
print_options(struct term *t, const json_t *options)
{
	char letter[2] = "A";
	const json_t *o;
	size_t i;

	json_array_foreach(options, i, o) {
		letter[0] = (char)('A' + i);
		term_text(t, 2, 5, STYLE_MARK, letter,
		    *json_str(o, "text") != '\0' ? json_str(o, "text")
						 : json_str(o, "option"));
	}
}

static void
print_item(struct term *t, const json_t *item)
{
	const json_t *choices = json_object_get(item, "choices"), *v;
	struct buf b = {0};
	char *range;
	size_t i;

	term_text(
	    t, 2, 18, STYLE_MARK, json_str(item, "id"), json_str(item, "text"));
	json_array_foreach(choices, i, v) {
		buf_addf(&b, "%s%zu %s", i > 0 ? " · " : "", i + 1,
		    json_string_value(v));
	}
	if (b.len > 0)
		term_say(t, 18, STYLE_DIM, "%s", b.data);
	else if (json_num(item, "max") > 0) {
		range = message_text(t->words, MSG_ASK_RANGE, "#max",
		    json_num(item, "max"), NULL);
		term_say(t, 18, STYLE_DIM, "%s", range);
		free(range);
	}
	buf_free(&b);
}

/* What a position is about. */
static void
print_affirming(struct term *t, const json_t *view, const json_t *ask)
{
	if (strncmp(json_str(ask, "slot"), "position", 8) == 0)
		term_quote(t, 2,
		    json_str(json_object_get(view, "question"), "affirming"));
}

static void
print_ask(struct term *t, const json_t *ask)
{
	const char *slot = json_str(ask, "slot"), *help;
	char *text;

	help = message_named(t->words, "slot", slot, json_str(ask, "help"));
	if (json_num(ask, "max") == 0) {
		term_say(t, 0, STYLE_PLAIN, "%s", help);
		return;
	}
	text = message_text(t->words, MSG_ASK_SCALE, "help", help, "low",
	    message_named(t->words, "low", slot, json_str(ask, "low")), "#max",
	    json_num(ask, "max"), "high",
	    message_named(t->words, "high", slot, json_str(ask, "high")), NULL);
	term_say(t, 0, STYLE_PLAIN, "%s", text);
	free(text);
}

void
view_asks(struct term *t, const json_t *view)
{
	const json_t *ask, *item, *items;
	size_t i, k;

	json_array_foreach(json_object_get(view, "asks"), i, ask) {
		if (strcmp(json_str(ask, "kind"), "choice") != 0)
			continue;
		term_blank(t);
		print_ask(t, ask);
		print_affirming(t, view, ask);
		print_options(t, json_object_get(ask, "options"));
		items = json_object_get(ask, "items");
		json_array_foreach(items, k, item) {
			print_item(t, item);
		}
	}
}

static void
print_statements(struct term *t, const json_t *view)
{
	const json_t *slate = json_object_get(view, "slate");
	const json_t *done = json_object_get(view, "rounds_done"), *last;
	size_t n = json_array_size(done);
	char *head;

	last = n > 0 ? json_array_get(done, n - 1) : NULL;
	if (view_is(view, "ballot") && json_array_size(slate) > 0) {
		term_blank(t);
		term_say(t, 0, STYLE_HEAD, "%s",
		    message(t->words, MSG_NOTICE_SLATE));
		tell_slate(t, slate);
	} else if (last != NULL && !json_yes(view, "concluded") &&
		   !view_is(view, "preference") &&
		   *json_str(last, "text") != '\0') {
		term_blank(t);
		head = message_text(t->words, MSG_NOTICE_WINNER, "#round",
		    json_num(last, "round"), NULL);
		term_say(t, 0, STYLE_HEAD, "%s", head);
		free(head);
		term_quote(t, 2, json_str(last, "text"));
	}
}

const char *
view_help(const struct messages *m, const json_t *view)
{
	return message_named(
	    m, "phase", json_str(view, "phase"), json_str(view, "phase_help"));
}

void
view_print(struct term *t, const json_t *view)
{
	const json_t *question = json_object_get(view, "question");
	const json_t *result = json_object_get(view, "result");
	char *line = view_line(t->words, view, now_ms());
	json_t *ids;

	term_say(t, 0, STYLE_HEAD, "%s", json_str(question, "text"));
	term_blank(t);
	view_label(t, MSG_LABEL_SESSION, json_str(view, "session"));
	view_label(t, MSG_LABEL_PHASE, line);
	term_say(
	    t, label_columns(t), STYLE_PLAIN, "%s", view_help(t->words, view));
	print_you(t, view);
	print_people(t, view);
	print_statements(t, view);
	view_asks(t, view);
	if (json_array_size(json_object_get(view, "review")) > 0) {
		term_blank(t);
		term_say(t, 0, STYLE_HEAD, "%s",
		    message(t->words, MSG_NOTICE_REVIEW));
		tell_slate(t, json_object_get(view, "review"));
	}
	term_blank(t);
	if (json_is_object(result)) {
		ids = view_slate(view);
		tell_result(t, result,
		    json_string_value(json_object_get(result, "text")), ids);
		json_decref(ids);
		term_blank(t);
	}
	free(line);
}
