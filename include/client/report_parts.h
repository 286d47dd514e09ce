/* What the report's files share.  Private to daemon/client. */
#ifndef CLIENT_REPORT_PARTS_H
#define CLIENT_REPORT_PARTS_H

#include <stdbool.h>

#include "client/report.h"
#include "client/term.h"

struct report {
	struct buf *out;
	const json_t *story, *result; /* result NULL: not ended */
	const struct report_facts *facts;
	const struct messages *m;
	char lang[40];	     /* of the texts; "" unknown */
	const json_t *round; /* at hand */
};

/* A sentence of the table as a paragraph; the text is taken. */
void report_say(struct report *r, const char *class, char *text);
/* What somebody wrote, set off. */
void report_quote(
    struct report *r, const char *tag, const char *class, const char *text);
/* The sentences that `tell` prints, as a list; nothing when there are none. */
void report_lines(
    struct report *r, void (*tell)(struct term *t, const struct report *r));

/* report_vote.c: the round at hand. */
void report_pairs(struct report *r);
void report_ballots(struct report *r);
void report_ratings(struct report *r);
/* How many gave each answer 1 to 7, as a small chart with its heading. */
void report_chart(struct report *r, const char *title, const long counts[7]);

#endif
