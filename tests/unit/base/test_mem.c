#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/mem.h"
#include "tests/unit/base/aborts.h"

/* Volatile, or the compiler sees through the test and refuses it. */
static volatile size_t huge = SIZE_MAX / 2;

static void
never_null(void **state)
{
	void *p[4];
	int i;

	(void)state;
	p[0] = xmalloc(0);
	p[1] = xcalloc(0, 8);
	p[2] = xreallocarray(NULL, 0, 0);
	p[3] = xmemdup("", 0);
	for (i = 0; i < 4; i++) {
		assert_non_null(p[i]);
		free(p[i]);
	}
}

static void
copies(void **state)
{
	char *s;

	(void)state;
	s = xstrdup("abc");
	assert_string_equal(s, "abc");
	free(s);
	s = xstrndup("abcdef", 3);
	assert_string_equal(s, "abc");
	free(s);
	s = xstrndup("ab", 10);
	assert_string_equal(s, "ab");
	free(s);
	s = xmemdup("a\0b", 3);
	assert_memory_equal(s, "a\0b", 3);
	free(s);
	s = xasprintf("%s-%d", "x", 7);
	assert_string_equal(s, "x-7");
	free(s);
}

static void
calloc_is_zeroed(void **state)
{
	char *p = xcalloc(100, 3);
	int i;

	(void)state;
	for (i = 0; i < 300; i++)
		assert_int_equal(p[i], 0);
	free(p);
}

static void
grow_doubles(void **state)
{
	size_t cap = 0, n, moves = 0;
	int *v = NULL;

	(void)state;
	for (n = 0; n < 1000; n++) {
		size_t before = cap;

		v = xgrow(v, n, &cap, sizeof(*v));
		assert_true(cap > n);
		moves += cap != before;
		v[n] = (int)n;
	}
	for (n = 0; n < 1000; n++)
		assert_int_equal(v[n], n);
	assert_true(moves <= 8);
	free(v);
}

static void
malloc_too_much(void)
{
	free(xmalloc(huge));
}

static void
calloc_overflow(void)
{
	free(xcalloc(huge, 4));
}

static void
realloc_overflow(void)
{
	free(xreallocarray(NULL, huge, 4));
}

static void
grow_overflow(void)
{
	size_t cap = SIZE_MAX / 2 + 1;

	free(xgrow(NULL, SIZE_MAX / 2 + 1, &cap, 8));
}

static void
lack_of_memory_aborts(void **state)
{
	(void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	skip(); /* the sanitizer ends the process its own way */
#else
	assert_true(aborts(malloc_too_much));
	assert_true(aborts(calloc_overflow));
	assert_true(aborts(realloc_overflow));
#endif
	assert_true(aborts(grow_overflow));
}

static void
jansson_uses_ours(void **state)
{
	json_malloc_t m;
	json_free_t f;

	(void)state;
	mem_setup();
	json_get_alloc_funcs(&m, &f);
	assert_ptr_equal(m, xmalloc);
	assert_ptr_equal(f, free);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(never_null),
	    cmocka_unit_test(copies),
	    cmocka_unit_test(calloc_is_zeroed),
	    cmocka_unit_test(grow_doubles),
	    cmocka_unit_test(lack_of_memory_aborts),
	    cmocka_unit_test(jansson_uses_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
