/* The table of rules and what it promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/choice/elections.h"

static void
test_rules(void **state)
{
	struct profile p;
	struct err err;

	(void)state;
	assert_null(rule_find("no such rule"));
	assert_null(rule_find(""));
	assert_null(rule_find("schulz"));
	assert_null(rule_find("schulzes"));
	assert_ptr_equal(rule_find("ranked-pairs"), rule_find("ranked_pairs"));
	profile_init(&p, 2);
	for (const struct rule *r = rules; r->name != NULL; r++) {
		assert_ptr_equal(rule_find(r->name), r);
		assert_non_null(r->help);
		assert_non_null(r->run);
		assert_int_equal(
		    rule_fits(r, &p, &err), r->needs == NEEDS_RATINGS ? -1 : 0);
		assert_true(tally_cost(r, 16, 5).seconds < 0.001);
		assert_true(tally_cost(r, 1000, 10000).seconds > 0.1);
		assert_true(tally_cost(r, 1000, 10000).bytes > 4e7);
	}
	profile_free(&p);
}

/* Rankings alone do not make a rating; ratings alone no ranking. */
static void
test_fits(void **state)
{
	static const struct rating r[2] = {{5, 1, 5, 1}, {0, 0, 0, 0}};
	struct profile p;
	struct err err;

	(void)state;
	profile_init(&p, 2);
	p.ratings = r;
	assert_int_equal(rule_fits(rule_find("score"), &p, &err), 0);
	assert_int_equal(rule_fits(rule_find("schulze"), &p, &err), -1);
	assert_non_null(strstr(err.text, "only ratings"));
	profile_add(&p, (int32_t[]){0, 1});
	assert_int_equal(rule_fits(rule_find("schulze"), &p, &err), 0);
	p.ratings = NULL;
	assert_int_equal(rule_fits(rule_find("score"), &p, &err), -1);
	assert_non_null(strstr(err.text, "needs ratings"));
	profile_free(&p);
}

/* Nobody, nothing, one: every rule has an answer. */
static void
test_smallest(void **state)
{
	static const struct rating r[3];
	struct profile p;
	struct tally t;

	(void)state;
	for (const struct rule *rule = rules; rule->name != NULL; rule++)
		for (size_t n = 0; n < 3; n++)
			for (size_t ballots = 0; ballots < 2; ballots++) {
				profile_init(&p, n);
				p.ratings = r;
				for (size_t b = 0; b < ballots; b++)
					profile_add(&p, (int32_t[]){0, 0, 0});
				tally_run(rule, &p, &t);
				assert_int_equal(t.winners, n);
				tally_free(&t);
				profile_free(&p);
			}
}

/* Counting again from a count gives the same. */
static void
test_rerun(void **state)
{
	struct profile p;
	struct tally t, u;

	(void)state;
	random_profile(&p, 3, 8);
	tally_run(rule_find("schulze"), &p, &t);
	tally_rerun(rule_find("schulze"), &p, &t, &u);
	assert_memory_equal(t.rank, u.rank, t.n * sizeof(*t.rank));
	assert_memory_equal(t.p, u.p, t.n * t.n * sizeof(*t.p));
	tally_free(&t);
	tally_free(&u);
	profile_free(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rules),
	    cmocka_unit_test(test_fits),
	    cmocka_unit_test(test_smallest),
	    cmocka_unit_test(test_rerun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
