#include "client/settings.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "session/procedure.h"

/* "16, from 1 to 64", "true", "proportional or top": the default first. */
static void
add_values(struct buf *b, const struct setting *row)
{
	int64_t i;

	if (row->type == SETTING_BOOL) {
		buf_adds(b, row->def != 0 ? "true" : "false");
		return;
	}
	if (row->type == SETTING_INT) {
		buf_addf(b, "%" PRId64 ", from %" PRId64 " to %" PRId64 "%s%s",
		    row->def, row->min, row->max, *row->unit != '\0' ? " " : "",
		    row->unit);
		return;
	}
	if (row->type == SETTING_TAG) {
		buf_adds(b, "auto, or a language tag such as zh");
		return;
	}
	buf_adds(b, row->choices[row->def]);
	for (i = row->min; i <= row->max; i++)
		if (i != row->def)
			buf_addf(b, " or %s", row->choices[i]);
}

static void
help_row(struct term *t, const struct setting *row)
{
	struct buf text = {0};

	buf_addf(&text, "%s [", row->help);
	add_values(&text, row);
	buf_addc(&text, ']');
	term_text(t, 2, 19, STYLE_MARK, row->name, text.data);
	buf_free(&text);
}

void
settings_help(struct term *t)
{
	const struct procedure *const *p;
	const struct setting *row;

	term_say(t, 0, STYLE_HEAD, "caucus new --set NAME=VALUE …");
	term_say(t, 2, STYLE_PLAIN,
	    "What each setting is for, and [its default, what else it may be]. "
	    "All are frozen when the first opinion arrives, those that the "
	    "terms name when the first participant joins.");
	for (p = procedures; *p != NULL; p++) {
		term_blank(t);
		if (p[1] != NULL || p != procedures)
			term_say(t, 0, STYLE_HEAD, "%s", (*p)->name);
		for (row = (*p)->settings; row->name != NULL; row++)
			help_row(t, row);
	}
}
