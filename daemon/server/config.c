#include "server/config.h"

#include <ini.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
config_default(struct config *c)
{
	memset(c, 0, sizeof *c);
	limits_default(c->limits);
	c->server.limits = c->limits;
	c->server.endpoints = c->endpoints;
}

struct endpoint *
config_endpoint(struct config *c, const char *name, struct err *err)
{
	struct endpoint *e;
	size_t i, n = c->server.nendpoints;

	for (i = 0; i < n; i++)
		if (strcmp(c->endpoints[i]->name, name) == 0)
			return c->endpoints[i];
	if (n == ENDPOINTS_MAX) {
		err_set(err, ERR_LIMIT_REACHED, "endpoint",
		    "at most %d endpoints", ENDPOINTS_MAX);
		return NULL;
	}
	e = endpoint_new(name, err);
	if (e != NULL)
		c->endpoints[c->server.nendpoints++] = e;
	return e;
}

/* ---- the file ---- */

/* Rows of the section [daemon]. */
static const struct {
	const char *name;
	size_t offset;
} rows[] = {
    {"socket", offsetof(struct config, socket)},
    {"journal", offsetof(struct config, journal)},
    {"erasures", offsetof(struct config, erasures)},
    {"data", offsetof(struct config, data)},
    {"prompts", offsetof(struct config, prompts)},
    {"listen_tcp", offsetof(struct config, tcp)},
    {"endpoint", offsetof(struct config, endpoint)},
};

static int
set_daemon(
    struct config *c, const char *name, const char *value, struct err *err)
{
	char **at;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(rows[i].name, name) == 0) {
			at = (char **)(void *)((char *)c + rows[i].offset);
			free(*at);
			*at = xstrdup(value);
			return 0;
		}
	return err_set(err, ERR_UNKNOWN_SETTING, "daemon",
	    "[daemon] has no setting %.40s", name);
}

static int
set_limit(
    struct config *c, const char *name, const char *value, struct err *err)
{
	char *assignment = xasprintf("%s=%s", name, value);
	int r = limits_set(c->limits, assignment, err);

	free(assignment);
	return r;
}

static int
set_endpoint(struct config *c, const char *endpoint, const char *name,
    const char *value, struct err *err)
{
	struct endpoint *e = config_endpoint(c, endpoint, err);

	return e != NULL ? endpoint_set(e, name, value, err) : -1;
}

static int
set_any(struct config *c, const char *section, const char *name,
    const char *value, struct err *err)
{
	static const char endpoint[] = "endpoint ";

	if (strcmp(section, "daemon") == 0)
		return set_daemon(c, name, value, err);
	if (strcmp(section, "limits") == 0)
		return set_limit(c, name, value, err);
	if (strncmp(section, endpoint, strlen(endpoint)) == 0)
		return set_endpoint(
		    c, section + strlen(endpoint), name, value, err);
	return err_set(err, ERR_UNKNOWN_SETTING, "section",
	    "there is no section [%.60s]; there are [daemon], [limits] and "
	    "[endpoint NAME]",
	    section);
}

struct reading {
	struct config *c;
	struct err err; /* the first */
	bool failed;
};

/* 1 to go on: inih's way. */
static int
setting_cb(void *arg, const char *section, const char *name, const char *value)
{
	struct reading *r = arg;

	if (r->failed)
		return 1;
	r->failed = set_any(r->c, section, name, value != NULL ? value : "",
			&r->err) == -1;
	return !r->failed;
}

int
config_read(struct config *c, const char *path, struct err *err)
{
	struct reading r = {.c = c};
	int line = ini_parse(path, setting_cb, &r);

	if (line == 0)
		return 0;
	if (line < 0)
		return err_set(err, ERR_FILE, NULL,
		    "cannot read the configuration %s", path);
	if (!r.failed)
		return err_set(err, ERR_BROKEN, NULL,
		    "%s, line %d: neither [section] nor name = value", path,
		    line);
	return err_set(err, r.err.code, r.err.field, "%s, line %d: %s", path,
	    line, r.err.text);
}

/* ---- the whole ---- */

int
config_ready(struct config *c, struct err *err)
{
	struct server_config *s = &c->server;
	size_t i;

	if (s->socket == NULL)
		s->socket = c->socket;
	if (s->journal == NULL)
		s->journal = c->journal;
	if (s->erasures == NULL)
		s->erasures = c->erasures;
	if (s->data == NULL)
		s->data = c->data;
	if (s->prompts == NULL)
		s->prompts = c->prompts;
	if (s->ntcp == 0 && c->tcp != NULL)
		s->tcp[s->ntcp++] = c->tcp;
	if (s->endpoint == NULL)
		s->endpoint = c->endpoint;
	for (i = 0; i < s->nendpoints; i++)
		if (endpoint_ready(c->endpoints[i], err) == -1)
			return -1;
	return 0;
}

void
config_clear(struct config *c)
{
	size_t i;

	for (i = 0; i < c->server.nendpoints; i++)
		endpoint_free(c->endpoints[i]);
	c->server.nendpoints = 0;
	free(c->socket);
	free(c->journal);
	free(c->erasures);
	free(c->data);
	free(c->prompts);
	free(c->tcp);
	free(c->endpoint);
}
