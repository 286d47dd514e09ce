#include "choice/ballot.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/message.h"
#include "choice/order.h"

/* ---- ranks ---- */

static int
key_cmp(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* What a rank sorts by: the unranked come after every rank there is. */
static int64_t
rank_key(int32_t rank)
{
	return rank < 0 ? INT64_MAX : rank;
}

/* Ranks beyond n: sorted. */
static size_t
densify_sparse(int32_t *rank, size_t n)
{
	int64_t *keys, key, *at;
	size_t distinct = 0, seen = 0;

	keys = xreallocarray(NULL, n, sizeof(*keys));
	for (size_t i = 0; i < n; i++)
		if (rank[i] != RANK_UNSEEN)
			keys[seen++] = rank_key(rank[i]);
	qsort(keys, seen, sizeof(*keys), key_cmp);
	for (size_t i = 0; i < seen; i++)
		if (distinct == 0 || keys[distinct - 1] != keys[i])
			keys[distinct++] = keys[i];
	for (size_t i = 0; i < n; i++) {
		if (rank[i] == RANK_UNSEEN)
			continue;
		key = rank_key(rank[i]);
		at = bsearch(&key, keys, distinct, sizeof(*keys), key_cmp);
		rank[i] = (int32_t)(at - keys);
	}
	free(keys);
	return distinct;
}

/* Ranks 0..n-1, the unranked at n: each is marked, then numbered. */
static size_t
densify_counted(int32_t *rank, size_t n)
{
	int32_t few[CANDIDATES_MAX + 1] = {0}, *number = few, distinct = 0;

	if (n > CANDIDATES_MAX)
		number = xcalloc(n + 1, sizeof(*number));
	for (size_t i = 0; i < n; i++)
		if (rank[i] != RANK_UNSEEN)
			number[rank[i] < 0 ? (int32_t)n : rank[i]] = 1;
	for (size_t r = 0; r <= n; r++)
		if (number[r] != 0)
			number[r] = distinct++;
	for (size_t i = 0; i < n; i++)
		if (rank[i] != RANK_UNSEEN)
			rank[i] = number[rank[i] < 0 ? (int32_t)n : rank[i]];
	if (number != few)
		free(number);
	return (size_t)distinct;
}

size_t
ranks_densify(int32_t *rank, size_t n)
{
	if (n == 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (rank[i] >= (int32_t)n)
			return densify_sparse(rank, n);
	return densify_counted(rank, n);
}

/* ---- reading a ballot ---- */

static bool
is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Bytes of the label at s, without the space behind it. */
static size_t
label_len(const struct labels *l, const char *s)
{
	size_t len = 0;

	if (l->name == NULL) {
		while (is_letter(s[len]))
			len++;
		return len;
	}
	len = strcspn(s, ">=");
	while (len > 0 && is_space(s[len - 1]))
		len--;
	return len;
}

static const char *
skip_space(const char *s)
{
	while (is_space(*s))
		s++;
	return s;
}

/* What of a label goes into a message: whole characters, 40 bytes. */
static int
shown_len(const char *s, size_t len)
{
	if (len > 40)
		for (len = 40; len > 0 && (s[len] & 0xc0) == 0x80;)
			len--;
	return (int)len;
}

static int
say_unknown(const struct labels *l, const char *s, size_t len, struct err *err)
{
	char last[8], printable[41];
	int n = shown_len(s, len);

	printable[n] = '\0';
	for (int i = 0; i < n; i++)
		printable[i] =
		    (char)((unsigned char)s[i] < ' ' || s[i] == 0x7f ? '?'
								     : s[i]);
	candidate_label(l->n - 1, last);
	if (l->name == NULL)
		return err_say(err, ERR_BAD_BALLOT, NULL,
		    l->n == 1 ? MSG_ERROR_BALLOT_ONLY
			      : MSG_ERROR_BALLOT_UNKNOWN,
		    "letter", printable, "last", last, NULL);
	return err_set(err, ERR_BAD_BALLOT, NULL,
	    "there is no statement %s on this ballot", printable);
}

static int
say_twice(const char *s, size_t len, struct err *err)
{
	char letter[41];

	strlcpy(letter, s, (size_t)shown_len(s, len) + 1);
	return err_say(err, ERR_BAD_BALLOT, NULL, MSG_ERROR_BALLOT_TWICE,
	    "letter", letter, NULL);
}

/* Reads one label and puts it into `group`.  `start` is for messages. */
static int
read_candidate(const struct labels *l, const char **s, const char *start,
    int32_t group, int32_t *rank, struct err *err)
{
	const char *at = *s;
	size_t len = label_len(l, at), i;

	if (len == 0 && l->name == NULL)
		return err_say(err, ERR_BAD_BALLOT, NULL,
		    MSG_ERROR_BALLOT_LETTER, "#at", (long long)(at - start) + 1,
		    NULL);
	if (len == 0)
		return err_set(err, ERR_BAD_BALLOT, NULL,
		    "no statement at position %zu: write each name once, "
		    "joined by > or =, as in A>C=B",
		    (size_t)(at - start) + 1);
	i = labels_find(l, at, len);
	if (i >= l->n)
		return say_unknown(l, at, len, err);
	if (rank[i] >= 0)
		return say_twice(at, len, err);
	rank[i] = group;
	*s = at + len;
	return 0;
}

int
ballot_parse(
    const struct labels *l, const char *s, int32_t *rank, struct err *err)
{
	const char *start = s;
	int32_t group = 0;

	if (l->n == 0)
		return err_set(
		    err, ERR_BAD_BALLOT, NULL, "there is no statement to rank");
	for (size_t i = 0; i < l->n; i++)
		rank[i] = RANK_UNRANKED;
	for (;;) {
		s = skip_space(s);
		if (read_candidate(l, &s, start, group, rank, err) != 0)
			return -1;
		s = skip_space(s);
		if (*s == '\0')
			return 0;
		if (*s != '>' && *s != '=')
			return err_say(err, ERR_BAD_BALLOT, NULL,
			    MSG_ERROR_BALLOT_SIGN, "#at",
			    (long long)(s - start) + 1, NULL);
		if (*s++ == '>')
			group++;
	}
}

int
ballot_parse_letters(const char *s, size_t n, int32_t *rank, struct err *err)
{
	struct labels letters;

	labels_init(&letters, n);
	if (ballot_parse(&letters, s, rank, err) != 0)
		return -1;
	ranks_densify(rank, n);
	return 0;
}

/* ---- printing a ballot ---- */

void
ballot_print(const struct labels *l, const int32_t *rank, struct buf *out)
{
	size_t *order = xcalloc(l->n + 1, sizeof(*order)), i;
	int64_t *key = xcalloc(l->n + 1, sizeof(*key));
	char letter[8];

	for (i = 0; i < l->n; i++)
		key[i] = rank_key(rank[i]);
	order_by_key(key, l->n, order);
	for (i = 0; i < l->n && rank[order[i]] >= 0; i++) {
		if (i > 0)
			buf_addc(out,
			    key[order[i]] == key[order[i - 1]] ? '=' : '>');
		buf_adds(out, labels_of(l, order[i], letter));
	}
	free(order);
	free(key);
}
