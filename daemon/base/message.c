#include "base/message.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

#define FIELD_MAX 24

struct row {
	const char *id, *text;
};

static const struct row rows[MESSAGES] = {
#define MESSAGE(name, id, text) [MSG_##name] = {id, text},
#include "base/message.def"
#undef MESSAGE
};

struct messages {
	char *text[MESSAGES];
};

/* ---- fields ---- */

/* The next {field} of a text: its name in out, *at behind it. */
static bool
next_field(const char **at, char out[FIELD_MAX])
{
	const char *open = strchr(*at, '{');
	const char *close = open != NULL ? strchr(open, '}') : NULL;

	if (close == NULL || close - open - 1 >= FIELD_MAX)
		return false;
	memcpy(out, open + 1, (size_t)(close - open - 1));
	out[close - open - 1] = '\0';
	*at = close + 1;
	return true;
}

static bool
has_field(const char *text, const char *name)
{
	char field[FIELD_MAX];

	while (next_field(&text, field))
		if (strcmp(field, name) == 0)
			return true;
	return false;
}

/* A field of `text` that `other` has not; NULL: none. */
static bool
lacks_field(const char *text, const char *other, char out[FIELD_MAX])
{
	while (next_field(&text, out))
		if (!has_field(other, out))
			return true;
	return false;
}

/* ---- reading ---- */

static int
wrong(struct err *err, const char *file, size_t line, const char *what,
    const char *which)
{
	return err_set(err, ERR_BROKEN, "messages", "%s:%zu: %s%s", file, line,
	    what, which);
}

static char *
unescape(const char *s, size_t len)
{
	char *out = xstrndup(s, len), *to = out;
	size_t i;

	for (i = 0; i < len; i++)
		if (s[i] == '\\' && i + 1 < len && s[i + 1] == 'n') {
			*to++ = '\n';
			i++;
		} else
			*to++ = s[i];
	*to = '\0';
	return out;
}

static int
find_row(const char *id, size_t len)
{
	int i;

	for (i = 0; i < MESSAGES; i++)
		if (strlen(rows[i].id) == len &&
		    strncmp(rows[i].id, id, len) == 0)
			return i;
	return -1;
}

static int
read_line(struct messages *m, const char *at, size_t len, const char *file,
    size_t line, struct err *err)
{
	const char *equals = memchr(at, '=', len), *value;
	char field[FIELD_MAX];
	size_t n;
	int row;

	if (len == 0 || at[0] == '#')
		return 0;
	if (equals == NULL || equals - at < 2 || equals[-1] != ' ' ||
	    (size_t)(equals - at) + 2 >= len || equals[1] != ' ')
		return wrong(err, file, line, "a message is `id = text`", "");
	n = (size_t)(equals - at) - 1;
	row = find_row(at, n);
	if (row == -1)
		return wrong(err, file, line, "no message has this id", "");
	if (m->text[row] != NULL)
		return wrong(err, file, line,
		    "this message is there twice: ", rows[row].id);
	value = equals + 2;
	m->text[row] = unescape(value, len - (size_t)(value - at));
	if (lacks_field(rows[row].text, m->text[row], field))
		return wrong(
		    err, file, line, "the text lacks the field ", field);
	if (lacks_field(m->text[row], rows[row].text, field))
		return wrong(
		    err, file, line, "the message has no field ", field);
	return 0;
}

struct messages *
messages_read(const char *bytes, size_t len, const char *file, struct err *err)
{
	struct messages *m = xcalloc(1, sizeof *m);
	const char *at = bytes, *end = bytes + len, *stop;
	size_t line = 0, i;

	if (!text_valid(bytes, len)) {
		wrong(err, file, 1, "is not valid UTF-8", "");
		goto fail;
	}
	while (at < end) {
		stop = memchr(at, '\n', (size_t)(end - at));
		if (stop == NULL)
			stop = end;
		if (read_line(m, at, (size_t)(stop - at), file, ++line, err) ==
		    -1)
			goto fail;
		at = stop + 1;
	}
	for (i = 0; i < MESSAGES; i++)
		if (m->text[i] == NULL) {
			wrong(err, file, line,
			    "the file ends without the message ", rows[i].id);
			goto fail;
		}
	return m;
fail:
	messages_free(m);
	return NULL;
}

void
messages_free(struct messages *m)
{
	size_t i;

	if (m == NULL)
		return;
	for (i = 0; i < MESSAGES; i++)
		free(m->text[i]);
	free(m);
}

/* ---- saying ---- */

const char *
message(const struct messages *m, enum message id)
{
	return m != NULL ? m->text[id] : rows[id].text;
}

const char *
message_id(enum message id)
{
	return rows[id].id;
}

const char *
message_named(const struct messages *m, const char *group, const char *name,
    const char *fallback)
{
	char id[64];
	int row;

	snprintf(id, sizeof id, "%s.%s", group, name);
	row = find_row(id, strlen(id));
	return row == -1 ? fallback : message(m, (enum message)row);
}

struct pair {
	const char *name, *value;
	char number[24];
};
#define PAIRS_MAX 8

static void
fill(struct buf *out, const char *text, const struct pair *pairs, size_t n)
{
	const char *open, *at = text;
	char field[FIELD_MAX];
	size_t i;

	for (;;) {
		open = strchr(at, '{');
		text = at;
		if (open == NULL || !next_field(&at, field)) {
			buf_adds(out, text);
			return;
		}
		for (i = 0; i < n && strcmp(pairs[i].name, field) != 0; i++)
			continue;
		buf_add(out, text, (size_t)(open - text));
		if (i < n)
			buf_adds(out, pairs[i].value);
		else
			buf_add(out, open, (size_t)(at - open));
	}
}

char *
message_text(const struct messages *m, enum message id, ...)
{
	struct pair pairs[PAIRS_MAX];
	struct buf out = {0};
	const char *name;
	size_t n = 0;
	va_list ap;

	va_start(ap, id);
	while (n < PAIRS_MAX && (name = va_arg(ap, const char *)) != NULL) {
		pairs[n].name = name;
		if (name[0] == '#') {
			pairs[n].name = name + 1;
			snprintf(pairs[n].number, sizeof pairs[n].number,
			    "%lld", va_arg(ap, long long));
			pairs[n].value = pairs[n].number;
		} else
			pairs[n].value = va_arg(ap, const char *);
		n++;
	}
	va_end(ap);
	fill(&out, message(m, id), pairs, n);
	return buf_take(&out);
}
