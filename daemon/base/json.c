#include "base/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistr.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

/* The opening brackets of eight bytes, all looked at together: '[' and '{'
 * differ in one bit. */
static unsigned
brackets(uint64_t w)
{
	uint64_t x = (w | EIGHT_OF(0x20)) ^ EIGHT_OF('{'), low = EIGHT_OF(0x7f);
	uint64_t none = ~(((x & low) + low) | x | low); /* 0x80 where x is 0 */

	return (unsigned)((none >> 7) * EIGHT_OF(1) >> 56);
}

/* Whether there are too few of them to nest too deep. */
static bool
surely_shallow(const char *text, size_t len)
{
	unsigned n = 0;
	uint64_t w;
	size_t i;

	for (i = 0; len - i >= 8 && n <= JSON_DEPTH_MAX; i += 8) {
		memcpy(&w, text + i, sizeof(w));
		n += brackets(w);
	}
	return n + (len - i) <= JSON_DEPTH_MAX;
}

/*
 * jansson's own limit (2048) is fixed at its compile time and its recursion
 * costs stack, so nesting is counted before it sees the text.  Returns the
 * offset of the bracket that is too deep, or -1.
 */
static ptrdiff_t
too_deep(const char *text, size_t len)
{
	bool quoted = false;
	int depth = 0;
	size_t i;

	if (surely_shallow(text, len))
		return -1;
	for (i = 0; i < len; i++) {
		char c = text[i];

		if (quoted) {
			if (c == '\\')
				i++;
			else if (c == '"')
				quoted = false;
		} else if (c == '"') {
			quoted = true;
		} else if (c == '{' || c == '[') {
			if (++depth > JSON_DEPTH_MAX)
				return (ptrdiff_t)i;
		} else if (c == '}' || c == ']') {
			depth--;
		}
	}
	return -1;
}

/* jansson's own texts quote the bytes near the error; ours must not. */
static const char *
reason(enum json_error_code code)
{
	switch (code) {
	case json_error_duplicate_key:
		return "a key stands twice in one object";
	case json_error_null_character:
	case json_error_null_byte_in_key:
		return "\\u0000 is not allowed";
	case json_error_end_of_input_expected:
		return "something follows the value";
	case json_error_premature_end_of_input:
		return "the text ends too early";
	case json_error_numeric_overflow:
		return "a number is too big";
	case json_error_invalid_utf8:
		return "not UTF-8";
	default:
		return "not JSON";
	}
}

/* Files have lines, and people look for those; messages have one only. */
static json_t *
refuse(const char *text, size_t at, const char *why, struct err *err)
{
	size_t line = 1, i;

	for (i = 0; i < at; i++)
		line += text[i] == '\n';
	if (line > 1)
		err_set(err, ERR_PARSE, NULL, "line %zu, byte %zu: %s", line,
		    at, why);
	else
		err_set(err, ERR_PARSE, NULL, "byte %zu: %s", at, why);
	return NULL;
}

json_t *
json_read(const char *text, size_t len, struct err *err)
{
	size_t plain = text_ascii(text, len);
	const char *nul = len == plain
			      ? NULL
			      : memchr(text + plain, '\0', len - plain),
		   *bad;
	char why[48];
	ptrdiff_t deep;
	json_error_t e;
	json_t *v;

	bad =
	    (const char *)u8_check((const uint8_t *)text + plain, len - plain);
	if (bad != NULL)
		return refuse(text, (size_t)(bad - text), "not UTF-8", err);
	if (nul != NULL)
		return refuse(
		    text, (size_t)(nul - text), "NUL is not allowed", err);
	deep = too_deep(text, len);
	if (deep >= 0) {
		snprintf(why, sizeof why, "nested deeper than %d levels",
		    JSON_DEPTH_MAX);
		return refuse(text, (size_t)deep, why, err);
	}
	v = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &e);
	if (v != NULL)
		return v;
	return refuse(text, (size_t)e.position < len ? (size_t)e.position : len,
	    reason(json_error_code(&e)), err);
}

static const char hexdigits[] = "0123456789abcdef";

static void
add_u16(struct buf *b, unsigned u)
{
	const char esc[6] = {'\\', 'u', hexdigits[u >> 12 & 15],
	    hexdigits[u >> 8 & 15], hexdigits[u >> 4 & 15], hexdigits[u & 15]};

	buf_add(b, esc, sizeof(esc));
}

/* The short escape of an ASCII character, or NUL if it has none. */
static char
short_escape(unsigned char c)
{
	switch (c) {
	case '"':
	case '\\':
		return (char)c;
	case '\b':
		return 'b';
	case '\f':
		return 'f';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	default:
		return '\0';
	}
}

