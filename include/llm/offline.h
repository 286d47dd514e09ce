/*
 * The offline drafter: no language model.  It picks and joins sentences from
 * the opinions (and critiques), word for word, so that as many people as
 * possible find themselves in the draft; it predicts ballots by likeness of
 * words.  Deterministic: same job, same reply, on every machine (integers
 * only).  Any script; hints of about a dozen languages (llm/cues.h) help it
 * to tell a view from small talk.
 *
 * Draft: tf-idf vectors of the sentences of all opinions (llm/corpus.h); a
 * sentence is as near to a person as its best cosine with any of the person's
 * own.  Sentences are chosen one at a time for the least covered person
 * first, by what all gain, what a sentence is worth by itself (a view, whole,
 * not too long, no question, greeting or insult), less what the draft says
 * already; never one that repeats or denies another, nor one that leans on a
 * sentence that is not there ("However, …"), nor one without the sentence that
 * takes it back.  2 to 6 sentences, fewer if
 * max_chars (0: no limit) or the texts end sooner.  The job's seed draws the
 * length, whose concern comes first, how much those count who have least, and
 * shakes the weights, so that drafts differ.
 *
 * A revision (winner set) keeps the winner's sentences, but for those that a
 * critique objects to and, where there is no room, the weakest, and adds
 * sentences for those whose critique it does not meet, from critiques and
 * opinions alike.
 *
 * Sentences are joined with a space, with nothing after CJK full stops, with
 * a line feed where one would not be seen to end.  When no sentence fits
 * max_chars, the best is cut at a word and gets an ellipsis.
 *
 * At most 900 sentences are considered for a draft, shared equally among the
 * people (at least one each); of a longer text a sample at even distances,
 * another in each draft.  O(S^2 T) for S sentences with T terms.
 */
#ifndef LLM_OFFLINE_H
#define LLM_OFFLINE_H

#include "job/job.h"

/*
 * Does the job into *reply (job_reply_free).
 *
 * A draft's reasoning is one line a sentence, "sentence 1: word for word from
 * opinion 3; near opinion 5", then what was left out of the last winner and
 * why, and whom no sentence is near; opinion and critique numbers are those of
 * the job's permutation, from 1.  OUTCOME_REFUSAL when there is no text to
 * draft from.
 *
 * A prediction ranks candidates by the share of the person's words, weighted
 * by how telling they are, that stand in them; words of sentences that the
 * candidate denies and of objections count against it, the critique counts
 * twice.  Differences under 20 thousandths tie; without any words all tie.
 */
void offline_run(const struct job *job, struct job_reply *reply);

/* What to say wherever an offline draft is shown, one sentence. */
extern const char offline_notice[];

#endif
