#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "tests/unit/base/aborts.h"

static void
zeroed_is_empty(void **state)
{
	struct buf b = {0};
	char *s;

	(void)state;
	buf_reset(&b);
	buf_free(&b);
	s = buf_take(&b);
	assert_string_equal(s, "");
	free(s);
	assert_null(b.data);
}

static void
reserves_once(void **state)
{
	struct buf b = {0};
	const char *at;
	int i;

	(void)state;
	buf_reserve(&b, 300);
	assert_int_equal(b.len, 0);
	at = b.data;
	for (i = 0; i < 300; i++)
		buf_addc(&b, 'x');
	assert_ptr_equal(b.data, at);
	buf_free(&b);
}

static void
adds_and_terminates(void **state)
{
	struct buf b = {0};
	int i;

	(void)state;
	buf_add(&b, NULL, 0);
	assert_string_equal(b.data, "");
	for (i = 0; i < 1000; i++) {
		buf_addc(&b, 'a');
		buf_adds(&b, "bc");
		buf_add(&b, "\0", 1);
		assert_int_equal(b.data[b.len], '\0');
	}
	assert_int_equal(b.len, 4000);
	assert_memory_equal(b.data + 3996, "abc", 4);
	buf_reset(&b);
	assert_int_equal(b.len, 0);
	assert_string_equal(b.data, "");
	assert_true(b.cap > 4000);
	buf_free(&b);
	assert_null(b.data);
	assert_int_equal(b.cap, 0);
}

static void
formats_across_growth(void **state)
{
	struct buf b = {0};
	char big[5000];

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	buf_addf(&b, "%d,", 1);
	buf_addf(&b, "%s,", big);
	buf_addf(&b, "%s", "");
	assert_int_equal(b.len, 2 + 4999 + 1);
	assert_memory_equal(b.data, "1,xxx", 5);
	assert_string_equal(b.data + b.len - 2, "x,");
	buf_free(&b);
	/* Exactly at the edge of what is there: 64 bytes with the NUL. */
	buf_addf(&b, "%.*s", 63, big);
	assert_int_equal(b.len, 63);
	buf_free(&b);
	buf_addf(&b, "%.*s", 64, big);
	assert_int_equal(b.len, 64);
	assert_int_equal(strlen(b.data), 64);
	buf_free(&b);
}

static void
prints_integers(void **state)
{
	static const struct {
		int64_t v;
		const char *s;
	} cases[] = {{0, "0"}, {7, "7"}, {-1, "-1"}, {10, "10"},
	    {INT64_MAX, "9223372036854775807"},
	    {INT64_MIN, "-9223372036854775808"}};
	struct buf b = {0};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_reset(&b);
		buf_add_int(&b, cases[i].v);
		assert_string_equal(b.data, cases[i].s);
	}
	buf_free(&b);
}

static void
prints_hex(void **state)
{
	struct buf b = {0};

	(void)state;
	buf_add_hex(&b, "", 0);
	assert_string_equal(b.data, "");
	buf_add_hex(&b, "\x00\x0f\xa5\xff", 4);
	assert_string_equal(b.data, "000fa5ff");
	buf_free(&b);
}

static void
take_hands_over(void **state)
{
	struct buf b = {0};
	char *s;

	(void)state;
	buf_adds(&b, "mine");
	s = buf_take(&b);
	assert_string_equal(s, "mine");
	assert_null(b.data);
	assert_int_equal(b.len, 0);
	buf_adds(&b, "other");
	assert_string_equal(s, "mine");
	free(s);
	buf_free(&b);
}

static void
overflow(void)
{
	struct buf b = {.len = SIZE_MAX - 10};

	buf_add(&b, "0123456789", 10);
}

static void
overflow_hex(void)
{
	struct buf b = {0};

	buf_add_hex(&b, "x", SIZE_MAX / 2 + 1);
}

static void
overflow_aborts(void **state)
{
	(void)state;
	assert_true(aborts(overflow));
	assert_true(aborts(overflow_hex));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(zeroed_is_empty),
	    cmocka_unit_test(reserves_once),
	    cmocka_unit_test(adds_and_terminates),
	    cmocka_unit_test(formats_across_growth),
	    cmocka_unit_test(prints_integers),
	    cmocka_unit_test(prints_hex),
	    cmocka_unit_test(take_hands_over),
	    cmocka_unit_test(overflow_aborts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
