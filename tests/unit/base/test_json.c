/* Canonical forms were printed by python3's json.dumps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "tests/unit/base/aborts.h"

static json_t *
must_read(const char *text)
{
	struct err e = {0};
	json_t *v = json_read(text, strlen(text), &e);

	if (v == NULL)
		fail_msg("%s: %s", text, e.text);
	return v;
}

static void
refused(const char *text, size_t len, const char *want)
{
	struct err e = {0};

	assert_null(json_read(text, len, NULL));
	assert_null(json_read(text, len, &e));
	assert_int_equal(e.code, ERR_PARSE);
	assert_string_equal(e.text, want);
}

static void
reads_values(void **state)
{
	static const char *const good[] = {"{}", "[]", "1", "\"x\"", "null",
	    " true ", "{\"a\":[{\"b\":\"\\u00e9\\ud83d\\ude00\"}]}",
	    "-9223372036854775808", "9223372036854775807"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		json_decref(must_read(good[i]));
}

static void
refuses_what_is_not_json(void **state)
{
	(void)state;
	refused("", 0, "byte 0: the text ends too early");
	refused("{\"a\":1", 6, "byte 6: the text ends too early");
	refused("{a:1}", 5, "byte 2: not JSON");
	refused("{\n\n\"a\":}", 8, "line 3, byte 8: not JSON");
	refused("[1,]", 4, "byte 4: not JSON");
	refused("1 2", 3, "byte 3: something follows the value");
	refused("{} {}", 5, "byte 4: something follows the value");
	refused("NaN", 3, "byte 3: not JSON");
	refused("[1e999]", 7, "byte 6: a number is too big");
	refused("9223372036854775808", 19, "byte 19: a number is too big");
	refused("\"a\nb\"", 5, "byte 2: not JSON");
	refused("\"\\ud83d\"", 8, "byte 8: not JSON");
}

static void
refuses_duplicate_keys(void **state)
{
	(void)state;
	refused("{\"a\":1,\"b\":2,\"a\":3}", 19,
	    "byte 16: a key stands twice in one object");
	refused("[{\"a\":{\"x\":1,\"\\u0078\":2}}]", 25,
	    "byte 21: a key stands twice in one object");
}

static void
refuses_nul(void **state)
{
	(void)state;
	refused("\"a\0b\"", 5, "byte 2: NUL is not allowed");
	refused("{}\0", 3, "byte 2: NUL is not allowed");
	refused("\"a\\u0000b\"", 10, "byte 10: \\u0000 is not allowed");
	refused("{\"a\\u0000\":1}", 13, "byte 10: \\u0000 is not allowed");
}

static void
refuses_invalid_utf8(void **state)
{
	(void)state;
	refused("\"\xff\"", 3, "byte 1: not UTF-8");
	refused("\"\xc0\x80\"", 4, "byte 1: not UTF-8");      /* overlong */
	refused("\"a\xed\xa0\x80\"", 6, "byte 2: not UTF-8"); /* surrogate */
	refused("\"\xf4\x90\x80\x80\"", 6, "byte 1: not UTF-8");
	refused("\"\xc3", 2, "byte 1: not UTF-8"); /* cut */
}

static void
errors_do_not_echo(void **state)
{
	static const char secret[] = "{\"token\" \"hunter2\"}";
	struct err e;

	(void)state;
	assert_null(json_read(secret, strlen(secret), &e));
	assert_null(strstr(e.text, "hunter2"));
	assert_null(strstr(e.text, "token"));
}

static void
nested(struct buf *b, size_t depth, char open, char close)
{
	size_t i;

	buf_reset(b);
	for (i = 0; i < depth; i++)
		buf_addc(b, open);
	for (i = 0; i < depth; i++)
		buf_addc(b, close);
}

