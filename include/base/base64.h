/* Base64 (RFC 4648, section 4), in one piece. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stddef.h>
#include <stdint.h>

/* The bytes that a text stands for, fresh (free(3)), their number in *n; NULL
 * when it is no base64, empty or has more than `max` bytes. */
uint8_t *base64_decode(const char *text, size_t len, size_t max, size_t *n);

#endif
