/* The hub: ids, peers, tickets and the order of answers, closing, the end. */
#include "rig.h"

#define CALL(id, method)                                                       \
	"{\"jsonrpc\":\"2.0\",\"id\":" #id ",\"method\":\"" method "\"}\n"
#define ECHO(id) CALL(id, "echo")
#define BACK(id) "{\"jsonrpc\":\"2.0\",\"id\":" #id ",\"result\":{}}"

static void
test_echo(void **state)
{
	struct rig *g = rig_new(NULL);
	struct client c = rig_connect(g);
	struct net_peer p;

	(void)state;
	client_send(g, &c, ECHO(1) ECHO("a") ECHO(null) ECHO(-5));
	expect(g, &c, BACK(1));
	expect(g, &c, BACK("a"));
	expect(g, &c, BACK(null));
	expect(g, &c, BACK(-5));
	assert_true(net_peer(g->net, g->last, &p));
	assert_true(p.local);
	assert_int_equal(p.uid, getuid());
	assert_string_equal(p.address, "unix");
	client_close(&c);
	RIG_UNTIL(g, g->closed == 1);
	assert_int_equal(rig_stats(g).connections, 0);
	assert_int_equal(rig_stats(g).requests, 4);
	assert_int_equal(rig_stats(g).bytes_in,
	    strlen(ECHO(1) ECHO("a") ECHO(null) ECHO(-5)));
	assert_int_equal(rig_stats(g).bytes_out,
	    strlen(BACK(1) BACK("a") BACK(null) BACK(-5)) + 4);
	assert_false(net_peer(g->net, g->last, &p));
	rig_free(g);
}

/* What carries an id that is gone, or an answer nobody waits for. */
static void
test_unknown(void **state)
{
	struct rig *g = rig_new(NULL);
	struct client c = rig_connect(g);
	json_t *id = json_integer(9);
	struct err e;

	(void)state;
	err_set(&e, ERR_GONE, NULL, "gone");
	net_answer(g->net, 77, 0, id, json_object());
	net_answer_error(g->net, 77, 0, id, &e);
	assert_false(net_notify(g->net, 77, "{}", 2));
	net_notify_always(g->net, 77, "{}", 2);
	net_unpark(g->net, 77);
	net_trust(g->net, 77);
	net_close(g->net, 77, 100);
	client_send(g, &c, ECHO(1));
	expect(g, &c, BACK(1));
	net_answer(g->net, g->last, 0, id, json_object());
	net_answer(g->net, g->last, 0, NULL, json_object());
	net_answer_error(g->net, g->last, 0, NULL, &e);
	net_unpark(g->net, g->last);
	client_send(g, &c, ECHO(2));
	expect(g, &c, BACK(2));
	json_decref(id);
	client_close(&c);
	rig_free(g);
}

/* Without id nothing is answered, not even an error of the owner's. */
static void
test_notifications(void **state)
{
	struct rig *g = rig_new(NULL);
	struct client c = rig_connect(g);

	(void)state;
	client_send(g, &c,
	    "{\"jsonrpc\":\"2.0\",\"method\":\"echo\"}\n"
	    "{\"jsonrpc\":\"2.0\",\"method\":\"wrong\"}\n" ECHO(1));
	expect(g, &c, BACK(1));
	assert_int_equal(g->notifications, 2);
	client_close(&c);
	rig_free(g);
}

/* Later answers wait for earlier ones, whoever is ready first. */
static void
test_order(void **state)
{
	struct rig *g = rig_new(NULL);
	struct client c = rig_connect(g);
	int i;

	(void)state;
	client_send(
	    g, &c, CALL(1, "later") ECHO(2) CALL(3, "later") CALL(4, "wrong"));
	RIG_UNTIL(g, g->requests == 4);
	rig_turns(g, 3);
	client_read(&c);
	assert_int_equal(c.in.len, 0);
	for (i = 1; i >= 0; i--) {
		net_answer(
		    g->net, g->later[i].conn, 0, g->later[i].id, json_object());
		rig_turns(g, 2);
		client_read(&c);
		assert_int_equal(c.in.len == 0, i == 1);
	}
	expect(g, &c, BACK(1));
	expect(g, &c, BACK(2));
	expect(g, &c, BACK(3));
	expect_error(g, &c, "4", -32014, "bad_rating", "rating");
	client_close(&c);
	rig_free(g);
}

