#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/mem.h"
#include "session/event.h"
#include "tests/unit/base/aborts.h"

static const uint8_t salt[SALT_LEN] = {1, 2, 3};
static const uint8_t none[DIGEST_LEN];

/* A ballot: what is made most often. */
static struct event *
ballot(void)
{
	json_t *data = json_pack(
	    "{s:i, s:b, s:s}", "round", 1, "ok", 1, "kind", "ballot \"1\"");
	struct event *e = event_make("contribution.given", data);

	e->at = 1795473482000;
	event_seal_json(
	    e, "ranking", json_pack("[[s],[s,s]]", "s1", "s2", "s3"), salt);
	event_seal(e, "by", "\"p-k3x9\"", salt);
	return e;
}

static void
place_writes_canonical_bytes(void **state)
{
	struct event *e = ballot();
	json_t *v;
	char *again;
	uint8_t hash[DIGEST_LEN];

	(void)state;
	event_place(e, 7, none);
	v = json_read(e->bytes, e->len, NULL);
	assert_non_null(v);
	again = json_canonical_dup(v);
	assert_string_equal(again, e->bytes);
	assert_memory_equal(e->bytes, "{\"at\":1795473482000,\"data\":{", 28);
	assert_null(json_object_get(v, "of"));
	event_chain(none, e->bytes, e->len, hash);
	assert_memory_equal(hash, e->hash, DIGEST_LEN);
	free(again);
	json_decref(v);
	event_destroy(e);
}

static void
reads_what_it_wrote(void **state)
{
	struct event *e = ballot(), *r;
	struct buf b = {0};
	struct err err;
	json_t *v;

	(void)state;
	event_seal(e, "text", "Büsse\n\"frei\"\x7f\x01", salt);
	e->of = 3;
	event_place(e, 7, none);
	assert_int_equal(event_sealed_json(e, NULL, NULL, &b), 3);
	r = event_parse(e->bytes, e->len, b.data, b.len, &err);
	assert_non_null(r);
	assert_string_equal(r->bytes, e->bytes);
	assert_int_equal(r->seq, 7);
	assert_int_equal(r->of, 3);
	assert_int_equal(r->at, e->at);
	assert_int_equal(r->nsealed, 3);
	assert_string_equal(event_body(r, "text"), event_body(e, "text"));
	assert_int_equal(event_int(r, "round", 0), 1);
	assert_int_equal(event_int(r, "kind", -4), -4);
	assert_true(event_bool(r, "ok"));
	assert_string_equal(event_str(r, "kind"), "ballot \"1\"");
	v = event_value(r, "ranking");
	assert_int_equal(json_array_size(v), 2);
	json_decref(v);
	assert_null(event_value(r, "nothing"));
	assert_null(event_sealed(r, "nothing"));
	event_destroy(r);
	r = event_parse(e->bytes, e->len, NULL, 0, &err);
	assert_non_null(r);
	assert_null(event_body(r, "text"));
	assert_memory_equal(event_sealed(r, "text")->digest,
	    event_sealed(e, "text")->digest, DIGEST_LEN);
	event_destroy(r);
	event_destroy(e);
	buf_free(&b);
}

static void
items_stand_in_name_order(void **state)
{
	struct event *e = event_make("x.y", NULL);
	char name[8];
	size_t i;

	(void)state;
	for (i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "t%02zu", i * 37 % 50);
		event_seal(e, name, name, salt);
	}
	assert_int_equal(e->nsealed, 50);
	for (i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "t%02zu", i);
		assert_string_equal(e->sealed[i].name, name);
		assert_string_equal(event_body(e, name), name);
	}
	event_destroy(e);
	event_destroy(NULL);
}

static bool
not_by(const struct event *e, const struct sealed *item, void *arg)
{
	(void)e;
	++*(int *)arg;
	return strcmp(item->name, "by") != 0;
}

static void
bodies_are_filtered(void **state)
{
	struct event *e = ballot(), *r;
	struct buf b = {0};
	int asked = 0;

	(void)state;
	event_seal_digest(e, "zz", none);
	event_place(e, 1, none);
	assert_int_equal(event_sealed_json(e, not_by, &asked, &b), 1);
	assert_int_equal(asked, 2); /* not of the one that is absent */
	r = event_parse(e->bytes, e->len, b.data, b.len, NULL);
	assert_null(event_body(r, "by"));
	assert_string_equal(
	    event_body(r, "ranking"), "[[\"s1\"],[\"s2\",\"s3\"]]");
	event_destroy(r);
	buf_reset(&b);
	event_destroy(e);
	e = event_make("x.y", NULL);
	assert_int_equal(event_sealed_json(e, NULL, NULL, &b), 0);
	assert_int_equal(b.len, 0);
	event_destroy(e);
	buf_free(&b);
}

