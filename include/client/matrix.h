/*
 * A matrix of settings: every combination of the values named for each, and
 * every seed.
 *
 *	--set method=schulze,borda --set rounds=1..3 --seed 1..20
 *
 * is 2 x 3 x 20 combinations.  A range is of whole numbers, both ends count.
 */
#ifndef CLIENT_MATRIX_H
#define CLIENT_MATRIX_H

#include <jansson.h>
#include <stddef.h>

#include "base/err.h"

#define MATRIX_MAX ((size_t)1000000) /* combinations */

struct matrix {
	json_t *axes;  /* [[name, [value, …]], …], names distinct */
	json_t *seeds; /* [string, …]; [null]: it is drawn */
	size_t n;      /* combinations, at least 1 */
};

/* An empty one: one combination without settings, the seed drawn. */
void matrix_init(struct matrix *m);
void matrix_free(struct matrix *m);
/* "NAME=V1,V2,…".  -1: ERR_INVALID_PARAMS. */
int matrix_set(struct matrix *m, const char *given, struct err *err);
/* "1..20,40". */
int matrix_seed(struct matrix *m, const char *given, struct err *err);
/* Combination i: a fresh object of settings; *seed lives as long as m, NULL
 * when it is drawn.  The last axis changes fastest, the seed faster still. */
json_t *matrix_at(const struct matrix *m, size_t i, const char **seed);

/* Numbers and booleans as such, everything else a name; fresh. */
json_t *matrix_value(const char *s, size_t len);

#endif
