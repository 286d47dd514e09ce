/*
 * Named random streams of a session seed.
 *
 * stream(seed, name, a, b): key = SHA-256("caucus-stream" 0 seed 0 name 0 a b)
 * with a and b as 8 bytes big-endian; block i = SHA-256(key || i as 8 bytes
 * big-endian); 64-bit draws are the blocks' consecutive big-endian words.  No
 * draw depends on any other stream, nor on the order in which replies arrive.
 */
#ifndef BASE_STREAM_H
#define BASE_STREAM_H

#include <stddef.h>
#include <stdint.h>

struct stream {
	uint8_t key[32], block[32];
	uint64_t next; /* number of the next block */
	unsigned used; /* bytes of block already given */
};

/* seed: any string. */
void stream_open(struct stream *s, const char *seed, const char *name,
    uint64_t a, uint64_t b);
uint64_t stream_u64(struct stream *s);
/* Uniform in [0, n), n >= 1, by rejection. */
uint64_t stream_below(struct stream *s, uint64_t n);
/* Fills perm with 0..n-1 in a uniform order (Fisher-Yates from the end). */
void stream_permute(struct stream *s, size_t *perm, size_t n);
void stream_bytes(struct stream *s, void *out, size_t n);

#endif
