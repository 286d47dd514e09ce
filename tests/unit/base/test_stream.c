/*
 * The vectors come from a separate implementation (Python's hashlib and
 * struct) of the definition in base/stream.h: recordings depend on them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/digest.h"
#include "base/stream.h"
#include "tests/unit/base/aborts.h"

static void
words(void **state)
{
	static const uint64_t want[] = {UINT64_C(0x941d2520fac95ae1),
	    UINT64_C(0xa6630caacb67f98c), UINT64_C(0x57136f97077bc3f9),
	    UINT64_C(0x79c12f9e014aa1b0), UINT64_C(0x47a702b233042930),
	    UINT64_C(0x22d681681107605b)};
	struct stream s;
	size_t i;

	(void)state;
	stream_open(&s, "seed", "draft", 1, 2);
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		assert_true(stream_u64(&s) == want[i]);
	stream_open(&s, "", "", 0, 0);
	assert_true(stream_u64(&s) == UINT64_C(0xcc4a38ebf2c1de1b));
	stream_open(
	    &s, "seed", "draft", UINT64_MAX, UINT64_C(0x8000000000000000));
	assert_true(stream_u64(&s) == UINT64_C(0xf913643e48c5023b));
}

static void
bytes_and_words_share_one_sequence(void **state)
{
	struct stream s;
	uint8_t out[40];
	char hex[81];

	(void)state;
	stream_open(&s, "seed", "draft", 1, 2);
	stream_bytes(&s, out, 5);
	hex_encode(out, 5, hex);
	assert_string_equal(hex, "941d2520fa");
	assert_true(stream_u64(&s) == UINT64_C(0xc95ae1a6630caacb));
	stream_bytes(&s, out, 40);
	hex_encode(out, 40, hex);
	assert_string_equal(hex, "67f98c57136f97077bc3f979c12f9e014aa1b047"
				 "a702b23304293022d681681107605b547c8fc618");
	stream_bytes(&s, out, 0);
}

static void
below(void **state)
{
	static const uint64_t six[] = {1, 2, 3, 4, 4, 5, 1, 3, 0, 0, 3, 1};
	/* Half of all words are refused here. */
	static const uint64_t half[] = {UINT64_C(1449355478659848928),
	    UINT64_C(2766068523832179083), UINT64_C(8683703068963137462),
	    UINT64_C(3057989640844284868)};
	struct stream s;
	size_t i;

	(void)state;
	stream_open(&s, "seed", "draft", 1, 2);
	for (i = 0; i < sizeof(six) / sizeof(six[0]); i++)
		assert_true(stream_below(&s, 6) == six[i]);
	stream_open(&s, "seed", "draft", 1, 2);
	for (i = 0; i < sizeof(half) / sizeof(half[0]); i++)
		assert_true(
		    stream_below(&s, UINT64_C(0x8000000000000001)) == half[i]);
	for (i = 0; i < 100; i++)
		assert_true(stream_below(&s, 1) == 0);
}

static void
below_is_even(void **state)
{
	struct stream s;
	unsigned count[7] = {0};
	int i;

	(void)state;
	stream_open(&s, "even", "test", 0, 0);
	for (i = 0; i < 70000; i++)
		count[stream_below(&s, 7)]++;
	for (i = 0; i < 7; i++) /* 5 standard deviations */
		assert_in_range(count[i], 9540, 10460);
}

static void
permute(void **state)
{
	static const size_t want[] = {3, 8, 0, 9, 2, 4, 6, 1, 5, 7};
	struct stream s;
	size_t p[10];

	(void)state;
	stream_open(&s, "seed", "draft", 1, 2);
	stream_permute(&s, p, 10);
	assert_memory_equal(p, want, sizeof(p));
	stream_permute(&s, p, 1);
	assert_int_equal(p[0], 0);
	stream_permute(&s, p, 0);
}

static void
streams_differ_in_every_part(void **state)
{
	static const struct {
		const char *seed, *name;
		uint64_t a, b;
	} v[] = {{"s", "n", 0, 0}, {"t", "n", 0, 0}, {"s", "m", 0, 0},
	    {"s", "n", 1, 0}, {"s", "n", 0, 1}, {"sn", "", 0, 0},
	    {"", "sn", 0, 0}};
	uint64_t first[sizeof(v) / sizeof(v[0])];
	struct stream s;
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		stream_open(&s, v[i].seed, v[i].name, v[i].a, v[i].b);
		first[i] = stream_u64(&s);
		for (j = 0; j < i; j++)
			assert_true(first[i] != first[j]);
	}
}

static void
below_nothing(void)
{
	struct stream s;

	stream_open(&s, "s", "n", 0, 0);
	stream_below(&s, 0);
}

static void
below_nothing_aborts(void **state)
{
	(void)state;
	assert_true(aborts(below_nothing));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(words),
	    cmocka_unit_test(bytes_and_words_share_one_sequence),
	    cmocka_unit_test(below),
	    cmocka_unit_test(below_is_even),
	    cmocka_unit_test(permute),
	    cmocka_unit_test(streams_differ_in_every_part),
	    cmocka_unit_test(below_nothing_aborts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
