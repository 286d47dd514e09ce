#include "session/event.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

struct event *
event_new(const char *type, json_t *data)
{
	struct event *e = xcalloc(1, sizeof *e);

	e->type = xstrdup(type);
	e->data = data != NULL ? data : json_object();
	return e;
}

void
event_free(struct event *e)
{
	size_t i;

	if (e == NULL)
		return;
	for (i = 0; i < e->nsealed; i++)
		free(e->sealed[i].body);
	free(e->sealed);
	free(e->type);
	free(e->bytes);
	json_decref(e->data);
	free(e);
}

/* A place for the name, keeping the order of names. */
static struct sealed *
sealed_add(struct event *e, const char *name)
{
	size_t at = e->nsealed;

	e->sealed = xreallocarray(e->sealed, e->nsealed + 1, sizeof *e->sealed);
	while (at > 0 && strcmp(e->sealed[at - 1].name, name) > 0) {
		e->sealed[at] = e->sealed[at - 1];
		at--;
	}
	e->nsealed++;
	memset(&e->sealed[at], 0, sizeof e->sealed[at]);
	strlcpy(e->sealed[at].name, name, SEAL_NAME_MAX);
	return &e->sealed[at];
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

	for (i = 0; i < e->nsealed; i++)
		if (strcmp(e->sealed[i].name, name) == 0)
			return &e->sealed[i];
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
	return json_loadb(item->body, item->len,
	    JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
}

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

/* Canonical JSON by hand: at, data, of, sealed, seq, type are in order. */
static void
event_write(const struct event *e, struct buf *b)
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
		buf_adds(b, i == 0 ? ",\"sealed\":{\"" : ",\"");
		buf_adds(b, e->sealed[i].name);
		buf_adds(b, "\":\"");
		buf_add_hex(b, e->sealed[i].digest, DIGEST_LEN);
		buf_addc(b, '"');
	}
	if (e->nsealed > 0)
		buf_addc(b, '}');
	buf_adds(b, ",\"seq\":");
	buf_add_int(b, e->seq);
	buf_adds(b, ",\"type\":\"");
	buf_adds(b, e->type);
	buf_adds(b, "\"}");
}

void
event_chain(const uint8_t previous[DIGEST_LEN], const char *bytes, size_t len,
    uint8_t out[DIGEST_LEN])
{
	struct digest_part parts[2] = {{previous, DIGEST_LEN}, {bytes, len}};

	digest_sha256(parts, 2, out);
}

void
event_place(struct event *e, int64_t seq, const uint8_t previous[DIGEST_LEN])
{
	struct buf b = {0};

	e->seq = seq;
	event_write(e, &b);
	e->len = b.len;
	free(e->bytes);
	e->bytes = buf_take(&b);
	event_chain(previous, e->bytes, e->len, e->hash);
}

