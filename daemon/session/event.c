#include "session/event.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"

#define LINE_USUAL 500 /* bytes of most events */

struct event *
event_make(const char *type, json_t *data)
{
	struct event *e = xcalloc(1, sizeof(*e));

	e->type = xstrdup(type);
	e->data = data != NULL ? data : json_object();
	return e;
}

void
event_destroy(struct event *e)
{
	size_t i;

	if (e == NULL)
		return;
	for (i = 0; i < e->nsealed; i++)
		free(e->sealed[i].body);
	free(e->sealed);
	free(e->type);
	json_decref(e->data);
	free(e->bytes);
	free(e);
}

/* ---- sealed items ---- */

/* A fresh item in its place by name.  The array's room is implied by its
 * length: 4, then powers of two. */
static struct sealed *
sealed_add(struct event *e, const char *name)
{
	size_t i, n = e->nsealed;

	if (!json_identifier(name, SEAL_NAME_MAX - 1))
		log_fatal("%s: %s cannot name a sealed item", e->type, name);
	if (n == 0 || (n >= 4 && (n & (n - 1)) == 0))
		e->sealed = xreallocarray(
		    e->sealed, n == 0 ? 4 : 2 * n, sizeof(*e->sealed));
	for (i = n; i > 0; i--) {
		int order = strcmp(e->sealed[i - 1].name, name);

		if (order == 0)
			log_fatal("%s: %s is sealed twice", e->type, name);
		if (order < 0)
			break;
		e->sealed[i] = e->sealed[i - 1];
	}
	e->nsealed++;
	e->sealed[i] = (struct sealed){.body = NULL};
	memcpy(e->sealed[i].name, name, strlen(name) + 1);
	return &e->sealed[i];
}

static void
seal_take(struct event *e, const char *name, char *body, size_t len,
    const uint8_t salt[SALT_LEN])
{
	struct sealed *item = sealed_add(e, name);

	item->body = body;
	item->len = len;
	memcpy(item->salt, salt, SALT_LEN);
	digest_sealed(name, salt, body, len, item->digest);
}

void
event_seal(struct event *e, const char *name, const char *body,
    const uint8_t salt[SALT_LEN])
{
	size_t len = strlen(body);

	seal_take(e, name, xmemdup(body, len + 1), len, salt);
}

void
event_seal_id(struct event *e, const char *name, const char *id,
    const uint8_t salt[SALT_LEN])
{
	size_t len = strlen(id) + 2;
	char *body = xmalloc(len + 1);

	body[0] = '"';
	memcpy(body + 1, id, len - 2);
	memcpy(body + len - 1, "\"", 2);
	seal_take(e, name, body, len, salt);
}

void
event_seal_json(struct event *e, const char *name, json_t *value,
    const uint8_t salt[SALT_LEN])
{
	struct buf b = {0};
	size_t len;

	json_canonical(&b, value);
	json_decref(value);
	len = b.len;
	seal_take(e, name, buf_take(&b), len, salt);
}

void
event_seal_digest(
    struct event *e, const char *name, const uint8_t digest[DIGEST_LEN])
{
	memcpy(sealed_add(e, name)->digest, digest, DIGEST_LEN);
}

const struct sealed *
event_sealed(const struct event *e, const char *name)
{
	size_t i;

	for (i = 0; i < e->nsealed; i++) {
		if (strcmp(e->sealed[i].name, name) == 0)
			return &e->sealed[i];
	}
	return NULL;
}

const char *
event_body(const struct event *e, const char *name)
{
	const struct sealed *item = event_sealed(e, name);

	return item != NULL ? item->body : NULL;
}

json_t *
event_value(const struct event *e, const char *name)
{
	const struct sealed *item = event_sealed(e, name);

	if (item == NULL || item->body == NULL)
		return NULL;
	return json_read(item->body, item->len, NULL);
}

/* ---- data ---- */

int64_t
event_int(const struct event *e, const char *key, int64_t def)
{
	const json_t *v = json_object_get(e->data, key);

	return json_is_integer(v) ? json_integer_value(v) : def;
}

const char *
event_str(const struct event *e, const char *key)
{
	return json_string_value(json_object_get(e->data, key));
}

bool
event_bool(const struct event *e, const char *key)
{
	return json_is_true(json_object_get(e->data, key));
}

static bool
int_fits(json_int_t v)
{
	return v <= JSON_INT_MAX && v >= -JSON_INT_MAX;
}

/* A string in data: empty, or an identifier.  Free text would be outside the
 * seals, and so readable by all and never erasable. */
static bool
is_token(const char *s)
{
	return s[0] == '\0' || json_identifier(s, SIZE_MAX);
}

