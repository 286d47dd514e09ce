#include "client/typed.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "client/letters.h"
#include "client/view.h"

#define BLANK " \t"

static bool
is_slot(const json_t *ask, const char *slot)
{
	return strcmp(json_str(ask, "slot"), slot) == 0;
}

static bool
is_kind(const json_t *ask, const char *kind)
{
	return strcmp(json_str(ask, "kind"), kind) == 0;
}

/* ---- what is wanted ---- */

/* Ratings are wanted as far as the ballot is not complete without them. */
static bool
is_wanted(const json_t *view, const json_t *ask)
{
	const char *ratings =
	    json_str(json_object_get(view, "settings"), "ratings");

	if (is_slot(ask, "agreement"))
		return strcmp(ratings, "optional") != 0;
	if (is_slot(ask, "quality"))
		return strcmp(ratings, "all") == 0;
	return true;
}

const json_t *
typed_wanted(const json_t *view)
{
	const json_t *ask;
	size_t i;

	if (!view_waits(view))
		return NULL;
	json_array_foreach(json_object_get(view, "asks"), i, ask) {
		if (json_object_get(ask, "given") == NULL &&
		    is_wanted(view, ask))
			return ask;
	}
	return NULL;
}

const json_t *
typed_item(const json_t *ask, const json_t *answers)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(ask, "items"), i, item) {
		if (json_object_get(answers, json_str(item, "id")) == NULL)
			return item;
	}
	return NULL;
}

/* ---- reading ---- */

/* The ASCII character that a full-width one stands for; 0: none. */
static char
ascii_of(const char *s)
{
	const unsigned char *c = (const unsigned char *)s;
	int code;

	if (strncmp(s, "\xe3\x80\x81", 3) == 0) /* the enumerating comma */
		return ',';
	if (strncmp(s, "\xe3\x80\x80", 3) == 0)
		return ' ';
	if (c[0] != 0xef || (c[1] != 0xbc && c[1] != 0xbd) || c[2] < 0x80)
		return 0;
	code = ((c[1] & 0x3f) << 6 | (c[2] & 0x3f)) + 0xf000;
	return code >= 0xff01 && code <= 0xff5e ? (char)(code - 0xfee0) : 0;
}

char *
typed_narrow(const char *line)
{
	struct buf out = {0};
	char c;

	buf_adds(&out, "");
	while (*line != '\0') {
		c = ascii_of(line);
		line += c != 0 ? 3 : 1;
		if (c == 0)
			c = line[-1];
		while (c == '=' && out.len > 0 &&
		       strchr(BLANK, out.data[out.len - 1]) != NULL)
			out.data[--out.len] = '\0';
		if (strchr(BLANK, c) == NULL || out.len == 0 ||
		    out.data[out.len - 1] != '=')
			buf_addc(&out, c);
	}
	return buf_take(&out);
}

/* "6 5 - 7", begun by a digit, or "A=6,B=5": a digit alone after the first =.
 * No letter or id of a statement begins with a digit. */
static bool
looks_like_ratings(const char *s)
{
	const char *at = strchr(s, '=');

	if (strchr(s, '>') != NULL)
		return false;
	if (isdigit((unsigned char)*s) || *s == '-')
		return true;
	return at != NULL && isdigit((unsigned char)at[1]) &&
	       !isalnum((unsigned char)at[2]);
}

static int
gift(struct typed *out, const char *method, json_t *params, enum message done)
{
	out->kind = TYPED_GIFT;
	out->method = method;
	out->params = params;
	out->done = done;
	return 0;
}

static int
read_ratings(
    const json_t *view, const char *s, struct typed *out, struct err *err)
{
	const json_t *wanted = typed_wanted(view);
	json_t *ids = view_slate(view), *ratings;

	ratings = letters_ratings(s, ids, err);
	json_decref(ids);
	if (ratings == NULL)
		return -1;
	return gift(out, "contribution.rate",
	    json_pack("{s:o}",
		wanted != NULL && is_slot(wanted, "quality") ? "quality"
							     : "agreement",
		ratings),
	    MSG_DONE_RATINGS);
}

static int
read_ballot(
    const json_t *view, const char *line, struct typed *out, struct err *err)
{
	char *s = typed_narrow(line);
	json_t *ids, *ranking;
	int r;

	if (looks_like_ratings(s)) {
		r = read_ratings(view, s, out, err);
		free(s);
		return r;
	}
	ids = view_slate(view);
	ranking = letters_ranking(s, ids, err);
	json_decref(ids);
	free(s);
	if (ranking == NULL)
		return -1;
	return gift(out, "contribution.ballot",
	    json_pack("{s:o}", "ranking", ranking), MSG_DONE_BALLOT);
}

static int
refuse(struct err *err, char *text)
{
	err_set(err, ERR_INVALID_PARAMS, NULL, "%s", text);
	free(text);
	return -1;
}

/* A whole number from 1 to max and nothing else; 0. */
static long
number_of(const char *line, json_int_t max)
{
	char *s = typed_narrow(line), *end;
	long v = strtol(s, &end, 10);

	end += strspn(end, BLANK);
	if (*end != '\0' || end == s || v < 1 || v > max)
		v = 0;
	free(s);
	return v;
}

/* A number, or one of the options by its letter or name. */
static int
read_choice(const struct messages *m, const json_t *ask, const char *line,
    struct typed *out, struct err *err)
{
	const json_t *options = json_object_get(ask, "options"), *o;
	json_int_t max = json_integer_value(json_object_get(ask, "max"));
	enum message done = is_slot(ask, "importance") ? MSG_DONE_IMPORTANCE
						       : MSG_DONE_POSITION;
	char *s;
	size_t i;
	long v;

