#include <string.h>

#include "base/json.h"
#include "base/message.h"
#include "base/text.h"
#include "session/type.h"

int64_t
tag_pack(const char *tag)
{
	size_t i, n = strlen(tag);
	int64_t v = 0;

	if (n < 2 || n > SETTING_TAG_MAX || tag[0] == '-')
		return -1;
	for (i = 0; i < n; i++) {
		if (strchr("abcdefghijklmnopqrstuvwxyz0123456789-", tag[i]) ==
		    NULL)
			return -1;
		v = v << 8 | (unsigned char)tag[i];
	}
	return v;
}

void
tag_unpack(int64_t value, char out[SETTING_TAG_MAX + 1])
{
	char back[SETTING_TAG_MAX + 1];
	size_t n = 0, i;

	for (; value > 0 && n < SETTING_TAG_MAX; value >>= 8)
		back[n++] = (char)(value & 0xff);
	for (i = 0; i < n; i++)
		out[i] = back[n - 1 - i];
	out[n] = '\0';
}

static int
setting_choice(const struct setting *row, const char *name, int64_t *out)
{
	int64_t i;

	for (i = 0; row->choices[i] != NULL; i++)
		if (strcmp(row->choices[i], name) == 0) {
			*out = i;
			return 0;
		}
	return -1;
}

static int
setting_bad(const struct setting *row, struct err *err)
{
	char choices[200] = "", unit[32];
	size_t i;

	switch (row->type) {
	case SETTING_INT:
		snprintf(unit, sizeof unit, "unit.%s", row->unit);
		return err_say(err, ERR_BAD_SETTING, row->name,
		    row->unit[0] != '\0' ? MSG_ERROR_SETTING_UNIT
					 : MSG_ERROR_SETTING_NUMBER,
		    "setting", row->name, "#min", (long long)row->min, "#max",
		    (long long)row->max, "@unit", unit, NULL);
	case SETTING_BOOL:
		return err_say(err, ERR_BAD_SETTING, row->name,
		    MSG_ERROR_SETTING_BOOL, "setting", row->name, NULL);
	case SETTING_ENUM:
		for (i = 0; row->choices[i] != NULL; i++) {
			strlcat(choices, i ? ", " : "", sizeof choices);
			strlcat(choices, row->choices[i], sizeof choices);
		}
		return err_say(err, ERR_BAD_SETTING, row->name,
		    MSG_ERROR_SETTING_ENUM, "setting", row->name, "choices",
		    choices, NULL);
	case SETTING_TAG:
		return err_say(err, ERR_BAD_SETTING, row->name,
		    MSG_ERROR_SETTING_TAG, "setting", row->name, NULL);
	}
	return -1;
}

static int
setting_read(
    const struct setting *row, const json_t *v, int64_t *out, struct err *err)
{
	int64_t i;

	switch (row->type) {
	case SETTING_INT:
		if (!json_is_integer(v))
			break;
		i = json_integer_value(v);
		if (i < row->min || i > row->max)
			break;
		*out = i;
		return 0;
	case SETTING_BOOL:
		if (!json_is_boolean(v))
			break;
		*out = json_is_true(v);
		return 0;
	case SETTING_ENUM:
		if (json_is_string(v) &&
		    setting_choice(row, json_string_value(v), out) == 0)
			return 0;
		break;
	case SETTING_TAG:
		if (!json_is_string(v) ||
		    (i = tag_pack(json_string_value(v))) == -1)
			break;
		*out = i;
		return 0;
	}
	return setting_bad(row, err);
}

static const struct setting *
setting_find(const struct procedure *p, const char *name, size_t *at)
{
	size_t i;

	for (i = 0; p->settings[i].name != NULL; i++)
		if (text_same(p->settings[i].name, name)) {
			*at = i;
			return &p->settings[i];
		}
	return NULL;
}

int
settings_read(const struct procedure *p, const json_t *given, int64_t *out,
    struct err *err)
{
	const struct setting *row;
	const char *key;
	bool named;
	json_t *v;
	size_t i;

	for (i = 0; p->settings[i].name != NULL; i++)
		out[i] = p->settings[i].def;
	if (given == NULL)
		return 0;
	json_object_foreach((json_t *)given, key, v) {
		row = setting_find(p, key, &i);
		named = json_identifier(key, 32);
		if (row == NULL)
			return err_say(err, ERR_UNKNOWN_SETTING, "settings",
			    named ? MSG_ERROR_SETTING_UNKNOWN
				  : MSG_ERROR_SETTING_UNNAMED,
			    "procedure", p->name, "setting", named ? key : "",
			    NULL);
		if (setting_read(row, v, &out[i], err) == -1)
			return -1;
	}
	return 0;
}

json_t *
settings_json(const struct procedure *p, const int64_t *values)
{
	char tag[SETTING_TAG_MAX + 1];
	json_t *o = json_object(), *v;
	const struct setting *row;
	size_t i;

	for (i = 0; p->settings[i].name != NULL; i++) {
		row = &p->settings[i];
		if (row->type == SETTING_INT)
			v = json_integer(values[i]);
		else if (row->type == SETTING_BOOL)
			v = json_boolean(values[i]);
		else if (row->type == SETTING_TAG) {
			tag_unpack(values[i], tag);
			v = json_string(tag);
		} else
			v = json_string(row->choices[values[i]]);
		json_object_set_new(o, row->name, v);
	}
	return o;
}

int64_t
session_setting(const struct session *s, const char *name)
{
	size_t i;

	return setting_find(s->procedure, name, &i) ? s->settings[i] : 0;
}
