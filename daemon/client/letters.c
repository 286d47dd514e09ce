#include "client/letters.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/message.h"
#include "choice/ballot.h"

#define RATING_LOW  1
#define RATING_HIGH 7

static const char *
id_at(const json_t *ids, size_t i)
{
	return json_string_value(json_array_get(ids, i));
}

/* Names a word of what was written, up to 40 bytes of it. */
static int
say_word(struct err *err, enum err_code code, const char *field,
    enum message id, const char *name, const char *word, size_t len)
{
	char *cut = xstrndup(word, len > 40 ? 40 : len);

	err_say(err, code, field, id, name, cut, NULL);
	free(cut);
	return -1;
}

/* The place that a letter or id means; -1. */
static int
place_of(const char *s, size_t len, const json_t *ids)
{
	char label[8];
	size_t i;

	for (i = 0; i < json_array_size(ids); i++) {
		candidate_label(i, label);
		if ((strlen(label) == len && strncasecmp(label, s, len) == 0) ||
		    (strlen(id_at(ids, i)) == len &&
			strncasecmp(id_at(ids, i), s, len) == 0))
			return (int)i;
	}
	return -1;
}

const char *
letters_statement(const char *s, const json_t *ids, struct err *err)
{
	int place = place_of(s, strlen(s), ids);
	char last[8];

	if (place != -1)
		return id_at(ids, (size_t)place);
	if (json_array_size(ids) == 0) {
		err_say(err, ERR_UNKNOWN_STATEMENT, "statement",
		    MSG_ERROR_NO_STATEMENTS, NULL);
		return NULL;
	}
	candidate_label(json_array_size(ids) - 1, last);
	err_say(err, ERR_UNKNOWN_STATEMENT, "statement", MSG_ERROR_LETTER,
	    "letter", s, "last", last, NULL);
	return NULL;
}

/* Groups of equal rank, best first. */
static json_t *
groups_of(const int32_t *rank, const json_t *ids)
{
	size_t i, placed = 0, n = json_array_size(ids);
	json_t *groups = json_array(), *group;
	int32_t r;

	for (r = 0; placed < n; r++) {
		group = json_array();
		for (i = 0; i < n; i++)
			if (rank[i] == r)
				json_array_append(
				    group, json_array_get(ids, i));
		placed += json_array_size(group);
		json_array_append_new(groups, group);
	}
	return groups;
}

/* Statement ids are put into letters, which one parser then reads. */
static char *
ids_to_letters(const char *s, const json_t *ids, struct err *err)
{
	struct buf out = {0};
	char label[8];
	size_t n;
	int place;

	while (*s != '\0') {
		if (!isalnum((unsigned char)*s)) {
			buf_addc(&out, *s++);
			continue;
		}
		for (n = 1; isalnum((unsigned char)s[n]); n++)
			continue;
		place = place_of(s, n, ids);
		if (place == -1) {
			buf_free(&out);
			say_word(err, ERR_BAD_BALLOT, "ranking",
			    MSG_ERROR_LETTER_UNKNOWN, "letter", s, n);
			return NULL;
		}
		candidate_label((size_t)place, label);
		buf_adds(&out, label);
		s += n;
	}
	return buf_take(&out);
}

json_t *
letters_ranking(const char *s, const json_t *ids, struct err *err)
{
	size_t n = json_array_size(ids);
	char *letters = NULL;
	json_t *groups = NULL;
	int32_t *rank;

	if (n == 0) {
		err_say(
		    err, ERR_BAD_BALLOT, "ranking", MSG_ERROR_NO_SLATE, NULL);
		return NULL;
	}
	if (strpbrk(s, "0123456789") != NULL) {
		letters = ids_to_letters(s, ids, err);
		if (letters == NULL)
			return NULL;
	}
	rank = xcalloc(n, sizeof *rank);
	if (ballot_parse_letters(letters != NULL ? letters : s, n, rank, err) ==
	    0)
		groups = groups_of(rank, ids);
	free(rank);
	free(letters);
	return groups;
}

static int
rate_one(json_t *out, const json_t *ids, int place, const char *value,
    size_t len, struct err *err)
{
	const char *id = id_at(ids, (size_t)place);

	if (len == 1 && *value == '-')
		return 0;
	if (len != 1 || *value < '0' + RATING_LOW || *value > '0' + RATING_HIGH)
		return say_word(err, ERR_BAD_RATING, "agreement",
		    MSG_ERROR_RATING_WORD, "word", value, len);
	if (json_object_get(out, id) != NULL)
		return err_say(err, ERR_BAD_RATING, "agreement",
		    MSG_ERROR_RATED_TWICE, "statement", id, NULL);
	json_object_set_new(out, id, json_integer(*value - '0'));
	return 0;
}

/* One of "6" (for the place that is next) and "A=6". */
static int
rate_word(json_t *out, const json_t *ids, const char *word, size_t len,
    size_t *next, struct err *err)
{
	const char *equals = memchr(word, '=', len);
	size_t key = equals != NULL ? (size_t)(equals - word) : 0;
	int place;

	if (equals != NULL && *next > 0)
		return err_say(err, ERR_BAD_RATING, "agreement",
		    MSG_ERROR_RATINGS_MIXED, NULL);
	if (equals == NULL) {
		if (*next >= json_array_size(ids))
			return err_say(err, ERR_BAD_RATING, "agreement",
			    MSG_ERROR_RATINGS_MORE, "#n",
			    (long long)json_array_size(ids), NULL);
		return rate_one(out, ids, (int)(*next)++, word, len, err);
	}
	place = place_of(word, key, ids);
	if (place == -1)
		return say_word(err, ERR_BAD_RATING, "agreement",
		    MSG_ERROR_LETTER_UNKNOWN, "letter", word, key);
	return rate_one(out, ids, place, equals + 1, len - key - 1, err);
}

json_t *
letters_ratings(const char *s, const json_t *ids, struct err *err)
{
	json_t *out = json_object();
	size_t n, next = 0;

	for (s += strspn(s, " ,;\t"); *s != '\0';
	     s += n, s += strspn(s, " ,;\t")) {
		n = strcspn(s, " ,;\t");
		if (rate_word(out, ids, s, n, &next, err) == -1) {
			json_decref(out);
			return NULL;
		}
	}
	if (next > 0 && next < json_array_size(ids)) {
		json_decref(out);
		err_say(err, ERR_BAD_RATING, "agreement",
		    MSG_ERROR_RATINGS_FEWER, "#n", (long long)next, "#of",
		    (long long)json_array_size(ids), NULL);
		return NULL;
	}
	if (json_object_size(out) == 0) {
		json_decref(out);
		err_say(err, ERR_BAD_RATING, "agreement",
		    MSG_ERROR_RATINGS_NONE, NULL);
		return NULL;
	}
	return out;
}

const char *
letter_of(const char *id, const json_t *ids, char out[8])
{
	size_t i;

	for (i = 0; i < json_array_size(ids); i++)
		if (strcmp(id_at(ids, i), id) == 0) {
			candidate_label(i, out);
			return out;
		}
	strlcpy(out, id, 8);
	return out;
}

char *
letters_of(const json_t *ranking, const json_t *ids)
{
	const json_t *group, *id;
	struct buf out = {0};
	char letter[8];
	size_t i, k;

	json_array_foreach(ranking, i, group) {
		if (i > 0)
			buf_addc(&out, '>');
		json_array_foreach(group, k, id) {
			if (k > 0)
				buf_addc(&out, '=');
			buf_adds(&out,
			    letter_of(json_string_value(id), ids, letter));
		}
	}
	return buf_take(&out);
}
