/* Nobody is left out whom the axiom forbids to leave out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "choice/approvals.h"
#include "choice/proportional.h"
#include "tests/unit/choice/elections.h"

static void
choose(const struct profile *p, size_t k, bool *chosen)
{
	bool allowed[16];
	size_t out[16], count;
	struct tally t;

	memset(allowed, true, sizeof(allowed));
	memset(chosen, 0, p->candidates * sizeof(*chosen));
	tally_run(rule_find("schulze"), p, &t);
	count = proportional_choose(p, &t, p->candidates, allowed, k, out);
	assert_int_equal(count, k < p->candidates ? k : p->candidates);
	for (size_t i = 0; i < count; i++) {
		assert_false(chosen[out[i]]);
		chosen[out[i]] = true;
	}
	tally_free(&t);
}

/* Justified representation for up to five places: no k-th part of the voters
 * approves one candidate in common and has none. */
static void
test_justified(void **state)
{
	bool allowed[16], chosen[16];
	struct approvals a;
	struct profile p;
	size_t k;

	(void)state;
	memset(allowed, true, sizeof(allowed));
	for (uint64_t i = 0; i < 2000; i++) {
		random_profile(&p, i, 8);
		k = 1 + i % 5;
		choose(&p, k, chosen);
		approvals_init(&a, &p, allowed);
		for (size_t x = 0; x < p.candidates; x++)
			assert_true(
			    votes_without(&a, 1u << x, 1, chosen) * (int64_t)k <
			    p.votes);
		approvals_free(&a);
		profile_free(&p);
	}
}

/* Wikipedia, "Sequential proportional approval voting", in its course: after
 * the first the votes of its supporters count half. */
static void
test_course(void **state)
{
	static const struct votes v[] = {
	    {10, "A=B>C=D"}, {6, "C>D=A=B"}, {3, "D>A=B=C"}, {0, NULL}};
	bool allowed[4] = {true, true, true, true};
	size_t out[4];
	struct profile p;
	struct tally t;

	(void)state;
	profile_of(&p, 4, v);
	tally_run(rule_find("schulze"), &p, &t);
	/* 10, then C's 6 against B's 5, then B's 5 against D's 3 */
	assert_int_equal(proportional_choose(&p, &t, 4, allowed, 3, out), 3);
	assert_int_equal(out[0], 0);
	assert_int_equal(out[1], 2);
	assert_int_equal(out[2], 1);
	tally_free(&t);
	profile_free(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_justified),
	    cmocka_unit_test(test_course),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
