/* Every format that is exported to, from a session played through the engine.
 */
#include "record/format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "record/csv.h"
#include "record/tables.h"
#include "tests/unit/record/files.h"
#include "tests/unit/record/fixture.h"

static void
tables_of(struct play *p, struct tables *t)
{
	struct buf b = {0};
	struct recording *r;

	play_two_rounds(p);
	write_log(p, NULL, NULL, &b);
	tables_init(t);
	r = recording_of(b.data, b.len);
	assert_int_equal(tables_read(t, r, NULL), 0);
	recording_close(r);
	buf_free(&b);
}

static json_t *
write_to(const char *format, const struct tables *t, bool formulas)
{
	struct outlet out;
	struct err err;
	json_t *files;

	out = outlet_catch(&files);
	out.formulas = formulas;
	if (format_find(format)->write(t, &out, &err) == -1)
		fail_msg("%s: %s", format, err.text);
	return files;
}

/* Rows of a CSV, its header included; every one has as many fields. */
static size_t
csv_rows(const char *text)
{
	struct csv *c = csv_of(text, strlen(text));
	struct csv_row row;
	size_t n = 0, width = 0;

	while (csv_next(c, &row, NULL) == CSV_ROW) {
		width = n == 0 ? row.n : width;
		assert_int_equal(row.n, width);
		n++;
	}
	csv_close(c);
	return n;
}

/* The table holds together: names differ, and each row can do something. */
static void
the_table_of_formats(void **state)
{
	const struct format *f, *g;
	struct buf names = {0};

	(void)state;
	for (f = formats; f->name != NULL; f++) {
		assert_ptr_equal(format_find(f->name), f);
		assert_non_null(f->help);
		assert_true(f->sheets != NULL || f->write != NULL ||
			    strcmp(f->name, "recording") == 0);
		for (g = formats; g < f; g++)
			assert_string_not_equal(f->name, g->name);
	}
	assert_null(format_find("xls"));
	format_names(true, &names);
	assert_string_equal(names.data, "polis, hm, preflib, scenario");
	buf_free(&names);
}

/* Every cell that went in comes out again. */
static void
csv_loses_nothing(void **state)
{
	struct tables t;
	struct play p;
	json_t *files, *row, *v;
	const char *text, *column;
	struct csv *c;
	struct csv_row head, line;
	char **columns, *cell;
	size_t i, k, n;
	int id;

	(void)state;
	tables_of(&p, &t);
	v = json_string("=A1, \"b\"\r\nc");
	json_object_set_new(
	    json_array_get(t.rows[TABLE_PARTICIPANTS], 0), "label.arm", v);
	json_object_set_new(json_array_get(t.rows[TABLE_PARTICIPANTS], 1),
	    "label.age", json_integer(-41));
	files = write_to("csv", &t, false);
	assert_int_equal(json_object_size(files), TABLES);
	for (id = 0; id < TABLES; id++) {
		char name[40];

		snprintf(name, sizeof name, "%s.csv", table_specs[id].name);
		text = caught(files, name);
		c = csv_of(text, strlen(text));
		assert_int_equal(csv_next(c, &head, NULL), CSV_ROW);
		n = head.n;
		columns = calloc(n, sizeof *columns);
		for (k = 0; k < n; k++)
			columns[k] = strdup(head.field[k].s);
		json_array_foreach(t.rows[id], i, row) {
			assert_int_equal(csv_next(c, &line, NULL), CSV_ROW);
			assert_int_equal(line.n, n);
			for (k = 0; k < n; k++) {
				v = json_object_get(row, columns[k]);
				cell = json_is_string(v)
					   ? strdup(json_string_value(v))
				       : v == NULL
					   ? strdup("")
					   : json_dumps(v, JSON_ENCODE_ANY);
				assert_string_equal(line.field[k].s, cell);
				free(cell);
			}
			json_object_foreach(row, column, v) {
				for (k = 0; k < n; k++)
					if (strcmp(columns[k], column) == 0)
						break;
				assert_true(k < n); /* no column is left out */
			}
		}
		assert_int_equal(csv_next(c, &line, NULL), CSV_END);
		csv_close(c);
		for (k = 0; k < n; k++)
			free(columns[k]);
		free(columns);
	}
	json_decref(files);
	files = write_to("csv", &t, true);
	text = caught(files, "participants.csv");
	assert_non_null(strstr(text, "\"'=A1, \"\"b\"\""));
	assert_non_null(strstr(text, ",-41")); /* a number is no formula */
	json_decref(files);
	tables_clear(&t);
	play_end(&p);
}

