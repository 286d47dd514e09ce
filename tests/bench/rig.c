#include "tests/bench/rig.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double
seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double
rig_now(void)
{
	return seconds(CLOCK_MONOTONIC);
}

double
rig_processor(void)
{
	return seconds(CLOCK_PROCESS_CPUTIME_ID);
}

void
rig_die(const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what,
	    strerror(errno));
	exit(1);
}

int
rig_dial(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strlcpy(a.sun_path, path, sizeof a.sun_path);
	if (fd == -1 || connect(fd, (struct sockaddr *)&a, sizeof a) == -1) {
		if (fd != -1)
			close(fd);
		return -1;
	}
	return fd;
}

/* Never returns. */
static void
become_daemon(const struct rig *r, const char *const *sets)
{
	const char *build = getenv("CAUCUS_BUILD");
	char journal[96], program[256];
	const char *argv[32] = {"caucusd", "--socket", r->socket, "--journal",
	    journal, "--data", "config"};
	int n = 7;

	snprintf(journal, sizeof journal, "%s/journal.db", r->dir);
	snprintf(program, sizeof program, "%s/caucusd",
	    build != NULL ? build : "build");
	for (; *sets != NULL && n < 30; sets++) {
		argv[n++] = "--set";
		argv[n++] = *sets;
	}
	execv(program, (char *const *)argv);
	_exit(127);
}

void
rig_start(struct rig *r, const char *const *sets)
{
	int i, fd;

	strlcpy(r->dir, "/tmp/caucus-bench-XXXXXX", sizeof r->dir);
	if (mkdtemp(r->dir) == NULL)
		rig_die("mkdtemp");
	snprintf(r->socket, sizeof r->socket, "%s/sock", r->dir);
	r->pid = fork();
	if (r->pid == 0)
		become_daemon(r, sets);
	for (i = 0; i < 500; i++) {
		fd = rig_dial(r->socket);
		if (fd != -1) {
			close(fd);
			return;
		}
		usleep(20000);
	}
	rig_die("the daemon does not listen");
}

void
rig_stop(struct rig *r)
{
	kill(r->pid, SIGTERM);
	waitpid(r->pid, NULL, 0);
	rig_remove(r->dir);
}

void
rig_remove(const char *dir)
{
	char command[128];

	snprintf(command, sizeof command, "rm -rf %s", dir);
	if (system(command) != 0)
		fprintf(stderr, "left behind: %s\n", dir);
}

long
rig_kb(const struct rig *r, const char *what)
{
	char path[64], text[256];
	long kb = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/status", (int)r->pid);
	f = fopen(path, "re");
	while (f != NULL && fgets(text, sizeof text, f) != NULL)
		if (strncmp(text, what, strlen(what)) == 0)
			kb = strtol(text + strlen(what) + 1, NULL, 10);
	if (f != NULL)
		fclose(f);
	return kb;
}

double
rig_cpu(const struct rig *r)
{
	unsigned long user = 0, sys = 0;
	char path[64], text[1024], *at;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)r->pid);
	f = fopen(path, "re");
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

double
rig_fdatasync(const char *dir)
{
	char path[96], block[4096] = {0};
	double began = rig_now();
	int fd, n = 0;

	snprintf(path, sizeof path, "%s/sync", dir);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	for (; rig_now() - began < 0.5; n++)
		if (write(fd, block, sizeof block) != sizeof block ||
		    fdatasync(fd) == -1)
			rig_die("fdatasync");
	close(fd);
	return (rig_now() - began) / n;
}
