/*
 * What somebody types in `caucus chat`, whatever is asked: the first byte
 * says what.  What is sent must be JSON that can be written down.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "client/typed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const views[] = {
    "{\"phase\":\"ballot\",\"asks\":[{\"slot\":\"ballot\",\"kind\":\"ballot\"},"
    "{\"slot\":\"agreement\",\"kind\":\"ratings\"}],\"you\":{\"participant\":"
    "\"p\"},\"slate\":[{\"statement\":\"s7\"},{\"statement\":\"s2\"},"
    "{\"statement\":\"s10\"}]}",
    "{\"phase\":\"opinion\",\"asks\":[{\"slot\":\"opinion\",\"kind\":\"text\"}]"
    ",\"you\":{\"participant\":\"p\"}}",
    "{\"phase\":\"position\",\"asks\":[{\"slot\":\"position\",\"kind\":"
    "\"choice\",\"max\":7}],\"you\":{\"participant\":\"p\"}}",
    "{\"phase\":\"preference\",\"asks\":[{\"slot\":\"preference\",\"kind\":"
    "\"choice\",\"options\":[{\"option\":\"first\"},{\"option\":\"same\"}]}],"
    "\"you\":{\"participant\":\"p\"}}",
    "{\"phase\":\"survey\",\"asks\":[{\"slot\":\"survey\",\"kind\":\"choice\","
    "\"items\":[{\"id\":\"again\",\"kind\":\"choices\",\"text\":\"?\","
    "\"choices\":[\"no\",\"yes\"]}]}],\"you\":{\"participant\":\"p\"}}",
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *view_text;
	struct typed t;
	struct err err;
	json_t *view;
	char *line, *text, *narrow;

	if (size == 0)
		return 0;
	view_text = views[data[0] % (sizeof views / sizeof *views)];
	view = json_loads(view_text, 0, NULL);
	line = xstrndup((const char *)data + 1, size - 1);
	narrow = typed_narrow(line);
	if (strlen(narrow) > strlen(line))
		abort();
	if (typed_read(NULL, view, NULL, line, &t, &err) == -1) {
		if (err.text[0] == '\0')
			abort();
	} else if (t.kind == TYPED_GIFT) {
		text = json_dumps(t.params, JSON_COMPACT);
		if (text == NULL)
			abort();
		free(text);
	}
	typed_clear(&t);
	free(narrow);
	free(line);
	json_decref(view);
	return 0;
}
