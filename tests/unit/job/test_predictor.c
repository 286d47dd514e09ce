#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "job/predictor.h"

static struct predicting
people(size_t candidates, int person)
{
	return (struct predicting){.seed = "7",
	    .round = 1,
	    .person = person,
	    .candidates = candidates,
	    .permutations = 3};
}

static void
test_names(void **state)
{
	(void)state;
	for (int i = 0; i < PREDICTORS; i++)
		assert_int_equal(predictor_find(predictors[i].name), i);
	assert_int_equal(predictor_find("guess"), -1);
}

/* Every candidate is asked about equally often. */
static void
test_asks(void **state)
{
	struct predicting p = people(40, 2);
	size_t order[40], times[40], parts, n;

	(void)state;
	for (int i = 0; i < PREDICTORS; i++) {
		memset(times, 0, sizeof(times));
		parts = predictors[i].parts(&p);
		for (size_t k = 0; k < parts; k++) {
			n = predictors[i].asks(&p, k, order);
			assert_true(n >= 1 && n <= 40);
			while (n-- > 0)
				times[order[n]]++;
		}
		for (size_t k = 1; k < 40; k++)
			assert_int_equal(times[k], times[0]);
	}
}

/* Orders are one's own with reasons; shared by all, turned round each second
 * time, without. */
static void
test_orders(void **state)
{
	struct predicting a = people(16, 0), b = people(16, 1);
	const struct predictor *p = &predictors[PREDICT_LISTWISE];
	size_t x[16], y[16];

	(void)state;
	predictors[PREDICT_REASONED].asks(&a, 0, x);
	predictors[PREDICT_REASONED].asks(&b, 0, y);
	assert_memory_not_equal(x, y, sizeof(x));
	for (size_t part = 0; part < 3; part++) {
		p->asks(&a, part, x);
		p->asks(&b, part, y);
		assert_memory_equal(x, y, sizeof(x));
	}
	p->asks(&a, 0, x);
	p->asks(&a, 1, y);
	for (size_t i = 0; i < 16; i++)
		assert_int_equal(x[i], y[15 - i]);
	p->asks(&a, 2, y);
	assert_memory_not_equal(x, y, sizeof(x));
	b.round = 2;
	p->asks(&b, 0, y);
	assert_memory_not_equal(x, y, sizeof(x));
}

static void
test_within(void **state)
{
	struct predicting p = people(16, 0);

	(void)state;
	assert_int_equal(
	    predictor_within(PREDICT_POINTWISE, 5, &p), PREDICT_POINTWISE);
	assert_int_equal(
	    predictor_within(PREDICT_POINTWISE, 200, &p), PREDICT_LISTWISE);
	p.permutations = 8;
	assert_int_equal(
	    predictor_within(PREDICT_POINTWISE, 500, &p), PREDICT_REASONED);
	p = people(1, 0);
	assert_int_equal(predictors[PREDICT_LISTWISE].parts(&p), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_asks),
	    cmocka_unit_test(test_orders),
	    cmocka_unit_test(test_within),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
