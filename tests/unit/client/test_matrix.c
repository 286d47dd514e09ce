/* Combinations of settings and seeds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/matrix.h"

static void
check(const struct matrix *m, size_t i, const char *settings, const char *seed)
{
	const char *s;
	json_t *o = matrix_at(m, i, &s);
	char *text = json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS);

	assert_string_equal(text, settings);
	if (seed == NULL)
		assert_null(s);
	else
		assert_string_equal(s, seed);
	free(text);
	json_decref(o);
}

static void
test_combinations(void **state)
{
	struct matrix m;

	(void)state;
	matrix_init(&m);
	assert_int_equal(m.n, 1);
	check(&m, 0, "{}", NULL);
	assert_int_equal(matrix_set(&m, "method=schulze,borda", NULL), 0);
	assert_int_equal(matrix_set(&m, "rounds=1..3,7", NULL), 0);
	assert_int_equal(m.n, 8);
	assert_int_equal(matrix_seed(&m, "9..10,blue", NULL), 0);
	assert_int_equal(m.n, 24);
	check(&m, 0, "{\"method\":\"schulze\",\"rounds\":1}", "9");
	check(&m, 2, "{\"method\":\"schulze\",\"rounds\":1}", "blue");
	check(&m, 3, "{\"method\":\"schulze\",\"rounds\":2}", "9");
	check(&m, 11, "{\"method\":\"schulze\",\"rounds\":7}", "blue");
	check(&m, 12, "{\"method\":\"borda\",\"rounds\":1}", "9");
	check(&m, 23, "{\"method\":\"borda\",\"rounds\":7}", "blue");
	matrix_free(&m);
}

static void
test_values(void **state)
{
	struct matrix m;

	(void)state;
	matrix_init(&m);
	assert_int_equal(matrix_set(&m, "a=true", NULL), 0);
	assert_int_equal(matrix_set(&m, "b=false", NULL), 0);
	assert_int_equal(matrix_set(&m, "c=-3..-3", NULL), 0);
	assert_int_equal(matrix_set(&m, "d=1.5", NULL), 0);
	assert_int_equal(matrix_set(&m, "e=x..y", NULL), 0);
	assert_int_equal(m.n, 1);
	check(&m, 0,
	    "{\"a\":true,\"b\":false,\"c\":-3,\"d\":\"1.5\",\"e\":\"x..y\"}",
	    NULL);
	matrix_free(&m);
}

static void
test_refusals(void **state)
{
	static const struct {
		const char *given, *says;
	} rows[] = {
	    {"method", "say NAME=VALUE"},
	    {"=x", "say NAME=VALUE"},
	    {"method=", "say NAME=VALUE"},
	    {"method=a,,b", "empty"},
	    {"method=a,", "empty"},
	    {"method=a,b,a", "twice"},
	    {"rounds=1..3,2", "twice"},
	    {"rounds=3..1", "before it begins"},
	    {"rounds=1..100000000", "too long"},
	    {"rounds=-9000000000000000000..9000000000000000000", "too long"},
	    {"first=1", "twice"},
	    {"rounds=1..600000", "more than"},
	};
	struct matrix m;
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		matrix_init(&m);
		assert_int_equal(matrix_set(&m, "first=1,2", NULL), 0);
		assert_int_equal(matrix_set(&m, rows[i].given, &err), -1);
		assert_int_equal(err.code, ERR_INVALID_PARAMS);
		assert_non_null(strstr(err.text, rows[i].says));
		assert_string_equal(err.field, "set");
		matrix_free(&m);
	}
	matrix_init(&m);
	assert_int_equal(matrix_seed(&m, "1..2,2", &err), -1);
	assert_string_equal(err.field, "seed");
	check(&m, 0, "{}", NULL);
	matrix_free(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_combinations),
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
