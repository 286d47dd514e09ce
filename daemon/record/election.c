#include "record/election.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"

/* clang-format off */
const struct election_format election_formats[] = {
	{ "json", "a JSON object", false, election_read_json },
	{ "jsonl", "JSON Lines: one object a line", true, election_read_json },
	{ "soc", "PrefLib, strict orders, complete", false, election_read_preflib },
	{ "soi", "PrefLib, strict orders, incomplete", false, election_read_preflib },
	{ "toc", "PrefLib, orders with ties, complete", false, election_read_preflib },
	{ "toi", "PrefLib, orders with ties, incomplete", false, election_read_preflib },
	{ .name = NULL },
};
/* clang-format on */

void
election_free(struct election *e)
{
	labels_free(&e->labels);
	profile_free(&e->profile);
	free(e->ratings);
	json_decref(e->source);
	memset(e, 0, sizeof(*e));
}

int
election_at(struct err *err, const char *what, size_t number)
{
	char text[sizeof(err->text)];

	if (err == NULL)
		return -1;
	strlcpy(text, err->text, sizeof(text));
	snprintf(
	    err->text, sizeof(err->text), "%s %zu: %.300s", what, number, text);
	return -1;
}

int
election_size(int64_t n, struct err *err)
{
	if (n < 1)
		return err_set(err, ERR_BAD_BALLOT, "candidates",
		    "there are no candidates");
	if (n > CANDIDATES_LIMIT)
		return err_set(err, ERR_BAD_BALLOT, "candidates",
		    "there are %lld candidates: %d are the most", (long long)n,
		    CANDIDATES_LIMIT);
	return 0;
}

/* ---- which format ---- */

static const struct election_format *
by_name(const char *name)
{
	const char *dot = name != NULL ? strrchr(name, '.') : NULL;
	const struct election_format *f;

	for (f = election_formats; dot != NULL && f->name != NULL; f++)
		if (strcmp(dot + 1, f->name) == 0)
			return f;
	return NULL;
}

static const struct election_format *
format_of(const char *name)
{
	const struct election_format *f = election_formats;

	while (f->name != NULL && strcmp(f->name, name) != 0)
		f++;
	return f->name != NULL ? f : NULL;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static size_t
skip_blank(const char *text, size_t len, size_t at)
{
	while (at < len && is_blank(text[at]))
		at++;
	return at;
}

static size_t
line_end(const char *text, size_t len, size_t at)
{
	const char *end = at < len ? memchr(text + at, '\n', len - at) : NULL;

	return end != NULL ? (size_t)(end - text) : len;
}

/* Lines are one election each if the first is a whole object and not the last
 * of the file. */
static bool
is_lines(const char *text, size_t len, size_t at)
{
	size_t end = line_end(text, len, at);
	json_t *first;

	if (skip_blank(text, len, end) == len)
		return false;
	first = json_read(text + at, end - at, NULL);
	json_decref(first);
	return first != NULL;
}

/* "# DATA TYPE: soc" names the format. */
static const struct election_format *
by_header(const char *text, size_t len)
{
	static const char key[] = "# DATA TYPE:";
	const struct election_format *f;
	size_t end, at, n;

	for (at = 0; at < len && text[at] == '#'; at = end + 1) {
		end = line_end(text, len, at);
		if (end - at < sizeof(key) - 1 ||
		    memcmp(text + at, key, sizeof(key) - 1) != 0)
			continue;
		at = skip_blank(text, end, at + sizeof(key) - 1);
		for (n = end - at; n > 0 && is_blank(text[at + n - 1]);)
			n--;
		for (f = election_formats; f->name != NULL; f++)
			if (f->read == election_read_preflib &&
			    strlen(f->name) == n &&
			    memcmp(text + at, f->name, n) == 0)
				return f;
		return NULL;
	}
	return NULL;
}

static const struct election_format *
by_text(const char *text, size_t len)
{
	size_t at = skip_blank(text, len, 0);

	if (at < len && text[at] == '#')
		return by_header(text + at, len - at);
	if (at < len && text[at] == '{')
		return format_of(is_lines(text, len, at) ? "jsonl" : "json");
	return NULL;
}

int
election_open(struct election_reader *r, const char *name, const char *text,
    size_t len, struct err *err)
{
	memset(r, 0, sizeof(*r));
	r->text = text;
	r->len = len;
	r->line = 1;
	r->format = by_name(name);
	/* Files of lines are often called .json. */
	if (r->format == NULL || r->format->read == election_read_json)
		r->format = r->format != NULL && r->format->lines
				? r->format
				: by_text(text, len);
	if (r->format == NULL)
		return err_set(err, ERR_BROKEN, NULL,
		    "this is no election: give a JSON object that begins with "
		    "{, one a line, or a PrefLib file that begins with # and "
		    "has a line \"# DATA TYPE: soc\" (soi, toc, toi)");
	return 0;
}

/* ---- reading ---- */

static size_t
lines_in(const char *text, size_t from, size_t to)
{
	size_t n = 0;

	while (from < to && (from = line_end(text, to, from)) < to) {
		n++;
		from++;
	}
	return n;
}

int
election_next(struct election_reader *r, struct election *e, struct err *err)
{
	size_t from = skip_blank(r->text, r->len, r->at), end = r->len;
	int status;

	memset(e, 0, sizeof(*e));
	if (r->ended || (from == r->len && r->format->lines))
		return 0;
	r->line += lines_in(r->text, r->at, from);
	if (r->format->lines)
		end = line_end(r->text, r->len, from);
	else
		from = 0;
	status = r->format->read(r->format, r->text + from, end - from, e, err);
	r->at = end;
	r->ended = !r->format->lines;
	if (status == 0)
		return 1;
	election_free(e);
	return r->format->lines ? election_at(err, "line", r->line) : -1;
}
