#include "choice/exact.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static bool
is_prime(uint32_t m)
{
	for (uint32_t f = 2; f * f <= m; f++)
		if (m % f == 0)
			return false;
	return m > 1;
}

/* a *= m, within limbs. */
static void
multiply(uint32_t *a, size_t limbs, uint32_t m)
{
	uint64_t carry = 0;

	for (size_t i = 0; i < limbs; i++) {
		carry += (uint64_t)a[i] * m;
		a[i] = (uint32_t)carry;
		carry >>= 32;
	}
}

/* q = a / m, which the caller knows to leave no remainder. */
static void
divide(const uint32_t *a, uint32_t m, uint32_t *q, size_t limbs)
{
	uint64_t rest = 0;

	for (size_t i = limbs; i-- > 0;) {
		rest = rest << 32 | a[i];
		q[i] = (uint32_t)(rest / m);
		rest %= m;
	}
}

/* lcm(1..max): for each prime its highest power that is <= max. */
static void
lcm_to(uint32_t max, uint32_t *a, size_t limbs)
{
	a[0] = 1;
	for (uint32_t prime = 2; prime <= max; prime++) {
		if (!is_prime(prime))
			continue;
		for (uint64_t power = prime; power <= max; power *= prime)
			multiply(a, limbs, prime);
	}
}

void
exact_init(struct exact *e, uint32_t max)
{
	e->max = max;
	/* lcm(1..max) < 3^max (D. Hanson 1972): 1.585 bits for each; 64 bits
	 * for the sum of the w. */
	e->limbs = ((size_t)max * 8 / 5 + 31) / 32 + 3;
	e->share = xcalloc((size_t)max * e->limbs, sizeof(*e->share));
	lcm_to(max, e->share, e->limbs);
	for (uint32_t k = 2; k <= max; k++)
		divide(e->share, k, e->share + (k - 1) * e->limbs, e->limbs);
}

void
exact_free(struct exact *e)
{
	free(e->share);
	memset(e, 0, sizeof(*e));
}

static void
add_times(uint32_t *sum, const uint32_t *b, size_t limbs, uint32_t m)
{
	uint64_t carry = 0;

	for (size_t i = 0; i < limbs; i++) {
		carry += (uint64_t)b[i] * m + sum[i];
		sum[i] = (uint32_t)carry;
		carry >>= 32;
	}
}

void
exact_add(const struct exact *e, uint32_t *sum, uint64_t w, uint32_t k)
{
	const uint32_t *share = e->share + (size_t)(k - 1) * e->limbs;

	add_times(sum, share, e->limbs, (uint32_t)w);
	if (w >> 32 != 0)
		add_times(sum + 1, share, e->limbs - 1, (uint32_t)(w >> 32));
}

int
exact_cmp(const struct exact *e, const uint32_t *a, const uint32_t *b)
{
	for (size_t i = e->limbs; i-- > 0;)
		if (a[i] != b[i])
			return a[i] > b[i] ? 1 : -1;
	return 0;
}

uint64_t
exact_floor(const struct exact *e, const uint32_t *sum, uint32_t times)
{
	uint32_t *goal = xmemdup(sum, e->limbs * sizeof(*goal));
	uint32_t *probe = xcalloc(e->limbs, sizeof(*probe));
	uint64_t low = 0, step;

	multiply(goal, e->limbs, times);
	for (step = (uint64_t)1 << 61; step > 0; step >>= 1) {
		memset(probe, 0, e->limbs * sizeof(*probe));
		exact_add(e, probe, low + step, 1);
		if (exact_cmp(e, probe, goal) <= 0)
			low += step;
	}
	free(goal);
	free(probe);
	return low;
}
