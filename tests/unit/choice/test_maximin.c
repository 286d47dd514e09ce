/* The lowest rating decides, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/choice/elections.h"

static void
test_lowest(void **state)
{
	static const struct rating r[] = {{20, 3, 5, 3}, {20, 4, 5, 4},
	    {26, 4, 4, 3}, {0, 0, 0, 0}, {1, 1, 1, 0}};
	static const int64_t scores[] = {5, 5, 4, 0, 1};
	struct profile p;

	(void)state;
	profile_init(&p, 5);
	p.ratings = r;
	assert_ranking("maximin", &p, "A=B>C>E>D");
	assert_scores("maximin", &p, scores);
	profile_free(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lowest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
