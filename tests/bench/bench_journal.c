/*
 * Submissions per second through the journal at several group sizes, each one
 * event and one sealed row of 350 bytes and the session's row, over 1000
 * sessions in turn; beside it how often this disk syncs a file at all.
 */
#include <sys/eventfd.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/mem.h"
#include "store/journal.h"

#define SESSIONS 1000
#define BYTES	 350
#define SECONDS	 2.0

static char dir[] = "/tmp/caucus-bench-XXXXXX";

static double
now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A 4 KiB write and an fdatasync, over and over, in a file that has room. */
static double
bare_syncs(void)
{
	char path[64], page[4096] = "x";
	double start;
	int fd, i, n = 0;

	snprintf(path, sizeof(path), "%s/bare", dir);
	fd = open(path, O_RDWR | O_CREAT, 0600);
	if (fd < 0)
		exit(1);
	for (i = 0; i < 256; i++)
		if (write(fd, page, sizeof(page)) < 0)
			exit(1);
	fsync(fd);
	for (start = now(CLOCK_MONOTONIC); now(CLOCK_MONOTONIC) - start < 1;
	     n++)
		if (pwrite(fd, page, sizeof(page), n % 256 * 4096) < 0 ||
		    fdatasync(fd) != 0)
			exit(1);
	close(fd);
	return n / (now(CLOCK_MONOTONIC) - start);
}

static struct journal_batch *
make(struct journal_session *s, const char *text)
{
	struct journal_batch *b = batch_new();
	struct journal_event e = {
	    .seq = ++s->seq,
	    .bytes = text,
	    .len = BYTES,
	    .sealed = text,
	    .sealed_len = BYTES,
	};

	batch_event(b, s->id, &e);
	batch_session(b, s);
	return b;
}

static void
drain(struct journal *j, int notify, int64_t until, int64_t *failed)
{
	struct journal_result r;
	uint64_t count;

	while (journal_finished(j) < until)
		if (read(notify, &count, sizeof(count)) < 0)
			exit(1);
	while (journal_poll(j, &r))
		*failed += !r.durable;
}

/* Keeps at most two groups on the way, as a loop does that goes on working
 * while the writer commits. */
static void
measure(int group, const struct journal_config *c)
{
	static struct journal_session s[SESSIONS];
	char text[BYTES + 1], header[] = "{\"caucus\":1}";
	struct journal_stats stats;
	struct err err;
	int notify = eventfd(0, EFD_CLOEXEC);
	struct journal *j = journal_open(c, notify, &err);
	int64_t n = 0, failed = 0;
	double start = now(CLOCK_MONOTONIC), took;
	double cpu = now(CLOCK_PROCESS_CPUTIME_ID);
	int i;

	if (j == NULL) {
		fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
	memset(text, 'a', BYTES);
	text[0] = '{';
	memset(s, 0, sizeof(s));
	for (i = 0; i < SESSIONS; i++) {
		snprintf(s[i].id, sizeof(s[i].id), "g%d-%d", group,
		    i * 7919 % SESSIONS);
		s[i].header = header;
		strcpy(s[i].phase, "ballot");
	}
	while (now(CLOCK_MONOTONIC) - start < SECONDS) {
		for (i = 0; i < group; i++)
			journal_submit(j, make(&s[n++ % SESSIONS], text), &err);
		journal_flush(j);
		drain(j, notify, n - group, &failed);
	}
	drain(j, notify, n, &failed);
	took = now(CLOCK_MONOTONIC) - start;
	cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	journal_stats(j, &stats);
	printf("%6d %12.0f %12.0f %10.0f %12.1f %8lld\n", group,
	    (double)n / took, (double)stats.commits / took,
	    (double)n / (double)stats.commits, cpu / (double)n * 1e6,
	    (long long)failed);
	journal_close(j, 10000);
	close(notify);
}

int
main(void)
{
	static const int groups[] = {1, 16, 64, 256, 512, 1024};
	struct journal_config c;
	char path[64], command[64];
	size_t i;

	mem_setup();
	if (mkdtemp(dir) == NULL)
		return 1;
	printf("bare fdatasync of 4 KiB: %.0f/s\n", bare_syncs());
	snprintf(path, sizeof(path), "%s/j.db", dir);
	journal_defaults(&c);
	c.path = path;
	printf("%6s %12s %12s %10s %12s %8s\n", "group", "submits/s",
	    "commits/s", "a commit", "CPU us each", "failed");
	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		snprintf(command, sizeof(command), "rm -f %s/j.db*", dir);
		if (system(command) != 0)
			return 1;
		measure(groups[i], &c);
	}
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command) != 0;
}
