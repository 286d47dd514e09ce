/*
 * A daemon of one's own for as long as a deliberation is played: a child
 * process with socket, journal and log in a folder that is removed with it.
 */
#ifndef CLIENT_HOUSE_H
#define CLIENT_HOUSE_H

#include <signal.h>

#include "base/err.h"

struct house;

/* Options it is started with beyond socket and journal; NULL-terminated. */
#define HOUSE_OPTIONS_MAX 16

/* Starts the caucusd found beside this program, in ../sbin, or in PATH, and
 * waits until it listens.  NULL: err says why, with its log's last line. */
struct house *house_open(const char *const *options,
    const volatile sig_atomic_t *stop, struct err *err);
const char *house_socket(const struct house *h);
/* The log so far; fresh (free(3)), may be empty. */
char *house_log(const struct house *h);
/* Stops the daemon, removes the folder.  NULL is fine. */
void house_close(struct house *h);

#endif
