#include "client/term.h"

#include <sys/ioctl.h>

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

#define WIDTH_DEFAULT 80
#define WIDTH_MIN     40
#define WIDTH_MAX     100 /* longer lines tire the eye */

static int
width_of(int fd)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	int width = 0;

	if (ioctl(fd, TIOCGWINSZ, &size) == 0)
		width = size.ws_col;
	if (width == 0 && columns != NULL)
		width = (int)strtol(columns, NULL, 10);
	if (width == 0)
		return WIDTH_DEFAULT;
	if (width < WIDTH_MIN)
		return WIDTH_MIN;
	return width > WIDTH_MAX ? WIDTH_MAX : width;
}

void
term_open(struct term *t, FILE *f)
{
	const char *kind = getenv("TERM"), *no = getenv("NO_COLOR");
	int fd = fileno(f);

	*t = (struct term){.f = f};
	t->tty = isatty(fd) == 1;
	t->colour = t->tty && (no == NULL || *no == '\0') && kind != NULL &&
		    strcmp(kind, "dumb") != 0;
	t->width = width_of(fd);
}

void
term_resize(struct term *t)
{
	t->width = width_of(fileno(t->f));
}

static const char *
style_on(const struct term *t, enum style style)
{
	static const char *const codes[] = {
	    [STYLE_PLAIN] = "",
	    [STYLE_HEAD] = "\033[1m",
	    [STYLE_MARK] = "\033[36m",
	    [STYLE_DIM] = "\033[2m",
	    [STYLE_WARN] = "\033[33m",
	};

	return t->colour ? codes[style] : "";
}

static const char *
style_off(const struct term *t, enum style style)
{
	return t->colour && style != STYLE_PLAIN ? "\033[0m" : "";
}

void
term_text(struct term *t, int margin, int indent, enum style lead_style,
    const char *lead, const char *text)
{
	char *said, *wrapped;
	int at, width;

	term_live_clear(t);
	said = text_printable(lead, strlen(lead));
	width = (int)text_width(said);
	fprintf(t->f, "%*s%s%s%s", margin, "", style_on(t, lead_style), said,
	    style_off(t, lead_style));
	at = margin + width;
	if (*text != '\0') {
		if (width > 0 && at + 1 > indent)
			fputc(' ', t->f), at++;
		else if (at < indent)
			fprintf(t->f, "%*s", indent - at, ""), at = indent;
		wrapped = wrap_text(
		    text, (size_t)t->width, (size_t)at, (size_t)indent);
		fputs(wrapped, t->f);
		free(wrapped);
	}
	fputc('\n', t->f);
	free(said);
}

void
term_say(struct term *t, int indent, enum style style, const char *fmt, ...)
{
	char *text, *wrapped;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = xstrdup("");
	va_end(ap);
	term_live_clear(t);
	wrapped =
	    wrap_text(text, (size_t)t->width, (size_t)indent, (size_t)indent);
	fprintf(t->f, "%*s%s%s%s\n", indent, "", style_on(t, style), wrapped,
	    style_off(t, style));
	free(wrapped);
	free(text);
}

void
term_command(struct term *t, const char *fmt, ...)
{
	char *text, *said;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = xstrdup("");
	va_end(ap);
	term_live_clear(t);
	said = text_printable(text, strlen(text));
	fprintf(t->f, "  %s\n", said);
	free(said);
	free(text);
}

void
term_blank(struct term *t)
{
	term_live_clear(t);
	fputc('\n', t->f);
}

void
term_quote(struct term *t, int margin, const char *text)
{
	char *wrapped, *line, *next;

	term_live_clear(t);
	wrapped = wrap_text(text, (size_t)(t->width - margin - 2), 0, 0);
	for (line = wrapped; line != NULL; line = next) {
		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		fprintf(t->f, "%*s%s│%s%s%s\n", margin, "",
		    style_on(t, STYLE_MARK), style_off(t, STYLE_MARK),
		    *line != '\0' ? " " : "", line);
	}
	free(wrapped);
}

void
term_live(struct term *t, const char *text)
{
	char *line;

	if (!t->tty)
		return;
	term_resize(t);
	line = shorten_text(text, (size_t)t->width - 1);
	fprintf(t->f, "\r\033[K%s%s%s", style_on(t, STYLE_DIM), line,
	    style_off(t, STYLE_DIM));
	fflush(t->f);
	t->live = true;
	free(line);
}

void
term_live_clear(struct term *t)
{
	if (!t->live)
		return;
	fputs("\r\033[K", t->f);
	fflush(t->f);
	t->live = false;
}

