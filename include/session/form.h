/*
 * Forms: a session's own questions, asked as one contribution of choices.
 * Given as [{"id","text","scale": N} | {"id","text","choices": [words]} |
 * {"id","text"}], the last being answered in free text.  Pure.
 */
#ifndef SESSION_FORM_H
#define SESSION_FORM_H

#include <jansson.h>

#include "session/session.h"

#define FORM_SCALE_MIN 2
#define FORM_SCALE_MAX 11
#define FORM_TEXT_MAX  1000 /* characters of a question or a choice */

/*
 * Checks what a client gives and makes its shape, [{"id","kind","max"}], which
 * stands in the event; the words are sealed beside it.  Fresh; NULL:
 * ERR_INVALID_PARAMS naming the item.
 */
json_t *form_shape(const json_t *given, struct err *err);

/*
 * Answers as people give them, {id: number | a choice's words | text}, into
 * numbers (fresh) and words (fresh; NULL if no text was given).  Texts are
 * normalised.  -1: ERR_BAD_RATING, ERR_TEXT_EMPTY, ERR_TEXT_TOO_LONG.
 */
int form_answers(const struct session *s, const json_t *given, json_t **answers,
    json_t **words, struct err *err);

/*
 * Labels are up to 32 attributes, {"arm":"b","age":41,"rural":true}: names are
 * identifiers of up to 32 characters, texts have up to 200 bytes.  0, or -1
 * with ERR_INVALID_PARAMS.
 */
int labels_check(const json_t *labels, struct err *err);

#endif
