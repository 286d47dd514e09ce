/* fake-llm: the fake endpoint as a program of its own. */
#include <event2/event.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/mem.h"
#include "tests/fake/fake.h"

static const char usage[] =
    "usage: fake-llm [--port N] [--latency-ms L] [--jitter-ms J]\n"
    "                [--sigma-percent S] [--tail-percent P --tail-factor F]\n"
    "                [--script FILE] [--log FILE] [--bodies FILE]\n"
    "Latency is fixed; log-normal with 100 times that sigma; P % of it F\n"
    "times longer.\n"
    "A language model that is none, for tests.  The script's lines are\n"
    "WHICH FAULT [ARGUMENT], such as \"draft:2-5 429 1\"; the faults:\n";

static const struct option options[] = {
    {"port", required_argument, NULL, 'p'},
    {"latency-ms", required_argument, NULL, 'l'},
    {"jitter-ms", required_argument, NULL, 'j'},
    {"sigma-percent", required_argument, NULL, 'g'},
    {"tail-percent", required_argument, NULL, 't'},
    {"tail-factor", required_argument, NULL, 'f'},
    {"script", required_argument, NULL, 's'},
    {"log", required_argument, NULL, 'o'},
    {"bodies", required_argument, NULL, 'b'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static void
help(void)
{
	const struct fake_fault *f;

	fputs(usage, stdout);
	for (f = fake_faults; f->name != NULL; f++)
		printf("  %-12s %s\n", f->name, f->help);
}

static char *
read_file(const char *path)
{
	char *text = xcalloc(1, 65537);
	FILE *f = fopen(path, "re");

	if (f == NULL || fread(text, 1, 65536, f) == 0)
		fprintf(stderr, "fake-llm: nothing in %s\n", path);
	if (f != NULL)
		fclose(f);
	return text;
}

static void
stop_cb(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	event_base_loopbreak(arg);
}

static int
serve(struct fake_options *o)
{
	struct event_base *base = event_base_new();
	struct event *stop = evsignal_new(base, SIGTERM, stop_cb, base);
	struct fake *f = fake_new(base, o);

	signal(SIGPIPE, SIG_IGN);
	event_add(stop, NULL);
	if (f != NULL) {
		printf("listening 127.0.0.1:%d\n", fake_port(f));
		fflush(stdout);
		event_base_dispatch(base);
		fake_free(f);
	}
	event_free(stop);
	event_base_free(base);
	return f != NULL ? 0 : 1;
}

int
main(int argc, char **argv)
{
	struct fake_options o = {0};
	char *script = NULL;
	int c, r;

	/* A test that is killed leaves nothing behind. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (c) {
		case 'p':
			o.port = atoi(optarg);
			break;
		case 'l':
			o.latency_ms = atoi(optarg);
			break;
		case 'j':
			o.jitter_ms = atoi(optarg);
			break;
		case 'g':
			o.sigma_percent = atoi(optarg);
			break;
		case 't':
			o.tail_percent = atoi(optarg);
			break;
		case 'f':
			o.tail_factor = atoi(optarg);
			break;
		case 's':
			free(script);
			script = read_file(optarg);
			break;
		case 'o':
			o.log = fopen(optarg, "ae");
			break;
		case 'b':
			o.bodies = fopen(optarg, "ae");
			break;
		default:
			help();
			return c == 'h' ? 0 : 2;
		}
	o.script = script;
	r = serve(&o);
	if (o.log != NULL)
		fclose(o.log);
	if (o.bodies != NULL)
		fclose(o.bodies);
	free(script);
	return r;
}
