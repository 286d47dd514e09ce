/*
 * Figures of deliberations, as counts: what the literature on the Habermas
 * Machine reports (M. H. Tessler et al., Science 386, 2024, supplement 4) as
 * far as whole numbers suffice.  One table; a figure is a row and a function.
 */
#ifndef RECORD_METRICS_H
#define RECORD_METRICS_H

#include <jansson.h>

#include "record/tables.h"

struct metric {
	const char *name;
	const char *help; /* what count and n are, for the manual */
	/* Adds what it finds in a session to `out` (metric_add). */
	void (*measure)(const struct tables *t, const json_t *session,
	    const struct metric *m, json_t *out);
};
extern const struct metric metrics[]; /* ended by a NULL name */

/*
 * Rows {session, round?, metric, of?, count, n} of every session in the
 * tables; the caller decrefs.  The figure is count / n; n is at least 1, for
 * what nobody gave is no row.  O(sessions x rows).
 */
json_t *metrics_of(const struct tables *t);
/* Appends them as CSV with a column `value`, the quotient to six digits. */
void metrics_csv(const json_t *rows, struct buf *out);

#endif
