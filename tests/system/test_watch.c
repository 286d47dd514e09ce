/*
 * `caucus watch` on a terminal (a pty) and elsewhere, through a restart of the
 * daemon.  It needs more than 2 s, for a watch looks once a second.
 */
#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness.h"
#include "shell.h"

#define PATIENCE_MS 20000
#define LIVE	    "\r\033[K\033[2m" /* over the line before, dim */

static struct daemon d;
static char code[64];

/* A watch, and what it has written so far. */
struct screen {
	pid_t pid;
	int fd;
	char text[262144];
	size_t len;
};
static struct screen screen;

static int
setup(void **state)
{
	(void)state;
	return daemon_start(&d) == -1 ? -1 : shell_open(d.socket);
}

static int
teardown(void **state)
{
	(void)state;
	if (screen.pid > 0)
		kill(screen.pid, SIGKILL);
	shell_close();
	daemon_clear(&d);
	return 0;
}

static void
ok(const struct said *s)
{
	if (s->status != 0)
		fail_msg("status %d: %s%s", s->status, s->out, s->err);
}

/* Two people in the lobby of a session without critiques. */
static void
open_session(void)
{
	const struct said *s;
	const char *id;

	s = caucus("new", "Should the park close at night?", "--json", "--set",
	    "rounds=0", "--set", "candidates=4", "--seed", "4");
	ok(s);
	id = json_string_value(json_object_get(s->json, "session"));
	assert_non_null(id);
	setenv("CAUCUS_SESSION", id, 1);
	snprintf(code, sizeof code, "%s",
	    json_string_value(json_object_get(
		json_object_get(s->json, "invitation"), "code")));
	ok(caucus("join", code, "--name", "Ada", "--yes"));
	ok(caucus("join", code, "--name", "Ben", "--yes"));
}

static void
watch_on_pty(int columns)
{
	struct winsize size = {.ws_row = 40, .ws_col = (unsigned short)columns};

	screen.len = 0;
	setenv("TERM", "xterm", 1);
	screen.pid = forkpty(&screen.fd, NULL, NULL, &size);
	if (screen.pid == 0) {
		execlp(
		    "caucus", "caucus", "watch", "--as", "Ada", (char *)NULL);
		_exit(127);
	}
	assert_true(screen.pid > 0);
}

static void
watch_on_pipe(void)
{
	int ends[2];

	screen.len = 0;
	assert_int_equal(pipe(ends), 0);
	screen.pid = fork();
	if (screen.pid == 0) {
		if (dup2(ends[1], 1) == -1 || dup2(ends[1], 2) == -1)
			_exit(126);
		close(ends[0]);
		close(ends[1]);
		execlp(
		    "caucus", "caucus", "watch", "--as", "Ada", (char *)NULL);
		_exit(127);
	}
	assert_true(screen.pid > 0);
	close(ends[1]);
	screen.fd = ends[0];
}

/* Reads what there is, for at most ms; false at the end. */
static bool
read_more(int ms)
{
	struct pollfd p = {.fd = screen.fd, .events = POLLIN};
	ssize_t n;

	if (poll(&p, 1, ms) != 1)
		return true;
	n = read(screen.fd, screen.text + screen.len,
	    sizeof screen.text - screen.len - 1);
	if (n <= 0)
		return false;
	screen.len += (size_t)n;
	screen.text[screen.len] = '\0';
	return true;
}

/* Until the watch has said that. */
static void
sees(const char *what)
{
	int i;

	for (i = 0; i < PATIENCE_MS / 50; i++) {
		if (screen.len > 0 && strstr(screen.text, what) != NULL)
			return;
		if (!read_more(50))
			break;
	}
	fail_msg("never \"%s\" in: %s", what,
	    screen.len > 0 ? screen.text : "nothing");
}

static int
ends(void)
{
	int status;

	while (read_more(PATIENCE_MS))
		continue;
	close(screen.fd);
	assert_int_equal(waitpid(screen.pid, &status, 0), screen.pid);
	screen.pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The session goes on to its end, and the watch tells each step. */
static void
play_watched(void)
{
	static const char walk[] =
	    "I walk home through the park at night. The main path should be "
	    "lit.";

	sees("lobby · 2 joined");
	ok(caucus("next"));
	sees("caucus opinion \"…\" --as Ada");
	ok(caucus("opinion", "--as", "Ben",
	    "The noise keeps us awake. The park should close at midnight."));
	sees("opinion · 1 of 2 opinions");
	daemon_kill9(&d);
	sees("looking for it");
	assert_int_equal(daemon_restart(&d), 0);
	sees("It is back.");
	ok(caucus("pause"));
	sees("Paused.");
	ok(caucus("resume"));
	sees("The clock runs again.");
	ok(caucus("opinion", "--as", "Ada", walk));
	sees("The slate, in your own order");
	sees("rank and rate:");
	ok(caucus("ballot", "--as", "Ben", "A>B", "--agreement", "A=6,B=5"));
	ok(caucus("next"));
	sees("The count of round 0");
	sees("`caucus result --as Ada`");
	assert_int_equal(ends(), 0);
}

static void
test_terminal(void **state)
{
	const char *line, *at;
	size_t n, seen = 0;

	(void)state;
	unsetenv("NO_COLOR");
	open_session();
	watch_on_pty(40);
	play_watched();
	assert_non_null(strstr(screen.text, "\033[1m")); /* bold */
	assert_non_null(strstr(screen.text, " left"));	 /* the time */
	/* No live line is as wide as the terminal: it would wrap. */
	for (line = screen.text; (line = strstr(line, LIVE)) != NULL;) {
		line += strlen(LIVE);
		for (at = line, n = 0; strchr("\033\r\n", *at) == NULL; at++)
			n += ((unsigned char)*at & 0xc0) != 0x80;
		seen += n > 0;
		assert_true(n < 40);
	}
	assert_true(seen > 0);
}

static void
test_no_colour(void **state)
{
	const char *at;

	(void)state;
	setenv("NO_COLOR", "1", 1);
	open_session();
	watch_on_pty(40);
	play_watched();
	unsetenv("NO_COLOR");
	for (at = screen.text; (at = strchr(at, '\033')) != NULL; at++)
		assert_memory_equal(at, "\033[K", 3);
}

/* No terminal: whole lines, nothing to overwrite, no time that runs. */
static void
test_plain(void **state)
{
	(void)state;
	open_session();
	watch_on_pipe();
	play_watched();
	assert_null(strchr(screen.text, '\033'));
	assert_null(strchr(screen.text, '\r'));
	assert_non_null(strstr(screen.text, "\nopinion · 1 of 2 opinions\n"));
}

static void
test_interrupt(void **state)
{
	(void)state;
	open_session();
	watch_on_pty(80);
	sees("lobby · 2 joined");
	assert_int_equal(write(screen.fd, "\003", 1), 1); /* Ctrl-C */
	assert_int_equal(ends(), 128 + SIGINT);
}

/* It does not look for a daemon for ever. */
static void
test_gives_up(void **state)
{
	const char *const argv[] = {"watch", "--give-up", "1s", NULL};
	struct timespec nap = {0, 300000000};
	pid_t pid;

	(void)state;
	open_session();
	pid = shell_start(argv);
	nanosleep(&nap, NULL);
	daemon_kill9(&d);
	assert_int_equal(shell_wait(pid)->status, 4);
	assert_int_equal(daemon_restart(&d), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_terminal),
	    cmocka_unit_test(test_no_colour),
	    cmocka_unit_test(test_plain),
	    cmocka_unit_test(test_interrupt),
	    cmocka_unit_test(test_gives_up),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