/* What is looked at eight bytes at a time is found wherever it stands. */
static void
refuses_at_every_place(void **state)
{
	static const char *const bad[] = {"NUL is not allowed", "not UTF-8"};
	char text[32], want[64];
	size_t len, at;
	int kind;

	(void)state;
	for (len = 3; len < sizeof text; len++)
		for (at = 1; at + 1 < len; at++)
			for (kind = 0; kind < 2; kind++) {
				memset(text, 'x', len);
				text[0] = text[len - 1] = '"';
				text[at] = kind == 0 ? '\0' : (char)0xff;
				snprintf(want, sizeof want, "byte %zu: %s", at,
				    bad[kind]);
				refused(text, len, want);
			}
}

/* Many brackets are not yet deep: in a string, or beside each other. */
static void
reads_many_brackets(void **state)
{
	struct buf b = {0};
	int i;

	(void)state;
	buf_adds(&b, "[\"[{[{[{[{[{[{[{[{[{[{[{[{[{[{[{[{[{[{[{[{[{[{[{\"");
	for (i = 0; i < 3 * JSON_DEPTH_MAX; i++)
		buf_adds(&b, ",{},[]");
	buf_adds(&b, "]");
	json_decref(must_read(b.data));
	buf_free(&b);
}

static void
refuses_deep_nesting(void **state)
{
	struct buf b = {0};
	struct err e;
	json_t *v;
	size_t i;

	(void)state;
	nested(&b, JSON_DEPTH_MAX, '[', ']');
	v = json_read(b.data, b.len, &e);
	assert_non_null(v);
	json_decref(v);
	nested(&b, JSON_DEPTH_MAX + 1, '[', ']');
	refused(b.data, b.len, "byte 32: nested deeper than 32 levels");
	nested(&b, 10000, '[', ']');
	refused(b.data, b.len, "byte 32: nested deeper than 32 levels");
	nested(&b, 10000, '{', '}');
	refused(b.data, b.len, "byte 32: nested deeper than 32 levels");
	/* Brackets inside strings, and siblings, are not nesting. */
	buf_reset(&b);
	buf_adds(&b, "[\"\\\"");
	for (i = 0; i < 10000; i++)
		buf_addc(&b, '[');
	buf_addc(&b, '"');
	for (i = 0; i < 10000; i++)
		buf_adds(&b, ",[]");
	buf_addc(&b, ']');
	v = json_read(b.data, b.len, &e);
	assert_non_null(v);
	assert_int_equal(json_array_size(v), 10001);
	json_decref(v);
	buf_free(&b);
}

static void
canonical_equals_pythons(void **state)
{
	static const char in[] =
	    "{\"b\": [1, -2, true, false, null], \"a\": {\"\xc3\xa9\": "
	    "\"\xc3\xa9\xf0\x9f\x98\x80\x7f\\u001f\\b\\f\\n\\r\\t\\\"\\\\/\", "
	    "\"z\": 9007199254740992, \"\": \"\"}, "
	    "\"\xef\xbc\xa1\": \"\xe6\xbc\xa2\", \"aa\": [], "
	    "\"a\xf0\x9f\x98\x80\": {}, \"\xf0\x9f\x98\x80\": 1, "
	    "\"\xef\xbf\xbf\": 0}";
	static const char want[] =
	    "{\"a\":{\"\":\"\",\"z\":9007199254740992,\"\\u00e9\":"
	    "\"\\u00e9\\ud83d\\ude00\\u007f\\u001f\\b\\f\\n\\r\\t\\\"\\\\/\"},"
	    "\"aa\":[],\"a\\ud83d\\ude00\":{},"
	    "\"b\":[1,-2,true,false,null],\"\\uff21\":\"\\u6f22\","
	    "\"\\uffff\":0,\"\\ud83d\\ude00\":1}";
	json_t *v = must_read(in), *again;
	char *s = json_canonical_dup(v);

	(void)state;
	assert_string_equal(s, want);
	again = must_read(s);
	assert_true(json_equal(v, again));
	json_decref(again);
	json_decref(v);
	free(s);
}

