/*
 * SHA-256 (FIPS 180-4, by libcrypto), hexadecimal, base32 (RFC 4648 lower
 * case without padding), random bytes, and the digest of a sealed item.
 */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIGEST_LEN 32
#define SALT_LEN   16

struct digest_part {
	const void *p;
	size_t n;
};

/* SHA-256 over the concatenation of the parts. */
void digest_sha256(
    const struct digest_part *parts, size_t n, uint8_t out[DIGEST_LEN]);
/* SHA-256(name || 0 || salt || body): the digest of a sealed item. */
void digest_sealed(const char *name, const uint8_t salt[SALT_LEN],
    const char *body, size_t bodylen, uint8_t out[DIGEST_LEN]);

/* HMAC-SHA256 (RFC 2104, by libcrypto). */
void digest_hmac(const void *key, size_t keylen, const void *p, size_t n,
    uint8_t out[DIGEST_LEN]);

void hex_encode(const void *p, size_t n, char *out); /* 2n+1 bytes */
/* Exactly 2n lower-case hex digits; false otherwise. */
bool hex_decode(const char *hex, size_t hexlen, uint8_t *out, size_t n);
/* out holds ceil(8n/5)+1 bytes. */
void base32_encode(const void *p, size_t n, char *out);

/*
 * Bytes from getrandom(2), through a small pool of the caller's so that many
 * salts cost one system call.  Never fails (aborts).  The pool is wiped as it
 * is consumed.
 */
struct entropy {
	uint8_t pool[512];
	size_t left;
};
void entropy_fill(struct entropy *e, void *out, size_t n);

#endif
