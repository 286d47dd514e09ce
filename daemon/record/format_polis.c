/* The tables of a Polis export, both ways. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/csv.h"
#include "record/format_own.h"
#include "record/polis.h"

#define ANY_MAX ((int64_t)1 << 53)

/* ---- import: rows told to our tables ---- */

static json_t *
row_of(struct tables *t, enum table_id id, const char *prefix, int64_t n)
{
	static const char *const keys[TABLES] = {
	    [TABLE_PARTICIPANTS] = "participant",
	    [TABLE_STATEMENTS] = "statement"};
	char name[40];
	json_t *row;

	snprintf(name, sizeof name, "%s%" PRId64, prefix, n);
	row = tables_row(t, id, name);
	json_object_set_new(row, "session", json_string("polis"));
	json_object_set_new(row, keys[id], json_string(name));
	return row;
}

static void
tell_comment(struct tables *t, const struct sheet_head *h, const json_t *row)
{
	const char *body = polis_body(h, row);
	int64_t id = 0, author = 0, at, moderated;
	json_t *st;

	row_int(h, row, "comment-id", 0, ANY_MAX, &id);
	row_int(h, row, "author-id", 0, ANY_MAX, &author);
	st = row_of(t, TABLE_STATEMENTS, "s", id);
	json_object_set_new(st, "round", json_integer(0));
	json_object_set_new(st, "source", json_string("proposal"));
	json_object_set(st, "by",
	    json_object_get(
		row_of(t, TABLE_PARTICIPANTS, "p", author), "participant"));
	json_object_set_new(st, "text", json_string(body != NULL ? body : ""));
	if (row_int(h, row, "timestamp", 0, ANY_MAX, &at) == 1)
		json_object_set_new(st, "at", json_integer(polis_ms(at)));
	if (row_int(h, row, "moderated", -1, 1, &moderated) == 1) {
		json_object_set_new(
		    st, "moderated", json_integer((json_int_t)moderated));
		json_object_set_new(
		    st, "struck", json_boolean(moderated == -1));
	}
}

/* The last of a person's votes on a comment stands. */
static void
tell_vote(struct tables *t, const struct sheet_head *h, const json_t *row)
{
	int64_t comment = 0, voter = 0, vote = 0, at;
	json_t *rating, *earlier;
	char key[80];

	row_int(h, row, "comment-id", 0, ANY_MAX, &comment);
	row_int(h, row, "voter-id", 0, ANY_MAX, &voter);
	row_int(h, row, "vote", -1, 1, &vote);
	row_of(t, TABLE_PARTICIPANTS, "p", voter);
	snprintf(key, sizeof key, "%" PRId64 "/%" PRId64, voter, comment);
	earlier = tables_find(t, TABLE_RATINGS, key);
	if (earlier != NULL)
		json_object_set_new(
		    earlier, "status", json_string("superseded"));
	rating = tables_add(t, TABLE_RATINGS);
	json_object_set(t->index[TABLE_RATINGS], key, rating);
	json_object_set_new(rating, "session", json_string("polis"));
	json_object_set_new(rating, "round", json_integer(0));
	snprintf(key, sizeof key, "p%" PRId64, voter);
	json_object_set_new(rating, "participant", json_string(key));
	snprintf(key, sizeof key, "s%" PRId64, comment);
	json_object_set_new(rating, "statement", json_string(key));
	json_object_set_new(rating, "status", json_string("current"));
	json_object_set_new(rating, "scale", json_string("vote"));
	json_object_set_new(rating, "value", json_integer((json_int_t)vote));
	if (row_int(h, row, "timestamp", 0, ANY_MAX, &at) == 1)
		json_object_set_new(rating, "at", json_integer(polis_ms(at)));
}

/* Lines of key and value, without a header. */
static void
tell_summary(struct tables *t, const struct sheet_head *h, const json_t *row)
{
	static const char *const columns[][2] = {{"topic", "question"},
	    {"url", "label.url"},
	    {"conversation-description", "label.description"}};
	const char *key = json_string_value(json_array_get(row, 0));
	json_t *session = tables_row(t, TABLE_SESSIONS, "polis");
	size_t i;

	(void)h;
	json_object_set_new(session, "session", json_string("polis"));
	json_object_set_new(session, "imported", json_string("polis"));
	for (i = 0; i < sizeof columns / sizeof *columns; i++)
		if (key != NULL && strcmp(key, columns[i][0]) == 0)
			json_object_set(
			    session, columns[i][1], json_array_get(row, 1));
}

