#include "choice/ballot.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "choice/order.h"

#define NAME_MAX_BYTES 200

void
rating_add(struct rating *r, int value, int64_t weight)
{
	if (r->n == 0 || value < r->min)
		r->min = value;
	r->n += weight;
	r->sum += value * weight;
	if (value >= RATING_SIGNS)
		r->ge5 += weight;
}

/* ---- profiles ---- */

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
	free(p->weight);
	profile_init(p, p->candidates);
}

int64_t
profile_weight(const struct profile *p, size_t ballot)
{
	return p->weight != NULL ? p->weight[ballot] : 1;
}

/* Ballots have no weights of their own until one is not 1. */
static void
begin_weights(struct profile *p)
{
	p->weight_cap = p->ballots + 8;
	p->weight = xreallocarray(NULL, p->weight_cap, sizeof(*p->weight));
	for (size_t b = 0; b < p->ballots; b++)
		p->weight[b] = 1;
}

static void
keep_weight(struct profile *p, int64_t weight)
{
	if (p->weight == NULL && weight == 1)
		return;
	if (p->weight == NULL)
		begin_weights(p);
	p->weight =
	    xgrow(p->weight, p->ballots, &p->weight_cap, sizeof(*p->weight));
	p->weight[p->ballots] = weight;
}

static void
note_gaps(struct profile *p, const int32_t *rank, int64_t weight)
{
	bool unranked = false;

	for (size_t x = 0; x < p->candidates; x++) {
		p->unseen |= rank[x] == RANK_UNSEEN;
		unranked |= rank[x] < 0 && rank[x] != RANK_UNSEEN;
	}
	if (unranked)
		p->truncated += weight;
}

static void
add_row(struct profile *p, const int32_t *rank, int64_t weight)
{
	int32_t *row;

	if (p->candidates > 0) {
		p->rank = xgrow(p->rank, p->ballots, &p->cap,
		    p->candidates * sizeof(*p->rank));
		row = p->rank + p->ballots * p->candidates;
		memcpy(row, rank, p->candidates * sizeof(*row));
		note_gaps(p, row, weight);
		ranks_densify(row, p->candidates);
	}
	keep_weight(p, weight);
	p->votes += weight;
	p->ballots++;
}

void
profile_add(struct profile *p, const int32_t *rank)
{
	add_row(p, rank, 1);
}

int
profile_add_weighted(
    struct profile *p, const int32_t *rank, int64_t weight, struct err *err)
{
	if (weight < 1 || weight > WEIGHT_MAX)
		return err_set(err, ERR_BAD_BALLOT, "count",
		    "a ballot counts from 1 to %lld times",
		    (long long)WEIGHT_MAX);
	if (p->votes > VOTES_MAX - weight)
		return err_set(err, ERR_BAD_BALLOT, "count",
		    "there are more than %lld votes together: divide all "
		    "counts by a common number",
		    (long long)VOTES_MAX);
	add_row(p, rank, weight);
	return 0;
}

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

/* ---- labels ---- */

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

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
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
	if (is_space(name[0]) || is_space(name[len - 1]))
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

/* ---- reading a ballot ---- */

static bool
is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* The candidate of letters, n if none of 0..n-1. */
static size_t
find_letters(const char *s, size_t len, size_t n)
{
	size_t i = 0;

	for (size_t k = 0; k < len; k++)
		if (i <= n)
			i = i * 26 + (size_t)((s[k] | 0x20) - 'a') + 1;
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

	for (int i = 0; i < n; i++)
		printable[i] =
		    (char)((unsigned char)s[i] < ' ' || s[i] == 0x7f ? '?'
								     : s[i]);
	candidate_label(l->n - 1, last);
	if (l->name == NULL)
		return err_set(err, ERR_BAD_BALLOT, NULL,
		    "there is no statement %.*s on this ballot: they run from "
		    "A to %s",
		    n, printable, last);
	return err_set(err, ERR_BAD_BALLOT, NULL,
	    "there is no statement %.*s on this ballot", n, printable);
}

/* Reads one label and puts it into `group`.  `start` is for messages. */
static int
read_candidate(const struct labels *l, const char **s, const char *start,
    int32_t group, int32_t *rank, struct err *err)
{
	const char *at = *s;
	size_t len = label_len(l, at), i;

	if (len == 0)
		return err_set(err, ERR_BAD_BALLOT, NULL,
		    "no statement at position %zu: write each %s once, "
		    "joined by > or =, as in A>C=B",
		    (size_t)(at - start) + 1,
		    l->name == NULL ? "letter" : "name");
	i = l->name == NULL ? find_letters(at, len, l->n)
			    : find_name(l, at, len);
	if (i >= l->n)
		return say_unknown(l, at, len, err);
	if (rank[i] >= 0)
		return err_set(err, ERR_BAD_BALLOT, NULL,
		    "statement %.*s stands twice on the ballot: name it once",
		    shown_len(at, len), at);
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
			return err_set(err, ERR_BAD_BALLOT, NULL,
			    "expected > or = at position %zu: write the "
			    "letters best first, as in A>C=B",
			    (size_t)(s - start) + 1);
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
