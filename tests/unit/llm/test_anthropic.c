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
	const char *model, *system, *role, *content, *type;
	json_t *o = dialect_body("anthropic", ""), *schema;
	double temperature;
	int tokens, stream;

	(void)state;
	dialect_assert_url(
	    "anthropic", "", "https://llm.example.org/v1/messages");
	assert_int_equal(
	    json_unpack(o,
		"{s:s,s:s,s:[{s:s,s:s!}!],s:i,s:b,s:F,s:{s:{s:s,"
		"s:o!}!}!}",
		"model", &model, "system", &system, "messages", "role", &role,
		"content", &content, "max_tokens", &tokens, "stream", &stream,
		"temperature", &temperature, "output_config", "format", "type",
		&type, "schema", &schema),
	    0);
	assert_string_equal(model, "m-1");
	assert_string_equal(system, "rules \"x\"");
	assert_string_equal(role, "user");
	assert_string_equal(content, "text\n");
	assert_string_equal(type, "json_schema");
	assert_int_equal(tokens, 123);
	json_decref(o);
}

/* From version 2026-10-21 on a temperature is refused, even the default. */
static void
test_versions(void **state)
{
	struct endpoint *e = dialect_endpoint("anthropic", "");
	json_t *o = dialect_body("anthropic", "api_version=2026-10-21");

	(void)state;
	assert_null(json_object_get(o, "temperature"));
	json_decref(o);
	o = dialect_body("anthropic", "sampling=no format=json_object");
	assert_null(json_object_get(o, "temperature"));
	assert_null(json_object_get(o, "output_config"));
	json_decref(o);
	assert_string_equal(endpoint_version(e), "2023-06-01");
	assert_string_equal(endpoint_key_header(e), "x-api-key: %s");
	endpoint_free(e);
	e = dialect_endpoint("anthropic", "api_version=2026-10-21");
	assert_string_equal(endpoint_version(e), "2026-10-21");
	assert_string_equal(endpoint_key_header(e), "Authorization: Bearer %s");
	endpoint_free(e);
	e = dialect_endpoint(
	    "anthropic", "api_version=2026-10-21 key_header=x-api-key");
	assert_string_equal(endpoint_key_header(e), "x-api-key: %s");
	endpoint_free(e);
}

#define MESSAGE(content, stop)                                                 \
	"{\"type\":\"message\",\"content\":" content ",\"stop_reason\":" stop  \
	"}"
#define HI	    "[{\"type\":\"text\",\"text\":\"hi\"}]"
#define ERROR(type) "{\"type\":\"error\",\"error\":{\"type\":\"" type "\"}}"

static void
test_responses(void **state)
{
	static const struct dialect_row rows[] = {
	    {200, MESSAGE(HI, "\"end_turn\""), OUTCOME_OK, NULL},
	    {200, MESSAGE(HI, "\"stop_sequence\""), OUTCOME_OK, NULL},
	    {200, MESSAGE(HI, "null"), OUTCOME_OK, NULL},
	    {200,
		MESSAGE("[{\"type\":\"thinking\",\"text\":\"x\",\"thinking\":"
			"\"hm\"},{\"type\":\"redacted_thinking\"},{\"type\":"
			"\"text\",\"text\":\"h\"},{\"type\":\"text\",\"text\":"
			"\"i\"},7]",
		    "\"end_turn\""),
		OUTCOME_OK, NULL},
	    {200, MESSAGE(HI, "\"max_tokens\""), OUTCOME_LENGTH,
		"out_of_tokens"},
	    {200, MESSAGE("[]", "\"max_tokens\""), OUTCOME_LENGTH,
		"out_of_tokens"},
	    {200, MESSAGE(HI, "\"model_context_window_exceeded\""),
		OUTCOME_LENGTH, "out_of_context"},
	    {200, MESSAGE("[]", "\"refusal\""), OUTCOME_REFUSAL, "refused"},
	    {200, MESSAGE(HI, "\"tool_use\""), OUTCOME_PARSE, "not_a_text"},
	    {200, MESSAGE(HI, "\"pause_turn\""), OUTCOME_PARSE, "unfinished"},
	    {200, MESSAGE("[]", "\"end_turn\""), OUTCOME_PARSE, "empty"},
	    {200, MESSAGE("7", "\"end_turn\""), OUTCOME_PARSE,
		"not_the_dialect"},
	    {200, "", OUTCOME_PARSE, "not_json"},
	    {200, ERROR("overloaded_error"), OUTCOME_UNAVAILABLE, "overloaded"},
	    {200, ERROR("rate_limit_error"), OUTCOME_RATE, "too_many_requests"},
	    {200, ERROR("authentication_error"), OUTCOME_AUTH, "key_refused"},
	    {200, ERROR("strange"), OUTCOME_UNAVAILABLE, "error_in_reply"},
	    {400, ERROR("invalid_request_error"), OUTCOME_CONFIG,
		"request_refused"},
	    /* Inside a status the type only repeats it. */
	    {500, ERROR("rate_limit_error"), OUTCOME_UNAVAILABLE,
		"server_error"},
	    {401, ERROR("authentication_error"), OUTCOME_AUTH, "key_refused"},
	    {400, ERROR("billing_error"), OUTCOME_QUOTA, "billing"},
	    {403, ERROR("permission_error"), OUTCOME_AUTH, "forbidden"},
	    {404, ERROR("not_found_error"), OUTCOME_CONFIG, "request_refused"},
	    {429, ERROR("rate_limit_error"), OUTCOME_RATE, "too_many_requests"},
	    {500, ERROR("api_error"), OUTCOME_UNAVAILABLE, "server_error"},
	    {504, ERROR("timeout_error"), OUTCOME_UNAVAILABLE, "server_error"},
	    {529, ERROR("overloaded_error"), OUTCOME_UNAVAILABLE, "overloaded"},
	};

	(void)state;
	dialect_assert_rows("anthropic", rows, sizeof(rows) / sizeof(*rows));
}

/* What the cache wrote and read was in the prompt too. */
static void
test_facts(void **state)
{
	struct answer a;

	(void)state;
	dialect_read("anthropic", 200,
	    "{\"model\":\"m 2\",\"content\":" HI ",\"stop_reason\":"
	    "\"end_turn\",\"usage\":{\"input_tokens\":5,\"output_tokens\":3,"
	    "\"cache_creation_input_tokens\":100,"
	    "\"cache_read_input_tokens\":20}}",
	    &a);
	assert_string_equal(a.facts.model, "m?2");
	assert_string_equal(a.facts.finish, "end_turn");
	assert_int_equal(a.facts.prompt_tokens, 125);
	assert_int_equal(a.facts.completion_tokens, 3);
	answer_clear(&a);
	dialect_read("anthropic", 200, "{\"content\":" HI ",\"usage\":{}}", &a);
	assert_int_equal(a.facts.prompt_tokens, -1);
	answer_clear(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_request),
	    cmocka_unit_test(test_versions),
	    cmocka_unit_test(test_responses),
	    cmocka_unit_test(test_facts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
