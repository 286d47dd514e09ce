/* One connection's input: bad lines, limits, parking, fairness, the end. */
#include <malloc.h>

#include "rig.h"

#define CALL(id, method)                                                       \
	"{\"jsonrpc\":\"2.0\",\"id\":" #id ",\"method\":\"" method "\"}\n"
#define ECHO(id) CALL(id, "echo")
#define BACK(id) "{\"jsonrpc\":\"2.0\",\"id\":" #id ",\"result\":{}}"

static size_t
heap(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

/* Each bad line gets its error, and the next good one its answer. */
static void
test_bad_lines(void **state)
{
	static const struct {
		const char *line, *id;
		int code;
		const char *name, *field;
	} rows[] = {
	    {"hello\n", "null", -32700, "parse_error", ""},
	    {"{\"jsonrpc\":\"2.0\",\"id\":1,\n", "null", -32700, "parse_error",
		""},
	    {"{\"a\":\"\xc3\"}\n", "null", -32700, "parse_error", ""},
	    {"{\"a\":1,\"a\":1}\n", "null", -32700, "parse_error", ""},
	    {"[" ECHO(1), "null", -32700, "parse_error", ""},
	    {"[]\n", "null", -32600, "invalid_request", ""},
	    {"\"1\"\n", "null", -32600, "invalid_request", ""},
	    {"{\"id\":1,\"method\":\"echo\"}\n", "1", -32600, "invalid_request",
		"jsonrpc"},
	    {CALL(1.5, "echo"), "null", -32600, "invalid_request", "id"},
	    {"{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"echo\","
	     "\"params\":[]}\n",
		"2", -32602, "invalid_params", "params"},
	};
	struct rig *g = rig_new(NULL);
	struct client c = rig_connect(g);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		client_send(g, &c, rows[i].line);
		client_send(g, &c, "\n\r\n" ECHO("next"));
		expect_error(g, &c, rows[i].id, rows[i].code, rows[i].name,
		    rows[i].field);
		expect(g, &c, BACK("next"));
	}
	client_bytes(g, &c, "{\"a\":\0}\n", 8);
	expect_error(g, &c, "null", -32700, "parse_error", "");
	client_send(g, &c,
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\"}"
	    "\r\n");
	expect(g, &c, BACK(1));
	assert_int_equal(rig_stats(g).errors, i + 1);
	client_close(&c);
	rig_free(g);
}

/* A deep line, byte for byte. */
static void
test_deep(void **state)
{
	struct rig *g = rig_new(NULL);
	struct client c = rig_connect(g);
	char deep[8001];
	size_t i;

	(void)state;
	memset(deep, '[', 8000);
	deep[8000] = '\n';
	for (i = 0; i < sizeof(deep); i++)
		client_bytes(g, &c, deep + i, 1);
	client_send(g, &c, ECHO(1));
	expect_error(g, &c, "null", -32700, "parse_error", "");
	expect(g, &c, BACK(1));
	client_close(&c);
	rig_free(g);
}

/* Ten megabytes in one line cost one answer and no memory. */
static void
test_long_line(void **state)
{
	struct rig *g = rig_new(NULL);
	struct client c = rig_connect(g);
	static char piece[65536];
	size_t before, i;

	(void)state;
	memset(piece, 'x', sizeof(piece));
	client_send(g, &c, ECHO(1));
	expect(g, &c, BACK(1));
	before = heap();
	for (i = 0; i < 160; i++) {
		client_bytes(g, &c, piece, sizeof(piece));
		rig_turn(g);
		assert_true(heap() < before + 200000);
	}
	client_send(g, &c, "\n" ECHO(2));
	expect_error(g, &c, "null", -32022, "line_too_long", "");
	expect(g, &c, BACK(2));
	client_close(&c);
	rig_free(g);
}

