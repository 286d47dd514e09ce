/* The best set, by trying all; and the promise of its axiom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "choice/approvals.h"
#include "choice/pav.h"
#include "tests/unit/choice/elections.h"

static size_t
choose(const struct profile *p, size_t first, size_t k, size_t *out)
{
	bool allowed[64];
	struct tally t;
	size_t count;

	memset(allowed, true, sizeof(allowed));
	tally_run(rule_find("schulze"), p, &t);
	count = pav_choose(p, &t, first, allowed, k, out);
	tally_free(&t);
	return count;
}

/* Wikipedia, "Proportional approval voting": two of A, B, C, D are elected; A
 * and C are worth 30.5, A and B 24.5, A and D 30, B and C 22. */
static void
test_published(void **state)
{
	static const struct votes v[] = {
	    {5, "A=B>C=D"}, {17, "A=C>B=D"}, {8, "D>A=B=C"}, {0, NULL}};
	struct profile p;
	size_t out[4];

	(void)state;
	profile_of(&p, 4, v);
	assert_int_equal(choose(&p, 4, 2, out), 2);
	assert_true(out[0] == 0 && out[1] == 2);
	/* with a winner set before, the best beside it */
	assert_int_equal(choose(&p, 3, 2, out), 2);
	assert_true(out[0] == 3 && out[1] == 0);
	profile_free(&p);
}

/* In 840ths, which 1..8 divide. */
static int64_t
slow_worth(const struct approvals *a, unsigned set)
{
	size_t n = a->profile->candidates, has;
	int64_t sum = 0;

	for (size_t b = 0; b < a->profile->ballots; b++) {
		has = 0;
		for (size_t x = 0; x < n; x++)
			if ((set >> x & 1) && a->approves[b * n + x])
				sum += profile_weight(a->profile, b) * 840 /
				       (int64_t)++has;
	}
	return sum;
}

static void
check_best(const struct approvals *a, size_t k, unsigned got)
{
	int64_t worth = slow_worth(a, got);

	for (unsigned set = 0; set < 1u << a->profile->candidates; set++)
		if ((size_t)__builtin_popcount(set) == k)
			assert_true(slow_worth(a, set) <= worth);
}

/* Extended justified representation: of every l k-th parts of the voters that
 * approve l candidates in common, somebody has l of them. */
static void
check_extended(const struct approvals *a, size_t k, const bool *chosen)
{
	size_t l;

	for (unsigned set = 1; set < 1u << a->profile->candidates; set++) {
		l = (size_t)__builtin_popcount(set);
		assert_true(votes_without(a, set, l, chosen) * (int64_t)k <
			    (int64_t)l * a->profile->votes);
	}
}

static void
test_best(void **state)
{
	bool allowed[16], chosen[16];
	struct approvals a;
	struct profile p;
	size_t out[16], k;
	unsigned set;

	(void)state;
	memset(allowed, true, sizeof(allowed));
	for (uint64_t i = 0; i < 800; i++) {
		random_profile(&p, i, 8);
		k = 1 + i % p.candidates;
		assert_int_equal(choose(&p, p.candidates, k, out), k);
		memset(chosen, 0, sizeof(chosen));
		set = 0;
		for (size_t j = 0; j < k; j++) {
			set |= 1u << out[j];
			chosen[out[j]] = true;
		}
		assert_int_equal(__builtin_popcount(set), k);
		approvals_init(&a, &p, allowed);
		check_best(&a, k, set);
		check_extended(&a, k, chosen);
		approvals_free(&a);
		profile_free(&p);
	}
}

/*
 * Too many sets to try: 15 of 30.  Exchanges must do at least as well as five
 * clear camps need: each has six of its own and gets three.
 */
static void
test_exchanges(void **state)
{
	size_t out[30], got[5] = {0};
	int32_t rank[30];
	struct profile p;

	(void)state;
	profile_init(&p, 30);
	for (size_t camp = 0; camp < 5; camp++)
		for (int b = 0; b < 4; b++) {
			for (size_t x = 0; x < 30; x++)
				rank[x] = x / 6 == camp ? 0 : 1;
			profile_add(&p, rank);
		}
	assert_int_equal(choose(&p, 30, 15, out), 15);
	for (size_t i = 0; i < 15; i++)
		got[out[i] / 6]++;
	for (size_t camp = 0; camp < 5; camp++)
		assert_int_equal(got[camp], 3);
	profile_free(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_published),
	    cmocka_unit_test(test_best),
	    cmocka_unit_test(test_exchanges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
