/*
 * Verifying and replaying beside jansson alone loading the lines of the same
 * file, in processor time: at least 0.5 and 0.4 of its rate.  Then many small
 * recordings through the command: its memory must not grow with their number.
 */
#include <sys/resource.h>
#include <sys/wait.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "record/recording.h"
#include "record/replay.h"
#include "tests/bench/rig.h"
#include "tests/fake/play.h"

#define SECONDS 1.0
#define MANY	10000

static void
make(struct buf *out, int people, const char *settings)
{
	struct play p;
	size_t i;

	play_begin(&p, settings, NULL);
	play_whole(&p, people);
	if (!p.s->concluded)
		rig_die("the deliberation does not conclude");
	buf_addf(out, "%s\n", p.header);
	for (i = 0; i < p.log.n; i++) {
		recording_line(out, p.log.v[i], NULL, NULL);
		buf_addc(out, '\n');
	}
	play_end(&p);
}

static void
save(const char *path, const struct buf *b)
{
	FILE *f = fopen(path, "we");

	if (f == NULL || fwrite(b->data, 1, b->len, f) != b->len ||
	    fclose(f) != 0)
		rig_die(path);
}

/* ---- what is compared ---- */

static void
load(const char *path)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	json_t *o;

	if (f == NULL)
		rig_die(path);
	while ((n = getline(&line, &cap, f)) > 0) {
		o = json_loadb(line, (size_t)n, 0, NULL);
		if (o == NULL)
			rig_die("jansson");
		json_decref(o);
	}
	free(line);
	fclose(f);
}

static void
verify(const char *path)
{
	struct verify_report report;

	if (verify_file(path, &report, NULL) == -1)
		rig_die("verify");
}

static void
replay(const char *path)
{
	struct replay_report report;

	if (replay_file(path, &report, NULL) == -1)
		rig_die("replay");
	replay_report_clear(&report);
}

/* Megabytes a second of processor. */
static double
rate(void (*work)(const char *path), const char *path, size_t bytes)
{
	double began = rig_processor(), took;
	int n = 0;

	do {
		work(path);
		n++;
	} while ((took = rig_processor() - began) < SECONDS);
	return (double)bytes * n / took / 1e6;
}

static void
compare(const char *dir, const char *what, int people, const char *settings)
{
	struct buf b = {0};
	double base, v, r;
	char *path = xasprintf("%s/one", dir);

	make(&b, people, settings);
	save(path, &b);
	base = rate(load, path, b.len);
	v = rate(verify, path, b.len);
	r = rate(replay, path, b.len);
	base = (base + rate(load, path, b.len)) / 2;
	printf("%-22s %6.1f kB: jansson %6.1f MB/s; verify %6.1f, %.2f of it "
	       "(at least 0.5); replay %6.1f, %.2f (at least 0.4)\n",
	    what, (double)b.len / 1000, base, v, v / base, r, r / base);
	unlink(path);
	free(path);
	buf_free(&b);
}

/* ---- many ---- */

/* kB at most, of the command and of its processes. */
static long
command_kb(const char *dir, const char *command)
{
	const char *build = getenv("CAUCUS_BUILD");
	char *line = xasprintf("%s/caucus %s -j 2 %s/m?????.jsonl >/dev/null",
	    build != NULL ? build : "build", command, dir);
	struct rusage usage;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", line, (char *)NULL);
		_exit(127);
	}
	if (wait4(pid, &status, 0, &usage) != pid || status != 0)
		rig_die(line);
	free(line);
	return usage.ru_maxrss;
}

static void
many(const char *dir)
{
	static const char *const commands[] = {"verify", "replay"};
	struct buf b = {0};
	long few[2], all[2];
	double began;
	char *path;
	int i, k;

	make(&b, 3, "{\"candidates\":2,\"rounds\":0}");
	for (i = 0; i < MANY; i++) {
		path = xasprintf("%s/m%05d.jsonl", dir, i);
		save(path, &b);
		free(path);
		if (i == 99)
			for (k = 0; k < 2; k++)
				few[k] = command_kb(dir, commands[k]);
	}
	for (k = 0; k < 2; k++) {
		began = rig_now();
		all[k] = command_kb(dir, commands[k]);
		printf("%s -j 2 of %d recordings of %.1f kB: %.1f s; %ld kB "
		       "at most, %ld kB with 100\n",
		    commands[k], MANY, (double)b.len / 1000, rig_now() - began,
		    all[k], few[k]);
	}
	buf_free(&b);
}

int
main(void)
{
	char dir[] = "/tmp/caucus-bench-XXXXXX";

	if (mkdtemp(dir) == NULL)
		rig_die("mkdtemp");
	compare(dir, "5 people, 2 rounds", 5, NULL);
	compare(dir, "100 people, 2 rounds", 100, NULL);
	compare(
	    dir, "3 people, no critique", 3, "{\"candidates\":2,\"rounds\":0}");
	if (getenv("NOMANY") == NULL)
		many(dir);
	rig_remove(dir);
	return 0;
}
