/*
 * A map from 128-bit digests to a sequence number and the digest of what was
 * given under that key.  For idempotency keys: small, append-only.  Plain
 * data; a zeroed one is valid and empty.
 */
#ifndef BASE_KEYMAP_H
#define BASE_KEYMAP_H

#include <stddef.h>
#include <stdint.h>

#define KEYMAP_LEN 16

struct keymap_entry {
	uint8_t key[KEYMAP_LEN], content[KEYMAP_LEN];
	int64_t seq; /* 0: an empty place */
};
struct keymap {
	struct keymap_entry *v;
	size_t n, cap; /* cap is a power of two, or 0 */
};

void keymap_free(struct keymap *m);
/* NULL when absent.  The pointer holds until the next put.  O(1). */
const struct keymap_entry *
keymap_get(const struct keymap *m, const uint8_t key[KEYMAP_LEN]);
/* Adds an entry, seq > 0; the first one under a key stays. */
void keymap_put(struct keymap *m, const uint8_t key[KEYMAP_LEN],
    const uint8_t content[KEYMAP_LEN], int64_t seq);

#endif
