/*
 * The daemon's configuration: built-in defaults, then a file, then options.
 * caucusd.conf(5) tells the file's format.
 */
#ifndef SERVER_CONFIG_H
#define SERVER_CONFIG_H

#include "llm/endpoint.h"
#include "server/limit.h"
#include "server/server.h"

#define ENDPOINTS_MAX 32

struct config {
	struct server_config server; /* points into the rest */
	int64_t limits[LIMITS];
	char *socket, *journal, *erasures, *data, *prompts, *tcp, *endpoint;
	struct endpoint *endpoints[ENDPOINTS_MAX];
};

void config_default(struct config *c); /* config_clear */
/* Reads a file over what is there; -1, and the error names file and line. */
int config_read(struct config *c, const char *path, struct err *err);
/* The endpoint of that name, made if need be; NULL and err. */
struct endpoint *
config_endpoint(struct config *c, const char *name, struct err *err);
/* After file and options: checks the endpoints and reads their keys. */
int config_ready(struct config *c, struct err *err);
/* Frees all that server_new has not taken. */
void config_clear(struct config *c);

#endif
