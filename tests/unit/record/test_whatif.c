/* The same ballots counted otherwise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "record/whatif.h"
#include "tests/unit/record/fixture.h"

/* ---- recordings ---- */

static void
read_log(const struct play *p, may_fn *may, struct elections *e, int want)
{
	char path[] = "/tmp/caucus-whatif-XXXXXX";
	struct buf b = {0};
	struct err err = {0};
	FILE *f;

	write_log(p, may, NULL, &b);
	f = fdopen(mkstemp(path), "w");
	assert_non_null(f);
	assert_int_equal(fwrite(b.data, 1, b.len, f), b.len);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(elections_read(path, e, &err), want);
	if (want == -1)
		assert_int_equal(err.code, ERR_BROKEN);
	unlink(path);
	buf_free(&b);
}

static json_t *
rows_of(const struct elections *e, const struct whatif *w)
{
	json_t *rows = json_array();

	assert_int_equal(whatif_rows(e, w, rows, NULL), 0);
	return rows;
}

static const char *
str(const json_t *row, const char *name)
{
	const char *s = json_string_value(json_object_get(row, name));

	return s != NULL ? s : "";
}

static json_int_t
num(const json_t *row, const char *name)
{
	return json_integer_value(json_object_get(row, name));
}

/* The slate that the recording says was shown in a round. */
static json_t *
shown_in(const struct play *p, int64_t round)
{
	size_t i;

	for (i = 0; i < p->log.n; i++)
		if (strcmp(p->log.v[i]->type, "slate.decided") == 0 &&
		    event_int(p->log.v[i], "round", -1) == round)
			return json_object_get(p->log.v[i]->data, "shown");
	fail();
	return NULL;
}

static const char *
winner_in(const struct play *p, int64_t round)
{
	size_t i;

	for (i = 0; i < p->log.n; i++)
		if (strcmp(p->log.v[i]->type, "tally.decided") == 0 &&
		    event_int(p->log.v[i], "round", -1) == round)
			return event_str(p->log.v[i], "winner");
	fail();
	return NULL;
}

/* ---- as it was ---- */

/* Counted as it was, everything comes out as it did: over seeds and slates. */
static void
nothing_changed_changes_nothing(void **state)
{
	static const char *const settings[] = {NULL,
	    "{\"slate\":\"top\",\"shown\":3,\"rounds\":2}",
	    "{\"candidates\":16,\"keep\":false}", "{\"tie_break\":\"ballot\"}",
	    "{\"tie_break\":\"random\"}"};
	struct whatif as_was = {.candidates = 0};
	json_t *rows, *row, *shown, *id, *list;
	struct elections e;
	struct play p;
	size_t i, k, n;
	char seed[16];

	(void)state;
	for (i = 0; i < 15; i++) {
		snprintf(seed, sizeof seed, "%zu", i);
		play_begin(&p, settings[i % 5], seed);
		play_whole(&p, 5);
		read_log(&p, NULL, &e, 0);
		rows = rows_of(&e, &as_was);
		assert_true(json_array_size(rows) >= 4);
		json_array_foreach(rows, k, row) {
			assert_false(
			    json_is_true(json_object_get(row, "changed")));
			assert_int_equal(num(row, "ballots"), 5);
			if (strcmp(str(row, "election"), "vote") == 0) {
				assert_string_equal(str(row, "winner"),
				    winner_in(&p, num(row, "round")));
				continue;
			}
			/* What is shown beside the drafts has no election. */
			assert_int_equal(num(row, "not_voted"), 0);
			list = json_object_get(row, "shown");
			assert_true(json_array_size(list) > 0);
			shown = shown_in(&p, num(row, "round"));
			json_array_foreach(list, n, id) {
				size_t at;
				json_t *other;
				bool found = false;

				json_array_foreach(shown, at, other)
					found |= json_equal(id, other);
				assert_true(found);
			}
			assert_in_range(
			    json_array_size(shown) - json_array_size(list), 0,
			    1);
		}
		json_decref(rows);
		elections_free(&e);
		play_end(&p);
	}
}

