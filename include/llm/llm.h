/*
 * Sends prompts to endpoints and brings back answers, one queue an endpoint.
 *
 * A request waits in its endpoint's queue until the endpoint's window has a
 * place, so that waiting eats nobody's timeout; it is then sent once.  The
 * window adapts, an endpoint that is away is left alone (llm/pace.h), and the
 * owners of what waits are served in turn (llm/fair.h).  Trying
 * again is the caller's: each try is an exchange that is recorded first.
 * llm_backoff says when.
 *
 * Requests are named by numbers.  Answers are handed over from the loop, never
 * from inside llm_send or llm_cancel.  How they travel: llm/transport.h.
 */
#ifndef LLM_LLM_H
#define LLM_LLM_H

#include <stddef.h>
#include <stdint.h>

#include "llm/endpoint.h"
#include "llm/provider.h"

struct event_base;
struct llm;

/* *a is the callee's for the call: take text by setting it NULL. */
typedef void llm_answer_fn(uint64_t id, struct answer *a, void *arg);

struct llm *llm_new(struct event_base *base, llm_answer_fn *fn, void *arg);
/* Ends everything in flight without answers.  Before event_base_free. */
void llm_free(struct llm *l);

/* Takes an endpoint that endpoint_ready has passed; names must differ (-1,
 * and the endpoint is freed). */
int llm_add(struct llm *l, struct endpoint *e, struct err *err);
/* NULL when there is none of that name.  "offline" is always there. */
const struct endpoint *llm_find(const struct llm *l, const char *name);
/* The n-th of those added, NULL behind the last. */
const struct endpoint *llm_nth(const struct llm *l, size_t n);

/*
 * Posts the prompt to an endpoint of llm_find that is not the offline one.
 * The number of the request, from 1.  A full queue answers rate
 * ("queue_full").  O(log n) in the requests held.
 */
uint64_t llm_send(struct llm *l, const struct endpoint *e, const char *owner,
    const struct prompt *p);
/* Before it is sent: give it up as cancelled ("straggler") when it takes
 * longer than the endpoint's `resend` allows. */
void llm_hurry(struct llm *l, uint64_t id);
/* There will be no answer.  Unknown numbers are fine. */
void llm_cancel(struct llm *l, uint64_t id);

struct llm_load {
	size_t waiting, running; /* requests */
	size_t window;		 /* how many may run */
	bool away;		 /* they wait for it to come back */
};
void llm_load(const struct llm *l, const char *endpoint, struct llm_load *out);

/*
 * Milliseconds to wait before a job is tried again after its n-th failure
 * (from 1): "full jitter", uniform below min(30 s, 0.5 s * 2^(n-1)), and no
 * less than the endpoint asked for (retry_after_ms, -1: it did not; more than
 * a day counts as a day).  Nothing after outcomes that waiting does not mend:
 * another sample may be better at once.  random: any 64 random bits.
 */
int64_t llm_backoff(
    enum outcome outcome, int n, int64_t retry_after_ms, uint64_t random);

#endif
