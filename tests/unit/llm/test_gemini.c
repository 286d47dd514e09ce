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
	const char *system, *role, *content, *type;
	json_t *o = dialect_body("gemini", ""), *schema;
	double temperature;
	int tokens, seed;

	(void)state;
	dialect_assert_url("gemini", "",
	    "https://llm.example.org/v1/models/m-1:generateContent");
	/* A name cannot lead elsewhere. */
	dialect_assert_url("gemini", "model=a/../b?c#d%",
	    "https://llm.example.org/v1/models/a%2F..%2Fb%3Fc%23d%25:"
	    "generateContent");
	assert_int_equal(
	    json_unpack(o,
		"{s:{s:[{s:s!}!]!},s:[{s:s,s:[{s:s!}!]!}!],s:{s:i,"
		"s:F,s:i,s:s,s:o!}!}",
		"systemInstruction", "parts", "text", &system, "contents",
		"role", &role, "parts", "text", &content, "generationConfig",
		"maxOutputTokens", &tokens, "temperature", &temperature, "seed",
		&seed, "responseMimeType", &type, "responseJsonSchema",
		&schema),
	    0);
	assert_string_equal(system, "rules \"x\"");
	assert_string_equal(role, "user");
	assert_string_equal(content, "text\n");
	assert_string_equal(type, "application/json");
	assert_int_equal(tokens, 123);
	assert_int_equal(seed, 7);
	json_decref(o);
}

static void
test_settings(void **state)
{
	json_t *o = dialect_body("gemini", "sampling=no format=json_object");
	json_t *c = json_object_get(o, "generationConfig");

	(void)state;
	assert_null(json_object_get(c, "temperature"));
	assert_null(json_object_get(c, "seed"));
	assert_null(json_object_get(c, "responseJsonSchema"));
	assert_non_null(json_object_get(c, "responseMimeType"));
	json_decref(o);
	o = dialect_rating_body("gemini", "");
	c = json_object_get(o, "generationConfig");
	assert_true(json_is_true(json_object_get(c, "responseLogprobs")));
	assert_int_equal(json_integer_value(json_object_get(c, "logprobs")), 5);
	assert_null(json_object_get(c, "responseMimeType"));
	json_decref(o);
}

#define CANDIDATE(parts, finish)                                               \
	"{\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":" parts   \
	"},\"finishReason\":\"" finish "\"}]}"
#define HI		"[{\"text\":\"hi\"}]"
#define BLOCKED(reason) "{\"promptFeedback\":{\"blockReason\":\"" reason "\"}}"
#define ERROR(status, details)                                                 \
	"{\"error\":{\"code\":400,\"message\":\"m\",\"status\":\"" status      \
	"\",\"details\":[" details "]}}"

