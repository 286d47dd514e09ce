/* One connection's output, and all of it together: slow readers, bounds,
 * memory of the idle. */
#include <sys/resource.h>

#include <malloc.h>

#include "rig.h"

#define CALL(id, method)                                                       \
	"{\"jsonrpc\":\"2.0\",\"id\":" #id ",\"method\":\"" method "\"}\n"
#define ECHO(id) CALL(id, "echo")
#define BACK(id) "{\"jsonrpc\":\"2.0\",\"id\":" #id ",\"result\":{}}"
#define SOFT	 ((size_t)100000)
#define HARD	 ((size_t)300000)

static char note[1000];

static struct rig *
small_new(size_t total, int stall_ms)
{
	struct net_limits l;

	net_limits_default(&l);
	l.output_soft = SOFT;
	l.output_hard = HARD;
	l.output_total = total;
	l.stall_ms = stall_ms;
	return rig_new(&l);
}

static uint64_t
id_of(struct rig *g, struct client *c)
{
	client_send(g, c, ECHO(1));
	expect(g, c, BACK(1));
	return g->last;
}

/* Notifies until refused; the loop turns meanwhile. */
static size_t
notify_all(struct rig *g, uint64_t id)
{
	size_t n = 0;

	while (net_notify(g->net, id, note, sizeof(note))) {
		if (n++ % 10 == 0)
			rig_turn(g);
		assert_true(n < 100000);
	}
	return n;
}

static void
test_soft(void **state)
{
	struct rig *g = small_new(1 << 30, 0);
	struct client c = rig_connect(g), d = rig_connect(g);
	uint64_t id = id_of(g, &c), other = id_of(g, &d);
	size_t n, i;

	(void)state;
	n = notify_all(g, id);
	assert_in_range(rig_stats(g).waiting_bytes, SOFT, SOFT + 2000);
	assert_int_equal(rig_stats(g).lagged, 1);
	/* Others are served, the few words pass, requests wait. */
	assert_true(net_notify(g->net, other, "{}", 2));
	expect(g, &d, "{}");
	net_notify_always(g->net, id, "\"lagging\"", 9);
	client_send(g, &c, ECHO(2));
	rig_turns(g, 5);
	assert_int_equal(g->requests, 2);
	assert_int_equal(g->drained, 0);
	for (i = 0; i < n; i++)
		assert_int_equal(client_line(g, &c)[0], 'n');
	expect(g, &c, "\"lagging\"");
	expect(g, &c, BACK(2));
	assert_int_equal(g->drained, 1);
	assert_true(net_notify(g->net, id, "{}", 2));
	expect(g, &c, "{}");
	assert_int_equal(rig_stats(g).waiting_bytes, 0);
	assert_int_equal(g->drained, 1);
	client_close(&c);
	client_close(&d);
	rig_free(g);
}

/* Room is told when half of it is free, not when nothing waits any more. */
static void
test_drained_early(void **state)
{
	struct net_limits l;
	struct client c;
	struct rig *g;
	uint64_t id;

	(void)state;
	net_limits_default(&l);
	l.output_soft = 4 << 20;
	l.output_hard = 8 << 20;
	g = rig_new(&l);
	c = rig_connect(g);
	id = id_of(g, &c);
	notify_all(g, id);
	while (g->drained == 0) {
		assert_int_equal(client_line(g, &c)[0], 'n');
		rig_turn(g);
	}
	assert_in_range(rig_stats(g).waiting_bytes, 1 << 20, 2 << 20);
	client_close(&c);
	rig_free(g);
}

static void
test_hard(void **state)
{
	struct rig *g = small_new(1 << 30, 0);
	struct client c = rig_connect(g);
	uint64_t id = id_of(g, &c);
	size_t i;

	(void)state;
	notify_all(g, id);
	for (i = 0; i < 1000 && g->closed == 0; i++) {
		net_notify_always(g->net, id, note, sizeof(note));
		assert_true((size_t)rig_stats(g).waiting_bytes <= HARD + 2000);
		rig_turn(g);
	}
	assert_in_range(i, 190, 210);
	assert_int_equal(rig_stats(g).waiting_bytes, 0);
	client_close(&c);
	rig_free(g);
}

