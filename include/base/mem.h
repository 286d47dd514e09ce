/*
 * Allocation that does not fail: lack of memory aborts, the supervisor
 * restarts, and the journal has everything (crash-only).
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdarg.h>
#include <stddef.h>

/* Never return NULL; n * size is checked for overflow.  Free with free(3). */
void *xmalloc(size_t size) __attribute__((malloc));
void *xcalloc(size_t n, size_t size) __attribute__((malloc));
void *xreallocarray(void *p, size_t n, size_t size);
char *xstrdup(const char *s) __attribute__((malloc));
char *xstrndup(const char *s, size_t n) __attribute__((malloc));
void *xmemdup(const void *p, size_t n) __attribute__((malloc));
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * Makes room for one more element in a growing array: doubles *cap when
 * n == *cap.  Returns the (possibly moved) array.
 */
void *xgrow(void *array, size_t n, size_t *cap, size_t size);

/* Points jansson at the allocators above; call once before any thread. */
void mem_setup(void);

#endif
