/*
 * An event of a session: an input (a fact that nothing could compute) or a
 * derived event (`of` names its input).  Design sections 3 and 4.
 *
 * An event is made with event_new, given data and sealed items, and placed
 * once (event_place): from then on seq, bytes and hash are fixed.  Pure.
 */
#ifndef SESSION_EVENT_H
#define SESSION_EVENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"

#define SEAL_NAME_MAX 24

/* A body kept beside an event under a salted digest. */
struct sealed {
	char name[SEAL_NAME_MAX];
	uint8_t digest[DIGEST_LEN];
	uint8_t salt[SALT_LEN];
	char *body; /* owned UTF-8; NULL when absent: erased or not readable */
	size_t len;
};

struct event {
	int64_t seq;  /* 1, 2, 3 …; 0 until placed */
	int64_t at;   /* ms since 1970 */
	int64_t of;   /* the input's seq; 0 for an input */
	char *type;   /* owned, e.g. "phase.changed" */
	json_t *data; /* object: ASCII identifiers, booleans, integers */
	struct sealed *sealed; /* sorted by name */
	size_t nsealed;
	/* set by event_place / event_parse */
	char *bytes; /* canonical JSON, owned */
	size_t len;
	uint8_t hash[DIGEST_LEN];
};

/* data is stolen (NULL: an empty object). */
struct event *event_make(const char *type, json_t *data);
void event_destroy(struct event *e); /* NULL is fine */

/*
 * Adds a sealed item; names must be distinct.  body is copied.  The caller
 * gives the salt: for inputs from entropy_fill, for derived events from
 * session_seal (session/session.h).
 */
void event_seal(struct event *e, const char *name, const char *body,
    const uint8_t salt[SALT_LEN]);
/* As event_seal, with a JSON string as body: id holds nothing that JSON
 * escapes. */
void event_seal_id(struct event *e, const char *name, const char *id,
    const uint8_t salt[SALT_LEN]);
/* As event_seal, with the canonical JSON of `value` (stolen) as body. */
void event_seal_json(struct event *e, const char *name, json_t *value,
    const uint8_t salt[SALT_LEN]);
/* A sealed item whose body is no longer known (replay of an erased text):
 * `digest` stands in the event, the body is absent. */
void event_seal_digest(
    struct event *e, const char *name, const uint8_t digest[DIGEST_LEN]);

const struct sealed *event_sealed(const struct event *e, const char *name);
/* The body, or NULL if there is none or it is absent. */
const char *event_body(const struct event *e, const char *name);
/* The body parsed as JSON (caller decrefs), NULL if absent or not JSON. */
json_t *event_value(const struct event *e, const char *name);

/* Shorthands on data; def when absent or of another type. */
int64_t event_int(const struct event *e, const char *key, int64_t def);
const char *event_str(const struct event *e, const char *key);
bool event_bool(const struct event *e, const char *key);

/* The items that a text.erased names, in its data or sealed; the caller
 * decrefs.  NULL when they cannot be read. */
json_t *event_erased(const struct event *e);

/* Fixes seq and writes bytes and hash = SHA-256(previous || bytes). */
void
event_place(struct event *e, int64_t seq, const uint8_t previous[DIGEST_LEN]);

/*
 * The "sealed" member of a recording's line for those items whose bodies are
 * present and for which `may` (NULL: all) says yes, in name order:
 * {"name":{"body":"…","salt":"…"},…}.  Appends nothing and returns 0 when
 * there are none; else the number of items.
 */
size_t event_sealed_json(const struct event *e,
    bool (*may)(const struct event *e, const struct sealed *item, void *arg),
    void *arg, struct buf *out);

/*
 * Reads an event from its canonical bytes and, where sealed_json is not NULL,
 * the bodies beside it (format of event_sealed_json).  Sets bytes; hash is
 * left zero (the caller knows it or computes it).  Checks schema, canonical
 * form, integer range, digests of the bodies.  ERR_BROKEN names the fault.
 */
struct event *event_parse(const char *bytes, size_t len,
    const char *sealed_json, size_t sealed_len, struct err *err);

/* hash_n = SHA-256(hash_{n-1} || bytes); hash_0 = SHA-256(header line). */
void event_chain(const uint8_t previous[DIGEST_LEN], const char *bytes,
    size_t len, uint8_t out[DIGEST_LEN]);

/* A growing list that owns its events. */
struct event_list {
	struct event **v;
	size_t n, cap;
};
void event_list_add(struct event_list *l, struct event *e);
void event_list_free(struct event_list *l); /* frees the events too */

#endif
