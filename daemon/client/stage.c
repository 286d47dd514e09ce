#include "client/stage.h"

#include <stdio.h>
#include <stdlib.h>

#include "client/runner.h"

static volatile sig_atomic_t stopped; /* the signal that asked us to end */
const volatile sig_atomic_t *const stage_stopped = &stopped;

static void
stop_cb(int signal)
{
	stopped = signal;
}

void
stage_signals(void)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	struct sigaction action = {.sa_handler = stop_cb}, was;
	size_t i;

	/* What nohup(1) or a shell's & had ignored stays so. */
	for (i = 0; i < sizeof signals / sizeof *signals; i++)
		if (sigaction(signals[i], NULL, &was) == 0 &&
		    was.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

void
stage_obey(void)
{
	if (stopped == 0)
		return;
	signal(stopped, SIG_DFL);
	raise(stopped);
}

static bool
is_operator(const json_t *info)
{
	const json_t *you = json_object_get(info, "you");

	return json_is_true(json_object_get(info, "operator")) ||
	       json_is_true(json_object_get(you, "operator"));
}

static int
check_operator(struct cmd *c, const char *socket)
{
	struct link *link;
	struct err err;
	json_t *info;
	bool ours;
	int r;

	link = link_open(socket, LINK_CONNECT_MS, &err);
	if (link == NULL)
		return cmd_fail(c, EXIT_UNREACHABLE, &err);
	r = link_call(link, "connection.info", NULL, &info, &err);
	link_close(link);
	if (r != LINK_OK)
		return cmd_fail(c, EXIT_UNREACHABLE, &err);
	ours = is_operator(info);
	json_decref(info);
	if (ours)
		return EXIT_OK;
	err_set(&err, ERR_NOT_PERMITTED, NULL,
	    "a run takes the whole recording away, which only the daemon's "
	    "own user may, over its Unix socket; leave --socket out to use a "
	    "daemon of your own");
	return cmd_fail(c, EXIT_REFUSED, &err);
}

int
stage_options(const struct cmd *c, const char **out)
{
	static const struct {
		const char *name, *option;
	} passed[] = {{"endpoint", "--endpoint"}, {"model", "--model"},
	    {"key-file", "--key-file"}};
	const char *value;
	int n = 0;

	for (size_t i = 0; i < sizeof passed / sizeof *passed; i++)
		if ((value = cmd_option(c, passed[i].name, 0)) != NULL) {
			out[n++] = passed[i].option;
			out[n++] = value;
		}
	out[n] = NULL;
	return n;
}

static int
endpoint_options(struct cmd *c, const char **out)
{
	int n = stage_options(c, out);

	if (n > 0 && cmd_flag(c, "offline"))
		return cmd_usage(c, "--offline and --endpoint exclude each "
				    "other");
	if (n > 0 && cmd_option(c, "socket", 0) != NULL)
		return cmd_usage(c, "--endpoint is for a daemon of one's own; "
				    "the one at --socket has its own");
	if (n > 0 && (cmd_option(c, "endpoint", 0) == NULL ||
			 cmd_option(c, "model", 0) == NULL))
		return cmd_usage(c, "--endpoint and --model belong together");
	return EXIT_OK;
}

int
stage_open(struct cmd *c, struct stage *s)
{
	const char *options[HOUSE_OPTIONS_MAX];
	struct err err;
	int r = endpoint_options(c, options);

	*s = (struct stage){.socket = cmd_option(c, "socket", 0)};
	if (r != EXIT_OK)
		return r;
	if (s->socket != NULL)
		return check_operator(c, s->socket);
	s->house = house_open(options, stage_stopped, &err);
	if (s->house == NULL)
		return stopped != 0 ? EXIT_UNREACHABLE
				    : cmd_fail(c, EXIT_UNREACHABLE, &err);
	s->socket = house_socket(s->house);
	return EXIT_OK;
}

int
stage_play(const struct stage *s, const struct scenario *sc, const char *seed,
    struct term *live, struct buf *recording, struct err *err)
{
	struct link *link = link_open(s->socket, LINK_CONNECT_MS, err);
	enum link_answer a;

	if (link == NULL)
		return EXIT_UNREACHABLE;
	link_watch(link, stage_stopped);
	a = runner_play(link, sc, seed, live, recording, err);
	link_close(link);
	if (a == LINK_OK)
		return EXIT_OK;
	if (a == LINK_DOWN)
		return EXIT_UNREACHABLE;
	return err->code == ERR_BROKEN ? EXIT_FILE : EXIT_REFUSED;
}

void
stage_log(const struct stage *s)
{
	char *log;

	if (s->house == NULL || stopped != 0)
		return;
	log = house_log(s->house);
	if (*log != '\0')
		fprintf(stderr, "What its caucusd said:\n%s", log);
	free(log);
}

void
stage_close(struct stage *s)
{
	house_close(s->house);
	*s = (struct stage){0};
}

int
stage_run(struct cmd *c, const struct scenario *sc, const char *seed,
    struct buf *recording)
{
	struct stage stage;
	struct err err;
	int r = stage_open(c, &stage);

	if (r == EXIT_OK) {
		r = stage_play(&stage, sc, seed, &c->err, recording, &err);
		if (r != EXIT_OK && *stage_stopped == 0)
			cmd_fail(c, r, &err);
		if (r == EXIT_UNREACHABLE)
			stage_log(&stage);
	}
	stage_close(&stage);
	return r;
}
