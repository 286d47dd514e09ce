#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dialect.h"

static void
test_request(void **state)
{
	const char *model, *r0, *c0, *r1, *c1, *type, *name;
	int tokens, seed, strict, stream;
	json_t *o = dialect_body("openai", ""), *schema;
	double temperature;

	(void)state;
	dialect_assert_url(
	    "openai", "", "https://llm.example.org/v1/chat/completions");
	assert_int_equal(
	    json_unpack(o,
		"{s:s,s:[{s:s,s:s!},{s:s,s:s!}!],s:i,s:i,s:b,s:F,s:{s:s,s:{s:s,"
		"s:b,s:o!}!}!}",
		"model", &model, "messages", "role", &r0, "content", &c0,
		"role", &r1, "content", &c1, "max_tokens", &tokens, "seed",
		&seed, "stream", &stream, "temperature", &temperature,
		"response_format", "type", &type, "json_schema", "name", &name,
		"strict", &strict, "schema", &schema),
	    0);
	assert_string_equal(model, "m-1");
	assert_string_equal(r0, "system");
	assert_string_equal(c0, "rules \"x\"");
	assert_string_equal(r1, "user");
	assert_string_equal(c1, "text\n");
	assert_string_equal(type, "json_schema");
	assert_string_equal(name, "predict");
	assert_int_equal(tokens, 123);
	assert_int_equal(seed, 7);
	assert_int_equal(stream, 0);
	assert_true(temperature > 0.79 && temperature < 0.81);
	json_decref(o);
}

/* What not every server takes can be left out. */
static void
test_settings(void **state)
{
	json_t *o = dialect_body("openai", "sampling=no");

	(void)state;
	assert_null(json_object_get(o, "temperature"));
	assert_null(json_object_get(o, "seed"));
	json_decref(o);
	o = dialect_body("openai", "tokens_name=max_completion_tokens");
	assert_null(json_object_get(o, "max_tokens"));
	assert_int_equal(
	    json_integer_value(json_object_get(o, "max_completion_tokens")),
	    123);
	json_decref(o);
	o = dialect_body("openai", "format=none");
	assert_null(json_object_get(o, "response_format"));
	json_decref(o);
	o = dialect_body("openai", "format=json_object");
	assert_non_null(json_object_get(o, "response_format"));
	json_decref(o);
	o = dialect_rating_body("openai", "");
	assert_int_equal(
	    json_integer_value(json_object_get(o, "top_logprobs")), 5);
	assert_true(json_is_true(json_object_get(o, "logprobs")));
	json_decref(o);
}

#define CHOICE(message, finish)                                                \
	"{\"choices\":[{\"message\":" message ",\"finish_reason\":" finish "}]}"

static void
test_responses(void **state)
{
	static const struct dialect_row rows[] = {
	    {200, CHOICE("{\"content\":\"hi\"}", "\"stop\""), OUTCOME_OK, NULL},
	    {200, CHOICE("{\"content\":\"hi\"}", "null"), OUTCOME_OK, NULL},
	    {200,
		CHOICE("{\"content\":[{\"type\":\"text\",\"text\":\"h\"},"
		       "{\"type\":\"x\"},{\"text\":\"i\"}]}",
		    "\"stop\""),
		OUTCOME_OK, NULL},
	    {200, CHOICE("{\"content\":\"hi\"}", "\"length\""), OUTCOME_LENGTH,
		"out_of_tokens"},
	    {200, CHOICE("{\"content\":\"hi\"}", "\"content_filter\""),
		OUTCOME_REFUSAL, "content_filter"},
	    {200, CHOICE("{\"content\":null,\"refusal\":\"no\"}", "\"stop\""),
		OUTCOME_REFUSAL, "refused"},
	    {200, CHOICE("{\"content\":null}", "\"stop\""), OUTCOME_PARSE,
		"empty"},
	    {200, CHOICE("{\"content\":\"\"}", "\"stop\""), OUTCOME_PARSE,
		"empty"},
	    {200, CHOICE("7", "\"stop\""), OUTCOME_PARSE, "empty"},
	    {200, "", OUTCOME_PARSE, "not_json"},
	    {200, "<html>", OUTCOME_PARSE, "not_json"},
	    {200, "{}", OUTCOME_PARSE, "not_the_dialect"},
	    {200, "[]", OUTCOME_PARSE, "not_the_dialect"},
	    {200, "{\"choices\":{}}", OUTCOME_PARSE, "not_the_dialect"},
	    {200, "{\"choices\":[]}", OUTCOME_PARSE, "not_the_dialect"},
	    {200, "{\"error\":{\"code\":429}}", OUTCOME_RATE,
		"too_many_requests"},
	    {200, "{\"error\":{\"message\":\"x\"}}", OUTCOME_UNAVAILABLE,
		"error_in_reply"},
	    {200, "{\"error\":\"x\"}", OUTCOME_UNAVAILABLE, "error_in_reply"},
	    {302, "", OUTCOME_CONFIG, "redirect"},
	    {400, "{\"error\":{\"code\":\"content_filter\"}}", OUTCOME_REFUSAL,
		"content_filter"},
	    {400, "{\"error\":{\"code\":\"context_length_exceeded\"}}",
		OUTCOME_CONFIG, "prompt_too_long"},
	    {400, "not JSON", OUTCOME_CONFIG, "request_refused"},
	    {401,
		"{\"error\":{\"code\":401,\"type\":\"authentication_error\"}}",
		OUTCOME_AUTH, "key_refused"},
	    {402, "", OUTCOME_QUOTA, "billing"},
	    {403, "", OUTCOME_AUTH, "forbidden"},
	    {404, "{\"error\":{\"code\":\"model_not_found\"}}", OUTCOME_CONFIG,
		"request_refused"},
	    {408, "", OUTCOME_UNAVAILABLE, "busy"},
	    {429, "", OUTCOME_RATE, "too_many_requests"},
	    {429, "{\"error\":{\"code\":\"insufficient_quota\"}}",
		OUTCOME_QUOTA, "quota"},
	    {429, "{\"error\":{\"type\":\"insufficient_quota\",\"code\":null}}",
		OUTCOME_QUOTA, "quota"},
	    {500, "{\"error\":{\"code\":200}}", OUTCOME_UNAVAILABLE,
		"server_error"},
	    {503, "", OUTCOME_UNAVAILABLE, "server_error"},
	    {529, "", OUTCOME_UNAVAILABLE, "server_error"},
	    {101, "", OUTCOME_UNAVAILABLE, "strange_status"},
	    {0, "", OUTCOME_UNAVAILABLE, "strange_status"},
	};

	(void)state;
	dialect_assert_rows("openai", rows, sizeof(rows) / sizeof(*rows));
}

