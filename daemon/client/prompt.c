#include "client/prompt.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "choice/ballot.h"
#include "client/term.h"
#include "client/typed.h"
#include "client/view.h"

/* ---- the prompt ---- */

static const char *
wanted_word(const struct messages *m, const json_t *view)
{
	const json_t *ask = typed_wanted(view);

	if (json_yes(view, "concluded"))
		return message(m, MSG_CHAT_WANT_ENDED);
	if (json_yes(view, "paused"))
		return message(m, MSG_CHAT_WANT_PAUSED);
	if (ask != NULL)
		return message_named(m, "chat.want", json_str(ask, "slot"),
		    json_str(ask, "slot"));
	if (view_is(view, "lobby"))
		return message(m, MSG_CHAT_WANT_LOBBY);
	if (view_is(view, "draft"))
		return message(m, MSG_CHAT_WANT_DRAFT);
	return message(m, MSG_CHAT_WANT_WAIT);
}

/* Fresh; NULL when there is nobody to wait for. */
static char *
missing_text(const struct messages *m, const json_t *view)
{
	const json_t *progress = json_object_get(view, "progress");
	const json_t *drafts =
	    json_object_get(json_object_get(view, "jobs"), "drafts");
	long long left = json_num(progress, "of") - json_num(progress, "done");

	if (json_yes(view, "concluded"))
		return NULL;
	if (view_is(view, "lobby"))
		return message_text(m, MSG_CHAT_JOINED, "#n",
		    json_num(json_object_get(view, "people"), "present"), NULL);
	if (view_is(view, "draft") && json_num(drafts, "of") > 0)
		return message_text(m, MSG_CHAT_DRAFTS, "#done",
		    json_num(drafts, "done"), "#of", json_num(drafts, "of"),
		    NULL);
	if (json_array_size(json_object_get(view, "asks")) == 0)
		return NULL;
	return message_text(m, MSG_CHAT_MISSING, "#n", left, NULL);
}

static void
add_piece(struct buf *b, const char *piece, size_t room)
{
	if (piece != NULL &&
	    text_width(b->data) + 3 + text_width(piece) + 3 <= room)
		buf_addf(b, " · %s", piece);
}

char *
prompt_text(
    const struct messages *m, const json_t *view, long long now, size_t width)
{
	long long wake = json_num(view, "wake_at");
	char *missing = missing_text(m, view), *left;
	size_t room = width > 16 ? width - 8 : 8;
	struct buf b = {0};

	buf_adds(&b, wanted_word(m, view));
	add_piece(&b, missing, room);
	if (wake > 0 && now > 0 && !json_yes(view, "paused") &&
	    !json_yes(view, "concluded")) {
		left = duration_text(m, wake - now);
		add_piece(&b, left, room);
		free(left);
	}
	buf_adds(&b, " > ");
	free(missing);
	return buf_take(&b);
}

/* ---- what may be typed ---- */

static char *
advice_item(const struct messages *m, const json_t *item)
{
	const json_t *choices = json_object_get(item, "choices"), *v;
	struct buf b = {0};
	char *text;
	size_t i;

	json_array_foreach(choices, i, v) {
		buf_addf(&b, "%s%zu %s", i > 0 ? " · " : "", i + 1,
		    json_string_value(v));
	}
	if (choices != NULL)
		text = message_text(m, MSG_CHAT_SAY_CHOICES, "question",
		    json_str(item, "text"), "choices", b.data, NULL);
	else if (json_num(item, "max") > 0)
		text = message_text(m, MSG_CHAT_SAY_SCALE, "question",
		    json_str(item, "text"), "#max", json_num(item, "max"),
		    NULL);
	else
		text = message_text(m, MSG_CHAT_SAY_WORDS, "question",
		    json_str(item, "text"), NULL);
	buf_free(&b);
	return text;
}

/* "A > C = B" and "6 5 7" for as many statements as there are. */
static char *
advice_slate(const struct messages *m, const json_t *view, const char *slot)
{
	static const char *const rankings[] = {
	    "A", "B > A", "A > C = B", "B > A = D > C"};
	static const char sample[] = "6 5 7 3 4 6 2 5";
	size_t n = json_array_size(json_object_get(view, "slate"));
	size_t shown = n < 1 ? 1 : n;
	char last[8], *text, *numbers;

	candidate_label(shown - 1, last);
	numbers = xstrndup(sample, 2 * (shown < 8 ? shown : 8) - 1);
	if (strcmp(slot, "ballot") == 0)
		text = message_text(m, MSG_CHAT_SAY_BALLOT, "example",
		    rankings[(shown < 4 ? shown : 4) - 1], NULL);
	else
		text = message_text(m,
		    strcmp(slot, "quality") == 0 ? MSG_CHAT_SAY_QUALITY
						 : MSG_CHAT_SAY_AGREEMENT,
		    "last", last, "example", numbers, NULL);
	free(numbers);
	return text;
}

static char *
advice_ask(const struct messages *m, const json_t *view, const json_t *ask,
    const json_t *answers)
{
	const char *slot = json_str(ask, "slot");
	const json_t *item = typed_item(ask, answers);

	if (view_is(view, "ballot"))
		return advice_slate(m, view, slot);
	if (item != NULL)
		return advice_item(m, item);
	if (json_object_get(ask, "options") != NULL)
		return xstrdup(message(m, MSG_CHAT_SAY_PREFERENCE));
	if (json_num(ask, "max") > 0)
		return message_text(m, MSG_CHAT_SAY_NUMBER, "what",
		    json_str(ask, "help"), "low", json_str(ask, "low"), "#max",
		    json_num(ask, "max"), "high", json_str(ask, "high"), NULL);
	if (strcmp(slot, "dissent") == 0)
		return xstrdup(message(m, MSG_CHAT_SAY_DISSENT));
	return message_text(
	    m, MSG_CHAT_SAY_TEXT, "what", json_str(ask, "help"), NULL);
}

static enum message
advice_chair(const json_t *view)
{
	if (json_yes(view, "asked"))
		return MSG_CHAT_SAY_ASKED;
	if (json_yes(view, "paused"))
		return MSG_CHAT_SAY_PAUSED;
	if (view_is(view, "review"))
		return MSG_CHAT_SAY_REVIEW;
	if (view_is(view, "lobby"))
		return MSG_CHAT_SAY_LOBBY;
	return view_is(view, "draft") ? MSG_CHAT_SAY_DRAFT : MSG_CHAT_SAY_CHAIR;
}

static enum message
advice_other(const json_t *view)
{
	if (json_object_get(json_object_get(view, "you"), "participant") ==
	    NULL)
		return MSG_CHAT_SAY_LOOK;
	if (json_yes(view, "paused"))
		return MSG_CHAT_SAY_STILL;
	if (view_is(view, "lobby"))
		return MSG_CHAT_SAY_JOINED;
	return json_array_size(json_object_get(view, "asks")) > 0
		   ? MSG_CHAT_SAY_GIVEN
		   : MSG_CHAT_SAY_WAIT;
}

char *
prompt_advice(
    const struct messages *m, const json_t *view, const json_t *answers)
{
	const json_t *ask = typed_wanted(view);
	bool chair = view_has_role(view, "facilitator");

	if (json_yes(view, "concluded"))
		return xstrdup(message(m, MSG_CHAT_SAY_ENDED));
	/* Who facilitates and takes part gives their own first. */
	if (ask != NULL && !json_yes(view, "paused") &&
	    !(chair && json_yes(view, "asked")))
		return advice_ask(m, view, ask, answers);
	return xstrdup(
	    message(m, chair ? advice_chair(view) : advice_other(view)));
}
