/*
 * Tables of others, as files and as recordings that say they were imported.
 * The first byte chooses the format and the kind of file.
 *
 *	as a file	its rows are checked, told to our tables, counted again
 *			and written in every format
 *	as a recording	the bytes are a recording as they stand
 */
#include <stdlib.h>
#include <string.h>

#include "record/contest.h"
#include "record/import.h"
#include "record/replay.h"
#include "record/tables.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SIZE_MAX_HERE 65536

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static int
drop_file(
    void *arg, const char *name, const char *bytes, size_t len, struct err *err)
{
	(void)arg;
	(void)err;
	require(name[0] != '\0' && bytes != NULL && strlen(name) < 4096);
	return len > 0 && bytes[len - 1] == '\0' ? -1 : 0;
}

/* Whatever was told can be counted and written in every format. */
static void
use_tables(struct tables *t, bool anonymous)
{
	const struct outlet out = {.file = drop_file};
	const struct format *f;
	struct contests c;
	struct retally n;
	struct err err;

	if (anonymous)
		tables_anonymous(t, "salt");
	contests_read(&c, t);
	contests_retally(&c, rule_find("schulze"), &n);
	require(n.sole + n.lot + n.outside == n.published);
	contests_free(&c);
	for (f = formats; f->name != NULL; f++)
		if (f->write != NULL)
			f->write(t, &out, &err);
}

static void
as_file(const struct format_sheet *f, enum sheet_kind kind, const char *bytes,
    size_t len)
{
	struct sheet *s =
	    sheet_of(bytes, len, f->name, kind, f->columns != NULL, NULL);
	struct tables t;
	struct err err;
	json_t *row;
	int64_t line;
	int got;

	if (s == NULL)
		return;
	tables_init(&t);
	while ((got = sheet_next(s, &row, &line, &err)) != 0) {
		require(got == 1 || (got == -1 && err.text[0] != '\0'));
		if (got == 1 && f->tell != NULL &&
		    (f->check == NULL ||
			f->check(sheet_head(s), row, &err) == 0))
			f->tell(&t, sheet_head(s), row);
		json_decref(row);
	}
	use_tables(&t, len % 2 == 0);
	tables_clear(&t);
	sheet_close(s);
}

static void
as_recording(const char *bytes, size_t len)
{
	const struct outlet out = {.file = drop_file};
	struct replay_report report;
	struct recording *r = recording_of(bytes, len);
	struct tables t;
	struct err err = {0};

	imported_files(r, &out, &err);
	recording_close(r);
	tables_init(&t);
	r = recording_of(bytes, len);
	if (tables_read(&t, r, &err) == 0)
		use_tables(&t, false);
	recording_close(r);
	tables_clear(&t);
	replay_bytes(bytes, len, &report, &err);
	replay_report_clear(&report);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {
	    "polis", "hm", "preflib", "scenario"};
	const struct format *f;
	const char *bytes = (const char *)data + 1;
	size_t i, which;

	if (size < 2 || size > SIZE_MAX_HERE)
		return 0;
	if (data[0] >= 128) {
		as_recording(bytes, size - 1);
		return 0;
	}
	f = format_find(names[data[0] % 4]);
	which = data[0] / 4 % 8;
	for (i = 0; f->sheets[i].name != NULL && i < which;)
		i++;
	if (f->sheets[i].name != NULL)
		as_file(&f->sheets[i],
		    data[0] / 32 % 2 == 1    ? f->kind
		    : f->kind == SHEET_LINES ? SHEET_LINES
					     : SHEET_CSV,
		    bytes, size - 1);
	return 0;
}
