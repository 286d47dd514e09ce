/*
 * OpenAI chat completions: the dialect that vLLM, llama.cpp, LM Studio, Ollama
 * (/v1), OpenRouter and others speak too.  Each leaves out something of the
 * response, so nothing but the text is relied on.
 */
#include "llm/provider.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

char *
openai_url(const struct endpoint *e)
{
	return xasprintf("%s/chat/completions", e->url);
}

/* ---- the request ---- */

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

char *
openai_body(const struct endpoint *e, const struct prompt *p)
{
	json_t *o;
	char *body;

	o = json_pack("{s:s,s:[{s:s,s:s},{s:s,s:s}],s:I,s:b}", "model",
	    e->model, "messages", "role", "system", "content", p->system,
	    "role", "user", "content", p->user, tokens_names[e->tokens_name],
	    (json_int_t)p->tokens, "stream", 0);
	if (e->sampling) {
		if (p->temperature >= 0)
			json_object_set_new(o, "temperature",
			    json_real((double)p->temperature / 1000));
		json_object_set_new(o, "seed", json_integer(p->seed));
	}
	if (p->alternatives > 0) {
		json_object_set_new(o, "logprobs", json_true());
		json_object_set_new(
		    o, "top_logprobs", json_integer(p->alternatives));
	}
	if (formats[e->format] != NULL && p->schema != NULL)
		json_object_set_new(
		    o, "response_format", formats[e->format](p));
	body = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(6));
	json_decref(o);
	return body;
}

/* ---- the response ---- */

/* Codes and types of errors that say more than their status. */
static const struct {
	const char *code;
	enum outcome outcome;
	const char *why;
} codes[] = {
    {"insufficient_quota", OUTCOME_QUOTA, "quota"},
    {"billing_hard_limit_reached", OUTCOME_QUOTA, "billing"},
    {"content_filter", OUTCOME_REFUSAL, "content_filter"},
    {"content_policy_violation", OUTCOME_REFUSAL, "content_filter"},
    {"rate_limit_exceeded", OUTCOME_RATE, "too_many_requests"},
    {"slow_down", OUTCOME_RATE, "too_many_requests"},
    {"invalid_api_key", OUTCOME_AUTH, "key_refused"},
    {"context_length_exceeded", OUTCOME_CONFIG, "prompt_too_long"},
};

/* A code may be a string, a number (llama.cpp, OpenRouter) or missing. */
static void
read_code(const json_t *code, struct answer *a)
{
	const char *s = json_string_value(code);
	json_int_t n = json_integer_value(code);

	if (json_is_integer(code) && n >= 400 && n <= 599 && a->status < 400) {
		answer_status(a, (int)n);
		a->status = 200;
	}
	for (size_t i = 0; s != NULL && i < sizeof(codes) / sizeof(*codes); i++)
		if (strcmp(codes[i].code, s) == 0) {
			a->outcome = codes[i].outcome;
			a->why = codes[i].why;
		}
	if (s != NULL && a->detail[0] == '\0')
		answer_identifier(a->detail, sizeof(a->detail), s);
}

static void
read_error(const json_t *error, struct answer *a)
{
	if (a->outcome == OUTCOME_OK) { /* an error inside a 200 */
		a->outcome = OUTCOME_UNAVAILABLE;
		a->why = "error_in_reply";
	}
	if (!json_is_object(error))
		return;
	read_code(json_object_get(error, "type"), a);
	a->detail[0] = '\0';
	read_code(json_object_get(error, "code"), a);
}

static int64_t
count_of(const json_t *usage, const char *name)
{
	const json_t *v = json_object_get(usage, name);

	return json_is_integer(v) && json_integer_value(v) >= 0 &&
		       json_integer_value(v) <= JSON_INT_MAX
		   ? json_integer_value(v)
		   : -1;
}

