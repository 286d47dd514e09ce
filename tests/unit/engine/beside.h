/*
 * Playing what is asked beside texts and ballots: tests/fake/play.c with a
 * question that has its two sides, choices, forms and signatures.
 */
#ifndef TESTS_BESIDE_H
#define TESTS_BESIDE_H

#include "procedure/habermas.h"
#include "tests/fake/play.h"

/* settings: JSON text or NULL; survey: a form's items or NULL. */
void beside_begin(struct play *p, const char *settings, const json_t *survey);
const char *beside_opinion(int i);
/* Folding the log again ends in the same state. */
void beside_folds(const struct play *p);
int play_choice(struct play *p, int who, const char *slot, int choice);
/* answers: JSON text, as people give them. */
int play_survey(struct play *p, int who, const char *answers);
int play_dissent(struct play *p, int who, const char *text, bool is_signed);

#endif
