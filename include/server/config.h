/*
 * The daemon's configuration: built-in defaults, then a file, then options.
 * caucusd.conf(5) tells the file's format.
 *
 * Every setting is one row of one of three tables: config_rows here, limits[]
 * (server/limit.h) and endpoint_settings[] (llm/endpoint.h).  config_each
 * walks all three; the sample file, --show-config and what SIGHUP may change
 * come from it.
 */
#ifndef SERVER_CONFIG_H
#define SERVER_CONFIG_H

#include <jansson.h>

#include "base/buf.h"
#include "llm/endpoint.h"
#include "server/limit.h"
#include "server/server.h"

#define ENDPOINTS_MAX	 32
#define CONFIG_VALUE_MAX 4096 /* bytes with the NUL */

struct config {
	struct server_config server; /* points into the rest */
	int64_t limits[LIMITS];
	char *socket, *journal, *erasures, *data, *prompts, *tcp, *endpoint;
	char *log_level;
	struct endpoint *endpoints[ENDPOINTS_MAX];
};

/* A row of the section [daemon], ended by a NULL name. */
struct config_row {
	const char *name, *unit;    /* what kind of text: "path", … */
	const char *help;	    /* one line */
	const char *const *choices; /* NULL-terminated, or NULL */
	size_t offset;		    /* of the char * in struct config */
	bool fixed;		    /* SIGHUP does not change it */
};
extern const struct config_row config_rows[];

/* One setting, as config_each shows it. */
struct config_item {
	const char *section, *name, *unit, *help;
	const char *const *choices; /* NULL: text or a number */
	bool number;		    /* min and max hold */
	int64_t min, max;
	const char *def, *value; /* "": none, not set */
	bool fixed;
};
/* The section of an endpoint where there is none. */
#define CONFIG_NO_ENDPOINT "endpoint NAME"
/* Every setting of [daemon], [limits] and each endpoint there is; with none,
 * of CONFIG_NO_ENDPOINT.  What the item points to lives for the call. */
void config_each(const struct config *c,
    void (*each)(const struct config_item *item, void *arg), void *arg);

void config_default(struct config *c); /* config_clear */
/* One setting; section is "daemon", "limits" or "endpoint NAME". */
int config_set(struct config *c, const char *section, const char *name,
    const char *value, struct err *err);
/* Reads a file over what is there; -1, and the error names file and line. */
int config_read(struct config *c, const char *path, struct err *err);
/* The endpoint of that name, made if need be; NULL and err. */
struct endpoint *
config_endpoint(struct config *c, const char *name, struct err *err);
/* After file and options: checks the endpoints and reads their keys. */
int config_ready(struct config *c, struct err *err);
/* Frees all that server_new has not taken. */
void config_clear(struct config *c);

/* The whole as a file that reads back the same; what stands at its default is
 * a comment.  Of nothing but defaults it is the sample file. */
void config_show(const struct config *c, struct buf *out);
/* What needs a restart: {"section name": value}.  The caller decrefs. */
json_t *config_fixed(const struct config *c);
/*
 * SIGHUP: what `now` says goes into `limits` and the log's level, but for
 * what is fixed, which must stand as in `was` (config_fixed) to take effect:
 * each that differs is logged.  Returns how many.
 */
int config_apply(const struct config *now, json_t *was, int64_t *limits);
void config_log(const struct config *c); /* sets the log's level */

#endif
