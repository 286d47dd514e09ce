#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "choice/kendall.h"

static void
test_kendall(void **state)
{
	static const int32_t x[] = {0, 1, 2, 3}, y[] = {0, 2, 1, 3};
	static const int32_t a[] = {0, 0, 1, 1, 2}, b[] = {1, 1, 0, 2, 2};
	struct kendall k;

	(void)state;
	kendall_count(x, x, 4, &k);
	assert_int_equal(k.concordant, 6);
	kendall_count(x, y, 4, &k);
	assert_int_equal(k.concordant, 5);
	assert_int_equal(k.discordant, 1);
	assert_int_equal(k.tied_x + k.tied_y, 0);
	/* Pairs of a and b: 01 tied in both, 23 in a only, 34 in b only, 02 and
	 * 12 discordant, the other five concordant. */
	kendall_count(a, b, 5, &k);
	assert_int_equal(k.concordant, 5);
	assert_int_equal(k.discordant, 2);
	assert_int_equal(k.tied_x, 1);
	assert_int_equal(k.tied_y, 1);
	kendall_count(a, b, 0, &k);
	assert_int_equal(k.concordant, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_kendall),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
