#include "base/buf.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/log.h"
#include "base/mem.h"

/* Room for n more bytes and the NUL after them. */
static void
buf_room(struct buf *b, size_t n)
{
	size_t want, cap;

	if (n >= SIZE_MAX - b->len)
		log_fatal(
		    "out of memory: buffer of %zu + %zu bytes", b->len, n);
	want = b->len + n + 1;
	if (want <= b->cap)
		return;
	cap = b->cap < 64 ? 64 : b->cap;
	while (cap < want)
		cap = cap > SIZE_MAX / 2 ? want : cap * 2;
	b->data = xreallocarray(b->data, cap, 1);
	b->cap = cap;
}

void
buf_free(struct buf *b)
{
	free(b->data);
	*b = (struct buf){0};
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	if (b->data != NULL)
		b->data[0] = '\0';
}

void
buf_reserve(struct buf *b, size_t n)
{
	buf_room(b, n);
}

void
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	buf_room(b, 0);
	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(b->data + b->len, b->cap - b->len, fmt, ap);
	va_end(ap);
	if (n < 0)
		log_fatal("cannot format \"%s\"", fmt);
	if ((size_t)n >= b->cap - b->len) {
		buf_room(b, (size_t)n);
		vsnprintf(b->data + b->len, b->cap - b->len, fmt, again);
	}
	va_end(again);
	b->len += (size_t)n;
}

void
buf_add_int(struct buf *b, int64_t v)
{
	char digits[20], *p = digits + sizeof(digits);
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	do {
		*--p = (char)('0' + u % 10);
		u /= 10;
	} while (u > 0);
	if (v < 0)
		*--p = '-';
	buf_add(b, p, (size_t)(digits + sizeof(digits) - p));
}

void
buf_add_hex(struct buf *b, const void *p, size_t n)
{
	if (n > SIZE_MAX / 2)
		log_fatal("out of memory: %zu bytes in hexadecimal", n);
	buf_room(b, 2 * n);
	hex_encode(p, n, b->data + b->len);
	b->len += 2 * n;
}

char *
buf_take(struct buf *b)
{
	char *data;

	buf_room(b, 0);
	data = b->data;
	data[b->len] = '\0';
	*b = (struct buf){0};
	return data;
}
