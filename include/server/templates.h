/* The prompt templates: those of a data directory, or others in their place.
 */
#ifndef SERVER_TEMPLATES_H
#define SERVER_TEMPLATES_H

#include "job/template.h"

/* Reads OWN/NAME for each name, DATA/prompts/NAME where own is NULL or holds
 * none of that name; -1 and ERR_FILE or ERR_BROKEN naming
 * the file.  out has TEMPLATES places; what was read is the caller's even
 * then. */
int templates_load(struct job_template **out, const char *data, const char *own,
    struct err *err);

#endif