/* An answer larger than the hard limit is no crime of its reader. */
static void
test_big_answer(void **state)
{
	struct rig *g = small_new(1 << 30, 0);
	struct client c = rig_connect(g);
	const char *got;
	int i;

	(void)state;
	for (i = 0; i < 3; i++)
		client_send(g, &c,
		    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"big\","
		    "\"params\":{\"n\":3000000}}\n" ECHO(2));
	RIG_UNTIL(g, g->requests > 0);
	rig_turns(g, 5);
	assert_in_range(g->requests, 1, 2);
	for (i = 0; i < 3; i++) {
		got = client_line(g, &c);
		assert_int_equal(strlen(got),
		    3000000 + strlen("{\"jsonrpc\":\"2.0\",\"id\":1,"
				     "\"result\":\"\"}"));
		expect(g, &c, BACK(2));
	}
	client_close(&c);
	rig_free(g);
}

/* Never reads, keeps sending: what waits stays bounded, so does the input. */
static void
send_only(struct rig *g, struct client *c, const char *line)
{
	size_t sent = 0, len = strlen(line);
	int refused = 0;
	ssize_t n;

	while (refused < 50) {
		n = send(
		    c->fd, line + sent % len, len - sent % len, MSG_NOSIGNAL);
		refused = n > 0 ? 0 : refused + 1;
		sent += n > 0 ? (size_t)n : 0;
		rig_turn(g);
		assert_true((size_t)rig_stats(g).waiting_bytes < SOFT + 20000);
		assert_true(sent < 64 << 20);
	}
}

static void
test_never_reads(void **state)
{
	struct rig *g = small_new(1 << 30, 0);
	struct client c = rig_connect(g);

	(void)state;
	send_only(g, &c,
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"big\","
	    "\"params\":{\"n\":5000}}\n");
	assert_in_range(rig_stats(g).waiting_bytes, SOFT, SOFT + 20000);
	assert_int_equal(g->closed, 0);
	client_close(&c);
	RIG_UNTIL(g, g->closed == 1);
	assert_int_equal(rig_stats(g).waiting_bytes, 0);
	rig_free(g);
}

/* The same while the journal stands still: answers wait for their tickets. */
static void
test_never_released(void **state)
{
	struct rig *g = small_new(1 << 30, 0);
	struct client c = rig_connect(g);
	size_t i, n;

	(void)state;
	g->release = false;
	g->ticket = 1;
	send_only(g, &c,
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"big\","
	    "\"params\":{\"n\":5000}}\n");
	n = g->requests;
	assert_in_range(n, 20, 24);
	net_release(g->net, 1);
	g->release = true;
	for (i = 0; i < n + 10; i++)
		assert_non_null(client_line(g, &c));
	client_close(&c);
	rig_free(g);
}

/* One bound for all: who has output waiting gets no more, the others do. */
static void
test_total(void **state)
{
	struct rig *g = small_new(10 * SOFT / 2, 0);
	struct client c[21];
	uint64_t id[21];
	size_t i, k;

	(void)state;
	for (i = 0; i < 21; i++) {
		c[i] = rig_connect(g);
		id[i] = id_of(g, &c[i]);
	}
	/* All but the last stop reading; each stays under its own limit. */
	for (k = 0; k < 1000; k++) {
		for (i = 0; i < 20; i++)
			net_notify(g->net, id[i], note, sizeof(note));
		rig_turn(g);
	}
	assert_in_range(rig_stats(g).waiting_bytes, 5 * SOFT, 5 * SOFT + 30000);
	assert_int_equal(rig_stats(g).lagged, 20);
	client_send(g, &c[0], ECHO(1));
	rig_turns(g, 5);
	assert_int_equal(g->requests, 21);
	id_of(g, &c[20]);
	assert_true(net_notify(g->net, id[20], "{}", 2));
	expect(g, &c[20], "{}");
	/* Half of them go; the others are served again as they read. */
	for (i = 10; i < 20; i++)
		client_close(&c[i]);
	RIG_UNTIL(g, g->closed == 10 && g->requests == 23);
	RIG_UNTIL(g, g->drained == 10);
	for (i = 0; i < 10; i++)
		assert_true(net_notify(g->net, id[i], "{}", 2));
	for (i = 0; i < 10; i++)
		client_close(&c[i]);
	client_close(&c[20]);
	rig_free(g);
}

