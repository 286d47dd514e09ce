#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/digest.h"
#include "base/mem.h"

static void
expect_sha(const struct digest_part *parts, size_t n, const char *want)
{
	uint8_t d[DIGEST_LEN];
	char hex[2 * DIGEST_LEN + 1];

	digest_sha256(parts, n, d);
	hex_encode(d, sizeof(d), hex);
	assert_string_equal(hex, want);
}

/* FIPS 180-4's examples. */
static void
sha256_vectors(void **state)
{
	const struct digest_part abc = {"abc", 3}, split[] = {{"a", 1}, {"", 0},
						       {NULL, 0}, {"bc", 2}};
	struct digest_part m;

	(void)state;
	expect_sha(NULL, 0,
	    "e3b0c44298fc1c149afbf4c8996fb924"
	    "27ae41e4649b934ca495991b7852b855");
	expect_sha(&abc, 1,
	    "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad");
	expect_sha(split, 4,
	    "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad");
	m.p = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	m.n = 56;
	expect_sha(&m, 1,
	    "248d6a61d20638b8e5c026930c3e6039"
	    "a33ce45964ff2167f6ecedd419db06c1");
	m.n = 1000000;
	m.p = memset(xmalloc(m.n), 'a', m.n);
	expect_sha(&m, 1,
	    "cdc76e5c9914fb9281a1c7e284d73e67"
	    "f1809a48a497200e046d39ccc7112cd0");
	free((void *)m.p);
}

static void
sealed_digest(void **state)
{
	uint8_t salt[SALT_LEN], d[DIGEST_LEN];
	char hex[2 * DIGEST_LEN + 1];
	int i;

	(void)state;
	for (i = 0; i < SALT_LEN; i++)
		salt[i] = (uint8_t)i;
	digest_sealed("text", salt, "K\xc3\xb6rper", 7, d);
	hex_encode(d, sizeof(d), hex);
	assert_string_equal(hex, "768f4d865fd659cb49bb5b378d13ea00"
				 "64a26866394e7ac4c02142fd4b870080");
}

/* Every byte, at every place and in every length. */
static void
hexadecimal_of_all(void **state)
{
	uint8_t in[11];
	char hex[23], want[23];
	size_t n, i;
	int c;

	(void)state;
	for (n = 0; n <= sizeof(in); n++)
		for (c = 0; c < 256; c++) {
			for (i = 0; i < n; i++) {
				in[i] = (uint8_t)(c + 37 * (int)i);
				snprintf(want + 2 * i, 3, "%02x", in[i]);
			}
			want[2 * n] = '\0';
			hex_encode(in, n, hex);
			assert_string_equal(hex, want);
		}
}

static void
hexadecimal(void **state)
{
	uint8_t out[3] = {9, 9, 9};
	char hex[7];

	(void)state;
	hex_encode("\x00\xab\x7f", 3, hex);
	assert_string_equal(hex, "00ab7f");
	assert_true(hex_decode("00ab7f", 6, out, 3));
	assert_memory_equal(out, "\x00\xab\x7f", 3);
	assert_true(hex_decode("", 0, out, 0));
	assert_false(hex_decode("00ab7", 5, out, 2));
	assert_false(hex_decode("00ab7f", 6, out, 2));
	assert_false(hex_decode("00ab", 4, out, 3));
	assert_false(hex_decode("00AB7F", 6, out, 3));
	assert_false(hex_decode("00ab7g", 6, out, 3));
	assert_false(hex_decode("0 ab7f", 6, out, 3));
	assert_false(hex_decode("00\0b7f", 6, out, 3));
}

/* RFC 4648 section 10, in lower case and without padding. */
static void
base32_vectors(void **state)
{
	static const char *const v[][2] = {{"", ""}, {"f", "my"},
	    {"fo", "mzxq"}, {"foo", "mzxw6"}, {"foob", "mzxw6yq"},
	    {"fooba", "mzxw6ytb"}, {"foobar", "mzxw6ytboi"},
	    {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "7777777777777777"}};
	char out[32];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		size_t n = strlen(v[i][0]);

		memset(out, 'X', sizeof(out));
		base32_encode(v[i][0], n, out);
		assert_string_equal(out, v[i][1]);
		assert_int_equal(strlen(out), (8 * n + 4) / 5);
		assert_int_equal(out[strlen(out) + 1], 'X');
	}
}

static void
entropy_is_used_once_and_wiped(void **state)
{
	struct entropy e = {.left = 0};
	uint8_t a[SALT_LEN], b[SALT_LEN], zero[2 * SALT_LEN] = {0};

	(void)state;
	entropy_fill(&e, a, sizeof(a));
	entropy_fill(&e, b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
	assert_int_equal(e.left, sizeof(e.pool) - 2 * SALT_LEN);
	assert_memory_equal(e.pool, zero, sizeof(zero));
}

static void
entropy_larger_than_the_pool(void **state)
{
	struct entropy e = {.left = 0};
	uint8_t big[3000], zero[64] = {0};
	size_t at;

	(void)state;
	memset(big, 0, sizeof(big));
	entropy_fill(&e, big, sizeof(big));
	for (at = 0; at + sizeof(zero) <= sizeof(big); at += sizeof(zero))
		assert_memory_not_equal(big + at, zero, sizeof(zero));
	assert_memory_not_equal(big, big + sizeof(e.pool), 64);
	entropy_fill(&e, big, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sha256_vectors),
	    cmocka_unit_test(sealed_digest),
	    cmocka_unit_test(hexadecimal),
	    cmocka_unit_test(hexadecimal_of_all),
	    cmocka_unit_test(base32_vectors),
	    cmocka_unit_test(entropy_is_used_once_and_wiped),
	    cmocka_unit_test(entropy_larger_than_the_pool),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
