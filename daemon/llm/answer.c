/*
 * Reads replies: what all dialects have in common.  A status, an error's name
 * and the word for how a reply ended each are a row of one table, for their
 * words do not clash.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "llm/dialect.h"

#define ROWS(table) (sizeof(table) / sizeof(*(table)))

/* clang-format off */
static const struct {
	int from, to;
	enum outcome outcome;
	const char *why;
} statuses[] = {
	{ 200, 299, OUTCOME_OK, NULL },
	{ 300, 399, OUTCOME_CONFIG, "redirect" },
	{ 401, 401, OUTCOME_AUTH, "key_refused" },
	{ 402, 402, OUTCOME_QUOTA, "billing" },
	{ 403, 403, OUTCOME_AUTH, "forbidden" },
	{ 408, 409, OUTCOME_UNAVAILABLE, "busy" },
	{ 429, 429, OUTCOME_RATE, "too_many_requests" },
	{ 400, 499, OUTCOME_CONFIG, "request_refused" },
	{ 500, 599, OUTCOME_UNAVAILABLE, "server_error" },
};

/* Names of errors, be they its code, type, status or reason.  Some say more
 * than the status they come with; others only stand in for it, and count only
 * inside a 200. */
static const struct {
	const char *name;
	enum outcome outcome;
	const char *why;
	bool inside; /* counts only inside a 200 */
} errors[] = {
	{ "insufficient_quota", OUTCOME_QUOTA, "quota", false },
	{ "billing_hard_limit_reached", OUTCOME_QUOTA, "billing", false },
	{ "billing_not_active", OUTCOME_QUOTA, "billing", false },
	{ "billing_error", OUTCOME_QUOTA, "billing", false },
	{ "BILLING_DISABLED", OUTCOME_QUOTA, "billing", false },
	{ "content_filter", OUTCOME_REFUSAL, "content_filter", false },
	{ "content_policy_violation", OUTCOME_REFUSAL, "content_filter", false },
	{ "rate_limit_exceeded", OUTCOME_RATE, "too_many_requests", false },
	{ "slow_down", OUTCOME_RATE, "too_many_requests", false },
	{ "invalid_api_key", OUTCOME_AUTH, "key_refused", false },
	{ "API_KEY_INVALID", OUTCOME_AUTH, "key_refused", false },
	{ "context_length_exceeded", OUTCOME_CONFIG, "prompt_too_long", false },
	{ "exceed_context_size_error", OUTCOME_CONFIG, "prompt_too_long", false },
	{ "overloaded_error", OUTCOME_UNAVAILABLE, "overloaded", false },
	{ "server_is_overloaded", OUTCOME_UNAVAILABLE, "overloaded", false },
	{ "rate_limit_error", OUTCOME_RATE, "too_many_requests", true },
	{ "authentication_error", OUTCOME_AUTH, "key_refused", true },
	{ "permission_error", OUTCOME_AUTH, "forbidden", true },
	{ "not_found_error", OUTCOME_CONFIG, "request_refused", true },
	{ "invalid_request_error", OUTCOME_CONFIG, "request_refused", true },
	{ "request_too_large", OUTCOME_CONFIG, "prompt_too_long", true },
	{ "timeout_error", OUTCOME_UNAVAILABLE, "busy", true },
	{ "conflict_error", OUTCOME_UNAVAILABLE, "busy", true },
	{ "api_error", OUTCOME_UNAVAILABLE, "server_error", true },
	{ "server_error", OUTCOME_UNAVAILABLE, "server_error", true },
	{ "unavailable_error", OUTCOME_UNAVAILABLE, "server_error", true },
	{ "RESOURCE_EXHAUSTED", OUTCOME_RATE, "too_many_requests", true },
	{ "UNAUTHENTICATED", OUTCOME_AUTH, "key_refused", true },
	{ "PERMISSION_DENIED", OUTCOME_AUTH, "forbidden", true },
	{ "INVALID_ARGUMENT", OUTCOME_CONFIG, "request_refused", true },
	{ "FAILED_PRECONDITION", OUTCOME_CONFIG, "request_refused", true },
	{ "NOT_FOUND", OUTCOME_CONFIG, "request_refused", true },
	{ "UNAVAILABLE", OUTCOME_UNAVAILABLE, "server_error", true },
	{ "INTERNAL", OUTCOME_UNAVAILABLE, "server_error", true },
	{ "DEADLINE_EXCEEDED", OUTCOME_UNAVAILABLE, "busy", true },
};

