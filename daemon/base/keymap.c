#include "base/keymap.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Linear probing; digests are uniform, so their first bytes are the hash. */
static size_t
keymap_place(const struct keymap *m, const uint8_t key[KEYMAP_LEN])
{
	uint64_t h;
	size_t i;

	memcpy(&h, key, sizeof h);
	for (i = (size_t)h & (m->cap - 1); m->v[i].seq != 0;
	     i = (i + 1) & (m->cap - 1))
		if (memcmp(m->v[i].key, key, KEYMAP_LEN) == 0)
			break;
	return i;
}

void
keymap_free(struct keymap *m)
{
	free(m->v);
	memset(m, 0, sizeof *m);
}

const struct keymap_entry *
keymap_get(const struct keymap *m, const uint8_t key[KEYMAP_LEN])
{
	size_t i;

	if (m->cap == 0)
		return NULL;
	i = keymap_place(m, key);
	return m->v[i].seq != 0 ? &m->v[i] : NULL;
}

static void
keymap_grow(struct keymap *m)
{
	struct keymap old = *m;
	size_t i;

	m->cap = old.cap ? old.cap * 2 : 16;
	m->v = xcalloc(m->cap, sizeof *m->v);
	for (i = 0; i < old.cap; i++)
		if (old.v[i].seq != 0)
			m->v[keymap_place(m, old.v[i].key)] = old.v[i];
	free(old.v);
}

void
keymap_put(struct keymap *m, const uint8_t key[KEYMAP_LEN],
    const uint8_t content[KEYMAP_LEN], int64_t seq)
{
	size_t i;

	if (m->n * 4 >= m->cap * 3)
		keymap_grow(m);
	i = keymap_place(m, key);
	if (m->v[i].seq != 0)
		return;
	memcpy(m->v[i].key, key, KEYMAP_LEN);
	memcpy(m->v[i].content, content, KEYMAP_LEN);
	m->v[i].seq = seq;
	m->n++;
}
