#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dialect.h"

#define NAME "openai-responses"

static void
test_request(void **state)
{
	const char *model, *system, *user, *type, *name;
	json_t *o = dialect_body(NAME, ""), *schema;
	int tokens, store, stream, strict;
	double temperature;

	(void)state;
	dialect_assert_url(NAME, "", "https://llm.example.org/v1/responses");
	assert_int_equal(
	    json_unpack(o,
		"{s:s,s:s,s:s,s:i,s:b,s:b,s:F,s:{s:{s:s,s:s,s:b,"
		"s:o!}!}!}",
		"model", &model, "instructions", &system, "input", &user,
		"max_output_tokens", &tokens, "store", &store, "stream",
		&stream, "temperature", &temperature, "text", "format", "type",
		&type, "name", &name, "strict", &strict, "schema", &schema),
	    0);
	assert_string_equal(system, "rules \"x\"");
	assert_string_equal(user, "text\n");
	assert_string_equal(type, "json_schema");
	assert_string_equal(name, "predict");
	assert_int_equal(tokens, 123);
	assert_int_equal(store, 0); /* nothing is kept there */
	json_decref(o);
	o = dialect_body(NAME, "format=none sampling=no");
	assert_null(json_object_get(o, "text"));
	assert_null(json_object_get(o, "temperature"));
	json_decref(o);
	o = dialect_rating_body(NAME, "");
	assert_non_null(json_object_get(o, "include"));
	json_decref(o);
}

#define REPLY(status, details, output)                                         \
	"{\"error\":null,\"status\":\"" status                                 \
	"\",\"incomplete_details\":" details ",\"output\":[" output "]}"
#define MESSAGE(parts)                                                         \
	"{\"type\":\"reasoning\",\"content\":[{\"type\":\"output_text\","      \
	"\"text\":\"x\"}]},{\"type\":\"message\",\"content\":[" parts "]}"
#define HI MESSAGE("{\"type\":\"output_text\",\"text\":\"hi\"}")

static void
test_replies(void **state)
{
	static const struct dialect_row rows[] = {
	    {200, REPLY("completed", "null", HI), OUTCOME_OK, NULL},
	    {200,
		REPLY("completed", "null",
		    MESSAGE("{\"type\":\"output_text\",\"text\":\"h\"},7,"
			    "{\"type\":\"output_text\",\"text\":\"i\"}")),
		OUTCOME_OK, NULL},
	    {200, REPLY("incomplete", "{\"reason\":\"max_output_tokens\"}", HI),
		OUTCOME_LENGTH, "out_of_tokens"},
	    {200, REPLY("incomplete", "{\"reason\":\"content_filter\"}", ""),
		OUTCOME_REFUSAL, "content_filter"},
	    {200,
		REPLY("completed", "null",
		    MESSAGE("{\"type\":\"refusal\",\"refusal\":\"no\"}")),
		OUTCOME_REFUSAL, "refused"},
	    {200, REPLY("queued", "null", ""), OUTCOME_UNAVAILABLE,
		"unfinished"},
	    {200, REPLY("in_progress", "null", ""), OUTCOME_UNAVAILABLE,
		"unfinished"},
	    {200, REPLY("cancelled", "null", ""), OUTCOME_UNAVAILABLE,
		"unfinished"},
	    {200, REPLY("failed", "null", ""), OUTCOME_UNAVAILABLE,
		"server_error"},
	    {200, REPLY("completed", "null", ""), OUTCOME_PARSE, "empty"},
	    {200, "{}", OUTCOME_PARSE, "not_the_dialect"},
	    {200, "", OUTCOME_PARSE, "not_json"},
	    {200,
		"{\"status\":\"failed\",\"error\":{\"code\":"
		"\"rate_limit_exceeded\",\"message\":\"m\"},\"output\":[]}",
		OUTCOME_RATE, "too_many_requests"},
	    {200, "{\"error\":{\"code\":\"server_error\"}}",
		OUTCOME_UNAVAILABLE, "server_error"},
	    {429, "{\"error\":{\"code\":\"insufficient_quota\"}}",
		OUTCOME_QUOTA, "quota"},
	};

	(void)state;
	dialect_assert_rows(NAME, rows, sizeof(rows) / sizeof(*rows));
}

static void
test_facts(void **state)
{
	struct answer a;

	(void)state;
	dialect_read(NAME, 200,
	    "{\"model\":\"m\",\"status\":\"completed\",\"output\":[" MESSAGE(
		"{\"type\":\"output_text\",\"text\":\"7\",\"logprobs\":[{"
		"\"token\":\"7\",\"top_logprobs\":[{\"token\":\"7\","
		"\"logprob\":-0.5}]}]}") "],\"usage\":{\"input_tokens\":4,"
					 "\"output_tokens\":5}}",
	    &a);
	assert_int_equal(a.facts.prompt_tokens, 4);
	assert_int_equal(a.facts.completion_tokens, 5);
	assert_string_equal(a.facts.finish, "completed");
	assert_int_equal(a.facts.alternatives.n, 1);
	answer_clear(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_request),
	    cmocka_unit_test(test_replies),
	    cmocka_unit_test(test_facts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
