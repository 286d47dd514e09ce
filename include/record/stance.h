/*
 * Where texts stand between a question's no and its yes, by their embeddings,
 * and how much a minority's stance weighs in statements: the figures of M. H.
 * Tessler et al. (Science 386, 2024), supplement 5.4, that need vectors.  Which
 * model makes them is the caller's business, and the figures depend on it.
 *
 * A text's position score is its vector's projection on the unit vector that
 * leads from "No, I disagree. <negating>" to "Yes, I agree. <affirming>".
 *
 * The minority is the smaller side of the positions before, a 4 being no
 * minority's; sides of equal size have none.  A statement's score is taken for
 * a mixture of the minority's and the others' mean score; the minority's part,
 * 0 to 1, is fitted by least squares over all rounds with as many people and as
 * large a minority, and averaged over rounds.  Within a side people weigh
 * alike, for nothing tells one from another there.
 */
#ifndef RECORD_STANCE_H
#define RECORD_STANCE_H

#include <jansson.h>

#include "record/tables.h"

#define STANCE_UNIT 1000000 /* figures are counts of millionths */

/* The distinct texts whose vectors are needed, in order; a fresh array.  Empty:
 * no session has a question with two sides and opinions. */
json_t *stance_texts(const struct tables *t);

/*
 * Adds rows as of metrics_of: position_score of opinions (of: participant) and
 * of statements that were shown (round; of: statement), and minority_weight
 * (session null; of: "true", the minority's share of the people, "shown" or
 * "winner").  vectors: {text: [numbers]}, all of one length.  -1: ERR_BROKEN.
 */
int stance_metrics(const struct tables *t, const json_t *vectors, json_t *out,
    struct err *err);

#endif
