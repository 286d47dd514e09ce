/*
 * jansson with our rules: bounds first, then parse; no duplicate keys, no
 * deep nesting; canonical printing; getters that say what is wrong.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define JSON_DEPTH_MAX 32
#define JSON_INT_MAX   ((int64_t)1 << 53)

/*
 * Parses exactly one JSON value of `len` bytes.  Refuses (ERR_PARSE, the
 * position in the text, never the bytes themselves): invalid UTF-8, NUL and
 * \u0000, nesting over JSON_DEPTH_MAX (checked before parsing), duplicate
 * keys, trailing data.  NULL on error.
 */
json_t *json_read(const char *text, size_t len, struct err *err);

/*
 * Canonical JSON as the recordings hash it: keys sorted, no spaces, ASCII
 * with \u escapes.  Appends to b.  Equal to Python's json.dumps(sort_keys,
 * separators=(",",":"), ensure_ascii=True) for integers, booleans, null and
 * strings.  Real numbers abort: none may be recorded.
 */
void json_canonical(struct buf *b, const json_t *v);
/* A JSON string literal in UTF-8 (only ", \ and control characters escaped,
 * as Python's ensure_ascii=False does: \b \f \n \r \t, else \u00xx in lower
 * case).  Appends to b. */
void json_quote(struct buf *b, const char *s, size_t len);
/* Canonical JSON of v as a fresh string (free(3)). */
char *json_canonical_dup(const json_t *v);

/*
 * Parameters of a call.  Each returns 0, or -1 with ERR_INVALID_PARAMS naming
 * the field.  An absent optional member leaves *out alone.
 */
enum json_need { JSON_OPTIONAL, JSON_REQUIRED };
int json_get_str(const json_t *o, const char *key, enum json_need need,
    const char **out, struct err *err);
int json_get_int(const json_t *o, const char *key, enum json_need need,
    int64_t min, int64_t max, int64_t *out, struct err *err);
int json_get_bool(const json_t *o, const char *key, enum json_need need,
    bool *out, struct err *err);
int json_get_obj(const json_t *o, const char *key, enum json_need need,
    const json_t **out, struct err *err);
int json_get_arr(const json_t *o, const char *key, enum json_need need,
    const json_t **out, struct err *err);

/*
 * A member of what has been checked, or is only to be shown: "", 0 or false
 * where it is absent or of another type.  o may be NULL.
 */
static inline const char *
json_str(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s != NULL ? s : "";
}

static inline long long
json_num(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static inline bool
json_yes(const json_t *o, const char *key)
{
	return json_is_true(json_object_get(o, key));
}

/* Refuses members that are not in `known` (NULL-terminated), by name. */
int json_only(const json_t *o, const char *const *known, struct err *err);

/* True if s is 1..max of printable ASCII not starting with a space: what may
 * stand as a string in an event's data. */
bool json_identifier(const char *s, size_t max);

/* Whether a real number stands anywhere in v: no event can hold one. */
bool json_has_real(const json_t *v);

#endif
