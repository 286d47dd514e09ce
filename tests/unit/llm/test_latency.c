/* The median of what answers took lately, and the patience that follows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "llm/latency.h"

static void
test_too_little(void **state)
{
	struct latency l = {0};
	int i;

	(void)state;
	for (i = 1; i < LATENCY_KNOWN; i++) {
		latency_note(&l, 1000);
		assert_int_equal(latency_median(&l), -1);
		assert_int_equal(latency_patience(&l, 300), 0);
	}
	latency_note(&l, 1000);
	assert_int_equal(latency_median(&l), 1000);
	assert_int_equal(latency_patience(&l, 300), 3000);
	assert_int_equal(latency_patience(&l, 0), 0);
}

/* Few that are slow do not move it, in whatever order they come. */
static void
test_median(void **state)
{
	static const int64_t ms[] = {
	    900, 200, 5000, 210, 190, 220, 9000, 205, 195};
	struct latency l = {0};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(ms) / sizeof(*ms); i++)
		latency_note(&l, ms[i]);
	assert_int_equal(latency_median(&l), 210);
	latency_note(&l, 100);
	assert_int_equal(latency_median(&l), 205);
}

/* The newest count: a ringful later nothing is left of the old. */
static void
test_forgets(void **state)
{
	struct latency l = {0};
	int i;

	(void)state;
	for (i = 0; i < LATENCY_KEPT; i++)
		latency_note(&l, 200);
	for (i = 0; i < LATENCY_KEPT / 2; i++)
		latency_note(&l, 700);
	assert_int_equal(latency_median(&l), 200);
	for (i = 0; i < LATENCY_KEPT / 2; i++)
		latency_note(&l, 700);
	assert_int_equal(latency_median(&l), 700);
}

/* A fast endpoint's hiccup is no straggler. */
static void
test_least(void **state)
{
	struct latency l = {0};
	int i;

	(void)state;
	for (i = 0; i < LATENCY_KNOWN; i++)
		latency_note(&l, 0);
	assert_int_equal(latency_median(&l), 0);
	assert_int_equal(latency_patience(&l, 300), LATENCY_LEAST);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_too_little),
	    cmocka_unit_test(test_median),
	    cmocka_unit_test(test_forgets),
	    cmocka_unit_test(test_least),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