static void
add_escaped(struct buf *b, ucs4_t c)
{
	char s = c < 0x80 ? short_escape((unsigned char)c) : '\0';

	if (s != '\0') {
		buf_add(b, (const char[2]){'\\', s}, 2);
	} else if (c < 0x10000) {
		add_u16(b, c);
	} else {
		c -= 0x10000;
		add_u16(b, 0xd800 + (c >> 10));
		add_u16(b, 0xdc00 + (c & 0x3ff));
	}
}

/* Whether eight bytes stand for themselves, all looked at together: none is a
 * control, a quote or a backslash, nor beyond printable ASCII if `ascii`. */
static bool
plain_eight(const char *s, bool ascii)
{
	uint64_t w, quote, slash, found;

	memcpy(&w, s, sizeof(w));
	quote = w ^ EIGHT_OF('"');
	slash = w ^ EIGHT_OF('\\');
	found = ((w - EIGHT_OF(0x20)) & ~w) | ((quote - EIGHT_OF(1)) & ~quote) |
		((slash - EIGHT_OF(1)) & ~slash);
	if (ascii)
		found |= w | (w + EIGHT_OF(1));
	return (found & EIGHT_OF(0x80)) == 0;
}

/* Plain runs are added whole: most strings are one such run. */
static void
add_string(struct buf *b, const char *s, size_t len, bool ascii)
{
	size_t i = 0, run = 0;

	buf_addc(b, '"');
	while (i < len) {
		unsigned char u = (unsigned char)s[i];
		ucs4_t c = u;
		size_t n = 1;

		if (len - i >= 8 && plain_eight(s + i, ascii)) {
			i += 8;
			continue;
		}
		if (u >= 0x20 && u != '"' && u != '\\' &&
		    (!ascii || u < 0x7f)) {
			i++;
			continue;
		}
		buf_add(b, s + run, i - run);
		if (u >= 0x80)
			n = (size_t)u8_mbtouc(
			    &c, (const uint8_t *)s + i, len - i);
		add_escaped(b, c);
		i += n;
		run = i;
	}
	buf_add(b, s + run, i - run);
	buf_addc(b, '"');
}

void
json_quote(struct buf *b, const char *s, size_t len)
{
	add_string(b, s, len, false);
}

struct member {
	const char *key;
	const json_t *value;
};

static int
member_cmp(const void *a, const void *b)
{
	return strcmp(
	    ((const struct member *)a)->key, ((const struct member *)b)->key);
}

/* Objects have few members, often in order already: insertion wins. */
static void
sort_members(struct member *m, size_t n)
{
	size_t i, j;

	if (n > 32) {
		qsort(m, n, sizeof(*m), member_cmp);
		return;
	}
	for (i = 1; i < n; i++) {
		struct member x = m[i];

		for (j = i; j > 0 && strcmp(m[j - 1].key, x.key) > 0; j--)
			m[j] = m[j - 1];
		m[j] = x;
	}
}

static void
add_object(struct buf *b, const json_t *o)
{
	struct member few[32], *m = few;
	size_t i, n = 0, size = json_object_size(o);
	void *it;

	if (size > sizeof(few) / sizeof(few[0]))
		m = xreallocarray(NULL, size, sizeof(*m));
	/* jansson's iterators want a mutable object but change nothing. */
	for (it = json_object_iter((json_t *)o); it != NULL;
	     it = json_object_iter_next((json_t *)o, it)) {
		m[n].key = json_object_iter_key(it);
		m[n++].value = json_object_iter_value(it);
	}
	sort_members(m, n);
	buf_addc(b, '{');
	for (i = 0; i < n; i++) {
		if (i > 0)
			buf_addc(b, ',');
		add_string(b, m[i].key, strlen(m[i].key), true);
		buf_addc(b, ':');
		json_canonical(b, m[i].value);
	}
	buf_addc(b, '}');
	if (m != few)
		free(m);
}

static void
add_array(struct buf *b, const json_t *a)
{
	size_t i, n = json_array_size(a);

	buf_addc(b, '[');
	for (i = 0; i < n; i++) {
		if (i > 0)
			buf_addc(b, ',');
		json_canonical(b, json_array_get(a, i));
	}
	buf_addc(b, ']');
}

void
json_canonical(struct buf *b, const json_t *v)
{
	if (v == NULL)
		log_fatal("json_canonical: no value");
	switch (json_typeof(v)) {
	case JSON_OBJECT:
		add_object(b, v);
		break;
	case JSON_ARRAY:
		add_array(b, v);
		break;
	case JSON_STRING:
		add_string(
		    b, json_string_value(v), json_string_length(v), true);
		break;
	case JSON_INTEGER:
		buf_add_int(b, json_integer_value(v));
		break;
	case JSON_TRUE:
		buf_add(b, "true", 4);
		break;
	case JSON_FALSE:
		buf_add(b, "false", 5);
		break;
	case JSON_NULL:
		buf_add(b, "null", 4);
		break;
	case JSON_REAL:
		log_fatal("json_canonical: a real number cannot be recorded");
	}
}

