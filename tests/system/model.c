#include "model.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void
become_model(const struct model *m, int port, int latency_ms, int out)
{
	const char *build = getenv("CAUCUS_BUILD");
	char prog[512], number[16], ms[16];

	snprintf(prog, sizeof(prog), "%s/fake-llm", build ? build : "build");
	snprintf(number, sizeof(number), "%d", port);
	snprintf(ms, sizeof(ms), "%d", latency_ms);
	dup2(out, STDOUT_FILENO);
	execl(prog, prog, "--port", number, "--latency-ms", ms, "--script",
	    m->script, "--log", m->log, "--bodies", m->bodies, (char *)NULL);
	perror(prog);
	_exit(127);
}

int
model_start(struct model *m, const struct daemon *d, int port, int latency_ms,
    const char *script)
{
	struct pollfd p = {.events = POLLIN};
	char line[64] = "";
	int out[2];
	FILE *f;

	memset(m, 0, sizeof(*m));
	snprintf(m->log, sizeof(m->log), "%s/model.log", d->dir);
	snprintf(m->script, sizeof(m->script), "%s/model.script", d->dir);
	snprintf(m->bodies, sizeof(m->bodies), "%s/model.bodies", d->dir);
	f = fopen(m->script, "w");
	if (f == NULL || pipe(out) == -1)
		return -1;
	fprintf(f, "%s\n", script);
	fclose(f);
	m->pid = fork();
	if (m->pid == 0)
		become_model(m, port, latency_ms, out[1]);
	close(out[1]);
	p.fd = out[0];
	if (poll(&p, 1, 10000) == 1 && read(out[0], line, sizeof(line) - 1) > 0)
		sscanf(line, "listening 127.0.0.1:%d", &m->port);
	close(out[0]);
	if (m->port != 0)
		return 0;
	fprintf(stderr, "model: fake-llm does not listen\n");
	model_stop(m);
	return -1;
}

int
model_config(const struct model *m, const struct daemon *d, char path[128])
{
	FILE *f;

	snprintf(path, 128, "%s/caucusd.conf", d->dir);
	f = fopen(path, "w");
	if (f == NULL)
		return -1;
	fprintf(f,
	    "[daemon]\nendpoint = offline\n[endpoint fake]\n"
	    "url = http://127.0.0.1:%d/v1/\nmodel = fake-1\n",
	    m->port);
	return fclose(f);
}

void
model_stop(struct model *m)
{
	if (m->pid > 0) {
		kill(m->pid, SIGKILL);
		waitpid(m->pid, NULL, 0);
	}
	m->pid = 0;
}

int
model_requests(const struct model *m, const char *kind)
{
	char line[256], wanted[32] = "";
	FILE *f = fopen(m->log, "r");
	int n = 0;

	if (kind != NULL)
		snprintf(wanted, sizeof(wanted), "\"%s\"", kind);
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		n += strstr(line, wanted) != NULL;
	if (f != NULL)
		fclose(f);
	return n;
}