/* What may not stand in data, in words; NULL if all may. */
static const char *
data_fault(const json_t *v)
{
	const char *key, *fault = NULL;
	json_t *member;
	size_t i;

	switch (json_typeof(v)) {
	case JSON_REAL:
		return "a real number; only whole ones are recorded";
	case JSON_INTEGER:
		if (int_fits(json_integer_value(v)))
			return NULL;
		return "a number beyond 2^53";
	case JSON_STRING:
		if (is_token(json_string_value(v)))
			return NULL;
		return "free text outside a sealed body";
	case JSON_ARRAY:
		json_array_foreach(v, i, member) {
			fault = data_fault(member);
			if (fault != NULL)
				break;
		}
		return fault;
	case JSON_OBJECT:
		json_object_foreach((json_t *)v, key, member) {
			fault = is_token(key) ? data_fault(member)
					      : "free text as a key";
			if (fault != NULL)
				break;
		}
		return fault;
	default:
		return NULL;
	}
}

/* ---- bytes ---- */

void
event_chain(const uint8_t previous[DIGEST_LEN], const char *bytes, size_t len,
    uint8_t out[DIGEST_LEN])
{
	const struct digest_part parts[] = {
	    {previous, DIGEST_LEN}, {bytes, len}};

	digest_sha256(parts, 2, out);
}

/* Canonical JSON by hand: the members stand in the order of their names. */
static void
event_render(const struct event *e, struct buf *b)
{
	size_t i;

	buf_adds(b, "{\"at\":");
	buf_add_int(b, e->at);
	buf_adds(b, ",\"data\":");
	json_canonical(b, e->data);
	if (e->of != 0) {
		buf_adds(b, ",\"of\":");
		buf_add_int(b, e->of);
	}
	for (i = 0; i < e->nsealed; i++) {
		buf_adds(b, i == 0 ? ",\"sealed\":{" : ",");
		json_quote(b, e->sealed[i].name, strlen(e->sealed[i].name));
		buf_adds(b, ":\"");
		buf_add_hex(b, e->sealed[i].digest, DIGEST_LEN);
		buf_addc(b, '"');
	}
	if (e->nsealed > 0)
		buf_addc(b, '}');
	buf_adds(b, ",\"seq\":");
	buf_add_int(b, e->seq);
	buf_adds(b, ",\"type\":");
	json_quote(b, e->type, strlen(e->type));
	buf_addc(b, '}');
}

json_t *
event_erased(const struct event *e)
{
	json_t *items = json_object_get(e->data, "items");

	return items != NULL ? json_incref(items) : event_value(e, "items");
}

void
event_place(struct event *e, int64_t seq, const uint8_t previous[DIGEST_LEN])
{
	struct buf b = {0};
	const char *fault = data_fault(e->data);

	/* Once written it could never be read again: event_parse refuses it. */
	if (fault != NULL)
		log_fatal("%s: its data hold %s", e->type, fault);
	if (e->bytes != NULL)
		log_fatal("%s: placed twice", e->type);
	e->seq = seq;
	buf_reserve(&b, LINE_USUAL);
	event_render(e, &b);
	e->len = b.len;
	e->bytes = buf_take(&b);
	event_chain(previous, e->bytes, e->len, e->hash);
}

size_t
event_sealed_json(const struct event *e,
    bool (*may)(const struct event *e, const struct sealed *item, void *arg),
    void *arg, struct buf *out)
{
	size_t i, n = 0;

	for (i = 0; i < e->nsealed; i++) {
		const struct sealed *item = &e->sealed[i];

		if (item->body == NULL || (may != NULL && !may(e, item, arg)))
			continue;
		buf_addc(out, n++ == 0 ? '{' : ',');
		json_quote(out, item->name, strlen(item->name));
		buf_adds(out, ":{\"body\":");
		json_quote(out, item->body, item->len);
		buf_adds(out, ",\"salt\":\"");
		buf_add_hex(out, item->salt, SALT_LEN);
		buf_adds(out, "\"}");
	}
	if (n > 0)
		buf_addc(out, '}');
	return n;
}

/* ---- reading ---- */

static int
broken(struct err *err, const char *field, const char *what)
{
	return err_set(err, ERR_BROKEN, field, "%s: %s", field, what);
}

/* An integer member in [min, 2^53]; *out = 0 if it is absent and may be. */
static int
read_int(const json_t *o, const char *key, bool optional, int64_t min,
    int64_t *out, struct err *err)
{
	const json_t *v = json_object_get(o, key);

	if (v == NULL && optional) {
		*out = 0;
		return 0;
	}
	if (!json_is_integer(v) || json_integer_value(v) < min ||
	    !int_fits(json_integer_value(v)))
		return broken(err, key, "missing, or no number in range");
	*out = json_integer_value(v);
	return 0;
}

static int
read_digests(struct event *e, const json_t *sealed, struct err *err)
{
	uint8_t digest[DIGEST_LEN];
	const char *name;
	json_t *v;

	if (sealed == NULL)
		return 0;
	if (!json_is_object(sealed) || json_object_size(sealed) == 0)
		return broken(err, "sealed", "no object of digests");
	json_object_foreach((json_t *)sealed, name, v) {
		if (!json_identifier(name, SEAL_NAME_MAX - 1))
			return broken(err, "sealed", "a name is malformed");
		if (!json_is_string(v) ||
		    !hex_decode(json_string_value(v), json_string_length(v),
			digest, DIGEST_LEN))
			return broken(err, "sealed",
			    "a digest is not 64 lower-case hex digits");
		event_seal_digest(e, name, digest);
	}
	return 0;
}

