/*
 * What people write for a ballot, and how ballots are shown to them: letters
 * A, B, … stand for statements in the order of `ids`, a JSON array of
 * statement ids; on the wire there are ids only.
 */
#ifndef CLIENT_LETTERS_H
#define CLIENT_LETTERS_H

#include <jansson.h>

#include "base/err.h"

/*
 * "A>C=B" or "s3>s1=s2" into [["s3"],["s1","s2"]]; what is not named is tied
 * last.  NULL and ERR_BAD_BALLOT.
 */
json_t *letters_ranking(const char *s, const json_t *ids, struct err *err);
/*
 * "6 5 - 3" (one for each, in order; - leaves one out), "A=6,B=5" or
 * "s1=6 s2=5" into {"s1":6,…}.  NULL and ERR_BAD_RATING.
 */
json_t *letters_ratings(const char *s, const json_t *ids, struct err *err);
/* The id that a letter or an id means; NULL and ERR_UNKNOWN_STATEMENT. */
const char *
letters_statement(const char *s, const json_t *ids, struct err *err);

/* The letter of an id, the id itself where it has none. */
const char *letter_of(const char *id, const json_t *ids, char out[8]);
/* [["s3"],["s1","s2"]] as "A>B=C"; fresh (free(3)). */
char *letters_of(const json_t *ranking, const json_t *ids);

#endif
