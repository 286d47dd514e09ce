#include "store/head.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* FNV-1a.  Ids are drawn at random by the daemon, so nobody can aim at it. */
static size_t
id_hash(const char *id)
{
	uint64_t h = 14695981039346656037ULL;

	for (; *id != '\0'; id++)
		h = (h ^ (unsigned char)*id) * 1099511628211ULL;
	return (size_t)(h ^ h >> 32);
}

void
head_set_clear(struct head_set *s)
{
	if (s->n > 0)
		memset(s->slot, 0, s->slots * sizeof(*s->slot));
	s->n = 0;
}

void
head_set_free(struct head_set *s)
{
	free(s->v);
	free(s->slot);
	memset(s, 0, sizeof(*s));
}

/* The slot that holds id, or the free one where it belongs. */
static uint32_t *
head_slot(struct head_set *s, const char *id)
{
	size_t i = id_hash(id) & (s->slots - 1);

	while (s->slot[i] != 0 && strcmp(s->v[s->slot[i] - 1].id, id) != 0)
		i = (i + 1) & (s->slots - 1);
	return &s->slot[i];
}

static void
head_set_grow(struct head_set *s)
{
	size_t i;

	s->slots = s->slots == 0 ? 256 : s->slots * 2;
	free(s->slot);
	s->slot = xcalloc(s->slots, sizeof(*s->slot));
	for (i = 0; i < s->n; i++)
		*head_slot(s, s->v[i].id) = (uint32_t)i + 1;
}

struct head *
head_set_get(struct head_set *s, const char *id, bool *made)
{
	struct head *h;
	uint32_t *slot;

	if ((s->n + 1) * 2 > s->slots)
		head_set_grow(s);
	slot = head_slot(s, id);
	*made = *slot == 0;
	if (*slot != 0)
		return &s->v[*slot - 1];
	s->v = xgrow(s->v, s->n, &s->cap, sizeof(*s->v));
	h = &s->v[s->n++];
	memset(h, 0, sizeof(*h));
	strncpy(h->id, id, SESSION_ID_LEN);
	*slot = (uint32_t)s->n;
	return h;
}
