#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "record/csv.h"

/* Rows as "a|b;c|d;", bad ones as "!LINE;", so that one line says all. */
static void
assert_reads(const char *bytes, size_t len, const char *want)
{
	struct csv *c = csv_of(bytes, len);
	struct csv_row row;
	struct buf got = {0};
	struct err err;
	enum csv_got r;
	size_t i;

	buf_adds(&got, "");
	while ((r = csv_next(c, &row, &err)) != CSV_END) {
		if (r == CSV_BAD) {
			assert_int_equal(err.code, ERR_BROKEN);
			buf_addf(&got, "!%d;", (int)row.line);
			continue;
		}
		assert_int_equal(r, CSV_ROW);
		for (i = 0; i < row.n; i++) {
			assert_int_equal(
			    strlen(row.field[i].s), row.field[i].len);
			buf_addf(
			    &got, "%s%s", i > 0 ? "|" : "", row.field[i].s);
		}
		buf_addc(&got, ';');
	}
	buf_addc(&got, '\0');
	assert_string_equal(got.data, want);
	buf_free(&got);
	csv_close(c);
}

#define READS(bytes, want) assert_reads(bytes, sizeof(bytes) - 1, want)

static void
rows_are_read(void **state)
{
	(void)state;
	READS("", "");
	READS("a,b\nc,d\n", "a|b;c|d;");
	READS("a,b\r\nc,d", "a|b;c|d;");
	READS(",\n", "|;");
	READS("\n\na\n", ";;a;");
	READS("\xef\xbb\xbf"
	      "a\n",
	    "a;");
	READS("\"a,b\",\"c\nd\",\"e \"\"f\"\"\"\n", "a,b|c\nd|e \"f\";");
	READS("\"a\r\nb\"\r\n\"\",x\r\n", "a\r\nb;|x;");
	READS(" a , b \n", " a | b ;");
}

static void
bad_rows_are_named_and_the_rest_is_kept(void **state)
{
	(void)state;
	READS("a\nb\"c\nd\n", "a;!2;d;");
	READS("a\n\"b\"c,d\ne\n", "a;!2;e;");
	READS("a\rb\nc\n", "!1;c;");
	READS("a\n\"b\nc\n", "a;!2;");
	READS("a\nb\xff,c\nd\n", "a;!2;d;");
	READS("b\xff\nd\n", "!1;d;");
	READS("a\0b\nc\n", "!1;c;");
	READS("\"a\nb\",c\nd\"\ne\n", "a\nb|c;!3;e;");
	READS("a\r", "!1;");
}

static void
what_is_wrong_is_said(void **state)
{
	static const char bytes[] = "a,b\nc,d\"e\n";
	struct csv *c = csv_of(bytes, sizeof(bytes) - 1);
	struct csv_row row;
	struct err err;

	(void)state;
	assert_int_equal(csv_next(c, &row, &err), CSV_ROW);
	assert_int_equal(csv_next(c, &row, &err), CSV_BAD);
	assert_string_equal(err.text,
	    "line 2, field 2: there is a quote inside an unquoted field");
	csv_close(c);
	assert_null(csv_open("/nowhere/at/all.csv", &err));
	assert_int_equal(err.code, ERR_FILE);
}

static void
rows_and_fields_are_bounded(void **state)
{
	struct buf b = {0};
	struct csv_row row;
	struct err err;
	struct csv *c;
	int i;

	(void)state;
	for (i = 0; i < CSV_FIELDS_MAX; i++)
		buf_addc(&b, ',');
	buf_adds(&b, "\n\"");
	for (i = 0; i <= 1 << 20; i++)
		buf_addc(&b, 'x');
	buf_adds(&b, "\"\ngood\n");
	c = csv_of(b.data, b.len);
	assert_int_equal(csv_next(c, &row, &err), CSV_BAD);
	assert_non_null(strstr(err.text, "16384 fields"));
	assert_int_equal(csv_next(c, &row, &err), CSV_BAD);
	assert_non_null(strstr(err.text, "mebibyte"));
	assert_int_equal(csv_next(c, &row, &err), CSV_ROW);
	assert_string_equal(row.field[0].s, "good");
	csv_close(c);
	buf_free(&b);
}

