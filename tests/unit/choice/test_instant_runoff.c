/* Published examples, and the definition played out slowly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/choice/elections.h"

/* Wikipedia, "Instant-runoff voting": Chattanooga goes first, then Nashville;
 * Knoxville wins 58 to 42. */
static void
test_tennessee(void **state)
{
	static const int64_t scores[] = {2, 1, 0, 3};
	struct profile p;

	(void)state;
	profile_of(&p, 4, tennessee);
	assert_ranking("instant_runoff", &p, "D>A>B>C");
	assert_scores("instant_runoff", &p, scores);
	profile_free(&p);
}

/* Wikipedia, "Monotonicity criterion": ten who put A last put it first, and
 * it loses by that. */
static void
test_not_monotone(void **state)
{
	static const struct votes before[] = {
	    {39, "A>B>C"}, {35, "B>C>A"}, {26, "C>A>B"}, {0, NULL}};
	static const struct votes after[] = {{39, "A>B>C"}, {25, "B>C>A"},
	    {10, "A>B>C"}, {26, "C>A>B"}, {0, NULL}};
	struct profile p;

	(void)state;
	profile_of(&p, 3, before);
	assert_ranking("instant_runoff", &p, "A>B>C");
	profile_free(&p);
	profile_of(&p, 3, after);
	assert_ranking("instant_runoff", &p, "C>A>B");
	profile_free(&p);
}

/* All that are tied for least go at once; all that are left are elected. */
static void
test_tied(void **state)
{
	static const struct votes v[] = {
	    {3, "A>B>C>D"}, {3, "B>A>C>D"}, {1, "C>A"}, {1, "D>A"}, {0, NULL}};
	static const struct votes even[] = {
	    {1, "A>B>C"}, {1, "B>C>A"}, {1, "C>A>B"}, {0, NULL}};
	struct profile p;

	(void)state;
	profile_of(&p, 4, v);
	assert_ranking("instant_runoff", &p, "A>B>C=D");
	profile_free(&p);
	profile_of(&p, 3, even);
	assert_ranking("instant_runoff", &p, "A=B=C");
	profile_free(&p);
}

/* The definition: shares in 2520ths, which 1..10 divide. */
static void
slow_round(const struct profile *p, const bool *in, int64_t *share)
{
	size_t n = p->candidates, tied;
	const int32_t *rank;
	int32_t best;

	memset(share, 0, n * sizeof(*share));
	for (size_t b = 0; b < p->ballots; b++) {
		rank = p->rank + b * n;
		best = INT32_MAX;
		tied = 0;
		for (size_t x = 0; x < n; x++)
			if (in[x] && rank[x] >= 0 && rank[x] < best)
				best = rank[x];
		for (size_t x = 0; x < n; x++)
			tied += in[x] && rank[x] == best;
		for (size_t x = 0; x < n; x++)
			if (in[x] && rank[x] == best)
				share[x] +=
				    profile_weight(p, b) * 2520 / (int64_t)tied;
	}
}

static void
slow_runoff(const struct profile *p, int64_t *rounds)
{
	size_t n = p->candidates, left = n;
	int64_t share[16], least;
	bool in[16];

	for (size_t x = 0; x < n; x++) {
		in[x] = true;
		rounds[x] = 0;
	}
	while (left > 0) {
		slow_round(p, in, share);
		least = INT64_MAX;
		for (size_t x = 0; x < n; x++)
			if (in[x] && share[x] < least)
				least = share[x];
		for (size_t x = 0; x < n; x++) {
			if (!in[x])
				continue;
			in[x] = share[x] > least;
			rounds[x] += in[x];
			left -= !in[x];
		}
	}
}

static void
test_definition(void **state)
{
	int64_t rounds[16];
	struct profile p;

	(void)state;
	for (uint64_t i = 0; i < 3000; i++) {
		random_profile(&p, i, 10);
		slow_runoff(&p, rounds);
		assert_scores("instant_runoff", &p, rounds);
		profile_free(&p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_tennessee),
	    cmocka_unit_test(test_not_monotone),
	    cmocka_unit_test(test_tied),
	    cmocka_unit_test(test_definition),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
