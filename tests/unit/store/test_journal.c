/* Writing and reading: what the header promises while nothing fails. */
#include <sys/eventfd.h>
#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/mem.h"
#include "tests/unit/store/fixture.h"

#define A "aaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbb"

static void
test_append_and_read(void **state)
{
	struct journal_session s;
	struct pen p;

	(void)state;
	open_journal();
	pen_open(&p, A);
	assert_int_equal(journal_get_session(journal, A, &s, NULL), 0);
	assert_true(durable(pen_batch(&p, "one", NULL)));
	assert_true(durable(pen_batch(&p, "two", "{\"n\":{}}")));
	assert_int_equal(journal_get_session(journal, A, &s, NULL), 1);
	assert_int_equal(s.seq, 2);
	assert_string_equal(s.header, HEADER);
	assert_string_equal(s.phase, "lobby");
	assert_string_equal(s.creator, "uid:1000");
	assert_true(s.created_at == 1700000000000);
	assert_memory_equal(s.hash, p.s.hash, DIGEST_LEN);
	journal_session_clear(&s);
	assert_string_equal(events_of(A), "1:-;2:{\"n\":{}};");
	check_holds();
	close_journal();
	open_journal();
	assert_string_equal(events_of(A), "1:-;2:{\"n\":{}};");
	check_holds();
}

static bool
stop_cb(const struct journal_event *e, void *arg)
{
	(void)arg;
	return e->seq < 2;
}

static void
test_event_ranges(void **state)
{
	struct pen p;
	struct buf out = {0};
	int i;

	(void)state;
	open_journal();
	pen_open(&p, A);
	for (i = 0; i < 5; i++)
		assert_true(durable(pen_batch(&p, "x", NULL)));
	assert_int_equal(
	    journal_each_event(journal, A, 0, 3, stop_cb, &out, NULL), 2);
	assert_int_equal(
	    journal_each_event(journal, A, 3, 9, stop_cb, &out, NULL), 1);
	assert_int_equal(
	    journal_each_event(journal, A, 5, 9, stop_cb, &out, NULL), 0);
	assert_int_equal(
	    journal_each_event(journal, A, -1, 1, stop_cb, &out, NULL), 1);
	assert_int_equal(
	    journal_each_event(journal, B, 0, 9, stop_cb, &out, NULL), 0);
}

/* ---- sessions ---- */

static bool
ids_cb(const struct journal_session *s, void *arg)
{
	buf_addf(arg, "%s ", s->id);
	return strcmp(s->id, "s3") != 0;
}

static const char *
ids(const char *after, bool due, int limit)
{
	static struct buf out;

	buf_reset(&out);
	buf_adds(&out, "");
	assert_true(journal_each_session(
			journal, after, due, limit, ids_cb, &out, NULL) >= 0);
	return out.len == 0 ? "" : out.data;
}

static void
test_sessions(void **state)
{
	static const char *const names[] = {"s2", "s0", "s1"};
	struct pen p[3];
	int i;

	(void)state;
	open_journal();
	for (i = 0; i < 3; i++) {
		pen_open(&p[i], names[i]);
		assert_true(durable(pen_batch(&p[i], "x", NULL)));
	}
	assert_string_equal(ids("", false, 9), "s0 s1 s2 ");
	assert_string_equal(ids("s0", false, 1), "s1 ");
	assert_string_equal(ids("", true, 9), "");
	p[0].s.wake_at = 5;
	p[2].s.wants_work = true;
	assert_true(durable(pen_batch(&p[0], "x", NULL)));
	assert_true(durable(pen_batch(&p[2], "x", NULL)));
	assert_string_equal(ids("", true, 9), "s1 s2 ");
	assert_string_equal(ids("s1", true, 9), "s2 ");
	p[0].s.wake_at = 0;
	p[0].s.concluded = true;
	strcpy(p[0].s.phase, "concluded");
	assert_true(durable(pen_batch(&p[0], "x", NULL)));
	assert_string_equal(ids("", true, 9), "s1 ");
	assert_int_equal(journal_get_session(journal, "s2", &p[0].s, NULL), 1);
	assert_true(p[0].s.concluded);
	assert_string_equal(p[0].s.phase, "concluded");
	journal_session_clear(&p[0].s);
}

