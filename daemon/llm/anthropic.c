/*
 * Anthropic messages.  The bound of the reply is required; there is neither
 * seed nor log probabilities, and from version 2026-10-21 on no temperature.
 */
#include <string.h>

#include "llm/dialect.h"

json_t *
anthropic_body(const struct endpoint *e, const struct prompt *p)
{
	json_t *o =
	    json_pack("{s:s,s:s,s:[{s:s,s:s}],s:I,s:b}", "model", e->model,
		"system", p->system, "messages", "role", "user", "content",
		p->user, "max_tokens", (json_int_t)p->tokens, "stream", 0);

	if (!endpoint_bearer(e))
		put_sampling(o, e, p, NULL);
	if (e->can.format == FORMAT_SCHEMA && p->schema != NULL)
		json_object_set_new(o, "output_config",
		    json_pack("{s:{s:s,s:O}}", "format", "type", "json_schema",
			"schema", p->schema));
	return o;
}

void
anthropic_take(const json_t *o, struct taken *t)
{
	/* input_tokens are those that no cache was asked about. */
	static const char *const inputs[] = {"input_tokens",
	    "cache_creation_input_tokens", "cache_read_input_tokens", NULL};
	const json_t *content = json_object_get(o, "content"), *block;
	const json_t *usage = json_object_get(o, "usage");
	const char *type;
	size_t i;

	t->found = json_is_array(content);
	t->finish = take_string(o, "stop_reason");
	t->facts->prompt_tokens = take_sum(usage, inputs);
	t->facts->completion_tokens = take_count(usage, "output_tokens");
	json_array_foreach(content, i, block) {
		type = take_string(block, "type");
		if (type != NULL && strcmp(type, "text") == 0)
			take_text(t, json_object_get(block, "text"));
	}
}
