#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "tests/unit/base/aborts.h"

static char got[8192];

/* Runs fn with stderr in a pipe; what it wrote is in `got`. */
static void
capture(void (*fn)(void))
{
	int fds[2], kept = dup(STDERR_FILENO);
	ssize_t n;

	assert_true(kept >= 0);
	assert_int_equal(pipe(fds), 0);
	dup2(fds[1], STDERR_FILENO);
	close(fds[1]);
	fn();
	dup2(kept, STDERR_FILENO);
	close(kept);
	n = read(fds[0], got, sizeof(got) - 1);
	close(fds[0]);
	got[n > 0 ? n : 0] = '\0';
}

static void
all_levels(void)
{
	log_error("e%d", 1);
	log_warn("w");
	log_note("n");
	log_info("i");
	log_trace("t");
}

static void
level_decides(void **state)
{
	(void)state;
	unsetenv("JOURNAL_STREAM");
	capture(all_levels); /* as at start */
	assert_string_equal(got, "e1\nw\nn\n");
	log_set_level(LOG_ERROR);
	capture(all_levels);
	assert_string_equal(got, "e1\n");
	log_set_level(LOG_TRACE);
	capture(all_levels);
	assert_string_equal(got, "e1\nw\nn\ni\nt\n");
}

static void
journal_gets_priorities(void **state)
{
	(void)state;
	setenv("JOURNAL_STREAM", "8:12345", 1);
	log_set_level(LOG_TRACE);
	capture(all_levels);
	assert_string_equal(got, "<3>e1\n<4>w\n<5>n\n<6>i\n<7>t\n");
	unsetenv("JOURNAL_STREAM");
}

static void
two_lines(void)
{
	log_error("one\ntwo\r\n");
}

static void
endless(void)
{
	char big[5000];

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	log_error("%s", big);
}

static void
one_line_a_message(void **state)
{
	size_t len;

	(void)state;
	capture(two_lines);
	assert_string_equal(got, "one two  \n");
	setenv("JOURNAL_STREAM", "8:12345", 1);
	capture(endless);
	unsetenv("JOURNAL_STREAM");
	len = strlen(got);
	assert_in_range(len, 2000, 2048);
	assert_int_equal(got[len - 1], '\n');
	assert_int_equal(got[len - 2], 'x');
}

static void
fatal(void)
{
	log_fatal("broken: %s", "x");
}

static void
fatal_aborts(void **state)
{
	(void)state;
	assert_true(aborts(fatal));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(level_decides),
	    cmocka_unit_test(journal_gets_priorities),
	    cmocka_unit_test(one_line_a_message),
	    cmocka_unit_test(fatal_aborts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