/* How a reply ended; a word that is not here is as good as none. */
static const struct {
	const char *word;
	enum outcome outcome;
	const char *why;
} finishes[] = {
	{ "length", OUTCOME_LENGTH, "out_of_tokens" },
	{ "max_tokens", OUTCOME_LENGTH, "out_of_tokens" },
	{ "MAX_TOKENS", OUTCOME_LENGTH, "out_of_tokens" },
	{ "max_output_tokens", OUTCOME_LENGTH, "out_of_tokens" },
	{ "model_context_window_exceeded", OUTCOME_LENGTH, "out_of_context" },
	{ "content_filter", OUTCOME_REFUSAL, "content_filter" },
	{ "refusal", OUTCOME_REFUSAL, "refused" },
	{ "SAFETY", OUTCOME_REFUSAL, "content_filter" },
	{ "BLOCKLIST", OUTCOME_REFUSAL, "content_filter" },
	{ "PROHIBITED_CONTENT", OUTCOME_REFUSAL, "content_filter" },
	{ "SPII", OUTCOME_REFUSAL, "content_filter" },
	{ "MODEL_ARMOR", OUTCOME_REFUSAL, "content_filter" },
	{ "JAILBREAK", OUTCOME_REFUSAL, "content_filter" },
	{ "RECITATION", OUTCOME_REFUSAL, "recitation" },
	{ "LANGUAGE", OUTCOME_REFUSAL, "language" },
	{ "tool_calls", OUTCOME_PARSE, "not_a_text" },
	{ "function_call", OUTCOME_PARSE, "not_a_text" },
	{ "tool_use", OUTCOME_PARSE, "not_a_text" },
	{ "MALFORMED_FUNCTION_CALL", OUTCOME_PARSE, "not_a_text" },
	{ "pause_turn", OUTCOME_PARSE, "unfinished" },
	{ "OTHER", OUTCOME_PARSE, "unfinished" },
	{ "in_progress", OUTCOME_UNAVAILABLE, "unfinished" },
	{ "queued", OUTCOME_UNAVAILABLE, "unfinished" },
	{ "cancelled", OUTCOME_UNAVAILABLE, "unfinished" },
	{ "failed", OUTCOME_UNAVAILABLE, "server_error" },
	{ "load", OUTCOME_UNAVAILABLE, "loading" },
	{ "unload", OUTCOME_UNAVAILABLE, "loading" },
};

/* Parameters by the names that refusals call them. */
static const struct {
	const char *name;
	enum parameter parameter;
} parameters[] = {
	{ "temperature", PARAMETER_SAMPLING },
	{ "top_p", PARAMETER_SAMPLING },
	{ "top_k", PARAMETER_SAMPLING },
	{ "seed", PARAMETER_SAMPLING },
	{ "logprobs", PARAMETER_SAMPLING },
	{ "top_logprobs", PARAMETER_SAMPLING },
	{ "responseLogprobs", PARAMETER_SAMPLING },
	{ "response_logprobs", PARAMETER_SAMPLING },
	{ "max_tokens", PARAMETER_TOKENS },
	{ "max_completion_tokens", PARAMETER_TOKENS },
	{ "response_format", PARAMETER_FORMAT },
	{ "json_schema", PARAMETER_FORMAT },
	{ "json_object", PARAMETER_FORMAT },
	{ "output_config", PARAMETER_FORMAT },
	{ "responseJsonSchema", PARAMETER_FORMAT },
	{ "response_json_schema", PARAMETER_FORMAT },
	{ "responseMimeType", PARAMETER_FORMAT },
	{ "response_mime_type", PARAMETER_FORMAT },
};

/* That a parameter is not known at all, not that its value is too much. */
static const char *const unknown[] = {
	"unsupported", "not supported", "unknown", "unrecognized", "unexpected",
	"not permitted", "not allowed", "instead",
};
/* clang-format on */

void
answer_init(struct answer *a)
{
	memset(a, 0, sizeof(*a));
	a->outcome = OUTCOME_CANCELLED;
	a->retry_after_ms = -1;
	a->facts.ms = -1;
	a->facts.prompt_tokens = a->facts.completion_tokens = -1;
}

void
answer_clear(struct answer *a)
{
	free(a->text);
	answer_init(a);
}

