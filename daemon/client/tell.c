#include "client/tell.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "choice/ballot.h"
#include "choice/tally.h"
#include "client/letters.h"
#include "client/story.h"

static bool
is(const json_t *o, const char *key, const char *value)
{
	return strcmp(json_str(o, key), value) == 0;
}

/* ", " or " and " before item i of n. */
static const char *
joint(const struct term *t, size_t i, size_t n)
{
	return i == 0 ? "" : i + 1 < n ? ", " : message(t->words, MSG_AND);
}

static char *
list_letters(const struct term *t, const json_t *list, const json_t *ids)
{
	size_t i, n = json_array_size(list);
	struct buf b = {0};
	char letter[8];

	for (i = 0; i < n; i++)
		buf_addf(&b, "%s%s", joint(t, i, n),
		    letter_of(json_string_value(json_array_get(list, i)), ids,
			letter));
	return buf_take(&b);
}

/* 5.25 as "5.3"; ratios are kept as numbers and only shown as this. */
static void
mean_text(const json_t *rating, char *out, size_t size)
{
	long n = json_num(rating, "n"), tenths;

	tenths = n > 0 ? (json_num(rating, "sum") * 20 + n) / (2 * n) : 0;
	if (tenths > 70)
		tenths = 70; /* no rating goes beyond 7 */
	snprintf(out, size, "%u.%u", (unsigned)tenths / 10 % 10,
	    (unsigned)tenths % 10);
}

/* A sentence of the table, filled; the text is taken. */
static void
say(struct term *t, int indent, enum style style, char *text)
{
	term_say(t, indent, style, "%s", text);
	free(text);
}

/* ---- the count ---- */

static long
cell(const json_t *tally, size_t x, size_t y)
{
	return (long)json_integer_value(json_array_get(
	    json_array_get(json_object_get(tally, "matrix"), x), y));
}

static size_t
place_in(const json_t *list, const char *id)
{
	size_t i;

	for (i = 0; i < json_array_size(list); i++)
		if (strcmp(json_string_value(json_array_get(list, i)), id) == 0)
			break;
	return i;
}

/* Candidates by social rank, as places in the matrix. */
static size_t
social_order(const json_t *tally, size_t *order)
{
	const json_t *group, *id;
	size_t i, k, n = 0;

	json_array_foreach(json_object_get(tally, "order"), i, group) {
		json_array_foreach(group, k, id) {
			order[n++] =
			    place_in(json_object_get(tally, "candidates"),
				json_string_value(id));
		}
	}
	return n;
}

static const char *
letter_at(const json_t *tally, size_t place, const json_t *ids, char out[8])
{
	return letter_of(json_string_value(json_array_get(
			     json_object_get(tally, "candidates"), place)),
	    ids, out);
}

/* "A 3 to 2, C 4 to 1 and D 5 to 0" of those that x beats or (level) is level
 * with; false when there is none. */
static bool
add_scores(const struct term *t, struct buf *b, const json_t *tally,
    const json_t *ids, size_t x, const size_t *order, size_t n, bool level)
{
	size_t i, k, found[CANDIDATES_MAX], m = 0;
	char other[8], *score;

	for (i = 0; i < n && m < CANDIDATES_MAX; i++) {
		long for_us = cell(tally, x, order[i]);
		long against = cell(tally, order[i], x);

		/* Each level pair is told once. */
		if (level ? for_us == against && order[i] > x
			  : for_us > against)
			found[m++] = order[i];
	}
	for (k = 0; k < m; k++) {
		score = message_text(t->words, MSG_TALLY_SCORE, "statement",
		    letter_at(tally, found[k], ids, other), "#for",
		    (long long)cell(tally, x, found[k]), "#against",
		    (long long)cell(tally, found[k], x), NULL);
		buf_addf(b, "%s%s", joint(t, k, m), score);
		free(score);
	}
	return m > 0;
}

/* "B beats A 3 to 2, C 4 to 1 and D 5 to 0." */
static void
tell_victories(struct term *t, const json_t *tally, const json_t *ids, size_t x,
    const size_t *order, size_t n)
{
	struct buf wins = {0}, level = {0};
	char me[8];

	letter_at(tally, x, ids, me);
	if (add_scores(t, &wins, tally, ids, x, order, n, false))
		say(t, 4, STYLE_PLAIN,
		    message_text(t->words, MSG_TALLY_BEATS, "statement", me,
			"others", wins.data, NULL));
	if (add_scores(t, &level, tally, ids, x, order, n, true))
		say(t, 4, STYLE_PLAIN,
		    message_text(t->words, MSG_TALLY_LEVEL, "statement", me,
			"others", level.data, NULL));
	buf_free(&wins);
	buf_free(&level);
}

