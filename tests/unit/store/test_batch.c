/* The parts that need no file: batches, heads, blanking. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/batch.h"
#include "store/blank.h"
#include "store/head.h"
#include "tests/unit/store/fixture.h"

#define A "aaaaaaaaaaaaaaaa"

/* Whatever the caller does with its own memory afterwards. */
static void
test_all_is_copied(void **state)
{
	struct journal_batch *b = batch_new();
	struct journal_token t = {.ref = "p-1", .session = A};
	struct journal_session s = {.id = A};
	char bytes[] = "bytes", sealed[] = "sealed", id[] = A, ref[] = "p-2";
	char name[] = "text", header[] = "header";
	struct journal_event e = {1, {0}, bytes, 5, sealed, 6};
	const struct batch_op *op;

	(void)state;
	s.header = header;
	batch_event(b, id, &e);
	batch_session(b, &s);
	batch_token(b, &t);
	batch_revoke(b, id, ref);
	batch_erase(b, id, 1, name);
	bytes[0] = sealed[0] = id[0] = ref[0] = name[0] = header[0] = '!';
	t.ref[0] = '!';
	op = b->ops;
	assert_string_equal(op->session, A);
	assert_string_equal(op->u.event.bytes, "bytes");
	assert_string_equal(op->u.event.sealed, "sealed");
	assert_string_equal(op->next->u.token.ref, "p-1");
	op = op->next->next;
	assert_string_equal(op->u.ref, "p-2");
	assert_string_equal(op->next->session, A);
	assert_string_equal(op->next->u.erase.name, "text");
	assert_null(op->next->next);
	assert_string_equal(b->row.header, "header");
	assert_true(b->erases);
	assert_int_equal(b->events, 1);
	batch_free(b);
	batch_free(NULL);
}

static void
test_arena_grows(void **state)
{
	static const size_t sizes[] = {1, 100, 1000, 100000, 10, 9000, 50};
	struct journal_batch *b = batch_new();
	struct journal_event e = {.seq = 1};
	const struct batch_op *op;
	char *text = xmalloc(100000);
	size_t i;

	(void)state;
	for (i = 0; i < 70; i++) {
		e.len = sizes[i % 7];
		e.bytes = text;
		memset(text, (int)('a' + i % 26), e.len);
		batch_event(b, A, &e);
	}
	for (i = 0, op = b->ops; i < 70; i++, op = op->next) {
		assert_int_equal(op->u.event.len, sizes[i % 7]);
		assert_int_equal(op->u.event.bytes[0], 'a' + i % 26);
		assert_int_equal(
		    op->u.event.bytes[sizes[i % 7] - 1], 'a' + i % 26);
		assert_int_equal(op->u.event.bytes[sizes[i % 7]], 0);
	}
	assert_null(op);
	free(text);
	batch_free(b);
}

static void
test_heads(void **state)
{
	struct head_set set = {0};
	char id[SESSION_ID_LEN + 1];
	bool made;
	int round, i;

	(void)state;
	head_set_clear(&set);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < 5000; i++) {
			snprintf(id, sizeof(id), "s%d", i);
			head_set_get(&set, id, &made)->key = i + round;
			assert_true(made);
		}
		for (i = 0; i < 5000; i++) {
			snprintf(id, sizeof(id), "s%d", i);
			assert_int_equal(
			    head_set_get(&set, id, &made)->key, i + round);
			assert_false(made);
			assert_string_equal(set.v[i].id, id);
		}
		assert_int_equal(set.n, 5000);
		head_set_clear(&set);
	}
	head_set_free(&set);
}

static void
blanks(const char *items, const char *name, const char *want)
{
	struct buf out = {0};
	bool ok = blank_item(items, strlen(items), name, &out);

	if (want == NULL) {
		assert_false(ok);
		assert_int_equal(out.len, 0);
	} else {
		assert_true(ok);
		assert_int_equal(out.len, strlen(items));
		assert_int_equal(blank_trim(out.data, out.len), strlen(want));
		assert_memory_equal(out.data, want, strlen(want));
	}
	buf_free(&out);
}

#define X "\"x\":{\"body\":\"1 \\\"\\\\ \\u0001\\n\xc3\xa9\",\"salt\":\"00\"}"
#define Y "\"y\":{\"body\":\"2  \",\"salt\":\"11\"}"
#define Z "\"z\":{\"body\":\"\",\"salt\":\"22\"}"

static void
test_blank(void **state)
{
	(void)state;
	blanks("{" X "," Y "," Z "}", "y", "{" X "," Z "}");
	blanks("{" X "," Y "," Z "}", "x", "{" Y "," Z "}");
	blanks("{" X "," Y "}", "y", "{" X "}");
	blanks("{" X "}   ", "x", "");
	blanks("{" X "}", "y", NULL);
	blanks("      ", "x", NULL);
	blanks("", "x", NULL);
	blanks("{\"x\":{\"body\":1,\"salt\":\"\"}," Y "}", "y", NULL);
	blanks("{\"x\"", "x", NULL);
	blanks("[]", "x", NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_all_is_copied),
	    cmocka_unit_test(test_arena_grows),
	    cmocka_unit_test(test_heads),
	    cmocka_unit_test(test_blank),
	};

	return cmocka_run_group_tests_name("batch", tests, NULL, NULL);
}
