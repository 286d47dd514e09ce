#include "llm/offline.h"

#include <string.h>

#include "llm/offline_parts.h"

const char offline_notice[] =
    "No language model took part: these statements put together sentences "
    "that people wrote, word for word.";

void
offline_run(const struct job *job, struct job_reply *reply)
{
	static void (*const run[JOB_KINDS])(
	    const struct job *, struct job_reply *) = {
	    [JOB_DRAFT] = offline_draft,
	    [JOB_PREDICT] = offline_predict,
	};

	memset(reply, 0, sizeof(*reply));
	run[job->kind](job, reply);
}