/* Rows without events, events without a row, and nothing at all. */
static void
test_parts_of_a_batch(void **state)
{
	struct journal_batch *b;
	struct pen p;

	(void)state;
	open_journal();
	pen_open(&p, A);
	b = batch_new();
	batch_session(b, &p.s);
	assert_true(durable(b));
	assert_int_equal(head_of(A), 0);
	check_holds();
	b = pen_batch(&p, "one", NULL);
	assert_true(durable(b));
	strcpy(p.s.phase, "opinion");
	b = batch_new();
	batch_session(b, &p.s);
	assert_true(durable(b));
	{ /* the row follows by itself */
		struct journal_batch *whole;
		struct journal_event e = {.seq = 2, .bytes = "{}", .len = 2};
		struct digest_part parts[2] = {
		    {p.s.hash, DIGEST_LEN}, {"{}", 2}};

		digest_sha256(parts, 2, e.hash);
		whole = batch_new();
		batch_event(whole, A, &e);
		assert_true(durable(whole));
	}
	assert_int_equal(head_of(A), 2);
	assert_true(durable(batch_new()));
	check_holds();
}

/* ---- groups ---- */

static void
test_one_commit_a_flush(void **state)
{
	enum { N = 400, SESSIONS = 7 };
	struct journal_result r;
	struct journal_stats before, after;
	struct pen p[SESSIONS];
	char id[SESSION_ID_LEN + 1];
	int64_t first = 0, t = 0;
	int i;

	(void)state;
	open_journal();
	for (i = 0; i < SESSIONS; i++) {
		snprintf(id, sizeof(id), "s%d", i);
		pen_open(&p[i], id);
	}
	journal_stats(journal, &before);
	for (i = 0; i < N; i++) {
		t = submit(pen_batch(&p[i * i % SESSIONS], "x", "{}"));
		first = i == 0 ? t : first;
		assert_int_equal(t, first + i);
	}
	assert_int_equal(journal_finished(journal), 0);
	journal_flush(journal);
	while (journal_finished(journal) < t)
		nap_ms(1);
	for (i = 0; i < N; i++) {
		assert_true(journal_poll(journal, &r));
		assert_int_equal(r.ticket, first + i);
		assert_true(r.durable && !r.conflict);
	}
	assert_false(journal_poll(journal, &r));
	journal_stats(journal, &after);
	assert_int_equal(after.commits, before.commits + 1);
	assert_int_equal(after.submissions, N);
	assert_int_equal(after.events, N);
	assert_true(after.bytes > N * 40);
	assert_int_equal(after.failures, 0);
	assert_int_equal(after.queued, 0);
	for (i = 0; i < SESSIONS; i++)
		assert_int_equal(
		    head_of(p[i].s.id), p[i].s.seq == 0 ? -1 : p[i].s.seq);
	check_holds();
}

static void
test_large_batches(void **state)
{
	struct journal_batch *b = batch_new();
	struct pen p;
	char *text = xmalloc(1 << 20);
	int i;

	(void)state;
	open_journal();
	pen_open(&p, A);
	memset(text, 'x', 1 << 20);
	text[(1 << 20) - 1] = '\0';
	for (i = 0; i < 300; i++)
		pen_event(&p, b, i % 100 == 0 ? text : "small", "{}");
	assert_true(durable(b));
	assert_int_equal(head_of(A), 300);
	/* more than one group's worth at once */
	for (i = 0; i < 40; i++)
		submit(pen_batch(&p, text, "{}"));
	assert_true(durable(pen_batch(&p, "last", NULL)));
	assert_int_equal(head_of(A), 341);
	check_holds();
	free(text);
}

static void
test_queue_limit(void **state)
{
	struct err err = {0};
	struct pen p, q;
	int i;

	(void)state;
	config.queue_max = 3;
	open_journal();
	pen_open(&p, A);
	for (i = 0; i < 3; i++)
		submit(pen_batch(&p, "x", NULL));
	q = p;
	assert_int_equal(
	    journal_submit(journal, pen_batch(&q, "x", NULL), &err), -1);
	assert_int_equal(err.code, ERR_LIMIT_REACHED);
	journal_flush(journal);
	while (journal_finished(journal) < 3)
		nap_ms(1);
	assert_true(durable(pen_batch(&p, "x", NULL)));
	assert_int_equal(head_of(A), 4);
}

