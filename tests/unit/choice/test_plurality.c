/* Published examples, recomputed by hand; shares are exact. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/choice/elections.h"

/* Wikipedia, "Plurality voting": Memphis 42, Nashville 26, Knoxville 17,
 * Chattanooga 15. */
static void
test_tennessee(void **state)
{
	static const int64_t scores[] = {4200, 2600, 1500, 1700};
	struct profile p;

	(void)state;
	profile_of(&p, 4, tennessee);
	assert_ranking("plurality", &p, "A>B>D>C");
	assert_scores("plurality", &p, scores);
	profile_free(&p);
}

/* Three thirds are a whole: rounding would put D above the others. */
static void
test_thirds(void **state)
{
	static const struct votes v[] = {
	    {3, "A=B=C>D"}, {1, "D>A=B=C"}, {0, NULL}};
	static const int64_t scores[] = {100, 100, 100, 100};
	struct profile p;

	(void)state;
	profile_of(&p, 4, v);
	assert_ranking("plurality", &p, "A=B=C=D");
	assert_scores("plurality", &p, scores);
	profile_free(&p);
}

/* 1/3 + 1/3 is less than 1/2 + 1/5, which no hundredths tell. */
static void
test_close(void **state)
{
	static const struct votes v[] = {
	    {2, "A=F=G"}, {1, "B=F"}, {1, "B=C=D=E=G"}, {0, NULL}};
	struct profile p;
	struct tally t;

	(void)state;
	profile_of(&p, 7, v);
	tally_run(rule_find("plurality"), &p, &t);
	assert_true(t.rank[1] < t.rank[0]);
	tally_free(&t);
	profile_free(&p);
}

static void
test_unseen(void **state)
{
	struct profile p;

	(void)state;
	profile_init(&p, 3);
	profile_add(&p, (int32_t[]){RANK_UNSEEN, 0, 1});
	profile_add(&p, (int32_t[]){RANK_UNSEEN, RANK_UNSEEN, RANK_UNSEEN});
	assert_ranking("plurality", &p, "B>A=C");
	profile_free(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_tennessee),
	    cmocka_unit_test(test_thirds),
	    cmocka_unit_test(test_close),
	    cmocka_unit_test(test_unseen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
