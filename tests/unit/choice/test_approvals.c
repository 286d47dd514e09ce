/* Who is read as approved, and what a set is worth. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "choice/approvals.h"
#include "tests/unit/choice/elections.h"

static void
assert_approves(const char *ballot, const char *expected)
{
	const struct votes v[] = {{1, ballot}, {0, NULL}};
	bool allowed[6] = {true, true, true, true, true, false};
	struct approvals a;
	struct profile p;

	profile_of(&p, 6, v);
	approvals_init(&a, &p, allowed);
	for (size_t x = 0; x < 6; x++)
		if (a.approves[x] != (expected[x] == '1'))
			fail_msg("%s: candidate %c", ballot, (int)('A' + x));
	approvals_free(&a);
	profile_free(&p);
}

/* Five are allowed, so three are approved, as whole groups. */
static void
test_sets(void **state)
{
	(void)state;
	assert_approves("A>B>C>D>E>F", "111000");
	assert_approves("F>A>B>C>D>E", "111000");
	assert_approves("A>B=C=D>E", "100000");
	assert_approves("A>B", "110000");
	assert_approves("A=B=C=D>E", "111100");
	assert_approves("F", "111110"); /* one group of all allowed: the top */
	assert_approves("E>D=C", "001110");
}

static void
test_unseen(void **state)
{
	bool allowed[3] = {true, true, true};
	struct approvals a;
	struct profile p;

	(void)state;
	profile_init(&p, 3);
	profile_add(&p, (int32_t[]){RANK_UNSEEN, 0, 1});
	approvals_init(&a, &p, allowed);
	assert_false(a.approves[0]);
	assert_true(a.approves[1] && a.approves[2]);
	approvals_free(&a);
	profile_free(&p);
}

/* Two approved are worth 3/2 to each of weight 4, one is worth 1 to one: 7. */
static void
test_worth(void **state)
{
	static const struct votes v[] = {{4, "A=B>C=D"}, {1, "C>A"}, {0, NULL}};
	bool allowed[4] = {true, true, true, true};
	struct approvals a;
	struct profile p;
	uint32_t *out;

	(void)state;
	profile_of(&p, 4, v);
	approvals_init(&a, &p, allowed);
	out = xcalloc(a.exact.limbs, sizeof(*out));
	approvals_choose(&a, 0);
	approvals_worth(&a, out);
	assert_int_equal(exact_floor(&a.exact, out, 6), 6 * 5);
	approvals_gain(&a, 1, out);
	assert_int_equal(exact_floor(&a.exact, out, 6), 6 * 2);
	approvals_choose(&a, 1);
	approvals_worth(&a, out);
	assert_int_equal(exact_floor(&a.exact, out, 6), 6 * 7);
	approvals_unchoose(&a, 0);
	approvals_worth(&a, out);
	assert_int_equal(exact_floor(&a.exact, out, 6), 6 * 4);
	free(out);
	approvals_free(&a);
	profile_free(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sets),
	    cmocka_unit_test(test_unseen),
	    cmocka_unit_test(test_worth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
