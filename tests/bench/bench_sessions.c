/*
 * Whole deliberations at once on one daemon: 200 sessions of five people,
 * each with a connection of their own, who answer as soon as they are asked.
 * Prints how long a contribution takes beside the disk's bare fdatasync, and
 * what the daemon's memory comes to; then four times as many, for what grows
 * faster than the sessions do.
 */
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/fake/load.h"

static void
die(const char *what)
{
	fprintf(stderr, "bench_sessions: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct house {
	char dir[64], socket[96];
	pid_t pid;
};

static void
start(struct house *h)
{
	const char *build = getenv("CAUCUS_BUILD");
	char journal[96], program[256];
	struct stat st;
	int i;

	strlcpy(h->dir, "/tmp/caucus-bench-XXXXXX", sizeof h->dir);
	if (mkdtemp(h->dir) == NULL)
		die("mkdtemp");
	snprintf(h->socket, sizeof h->socket, "%s/sock", h->dir);
	snprintf(journal, sizeof journal, "%s/journal.db", h->dir);
	snprintf(program, sizeof program, "%s/caucusd",
	    build != NULL ? build : "build");
	h->pid = fork();
	if (h->pid == 0) {
		execl(program, "caucusd", "--socket", h->socket, "--journal",
		    journal, "--data", "config", (char *)NULL);
		_exit(127);
	}
	for (i = 0; i < 500 && stat(h->socket, &st) == -1; i++)
		usleep(10000);
	if (i == 500)
		die("the daemon does not listen");
	usleep(50000);
}

static void
stop(struct house *h)
{
	char command[128];

	kill(h->pid, SIGTERM);
	waitpid(h->pid, NULL, 0);
	snprintf(command, sizeof command, "rm -rf %s", h->dir);
	if (system(command) != 0)
		fprintf(stderr, "left behind: %s\n", h->dir);
}

static long
status_kb(pid_t pid, const char *what)
{
	char path[64], text[256], form[32];
	long kb = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	snprintf(form, sizeof form, "%s: %%ld", what);
	f = fopen(path, "r");
	while (f != NULL && fgets(text, sizeof text, f) != NULL)
		if (strncmp(text, what, strlen(what)) == 0)
			kb = strtol(text + strlen(what) + 1, NULL, 10);
	if (f != NULL)
		fclose(f);
	return kb;
}

static double
cpu_seconds(pid_t pid)
{
	unsigned long user = 0, sys = 0;
	char path[64], text[1024], *at;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	f = fopen(path, "r");
	if (f == NULL)
		return 0;
	if (fgets(text, sizeof text, f) != NULL &&
	    (at = strrchr(text, ')')) != NULL)
		sscanf(at + 2,
		    "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
		    &user, &sys);
	fclose(f);
	return (double)(user + sys) / (double)sysconf(_SC_CLK_TCK);
}

/* A write and its fdatasync, milliseconds, middle of many. */
static double
fdatasync_ms(const char *dir)
{
	char path[96], block[4096] = {0};
	double began = now();
	int fd, n = 0;

	snprintf(path, sizeof path, "%s/sync", dir);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	for (; now() - began < 0.5; n++)
		if (write(fd, block, sizeof block) != sizeof block ||
		    fdatasync(fd) == -1)
			die("fdatasync");
	close(fd);
	return (now() - began) * 1000 / n;
}

/* Seconds of the daemon's processor a session. */
static double
measure(int sessions)
{
	struct house h;
	struct load l = {.socket = h.socket,
	    .sessions = sessions,
	    .people = 5,
	    .settings = "{\"candidates\":8,\"rounds\":1}",
	    .deadline_s = 300};
	double cpu, sync;
	long before;
	int r;

	start(&h);
	sync = fdatasync_ms(h.dir);
	before = status_kb(h.pid, "VmRSS");
	r = load_run(&l);
	cpu = cpu_seconds(h.pid);
	printf("%5d sessions of 5: %d concluded in %.1f s, %ld contributions, "
	       "%d connections\n",
	    sessions, l.concluded, l.seconds, l.contributions, sessions * 6);
	printf("      a contribution: median %.1f ms, p99 %.1f ms, longest "
	       "%.1f ms (fdatasync %.2f ms)\n",
	    l.p50_ms, l.p99_ms, l.max_ms, sync);
	printf("      the daemon: %.2f ms of processor a session; %ld kB "
	       "before, %ld kB at most, %.1f kB a session\n",
	    cpu * 1000 / sessions, before, status_kb(h.pid, "VmHWM"),
	    (double)(status_kb(h.pid, "VmHWM") - before) / sessions);
	if (r == -1)
		fprintf(stderr, "bench_sessions: %s\n", l.why);
	load_clear(&l);
	stop(&h);
	if (r == -1)
		exit(1);
	return cpu / sessions;
}

int
main(void)
{
	double few = measure(50), many = measure(200), more = measure(800);

	printf("processor a session, beside 50 at once: %.2f with 200, %.2f "
	       "with 800 (1 is linear)\n",
	    many / few, more / few);
	return 0;
}
