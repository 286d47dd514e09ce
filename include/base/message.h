/*
 * Sentences said to people: one table of id and default text in English, with
 * named fields such as {count}.  A file of config/messages replaces them all
 * for a language.  Pure: files come in as bytes.
 *
 * A file has a line a message, `id = text`; # begins a comment; \n in a text
 * is a line's end.  Each id stands once, none is missing, none is unknown, and
 * a text has the fields of the English one, in any order.
 *
 * {n} is a field; {n:ballot|ballots} is the word that fits the number n, in
 * as many forms as the language has.  The message `plural` names them, in the
 * words of Unicode's CLDR: `other` (Chinese), `one-other` (English),
 * `one-few-many` (Russian).
 */
#ifndef BASE_MESSAGE_H
#define BASE_MESSAGE_H

#include <jansson.h>
#include <stdarg.h>
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
/* The same with the pairs in ap, which is left as it was. */
char *message_textv(const struct messages *m, enum message id, va_list ap);
/* The id of a row, such as "outcome.majority". */
const char *message_id(enum message id);

/*
 * err_set with a sentence of the table: the text is the English one.  Pairs as
 * for message_text; of a name that begins with @ the value is a row's id and
 * stands for that row's text.  Returns -1.
 */
int err_say(struct err *err, enum err_code code, const char *field,
    enum message id, ...) __attribute__((sentinel));
/* The error's text put into the language of m; unchanged where it is none of
 * the table's. */
void err_translate(struct err *err, const struct messages *m);
/* The id of the error's sentence and its fields ({"n":"5","@phase":…}, fresh),
 * as they travel; NULL where it is none of the table's. */
const char *err_sentence(const struct err *err, json_t **with);
/* Puts back what has travelled, for err_translate; what is unknown or does not
 * fit is passed over. */
void err_take_sentence(struct err *err, const char *id, const json_t *with);

#endif
