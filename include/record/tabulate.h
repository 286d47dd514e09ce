/*
 * Our own recordings told to tables, event by event.  Private to the record
 * floor; tables_read is the way in.
 */
#ifndef RECORD_TABULATE_H
#define RECORD_TABULATE_H

#include "record/tables.h"

struct tabulate;

/* Adds a row to the sessions unless the recording was imported. */
struct tabulate *
tabulate_begin(struct tables *t, const struct recording_header *h);
void tabulate_event(struct tabulate *tab, const struct event *e);
void tabulate_end(struct tabulate *tab);

#endif
