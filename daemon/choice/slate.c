#include "choice/slate.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/*
 * The Thiele weights 1, 1/2, 1/3 … are compared exactly: all are multiplied by
 * lcm(1..CANDIDATES_MAX), which has 184 bits, so that a sum over 2^32 ballots
 * fits 256.  Little-endian limbs.
 */
#define LIMBS 8
struct wide {
	uint32_t limb[LIMBS];
};

/* a += b * m; a and b may be the same. */
static void
wide_add_times(struct wide *a, const struct wide *b, uint32_t m)
{
	uint64_t carry = 0;

	for (size_t i = 0; i < LIMBS; i++) {
		carry += (uint64_t)b->limb[i] * m + a->limb[i];
		a->limb[i] = (uint32_t)carry;
		carry >>= 32;
	}
}

/* a / m, which the caller knows to leave no remainder */
static struct wide
wide_divide(const struct wide *a, uint32_t m)
{
	struct wide q;
	uint64_t rest = 0;

	for (size_t i = LIMBS; i-- > 0;) {
		rest = rest << 32 | a->limb[i];
		q.limb[i] = (uint32_t)(rest / m);
		rest %= m;
	}
	return q;
}

static int
wide_cmp(const struct wide *a, const struct wide *b)
{
	for (size_t i = LIMBS; i-- > 0;)
		if (a->limb[i] != b->limb[i])
			return a->limb[i] > b->limb[i] ? 1 : -1;
	return 0;
}

static bool
is_prime(uint32_t m)
{
	for (uint32_t f = 2; f * f <= m; f++)
		if (m % f == 0)
			return false;
	return m > 1;
}

/* lcm(1..max): for each prime its highest power that is <= max. */
static struct wide
wide_lcm(uint32_t max)
{
	struct wide a = {{1}};

	for (uint32_t prime = 2; prime <= max; prime++) {
		if (!is_prime(prime))
			continue;
		for (uint32_t power = prime; power <= max; power *= prime)
			wide_add_times(&a, &a, prime - 1);
	}
	return a;
}

/* The work of one sequential proportional approval. */
struct approval {
	size_t n, ballots;
	bool *approves;	   /* ballots rows of n */
	uint32_t *content; /* per ballot: chosen ones it approves */
	struct wide weight[CANDIDATES_MAX]; /* lcm / (1 + content) */
};

/*
 * A ballot approves its best groups as long as they fit whole into `limit`
 * places, and its top group in any case: a cut through a tie would need a lot,
 * and a truncated ballot must not be read as liking all that it left out.
 */
static void
approve_best(
    const int32_t *rank, const bool *allowed, size_t n, size_t limit, bool *row)
{
	int32_t top = INT32_MAX;
	size_t at_least;

	for (size_t x = 0; x < n; x++)
		if (allowed[x] && rank[x] < top)
			top = rank[x];
	for (size_t x = 0; x < n; x++) {
		if (!allowed[x])
			continue;
		at_least = 0;
		for (size_t y = 0; y < n; y++)
			at_least += allowed[y] && rank[y] <= rank[x];
		row[x] = rank[x] == top || at_least <= limit;
	}
}

static void
approval_init(struct approval *a, const struct profile *p, const bool *allowed)
{
	struct wide lcm = wide_lcm(CANDIDATES_MAX);
	size_t n = p->candidates, count = 0;

	a->n = n;
	a->ballots = p->ballots;
	a->approves = xcalloc(n * p->ballots + 1, sizeof(*a->approves));
	a->content = xcalloc(p->ballots + 1, sizeof(*a->content));
	for (uint32_t i = 0; i < CANDIDATES_MAX; i++)
		a->weight[i] = wide_divide(&lcm, i + 1);
	for (size_t x = 0; x < n; x++)
		count += allowed[x];
	for (size_t b = 0; b < p->ballots; b++)
		approve_best(p->rank + b * n, allowed, n, (count + 1) / 2,
		    a->approves + b * n);
}

static void
approval_free(struct approval *a)
{
	free(a->approves);
	free(a->content);
}

static void
approval_chosen(struct approval *a, size_t x)
{
	for (size_t b = 0; b < a->ballots; b++)
		if (a->approves[b * a->n + x] &&
		    a->content[b] < CANDIDATES_MAX - 1)
			a->content[b]++;
}

/* What choosing x would add, in units of 1/lcm. */
static struct wide
approval_gain(const struct approval *a, size_t x)
{
	uint32_t count[CANDIDATES_MAX] = {0};
	struct wide sum = {{0}};

	for (size_t b = 0; b < a->ballots; b++)
		if (a->approves[b * a->n + x])
			count[a->content[b]]++;
	for (size_t i = 0; i < CANDIDATES_MAX; i++)
		if (count[i] > 0)
			wide_add_times(&sum, &a->weight[i], count[i]);
	return sum;
}

/* The best of those left, n if none is; ties as slate.h says. */
static size_t
approval_best(const struct approval *a, const struct tally *t, const bool *left)
{
	size_t best = a->n;
	struct wide gain, most = {{0}};
	int c;

	for (size_t x = 0; x < a->n; x++) {
		if (!left[x])
			continue;
		gain = approval_gain(a, x);
		c = best == a->n ? 1 : wide_cmp(&gain, &most);
		if (c > 0 || (c == 0 && t->rank[x] < t->rank[best])) {
			best = x;
			most = gain;
		}
	}
	return best;
}

static size_t
choose_proportional(const struct profile *p, const struct tally *t,
    size_t first, const bool *allowed, size_t k, size_t *out)
{
	struct approval a;
	size_t n = p->candidates, x, chosen = 0;
	bool *left;

	left = xmemdup(allowed, n * sizeof(*left));
	approval_init(&a, p, allowed);
	x = first < n && allowed[first] ? first : approval_best(&a, t, left);
	for (; chosen < k && x < n; x = approval_best(&a, t, left)) {
		out[chosen++] = x;
		left[x] = false;
		approval_chosen(&a, x);
	}
	approval_free(&a);
	free(left);
	return chosen;
}

static size_t
choose_top(const struct profile *p, const struct tally *t, size_t first,
    const bool *allowed, size_t k, size_t *out)
{
	size_t n = p->candidates, chosen = 0;

	if (chosen < k && first < n && allowed[first])
		out[chosen++] = first;
	for (int32_t rank = 0; rank < (int32_t)n && chosen < k; rank++)
		for (size_t x = 0; x < n && chosen < k; x++)
			if (allowed[x] && t->rank[x] == rank && x != first)
				out[chosen++] = x;
	return chosen;
}

/* clang-format off */
const struct slate_rule slate_rules[] = {
	{ "proportional",
	    "the winner, then so that everybody finds something on the ballot",
	    choose_proportional },
	{ "top", "the head of the social ranking", choose_top },
	{ NULL, NULL, NULL },
};
/* clang-format on */

const struct slate_rule *
slate_find(const char *name)
{
	for (const struct slate_rule *r = slate_rules; r->name != NULL; r++)
		if (strcmp(r->name, name) == 0)
			return r;
	return NULL;
}
