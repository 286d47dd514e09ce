#include "server/limit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
const struct limit_row limits[LIMITS] = {
	[LIMIT_CONNECTIONS] = { "connections", "", "connections at once", 1, 1000000, 20000, false },
	[LIMIT_LINE_BEFORE] = { "line_before", "bytes", "a line before authentication", 256, 1 << 20, 8192, false },
	[LIMIT_LINE_AFTER] = { "line_after", "bytes", "a line after it", 1024, 16 << 20, 1 << 20, false },
	[LIMIT_OUTPUT_SOFT] = { "output_soft", "bytes", "waiting for one reader before it lags", 1024, 1 << 30, 1 << 20, false },
	[LIMIT_OUTPUT_HARD] = { "output_hard", "bytes", "waiting for one reader before it is closed", 4096, 1 << 30, 8 << 20, false },
	[LIMIT_OUTPUT_TOTAL] = { "output_total", "bytes", "waiting for all readers", 65536, (int64_t)1 << 40, 256 << 20, false },
	[LIMIT_PENDING] = { "pending", "", "answers waiting on one connection before reading pauses", 1, 1000000, 1024, false },
	[LIMIT_LINES_PER_TURN] = { "lines_per_turn", "", "requests of one connection in one turn", 1, 10000, 20, false },
	[LIMIT_IDLE_MS] = { "line_idle_ms", "ms", "a line begun and not ended; 0: no bound", 0, 86400000, 60000, false },
	[LIMIT_RATE] = { "rate", "per second", "requests of one connection; 0: no bound", 0, 1000000, 1000, false },
	[LIMIT_TOKENS] = { "tokens", "", "tokens one connection may hold", 1, 100000, 1000, false },
	[LIMIT_SUBSCRIPTIONS] = { "subscriptions", "", "of one connection", 1, 100000, 64, false },
	[LIMIT_SESSIONS] = { "sessions", "", "sessions in memory", 1, 1000000, 20000, false },
	[LIMIT_EVENTS] = { "events", "", "events of one session", 100, 100000000, 1000000, false },
	[LIMIT_QUEUE] = { "queue", "", "batches waiting for the journal", 1, 10000000, 100000, true },
	[LIMIT_RETRY_MS] = { "retry_ms", "ms", "between tries while the journal cannot be written", 10, 600000, 5000, true },
	[LIMIT_GRACE_MS] = { "grace_ms", "ms", "to stop in", 10, 600000, 10000, false },
	[LIMIT_SLICE] = { "slice", "", "events read in one turn for one session or reader", 1, 100000, 500, false },
	[LIMIT_AWAKE_MS] = { "awake_ms", "ms", "an idle session stays in memory", 0, 86400000, 60000, false },
	[LIMIT_CREATE_ANYONE] = { "create_anyone", "0 or 1", "whether everybody may create sessions, or the operator alone", 0, 1, 0, false },
	[LIMIT_NUDGE_MS] = { "nudge_ms", "ms", "between two reminders of the facilitator in one session", 0, 86400000, 10000, false },
	[LIMIT_TCP_BEYOND] = { "tcp_beyond_loopback", "0 or 1", "whether TCP may listen where other machines reach it, in the clear", 0, 1, 0, true },
};
/* clang-format on */

void
limits_default(int64_t *values)
{
	int i;

	for (i = 0; i < LIMITS; i++)
		values[i] = limits[i].def;
}

int
limits_set(int64_t *values, const char *assignment, struct err *err)
{
	size_t n = strcspn(assignment, "=");
	const struct limit_row *row;
	long long v;
	char *end;
	int i;

	for (i = 0; i < LIMITS; i++)
		if (strlen(limits[i].name) == n &&
		    strncmp(limits[i].name, assignment, n) == 0)
			break;
	if (i == LIMITS || assignment[n] != '=')
		return err_set(err, ERR_UNKNOWN_SETTING, "set",
		    "no setting in \"%.60s\"; caucusd(8) lists them as "
		    "NAME=VALUE",
		    assignment);
	row = &limits[i];
	errno = 0;
	v = strtoll(assignment + n + 1, &end, 10);
	if (errno != 0 || *end != '\0' || end == assignment + n + 1 ||
	    v < row->min || v > row->max)
		return err_set(err, ERR_BAD_SETTING, row->name,
		    "%s takes a whole number from %lld to %lld", row->name,
		    (long long)row->min, (long long)row->max);
	values[i] = v;
	return 0;
}
