/*
 * A recording that a command is about: a file, or the session of a daemon's.
 * What can fail returns an exit code, having said why.
 */
#ifndef CLIENT_SOURCE_H
#define CLIENT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "client/cmd.h"

#define SOURCE_MAX ((size_t)1 << 30) /* bytes */

/* Whether an argument is a file: a session's id has neither dot nor slash. */
bool source_is_file(const char *arg);
/* The session named by the only argument, if there is one, else as usual; what
 * the tokens presented may read, or with `--as operator` everything. */
int source_fetch(struct cmd *c, char **bytes, size_t *len);
/* Where a recording goes when nobody says: beside the tokens, named by its
 * session.  Fresh; NULL and ERR_FILE. */
char *source_keep_path(const char *session, struct err *err);

#endif
