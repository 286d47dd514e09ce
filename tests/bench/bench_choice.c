/*
 * Counting elections.  Beside each figure stands a plain triple loop over
 * candidates, candidates and ballots in the same run, and beside the reading of
 * JSON Lines what jansson alone needs to load the same file.
 *
 * Required: 200 candidates by 10,000 ballots within 0.3 s for each rule, and
 * JSON Lines read, counted and written by `caucus tally` within twice jansson's
 * time.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "base/buf.h"
#include "base/mem.h"
#include "choice/pairwise.h"
#include "choice/tally.h"

#define MOST_SECONDS 0.3 /* required, 200 by 10,000 */
#define MOST_RATIO   2.0 /* required, of jansson's load */

static volatile int64_t sink; /* what the compiler must not find unused */

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* xorshift64*: a bench needs many numbers, not good ones. */
static uint64_t
next_random(uint64_t *s)
{
	*s ^= *s >> 12;
	*s ^= *s << 25;
	*s ^= *s >> 27;
	return *s * 0x2545f4914f6cdd1du;
}

static void
shuffle(int32_t *rank, size_t n, uint64_t *seed)
{
	size_t k;
	int32_t t;

	for (size_t i = 0; i < n; i++)
		rank[i] = (int32_t)i;
	for (size_t i = n; i > 1; i--) {
		k = next_random(seed) % i;
		t = rank[i - 1];
		rank[i - 1] = rank[k];
		rank[k] = t;
	}
}

static void
random_profile(struct profile *p, size_t n, size_t ballots)
{
	int32_t *rank = xcalloc(n, sizeof(*rank));
	uint64_t seed = 88172645463325252u;

	profile_init(p, n);
	for (size_t b = 0; b < ballots; b++) {
		shuffle(rank, n, &seed);
		profile_add(p, rank);
	}
	free(rank);
}

/* ---- the reference: three plain loops, then Floyd and Warshall's ---- */

static void
plain_schulze(const struct profile *p, int64_t *d, int64_t *w)
{
	size_t n = p->candidates;
	int64_t by;

	memset(d, 0, n * n * sizeof(*d));
	for (size_t b = 0; b < p->ballots; b++)
		for (size_t x = 0; x < n; x++)
			for (size_t y = 0; y < n; y++)
				if (p->rank[b * n + x] < p->rank[b * n + y])
					d[x * n + y]++;
	for (size_t x = 0; x < n; x++)
		for (size_t y = 0; y < n; y++)
			w[x * n + y] =
			    d[x * n + y] > d[y * n + x] ? d[x * n + y] : 0;
	for (size_t x = 0; x < n; x++)
		for (size_t y = 0; y < n; y++)
			for (size_t z = 0; z < n; z++) {
				by = w[y * n + x] < w[x * n + z] ? w[y * n + x]
								 : w[x * n + z];
				if (w[y * n + z] < by)
					w[y * n + z] = by;
			}
}

static double
plain_seconds(const struct profile *p, int runs)
{
	size_t n = p->candidates;
	int64_t *d = xcalloc(n * n, sizeof(*d)),
		*w = xcalloc(n * n, sizeof(*w));
	double began = now();

	for (int i = 0; i < runs; i++) {
		plain_schulze(p, d, w);
		sink += w[1];
	}
	began = (now() - began) / runs;
	free(d);
	free(w);
	return began;
}

static double
rule_seconds(const struct rule *rule, const struct profile *p, int runs)
{
	double began = now();
	struct tally t;

	for (int i = 0; i < runs; i++) {
		tally_run(rule, p, &t);
		sink += t.rank[0];
		tally_free(&t);
	}
	return (now() - began) / runs;
}