size_t
event_sealed_json(const struct event *e,
    bool (*may)(const struct event *e, const struct sealed *item, void *arg),
    void *arg, struct buf *out)
{
	const struct sealed *item;
	size_t i, n = 0;

	for (i = 0; i < e->nsealed; i++) {
		item = &e->sealed[i];
		if (item->body == NULL || (may != NULL && !may(e, item, arg)))
			continue;
		buf_adds(out, n++ == 0 ? "{\"" : ",\"");
		buf_adds(out, item->name);
		buf_adds(out, "\":{\"body\":");
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
bad(struct err *err, const char *what)
{
	return err_set(err, ERR_BROKEN, "event", "the event %s", what);
}

/* Identifiers, booleans and integers only: nothing that could be a text. */
static int
data_check(const json_t *v, struct err *err)
{
	const char *key;
	json_t *member;
	size_t i;

	switch (json_typeof(v)) {
	case JSON_TRUE:
	case JSON_FALSE:
	case JSON_NULL:
		return 0;
	case JSON_INTEGER:
		return llabs(json_integer_value(v)) <= JSON_INT_MAX
			   ? 0
			   : bad(err, "holds a number beyond 2^53");
	case JSON_REAL:
		return bad(err, "holds a real number");
	case JSON_STRING:
		return json_string_length(v) == 0 ||
			       json_identifier(json_string_value(v), 4096)
			   ? 0
			   : bad(err, "holds free text outside a sealed body");
	case JSON_ARRAY:
		json_array_foreach(v, i, member)
			if (data_check(member, err) == -1)
				return -1;
		return 0;
	case JSON_OBJECT:
		json_object_foreach((json_t *)v, key, member)
			if (!json_identifier(key, 256) ||
			    data_check(member, err) == -1)
				return bad(err, "holds free text or a number "
						"out of range");
		return 0;
	}
	return -1;
}

static int
read_digests(struct event *e, const json_t *sealed, struct err *err)
{
	uint8_t digest[DIGEST_LEN];
	const char *name, *hex;
	json_t *v;

	if (sealed == NULL)
		return 0;
	if (!json_is_object(sealed) || json_object_size(sealed) == 0)
		return bad(err, "has no proper sealed member");
	json_object_foreach((json_t *)sealed, name, v) {
		hex = json_string_value(v);
		if (!json_identifier(name, SEAL_NAME_MAX - 1) || hex == NULL ||
		    !hex_decode(hex, strlen(hex), digest, DIGEST_LEN))
			return bad(err, "has a malformed digest");
		event_seal_digest(e, name, digest);
	}
	return 0;
}

static int
read_body(struct event *e, const char *name, const json_t *v, struct err *err)
{
	const json_t *body = json_object_get(v, "body");
	const char *salt = json_string_value(json_object_get(v, "salt"));
	struct sealed *item = (struct sealed *)event_sealed(e, name);
	uint8_t digest[DIGEST_LEN];

	if (item == NULL || !json_is_string(body) || salt == NULL ||
	    json_object_size(v) != 2 ||
	    !hex_decode(salt, strlen(salt), item->salt, SALT_LEN))
		return err_set(err, ERR_BROKEN, "sealed",
		    "sealed item %.24s is malformed or not in the event", name);
	item->len = json_string_length(body);
	item->body = xmemdup(json_string_value(body), item->len + 1);
	digest_sealed(name, item->salt, item->body, item->len, digest);
	if (memcmp(digest, item->digest, DIGEST_LEN) != 0)
		return err_set(err, ERR_BROKEN, "sealed",
		    "sealed item %.24s does not match its digest", name);
	return 0;
}

static int
read_bodies(struct event *e, const char *json, size_t len, struct err *err)
{
	json_t *root;
	const char *name;
	json_t *v;
	int r = 0;

	if (json == NULL)
		return 0;
	root = json_read(json, len, err);
	if (root == NULL)
		return -1;
	if (!json_is_object(root))
		r = bad(err, "has no proper sealed bodies");
	else
		json_object_foreach(root, name, v)
			if (r == 0)
				r = read_body(e, name, v, err);
	json_decref(root);
	return r;
}

static const char *const event_keys[] = {
    "at", "data", "of", "sealed", "seq", "type", NULL};

static struct event *
event_from(const json_t *root, struct err *err)
{
	const json_t *data = json_object_get(root, "data");
	const char *type = json_string_value(json_object_get(root, "type"));
	const json_t *of = json_object_get(root, "of");
	struct event *e;

	if (!json_is_object(root) || json_only(root, event_keys, err) == -1 ||
	    !json_is_object(data) || type == NULL ||
	    !json_identifier(type, 64) ||
	    !json_is_integer(json_object_get(root, "at")) ||
	    !json_is_integer(json_object_get(root, "seq")) ||
	    (of != NULL && !json_is_integer(of))) {
		bad(err, "lacks a member or has one too many");
		return NULL;
	}
	if (data_check(data, err) == -1)
		return NULL;
	e = event_new(type, json_incref((json_t *)data));
	e->at = json_integer_value(json_object_get(root, "at"));
	e->seq = json_integer_value(json_object_get(root, "seq"));
	e->of = json_integer_value(of);
	return e;
}

struct event *
event_parse(const char *bytes, size_t len, const char *sealed_json,
    size_t sealed_len, struct err *err)
{
	json_t *root = json_read(bytes, len, err);
	struct buf b = {0};
	struct event *e;
	int r;

	if (root == NULL)
		return NULL;
	e = event_from(root, err);
	r = e == NULL ? -1
		      : read_digests(e, json_object_get(root, "sealed"), err);
	json_decref(root);
	if (r == 0) {
		event_write(e, &b);
		if (b.len != len || memcmp(b.data, bytes, len) != 0)
			r = bad(err, "is not in canonical form");
		e->len = b.len;
		e->bytes = buf_take(&b);
	}
	if (r == 0)
		r = read_bodies(e, sealed_json, sealed_len, err);
	if (r == -1) {
		event_free(e);
		return NULL;
	}
	return e;
}

void
event_list_add(struct event_list *l, struct event *e)
{
	l->v = xgrow(l->v, l->n, &l->cap, sizeof(struct event *));
	l->v[l->n++] = e;
}

void
event_list_free(struct event_list *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		event_free(l->v[i]);
	free(l->v);
	memset(l, 0, sizeof *l);
}
