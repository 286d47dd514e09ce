/* What text.h promises of any bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static void
check_term(const char *term, size_t len, void *arg)
{
	(void)arg;
	must(len > 0 && text_valid(term, len));
}

static void
check_sentences(const char *s)
{
	size_t n, i, end = 0;
	struct span *v = text_sentences(s, &n);

	for (i = 0; i < n; i++) {
		must(v[i].len > 0 && v[i].at >= end);
		end = v[i].at + v[i].len;
	}
	must(end <= strlen(s));
	free(v);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *raw = xstrndup((const char *)data, size);
	char *normal = text_normal((const char *)data, size);
	char *again = text_normal(normal, strlen(normal));
	char *shown = text_printable((const char *)data, size);

	must(text_valid(normal, strlen(normal)));
	must(strcmp(normal, again) == 0);
	must(text_valid(shown, strlen(shown)));
	must(text_visible(raw) <= text_chars(raw));
	must(text_chars(raw) <= strlen(raw));
	must(text_width(raw) <= 2 * text_chars(raw));
	check_sentences(raw);
	check_sentences(normal);
	text_terms((const char *)data, size, check_term, NULL);
	must(text_likeness(raw, raw) == 1000);
	must(text_likeness(raw, normal) == text_likeness(normal, raw));
	free(raw);
	free(normal);
	free(again);
	free(shown);
	return 0;
}
