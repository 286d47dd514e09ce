#include "client/tell.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "choice/tally.h"
#include "client/letters.h"
#include "client/story.h"

static const char *
str(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s != NULL ? s : "";
}

static long
num(const json_t *o, const char *key)
{
	return (long)json_integer_value(json_object_get(o, key));
}

static bool
is(const json_t *o, const char *key, const char *value)
{
	return strcmp(str(o, key), value) == 0;
}

/* ", " or " and " before item i of n. */
static const char *
joint(size_t i, size_t n)
{
	return i == 0 ? "" : i + 1 < n ? ", " : " and ";
}

static char *
list_letters(const json_t *list, const json_t *ids)
{
	size_t i, n = json_array_size(list);
	struct buf b = {0};
	char letter[8];

	for (i = 0; i < n; i++)
		buf_addf(&b, "%s%s", joint(i, n),
		    letter_of(json_string_value(json_array_get(list, i)), ids,
			letter));
	return buf_take(&b);
}

/* 5.25 as "5.3"; ratios are kept as numbers and only shown as this. */
static void
mean_text(const json_t *rating, char *out, size_t size)
{
	long n = num(rating, "n"), tenths;

	tenths = n > 0 ? (num(rating, "sum") * 20 + n) / (2 * n) : 0;
	if (tenths > 70)
		tenths = 70; /* no rating goes beyond 7 */
	snprintf(out, size, "%u.%u", (unsigned)tenths / 10 % 10,
	    (unsigned)tenths % 10);
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

/* "B beats A 3 to 2, C 4 to 1 and D 5 to 0." */
static void
tell_victories(struct term *t, const json_t *tally, const json_t *ids, size_t x,
    const size_t *order, size_t n)
{
	struct buf wins = {0}, level = {0};
	size_t i, w = 0, l = 0, won = 0, even = 0;
	char me[8], other[8];

	for (i = 0; i < n; i++) {
		won += cell(tally, x, order[i]) > cell(tally, order[i], x);
		/* Each level pair is told once. */
		even += order[i] > x &&
			cell(tally, x, order[i]) == cell(tally, order[i], x);
	}
	letter_at(tally, x, ids, me);
	for (i = 0; i < n; i++) {
		long for_us = cell(tally, x, order[i]);
		long against = cell(tally, order[i], x);

		letter_at(tally, order[i], ids, other);
		if (for_us > against)
			buf_addf(&wins, "%s%s %ld to %ld", joint(w++, won),
			    other, for_us, against);
		else if (for_us == against && order[i] > x)
			buf_addf(&level, "%s%s %ld to %ld", joint(l++, even),
			    other, for_us, against);
	}
	if (won > 0)
		term_say(t, 4, STYLE_PLAIN, "%s beats %s.", me, wins.data);
	if (even > 0)
		term_say(
		    t, 4, STYLE_PLAIN, "%s is level with %s.", me, level.data);
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
	static const struct {
		const char *decider, *words;
	} rows[] = {
	    {"minimum", "whose lowest rating is the highest"},
	    {"mean", "whose mean rating is the highest"},
	    {"ballot", "the favourite of a ballot drawn by lot from those "
		       "counted"},
	    {"lot", "by lot, since no ballot prefers one of them"},
	    {"first", "which stands first among the statements"},
	};
	const json_t *tie = json_object_get(tally, "tie_break");
	char *among = list_letters(json_object_get(tie, "among"), ids);
	const char *words = str(tie, "decider");
	size_t i;
	bool even;

	for (i = 0; i < sizeof rows / sizeof *rows; i++)
		if (is(tie, "decider", rows[i].decider))
			words = rows[i].words;
	/* The lot decides only where the ratings did not. */
	even = is(tie, "rule", "agreement") &&
	       (is(tie, "decider", "ballot") || is(tie, "decider", "lot"));
	term_say(t, 4, STYLE_PLAIN,
	    "%s tie for the first place%s; %s is elected, %s.", among,
	    even ? ", and no rating separates them" : "", winner, words);
	free(among);
}

static void
tell_agreement(struct term *t, const json_t *rating, const char *letter)
{
	char mean[16];

	if (num(rating, "n") == 0) {
		term_say(t, 4, STYLE_DIM, "Nobody rated %s.", letter);
		return;
	}
	mean_text(rating, mean, sizeof mean);
	term_say(t, 4, STYLE_PLAIN,
	    "Agreement with %s: %s of 7 in the mean, %ld at the lowest; %ld "
	    "of %ld gave 5 or more.",
	    letter, mean, num(rating, "min"), num(rating, "ge5"),
	    num(rating, "n"));
}

/* Why one alone is elected: by what the method goes by. */
static void
tell_reason(struct term *t, const json_t *tally, const char *winner)
{
	const struct rule *rule = rule_find(str(tally, "method"));
	bool by_pairs = rule == NULL || (rule->properties & RULE_CONDORCET);

	if (by_pairs && beats_all(tally, str(tally, "winner")))
		term_say(t, 4, STYLE_PLAIN,
		    "%s is elected: it beats every other statement.", winner);
	else if (rule == NULL || json_object_get(tally, "paths") != NULL)
		term_say(t, 4, STYLE_PLAIN,
		    "%s is elected: where others beat it, its chains of "
		    "victories over them are the stronger ones (Schulze).",
		    winner);
	else
		term_say(t, 4, STYLE_PLAIN, "%s is elected by %s: %s.", winner,
		    rule->name, rule->help);
}

static void
tell_winner(struct term *t, const json_t *tally, const json_t *ids)
{
	const char *id = str(tally, "winner");
	char winner[8];

	letter_of(id, ids, winner);
	if (json_array_size(json_object_get(tally, "winners")) > 1)
		tell_tie(t, tally, ids, winner);
	else if (json_array_size(json_object_get(tally, "candidates")) < 2)
		term_say(t, 4, STYLE_PLAIN, "%s stood alone.", winner);
	else
		tell_reason(t, tally, winner);
	tell_agreement(t,
	    json_object_get(json_object_get(tally, "agreement"), id), winner);
}

void
tell_tally(struct term *t, const json_t *tally, const json_t *ids)
{
	size_t n, i, *order;
	long ballots = num(tally, "ballots"), predicted;

	if (ballots == 0) {
		term_say(t, 4, STYLE_PLAIN, "No ballot was cast.");
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
	predicted = num(tally, "predicted");
	if (predicted > 0)
		term_say(t, 4, STYLE_WARN,
		    "%ld of the %ld ballots counted were predicted, not cast.",
		    predicted, ballots);
}

/* ---- the result ---- */

static const struct {
	const char *reason, *words;
} reasons[] = {
    {"aborted", "the facilitator ended the deliberation"},
    {"nobody_answered", "too few took part, and nobody decided how to go on"},
    {"no_statements", "there was no statement to vote on"},
    {"no_ballots", "nobody voted"},
    {"everyone_left", "everybody has left"},
};

static void
tell_outcome(struct term *t, const json_t *result)
{
	const json_t *rating = json_object_get(result, "agreement");
	const char *why = NULL;
	size_t i;

	for (i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (is(result, "reason", reasons[i].reason))
			why = reasons[i].words;
	if (is(result, "outcome", "consensus"))
		term_say(t, 0, STYLE_HEAD,
		    "Consensus: all %ld who rated the statement gave it 5 or "
		    "more of 7.",
		    num(rating, "n"));
	else if (is(result, "outcome", "majority"))
		term_say(t, 0, STYLE_HEAD,
		    "Majority: %ld of the %ld who rated the statement gave it "
		    "5 or more of 7.",
		    num(rating, "ge5"), num(rating, "n"));
	else if (why != NULL)
		term_say(t, 0, STYLE_HEAD, "No agreement: %s.", why);
	else if (num(rating, "n") == 0)
		term_say(t, 0, STYLE_HEAD,
		    "No agreement can be claimed: nobody rated the statement.");
	else
		term_say(t, 0, STYLE_HEAD,
		    "No agreement: only %ld of the %ld who rated the "
		    "statement gave it 5 or more of 7.",
		    num(rating, "ge5"), num(rating, "n"));
}

/* What the winner alone does not tell. */
static void
tell_dissent(struct term *t, const json_t *result, const json_t *ids)
{
	const json_t *side = json_object_get(result, "other_side");
	const json_t *better = json_object_get(result, "better");
	long last = num(result, "winner_last"), size = num(side, "size");
	char letter[8], *list;

	if (last > 0)
		term_say(t, 2, STYLE_PLAIN, "%ld ranked it last.", last);
	if (size > 0 && json_is_string(json_object_get(side, "statement")))
		term_say(t, 2, STYLE_PLAIN,
		    "Of the %ld who would not sign it (4 or less), %ld would "
		    "sign %s.",
		    size, num(side, "ge5"),
		    letter_of(str(side, "statement"), ids, letter));
	else if (size > 0)
		term_say(t, 2, STYLE_PLAIN,
		    "%ld would not sign it (4 or less), nor any other "
		    "statement of this ballot.",
		    size);
	if (json_array_size(better) > 0) {
		list = list_letters(better, ids);
		term_say(t, 2, STYLE_PLAIN,
		    "Rated higher in the mean or at the lowest, yet not "
		    "elected: %s.",
		    list);
		free(list);
	}
	if (json_is_true(json_object_get(result, "overridden")))
		term_say(t, 2, STYLE_WARN,
		    "The facilitator chose it; the group had elected %s.",
		    json_is_string(json_object_get(result, "elected"))
			? letter_of(str(result, "elected"), ids, letter)
			: "nothing");
}

void
tell_result(
    struct term *t, const json_t *result, const char *text, const json_t *ids)
{
	const json_t *guess = json_object_get(result, "prediction");

	tell_outcome(t, result);
	if (text != NULL) {
		term_blank(t);
		term_quote(t, 2, text);
		term_blank(t);
		tell_dissent(t, result, ids);
	}
	if (num(result, "predicted") > 0)
		term_say(t, 2, STYLE_WARN,
		    "%ld of the %ld ballots counted were predicted, not cast: "
		    "a simulation.",
		    num(result, "predicted"), num(result, "ballots"));
	else if (num(guess, "top_n") > 0)
		term_say(t, 2, STYLE_DIM,
		    "The predictor had foreseen the first choice of %ld of %ld "
		    "voters.",
		    num(guess, "top_hits"), num(guess, "top_n"));
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
		id = str(st, "statement");
		json_array_append_new(
		    ids, json_string(*id != '\0' ? id : str(st, "id")));
	}
	json_array_foreach(statements, i, st) {
		id = json_string_value(json_array_get(ids, i));
		text = json_string_value(json_object_get(st, "text"));
		term_text(t, 2, 5, STYLE_MARK, letter_of(id, ids, letter),
		    text != NULL ? text : "(erased)");
		if (json_is_true(json_object_get(st, "kept")))
			term_say(t, 5, STYLE_DIM,
			    "the winner of the round before stands again");
		if (json_is_true(json_object_get(st, "struck")))
			term_say(t, 5, STYLE_WARN,
			    "struck by the facilitator: it cannot win");
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
		width = (int)text_width(str(p, "name"));
		widest = width > widest ? width : widest;
	}
	return widest < 16 ? widest : 16;
}

/* Words of a person in about `lines` lines. */
static void
tell_words(
    struct term *t, const json_t *p, int columns, const char *text, int lines)
{
	char *name = shorten_text(str(p, "name"), 16), *words;

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
	term_say(t, 0, STYLE_HEAD, "What they think");
	json_array_foreach(people, i, p) {
		opinion = json_string_value(json_object_get(p, "opinion"));
		tell_words(t, p, columns,
		    opinion != NULL ? opinion : "(gave no opinion)", 2);
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
	term_say(t, 0, STYLE_HEAD, "What is still wrong with it");
	json_array_foreach(people, i, p) {
		text = json_object_get(all, str(p, "id"));
		if (text != NULL)
			tell_words(t, p, columns, json_string_value(text), 3);
	}
}

/* "8 drafts, 2 of them near-duplicates; 4 go to the vote." */
static void
tell_drafting(struct term *t, const json_t *round)
{
	const json_t *d = json_object_get(round, "drafts");
	size_t n = json_array_size(json_object_get(round, "statements"));
	size_t shown = json_array_size(json_object_get(round, "shown"));
	struct buf b = {0};

	buf_addf(&b, "%zu statements to choose from", n);
	if (num(d, "duplicates") > 0)
		buf_addf(&b, " (%ld more nearly repeated another)",
		    num(d, "duplicates"));
	if (num(d, "failed") > 0)
		buf_addf(&b, ", %ld drafts failed", num(d, "failed"));
	buf_addf(&b, "; %zu went to the vote.", shown);
	term_say(t, 2, STYLE_DIM, "%s", b.data);
	buf_free(&b);
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
		if (place_in(shown, str(st, "id")) < json_array_size(shown))
			continue;
		line = shorten_text(str(st, "text"), (size_t)t->width - 17);
		term_say(t, 5, STYLE_DIM, "not shown: %s", line);
		free(line);
	}
}

static void
add_ratings(struct buf *b, const json_t *agreement, const json_t *shown)
{
	const json_t *v;
	size_t i;

	if (!json_is_object(agreement))
		return;
	buf_adds(b, "agrees");
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
		add_ratings(&b, json_object_get(ballot, "agreement"), shown);
		if (is(ballot, "kind", "predicted"))
			buf_adds(&b, "predicted");
		name = shorten_text(str(ballot, "participant"), 16);
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
	    num(round, "round") == 0 ? "Drafts" : "The revision");
	tell_drafting(t, round);
	term_blank(t);
	tell_statements(t, round, previous);
	if (!json_is_object(tally))
		return;
	term_blank(t);
	term_say(t, 0, STYLE_HEAD, "Votes");
	tell_ballots(t, story, round);
	term_blank(t);
	tell_tally(t, tally, json_object_get(round, "shown"));
}

static void
tell_acts(struct term *t, const json_t *story)
{
	const json_t *acts = json_object_get(story, "acts"), *act;
	size_t i;

	if (json_array_size(acts) == 0)
		return;
	term_blank(t);
	term_say(t, 0, STYLE_HEAD, "What the facilitator decided");
	json_array_foreach(acts, i, act) {
		term_say(t, 2, STYLE_PLAIN, "%s%s%s, round %ld: %s",
		    str(act, "act"),
		    json_object_get(act, "what") != NULL ? " " : "",
		    str(act, "what"), num(act, "round"),
		    json_object_get(act, "reason") != NULL
			? str(act, "reason")
			: "(no reason readable)");
	}
}

/* The letters of the last round that came to a vote. */
static const json_t *
last_shown(const json_t *story)
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
	const char *seed = str(story, "seed"), *previous = "";

	term_say(t, 0, STYLE_HEAD, "%s", str(question, "text"));
	term_say(t, 0, STYLE_DIM, "%zu %s%s%s", n,
	    n == 1 ? "participant" : "participants",
	    *seed != '\0' ? ", seed " : "", seed);
	tell_opinions(t, story);
	json_array_foreach(json_object_get(story, "rounds"), i, round) {
		tell_round(t, story, round, previous);
		previous = str(json_object_get(round, "tally"), "winner");
	}
	tell_acts(t, story);
	term_blank(t);
	if (json_is_object(result))
		tell_result(t, result,
		    json_string_value(json_object_get(result, "statement")),
		    last_shown(story));
	else
		term_say(t, 0, STYLE_HEAD, "It has not ended yet.");
	if (*str(story, "drafter") != '\0') {
		term_blank(t);
		term_say(
		    t, 2, STYLE_DIM, "Drafted by %s.", str(story, "drafter"));
	}
}
