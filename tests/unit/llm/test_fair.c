#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "llm/fair.h"

#define ITEMS 12

static struct fair q;
static struct fair_item items[ITEMS];

static void
put(const char *owners)
{
	char owner[2] = "";
	int i;

	fair_init(&q);
	memset(items, 0, sizeof items);
	for (i = 0; owners[i] != '\0'; i++) {
		owner[0] = owners[i];
		fair_put(&q, &items[i], owner);
	}
}

/* The order in which they come out, by number. */
static void
check_order(const char *want)
{
	char got[4 * ITEMS] = "";
	struct fair_item *item;

	while ((item = fair_next(&q)) != NULL) {
		assert_null(item->owner);
		snprintf(got + strlen(got), sizeof got - strlen(got), "%d ",
		    (int)(item - items));
	}
	assert_string_equal(got, want);
	assert_int_equal(q.n, 0);
}

static void
test_turns(void **state)
{
	(void)state;
	put("aaaabbc");
	check_order("0 4 6 1 5 2 3 ");
	put("");
	check_order("");
	put("aaa");
	check_order("0 1 2 ");
}

/* Who comes while others are served is behind each of them once. */
static void
test_come_late(void **state)
{
	(void)state;
	put("aaab");
	assert_ptr_equal(fair_next(&q), &items[0]);
	fair_put(&q, &items[4], "c");
	fair_put(&q, &items[0], "a");
	check_order("3 1 4 2 0 ");
}

static void
test_remove(void **state)
{
	struct fair_item none = {.owner = NULL};

	(void)state;
	put("aabbc");
	fair_remove(&q, &none);
	fair_remove(&q, &items[4]);
	fair_remove(&q, &items[0]);
	assert_int_equal(q.n, 3);
	check_order("1 2 3 ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_turns),
	    cmocka_unit_test(test_come_late),
	    cmocka_unit_test(test_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
