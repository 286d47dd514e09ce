/*
 * OpenAI chat completions: the dialect that vLLM, llama.cpp, LM Studio, Ollama
 * (/v1), OpenRouter and others speak too.  Each leaves out something of the
 * response, so nothing but the text is relied on.
 */
#include <string.h>

#include "base/json.h"
#include "llm/dialect.h"

static json_t *
format_schema(const struct prompt *p)
{
	return json_pack("{s:s,s:{s:s,s:b,s:O}}", "type", "json_schema",
	    "json_schema", "name", p->name, "strict", 1, "schema", p->schema);
}

static json_t *
format_object(const struct prompt *p)
{
	(void)p;
	return json_pack("{s:s}", "type", "json_object");
}

static json_t *(*const formats[])(const struct prompt *p) = {
    [FORMAT_SCHEMA] = format_schema,
    [FORMAT_OBJECT] = format_object,
    [FORMAT_NONE] = NULL,
};

json_t *
openai_body(const struct endpoint *e, const struct prompt *p)
{
	json_t *o = json_pack("{s:s,s:[{s:s,s:s},{s:s,s:s}],s:I,s:b}", "model",
	    e->model, "messages", "role", "system", "content", p->system,
	    "role", "user", "content", p->user,
	    tokens_names[e->can.tokens_name], (json_int_t)p->tokens, "stream",
	    0);

	put_sampling(o, e, p, "seed");
	if (p->alternatives > 0 && e->can.alternatives) {
		json_object_set_new(o, "logprobs", json_true());
		json_object_set_new(
		    o, "top_logprobs", json_integer(p->alternatives));
	}
	if (formats[e->can.format] != NULL && p->schema != NULL)
		json_object_set_new(
		    o, "response_format", formats[e->can.format](p));
	return o;
}

/* content: a text, or a list of parts of which those of text count. */
static void
take_content(struct taken *t, const json_t *content)
{
	const json_t *part;
	size_t i;

	take_text(t, content);
	json_array_foreach(content, i, part)
		take_text(t, json_object_get(part, "text"));
}

void
openai_take(const json_t *o, struct taken *t)
{
	const json_t *choice = json_array_get(json_object_get(o, "choices"), 0);
	const json_t *message = json_object_get(choice, "message");
	const json_t *usage = json_object_get(o, "usage"), *tokens;
	const char *refusal = take_string(message, "refusal");

	t->found = json_is_object(choice);
	t->finish = take_string(choice, "finish_reason");
	t->refused = refusal != NULL && refusal[0] != '\0';
	t->facts->prompt_tokens = take_count(usage, "prompt_tokens");
	t->facts->completion_tokens = take_count(usage, "completion_tokens");
	take_identifier(t->facts->fingerprint, sizeof(t->facts->fingerprint), o,
	    "system_fingerprint");
	take_content(t, json_object_get(message, "content"));
	tokens =
	    json_object_get(json_object_get(choice, "logprobs"), "content");
	tokens = json_array_get(tokens, take_first_token(tokens));
	take_alternatives(
	    t, json_object_get(tokens, "top_logprobs"), "logprob");
}

json_t *
openai_embed(const struct endpoint *e, const json_t *texts)
{
	/* What is not said is sent as base64 by some. */
	return json_pack("{s:s,s:O,s:s}", "model", e->model, "input", texts,
	    "encoding_format", "float");
}

const json_t *
openai_take_embeddings(const json_t *o, const char **key)
{
	*key = "embedding";
	return json_object_get(o, "data");
}
