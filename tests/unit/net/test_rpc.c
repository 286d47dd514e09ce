/* JSON-RPC 2.0 messages as bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "net/rpc.h"

static int
read_line(struct rpc_message *m, const char *line, struct err *err)
{
	memset(err, 0, sizeof(*err));
	return rpc_read(m, line, strlen(line), err);
}

static void
test_good(void **state)
{
	struct rpc_message m;
	struct err e;

	(void)state;
	assert_int_equal(read_line(&m,
			     "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"a.b\","
			     "\"params\":{\"x\":1},\"more\":[]}",
			     &e),
	    0);
	assert_int_equal(json_integer_value(m.id), 7);
	assert_string_equal(m.method, "a.b");
	assert_int_equal(json_integer_value(json_object_get(m.params, "x")), 1);
	rpc_message_clear(&m);
	/* Without id: a notification; without params: an empty object. */
	assert_int_equal(
	    read_line(&m, " {\"method\":\"m\",\"jsonrpc\":\"2.0\"} ", &e), 0);
	assert_null(m.id);
	assert_int_equal(json_object_size(m.params), 0);
	rpc_message_clear(&m);
	rpc_message_clear(&m);
	assert_int_equal(read_line(&m,
			     "{\"jsonrpc\":\"2.0\",\"method\":\"m\","
			     "\"id\":null}",
			     &e),
	    0);
	assert_true(json_is_null(m.id));
	rpc_message_clear(&m);
}

/* What is wrong, how it is called, and which id is answered. */
static void
test_bad(void **state)
{
#define HEAD "{\"jsonrpc\":\"2.0\","
	static const struct {
		const char *line;
		enum err_code code;
		const char *field, *id;
	} rows[] = {
	    {"", ERR_PARSE, "", "null"},
	    {"x", ERR_PARSE, "", "null"},
	    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":", ERR_PARSE, "",
		"null"},
	    {"{\"id\":1,\"id\":1}", ERR_PARSE, "", "null"},
	    {HEAD "\"id\":1,\"method\":\"m\",\"params\":{\"a\":1,\"a\":2}}",
		ERR_PARSE, "", "null"},
	    {HEAD "\"id\":1,\"method\":\"\\u0000\"}", ERR_PARSE, "", "null"},
	    {HEAD "\"id\":1,\"method\":\"\xff\"}", ERR_PARSE, "", "null"},
	    {HEAD "\"id\":1,\"method\":\"\xed\xa0\x80\"}", ERR_PARSE, "",
		"null"},
	    {HEAD "\"id\":99999999999999999999,\"method\":\"m\"}", ERR_PARSE,
		"", "null"},
	    {HEAD "\"id\":1,\"method\":\"m\"} {}", ERR_PARSE, "", "null"},
	    {"[]", ERR_INVALID_REQUEST, "", "null"},
	    {"[" HEAD "\"id\":1,\"method\":\"m\"}]", ERR_INVALID_REQUEST, "",
		"null"},
	    {"1", ERR_INVALID_REQUEST, "", "null"},
	    {"\"m\"", ERR_INVALID_REQUEST, "", "null"},
	    {"null", ERR_INVALID_REQUEST, "", "null"},
	    {"{}", ERR_INVALID_REQUEST, "jsonrpc", "null"},
	    {"{\"id\":\"a\",\"method\":\"m\"}", ERR_INVALID_REQUEST, "jsonrpc",
		"\"a\""},
	    {"{\"jsonrpc\":2.0,\"id\":4,\"method\":\"m\"}", ERR_INVALID_REQUEST,
		"jsonrpc", "4"},
	    {"{\"jsonrpc\":\"1.0\",\"id\":4,\"method\":\"m\"}",
		ERR_INVALID_REQUEST, "jsonrpc", "4"},
	    {HEAD "\"id\":5}", ERR_INVALID_REQUEST, "method", "5"},
	    {HEAD "\"id\":5,\"method\":7}", ERR_INVALID_REQUEST, "method", "5"},
	    {HEAD "\"id\":1.5,\"method\":\"m\"}", ERR_INVALID_REQUEST, "id",
		"null"},
	    {HEAD "\"id\":1e2,\"method\":\"m\"}", ERR_INVALID_REQUEST, "id",
		"null"},
	    {HEAD "\"id\":true,\"method\":\"m\"}", ERR_INVALID_REQUEST, "id",
		"null"},
	    {HEAD "\"id\":[1],\"method\":\"m\"}", ERR_INVALID_REQUEST, "id",
		"null"},
	    {HEAD "\"id\":{},\"method\":\"m\"}", ERR_INVALID_REQUEST, "id",
		"null"},
	    {HEAD "\"id\":6,\"method\":\"m\",\"params\":[1]}",
		ERR_INVALID_PARAMS, "params", "6"},
	    {HEAD "\"id\":6,\"method\":\"m\",\"params\":null}",
		ERR_INVALID_PARAMS, "params", "6"},
	    {HEAD "\"id\":6,\"method\":\"m\",\"params\":\"x\"}",
		ERR_INVALID_PARAMS, "params", "6"},
	};
	struct rpc_message m;
	struct err e;
	char *id;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(read_line(&m, rows[i].line, &e), -1);
		if (e.code != rows[i].code)
			print_message("line: %s\n", rows[i].line);
		assert_int_equal(e.code, rows[i].code);
		assert_string_equal(e.field, rows[i].field);
		assert_true(e.text[0] != '\0');
		id = json_dumps(m.id, JSON_ENCODE_ANY);
		assert_string_equal(id, rows[i].id);
		free(id);
		rpc_message_clear(&m);
	}
}

