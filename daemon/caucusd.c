/* caucusd: options and wiring. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "server/limit.h"
#include "server/paths.h"
#include "server/server.h"

static const char usage[] =
    "usage: caucusd [--socket PATH] [--journal FILE] [--data DIR]\n"
    "               [--listen-tcp HOST:PORT]... [--set NAME=VALUE]...\n"
    "Mediates deliberations over a socket; caucusd(8) tells more.\n";

static const struct option options[] = {
    {"socket", required_argument, NULL, 's'},
    {"journal", required_argument, NULL, 'j'},
    {"data", required_argument, NULL, 'd'},
    {"listen-tcp", required_argument, NULL, 't'},
    {"set", required_argument, NULL, 'x'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'v'},
    {NULL, 0, NULL, 0},
};

/* 0 to go on, 1 to stop well, -1 to stop badly. */
static int
read_options(int argc, char **argv, struct server_config *c, struct err *err)
{
	int o;

	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (o) {
		case 's':
			c->socket = optarg;
			break;
		case 'j':
			c->journal = optarg;
			break;
		case 'd':
			c->data = optarg;
			break;
		case 't':
			if (c->ntcp == SERVER_TCP_MAX)
				return err_set(err, ERR_LIMIT_REACHED, NULL,
				    "--listen-tcp: at most %d addresses",
				    SERVER_TCP_MAX);
			c->tcp[c->ntcp++] = optarg;
			break;
		case 'x':
			if (limits_set(c->limits, optarg, err) == -1)
				return -1;
			break;
		case 'v':
			puts("caucusd " CAUCUS_VERSION);
			return 1;
		case 'h':
			fputs(usage, stdout);
			return 1;
		default:
			return err_set(err, ERR_INVALID_PARAMS, NULL,
			    "see caucusd --help");
		}
	if (optind < argc)
		return err_set(err, ERR_INVALID_PARAMS, NULL,
		    "%s: caucusd takes options only", argv[optind]);
	return 0;
}

int
main(int argc, char **argv)
{
	int64_t values[LIMITS];
	struct server_config c = {.limits = values};
	struct server *srv;
	struct paths paths;
	struct err err;
	int r;

	umask(077);
	mem_setup();
	limits_default(values);
	r = read_options(argc, argv, &c, &err);
	if (r == 1)
		return 0;
	if (r == 0)
		r = paths_find(&paths, &c, &err);
	srv = r == 0 ? server_new(&c, &err) : NULL;
	if (srv == NULL) {
		log_error("caucusd: %s", err.text);
		return 1;
	}
	r = server_run(srv);
	server_free(srv);
	return r == 0 ? 0 : 1;
}
