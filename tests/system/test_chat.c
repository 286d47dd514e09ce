/*
 * `caucus chat` on real terminals (tmux): two participants and a facilitator
 * play a session to its end, through a kill -9 of the daemon.  It needs more
 * than 2 s, for screens are looked at until they have come.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli.h"
#include "harness.h"
#include "shell.h"

#define PATIENCE_MS 20000
#define TMUX	    "tmux -S \"$HOME/tmux\" -f /dev/null "

static struct daemon d;
static char code[64];

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
	cli(TMUX "kill-server 2>/dev/null");
	shell_close();
	daemon_clear(&d);
	return 0;
}

static const char *
lines(const char *command)
{
	return shell_line(command)->out;
}

/* A session in the lobby, with Ada and Ben. */
static void
open_session(const char *settings)
{
	const struct said *s;
	const char *id;
	char line[512];

	snprintf(line, sizeof line,
	    "caucus new 'Should the park close at night?' --json --seed 4 "
	    "--set candidates=4 %s",
	    settings);
	s = shell_line(line);
	assert_int_equal(s->status, 0);
	id = json_string_value(json_object_get(s->json, "session"));
	assert_non_null(id);
	setenv("CAUCUS_SESSION", id, 1);
	snprintf(code, sizeof code, "%s",
	    json_string_value(json_object_get(
		json_object_get(s->json, "invitation"), "code")));
	assert_int_equal(cli("caucus join %s --name Ada --yes", code), 0);
	assert_int_equal(cli("caucus join %s --name Ben --yes", code), 0);
}

/* A chat of whom, in a window of that name. */
static void
chat(const char *window, const char *as, int columns, const char *env,
    const char *options)
{
	assert_int_equal(
	    cli(TMUX "new-session -d -s %s -x %d -y 100 "
		     "\"env LANG=C.UTF-8 %s caucus chat --as %s %s 2>&1; "
		     "echo LEFT \\$?; sleep 60\"",
		window, columns, env, as, options),
	    0);
}

static void
type(const char *window, const char *text)
{
	assert_int_equal(
	    cli(TMUX "send-keys -t %s -l -- '%s'", window, text), 0);
}

static void
press(const char *window, const char *key)
{
	assert_int_equal(cli(TMUX "send-keys -t %s %s", window, key), 0);
}

static void
enter(const char *window, const char *text)
{
	type(window, text);
	press(window, "Enter");
}

/* What stands in the window, wrapped lines joined; until the next command. */
static const char *
screen(const char *window)
{
	char line[128];

	snprintf(
	    line, sizeof line, TMUX "capture-pane -p -J -S - -t %s", window);
	return lines(line);
}

/* The last line of it that is not empty. */
static void
last_line(const char *window, char *out, size_t size)
{
	char *text = strdup(screen(window)), *at;
	size_t n = strlen(text);

	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == ' '))
		text[--n] = '\0';
	at = strrchr(text, '\n');
	snprintf(out, size, "%s", at != NULL ? at + 1 : text);
	free(text);
}

static void
wait_for(const char *window, const char *text)
{
	const struct timespec pause = {0, 50000000};
	long long until = clock_ms() + PATIENCE_MS;
	const char *now;

	do {
		now = screen(window);
		if (strstr(now, text) != NULL)
			return;
		nanosleep(&pause, NULL);
	} while (clock_ms() < until);
	fprintf(stderr, "%s", now);
	fail_msg("%s never shows %s", window, text);
}

/* Until the prompt, with what is typed behind it, begins like this. */
static void
wait_prompt(const char *window, const char *start)
{
	const struct timespec pause = {0, 50000000};
	long long until = clock_ms() + PATIENCE_MS;
	char line[512];

	do {
		last_line(window, line, sizeof line);
		if (strncmp(line, start, strlen(start)) == 0)
			return;
		nanosleep(&pause, NULL);
	} while (clock_ms() < until);
	fprintf(stderr, "%s\n", screen(window));
	fail_msg("the prompt of %s is not %s", window, start);
}

