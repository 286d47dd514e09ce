/*
 * Embeddings: the request and the reading of the reply, for the providers that
 * have them (embed_path).  Nothing is sent here.
 */
#ifndef LLM_EMBEDDING_H
#define LLM_EMBEDDING_H

#include <stddef.h>

#include "llm/provider.h"

#define EMBEDDINGS_MAX	   2048	 /* texts of one request */
#define EMBEDDING_SIZE_MAX 16384 /* numbers of one vector */

struct embeddings {
	float *v; /* n rows of `size` numbers, each of length 1; owned */
	size_t n, size;
};

/* The body for n texts, none of them empty.  Fresh (free(3)); NULL when the
 * provider has no embeddings or takes not so many. */
char *
embeddings_body(const struct endpoint *e, const char *const *texts, size_t n);

/*
 * Reads the reply to a request for n texts: outcome ok only where each text
 * has one vector, all of one size, of finite numbers and not all zero; they
 * are brought to length 1 (Euclid's) and into the order of the texts.  Numbers
 * may come as base64 of little-endian floats, as some send them unasked.
 */
void embeddings_read(const struct provider *p, int status, const char *body,
    size_t len, size_t n, struct answer *a, struct embeddings *out);
void embeddings_clear(struct embeddings *m);

#endif
