#include "client/matrix.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
matrix_init(struct matrix *m)
{
	m->axes = json_array();
	m->seeds = json_pack("[n]");
	m->n = 1;
}

void
matrix_free(struct matrix *m)
{
	json_decref(m->axes);
	json_decref(m->seeds);
	*m = (struct matrix){0};
}

/* Whether all of it is a whole number. */
static bool
whole(const char *s, size_t len, long long *v)
{
	char text[32], *end;

	if (len == 0 || len >= sizeof text)
		return false;
	memcpy(text, s, len);
	text[len] = '\0';
	errno = 0;
	*v = strtoll(text, &end, 10);
	return *end == '\0' && errno == 0 && text[0] != ' ' && text[0] != '+';
}

json_t *
matrix_value(const char *s, size_t len)
{
	long long v;

	if (whole(s, len, &v))
		return json_integer(v);
	if (len == 4 && memcmp(s, "true", 4) == 0)
		return json_true();
	if (len == 5 && memcmp(s, "false", 5) == 0)
		return json_false();
	return json_stringn(s, len);
}

static int
bad(struct err *err, const char *option, const char *s, size_t len,
    const char *what)
{
	return err_set(err, ERR_INVALID_PARAMS, option, "--%s: %.*s: %s",
	    option, (int)(len < 60 ? len : 60), s, what);
}

/* "A..B" into both numbers: 1, 0 when it is no range, -1. */
static int
read_range(const char *option, const char *s, size_t len, long long *a,
    long long *b, struct err *err)
{
	const char *dots = memmem(s, len, "..", 2);

	if (dots == NULL || !whole(s, (size_t)(dots - s), a) ||
	    !whole(dots + 2, len - (size_t)(dots + 2 - s), b))
		return 0;
	if (*a > *b)
		return bad(err, option, s, len,
		    "the range ends before it "
		    "begins");
	if ((unsigned long long)*b - (unsigned long long)*a >= MATRIX_MAX)
		return bad(err, option, s, len, "the range is too long");
	return 1;
}

/* A list of values under way. */
struct listing {
	const char *option;
	bool seeds;
	json_t *list, *seen; /* the values as texts, for each only once */
};

/* Takes the value. */
static int
add_value(struct listing *l, json_t *value, struct err *err)
{
	char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
	int r = 0;

	if (text == NULL)
		r = bad(err, l->option, "", 0, "a value is no text");
	else if (json_object_get(l->seen, text) != NULL)
		r = bad(err, l->option, text, strlen(text), "named twice");
	else {
		json_object_set_new(l->seen, text, json_true());
		json_array_append(l->list, value);
	}
	free(text);
	json_decref(value);
	return r;
}

static json_t *
number(const struct listing *l, long long v)
{
	char text[32];

	if (!l->seeds)
		return json_integer(v);
	snprintf(text, sizeof text, "%lld", v);
	return json_string(text);
}

/* One of the things between commas. */
static int
add_item(struct listing *l, const char *s, size_t len, struct err *err)
{
	long long a, b;
	int r;

	if (len == 0)
		return bad(err, l->option, s, len, "a value is empty");
	r = read_range(l->option, s, len, &a, &b, err);
	if (r == 0)
		return add_value(l,
		    l->seeds ? json_stringn(s, len) : matrix_value(s, len),
		    err);
	for (r = r == 1 ? 0 : -1; r == 0 && a <= b; a++)
		r = add_value(l, number(l, a), err);
	return r;
}

/* "V1,V2,A..B" into a list; NULL and err. */
static json_t *
read_list(const char *option, const char *s, struct err *err)
{
	struct listing l = {.option = option,
	    .seeds = strcmp(option, "seed") == 0,
	    .list = json_array(),
	    .seen = json_object()};
	size_t len;
	int r;

	do {
		len = strcspn(s, ",");
		r = add_item(&l, s, len, err);
		s += len;
	} while (r == 0 && *s++ == ',');
	json_decref(l.seen);
	if (r == 0)
		return l.list;
	json_decref(l.list);
	return NULL;
}

static int
count(struct matrix *m, const char *option, struct err *err)
{
	const json_t *axis;
	size_t i;

	m->n = json_array_size(m->seeds);
	json_array_foreach(m->axes, i, axis) {
		m->n *= json_array_size(json_array_get(axis, 1));
		if (m->n > MATRIX_MAX)
			break;
	}
	if (m->n <= MATRIX_MAX)
		return 0;
	return err_set(err, ERR_INVALID_PARAMS, option,
	    "more than %zu combinations of settings and seeds", MATRIX_MAX);
}

int
matrix_set(struct matrix *m, const char *given, struct err *err)
{
	const char *equals = strchr(given, '=');
	const json_t *axis;
	json_t *name, *list;
	size_t i;

	if (equals == NULL || equals == given || equals[1] == '\0')
		return bad(err, "set", given, strlen(given),
		    "say NAME=VALUE or NAME=VALUE,VALUE,…");
	name = json_stringn(given, (size_t)(equals - given));
	json_array_foreach(m->axes, i, axis)
		if (json_equal(json_array_get(axis, 0), name)) {
			json_decref(name);
			return bad(err, "set", given, strlen(given),
			    "that setting is named twice");
		}
	list = read_list("set", equals + 1, err);
	if (list == NULL) {
		json_decref(name);
		return -1;
	}
	json_array_append_new(m->axes, json_pack("[o,o]", name, list));
	return count(m, "set", err);
}

int
matrix_seed(struct matrix *m, const char *given, struct err *err)
{
	json_t *list = read_list("seed", given, err);

	if (list == NULL)
		return -1;
	json_decref(m->seeds);
	m->seeds = list;
	return count(m, "seed", err);
}

json_t *
matrix_at(const struct matrix *m, size_t i, const char **seed)
{
	size_t k = json_array_size(m->axes), n = json_array_size(m->seeds);
	json_t *out = json_object(), *values;
	const json_t *axis;

	*seed = json_string_value(json_array_get(m->seeds, i % n));
	i /= n;
	while (k-- > 0) {
		axis = json_array_get(m->axes, k);
		values = json_array_get(axis, 1);
		n = json_array_size(values);
		json_object_set(out, json_string_value(json_array_get(axis, 0)),
		    json_array_get(values, i % n));
		i /= n;
	}
	return out;
}
