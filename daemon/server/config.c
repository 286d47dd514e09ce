#include "server/config.h"

#include <errno.h>
#include <ini.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

/* clang-format off */
const struct config_row config_rows[] = {
	{ "socket", "path", "the Unix socket; without it the one of the user or of /run/caucus", NULL, offsetof(struct config, socket), true },
	{ "journal", "path", "the database; without it journal.db in the state directory", NULL, offsetof(struct config, journal), true },
	{ "erasures", "path", "the list of erasures; without it the journal's name and .erasures", NULL, offsetof(struct config, erasures), true },
	{ "data", "path", "where presets, prompts and messages lie", NULL, offsetof(struct config, data), true },
	{ "prompts", "path", "prompt templates that go before those of data, file by file", NULL, offsetof(struct config, prompts), true },
	{ "listen_tcp", "host:port", "listens on TCP too, in the clear", NULL, offsetof(struct config, tcp), true },
	{ "endpoint", "name", "of sessions that name none; without it the only one, or offline", NULL, offsetof(struct config, endpoint), true },
	{ "log_level", "", "what is logged: this and what is graver; without it note", log_level_names, offsetof(struct config, log_level), false },
	{ .name = NULL },
};
/* clang-format on */

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

static int
bad_choice(const struct config_row *row, struct err *err)
{
	char text[160] = "";

	for (size_t i = 0; row->choices[i] != NULL; i++) {
		strlcat(text, " ", sizeof text);
		strlcat(text, row->choices[i], sizeof text);
	}
	return err_set(err, ERR_BAD_SETTING, row->name, "%s takes one of:%s",
	    row->name, text);
}

static bool
is_choice(const char *const *choices, const char *value)
{
	for (; *choices != NULL; choices++)
		if (strcmp(*choices, value) == 0)
			return true;
	return false;
}

static int
set_daemon(
    struct config *c, const char *name, const char *value, struct err *err)
{
	const struct config_row *row;
	char **at;

	for (row = config_rows; row->name != NULL; row++)
		if (strcmp(row->name, name) == 0)
			break;
	if (row->name == NULL)
		return err_set(err, ERR_UNKNOWN_SETTING, "daemon",
		    "[daemon] has no setting %.40s; caucusd.conf(5) lists them",
		    name);
	if (value[0] == '\0')
		return err_set(err, ERR_BAD_SETTING, row->name,
		    "%s is empty: leave the line out for the default",
		    row->name);
	if (strlen(value) >= CONFIG_VALUE_MAX)
		return err_set(err, ERR_BAD_SETTING, row->name,
		    "%s has more than %d bytes", row->name,
		    CONFIG_VALUE_MAX - 1);
	if (row->choices != NULL && !is_choice(row->choices, value))
		return bad_choice(row, err);
	at = (char **)(void *)((char *)c + row->offset);
	free(*at);
	*at = xstrdup(value);
	return 0;
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

int
config_set(struct config *c, const char *section, const char *name,
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
	if (value != NULL && value[0] == ';') {
		err_set(&r->err, ERR_BAD_SETTING, name,
		    "the value of %.40s begins with ; which begins a comment",
		    name);
		r->failed = true;
		return 0;
	}
	r->failed = config_set(r->c, section, name, value != NULL ? value : "",
			&r->err) == -1;
	return !r->failed;
}

struct lines {
	FILE *f;
	char *text;
	size_t cap;
	int line, bad; /* bad: the first that cannot be read, or 0 */
};

/*
 * A line for inih, without the blanks before it: inih would take an indented
 * line for more of the setting above and put it in its place.  What inih
 * would cut silently is refused.
 */
static char *
line_cb(char *out, int size, void *arg)
{
	struct lines *l = arg;
	ssize_t n = l->bad == 0 ? getline(&l->text, &l->cap, l->f) : -1;
	size_t blanks;

	if (n == -1)
		return NULL;
	l->line++;
	if (n >= size || strlen(l->text) != (size_t)n) {
		l->bad = l->line;
		return NULL;
	}
	blanks = strspn(l->text, " \t\v\f\r");
	memcpy(out, l->text + blanks, (size_t)n - blanks + 1);
	return out;
}

int
config_read(struct config *c, const char *path, struct err *err)
{
	struct lines l = {.f = fopen(path, "re")};
	struct reading r = {.c = c};
	int line;

	if (l.f == NULL)
		return err_set(err, ERR_FILE, NULL,
		    "cannot read the configuration %s: %s", path,
		    strerror(errno));
	line = ini_parse_stream(line_cb, &l, setting_cb, &r);
	if (ferror(l.f))
		line = -1;
	fclose(l.f);
	free(l.text);
	if (line < 0)
		return err_set(err, ERR_FILE, NULL,
		    "cannot read the configuration %s", path);
	if (r.failed)
		return err_set(err, r.err.code, r.err.field, "%s, line %d: %s",
		    path, line, r.err.text);
	if (line > 0)
		return err_set(err, ERR_BROKEN, NULL,
		    "%s, line %d: neither [section] nor name = value", path,
		    line);
	if (l.bad > 0)
		return err_set(err, ERR_BROKEN, NULL,
		    "%s, line %d: too long (a line has at most 198 bytes), or "
		    "it holds a NUL",
		    path, l.bad);
	return 0;
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
	free(c->log_level);
}