static void
json_holds_the_tables(void **state)
{
	struct tables t;
	struct play p;
	json_t *files, *all;
	int id;

	(void)state;
	tables_of(&p, &t);
	files = write_to("json", &t, false);
	all = json_loads(caught(files, "tables.json"), 0, NULL);
	assert_non_null(all);
	for (id = 0; id < TABLES; id++)
		assert_true(json_equal(
		    json_object_get(all, table_specs[id].name), t.rows[id]));
	json_decref(all);
	json_decref(files);
	tables_clear(&t);
	play_end(&p);
}

static void
a_page_tells_the_outcome_first(void **state)
{
	struct tables t;
	struct play p;
	json_t *files, *s;
	const char *page, *statement;

	(void)state;
	tables_of(&p, &t);
	s = json_array_get(t.rows[TABLE_SESSIONS], 0);
	json_object_set_new(
	    s, "question", json_string("Is *this* <b>a</b>\n# heading?"));
	files = write_to("markdown", &t, false);
	page = caught(files, "page.md");
	assert_non_null(
	    strstr(page, "> Is \\*this\\* \\<b\\>a\\</b\\>  \n> \\# heading?"));
	statement = cell_str(s, "statement");
	assert_non_null(strstr(page, statement));
	assert_true(strstr(page, "## Outcome") < strstr(page, statement));
	assert_true(strstr(page, statement) < strstr(page, "## Round 1"));
	assert_non_null(strstr(page, "## Round 2"));
	assert_non_null(strstr(page, "5 participants"));
	json_decref(files);
	tables_clear(&t);
	play_end(&p);
}

/* A rating above the middle agrees: 1, as in the open data. */
static void
polis_votes_agree_with_one(void **state)
{
	struct tables t;
	struct play p;
	json_t *files;
	const char *votes;

	(void)state;
	tables_of(&p, &t);
	files = write_to("polis", &t, false);
	votes = caught(files, "votes.csv");
	assert_int_equal(
	    csv_rows(votes), 1 + json_array_size(t.rows[TABLE_RATINGS]));
	assert_int_equal(csv_rows(caught(files, "comments.csv")),
	    1 + 3 + 3); /* round 1 shows three new ones */
	assert_int_equal(
	    csv_rows(caught(files, "participants-votes.csv")), 1 + 5);
	/* play_all_ballots rates 7 6 5 … in the order shown. */
	assert_non_null(strstr(votes, ",1,1\r\n"));
	assert_null(strstr(votes, "-1"));
	assert_non_null(strstr(caught(files, "summary.csv"),
	    "topic,Should phones be banned in school?\r\n"));
	json_decref(files);
	tables_clear(&t);
	play_end(&p);
}

static void
a_scenario_begins_it_again(void **state)
{
	struct tables t;
	struct play p;
	json_t *files, *sc, *one;

	(void)state;
	tables_of(&p, &t);
	files = write_to("scenario", &t, false);
	sc = json_loads(caught(files, "scenario.json"), 0, NULL);
	assert_int_equal(
	    json_array_size(json_object_get(sc, "participants")), 5);
	one = json_array_get(json_object_get(sc, "participants"), 0);
	assert_string_equal(cell_str(one, "opinion"),
	    cell_str(json_array_get(t.rows[TABLE_OPINIONS], 0), "text"));
	assert_int_equal(json_array_size(json_object_get(one, "critiques")), 1);
	assert_int_equal(
	    cell_int(json_object_get(sc, "settings"), "candidates", 0), 4);
	json_decref(sc);
	json_decref(files);
	tables_clear(&t);
	play_end(&p);
}

/* Two sessions make no conversation and no scenario. */
static void
some_formats_are_of_one_session(void **state)
{
	struct outlet out;
	struct tables t;
	struct err err;
	struct play p;
	json_t *files;

	(void)state;
	tables_of(&p, &t);
	tables_row(&t, TABLE_SESSIONS, "other");
	out = outlet_catch(&files);
	assert_int_equal(format_find("polis")->write(&t, &out, &err), -1);
	assert_int_equal(err.code, ERR_INVALID_PARAMS);
	assert_int_equal(format_find("scenario")->write(&t, &out, &err), -1);
	json_decref(files);
	tables_clear(&t);
	tables_init(&t);
	out = outlet_catch(&files);
	assert_int_equal(format_find("preflib")->write(&t, &out, &err), -1);
	assert_int_equal(err.code, ERR_BROKEN);
	json_decref(files);
	tables_clear(&t);
	play_end(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_table_of_formats),
	    cmocka_unit_test(csv_loses_nothing),
	    cmocka_unit_test(json_holds_the_tables),
	    cmocka_unit_test(a_page_tells_the_outcome_first),
	    cmocka_unit_test(polis_votes_agree_with_one),
	    cmocka_unit_test(a_scenario_begins_it_again),
	    cmocka_unit_test(some_formats_are_of_one_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
