#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/digest.h"
#include "base/keymap.h"

static void
digest_of(uint32_t i, uint8_t out[KEYMAP_LEN])
{
	const struct digest_part p = {&i, sizeof(i)};
	uint8_t d[DIGEST_LEN];

	digest_sha256(&p, 1, d);
	memcpy(out, d, KEYMAP_LEN);
}

static void
empty(void **state)
{
	struct keymap m = {0};
	uint8_t key[KEYMAP_LEN] = {0};

	(void)state;
	assert_null(keymap_get(&m, key));
	keymap_free(&m);
	keymap_free(&m);
}

static void
finds_what_was_put(void **state)
{
	struct keymap m = {0};
	uint8_t key[KEYMAP_LEN], content[KEYMAP_LEN];
	const struct keymap_entry *e;
	uint32_t i;

	(void)state;
	for (i = 0; i < 5000; i++) {
		digest_of(i, key);
		digest_of(~i, content);
		assert_null(keymap_get(&m, key));
		keymap_put(&m, key, content, (int64_t)i + 1);
	}
	assert_int_equal(m.n, 5000);
	for (i = 0; i < 5000; i++) {
		digest_of(i, key);
		digest_of(~i, content);
		e = keymap_get(&m, key);
		assert_non_null(e);
		assert_int_equal(e->seq, i + 1);
		assert_memory_equal(e->content, content, KEYMAP_LEN);
	}
	keymap_free(&m);
	assert_int_equal(m.n, 0);
}

static void
first_entry_stays(void **state)
{
	struct keymap m = {0};
	uint8_t key[KEYMAP_LEN], a[KEYMAP_LEN], b[KEYMAP_LEN];

	(void)state;
	digest_of(1, key);
	digest_of(2, a);
	digest_of(3, b);
	keymap_put(&m, key, a, 7);
	keymap_put(&m, key, b, 8);
	assert_int_equal(m.n, 1);
	assert_int_equal(keymap_get(&m, key)->seq, 7);
	assert_memory_equal(keymap_get(&m, key)->content, a, KEYMAP_LEN);
	keymap_free(&m);
}

/* All in one probe chain: only the last byte differs. */
static void
colliding_keys(void **state)
{
	struct keymap m = {0};
	uint8_t key[KEYMAP_LEN] = {0};
	int i;

	(void)state;
	for (i = 1; i < 100; i++) {
		key[KEYMAP_LEN - 1] = (uint8_t)i;
		keymap_put(&m, key, key, i);
	}
	for (i = 1; i < 100; i++) {
		key[KEYMAP_LEN - 1] = (uint8_t)i;
		assert_int_equal(keymap_get(&m, key)->seq, i);
	}
	key[KEYMAP_LEN - 1] = 200;
	assert_null(keymap_get(&m, key));
	keymap_free(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(empty),
	    cmocka_unit_test(finds_what_was_put),
	    cmocka_unit_test(first_entry_stays),
	    cmocka_unit_test(colliding_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
