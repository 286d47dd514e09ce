#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "record/tables.h"
#include "tests/unit/record/fixture.h"

static void
read_play(const struct play *p, may_fn *may, struct tables *t)
{
	struct buf b = {0};
	struct recording *r;
	struct err err;

	write_log(p, may, NULL, &b);
	tables_init(t);
	r = recording_of(b.data, b.len);
	if (tables_read(t, r, &err) == -1)
		fail_msg("%s", err.text);
	recording_close(r);
	buf_free(&b);
}

/* Rows of a table whose column has that text. */
static size_t
count(const struct tables *t, enum table_id id, const char *column,
    const char *text)
{
	const char *s;
	json_t *row;
	size_t i, n = 0;

	json_array_foreach(t->rows[id], i, row) {
		s = cell_str(row, column);
		n += s != NULL && strcmp(s, text) == 0;
	}
	return n;
}

static size_t
rows(const struct tables *t, enum table_id id)
{
	return json_array_size(t->rows[id]);
}

static void
whole_sessions_are_told(void **state)
{
	struct tables t;
	struct play p;
	const json_t *s;

	(void)state;
	play_two_rounds(&p);
	read_play(&p, NULL, &t);
	assert_int_equal(rows(&t, TABLE_SESSIONS), 1);
	s = json_array_get(t.rows[TABLE_SESSIONS], 0);
	assert_string_equal(
	    cell_str(s, "question"), "Should phones be banned in school?");
	assert_string_equal(cell_str(s, "seed"), "11");
	assert_int_equal(cell_int(s, "participants", 0), 5);
	assert_int_equal(cell_int(s, "rounds", 0), 2);
	assert_int_equal(cell_int(s, "setting.candidates", 0), 4);
	assert_string_equal(cell_str(s, "drafter"), "the offline drafter");
	assert_non_null(cell_str(s, "outcome"));
	assert_non_null(cell_str(s, "statement"));
	assert_int_equal(rows(&t, TABLE_PARTICIPANTS), 5);
	assert_int_equal(rows(&t, TABLE_OPINIONS), 5);
	assert_int_equal(rows(&t, TABLE_CRITIQUES), 5);
	assert_string_equal(
	    cell_str(json_array_get(t.rows[TABLE_CRITIQUES], 0), "statement"),
	    p.s->statements[p.s->results[0].winner].id);
	assert_int_equal(rows(&t, TABLE_STATEMENTS), p.s->nstatements);
	/* Round 0 shows 3, round 1 the winner again as well. */
	assert_int_equal(count(&t, TABLE_BALLOTS, "kind", "cast"), 5 * (3 + 4));
	assert_int_equal(
	    count(&t, TABLE_BALLOTS, "status", "counted"), 5 * (3 + 4));
	assert_int_equal(
	    count(&t, TABLE_RATINGS, "scale", "agreement"), 5 * (3 + 4));
	assert_int_equal(rows(&t, TABLE_TALLIES), 3 + 4);
	assert_int_equal(count(&t, TABLE_EXCHANGES, "kind", "predict"), 10);
	assert_int_equal(count(&t, TABLE_EXCHANGES, "outcome", "ok"),
	    rows(&t, TABLE_EXCHANGES));
	tables_clear(&t);
	play_end(&p);
}

/* What the engine elected is what the tables say. */
static void
ranks_are_those_of_the_ballots(void **state)
{
	struct tables t;
	struct play p;
	const json_t *row;
	size_t i;

	(void)state;
	play_two_rounds(&p);
	read_play(&p, NULL, &t);
	json_array_foreach(t.rows[TABLE_TALLIES], i, row) {
		int64_t round = cell_int(row, "round", -1);
		bool won = json_is_true(json_object_get(row, "winner"));

		assert_int_equal(won,
		    strcmp(cell_str(row, "statement"),
			p.s->statements[p.s->results[round].winner].id) == 0);
	}
	json_array_foreach(t.rows[TABLE_BALLOTS], i, row) {
		if (strcmp(cell_str(row, "kind"), "cast") == 0) {
			assert_in_range(cell_int(row, "rank", -1), 0, 3);
			assert_in_range(cell_int(row, "place", -1), 1, 4);
		}
	}
	tables_clear(&t);
	play_end(&p);
}

static void
crooked_sessions_are_told(void **state)
{
	struct tables t;
	struct play p;

	(void)state;
	play_crooked(&p);
	read_play(&p, NULL, &t);
	assert_int_equal(count(&t, TABLE_OPINIONS, "status", "superseded"), 1);
	assert_int_equal(count(&t, TABLE_OPINIONS, "status", "taken_back"), 1);
	assert_int_equal(count(&t, TABLE_OPINIONS, "status", "current"), 2);
	assert_true(json_is_true(json_object_get(
	    json_array_get(t.rows[TABLE_OPINIONS], 2), "withheld")));
	assert_int_equal(count(&t, TABLE_PARTICIPANTS, "left", "removed"), 1);
	assert_int_equal(count(&t, TABLE_PARTICIPANTS, "left", "withdrawn"), 1);
	assert_int_equal(count(&t, TABLE_ACTS, "reason", "rude"), 1);
	assert_int_equal(count(&t, TABLE_ACTS, "reason", "shouts"), 1);
	assert_int_equal(count(&t, TABLE_ACTS, "reason", "fire"), 1);
	assert_int_equal(
	    count(&t, TABLE_STATEMENTS, "text", "Let us wait."), 1);
	tables_clear(&t);
	play_end(&p);
}

