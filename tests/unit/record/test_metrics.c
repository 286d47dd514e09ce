#include "record/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/record/fixture.h"

/* The figure of that name and object; NULL: there is none. */
static const json_t *
find(const json_t *rows, const char *metric, int64_t round, const char *of)
{
	const char *is;
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		is = cell_str(row, "of");
		if (strcmp(cell_str(row, "metric"), metric) == 0 &&
		    cell_int(row, "round", -1) == round &&
		    (of == NULL ? is == NULL
				: is != NULL && strcmp(is, of) == 0))
			return row;
	}
	return NULL;
}

static void
assert_figure(const json_t *rows, const char *metric, int64_t round,
    const char *of, int64_t count, int64_t n)
{
	const json_t *row = find(rows, metric, round, of);

	if (row == NULL)
		fail_msg("no %s", metric);
	if (cell_int(row, "count", -99) != count || cell_int(row, "n", 0) != n)
		fail_msg("%s: %d / %d", metric,
		    (int)cell_int(row, "count", -99),
		    (int)cell_int(row, "n", 0));
}

static void
answer(struct tables *t, const char *slot, const char *who, int64_t value)
{
	json_t *row = tables_add(t, TABLE_ANSWERS);

	row_set_str(row, "session", "x");
	row_set_str(row, "slot", slot);
	row_set_str(row, "participant", who);
	row_set_str(row, "status", "current");
	row_set_int(row, "value", value);
}

static void
rate(struct tables *t, const char *who, int64_t value)
{
	json_t *row = tables_add(t, TABLE_RATINGS);

	row_set_str(row, "session", "x");
	row_set_int(row, "round", 1);
	row_set_str(row, "statement", "s9");
	row_set_str(row, "participant", who);
	row_set_str(row, "scale", "agreement");
	row_set_str(row, "status", "counted");
	row_set_int(row, "value", value);
}

/*
 * Five people before: 2 3 6 7 5, so three hold the majority's side, above 4.
 * After: 3 3 5 7, and e is gone.  a moves towards the majority, c away.
 */
static void
positions_are_measured(void **state)
{
	static const char *const who[] = {"a", "b", "c", "d", "e"};
	static const int64_t before[] = {2, 3, 6, 7, 5}, after[] = {3, 3, 5, 7};
	static const int64_t rating[] = {5, 3, 6, 7, 4};
	struct tables t;
	json_t *s, *rows;
	int i;

	(void)state;
	tables_init(&t);
	s = tables_row(&t, TABLE_SESSIONS, "x");
	row_set_str(s, "session", "x");
	row_set_str(s, "winner", "s9");
	row_set_int(s, "rounds", 2);
	for (i = 0; i < 5; i++)
		answer(&t, "position", who[i], before[i]);
	for (i = 0; i < 4; i++)
		answer(&t, "position_after", who[i], after[i]);
	for (i = 0; i < 5; i++)
		rate(&t, who[i], rating[i]);
	for (i = 0; i < 3; i++)
		answer(&t, "preference", who[i], i < 2 ? 2 : 3);
	rows = metrics_of(&t);
	assert_figure(rows, "agreement_index_before", -1, NULL, 3 - 2, 5);
	assert_figure(rows, "agreement_index_after", -1, NULL, 2 - 2, 4);
	assert_figure(rows, "movement", -1, NULL, 1 - 1, 4);
	assert_figure(rows, "endorsement_by_side", -1, "majority", 2, 3);
	assert_figure(rows, "endorsement_by_side", -1, "minority", 1, 2);
	assert_null(find(rows, "endorsement_by_side", -1, "neutral"));
	assert_figure(rows, "preference", -1, "revised", 2, 3);
	assert_figure(rows, "preference", -1, "first", 0, 3);
	json_decref(rows);
	tables_clear(&t);
}

/* A majority below 4 turns the signs; a tie is for agreement. */
static void
the_majority_gives_the_direction(void **state)
{
	struct tables t;
	json_t *rows;

	(void)state;
	tables_init(&t);
	row_set_str(tables_row(&t, TABLE_SESSIONS, "x"), "session", "x");
	answer(&t, "position", "a", 1);
	answer(&t, "position", "b", 2);
	answer(&t, "position", "c", 7);
	answer(&t, "position_after", "c", 6);
	rows = metrics_of(&t);
	assert_figure(rows, "agreement_index_before", -1, NULL, 1, 3);
	assert_figure(rows, "movement", -1, NULL, 1, 1);
	json_decref(rows);
	answer(&t, "position", "d", 7);
	rows = metrics_of(&t);
	assert_figure(rows, "agreement_index_before", -1, NULL, 0, 4);
	assert_figure(rows, "movement", -1, NULL, -1, 1);
	json_decref(rows);
	tables_clear(&t);
}

/* A whole session, against its ballots and the engine's own counts. */
static void
ballots_are_measured(void **state)
{
	struct buf b = {0}, csv = {0};
	struct recording *r;
	struct tables t;
	struct play p;
	json_t *rows, *row;
	int64_t first[2] = {0, 0};
	size_t i;

	(void)state;
	play_two_rounds(&p);
	write_log(&p, NULL, NULL, &b);
	tables_init(&t);
	r = recording_of(b.data, b.len);
	assert_int_equal(tables_read(&t, r, NULL), 0);
	recording_close(r);
	rows = metrics_of(&t);
	json_array_foreach(rows, i, row) {
		if (strcmp(cell_str(row, "metric"), "first_by_place") != 0)
			continue;
		assert_int_equal(cell_int(row, "n", 0), 5);
		first[cell_int(row, "round", 0)] += cell_int(row, "count", 0);
	}
	/* Everybody puts one statement first. */
	assert_int_equal(first[0], 5);
	assert_int_equal(first[1], 5);
	row = json_array_get(t.rows[TABLE_TALLIES], 0);
	assert_figure(rows, "endorsement_mean", 0, cell_str(row, "statement"),
	    cell_int(row, "agreement_sum", 0), 5);
	assert_figure(rows, "endorsement_share", 0, cell_str(row, "statement"),
	    cell_int(row, "agreement_ge5", 0), 5);
	assert_figure(rows, "endorsement_min", 0, cell_str(row, "statement"),
	    cell_int(row, "agreement_min", 0), 1);
	assert_figure(rows, "predictor_top", 1, NULL,
	    json_integer_value(json_object_get(
		json_object_get(p.s->tally, "prediction"), "top_hits")),
	    5);
	assert_non_null(find(rows, "predictor_pairs", 0, NULL));
	assert_null(find(rows, "movement", -1, NULL)); /* nobody was asked */
	metrics_csv(rows, &csv);
	assert_non_null(
	    strstr(csv.data, "session,round,metric,of,count,n,value\r\n"));
	json_decref(rows);
	buf_free(&b);
	buf_free(&csv);
	tables_clear(&t);
	play_end(&p);
}

static void
the_table_of_metrics(void **state)
{
	const struct metric *m, *n;

	(void)state;
	for (m = metrics; m->name != NULL; m++) {
		assert_non_null(m->help);
		assert_non_null(m->measure);
		for (n = metrics; n < m; n++)
			assert_string_not_equal(m->name, n->name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(positions_are_measured),
	    cmocka_unit_test(the_majority_gives_the_direction),
	    cmocka_unit_test(ballots_are_measured),
	    cmocka_unit_test(the_table_of_metrics),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
