#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Requests against the fake endpoint, in one loop.  Deadlines bound how long a
 * failure takes; no test asserts time. */
#include <event2/event.h>
#include <unistd.h>

#include "base/mem.h"
#include "llm/llm.h"
#include "tests/fake/fake.h"

#define ANSWERS_MAX 64

static struct {
	struct event_base *base;
	struct fake *fake;
	struct llm *llm;
	struct answer answers[ANSWERS_MAX];
	uint64_t ids[ANSWERS_MAX];
	size_t n, wanted;
	uint64_t cancel; /* when an answer comes */
	bool resend;
} rig;

static void post(const char *name, uint64_t *id);

static void
answer_cb(uint64_t id, struct answer *a, void *arg)
{
	uint64_t more;

	(void)arg;
	assert_true(rig.n < ANSWERS_MAX);
	rig.ids[rig.n] = id;
	rig.answers[rig.n++] = *a;
	a->text = NULL;
	llm_cancel(rig.llm, id); /* known no more: harmless */
	if (rig.cancel != 0)
		llm_cancel(rig.llm, rig.cancel);
	if (rig.resend) {
		rig.resend = false;
		post("one", &more);
	}
	if (rig.n >= rig.wanted)
		event_base_loopbreak(rig.base);
}

static void
add(const char *name, const char *settings)
{
	struct err err = {0};
	struct endpoint *e = endpoint_new(name, &err);
	char url[64], *copy = xstrdup(settings), *rest = copy, *word, *eq;

	assert_non_null(e);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1",
	    rig.fake != NULL ? fake_port(rig.fake) : 1);
	endpoint_set(e, "url", url, &err);
	endpoint_set(e, "model", "m-1", &err);
	while ((word = strsep(&rest, " ")) != NULL)
		if ((eq = strchr(word, '=')) != NULL) {
			*eq = '\0';
			assert_int_equal(
			    endpoint_set(e, word, eq + 1, &err), 0);
		}
	free(copy);
	assert_int_equal(endpoint_ready(e, &err), 0);
	assert_int_equal(llm_add(rig.llm, e, &err), 0);
}

static void
begin(int latency_ms, const char *script, const char *settings)
{
	struct fake_options o = {.latency_ms = latency_ms, .script = script};

	memset(&rig, 0, sizeof(rig));
	rig.base = event_base_new();
	rig.fake = fake_new(rig.base, &o);
	assert_non_null(rig.fake);
	rig.llm = llm_new(rig.base, answer_cb, NULL);
	add("one", settings);
}

static void
end(void)
{
	for (size_t i = 0; i < rig.n; i++)
		answer_clear(&rig.answers[i]);
	llm_free(rig.llm);
	fake_free(rig.fake);
	/* The fake's connections are freed by the loop. */
	event_base_loop(rig.base, EVLOOP_NONBLOCK);
	event_base_free(rig.base);
}

static void
post(const char *name, uint64_t *id)
{
	struct prompt p = {
	    .system = (char *)(uintptr_t) "It has at most 200 characters.",
	    .user = (char *)(uintptr_t) "{\"person\":1,\"opinion\":\"We want "
					"quiet.\"}\n",
	    .name = "draft",
	    .temperature = 0,
	    .tokens = 10,
	    .seed = 1};

	p.schema = json_pack("{s:s}", "type", "object");
	*id = llm_send(rig.llm, llm_find(rig.llm, name), "s", &p);
	json_decref(p.schema);
}

static void
run(size_t wanted)
{
	struct timeval limit = {10, 0};

	rig.wanted = wanted;
	event_base_loopexit(rig.base, &limit);
	event_base_dispatch(rig.base);
	assert_int_equal(rig.n, wanted);
}

static void
test_one(void **state)
{
	uint64_t id;

	(void)state;
	setenv("CAUCUS_TEST_KEY", "sk-1", 1);
	begin(1, "", "key_env=CAUCUS_TEST_KEY");
	post("one", &id);
	assert_int_equal(rig.n, 0); /* never from inside llm_send */
	run(1);
	assert_int_equal(rig.ids[0], id);
	assert_int_equal(rig.answers[0].outcome, OUTCOME_OK);
	assert_non_null(strstr(rig.answers[0].text, "We want quiet."));
	assert_string_equal(rig.answers[0].facts.model, "fake-1");
	assert_int_equal(rig.answers[0].facts.prompt_tokens, 100);
	assert_true(rig.answers[0].facts.ms >= 0);
	assert_string_equal(
	    fake_stats(rig.fake)->key, "Authorization Bearer sk-1");
	end();
}

/* Everything within the window is in flight at once, nothing beyond it. */
static void
test_window(void **state)
{
	struct llm_load load;
	uint64_t id;

	(void)state;
	begin(30, "", "window=16");
	for (int i = 0; i < 16; i++)
		post("one", &id);
	run(16);
	assert_int_equal(fake_stats(rig.fake)->most, 16);
	end();

	begin(10, "", "window=3");
	for (int i = 0; i < 10; i++)
		post("one", &id);
	llm_load(rig.llm, "one", &load);
	assert_int_equal(load.waiting, 10);
	run(10);
	assert_int_equal(fake_stats(rig.fake)->most, 3);
	llm_load(rig.llm, "one", &load);
	assert_int_equal(load.waiting + load.running, 0);
	end();
}

