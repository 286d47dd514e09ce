#include "tests/unit/job/attacks.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

static void
broken(const char *path, const char *line)
{
	fprintf(stderr, "%s: what is this? %s\n", path, line);
	abort();
}

static int
find(const char *const *names, int n, const char *name)
{
	int i = 0;

	while (i < n && strcmp(names[i], name) != 0)
		i++;
	return i < n ? i : -1;
}

static void
read_head(struct attack *a, const char *path, const char *line)
{
	char given[16], replied[16], kinds[80] = "", *rest = kinds, *kind;
	int g, r, k, n;

	n = sscanf(line, "@ %39s %7s %15s %15s %79s", a->name, a->language,
	    given, replied, kinds);
	g = n >= 4 ? find(hostile_done_names, HOSTILE_DONE, given) : -1;
	r = n >= 4 ? find(hostile_done_names, HOSTILE_DONE, replied) : -1;
	if (g == -1 || r == -1)
		broken(path, line);
	a->given = (enum hostile_done)g;
	a->replied = (enum hostile_done)r;
	while (*kinds != '\0' && (kind = strsep(&rest, ",")) != NULL) {
		k = find(hostile_names, HOSTILE_KINDS, kind);
		if (k == -1)
			broken(path, line);
		a->kinds[k] = true;
	}
}

static void
add_char(struct buf *out, unsigned long c)
{
	if (c < 0x80)
		buf_addc(out, (char)c);
	else if (c < 0x800)
		buf_addf(out, "%c%c", (char)(0xc0 | c >> 6),
		    (char)(0x80 | (c & 0x3f)));
	else if (c < 0x10000)
		buf_addf(out, "%c%c%c", (char)(0xe0 | c >> 12),
		    (char)(0x80 | (c >> 6 & 0x3f)), (char)(0x80 | (c & 0x3f)));
	else
		buf_addf(out, "%c%c%c%c", (char)(0xf0 | c >> 18),
		    (char)(0x80 | (c >> 12 & 0x3f)),
		    (char)(0x80 | (c >> 6 & 0x3f)), (char)(0x80 | (c & 0x3f)));
}

static void
add_upper(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++)
		buf_addc(out, (char)toupper((unsigned char)*s));
}

static void
add_line(struct buf *out, const char *line, const struct prompt_marks *marks)
{
	char *end;

	while (*line != '\0') {
		if (strncmp(line, "\\u{", 3) == 0) {
			add_char(out, strtoul(line + 3, &end, 16));
			line = end + 1;
		} else if (strncmp(line, "\\{canary}", 9) == 0) {
			buf_adds(out, marks->canary);
			line += 9;
		} else if (strncmp(line, "\\{CANARY}", 9) == 0) {
			add_upper(out, marks->canary);
			line += 9;
		} else if (strncmp(line, "\\{boundary}", 11) == 0) {
			buf_adds(out, marks->boundary);
			line += 11;
		} else {
			line += strncmp(line, "\\\\", 2) == 0;
			buf_addc(out, *line++);
		}
	}
}

static void
end_text(struct attacks *a, struct buf *text)
{
	if (a->n > 0)
		a->v[a->n - 1].text =
		    text->len > 0 ? buf_take(text) : xstrdup("");
	buf_reset(text);
}

void
attacks_read(
    struct attacks *a, const char *path, const struct prompt_marks *marks)
{
	FILE *f = fopen(path, "r");
	struct buf text = {0};
	char line[2000];

	memset(a, 0, sizeof(*a));
	if (f == NULL)
		broken(path, "no such file");
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '@') {
			end_text(a, &text);
			a->v = xgrow(a->v, a->n, &a->cap, sizeof(*a->v));
			memset(&a->v[a->n], 0, sizeof(*a->v));
			read_head(&a->v[a->n++], path, line);
		} else if (a->n > 0) {
			if (text.len > 0)
				buf_addc(&text, '\n');
			add_line(&text, line, marks);
		} else if (line[0] != '#')
			broken(path, line);
	}
	end_text(a, &text);
	buf_free(&text);
	fclose(f);
}

void
attacks_free(struct attacks *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->v[i].text);
	free(a->v);
}