static void
test_responses(void **state)
{
	static const struct dialect_row rows[] = {
	    {200, CANDIDATE(HI, "STOP"), OUTCOME_OK, NULL},
	    {200,
		CANDIDATE("[{\"text\":\"x\",\"thought\":true},{\"text\":\"h\"},"
			  "{},{\"text\":\"i\"}]",
		    "STOP"),
		OUTCOME_OK, NULL},
	    {200, CANDIDATE(HI, "MAX_TOKENS"), OUTCOME_LENGTH, "out_of_tokens"},
	    {200, "{\"candidates\":[{\"finishReason\":\"MAX_TOKENS\"}]}",
		OUTCOME_LENGTH, "out_of_tokens"},
	    {200, CANDIDATE(HI, "SAFETY"), OUTCOME_REFUSAL, "content_filter"},
	    {200, CANDIDATE(HI, "RECITATION"), OUTCOME_REFUSAL, "recitation"},
	    {200, CANDIDATE(HI, "LANGUAGE"), OUTCOME_REFUSAL, "language"},
	    {200, CANDIDATE(HI, "BLOCKLIST"), OUTCOME_REFUSAL,
		"content_filter"},
	    {200, CANDIDATE(HI, "PROHIBITED_CONTENT"), OUTCOME_REFUSAL,
		"content_filter"},
	    {200, CANDIDATE(HI, "SPII"), OUTCOME_REFUSAL, "content_filter"},
	    {200, CANDIDATE(HI, "MALFORMED_FUNCTION_CALL"), OUTCOME_PARSE,
		"not_a_text"},
	    {200, CANDIDATE(HI, "OTHER"), OUTCOME_PARSE, "unfinished"},
	    {200, CANDIDATE("[]", "STOP"), OUTCOME_PARSE, "empty"},
	    {200, BLOCKED("SAFETY"), OUTCOME_REFUSAL, "content_filter"},
	    {200, BLOCKED("MODEL_ARMOR"), OUTCOME_REFUSAL, "content_filter"},
	    {200, BLOCKED("JAILBREAK"), OUTCOME_REFUSAL, "content_filter"},
	    /* A block is one, whatever it is called. */
	    {200, BLOCKED("OTHER"), OUTCOME_REFUSAL, "refused"},
	    {200, BLOCKED("NEW_ONE"), OUTCOME_REFUSAL, "refused"},
	    {200, "{\"candidates\":[]}", OUTCOME_PARSE, "not_the_dialect"},
	    {200, "{}", OUTCOME_PARSE, "not_the_dialect"},
	    {200, "nonsense", OUTCOME_PARSE, "not_json"},
	    {200, ERROR("RESOURCE_EXHAUSTED", ""), OUTCOME_RATE,
		"too_many_requests"},
	    {400, ERROR("INVALID_ARGUMENT", ""), OUTCOME_CONFIG,
		"request_refused"},
	    {400, ERROR("INVALID_ARGUMENT", "{\"reason\":\"API_KEY_INVALID\"}"),
		OUTCOME_AUTH, "key_refused"},
	    {403, ERROR("PERMISSION_DENIED", ""), OUTCOME_AUTH, "forbidden"},
	    {429, ERROR("RESOURCE_EXHAUSTED", ""), OUTCOME_RATE,
		"too_many_requests"},
	    {500, ERROR("INTERNAL", ""), OUTCOME_UNAVAILABLE, "server_error"},
	    {503, ERROR("UNAVAILABLE", ""), OUTCOME_UNAVAILABLE,
		"server_error"},
	};

	(void)state;
	dialect_assert_rows("gemini", rows, sizeof(rows) / sizeof(*rows));
}

/* How long to wait stands in the error, not in a header. */
static void
test_delay(void **state)
{
	static const struct {
		const char *delay;
		int64_t ms;
	} rows[] = {{"17s", 17000}, {"0.5s", 500}, {"0s", 0},
	    {"999999s", 86400000}, {"-1s", -1}, {"17", -1}, {"", -1},
	    {"nans", -1}, {"1e300s", 86400000}, {"5ms", -1}};
	char body[256];
	struct answer a;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(body, sizeof(body),
		    ERROR("RESOURCE_EXHAUSTED", "{\"retryDelay\":\"%s\"}"),
		    rows[i].delay);
		dialect_read("gemini", 429, body, &a);
		assert_int_equal(a.retry_after_ms, rows[i].ms);
		answer_clear(&a);
	}
}

static void
test_facts(void **state)
{
	struct answer a;

	(void)state;
	dialect_read("gemini", 200,
	    "{\"modelVersion\":\"g-1\",\"candidates\":[{\"content\":{\"parts\":"
	    "[{\"text\":\"7\"}]},\"finishReason\":\"MAX_TOKENS\","
	    "\"logprobsResult\":{\"chosenCandidates\":[{\"token\":\" \"},"
	    "{\"token\":\"7\"}],\"topCandidates\":[{},{\"candidates\":[{"
	    "\"token\":\"7\",\"logProbability\":-0.1},{\"token\":\"8\","
	    "\"logProbability\":-2}]}]}}],\"usageMetadata\":{"
	    "\"promptTokenCount\":9,\"candidatesTokenCount\":3,"
	    "\"thoughtsTokenCount\":40}}",
	    &a);
	assert_int_equal(a.outcome, OUTCOME_OK);
	assert_string_equal(a.facts.model, "g-1");
	assert_int_equal(a.facts.prompt_tokens, 9);
	assert_int_equal(a.facts.completion_tokens, 43);
	assert_int_equal(a.facts.alternatives.n, 2);
	assert_string_equal(a.facts.alternatives.v[1].token, "8");
	answer_clear(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_request),
	    cmocka_unit_test(test_settings),
	    cmocka_unit_test(test_responses),
	    cmocka_unit_test(test_delay),
	    cmocka_unit_test(test_facts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
