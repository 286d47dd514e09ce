/* What the daemon says to people, in the languages under DATA/messages/. */
#ifndef SERVER_WORDS_H
#define SERVER_WORDS_H

#include "base/message.h"

struct words;

/* Reads every file there is; NULL and ERR_BROKEN naming file and line. */
struct words *words_open(const char *data, struct err *err);
void words_close(struct words *w); /* NULL is fine */
/* Those of a language tag; NULL: there is no file, use English. */
const struct messages *words_in(const struct words *w, const char *tag);

#endif
