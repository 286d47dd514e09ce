#include "net/ring.h"

#include <stdlib.h>

#include "base/mem.h"

#define RING_MIN 16

uint32_t
ring_count(const struct ring *r)
{
	return r->tail - r->head;
}

struct answer *
ring_at(const struct ring *r, uint32_t number)
{
	return &r->slots[number & (r->cap - 1)];
}

static void
grow(struct ring *r)
{
	uint32_t i, cap = r->cap == 0 ? RING_MIN : r->cap * 2;
	struct answer *slots = xreallocarray(NULL, cap, sizeof(*slots));

	for (i = r->head; i != r->tail; i++)
		slots[i & (cap - 1)] = *ring_at(r, i);
	free(r->slots);
	r->slots = slots;
	r->cap = cap;
}

uint32_t
ring_push(struct ring *r, json_t *id)
{
	if (ring_count(r) == r->cap)
		grow(r);
	*ring_at(r, r->tail) = (struct answer){.id = json_incref(id)};
	return r->tail++;
}

bool
ring_find(struct ring *r, const json_t *id, uint32_t *number)
{
	const struct answer *a;
	uint32_t i;

	if (ring_count(r) == 0)
		return false;
	/* Most answers come at once; null is one object for all. */
	a = ring_at(r, r->tail - 1);
	if (a->id == id && a->bytes == NULL && !json_is_null(id)) {
		*number = r->tail - 1;
		return true;
	}
	while (r->open != r->tail && ring_at(r, r->open)->bytes != NULL)
		r->open++;
	for (i = r->open; i != r->tail; i++) {
		a = ring_at(r, i);
		if (a->bytes == NULL &&
		    (a->id == id || json_equal(a->id, id))) {
			*number = i;
			return true;
		}
	}
	return false;
}

void
ring_give(
    struct ring *r, uint32_t number, int64_t ticket, char *bytes, size_t len)
{
	struct answer *a = ring_at(r, number);

	if (a->bytes == NULL)
		r->ready++;
	r->bytes += len - a->len;
	free(a->bytes);
	a->bytes = bytes;
	a->len = len;
	a->ticket = ticket;
}

static void
forget(struct ring *r, struct answer *a)
{
	if (a->bytes != NULL)
		r->ready--;
	r->bytes -= a->len;
	free(a->bytes);
	json_decref(a->id);
}

/* An idle connection keeps no ring; the numbers run on. */
static void
give_back(struct ring *r)
{
	if (ring_count(r) > 0)
		return;
	free(r->slots);
	r->slots = NULL;
	r->cap = 0;
}

void
ring_pop(struct ring *r)
{
	forget(r, ring_at(r, r->head));
	if (r->open == r->head)
		r->open++;
	r->head++;
	give_back(r);
}

char *
ring_take(struct ring *r)
{
	struct answer *a = ring_at(r, r->head);
	char *bytes = a->bytes;

	r->ready--;
	r->bytes -= a->len;
	a->bytes = NULL;
	a->len = 0;
	ring_pop(r);
	return bytes;
}

bool
ring_is_open(const struct ring *r, uint32_t number)
{
	uint32_t back = r->tail - number;

	return back > 0 && back <= ring_count(r) &&
	       ring_at(r, number)->bytes == NULL;
}

void
ring_unpush(struct ring *r)
{
	r->tail--;
	forget(r, ring_at(r, r->tail));
	if (r->open == r->tail + 1)
		r->open = r->tail;
	give_back(r);
}

void
ring_clear(struct ring *r)
{
	while (ring_count(r) > 0)
		ring_pop(r);
}
