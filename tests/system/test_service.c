/* The daemon as a service: told to reload, to stop, to start again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "harness.h"

static struct daemon d;
static char config[128], whole[1 << 16];

/* Nothing is left running, whatever failed. */
static int
clear(void **state)
{
	(void)state;
	daemon_clear(&d);
	return 0;
}

static void
write_config(const char *text)
{
	FILE *f;

	snprintf(config, sizeof(config), "%s.conf", d.journal);
	f = fopen(config, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static const char *
log_text(void)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/log", d.dir);
	f = fopen(path, "r");
	if (f == NULL)
		return "";
	whole[fread(whole, 1, sizeof(whole) - 1, f)] = '\0';
	fclose(f);
	return whole;
}

static void
wait_log(const char *what)
{
	long long end = clock_ms() + 10000;

	while (strstr(log_text(), what) == NULL) {
		if (clock_ms() > end)
			fail_msg("the log lacks \"%s\":\n%s", what, whole);
		usleep(2000);
	}
}

/* How many of n requests sent at once an open connection has refused. */
static int
refused(struct client *c, int n)
{
	int i, bad = 0;

	for (i = 0; i < n; i++) {
		json_t *a = client_ask(c, "connection.hello", json_object());

		bad += strcmp(answer_error(a), "rate_limited") == 0;
		json_decref(a);
	}
	return bad;
}

/* A limit changes for connections that stand; a bad file changes nothing. */
static void
test_reload(void **state)
{
	struct client c, second;
	json_t *a;

	(void)state;
	assert_int_equal(daemon_start(&d), 0);
	daemon_kill9(&d);
	write_config("[limits]\nrate = 1\n");
	d.config = config;
	d.quiet = true;
	d.sets[0] = "awake_ms=1000";
	assert_int_equal(daemon_restart(&d), 0);
	assert_int_equal(client_open(&c, &d), 0);
	assert_int_equal(refused(&c, 50), 0); /* --set rate=0 overrides */
	write_config("[limits]\nconnections = 1\nrate = oops\n");
	assert_int_equal(kill(d.pid, SIGHUP), 0);
	wait_log("line 3: rate takes a whole number");
	assert_null(strstr(log_text(), "configuration is reloaded"));
	write_config("[limits]\nconnections = 1\nqueue = 9\n");
	assert_int_equal(kill(d.pid, SIGHUP), 0);
	wait_log("[limits] queue has changed: that needs a restart");
	wait_log("the configuration is reloaded");
	/* One is open, the most there may be. */
	assert_int_equal(client_open(&second, &d), 0);
	a = client_answer(&second);
	assert_string_equal(answer_error(a), "limit_reached");
	json_decref(a);
	client_close(&second);
	client_close(&c);
	assert_int_equal(daemon_stop(&d), 0);
}

/* ---- with a service manager ---- */

static int
bind_at(const char *path, int type)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	unlink(path);
	assert_true(fd != -1);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 1024), 0);
	return fd;
}

/* Takes notifications until one holds `what`; how many came before. */
static int
wait_notice(int fd, const char *what, char *out, size_t size)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	ssize_t n;
	int before;

	for (before = 0; poll(&p, 1, 10000) == 1; before++) {
		n = recv(fd, out, size - 1, 0);
		assert_true(n > 0);
		out[n] = '\0';
		if (strstr(out, what) != NULL)
			return before;
	}
	fail_msg("no notification %s", what);
	return -1;
}

/* The folder and the names in it, without a daemon. */
static void
make_place(void)
{
	memset(&d, 0, sizeof(d));
	assert_int_equal(daemon_begin(&d), 0);
	assert_int_equal(daemon_stop(&d), 0);
	d.quiet = true;
}

/* READY comes after recovery, when it listens; the watchdog is fed; a reload
 * is framed; the stop is told. */
static void
test_notify(void **state)
{
	char path[96], said[512];
	struct client c;
	int fd;

	(void)state;
	make_place();
	snprintf(path, sizeof(path), "%s/notify", d.dir);
	fd = bind_at(path, SOCK_DGRAM);
	setenv("NOTIFY_SOCKET", path, 1);
	setenv("WATCHDOG_USEC", "100000", 1);
	assert_int_equal(daemon_spawn(&d), 0);
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	assert_int_equal(
	    wait_notice(fd, "STATUS=Reading the journal", said, sizeof(said)),
	    0);
	assert_int_equal(wait_notice(fd, "READY=1", said, sizeof(said)), 0);
	assert_int_equal(client_open(&c, &d), 0);
	wait_notice(fd, "STATUS=0 sessions in memory", said, sizeof(said));
	wait_notice(fd, "WATCHDOG=1", said, sizeof(said));
	wait_notice(fd, "WATCHDOG=1", said, sizeof(said));
	kill(d.pid, SIGHUP);
	wait_notice(fd, "RELOADING=1\nMONOTONIC_USEC=", said, sizeof(said));
	wait_notice(fd, "READY=1", said, sizeof(said));
	kill(d.pid, SIGTERM);
	wait_notice(fd, "STOPPING=1", said, sizeof(said));
	client_close(&c);
	assert_int_equal(daemon_stop(&d), 0);
	close(fd);
}

