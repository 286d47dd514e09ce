/*
 * What the daemon says to the service manager and takes from it: sd_notify(3),
 * sd_watchdog_enabled(3), sd_listen_fds(3).  Without one (no NOTIFY_SOCKET, no
 * LISTEN_FDS) all of it does nothing.
 */
#ifndef SERVER_SERVICE_H
#define SERVER_SERVICE_H

#include <stdint.h>

#include "base/err.h"

struct event_base;
struct service;

/* Feeds the watchdog, where one is asked for, from this loop: a loop that
 * hangs is killed by the manager and started again. */
struct service *service_new(struct event_base *base);
void service_free(struct service *s); /* NULL is fine */

/* One line for `systemctl status`; said only when it differs. */
void service_status(struct service *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void service_ready(struct service *s);
void service_reloading(struct service *s); /* service_ready ends it */
void service_stopping(struct service *s, int64_t grace_ms);

/* Calls take for each descriptor that was passed, with its name (""; the
 * file descriptor is the callee's in any case); stops at -1. */
int service_sockets(
    int (*take)(int fd, const char *name, void *arg, struct err *err),
    void *arg, struct err *err);

#endif
