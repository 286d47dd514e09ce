#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "choice/profile.h"

static void
assert_ranks(const int32_t *rank, size_t n, const int32_t *expected)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(rank[i], expected[i]);
}

static void
test_profile(void **state)
{
	struct profile p;

	(void)state;
	profile_init(&p, 3);
	for (int i = 0; i < 100; i++)
		profile_add(&p, (int32_t[]){5, -1, i});
	assert_int_equal(p.ballots, 100);
	assert_ranks(p.rank, 3, (int32_t[]){1, 2, 0});
	assert_ranks(p.rank + 3 * 99, 3, (int32_t[]){0, 2, 1});
	profile_free(&p);
	assert_int_equal(p.ballots, 0);
	assert_null(p.rank);

	profile_init(&p, 0);
	profile_add(&p, NULL);
	assert_int_equal(p.ballots, 1);
	profile_free(&p);
}

/* Weights appear when one is not 1, for all rows; bad ones add nothing. */
static void
test_weights(void **state)
{
	struct profile p;
	struct err err;

	(void)state;
	profile_init(&p, 2);
	for (int i = 0; i < 20; i++)
		profile_add(&p, (int32_t[]){0, 1});
	assert_null(p.weight);
	assert_int_equal(
	    profile_add_weighted(&p, (int32_t[]){1, 0}, WEIGHT_MAX, &err), 0);
	profile_add(&p, (int32_t[]){1, 0});
	assert_int_equal(p.votes, WEIGHT_MAX + 21);
	for (size_t b = 0; b < 22; b++)
		assert_int_equal(
		    profile_weight(&p, b), b == 20 ? WEIGHT_MAX : 1);
	assert_int_equal(
	    profile_add_weighted(&p, (int32_t[]){1, 0}, 0, &err), -1);
	assert_int_equal(
	    profile_add_weighted(&p, (int32_t[]){1, 0}, WEIGHT_MAX + 1, &err),
	    -1);
	assert_int_equal(err.code, ERR_BAD_BALLOT);
	assert_int_equal(p.ballots, 22);
	profile_free(&p);
}

static void
test_ratings(void **state)
{
	struct rating r = {0, 0, 0, 0};

	(void)state;
	rating_add(&r, 6, 2);
	rating_add(&r, 4, 1);
	rating_add(&r, 5, 3);
	assert_int_equal(r.sum, 31);
	assert_int_equal(r.n, 6);
	assert_int_equal(r.min, 4);
	assert_int_equal(r.ge5, 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_profile),
	    cmocka_unit_test(test_weights),
	    cmocka_unit_test(test_ratings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
