/* What the tests of the providers' files share. */
#ifndef TESTS_UNIT_DIALECT_H
#define TESTS_UNIT_DIALECT_H

#include "llm/provider.h"

/* An endpoint of that provider, ready; settings "name=value name=value". */
struct endpoint *dialect_endpoint(const char *provider, const char *settings);
/* The body of a prompt for it, parsed. */
json_t *dialect_body(const char *provider, const char *settings);
/* The same where the log probabilities of five tokens are wanted. */
json_t *dialect_rating_body(const char *provider, const char *settings);
void
dialect_assert_url(const char *provider, const char *settings, const char *url);

struct dialect_row {
	int status;
	const char *body;
	enum outcome outcome;
	const char *why;
};
/* Each is read with its outcome; what is ok says "hi". */
void dialect_assert_rows(
    const char *provider, const struct dialect_row *rows, size_t n);
/* answer_clear. */
void dialect_read(
    const char *provider, int status, const char *body, struct answer *a);

#endif
