#include "base/base64.h"

#include <limits.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "base/mem.h"

/* The signs that stand for no byte, at the end. */
static size_t
padding(const char *text, size_t len)
{
	if (text[len - 1] != '=')
		return 0;
	return text[len - 2] == '=' ? 2 : 1;
}

uint8_t *
base64_decode(const char *text, size_t len, size_t max, size_t *n)
{
	uint8_t *out;
	int got;

	if (len == 0 || len % 4 != 0 || len > INT_MAX ||
	    len / 4 * 3 - padding(text, len) > max)
		return NULL;
	out = xcalloc(len / 4, 3);
	got = EVP_DecodeBlock(out, (const unsigned char *)text, (int)len);
	*n = got > 0 ? (size_t)got - padding(text, len) : 0;
	if (*n > 0)
		return out;
	free(out);
	return NULL;
}
