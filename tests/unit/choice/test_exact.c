#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "choice/exact.h"

/* 1/2 + 1/3 + 1/6 = 1, 1/7 six times is less, seven times as much. */
static void
test_sums(void **state)
{
	struct exact e;
	uint32_t *a, *b;

	(void)state;
	exact_init(&e, 7);
	a = xcalloc(e.limbs, sizeof(*a));
	b = xcalloc(e.limbs, sizeof(*b));
	exact_add(&e, a, 1, 2);
	exact_add(&e, a, 1, 3);
	exact_add(&e, a, 1, 6);
	exact_add(&e, b, 6, 7);
	assert_true(exact_cmp(&e, a, b) > 0);
	assert_true(exact_cmp(&e, b, a) < 0);
	assert_int_equal(exact_floor(&e, b, 100), 85);
	exact_add(&e, b, 1, 7);
	assert_int_equal(exact_cmp(&e, a, b), 0);
	assert_int_equal(exact_floor(&e, a, 1), 1);
	free(a);
	free(b);
	exact_free(&e);
}

/* For every size: k k-ths are one, and each share is smaller than the one
 * before; so the number has bits enough. */
static void
test_sizes(void **state)
{
	static const uint32_t sizes[] = {1, 2, 3, 16, 27, 128, 1000};
	struct exact e;
	uint32_t *one, *sum;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		exact_init(&e, sizes[i]);
		one = xcalloc(e.limbs, sizeof(*one));
		sum = xcalloc(e.limbs, sizeof(*sum));
		exact_add(&e, one, 1, 1);
		for (uint32_t k = 1; k <= sizes[i]; k++) {
			memset(sum, 0, e.limbs * sizeof(*sum));
			exact_add(&e, sum, k, k);
			assert_int_equal(exact_cmp(&e, one, sum), 0);
			if (k > 1)
				assert_true(
				    exact_cmp(&e, e.share + (k - 1) * e.limbs,
					e.share + (k - 2) * e.limbs) < 0);
		}
		free(one);
		free(sum);
		exact_free(&e);
	}
}

/* Large w, added in two halves, and as much of it as there may be. */
static void
test_large(void **state)
{
	const uint64_t most = (uint64_t)1 << 61;
	struct exact e;
	uint32_t *a, *b;

	(void)state;
	exact_init(&e, 128);
	a = xcalloc(e.limbs, sizeof(*a));
	b = xcalloc(e.limbs, sizeof(*b));
	exact_add(&e, a, most, 1);
	for (int i = 0; i < 4; i++)
		exact_add(&e, b, most, 4);
	assert_int_equal(exact_cmp(&e, a, b), 0);
	assert_int_equal(exact_floor(&e, a, 1), most);
	exact_add(&e, b, 1, 128);
	assert_true(exact_cmp(&e, a, b) < 0);
	free(a);
	free(b);
	exact_free(&e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sums),
	    cmocka_unit_test(test_sizes),
	    cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
