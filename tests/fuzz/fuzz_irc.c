/*
 * A line of IRC comes from anyone.  What is read stays inside the line; what
 * is cleaned is UTF-8 without control characters; pieces are whole characters
 * that fit and together are the text.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "client/irc_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static void
read_line(char *line, size_t size)
{
	struct irc_line l;
	size_t i;

	if (irc_line_read(line, &l) == -1)
		return;
	require(l.n <= IRC_PARAMS && *l.command != '\0');
	for (i = 0; i < l.n; i++)
		require(l.params[i] >= line && l.params[i] <= line + size);
}

static void
cut(const char *text, size_t max)
{
	size_t n;

	for (; *text != '\0'; text += n) {
		n = irc_line_cut(text, max);
		require(n > 0 && n <= max && text_valid(text, n));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = malloc(size + 1), *text = malloc(size + 1);
	size_t i, len;

	require(line != NULL && text != NULL);
	if (size > 0)
		memcpy(line, data, size);
	line[size] = '\0';
	memcpy(text, line, size + 1);
	read_line(line, size);
	irc_line_clean(text);
	len = strlen(text);
	require(text_valid(text, len));
	for (i = 0; i < len; i++)
		require((unsigned char)text[i] >= 32 && text[i] != 127);
	cut(text, 4 + size % 400);
	free(line);
	free(text);
	return 0;
}
