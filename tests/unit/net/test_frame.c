/* Bytes to lines: any split, any limit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "net/frame.h"

/* All lines of `bytes`, fed in pieces of `step`, each followed by |; a line
 * that is too long as !. */
static void
lines(struct buf *out, const char *bytes, size_t step, size_t limit)
{
	size_t len = strlen(bytes), at = 0, n, got;
	const char *p, *line;
	struct frame f = {0};
	enum frame_got what;

	buf_reset(out);
	while (at < len) {
		n = len - at < step ? len - at : step;
		p = bytes + at;
		at += n;
		while ((what = frame_next(&f, &p, &n, limit, &line, &got)) !=
		       FRAME_MORE) {
			if (what == FRAME_LINE)
				buf_add(out, line, got);
			buf_addc(out, what == FRAME_LINE ? '|' : '!');
		}
		assert_int_equal(n, 0);
		assert_true(frame_kept(&f) <= 2 * limit + 64);
	}
	if (frame_rest(&f, &line, &got) == FRAME_LINE) {
		buf_adds(out, "rest:");
		buf_add(out, line, got);
	}
	assert_int_equal(frame_rest(&f, &line, &got), FRAME_MORE);
	assert_false(frame_begun(&f));
	frame_clear(&f);
}

static void
test_any_split(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
	    {"", ""},
	    {"a\n", "a|"},
	    {"a\nbc\n", "a|bc|"},
	    {"a\r\nb\r\n", "a|b|"},
	    {"\n\n\r\na\n\n", "a|"},
	    {"a\r\r\n", "a\r|"},
	    {"a\rb\n", "a\rb|"},
	    {"a", "rest:a"},
	    {"a\nb\r", "a|rest:b"},
	    {"\r", ""},
	    {"12345678\n", "12345678|"},
	    {"123456789\n", "!"},
	    {"123456789", "!"},
	    {"1234567890123456789\na\n", "!a|"},
	    {"a\n1234567890123\n12345678901\nb", "a|!!rest:b"},
	    {"1234567\r\n", "1234567|"},
	    {"12345678\r\n", "!"},
	};
	struct buf out = {0};
	size_t i, step;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (step = 1; step <= 24; step++) {
			lines(&out, rows[i].in, step, 8);
			if (out.data == NULL)
				assert_string_equal("", rows[i].out);
			else
				assert_string_equal(out.data, rows[i].out);
		}
	}
	buf_free(&out);
}

/* A whole line is handed out where it lies; nothing is kept after lines. */
static void
test_memory(void **state)
{
	static const char text[] = "one\ntwo\nthr";
	struct frame f = {0};
	const char *p = text, *line;
	size_t n = sizeof(text) - 1, len;

	(void)state;
	assert_int_equal(frame_next(&f, &p, &n, 100, &line, &len), FRAME_LINE);
	assert_ptr_equal(line, text);
	assert_false(frame_begun(&f));
	assert_int_equal(frame_next(&f, &p, &n, 100, &line, &len), FRAME_LINE);
	assert_int_equal(frame_next(&f, &p, &n, 100, &line, &len), FRAME_MORE);
	assert_true(frame_begun(&f));
	p = "ee\n";
	n = 3;
	assert_int_equal(frame_next(&f, &p, &n, 100, &line, &len), FRAME_LINE);
	assert_int_equal(len, 5);
	assert_false(frame_begun(&f));
	assert_int_equal(frame_next(&f, &p, &n, 100, &line, &len), FRAME_MORE);
	assert_int_equal(frame_kept(&f), 0);
	frame_clear(&f);
}

/* The limit may rise inside a line. */
static void
test_limit_rises(void **state)
{
	struct frame f = {0};
	const char *p = "123456", *line;
	size_t n = 6, len;

	(void)state;
	assert_int_equal(frame_next(&f, &p, &n, 8, &line, &len), FRAME_MORE);
	p = "789012\n";
	n = 7;
	assert_int_equal(frame_next(&f, &p, &n, 20, &line, &len), FRAME_LINE);
	assert_int_equal(len, 12);
	frame_clear(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_any_split),
	    cmocka_unit_test(test_memory),
	    cmocka_unit_test(test_limit_rises),
	};

	return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}