static int
check_summary(const struct sheet_head *h, const json_t *row, struct err *err)
{
	(void)h;
	if (json_array_size(row) == 2)
		return 0;
	return err_set(
	    err, ERR_BROKEN, NULL, "a line of the summary is key and value");
}

const struct format_sheet polis_sheets[] = {
    {"comments", NULL, "comment-id author-id", true, polis_check_comment,
	tell_comment},
    {"votes", NULL, "comment-id voter-id vote", true, polis_check_vote,
	tell_vote},
    {"participants-votes", "participant-votes", "participant n-votes", false,
	NULL, NULL},
    {"summary", NULL, NULL, false, check_summary, tell_summary},
    {"stats-history", NULL, "n-votes n-visitors", false, NULL, NULL},
    {.name = NULL},
};

/* ---- export ---- */

/* A conversation: what was shown, who is who, and the votes. */
struct talk {
	const struct tables *t;
	const char *session;
	json_t *people; /* id to number, from 1 */
	json_t *last;	/* "voter/comment" to the vote that stands */
	int64_t comments, votes;
};

/* A rating as a vote: 1 agrees (5 to 7), -1 disagrees (1 to 3), 0 passes. */
static bool
vote_of(const json_t *row, int64_t *vote)
{
	const char *scale = cell_str(row, "scale");
	int64_t value = cell_int(row, "value", -9);

	if (scale == NULL)
		return false;
	if (strcmp(scale, "vote") == 0)
		*vote = value;
	else if (strcmp(scale, "agreement") == 0 && value >= 1)
		*vote = (value > 4) - (value < 4);
	else
		return false;
	return true;
}

static bool
is_comment(const struct talk *k, const json_t *row)
{
	return row_is_of(row, k->session, -1) &&
	       !json_is_false(json_object_get(row, "shown"));
}

static void
put(struct buf *out, bool formulas, bool first, int64_t n)
{
	json_t *v = json_integer((json_int_t)n);

	csv_put_json(out, formulas, first, v);
	json_decref(v);
}

static int64_t
number_of(const struct talk *k, const char *id)
{
	return id == NULL ? 0
			  : json_integer_value(json_object_get(k->people, id));
}

static void
add_header(struct buf *out, const char *columns)
{
	buf_adds(out, columns);
	buf_adds(out, "\r\n");
}

static void
add_comment(const struct talk *k, struct buf *out, const struct outlet *to,
    const json_t *st)
{
	int64_t id = id_number(cell_str(st, "statement")), agrees = 0,
		disagrees = 0, vote;
	const char *source = cell_str(st, "source"), *key;
	char end[32];
	json_t *v;

	snprintf(end, sizeof end, "/%" PRId64, id);
	json_object_foreach(k->last, key, v) {
		vote = json_integer_value(v);
		if (strcmp(strchr(key, '/'), end) == 0) {
			agrees += vote == 1;
			disagrees += vote == -1;
		}
	}
	put(out, false, true, cell_int(st, "at", 0));
	put(out, false, false, id);
	put(out, false, false, number_of(k, cell_str(st, "by")));
	put(out, false, false, agrees);
	put(out, false, false, disagrees);
	put(out, false, false,
	    json_is_true(json_object_get(st, "struck")) ? -1 : 1);
	put(out, false, false, source != NULL && strcmp(source, "draft") == 0);
	csv_put_json(out, to->formulas, false, json_object_get(st, "text"));
	buf_adds(out, "\r\n");
}

static int
write_comments(struct talk *k, const struct outlet *to, struct err *err)
{
	struct buf b = {0};
	json_t *row;
	size_t i;
	int r;

	add_header(&b, "timestamp,comment-id,author-id,agrees,disagrees,"
		       "moderated,is-seed,comment-body");
	json_array_foreach(k->t->rows[TABLE_STATEMENTS], i, row) {
		if (!is_comment(k, row))
			continue;
		add_comment(k, &b, to, row);
		k->comments++;
	}
	r = to->file(to->arg, "comments.csv", b.data, b.len, err);
	buf_free(&b);
	return r;
}

/* Every vote, those that were changed later too. */
static int
write_votes(struct talk *k, const struct outlet *to, struct err *err)
{
	struct buf b = {0};
	json_t *row;
	int64_t vote, voter, comment;
	char key[64];
	size_t i;
	int r;

	add_header(&b, "timestamp,comment-id,voter-id,vote");
	json_array_foreach(k->t->rows[TABLE_RATINGS], i, row) {
		if (!row_is_of(row, k->session, -1) || !vote_of(row, &vote))
			continue;
		voter = number_of(k, cell_str(row, "participant"));
		comment = id_number(cell_str(row, "statement"));
		put(&b, false, true, cell_int(row, "at", 0));
		put(&b, false, false, comment);
		put(&b, false, false, voter);
		put(&b, false, false, vote);
		buf_adds(&b, "\r\n");
		k->votes++;
		if (!row_stands(row))
			continue;
		snprintf(
		    key, sizeof key, "%" PRId64 "/%" PRId64, voter, comment);
		json_object_set_new(
		    k->last, key, json_integer((json_int_t)vote));
	}
	r = to->file(to->arg, "votes.csv", b.data, b.len, err);
	buf_free(&b);
	return r;
}