static bool
beats_all(const json_t *tally, const char *winner)
{
	const json_t *candidates = json_object_get(tally, "candidates");
	size_t i, x = place_in(candidates, winner);

	for (i = 0; i < json_array_size(candidates); i++)
		if (i != x && cell(tally, x, i) <= cell(tally, i, x))
			return false;
	return true;
}

static void
tell_tie(
    struct term *t, const json_t *tally, const json_t *ids, const char *winner)
{
	const json_t *tie = json_object_get(tally, "tie_break");
	char *among = list_letters(t, json_object_get(tie, "among"), ids);
	bool even;

	/* The lot decides only where the ratings did not. */
	even = is(tie, "rule", "agreement") &&
	       (is(tie, "decider", "ballot") || is(tie, "decider", "lot"));
	say(t, 4, STYLE_PLAIN,
	    message_text(t->words, even ? MSG_TALLY_TIE_EVEN : MSG_TALLY_TIE,
		"statements", among, "winner", winner, "decider",
		message_named(t->words, "tie", json_str(tie, "decider"),
		    json_str(tie, "decider")),
		NULL));
	free(among);
}

static void
tell_agreement(struct term *t, const json_t *rating, const char *letter)
{
	char mean[16];

	if (json_num(rating, "n") == 0) {
		say(t, 4, STYLE_DIM,
		    message_text(t->words, MSG_TALLY_UNRATED, "statement",
			letter, NULL));
		return;
	}
	mean_text(rating, mean, sizeof mean);
	say(t, 4, STYLE_PLAIN,
	    message_text(t->words, MSG_TALLY_AGREEMENT, "statement", letter,
		"mean", mean, "#min", json_num(rating, "min"), "#ge5",
		json_num(rating, "ge5"), "#n", json_num(rating, "n"), NULL));
}

/* Why one alone is elected: by what the method goes by. */
static void
tell_reason(struct term *t, const json_t *tally, const char *winner)
{
	const struct rule *rule = rule_find(json_str(tally, "method"));
	bool by_pairs = rule == NULL || (rule->properties & RULE_CONDORCET);
	enum message how = MSG_TALLY_RULE;

	if (by_pairs && beats_all(tally, json_str(tally, "winner")))
		how = MSG_TALLY_BEATS_ALL;
	else if (rule == NULL || json_object_get(tally, "paths") != NULL)
		how = MSG_TALLY_CHAINS;
	say(t, 4, STYLE_PLAIN,
	    how == MSG_TALLY_RULE
		? message_text(t->words, how, "statement", winner, "rule",
		      rule->name, "why",
		      message_named(t->words, "rule", rule->name, rule->help),
		      NULL)
		: message_text(t->words, how, "statement", winner, NULL));
}

static void
tell_winner(struct term *t, const json_t *tally, const json_t *ids)
{
	const char *id = json_str(tally, "winner");
	char winner[8];

	letter_of(id, ids, winner);
	if (json_array_size(json_object_get(tally, "winners")) > 1)
		tell_tie(t, tally, ids, winner);
	else if (json_array_size(json_object_get(tally, "candidates")) < 2)
		say(t, 4, STYLE_PLAIN,
		    message_text(
			t->words, MSG_TALLY_ALONE, "statement", winner, NULL));
	else
		tell_reason(t, tally, winner);
	tell_agreement(t,
	    json_object_get(json_object_get(tally, "agreement"), id), winner);
}

/* Where predicted ballots were hardly better than chance: the share of pairs
 * ordered as they were then cast is at most a half and a tenth. */
static void
tell_no_help(struct term *t, int indent, const json_t *guess)
{
	long long alike = json_num(guess, "concordant");
	long long n = alike + json_num(guess, "discordant");

	if (n > 0 && 10 * alike <= 6 * n)
		say(t, indent, STYLE_WARN,
		    message_text(t->words, MSG_RESULT_NO_HELP, "#n", n,
			"#concordant", alike, NULL));
}

