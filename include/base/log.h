/*
 * The log's front: one line a message to stderr with the <N> prefix of
 * sd-daemon(3) when JOURNAL_STREAM is set, plain otherwise.  Bytes from peers
 * must go through text_printable first.  The only state is the level.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_ERROR, LOG_WARN, LOG_NOTE, LOG_INFO, LOG_TRACE };

extern const char *const log_level_names[]; /* "error", …; NULL ends them */
void log_set_level(enum log_level level);
void log_msg(enum log_level level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
#define log_error(...) log_msg(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)  log_msg(LOG_WARN, __VA_ARGS__)
#define log_note(...)  log_msg(LOG_NOTE, __VA_ARGS__)
#define log_info(...)  log_msg(LOG_INFO, __VA_ARGS__)
#define log_trace(...) log_msg(LOG_TRACE, __VA_ARGS__)
/* Logs as an error and aborts: a broken invariant. */
void log_fatal(const char *fmt, ...) __attribute__((format(printf, 1, 2)))
__attribute__((noreturn));

#endif
