#include "choice/order.h"

#include <stdlib.h>

#include "base/mem.h"

struct keyed {
	int64_t key;
	size_t at;
};

static int
keyed_cmp(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

void
order_by_key(const int64_t *key, size_t n, size_t *order)
{
	struct keyed *v = xcalloc(n + 1, sizeof(*v));

	for (size_t i = 0; i < n; i++)
		v[i] = (struct keyed){key[i], i};
	qsort(v, n, sizeof(*v), keyed_cmp);
	for (size_t i = 0; i < n; i++)
		order[i] = v[i].at;
	free(v);
}