/* ---- otherwise ---- */

/* One round of two statements and five people: two prefer the first, three
 * the second. */
static void
play_close_vote(struct play *p)
{
	static const char *const ballots[] = {
	    "s1>s2", "s1>s2", "s2>s1", "s2>s1", "s2>s1"};
	int i;

	play_begin(p,
	    "{\"candidates\":8,\"shown\":2,\"rounds\":0,"
	    "\"ratings\":\"optional\",\"slate\":\"top\"}",
	    NULL);
	for (i = 0; i < 5; i++)
		play_join(p, i == 0 ? "Ada" : "Kim");
	play_next(p);
	for (i = 0; i < 5; i++)
		play_text(p, i, "opinion", fixture_opinions[i]);
	play_jobs(p);
	assert_int_equal(p->s->nslate, 2);
	for (i = 0; i < 5; i++) {
		char order[16];
		const char *a = p->s->statements[p->s->slate[0]].id;
		const char *b = p->s->statements[p->s->slate[1]].id;

		snprintf(order, sizeof order, "%s>%s",
		    ballots[i][1] == '1' ? a : b, ballots[i][1] == '1' ? b : a);
		assert_int_equal(play_ballot(p, i, order, NULL), 0);
	}
	assert_true(p->s->concluded);
}

static const json_t *
vote_of(const json_t *rows)
{
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
		if (strcmp(str(row, "election"), "vote") == 0)
			return row;
	fail();
	return NULL;
}

static void
check_vote(const struct elections *e, struct counting how, json_int_t ballots,
    bool changed, json_int_t tied)
{
	struct whatif w = {.how = how};
	json_t *rows = rows_of(e, &w);
	const json_t *row = vote_of(rows);

	assert_int_equal(num(row, "ballots"), ballots);
	assert_int_equal(
	    json_is_true(json_object_get(row, "changed")), changed);
	assert_int_equal(num(row, "tied"), tied);
	json_decref(rows);
}

static const char *
person(const struct elections *e, size_t i)
{
	return str(json_array_get(e->people, i), "id");
}

static void
votes_left_out_and_doubled(void **state)
{
	struct elections e;
	struct play p;

	(void)state;
	play_close_vote(&p);
	read_log(&p, NULL, &e, 0);
	check_vote(&e, (struct counting){.method = NULL}, 5, false, 1);
	/* 2:2 is a tie, 1:3 none; 3:3 is a tie, 2:4 none */
	check_vote(
	    &e, (struct counting){.without = person(&e, 0)}, 4, false, 1);
	check_vote(
	    &e, (struct counting){.doubled = person(&e, 4)}, 6, false, 1);
	check_vote(&e, (struct counting){.ballots = COUNT_CAST}, 5, false, 1);
	elections_free(&e);
	play_end(&p);
}

/* Another seed draws other lots, over many seeds both win. */
static void
lots_follow_the_seed(void **state)
{
	struct whatif w = {.how = {.tie_break = "random"}};
	int wins[2] = {0, 0}, i;
	struct elections e;
	struct play p;
	json_t *rows;
	char seed[16];

	(void)state;
	play_close_vote(&p);
	read_log(&p, NULL, &e, 0);
	w.how.without = person(&e, 4);
	for (i = 0; i < 40; i++) {
		snprintf(seed, sizeof seed, "%d", i);
		w.how.seed = seed;
		rows = rows_of(&e, &w);
		assert_string_equal(str(vote_of(rows), "decided_by"), "lot");
		wins[json_is_true(json_object_get(vote_of(rows), "changed"))]++;
		json_decref(rows);
	}
	assert_true(wins[0] > 5 && wins[1] > 5);
	elections_free(&e);
	play_end(&p);
}

