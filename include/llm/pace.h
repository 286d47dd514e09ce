/*
 * How fast an endpoint is asked: a window that adapts and a circuit breaker.
 * Plain data and pure; the time is given.
 *
 * The window is the number of requests in flight: halved when the endpoint
 * says that it is too much (outcome rate), at most once for the requests that
 * were in flight together, and grown by one for each windowful of answers
 * (additive increase, multiplicative decrease, as TCP's; RFC 5681).  A 429
 * that names a time stops all sending until then.
 *
 * The breaker opens when requests fail one after another because the endpoint
 * is not there (unavailable, timeout) or does not let us in (auth, quota):
 * what is sent then would only be lost.  After a rest, doubled each time up to
 * PACE_REST_MAX_MS, one request tries whether it is back.  An endpoint that
 * has never answered is not rested from: it is more likely set up wrongly
 * than away, and whoever set it up wants to hear that now.
 */
#ifndef LLM_PACE_H
#define LLM_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "job/job.h"

#define PACE_REST_MS	 500   /* the first rest */
#define PACE_REST_MAX_MS 15000 /* the longest */

struct pace {
	int64_t max;	  /* requests, from 1 */
	int64_t milli;	  /* the window, in thousandths of a request */
	uint64_t halved;  /* newest request when it was halved */
	int64_t breaker;  /* failures in a row that open it; 0: none ever do */
	int64_t failures; /* in a row */
	int64_t until;	  /* ms; nothing is sent before */
	int64_t rest;	  /* ms, of the last rest; 0: the breaker is closed */
	bool answered;	  /* it was there once */
};

void pace_init(struct pace *p, int64_t max, int64_t breaker);
/* How many may be sent now beside those in flight. */
size_t pace_room(const struct pace *p, size_t running, int64_t now);
/* The window as it is, in requests. */
int64_t pace_window(const struct pace *p);
/* Whether requests wait because the endpoint is away. */
bool pace_open(const struct pace *p);

/*
 * What became of a request: its number (they grow), the newest number sent so
 * far, its outcome, what the endpoint asked for (-1: nothing).  Outcomes that
 * do not come from the endpoint (cancelled, budget) are not to be told.
 */
void pace_heard(struct pace *p, uint64_t id, uint64_t newest,
    enum outcome outcome, int64_t retry_after_ms, int64_t now);

#endif