void
tell_tally(struct term *t, const json_t *tally, const json_t *ids)
{
	size_t n, i, *order;
	long ballots = json_num(tally, "ballots"), predicted;

	if (ballots == 0) {
		term_say(t, 4, STYLE_PLAIN, "%s",
		    message(t->words, MSG_TALLY_NO_BALLOT));
		return;
	}
	order =
	    xcalloc(json_array_size(json_object_get(tally, "candidates")) + 1,
		sizeof *order);
	n = social_order(tally, order);
	/* A line a statement; with very many the first ones tell enough. */
	for (i = 0; i < n && i < 8; i++)
		tell_victories(t, tally, ids, order[i], order, n);
	free(order);
	tell_winner(t, tally, ids);
	predicted = json_num(tally, "predicted");
	if (predicted > 0)
		say(t, 4, STYLE_WARN,
		    message_text(t->words, MSG_TALLY_PREDICTED, "#predicted",
			(long long)predicted, "#ballots", (long long)ballots,
			NULL));
	tell_no_help(t, 4, json_object_get(tally, "prediction"));
}

/* ---- the result ---- */

void
tell_outcome(struct term *t, const json_t *result)
{
	const json_t *rating = json_object_get(result, "agreement");
	const char *why =
	    message_named(t->words, "reason", json_str(result, "reason"), NULL);
	long long n = json_num(rating, "n"), ge5 = json_num(rating, "ge5");

	if (is(result, "outcome", "consensus"))
		say(t, 0, STYLE_HEAD,
		    message_text(
			t->words, MSG_OUTCOME_CONSENSUS, "#n", n, NULL));
	else if (is(result, "outcome", "majority"))
		say(t, 0, STYLE_HEAD,
		    message_text(t->words, MSG_OUTCOME_MAJORITY, "#ge5", ge5,
			"#n", n, NULL));
	else if (why != NULL)
		say(t, 0, STYLE_HEAD,
		    message_text(
			t->words, MSG_OUTCOME_CUT_SHORT, "why", why, NULL));
	else if (n == 0)
		term_say(t, 0, STYLE_HEAD, "%s",
		    message(t->words, MSG_OUTCOME_UNRATED));
	else
		say(t, 0, STYLE_HEAD,
		    message_text(t->words, MSG_OUTCOME_NONE, "#ge5", ge5, "#n",
			n, NULL));
}

static void
tell_rating(struct term *t, enum message id, const json_t *rating)
{
	char mean[16];

	if (json_num(rating, "n") == 0)
		return;
	mean_text(rating, mean, sizeof mean);
	say(t, 2, STYLE_PLAIN,
	    message_text(t->words, id, "mean", mean, "#min",
		json_num(rating, "min"), "#ge5", json_num(rating, "ge5"), "#n",
		json_num(rating, "n"), NULL));
}

static void
tell_other_side(struct term *t, const json_t *result, const json_t *ids)
{
	const json_t *side = json_object_get(result, "other_side");
	long long size = json_num(side, "size");
	char letter[8];

	if (size > 0 && json_is_string(json_object_get(side, "statement")))
		say(t, 2, STYLE_PLAIN,
		    message_text(t->words, MSG_RESULT_OTHER_SIDE, "#size", size,
			"#ge5", json_num(side, "ge5"), "statement",
			letter_of(json_str(side, "statement"), ids, letter),
			NULL));
	else if (size > 0)
		say(t, 2, STYLE_PLAIN,
		    message_text(
			t->words, MSG_RESULT_NO_OTHER, "#size", size, NULL));
}

static void
tell_overridden(struct term *t, const json_t *result, const json_t *ids)
{
	char letter[8];

	if (!json_is_true(json_object_get(result, "overridden")))
		return;
	say(t, 2, STYLE_WARN,
	    message_text(t->words, MSG_RESULT_OVERRIDDEN, "statement",
		json_is_string(json_object_get(result, "elected"))
		    ? letter_of(json_str(result, "elected"), ids, letter)
		    : message(t->words, MSG_RESULT_NOTHING),
		NULL));
}

/* What the winner alone does not tell. */
void
tell_beside(struct term *t, const json_t *result, const json_t *ids)
{
	const json_t *better = json_object_get(result, "better");
	const json_t *tie = json_object_get(result, "tie_break");
	const json_t *among = json_object_get(tie, "among");
	long long last = json_num(result, "winner_last");
	char *list;

	tell_rating(
	    t, MSG_RESULT_AGREEMENT, json_object_get(result, "agreement"));
	tell_rating(t, MSG_RESULT_QUALITY, json_object_get(result, "quality"));
	if (last > 0)
		say(t, 2, STYLE_PLAIN,
		    message_text(t->words, MSG_RESULT_LAST, "#n", last, NULL));
	tell_other_side(t, result, ids);
	if (json_array_size(better) > 0) {
		list = list_letters(t, better, ids);
		say(t, 2, STYLE_PLAIN,
		    message_text(
			t->words, MSG_RESULT_BETTER, "statements", list, NULL));
		free(list);
	}
	if (json_array_size(among) > 1) {
		list = list_letters(t, among, ids);
		say(t, 2, STYLE_PLAIN,
		    message_text(t->words, MSG_RESULT_TIE, "statements", list,
			"decider",
			message_named(t->words, "decider",
			    json_str(tie, "decider"), json_str(tie, "decider")),
			NULL));
		free(list);
	}
	tell_overridden(t, result, ids);
}

