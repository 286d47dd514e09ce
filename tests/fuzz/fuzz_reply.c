/*
 * What a language model may send: the first byte picks who reads it, a job or
 * a provider.  Whatever is believed keeps the promises of job/reply.h and
 * llm/provider.h.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "job/reply.h"
#include "llm/embedding.h"
#include "llm/provider.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct prompt_marks marks = {
    "b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0", "cacacacacacacacacacacacacacacaca"};

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static void
check_statement(const struct job *job, const struct job_reply *r)
{
	must(r->text != NULL && r->rank == NULL);
	must(text_valid(r->text, strlen(r->text)));
	must(text_visible(r->text) > 0);
	must(text_chars(r->text) <= (size_t)job->max_chars);
	must(hostile_replied(&r->found) != HOSTILE_DROPPED);
	must(strstr(r->text, marks.canary) == NULL);
	must(strstr(r->text, marks.boundary) == NULL);
}

static void
check_ranking(const struct job *job, const struct job_reply *r)
{
	bool seen[8] = {false};
	size_t i;

	must(r->text == NULL && r->rank != NULL);
	must(r->nrank == job->ncandidates);
	for (i = 0; i < r->nrank; i++) {
		must(r->rank[i] >= 0 && (size_t)r->rank[i] < r->nrank);
		must(!seen[r->rank[i]]);
		seen[r->rank[i]] = true;
	}
}

static void
check_rating(const struct job_reply *r)
{
	must(r->text == NULL && r->rank == NULL);
	must(r->rating.value >= 0 && r->rating.value <= RATING_SCALE);
	must(r->rating.mass >= 0 && r->rating.mass <= 1000);
}

static void
read_job(const struct job *job, const char *text, size_t len)
{
	struct job_reply r = {0};

	reply_read(job, &marks, text, len, &r);
	must((r.outcome == OUTCOME_OK) == (r.why == NULL));
	if (r.outcome != OUTCOME_OK)
		must(r.text == NULL && r.rank == NULL && r.reasoning == NULL);
	else if (job->kind == JOB_DRAFT)
		check_statement(job, &r);
	else if (predictors[job->method].rates)
		check_rating(&r);
	else
		check_ranking(job, &r);
	if (r.reasoning != NULL)
		must(text_chars(r.reasoning) <= REASONING_MAX);
	job_reply_free(&r);
}

static void
check_identifier(const char *s)
{
	must(s[0] == '\0' || json_identifier(s, SIZE_MAX));
}

static void
read_provider(const struct provider *p, int status, const char *body, size_t n)
{
	struct answer a;

	answer_init(&a);
	answer_read(p, status, body, n, &a);
	must((a.outcome == OUTCOME_OK) == (a.text != NULL));
	must((a.outcome == OUTCOME_OK) == (a.why == NULL));
	must(a.retry_after_ms >= -1 && a.retry_after_ms <= 86400000);
	check_identifier(a.facts.model);
	check_identifier(a.facts.fingerprint);
	check_identifier(a.facts.finish);
	check_identifier(a.detail);
	must(a.facts.alternatives.n <= ALTERNATIVES_MAX);
	for (size_t i = 0; i < a.facts.alternatives.n; i++)
		must(a.facts.alternatives.v[i].micro <= 0);
	must(a.facts.prompt_tokens >= -1 && a.facts.completion_tokens >= -1);
	answer_clear(&a);
}

static void
read_embeddings(
    const struct provider *p, int status, const char *body, size_t n)
{
	struct embeddings m;
	struct answer a;

	answer_init(&a);
	embeddings_read(p, status, body, n, 2, &a, &m);
	must((a.outcome == OUTCOME_OK) == (m.v != NULL));
	for (size_t i = 0; m.v != NULL && i < m.n * m.size; i++)
		must(m.v[i] >= -1.001F && m.v[i] <= 1.001F);
	embeddings_clear(&m);
	answer_clear(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int statuses[] = {200, 400, 429, 500};
	const struct job drafting = {.kind = JOB_DRAFT, .max_chars = 60};
	struct job predicting = {.kind = JOB_PREDICT, .ncandidates = 3};
	const struct provider *p;
	char *text;

	if (size == 0)
		return 0;
	/* A copy of its own, so that a byte too far is seen. */
	text = malloc(size);
	if (text == NULL)
		return 0;
	memcpy(text, data + 1, size - 1);
	predicting.method = (enum predictor_id)(data[0] / 3 % PREDICTORS);
	if (data[0] % 3 == 0)
		read_job(&drafting, text, size - 1);
	else if (data[0] % 3 == 1)
		read_job(&predicting, text, size - 1);
	else
		for (p = providers; p->name != NULL; p++) {
			if (p->take != NULL)
				read_provider(p, statuses[data[0] / 3 % 4],
				    text, size - 1);
			if (p->embed != NULL)
				read_embeddings(p, statuses[data[0] / 3 % 4],
				    text, size - 1);
		}
	free(text);
	return 0;
}
