#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "llm/llm.h"

/* Another sample may be better at once; only what the endpoint must recover
 * from is waited for. */
static void
test_no_wait(void **state)
{
	(void)state;
	assert_int_equal(llm_backoff(OUTCOME_PARSE, 1, 5000, 499), 0);
	assert_int_equal(llm_backoff(OUTCOME_LENGTH, 3, -1, 499), 0);
}

static void
test_jitter(void **state)
{
	static const int64_t bounds[] = {
	    500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000};

	(void)state;
	for (int n = 1; n <= 9; n++) {
		assert_int_equal(llm_backoff(OUTCOME_RATE, n, -1,
				     (uint64_t)bounds[n - 1] - 1),
		    bounds[n - 1] - 1);
		assert_int_equal(llm_backoff(OUTCOME_UNAVAILABLE, n, -1,
				     (uint64_t)bounds[n - 1]),
		    0);
		assert_true(llm_backoff(OUTCOME_TIMEOUT, n, -1, UINT64_MAX) <
			    bounds[n - 1]);
	}
	assert_true(llm_backoff(OUTCOME_RATE, 1000000, -1, 29999) == 29999);
}

static void
test_retry_after(void **state)
{
	(void)state;
	assert_int_equal(llm_backoff(OUTCOME_RATE, 1, 7000, 0), 7000);
	assert_int_equal(llm_backoff(OUTCOME_RATE, 1, 7000, 499), 7499);
	assert_int_equal(llm_backoff(OUTCOME_RATE, 1, 0, 3), 3);
	assert_int_equal(llm_backoff(OUTCOME_RATE, 1, INT64_MAX, 0), 86400000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_no_wait),
	    cmocka_unit_test(test_jitter),
	    cmocka_unit_test(test_retry_after),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