/* ---- what was asked beside the ballots ---- */

static void
tell_sides(struct term *t, const json_t *sides)
{
	static const char *const names[] = {"agree", "neutral", "disagree"};
	const json_t *side;
	size_t i;

	if (json_is_true(json_object_get(sides, "withheld")))
		say(t, 2, STYLE_DIM,
		    message_text(t->words, MSG_RESULT_SIDES_WITHHELD,
			"#smallest", json_num(sides, "smallest"), NULL));
	for (i = 0; i < 3; i++) {
		side = json_object_get(sides, names[i]);
		if (json_num(side, "n") > 0)
			say(t, 2, STYLE_PLAIN,
			    message_text(t->words, MSG_RESULT_SIDE, "side",
				message_named(
				    t->words, "side", names[i], names[i]),
				"#ge5", json_num(side, "ge5"), "#n",
				json_num(side, "n"), NULL));
	}
}

static void
tell_positions(struct term *t, const json_t *result)
{
	const json_t *index = json_object_get(result, "agreement_index");
	const json_t *before = json_object_get(index, "before");
	const json_t *after = json_object_get(index, "after");
	const json_t *movement = json_object_get(result, "movement");

	if (json_num(before, "n") > 0)
		term_say(t, 2, STYLE_PLAIN, "%s",
		    message(t->words, is(index, "majority", "agree")
					  ? MSG_RESULT_MAJORITY_AGREE
					  : MSG_RESULT_MAJORITY_DISAGREE));
	if (json_num(before, "n") > 0 && json_num(after, "n") > 0)
		say(t, 2, STYLE_PLAIN,
		    message_text(t->words, MSG_RESULT_INDEX, "#before",
			json_num(before, "numerator"), "#before_n",
			json_num(before, "n"), "#after",
			json_num(after, "numerator"), "#after_n",
			json_num(after, "n"), NULL));
	if (json_num(movement, "n") > 0)
		say(t, 2, STYLE_PLAIN,
		    message_text(t->words, MSG_RESULT_MOVEMENT, "#towards",
			json_num(movement, "towards"), "#n",
			json_num(movement, "n"), "#away",
			json_num(movement, "away"), NULL));
	tell_sides(t, json_object_get(result, "sides"));
}

static void
tell_preference(struct term *t, const json_t *result)
{
	const json_t *preference = json_object_get(result, "preference");
	const json_t *counts = json_object_get(preference, "counts");

	if (json_num(preference, "n") > 0)
		say(t, 2, STYLE_PLAIN,
		    message_text(t->words, MSG_RESULT_PREFERENCE, "#first",
			json_num(counts, "first"), "#revised",
			json_num(counts, "revised"), "#same",
			json_num(counts, "same"), NULL));
}

static void
tell_dissents(struct term *t, const json_t *result)
{
	const json_t *list = json_object_get(result, "dissents"), *d;
	const char *name;
	size_t i;

	json_array_foreach(list, i, d) {
		if (i == 0) {
			term_blank(t);
			term_say(t, 0, STYLE_HEAD, "%s",
			    message(t->words, MSG_RESULT_DISSENT));
		}
		term_quote(t, 2, json_str(d, "text"));
		name = *json_str(d, "signature") != '\0'
			   ? json_str(d, "signature")
			   : message(t->words, MSG_RESULT_UNSIGNED);
		term_say(t, 4, STYLE_DIM, "— %s", name);
	}
}

/* "no 2 · somewhat 1 · yes 2", or numbers before the colon for a scale. */
static void
add_counts(
    struct buf *b, const json_t *counts, const json_t *words, const char *table)
{
	const json_t *v;
	const char *word;
	size_t i, n;

