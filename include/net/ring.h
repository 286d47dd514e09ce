/*
 * The answers of one connection in the order of its requests: a growing ring,
 * without memory while empty.  Inside of net/, not for other floors.
 *
 * An answer is open until the owner has given it, then ready; it leaves from
 * the head when its ticket allows.  Answers are named by a running number
 * that wraps around.
 */
#ifndef NET_RING_H
#define NET_RING_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct answer {
	json_t *id;  /* owned */
	char *bytes; /* owned; NULL while open */
	size_t len;
	int64_t ticket;
	bool own; /* made by net itself: it saw nothing that can fail */
};

/* Plain data; a zeroed one is empty. */
struct ring {
	struct answer *slots;
	uint32_t cap;	     /* 0 or a power of two */
	uint32_t head, tail; /* numbers of the first and of the next answer */
	uint32_t open;	     /* no answer before this one is open */
	uint32_t ready;	     /* how many are ready */
	size_t bytes;	     /* of those */
};

/* A new open answer at the tail; takes a reference to id. */
uint32_t ring_push(struct ring *r, json_t *id);
struct answer *ring_at(const struct ring *r, uint32_t number);
/* The oldest open answer with that id (the same value, first of all the last
 * pushed if it is the same object); false when there is none. */
bool ring_find(struct ring *r, const json_t *id, uint32_t *number);
/* True if that answer is there and not given. */
bool ring_is_open(const struct ring *r, uint32_t number);
/* Makes an answer ready (or replaces one); takes bytes. */
void ring_give(
    struct ring *r, uint32_t number, int64_t ticket, char *bytes, size_t len);
/* Removes the first. */
void ring_pop(struct ring *r);
/* Removes the first, which is ready, and hands its bytes over (free(3)). */
char *ring_take(struct ring *r);
/* Removes the last. */
void ring_unpush(struct ring *r);
uint32_t ring_count(const struct ring *r);
void ring_clear(struct ring *r);

#endif
