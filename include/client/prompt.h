/*
 * What `caucus chat` puts before the line being typed, and what it says may
 * be typed next.  Pure: views are what session.get says.
 */
#ifndef CLIENT_PROMPT_H
#define CLIENT_PROMPT_H

#include <jansson.h>

#include "base/message.h"

/*
 * "ranking · 2 missing · 14 min > ", no wider than width - 8 columns: the
 * time goes first, then who is missing.  now: ms since 1970; 0 leaves the time
 * out, for readers to whom a changing prompt is noise.  m NULL: English.
 * Fresh (free(3)).
 */
char *prompt_text(
    const struct messages *m, const json_t *view, long long now, size_t width);

/* One or two sentences: what may be typed now.  Fresh. */
char *prompt_advice(
    const struct messages *m, const json_t *view, const json_t *answers);

#endif
