#include "client/irc_line.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

/* Cuts the next word off and returns it; NULL at the end. */
static char *
word(char **at)
{
	char *start = *at + strspn(*at, " "), *end;

	if (*start == '\0')
		return NULL;
	end = start + strcspn(start, " ");
	*at = *end == '\0' ? end : end + 1;
	*end = '\0';
	return start;
}

static void
read_tags(char *tags, struct irc_line *l)
{
	char *save, *tag;

	for (tag = strtok_r(tags, ";", &save); tag != NULL;
	     tag = strtok_r(NULL, ";", &save))
		if (strncmp(tag, "account=", 8) == 0 && tag[8] != '\0')
			l->account = tag + 8;
}

static void
read_prefix(char *prefix, struct irc_line *l)
{
	char *at = strchr(prefix, '@'), *bang;

	if (at != NULL) {
		*at = '\0';
		l->host = at + 1;
	}
	bang = strchr(prefix, '!');
	if (bang != NULL) {
		*bang = '\0';
		l->user = bang + 1;
	}
	l->nick = prefix;
}

int
irc_line_read(char *line, struct irc_line *l)
{
	char *at = line, *w;

	memset(l, 0, sizeof *l);
	l->nick = l->user = l->host = "";
	w = word(&at);
	if (w != NULL && *w == '@') {
		read_tags(w + 1, l);
		w = word(&at);
	}
	if (w != NULL && *w == ':') {
		read_prefix(w + 1, l);
		w = word(&at);
	}
	if (w == NULL || !isalnum((unsigned char)*w))
		return -1;
	l->command = w;
	while (l->n < IRC_PARAMS) {
		at += strspn(at, " ");
		if (*at == '\0')
			break;
		if (*at == ':' || l->n == IRC_PARAMS - 1) {
			l->params[l->n++] = at + (*at == ':');
			break;
		}
		l->params[l->n++] = word(&at);
	}
	return 0;
}

const char *
irc_line_param(const struct irc_line *l, size_t i)
{
	return i < l->n ? l->params[i] : "";
}

/* Bytes of a colour after its control character: 1 or 2 digits, a comma and
 * as many again. */
static size_t
colour(const char *s)
{
	size_t n = 0, k;

	while (n < 2 && isdigit((unsigned char)s[n]))
		n++;
	if (n == 0 || s[n] != ',' || !isdigit((unsigned char)s[n + 1]))
		return n;
	for (k = n + 1; k < n + 3 && isdigit((unsigned char)s[k]); k++)
		continue;
	return k;
}

/* Bytes of the character at s; 0 when it is none. */
static size_t
character(const char *s)
{
	size_t n, left = strnlen(s, 4);

	for (n = 1; n <= left; n++)
		if (text_valid(s, n))
			return n;
	return 0;
}

void
irc_line_clean(char *s)
{
	char *out = s;
	size_t n;

	while (*s != '\0') {
		if (*s == 3)
			s += 1 + colour(s + 1);
		else if (*s == '\t') {
			*out++ = ' ';
			s++;
		} else if ((unsigned char)*s < 32 || *s == 127)
			s++;
		else if ((n = character(s)) == 0) {
			*out++ = '?';
			s++;
		} else {
			memmove(out, s, n);
			out += n;
			s += n;
		}
	}
	*out = '\0';
}

size_t
irc_line_cut(const char *text, size_t max)
{
	size_t n = strlen(text), at;

	if (n <= max)
		return n;
	for (at = max; at > max / 2; at--)
		if (text[at] == ' ')
			return at;
	/* Bytes that continue a character are 10xxxxxx. */
	for (at = max; at > max - 4 && ((unsigned char)text[at] & 0xc0) == 0x80;
	     at--)
		continue;
	return at;
}

bool
irc_line_ctcp(const char *text)
{
	return *text == 1;
}

void
irc_line_fold(char *name)
{
	static const char upper[] = "[]\\~", lower[] = "{}|^";
	const char *at;

	for (; *name != '\0'; name++) {
		at = strchr(upper, *name);
		if (at != NULL)
			*name = lower[at - upper];
		else if (*name >= 'A' && *name <= 'Z')
			*name = (char)(*name + 'a' - 'A');
	}
}

char *
irc_line_folded(const char *name)
{
	char *s = xstrdup(name);

	irc_line_fold(s);
	return s;
}
