/* The prompt templates of a data directory. */
#ifndef SERVER_TEMPLATES_H
#define SERVER_TEMPLATES_H

#include "job/template.h"

/* Reads DATA/prompts/NAME for each name; -1 and ERR_FILE or ERR_BROKEN naming
 * the file.  out has TEMPLATES places; what was read is the caller's even
 * then. */
int
templates_load(struct job_template **out, const char *data, struct err *err);

#endif