static void
open_windows(int columns, const char *env, const char *options)
{
	chat("host", "facilitator", columns, env, options);
	chat("ada", "Ada", columns, env, options);
	chat("ben", "Ben", columns, env, options);
	wait_prompt("host", "lobby · 2 joined");
	wait_prompt("ada", "lobby · 2 joined");
	wait_prompt("ben", "lobby · 2 joined");
}

static void
vote(const char *window, const char *ranking, const char *ratings)
{
	wait_prompt(window, "ranking");
	enter(window, ranking);
	wait_prompt(window, "ratings 1-7");
	enter(window, ratings);
}

static void
end_windows(void)
{
	cli(TMUX "kill-server");
}

/* ---- the tests ---- */

static void
test_whole(void **state)
{
	char last[512];

	(void)state;
	if (!cli_has("tmux -V", "tmux"))
		skip();
	open_session("--set rounds=1");
	open_windows(80, "TERM=screen", "");
	wait_for("host", code);
	enter("host", "/next");
	wait_prompt("ada", "opinion · 2 missing");
	wait_prompt("ben", "opinion · 2 missing");

	/* Half a line stands when Ada gives hers, and when the daemon dies. */
	type("ben", "The noise keeps us awake. The park should");
	enter(
	    "ada", "I walk home through the park. It is safer than the road.");
	wait_prompt("ben", "opinion · 1 missing");
	daemon_kill9(&d);
	wait_prompt("ada", "no daemon");
	wait_prompt(
	    "ben", "no daemon > The noise keeps us awake. The park should");
	enter("ben", " close at midnight.");
	wait_for("ben", "Kept;");
	assert_int_equal(daemon_restart(&d), 0);
	wait_for("ada", "It is back");

	wait_for("ben", "Your opinion is recorded");
	vote("ada", "A > B", "6 4 4 4");
	vote("ben", "B > C = D > A", "3 6 5 5");
	wait_for("ada", "The count of round 0");
	wait_prompt("ada", "critique");
	wait_prompt("ben", "critique");
	enter("ada", "It lacks lamps. The main path should be lit all night.");
	enter("ben", "Dogs bark too. Dogs should be on a leash after dark.");
	wait_for("host", "ballot, round 1");
	enter("ada", "/slate");
	vote("ada", "A", "6 6 6");
	vote("ben", "A = B", "6 6 6");
	wait_prompt("ada", "ended");
	wait_prompt("ben", "ended");
	wait_prompt("host", "ended");
	wait_for("host", "Consensus: all 2");
	enter("host", "/why");
	wait_for("host", "is elected");
	enter("host", "/quit");
	wait_for("host", "LEFT 0");
	last_line("ada", last, sizeof last);
	assert_string_equal(last, "ended >");
	end_windows();

	/* Each gave once, whole, and in one piece. */
	assert_int_equal(cli("cd \"$HOME\" && caucus export --as operator -o "
			     "p.jsonl && caucus verify p.jsonl && caucus "
			     "replay p.jsonl"),
	    0);
	assert_string_equal(
	    lines("grep -c '\"slot\":\"opinion\"' \"$HOME/p.jsonl\""), "2\n");
	assert_int_equal(
	    cli("grep -q '\"The noise keeps us awake. The park should close at "
		"midnight.\"' \"$HOME/p.jsonl\""),
	    0);
}

/* Wrong lines are told so, with what to type instead, and send nothing. */
static void
test_errors(void **state)
{
	(void)state;
	if (!cli_has("tmux -V", "tmux"))
		skip();
	open_session("--set rounds=0");
	open_windows(40, "TERM=screen", "");
	enter("ada", "hello?");
	wait_for("ada", "nothing is asked of you just now");
	enter("ada", "/next");
	wait_for("ada", "/next is for the facilitator");
	enter("host", "/extend soon");
	wait_for("host", "type it like this: /extend");
	enter("host", "/remove nobody they shout");
	wait_for("host", "nobody is nobody in this session");
	enter("host", "/nonsense");
	wait_for("host", "there is no /nonsense");
	type("host", "/ne");
	press("host", "Tab");
	wait_prompt("host", "lobby · 2 joined");
	press("host", "C-c");
	enter("host", "/next");
	wait_prompt("ada", "opinion");
	enter("host", "/extend 5m");
	wait_for("ada", "There is more time.");
	enter("host", "/pause");
	wait_prompt("ada", "paused");
	enter("host", "/resume");
	wait_prompt("ada", "opinion");
	/* What is pasted is one text, however many lines it has. */
	assert_int_equal(cli(TMUX "set-buffer 'one\ntwo\nthree' && " TMUX
				  "paste-buffer -p -t ada"),
	    0);
	press("ada", "Enter");
	wait_for("ada", "Your opinion is recorded");
	enter("ada", "/back");
	wait_for("ada", "Taken back");
	enter("host", "/abort we are too few");
	wait_prompt("ada", "ended");
	press("ada", "C-c");
	wait_for("ada", "LEFT 0");
	press("ben", "C-d");
	wait_for("ben", "LEFT 0");
	end_windows();
}

