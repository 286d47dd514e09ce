#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "choice/labels.h"

static void
test_labels(void **state)
{
	static const struct {
		size_t i;
		const char *label;
	} rows[] = {{0, "A"}, {25, "Z"}, {26, "AA"}, {51, "AZ"}, {52, "BA"},
	    {127, "DX"}, {701, "ZZ"}, {702, "AAA"}};
	char label[8];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		candidate_label(rows[i].i, label);
		assert_string_equal(label, rows[i].label);
	}
}

static void
test_bad_names(void **state)
{
	static const char *const bad[][2] = {{"a", "a"}, {"a>b", "c"},
	    {"a", "b=c"}, {"", "b"}, {" a", "b"}, {"a", "b "}, {"a\nb", "c"},
	    {"a", "\x7f"}, {"a", "\xff"}};
	struct labels l;
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(labels_names(&l, bad[i], 2, &err), -1);
		assert_int_equal(err.code, ERR_BAD_BALLOT);
		assert_string_equal(err.field, "candidates");
		assert_int_equal(l.n, 0);
		labels_free(&l);
	}
}

/* Letters in either case, beyond Z; names to the letter, and not their heads.
 */
static void
test_find(void **state)
{
	static const char *const names[] = {"b", "a", "ab", "a b"};
	struct labels l;
	char out[8];

	(void)state;
	labels_init(&l, 800);
	for (size_t i = 0; i < 800; i++) {
		const char *label = labels_of(&l, i, out);

		assert_int_equal(labels_find(&l, label, strlen(label)), i);
	}
	assert_int_equal(labels_find(&l, "aa", 2), 26);
	assert_int_equal(labels_find(&l, "ZZZZ", 4), 800);
	assert_int_equal(labels_find(&l, "A1", 2), 800);
	assert_int_equal(labels_find(&l, "", 0), 800);
	labels_free(&l);
	assert_int_equal(labels_names(&l, names, 4, NULL), 0);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(
		    labels_find(&l, names[i], strlen(names[i])), i);
	assert_int_equal(labels_find(&l, "abc", 2), 2);
	assert_int_equal(labels_find(&l, "A", 1), 4);
	assert_int_equal(labels_find(&l, "abc", 3), 4);
	labels_free(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_labels),
	    cmocka_unit_test(test_bad_names),
	    cmocka_unit_test(test_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