/* What is wrong with type or data; 0 or -1. */
static int
check_members(const json_t *o, struct err *err)
{
	static const char *const known[] = {
	    "at", "data", "of", "sealed", "seq", "type", NULL};
	const json_t *type = json_object_get(o, "type");
	const json_t *data = json_object_get(o, "data");
	const char *fault;

	if (!json_is_object(o) || json_only(o, known, NULL) == -1)
		return broken(err, "event",
		    "no object of at, data, of, sealed, seq and type");
	if (!json_is_string(type) ||
	    !json_identifier(json_string_value(type), SIZE_MAX))
		return broken(err, "type", "missing, or no identifier");
	if (!json_is_object(data))
		return broken(err, "data", "missing, or no object");
	fault = data_fault(data);
	return fault == NULL ? 0 : broken(err, "data", fault);
}

/* Everything but the bodies.  NULL and ERR_BROKEN. */
static struct event *
read_members(const json_t *o, struct err *err)
{
	struct event *e;

	if (check_members(o, err) == -1)
		return NULL;
	e = event_make(json_string_value(json_object_get(o, "type")),
	    json_incref(json_object_get(o, "data")));
	if (read_int(o, "seq", false, 1, &e->seq, err) == 0 &&
	    read_int(o, "at", false, 0, &e->at, err) == 0 &&
	    read_int(o, "of", true, 1, &e->of, err) == 0 &&
	    read_digests(e, json_object_get(o, "sealed"), err) == 0) {
		if (e->of < e->seq)
			return e;
		broken(err, "of", "names no earlier event");
	}
	event_destroy(e);
	return NULL;
}

/* An item's body and salt, checked against its digest. */
static int
read_body(struct event *e, const char *name, const json_t *o, struct err *err)
{
	const json_t *body = json_object_get(o, "body");
	const json_t *salt = json_object_get(o, "salt");
	struct sealed *item = (struct sealed *)event_sealed(e, name);
	uint8_t digest[DIGEST_LEN];

	if (item == NULL)
		return broken(err, "sealed",
		    "a body stands beside the event that has no digest in it");
	if (!json_is_string(body) || !json_is_string(salt) ||
	    !hex_decode(json_string_value(salt), json_string_length(salt),
		item->salt, SALT_LEN))
		return err_set(err, ERR_BROKEN, name,
		    "sealed %s: not {\"body\":TEXT,\"salt\":32 hex digits}",
		    name);
	digest_sealed(name, item->salt, json_string_value(body),
	    json_string_length(body), digest);
	if (memcmp(digest, item->digest, DIGEST_LEN) != 0)
		return err_set(err, ERR_BROKEN, name,
		    "sealed %s: the body does not have the digest that the "
		    "event gives it",
		    name);
	item->len = json_string_length(body);
	item->body = xmemdup(json_string_value(body), item->len + 1);
	return 0;
}

static int
read_bodies(struct event *e, const char *text, size_t len, struct err *err)
{
	json_t *all = json_read(text, len, NULL), *o;
	struct buf b = {0};
	const char *name;
	int r = 0;

	if (!json_is_object(all) || json_object_size(all) == 0)
		r = broken(err, "sealed", "no object of sealed bodies");
	json_object_foreach(all, name, o) {
		if (r == 0)
			r = read_body(e, name, o, err);
	}
	json_decref(all);
	if (r == -1)
		return -1;
	event_sealed_json(e, NULL, NULL, &b);
	if (b.len != len || memcmp(b.data, text, len) != 0)
		r = broken(err, "sealed",
		    "not written as it must be (order, spaces or escapes)");
	buf_free(&b);
	return r;
}

struct event *
event_parse(const char *bytes, size_t len, const char *sealed_json,
    size_t sealed_len, struct err *err)
{
	struct err why = {0};
	struct buf b = {0};
	struct event *e;
	json_t *o = json_read(bytes, len, &why);

	if (o == NULL) {
		broken(err, "event", why.text);
		return NULL;
	}
	e = read_members(o, err);
	json_decref(o);
	if (e == NULL)
		return NULL;
	event_render(e, &b);
	e->len = b.len;
	e->bytes = buf_take(&b);
	if (e->len != len || memcmp(e->bytes, bytes, len) != 0) {
		broken(err, "event",
		    "not canonical (order of keys, spaces or escapes)");
		event_destroy(e);
		return NULL;
	}
	if (sealed_json != NULL &&
	    read_bodies(e, sealed_json, sealed_len, err) == -1) {
		event_destroy(e);
		return NULL;
	}
	return e;
}

/* ---- lists ---- */

void
event_list_add(struct event_list *l, struct event *e)
{
	l->v = xgrow(l->v, l->n, &l->cap, sizeof(*l->v));
	l->v[l->n++] = e;
}

void
event_list_free(struct event_list *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		event_destroy(l->v[i]);
	free(l->v);
	*l = (struct event_list){0};
}
