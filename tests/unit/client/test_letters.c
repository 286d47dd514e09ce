#include "client/letters.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static json_t *ids;

static int
begin(void **state)
{
	(void)state;
	ids = json_pack("[s,s,s,s]", "s7", "s2", "s10", "s3");
	return 0;
}

static int
end(void **state)
{
	(void)state;
	json_decref(ids);
	return 0;
}

static void
ranks(const char *given, const char *expected)
{
	struct err err;
	json_t *groups = letters_ranking(given, ids, &err);
	char *text;

	assert_non_null(groups);
	text = json_dumps(groups, JSON_COMPACT);
	assert_string_equal(text, expected);
	free(text);
	json_decref(groups);
}

static void
test_rankings(void **state)
{
	(void)state;
	ranks("A>C=B>D", "[[\"s7\"],[\"s2\",\"s10\"],[\"s3\"]]");
	ranks(" d > a ", "[[\"s3\"],[\"s7\"],[\"s2\",\"s10\"]]");
	ranks("s10>s2=s3", "[[\"s10\"],[\"s2\",\"s3\"],[\"s7\"]]");
	ranks("s3>A", "[[\"s3\"],[\"s7\"],[\"s2\",\"s10\"]]");
}

static void
test_bad_rankings(void **state)
{
	static const char *const bad[] = {"", "A>", "A>A", "E", "A,B", ">A",
	    "s1>s2", "s7>A", "A>B>", "=", NULL};
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; bad[i] != NULL; i++) {
		assert_null(letters_ranking(bad[i], ids, &err));
		assert_int_equal(err.code, ERR_BAD_BALLOT);
	}
}

static void
rates(const char *given, const char *expected)
{
	struct err err;
	json_t *ratings = letters_ratings(given, ids, &err);
	char *text;

	assert_non_null(ratings);
	text = json_dumps(ratings, JSON_COMPACT | JSON_SORT_KEYS);
	assert_string_equal(text, expected);
	free(text);
	json_decref(ratings);
}

static void
test_ratings(void **state)
{
	(void)state;
	rates("6 5 7 3", "{\"s10\":7,\"s2\":5,\"s3\":3,\"s7\":6}");
	rates("6,-,7, 3", "{\"s10\":7,\"s3\":3,\"s7\":6}");
	rates("A=6,s3=1", "{\"s3\":1,\"s7\":6}");
}

static void
test_bad_ratings(void **state)
{
	static const char *const bad[] = {"", "- - - -", "6 5 7", "6 5 7 3 2",
	    "6 5 7 8", "0 5 7 3", "A=6 A=5", "E=3", "6 B=5 1 2", "A=", "=3",
	    "66 5 7 3", NULL};
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; bad[i] != NULL; i++) {
		assert_null(letters_ratings(bad[i], ids, &err));
		assert_int_equal(err.code, ERR_BAD_RATING);
	}
}

static void
test_letters(void **state)
{
	json_t *ranking = json_pack("[[s],[s,s]]", "s10", "s7", "s99");
	struct err err;
	char *text = letters_of(ranking, ids);

	(void)state;
	assert_string_equal(text, "C>A=s99");
	free(text);
	json_decref(ranking);
	assert_string_equal(letters_statement("b", ids, &err), "s2");
	assert_string_equal(letters_statement("S10", ids, &err), "s10");
	assert_null(letters_statement("E", ids, &err));
	assert_int_equal(err.code, ERR_UNKNOWN_STATEMENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rankings),
	    cmocka_unit_test(test_bad_rankings),
	    cmocka_unit_test(test_ratings),
	    cmocka_unit_test(test_bad_ratings),
	    cmocka_unit_test(test_letters),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