static void
canonical_sorts_many_keys(void **state)
{
	json_t *o = json_object(), *v;
	struct buf b = {0};
	char key[8], last[8] = "";
	const char *p;
	int i, n = 0;

	(void)state;
	for (i = 0; i < 1000; i++) {
		snprintf(key, sizeof(key), "k%03d", i * 7 % 1000);
		json_object_set_new(o, key, json_integer(i));
	}
	json_canonical(&b, o);
	for (p = strchr(b.data, 'k'); p != NULL; p = strchr(p + 1, 'k')) {
		memcpy(key, p, 4);
		key[4] = '\0';
		assert_true(strcmp(last, key) < 0);
		memcpy(last, key, sizeof(last));
		n++;
	}
	assert_int_equal(n, 1000);
	v = must_read(b.data);
	assert_true(json_equal(o, v));
	json_decref(v);
	json_decref(o);
	buf_free(&b);
}

/* Every size around the one where sorting changes its way. */
static void
canonical_sorts_few_keys(void **state)
{
	char key[4], want[500];
	int n, i;

	(void)state;
	for (n = 0; n <= 40; n++) {
		json_t *o = json_object();
		size_t len = 0;
		char *s;

		for (i = n - 1; i >= 0; i--) {
			snprintf(key, sizeof(key), "%02d", i);
			json_object_set_new(o, key, json_true());
		}
		want[len++] = '{';
		for (i = 0; i < n; i++)
			len += (size_t)snprintf(want + len, sizeof(want) - len,
			    "%s\"%02d\":true", i > 0 ? "," : "", i);
		memcpy(want + len, "}", 2);
		s = json_canonical_dup(o);
		assert_string_equal(s, want);
		free(s);
		json_decref(o);
	}
}

static void
canonical_appends(void **state)
{
	struct buf b = {0};
	json_t *v = must_read("[1]");

	(void)state;
	buf_adds(&b, "x");
	json_canonical(&b, v);
	json_canonical(&b, v);
	assert_string_equal(b.data, "x[1][1]");
	buf_free(&b);
	json_decref(v);
}

static void
canonical_real(void)
{
	json_t *v = json_real(0.5);
	char *s = json_canonical_dup(v);

	free(s);
	json_decref(v);
}

static void
canonical_null(void)
{
	free(json_canonical_dup(NULL));
}

static void
canonical_refuses_reals(void **state)
{
	(void)state;
	assert_true(aborts(canonical_real));
	assert_true(aborts(canonical_null));
}

static void
quotes_as_python(void **state)
{
	struct buf b = {0};

	(void)state;
	json_quote(&b, "", 0);
	assert_string_equal(b.data, "\"\"");
	buf_reset(&b);
	json_quote(
	    &b, "\x00\x01\x1f\x7f\b\f\n\r\t\"\\/\xc3\xa9\xf0\x9f\x98\x80", 18);
	assert_string_equal(b.data,
	    "\"\\u0000\\u0001\\u001f\x7f\\b\\f\\n\\r\\t\\\"\\\\/"
	    "\xc3\xa9\xf0\x9f\x98\x80\"");
	buf_free(&b);
}

static void
getters_find(void **state)
{
	json_t *o = must_read("{\"s\":\"x\",\"i\":-7,\"t\":true,\"f\":false,"
			      "\"o\":{\"k\":1},\"a\":[1,2]}");
	const char *s = NULL;
	const json_t *v = NULL;
	int64_t i = 0;
	bool flag = false;
	struct err e;

	(void)state;
	assert_int_equal(json_get_str(o, "s", JSON_REQUIRED, &s, &e), 0);
	assert_string_equal(s, "x");
	assert_int_equal(
	    json_get_int(o, "i", JSON_REQUIRED, -7, -7, &i, &e), 0);
	assert_int_equal(i, -7);
	assert_int_equal(json_get_bool(o, "t", JSON_REQUIRED, &flag, &e), 0);
	assert_true(flag);
	assert_int_equal(json_get_bool(o, "f", JSON_OPTIONAL, &flag, &e), 0);
	assert_false(flag);
	assert_int_equal(json_get_obj(o, "o", JSON_REQUIRED, &v, &e), 0);
	assert_int_equal(json_object_size(v), 1);
	assert_int_equal(json_get_arr(o, "a", JSON_REQUIRED, &v, &e), 0);
	assert_int_equal(json_array_size(v), 2);
	json_decref(o);
}

