/*
 * kill -9 is a normal way to stop: a child writes as fast as it can and tells
 * through a pipe what was acknowledged; it is killed at a moment of chance;
 * what it told is there, what follows is whole.
 *
 * Twenty lives of up to a tenth of a second each take their time.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/store/fixture.h"

#define SESSIONS 5
#define LIVES	 20
#define SEALED	 "{\"t\":{\"body\":\"%s\",\"salt\":\"00\"}}"

/* What goes through the pipe. */
struct told {
	int32_t session;
	int32_t erased; /* the seq whose text was erased with it, or 0 */
	int64_t seq;
};

static void
session_id(char id[SESSION_ID_LEN + 1], int i)
{
	snprintf(id, SESSION_ID_LEN + 1, "kill%d", i);
}

/* In the child nothing may fail the test: it just ends, and tells nothing. */
static void
child_resume(struct pen *p, int i)
{
	struct journal_session s;
	char id[SESSION_ID_LEN + 1];

	session_id(id, i);
	pen_open(p, id);
	if (journal_get_session(journal, id, &s, NULL) != 1)
		return;
	p->s.seq = s.seq;
	memcpy(p->s.hash, s.hash, DIGEST_LEN);
	journal_session_clear(&s);
}

static struct journal_batch *
child_batch(struct pen *p, struct told *t, int i, bool erases)
{
	struct journal_batch *b;
	char text[600], sealed[700];

	memset(text, 'a' + i, sizeof(text));
	text[sizeof(text) - 1 - (size_t)p->s.seq % 300] = '\0';
	text[sizeof(text) - 1] = '\0';
	snprintf(sealed, sizeof(sealed), SEALED, text);
	b = pen_batch(p, text, sealed);
	t->session = i;
	t->seq = p->s.seq;
	t->erased = erases ? (int32_t)(p->s.seq / 2) : 0;
	if (erases)
		batch_erase(b, p->s.id, t->erased, "t");
	return b;
}

static void
child(int fd)
{
	static struct told told[1 << 16];
	struct pen p[SESSIONS];
	struct journal_result r;
	int64_t t;
	int i;

	journal = journal_open(&config, -1, NULL);
	if (journal == NULL)
		_exit(1);
	for (i = 0; i < SESSIONS; i++)
		child_resume(&p[i], i);
	for (i = 0;; i++) {
		struct told now;
		struct journal_batch *b =
		    child_batch(&p[i % SESSIONS], &now, i % SESSIONS,
			config.checkpoint_pages < 1000 && i % 251 == 250);

		t = journal_submit(journal, b, NULL);
		if (t < 0)
			_exit(1);
		told[t % (1 << 16)] = now;
		if (i % 7 == 0)
			journal_flush(journal);
		while (journal_finished(journal) + 50 < t)
			poll(NULL, 0, 1);
		while (journal_poll(journal, &r))
			if (!r.durable || write(fd, &told[r.ticket % (1 << 16)],
					      sizeof(now)) < 0)
				_exit(1);
	}
}

struct seek {
	int64_t seq;
	bool bare;
};

static bool
seek_cb(const struct journal_event *e, void *arg)
{
	struct seek *s = arg;

	s->bare = e->seq == s->seq && e->sealed == NULL;
	return false;
}

static void
check_told(const struct told *last, const struct told *erased)
{
	struct err err = {0};
	char id[SESSION_ID_LEN + 1];
	int i;

	for (i = 0; i < SESSIONS; i++) {
		struct seek s = {erased[i].erased, false};

		session_id(id, i);
		if (last[i].seq > 0)
			assert_true(head_of(id) >= last[i].seq);
		if (s.seq == 0)
			continue;
		if (journal_each_event(
			journal, id, s.seq - 1, 1, seek_cb, &s, &err) < 0)
			fail_msg("%s", err.text);
		assert_true(s.bare);
	}
}

/* One child from birth to death; what it told last of each session. */
static void
run_child(int ms, struct told *last, struct told *erased, long *told)
{
	struct told t;
	int fds[2], status;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(fds[0]);
		child(fds[1]);
		_exit(1);
	}
	close(fds[1]);
	/* The time counts from the first acknowledgement, or the end. */
	if (read(fds[0], &t, sizeof(t)) == (ssize_t)sizeof(t)) {
		last[t.session] = t;
		nap_ms(ms);
	}
	kill(pid, SIGKILL);
	while (read(fds[0], &t, sizeof(t)) == (ssize_t)sizeof(t)) {
		last[t.session] = t;
		if (t.erased != 0)
			erased[t.session] = t;
		++*told;
	}
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
}

static void
live_and_die(int checkpoint_pages)
{
	struct told last[SESSIONS] = {{0, 0, 0}};
	struct told erased[SESSIONS] = {{0, 0, 0}};
	unsigned seed = 11;
	char wal[160];
	struct stat st;
	long told = 0, large = 0;
	int i;

	config.checkpoint_pages = checkpoint_pages;
	snprintf(wal, sizeof(wal), "%s-wal", path);
	for (i = 0; i < LIVES / 2; i++) {
		run_child(rand_r(&seed) % 100, last, erased, &told);
		if (stat(wal, &st) == 0 && st.st_size > 300000)
			large++;
		open_journal();
		check_told(last, erased);
		check_holds();
		close_journal();
	}
	print_message(
	    "%ld acknowledged, %ld times a large WAL was left\n", told, large);
	assert_true(told > 100);
	assert_true(large > 0 || checkpoint_pages < 1000);
}

static void
test_small_wal(void **state)
{
	(void)state;
	live_and_die(30);
}

static void
test_large_wal(void **state)
{
	(void)state;
	live_and_die(100000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_small_wal, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_large_wal, setup, teardown),
	};

	return cmocka_run_group_tests_name("kill", tests, NULL, NULL);
}
