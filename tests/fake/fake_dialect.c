/* The dialects that the fake speaks: a row and three functions each. */
#include <endian.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "tests/fake/fake.h"

/* What is said of an error to people; %s is the parameter. */
static const char *const messages[FAKE_ERRORS] = {
    [FAKE_RATE] = "Rate limit reached.",
    [FAKE_QUOTA] = "You exceeded your current quota.",
    [FAKE_KEY] = "Incorrect API key provided.",
    [FAKE_SERVER] = "The server had an error.",
    [FAKE_OVERLOADED] = "Overloaded.",
    [FAKE_INSIDE] = "The server had an error.",
    [FAKE_PARAMETER] = "Unsupported parameter: '%s' is not supported.",
    [FAKE_INVALID] = "The request is not valid: %s.",
};

static const char *
words(const struct fake_reply *r)
{
	return r->asked->dialect->finishes[r->finish];
}

/* What every dialect needs; it does not stream. */
static const char *
no_text(const struct fake_asked *a)
{
	if (json_is_true(json_object_get(a->o, "stream")))
		return "stream";
	return a->system == NULL || a->user == NULL ? "messages" : NULL;
}

/* ---- OpenAI chat completions ---- */

/* A message's text, be it a string or a list of parts. */
static const char *
text_of(const json_t *content)
{
	const char *s = json_string_value(content);

	return s != NULL ? s
			 : json_string_value(json_object_get(
			       json_array_get(content, 0), "text"));
}

static void
read_messages(struct fake_asked *a)
{
	const json_t *list = json_object_get(a->o, "messages");
	const json_t *first = json_array_get(list, 0);
	const json_t *last = json_array_get(
	    list, json_array_size(list) > 0 ? json_array_size(list) - 1 : 0);

	a->user = text_of(json_object_get(last, "content"));
	a->system =
	    first != last ? text_of(json_object_get(first, "content")) : "";
}

static const char *
openai_read(struct fake_asked *a)
{
	read_messages(a);
	a->seed = json_integer_value(json_object_get(a->o, "seed"));
	a->logprobs = json_is_true(json_object_get(a->o, "logprobs"));
	if (json_object_get(a->o, "top_logprobs") != NULL && !a->logprobs)
		return "top_logprobs";
	return no_text(a);
}

static json_t *
openai_reply(const struct fake_reply *r)
{
	bool refused = r->finish == FAKE_REFUSAL;
	json_t *o = json_pack(
	    "{s:s,s:s,s:i,s:s,s:s,s:[{s:i,s:s,s:{s:s,s:s?,s:s?},s:n}],s:{s:i,"
	    "s:i,s:i}}",
	    "id", "chatcmpl-fake", "object", "chat.completion", "created",
	    1795473482, "model", "fake-1", "system_fingerprint", "fp_fake",
	    "choices", "index", 0, "finish_reason", words(r), "message", "role",
	    "assistant", "content", refused ? NULL : r->content, "refusal",
	    refused ? r->content : NULL, "logprobs", "usage", "prompt_tokens",
	    100, "completion_tokens", 20, "total_tokens", 120);

	if (r->logprobs != NULL)
		json_object_set(
		    json_array_get(json_object_get(o, "choices"), 0),
		    "logprobs", r->logprobs);
	return o;
}

static json_t *
openai_error(const struct fake_reply *r, int status, const char *name,
    const char *message)
{
	(void)status;
	return json_pack("{s:{s:s,s:s,s:s?,s:s}}", "error", "message", message,
	    "type",
	    r->error == FAKE_QUOTA ? "insufficient_quota"
				   : "invalid_request_error",
	    "param", r->parameter, "code", name);
}

/* ---- OpenAI responses ---- */

static const char *
responses_read(struct fake_asked *a)
{
	const json_t *input = json_object_get(a->o, "input");

	a->system = json_string_value(json_object_get(a->o, "instructions"));
	if (a->system == NULL)
		a->system = "";
	a->user = json_string_value(input);
	if (a->user == NULL)
		a->user = text_of(
		    json_object_get(json_array_get(input, 0), "content"));
	a->logprobs = json_object_get(a->o, "include") != NULL;
	return no_text(a);
}

