/*
 * Where things lie: the daemon's socket, this person's state directory.
 */
#ifndef CLIENT_PLACE_H
#define CLIENT_PLACE_H

#include <stddef.h>

#include "base/err.h"

/*
 * The socket's absolute path: `given` (may be NULL), else $CAUCUS_SOCKET, else
 * $XDG_RUNTIME_DIR/caucus/caucusd.sock if that exists or the system's does
 * not, else /run/caucus/caucusd.sock.  tcp:HOST:PORT stands as it is.  Fresh
 * (free(3)).
 */
char *place_socket(const char *given);
/*
 * $XDG_STATE_HOME/caucus (default ~/.local/state/caucus), made with mode 0700
 * if it is missing, and beneath it `sub` (NULL: none) likewise.  Fresh; NULL
 * and ERR_FILE.
 */
char *place_state(const char *sub, struct err *err);
/*
 * Writes a file whole or not at all: a temporary one beside it, synced, mode
 * 0600, renamed.  0, or -1 and ERR_FILE.
 */
int
place_write(const char *path, const char *bytes, size_t len, struct err *err);
/* All of it, in as many writes as it takes; 0, or -1 and errno. */
int place_put(int fd, const void *bytes, size_t len);
/* A whole file, or standard input for "-"; at most `max` bytes.  Fresh, with
 * a NUL after *len bytes; NULL and ERR_FILE. */
char *place_read(const char *path, size_t max, size_t *len, struct err *err);

#endif
