/*
 * Rows that could not be taken: counted, and the first of them named by file
 * and line.
 */
#ifndef RECORD_FAULTS_H
#define RECORD_FAULTS_H

#include <stdint.h>

#include "base/buf.h"

#define FAULTS_NAMED 20

struct faults {
	int64_t n;
	struct buf text; /* the first FAULTS_NAMED, a line each */
};
void faults_add(struct faults *f, const char *where, const char *what);
void faults_clear(struct faults *f);

#endif
