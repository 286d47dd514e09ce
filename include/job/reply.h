/*
 * Reading what a language model said to a job.  The text is hostile: it is
 * bounded, parsed, checked against schema, permutation, length, boundary and
 * canary, and only then believed.  Pure.
 *
 * Accepted around the one JSON object: white space, <think>…</think> before
 * it, and a Markdown fence.  Nothing is guessed: a ranking that leaves a
 * candidate out, names one twice or one that was not asked about is no ranking.
 */
#ifndef JOB_REPLY_H
#define JOB_REPLY_H

#include "job/job.h"
#include "job/template.h"

#define REPLY_MAX     ((size_t)1 << 20) /* bytes */
#define REASONING_MAX 20000		/* characters; more is cut off */

/*
 * Fills outcome, why, text, reasoning, rank, rating and found of *reply and
 * leaves its facts alone, whose alternatives a rating is read from; the caller
 * has zeroed the rest (job_reply_free).  Outcomes: ok,
 * parse (why: too_long, not_utf8, empty, not_json, not_the_schema,
 * not_a_permutation, not_a_rating, no_text, or the kind of job/hostile.h for
 * which it is dropped), length (why: statement_too_long).  Texts come without
 * what nobody sees.
 */
void reply_read(const struct job *job, const struct prompt_marks *marks,
    const char *text, size_t len, struct job_reply *reply);

#endif