static void
test_id_length(void **state)
{
	char line[RPC_ID_MAX + 100], id[RPC_ID_MAX + 2];
	struct rpc_message m;
	struct err e;

	(void)state;
	memset(id, 'i', sizeof(id));
	id[RPC_ID_MAX] = '\0';
	snprintf(
	    line, sizeof(line), HEAD "\"id\":\"%s\",\"method\":\"m\"}", id);
	assert_int_equal(read_line(&m, line, &e), 0);
	rpc_message_clear(&m);
	id[RPC_ID_MAX] = 'i';
	id[RPC_ID_MAX + 1] = '\0';
	snprintf(
	    line, sizeof(line), HEAD "\"id\":\"%s\",\"method\":\"m\"}", id);
	assert_int_equal(read_line(&m, line, &e), -1);
	assert_int_equal(e.code, ERR_INVALID_REQUEST);
	assert_string_equal(e.field, "id");
	assert_true(json_is_null(m.id));
	rpc_message_clear(&m);
}

static void
test_nul_and_depth(void **state)
{
	static const char nul[] = HEAD "\"id\":1,\0\"method\":\"m\"}";
	char deep[20000];
	struct rpc_message m;
	struct err e;

	(void)state;
	assert_int_equal(rpc_read(&m, nul, sizeof(nul) - 1, &e), -1);
	assert_int_equal(e.code, ERR_PARSE);
	rpc_message_clear(&m);
	memset(deep, '[', 10000);
	memset(deep + 10000, ']', 10000);
	assert_int_equal(rpc_read(&m, deep, sizeof(deep), &e), -1);
	assert_int_equal(e.code, ERR_PARSE);
	rpc_message_clear(&m);
	assert_int_equal(rpc_read(&m, deep, 10000, &e), -1);
	assert_int_equal(e.code, ERR_PARSE);
	rpc_message_clear(&m);
}

static void
expect(struct buf *b, const char *line)
{
	assert_string_equal(b->data, line);
	buf_reset(b);
}

static void
test_write(void **state)
{
	json_t *id = json_integer(3), *v;
	struct buf b = {0};
	struct err e;

	(void)state;
	v = json_pack("{s:i,s:[n,b,b,{}],s:s,s:[]}", "z", 1, "a", 1, 0, "text",
	    "caf\xc3\xa9 \"\n\x01", "none");
	rpc_write_result(&b, id, v);
	expect(&b,
	    HEAD "\"id\":3,\"result\":{\"z\":1,\"a\":[null,true,false,{}],"
		 "\"text\":\"caf\xc3\xa9 \\\"\\n\\u0001\",\"none\":[]}}\n");
	rpc_write_result(&b, NULL, id);
	expect(&b, HEAD "\"id\":null,\"result\":3}\n");
	err_set(&e, ERR_BAD_RATING, "rating", "from 1 to 7");
	rpc_write_error(&b, id, &e);
	expect(&b, HEAD "\"id\":3,\"error\":{\"code\":-32014,\"message\":"
			"\"from 1 to 7\",\"data\":{\"name\":\"bad_rating\","
			"\"field\":\"rating\"}}}\n");
	err_set(&e, ERR_PARSE, NULL, "say \"%s\"", "x");
	rpc_write_error(&b, NULL, &e);
	expect(&b,
	    HEAD "\"id\":null,\"error\":{\"code\":-32700,\"message\":"
		 "\"say \\\"x\\\"\",\"data\":{\"name\":\"parse_error\"}}}\n");
	rpc_write_notification(&b, "event", v);
	assert_int_equal(strncmp(b.data, HEAD "\"method\":\"event\",", 32), 0);
	buf_reset(&b);
	rpc_write_request(&b, -9, "a.b", NULL);
	expect(&b, HEAD "\"id\":-9,\"method\":\"a.b\",\"params\":{}}\n");
	json_decref(v);
	json_decref(id);
	buf_free(&b);
}

static void
test_reals(void **state)
{
	static const struct {
		double v;
		const char *s;
	} rows[] = {
	    {0.1, "0.1"},
	    {1, "1.0"},
	    {-0.0, "-0.0"},
	    {1e300, "1e+300"},
	    {2.5e-8, "2.5e-08"},
	    {1.0 / 3, "0.3333333333333333"},
	    {5e-324, "4.94065645841247e-324"},
	};
	struct buf b = {0};
	json_t *v;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		v = json_real(rows[i].v);
		rpc_write_value(&b, v);
		json_decref(v);
		assert_true(strtod(b.data, NULL) == rows[i].v);
		expect(&b, rows[i].s);
	}
	buf_free(&b);
}

/* What is written can be read. */
static void
test_round_trip(void **state)
{
	json_t *p = json_pack(
	    "{s:s,s:[i,{s:n}]}", "t", "\xf0\x9f\x8c\xb3 /", "l", -1, "x");
	struct rpc_message m;
	struct buf b = {0};
	struct err e;

	(void)state;
	rpc_write_request(&b, 12, "noun.verb", p);
	assert_int_equal(rpc_read(&m, b.data, b.len - 1, &e), 0);
	assert_int_equal(json_integer_value(m.id), 12);
	assert_string_equal(m.method, "noun.verb");
	assert_true(json_equal(m.params, p));
	rpc_message_clear(&m);
	json_decref(p);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_good),
	    cmocka_unit_test(test_bad),
	    cmocka_unit_test(test_id_length),
	    cmocka_unit_test(test_nul_and_depth),
	    cmocka_unit_test(test_write),
	    cmocka_unit_test(test_reals),
	    cmocka_unit_test(test_round_trip),
	};

	return cmocka_run_group_tests_name("rpc", tests, NULL, NULL);
}