	json_array_foreach(counts, i, v) {
		buf_adds(b, i > 0 ? " · " : "");
		word = json_string_value(json_array_get(words, i));
		n = table != NULL ? strcspn(table, "|") : 0;
		if (word != NULL)
			buf_addf(b, "%s: ", word);
		else if (n > 0)
			buf_addf(b, "%.*s: ", (int)n, table);
		else
			buf_addf(b, "%zu: ", i + 1);
		if (table != NULL)
			table += n + (table[n] == '|');
		buf_addf(b, "%lld", (long long)json_integer_value(v));
	}
}

static const json_t *
form_item(const json_t *form, const char *id)
{
	const json_t *item;
	size_t i;

	json_array_foreach(form, i, item) {
		if (is(item, "id", id))
			return item;
	}
	return NULL;
}

static void
tell_item(
    struct term *t, const char *id, const json_t *figures, const json_t *form)
{
	const json_t *item = form_item(form, id);
	const json_t *counts = json_object_get(figures, "counts");
	struct buf b = {0};
	char *few;

	term_say(t, 2, STYLE_PLAIN, "%s",
	    item != NULL ? json_str(item, "text")
			 : message_named(t->words, "item", id, id));
	if (json_is_array(counts))
		add_counts(&b, counts, json_object_get(item, "choices"),
		    item != NULL
			? NULL
			: message_named(t->words, "choices", id, NULL));
	else {
		few = message_text(t->words,
		    json_is_true(json_object_get(figures, "withheld"))
			? MSG_RESULT_FEW
			: MSG_RESULT_TEXTS,
		    "#n", json_num(figures, "n"), NULL);
		buf_adds(&b, few);
		free(few);
	}
	term_say(t, 4, STYLE_DIM, "%s", b.data);
	buf_free(&b);
}

void
tell_survey(struct term *t, const json_t *result, const json_t *form)
{
	json_t *survey = json_object_get(result, "survey"), *figures;
	const char *id;
	bool any = false;

	json_object_foreach(survey, id, figures) {
		if (json_num(figures, "n") == 0)
			continue;
		if (!any) {
			term_blank(t);
			term_say(t, 0, STYLE_HEAD, "%s",
			    message(t->words, MSG_RESULT_SURVEY));
		}
		any = true;
		tell_item(t, id, figures, form);
	}
}

static void
tell_importance(struct term *t, const json_t *result)
{
	const json_t *importance = json_object_get(result, "importance");
	char mean[16];

	if (json_num(importance, "n") == 0)
		return;
	mean_text(importance, mean, sizeof mean);
	say(t, 2, STYLE_PLAIN,
	    message_text(t->words, MSG_RESULT_IMPORTANCE, "mean", mean, "#n",
		json_num(importance, "n"), NULL));
}

static void
tell_prediction(struct term *t, const json_t *result)
{
	const json_t *guess = json_object_get(result, "prediction");

	if (json_num(result, "predicted") > 0)
		say(t, 2, STYLE_WARN,
		    message_text(t->words, MSG_RESULT_SIMULATED, "#predicted",
			json_num(result, "predicted"), "#ballots",
			json_num(result, "ballots"), NULL));
	else if (json_num(guess, "top_n") > 0) {
		say(t, 2, STYLE_DIM,
		    message_text(t->words, MSG_RESULT_PREDICTOR, "#hits",
			json_num(guess, "top_hits"), "#n",
			json_num(guess, "top_n"), NULL));
		say(t, 2, STYLE_DIM,
		    message_text(t->words, MSG_RESULT_KENDALL, "#concordant",
			json_num(guess, "concordant"), "#discordant",
			json_num(guess, "discordant"), NULL));
		tell_no_help(t, 2, guess);
	}
}

void
tell_asked(struct term *t, const json_t *result)
{
	tell_positions(t, result);
	tell_importance(t, result);
	tell_preference(t, result);
	tell_prediction(t, result);
}

void
tell_result(
    struct term *t, const json_t *result, const char *text, const json_t *ids)
{
	tell_outcome(t, result);
	if (text != NULL) {
		term_blank(t);
		term_quote(t, 2, text);
		term_blank(t);
		tell_beside(t, result, ids);
	}
	tell_asked(t, result);
	tell_dissents(t, result);
	tell_survey(t, result, json_object_get(result, "survey_form"));
}

/* ---- a slate ---- */