/* Waiting for the window does not eat the timeout: the sum of all is longer
 * than one request may take. */
static void
test_waiting_is_free(void **state)
{
	uint64_t id;

	(void)state;
	begin(120, "", "window=1 timeout_ms=400");
	for (int i = 0; i < 5; i++)
		post("one", &id);
	run(5);
	for (int i = 0; i < 5; i++)
		assert_int_equal(rig.answers[i].outcome, OUTCOME_OK);
	end();
}

static void
test_queue_full(void **state)
{
	uint64_t id;

	(void)state;
	begin(1, "", "window=1 queue=2");
	for (int i = 0; i < 3; i++)
		post("one", &id);
	run(3);
	assert_int_equal(rig.ids[0], id);
	assert_int_equal(rig.answers[0].outcome, OUTCOME_RATE);
	assert_string_equal(rig.answers[0].why, "queue_full");
	end();
}

/* One that hangs holds back nobody, first or not. */
static void
test_hang(void **state)
{
	uint64_t id;

	(void)state;
	begin(1, "1 hang", "timeout_ms=300");
	for (int i = 0; i < 4; i++)
		post("one", &id);
	run(4);
	for (int i = 0; i < 3; i++)
		assert_int_equal(rig.answers[i].outcome, OUTCOME_OK);
	assert_int_equal(rig.answers[3].outcome, OUTCOME_TIMEOUT);
	end();
}

static void
test_faults(void **state)
{
	static const struct {
		const char *script;
		enum outcome outcome;
		const char *why;
	} rows[] = {
	    {"* close", OUTCOME_UNAVAILABLE, "closed"},
	    {"* cut", OUTCOME_UNAVAILABLE, "cut_off"},
	    {"* drip", OUTCOME_TIMEOUT, "too_slow"},
	    {"* huge", OUTCOME_PARSE, "too_long"},
	    {"* garbage", OUTCOME_PARSE, "not_json"},
	    {"* status 307", OUTCOME_CONFIG, "redirect"},
	    {"* 500", OUTCOME_UNAVAILABLE, "server_error"},
	};
	uint64_t id;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		begin(0, rows[i].script, "timeout_ms=300");
		post("one", &id);
		run(1);
		assert_int_equal(rig.answers[0].outcome, rows[i].outcome);
		assert_string_equal(rig.answers[0].why, rows[i].why);
		assert_int_equal(fake_stats(rig.fake)->requests, 1);
		end();
	}
}

/* A kept connection that breaks is not a reason to ask twice. */
static void
test_no_second_sending(void **state)
{
	uint64_t id;

	(void)state;
	begin(0, "2 close", "");
	post("one", &id);
	run(1);
	post("one", &id);
	run(2);
	assert_int_equal(rig.answers[1].outcome, OUTCOME_UNAVAILABLE);
	assert_string_equal(rig.answers[1].why, "closed");
	assert_int_equal(fake_stats(rig.fake)->requests, 2);
	end();
}

static void
test_retry_after(void **state)
{
	uint64_t id;

	(void)state;
	begin(0, "1 429 7\n2 429\n3 429 99999999", "");
	for (int i = 0; i < 3; i++) {
		post("one", &id);
		run((size_t)i + 1);
		assert_int_equal(rig.answers[i].outcome, OUTCOME_RATE);
	}
	assert_int_equal(rig.answers[0].retry_after_ms, 7000);
	assert_int_equal(rig.answers[1].retry_after_ms, -1);
	assert_int_equal(rig.answers[2].retry_after_ms, 86400000);
	end();
}

/* Cancelled while waiting, while running, from inside an answer; and at the
 * end with all of it in flight. */
static void
test_cancel(void **state)
{
	uint64_t running, waiting, last;

	(void)state;
	begin(20, "1 hang", "window=2");
	post("one", &running);
	post("one", &last);
	post("one", &waiting);
	event_base_loop(rig.base, EVLOOP_ONCE);
	llm_cancel(rig.llm, waiting);
	rig.cancel = running;
	run(1);
	assert_int_equal(rig.ids[0], last);
	llm_cancel(rig.llm, 12345);
	post("one", &running);
	post("one", &waiting);
	post("one", &last);
	event_base_loop(rig.base, EVLOOP_NONBLOCK);
	end();
}

/* A request may be sent from inside an answer. */
static void
test_resend(void **state)
{
	uint64_t id;

	(void)state;
	begin(0, "1 500", "");
	rig.resend = true;
	post("one", &id);
	run(2);
	assert_int_equal(rig.answers[1].outcome, OUTCOME_OK);
	end();
}

static void
test_nobody_there(void **state)
{
	uint64_t id;

	(void)state;
	begin(0, "", "");
	fake_free(rig.fake);
	rig.fake = NULL;
	event_base_loop(rig.base, EVLOOP_NONBLOCK);
	post("one", &id);
	run(1);
	assert_int_equal(rig.answers[0].outcome, OUTCOME_UNAVAILABLE);
	assert_string_equal(rig.answers[0].why, "not_connected");
	llm_free(rig.llm);
	event_base_free(rig.base);
}