static void
getters_leave_absent_alone(void **state)
{
	json_t *o = json_object();
	const char *s = "old";
	const json_t *v = o;
	int64_t i = 3;
	bool flag = true;
	struct err e = {0};

	(void)state;
	assert_int_equal(json_get_str(o, "x", JSON_OPTIONAL, &s, &e), 0);
	assert_int_equal(json_get_int(o, "x", JSON_OPTIONAL, 0, 1, &i, &e), 0);
	assert_int_equal(json_get_bool(o, "x", JSON_OPTIONAL, &flag, &e), 0);
	assert_int_equal(json_get_obj(o, "x", JSON_OPTIONAL, &v, &e), 0);
	assert_int_equal(json_get_arr(o, "x", JSON_OPTIONAL, &v, &e), 0);
	assert_int_equal(json_get_str(NULL, "x", JSON_OPTIONAL, &s, &e), 0);
	assert_string_equal(s, "old");
	assert_int_equal(i, 3);
	assert_true(flag);
	assert_ptr_equal(v, o);
	assert_int_equal(e.code, ERR_NONE);
	json_decref(o);
}

static void
expect_params(int r, const struct err *e, const char *field, const char *text)
{
	assert_int_equal(r, -1);
	assert_int_equal(e->code, ERR_INVALID_PARAMS);
	assert_string_equal(e->field, field);
	assert_string_equal(e->text, text);
}

static void
getters_say_what_is_wrong(void **state)
{
	json_t *o = must_read("{\"n\":5,\"r\":5.0,\"s\":\"5\",\"z\":null}");
	const char *s;
	const json_t *v;
	int64_t i;
	bool flag;
	struct err e;

	(void)state;
	expect_params(json_get_str(o, "x", JSON_REQUIRED, &s, &e), &e, "x",
	    "x is missing; give a string");
	expect_params(json_get_str(o, "n", JSON_REQUIRED, &s, &e), &e, "n",
	    "n must be a string");
	expect_params(json_get_str(o, "z", JSON_OPTIONAL, &s, &e), &e, "z",
	    "z must be a string");
	expect_params(json_get_int(o, "r", JSON_REQUIRED, 0, 9, &i, &e), &e,
	    "r", "r must be a whole number");
	expect_params(json_get_int(o, "n", JSON_REQUIRED, 6, 9, &i, &e), &e,
	    "n", "n must be from 6 to 9");
	expect_params(json_get_int(o, "n", JSON_OPTIONAL, -2, 4, &i, &e), &e,
	    "n", "n must be from -2 to 4");
	expect_params(json_get_bool(o, "n", JSON_REQUIRED, &flag, &e), &e, "n",
	    "n must be true or false");
	expect_params(json_get_obj(o, "s", JSON_REQUIRED, &v, &e), &e, "s",
	    "s must be an object");
	expect_params(json_get_arr(o, "s", JSON_REQUIRED, &v, &e), &e, "s",
	    "s must be an array");
	assert_int_equal(json_get_arr(o, "s", JSON_REQUIRED, &v, NULL), -1);
	json_decref(o);
}

static void
only_known_members(void **state)
{
	static const char *const known[] = {"a", "b", NULL};
	json_t *o = must_read("{\"a\":1,\"b\":2}"), *p;
	struct err e;

	(void)state;
	assert_int_equal(json_only(o, known, &e), 0);
	json_decref(o);
	o = must_read("{\"a\":1,\"B\":2}");
	expect_params(json_only(o, known, &e), &e, "B",
	    "B is not known here; leave it out");
	json_decref(o);
	p = must_read("{\"a\\n\\u202e\":1}");
	expect_params(json_only(p, known, &e), &e, "a\\x0a\\u{202e}",
	    "a\\x0a\\u{202e} is not known here; leave it out");
	json_decref(p);
	o = json_object();
	assert_int_equal(json_only(o, known, &e), 0);
	json_decref(o);
}