static void
test_notify(void **state)
{
	uint64_t count = 0;
	int fd = eventfd(0, EFD_CLOEXEC);
	struct pen p;

	(void)state;
	journal = journal_open(&config, fd, NULL);
	assert_non_null(journal);
	pen_open(&p, A);
	submit(pen_batch(&p, "x", NULL));
	journal_flush(journal);
	assert_int_equal(read(fd, &count, sizeof(count)), sizeof(count));
	assert_true(count > 0);
	while (journal_finished(journal) < 1)
		nap_ms(1);
	close_journal();
	close(fd);
}

/* ---- tokens ---- */

static bool
has_token(char c, struct journal_token *t)
{
	uint8_t digest[DIGEST_LEN];
	struct err err = {0};
	int r;

	memset(digest, c, sizeof(digest));
	r = journal_get_token(journal, digest, t, &err);
	if (r < 0)
		fail_msg("%s", err.text);
	return r == 1;
}

static void
add_token(struct journal_batch *b, char c, const char *session, const char *ref,
    enum token_kind kind)
{
	struct journal_token t = {.kind = kind, .created_at = 7};

	memset(t.digest, c, sizeof(t.digest));
	strcpy(t.session, session);
	strcpy(t.ref, ref);
	t.expires_at = 9;
	batch_token(b, &t);
}

static void
test_tokens(void **state)
{
	struct journal_batch *b = batch_new();
	struct journal_token t;
	uint8_t digest[DIGEST_LEN];

	(void)state;
	open_journal();
	add_token(b, '1', A, "p-1", TOKEN_PARTICIPANT);
	add_token(b, '2', A, "p-1", TOKEN_PARTICIPANT);
	add_token(b, '3', A, "f1", TOKEN_FACILITATOR);
	add_token(b, '4', B, "p-1", TOKEN_INVITATION);
	assert_true(durable(b));
	assert_true(has_token('3', &t));
	assert_string_equal(t.session, A);
	assert_string_equal(t.ref, "f1");
	assert_int_equal(t.kind, TOKEN_FACILITATOR);
	assert_int_equal(t.created_at, 7);
	assert_int_equal(t.expires_at, 9);
	assert_int_equal(t.digest[31], '3');
	assert_false(has_token('9', &t));
	/* a lost one is replaced: revoked and given in one batch */
	b = batch_new();
	batch_revoke(b, A, "p-1");
	add_token(b, '5', A, "p-1", TOKEN_PARTICIPANT);
	assert_true(durable(b));
	assert_false(has_token('1', &t));
	assert_false(has_token('2', &t));
	assert_true(has_token('4', &t));
	assert_true(has_token('5', &t));
	memset(digest, '3', sizeof(digest));
	b = batch_new();
	batch_revoke_digest(b, digest);
	assert_true(durable(b));
	assert_false(has_token('3', &t));
}

/* ---- conflicts ---- */

static void
test_conflict_alone(void **state)
{
	struct journal_result r[4];
	int64_t t[4];
	struct pen p, twin, q;
	int i;

	(void)state;
	open_journal();
	pen_open(&p, A);
	pen_open(&q, B);
	assert_true(durable(pen_batch(&p, "one", NULL)));
	twin = p;
	t[0] = submit(pen_batch(&p, "two", NULL));
	t[1] = submit(pen_batch(&twin, "another two", NULL));
	t[2] = submit(pen_batch(&q, "elsewhere", NULL));
	/* goes on from the two that lost, and so is lost as well */
	t[3] = submit(pen_batch(&twin, "three", NULL));
	for (i = 0; i < 4; i++)
		r[i] = await(t[i]);
	assert_true(r[0].durable && !r[0].conflict);
	assert_true(!r[1].durable && r[1].conflict);
	assert_true(r[2].durable && !r[2].conflict);
	assert_true(!r[3].durable && r[3].conflict);
	assert_int_equal(head_of(A), 2);
	assert_int_equal(head_of(B), 1);
	/* polled: it may go on from what is there */
	assert_true(durable(pen_batch(&p, "three", NULL)));
	check_holds();
}

/* What was submitted before the conflict was polled is lost, though in the
 * meantime its seq has become the next. */
