#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const char *const log_level_names[] = {
    "error", "warn", "note", "info", "trace", NULL};

/* Read by the journal's writer thread too. */
static atomic_int log_level = LOG_NOTE;

void
log_set_level(enum log_level level)
{
	atomic_store_explicit(&log_level, (int)level, memory_order_relaxed);
}

/* One write(2) a line, so that lines of two threads never mix. */
static void __attribute__((format(printf, 2, 0)))
log_line(enum log_level level, const char *fmt, va_list ap)
{
	char line[2048];
	int n, at = 0, room = (int)sizeof(line) - 1;
	ssize_t done;

	/* error..trace are sd-daemon(3)'s SD_ERR 3 .. SD_DEBUG 7. */
	if (getenv("JOURNAL_STREAM") != NULL)
		at = snprintf(line, sizeof(line), "<%d>", (int)level + 3);
	n = vsnprintf(line + at, (size_t)(room - at), fmt, ap);
	if (n < 0)
		n = 0;
	if (n >= room - at)
		n = room - at - 1;
	for (n += at; at < n; at++) {
		if ((unsigned char)line[at] < 0x20)
			line[at] = ' ';
	}
	line[n++] = '\n';
	done = write(STDERR_FILENO, line, (size_t)n);
	(void)done; /* there is nobody to tell */
}

void
log_msg(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	if ((int)level > atomic_load_explicit(&log_level, memory_order_relaxed))
		return;
	va_start(ap, fmt);
	log_line(level, fmt, ap);
	va_end(ap);
}

void
log_fatal(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_ERROR, fmt, ap);
	va_end(ap);
	abort();
}
