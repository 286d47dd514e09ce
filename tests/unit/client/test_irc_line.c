/* Lines of IRC, as servers and people send them. */
#include "client/irc_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"

static void
test_read(void **state)
{
	char line[] = "@time=1;account=ana :An!u@h.org PRIVMSG #a :A > B: yes";
	struct irc_line l;

	(void)state;
	assert_int_equal(irc_line_read(line, &l), 0);
	assert_string_equal(l.account, "ana");
	assert_string_equal(l.nick, "An");
	assert_string_equal(l.user, "u");
	assert_string_equal(l.host, "h.org");
	assert_string_equal(l.command, "PRIVMSG");
	assert_int_equal(l.n, 2);
	assert_string_equal(irc_line_param(&l, 0), "#a");
	assert_string_equal(irc_line_param(&l, 1), "A > B: yes");
	assert_string_equal(irc_line_param(&l, 2), "");
}

static void
test_read_nothing(void **state)
{
	static const char *const bad[] = {"", " ", ":only", "@tags", ":a  "};
	struct irc_line l;
	char line[32];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		strlcpy(line, bad[i], sizeof line);
		assert_int_equal(irc_line_read(line, &l), -1);
	}
}

static void
test_many_params(void **state)
{
	char line[] = "X 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16";
	struct irc_line l;

	(void)state;
	assert_int_equal(irc_line_read(line, &l), 0);
	assert_int_equal(l.n, IRC_PARAMS);
	assert_string_equal(irc_line_param(&l, 14), "15 16");
}

static void
test_clean(void **state)
{
	char s[] = "\x02"
		   "bold\x02 \x03"
		   "04,12red\x03 \x01tab\there \xff\xe4\xba\xba\x1f";

	(void)state;
	irc_line_clean(s);
	assert_string_equal(s, "bold red tab here ?\xe4\xba\xba");
}

/* Pieces hold whole characters, put together they are the text. */
static void
test_cut(void **state)
{
	static const char han[] = "\xe4\xba\xba\xe4\xba\xba\xe4\xba\xba";
	size_t n, at;

	(void)state;
	assert_int_equal(irc_line_cut("short", 10), 5);
	assert_int_equal(irc_line_cut("", 10), 0);
	assert_int_equal(irc_line_cut("two words", 5), 3);
	for (n = 4; n < 10; n++)
		for (at = 0; han[at] != '\0'; at += irc_line_cut(han + at, n)) {
			assert_true(irc_line_cut(han + at, n) > 0);
			assert_true(
			    text_valid(han + at, irc_line_cut(han + at, n)));
		}
}

static void
test_fold(void **state)
{
	char s[] = "#Room[1]\\~Z";

	(void)state;
	irc_line_fold(s);
	assert_string_equal(s, "#room{1}|^z");
	assert_true(irc_line_ctcp("\001VERSION\001"));
	assert_false(irc_line_ctcp("VERSION"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_read),
	    cmocka_unit_test(test_read_nothing),
	    cmocka_unit_test(test_many_params),
	    cmocka_unit_test(test_clean),
	    cmocka_unit_test(test_cut),
	    cmocka_unit_test(test_fold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
