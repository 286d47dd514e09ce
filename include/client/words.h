/*
 * The language people are spoken to in: given, else $CAUCUS_LANGUAGE, else the
 * session's, else English.
 */
#ifndef CLIENT_WORDS_H
#define CLIENT_WORDS_H

#include "base/message.h"

/*
 * Loads the file of config/messages for the language.  *out NULL: English.
 * -1: ERR_FILE when a language that was asked for has no file, ERR_BROKEN
 * when a file does not hold.  given and session may be NULL.
 */
int words_load(const char *given, const char *session, struct messages **out,
    struct err *err);

#endif