/* The first connection starts it, and is served. */
static void
test_activate(void **state)
{
	struct client c;
	json_t *a;

	(void)state;
	if (system("command -v systemd-socket-activate >/dev/null") != 0) {
		fprintf(stderr, "SKIPPED: no systemd-socket-activate here; "
				"the activation is not tested\n");
		skip();
	}
	make_place();
	d.wrapped = true;
	assert_int_equal(daemon_restart(&d), 0);
	assert_int_equal(client_open(&c, &d), 0);
	a = client_ask(&c, "session.list", json_object());
	assert_non_null(a);
	assert_string_equal(answer_error(a), "");
	json_decref(a);
	assert_non_null(strstr(log_text(), "the socket it was given"));
	client_close(&c);
	/* The file is the manager's and stays. */
	assert_int_equal(daemon_stop(&d), 0);
	assert_int_equal(access(d.socket, F_OK), 0);
}

/* ---- restarts under load ---- */

#define PEOPLE	 4
#define BURST	 24
#define RESTARTS 8

static struct gift {
	json_t *first; /* the answer's result; NULL: not acknowledged */
} gifts[RESTARTS][PEOPLE - 1][BURST];

static void
send_gift(struct play *p, int restart, int person, int i)
{
	char key[32], text[64], *line;
	json_t *m;
	size_t n;

	snprintf(key, sizeof(key), "k-%d-%d-%d", restart, person, i);
	snprintf(text, sizeof(text), "A lesson needs %d quiet minds.", i + 2);
	m = json_pack("{s:s,s:i,s:s,s:{s:s,s:s,s:s,s:s}}", "jsonrpc", "2.0",
	    "id", i, "method", "contribution.text", "params", "session",
	    p->session, "slot", "opinion", "text", text, "key", key);
	line = json_dumps(m, JSON_COMPACT);
	n = strlen(line);
	line[n] = '\n';
	client_send(&p->people[person], line, n + 1);
	free(line);
	json_decref(m);
}

/* Until all are answered or the connection ends; how many were. */
static int
take_answers(struct play *p, int restart, int person)
{
	int i, n = 0;

	for (i = 0; i < BURST; i++) {
		json_t *a = client_answer(&p->people[person]), *r;

		if (a == NULL)
			break;
		r = json_object_get(a, "result");
		if (r == NULL)
			assert_string_equal(answer_error(a), "shutting_down");
		else
			n++;
		gifts[restart][person][number_of(a, "id")].first =
		    json_incref(r);
		json_decref(a);
	}
	return n;
}

/* The same key again: what was acknowledged is answered alike. */
static int
check_gifts(struct play *p, int restart, int person)
{
	int i, n = 0;

	for (i = 0; i < BURST; i++) {
		struct gift *g = &gifts[restart][person][i];
		json_t *a, *r;

		send_gift(p, restart, person, i);
		a = client_answer(&p->people[person]);
		assert_string_equal(answer_error(a), "");
		r = json_object_get(a, "result");
		if (g->first != NULL) {
			assert_int_equal(
			    number_of(r, "seq"), number_of(g->first, "seq"));
			assert_string_equal(
			    text_of(r, "hash"), text_of(g->first, "hash"));
			n++;
		}
		json_decref(g->first);
		json_decref(a);
	}
	return n;
}

/* Told to stop while contributions come in: the socket stays, so nobody is
 * refused while nobody serves; nothing acknowledged is lost. */
static void
test_restart(void **state)
{
	int r, i, k, fd, acknowledged = 0, kept = 0;
	struct client c;
	struct play p;

	(void)state;
	make_place();
	fd = bind_at(d.socket, SOCK_STREAM);
	d.passed = fd;
	assert_int_equal(daemon_restart(&d), 0);
	assert_int_equal(play_open(&p, &d, PEOPLE, 1, json_object()), 0);
	assert_int_equal(play_next(&p, "lobby"), 0);
	for (r = 0; r < RESTARTS; r++) {
		/* The stop comes at another place of the burst each time. */
		for (i = 0; i < BURST; i++) {
			if (i == r * BURST / RESTARTS)
				assert_int_equal(kill(d.pid, SIGTERM), 0);
			for (k = 0; k < PEOPLE - 1; k++)
				send_gift(&p, r, k, i);
		}
		assert_int_equal(client_open(&c, &d), 0);
		for (k = 0; k < PEOPLE - 1; k++)
			acknowledged += take_answers(&p, r, k);
		assert_int_equal(daemon_stop(&d), 0);
		client_close(&p.people[PEOPLE - 1]);
		assert_int_equal(client_open(&p.people[PEOPLE - 1], &d), 0);
		client_close(&p.people[PEOPLE - 1]);
		assert_int_equal(daemon_spawn(&d), 0);
		assert_int_equal(play_again(&p, &d), 0);
		client_close(&c);
		for (k = 0; k < PEOPLE - 1; k++)
			kept += check_gifts(&p, r, k);
	}
	printf("restarts %d, contributions sent %d, acknowledged before a "
	       "restart %d, lost %d, connections refused 0\n",
	    RESTARTS, RESTARTS * (PEOPLE - 1) * BURST, acknowledged,
	    acknowledged - kept);
	assert_int_equal(kept, acknowledged);
	assert_true(acknowledged > 0);
	play_close(&p);
	assert_int_equal(daemon_stop(&d), 0);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(test_reload, clear),
	    cmocka_unit_test_teardown(test_notify, clear),
	    cmocka_unit_test_teardown(test_activate, clear),
	    cmocka_unit_test_teardown(test_restart, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