static json_t *
responses_reply(const struct fake_reply *r)
{
	bool refused = r->finish == FAKE_REFUSAL;
	bool whole = r->finish == FAKE_STOP || refused;
	json_t *part, *o;

	if (refused)
		part = json_pack(
		    "{s:s,s:s}", "type", "refusal", "refusal", r->content);
	else
		part = json_pack("{s:s,s:s,s:[]}", "type", "output_text",
		    "text", r->content, "annotations");
	if (r->logprobs != NULL && !refused)
		json_object_set(
		    part, "logprobs", json_object_get(r->logprobs, "content"));
	o = json_pack(
	    "{s:s,s:s,s:i,s:s,s:n,s:s,s:[{s:s,s:s,s:[]},{s:s,s:s,s:s,s:s,"
	    "s:[o]}],s:{s:i,s:{s:i},s:i,s:{s:i},s:i}}",
	    "id", "resp_fake", "object", "response", "created_at", 1795473482,
	    "status", whole ? "completed" : "incomplete", "error", "model",
	    "fake-1", "output", "type", "reasoning", "id", "rs_fake", "summary",
	    "type", "message", "id", "msg_fake", "role", "assistant", "status",
	    whole ? "completed" : "incomplete", "content", part, "usage",
	    "input_tokens", 100, "input_tokens_details", "cached_tokens", 0,
	    "output_tokens", 20, "output_tokens_details", "reasoning_tokens", 0,
	    "total_tokens", 120);
	json_object_set_new(o, "incomplete_details",
	    whole ? json_null() : json_pack("{s:s}", "reason", words(r)));
	return o;
}

/* ---- Anthropic messages ---- */

static const char *
anthropic_read(struct fake_asked *a)
{
	const json_t *system = json_object_get(a->o, "system");

	read_messages(a);
	a->system = system != NULL ? text_of(system) : "";
	if (!json_is_integer(json_object_get(a->o, "max_tokens")))
		return "max_tokens";
	return no_text(a);
}

static json_t *
anthropic_reply(const struct fake_reply *r)
{
	json_t *content = json_array();

	if (r->finish != FAKE_REFUSAL) {
		json_array_append_new(
		    content, json_pack("{s:s,s:s,s:s}", "type", "thinking",
				 "thinking", "hm", "signature", "x"));
		json_array_append_new(content,
		    json_pack("{s:s,s:s}", "type", "text", "text", r->content));
	}
	return json_pack("{s:s,s:s,s:s,s:s,s:o,s:s,s:n,s:{s:i,s:i,s:i,s:i}}",
	    "id", "msg_fake", "type", "message", "role", "assistant", "model",
	    "fake-1", "content", content, "stop_reason", words(r),
	    "stop_sequence", "usage", "input_tokens", 60, "output_tokens", 20,
	    "cache_creation_input_tokens", 30, "cache_read_input_tokens", 10);
}

static json_t *
anthropic_error(const struct fake_reply *r, int status, const char *name,
    const char *message)
{
	(void)r;
	(void)status;
	return json_pack("{s:s,s:{s:s,s:s},s:s}", "type", "error", "error",
	    "type", name, "message", message, "request_id", "req_fake");
}

/* ---- Gemini generateContent ---- */

static const char *
first_part(const json_t *content)
{
	return text_of(json_object_get(content, "parts"));
}

static const char *
gemini_read(struct fake_asked *a)
{
	const json_t *config = json_object_get(a->o, "generationConfig");
	const json_t *system = json_object_get(a->o, "systemInstruction");

	a->system = system != NULL ? first_part(system) : "";
	a->user =
	    first_part(json_array_get(json_object_get(a->o, "contents"), 0));
	a->seed = json_integer_value(json_object_get(config, "seed"));
	a->logprobs = json_is_true(json_object_get(config, "responseLogprobs"));
	if (json_object_get(config, "responseJsonSchema") != NULL &&
	    json_object_get(config, "responseMimeType") == NULL)
		return "responseMimeType";
	return no_text(a);
}

/* From the shape of chat completions. */
static json_t *
gemini_logprobs(const json_t *logprobs)
{
	const json_t *token =
	    json_array_get(json_object_get(logprobs, "content"), 0);
	json_t *list = json_array(), *one;
	size_t i;

	json_array_foreach(json_object_get(token, "top_logprobs"), i, one)
		json_array_append_new(
		    list, json_pack("{s:O,s:O}", "token",
			      json_object_get(one, "token"), "logProbability",
			      json_object_get(one, "logprob")));
	return json_pack("{s:[{s:O,s:O}],s:[{s:o}]}", "chosenCandidates",
	    "token", json_object_get(token, "token"), "logProbability",
	    json_object_get(token, "logprob"), "topCandidates", "candidates",
	    list);
}

