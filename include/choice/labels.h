/*
 * What candidates are called: names of their own, or letters (A..Z, then AA,
 * AB, … as in spreadsheets).
 */
#ifndef CHOICE_LABELS_H
#define CHOICE_LABELS_H

#include <stddef.h>

#include "base/err.h"

struct labels {
	size_t n;
	char **name;	/* NULL: letters */
	size_t *sorted; /* candidates by name */
};

void labels_init(struct labels *l, size_t n); /* letters */
/*
 * Copies n names.  A name is 1..200 bytes of UTF-8 without a control character,
 * `>` or
 * `=`, and without a space at either end; no two are equal.
 * -1 and ERR_BAD_BALLOT naming the one at fault; *l is then empty.
 */
int labels_names(
    struct labels *l, const char *const *names, size_t n, struct err *err);
void labels_free(struct labels *l);
/* The label of candidate i < l->n; `out` is where a letter goes. */
const char *labels_of(const struct labels *l, size_t i, char out[8]);
/* The candidate whose label is the len bytes at s, letters in either case;
 * l->n if none is.  O(len + log n). */
size_t labels_find(const struct labels *l, const char *s, size_t len);
/* The letters of candidate i ("A", …, "Z", "AA"); i < 26^6. */
void candidate_label(size_t i, char out[8]);

#endif
