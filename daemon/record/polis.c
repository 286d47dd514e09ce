#include "record/polis.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/stream.h"
#include "base/text.h"

#define AUTHORS_MAX 500	  /* participants of a scenario */
#define TEXT_USUAL  10000 /* what the settings allow unless told more */
#define TEXT_MAX    200000
#define SEATS_USUAL 200
#define ID_MAX	    ((int64_t)1 << 53)

int64_t
polis_ms(int64_t timestamp)
{
	return timestamp < INT64_C(100000000000) ? timestamp * 1000 : timestamp;
}

const char *
polis_body(const struct sheet_head *h, const json_t *row)
{
	static const char *const names[] = {"comment-body", "txt", "body"};
	const char *s = NULL;
	size_t i;

	for (i = 0; i < sizeof names / sizeof *names && s == NULL; i++)
		s = row_text(h, row, names[i]);
	return s;
}

/* ---- checks ---- */

static int
need(const struct sheet_head *h, const json_t *row, const char *column,
    int64_t min, int64_t max, struct err *err)
{
	int64_t n;

	if (row_int(h, row, column, min, max, &n) == 1)
		return 0;
	return err_set(err, ERR_BROKEN, column,
	    "%s must be a whole number from %" PRId64 " to %" PRId64, column,
	    min, max);
}

static int
may(const struct sheet_head *h, const json_t *row, const char *column,
    int64_t min, int64_t max, struct err *err)
{
	int64_t n;

	return row_int(h, row, column, min, max, &n) == 0
		   ? 0
		   : need(h, row, column, min, max, err);
}

int
polis_check_comment(
    const struct sheet_head *h, const json_t *row, struct err *err)
{
	const char *body = polis_body(h, row);

	if (need(h, row, "comment-id", 0, ID_MAX, err) == -1 ||
	    need(h, row, "author-id", 0, ID_MAX, err) == -1 ||
	    may(h, row, "moderated", -1, 1, err) == -1 ||
	    may(h, row, "timestamp", 0, ID_MAX, err) == -1)
		return -1;
	if (body == NULL || text_visible(body) == 0)
		return err_set(
		    err, ERR_BROKEN, "comment-body", "the comment is empty");
	return 0;
}

int
polis_check_vote(const struct sheet_head *h, const json_t *row, struct err *err)
{
	if (need(h, row, "comment-id", 0, ID_MAX, err) == -1 ||
	    need(h, row, "voter-id", 0, ID_MAX, err) == -1 ||
	    need(h, row, "vote", -1, 1, err) == -1)
		return -1;
	return may(h, row, "timestamp", 0, ID_MAX, err);
}

/* ---- a scenario ---- */

struct comment {
	int64_t id, author;
	char *text;
};

struct comments {
	struct comment *v;
	size_t n, cap;
};

