/*
 * Gemini generateContent.  The model stands in the URL; a prompt that is
 * blocked is answered with 200 and no candidate.
 */
#include <string.h>

#include "llm/dialect.h"

static json_t *
generation(const struct endpoint *e, const struct prompt *p)
{
	json_t *o =
	    json_pack("{s:I}", "maxOutputTokens", (json_int_t)p->tokens);

	put_sampling(o, e, p, "seed");
	if (p->alternatives > 0 && e->can.alternatives) {
		json_object_set_new(o, "responseLogprobs", json_true());
		json_object_set_new(
		    o, "logprobs", json_integer(p->alternatives));
	}
	if (e->can.format == FORMAT_NONE || p->schema == NULL)
		return o;
	json_object_set_new(
	    o, "responseMimeType", json_string("application/json"));
	if (e->can.format == FORMAT_SCHEMA)
		json_object_set(o, "responseJsonSchema", p->schema);
	return o;
}

json_t *
gemini_body(const struct endpoint *e, const struct prompt *p)
{
	return json_pack("{s:{s:[{s:s}]},s:[{s:s,s:[{s:s}]}],s:o}",
	    "systemInstruction", "parts", "text", p->system, "contents", "role",
	    "user", "parts", "text", p->user, "generationConfig",
	    generation(e, p));
}

static void
take_candidate(struct taken *t, const json_t *candidate)
{
	const json_t *parts =
	    json_object_get(json_object_get(candidate, "content"), "parts");
	const json_t *logs = json_object_get(candidate, "logprobsResult");
	const json_t *part, *top;
	size_t i;

	json_array_foreach(parts, i, part)
		if (!json_is_true(json_object_get(part, "thought")))
			take_text(t, json_object_get(part, "text"));
	top = json_array_get(json_object_get(logs, "topCandidates"),
	    take_first_token(json_object_get(logs, "chosenCandidates")));
	take_alternatives(
	    t, json_object_get(top, "candidates"), "logProbability");
}

void
gemini_take(const json_t *o, struct taken *t)
{
	static const char *const outputs[] = {
	    "candidatesTokenCount", "thoughtsTokenCount", NULL};
	const json_t *usage = json_object_get(o, "usageMetadata");
	const json_t *candidate =
	    json_array_get(json_object_get(o, "candidates"), 0);
	const char *block =
	    take_string(json_object_get(o, "promptFeedback"), "blockReason");

	t->finish =
	    block != NULL ? block : take_string(candidate, "finishReason");
	t->found = block != NULL || json_is_object(candidate);
	t->refused = block != NULL;
	t->facts->prompt_tokens = take_count(usage, "promptTokenCount");
	t->facts->completion_tokens = take_sum(usage, outputs);
	take_identifier(
	    t->facts->model, sizeof(t->facts->model), o, "modelVersion");
	take_candidate(t, candidate);
}

json_t *
gemini_embed(const struct endpoint *e, const json_t *texts)
{
	json_t *list = json_array(), *text;
	size_t i;

	json_array_foreach(texts, i, text)
		json_array_append_new(
		    list, json_pack("{s:s+,s:{s:[{s:O}]}}", "model", "models/",
			      e->model, "content", "parts", "text", text));
	return json_pack("{s:o}", "requests", list);
}

const json_t *
gemini_take_embeddings(const json_t *o, const char **key)
{
	*key = "values";
	return json_object_get(o, "embeddings");
}