static void
settle(struct answer *a, enum outcome outcome, const char *why)
{
	a->outcome = outcome;
	a->why = why;
}

static void
read_status(struct answer *a, int status)
{
	a->status = status;
	settle(a, OUTCOME_UNAVAILABLE, "strange_status");
	for (size_t i = 0; i < ROWS(statuses); i++)
		if (status >= statuses[i].from && status <= statuses[i].to) {
			settle(a, statuses[i].outcome, statuses[i].why);
			return;
		}
}

/* ---- errors ---- */

static void
read_name(const char *name, bool inside, struct answer *a)
{
	if (name == NULL)
		return;
	answer_identifier(a->detail, sizeof(a->detail), name);
	for (size_t i = 0; i < ROWS(errors); i++)
		if (strcmp(errors[i].name, name) == 0 &&
		    (inside || !errors[i].inside))
			settle(a, errors[i].outcome, errors[i].why);
}

/* A code may be a status (llama.cpp, OpenRouter, Google), a name or missing. */
static void
read_number(const json_t *code, bool inside, struct answer *a)
{
	json_int_t n = json_integer_value(code);
	int status = a->status;

	if (inside && n >= 400 && n <= 599) {
		read_status(a, (int)n);
		a->status = status;
	}
}

/* Google's "17s" or "0.5s", in milliseconds; -1. */
static int64_t
read_delay(const char *text)
{
	double seconds;
	char *end;

	if (text == NULL || text[0] < '0' || text[0] > '9')
		return -1;
	seconds = strtod(text, &end);
	if (strcmp(end, "s") != 0 || !(seconds >= 0))
		return -1;
	return seconds > 86400 ? 86400000 : (int64_t)(seconds * 1000);
}

/* Google's details: how long to wait, and the reason behind a status. */
static void
read_details(const json_t *details, bool inside, struct answer *a)
{
	const json_t *one;
	int64_t ms;
	size_t i;

	json_array_foreach(details, i, one) {
		ms = read_delay(take_string(one, "retryDelay"));
		if (ms >= 0)
			a->retry_after_ms = ms;
		read_name(take_string(one, "reason"), inside, a);
	}
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_';
}

/* Whether the word stands in the text, whole. */
static bool
names(const char *text, const char *word)
{
	size_t n = strlen(word);
	const char *at;

	for (at = strstr(text, word); at != NULL; at = strstr(at + 1, word))
		if (!is_letter(at[n]) && (at == text || !is_letter(at[-1])))
			return true;
	return false;
}

static bool
is_unknown(const char *text)
{
	for (size_t i = 0; i < ROWS(unknown); i++)
		if (strcasestr(text, unknown[i]) != NULL)
			return true;
	return false;
}

/* Which parameters a refused request is refused for.  A bound of the reply
 * may also be refused for being too high: only where it is unknown, another
 * name helps. */
static void
read_refused(const json_t *error, struct answer *a)
{
	const char *param = take_string(error, "param");
	const char *message = take_string(error, "message");
	const char *code = take_string(error, "code");

	if (message == NULL)
		message = json_string_value(error);
	if (message == NULL)
		message = "";
	if (param == NULL || param[0] == '\0')
		param = message;
	for (size_t i = 0; i < ROWS(parameters); i++)
		if (names(param, parameters[i].name))
			a->refused |= parameters[i].parameter;
	if (!is_unknown(message) && !is_unknown(code != NULL ? code : ""))
		a->refused &= ~(unsigned)PARAMETER_TOKENS;
}

static void
read_error(const json_t *error, struct answer *a)
{
	bool inside = a->outcome == OUTCOME_OK;

	if (inside)
		settle(a, OUTCOME_UNAVAILABLE, "error_in_reply");
	/* The later says more. */
	read_number(json_object_get(error, "code"), inside, a);
	read_name(take_string(error, "status"), inside, a);
	read_name(take_string(error, "type"), inside, a);
	read_name(take_string(error, "code"), inside, a);
	read_details(json_object_get(error, "details"), inside, a);
	if (a->outcome == OUTCOME_CONFIG && a->why != NULL &&
	    strcmp(a->why, "request_refused") == 0)
		read_refused(error, a);
}

/* ---- replies ---- */

