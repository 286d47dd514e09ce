#include "llm/provider.h"

#include <stdlib.h>
#include <string.h>

/* clang-format off */
const struct provider providers[] = {
	{ "openai", "OpenAI chat completions, and what speaks like it",
	    openai_url, openai_body, "Authorization: Bearer %s", openai_read },
	{ ENDPOINT_OFFLINE, "the built-in drafter: no language model, no network",
	    NULL, NULL, NULL, NULL },
	{ .name = NULL },
};

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

void
answer_status(struct answer *a, int status)
{
	a->status = status;
	a->outcome = OUTCOME_UNAVAILABLE;
	a->why = "strange_status";
	for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++)
		if (status >= statuses[i].from && status <= statuses[i].to) {
			a->outcome = statuses[i].outcome;
			a->why = statuses[i].why;
			return;
		}
}

void
answer_identifier(char *out, size_t size, const char *s)
{
	size_t i = 0;

	for (; s != NULL && s[i] != '\0' && i + 1 < size; i++)
		out[i] = s[i] > ' ' && s[i] <= '~' ? s[i] : '?';
	out[i] = '\0';
}
