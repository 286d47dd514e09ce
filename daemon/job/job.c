#include "job/job.h"

#include <stdlib.h>
#include <string.h>

/* clang-format off */
const char *const job_kind_names[JOB_KINDS] = {
	[JOB_DRAFT] = "draft",
	[JOB_PREDICT] = "predict",
};

const char *const outcome_names[OUTCOMES] = {
	[OUTCOME_OK] = "ok",
	[OUTCOME_PARSE] = "parse",
	[OUTCOME_AUTH] = "auth",
	[OUTCOME_QUOTA] = "quota",
	[OUTCOME_RATE] = "rate",
	[OUTCOME_UNAVAILABLE] = "unavailable",
	[OUTCOME_REFUSAL] = "refusal",
	[OUTCOME_LENGTH] = "length",
	[OUTCOME_CONFIG] = "config",
	[OUTCOME_TIMEOUT] = "timeout",
	[OUTCOME_CANCELLED] = "cancelled",
	[OUTCOME_BUDGET] = "budget",
};
/* clang-format on */

static const bool again[OUTCOMES] = {
    [OUTCOME_PARSE] = true,
    [OUTCOME_RATE] = true,
    [OUTCOME_UNAVAILABLE] = true,
    [OUTCOME_LENGTH] = true,
    [OUTCOME_TIMEOUT] = true,
    [OUTCOME_CANCELLED] = true,
};

bool
outcome_again(const char *name, const char *why)
{
	for (size_t i = 0; i < OUTCOMES; i++)
		if (strcmp(outcome_names[i], name) == 0)
			return again[i] ||
			       (i == OUTCOME_CONFIG && why != NULL &&
				   strcmp(why, ASKED_TOO_MUCH) == 0);
	return false;
}

static void
texts_free(struct job_text *texts, size_t n)
{
	for (size_t i = 0; texts != NULL && i < n; i++)
		free(texts[i].text);
	free(texts);
}

void
job_free(struct job *job)
{
	if (job == NULL)
		return;
	free(job->question);
	texts_free(job->opinions, job->nopinions);
	texts_free(job->critiques, job->nopinions);
	free(job->winner);
	texts_free(job->candidates, job->ncandidates);
	free(job);
}

void
job_reply_free(struct job_reply *reply)
{
	free(reply->text);
	free(reply->reasoning);
	free(reply->rank);
	memset(reply, 0, sizeof(*reply));
}