/* The environment's proxy is not ours. */
static void
test_no_proxy(void **state)
{
	uint64_t id;

	(void)state;
	setenv("http_proxy", "http://127.0.0.1:9", 1);
	begin(0, "", "");
	post("one", &id);
	run(1);
	assert_int_equal(rig.answers[0].outcome, OUTCOME_OK);
	end();
	unsetenv("http_proxy");
}

/* A name that turns out to be this machine is not connected to, whatever it
 * was before; who says that it is meant gets there. */
static void
test_addresses(void **state)
{
	char settings[128];
	uint64_t id;

	(void)state;
	begin(0, "", "");
	snprintf(settings, sizeof(settings),
	    "url=https://rebound.localhost:%d/v1", fake_port(rig.fake));
	add("two", settings);
	snprintf(settings, sizeof(settings),
	    "url=http://rebound.localhost:%d/v1 local=yes",
	    fake_port(rig.fake));
	add("three", settings);
	post("two", &id);
	run(1);
	assert_int_equal(rig.answers[0].outcome, OUTCOME_CONFIG);
	assert_string_equal(rig.answers[0].why, "address_loopback");
	assert_int_equal(fake_stats(rig.fake)->requests, 0);
	post("three", &id);
	run(2);
	assert_int_equal(rig.answers[1].outcome, OUTCOME_OK);
	end();
}

/* Each provider's header carries the key, and what is set instead of it. */
static void
test_key_headers(void **state)
{
	static const struct {
		const char *settings, *base, *key, *version;
	} rows[] = {
	    {"provider=openai", "/v1", "Authorization Bearer sk-1", ""},
	    {"provider=openai key_header=api-key", "/v1", "api-key sk-1", ""},
	    {"provider=anthropic", "/v1", "x-api-key sk-1", "2023-06-01"},
	    {"provider=anthropic api_version=2026-10-21", "/v1",
		"Authorization Bearer sk-1", "2026-10-21"},
	    {"provider=anthropic key_header=authorization", "/v1",
		"Authorization Bearer sk-1", "2023-06-01"},
	    {"provider=gemini", "/v1beta", "x-goog-api-key sk-1", ""},
	    {"provider=ollama", "/api", "Authorization Bearer sk-1", ""},
	    {"provider=openai-responses", "/v1", "Authorization Bearer sk-1",
		""},
	};
	char settings[256];
	uint64_t id;

	(void)state;
	setenv("CAUCUS_TEST_KEY", "sk-1", 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		begin(0, "", "");
		snprintf(settings, sizeof(settings),
		    "url=http://127.0.0.1:%d%s key_env=CAUCUS_TEST_KEY %s",
		    fake_port(rig.fake), rows[i].base, rows[i].settings);
		add("two", settings);
		post("two", &id);
		run(1);
		assert_int_equal(rig.answers[0].outcome, OUTCOME_OK);
		assert_string_equal(fake_stats(rig.fake)->key, rows[i].key);
		assert_string_equal(
		    fake_stats(rig.fake)->version, rows[i].version);
		end();
	}
}

/* What Gemini asks for in its error counts like a header. */
static void
test_retry_info(void **state)
{
	char settings[128];
	uint64_t id;

	(void)state;
	begin(0, "* 429 7", "");
	snprintf(settings, sizeof(settings),
	    "url=http://127.0.0.1:%d/v1beta provider=gemini",
	    fake_port(rig.fake));
	add("two", settings);
	post("two", &id);
	run(1);
	assert_int_equal(rig.answers[0].outcome, OUTCOME_RATE);
	assert_int_equal(rig.answers[0].retry_after_ms, 7000);
	end();
}

static void
test_endpoints(void **state)
{
	struct err err;

	(void)state;
	begin(0, "", "");
	add("two", "window=1");
	assert_string_equal(llm_nth(rig.llm, 0)->name, "one");
	assert_string_equal(llm_nth(rig.llm, 1)->name, "two");
	assert_null(llm_nth(rig.llm, 2));
	assert_null(llm_find(rig.llm, "three"));
	assert_string_equal(llm_find(rig.llm, "offline")->name, "offline");
	assert_int_equal(llm_add(rig.llm, endpoint_new("two", &err), &err), -1);
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_one),
	    cmocka_unit_test(test_window),
	    cmocka_unit_test(test_waiting_is_free),
	    cmocka_unit_test(test_queue_full),
	    cmocka_unit_test(test_hang),
	    cmocka_unit_test(test_faults),
	    cmocka_unit_test(test_no_second_sending),
	    cmocka_unit_test(test_retry_after),
	    cmocka_unit_test(test_cancel),
	    cmocka_unit_test(test_resend),
	    cmocka_unit_test(test_nobody_there),
	    cmocka_unit_test(test_no_proxy),
	    cmocka_unit_test(test_addresses),
	    cmocka_unit_test(test_key_headers),
	    cmocka_unit_test(test_retry_info),
	    cmocka_unit_test(test_endpoints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