	if (options == NULL) {
		v = number_of(line, max);
		if (v == 0)
			return refuse(err, message_text(m, MSG_CHAT_BAD_NUMBER,
					       "#max", (long long)max, NULL));
		return gift(out, "contribution.choose",
		    json_pack("{s:s,s:I}", "slot", json_str(ask, "slot"),
			"choice", (json_int_t)v),
		    done);
	}
	s = typed_narrow(line);
	s[strcspn(s, BLANK)] = '\0';
	json_array_foreach(options, i, o) {
		if (strcasecmp(json_str(o, "option"), s) != 0 &&
		    (s[0] == '\0' || s[1] != '\0' ||
			toupper((unsigned char)s[0]) != 'A' + (int)i))
			continue;
		free(s);
		return gift(out, "contribution.choose",
		    json_pack("{s:s,s:s}", "slot", json_str(ask, "slot"),
			"choice", json_str(o, "option")),
		    MSG_DONE_PREFERENCE);
	}
	free(s);
	return refuse(err, xstrdup(message(m, MSG_CHAT_BAD_OPTION)));
}

/* The words of a choice do as well as its number. */
static long
choice_of(const json_t *choices, const char *line)
{
	long v = number_of(line, (json_int_t)json_array_size(choices));
	const json_t *c;
	size_t i;

	json_array_foreach(choices, i, c) {
		if (v == 0 && strcasecmp(json_string_value(c), line) == 0)
			v = (long)i + 1;
	}
	return v;
}

static int
read_answer(const struct messages *m, const json_t *item, const char *line,
    struct typed *out, struct err *err)
{
	const json_t *choices = json_object_get(item, "choices");
	json_int_t max = choices != NULL
			     ? (json_int_t)json_array_size(choices)
			     : json_integer_value(json_object_get(item, "max"));
	long v;

	out->kind = TYPED_ANSWER;
	out->item = json_str(item, "id");
	if (is_kind(item, "text")) {
		out->answer = json_string(line);
		return 0;
	}
	v = choices != NULL ? choice_of(choices, line) : number_of(line, max);
	if (v == 0)
		return refuse(err, message_text(m, MSG_CHAT_BAD_NUMBER, "#max",
				       (long long)max, NULL));
	out->answer = json_integer(v);
	return 0;
}

static int
read_text(const json_t *ask, const char *line, struct typed *out)
{
	static const struct {
		const char *slot;
		enum message done;
	} rows[] = {{"critique", MSG_DONE_CRITIQUE},
	    {"dissent", MSG_DONE_DISSENT}, {"opinion", MSG_DONE_OPINION}};
	size_t i = 0;

	while (
	    i + 1 < sizeof rows / sizeof *rows && !is_slot(ask, rows[i].slot))
		i++;
	return gift(out, "contribution.text",
	    json_pack("{s:s,s:s}", "slot", json_str(ask, "slot"), "text", line),
	    rows[i].done);
}

/* What a plain line answers: what is wanted, else what it would replace. */
static const json_t *
answered(const json_t *view)
{
	const json_t *asks = json_object_get(view, "asks");
	const json_t *wanted = typed_wanted(view);

	if (wanted != NULL || json_object_get(json_object_get(view, "you"),
				  "participant") == NULL)
		return wanted;
	/* Of several numbers nobody could tell which is meant. */
	return json_array_size(asks) == 1 || view_is(view, "ballot")
		   ? json_array_get(asks, 0)
		   : NULL;
}

static int
read_words(const struct messages *m, const json_t *view, const json_t *answers,
    const char *line, struct typed *out, struct err *err)
{
	const json_t *ask = answered(view), *item;

	if (ask == NULL)
		return refuse(err, xstrdup(message(m, MSG_CHAT_NOTHING_ASKED)));
	if (view_is(view, "ballot"))
		return read_ballot(view, line, out, err);
	if (json_object_get(ask, "items") != NULL) {
		item = typed_item(ask, answers);
		if (item == NULL)
			item = json_array_get(json_object_get(ask, "items"), 0);
		return read_answer(m, item, line, out, err);
	}
	if (is_kind(ask, "choice"))
		return read_choice(m, ask, line, out, err);
	return read_text(ask, line, out);
}

static int
read_command(const char *line, struct typed *out)
{
	size_t n = strcspn(line, BLANK), i;

	out->kind = TYPED_COMMAND;
	for (i = 0; i < n && i + 1 < sizeof out->name; i++)
		out->name[i] = (char)tolower((unsigned char)line[i]);
	out->rest = line + n + strspn(line + n, BLANK);
	return 0;
}

int
typed_read(const struct messages *m, const json_t *view, const json_t *answers,
    const char *line, struct typed *out, struct err *err)
{
	*out = (struct typed){.kind = TYPED_NOTHING};
	if (*line == '/' && text_valid(line, strlen(line)))
		return read_command(line + 1, out);
	line += strspn(line, BLANK);
	if (!text_valid(line, strlen(line)))
		return refuse(err, xstrdup(message(m, MSG_CHAT_BAD_TEXT)));
	if (*line == '\0')
		return 0;
	return read_words(m, view, answers, line, out, err);
}

void
typed_clear(struct typed *t)
{
	json_decref(t->params);
	json_decref(t->answer);
	*t = (struct typed){.kind = TYPED_NOTHING};
}
