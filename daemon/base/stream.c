#include "base/stream.h"

#include <string.h>

#include "base/digest.h"
#include "base/log.h"

static void
put_u64(uint8_t out[8], uint64_t v)
{
	int i;

	for (i = 7; i >= 0; i--) {
		out[i] = (uint8_t)v;
		v >>= 8;
	}
}

void
stream_open(struct stream *s, const char *seed, const char *name, uint64_t a,
    uint64_t b)
{
	static const char label[] = "caucus-stream";
	uint8_t numbers[16];
	const struct digest_part parts[] = {
	    {label, sizeof(label)}, /* each with its NUL */
	    {seed, strlen(seed) + 1},
	    {name, strlen(name) + 1},
	    {numbers, sizeof(numbers)},
	};

	put_u64(numbers, a);
	put_u64(numbers + 8, b);
	memset(s, 0, sizeof(*s));
	digest_sha256(parts, sizeof(parts) / sizeof(parts[0]), s->key);
	s->used = sizeof(s->block);
}

static void
next_block(struct stream *s)
{
	uint8_t number[8];
	const struct digest_part parts[] = {
	    {s->key, sizeof(s->key)},
	    {number, sizeof(number)},
	};

	put_u64(number, s->next++);
	digest_sha256(parts, 2, s->block);
	s->used = 0;
}

void
stream_bytes(struct stream *s, void *out, size_t n)
{
	uint8_t *to = out;
	size_t take;

	while (n > 0) {
		if (s->used == sizeof(s->block))
			next_block(s);
		take = sizeof(s->block) - s->used;
		if (take > n)
			take = n;
		memcpy(to, s->block + s->used, take);
		s->used += (unsigned)take;
		to += take;
		n -= take;
	}
}

uint64_t
stream_u64(struct stream *s)
{
	uint8_t word[8];
	uint64_t v = 0;
	int i;

	stream_bytes(s, word, sizeof(word));
	for (i = 0; i < 8; i++)
		v = v << 8 | word[i];
	return v;
}

uint64_t
stream_below(struct stream *s, uint64_t n)
{
	uint64_t v, refuse;

	if (n == 0)
		log_fatal("stream_below: no number is below 0");
	/* 2^64 mod n: below it, some residues would come once too often. */
	refuse = (0 - n) % n;
	do
		v = stream_u64(s);
	while (v < refuse);
	return v % n;
}

void
stream_permute(struct stream *s, size_t *perm, size_t n)
{
	size_t i, j, t;

	for (i = 0; i < n; i++)
		perm[i] = i;
	for (i = n; i > 1; i--) {
		j = (size_t)stream_below(s, i);
		t = perm[i - 1];
		perm[i - 1] = perm[j];
		perm[j] = t;
	}
}