/* Longer than the chunk it is read in, and the same bytes from memory. */
static void
files_are_read_in_chunks(void **state)
{
	char path[] = "/tmp/caucus-csv.XXXXXX";
	int fd = mkstemp(path), n = 0;
	FILE *f = fdopen(fd, "w");
	struct csv_row row;
	struct csv *c;

	(void)state;
	fputs("\xef\xbb\xbf", f);
	for (n = 0; n < 20000; n++)
		fprintf(f, "%d,\"a\"\"\r\n%d\"\r\n", n, n);
	fclose(f);
	c = csv_open(path, NULL);
	for (n = 0; csv_next(c, &row, NULL) == CSV_ROW; n++) {
		assert_int_equal(row.n, 2);
		assert_int_equal(row.line, 1 + 2 * n);
		assert_int_equal(atoi(row.field[0].s), n);
		assert_int_equal(atoi(row.field[1].s + 4), n);
	}
	assert_int_equal(n, 20000);
	assert_true(csv_had_bom(c));
	assert_true(csv_had_crlf(c));
	csv_close(c);
	unlink(path);
}

static void
assert_writes(const struct csv_style *style, const char *s, const char *want)
{
	struct buf b = {0};

	csv_put(&b, style, true, s, s != NULL ? strlen(s) : 0, false);
	buf_addc(&b, '\0');
	assert_string_equal(b.data, want);
	buf_free(&b);
}

static void
fields_are_quoted_where_they_must_be(void **state)
{
	const struct csv_style plain = {0}, sheet = {.formulas = true};
	struct buf b = {0};

	(void)state;
	assert_writes(&plain, NULL, "");
	assert_writes(&plain, "", "\"\"");
	assert_writes(&plain, "a b", "a b");
	assert_writes(&plain, "a,b", "\"a,b\"");
	assert_writes(&plain, "a\"b", "\"a\"\"b\"");
	assert_writes(&plain, "a\nb", "\"a\nb\"");
	assert_writes(&plain, "a\rb", "\"a\rb\"");
	assert_writes(&plain, "=1+1", "=1+1");
	assert_writes(&plain,
	    "\xef\xbb\xbf"
	    "a",
	    "\"\xef\xbb\xbf"
	    "a\"");
	assert_writes(&sheet, "=1+1", "'=1+1");
	assert_writes(&sheet, "@a,b", "\"'@a,b\"");
	assert_writes(&sheet, "1+1", "1+1");
	csv_put(&b, &sheet, true, "-1", 2, true);
	csv_put(&b, &sheet, false, "x", 1, false);
	csv_end_row(&b, &sheet);
	buf_addc(&b, '\0');
	assert_string_equal(b.data, "-1,x\r\n");
	buf_free(&b);
}

/* Whatever is written is read back, whatever its bytes. */
static void
written_rows_are_read_back(void **state)
{
	static const char *const bits[] = {"", "a", ",", "\"", "\n", "\r",
	    "\r\n", "\xef\xbb\xbf", "\xe6\x84\x8f", " ", "'", "="};
	const size_t n = sizeof bits / sizeof *bits;
	struct csv_style style = {0};
	struct csv_row row;
	struct buf b = {0};
	struct csv *c;
	size_t i, k;
	char *s;

	(void)state;
	for (i = 0; i < n * n * n; i++) {
		s = xasprintf(
		    "%s%s%s", bits[i % n], bits[i / n % n], bits[i / n / n]);
		buf_reset(&b);
		style.lf = i % 2 == 0;
		for (k = 0; k < 3; k++)
			csv_put(&b, &style, k == 0, s, strlen(s), false);
		csv_end_row(&b, &style);
		c = csv_of(b.data, b.len);
		assert_int_equal(csv_next(c, &row, NULL), CSV_ROW);
		assert_int_equal(row.n, 3);
		for (k = 0; k < 3; k++)
			assert_string_equal(row.field[k].s, s);
		assert_int_equal(csv_next(c, &row, NULL), CSV_END);
		csv_close(c);
		free(s);
	}
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rows_are_read),
	    cmocka_unit_test(bad_rows_are_named_and_the_rest_is_kept),
	    cmocka_unit_test(what_is_wrong_is_said),
	    cmocka_unit_test(rows_and_fields_are_bounded),
	    cmocka_unit_test(files_are_read_in_chunks),
	    cmocka_unit_test(fields_are_quoted_where_they_must_be),
	    cmocka_unit_test(written_rows_are_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
