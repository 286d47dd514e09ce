#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dialect.h"
#include "llm/embedding.h"

static void
test_requests(void **state)
{
	static const struct {
		const char *provider, *url, *body;
	} rows[] = {
	    {"openai", "https://llm.example.org/v1/embeddings",
		"{\"model\":\"m-1\",\"input\":[\"a\",\"b\"],"
		"\"encoding_format\":\"float\"}"},
	    {"openai-responses", "https://llm.example.org/v1/embeddings",
		"{\"model\":\"m-1\",\"input\":[\"a\",\"b\"],"
		"\"encoding_format\":\"float\"}"},
	    {"ollama", "https://llm.example.org/v1/embed",
		"{\"model\":\"m-1\",\"input\":[\"a\",\"b\"],"
		"\"truncate\":false}"},
	    {"gemini",
		"https://llm.example.org/v1/models/m-1:batchEmbedContents",
		"{\"requests\":[{\"model\":\"models/m-1\",\"content\":{"
		"\"parts\":[{\"text\":\"a\"}]}},{\"model\":\"models/m-1\","
		"\"content\":{\"parts\":[{\"text\":\"b\"}]}}]}"},
	};
	static const char *const texts[] = {"a", "b"};
	struct endpoint *e;
	char *url, *body;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		e = dialect_endpoint(rows[i].provider, "");
		url = provider_url(e, e->provider->embed_path);
		body = embeddings_body(e, texts, 2);
		assert_string_equal(url, rows[i].url);
		assert_string_equal(body, rows[i].body);
		assert_null(embeddings_body(e, texts, 0));
		free(url);
		free(body);
		endpoint_free(e);
	}
	e = dialect_endpoint("anthropic", "");
	assert_null(embeddings_body(e, texts, 2));
	endpoint_free(e);
}

static void
test_replies(void **state)
{
	static const struct {
		const char *provider;
		int status;
		const char *body;
		enum outcome outcome;
	} rows[] = {
	    {"openai", 200,
		"{\"data\":[{\"index\":0,\"embedding\":[3,4]},{\"index\":1,"
		"\"embedding\":[0,-2]}]}",
		OUTCOME_OK},
	    /* In any order, and packed: 3 and 4 as floats. */
	    {"openai", 200,
		"{\"data\":[{\"index\":1,\"embedding\":[0,-1]},{\"index\":0,"
		"\"embedding\":\"AABAQAAAgEA=\"}]}",
		OUTCOME_OK},
	    {"ollama", 200, "{\"embeddings\":[[3,4],[0,-9]]}", OUTCOME_OK},
	    {"gemini", 200,
		"{\"embeddings\":[{\"values\":[6,8]},{\"values\":[0,-1]}]}",
		OUTCOME_OK},
	    {"ollama", 200, "{\"embeddings\":[[3,4]]}", OUTCOME_PARSE},
	    {"ollama", 200, "{\"embeddings\":[[3,4],[1]]}", OUTCOME_PARSE},
	    {"ollama", 200, "{\"embeddings\":[[3,4],[0,0]]}", OUTCOME_PARSE},
	    {"ollama", 200, "{\"embeddings\":[[3,4],[\"0\",1]]}",
		OUTCOME_PARSE},
	    {"ollama", 200, "{\"embeddings\":[[3,4],[]]}", OUTCOME_PARSE},
	    {"ollama", 200, "{\"embeddings\":[[3,4],[1e300,1]]}",
		OUTCOME_PARSE},
	    {"openai", 200,
		"{\"data\":[{\"index\":0,\"embedding\":[3,4]},{\"index\":0,"
		"\"embedding\":[0,1]}]}",
		OUTCOME_PARSE},
	    {"openai", 200,
		"{\"data\":[{\"index\":0,\"embedding\":[3,4]},{\"index\":9,"
		"\"embedding\":[0,1]}]}",
		OUTCOME_PARSE},
	    {"openai", 200,
		"{\"data\":[{\"embedding\":\"!!!!\"},{\"embedding\":[1]}]}",
		OUTCOME_PARSE},
	    {"openai", 200, "", OUTCOME_PARSE},
	    {"openai", 429, "{\"error\":{\"code\":\"insufficient_quota\"}}",
		OUTCOME_QUOTA},
	    {"ollama", 500, "{\"error\":\"x\"}", OUTCOME_UNAVAILABLE},
	};
	struct embeddings m;
	struct answer a;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		answer_init(&a);
		embeddings_read(provider_find(rows[i].provider), rows[i].status,
		    rows[i].body, strlen(rows[i].body), 2, &a, &m);
		if (a.outcome != rows[i].outcome)
			fail_msg(
			    "%s: %s", rows[i].body, outcome_names[a.outcome]);
		if (a.outcome == OUTCOME_OK) {
			assert_int_equal(m.size, 2);
			assert_float_equal(m.v[0], 0.6, 1e-6);
			assert_float_equal(m.v[1], 0.8, 1e-6);
			assert_float_equal(m.v[2], 0, 1e-6);
			assert_float_equal(m.v[3], -1, 1e-6);
		} else
			assert_null(m.v);
		embeddings_clear(&m);
		answer_clear(&a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_requests),
	    cmocka_unit_test(test_replies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