void
tell_slate(struct term *t, const json_t *statements)
{
	json_t *ids = json_array(), *st;
	const char *id, *text;
	char letter[8];
	size_t i;

	json_array_foreach(statements, i, st) {
		id = json_str(st, "statement");
		json_array_append_new(
		    ids, json_string(*id != '\0' ? id : json_str(st, "id")));
	}
	json_array_foreach(statements, i, st) {
		id = json_string_value(json_array_get(ids, i));
		text = json_string_value(json_object_get(st, "text"));
		term_text(t, 2, 5, STYLE_MARK, letter_of(id, ids, letter),
		    text != NULL ? text : message(t->words, MSG_SLATE_ERASED));
		if (json_is_true(json_object_get(st, "kept")))
			term_say(t, 5, STYLE_DIM, "%s",
			    message(t->words, MSG_SLATE_KEPT));
		if (json_is_true(json_object_get(st, "struck")))
			term_say(t, 5, STYLE_WARN, "%s",
			    message(t->words, MSG_SLATE_STRUCK));
	}
	json_decref(ids);
}

/* ---- a story ---- */

static int
name_columns(const json_t *people)
{
	int widest = 4, width;
	const json_t *p;
	size_t i;

	json_array_foreach(people, i, p) {
		width = (int)text_width(json_str(p, "name"));
		widest = width > widest ? width : widest;
	}
	return widest < 16 ? widest : 16;
}

/* Words of a person in about `lines` lines. */
static void
tell_words(
    struct term *t, const json_t *p, int columns, const char *text, int lines)
{
	char *name = shorten_text(json_str(p, "name"), 16), *words;

	words = shorten_text(
	    text, (size_t)(lines * (t->width - columns - 4) - 12 * lines));
	term_text(t, 2, columns + 4, STYLE_MARK, name, words);
	free(words);
	free(name);
}

static void
tell_opinions(struct term *t, const json_t *story)
{
	const json_t *people = json_object_get(story, "participants"), *p;
	int columns = name_columns(people);
	const char *opinion;
	size_t i;

	term_blank(t);
	term_say(t, 0, STYLE_HEAD, "%s", message(t->words, MSG_STORY_OPINIONS));
	json_array_foreach(people, i, p) {
		opinion = json_string_value(json_object_get(p, "opinion"));
		tell_words(t, p, columns,
		    opinion != NULL ? opinion
				    : message(t->words, MSG_STORY_NO_OPINION),
		    2);
	}
}

static void
tell_critiques(struct term *t, const json_t *story, const json_t *round)
{
	const json_t *people = json_object_get(story, "participants"), *p;
	const json_t *all = json_object_get(round, "critiques"), *text;
	int columns = name_columns(people);
	size_t i;

	if (json_object_size(all) == 0)
		return;
	term_blank(t);
	term_say(
	    t, 0, STYLE_HEAD, "%s", message(t->words, MSG_STORY_CRITIQUES));
	json_array_foreach(people, i, p) {
		text = json_object_get(all, json_str(p, "id"));
		if (text != NULL)
			tell_words(t, p, columns, json_string_value(text), 3);
	}
}

/* "8 statements to choose from; 4 went to the vote.  2 more …" */
static void
tell_drafting(struct term *t, const json_t *round)
{
	const json_t *d = json_object_get(round, "drafts");

	say(t, 2, STYLE_DIM,
	    message_text(t->words, MSG_STORY_CHOICE, "#n",
		(long long)json_array_size(
		    json_object_get(round, "statements")),
		"#shown",
		(long long)json_array_size(json_object_get(round, "shown")),
		NULL));
	if (json_num(d, "duplicates") > 0)
		say(t, 2, STYLE_DIM,
		    message_text(t->words, MSG_STORY_DUPLICATES, "#n",
			json_num(d, "duplicates"), NULL));
	if (json_num(d, "failed") > 0)
		say(t, 2, STYLE_DIM,
		    message_text(t->words, MSG_STORY_FAILED, "#n",
			json_num(d, "failed"), NULL));
}

static const json_t *
find_statement(const json_t *round, const char *id)
{
	const json_t *st;
	size_t i;

	json_array_foreach(json_object_get(round, "statements"), i, st) {
		if (is(st, "id", id))
			return st;
	}
	return NULL;
}

static json_t *
slate_of(const json_t *round, const char *previous)
{
	json_t *slate = json_array(), *copy;
	const json_t *id, *st;
	size_t i;

	json_array_foreach(json_object_get(round, "shown"), i, id) {
		st = find_statement(round, json_string_value(id));
		if (st == NULL)
			continue;
		copy = json_copy((json_t *)st);
		if (is(st, "id", previous))
			json_object_set_new(copy, "kept", json_true());
		json_array_append_new(slate, copy);
	}
	return slate;
}

