/*
 * Sentences said to people: one table of id and default text in English, with
 * named fields such as {count}.  A file of config/messages replaces them all
 * for a language.  Pure: files come in as bytes.
 *
 * A file has a line a message, `id = text`; # begins a comment; \n in a text
 * is a line's end.  Each id stands once, none is missing, none is unknown, and
 * a text has the fields of the English one, in any order.
 */
#ifndef BASE_MESSAGE_H
#define BASE_MESSAGE_H

#include <stddef.h>

#include "base/err.h"

enum message {
#define MESSAGE(name, id, text) MSG_##name,
#include "base/message.def"
#undef MESSAGE
	MESSAGES
};

struct messages;

/* From a file's bytes; `file` is named in errors.  NULL: ERR_BROKEN with file
 * and line.  messages_free. */
struct messages *
messages_read(const char *bytes, size_t len, const char *file, struct err *err);
void messages_free(struct messages *m); /* NULL is fine */

/* The text with its fields unfilled.  m NULL: English. */
const char *message(const struct messages *m, enum message id);
/*
 * By name, the parts joined with a dot: ("phase", "lobby") is "phase.lobby".
 * fallback where the table has none.
 */
const char *message_named(const struct messages *m, const char *group,
    const char *name, const char *fallback);
/*
 * The text with its fields filled: pairs of name and value, ended by NULL.  A
 * value is a string; of a name that begins with # it is a long long.  Fresh
 * (free(3)).  A field without a value is left as it stands.
 */
char *message_text(const struct messages *m, enum message id, ...)
    __attribute__((sentinel));
/* The id of a row, such as "outcome.majority". */
const char *message_id(enum message id);

#endif
