#include "store/blank.h"

#include <jansson.h>
#include <string.h>

#include "base/json.h"

size_t
blank_trim(const char *items, size_t len)
{
	while (len > 0 && items[len - 1] == ' ')
		len--;
	return len;
}

static void
quote_member(struct buf *out, const char *name, const json_t *value)
{
	json_quote(out, name, strlen(name));
	buf_addc(out, ':');
	json_quote(out, json_string_value(value), json_string_length(value));
}

/* {"body":"…","salt":"…"}; false when it is not of that shape. */
static bool
quote_item(struct buf *out, const char *name, const json_t *item)
{
	const json_t *body = json_object_get(item, "body");
	const json_t *salt = json_object_get(item, "salt");

	if (!json_is_string(body) || !json_is_string(salt))
		return false;
	buf_addc(out, out->len == 0 ? '{' : ',');
	json_quote(out, name, strlen(name));
	buf_adds(out, ":{");
	quote_member(out, "body", body);
	buf_addc(out, ',');
	quote_member(out, "salt", salt);
	buf_addc(out, '}');
	return true;
}

bool
blank_item(const char *items, size_t len, const char *name, struct buf *out)
{
	json_t *all = json_read(items, len, NULL);
	json_t *item;
	const char *key;
	bool ok = json_object_del(all, name) == 0;

	buf_reset(out);
	json_object_foreach(all, key, item)
		ok = ok && quote_item(out, key, item);
	json_decref(all);
	if (ok && out->len > 0)
		buf_addc(out, '}');
	if (!ok)
		buf_reset(out);
	while (ok && out->len < len)
		buf_addc(out, ' ');
	return ok;
}