static const char *const refused[] = {
    "",
    "[]",
    "{}",
    "{\"at\":1,\"data\":{},\"seq\":1,\"type\":\"a\"} ",
    " {\"at\":1,\"data\":{},\"seq\":1,\"type\":\"a\"}",
    "{\"at\":1,\"data\":{},\"seq\":1,\"type\":\"a\",\"x\":1}",
    "{\"data\":{},\"at\":1,\"seq\":1,\"type\":\"a\"}",
    "{\"at\":1,\"at\":1,\"data\":{},\"seq\":1,\"type\":\"a\"}",
    "{\"at\":1.0,\"data\":{},\"seq\":1,\"type\":\"a\"}",
    "{\"at\":-0,\"data\":{},\"seq\":1,\"type\":\"a\"}",
    "{\"at\":-1,\"data\":{},\"seq\":1,\"type\":\"a\"}",
    "{\"at\":1,\"data\":[],\"seq\":1,\"type\":\"a\"}",
    "{\"at\":1,\"data\":{},\"seq\":0,\"type\":\"a\"}",
    "{\"at\":1,\"data\":{},\"of\":1,\"seq\":1,\"type\":\"a\"}",
    "{\"at\":1,\"data\":{},\"of\":0,\"seq\":1,\"type\":\"a\"}",
    "{\"at\":1,\"data\":{},\"of\":null,\"seq\":2,\"type\":\"a\"}",
    "{\"at\":1,\"data\":{},\"seq\":1,\"type\":\"\"}",
    "{\"at\":1,\"data\":{},\"seq\":1,\"type\":1}",
    "{\"at\":1,\"data\":{\"a\":0.5},\"seq\":1,\"type\":\"a\"}",
    "{\"at\":1,\"data\":{\"a\":[{\"b\":1e3}]},\"seq\":1,\"type\":\"a\"}",
    "{\"at\":1,\"data\":{\"a\":9007199254740993},\"seq\":1,\"type\":\"a\"}",
    "{\"at\":1,\"data\":{\"a\":99999999999999999999},\"seq\":1,\"type\":\"a\"}",
    "{\"at\":1,\"data\":{\"a\":\" x\"},\"seq\":1,\"type\":\"a\"}",
    "{\"at\":1,\"data\":{\"a\":\"\\u00fc\"},\"seq\":1,\"type\":\"a\"}",
    "{\"at\":1,\"data\":{\"a\":\"x\\ny\"},\"seq\":1,\"type\":\"a\"}",
    "{\"at\":1,\"data\":{\"a\":\"\\u0041\"},\"seq\":1,\"type\":\"a\"}",
    "{\"at\":1,\"data\":{\"a\":\"\\u0000\"},\"seq\":1,\"type\":\"a\"}",
    "{\"at\":1,\"data\":{\"\\u00fc\":1},\"seq\":1,\"type\":\"a\"}",
    "{\"at\":1,\"data\":{\"b\":1,\"a\":1},\"seq\":1,\"type\":\"a\"}",
    "{\"at\":1,\"data\":{},\"sealed\":{},\"seq\":1,\"type\":\"a\"}",
    "{\"at\":1,\"data\":{},\"sealed\":[],\"seq\":1,\"type\":\"a\"}",
    "{\"at\":1,\"data\":{},\"sealed\":{\"x\":\"ab\"},\"seq\":1,\"type\":\"a\"}",
    "{\"at\":1,\"data\":{},\"sealed\":{\"x\":1},\"seq\":1,\"type\":\"a\"}",
};

static void
malformed_events_are_refused(void **state)
{
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		err = (struct err){0};
		if (event_parse(
			refused[i], strlen(refused[i]), NULL, 0, &err) != NULL)
			fail_msg("accepted: %s", refused[i]);
		assert_int_equal(err.code, ERR_BROKEN);
		assert_true(err.text[0] != '\0');
	}
	assert_null(event_parse(refused[0], 0, NULL, 0, NULL));
}

