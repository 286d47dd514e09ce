#include "llm/llm.h"

#define BASE_MS	  500
#define CAP_MS	  30000
#define DOUBLINGS 6 /* 0.5 s * 2^6 is past the cap */
#define DAY_MS	  86400000

static const bool waits[OUTCOMES] = {
    [OUTCOME_RATE] = true,
    [OUTCOME_UNAVAILABLE] = true,
    [OUTCOME_TIMEOUT] = true,
};

int64_t
llm_backoff(
    enum outcome outcome, int n, int64_t retry_after_ms, uint64_t random)
{
	int64_t bound = BASE_MS, wait;

	if (!waits[outcome])
		return 0;
	for (int i = 1; i < n && i <= DOUBLINGS; i++)
		bound *= 2;
	if (bound > CAP_MS)
		bound = CAP_MS;
	wait = (int64_t)(random % (uint64_t)bound);
	if (retry_after_ms <= 0)
		return wait;
	if (retry_after_ms > DAY_MS)
		retry_after_ms = DAY_MS;
	/* Those who were told the same must not come back as one. */
	return retry_after_ms + (int64_t)(random % BASE_MS);
}
