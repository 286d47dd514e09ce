#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "job/rating.h"

static struct rating_said said;

static bool
read_of(const struct alternatives *a, const char *text)
{
	return rating_read(a, text, &said);
}

/* 4 with 0.5, 6 with 0.25, 9 with 0.25, written as servers write them. */
static void
test_expected(void **state)
{
	struct alternatives a = {.n = 0};

	(void)state;
	alternatives_add(&a, "4", -0.693147);
	alternatives_add(&a, " 6", -1.386294);
	alternatives_add(&a, "\xe2\x96\x81\x39", -1.386294);
	assert_true(read_of(&a, "4"));
	assert_in_range(said.value, 5748, 5752);
	assert_in_range(said.mass, 999, 1000);
}

/* Variants of a digit are one; what is none counts for nothing. */
static void
test_variants(void **state)
{
	struct alternatives a = {.n = 0};

	(void)state;
	alternatives_add(&a, "7", -0.9162907);	/* 0.4 */
	alternatives_add(&a, " 7", -0.9162907); /* 0.4 */
	alternatives_add(&a, "The", -1.897120); /* 0.15 */
	alternatives_add(&a, "10", -2.995732);	/* 0.05 */
	assert_int_equal(a.n, 4);
	assert_true(read_of(&a, "7"));
	assert_int_equal(said.value, 7000);
	assert_in_range(said.mass, 799, 801);
}

/* With too little on digits the digit that was said decides. */
static void
test_little(void **state)
{
	struct alternatives a = {.n = 0};

	(void)state;
	alternatives_add(&a, "3", -0.5); /* 0.61 */
	assert_true(read_of(&a, " 8.\n"));
	assert_int_equal(said.value, 8000);
	assert_in_range(said.mass, 600, 610);
	assert_false(read_of(&a, "eight"));
	assert_false(read_of(&a, "82"));
	assert_false(read_of(&a, ""));
	assert_false(read_of(&a, NULL));
	a.n = 0;
	assert_true(read_of(&a, "0"));
	assert_int_equal(said.value, 0);
	assert_int_equal(said.mass, 0);
}

/* By the series that defines it, in doubles. */
static double
e_to(double x)
{
	double term = 1, sum = 1;

	for (int i = 1; i < 60; i++) {
		term *= x / i;
		sum += term;
	}
	return sum;
}

static void
test_exponential(void **state)
{
	struct alternatives a;
	double want;

	(void)state;
	for (int i = 0; i < 400; i++) {
		a = (struct alternatives){.n = 0};
		alternatives_add(&a, "9", -0.01 * i);
		alternatives_add(&a, "0", -0.05);
		read_of(&a, "9");
		if (said.mass < RATING_MASS)
			continue;
		want =
		    9000.0 * e_to(-0.01 * i) / (e_to(-0.01 * i) + e_to(-0.05));
		assert_true((double)said.value > want - 1.0 &&
			    (double)said.value < want + 1.0);
	}
}

/* The door: numbers that are no logarithm of a probability stay outside. */
static void
test_door(void **state)
{
	struct alternatives a = {.n = 0};

	(void)state;
	alternatives_add(&a, "1", -9999.0);
	alternatives_add(&a, "1", NAN);
	alternatives_add(&a, "1", INFINITY);
	alternatives_add(&a, "1", -INFINITY);
	alternatives_add(&a, "1", 3.5);
	alternatives_add(&a, "0123456789abcdef", -1.0);
	assert_int_equal(a.n, 0);
	alternatives_add(&a, "1", -99.0);
	alternatives_add(&a, "1", 0.0);
	assert_int_equal(a.n, 2);
	assert_int_equal(a.v[0].micro, -99000000);
	assert_int_equal(a.v[1].micro, 0);
	for (int i = 0; i < 100; i++)
		alternatives_add(&a, "1", -1.0);
	assert_int_equal(a.n, ALTERNATIVES_MAX);
	/* Told several times over: no more than certain. */
	assert_true(read_of(&a, "1"));
	assert_int_equal(said.value, 1000);
	assert_int_equal(said.mass, 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_expected),
	    cmocka_unit_test(test_variants),
	    cmocka_unit_test(test_little),
	    cmocka_unit_test(test_exponential),
	    cmocka_unit_test(test_door),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
