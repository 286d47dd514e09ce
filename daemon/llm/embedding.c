#include "llm/embedding.h"

#include <endian.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/mem.h"
#include "llm/dialect.h"

char *
embeddings_body(const struct endpoint *e, const char *const *texts, size_t n)
{
	json_t *list, *o;
	char *body;
	size_t i;

	if (e->provider->embed == NULL || n == 0 || n > EMBEDDINGS_MAX)
		return NULL;
	list = json_array();
	for (i = 0; i < n; i++)
		json_array_append_new(list, json_string(texts[i]));
	o = e->provider->embed(e, list);
	body = json_dumps(o, JSON_COMPACT);
	json_decref(list);
	json_decref(o);
	return body;
}

/* ---- the reply ---- */

/* Packed floats; fresh, or NULL. */
static float *
unpack(const char *text, size_t len, size_t *size)
{
	size_t n = 0;
	uint8_t *raw =
	    base64_decode(text, len, (size_t)EMBEDDING_SIZE_MAX * 4, &n);
	float *v = NULL;
	uint32_t bits;

	*size = n / 4;
	if (raw != NULL && n % 4 == 0)
		v = xcalloc(*size, sizeof(*v));
	for (size_t i = 0; v != NULL && i < *size; i++) {
		memcpy(&bits, raw + 4 * i, 4);
		bits = le32toh(bits);
		memcpy(&v[i], &bits, 4);
	}
	free(raw);
	return v;
}

/* Numbers of a list; fresh, or NULL. */
static float *
numbers(const json_t *list, size_t *size)
{
	float *v;
	json_t *one;
	size_t i;

	*size = json_array_size(list);
	if (*size == 0)
		return NULL;
	v = xcalloc(*size, sizeof(*v));
	json_array_foreach(list, i, one) {
		if (!json_is_number(one)) {
			free(v);
			return NULL;
		}
		v[i] = (float)json_number_value(one);
	}
	return v;
}

/* To length 1; false where that cannot be. */
static bool
normalise(float *v, size_t size)
{
	double sum = 0;

	for (size_t i = 0; i < size; i++)
		sum += (double)v[i] * (double)v[i];
	if (!isfinite(sum) || sum <= 0)
		return false;
	sum = sqrt(sum);
	for (size_t i = 0; i < size; i++)
		v[i] = (float)((double)v[i] / sum);
	return true;
}

/* Puts a vector into its row; false when it does not fit the others. */
static bool
put_row(struct embeddings *m, size_t row, const float *v, size_t size)
{
	if (size == 0 || size > EMBEDDING_SIZE_MAX ||
	    (m->size != 0 && m->size != size))
		return false;
	if (m->size == 0) {
		m->size = size;
		m->v = xcalloc(m->n * size, sizeof(*m->v));
	}
	memcpy(m->v + row * size, v, size * sizeof(*v));
	return normalise(m->v + row * size, size);
}

/* Of which text: what it says itself, else its place. */
static size_t
row_of(const json_t *one, size_t place)
{
	const json_t *index = json_object_get(one, "index");

	return json_is_integer(index) && json_integer_value(index) >= 0
		   ? (size_t)json_integer_value(index)
		   : place;
}

static bool
read_one(struct embeddings *m, bool *seen, const json_t *one, const char *key,
    size_t place)
{
	const json_t *vector = key != NULL ? json_object_get(one, key) : one;
	size_t row = row_of(one, place), size = 0;
	bool good = false;
	float *v;

	if (row >= m->n || seen[row])
		return false;
	seen[row] = true;
	v = json_is_string(vector) ? unpack(json_string_value(vector),
					 json_string_length(vector), &size)
				   : numbers(vector, &size);
	if (v != NULL)
		good = put_row(m, row, v, size);
	free(v);
	return good;
}

static bool
read_rows(struct embeddings *m, const json_t *list, const char *key)
{
	bool *seen = xcalloc(m->n, sizeof(*seen)), good;
	json_t *one;
	size_t i;

	good = json_array_size(list) == m->n;
	json_array_foreach(list, i, one)
		good = good && read_one(m, seen, one, key, i);
	free(seen);
	return good;
}

void
embeddings_read(const struct provider *p, int status, const char *body,
    size_t len, size_t n, struct answer *a, struct embeddings *out)
{
	json_t *o = answer_open(status, body, len, a);
	const json_t *list = NULL;
	const char *key = NULL;

	memset(out, 0, sizeof(*out));
	out->n = n;
	if (p->take_embeddings != NULL)
		list = p->take_embeddings(o, &key);
	if (a->outcome == OUTCOME_OK &&
	    (n == 0 || !read_rows(out, list, key))) {
		a->outcome = OUTCOME_PARSE;
		a->why = o == NULL ? "not_json" : "not_the_dialect";
	}
	if (a->outcome != OUTCOME_OK)
		embeddings_clear(out);
	json_decref(o);
}

void
embeddings_clear(struct embeddings *m)
{
	free(m->v);
	memset(m, 0, sizeof(*m));
}
