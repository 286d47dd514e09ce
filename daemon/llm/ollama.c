/*
 * Ollama's own dialect.  It streams unless told not to, cuts prompts silently
 * where its context is small, and tells errors as plain texts.
 */
#include "llm/dialect.h"

static json_t *
options(const struct endpoint *e, const struct prompt *p)
{
	json_t *o = json_pack("{s:I}", "num_predict", (json_int_t)p->tokens);

	put_sampling(o, e, p, "seed");
	if (e->context > 0)
		json_object_set_new(o, "num_ctx", json_integer(e->context));
	return o;
}

json_t *
ollama_body(const struct endpoint *e, const struct prompt *p)
{
	json_t *o = json_pack("{s:s,s:[{s:s,s:s},{s:s,s:s}],s:b,s:o}", "model",
	    e->model, "messages", "role", "system", "content", p->system,
	    "role", "user", "content", p->user, "stream", 0, "options",
	    options(e, p));

	if (p->alternatives > 0 && e->can.alternatives) {
		json_object_set_new(o, "logprobs", json_true());
		json_object_set_new(
		    o, "top_logprobs", json_integer(p->alternatives));
	}
	if (p->schema != NULL && e->can.format == FORMAT_SCHEMA)
		json_object_set(o, "format", p->schema);
	else if (p->schema != NULL && e->can.format == FORMAT_OBJECT)
		json_object_set_new(o, "format", json_string("json"));
	return o;
}

void
ollama_take(const json_t *o, struct taken *t)
{
	const json_t *message = json_object_get(o, "message");
	const json_t *tokens = json_object_get(o, "logprobs");

	t->found = json_is_object(message);
	t->finish = take_string(o, "done_reason");
	t->facts->prompt_tokens = take_count(o, "prompt_eval_count");
	t->facts->completion_tokens = take_count(o, "eval_count");
	take_text(t, json_object_get(message, "content"));
	tokens = json_array_get(tokens, take_first_token(tokens));
	take_alternatives(
	    t, json_object_get(tokens, "top_logprobs"), "logprob");
}

json_t *
ollama_embed(const struct endpoint *e, const json_t *texts)
{
	/* A text that is cut silently would be near to others for no reason. */
	return json_pack(
	    "{s:s,s:O,s:b}", "model", e->model, "input", texts, "truncate", 0);
}

const json_t *
ollama_take_embeddings(const json_t *o, const char **key)
{
	*key = NULL;
	return json_object_get(o, "embeddings");
}