/* Passed in the middle of a turn: what was read already waits, too. */
static void
test_total_within_turn(void **state)
{
	struct rig *g = small_new(SOFT / 4, 0);
	struct client c = rig_connect(g), d = rig_connect(g);
	int i;

	(void)state;
	g->release = false;
	g->ticket = 1;
	for (i = 0; i < 20; i++)
		client_send(g, &c,
		    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"big\","
		    "\"params\":{\"n\":10000}}\n");
	RIG_UNTIL(g, g->requests == 3);
	rig_turns(g, 5);
	assert_int_equal(g->requests, 3);
	/* The other has nothing waiting yet: one answer. */
	client_send(g, &d, ECHO(1) ECHO(2));
	RIG_UNTIL(g, g->requests == 4);
	rig_turns(g, 5);
	assert_int_equal(g->requests, 4);
	/* Room is made by the first alone; the second goes on by it. */
	net_release(g->net, 1);
	g->ticket = 2;
	for (i = 0; i < 3; i++)
		assert_non_null(client_line(g, &c));
	RIG_UNTIL(g, g->requests == 8);
	g->release = true;
	for (i = 3; i < 20; i++)
		assert_non_null(client_line(g, &c));
	expect(g, &d, BACK(1));
	expect(g, &d, BACK(2));
	client_close(&c);
	client_close(&d);
	rig_free(g);
}

/* One reads, and the other, who does not, is heard again. */
static void
test_total_relief(void **state)
{
	struct net_limits l;
	struct client c, d;
	struct rig *g;
	uint64_t id, stuck;
	size_t n;

	(void)state;
	net_limits_default(&l);
	l.output_soft = l.output_hard = 8 << 20;
	l.output_total = 2 << 20;
	g = rig_new(&l);
	c = rig_connect(g);
	d = rig_connect(g);
	id = id_of(g, &c);
	stuck = id_of(g, &d);
	for (n = 0; n < 700; n++) {
		assert_true(net_notify(g->net, stuck, note, sizeof(note)));
		rig_turn(g);
	}
	/* Never refused, so that nothing but room wakes the other. */
	for (n = 0; rig_stats(g).waiting_bytes <= 2 << 20; n++) {
		assert_true(net_notify(g->net, id, note, sizeof(note)));
		rig_turn(g);
	}
	client_send(g, &d, ECHO(1));
	rig_turns(g, 5);
	assert_int_equal(g->requests, 2);
	while (n-- > 0)
		assert_int_equal(client_line(g, &c)[0], 'n');
	RIG_UNTIL(g, g->requests == 3);
	client_close(&c);
	client_close(&d);
	rig_free(g);
}

/* A peer that has gone is noticed by writing to it. */
static void
test_dead_peer(void **state)
{
	struct rig *g = small_new(1 << 30, 0);
	struct client c = rig_connect(g);
	uint64_t id = id_of(g, &c);

	(void)state;
	notify_all(g, id);
	client_close(&c);
	RIG_UNTIL(g, g->closed == 1);
	assert_false(net_notify(g->net, id, "{}", 2));
	rig_free(g);
}