/* 10,000 requests; tickets go up and down, and are released in steps. */
static void
test_pipeline(void **state)
{
	struct net_limits l;
	struct client c;
	struct rig *g;
	char line[128];
	int64_t top = 0, t;
	int i;

	(void)state;
	net_limits_default(&l);
	l.pending_max = 20000;
	g = rig_new(&l);
	g->release = false;
	c = rig_connect(g);
	for (i = 0; i < 10000; i++) {
		snprintf(line, sizeof(line),
		    "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"echo\","
		    "\"params\":{\"n\":%d}}\n",
		    i, i * 7);
		g->ticket = 1 + i / 10 + (i * 7919) % 13;
		top = g->ticket > top ? g->ticket : top;
		client_send(g, &c, line);
		if (i % 50 == 0)
			rig_turn(g);
	}
	RIG_UNTIL(g, g->requests == 10000);
	rig_turns(g, 2);
	client_read(&c);
	assert_int_equal(c.in.len, 0);
	assert_true(rig_stats(g).waiting_bytes > 10000 * 40);
	for (t = 0, i = 0; i < 10000; i++) {
		while (c.in.len == c.at && t < top + 7) {
			net_release(g->net, t += 7);
			rig_turns(g, 2);
			client_read(&c);
		}
		snprintf(line, sizeof(line),
		    "{\"jsonrpc\":\"2.0\",\"id\":%d,\"result\":{\"n\":%d}}", i,
		    i * 7);
		expect(g, &c, line);
	}
	assert_int_equal(rig_stats(g).waiting_bytes, 0);
	client_close(&c);
	rig_free(g);
}

static void
test_failed_tickets(void **state)
{
	struct rig *g = rig_new(NULL);
	struct client c = rig_connect(g);
	struct err e;
	int i;

	(void)state;
	g->release = false;
	g->ticket = 0;
	for (i = 1; i <= 5; i++) {
		g->ticket = i;
		client_send(g, &c, i == 2 ? "nonsense\n" : ECHO(1));
		RIG_UNTIL(g, rig_stats(g).requests + rig_stats(g).errors == i);
	}
	err_set(&e, ERR_JOURNAL_UNAVAILABLE, NULL, "disk full");
	net_fail(g->net, 4, NULL);
	net_fail(g->net, 2, &e);
	net_fail(g->net, 3, &e);
	net_release(g->net, 3);
	rig_turns(g, 2);
	expect(g, &c, BACK(1));
	/* net's own answers saw nothing that has failed. */
	expect_error(g, &c, "null", -32700, "parse_error", "");
	expect_error(g, &c, "1", -32024, "journal_unavailable", "");
	client_read(&c);
	assert_int_equal(c.in.len - c.at, 0);
	net_release(g->net, 5);
	expect_error(g, &c, "1", -32024, "journal_unavailable", "");
	expect(g, &c, BACK(1));
	/* A ticket that has been released cannot fail any more. */
	net_fail(g->net, 5, &e);
	client_send(g, &c, ECHO(1));
	expect(g, &c, BACK(1));
	assert_int_equal(rig_stats(g).waiting_bytes, 0);
	client_close(&c);
	rig_free(g);
}

/* Thousands of failed tickets, with answers of many sizes. */
static void
test_failed_many(void **state)
{
	struct rig *g = rig_new(NULL);
	struct client c = rig_connect(g);
	char line[128];
	int i;

	(void)state;
	g->release = false;
	for (i = 1; i <= 500; i++) {
		snprintf(line, sizeof(line),
		    "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"big\","
		    "\"params\":{\"n\":%d}}\n",
		    i, i % 50 == 0 ? 20000 : i % 7);
		g->ticket = i;
		client_send(g, &c, line);
		RIG_UNTIL(g, g->requests == (size_t)i);
	}
	for (i = 5000; i > 0; i -= 2)
		net_fail(g->net, i, NULL);
	net_release(g->net, 250);
	net_release(g->net, 500);
	for (i = 1; i <= 500; i++) {
		const char *got = client_line(g, &c);

		assert_int_equal(
		    strstr(got, "journal_unavailable") != NULL, i % 2 == 0);
	}
	client_close(&c);
	rig_free(g);
}

/* A notification goes out after the answers released before it. */
static void
test_notify_order(void **state)
{
	struct rig *g = rig_new(NULL);
	struct client c = rig_connect(g);

	(void)state;
	g->release = false;
	g->ticket = 1;
	client_send(g, &c, ECHO(1) ECHO(2));
	RIG_UNTIL(g, g->requests == 2);
	assert_true(net_notify(g->net, g->last, "{\"first\":1}", 11));
	net_release(g->net, 1);
	assert_true(net_notify(g->net, g->last, "{\"last\":1}", 10));
	expect(g, &c, "{\"first\":1}");
	expect(g, &c, BACK(1));
	expect(g, &c, BACK(2));
	expect(g, &c, "{\"last\":1}");
	client_close(&c);
	rig_free(g);
}

/* Also within the callback that gives the answer, whatever its size. */
static void
test_notify_after_big(void **state)
{
	struct rig *g = rig_new(NULL);
	struct client c = rig_connect(g);
	int i;

	(void)state;
	for (i = 1; i <= 1000000; i *= 10) {
		char line[128];

		snprintf(line, sizeof(line),
		    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"note\","
		    "\"params\":{\"n\":%d}}\n",
		    i);
		client_send(g, &c, line);
		assert_int_equal(client_line(g, &c)[0], '{');
		expect(g, &c, "\"note\"");
	}
	client_close(&c);
	rig_free(g);
}

