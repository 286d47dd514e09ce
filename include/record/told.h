/* What an event tells of people, wherever it stands. */
#ifndef RECORD_TOLD_H
#define RECORD_TOLD_H

#include <jansson.h>

#include "session/event.h"

/* Who acts, in plain sight or sealed; fresh (free(3)); NULL: not readable. */
char *told_actor(const struct event *e);
/* Who drafts, as the terms of session.created say it; the caller decrefs;
 * NULL: they do not say. */
json_t *told_drafter(const struct event *e);

#endif
