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
    "       caucusd [OPTIONS] -t | --show-config\n"
    "Mediates deliberations over a socket; caucusd(8) tells more.\n";

static const struct option options[] = {
    {"config", required_argument, NULL, 'c'},
    {"socket", required_argument, NULL, 's'},
    {"journal", required_argument, NULL, 'j'},
    {"erasures", required_argument, NULL, 'r'},
    {"data", required_argument, NULL, 'd'},
    {"listen-tcp", required_argument, NULL, 'l'},
    {"set", required_argument, NULL, 'x'},
    {"endpoint", required_argument, NULL, 'e'},
    {"model", required_argument, NULL, 'm'},
    {"key-file", required_argument, NULL, 'k'},
    {"test", no_argument, NULL, 't'},
    {"show-config", no_argument, NULL, 'S'},
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
	if (config_set(c, "daemon", "endpoint", "default", err) == -1)
		return -1;
	return config_set(c, "endpoint default", setting, value, err);
}

/* The file comes first, wherever it is named: options override it. */
static int
read_file(int argc, char **argv, struct config *c, struct err *err)
{
	int o;

	opterr = 0;
	while ((o = getopt_long(argc, argv, "t", options, NULL)) != -1)
		if (o == 'c' && config_read(c, optarg, err) == -1)
			return -1;
	opterr = 1;
	optind = 1;
	return 0;
}

/* What is to be done, from the options. */
enum task { SERVE, TEST, SHOW, HELP, TELL_VERSION };

static int
read_option(int o, struct config *c, enum task *task, struct err *err)
{
	struct server_config *s = &c->server;

	switch (o) {
	case 'c':
		return 0;
	case 's':
		return config_set(c, "daemon", "socket", optarg, err);
	case 'j':
		return config_set(c, "daemon", "journal", optarg, err);
	case 'r':
		return config_set(c, "daemon", "erasures", optarg, err);
	case 'd':
		return config_set(c, "daemon", "data", optarg, err);
	case 'l':
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
	case 't':
		*task = TEST;
		return 0;
	case 'S':
		*task = SHOW;
		return 0;
	case 'v':
		*task = TELL_VERSION;
		return 0;
	case 'h':
		*task = HELP;
		return 0;
	default:
		return err_set(
		    err, ERR_INVALID_PARAMS, NULL, "see caucusd --help");
	}
}

/* All that argv says; -1 and err. */
static int
read_all(
    int argc, char **argv, struct config *c, enum task *task, struct err *err)
{
	int o, r = 0;

	config_default(c);
	*task = SERVE;
	optind = 0; /* glibc: from the beginning, at a reload too */
	if (read_file(argc, argv, c, err) == -1)
		return -1;
	while (
	    r == 0 && (o = getopt_long(argc, argv, "t", options, NULL)) != -1)
		r = read_option(o, c, task, err);
	if (r == 0 && optind < argc)
		return err_set(err, ERR_INVALID_PARAMS, NULL,
		    "%s: caucusd takes options only", argv[optind]);
	if (r == 0 && (*task == SERVE || *task == TEST))
		r = config_ready(c, err);
	return r;
}

/* What is needed to read the configuration again. */
struct origin {
	int argc;
	char **argv;
	json_t *fixed; /* of the running one */
};

static int
reload_cb(void *arg, int64_t *values, struct err *err)
{
	struct origin *origin = arg;
	struct config c;
	enum task task;
	int r = read_all(origin->argc, origin->argv, &c, &task, err);

	if (r == 0)
		config_apply(&c, origin->fixed, values);
	config_clear(&c);
	return r;
}

static int
serve(struct config *c, struct origin *origin, struct err *err)
{
	struct server *srv = NULL;
	struct paths paths;
	int r;

	origin->fixed = config_fixed(c);
	c->server.reload = reload_cb;
	c->server.reload_arg = origin;
	config_log(c);
	r = paths_find(&paths, &c->server, err);
	if (r == 0)
		srv = server_new(&c->server, err);
	if (srv == NULL)
		r = -1;
	else if (server_run(srv) == -1)
		r = err_set(err, ERR_INTERNAL, NULL, "the event loop broke");
	server_free(srv);
	json_decref(origin->fixed);
	return r;
}

static int
perform(enum task task, struct config *c, struct origin *o, struct err *err)
{
	struct buf out = {0};

	switch (task) {
	case TEST:
		puts("caucusd: the configuration holds");
		return 0;
	case SHOW:
		config_show(c, &out);
		fputs(out.data, stdout);
		buf_free(&out);
		return 0;
	case HELP:
		fputs(usage, stdout);
		return 0;
	case TELL_VERSION:
		puts("caucusd " CAUCUS_VERSION);
		return 0;
	default:
		return serve(c, o, err);
	}
}

int
main(int argc, char **argv)
{
	struct origin origin = {.argc = argc, .argv = argv};
	struct config c;
	enum task task;
	struct err err;
	int r;

	umask(077);
	mem_setup();
	r = read_all(argc, argv, &c, &task, &err);
	if (r == 0)
		r = perform(task, &c, &origin, &err);
	if (r == -1)
		log_error("caucusd: %s", err.text);
	config_clear(&c);
	return r == 0 ? 0 : 1;
}
