/* Published examples, and the definition played out slowly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/choice/elections.h"

/* Wikipedia, "Ranked pairs": Nashville, Chattanooga, Knoxville, Memphis. */
static void
test_tennessee(void **state)
{
	struct profile p;

	(void)state;
	profile_of(&p, 4, tennessee);
	assert_ranking("ranked_pairs", &p, "B>C>D>A");
	profile_free(&p);
}

/* A cycle: B over C (7:2) and A over B (6:3) are locked, C over A (5:4) would
 * close it. */
static void
test_cycle(void **state)
{
	static const struct votes v[] = {
	    {4, "A>B>C"}, {3, "B>C>A"}, {2, "C>A>B"}, {0, NULL}};
	struct profile p;

	(void)state;
	profile_of(&p, 3, v);
	assert_ranking("ranked_pairs", &p, "A>B>C");
	profile_free(&p);
}

/*
 * Where it parts from Schulze: M. Schulze (2011), example 1.  The majorities
 * d>b 19, c>b 15, a>c 14, b>a 13, c>d 12, d>a 11: b>a would close a cycle with
 * a>c and c>b, so a is over d through c, while Schulze elects d.
 */
static void
test_schulze_1(void **state)
{
	static const struct votes v[] = {{8, "A>C>D>B"}, {2, "B>A>D>C"},
	    {4, "C>D>B>A"}, {4, "D>B>A>C"}, {3, "D>C>B>A"}, {0, NULL}};
	struct profile p;

	(void)state;
	profile_of(&p, 4, v);
	assert_ranking("ranked_pairs", &p, "A>C>D>B");
	profile_free(&p);
}

/* Equal majorities in a circle cancel out; D, whom all beat, stays below. */
static void
test_equal(void **state)
{
	static const struct votes v[] = {
	    {1, "A>B>C>D"}, {1, "B>C>A>D"}, {1, "C>A>B>D"}, {0, NULL}};
	/* equals that contradict nothing are all locked */
	static const struct votes w[] = {{2, "A>B=C"}, {1, "B=C>A"}, {0, NULL}};
	struct profile p;

	(void)state;
	profile_of(&p, 4, v);
	assert_ranking("ranked_pairs", &p, "A=B=C>D");
	profile_free(&p);
	profile_of(&p, 3, w);
	assert_ranking("ranked_pairs", &p, "A>B=C");
	profile_free(&p);
}

/* Of as many votes for it the majority with fewer against it is stronger: C
 * over A, 3:1, is locked before A over B and B over C, 3:2 each, which then
 * close a circle with it and are both left out. */
static void
test_opposition(void **state)
{
	static const struct votes v[] = {
	    {2, "C>A>B"}, {1, "A>B>C"}, {1, "B>C=A"}, {1, "B>C"}, {0, NULL}};
	struct profile p;

	(void)state;
	profile_of(&p, 3, v);
	assert_ranking("ranked_pairs", &p, "B=C>A");
	profile_free(&p);
}

/* By definition: is there a way from x to y over what is locked? */
static bool
leads(const bool *locked, size_t n, size_t x, size_t y, unsigned seen)
{
	if (x == y)
		return true;
	for (size_t z = 0; z < n; z++)
		if (locked[x * n + z] && !(seen >> z & 1) &&
		    leads(locked, n, z, y, seen | 1u << z))
			return true;
	return false;
}

struct majority {
	size_t x, y;
	int64_t won, lost;
};

static int
strongest_first_cmp(const void *a, const void *b)
{
	const struct majority *p = a, *q = b;

	if (p->won != q->won)
		return p->won > q->won ? -1 : 1;
	return (p->lost > q->lost) - (p->lost < q->lost);
}

/* Locks one by one; false where two are equal, for there the books differ. */
static bool
slow_lock(const struct tally *t, bool *locked)
{
	struct majority v[64];
	size_t n = t->n, count = 0;

	for (size_t x = 0; x < n; x++)
		for (size_t y = 0; y < n; y++)
			if (t->d[x * n + y] > t->d[y * n + x])
				v[count++] = (struct majority){
				    x, y, t->d[x * n + y], t->d[y * n + x]};
	qsort(v, count, sizeof(*v), strongest_first_cmp);
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && strongest_first_cmp(&v[i - 1], &v[i]) == 0)
			return false;
		if (!leads(locked, n, v[i].y, v[i].x, 1u << v[i].y))
			locked[v[i].x * n + v[i].y] = true;
	}
	return true;
}

static void
test_definition(void **state)
{
	size_t tried = 0;
	struct profile p;
	struct tally t;

	(void)state;
	for (uint64_t i = 0; i < 20000; i++) {
		bool locked[64] = {false};

		random_profile(&p, i, 5);
		tally_run(rule_find("ranked_pairs"), &p, &t);
		if (slow_lock(&t, locked)) {
			tried++;
			for (size_t x = 0; x < t.n; x++)
				for (size_t y = 0; y < t.n; y++)
					if (x != y && locked[x * t.n + y])
						assert_true(
						    t.rank[x] < t.rank[y]);
			for (size_t x = 0; x < t.n; x++) {
				bool over = false;

				for (size_t y = 0; y < t.n; y++)
					over |= locked[y * t.n + x];
				assert_int_equal(t.rank[x] == 0, !over);
			}
		}
		tally_free(&t);
		profile_free(&p);
	}
	assert_true(tried > 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_tennessee),
	    cmocka_unit_test(test_cycle),
	    cmocka_unit_test(test_schulze_1),
	    cmocka_unit_test(test_equal),
	    cmocka_unit_test(test_opposition),
	    cmocka_unit_test(test_definition),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
