/*
 * An order in PrefLib's format, "count: 1, {2, 3}", read alternative by
 * alternative: what the reader of elections and the import share.  Pure.
 */
#ifndef RECORD_PREFLIB_H
#define RECORD_PREFLIB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* A line, or what is left of one. */
struct piece {
	const char *s, *end;
};
void piece_space(struct piece *p);
bool piece_take(struct piece *p, char c);	  /* behind white space */
bool piece_number(struct piece *p, int64_t *out); /* at most 15 digits */
bool piece_word(struct piece *p, const char *word);
bool piece_end(struct piece *p);

struct preflib_order {
	struct piece p;
	bool tied; /* the alternative read last stands in braces */
	bool begun;
	int32_t rank; /* of the next; 0 is best, dense */
};

/* Reads the count; -1 and ERR_BAD_BALLOT. */
int preflib_order_begin(struct preflib_order *o, const char *line, size_t len,
    int64_t *count, struct err *err);
/* 1 and the next alternative, 0 at the end, -1 and ERR_BAD_BALLOT. */
int preflib_order_next(
    struct preflib_order *o, int64_t *number, int32_t *rank, struct err *err);

#endif