static void
fewer_candidates(void **state)
{
	struct whatif w = {.candidates = 1};
	struct elections e;
	const json_t *row;
	struct play p;
	json_t *rows;
	size_t i;

	(void)state;
	play_two_rounds(&p);
	read_log(&p, NULL, &e, 0);
	rows = rows_of(&e, &w);
	json_array_foreach(rows, i, row)
		if (strcmp(str(row, "election"), "slate") == 0)
			assert_true(json_array_size(
					json_object_get(row, "shown")) <= 1);
	json_decref(rows);
	/* All of them is what there was. */
	w.candidates = 1000;
	rows = rows_of(&e, &w);
	json_array_foreach(rows, i, row)
		assert_false(json_is_true(json_object_get(row, "changed")));
	json_decref(rows);
	elections_free(&e);
	play_end(&p);
}

static void
predicted_ballots_instead(void **state)
{
	struct whatif w = {.how = {.ballots = COUNT_PREDICTED}};
	struct elections e;
	struct play p;
	json_t *rows;

	(void)state;
	play_two_rounds(&p);
	read_log(&p, NULL, &e, 0);
	rows = rows_of(&e, &w);
	assert_int_equal(json_array_size(rows), 4);
	assert_int_equal(num(vote_of(rows), "ballots"), 5);
	json_decref(rows);
	w.how.ballots = COUNT_CAST;
	rows = rows_of(&e, &w); /* without predictions there is no slate */
	assert_int_equal(json_array_size(rows), 2);
	json_decref(rows);
	elections_free(&e);
	play_end(&p);
}

static void
sway_is_counted(void **state)
{
	json_t *rows = json_array();
	struct elections e;
	const json_t *row;
	struct play p;
	size_t i;

	(void)state;
	play_close_vote(&p);
	read_log(&p, NULL, &e, 0);
	whatif_influence(&e, rows);
	assert_int_equal(json_array_size(rows), 5);
	json_array_foreach(rows, i, row) {
		assert_string_equal(str(row, "participant"), person(&e, i));
		assert_int_equal(num(row, "ballots"), 1);
		assert_int_equal(num(row, "preferred"), i >= 2);
		/* Without one of the three it is a tie. */
		assert_int_equal(num(row, "pairs"), i >= 2);
		if (i < 2)
			assert_int_equal(num(row, "without"), 0);
		else
			assert_int_equal(num(row, "double"), 0);
	}
	assert_string_equal(str(json_array_get(e.people, 0), "name"), "Ada");
	assert_non_null(json_object_get(e.texts, "s1"));
	json_decref(rows);
	elections_free(&e);
	play_end(&p);
}

/* ---- what cannot be counted ---- */

static void
unknown_names_are_refused(void **state)
{
	const struct whatif rows[] = {
	    {.how = {.method = "dice"}},
	    {.how = {.tie_break = "dice"}},
	    {.slate = "dice"},
	};
	struct elections e;
	struct err err;
	struct play p;
	json_t *list;
	size_t i;

	(void)state;
	play_two_rounds(&p);
	read_log(&p, NULL, &e, 0);
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		list = json_array();
		assert_int_equal(whatif_rows(&e, &rows[i], list, &err), -1);
		assert_int_equal(err.code, ERR_INVALID_PARAMS);
		assert_non_null(strstr(err.text, "dice"));
		json_decref(list);
	}
	elections_free(&e);
	play_end(&p);
}

static void
ballots_must_be_there(void **state)
{
	struct elections e;
	struct play p;

	(void)state;
	play_two_rounds(&p);
	read_log(&p, no_rankings, &e, -1);
	elections_free(&e);
	play_end(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_changed_changes_nothing),
	    cmocka_unit_test(votes_left_out_and_doubled),
	    cmocka_unit_test(lots_follow_the_seed),
	    cmocka_unit_test(fewer_candidates),
	    cmocka_unit_test(predicted_ballots_instead),
	    cmocka_unit_test(sway_is_counted),
	    cmocka_unit_test(unknown_names_are_refused),
	    cmocka_unit_test(ballots_must_be_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