/* The slate in full; drafts that were not shown in a line each, where they do
 * not all begin with the words of the last winner. */
static void
tell_statements(struct term *t, const json_t *round, const char *previous)
{
	const json_t *shown = json_object_get(round, "shown"), *st;
	json_t *slate = slate_of(round, previous);
	char *line;
	size_t i;

	tell_slate(t, slate);
	json_decref(slate);
	if (*previous != '\0')
		return;
	json_array_foreach(json_object_get(round, "statements"), i, st) {
		if (place_in(shown, json_str(st, "id")) <
		    json_array_size(shown))
			continue;
		line =
		    shorten_text(json_str(st, "text"), (size_t)t->width - 17);
		say(t, 5, STYLE_DIM,
		    message_text(
			t->words, MSG_STORY_NOT_SHOWN, "text", line, NULL));
		free(line);
	}
}

static void
add_ratings(const struct term *t, struct buf *b, const json_t *agreement,
    const json_t *shown)
{
	const json_t *v;
	size_t i;

	if (!json_is_object(agreement))
		return;
	buf_adds(b, message(t->words, MSG_STORY_AGREES));
	for (i = 0; i < json_array_size(shown); i++) {
		v = json_object_get(
		    agreement, json_string_value(json_array_get(shown, i)));
		if (json_is_integer(v))
			buf_addf(b, " %lld", (long long)json_integer_value(v));
		else
			buf_adds(b, " -");
	}
}

static void
tell_ballots(struct term *t, const json_t *story, const json_t *round)
{
	const json_t *shown = json_object_get(round, "shown"), *ballot;
	int columns = name_columns(json_object_get(story, "participants"));
	int wide = 2 * (int)json_array_size(shown) + 3;
	char *ranking, *name;
	struct buf b = {0};
	size_t i;

	json_array_foreach(json_object_get(round, "ballots"), i, ballot) {
		ranking = letters_of(json_object_get(ballot, "ranking"), shown);
		buf_addf(&b, "%-*s", wide, ranking);
		add_ratings(t, &b, json_object_get(ballot, "agreement"), shown);
		if (is(ballot, "kind", "predicted"))
			buf_adds(&b, message(t->words, MSG_STORY_PREDICTED));
		name = shorten_text(json_str(ballot, "participant"), 16);
		term_text(t, 2, columns + 4, STYLE_MARK, name, b.data);
		free(name);
		buf_reset(&b);
		free(ranking);
	}
	buf_free(&b);
}

static void
tell_round(struct term *t, const json_t *story, const json_t *round,
    const char *previous)
{
	const json_t *tally = json_object_get(round, "tally");

	tell_critiques(t, story, round);
	if (json_array_size(json_object_get(round, "statements")) == 0)
		return;
	term_blank(t);
	term_say(t, 0, STYLE_HEAD, "%s",
	    message(t->words, json_num(round, "round") == 0
				  ? MSG_STORY_DRAFTS
				  : MSG_STORY_REVISION));
	tell_drafting(t, round);
	term_blank(t);
	tell_statements(t, round, previous);
	if (!json_is_object(tally))
		return;
	term_blank(t);
	term_say(t, 0, STYLE_HEAD, "%s", message(t->words, MSG_STORY_VOTES));
	tell_ballots(t, story, round);
	term_blank(t);
	tell_tally(t, tally, json_object_get(round, "shown"));
}

void
tell_acts(struct term *t, const json_t *story)
{
	const json_t *acts = json_object_get(story, "acts"), *act;
	size_t i;

	if (json_array_size(acts) == 0)
		return;
	term_blank(t);
	term_say(t, 0, STYLE_HEAD, "%s", message(t->words, MSG_RESULT_ACTS));
	json_array_foreach(acts, i, act) {
		say(t, 2, STYLE_PLAIN,
		    message_text(t->words, MSG_STORY_ACT, "act",
			message_named(t->words, "act", json_str(act, "act"),
			    json_str(act, "act")),
			"what", json_str(act, "what"), "#round",
			json_num(act, "round"), "reason",
			json_object_get(act, "reason") != NULL
			    ? json_str(act, "reason")
			    : message(t->words, MSG_RESULT_NO_REASON),
			NULL));
	}
}

/* The letters of the last round that came to a vote. */
const json_t *
tell_ids(const json_t *story)
{
	const json_t *rounds = json_object_get(story, "rounds"), *round;
	size_t i = json_array_size(rounds);

	while (i-- > 0) {
		round = json_array_get(rounds, i);
		if (json_is_object(json_object_get(round, "tally")))
			return json_object_get(round, "shown");
	}
	return NULL;
}

