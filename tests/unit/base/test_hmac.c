/* RFC 4231, test case 2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/digest.h"

static void
test_rfc4231(void **state)
{
	static const char what[] = "what do ya want for nothing?";
	char hex[2 * DIGEST_LEN + 1];
	uint8_t out[DIGEST_LEN];

	(void)state;
	digest_hmac("Jefe", 4, what, strlen(what), out);
	hex_encode(out, DIGEST_LEN, hex);
	assert_string_equal(hex,
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_rfc4231)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