/* net_close sends what waits, also answers that wait for a ticket. */
static void
test_close(void **state)
{
	struct rig *g = rig_new(NULL);
	struct client c = rig_connect(g);

	(void)state;
	g->release = false;
	g->ticket = 1;
	client_send(g, &c, ECHO(1) CALL(2, "quit") ECHO(3));
	RIG_UNTIL(g, g->requests == 2);
	rig_turns(g, 5);
	assert_int_equal(g->requests, 2);
	assert_int_equal(g->closed, 0);
	assert_false(net_notify(g->net, g->last, "{}", 2));
	net_release(g->net, 1);
	expect(g, &c, BACK(1));
	expect(g, &c, BACK(2));
	expect_end(g, &c);
	assert_int_equal(g->closed, 1);
	client_close(&c);
	rig_free(g);
}

static void
test_close_grace(void **state)
{
	struct rig *g = rig_new(NULL);
	struct client c = rig_connect(g), d = rig_connect(g);
	int64_t began;

	(void)state;
	client_send(g, &c, CALL(1, "later"));
	RIG_UNTIL(g, g->requests == 1);
	client_send(g, &d, ECHO(1));
	expect(g, &d, BACK(1));
	net_close(g->net, g->last, 0);
	net_close(g->net, g->last, 0);
	expect_end(g, &d);
	began = now_ms();
	net_close(g->net, g->later[0].conn, 60);
	net_close(g->net, g->later[0].conn, 50);
	expect_end(g, &c);
	assert_in_range(now_ms() - began, 45, PATIENCE_MS);
	assert_int_equal(g->closed, 2);
	client_close(&c);
	client_close(&d);
	rig_free(g);
}

/* With everything under way at once. */
static void
test_free_busy(void **state)
{
	struct rig *g = rig_new(NULL);
	struct client c[8];
	size_t i;

	(void)state;
	for (i = 0; i < 8; i++)
		c[i] = rig_connect(g);
	g->release = false;
	g->parking = true;
	g->ticket = 1;
	client_send(g, &c[0], "{\"jsonrpc\":");
	client_send(g, &c[1], ECHO(1) ECHO(2) CALL(3, "later"));
	client_send(g, &c[2], CALL(1, "park") ECHO(2) ECHO(3));
	client_send(g, &c[3], CALL(1, "later") CALL(2, "quit"));
	client_send(g, &c[4], "nonsense\n");
	client_send(g, &c[5], ECHO(1));
	shutdown(c[5].fd, SHUT_WR);
	client_send(g, &c[6], ECHO(1));
	RIG_UNTIL(g, g->requests == 7 && g->parked == 1);
	client_close(&c[6]);
	client_send(g, &c[7], ECHO(1) ECHO(2));
	event_base_loop(g->base, EVLOOP_NONBLOCK);
	net_fail(g->net, 1, NULL);
	/* without reaping, releasing or pushing */
	for (i = 0; i < 8; i++) {
		if (i != 6)
			client_close(&c[i]);
	}
	rig_free(g);
}

/* The owner hears of every connection's end, and may call back. */
static void
test_free_reports(void **state)
{
	struct rig *g = rig_new(NULL);
	struct client c[100];
	struct net *n = g->net;
	int i;

	(void)state;
	for (i = 0; i < 100; i++)
		c[i] = rig_connect(g);
	assert_int_equal(rig_stats(g).connections, 100);
	net_free(n);
	assert_int_equal(g->closed, 100);
	g->net = NULL;
	for (i = 0; i < 100; i++)
		client_close(&c[i]);
	rig_free(g);
}

/* Ids are never used twice; a late answer for one that is gone is nothing. */
static void
test_late_answer(void **state)
{
	struct rig *g = rig_new(NULL);
	struct client c = rig_connect(g);
	uint64_t gone;

	(void)state;
	client_send(g, &c, CALL(1, "later"));
	RIG_UNTIL(g, g->requests == 1);
	gone = g->last;
	/* Only writing shows that the peer is gone altogether. */
	client_close(&c);
	rig_turns(g, 3);
	net_answer(g->net, gone, 0, g->later[0].id, json_object());
	RIG_UNTIL(g, g->closed == 1);
	net_answer(g->net, gone, 0, g->later[0].id, json_object());
	c = rig_connect(g);
	client_send(g, &c, ECHO(1));
	expect(g, &c, BACK(1));
	assert_true(g->last > gone);
	client_close(&c);
	rig_free(g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_echo),
	    cmocka_unit_test(test_unknown),
	    cmocka_unit_test(test_notifications),
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_pipeline),
	    cmocka_unit_test(test_failed_tickets),
	    cmocka_unit_test(test_failed_many),
	    cmocka_unit_test(test_notify_order),
	    cmocka_unit_test(test_notify_after_big),
	    cmocka_unit_test(test_close),
	    cmocka_unit_test(test_close_grace),
	    cmocka_unit_test(test_free_busy),
	    cmocka_unit_test(test_free_reports),
	    cmocka_unit_test(test_late_answer),
	};

	return cmocka_run_group_tests_name("net", tests, NULL, NULL);
}
