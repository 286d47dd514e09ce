#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "choice/order.h"

/* The extremes have their places, and equals keep theirs. */
static void
test_order(void **state)
{
	static const int64_t key[] = {
	    3, INT64_MIN, 3, INT64_MAX, -1, 3, INT64_MIN};
	static const size_t expected[] = {1, 6, 4, 0, 2, 5, 3};
	size_t order[7];

	(void)state;
	order_by_key(key, 7, order);
	assert_memory_equal(order, expected, sizeof(expected));
	order_by_key(NULL, 0, order);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
