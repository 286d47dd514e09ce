/* The daemon as a service: told to reload, to stop, to start again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>
#include <unistd.h>

#include "harness.h"

static char config[128], whole[1 << 16];

static void
write_config(const struct daemon *d, const char *text)
{
	FILE *f;

	snprintf(config, sizeof(config), "%s.conf", d->journal);
	f = fopen(config, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static const char *
log_text(const struct daemon *d)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/log", d->dir);
	f = fopen(path, "r");
	if (f == NULL)
		return "";
	whole[fread(whole, 1, sizeof(whole) - 1, f)] = '\0';
	fclose(f);
	return whole;
}

static void
wait_log(const struct daemon *d, const char *what)
{
	long long end = clock_ms() + 10000;

	while (strstr(log_text(d), what) == NULL) {
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
	struct daemon d;
	json_t *a;

	(void)state;
	assert_int_equal(daemon_start(&d), 0);
	daemon_kill9(&d);
	write_config(&d, "[limits]\nrate = 1\n");
	d.config = config;
	d.quiet = true;
	d.sets[0] = "awake_ms=1000";
	assert_int_equal(daemon_restart(&d), 0);
	assert_int_equal(client_open(&c, &d), 0);
	assert_int_equal(refused(&c, 50), 0); /* --set rate=0 overrides */
	write_config(&d, "[limits]\nconnections = 1\nrate = oops\n");
	assert_int_equal(kill(d.pid, SIGHUP), 0);
	wait_log(&d, "line 3: rate takes a whole number");
	assert_null(strstr(log_text(&d), "configuration is reloaded"));
	write_config(&d, "[limits]\nconnections = 1\nqueue = 9\n");
	assert_int_equal(kill(d.pid, SIGHUP), 0);
	wait_log(&d, "[limits] queue has changed: that needs a restart");
	wait_log(&d, "the configuration is reloaded");
	/* One is open, the most there may be. */
	assert_int_equal(client_open(&second, &d), 0);
	a = client_answer(&second);
	assert_string_equal(answer_error(a), "limit_reached");
	json_decref(a);
	client_close(&second);
	client_close(&c);
	assert_int_equal(daemon_stop(&d), 0);
	daemon_clear(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_reload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
