/* Against a count from scratch, as candidates are struck. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "choice/firsts.h"
#include "tests/unit/choice/elections.h"

/* In 2520ths, which 1..10 divide. */
static int64_t
slow_share(const struct profile *p, const bool *in, size_t x)
{
	size_t n = p->candidates, tied;
	const int32_t *rank;
	int64_t sum = 0;
	bool first;

	for (size_t b = 0; b < p->ballots; b++) {
		rank = p->rank + b * n;
		first = rank[x] >= 0;
		tied = 0;
		for (size_t y = 0; y < n; y++)
			if (in[y] && rank[y] >= 0) {
				first &= rank[x] <= rank[y];
				tied += rank[x] == rank[y];
			}
		if (first)
			sum += profile_weight(p, b) * 2520 / (int64_t)tied;
	}
	return sum;
}

static void
compare(const struct profile *p, const struct firsts *f, const bool *in)
{
	int64_t a, b;

	for (size_t x = 0; x < p->candidates; x++)
		for (size_t y = 0; y < p->candidates; y++) {
			if (!in[x] || !in[y])
				continue;
			a = slow_share(p, in, x);
			b = slow_share(p, in, y);
			assert_int_equal(
			    (a > b) - (a < b), (firsts_cmp(f, x, y) > 0) -
						   (firsts_cmp(f, x, y) < 0));
		}
}

static void
test_random(void **state)
{
	size_t order[16], n;
	struct profile p;
	struct firsts f;
	struct stream s;
	bool in[16];

	(void)state;
	for (uint64_t i = 0; i < 500; i++) {
		random_profile(&p, i, 10);
		n = p.candidates;
		stream_open(&s, "test_firsts", "strike", i, 0);
		stream_permute(&s, order, n);
		for (size_t x = 0; x < n; x++)
			in[x] = true;
		firsts_init(&f, &p);
		firsts_count(&f, in, n);
		for (size_t x = 0; x < n; x++)
			assert_int_equal(firsts_hundredths(&f, x),
			    slow_share(&p, in, x) * 100 / 2520);
		for (size_t left = n; left > 1; left--) {
			compare(&p, &f, in);
			in[order[left - 1]] = false;
			firsts_count(&f, in, left - 1);
		}
		firsts_free(&f);
		profile_free(&p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
