/*
 * The report: one HTML page about a deliberation for people who were not
 * there.  It needs no script and no network, and says who may not: nothing is
 * told of fewer than REPORT_SMALLEST people, nothing of whose a ballot is, and
 * texts only where the session let the group read them.  Pure.
 */
#ifndef CLIENT_REPORT_H
#define CLIENT_REPORT_H

#include <jansson.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/message.h"

#define REPORT_SMALLEST 5

/* What the story does not hold. */
struct report_facts {
	int64_t events, begun, ended; /* ms since 1970 */
	char head[80];		      /* hash of the last event */
};

/* story: client/story.h; m NULL: English. */
void report_write(const json_t *story, const struct report_facts *facts,
    const struct messages *m, struct buf *out);

#endif
