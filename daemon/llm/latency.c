#include "llm/latency.h"

void
latency_note(struct latency *l, int64_t ms)
{
	l->ms[l->at] = ms;
	l->at = (l->at + 1) % LATENCY_KEPT;
	if (l->n < LATENCY_KEPT)
		l->n++;
}

int64_t
latency_median(const struct latency *l)
{
	int64_t sorted[LATENCY_KEPT];
	size_t i, k;

	if (l->n < LATENCY_KNOWN)
		return -1;
	for (i = 0; i < l->n; i++) {
		for (k = i; k > 0 && sorted[k - 1] > l->ms[i]; k--)
			sorted[k] = sorted[k - 1];
		sorted[k] = l->ms[i];
	}
	return sorted[(l->n - 1) / 2];
}

int64_t
latency_patience(const struct latency *l, int64_t percent)
{
	int64_t median = latency_median(l), ms;

	if (median == -1 || percent == 0)
		return 0;
	ms = median * percent / 100;
	return ms > LATENCY_LEAST ? ms : LATENCY_LEAST;
}
