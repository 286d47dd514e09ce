/* The texts of tests/data/injection, for whoever tests against them. */
#ifndef UNIT_JOB_ATTACKS_H
#define UNIT_JOB_ATTACKS_H

#include <stddef.h>

#include "job/hostile.h"
#include "job/template.h"

struct attack {
	char name[40], language[8];
	enum hostile_done given, replied;
	bool kinds[HOSTILE_KINDS];
	char *text;
};
struct attacks {
	struct attack *v;
	size_t n, cap;
};

/* Aborts, with why, if the file is not as its README says. */
void attacks_read(
    struct attacks *a, const char *path, const struct prompt_marks *marks);
void attacks_free(struct attacks *a);

#endif
