#include "client/html.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* U+202D and U+202E turn the order of what follows. */
static bool
is_override(const char *s, size_t len)
{
	return len >= 3 && memcmp(s, "\xe2\x80", 2) == 0 &&
	       ((unsigned char)s[2] == 0xad || (unsigned char)s[2] == 0xae);
}

void
html_text_len(struct buf *out, const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (is_override(text + i, len - i)) {
			i += 2;
			continue;
		}
		switch (c) {
		case '&':
			buf_adds(out, "&amp;");
			break;
		case '<':
			buf_adds(out, "&lt;");
			break;
		case '>':
			buf_adds(out, "&gt;");
			break;
		case '"':
			buf_adds(out, "&quot;");
			break;
		case '\'':
			buf_adds(out, "&#39;");
			break;
		default:
			if ((c >= ' ' && c != 127) || c == '\n' || c == '\t')
				buf_addc(out, (char)c);
		}
	}
}

void
html_text(struct buf *out, const char *text)
{
	html_text_len(out, text, strlen(text));
}

void
html_lines(struct buf *out, const char *text)
{
	size_t n;

	for (;; text += n + 1) {
		n = strcspn(text, "\n");
		html_text_len(out, text, n);
		if (text[n] == '\0')
			break;
		buf_adds(out, "<br>");
	}
}

void
html_element(
    struct buf *out, const char *tag, const char *class, const char *text)
{
	buf_addf(out, "<%s", tag);
	if (class != NULL)
		buf_addf(out, " class=\"%s\"", class);
	buf_addc(out, '>');
	html_text(out, text);
	buf_addf(out, "</%s>\n", tag);
}

const char *
html_lang(const char *tag)
{
	size_t i;

	for (i = 0; tag[i] != '\0'; i++)
		if (!isalnum((unsigned char)tag[i]) && tag[i] != '-')
			return "";
	return i < 36 ? tag : "";
}

const char *
html_dir(const char *tag)
{
	static const char *const rtl[] = {
	    "ar", "arc", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"};
	size_t i, n = strcspn(tag, "-");

	for (i = 0; i < sizeof rtl / sizeof *rtl; i++)
		if (strlen(rtl[i]) == n && strncmp(rtl[i], tag, n) == 0)
			return "rtl";
	return "ltr";
}
