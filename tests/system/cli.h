/* Command lines in a folder of files, and what they leave behind there. */
#ifndef TESTS_SYSTEM_CLI_H
#define TESTS_SYSTEM_CLI_H

#include <stdbool.h>

/* Runs a line as shell_line does (shell.h); its exit status. */
int cli(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/*
 * Runs `caucus` with these arguments in `dir`; 0 if it ended with that status
 * and its errors hold `says`, else -1, and what happened is printed.
 */
int
cli_refused(const char *dir, const char *args, int status, const char *says);
/* A file of `dir`: written, or read whole (fresh); both abort if it cannot
 * be. */
void cli_put(const char *dir, const char *name, const char *text);
char *cli_get(const char *dir, const char *name);
/* Whether a program is there; says loudly that its test is skipped if not. */
bool cli_has(const char *check, const char *what);
/* $CAUCUS_SHARED or ../shared with `sub`, fresh; NULL, said loudly. */
char *cli_shared(const char *sub);

#endif
