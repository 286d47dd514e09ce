/* Parts of session.get.  Private to daemon/server. */
#ifndef SERVER_VIEW_H
#define SERVER_VIEW_H

#include "base/message.h"
#include "session/session.h"

/* [{slot, kind, help, …}] of what the present phase takes; m NULL: English. */
json_t *asks_json(
    const struct session *s, const struct viewer *v, const struct messages *m);
/* The conclusion with the texts it speaks of; NULL before it. */
json_t *result_json(const struct session *s);

#endif
