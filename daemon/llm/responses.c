/*
 * OpenAI responses.  It has neither seed nor stop; what it says is spread over
 * the messages of "output", between items that are none.
 */
#include <string.h>

#include "llm/dialect.h"

static json_t *
text_format(const struct endpoint *e, const struct prompt *p)
{
	if (e->can.format == FORMAT_OBJECT)
		return json_pack("{s:{s:s}}", "format", "type", "json_object");
	return json_pack("{s:o}", "format", put_schema(p));
}

json_t *
responses_body(const struct endpoint *e, const struct prompt *p)
{
	json_t *o = json_pack("{s:s,s:s,s:s,s:I,s:b,s:b}", "model", e->model,
	    "instructions", p->system, "input", p->user, "max_output_tokens",
	    (json_int_t)p->tokens, "store", 0, "stream", 0);

	put_sampling(o, e, p, NULL);
	if (p->alternatives > 0 && e->can.alternatives) {
		json_object_set_new(o, "include",
		    json_pack("[s]", "message.output_text.logprobs"));
		json_object_set_new(
		    o, "top_logprobs", json_integer(p->alternatives));
	}
	if (e->can.format != FORMAT_NONE && p->schema != NULL)
		json_object_set_new(o, "text", text_format(e, p));
	return o;
}

static void
take_part(struct taken *t, const json_t *part)
{
	const char *type = take_string(part, "type");
	const json_t *tokens = json_object_get(part, "logprobs");

	if (type != NULL && strcmp(type, "refusal") == 0)
		t->refused = true;
	if (type == NULL || strcmp(type, "output_text") != 0)
		return;
	take_text(t, json_object_get(part, "text"));
	tokens = json_array_get(tokens, take_first_token(tokens));
	take_alternatives(
	    t, json_object_get(tokens, "top_logprobs"), "logprob");
}

static void
take_item(struct taken *t, const json_t *item)
{
	const char *type = take_string(item, "type");
	const json_t *part;
	size_t i;

	if (type == NULL || strcmp(type, "message") != 0)
		return;
	json_array_foreach(json_object_get(item, "content"), i, part)
		take_part(t, part);
}

void
responses_take(const json_t *o, struct taken *t)
{
	const json_t *output = json_object_get(o, "output"), *item;
	const json_t *usage = json_object_get(o, "usage");
	size_t i;

	t->found = json_is_array(output);
	t->finish =
	    take_string(json_object_get(o, "incomplete_details"), "reason");
	if (t->finish == NULL)
		t->finish = take_string(o, "status");
	t->facts->prompt_tokens = take_count(usage, "input_tokens");
	t->facts->completion_tokens = take_count(usage, "output_tokens");
	json_array_foreach(output, i, item)
		take_item(t, item);
}
