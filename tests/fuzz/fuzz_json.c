/*
 * json_read takes bytes from anyone; and what it has read, printed
 * canonically, must read and print the same again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
has_real(const json_t *v)
{
	const char *key;
	json_t *m;
	size_t i;

	if (json_is_real(v))
		return true;
	json_array_foreach(v, i, m) {
		if (has_real(m))
			return true;
	}
	json_object_foreach((json_t *)v, key, m) {
		if (has_real(m))
			return true;
	}
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = {0};
	struct buf quoted = {0};
	char *first, *second;
	json_t *v, *again;

	v = json_read((const char *)data, size, &e);
	if (v == NULL) {
		if (e.code != ERR_PARSE || !text_valid(e.text, strlen(e.text)))
			abort();
		return 0;
	}
	if (!has_real(v)) {
		first = json_canonical_dup(v);
		again = json_read(first, strlen(first), NULL);
		second = again == NULL ? NULL : json_canonical_dup(again);
		if (second == NULL || strcmp(first, second) != 0 ||
		    !json_equal(v, again))
			abort();
		free(first);
		free(second);
		json_decref(again);
	}
	if (json_is_string(v)) {
		json_quote(
		    &quoted, json_string_value(v), json_string_length(v));
		again = json_read(quoted.data, quoted.len, NULL);
		if (!json_equal(v, again))
			abort();
		json_decref(again);
		buf_free(&quoted);
	}
	json_decref(v);
	return 0;
}