static void
test_conflict_followed(void **state)
{
	struct journal_result r;
	struct pen p, twin;
	int64_t t;

	(void)state;
	open_journal();
	pen_open(&p, A);
	twin = p;
	assert_true(durable(pen_batch(&p, "one", NULL)));
	submit(pen_batch(&twin, "another one", NULL)); /* 2: loses */
	journal_flush(journal);
	while (journal_finished(journal) < 2)
		nap_ms(1);
	t = submit(pen_batch(&twin, "another two", NULL));
	assert_int_equal(twin.s.seq, head_of(A) + 1);
	r = await(t);
	assert_true(!r.durable && r.conflict);
	assert_int_equal(head_of(A), 1);
	assert_true(durable(pen_batch(&p, "two", NULL)));
	check_holds();
}

static void
test_gap_and_unknown(void **state)
{
	struct journal_batch *b = batch_new();
	struct journal_event e = {.seq = 1, .bytes = "{}", .len = 2};
	struct journal_result r;
	struct pen p;

	(void)state;
	open_journal();
	batch_event(b, B, &e); /* no such session, and no row to make it of */
	r = await(submit(b));
	assert_true(!r.durable && r.conflict);
	pen_open(&p, A);
	assert_true(durable(pen_batch(&p, "one", NULL)));
	p.s.seq = 5;
	r = await(submit(pen_batch(&p, "seven", NULL)));
	assert_true(!r.durable && r.conflict);
	assert_int_equal(head_of(A), 1);
	assert_int_equal(head_of(B), -1);
}

static void
foreign(const char *sql)
{
	sqlite3 *db;
	char *message = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 1000);
	sqlite3_exec(db, sql, NULL, NULL, &message);
	if (message != NULL)
		fail_msg("%s: %s", sql, message);
	sqlite3_close(db);
}

/* Another writer put an event without moving the session's row: only the
 * database's own rule finds it, in the middle of a group. */
static void
test_conflict_isolated(void **state)
{
	struct journal_result r[5];
	struct pen p, q, n;
	int64_t t[5];
	int i;

	(void)state;
	open_journal();
	pen_open(&p, A);
	pen_open(&q, B);
	pen_open(&n, "nnnnnnnnnnnnnnnn");
	assert_true(durable(pen_batch(&p, "one", NULL)));
	foreign("INSERT INTO event (session, seq, hash, line) "
		"VALUES (1, 2, x'00', '{}')");
	t[0] = submit(pen_batch(&q, "one", "{}"));
	t[1] = submit(pen_batch(&p, "two", "{}"));
	t[2] = submit(pen_batch(&q, "two", "{}"));
	t[3] = submit(pen_batch(&p, "three", "{}"));
	t[4] = submit(pen_batch(&n, "one", "{}"));
	for (i = 0; i < 5; i++)
		r[i] = await(t[i]);
	assert_true(r[0].durable && r[2].durable && r[4].durable);
	assert_true(!r[1].durable && r[1].conflict);
	assert_true(!r[3].durable && r[3].conflict);
	assert_int_equal(head_of(A), 1);
	assert_int_equal(head_of(B), 2);
	assert_int_equal(head_of(n.s.id), 1);
	foreign("DELETE FROM event WHERE session = 1 AND seq = 2");
	check_holds();
}

/* ---- the rest ---- */

static bool
add_counter(const char *name, int64_t value, void *arg)
{
	buf_addf(arg, "%s=%lld;", name, (long long)value);
	return true;
}

static void
assert_counters(const char *prefix, const char *want)
{
	struct buf b = {0};

	assert_true(
	    journal_each_counter(journal, prefix, add_counter, &b, NULL) >= 0);
	assert_string_equal(b.data != NULL ? b.data : "", want);
	buf_free(&b);
}

/* Counters move with the events of their batch, and not without them. */
static void
test_counters(void **state)
{
	struct journal_batch *b;
	struct pen p, twin;

	(void)state;
	open_journal();
	pen_open(&p, A);
	b = pen_batch(&p, "one", NULL);
	batch_count(b, "hits a", 3);
	batch_count(b, "hits b", 1);
	batch_count(b, "miss a", 7);
	assert_true(durable(b));
	assert_counters("hits ", "hits a=3;hits b=1;");
	twin = p;
	b = pen_batch(&p, "two", NULL);
	batch_count(b, "hits a", 4);
	assert_true(durable(b));
	b = pen_batch(&twin, "another two", NULL); /* a conflict */
	batch_count(b, "hits a", 100);
	assert_false(durable(b));
	close_journal();
	open_journal();
	assert_counters("", "hits a=7;hits b=1;miss a=7;");
	assert_counters("none", "");
	check_holds();
}