static void
empty_strings_and_null_are_data(void **state)
{
	static const char ok[] = "{\"at\":0,\"data\":{\"a\":\"\",\"b\":null,"
				 "\"c\":[true,-9007199254740992]},\"seq\":1,"
				 "\"type\":\"a\"}";
	struct event *e = event_parse(ok, strlen(ok), NULL, 0, NULL);

	(void)state;
	assert_non_null(e);
	event_destroy(e);
}

/* Every flipped bit of bytes and bodies is found by schema, form or digest,
 * or it changes the bytes and so the hash. */
static void
flips_in_bodies_are_found(void **state)
{
	struct event *e = ballot(), *r;
	struct buf b = {0};
	size_t i;
	int bit;

	(void)state;
	event_seal(e, "text", "a\tb\\c/ é €", salt);
	event_place(e, 1, none);
	event_sealed_json(e, NULL, NULL, &b);
	for (i = 0; i < b.len; i++) {
		for (bit = 0; bit < 8; bit++) {
			b.data[i] ^= (char)(1 << bit);
			r = event_parse(e->bytes, e->len, b.data, b.len, NULL);
			if (r != NULL)
				fail_msg("byte %zu bit %d: not found", i, bit);
			b.data[i] ^= (char)(1 << bit);
		}
	}
	/* What is not flipped but added or left out. */
	assert_null(event_parse(e->bytes, e->len, b.data, b.len - 1, NULL));
	assert_null(event_parse(e->bytes, e->len, "{}", 2, NULL));
	assert_null(event_parse(e->bytes, e->len, "", 0, NULL));
	buf_addc(&b, ' ');
	assert_null(event_parse(e->bytes, e->len, b.data, b.len, NULL));
	buf_free(&b);
	event_destroy(e);
}

static void
seal_twice(void)
{
	event_seal(ballot(), "by", "x", salt);
}

static void
place_twice(void)
{
	struct event *e = ballot();

	event_place(e, 1, none);
	event_place(e, 2, none);
}

static void
place_free_text(void)
{
	event_place(
	    event_make("x.y", json_pack("{s:s}", "text", "zwölf")), 1, none);
}

static void
place_real(void)
{
	event_place(
	    event_make("x.y", json_pack("{s:f}", "ratio", 0.5)), 1, none);
}

static void
name_too_long(void)
{
	event_seal(
	    event_make("x.y", NULL), "abcdefghijklmnopqrstuvwx", "", salt);
}

static void
broken_invariants_abort(void **state)
{
	(void)state;
	assert_true(aborts(seal_twice));
	assert_true(aborts(place_twice));
	assert_true(aborts(place_free_text));
	assert_true(aborts(place_real));
	assert_true(aborts(name_too_long));
}

static void
lists_own_their_events(void **state)
{
	struct event_list l = {0};
	int i;

	(void)state;
	for (i = 0; i < 20; i++)
		event_list_add(&l, ballot());
	assert_int_equal(l.n, 20);
	event_list_free(&l);
	assert_null(l.v);
	event_list_free(&l);
}

/* The figure is printed; what is required is only that it is no disaster. */
static void
is_fast_enough(void **state)
{
	struct timespec a, b;
	struct buf out = {0};
	double seconds;
	int i, n = 20000;

	(void)state;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	for (i = 0; i < n; i++) {
		struct event *e = ballot();

		event_place(e, i + 1, none);
		buf_reset(&out);
		event_sealed_json(e, NULL, NULL, &out);
		event_destroy(e);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	seconds = (double)(b.tv_sec - a.tv_sec) +
		  (double)(b.tv_nsec - a.tv_nsec) / 1e9;
	print_message(
	    "make, place, write: %.2f us an event\n", seconds / n * 1e6);
	assert_true(seconds / n < 1e-3);
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(place_writes_canonical_bytes),
	    cmocka_unit_test(reads_what_it_wrote),
	    cmocka_unit_test(items_stand_in_name_order),
	    cmocka_unit_test(bodies_are_filtered),
	    cmocka_unit_test(malformed_events_are_refused),
	    cmocka_unit_test(empty_strings_and_null_are_data),
	    cmocka_unit_test(flips_in_bodies_are_found),
	    cmocka_unit_test(broken_invariants_abort),
	    cmocka_unit_test(lists_own_their_events),
	    cmocka_unit_test(is_fast_enough),
	};

	mem_setup();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