static void
settle_finish(struct answer *a, const struct taken *t)
{
	for (size_t i = 0; t->finish != NULL && i < ROWS(finishes); i++)
		if (strcmp(finishes[i].word, t->finish) == 0) {
			settle(a, finishes[i].outcome, finishes[i].why);
			break;
		}
	if (t->refused && a->outcome != OUTCOME_REFUSAL)
		settle(a, OUTCOME_REFUSAL, "refused");
	/* A rating that goes on has been given. */
	if (a->outcome == OUTCOME_LENGTH && a->facts.alternatives.n > 0)
		settle(a, OUTCOME_OK, NULL);
	if (a->outcome == OUTCOME_OK && t->text.len == 0)
		settle(a, OUTCOME_PARSE, "empty");
}

static void
read_reply(const struct provider *p, const json_t *o, struct answer *a)
{
	struct taken t = {.facts = &a->facts};

	p->take(o, &t);
	if (!t.found) {
		settle(a, OUTCOME_PARSE,
		    o == NULL ? "not_json" : "not_the_dialect");
		buf_free(&t.text);
		return;
	}
	if (a->facts.model[0] == '\0')
		take_identifier(
		    a->facts.model, sizeof(a->facts.model), o, "model");
	answer_identifier(a->facts.finish, sizeof(a->facts.finish), t.finish);
	settle_finish(a, &t);
	if (a->outcome == OUTCOME_OK)
		a->text = buf_take(&t.text);
	buf_free(&t.text);
}

/* The error in a reply: under its name, or the whole where the status says
 * that there is one (older vLLM); NULL. */
static const json_t *
find_error(const json_t *o, int status)
{
	const json_t *error = json_object_get(o, "error");

	if (error != NULL && !json_is_null(error))
		return error;
	return status >= 400 ? o : NULL;
}

json_t *
answer_open(int status, const char *body, size_t len, struct answer *a)
{
	struct err err;
	json_t *o = json_read(body, len, &err);
	const json_t *error = find_error(o, status);

	read_status(a, status);
	if (error != NULL)
		read_error(error, a);
	return o;
}

void
answer_read(const struct provider *p, int status, const char *body, size_t len,
    struct answer *a)
{
	json_t *o = answer_open(status, body, len, a);

	if (a->outcome == OUTCOME_OK)
		read_reply(p, o, a);
	json_decref(o);
}

/* ---- what the dialects take out ---- */

void
answer_identifier(char *out, size_t size, const char *s)
{
	size_t i = 0;

	for (; s != NULL && s[i] != '\0' && i + 1 < size; i++)
		out[i] = s[i] > ' ' && s[i] <= '~' ? s[i] : '?';
	out[i] = '\0';
}

const char *
take_string(const json_t *o, const char *member)
{
	return json_string_value(json_object_get(o, member));
}

void
take_identifier(char *out, size_t size, const json_t *o, const char *member)
{
	answer_identifier(out, size, take_string(o, member));
}

int64_t
take_count(const json_t *o, const char *member)
{
	const json_t *v = json_object_get(o, member);

	return json_is_integer(v) && json_integer_value(v) >= 0 &&
		       json_integer_value(v) <= JSON_INT_MAX
		   ? json_integer_value(v)
		   : -1;
}

int64_t
take_sum(const json_t *o, const char *const *members)
{
	int64_t sum = -1, one;

	for (; *members != NULL; members++) {
		one = take_count(o, *members);
		if (one >= 0 && sum <= JSON_INT_MAX - one)
			sum = (sum < 0 ? 0 : sum) + one;
	}
	return sum;
}

void
take_text(struct taken *t, const json_t *text)
{
	if (json_is_string(text))
		buf_add(&t->text, json_string_value(text),
		    json_string_length(text));
}

size_t
take_first_token(const json_t *tokens)
{
	const json_t *token;
	const char *text;
	size_t i;

	json_array_foreach(tokens, i, token) {
		text = take_string(token, "token");
		if (text != NULL && text[strspn(text, " \t\r\n")] != '\0')
			return i;
	}
	return SIZE_MAX;
}

void
take_alternatives(struct taken *t, const json_t *list, const char *logarithm)
{
	const json_t *one, *value;
	const char *text;
	size_t i;

	json_array_foreach(list, i, one) {
		text = take_string(one, "token");
		value = json_object_get(one, logarithm);
		if (text != NULL && json_is_number(value))
			alternatives_add(&t->facts->alternatives, text,
			    json_number_value(value));
	}
}
