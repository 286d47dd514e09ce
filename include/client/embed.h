/*
 * Vectors of texts from an endpoint that speaks OpenAI's /embeddings: a request
 * for EMBED_BATCH texts at a time, in order.
 */
#ifndef CLIENT_EMBED_H
#define CLIENT_EMBED_H

#include <jansson.h>

#include "base/err.h"

#define EMBED_BATCH 64

/*
 * {text: [numbers]} of an array of texts; the caller decrefs.  url: the base,
 * such as http://127.0.0.1:8000/v1; key_file NULL: no key.  Blocks, at most a
 * minute a request.  NULL: ERR_FILE (the key), ERR_BROKEN (what came back), or
 * ERR_STALE (nobody answers).
 */
json_t *embed_texts(const char *url, const char *model, const char *key_file,
    const json_t *texts, struct err *err);

#endif