static json_t *
gemini_reply(const struct fake_reply *r)
{
	json_t *candidate, *o;

	o = json_pack("{s:s,s:{s:i,s:i,s:i,s:i}}", "modelVersion", "fake-1",
	    "usageMetadata", "promptTokenCount", 100, "candidatesTokenCount",
	    15, "thoughtsTokenCount", 5, "totalTokenCount", 120);
	if (r->finish == FAKE_REFUSAL) {
		json_object_set_new(o, "promptFeedback",
		    json_pack("{s:s}", "blockReason", words(r)));
		return o;
	}
	candidate = json_pack("{s:i,s:{s:s,s:[{s:s,s:b},{s:s}]},s:s}", "index",
	    0, "content", "role", "model", "parts", "text", "hm", "thought", 1,
	    "text", r->content, "finishReason", words(r));
	if (r->logprobs != NULL)
		json_object_set_new(
		    candidate, "logprobsResult", gemini_logprobs(r->logprobs));
	json_object_set_new(o, "candidates", json_pack("[o]", candidate));
	return o;
}

static json_t *
gemini_error(const struct fake_reply *r, int status, const char *name,
    const char *message)
{
	json_t *details = json_array(), *e;

	if (r->error == FAKE_RATE && r->retry_after != NULL)
		json_array_append_new(
		    details, json_pack("{s:s,s:s++}", "@type",
				 "type.googleapis.com/google.rpc.RetryInfo",
				 "retryDelay", r->retry_after, "s", ""));
	if (r->error == FAKE_KEY || r->error == FAKE_QUOTA)
		json_array_append_new(details,
		    json_pack("{s:s,s:s}", "@type",
			"type.googleapis.com/google.rpc.ErrorInfo", "reason",
			r->error == FAKE_KEY ? "API_KEY_INVALID"
					     : "BILLING_DISABLED"));
	e = json_pack("{s:i,s:s,s:s,s:o}", "code", status, "message", message,
	    "status", name, "details", details);
	return json_pack("{s:o}", "error", e);
}

/* ---- Ollama ---- */

static const char *
ollama_read(struct fake_asked *a)
{
	const json_t *stream = json_object_get(a->o, "stream");

	read_messages(a);
	a->seed = json_integer_value(
	    json_object_get(json_object_get(a->o, "options"), "seed"));
	a->logprobs = json_is_true(json_object_get(a->o, "logprobs"));
	if (!json_is_false(stream)) /* it would stream */
		return "stream";
	return no_text(a);
}

static json_t *
ollama_reply(const struct fake_reply *r)
{
	json_t *o = json_pack("{s:s,s:s,s:{s:s,s:s},s:b,s:s,s:i,s:i,s:i}",
	    "model", "fake-1", "created_at", "2026-11-23T00:00:00Z", "message",
	    "role", "assistant", "content", r->content, "done", 1,
	    "done_reason", words(r), "prompt_eval_count", 100, "eval_count", 20,
	    "total_duration", 1000000);

	if (r->logprobs != NULL)
		json_object_set(
		    o, "logprobs", json_object_get(r->logprobs, "content"));
	return o;
}

static json_t *
ollama_error(const struct fake_reply *r, int status, const char *name,
    const char *message)
{
	(void)r;
	(void)status;
	(void)name;
	return json_pack("{s:s}", "error", message);
}

/* ---- the table ---- */

/* clang-format off */
/* OpenAI's, whatever the interface. */
#define OPENAI_ERRORS                                                          \
	{ [FAKE_RATE] = { 429, "rate_limit_exceeded" },                        \
	  [FAKE_QUOTA] = { 429, "insufficient_quota" },                        \
	  [FAKE_KEY] = { 401, "invalid_api_key" },                             \
	  [FAKE_SERVER] = { 500, "server_error" },                             \
	  [FAKE_OVERLOADED] = { 529, "server_is_overloaded" },                 \
	  [FAKE_INSIDE] = { 200, "server_error" },                             \
	  [FAKE_PARAMETER] = { 400, "unsupported_parameter" },                 \
	  [FAKE_INVALID] = { 400, "invalid_request" } }
