#include "record/format.h"

#include <string.h>

#include "record/format_own.h"

/* clang-format off */
const struct format formats[] = {
	{ .name = "recording", .help = "the events themselves, with their chain: only these can be verified and replayed" },
	{ .name = "csv", .help = "tidy tables, one file each (RFC 4180)",
	    .folder = true, .write = write_csv },
	{ .name = "json", .help = "the same tables as one JSON object",
	    .write = write_json },
	{ .name = "markdown", .help = "a page to read: question, outcome, statement, rounds",
	    .write = write_markdown },
	{ .name = "polis", .help = "the tables of a Polis export; 1 agrees",
	    .sheets = polis_sheets, .kind = SHEET_CSV, .folder = true, .write = write_polis },
	{ .name = "hm", .help = "the Habermas Machine's tables as JSON Lines (import: or CSV), flat dotted keys",
	    .sheets = hm_sheets, .kind = SHEET_JSONL, .folder = true, .write = write_hm },
	{ .name = "preflib", .help = "each election as a PrefLib file (.soc, .toc, .soi, .toi)",
	    .sheets = preflib_sheets, .kind = SHEET_LINES, .folder = true, .write = write_preflib },
	{ .name = "scenario", .help = "a deliberation for `caucus run`, as JSON",
	    .sheets = scenario_sheets, .kind = SHEET_JSON, .write = write_scenario },
	{ .name = NULL },
};
/* clang-format on */

const struct format *
format_find(const char *name)
{
	const struct format *f;

	for (f = formats; f->name != NULL; f++)
		if (strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

void
format_names(bool import, struct buf *out)
{
	const struct format *f;
	bool first = true;

	for (f = formats; f->name != NULL; f++) {
		if (import && f->sheets == NULL)
			continue;
		buf_addf(out, "%s%s", first ? "" : ", ", f->name);
		first = false;
	}
}
