#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "record/sheet.h"

static struct sheet *
of(const char *text, enum sheet_kind kind)
{
	struct err err;
	struct sheet *s =
	    sheet_of(text, strlen(text), "t", kind, kind == SHEET_CSV, &err);

	if (s == NULL)
		fail_msg("%s", err.text);
	return s;
}

static void
columns_are_found_however_they_are_spelt(void **state)
{
	struct sheet *s = of("Is_Meta,comment-id,list,empty\n"
			     "\n"
			     "x,12,\"[1,\"\"a\"\"]\",\n"
			     "y,12.0,[broken,\n"
			     "z,12x,{},\n",
	    SHEET_CSV);
	const struct sheet_head *h = sheet_head(s);
	json_t *row, *v;
	int64_t line, n;
	struct err err;

	(void)state;
	assert_true(sheet_has(h, "is-meta"));
	assert_true(sheet_has(h, "comment_id"));
	assert_false(sheet_has(h, "vote"));
	assert_int_equal(sheet_next(s, &row, &line, &err), 1);
	assert_int_equal(line, 3);
	assert_string_equal(row_text(h, row, "is-meta"), "x");
	assert_null(row_text(h, row, "empty"));
	assert_null(row_text(h, row, "vote"));
	assert_int_equal(row_int(h, row, "comment-id", 0, 20, &n), 1);
	assert_int_equal(n, 12);
	assert_int_equal(row_int(h, row, "comment-id", 0, 11, &n), -1);
	assert_int_equal(row_int(h, row, "empty", 0, 11, &n), 0);
	v = row_value(h, row, "list");
	assert_int_equal(json_array_size(v), 2);
	json_decref(v);
	json_decref(row);
	assert_int_equal(sheet_next(s, &row, &line, &err), 1);
	assert_int_equal(row_int(h, row, "comment-id", 0, 20, &n), 1);
	v = row_value(h, row, "list");
	assert_string_equal(json_string_value(v), "[broken");
	json_decref(v);
	json_decref(row);
	assert_int_equal(sheet_next(s, &row, &line, &err), 1);
	assert_int_equal(row_int(h, row, "comment-id", 0, 20, &n), -1);
	json_decref(row);
	assert_int_equal(sheet_next(s, &row, &line, &err), 0);
	sheet_close(s);
}

static void
json_lines_are_objects(void **state)
{
	struct sheet *s = of("{\"a.b\":3.0,\"c\":[1]}\r\n"
			     "\n"
			     "[1]\n"
			     "{\"a\":\n"
			     "{\"d\":\"x\"}",
	    SHEET_JSONL);
	const struct sheet_head *h = sheet_head(s);
	json_t *row;
	int64_t line, n;
	struct err err;

	(void)state;
	assert_int_equal(sheet_next(s, &row, &line, &err), 1);
	assert_string_equal(sheet_line(s), "{\"a.b\":3.0,\"c\":[1]}");
	assert_int_equal(row_int(h, row, "a.b", 0, 9, &n), 1);
	assert_int_equal(n, 3);
	json_decref(row);
	assert_int_equal(sheet_next(s, &row, &line, &err), -1);
	assert_string_equal(err.text, "line 3: it is no JSON object");
	assert_int_equal(sheet_next(s, &row, &line, &err), -1);
	assert_int_equal(line, 4);
	assert_int_equal(sheet_next(s, &row, &line, &err), 1);
	assert_string_equal(row_text(h, row, "d"), "x");
	json_decref(row);
	assert_int_equal(sheet_next(s, &row, &line, &err), 0);
	sheet_close(s);
}

static void
lines_and_whole_files_are_rows(void **state)
{
	struct sheet *s = of("# a\r\n\n2: 1,2\n", SHEET_LINES);
	json_t *row;
	int64_t line;
	struct err err;

	(void)state;
	assert_int_equal(sheet_next(s, &row, &line, &err), 1);
	assert_string_equal(json_string_value(row), "# a");
	json_decref(row);
	assert_int_equal(sheet_next(s, &row, &line, &err), 1);
	assert_int_equal(line, 3);
	json_decref(row);
	assert_int_equal(sheet_next(s, &row, &line, &err), 0);
	sheet_close(s);
	s = of("{\n \"a\": 1\n}\n", SHEET_JSON);
	assert_int_equal(sheet_next(s, &row, &line, &err), 1);
	assert_string_equal(sheet_line(s), "{\n \"a\": 1\n}");
	json_decref(row);
	assert_int_equal(sheet_next(s, &row, &line, &err), 0);
	sheet_close(s);
}

/* How its lines end is known before its first row is asked for. */
static void
a_csv_may_have_no_header(void **state)
{
	struct err err;
	static const char text[] = "\xef\xbb\xbf"
				   "a,b\r\n\"c\r\nd\"\r\n";
	struct sheet *s =
	    sheet_of(text, sizeof text - 1, "t", SHEET_CSV, false, &err);
	json_t *row;
	int64_t line;

	(void)state;
	assert_true(sheet_head(s)->crlf);
	assert_true(sheet_head(s)->bom);
	assert_int_equal(sheet_next(s, &row, &line, &err), 1);
	assert_int_equal(line, 1);
	assert_int_equal(json_array_size(row), 2);
	json_decref(row);
	assert_int_equal(sheet_next(s, &row, &line, &err), 1);
	assert_int_equal(line, 2);
	json_decref(row);
	assert_int_equal(sheet_next(s, &row, &line, &err), 0);
	sheet_close(s);
	s = sheet_of("", 0, "t", SHEET_CSV, false, &err);
	assert_int_equal(sheet_next(s, &row, &line, &err), 0);
	sheet_close(s);
}

static void
what_is_no_table_is_refused(void **state)
{
	struct err err;

	(void)state;
	assert_null(sheet_of("", 0, "t", SHEET_CSV, true, &err));
	assert_int_equal(err.code, ERR_BROKEN);
	assert_null(sheet_of("a,A\n", 4, "t", SHEET_CSV, true, &err));
	assert_string_equal(err.text, "the column a stands twice");
	assert_null(
	    sheet_open("/nowhere/x.jsonl", "t", SHEET_JSONL, false, &err));
	assert_int_equal(err.code, ERR_FILE);
	assert_int_equal(sheet_kind_of("x/a.CSV"), SHEET_CSV);
	assert_int_equal(sheet_kind_of("x/a.ndjson"), SHEET_JSONL);
	assert_int_equal(sheet_kind_of("csv"), SHEET_LINES);
	assert_int_equal(sheet_kind_find("lines"), SHEET_LINES);
	assert_int_equal(sheet_kind_find("xls"), -1);
	assert_int_equal(sheet_kind_find(NULL), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(columns_are_found_however_they_are_spelt),
	    cmocka_unit_test(json_lines_are_objects),
	    cmocka_unit_test(lines_and_whole_files_are_rows),
	    cmocka_unit_test(a_csv_may_have_no_header),
	    cmocka_unit_test(what_is_no_table_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