const struct fake_dialect fake_dialects[] = {
	{ "openai", "/v1/chat", "/completions",
	    openai_read, openai_reply, openai_error,
	    OPENAI_ERRORS,
	    { "stop", "length", "content_filter", "stop" },
	    " model messages temperature seed stop n max_tokens max_completion_tokens"
	    " response_format logprobs top_logprobs stream top_p " },
	{ "openai-responses", "/v1", "/responses",
	    responses_read, responses_reply, openai_error,
	    OPENAI_ERRORS,
	    { "completed", "max_output_tokens", "content_filter", "completed" },
	    " model instructions input max_output_tokens temperature top_p text"
	    " reasoning store stream include top_logprobs " },
	{ "anthropic", "/v1", "/messages",
	    anthropic_read, anthropic_reply, anthropic_error,
	    { [FAKE_RATE] = { 429, "rate_limit_error" },
	      [FAKE_QUOTA] = { 400, "billing_error" },
	      [FAKE_KEY] = { 401, "authentication_error" },
	      [FAKE_SERVER] = { 500, "api_error" },
	      [FAKE_OVERLOADED] = { 529, "overloaded_error" },
	      [FAKE_INSIDE] = { 200, "api_error" },
	      [FAKE_PARAMETER] = { 400, "invalid_request_error" },
	      [FAKE_INVALID] = { 400, "invalid_request_error" } },
	    { "end_turn", "max_tokens", "refusal", "refusal" },
	    " model max_tokens system messages temperature top_p top_k stop_sequences"
	    " stream output_config metadata thinking " },
	{ "gemini", "/v1beta/models/", ":generateContent",
	    gemini_read, gemini_reply, gemini_error,
	    { [FAKE_RATE] = { 429, "RESOURCE_EXHAUSTED" },
	      [FAKE_QUOTA] = { 403, "PERMISSION_DENIED" },
	      [FAKE_KEY] = { 400, "INVALID_ARGUMENT" },
	      [FAKE_SERVER] = { 500, "INTERNAL" },
	      [FAKE_OVERLOADED] = { 503, "UNAVAILABLE" },
	      [FAKE_INSIDE] = { 200, "INTERNAL" },
	      [FAKE_PARAMETER] = { 400, "INVALID_ARGUMENT" },
	      [FAKE_INVALID] = { 400, "INVALID_ARGUMENT" } },
	    { "STOP", "MAX_TOKENS", "SAFETY", "PROHIBITED_CONTENT" },
	    " systemInstruction contents generationConfig safetySettings " },
	/* It knows neither filters nor refusals. */
	{ "ollama", "/api", "/chat",
	    ollama_read, ollama_reply, ollama_error,
	    { [FAKE_RATE] = { 429, "" }, [FAKE_QUOTA] = { 402, "" },
	      [FAKE_KEY] = { 401, "" }, [FAKE_SERVER] = { 500, "" },
	      [FAKE_OVERLOADED] = { 503, "" }, [FAKE_INSIDE] = { 200, "" },
	      [FAKE_PARAMETER] = { 400, "" }, [FAKE_INVALID] = { 400, "" } },
	    { "stop", "length", "stop", "stop" },
	    " model messages stream format options keep_alive think logprobs top_logprobs tools " },
	{ .name = NULL },
};
/* clang-format on */

const struct fake_dialect *
fake_dialect_at(const char *path)
{
	const struct fake_dialect *d;
	size_t n = strlen(path), first, last;

	for (d = fake_dialects; d->name != NULL; d++) {
		first = strlen(d->prefix);
		last = strlen(d->suffix);
		if (n >= first + last && strncmp(path, d->prefix, first) == 0 &&
		    strcmp(path + n - last, d->suffix) == 0 &&
		    (n == first + last || d->prefix[first - 1] == '/'))
			return d;
	}
	return NULL;
}

/* ---- what goes out ---- */

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static json_t *
error_of(struct fake_reply *r)
{
	const struct fake_dialect *d = r->asked->dialect;
	char *message = xasprintf(
	    messages[r->error], r->parameter != NULL ? r->parameter : "");
	int status = r->status != 0 ? r->status : d->errors[r->error].status;
	json_t *o = d->error(r, r->error == FAKE_INSIDE ? 503 : status,
	    d->errors[r->error].name, message);

	free(message);
	r->status = status;
	return o;
}
#pragma GCC diagnostic pop

char *
fake_render(struct fake_reply *r)
{
	json_t *o;
	char *text;

	if (r->body != NULL) {
		r->status = r->status != 0 ? r->status : 200;
		return xstrdup(r->body);
	}
	if (r->error != FAKE_FINE)
		o = error_of(r);
	else {
		o = r->asked->dialect->reply(r);
		r->status = 200;
	}
	text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return text;
}

