#include "record/share.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "record/tables.h"
#include "record/verify.h"
#include "tests/unit/record/fixture.h"

/* Five named people, concluded; each opinion in words of its own. */
static void
play_named(struct play *p, struct buf *b)
{
	static const char *const names[] = {"Ada", "Ben", "Cleo", "Dan", "Eve"};
	char text[200];
	int i;

	play_begin(p, "{\"candidates\":3,\"shown\":2,\"rounds\":0}", "7");
	for (i = 0; i < 5; i++)
		play_join(p, names[i]);
	play_next(p);
	for (i = 0; i < 5; i++) {
		snprintf(text, sizeof text,
		    "Opinion%c says that phones stay in the bag. Nobody of "
		    "kind %c objects to breaks.",
		    'A' + i, 'A' + i);
		play_text(p, i, "opinion", text);
	}
	play_jobs(p);
	play_all_ballots(p);
	write_log(p, NULL, NULL, b);
}

static size_t
holds(const struct buf *b)
{
	struct verify_report report;

	assert_int_equal(verify_bytes(b->data, b->len, &report, NULL), 0);
	return (size_t)report.open;
}

static void
each_role_gets_its_own(void **state)
{
	static const char *const roles[] = {
	    "operator", "facilitator", "observer", "Ada"};
	struct buf b = {0}, out[4] = {{0}};
	size_t open[4], i;
	struct play p;
	struct err err;

	(void)state;
	play_named(&p, &b);
	for (i = 0; i < 4; i++) {
		if (share_as(b.data, b.len, roles[i], &out[i], &err) == -1)
			fail_msg("%s: %s", roles[i], err.text);
		open[i] = holds(&out[i]);
	}
	assert_int_equal(out[0].len, b.len);
	assert_true(open[0] > open[3] && open[3] > open[2]);
	/* A name is its owner's. */
	assert_null(memmem(out[2].data, out[2].len, "\"Ada\"", 5));
	assert_non_null(memmem(out[3].data, out[3].len, "\"Ada\"", 5));
	assert_null(memmem(out[3].data, out[3].len, "\"Ben\"", 5));
	assert_int_equal(share_as(b.data, b.len, "Zoe", &out[0], &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
	for (i = 0; i < 4; i++)
		buf_free(&out[i]);
	buf_free(&b);
	play_end(&p);
}

static void
without_names(void **state)
{
	struct buf b = {0}, out = {0};
	struct play p;

	(void)state;
	play_named(&p, &b);
	assert_int_equal(share_anonymous(b.data, b.len, &out, NULL), 0);
	holds(&out);
	assert_null(memmem(out.data, out.len, "\"Ada\"", 5));
	assert_non_null(memmem(out.data, out.len, "OpinionA says", 13));
	buf_free(&b);
	buf_free(&out);
	play_end(&p);
}

static void
all_that_is_held_on_one_person(void **state)
{
	json_t *all, *one, *events;
	struct buf b = {0};
	struct play p;
	struct err err;
	char *text;

	(void)state;
	play_named(&p, &b);
	all = share_person(b.data, b.len, "Cleo", &err);
	assert_non_null(all);
	assert_string_equal(
	    cell_str(all, "participant"), p.s->participants[2].id);
	events = json_object_get(all, "events");
	assert_int_equal(
	    json_array_size(events), 3); /* join, opinion, ballot */
	one = json_array_get(events, 1);
	assert_non_null(strstr(
	    cell_str(json_object_get(one, "texts"), "text"), "OpinionC says"));
	assert_int_equal(
	    json_array_size(json_object_get(all, "predictions")), 1);
	assert_int_equal(json_array_size(json_object_get(all, "orders")), 1);
	/* each draft was asked for with their words, in some place */
	one = json_array_get(json_object_get(all, "drafts"), 0);
	assert_true(json_integer_value(json_object_get(one, "place")) >= 1);
	assert_non_null(cell_str(one, "endpoint"));
	/* Nothing of the others but what statements quote. */
	json_object_del(all, "statements");
	text = json_dumps(all, 0);
	assert_null(strstr(text, "OpinionA"));
	assert_null(strstr(text, "Ada"));
	free(text);
	json_decref(all);
	all = share_person(b.data, b.len, p.s->participants[2].id, &err);
	assert_non_null(all);
	json_decref(all);
	assert_null(share_person(b.data, b.len, "Zoe", &err));
	assert_int_equal(err.code, ERR_NOT_FOUND);
	buf_free(&b);
	play_end(&p);
}

/* The offline drafter takes sentences word for word. */
static void
statements_that_quote_are_named(void **state)
{
	size_t quoting = 0, i, k;
	struct buf b = {0};
	struct play p;
	json_t *all, *st;

	(void)state;
	play_named(&p, &b);
	for (i = 0; i < 5; i++) {
		all =
		    share_person(b.data, b.len, p.s->participants[i].id, NULL);
		json_array_foreach(json_object_get(all, "statements"), k, st) {
			char kind[32];

			snprintf(kind, sizeof kind, "kind %c", 'A' + (int)i);
			quoting += strstr(cell_str(st, "text"), kind) != NULL;
		}
		json_decref(all);
	}
	assert_true(quoting > 0);
	buf_free(&b);
	play_end(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_role_gets_its_own),
	    cmocka_unit_test(without_names),
	    cmocka_unit_test(all_that_is_held_on_one_person),
	    cmocka_unit_test(statements_that_quote_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
