/* The daemon's limits: one table, each a setting with a default. */
#ifndef SERVER_LIMIT_H
#define SERVER_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum limit {
	LIMIT_CONNECTIONS,
	LIMIT_LINE_BEFORE,
	LIMIT_LINE_AFTER,
	LIMIT_OUTPUT_SOFT,
	LIMIT_OUTPUT_HARD,
	LIMIT_OUTPUT_TOTAL,
	LIMIT_PENDING,
	LIMIT_LINES_PER_TURN,
	LIMIT_IDLE_MS,
	LIMIT_RATE,
	LIMIT_TOKENS,
	LIMIT_SUBSCRIPTIONS,
	LIMIT_SESSIONS,
	LIMIT_EVENTS,
	LIMIT_QUEUE,
	LIMIT_RETRY_MS,
	LIMIT_GRACE_MS,
	LIMIT_SLICE,
	LIMIT_AWAKE_MS,
	LIMIT_CREATE_ANYONE,
	LIMIT_NUDGE_MS,
	LIMIT_TCP_BEYOND,
	LIMITS
};

struct limit_row {
	const char *name, *unit, *help;
	int64_t min, max, def;
	bool fixed; /* SIGHUP does not change it: that needs a restart */
};
extern const struct limit_row limits[LIMITS];

void limits_default(int64_t *values); /* LIMITS places */
/* "name=value"; ERR_UNKNOWN_SETTING, ERR_BAD_SETTING. */
int limits_set(int64_t *values, const char *assignment, struct err *err);

#endif
