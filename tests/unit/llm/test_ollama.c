#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dialect.h"

static void
test_request(void **state)
{
	const char *model, *r0, *c0, *r1, *c1;
	int tokens, seed, stream, context;
	json_t *o = dialect_body("ollama", ""), *schema;
	double temperature;

	(void)state;
	dialect_assert_url("ollama", "", "https://llm.example.org/v1/chat");
	assert_int_equal(
	    json_unpack(o,
		"{s:s,s:[{s:s,s:s!},{s:s,s:s!}!],s:b,s:{s:i,s:i,"
		"s:F,s:i!},s:o!}",
		"model", &model, "messages", "role", &r0, "content", &c0,
		"role", &r1, "content", &c1, "stream", &stream, "options",
		"num_predict", &tokens, "seed", &seed, "temperature",
		&temperature, "num_ctx", &context, "format", &schema),
	    0);
	assert_string_equal(c0, "rules \"x\"");
	assert_string_equal(c1, "text\n");
	assert_int_equal(stream, 0); /* its default is to stream */
	assert_int_equal(tokens, 123);
	assert_int_equal(context, 16384);
	assert_true(json_is_object(schema));
	json_decref(o);
	o = dialect_body("ollama", "context=0 sampling=no format=json_object");
	assert_int_equal(json_object_size(json_object_get(o, "options")), 1);
	assert_string_equal(
	    json_string_value(json_object_get(o, "format")), "json");
	json_decref(o);
	o = dialect_rating_body("ollama", "");
	assert_int_equal(
	    json_integer_value(json_object_get(o, "top_logprobs")), 5);
	assert_null(json_object_get(o, "format"));
	json_decref(o);
}

#define CHAT(content, done)                                                    \
	"{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":"    \
	"\"" content "\"},\"done\":true,\"done_reason\":\"" done "\"}"

static void
test_responses(void **state)
{
	static const struct dialect_row rows[] = {
	    {200, CHAT("hi", "stop"), OUTCOME_OK, NULL},
	    {200, "{\"message\":{\"content\":\"hi\",\"thinking\":\"hm\"}}",
		OUTCOME_OK, NULL},
	    {200, CHAT("hi", "length"), OUTCOME_LENGTH, "out_of_tokens"},
	    {200, CHAT("", "load"), OUTCOME_UNAVAILABLE, "loading"},
	    {200, CHAT("", "unload"), OUTCOME_UNAVAILABLE, "loading"},
	    {200, CHAT("", "stop"), OUTCOME_PARSE, "empty"},
	    {200, "{\"message\":7}", OUTCOME_PARSE, "not_the_dialect"},
	    {200, "{}{}", OUTCOME_PARSE, "not_json"},
	    {200, "{\"error\":\"out of memory\"}", OUTCOME_UNAVAILABLE,
		"error_in_reply"},
	    {400, "{\"error\":\"bad\"}", OUTCOME_CONFIG, "request_refused"},
	    {404, "{\"error\":\"model 'm' not found\"}", OUTCOME_CONFIG,
		"request_refused"},
	    {401, "{\"error\":\"unauthorized\"}", OUTCOME_AUTH, "key_refused"},
	    {500, "{\"error\":\"x\"}", OUTCOME_UNAVAILABLE, "server_error"},
	    {503, "{\"error\":\"server busy\"}", OUTCOME_UNAVAILABLE,
		"server_error"},
	};

	(void)state;
	dialect_assert_rows("ollama", rows, sizeof(rows) / sizeof(*rows));
}

static void
test_facts(void **state)
{
	struct answer a;

	(void)state;
	dialect_read("ollama", 200,
	    "{\"model\":\"m:1b\",\"message\":{\"content\":\"7\"},"
	    "\"done_reason\":\"length\",\"prompt_eval_count\":11,"
	    "\"eval_count\":2,\"logprobs\":[{\"token\":\"7\",\"top_logprobs\":"
	    "[{\"token\":\"7\",\"logprob\":-0.2},{\"token\":\"6\",\"logprob\":"
	    "-3}]}]}",
	    &a);
	assert_int_equal(a.outcome, OUTCOME_OK);
	assert_string_equal(a.facts.model, "m:1b");
	assert_string_equal(a.facts.finish, "length");
	assert_int_equal(a.facts.prompt_tokens, 11);
	assert_int_equal(a.facts.completion_tokens, 2);
	assert_int_equal(a.facts.alternatives.n, 2);
	answer_clear(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_request),
	    cmocka_unit_test(test_responses),
	    cmocka_unit_test(test_facts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
