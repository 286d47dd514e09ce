#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "record/stance.h"

/* Vectors of two numbers: where the text stands, and noise beside it. */
static json_t *
vectors_of(const json_t *texts)
{
	json_t *all = json_object(), *text;
	const char *s;
	double x;
	size_t i;

	json_array_foreach(texts, i, text) {
		s = json_string_value(text);
		x = strncmp(s, "Yes, I agree.", 13) == 0     ? 1
		    : strncmp(s, "No, I disagree.", 15) == 0 ? -1
							     : atof(s);
		json_object_set_new(all, s,
		    json_pack("[f,f]", 3 * x, strlen(s) < 12 ? 7.0 : 0.5));
	}
	return all;
}

static void
add_person(struct tables *t, const char *session, const char *who, int position,
    const char *opinion)
{
	json_t *row = tables_add(t, TABLE_OPINIONS);

	row_set_str(row, "session", session);
	row_set_str(row, "participant", who);
	row_set_str(row, "status", "current");
	row_set_str(row, "text", opinion);
	row = tables_add(t, TABLE_ANSWERS);
	row_set_str(row, "session", session);
	row_set_str(row, "slot", "position");
	row_set_str(row, "participant", who);
	row_set_str(row, "status", "current");
	row_set_int(row, "value", position);
}

static void
add_statement(struct tables *t, const char *session, int round, const char *id,
    const char *text, bool shown, bool winner)
{
	json_t *row = tables_add(t, TABLE_STATEMENTS);

	row_set_str(row, "session", session);
	row_set_int(row, "round", round);
	row_set_str(row, "statement", id);
	row_set_str(row, "text", text);
	json_object_set_new(row, "shown", json_boolean(shown));
	row = tables_add(t, TABLE_TALLIES);
	row_set_str(row, "session", session);
	row_set_int(row, "round", round);
	row_set_str(row, "statement", id);
	json_object_set_new(row, "winner", json_boolean(winner));
}

/* A minority of one at -2 against two at 4 and one in the middle. */
static void
fill(struct tables *t, const char *session)
{
	json_t *row = tables_add(t, TABLE_SESSIONS);

	row_set_str(row, "session", session);
	row_set_str(row, "affirming", "It should.");
	row_set_str(row, "negating", "It should not.");
	add_person(t, session, "p-a", 2, "-2");
	add_person(t, session, "p-b", 6, "3.5");
	add_person(t, session, "p-c", 5, "4.5");
	add_person(t, session, "p-d", 4, "4");
	/* 0.25 of -2 and 0.75 of 4; shown: with 4, in the mean 0.125 */
	add_statement(t, session, 0, "s1", "2.5", true, true);
	add_statement(t, session, 0, "s2", "4.0", true, false);
	add_statement(t, session, 0, "s3", "-99", false, false);
	/* beyond the minority: no weight is more than 1 */
	add_statement(t, session, 1, "s4", "-5", true, true);
}

static double
figure(const json_t *rows, int64_t round, const char *metric, const char *of)
{
	const char *m, *o;
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		m = cell_str(row, "metric");
		o = cell_str(row, "of");
		if (strcmp(m, metric) == 0 && strcmp(o, of) == 0 &&
		    cell_int(row, "round", -1) == round)
			return (double)cell_int(row, "count", 0) /
			       (double)cell_int(row, "n", 1);
	}
	fail_msg("there is no %s of %s in round %d", metric, of, (int)round);
	return 0;
}

static void
is(const json_t *rows, int64_t round, const char *metric, const char *of,
    double value)
{
	double found = figure(rows, round, metric, of);

	if (found < value - 1e-5 || found > value + 1e-5)
		fail_msg("%s of %s is %f, not %f", metric, of, found, value);
}

static void
scores_and_weights(void **state)
{
	json_t *texts, *vectors, *rows = json_array();
	struct tables t;
	struct err err;

	(void)state;
	tables_init(&t);
	fill(&t, "one");
	fill(&t, "two");
	texts = stance_texts(&t);
	assert_int_equal(json_array_size(texts), 2 + 4 + 3);
	vectors = vectors_of(texts);
	if (stance_metrics(&t, vectors, rows, &err) == -1)
		fail_msg("%s", err.text);
	/* the poles differ in the first number alone */
	is(rows, -1, "position_score", "p-a", -6);
	is(rows, -1, "position_score", "p-c", 13.5);
	is(rows, 0, "position_score", "s1", 7.5);
	is(rows, 0, "minority_weight", "true", 0.25);
	is(rows, 0, "minority_weight", "winner", 0.25);
	is(rows, 0, "minority_weight", "shown", 0.125);
	is(rows, 1, "minority_weight", "winner", 1);
	json_decref(rows);
	rows = json_array();
	json_object_set_new(vectors, "2.5", json_pack("[f]", 1.0));
	assert_int_equal(stance_metrics(&t, vectors, rows, &err), -1);
	assert_non_null(strstr(err.text, "one length"));
	json_object_del(vectors, "-2");
	assert_int_equal(stance_metrics(&t, vectors, rows, &err), -1);
	json_decref(rows);
	json_decref(vectors);
	json_decref(texts);
	tables_clear(&t);
}

/* Sides of equal size have no minority, questions without sides no axis. */
static void
not_of_everybody(void **state)
{
	json_t *texts, *vectors, *rows = json_array(), *row;
	struct tables t;
	struct err err;
	size_t i;

	(void)state;
	tables_init(&t);
	fill(&t, "one");
	add_person(&t, "one", "p-e", 1, "-3");
	row = tables_add(&t, TABLE_SESSIONS);
	row_set_str(row, "session", "plain");
	add_person(&t, "plain", "p-a", 2, "8");
	texts = stance_texts(&t);
	vectors = vectors_of(texts);
	assert_null(json_object_get(vectors, "8"));
	assert_int_equal(stance_metrics(&t, vectors, rows, &err), 0);
	json_array_foreach(rows, i, row)
		assert_string_equal(cell_str(row, "metric"), "position_score");
	assert_int_equal(json_array_size(rows), 5 + 3);
	json_decref(rows);
	json_decref(vectors);
	json_decref(texts);
	tables_clear(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(scores_and_weights),
	    cmocka_unit_test(not_of_everybody),
	};

	return cmocka_run_group_tests_name("stance", tests, NULL, NULL);
}