static void
read_facts(const json_t *o, const json_t *choice, struct reply_facts *f)
{
	const json_t *usage = json_object_get(o, "usage");

	answer_identifier(f->model, sizeof(f->model),
	    json_string_value(json_object_get(o, "model")));
	answer_identifier(f->fingerprint, sizeof(f->fingerprint),
	    json_string_value(json_object_get(o, "system_fingerprint")));
	answer_identifier(f->finish, sizeof(f->finish),
	    json_string_value(json_object_get(choice, "finish_reason")));
	f->prompt_tokens = count_of(usage, "prompt_tokens");
	f->completion_tokens = count_of(usage, "completion_tokens");
}

/* content: a text, or a list of parts of which those of text count. */
static char *
read_content(const json_t *content)
{
	struct buf b = {0};
	const json_t *part, *text;
	size_t i;

	if (json_is_string(content))
		return xstrdup(json_string_value(content));
	json_array_foreach(content, i, part) {
		text = json_object_get(part, "text");
		if (json_is_string(text))
			buf_adds(&b, json_string_value(text));
	}
	return buf_take(&b);
}

/* The first token that is more than white space. */
static const json_t *
first_token(const json_t *choice)
{
	const json_t *tokens =
	    json_object_get(json_object_get(choice, "logprobs"), "content");
	const json_t *token;
	const char *text;
	size_t i;

	json_array_foreach(tokens, i, token) {
		text = json_string_value(json_object_get(token, "token"));
		if (text != NULL && text[strspn(text, " \t\r\n")] != '\0')
			return token;
	}
	return NULL;
}

/* What a provider leaves out is as if it had not been asked for. */
static void
read_alternatives(const json_t *choice, struct alternatives *a)
{
	const json_t *list =
	    json_object_get(first_token(choice), "top_logprobs");
	const json_t *one, *logarithm;
	const char *text;
	size_t i;

	json_array_foreach(list, i, one) {
		text = json_string_value(json_object_get(one, "token"));
		logarithm = json_object_get(one, "logprob");
		if (text != NULL && json_is_number(logarithm))
			alternatives_add(a, text, json_number_value(logarithm));
	}
}

static void
not_ok(struct answer *a, enum outcome outcome, const char *why)
{
	a->outcome = outcome;
	a->why = why;
}

static void
read_choice(const json_t *choice, struct answer *a)
{
	const json_t *message = json_object_get(choice, "message");
	const json_t *refusal = json_object_get(message, "refusal");

	a->text = read_content(json_object_get(message, "content"));
	if (strcmp(a->facts.finish, "content_filter") == 0)
		not_ok(a, OUTCOME_REFUSAL, "content_filter");
	else if (json_is_string(refusal) && json_string_length(refusal) > 0)
		not_ok(a, OUTCOME_REFUSAL, "refused");
	/* A rating that goes on has been given. */
	else if (strcmp(a->facts.finish, "length") == 0 &&
		 a->facts.alternatives.n == 0)
		not_ok(a, OUTCOME_LENGTH, "out_of_tokens");
	else if (a->text == NULL || a->text[0] == '\0')
		not_ok(a, OUTCOME_PARSE, "empty");
}

void
openai_read(int status, const char *body, size_t len, struct answer *a)
{
	const json_t *error, *choice;
	struct err err;
	json_t *o = json_read(body, len, &err);

	answer_status(a, status);
	error = json_object_get(o, "error");
	if (error != NULL && !json_is_null(error))
		read_error(error, a);
	else if (a->outcome == OUTCOME_OK) {
		choice = json_array_get(json_object_get(o, "choices"), 0);
		if (!json_is_object(choice))
			not_ok(a, OUTCOME_PARSE,
			    o == NULL ? "not_json" : "not_the_dialect");
		else {
			read_facts(o, choice, &a->facts);
			read_alternatives(choice, &a->facts.alternatives);
			read_choice(choice, a);
		}
	}
	json_decref(o);
	if (a->outcome == OUTCOME_OK)
		return;
	free(a->text);
	a->text = NULL;
}