char *
json_canonical_dup(const json_t *v)
{
	struct buf b = {0};

	json_canonical(&b, v);
	return buf_take(&b);
}

/*
 * Finds a member.  1: there, of a wanted type; 0: absent and optional; -1:
 * error set.
 */
static int
member(const json_t *o, const char *key, enum json_need need,
    bool (*fits)(json_t *), const char *type, json_t **v, struct err *err)
{
	*v = json_object_get(o, key);
	if (*v == NULL) {
		if (need == JSON_OPTIONAL)
			return 0;
		return err_set(err, ERR_INVALID_PARAMS, key,
		    "%s is missing; give %s", key, type);
	}
	if (!fits(*v))
		return err_set(
		    err, ERR_INVALID_PARAMS, key, "%s must be %s", key, type);
	return 1;
}

static bool
is_str(json_t *v)
{
	return json_is_string(v);
}

static bool
is_int(json_t *v)
{
	return json_is_integer(v);
}

static bool
is_bool(json_t *v)
{
	return json_is_boolean(v);
}

static bool
is_obj(json_t *v)
{
	return json_is_object(v);
}

static bool
is_arr(json_t *v)
{
	return json_is_array(v);
}

int
json_get_str(const json_t *o, const char *key, enum json_need need,
    const char **out, struct err *err)
{
	json_t *v;
	int r = member(o, key, need, is_str, "a string", &v, err);

	if (r > 0)
		*out = json_string_value(v);
	return r < 0 ? -1 : 0;
}

int
json_get_int(const json_t *o, const char *key, enum json_need need, int64_t min,
    int64_t max, int64_t *out, struct err *err)
{
	json_t *v;
	int r = member(o, key, need, is_int, "a whole number", &v, err);

	if (r <= 0)
		return r;
	if (json_integer_value(v) < min || json_integer_value(v) > max)
		return err_set(err, ERR_INVALID_PARAMS, key,
		    "%s must be from %" PRId64 " to %" PRId64, key, min, max);
	*out = json_integer_value(v);
	return 0;
}

int
json_get_bool(const json_t *o, const char *key, enum json_need need, bool *out,
    struct err *err)
{
	json_t *v;
	int r = member(o, key, need, is_bool, "true or false", &v, err);

	if (r > 0)
		*out = json_is_true(v);
	return r < 0 ? -1 : 0;
}

int
json_get_obj(const json_t *o, const char *key, enum json_need need,
    const json_t **out, struct err *err)
{
	json_t *v;
	int r = member(o, key, need, is_obj, "an object", &v, err);

	if (r > 0)
		*out = v;
	return r < 0 ? -1 : 0;
}

int
json_get_arr(const json_t *o, const char *key, enum json_need need,
    const json_t **out, struct err *err)
{
	json_t *v;
	int r = member(o, key, need, is_arr, "an array", &v, err);

	if (r > 0)
		*out = v;
	return r < 0 ? -1 : 0;
}

static bool
listed(const char *key, const char *const *known)
{
	for (; *known != NULL; known++) {
		if (strcmp(key, *known) == 0)
			return true;
	}
	return false;
}

int
json_only(const json_t *o, const char *const *known, struct err *err)
{
	const char *key;
	char *shown;
	void *it;

	for (it = json_object_iter((json_t *)o); it != NULL;
	     it = json_object_iter_next((json_t *)o, it)) {
		key = json_object_iter_key(it);
		if (listed(key, known))
			continue;
		shown = text_printable(key, strlen(key));
		err_set(err, ERR_INVALID_PARAMS, shown,
		    "%s is not known here; leave it out", shown);
		free(shown);
		return -1;
	}
	return 0;
}

bool
json_identifier(const char *s, size_t max)
{
	size_t i;

	if (s[0] == '\0' || s[0] == ' ')
		return false;
	for (i = 0; s[i] != '\0'; i++) {
		if (i == max || s[i] < 0x20 || s[i] > 0x7e)
			return false;
	}
	return true;
}

bool
json_has_real(const json_t *v)
{
	const char *key;
	json_t *o;
	size_t i;

	if (json_is_array(v)) {
		json_array_foreach(v, i, o)
			if (json_has_real(o))
				return true;
	} else if (json_is_object(v)) {
		json_object_foreach((json_t *)v, key, o)
			if (json_has_real(o))
				return true;
	}
	return json_is_real(v);
}
