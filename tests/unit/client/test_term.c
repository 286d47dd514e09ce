#include "client/term.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"

static void
wraps(const char *text, size_t width, size_t first, size_t indent,
    const char *expected)
{
	char *got = wrap_text(text, width, first, indent);

	assert_string_equal(got, expected);
	free(got);
}

static void
test_wrap(void **state)
{
	(void)state;
	wraps("", 20, 0, 0, "");
	wraps("one two three four", 14, 0, 2, "one two three\n  four");
	wraps("one two", 7, 0, 0, "one two");
	wraps("a\n\nb", 20, 0, 2, "a\n\n  b");
	wraps("abcdefghijklmnop", 10, 0, 0, "abcdefghij\nklmnop");
	wraps("12 456789012", 10, 0, 0, "12\n456789012");
	wraps("first", 20, 18, 4, "first");
}

static void
test_wide(void **state)
{
	char *got;

	(void)state;
	wraps("一二三四五六七八", 10, 0, 2, "一二三四五\n  六七八");
	/* Two columns each: nine columns hold four. */
	wraps("一二三四五六七八", 9, 0, 0, "一二三四\n五六七八");
	/* A closing mark does not begin a line. */
	wraps("一二三四五。六", 10, 0, 0, "一二三四\n五。六");
	/* Combining marks take no column. */
	wraps("e\xcc\x81 e\xcc\x81 e\xcc\x81 e\xcc\x81 x", 8, 0, 0,
	    "e\xcc\x81 e\xcc\x81 e\xcc\x81 e\xcc\x81\nx");
	got = shorten_text("一二三四五", 8);
	assert_string_equal(got, "一二三…");
	assert_int_equal(text_width(got), 7);
	free(got);
}

static void
test_hostile(void **state)
{
	char *got;

	(void)state;
	wraps("a\033[31mb", 40, 0, 0, "a\\x1b[31mb");
	got = shorten_text("a\r\nb\t c\007", 40);
	assert_null(strchr(got, '\007'));
	assert_null(strchr(got, '\n'));
	free(got);
}

static void
test_shorten(void **state)
{
	char *got = shorten_text("  one   two\nthree ", 40);

	(void)state;
	assert_string_equal(got, "one two three");
	free(got);
	got = shorten_text("one two three", 9);
	assert_string_equal(got, "one two…");
	free(got);
}

static void
test_duration(void **state)
{
	static const struct {
		long long ms;
		const char *text;
	} rows[] = {{-5, "0 s"}, {45001, "46 s"}, {600000, "10 min"},
	    {3 * 3600000LL + 60000, "3 h 1 min"},
	    {3LL * 86400 * 1000, "3 d 0 h"}};
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		text = duration_text(NULL, rows[i].ms);
		assert_string_equal(text, rows[i].text);
		free(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_wrap),
	    cmocka_unit_test(test_wide),
	    cmocka_unit_test(test_hostile),
	    cmocka_unit_test(test_shorten),
	    cmocka_unit_test(test_duration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
