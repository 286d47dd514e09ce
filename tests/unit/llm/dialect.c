#include "dialect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"

struct endpoint *
dialect_endpoint(const char *provider, const char *settings)
{
	struct err err;
	struct endpoint *e = endpoint_new("one", &err);
	char *copy = xstrdup(settings), *rest = copy, *word, *eq;

	endpoint_set(e, "provider", provider, &err);
	endpoint_set(e, "url", "https://llm.example.org/v1/", &err);
	endpoint_set(e, "model", "m-1", &err);
	while ((word = strsep(&rest, " ")) != NULL)
		if ((eq = strchr(word, '=')) != NULL) {
			*eq = '\0';
			assert_int_equal(
			    endpoint_set(e, word, eq + 1, &err), 0);
		}
	free(copy);
	assert_int_equal(endpoint_ready(e, &err), 0);
	return e;
}

static json_t *
body(const char *provider, const char *settings, int alternatives)
{
	struct prompt p = {.system = (char *)(uintptr_t) "rules \"x\"",
	    .user = (char *)(uintptr_t) "text\n",
	    .name = "predict",
	    .temperature = 800,
	    .tokens = 123,
	    .alternatives = alternatives,
	    .seed = 7};
	struct endpoint *e = dialect_endpoint(provider, settings);
	char *text;
	json_t *o;

	if (alternatives == 0)
		p.schema = json_pack("{s:s}", "type", "object");
	text = provider_body(e, &p);
	o = json_loads(text, 0, NULL);
	assert_non_null(o);
	free(text);
	json_decref(p.schema);
	endpoint_free(e);
	return o;
}

json_t *
dialect_body(const char *provider, const char *settings)
{
	return body(provider, settings, 0);
}

json_t *
dialect_rating_body(const char *provider, const char *settings)
{
	return body(provider, settings, 5);
}

void
dialect_assert_url(const char *provider, const char *settings, const char *url)
{
	struct endpoint *e = dialect_endpoint(provider, settings);
	char *made = provider_url(e, e->provider->path);

	assert_string_equal(made, url);
	free(made);
	endpoint_free(e);
}

void
dialect_read(
    const char *provider, int status, const char *text, struct answer *a)
{
	answer_init(a);
	answer_read(provider_find(provider), status, text, strlen(text), a);
}

void
dialect_assert_rows(
    const char *provider, const struct dialect_row *rows, size_t n)
{
	struct answer a;

	for (size_t i = 0; i < n; i++) {
		dialect_read(provider, rows[i].status, rows[i].body, &a);
		if (a.outcome != rows[i].outcome ||
		    (a.why == NULL) != (rows[i].why == NULL) ||
		    (a.why != NULL && strcmp(a.why, rows[i].why) != 0))
			fail_msg("%s: %d %s: %s, %s", provider, rows[i].status,
			    rows[i].body, outcome_names[a.outcome],
			    a.why != NULL ? a.why : "-");
		if (a.outcome == OUTCOME_OK)
			assert_string_equal(a.text, "hi");
		else
			assert_null(a.text);
		assert_int_equal(a.status, rows[i].status);
		answer_clear(&a);
	}
}
