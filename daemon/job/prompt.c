#include "job/prompt.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

static char *
fill(const char *part, const struct job *job, const struct prompt_marks *marks)
{
	struct buf b = {0};

	template_fill(part, job, marks, &b);
	return buf_take(&b);
}

static json_t *
draft_schema(const struct job *job)
{
	(void)job;
	return json_pack("{s:s}", "type", "string");
}

/* Which numbers may stand there; that each stands there once is checked when
 * the reply is read, for no provider can promise it. */
static json_t *
ranking_schema(const struct job *job)
{
	json_t *numbers = json_array();

	for (size_t i = 0; i < job->ncandidates; i++)
		json_array_append_new(numbers, json_integer((json_int_t)i + 1));
	return json_pack("{s:s,s:{s:s,s:o}}", "type", "array", "items", "type",
	    "integer", "enum", numbers);
}

/* What the reply to each template holds. */
static const struct {
	bool reasoning;
	const char *member; /* NULL: a digit, and nothing of JSON */
	json_t *(*schema)(const struct job *job);
} results[TEMPLATES] = {
    [TEMPLATE_DRAFT] = {true, "statement", draft_schema},
    [TEMPLATE_REVISE] = {true, "statement", draft_schema},
    [TEMPLATE_PREDICT] = {true, "ranking", ranking_schema},
    [TEMPLATE_ORDER] = {false, "ranking", ranking_schema},
    [TEMPLATE_RATE] = {false, NULL, NULL},
};

static json_t *
schema_of(const struct job *job)
{
	enum template_kind kind = template_of(job);
	const char *member = results[kind].member;
	json_t *properties = json_object(), *required = json_array();

	if (results[kind].reasoning) {
		json_object_set_new(properties, "reasoning",
		    json_pack("{s:s}", "type", "string"));
		json_array_append_new(required, json_string("reasoning"));
	}
	json_object_set_new(properties, member, results[kind].schema(job));
	json_array_append_new(required, json_string(member));
	return json_pack("{s:s,s:o,s:o,s:b}", "type", "object", "properties",
	    properties, "required", required, "additionalProperties", 0);
}

void
prompt_render(const struct job_template *t, const struct job *job,
    const struct prompt_marks *marks, int attempt, struct prompt *out)
{
	struct digest_part parts[2];
	uint64_t seed = strtoull(job->seed, NULL, 16);

	memset(out, 0, sizeof(*out));
	out->system = fill(t->system, job, marks);
	out->user = fill(t->user, job, marks);
	out->name = template_names[t->kind];
	if (results[template_of(job)].schema != NULL)
		out->schema = schema_of(job);
	if (job->kind == JOB_PREDICT && predictors[job->method].logprobs)
		out->alternatives = ALTERNATIVES_MAX;
	out->temperature = t->temperature;
	out->tokens = t->tokens;
	out->rendering = job->rendering;
	out->seed = (int64_t)((seed + (uint64_t)attempt - 1) & INT32_MAX);
	parts[0] = (struct digest_part){out->system, strlen(out->system) + 1};
	parts[1] = (struct digest_part){out->user, strlen(out->user)};
	digest_sha256(parts, 2, out->digest);
}

void
prompt_clear(struct prompt *p)
{
	free(p->system);
	free(p->user);
	json_decref(p->schema);
	memset(p, 0, sizeof(*p));
}
