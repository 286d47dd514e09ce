/* Ratings of 5 and more are approval; 4 is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/choice/elections.h"

static void
test_line(void **state)
{
	static const int ratings[][3] = {{5, 4, 7}, {5, 4, 1}, {6, 7, 0}};
	static const int64_t scores[] = {3, 1, 1};
	struct rating r[3] = {{0, 0, 0, 0}};
	struct profile p;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		for (size_t x = 0; x < 3; x++)
			if (ratings[i][x] > 0)
				rating_add(&r[x], ratings[i][x], 1);
	profile_init(&p, 3);
	p.ratings = r;
	assert_ranking("approval", &p, "A>B=C");
	assert_scores("approval", &p, scores);
	/* the mean says the same of A and B, and C is seen by two only */
	assert_ranking("score", &p, "A>B>C");
	assert_ranking("maximin", &p, "A>B>C");
	profile_free(&p);
}

/* Nobody rated anything: all are tied, as without ballots. */
static void
test_nobody(void **state)
{
	static const struct rating r[2];
	struct profile p;

	(void)state;
	profile_init(&p, 2);
	p.ratings = r;
	for (const struct rule *rule = rules; rule->name != NULL; rule++)
		if (rule->needs == NEEDS_RATINGS)
			assert_ranking(rule->name, &p, "A=B");
	profile_free(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_line),
	    cmocka_unit_test(test_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
