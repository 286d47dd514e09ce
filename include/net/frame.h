/*
 * Bytes to lines, without a socket, so that the daemon, a client and the fuzz
 * target share one rule.
 *
 * A line ends at \n; one \r before it is dropped; empty lines are skipped.  A
 * line of more than `limit` bytes is reported once, as soon as that is known,
 * and what is left of it is passed over without being kept: no line costs
 * more memory than its limit.  No byte is looked at twice.
 */
#ifndef NET_FRAME_H
#define NET_FRAME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* Plain data; a zeroed one is at the start of a line. */
struct frame {
	struct buf part; /* a line begun, or the one last handed out */
	bool given;	 /* part was handed out: the next call drops it */
	bool skipping;	 /* inside a line that was too long */
};

enum frame_got {
	FRAME_MORE,	/* all bytes taken, no line complete */
	FRAME_LINE,	/* *line, *len: valid until the next call */
	FRAME_TOO_LONG, /* once a line */
};

/* Takes bytes from *p (of *n), advancing both past what it took. */
enum frame_got frame_next(struct frame *f, const char **p, size_t *n,
    size_t limit, const char **line, size_t *len);
/* At the end of input: the line without \n, if there is one (FRAME_LINE). */
enum frame_got frame_rest(struct frame *f, const char **line, size_t *len);
/* True while a line is begun and not ended, kept or passed over. */
bool frame_begun(const struct frame *f);
/* Bytes kept. */
size_t frame_kept(const struct frame *f);
void frame_clear(struct frame *f);

#endif
