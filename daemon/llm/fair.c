#include "llm/fair.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct fair_owner {
	char name[FAIR_OWNER_MAX];
	TAILQ_HEAD(, fair_item) items; /* never empty */
	RB_ENTRY(fair_owner) by_name;
	TAILQ_ENTRY(fair_owner) turn;
};

static int
owner_cmp(const struct fair_owner *a, const struct fair_owner *b)
{
	return strcmp(a->name, b->name);
}
RB_PROTOTYPE(fair_owners, fair_owner, by_name, owner_cmp)
RB_GENERATE(fair_owners, fair_owner, by_name, owner_cmp)

void
fair_init(struct fair *q)
{
	RB_INIT(&q->owners);
	TAILQ_INIT(&q->turns);
	q->n = 0;
}

static struct fair_owner *
owner_of(struct fair *q, const char *name)
{
	struct fair_owner key, *o;

	strlcpy(key.name, name, sizeof key.name);
	o = RB_FIND(fair_owners, &q->owners, &key);
	if (o != NULL)
		return o;
	o = xcalloc(1, sizeof *o);
	memcpy(o->name, key.name, sizeof o->name);
	TAILQ_INIT(&o->items);
	RB_INSERT(fair_owners, &q->owners, o);
	TAILQ_INSERT_TAIL(&q->turns, o, turn);
	return o;
}

void
fair_put(struct fair *q, struct fair_item *item, const char *owner)
{
	item->owner = owner_of(q, owner);
	TAILQ_INSERT_TAIL(&item->owner->items, item, next);
	q->n++;
}

void
fair_remove(struct fair *q, struct fair_item *item)
{
	struct fair_owner *o = item->owner;

	if (o == NULL)
		return;
	TAILQ_REMOVE(&o->items, item, next);
	item->owner = NULL;
	q->n--;
	if (!TAILQ_EMPTY(&o->items))
		return;
	TAILQ_REMOVE(&q->turns, o, turn);
	RB_REMOVE(fair_owners, &q->owners, o);
	free(o);
}

struct fair_item *
fair_next(struct fair *q)
{
	struct fair_owner *o = TAILQ_FIRST(&q->turns);
	struct fair_item *item;

	if (o == NULL)
		return NULL;
	item = TAILQ_FIRST(&o->items);
	TAILQ_REMOVE(&q->turns, o, turn);
	TAILQ_INSERT_TAIL(&q->turns, o, turn);
	fair_remove(q, item);
	return item;
}
