/*
 * The two halves of the offline drafter (llm/offline.h), apart because each
 * is a program of its own.  Both fill a zeroed reply.
 */
#ifndef LLM_OFFLINE_PARTS_H
#define LLM_OFFLINE_PARTS_H

#include "job/job.h"

void offline_draft(const struct job *job, struct job_reply *reply);
void offline_predict(const struct job *job, struct job_reply *reply);

#endif
