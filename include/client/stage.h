/*
 * Where scenarios are played: on the daemon that was named, or on one of our
 * own that is put away afterwards, whatever happens.
 */
#ifndef CLIENT_STAGE_H
#define CLIENT_STAGE_H

#include <signal.h>

#include "base/buf.h"
#include "client/cmd.h"
#include "client/house.h"
#include "client/scenario.h"

#define SCENARIO_MAX ((size_t)16 << 20) /* bytes */

struct stage {
	const char *socket;  /* borrowed */
	struct house *house; /* NULL: the daemon that was named */
};

/* From here on a signal lets everything be put away first; stage_obey then
 * ends the program as its sender expects, if there was one. */
void stage_signals(void);
extern const volatile sig_atomic_t *const stage_stopped;
void stage_obey(void);

/* What a daemon of our own is told of the endpoint: these options are
 * caucusd's too.  out has HOUSE_OPTIONS_MAX places and ends with NULL; how
 * many. */
int stage_options(const struct cmd *c, const char **out);
/* An exit code, having said why.  Only the operator may have everything, so
 * that is asked before anything is played. */
int stage_open(struct cmd *c, struct stage *s);
/*
 * One scenario on a connection of its own; the whole recording goes to
 * *recording, progress to `live`.  seed may be NULL.  An exit code; nothing
 * is said, err says why.
 */
int
stage_play(const struct stage *s, const struct scenario *sc, const char *seed,
    struct term *live, struct buf *recording, struct err *err);
/* Says what our own daemon said: for when it is gone. */
void stage_log(const struct stage *s);
void stage_close(struct stage *s);
/* All of it for one scenario; what goes wrong is said, but for a signal. */
int stage_run(struct cmd *c, const struct scenario *sc, const char *seed,
    struct buf *recording);

#endif