static void
test_secret(void **state)
{
	uint8_t a[32], b[32], zero[32] = {0};

	(void)state;
	open_journal();
	journal_secret(journal, a);
	assert_memory_not_equal(a, zero, 32);
	close_journal();
	open_journal();
	journal_secret(journal, b);
	assert_memory_equal(a, b, 32);
	close_journal();
	assert_int_equal(unlink(path), 0);
	open_journal();
	journal_secret(journal, b);
	assert_memory_not_equal(a, b, 32);
}

/* What is queued at the end is written, and closing does not wait for more. */
static void
test_close_drains(void **state)
{
	struct pen p;
	int i;

	(void)state;
	open_journal();
	pen_open(&p, A);
	for (i = 0; i < 500; i++)
		submit(pen_batch(&p, "x", "{}"));
	close_journal();
	open_journal();
	assert_int_equal(head_of(A), 500);
	for (i = 0; i < 500; i++)
		submit(pen_batch(&p, "x", "{}"));
	journal_close(journal, 0);
	open_journal();
	assert_true(head_of(A) == 500 || head_of(A) == 1000);
	check_holds();
	/* no -wal or -shm after a clean end */
	close_journal();
	strcat(path, "-wal");
	assert_int_equal(access(path, F_OK), -1);
}

static long
wal_size(void)
{
	char wal[160];
	struct stat st;

	snprintf(wal, sizeof(wal), "%s-wal", path);
	return stat(wal, &st) == 0 ? (long)st.st_size : 0;
}

static bool
slow_cb(const struct journal_event *e, void *arg)
{
	(void)arg;
	nap_ms(1);
	return e->seq < 10;
}

/* The WAL stays within a few times its limit, with this thread reading all the
 * while; a foreign reader makes it grow, and it shrinks again after. */
static void
test_wal_is_bounded(void **state)
{
	enum { ROUNDS = 200, EACH = 20, LIMIT = 50 };
	long most = 0, grown;
	int64_t last = 0;
	sqlite3 *db;
	struct pen p;
	int i, k;

	(void)state;
	config.checkpoint_pages = LIMIT;
	open_journal();
	pen_open(&p, A);
	for (i = 0; i < ROUNDS; i++) {
		for (k = 0; k < EACH; k++)
			last =
			    submit(pen_batch(&p, "xxxxxxxxxxxxxxxxxxxx", "{}"));
		journal_flush(journal);
		if (i % 20 == 0)
			journal_each_event(
			    journal, A, 0, 20, slow_cb, NULL, NULL);
		assert_true(await(last).durable);
		most = wal_size() > most ? wal_size() : most;
	}
	assert_true(most < 5 * LIMIT * 4120L);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN; SELECT count(*) FROM event",
			     NULL, NULL, NULL),
	    SQLITE_OK);
	for (i = 0; i < 250; i++)
		assert_true(durable(pen_batch(&p, "x", "{}")));
	grown = wal_size();
	assert_true(grown > most);
	sqlite3_close(db);
	for (i = 0; i < 250; i++)
		assert_true(durable(pen_batch(&p, "x", "{}")));
	assert_true(wal_size() < grown);
	check_holds();
}

int
main(void)
{
	/* clang-format off */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_append_and_read, setup, teardown),
		cmocka_unit_test_setup_teardown(test_event_ranges, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sessions, setup, teardown),
		cmocka_unit_test_setup_teardown(test_parts_of_a_batch, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_commit_a_flush, setup, teardown),
		cmocka_unit_test_setup_teardown(test_large_batches, setup, teardown),
		cmocka_unit_test_setup_teardown(test_queue_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_notify, setup, teardown),
		cmocka_unit_test_setup_teardown(test_tokens, setup, teardown),
		cmocka_unit_test_setup_teardown(test_conflict_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_conflict_followed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gap_and_unknown, setup, teardown),
		cmocka_unit_test_setup_teardown(test_conflict_isolated, setup, teardown),
		cmocka_unit_test_setup_teardown(test_counters, setup, teardown),
		cmocka_unit_test_setup_teardown(test_secret, setup, teardown),
		cmocka_unit_test_setup_teardown(test_close_drains, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wal_is_bounded, setup, teardown),
	};
	/* clang-format on */

	return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
