/* Views as session.get says them, for what is put before a person. */
#ifndef TESTS_UNIT_CLIENT_ASKED_H
#define TESTS_UNIT_CLIENT_ASKED_H

#include <jansson.h>

/* Somebody of three, in a phase that asks these slots; each a name, `:` and a
 * kind, spaces between.  Of `given` likewise the names. */
json_t *asked_view(const char *phase, const char *asks, const char *given);
/* The same with statements s7, s2, s10, s3 on the slate. */
json_t *asked_ballot(const char *given);
/* A survey of a scale, a choice and a text. */
json_t *asked_survey(void);

#endif
