#include "choice/labels.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

#define NAME_MAX_BYTES 200

void
candidate_label(size_t i, char out[8])
{
	char digits[16];
	size_t n = 0, len = 0;

	/* Base 26 without a zero: after Z comes AA, not BA. */
	for (i++; i > 0 && n < sizeof(digits); i = (i - 1) / 26)
		digits[n++] = (char)('A' + (i - 1) % 26);
	while (n > 0 && len < 7)
		out[len++] = digits[--n];
	out[len] = '\0';
}

void
labels_init(struct labels *l, size_t n)
{
	memset(l, 0, sizeof(*l));
	l->n = n;
}

void
labels_free(struct labels *l)
{
	for (size_t i = 0; l->name != NULL && i < l->n; i++)
		free(l->name[i]);
	free(l->name);
	free(l->sorted);
	labels_init(l, 0);
}

const char *
labels_of(const struct labels *l, size_t i, char out[8])
{
	if (l->name != NULL)
		return l->name[i];
	candidate_label(i, out);
	return out;
}

static int
check_name(const char *name, size_t i, struct err *err)
{
	size_t len = strnlen(name, NAME_MAX_BYTES + 1);

	if (len == 0 || len > NAME_MAX_BYTES)
		return err_set(err, ERR_BAD_BALLOT, "candidates",
		    "the name of candidate %zu has %s: give 1 to %d bytes",
		    i + 1, len == 0 ? "no bytes" : "too many bytes",
		    NAME_MAX_BYTES);
	if (!text_valid(name, len))
		return err_set(err, ERR_BAD_BALLOT, "candidates",
		    "the name of candidate %zu is not UTF-8", i + 1);
	if (name[0] == ' ' || name[len - 1] == ' ')
		return err_set(err, ERR_BAD_BALLOT, "candidates",
		    "the name of candidate %zu begins or ends with a space: "
		    "take it away",
		    i + 1);
	for (size_t k = 0; k < len; k++)
		if (name[k] == '>' || name[k] == '=' ||
		    (unsigned char)name[k] < ' ' || name[k] == 0x7f)
			return err_set(err, ERR_BAD_BALLOT, "candidates",
			    "the name of candidate %zu has a >, a = or a "
			    "control character in it, which a ranking could "
			    "not be read with: choose another",
			    i + 1);
	return 0;
}

struct named {
	const char *name;
	size_t at;
};

static int
named_cmp(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int c = strcmp(x->name, y->name);

	return c != 0 ? c : (x->at > y->at) - (x->at < y->at);
}

/* Sorts; -1 when two are equal. */
static int
sort_names(struct labels *l, struct err *err)
{
	struct named *v = xcalloc(l->n + 1, sizeof(*v));
	int r = 0;

	for (size_t i = 0; i < l->n; i++)
		v[i] = (struct named){l->name[i], i};
	qsort(v, l->n, sizeof(*v), named_cmp);
	for (size_t i = 0; i < l->n; i++) {
		l->sorted[i] = v[i].at;
		if (r == 0 && i > 0 && strcmp(v[i - 1].name, v[i].name) == 0)
			r = err_set(err, ERR_BAD_BALLOT, "candidates",
			    "candidates %zu and %zu have the same name: give "
			    "each its own",
			    v[i - 1].at + 1, v[i].at + 1);
	}
	free(v);
	return r;
}

int
labels_names(
    struct labels *l, const char *const *names, size_t n, struct err *err)
{
	labels_init(l, n);
	for (size_t i = 0; i < n; i++)
		if (check_name(names[i], i, err) != 0) {
			labels_init(l, 0);
			return -1;
		}
	l->name = xcalloc(n + 1, sizeof(*l->name));
	l->sorted = xcalloc(n + 1, sizeof(*l->sorted));
	for (size_t i = 0; i < n; i++)
		l->name[i] = xstrdup(names[i]);
	if (sort_names(l, err) == 0)
		return 0;
	labels_free(l);
	return -1;
}

static size_t
find_letters(const char *s, size_t len, size_t n)
{
	size_t i = 0;

	for (size_t k = 0; k < len; k++) {
		if ((s[k] | 0x20) < 'a' || (s[k] | 0x20) > 'z')
			return n;
		if (i <= n)
			i = i * 26 + (size_t)((s[k] | 0x20) - 'a') + 1;
	}
	return i > n || i == 0 ? n : i - 1;
}

static size_t
find_name(const struct labels *l, const char *s, size_t len)
{
	size_t low = 0, high = l->n, mid;
	const char *name;
	int c;

	while (low < high) {
		mid = low + (high - low) / 2;
		name = l->name[l->sorted[mid]];
		c = strncmp(s, name, len);
		if (c == 0)
			c = name[len] == '\0' ? 0 : -1;
		if (c == 0)
			return l->sorted[mid];
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return l->n;
}

size_t
labels_find(const struct labels *l, const char *s, size_t len)
{
	return l->name == NULL ? find_letters(s, len, l->n)
			       : find_name(l, s, len);
}
