#include "server/service.h"

#include <event2/event.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "base/log.h"
#include "base/mem.h"

struct service {
	struct event *watchdog; /* NULL: none is asked for */
	char status[256];
};

static void
watchdog_cb(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	sd_notify(0, "WATCHDOG=1");
}

struct service *
service_new(struct event_base *base)
{
	struct service *s = xcalloc(1, sizeof *s);
	struct timeval half;
	uint64_t us;

	if (sd_watchdog_enabled(0, &us) <= 0)
		return s;
	half.tv_sec = (time_t)(us / 2 / 1000000);
	half.tv_usec = (suseconds_t)(us / 2 % 1000000);
	s->watchdog = event_new(base, -1, EV_PERSIST, watchdog_cb, s);
	if (s->watchdog == NULL || event_add(s->watchdog, &half) == -1)
		log_fatal("no timer for the watchdog can be had");
	return s;
}

void
service_free(struct service *s)
{
	if (s != NULL && s->watchdog != NULL)
		event_free(s->watchdog);
	free(s);
}

void
service_status(struct service *s, const char *fmt, ...)
{
	char text[sizeof s->status];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	text[strcspn(text, "\n")] = '\0'; /* a line is an assignment there */
	if (strcmp(text, s->status) == 0)
		return;
	strlcpy(s->status, text, sizeof s->status);
	sd_notifyf(0, "STATUS=%s", text);
}

void
service_ready(struct service *s)
{
	(void)s;
	sd_notify(0, "READY=1");
}

/* systemd 253 wants the time with it (Type=notify-reload). */
void
service_reloading(struct service *s)
{
	struct timespec t;

	(void)s;
	clock_gettime(CLOCK_MONOTONIC, &t);
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld",
	    (long long)t.tv_sec * 1000000 + t.tv_nsec / 1000);
}

void
service_stopping(struct service *s, int64_t grace_ms)
{
	(void)s;
	/* The journal is closed after that, which takes as long at most. */
	sd_notifyf(0, "STOPPING=1\nEXTEND_TIMEOUT_USEC=%lld",
	    (long long)grace_ms * 2000 + 5000000);
}

static void
free_names(char **names)
{
	for (char **n = names; names != NULL && *n != NULL; n++)
		free(*n);
	free(names);
}

int
service_sockets(
    int (*take)(int fd, const char *name, void *arg, struct err *err),
    void *arg, struct err *err)
{
	char **names = NULL;
	int i, r = 0, n = sd_listen_fds_with_names(1, &names);

	if (n < 0)
		return err_set(err, ERR_FILE, NULL,
		    "the sockets passed by the service manager cannot be "
		    "had: %s",
		    strerror(-n));
	for (i = 0; r == 0 && i < n; i++)
		r = take(SD_LISTEN_FDS_START + i, names != NULL ? names[i] : "",
		    arg, err);
	free_names(names);
	return r;
}
