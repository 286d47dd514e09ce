/*
 * Plays a scenario through a daemon: one connection holds everybody's tokens,
 * acts for each participant in the scenario's order, and facilitates.
 */
#ifndef CLIENT_RUNNER_H
#define CLIENT_RUNNER_H

#include "base/buf.h"
#include "base/err.h"
#include "client/link.h"
#include "client/scenario.h"
#include "client/term.h"

/*
 * Plays to the conclusion; the operator's whole recording goes to *recording.
 * seed may be NULL.  What happens is shown as a live line on `live`.  LINK_OK;
 * LINK_REFUSED: err is what the daemon refused, or ERR_BROKEN with the place
 * in the scenario; LINK_DOWN.
 */
enum link_answer
runner_play(struct link *link, const struct scenario *sc, const char *seed,
    struct term *live, struct buf *recording, struct err *err);

/* The recording of a session in pages: header and lines, complete.  as NULL:
 * what the presented tokens may read. */
enum link_answer runner_export(struct link *link, const char *session,
    const char *as, struct buf *recording, struct err *err);

/* What `run` sets beyond the scenario, for people; NULL: nothing. */
const char *runner_note(const struct scenario *sc);

#endif
