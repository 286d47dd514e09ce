/*
 * How long an endpoint's answers took lately: a ring of the newest, and their
 * median.  Plain data, no clock; all zero is empty.
 */
#ifndef LLM_LATENCY_H
#define LLM_LATENCY_H

#include <stddef.h>
#include <stdint.h>

#define LATENCY_KEPT  64
#define LATENCY_KNOWN 8	  /* answers from which on a median means something */
#define LATENCY_LEAST 100 /* ms: patience is never shorter */

struct latency {
	int64_t ms[LATENCY_KEPT];
	size_t n, at;
};

void latency_note(struct latency *l, int64_t ms);
/* The lower median; -1 while too little is known.  O(LATENCY_KEPT^2). */
int64_t latency_median(const struct latency *l);
/* So many percent of the median, in ms; 0, none: too little is known, or
 * percent is 0. */
int64_t latency_patience(const struct latency *l, int64_t percent);

#endif
