/*
 * CSV comes from anyone.  What is read as a row, written and read again is the
 * same row; reading ends, and says where it went wrong.
 */
#include <stdlib.h>
#include <string.h>

#include "record/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static void
write_again(const struct csv_row *row, bool lf)
{
	const struct csv_style style = {.lf = lf};
	struct csv_row again;
	struct buf b = {0};
	struct csv *c;
	size_t i;

	for (i = 0; i < row->n; i++)
		csv_put(&b, &style, i == 0, row->field[i].s, row->field[i].len,
		    false);
	csv_end_row(&b, &style);
	c = csv_of(b.data, b.len);
	require(csv_next(c, &again, NULL) == CSV_ROW);
	require(again.n == row->n);
	for (i = 0; i < row->n; i++)
		require(again.field[i].len == row->field[i].len &&
			memcmp(again.field[i].s, row->field[i].s,
			    row->field[i].len) == 0);
	require(csv_next(c, &again, NULL) == CSV_END);
	csv_close(c);
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct csv *c = csv_of((const char *)data, size);
	struct csv_row row;
	struct err err = {0};
	enum csv_got got;
	int64_t line = 0;

	while ((got = csv_next(c, &row, &err)) != CSV_END) {
		require(got == CSV_ROW || got == CSV_BAD);
		require(row.line > line);
		line = row.line;
		if (got == CSV_ROW)
			write_again(&row, size % 2 == 0);
		else
			require(err.code == ERR_BROKEN && err.text[0] != '\0');
	}
	csv_close(c);
	return 0;
}