/* The end of input does not save one who never reads. */
static void
test_stall(void **state)
{
	struct rig *g = small_new(1 << 30, 300);
	struct client c = rig_connect(g), d = rig_connect(g);
	uint64_t id = id_of(g, &c), slow = id_of(g, &d);
	int64_t began = now_ms();
	char bytes[4096];
	int i;

	(void)state;
	notify_all(g, id);
	notify_all(g, slow);
	shutdown(c.fd, SHUT_WR);
	for (i = 0; i < 40 || g->closed == 0; i++) {
		/* A slow reader is not stuck: enough for the socket to take
		 * something again. */
		int k;

		for (k = 0; k < 40; k++)
			assert_true(recv(d.fd, bytes, sizeof(bytes), 0) != 0);
		net_notify_always(g->net, slow, note, sizeof(note));
		poll(NULL, 0, 15);
		rig_turn(g);
		if (now_ms() - began < 250)
			assert_int_equal(g->closed, 0);
	}
	assert_int_equal(g->closed, 1);
	client_close(&c);
	client_close(&d);
	rig_free(g);
}

/* Answers to someone who reads one byte at a time. */
static void
test_small_sips(void **state)
{
	struct rig *g = small_new(1 << 30, 0);
	struct client c = rig_connect(g);
	size_t seen = 0;
	int size = 2048, lines = 0;
	char byte;

	(void)state;
	setsockopt(c.fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	client_send(g, &c,
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"big\","
	    "\"params\":{\"n\":300000}}\n" ECHO(2));
	while (lines < 2) {
		if (recv(c.fd, &byte, 1, 0) == 1) {
			seen++;
			lines += byte == '\n';
		} else {
			rig_turn(g);
		}
	}
	assert_int_equal(
	    seen, 300000 + strlen(BACK(2)) + 2 +
		      strlen("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"\"}"));
	client_close(&c);
	rig_free(g);
}

/* 2,000 connections that say nothing, fresh and after a request each. */
static void
test_idle_memory(void **state)
{
	enum { N = 2000 };
	struct rig *g = rig_new(NULL);
	struct rlimit rl;
	size_t before, fresh, after;
	struct client *c;
	int i;

	(void)state;
	getrlimit(RLIMIT_NOFILE, &rl);
	rl.rlim_cur = rl.rlim_max;
	setrlimit(RLIMIT_NOFILE, &rl);
	if (rl.rlim_cur < 2 * N + 50)
		skip();
	c = xcalloc(N, sizeof(*c));
	before = mallinfo2().uordblks;
	for (i = 0; i < N; i++)
		c[i] = rig_connect(g);
	fresh = mallinfo2().uordblks - before;
	for (i = 0; i < N; i++) {
		client_send(g, &c[i], ECHO(1));
		expect(g, &c[i], BACK(1));
		buf_free(&c[i].in);
		c[i].at = 0;
	}
	free(g->order);
	g->order = NULL;
	after = mallinfo2().uordblks - before;
	print_message(
	    "idle: %zu bytes, after a request %zu\n", fresh / N, after / N);
	assert_true(fresh / N <= 1536);
	assert_true(after <= fresh + fresh / 20);
	for (i = 0; i < N; i++)
		client_close(&c[i]);
	RIG_UNTIL(g, g->closed == N);
	free(c);
	rig_free(g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_soft),
	    cmocka_unit_test(test_drained_early),
	    cmocka_unit_test(test_hard),
	    cmocka_unit_test(test_big_answer),
	    cmocka_unit_test(test_never_reads),
	    cmocka_unit_test(test_never_released),
	    cmocka_unit_test(test_total),
	    cmocka_unit_test(test_total_within_turn),
	    cmocka_unit_test(test_total_relief),
	    cmocka_unit_test(test_dead_peer),
	    cmocka_unit_test(test_stall),
	    cmocka_unit_test(test_small_sips),
	    cmocka_unit_test(test_idle_memory),
	};

	memset(note, 'n', sizeof(note));
	return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}
