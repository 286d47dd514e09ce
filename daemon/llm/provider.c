#include "llm/provider.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "llm/dialect.h"

/* clang-format off */
const struct provider providers[] = {
	{ "openai", "OpenAI chat completions, and what speaks like it",
	    "/chat/completions", openai_body, openai_take, KEY_AUTHORIZATION,
	    NULL, NULL, NULL,
	    "/embeddings", openai_embed, openai_take_embeddings },
	{ "anthropic", "Anthropic messages",
	    "/messages", anthropic_body, anthropic_take, KEY_X_API_KEY,
	    "anthropic-version: %s", "2023-06-01", "2026-10-21",
	    NULL, NULL, NULL },
	{ "gemini", "Gemini generateContent",
	    "/models/*:generateContent", gemini_body, gemini_take, KEY_X_GOOG_API_KEY,
	    NULL, NULL, NULL,
	    "/models/*:batchEmbedContents", gemini_embed, gemini_take_embeddings },
	{ "ollama", "Ollama's own",
	    "/chat", ollama_body, ollama_take, KEY_AUTHORIZATION,
	    NULL, NULL, NULL,
	    "/embed", ollama_embed, ollama_take_embeddings },
	{ "openai-responses", "OpenAI responses",
	    "/responses", responses_body, responses_take, KEY_AUTHORIZATION,
	    NULL, NULL, NULL,
	    "/embeddings", openai_embed, openai_take_embeddings },
	{ .name = ENDPOINT_OFFLINE, .help = "the built-in drafter: no language model, no network" },
	{ .name = NULL },
};
/* clang-format on */

const struct provider *
provider_find(const char *name)
{
	const struct provider *p;

	for (p = providers; p->name != NULL; p++)
		if (name == NULL || strcmp(p->name, name) == 0)
			return p;
	return NULL;
}

/* Percent-encoded, but for what may stand in a path as it is. */
static void
add_encoded(struct buf *b, const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";

	for (; *s != '\0'; s++)
		if (strchr(plain, *s) != NULL)
			buf_addc(b, *s);
		else
			buf_addf(b, "%%%02X", (unsigned char)*s);
}

char *
provider_url(const struct endpoint *e, const char *path)
{
	const char *star = strchr(path, '*');
	struct buf b = {0};

	buf_adds(&b, e->url);
	buf_add(&b, path, star != NULL ? (size_t)(star - path) : strlen(path));
	if (star != NULL) {
		add_encoded(&b, e->model);
		buf_adds(&b, star + 1);
	}
	return buf_take(&b);
}

char *
provider_body(const struct endpoint *e, const struct prompt *p)
{
	json_t *o = e->provider->body(e, p);
	char *text = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(6));

	json_decref(o);
	return text;
}

/* ---- what the dialects put in ---- */

void
put_sampling(json_t *o, const struct endpoint *e, const struct prompt *p,
    const char *seed)
{
	if (!e->can.sampling)
		return;
	if (p->temperature >= 0)
		json_object_set_new(
		    o, "temperature", json_real((double)p->temperature / 1000));
	if (seed != NULL)
		json_object_set_new(o, seed, json_integer(p->seed));
}

json_t *
put_schema(const struct prompt *p)
{
	return json_pack("{s:s,s:s,s:b,s:O}", "type", "json_schema", "name",
	    p->name, "strict", 1, "schema", p->schema);
}