/* A ballot that was replaced, and one whose author was removed before it was
 * counted. */
static void
ballots_that_do_not_count_say_so(void **state)
{
	struct tables t;
	struct play p;
	char order[40];
	int i;

	(void)state;
	play_begin(&p, "{\"candidates\":3,\"shown\":2,\"rounds\":0}", "7");
	for (i = 0; i < 4; i++)
		play_join(&p, NULL);
	play_next(&p);
	for (i = 0; i < 4; i++)
		play_text(&p, i, "opinion", "Roads first. Then a park.");
	play_text(&p, 0, "opinion", "A park first. Roads can wait a year.");
	play_jobs(&p);
	assert_true(p.s->nslate == 2);
	snprintf(order, sizeof order, "%s>%s",
	    p.s->statements[p.s->slate[0]].id,
	    p.s->statements[p.s->slate[1]].id);
	for (i = 0; i < 2; i++)
		assert_int_equal(play_ballot(&p, 0, order, NULL), 0);
	assert_int_equal(play_ballot(&p, 1, order, NULL), 0);
	play_input(
	    &p, input_removed(p.s, 1, "f1", "shouts", p.now, &p.entropy));
	play_next(&p);
	read_play(&p, NULL, &t);
	assert_int_equal(count(&t, TABLE_BALLOTS, "status", "superseded"), 2);
	assert_int_equal(count(&t, TABLE_BALLOTS, "status", "removed"), 2);
	assert_int_equal(count(&t, TABLE_BALLOTS, "status", "counted") +
			     count(&t, TABLE_BALLOTS, "status", "current"),
	    2);
	tables_clear(&t);
	play_end(&p);
}

static bool
no_values(const struct event *e, const struct sealed *item, void *arg)
{
	(void)e;
	(void)arg;
	return strcmp(item->name, "by") != 0 &&
	       strcmp(item->name, "ranking") != 0;
}

/* A copy for somebody else tells less, and nothing false. */
static void
what_is_not_readable_is_missing(void **state)
{
	struct tables t;
	struct play p;
	json_t *row;
	size_t i;

	(void)state;
	play_two_rounds(&p);
	read_play(&p, no_values, &t);
	assert_int_equal(rows(&t, TABLE_OPINIONS), 5);
	json_array_foreach(t.rows[TABLE_OPINIONS], i, row) {
		assert_null(cell_str(row, "participant"));
		assert_non_null(cell_str(row, "text"));
	}
	assert_int_equal(rows(&t, TABLE_BALLOTS), 0);
	tables_clear(&t);
	play_end(&p);
}

static void
anonymous_tables_name_nobody(void **state)
{
	struct tables t;
	struct play p;
	char *text;
	int id, i;

	(void)state;
	play_begin(&p, NULL, "5");
	for (i = 0; i < 5; i++)
		play_join(&p, "Somebody");
	play_next(&p);
	play_text(&p, 0, "opinion", "An opinion that stays.");
	read_play(&p, NULL, &t);
	tables_anonymous(&t, "salt");
	for (id = 0; id < TABLES; id++) {
		text = json_dumps(t.rows[id], JSON_COMPACT);
		assert_null(strstr(text, "Somebody"));
		for (i = 0; i < 5; i++)
			assert_null(strstr(text, p.s->participants[i].id));
		free(text);
	}
	for (i = 0; i < 5; i++) {
		char want[8];

		snprintf(want, sizeof want, "P%d", i + 1);
		assert_string_equal(
		    cell_str(
			json_array_get(t.rows[TABLE_PARTICIPANTS], (size_t)i),
			"participant"),
		    want);
	}
	assert_string_equal(
	    cell_str(json_array_get(t.rows[TABLE_OPINIONS], 0), "text"),
	    "An opinion that stays.");
	tables_clear(&t);
	play_end(&p);
}

static void
broken_recordings_are_refused(void **state)
{
	static const char text[] = "{\"caucus\":\"recording\"}\n";
	struct recording *r = recording_of(text, sizeof text - 1);
	struct tables t;
	struct err err;

	(void)state;
	tables_init(&t);
	assert_int_equal(tables_read(&t, r, &err), -1);
	assert_int_equal(err.code, ERR_BROKEN);
	recording_close(r);
	tables_clear(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(whole_sessions_are_told),
	    cmocka_unit_test(ranks_are_those_of_the_ballots),
	    cmocka_unit_test(crooked_sessions_are_told),
	    cmocka_unit_test(ballots_that_do_not_count_say_so),
	    cmocka_unit_test(what_is_not_readable_is_missing),
	    cmocka_unit_test(anonymous_tables_name_nobody),
	    cmocka_unit_test(broken_recordings_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
