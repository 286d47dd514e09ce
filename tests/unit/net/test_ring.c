/* The ring of answers: order, ids, numbers that wrap around. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/mem.h"
#include "net/ring.h"

static void
give(struct ring *r, uint32_t number, int64_t ticket, const char *s)
{
	ring_give(r, number, ticket, xstrdup(s), strlen(s));
}

static void
test_find(void **state)
{
	json_t *one = json_integer(1), *same = json_integer(1),
	       *two = json_string("two"), *null = json_null();
	struct ring r = {0};
	uint32_t a, b, c, d, e, got;

	(void)state;
	assert_false(ring_find(&r, one, &got));
	a = ring_push(&r, one);
	b = ring_push(&r, two);
	c = ring_push(&r, null);
	d = ring_push(&r, null);
	e = ring_push(&r, same);
	/* The last one if it is the very object, else the oldest equal. */
	assert_true(ring_find(&r, same, &got) && got == e);
	assert_true(ring_find(&r, one, &got) && got == a);
	assert_true(ring_find(&r, null, &got) && got == c);
	give(&r, c, 1, "c");
	assert_true(ring_find(&r, null, &got) && got == d);
	ring_push(&r, null);
	assert_true(ring_find(&r, null, &got) && got == d);
	ring_unpush(&r);
	give(&r, a, 1, "a");
	assert_true(ring_find(&r, one, &got) && got == e);
	give(&r, e, 1, "e");
	assert_false(ring_find(&r, one, &got));
	assert_true(ring_find(&r, two, &got) && got == b);
	assert_int_equal(r.ready, 3);
	assert_int_equal(r.bytes, 3);
	give(&r, a, 1, "longer");
	assert_int_equal(r.ready, 3);
	assert_int_equal(r.bytes, 8);
	ring_clear(&r);
	assert_int_equal(r.ready, 0);
	assert_int_equal(r.bytes, 0);
	assert_null(r.slots);
	json_decref(one);
	json_decref(same);
	json_decref(two);
}

static void
test_wraps(void **state)
{
	struct ring r = {.head = UINT32_MAX - 20,
	    .tail = UINT32_MAX - 20,
	    .open = UINT32_MAX - 20};
	json_t *ids[100];
	uint32_t n[100], got;
	char *bytes;
	int i;

	(void)state;
	for (i = 0; i < 100; i++) {
		ids[i] = json_integer(i);
		n[i] = ring_push(&r, ids[i]);
	}
	assert_int_equal(ring_count(&r), 100);
	for (i = 99; i >= 0; i--) {
		assert_true(ring_is_open(&r, n[i]));
		assert_true(ring_find(&r, ids[i], &got) && got == n[i]);
		give(&r, n[i], i, "x");
		assert_false(ring_is_open(&r, n[i]));
	}
	for (i = 0; i < 99; i++) {
		assert_int_equal(ring_at(&r, r.head)->ticket, i);
		ring_pop(&r);
	}
	bytes = ring_take(&r);
	assert_string_equal(bytes, "x");
	free(bytes);
	assert_int_equal(ring_count(&r), 0);
	assert_false(ring_is_open(&r, n[0]));
	assert_false(ring_is_open(&r, n[99]));
	assert_null(r.slots);
	for (i = 0; i < 100; i++)
		json_decref(ids[i]);
}

static void
test_unpush(void **state)
{
	struct ring r = {0};
	json_t *id = json_integer(1);
	uint32_t a, b, got;

	(void)state;
	a = ring_push(&r, id);
	b = ring_push(&r, id);
	give(&r, a, 1, "a");
	assert_true(ring_find(&r, id, &got) && got == b);
	ring_unpush(&r);
	assert_false(ring_is_open(&r, b));
	assert_false(ring_find(&r, id, &got));
	b = ring_push(&r, id);
	assert_true(ring_find(&r, id, &got) && got == b);
	ring_clear(&r);
	json_decref(id);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_find),
	    cmocka_unit_test(test_wraps),
	    cmocka_unit_test(test_unpush),
	};

	return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
