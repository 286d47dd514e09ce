/*
 * A table of results that a batch adds to, row by row, as JSON Lines or CSV
 * (RFC 4180, a head line).  Each row is one write and synced, so that a batch
 * that was killed goes on: what is whole in the file is read again, a last
 * row that was cut off is dropped.  A lock keeps a second batch out.
 */
#ifndef CLIENT_TABLE_H
#define CLIENT_TABLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct table;

/*
 * path NULL: standard output, nothing is read.  columns: an array of names,
 * borrowed for as long as the table lives.  `keep`: whether a row that is
 * there stays (a flat object, in CSV all its values are texts and the empty
 * one is null); rows that do not are removed from the file before anything is
 * added.  NULL: ERR_FILE, or ERR_BROKEN when the file holds other columns or
 * no table: it is left as it is.
 */
struct table *table_open(const char *path, bool csv, const json_t *columns,
    bool (*keep)(const json_t *row, void *arg), void *arg, struct err *err);
/* One row: a flat object; what it lacks is null.  -1: ERR_FILE. */
int table_add(struct table *t, const json_t *row, struct err *err);
void table_close(struct table *t); /* NULL is fine */

#endif