static void
identifiers(void **state)
{
	(void)state;
	assert_true(json_identifier("a", 1));
	assert_true(json_identifier("a b~!", 5));
	assert_false(json_identifier("", 5));
	assert_false(json_identifier(" a", 5));
	assert_false(json_identifier("abcdef", 5));
	assert_false(json_identifier("a\tb", 5));
	assert_false(json_identifier("a\x7f", 5));
	assert_false(json_identifier("\xc3\xa9", 5));
}

static void
finds_reals(void **state)
{
	static const struct {
		const char *text;
		bool real;
	} cases[] = {{"1", false}, {"1.5", true}, {"1e2", true}, {"[]", false},
	    {"[[1],[2]]", false}, {"[[1],[[2.0]]]", true}, {"{}", false},
	    {"{\"a\":{\"b\":[1,\"1.5\",null,true]}}", false},
	    {"{\"a\":{\"b\":[1,1.5]}}", true}};
	json_t *v;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		v = json_loads(cases[i].text, JSON_DECODE_ANY, NULL);
		assert_int_equal(json_has_real(v), cases[i].real);
		json_decref(v);
	}
	assert_false(json_has_real(NULL));
}

/* Whatever must be escaped is, wherever it stands among plain characters. */
static void
escapes_everywhere(void **state)
{
	static const char *const special[][2] = {{"\"", "\\\""}, {"\\", "\\\\"},
	    {"\n", "\\n"}, {"\x01", "\\u0001"}, {"\x1f", "\\u001f"},
	    {"\x7f", "\\u007f"}, {"\xc3\xa9", "\\u00e9"}};
	char text[64], want[64];
	struct buf b = {0};
	size_t i;
	int at;
	json_t *v;

	(void)state;
	for (i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		for (at = 0; at < 20; at++) {
			snprintf(text, sizeof(text), "%.*s%s%.*s", at,
			    "abcdefghijklmnopqrst", special[i][0], 20 - at,
			    "ABCDEFGHIJKLMNOPQRST");
			snprintf(want, sizeof(want), "\"%.*s%s%.*s\"", at,
			    "abcdefghijklmnopqrst", special[i][1], 20 - at,
			    "ABCDEFGHIJKLMNOPQRST");
			buf_reset(&b);
			v = json_string(text);
			json_canonical(&b, v);
			json_decref(v);
			assert_string_equal(b.data, want);
		}
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(escapes_everywhere),
	    cmocka_unit_test(reads_values),
	    cmocka_unit_test(refuses_what_is_not_json),
	    cmocka_unit_test(refuses_duplicate_keys),
	    cmocka_unit_test(refuses_nul),
	    cmocka_unit_test(refuses_invalid_utf8),
	    cmocka_unit_test(errors_do_not_echo),
	    cmocka_unit_test(refuses_at_every_place),
	    cmocka_unit_test(reads_many_brackets),
	    cmocka_unit_test(refuses_deep_nesting),
	    cmocka_unit_test(canonical_equals_pythons),
	    cmocka_unit_test(canonical_sorts_many_keys),
	    cmocka_unit_test(canonical_sorts_few_keys),
	    cmocka_unit_test(canonical_appends),
	    cmocka_unit_test(canonical_refuses_reals),
	    cmocka_unit_test(quotes_as_python),
	    cmocka_unit_test(getters_find),
	    cmocka_unit_test(getters_leave_absent_alone),
	    cmocka_unit_test(getters_say_what_is_wrong),
	    cmocka_unit_test(only_known_members),
	    cmocka_unit_test(identifiers),
	    cmocka_unit_test(finds_reals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
