#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dialect.h"

/* Which parameters a refusal is about, in the words of several servers. */
static void
test_refused(void **state)
{
	static const struct {
		int status;
		const char *error;
		unsigned refused;
	} rows[] = {
	    {400,
		"{\"message\":\"Unsupported parameter: 'max_tokens' is not "
		"supported with this model. Use 'max_completion_tokens' "
		"instead.\",\"param\":\"max_tokens\",\"code\":"
		"\"unsupported_parameter\"}",
		PARAMETER_TOKENS},
	    /* Too much is another matter than another name. */
	    {400,
		"{\"message\":\"max_tokens is too large: 90000\",\"param\":"
		"\"max_tokens\",\"code\":\"invalid_value\"}",
		0},
	    {400,
		"{\"message\":\"Only the default (1) value is supported.\","
		"\"param\":\"temperature\",\"code\":null}",
		PARAMETER_SAMPLING},
	    {400, "{\"message\":\"`temperature` may only be set to 1\"}",
		PARAMETER_SAMPLING},
	    {422, "{\"message\":\"extra field seed\"}", PARAMETER_SAMPLING},
	    {400,
		"{\"message\":\"Unknown name \\\"responseLogprobs\\\" at "
		"'generation_config'\",\"status\":\"INVALID_ARGUMENT\"}",
		PARAMETER_SAMPLING},
	    {400,
		"{\"message\":\"output_config: Extra inputs are not "
		"permitted\",\"type\":\"invalid_request_error\"}",
		PARAMETER_FORMAT},
	    {400, "{\"message\":\"response_format json_schema\"}",
		PARAMETER_FORMAT},
	    {400, "\"seed is not known\"", PARAMETER_SAMPLING},
	    {400, "{\"message\":\"the temperatures of reseeding\"}", 0},
	    {400, "{\"message\":\"bad\",\"param\":\"messages\"}", 0},
	    {400, "{\"message\":\"temperature\",\"code\":\"content_filter\"}",
		0},
	    {429, "{\"message\":\"temperature\"}", 0},
	    {500, "{\"message\":\"temperature\"}", 0},
	    {400, "{\"param\":7,\"message\":[]}", 0},
	};
	struct answer a;
	char body[512];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(body, sizeof(body), "{\"error\":%s}", rows[i].error);
		dialect_read("openai", rows[i].status, body, &a);
		if (a.refused != rows[i].refused)
			fail_msg("%s: %u", body, a.refused);
		answer_clear(&a);
	}
	/* Older servers put the error's members at the top. */
	dialect_read("openai", 400,
	    "{\"object\":\"error\",\"message\":\"seed is unknown\",\"code\":"
	    "400}",
	    &a);
	assert_int_equal(a.refused, PARAMETER_SAMPLING);
	answer_clear(&a);
}

/* Every provider reads statuses and foreign bodies alike. */
static void
test_statuses(void **state)
{
	static const struct dialect_row rows[] = {
	    {301, "", OUTCOME_CONFIG, "redirect"},
	    {400, "[]", OUTCOME_CONFIG, "request_refused"},
	    {401, "<html>", OUTCOME_AUTH, "key_refused"},
	    {402, "{\"detail\":\"pay\"}", OUTCOME_QUOTA, "billing"},
	    {403, "", OUTCOME_AUTH, "forbidden"},
	    {408, "", OUTCOME_UNAVAILABLE, "busy"},
	    {413, "", OUTCOME_CONFIG, "request_refused"},
	    {429, "{\"message\":\"slow\"}", OUTCOME_RATE, "too_many_requests"},
	    {499, "", OUTCOME_CONFIG, "request_refused"},
	    {502, "<html>", OUTCOME_UNAVAILABLE, "server_error"},
	    {529, "", OUTCOME_UNAVAILABLE, "server_error"},
	    {0, "", OUTCOME_UNAVAILABLE, "strange_status"},
	    {200, "{\"error\":{\"code\":429}}", OUTCOME_RATE,
		"too_many_requests"},
	    {200, "{\"error\":{}}", OUTCOME_UNAVAILABLE, "error_in_reply"},
	    {200, "null", OUTCOME_PARSE, "not_the_dialect"},
	    {200, "{\"a\":{\"b\":[]}}", OUTCOME_PARSE, "not_the_dialect"},
	};

	(void)state;
	for (const struct provider *p = providers; p->name != NULL; p++)
		if (p->take != NULL)
			dialect_assert_rows(
			    p->name, rows, sizeof(rows) / sizeof(*rows));
}

/* What is learnt holds for the next request and is asked again but once. */
static void
test_learnt(void **state)
{
	struct endpoint *e = dialect_endpoint("openai", "logprobs=yes");
	struct capabilities first = e->can, second;

	(void)state;
	assert_false(endpoint_learn(e, &first, 0));
	assert_true(endpoint_learn(e, &first, PARAMETER_SAMPLING));
	assert_false(e->can.sampling);
	assert_false(e->can.alternatives);
	assert_false(e->logprobs);
	second = e->can;
	/* Another of the same burst: learnt already, worth another try. */
	assert_true(endpoint_learn(e, &first, PARAMETER_SAMPLING));
	/* Refused without: there is nothing left to leave out. */
	assert_false(endpoint_learn(e, &second, PARAMETER_SAMPLING));
	assert_true(endpoint_learn(e, &second, PARAMETER_TOKENS));
	assert_int_equal(e->can.tokens_name, 1);
	second = e->can;
	assert_false(endpoint_learn(e, &second, PARAMETER_TOKENS));
	assert_int_equal(e->can.tokens_name, 1);
	/* The shape goes a step at a time, down to none. */
	assert_true(endpoint_learn(e, &second, PARAMETER_FORMAT));
	assert_int_equal(e->can.format, FORMAT_OBJECT);
	assert_true(endpoint_learn(e, &second, PARAMETER_FORMAT));
	assert_int_equal(e->can.format, FORMAT_OBJECT);
	second = e->can;
	assert_true(endpoint_learn(e, &second, PARAMETER_FORMAT));
	assert_int_equal(e->can.format, FORMAT_NONE);
	second = e->can;
	assert_false(endpoint_learn(e, &second, PARAMETER_FORMAT));
	endpoint_free(e);
}

static void
test_registry(void **state)
{
	(void)state;
	assert_string_equal(provider_find(NULL)->name, "openai");
	assert_null(provider_find("offline")->body);
	assert_null(provider_find("acme"));
	for (const struct provider *p = providers; p->name != NULL; p++) {
		assert_ptr_equal(provider_find(p->name), p);
		assert_int_equal(p->body == NULL, p->take == NULL);
		assert_int_equal(p->embed == NULL, p->embed_path == NULL);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_statuses),
	    cmocka_unit_test(test_learnt),
	    cmocka_unit_test(test_registry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
