#include "client/diff.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define CELLS_MAX ((size_t)16 << 20) /* of the table: 32 MiB */

struct word {
	const char *at;
	size_t len, full; /* with the white space behind it */
};

struct words {
	struct word *v;
	size_t n, cap;
};

static bool
is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t';
}

static size_t
char_len(const char *s)
{
	size_t n = 1;

	while (((unsigned char)s[n] & 0xc0) == 0x80)
		n++;
	return n;
}

/* From U+2E80 on stand the scripts that write no spaces, and nothing below
 * U+10000 that would suffer from being taken apart but Hangul. */
static bool
stands_alone(const char *s)
{
	unsigned char c = (unsigned char)s[0], d = (unsigned char)s[1];
	unsigned code;

	if (c < 0xe2 || c >= 0xf0)
		return c >= 0xf0;
	code = (c & 0x0fu) << 12 | (d & 0x3fu) << 6;
	return code >= 0x2e80 && !(code >= 0xac00 && code < 0xd7c0);
}

static size_t
word_len(const char *s)
{
	size_t n = 0;

	if (stands_alone(s))
		return char_len(s);
	while (s[n] != '\0' && !is_space(s[n]) && !stands_alone(s + n))
		n += char_len(s + n);
	return n;
}

static void
split(const char *s, struct words *w)
{
	struct word *word;

	while (*s != '\0') {
		w->v = xgrow(w->v, w->n, &w->cap, sizeof *w->v);
		word = &w->v[w->n++];
		word->at = s;
		word->len = word_len(s);
		word->full = word->len;
		while (is_space(s[word->full]))
			word->full++;
		s += word->full;
	}
}

static bool
same(const struct word *a, const struct word *b)
{
	return a->len == b->len && memcmp(a->at, b->at, a->len) == 0;
}

/* cell (i, j): the longest common subsequence of a from i on and b from j on.
 */
static uint16_t *
common(const struct words *a, const struct words *b)
{
	size_t wide = b->n + 1, i, j;
	uint16_t *t = xcalloc((a->n + 1) * wide, sizeof *t), down, right;

	for (i = a->n; i-- > 0;)
		for (j = b->n; j-- > 0;) {
			down = t[(i + 1) * wide + j];
			right = t[i * wide + j + 1];
			t[i * wide + j] =
			    same(&a->v[i], &b->v[j])
				? (uint16_t)(t[(i + 1) * wide + j + 1] + 1)
			    : down > right ? down
					   : right;
		}
	return t;
}

struct run {
	diff_fn *fn;
	void *arg;
	enum change_kind kind;
	const char *at;
	size_t len;
};

static void
run_end(struct run *r)
{
	if (r->len > 0)
		r->fn(r->kind, r->at, r->len, r->arg);
	r->len = 0;
}

static void
run_add(struct run *r, enum change_kind kind, const struct word *w)
{
	if (r->len > 0 && (kind != r->kind || r->at + r->len != w->at))
		run_end(r);
	if (r->len == 0)
		r->at = w->at;
	r->kind = kind;
	r->len += w->full;
}

static void
walk(const struct words *a, const struct words *b, const uint16_t *t,
    struct run *r)
{
	size_t wide = b->n + 1, i = 0, j = 0;

	while (i < a->n || j < b->n) {
		if (i < a->n && j < b->n && same(&a->v[i], &b->v[j])) {
			run_add(r, CHANGE_SAME, &b->v[j++]);
			i++;
		} else if (j == b->n || (i < a->n && t[(i + 1) * wide + j] >=
							 t[i * wide + j + 1]))
			run_add(r, CHANGE_GONE, &a->v[i++]);
		else
			run_add(r, CHANGE_NEW, &b->v[j++]);
	}
	run_end(r);
}

bool
diff_words(const char *a, const char *b, diff_fn *fn, void *arg)
{
	struct run r = {.fn = fn, .arg = arg};
	struct words x = {0}, y = {0};
	uint16_t *t = NULL;
	bool told = false;
	size_t most;

	split(a, &x);
	split(b, &y);
	most = x.n > y.n ? x.n : y.n;
	if (most < UINT16_MAX && (x.n + 1) * (y.n + 1) <= CELLS_MAX) {
		t = common(&x, &y);
		told = most > 0 && 3 * (size_t)t[0] >= most;
	}
	if (told)
		walk(&x, &y, t, &r);
	free(t);
	free(x.v);
	free(y.v);
	return told;
}
