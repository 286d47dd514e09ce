/* Files that are read from the beginning to the end, once. */
#ifndef RECORD_INPUT_H
#define RECORD_INPUT_H

#include <stdio.h>

#include "base/err.h"

/* path "-" is standard input.  NULL: ERR_FILE with the path made printable. */
FILE *input_open(const char *path, struct err *err);
void input_close(FILE *f); /* NULL and standard input are fine */

#endif
