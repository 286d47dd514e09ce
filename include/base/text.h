/*
 * Human text: validity, length, folding, sentences, words.  Any script.
 * Unicode facts come from libunistring.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Whether two names are one: for looking through a table, where most differ in
 * the first byte and need no call. */
static inline bool
text_same(const char *a, const char *b)
{
	return a[0] == b[0] && strcmp(a, b) == 0;
}

/* How many bytes from the first are ASCII and not NUL: all that most texts
 * have.  Eight at a time. */
size_t text_ascii(const char *s, size_t len);
bool text_valid(const char *s, size_t len); /* well-formed UTF-8, no NUL */
/* Number of characters that are not white space or invisible formatting;
 * 0 means the text is empty to a reader. */
size_t text_visible(const char *s);
size_t text_chars(const char *s); /* Unicode code points */

/* A fresh copy (free(3)) in NFC with line ends as \n, outer white space
 * trimmed and C0 controls but \n and \t removed. */
char *text_normal(const char *s, size_t len);

/* The bytes of the character at s + at, 0 at the end (then *c is no character);
 * an invalid byte reads as U+FFFD of length 1. */
size_t text_next(const char *s, size_t len, size_t at, uint32_t *c);

/* For comparing: NFKC, case folded; *n bytes, fresh (free(3)), no NUL behind
 * them. */
char *text_folded(const char *s, size_t len, size_t *n);

struct span {
	size_t at, len; /* bytes */
};

/*
 * Sentences of s in order: they end at a character with the Unicode property
 * Sentence_Terminal (with closing quotes and brackets after it; a full stop
 * inside a number or abbreviation such as "e.g." or "3.5" does not end one)
 * and at newlines.  Thai and others without terminals break at newlines and
 * double spaces.  Returns a fresh array (free(3)), *n its length; spans are
 * trimmed and never empty.
 */
struct span *text_sentences(const char *s, size_t *n);

/*
 * Terms for comparing texts: case-folded words (NFKC), and character bigrams
 * for Han, Kana, Hangul-less CJK and Thai/Lao/Khmer runs.  Calls back with
 * each as UTF-8; the bytes live for the call only.
 */
typedef void text_term_fn(const char *term, size_t len, void *arg);
void text_terms(const char *s, size_t len, text_term_fn *fn, void *arg);

/*
 * Likeness of two texts in thousandths: Jaccard index of their term
 * 3-shingles (term sets where a text has fewer than 3 terms).  1000 = same
 * terms in the same order.  O(n log n).
 */
int text_likeness(const char *a, const char *b);
/*
 * Whether `text` repeats QUOTE_TERMS terms of `source` in a row, or a whole
 * sentence of at least QUOTE_LEAST, that do not stand so in `common` (may be
 * NULL), such as a question that both answer.  O(s n log n), s sentences.
 */
#define QUOTE_TERMS 8
#define QUOTE_LEAST 4
bool text_quotes(const char *text, const char *source, const char *common);

/* For terminals and logs: a fresh copy (free(3)) with control characters,
 * bidi overrides and invalid bytes shown as \xNN or \u{NN}. */
char *text_printable(const char *s, size_t len);
/* Columns a text takes on a terminal (u8_width). */
size_t text_width(const char *s);

#endif