static int
comment_cmp(const void *a, const void *b)
{
	const struct comment *x = a, *y = b;

	if (x->author != y->author)
		return x->author < y->author ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

static void
comments_free(struct comments *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		free(c->v[i].text);
	free(c->v);
}

static void
take_comment(struct comments *c, const struct sheet_head *h, const json_t *row,
    struct polis_told *told)
{
	int64_t moderated = 0, id = 0, author = 0;
	const char *body = polis_body(h, row);

	told->comments++;
	row_int(h, row, "moderated", -1, 1, &moderated);
	if (moderated == -1) {
		told->moderated++;
		return;
	}
	row_int(h, row, "comment-id", 0, ID_MAX, &id);
	row_int(h, row, "author-id", 0, ID_MAX, &author);
	c->v = xgrow(c->v, c->n, &c->cap, sizeof *c->v);
	c->v[c->n++] =
	    (struct comment){id, author, text_normal(body, strlen(body))};
}

static int
read_comments(const char *dir, struct comments *c, struct polis_told *told,
    struct err *err)
{
	char *path = xasprintf("%s/comments.csv", dir);
	struct sheet *s = sheet_open(path, "comments", SHEET_CSV, true, err);
	struct err why;
	char where[48];
	json_t *row;
	int64_t line;
	int r;

	free(path);
	if (s == NULL)
		return -1;
	while ((r = sheet_next(s, &row, &line, &why)) != 0 && r != -2) {
		if (r == 1 &&
		    polis_check_comment(sheet_head(s), row, &why) == -1) {
			snprintf(where, sizeof where,
			    "comments.csv: line %" PRId64, line);
			faults_add(&told->faults, where, why.text);
		} else if (r == 1) {
			take_comment(c, sheet_head(s), row, told);
		} else {
			faults_add(&told->faults, "comments.csv", why.text);
		}
		json_decref(row);
	}
	sheet_close(s);
	if (r == -2)
		*err = why;
	else if (c->n > 1)
		qsort(c->v, c->n, sizeof *c->v, comment_cmp);
	return r == -2 ? -1 : 0;
}

/* The value of a key in summary.csv; fresh; NULL: none. */
static char *
summary(const char *dir, const char *key)
{
	char *path = xasprintf("%s/summary.csv", dir), *value = NULL;
	struct sheet *s = sheet_open(path, "summary", SHEET_CSV, false, NULL);
	const char *k, *v;
	json_t *row;
	int64_t line;
	int r;

	free(path);
	while (s != NULL && value == NULL &&
	       (r = sheet_next(s, &row, &line, NULL)) != 0 && r != -2) {
		k = json_string_value(json_array_get(row, 0));
		v = json_string_value(json_array_get(row, 1));
		if (k != NULL && v != NULL && strcmp(k, key) == 0 &&
		    text_visible(v) > 0)
			value = xstrdup(v);
		json_decref(row);
	}
	sheet_close(s);
	return value;
}

/* Where each author's comments begin; fresh, *n of them. */
static size_t *
authors_of(const struct comments *c, size_t *n)
{
	size_t *first = xcalloc(c->n + 1, sizeof *first), i;

	*n = 0;
	for (i = 0; i < c->n; i++)
		if (i == 0 || c->v[i].author != c->v[i - 1].author)
			first[(*n)++] = i;
	return first;
}

static int
size_cmp(const void *a, const void *b)
{
	const size_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The n chosen of `of`, in order; fresh. */
static size_t *
choose(size_t n, size_t of, const char *seed)
{
	size_t *perm = xcalloc(of, sizeof *perm);
	struct stream draw;

	stream_open(&draw, seed, "polis-authors", 0, 0);
	stream_permute(&draw, perm, of);
	qsort(perm, n, sizeof *perm, size_cmp);
	return perm;
}

/* The author's comments joined, no longer than a contribution may be. */
static json_t *
opinion_of(const struct comments *c, size_t i, size_t *chars)
{
	int64_t author = c->v[i].author;
	struct buf text = {0};
	json_t *opinion;
	size_t n;

	*chars = 0;
	for (; i < c->n && c->v[i].author == author; i++) {
		n = text_chars(c->v[i].text) + (text.len > 0);
		if (*chars + n > TEXT_MAX)
			break;
		*chars += n;
		if (text.len > 0)
			buf_addc(&text, '\n');
		buf_adds(&text, c->v[i].text);
	}
	opinion = json_stringn(text.data != NULL ? text.data : "", text.len);
	buf_free(&text);
	return opinion;
}

static json_t *
scenario_of(const struct comments *c, const struct polis_ask *ask,
    const size_t *first, const size_t *chosen)
{
	json_t *people = json_array(), *settings = json_object(), *out;
	size_t i, chars, longest = 0, n = (size_t)ask->participants;
	char name[40];

	for (i = 0; i < n; i++) {
		snprintf(name, sizeof name, "author %" PRId64,
		    c->v[first[chosen[i]]].author);
		json_array_append_new(
		    people, json_pack("{s:s,s:o}", "name", name, "opinion",
				opinion_of(c, first[chosen[i]], &chars)));
		longest = chars > longest ? chars : longest;
	}
	if (longest > TEXT_USUAL)
		json_object_set_new(
		    settings, "text_max", json_integer((json_int_t)longest));
	if (n > SEATS_USUAL)
		json_object_set_new(
		    settings, "seats", json_integer((json_int_t)n));
	out = json_pack("{s:s}", "question", ask->question);
	if (json_object_size(settings) > 0)
		json_object_set(out, "settings", settings);
	json_decref(settings);
	json_object_set_new(out, "participants", people);
	return out;
}

static int
too_many(const struct polis_ask *ask, int64_t max, struct err *err)
{
	if (max == 0)
		return err_set(err, ERR_BROKEN, NULL,
		    "comments.csv has no comment that was not moderated out: "
		    "nobody can take part");
	return err_set(err, ERR_INVALID_PARAMS, "participants",
	    "there are not %" PRId64 " people to take part: the maximum is "
	    "%" PRId64,
	    ask->participants, max);
}

int
polis_scenario(const char *dir, const struct polis_ask *ask,
    struct polis_told *told, json_t **out, struct err *err)
{
	char *topic = ask->question == NULL ? summary(dir, "topic") : NULL;
	struct polis_ask asked = *ask;
	struct comments c = {0};
	size_t *first, *chosen, n, max;
	int r;

	*told = (struct polis_told){0};
	*out = NULL;
	r = read_comments(dir, &c, told, err);
	first = authors_of(&c, &n);
	told->authors = (int64_t)n;
	max = n < AUTHORS_MAX ? n : AUTHORS_MAX;
	if (asked.question == NULL)
		asked.question = topic;
	if (r == 0 && asked.question == NULL)
		r = err_set(err, ERR_INVALID_PARAMS, "question",
		    "there is no summary.csv that names the topic; say it "
		    "with --question");
	if (r == 0 && (size_t)ask->participants > max)
		r = too_many(ask, (int64_t)max, err);
	if (r == 0 && c.v != NULL) {
		chosen = choose((size_t)ask->participants, n, ask->seed);
		*out = scenario_of(&c, &asked, first, chosen);
		free(chosen);
	}
	free(first);
	free(topic);
	comments_free(&c);
	return r;
}
