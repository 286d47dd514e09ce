/*
 * The offline drafter: no language model.  It picks and joins sentences from
 * the opinions (and critiques), word for word, so that as many people as
 * possible find themselves in the draft; it predicts ballots by likeness of
 * words.  Deterministic: same job, same reply.  Any script.
 *
 * Draft: tf-idf vectors of the sentences of all opinions; sentences are
 * chosen one at a time to raise the coverage (best cosine of any chosen
 * sentence with any of the person's) of the least covered person first, less
 * a penalty for redundancy, until max_chars or until no one gains; the job's
 * seed perturbs weights so that drafts differ.  A revision also takes
 * critiques and keeps what the critiques did not touch.
 * O(S^2 T) for S sentences with T terms.
 */
#ifndef LLM_OFFLINE_H
#define LLM_OFFLINE_H

#include "job/job.h"

/*
 * Does the job into *reply (job_reply_free).  A draft's reasoning is one line
 * a sentence: "sentence 1: word for word from opinion 3 …"; opinion numbers
 * are those of the job's permutation.  OUTCOME_REFUSAL when there is no text
 * to draft from.
 */
void offline_run(const struct job *job, struct job_reply *reply);

/* What to say wherever an offline draft is shown, one sentence. */
extern const char offline_notice[];

#endif