/* What others write shows as text and moves nothing on the screen. */
static void
test_hostile(void **state)
{
	(void)state;
	if (!cli_has("tmux -V", "tmux"))
		skip();
	open_session("--set rounds=0 --set texts=group");
	chat("ada", "Ada", 80, "TERM=screen", "");
	wait_prompt("ada", "lobby");
	assert_int_equal(cli(TMUX "pipe-pane -t ada 'cat >\"$HOME/raw\"'"), 0);
	assert_int_equal(cli("caucus next"), 0);
	wait_prompt("ada", "opinion");
	assert_int_equal(
	    cli("printf 'Evil \\302\\23331m red \\342\\200\\256 end.' | caucus "
		"opinion --as Ben"),
	    0);
	wait_for("ada", "Evil \\u{9b}31m red \\u{202e} end.");
	assert_int_equal(
	    cli("LC_ALL=C grep -q -e \"$(printf '\\302\\233')\" -e "
		"\"$(printf '\\342\\200\\256')\" \"$HOME/raw\""),
	    1);
	end_windows();
}

/* Nothing that was written is rewritten: not one escape sequence. */
static void
test_plain(void **state)
{
	static const struct {
		const char *env, *options, *never;
	} rows[] = {{"TERM=screen", "--plain", "\\033"},
	    {"TERM=dumb", "", "\\033"},
	    {"TERM=screen NO_COLOR=1", "", "\\033\\[[0-9;]*m"}};
	size_t i;

	(void)state;
	if (!cli_has("tmux -V", "tmux"))
		skip();
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		open_session("--set rounds=0");
		chat("ada", "Ada", 80, rows[i].env, rows[i].options);
		assert_int_equal(
		    cli(TMUX "pipe-pane -t ada 'cat >\"$HOME/raw\"'"), 0);
		wait_prompt("ada", "lobby · 2 joined");
		type("ada", "I walk");
		assert_int_equal(cli("caucus next"), 0);
		/* A screen reader is not interrupted while its line grows. */
		if (rows[i].never[4] == '\0')
			wait_prompt("ada", "lobby · 2 joined > I walk");
		press("ada", "C-u");
		wait_prompt("ada", "opinion · 2 missing");
		enter("ada", "I walk home.");
		wait_for("ada", "Your opinion is recorded");
		assert_int_equal(cli("grep -q opinion \"$HOME/raw\""), 0);
		assert_int_equal(
		    cli("LC_ALL=C grep -q \"$(printf '%s')\" \"$HOME/raw\"",
			rows[i].never),
		    1);
		end_windows();
	}
}

/* Without a terminal lines are taken as they come. */
static void
test_piped(void **state)
{
	const struct said *s;

	(void)state;
	open_session("--set rounds=0");
	assert_int_equal(cli("caucus next"), 0);
	s = caucus_with(
	    "I walk home.\n/status\n", "chat", "--as", "Ada", "--plain");
	assert_int_equal(s->status, 0);
	assert_non_null(strstr(s->out, "Your opinion is recorded"));
	assert_null(strchr(s->out, '\033'));
	s = caucus("chat", "--as", "Nobody");
	assert_int_equal(s->status, 2);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_whole, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_errors, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_hostile, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_plain, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_piped, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