/* Returns whether some rule took longer than `most` (0: any time will do). */
static int
bench_rules(size_t n, size_t ballots, int runs, double most)
{
	double plain, took;
	struct profile p;
	int slow, failed = 0;

	random_profile(&p, n, ballots);
	plain = plain_seconds(&p, runs);
	printf("%zu candidates, %zu ballots\n  %-16s %12.6f s\n", n, ballots,
	    "plain loops", plain);
	for (const struct rule *r = rules; r->name != NULL; r++) {
		if (r->needs == NEEDS_RATINGS)
			continue;
		took = rule_seconds(r, &p, runs);
		slow = most > 0 && took > most;
		printf("  %-16s %12.6f s  x%.3f%s\n", r->name, took,
		    took / plain, slow ? "  TOO SLOW" : "");
		failed |= slow;
	}
	profile_free(&p);
	return failed;
}

/* ---- JSON Lines ---- */

static void
write_lines(FILE *f, size_t lines, size_t n, size_t ballots)
{
	int32_t *rank = xcalloc(n, sizeof(*rank));
	uint64_t seed = 88172645463325252u;

	for (size_t i = 0; i < lines; i++) {
		fprintf(f, "{\"candidates\":%zu,\"ballots\":[", n);
		for (size_t b = 0; b < ballots; b++) {
			shuffle(rank, n, &seed);
			for (size_t x = 0; x < n; x++)
				fprintf(f, "%s%d",
				    x > 0   ? ","
				    : b > 0 ? ",["
					    : "[",
				    rank[x]);
			fputc(']', f);
		}
		fputs("]}\n", f);
	}
	free(rank);
}

static double
user_seconds(int who)
{
	struct rusage u;

	getrusage(who, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static double
jansson_seconds(const char *path)
{
	double began = user_seconds(RUSAGE_SELF);
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;
	json_t *v;

	while (f != NULL && (len = getline(&line, &cap, f)) > 0) {
		v = json_loadb(line, (size_t)len, JSON_REJECT_DUPLICATES, NULL);
		sink += (int64_t)json_object_size(v);
		json_decref(v);
	}
	free(line);
	if (f != NULL)
		fclose(f);
	return user_seconds(RUSAGE_SELF) - began;
}

/* A process of its own, with its start and its end; -1 if it failed. */
static double
tally_seconds(char *program, char *path)
{
	double began = user_seconds(RUSAGE_CHILDREN);
	char verb[] = "tally", *const argv[] = {program, verb, path, NULL};
	int status = -1;
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	pid_t pid = fork();

	if (pid == 0) {
		if (dup2(null, STDOUT_FILENO) != -1)
			execv(program, argv);
		_exit(127);
	}
	close(null);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
		return -1;
	return user_seconds(RUSAGE_CHILDREN) - began;
}

static int
bench_lines(size_t lines, size_t n, size_t ballots)
{
	const char *build = getenv("CAUCUS_BUILD");
	char path[] = "/tmp/bench-choice-XXXXXX";
	char *program = xasprintf("%s/caucus", build != NULL ? build : "build");
	int fd = mkstemp(path), failed;
	FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
	double load = 1e9, took = 1e9, once;

	if (f == NULL)
		return 1;
	write_lines(f, lines, n, ballots);
	fclose(f);
	/* The best of five: others use the machine as well. */
	for (int i = 0; i < 5; i++) {
		once = jansson_seconds(path);
		load = once < load ? once : load;
		once = tally_seconds(program, path);
		took = once < took ? once : took;
	}
	unlink(path);
	failed = took < 0 || took > MOST_RATIO * load;
	printf("%6zu lines of %zu x %-4zu jansson %.3f s, caucus tally %.3f s  "
	       "x%.2f%s\n",
	    lines, n, ballots, load, took, took / load,
	    took < 0 ? "  FAILED"
	    : failed ? "  TOO SLOW"
		     : "");
	free(program);
	return failed;
}

int
main(void)
{
	int failed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0); /* seconds pass between lines */
	failed |= bench_lines(50000, 4, 5);
	failed |= bench_lines(20000, 16, 5);
	failed |= bench_lines(2000, 16, 100);
	failed |= bench_lines(20, 100, 500);
	failed |= bench_rules(16, 5, 2000, 0);
	failed |= bench_rules(200, 10000, 1, MOST_SECONDS);
	failed |= bench_rules(1000, 10000, 1, 0);
	return failed;
}
