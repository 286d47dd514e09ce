/*
 * The language a text is likely to be in: by its script, and for the Latin
 * script by its commonest words.  Enough to answer people in their own
 * language; no judge of what was meant.  Unicode facts come from libunistring.
 */
#ifndef BASE_LANGUAGE_H
#define BASE_LANGUAGE_H

#include <stdbool.h>

#define LANGUAGE_TAG_MAX 7

/*
 * A tag of ISO 639-1 such as "zh", or "und" for a Latin text in a language
 * that the table of words does not know.  False when the text has no letters
 * of a known script.  O(n).
 */
bool language_of(const char *text, char out[LANGUAGE_TAG_MAX + 1]);

#endif