bool
fake_holds(const json_t *o, const char *member)
{
	const char *key;
	json_t *v;

	if (json_object_get(o, member) != NULL)
		return true;
	json_object_foreach((json_t *)o, key, v)
		if (json_is_object(v) && fake_holds(v, member))
			return true;
	return false;
}

/* ---- embeddings ---- */

static json_t *
vector_of(const char *text)
{
	json_t *v = json_array();
	int i, counts[4] = {1, 0, 0, 0};

	for (; *text != '\0'; text++)
		counts[(unsigned char)*text % 4]++;
	for (i = 0; i < 4; i++)
		json_array_append_new(v, json_real(counts[i]));
	return v;
}

static json_t *
vectors(const json_t *texts, const char *member)
{
	json_t *list = json_array(), *one;
	size_t i;

	json_array_foreach(texts, i, one) {
		const char *s =
		    json_is_object(one)
			? first_part(json_object_get(one, "content"))
			: json_string_value(one);
		json_t *v = vector_of(s != NULL ? s : "");

		json_array_append_new(
		    list, member == NULL
			      ? v
			      : json_pack("{s:s,s:i,s:o}", "object",
				    "embedding", "index", (int)i, member, v));
	}
	return list;
}

/* Floats in little-endian order, in base64. */
static json_t *
packed(const json_t *vector)
{
	size_t n = json_array_size(vector), i;
	unsigned char *raw = xcalloc(n + 1, 4), *out = xcalloc(n + 1, 8);
	json_t *text;
	uint32_t bits;
	float f;

	for (i = 0; i < n; i++) {
		f = (float)json_number_value(json_array_get(vector, i));
		memcpy(&bits, &f, 4);
		bits = htole32(bits);
		memcpy(raw + 4 * i, &bits, 4);
	}
	EVP_EncodeBlock(out, raw, (int)(4 * n));
	text = json_string((const char *)out);
	free(raw);
	free(out);
	return text;
}

static json_t *
openai_vectors(const json_t *request)
{
	const char *format =
	    json_string_value(json_object_get(request, "encoding_format"));
	json_t *list = vectors(json_object_get(request, "input"), "embedding");
	json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
		if (format != NULL && strcmp(format, "base64") == 0)
			json_object_set_new(one, "embedding",
			    packed(json_object_get(one, "embedding")));
	return list;
}

json_t *
fake_embeddings(const char *path, const json_t *request)
{
	const json_t *input = json_object_get(request, "input");

	if (strcmp(path, "/v1/embeddings") == 0)
		return json_pack("{s:s,s:o,s:s,s:{s:i,s:i}}", "object", "list",
		    "data", openai_vectors(request), "model", "fake-1", "usage",
		    "prompt_tokens", 8, "total_tokens", 8);
	if (strcmp(path, "/api/embed") == 0)
		return json_pack("{s:s,s:o,s:i}", "model", "fake-1",
		    "embeddings", vectors(input, NULL), "prompt_eval_count", 8);
	if (strncmp(path, "/v1beta/models/", 15) == 0 &&
	    strstr(path, ":batchEmbedContents") != NULL)
		return json_pack("{s:o}", "embeddings",
		    vectors(json_object_get(request, "requests"), "values"));
	return NULL;
}

/* ---- packed ---- */

static uint32_t
crc_of(const unsigned char *p, size_t n)
{
	uint32_t crc = 0xffffffff;
	int k;

	while (n-- > 0) {
		crc ^= *p++;
		for (k = 0; k < 8; k++)
			crc = (crc >> 1) ^ (0xedb88320 & (0 - (crc & 1)));
	}
	return ~crc;
}

static void
add_little(struct buf *b, uint32_t v, int n)
{
	for (; n > 0; n--, v >>= 8)
		buf_addc(b, (char)(v & 0xff));
}

char *
fake_gzip(const char *bytes, size_t len, size_t *outlen)
{
	static const char head[10] = {0x1f, (char)0x8b, 8, 0, 0, 0, 0, 0, 0, 3};
	struct buf b = {0};
	size_t at, n;

	buf_add(&b, head, sizeof head);
	for (at = 0; at < len; at += n) {
		n = len - at > 65535 ? 65535 : len - at;
		buf_addc(&b, at + n == len);
		add_little(&b, (uint32_t)n, 2);
		add_little(&b, ~(uint32_t)n, 2);
		buf_add(&b, bytes + at, n);
	}
	add_little(&b, crc_of((const unsigned char *)bytes, len), 4);
	add_little(&b, (uint32_t)len, 4);
	*outlen = b.len;
	return buf_take(&b);
}