/* What the provider claims is cut to identifiers and counts, for it is
 * recorded in plain sight. */
static void
test_facts(void **state)
{
	static const char body[] =
	    "{\"model\":\"m 1 \xc3\xa4\\n\",\"system_fingerprint\":null,"
	    "\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":-3},"
	    "\"choices\":[{\"message\":{\"content\":\"hi\"},"
	    "\"finish_reason\":\"stop stop stop stop stop stop stop stop\"}]}";
	struct answer a;

	(void)state;
	dialect_read("openai", 200, body, &a);
	assert_string_equal(a.facts.model, "m?1????");
	assert_string_equal(a.facts.fingerprint, "");
	assert_int_equal(strlen(a.facts.finish), 31);
	assert_int_equal(a.facts.prompt_tokens, 12);
	assert_int_equal(a.facts.completion_tokens, -1);
	answer_clear(&a);
	dialect_read("openai", 400, "{\"error\":{\"code\":\"a b\"}}", &a);
	assert_string_equal(a.detail, "a?b");
	answer_clear(&a);
}

/* The alternatives of the first token that is more than white space; absent,
 * null or odd they are as if nothing had been told. */
static void
test_alternatives(void **state)
{
	static const char *const rows[] = {
	    "[{\"token\":\"\\n\",\"top_logprobs\":[{\"token\":\"x\","
	    "\"logprob\":-1}]},{\"token\":\"7\",\"top_logprobs\":["
	    "{\"token\":\"7\",\"logprob\":-0.11},{\"token\":\" 6\","
	    "\"logprob\":-2},{\"token\":\"The\",\"logprob\":-9999.0},"
	    "{\"token\":5,\"logprob\":-1},{\"token\":\"4\"}]}]",
	    "null", "[]", "[{\"token\":\"7\"}]", "{}", "[7]"};
	char body[1024];
	struct answer a;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(body, sizeof(body),
		    "{\"choices\":[{\"message\":{\"content\":\"\\n7\"},"
		    "\"finish_reason\":\"length\",\"logprobs\":"
		    "{\"content\":%s}}]}",
		    rows[i]);
		dialect_read("openai", 200, body, &a);
		/* Cut behind the digit is no loss; without it, it may be. */
		assert_int_equal(
		    a.outcome, i == 0 ? OUTCOME_OK : OUTCOME_LENGTH);
		assert_int_equal(a.facts.alternatives.n, i == 0 ? 2 : 0);
		if (i == 0) {
			assert_string_equal(
			    a.facts.alternatives.v[1].token, " 6");
			assert_int_equal(
			    a.facts.alternatives.v[0].micro, -110000);
		}
		answer_clear(&a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_request),
	    cmocka_unit_test(test_settings),
	    cmocka_unit_test(test_responses),
	    cmocka_unit_test(test_facts),
	    cmocka_unit_test(test_alternatives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
