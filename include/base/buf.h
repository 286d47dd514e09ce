/*
 * A growing byte buffer.  Plain data; a zeroed one is valid and empty.
 * `data` is NUL-terminated whenever it is not NULL.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

struct buf {
	char *data;
	size_t len, cap;
};

void buf_free(struct buf *b);  /* frees the bytes, leaves an empty buffer */
void buf_reset(struct buf *b); /* len = 0, keeps the memory */
/* Room for n more bytes, so that adding them allocates at most now. */
void buf_reserve(struct buf *b, size_t n);
void buf_add(struct buf *b, const void *p, size_t n);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void buf_add_int(struct buf *b, int64_t v);		  /* decimal */
void buf_add_hex(struct buf *b, const void *p, size_t n); /* lower case */
/* Hands the bytes to the caller (free(3)) and leaves an empty buffer. */
char *buf_take(struct buf *b);

#endif
