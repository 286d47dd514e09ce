/*
 * What changed between two texts, word by word; where no spaces are written
 * (Chinese, Japanese), character by character.  Pure.
 */
#ifndef CLIENT_DIFF_H
#define CLIENT_DIFF_H

#include <stdbool.h>
#include <stddef.h>

enum change_kind { CHANGE_SAME, CHANGE_GONE, CHANGE_NEW };

/* The parts in order; what is gone stands before what took its place. */
typedef void
diff_fn(enum change_kind kind, const char *text, size_t len, void *arg);
/*
 * Calls back with the parts that lead from a to b, white space with the word
 * before it.  False, and no call: they have less than a third of their words
 * in common, or are too long for it (O(n m) time and memory).
 */
bool diff_words(const char *a, const char *b, diff_fn *fn, void *arg);

#endif
