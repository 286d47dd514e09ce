/* The configuration told: as a file, and as what a reload may not change. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "server/config.h"

static void
each_daemon(const struct config *c,
    void (*each)(const struct config_item *item, void *arg), void *arg)
{
	const struct config_row *row;
	const char *value;

	for (row = config_rows; row->name != NULL; row++) {
		value = *(
		    char *const *)(const void *)((const char *)c + row->offset);
		each(&(struct config_item){.section = "daemon",
			 .name = row->name,
			 .unit = row->unit,
			 .help = row->help,
			 .choices = row->choices,
			 .def = "",
			 .value = value != NULL ? value : "",
			 .fixed = row->fixed},
		    arg);
	}
}

static void
each_limit(const struct config *c,
    void (*each)(const struct config_item *item, void *arg), void *arg)
{
	char def[24], value[24];
	int i;

	for (i = 0; i < LIMITS; i++) {
		snprintf(def, sizeof def, "%lld", (long long)limits[i].def);
		snprintf(value, sizeof value, "%lld", (long long)c->limits[i]);
		each(&(struct config_item){.section = "limits",
			 .name = limits[i].name,
			 .unit = limits[i].unit,
			 .help = limits[i].help,
			 .number = true,
			 .min = limits[i].min,
			 .max = limits[i].max,
			 .def = def,
			 .value = value,
			 .fixed = limits[i].fixed},
		    arg);
	}
}

static void
each_endpoint(const struct endpoint *e,
    void (*each)(const struct config_item *item, void *arg), void *arg)
{
	char section[ENDPOINT_NAME_MAX + 16] = CONFIG_NO_ENDPOINT;
	char def[CONFIG_VALUE_MAX], value[CONFIG_VALUE_MAX];
	const struct endpoint_setting *row;
	struct endpoint *fresh = endpoint_new("name", NULL);

	if (e != NULL)
		snprintf(section, sizeof section, "endpoint %s", e->name);
	for (row = endpoint_settings; row->name != NULL; row++) {
		size_t i = (size_t)(row - endpoint_settings);

		endpoint_get(fresh, i, def, sizeof def);
		endpoint_get(e != NULL ? e : fresh, i, value, sizeof value);
		each(&(struct config_item){.section = section,
			 .name = row->name,
			 .unit = "",
			 .help = row->help,
			 .choices = row->choices,
			 .number = row->choices == NULL && row->max > row->min,
			 .min = row->min,
			 .max = row->max,
			 .def = def,
			 .value = value,
			 .fixed = true},
		    arg);
	}
	endpoint_free(fresh);
}

void
config_each(const struct config *c,
    void (*each)(const struct config_item *item, void *arg), void *arg)
{
	size_t i, n = c->server.nendpoints;

	each_daemon(c, each, arg);
	each_limit(c, each, arg);
	for (i = 0; i < n; i++)
		each_endpoint(c->endpoints[i], each, arg);
	if (n == 0)
		each_endpoint(NULL, each, arg);
}

/* ---- as a file ---- */

struct showing {
	struct buf *out;
	char section[ENDPOINT_NAME_MAX + 16];
};

static void
add_range(struct buf *out, const struct config_item *item)
{
	if (item->choices != NULL) {
		buf_adds(out, "; one of");
		for (size_t i = 0; item->choices[i] != NULL; i++) {
			buf_addc(out, ' ');
			buf_adds(out, item->choices[i]);
		}
	} else if (item->number) {
		buf_addf(out, "; %lld to %lld%s%s", (long long)item->min,
		    (long long)item->max, item->unit[0] != '\0' ? " " : "",
		    item->unit);
	} else if (item->unit[0] != '\0') {
		buf_addf(out, "; %s", item->unit);
	}
	if (item->fixed)
		buf_adds(out, "; needs a restart");
}

static void
show_cb(const struct config_item *item, void *arg)
{
	struct showing *s = arg;
	bool set = strcmp(item->value, item->def) != 0;

	if (strcmp(s->section, item->section) != 0) {
		strlcpy(s->section, item->section, sizeof s->section);
		buf_addf(s->out, "\n%s[%s]\n",
		    strcmp(item->section, CONFIG_NO_ENDPOINT) == 0 ? ";" : "",
		    item->section);
	}
	buf_addf(s->out, "# %s", item->help);
	add_range(s->out, item);
	buf_addf(s->out, "\n%s%s =%s%s\n", set ? "" : ";", item->name,
	    item->value[0] != '\0' ? " " : "", item->value);
}

void
config_show(const struct config *c, struct buf *out)
{
	struct showing s = {.out = out};

	buf_adds(out, "# Configuration of caucusd; caucusd.conf(5) tells more."
		      "\n# A line behind ; stands at its default.\n");
	config_each(c, show_cb, &s);
}

/* ---- SIGHUP ---- */

static void
fixed_cb(const struct config_item *item, void *arg)
{
	char key[128];

	if (!item->fixed || strcmp(item->section, CONFIG_NO_ENDPOINT) == 0)
		return;
	snprintf(key, sizeof key, "[%s] %s", item->section, item->name);
	/* A path need not be UTF-8. */
	json_object_set_new_nocheck(arg, key, json_string_nocheck(item->value));
}

json_t *
config_fixed(const struct config *c)
{
	json_t *o = json_object();

	config_each(c, fixed_cb, o);
	return o;
}

/* Tells each setting of `a` that `b` lacks or, if asked for, has otherwise. */
static int
tell_changes(json_t *a, const json_t *b, bool otherwise)
{
	json_t *value, *other;
	const char *key;
	int n = 0;

	json_object_foreach(a, key, value) {
		other = json_object_get(b, key);
		if (other != NULL && (!otherwise || json_equal(value, other)))
			continue;
		log_warn("%s has changed: that needs a restart", key);
		n++;
	}
	return n;
}

int
config_apply(const struct config *now, json_t *was, int64_t *values)
{
	json_t *is = config_fixed(now);
	int i, n;

	n = tell_changes(is, was, true) + tell_changes(was, is, false);
	json_decref(is);
	for (i = 0; i < LIMITS; i++)
		if (!limits[i].fixed)
			values[i] = now->limits[i];
	config_log(now);
	return n;
}

void
config_log(const struct config *c)
{
	int i;

	for (i = 0; c->log_level != NULL && log_level_names[i] != NULL; i++)
		if (strcmp(log_level_names[i], c->log_level) == 0) {
			log_set_level((enum log_level)i);
			return;
		}
	log_set_level(LOG_NOTE);
}
