/*
 * `caucus run` over many scenarios and a matrix of settings: one daemon, one
 * table, one row a run.
 */
#ifndef CLIENT_BATCH_H
#define CLIENT_BATCH_H

#include "client/cmd.h"
#include "client/matrix.h"

/*
 * Plays every scenario of c->args with every combination.  The exit code:
 * EXIT_OK, EXIT_BATCH + the number of runs that failed (EXIT_BATCH_MAX for
 * all from there on), or why it could not begin or go on.
 */
int batch_run(struct cmd *c, const struct matrix *m);

#endif
