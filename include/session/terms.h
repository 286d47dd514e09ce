/*
 * The terms: what joining consents to, in words that follow from the
 * settings.  A person's consent is recorded as the digest of this text.
 */
#ifndef SESSION_TERMS_H
#define SESSION_TERMS_H

#include "base/message.h"
#include "session/session.h"

/* A fresh text (free(3)); drafter says who reads the texts; m NULL: English. */
char *terms_text(const struct procedure *p, const int64_t *settings,
    const char *drafter, const struct messages *m);
/* The terms of s for other settings, with the drafter named before. */
char *terms_again(
    const struct session *s, const int64_t *settings, const struct messages *m);
/* Who reads the texts, as these terms say it; fresh, NULL if they do not. */
char *terms_drafter(const char *terms);
void terms_digest(const char *terms, uint8_t out[DIGEST_LEN]);

#endif