/* One line of the matrix; what was not voted on is empty. */
static void
add_person(const struct talk *k, struct buf *out, int64_t voter)
{
	int64_t agree = 0, disagree = 0, votes = 0, comments = 0;
	struct buf cells = {0};
	json_t *row, *v;
	char key[64];
	size_t i;

	buf_adds(&cells, "");
	json_array_foreach(k->t->rows[TABLE_STATEMENTS], i, row) {
		if (!is_comment(k, row))
			continue;
		comments += number_of(k, cell_str(row, "by")) == voter;
		snprintf(key, sizeof key, "%" PRId64 "/%" PRId64, voter,
		    id_number(cell_str(row, "statement")));
		v = json_object_get(k->last, key);
		buf_addc(&cells, ',');
		if (v == NULL)
			continue;
		votes++;
		agree += json_integer_value(v) == 1;
		disagree += json_integer_value(v) == -1;
		buf_add_int(&cells, json_integer_value(v));
	}
	buf_addf(out,
	    "%" PRId64 ",,%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64
	    "%s\r\n",
	    voter, comments, votes, agree, disagree, cells.data);
	buf_free(&cells);
}

static int
write_matrix(const struct talk *k, const struct outlet *to, struct err *err)
{
	struct buf b = {0};
	const char *id;
	json_t *row, *n;
	size_t i;
	int r;

	buf_adds(
	    &b, "participant,group-id,n-comments,n-votes,n-agree,n-disagree");
	json_array_foreach(k->t->rows[TABLE_STATEMENTS], i, row) {
		if (is_comment(k, row))
			put(&b, false, false,
			    id_number(cell_str(row, "statement")));
	}
	buf_adds(&b, "\r\n");
	json_object_foreach(k->people, id, n)
		add_person(k, &b, json_integer_value(n));
	r = to->file(to->arg, "participants-votes.csv", b.data, b.len, err);
	buf_free(&b);
	return r;
}

static int
write_summary(const struct talk *k, const struct outlet *to, struct err *err)
{
	const json_t *session = tables_find(k->t, TABLE_SESSIONS, k->session);
	const struct csv_style style = {.formulas = to->formulas};
	const char *question = cell_str(session, "question");
	struct buf b = {0};
	int r;

	buf_adds(&b, "topic,");
	csv_put(&b, &style, true, question,
	    question != NULL ? strlen(question) : 0, false);
	buf_addf(&b,
	    "\r\nvoters,%zu\r\nvoters-in-conv,%zu\r\ncomments,%" PRId64 "\r\n",
	    json_object_size(k->people), json_object_size(k->people),
	    k->comments);
	r = to->file(to->arg, "summary.csv", b.data, b.len, err);
	buf_free(&b);
	return r;
}

static void
number_people(struct talk *k)
{
	const char *id;
	json_t *row;
	size_t i;

	json_array_foreach(k->t->rows[TABLE_PARTICIPANTS], i, row) {
		id = cell_str(row, "participant");
		if (id != NULL && row_is_of(row, k->session, -1))
			json_object_set_new(k->people, id,
			    json_integer(
				(json_int_t)json_object_size(k->people) + 1));
	}
}

/*
 * A conversation in Polis is one session.  Statements are comments (those that
 * were drafted are seeds, by author 0), agreement ratings are votes, people
 * are numbered as they joined.
 */
int
write_polis(const struct tables *t, const struct outlet *out, struct err *err)
{
	struct talk k = {.t = t};
	int r;

	if (json_array_size(t->rows[TABLE_SESSIONS]) != 1)
		return err_set(err, ERR_INVALID_PARAMS, NULL,
		    "a Polis export is of one session; give one recording");
	k.session = row_session(json_array_get(t->rows[TABLE_SESSIONS], 0));
	k.people = json_object();
	k.last = json_object();
	number_people(&k);
	r = write_votes(&k, out, err);
	if (r == 0)
		r = write_comments(&k, out, err);
	if (r == 0)
		r = write_matrix(&k, out, err);
	if (r == 0)
		r = write_summary(&k, out, err);
	json_decref(k.people);
	json_decref(k.last);
	return r;
}
