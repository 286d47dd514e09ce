/*
 * A growing byte buffer.  Plain data; a zeroed one is valid and empty.
 * `data` is NUL-terminated whenever it is not NULL.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A byte eight times over, for what looks at eight bytes at once. */
#define EIGHT_OF(c) (UINT64_C(0x0101010101010101) * (c))

struct buf {
	char *data;
	size_t len, cap;
};

void buf_free(struct buf *b);  /* frees the bytes, leaves an empty buffer */
void buf_reset(struct buf *b); /* len = 0, keeps the memory */
/* Room for n more bytes, so that adding them allocates at most now. */
void buf_reserve(struct buf *b, size_t n);
void buf_addf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void buf_add_int(struct buf *b, int64_t v);		  /* decimal */
void buf_add_hex(struct buf *b, const void *p, size_t n); /* lower case */

/* Events and answers are put together from small pieces, so these have no
 * call in them while there is room. */
static inline void
buf_add(struct buf *b, const void *p, size_t n)
{
	if (n >= b->cap || b->len >= b->cap - n) /* the NUL too */
		buf_reserve(b, n);
	if (n > 0)
		memcpy(b->data + b->len, p, n);
	b->len += n;
	b->data[b->len] = '\0';
}

static inline void
buf_adds(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

static inline void
buf_addc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

/* Hands the bytes to the caller (free(3)) and leaves an empty buffer. */
char *buf_take(struct buf *b);

#endif