/* ---- wrapping ---- */

/* Bytes of the character at s, which is valid UTF-8. */
static size_t
char_len(const char *s)
{
	unsigned char c = (unsigned char)*s;

	return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

static size_t
char_columns(const char *s, size_t len)
{
	char one[8] = {0};

	memcpy(one, s, len);
	return text_width(one);
}

/* Closing marks do not begin a line. */
static bool
closes(const char *s, size_t len)
{
	static const char *const marks[] = {"。", "，", "、", "！", "？", "；",
	    "：", "）", "」", "』", "》", "】", "”"};
	size_t i;

	for (i = 0; i < sizeof marks / sizeof *marks; i++)
		if (strncmp(marks[i], s, len) == 0)
			return true;
	return false;
}

/*
 * How many bytes of the line s (no \n in it) fit into `room` columns, broken
 * where a reader would break it; at least one character.
 */
static size_t
fit(const char *s, size_t len, size_t room)
{
	size_t at, n, used = 0, w, last = 0, before = 0;

	for (at = 0; at < len; at += n, used += w, before = w) {
		n = char_len(s + at);
		w = char_columns(s + at, n);
		if (at > 0 && w > 1 && before > 1 && !closes(s + at, n))
			last = at;
		if (used + w > room && s[at] != ' ')
			return last > 0 ? last : at > 0 ? at : n;
		if (s[at] == ' ')
			last = at;
	}
	return len;
}

static void
wrap_line(struct buf *out, const char *s, size_t len, size_t width, size_t at,
    size_t indent)
{
	size_t n, room;

	for (;;) {
		room = width > at ? width - at : 1;
		n = fit(s, len, room < 8 ? 8 : room);
		buf_add(out, s, n);
		s += n;
		len -= n;
		while (len > 0 && *s == ' ')
			s++, len--;
		if (len == 0)
			return;
		buf_addf(out, "\n%*s", (int)indent, "");
		at = indent;
	}
}

char *
wrap_text(const char *text, size_t width, size_t first, size_t indent)
{
	struct buf out = {0};
	const char *end;
	char *line;
	size_t n, at = first;

	for (;; text = end + 1, at = indent) {
		end = strchr(text, '\n');
		n = end != NULL ? (size_t)(end - text) : strlen(text);
		line = text_printable(text, n);
		wrap_line(&out, line, strlen(line), width, at, indent);
		free(line);
		if (end == NULL)
			break;
		/* No spaces that only end a line. */
		if (end[1] == '\n' || end[1] == '\0')
			buf_addc(&out, '\n');
		else
			buf_addf(&out, "\n%*s", (int)indent, "");
	}
	return buf_take(&out);
}

char *
shorten_text(const char *text, size_t columns)
{
	struct buf folded = {0}, out = {0};
	size_t at, n, used = 0, w;
	char *said;

	for (; *text != '\0'; text++) {
		bool space = *text == ' ' || *text == '\n' || *text == '\t';

		if (!space)
			buf_addc(&folded, *text);
		else if (folded.len > 0 && folded.data[folded.len - 1] != ' ')
			buf_addc(&folded, ' ');
	}
	while (folded.len > 0 && folded.data[folded.len - 1] == ' ')
		folded.len--;
	said =
	    text_printable(folded.data != NULL ? folded.data : "", folded.len);
	if (text_width(said) <= columns) {
		buf_free(&folded);
		return said;
	}
	for (at = 0; said[at] != '\0'; at += n, used += w) {
		n = char_len(said + at);
		w = char_columns(said + at, n);
		if (used + w + 1 > columns)
			break;
		buf_add(&out, said + at, n);
	}
	while (out.len > 0 && out.data[out.len - 1] == ' ')
		out.len--;
	buf_adds(&out, "…");
	free(said);
	buf_free(&folded);
	return buf_take(&out);
}

char *
duration_text(const struct messages *m, long long ms)
{
	long long s = ms > 0 ? (ms + 999) / 1000 : 0;

	if (s < 120)
		return message_text(m, MSG_TIME_S, "#n", s, NULL);
	if (s < 2 * 3600)
		return message_text(m, MSG_TIME_MIN, "#n", s / 60, NULL);
	if (s < 2 * 86400)
		return message_text(
		    m, MSG_TIME_H, "#n", s / 3600, "#more", s / 60 % 60, NULL);
	return message_text(
	    m, MSG_TIME_D, "#n", s / 86400, "#more", s / 3600 % 24, NULL);
}
