#include "choice/ballot.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
profile_init(struct profile *p, size_t candidates)
{
	memset(p, 0, sizeof(*p));
	p->candidates = candidates;
}

void
profile_free(struct profile *p)
{
	free(p->rank);
	profile_init(p, p->candidates);
}

void
profile_add(struct profile *p, const int32_t *rank)
{
	int32_t *row;

	if (p->candidates > 0) {
		p->rank = xgrow(p->rank, p->ballots, &p->cap,
		    p->candidates * sizeof(*p->rank));
		row = p->rank + p->ballots * p->candidates;
		memcpy(row, rank, p->candidates * sizeof(*row));
		ranks_densify(row, p->candidates);
	}
	p->ballots++;
}

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

size_t
ranks_densify(int32_t *rank, size_t n)
{
	int64_t *keys, key, *at;
	size_t distinct = 0;

	if (n == 0)
		return 0;
	keys = xreallocarray(NULL, n, sizeof(*keys));
	for (size_t i = 0; i < n; i++)
		keys[i] = rank_key(rank[i]);
	qsort(keys, n, sizeof(*keys), key_cmp);
	for (size_t i = 0; i < n; i++)
		if (distinct == 0 || keys[distinct - 1] != keys[i])
			keys[distinct++] = keys[i];
	for (size_t i = 0; i < n; i++) {
		key = rank_key(rank[i]);
		at = bsearch(&key, keys, distinct, sizeof(*keys), key_cmp);
		rank[i] = (int32_t)(at - keys);
	}
	free(keys);
	return distinct;
}

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

static bool
is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static const char *
skip_space(const char *s)
{
	while (*s == ' ' || *s == '\t' || *s == '\n' || *s == '\r')
		s++;
	return s;
}

/* The candidate that the letters at *s name, n if none of 0..n-1. */
static size_t
read_label(const char **s, size_t n)
{
	size_t i = 0;

	for (; is_letter(**s); (*s)++)
		if (i <= n)
			i = i * 26 + (size_t)((**s | 0x20) - 'a') + 1;
	return i > n ? n : i - 1;
}

/* Reads one label and puts it into `group`.  `start` is for messages. */
static int
read_candidate(const char **s, const char *start, size_t n, int32_t group,
    int32_t *rank, struct err *err)
{
	const char *at = *s;
	char last[8];
	size_t i;
	int len;

	if (!is_letter(*at))
		return err_set(err, ERR_BAD_BALLOT, NULL,
		    "no statement at position %zu: write each letter once, "
		    "joined by > or =, as in A>C=B",
		    (size_t)(at - start) + 1);
	i = read_label(s, n);
	len = *s - at > 16 ? 16 : (int)(*s - at);
	candidate_label(n - 1, last);
	if (i >= n)
		return err_set(err, ERR_BAD_BALLOT, NULL,
		    n == 1 ? "there is no statement %.*s on this ballot, only "
			     "%s"
			   : "there is no statement %.*s on this ballot: they "
			     "run from A to %s",
		    len, at, last);
	if (rank[i] >= 0)
		return err_set(err, ERR_BAD_BALLOT, NULL,
		    "statement %.*s stands twice on the ballot: name it once",
		    len, at);
	rank[i] = group;
	return 0;
}

int
ballot_parse_letters(const char *s, size_t n, int32_t *rank, struct err *err)
{
	const char *start = s;
	int32_t group = 0;

	if (n == 0)
		return err_set(
		    err, ERR_BAD_BALLOT, NULL, "there is no statement to rank");
	for (size_t i = 0; i < n; i++)
		rank[i] = -1;
	for (;;) {
		s = skip_space(s);
		if (read_candidate(&s, start, n, group, rank, err) != 0)
			return -1;
		s = skip_space(s);
		if (*s == '\0')
			break;
		if (*s != '>' && *s != '=')
			return err_set(err, ERR_BAD_BALLOT, NULL,
			    "expected > or = at position %zu: write the "
			    "letters best first, as in A>C=B",
			    (size_t)(s - start) + 1);
		if (*s++ == '>')
			group++;
	}
	ranks_densify(rank, n);
	return 0;
}