/* A line of that many bytes, with id 1 and padding in its params. */
static char *
padded(size_t len, const char *end)
{
	static const char head[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":"
				   "\"big\",\"params\":{\"n\":1,\"pad\":\"";
	char *s = xmalloc(len + strlen(end) + 1);

	memset(s, 'p', len);
	memcpy(s, head, sizeof(head) - 1);
	memcpy(s + len - 3, "\"}}", 3);
	strcpy(s + len, end);
	return s;
}

static void
try_length(struct rig *g, struct client *c, size_t len, bool fits)
{
	char *s = padded(len, "\n");

	client_send(g, c, s);
	if (fits)
		expect(g, c, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"x\"}");
	else
		expect_error(g, c, "null", -32022, "line_too_long", "");
	free(s);
}

static void
test_limits(void **state)
{
	struct rig *g = rig_new(NULL);
	struct client c = rig_connect(g);

	(void)state;
	try_length(g, &c, 8192, true);
	try_length(g, &c, 8193, false);
	client_send(g, &c, CALL(5, "trust"));
	expect(g, &c, BACK(5));
	try_length(g, &c, 8193, true);
	try_length(g, &c, 1 << 20, true);
	try_length(g, &c, (1 << 20) + 1, false);
	try_length(g, &c, 100, true);
	client_close(&c);
	rig_free(g);
}

/* End of input is not a close, and a last line needs no newline. */
static void
test_half_close(void **state)
{
	struct rig *g = rig_new(NULL);
	struct client c = rig_connect(g);

	(void)state;
	g->release = false;
	g->ticket = 1;
	client_send(g, &c,
	    ECHO(1) CALL(2, "later") "x\n" ECHO(
		3) "{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"echo\"}");
	shutdown(c.fd, SHUT_WR);
	RIG_UNTIL(g, g->requests == 4);
	rig_turns(g, 5);
	client_read(&c);
	assert_int_equal(c.in.len, 0);
	net_release(g->net, 1);
	expect(g, &c, BACK(1));
	rig_turns(g, 5);
	assert_int_equal(g->closed, 0);
	net_answer(g->net, g->later[0].conn, 1, g->later[0].id, json_object());
	expect(g, &c, BACK(2));
	expect_error(g, &c, "null", -32700, "parse_error", "");
	expect(g, &c, BACK(3));
	expect(g, &c, BACK(4));
	expect_end(g, &c);
	assert_int_equal(g->closed, 1);
	client_close(&c);
	rig_free(g);
}

/* Ended in the middle of things: an unfinished line, a too long one. */
static void
test_ends(void **state)
{
	struct rig *g = rig_new(NULL);
	struct client c = rig_connect(g);
	char *s = padded(9000, "");

	(void)state;
	shutdown(c.fd, SHUT_WR);
	expect_end(g, &c);
	client_close(&c);
	c = rig_connect(g);
	client_send(g, &c, "{\"jsonrpc\":\"2.0\",\"id\":1,\"met");
	shutdown(c.fd, SHUT_WR);
	expect_error(g, &c, "null", -32700, "parse_error", "");
	expect_end(g, &c);
	client_close(&c);
	c = rig_connect(g);
	client_send(g, &c, s);
	shutdown(c.fd, SHUT_WR);
	expect_error(g, &c, "null", -32022, "line_too_long", "");
	expect_end(g, &c);
	client_close(&c);
	RIG_UNTIL(g, g->closed == 3);
	free(s);
	rig_free(g);
}

/* 500 requests and the end, in one go: more than a turn's worth. */
static void
test_many_then_end(void **state)
{
	struct rig *g = rig_new(NULL);
	struct client c = rig_connect(g);
	int i;

	(void)state;
	for (i = 0; i < 500; i++)
		client_send(g, &c, ECHO(1));
	shutdown(c.fd, SHUT_WR);
	for (i = 0; i < 500; i++)
		expect(g, &c, BACK(1));
	expect_end(g, &c);
	client_close(&c);
	rig_free(g);
}

/* What is put off comes again; what stands behind it waits; others do not. */
static void
test_park(void **state)
{
	struct rig *g = rig_new(NULL);
	struct client c = rig_connect(g), d = rig_connect(g);
	uint64_t id;

	(void)state;
	g->parking = true;
	client_send(g, &c, ECHO(1) CALL(2, "park") ECHO(3));
	RIG_UNTIL(g, g->parked == 1);
	id = g->last;
	expect(g, &c, BACK(1));
	client_send(g, &d, ECHO(1));
	expect(g, &d, BACK(1));
	rig_turns(g, 5);
	assert_int_equal(g->requests, 2);
	net_unpark(g->net, id);
	assert_int_equal(g->parked, 1); /* never from within net_unpark */
	RIG_UNTIL(g, g->parked == 2);
	rig_turns(g, 5);
	assert_int_equal(g->parked, 2);
	g->parking = false;
	net_unpark(g->net, id);
	net_unpark(g->net, id);
	expect(g, &c, BACK(2));
	expect(g, &c, BACK(3));
	assert_int_equal(rig_stats(g).requests, 4);
	client_close(&c);
	client_close(&d);
	rig_free(g);
}

/* A notification may be put off; the end comes meanwhile. */
static void
test_park_and_end(void **state)
{
	struct rig *g = rig_new(NULL);
	struct client c = rig_connect(g);

	(void)state;
	g->parking = true;
	client_send(g, &c,
	    "{\"jsonrpc\":\"2.0\",\"method\":\"park\"}\n" ECHO(1)
		CALL(2, "park"));
	shutdown(c.fd, SHUT_WR);
	RIG_UNTIL(g, g->parked == 1);
	rig_turns(g, 5);
	assert_int_equal(g->closed, 0);
	g->parking = false;
	net_unpark(g->net, g->last);
	RIG_UNTIL(g, g->notifications == 1);
	expect(g, &c, BACK(1));
	expect(g, &c, BACK(2));
	expect_end(g, &c);
	client_close(&c);
	c = rig_connect(g);
	g->parking = true;
	client_send(g, &c, CALL(1, "park"));
	RIG_UNTIL(g, g->parked == 2);
	net_close(g->net, g->last, 1000);
	expect_end(g, &c);
	client_close(&c);
	rig_free(g);
}

/* Sends until the hub takes no more.  Returns the bytes it took. */
static size_t
stuff(struct rig *g, struct client *c, const char *line)
{
	size_t sent = 0, len = strlen(line);
	int refused = 0;
	ssize_t n;

	while (refused < 20 && sent < 64 << 20) {
		n = send(
		    c->fd, line + sent % len, len - sent % len, MSG_NOSIGNAL);
		if (n > 0) {
			sent += (size_t)n;
			refused = 0;
		} else {
			assert_int_equal(errno, EAGAIN);
			refused++;
		}
		rig_turn(g);
	}
	return sent;
}

/* While a request is put off, what follows is not taken without bound. */
static void
test_park_bound(void **state)
{
	struct rig *g = rig_new(NULL);
	struct client c = rig_connect(g);
	size_t before, sent;

	(void)state;
	g->parking = true;
	client_send(g, &c, CALL(1, "park"));
	RIG_UNTIL(g, g->parked == 1);
	before = heap();
	sent = stuff(g, &c, ECHO(2));
	assert_true(sent < 4 << 20);
	assert_true(heap() < before + 100000);
	g->parking = false;
	net_unpark(g->net, g->last);
	expect(g, &c, BACK(1));
	expect(g, &c, BACK(2));
	client_close(&c);
	rig_free(g);
}

/* pending_max: no more requests until answers have gone. */
static void
test_pending(void **state)
{
	struct net_limits l;
	struct client c;
	struct rig *g;
	size_t i;

	(void)state;
	net_limits_default(&l);
	l.pending_max = 4;
	g = rig_new(&l);
	c = rig_connect(g);
	for (i = 0; i < 10; i++)
		client_send(g, &c, CALL(1, "later"));
	RIG_UNTIL(g, g->requests == 4);
	rig_turns(g, 5);
	assert_int_equal(g->requests, 4);
	for (i = 0; i < 10; i++) {
		assert_int_equal(g->requests, i + 4 < 10 ? i + 4 : 10);
		net_answer(g->net, g->last, 0, g->later[i].id, json_object());
		expect(g, &c, BACK(1));
		rig_turns(g, 2);
	}
	client_close(&c);
	rig_free(g);
}

/* Someone who floods does not make a polite one wait. */
static void
test_fairness(void **state)
{
	struct rig *g = rig_new(NULL);
	struct client rude = rig_connect(g), polite = rig_connect(g);
	uint64_t id;
	size_t i, k, others, done;

	(void)state;
	client_send(g, &polite, ECHO(1));
	expect(g, &polite, BACK(1));
	id = g->last;
	for (i = 0; i < 20; i++) {
		for (k = 0; k < 1000; k++) {
			if (send(rude.fd, ECHO(1), strlen(ECHO(1)),
				MSG_NOSIGNAL) < 0)
				break;
		}
		done = g->norder;
		client_send(g, &polite, ECHO(1));
		expect(g, &polite, BACK(1));
		for (others = 0; g->order[done + others] != id; others++)
			;
		assert_in_range(others, 0, 20);
		client_read(&rude);
	}
	/* Sending more between its turns does not get it more of them. */
	for (i = 0; i < 200; i++) {
		for (k = 0; k < 40; k++)
			send(rude.fd, ECHO(1), strlen(ECHO(1)), MSG_NOSIGNAL);
		done = g->requests;
		rig_turn(g);
		assert_in_range(g->requests - done, 0, 20);
		client_read(&rude);
	}
	assert_true(g->requests > 3000);
	client_close(&rude);
	client_close(&polite);
	rig_free(g);
}

/* A line byte by byte is cut off, whether it fits or not. */
static void
test_slow_line(void **state)
{
	struct net_limits l;
	struct client c, d;
	struct rig *g;
	int64_t began = now_ms();
	char *s;

	(void)state;
	net_limits_default(&l);
	l.idle_ms = 60;
	g = rig_new(&l);
	c = rig_connect(g);
	d = rig_connect(g);
	s = padded(9000, "");
	client_send(g, &d, s);
	expect_error(g, &d, "null", -32022, "line_too_long", "");
	while (rig_stats(g).errors < 3) {
		send(c.fd, " ", 1, MSG_NOSIGNAL);
		poll(NULL, 0, 2);
		rig_turn(g);
	}
	assert_in_range(now_ms() - began, 55, PATIENCE_MS);
	expect_error(g, &c, "null", -32020, "limit_reached", "");
	expect_end(g, &c);
	expect_error(g, &d, "null", -32020, "limit_reached", "");
	expect_end(g, &d);
	free(s);
	client_close(&c);
	client_close(&d);
	rig_free(g);
}

/* Not cut off: between lines, in ever new lines, or kept waiting by us. */
static void
test_not_slow(void **state)
{
	struct net_limits l;
	struct client a, b, c;
	struct rig *g;
	int i;

	(void)state;
	net_limits_default(&l);
	l.idle_ms = 250;
	g = rig_new(&l);
	a = rig_connect(g);
	b = rig_connect(g);
	c = rig_connect(g);
	g->parking = true;
	client_send(g, &a, CALL(1, "park") "{");
	client_send(g, &b, "{");
	RIG_UNTIL(g, g->parked == 1);
	for (i = 0; i < 20; i++) {
		/* always inside a line, never long inside the same one */
		client_send(g, &b,
		    "\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\"}\n{");
		expect(g, &b, BACK(1));
		poll(NULL, 0, 25);
	}
	assert_int_equal(rig_stats(g).errors, 0);
	assert_int_equal(rig_stats(g).connections, 3);
	client_close(&a);
	client_close(&b);
	client_close(&c);
	rig_free(g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_bad_lines),
	    cmocka_unit_test(test_deep),
	    cmocka_unit_test(test_long_line),
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_half_close),
	    cmocka_unit_test(test_ends),
	    cmocka_unit_test(test_many_then_end),
	    cmocka_unit_test(test_park),
	    cmocka_unit_test(test_park_and_end),
	    cmocka_unit_test(test_park_bound),
	    cmocka_unit_test(test_pending),
	    cmocka_unit_test(test_fairness),
	    cmocka_unit_test(test_slow_line),
	    cmocka_unit_test(test_not_slow),
	};

	return cmocka_run_group_tests_name("conn", tests, NULL, NULL);
}
