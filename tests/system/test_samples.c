/* What lies in scripts/examples, run as it stands against a real daemon.  It
 * needs more than 2 s where the examples wait for each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli.h"
#include "harness.h"
#include "shell.h"

static struct daemon d;

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
	shell_close();
	daemon_clear(&d);
	return 0;
}

static void
test_by_nc(void **state)
{
	const struct said *s;

	(void)state;
	if (!cli_has("nc -h", "nc"))
		skip();
	s = shell_line(
	    "timeout 40 sh scripts/examples/by-nc.sh \"$CAUCUS_SOCKET\"");
	if (s->status != 0)
		fail_msg("status %d: %s%s", s->status, s->out, s->err);
	assert_non_null(strstr(s->out, "s1 Phones distract everybody."));
	assert_non_null(strstr(s->out, "Outcome: consensus\n"));
	/* What the daemon refuses is said, and ends it. */
	s = shell_line(
	    "timeout 40 sh scripts/examples/by-nc.sh /nowhere/at/all");
	assert_int_not_equal(s->status, 0);
}

/* Ana is the program: two rounds, with a slip that it is told of. */
static void
test_participant(void **state)
{
	static const char line[] =
	    "set -e; cd \"$HOME\"; mkfifo typed\n"
	    "say() { for i in $(seq 100); do grep -q \"$1\" ana && break; "
	    "sleep 0.1; done; grep -q \"$1\" ana; echo \"$2\" >&3; }\n"
	    "caucus new 'Should phones be banned?' --set rounds=1 --set "
	    "candidates=1 --set keep=false --seed 4 >new\n"
	    "code=$(grep -o 'caucus join [^ ]*' new | cut -d' ' -f3)\n"
	    "caucus join \"$code\" --name Ben --yes\n"
	    "timeout 40 python3 -u \"$SAMPLES/participant.py\" "
	    "\"$CAUCUS_SOCKET\" \"$code\" Ana <typed >ana 2>&1 &\n"
	    "exec 3>typed\n"
	    "for i in $(seq 100); do grep -q 'You may withdraw' ana && break; "
	    "sleep 0.1; done; sleep 0.5\n"
	    "caucus next\n"
	    "say 'what you think' 'Phones distract everybody.'\n"
	    "caucus opinion --as Ben 'Breaks are free time.'\n"
	    "say 'from best to worst' 's1>s9'\n"
	    "say 'not on the slate' 's1'\n"
	    "say 'strongly disagree' 's1=6'\n"
	    "caucus ballot --as Ben A --agreement 6\n"
	    "say 'still wrong' 'Lessons need phones at times.'\n"
	    "caucus critique --as Ben 'Say what happens in the break.'\n"
	    "for i in $(seq 100); do grep -q '^s2 ' ana && break; sleep 0.1; "
	    "done\n"
	    "echo s2 >&3; echo s2=7 >&3\n"
	    "caucus ballot --as Ben A --agreement 6\n"
	    "wait %1; tail -n 2 ana\n";
	const struct said *s;
	char path[4096];

	(void)state;
	if (!cli_has("python3 -c 'import json'", "python3"))
		skip();
	assert_non_null(realpath("scripts/examples", path));
	setenv("SAMPLES", path, 1);
	s = shell_line(line);
	if (s->status != 0)
		fail_msg("status %d: %s%s", s->status, s->out, s->err);
	if (strstr(s->out, ": consensus\n") == NULL)
		fail_msg("%s", s->out);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_by_nc),
	    cmocka_unit_test(test_participant),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
