#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/base64.h"

/* RFC 4648, section 10. */
static void
test_vectors(void **state)
{
	static const struct {
		const char *text, *bytes;
	} rows[] = {{"Zg==", "f"}, {"Zm8=", "fo"}, {"Zm9v", "foo"},
	    {"Zm9vYg==", "foob"}, {"Zm9vYmE=", "fooba"},
	    {"Zm9vYmFy", "foobar"}};
	uint8_t *out;
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		out = base64_decode(rows[i].text, strlen(rows[i].text),
		    strlen(rows[i].bytes), &n);
		assert_non_null(out);
		assert_int_equal(n, strlen(rows[i].bytes));
		assert_memory_equal(out, rows[i].bytes, n);
		free(out);
		assert_null(base64_decode(rows[i].text, strlen(rows[i].text),
		    strlen(rows[i].bytes) - 1, &n));
	}
}

static void
test_wrong(void **state)
{
	static const char *const rows[] = {
	    "", "Z", "Zg", "Zg=", "!!!!", "Zm9v\n", "Zm\xc3\xa4"};
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_null(base64_decode(rows[i], strlen(rows[i]), 100, &n));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_vectors),
	    cmocka_unit_test(test_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
