/* caucusd: options and wiring. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "server/config.h"
#include "server/paths.h"

static const char usage[] =
    "usage: caucusd [--config FILE] [--socket PATH] [--journal FILE]\n"
    "               [--erasures FILE] [--data DIR] [--listen-tcp HOST:PORT]... [--set NAME=VALUE]...\n"
    "               [--endpoint URL --model MODEL [--key-file FILE]]\n"
    "Mediates deliberations over a socket; caucusd(8) tells more.\n";

static const struct option options[] = {
    {"config", required_argument, NULL, 'c'},
    {"socket", required_argument, NULL, 's'},
    {"journal", required_argument, NULL, 'j'},
    {"erasures", required_argument, NULL, 'r'},
    {"data", required_argument, NULL, 'd'},
    {"listen-tcp", required_argument, NULL, 't'},
    {"set", required_argument, NULL, 'x'},
    {"endpoint", required_argument, NULL, 'e'},
    {"model", required_argument, NULL, 'm'},
    {"key-file", required_argument, NULL, 'k'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'v'},
    {NULL, 0, NULL, 0},
};

/* The endpoint that --endpoint, --model and --key-file describe; sessions that
 * name none use it. */
static int
set_endpoint(
    struct config *c, const char *setting, const char *value, struct err *err)
{
	struct endpoint *e = config_endpoint(c, "default", err);

	c->server.endpoint = "default";
	return e != NULL ? endpoint_set(e, setting, value, err) : -1;
}

/* The file comes first, wherever it is named: options override it. */
static int
read_file(int argc, char **argv, struct config *c, struct err *err)
{
	int o;

	opterr = 0;
	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (o == 'c' && config_read(c, optarg, err) == -1)
			return -1;
	opterr = 1;
	optind = 1;
	return 0;
}

/* 0 to go on, 1 to stop well, -1 to stop badly. */
static int
read_option(int o, struct config *c, struct err *err)
{
	struct server_config *s = &c->server;

	switch (o) {
	case 'c':
		return 0;
	case 's':
		s->socket = optarg;
		return 0;
	case 'j':
		s->journal = optarg;
		return 0;
	case 'r':
		s->erasures = optarg;
		return 0;
	case 'd':
		s->data = optarg;
		return 0;
	case 't':
		if (s->ntcp == SERVER_TCP_MAX)
			return err_set(err, ERR_LIMIT_REACHED, NULL,
			    "--listen-tcp: at most %d addresses",
			    SERVER_TCP_MAX);
		s->tcp[s->ntcp++] = optarg;
		return 0;
	case 'x':
		return limits_set(c->limits, optarg, err);
	case 'e':
		return set_endpoint(c, "url", optarg, err);
	case 'm':
		return set_endpoint(c, "model", optarg, err);
	case 'k':
		return set_endpoint(c, "key_file", optarg, err);
	case 'v':
		puts("caucusd " CAUCUS_VERSION);
		return 1;
	case 'h':
		fputs(usage, stdout);
		return 1;
	default:
		return err_set(
		    err, ERR_INVALID_PARAMS, NULL, "see caucusd --help");
	}
}

static int
read_options(int argc, char **argv, struct config *c, struct err *err)
{
	int o, r = read_file(argc, argv, c, err);

	while (r == 0 && (o = getopt_long(argc, argv, "", options, NULL)) != -1)
		r = read_option(o, c, err);
	if (r == 0 && optind < argc)
		return err_set(err, ERR_INVALID_PARAMS, NULL,
		    "%s: caucusd takes options only", argv[optind]);
	return r;
}

int
main(int argc, char **argv)
{
	struct server *srv = NULL;
	struct paths paths;
	struct config c;
	struct err err;
	int r;

	umask(077);
	mem_setup();
	config_default(&c);
	r = read_options(argc, argv, &c, &err);
	if (r == 0)
		r = config_ready(&c, &err);
	if (r == 0)
		r = paths_find(&paths, &c.server, &err);
	if (r == 0)
		srv = server_new(&c.server, &err);
	if (srv == NULL) {
		config_clear(&c);
		if (r == 1)
			return 0;
		log_error("caucusd: %s", err.text);
		return 1;
	}
	r = server_run(srv);
	server_free(srv);
	config_clear(&c);
	return r == 0 ? 0 : 1;
}
