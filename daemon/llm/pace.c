#include "llm/pace.h"

#include <string.h>

#define DAY_MS 86400000

/* What an outcome says about the endpoint; what is not here says that it is
 * there and works. */
enum { WORKS, CROWDED, AWAY };
static const int says[OUTCOMES] = {
    [OUTCOME_RATE] = CROWDED,
    [OUTCOME_UNAVAILABLE] = AWAY,
    [OUTCOME_TIMEOUT] = AWAY,
    [OUTCOME_AUTH] = AWAY,
    [OUTCOME_QUOTA] = AWAY,
};

void
pace_init(struct pace *p, int64_t max, int64_t breaker)
{
	memset(p, 0, sizeof *p);
	p->max = max;
	p->milli = max * 1000;
	p->breaker = breaker;
}

int64_t
pace_window(const struct pace *p)
{
	return p->milli / 1000;
}

bool
pace_open(const struct pace *p)
{
	return p->rest > 0;
}

size_t
pace_room(const struct pace *p, size_t running, int64_t now)
{
	int64_t window = pace_open(p) ? 1 : pace_window(p);

	if (now < p->until || (int64_t)running >= window)
		return 0;
	return (size_t)window - running;
}

static void
crowded(
    struct pace *p, uint64_t id, uint64_t newest, int64_t after, int64_t now)
{
	if (after > DAY_MS)
		after = DAY_MS;
	if (after > 0 && now + after > p->until)
		p->until = now + after;
	if (id <= p->halved)
		return; /* of the crowd that was halved already */
	p->halved = newest;
	p->milli = p->milli / 2 < 1000 ? 1000 : p->milli / 2;
}

static void
away(struct pace *p, int64_t now)
{
	p->failures++;
	if (!p->answered || p->breaker == 0 || p->failures < p->breaker ||
	    now < p->until) /* those in flight when it opened */
		return;
	p->rest = p->rest == 0 ? PACE_REST_MS : p->rest * 2;
	if (p->rest > PACE_REST_MAX_MS)
		p->rest = PACE_REST_MAX_MS;
	p->until = now + p->rest;
}

void
pace_heard(struct pace *p, uint64_t id, uint64_t newest, enum outcome outcome,
    int64_t retry_after_ms, int64_t now)
{
	if (says[outcome] == AWAY) {
		away(p, now);
		return;
	}
	p->answered = true;
	p->failures = 0;
	if (p->rest > 0) { /* it is back */
		p->rest = 0;
		p->until = 0;
	}
	if (says[outcome] == CROWDED) {
		crowded(p, id, newest, retry_after_ms, now);
		return;
	}
	p->milli += 1000000 / p->milli;
	if (p->milli > p->max * 1000)
		p->milli = p->max * 1000;
}
