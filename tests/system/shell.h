/* The real caucus(1) as people call it: what it prints, and how it ends. */
#ifndef TESTS_SYSTEM_SHELL_H
#define TESTS_SYSTEM_SHELL_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

struct said {
	int status; /* exit code; 128 + the signal that ended it */
	char *out, *err;
	json_t *json; /* standard output, if it is one JSON value */
};

/* A home of one's own: XDG_STATE_HOME, and HOME beside it, and the data of this
 * checkout (CAUCUS_DATADIR).  CAUCUS_SOCKET
 * becomes `socket` (NULL: none).  Returns 0, or -1. */
int shell_open(const char *socket);
void shell_close(void);
const char *shell_home(void);
/* A path in the home; valid for some calls, until the next command has run. */
const char *shell_path(const char *name);

/*
 * Runs build/caucus with argv (ended by NULL; not with the program's name) and
 * `input` (NULL: nothing) on standard input, for at most a minute.  What it
 * said stays until the next call.  Fails the test when a token of
 * this home stands in what was said or in the arguments of a process of it.
 */
const struct said *shell_run(const char *input, const char *const *argv);
#define caucus(...) shell_run(NULL, (const char *const[]){__VA_ARGS__, NULL})
#define caucus_with(input, ...)                                                \
	shell_run(input, (const char *const[]){__VA_ARGS__, NULL})

/* The same in two steps, for what happens in between. */
pid_t shell_start(const char *const *argv);
const struct said *shell_wait(pid_t pid);

/* One shell command line; `caucus` is found. */
const struct said *shell_line(const char *line);

/* Whether a token of this home stands in the text. */
bool shell_leaks(const char *text);
char *shell_file(const char *path); /* its bytes, fresh; NULL */

#endif
