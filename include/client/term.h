/*
 * What people read: wrapped to the terminal, coloured where that helps, and
 * never with a control character that somebody else wrote.
 */
#ifndef CLIENT_TERM_H
#define CLIENT_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/message.h"

enum style { STYLE_PLAIN, STYLE_HEAD, STYLE_MARK, STYLE_DIM, STYLE_WARN };

struct term {
	FILE *f;     /* borrowed */
	bool tty;    /* a person looks at it just now */
	bool colour; /* tty, and neither NO_COLOR nor TERM=dumb */
	int width;   /* columns to wrap to, 40..100 */
	bool live;   /* a live line stands there */
	const struct messages *words; /* borrowed; NULL: English */
};

void term_open(struct term *t, FILE *f);
/* Windows are resized: asks for the width again. */
void term_resize(struct term *t);

/*
 * One paragraph or several (\n starts a line): `lead` stands at column
 * `margin` in its own style, the text wraps from column `indent` on; a lead
 * that is too long pushes its line to the right.  Ends with a newline.
 */
void term_text(struct term *t, int margin, int indent, enum style lead_style,
    const char *lead, const char *text);
/* As term_text without lead, margin = indent, all in one style. */
void term_say(struct term *t, int indent, enum style style, const char *fmt,
    ...) __attribute__((format(printf, 4, 5)));
void term_blank(struct term *t);
/* A command to be copied: one line, however long. */
void term_command(struct term *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* A text set off by a bar at column `margin`. */
void term_quote(struct term *t, int margin, const char *text);

/* A line that is overwritten by what follows; nothing unless tty. */
void term_live(struct term *t, const char *text);
void term_live_clear(struct term *t);

/* ---- pure ---- */

/*
 * Wraps text to `width` columns for a place that begins at column `first`;
 * lines after the first begin with `indent` spaces.  Breaks at spaces and
 * beside wide characters; a longer word is cut.  Control characters are
 * shown, \n is kept.  No newline at the end.  Fresh (free(3)).
 */
char *wrap_text(const char *text, size_t width, size_t first, size_t indent);
/* One line of at most `columns` columns, white space folded, "…" when cut. */
char *shorten_text(const char *text, size_t columns);
/* "3 d 4 h", "12 min", "45 s" in the language of m (NULL: English).  Fresh. */
char *duration_text(const struct messages *m, long long ms);

#endif
