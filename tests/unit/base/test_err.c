#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/text.h"

static void
every_code_has_a_row(void **state)
{
	int i, j;

	(void)state;
	for (i = 0; i < ERR_CODES; i++) {
		const struct err_row *r = err_row((enum err_code)i);

		assert_int_equal(r->code, i);
		assert_non_null(r->name);
		assert_non_null(r->help);
		assert_int_equal(r->help[strlen(r->help) - 1], '.');
		for (j = 0; j < i; j++) {
			const struct err_row *o = err_row((enum err_code)j);

			assert_int_not_equal(r->number, o->number);
			assert_string_not_equal(r->name, o->name);
		}
	}
}

static void
numbers_on_the_wire_never_change(void **state)
{
	(void)state;
	assert_int_equal(err_row(ERR_NONE)->number, 0);
	assert_int_equal(err_row(ERR_PARSE)->number, -32700);
	assert_int_equal(err_row(ERR_INVALID_REQUEST)->number, -32600);
	assert_int_equal(err_row(ERR_METHOD_NOT_FOUND)->number, -32601);
	assert_int_equal(err_row(ERR_INVALID_PARAMS)->number, -32602);
	assert_int_equal(err_row(ERR_INTERNAL)->number, -32603);
	for (int i = ERR_NOT_FOUND; i < ERR_CODES; i++)
		assert_int_equal(err_row((enum err_code)i)->number,
		    -32001 - (i - ERR_NOT_FOUND));
	assert_string_equal(err_row(ERR_KEY_CONFLICT)->name, "key_conflict");
}

static void
unknown_code_is_internal(void **state)
{
	(void)state;
	assert_int_equal(err_row(ERR_CODES)->code, ERR_INTERNAL);
	assert_int_equal(err_row((enum err_code)12345)->code, ERR_INTERNAL);
	assert_int_equal(err_row((enum err_code) - 1)->code, ERR_INTERNAL);
}

static void
set_fills_and_returns_minus_one(void **state)
{
	struct err e = {0};

	(void)state;
	assert_int_equal(
	    err_set(&e, ERR_BAD_BALLOT, "ballot", "s%d twice", 3), -1);
	assert_int_equal(e.code, ERR_BAD_BALLOT);
	assert_string_equal(e.field, "ballot");
	assert_string_equal(e.text, "s3 twice");
	assert_int_equal(err_set(&e, ERR_STALE, NULL, "gone"), -1);
	assert_string_equal(e.field, "");
	assert_int_equal(err_set(NULL, ERR_STALE, NULL, "gone"), -1);
}

static void
text_is_one_line(void **state)
{
	struct err e;

	(void)state;
	err_set(&e, ERR_FILE, "a\nb", "one\ntwo\tthree\x7f");
	assert_string_equal(e.field, "a b");
	assert_string_equal(e.text, "one two three ");
}

static void
text_stays_valid_when_cut(void **state)
{
	struct err e;
	char longer[1000];
	size_t shift;

	(void)state;
	/* Wherever the cut falls within the two bytes of a character. */
	for (shift = 0; shift < 2; shift++) {
		memset(longer, 'x', shift);
		for (size_t i = shift; i + 2 < sizeof(longer); i += 2)
			memcpy(longer + i, "\xc3\xa9", 2);
		longer[sizeof(longer) - 2] = '\0';
		err_set(&e, ERR_FILE, longer, "%s", longer);
		assert_true(text_valid(e.text, strlen(e.text)));
		assert_true(text_valid(e.field, strlen(e.field)));
		assert_true(strlen(e.text) >= sizeof(e.text) - 2);
		assert_true(strlen(e.field) >= sizeof(e.field) - 2);
	}
}

static void
text_replaces_invalid_bytes(void **state)
{
	struct err e;

	(void)state;
	err_set(&e, ERR_FILE, NULL, "%s",
	    "a\xff\xfe"
	    "b\xc3"
	    "c");
	assert_string_equal(e.text, "a??b?c");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_code_has_a_row),
	    cmocka_unit_test(numbers_on_the_wire_never_change),
	    cmocka_unit_test(unknown_code_is_internal),
	    cmocka_unit_test(set_fills_and_returns_minus_one),
	    cmocka_unit_test(text_is_one_line),
	    cmocka_unit_test(text_stays_valid_when_cut),
	    cmocka_unit_test(text_replaces_invalid_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