void
tell_story(struct term *t, const json_t *story)
{
	const json_t *question = json_object_get(story, "question"), *round;
	const json_t *result = json_object_get(story, "result");
	size_t i, n = json_array_size(json_object_get(story, "participants"));
	const char *seed = json_str(story, "seed"), *previous = "";
	char *people, *drawn;

	term_say(t, 0, STYLE_HEAD, "%s", json_str(question, "text"));
	people =
	    message_text(t->words, MSG_STORY_PEOPLE, "#n", (long long)n, NULL);
	drawn = *seed != '\0'
		    ? message_text(t->words, MSG_STORY_SEED, "seed", seed, NULL)
		    : xstrdup("");
	term_say(t, 0, STYLE_DIM, "%s%s", people, drawn);
	free(people);
	free(drawn);
	tell_opinions(t, story);
	json_array_foreach(json_object_get(story, "rounds"), i, round) {
		tell_round(t, story, round, previous);
		previous = json_str(json_object_get(round, "tally"), "winner");
	}
	tell_acts(t, story);
	term_blank(t);
	if (json_is_object(result))
		tell_result(t, result,
		    json_string_value(json_object_get(result, "statement")),
		    tell_ids(story));
	else
		term_say(t, 0, STYLE_HEAD, "%s",
		    message(t->words, MSG_OUTCOME_OPEN));
	if (*json_str(story, "drafter") != '\0') {
		term_blank(t);
		say(t, 2, STYLE_DIM,
		    message_text(t->words, MSG_RESULT_DRAFTED, "drafter",
			json_str(story, "drafter"), NULL));
	}
}

/* ---- the page ---- */

static void
page_foot(struct term *t, const json_t *story)
{
	const json_t *result = json_object_get(story, "result");
	const json_t *language = json_object_get(story, "language");
	static const struct {
		const char *by;
		enum message id;
	} writers[] = {{"participant", MSG_RESULT_BY_PARTICIPANT},
	    {"facilitator", MSG_RESULT_BY_FACILITATOR}};
	size_t i;

	term_blank(t);
	for (i = 0; i < 2; i++)
		if (is(result, "written_by", writers[i].by))
			term_say(t, 0, STYLE_DIM, "%s",
			    message(t->words, writers[i].id));
	if (*json_str(story, "drafter") != '\0')
		say(t, 0, STYLE_DIM,
		    message_text(t->words, MSG_RESULT_COST, "#exchanges",
			json_num(result, "exchanges"), "drafter",
			json_str(story, "drafter"), NULL));
	if (*json_str(language, "language") != '\0')
		say(t, 0, STYLE_DIM,
		    message_text(t->words, MSG_RESULT_LANGUAGE, "language",
			json_str(language, "language"), NULL));
	say(t, 0, STYLE_DIM,
	    message_text(t->words, MSG_RESULT_SESSION, "session",
		json_str(story, "session"), "#present",
		(long long)json_array_size(
		    json_object_get(story, "participants")),
		"#rounds",
		(long long)json_array_size(json_object_get(story, "rounds")),
		NULL));
}

/* The statements that letters in the result stand for. */
static void
page_slate(struct term *t, const json_t *story)
{
	const json_t *shown = tell_ids(story), *id;
	json_t *slate = json_array();
	const char *text;
	size_t i;

	json_array_foreach(shown, i, id) {
		text = story_text(story, json_string_value(id));
		json_array_append_new(slate,
		    json_pack("{s:O,s:s*}", "statement", id, "text", text));
	}
	if (json_array_size(slate) > 1) {
		term_blank(t);
		tell_slate(t, slate);
	}
	json_decref(slate);
}

void
tell_page(struct term *t, const json_t *story)
{
	json_t *result = json_object_get(story, "result");
	const json_t *question = json_object_get(story, "question");

	term_say(t, 0, STYLE_HEAD, "%s", json_str(question, "text"));
	term_blank(t);
	if (!json_is_object(result)) {
		term_say(t, 0, STYLE_HEAD, "%s",
		    message(t->words, MSG_OUTCOME_OPEN));
		return;
	}
	if (json_object_get(story, "survey") != NULL)
		json_object_set(
		    result, "survey_form", json_object_get(story, "survey"));
	tell_result(t, result,
	    json_string_value(json_object_get(result, "statement")),
	    tell_ids(story));
	page_slate(t, story);
	tell_acts(t, story);
	page_foot(t, story);
}
