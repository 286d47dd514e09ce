/*
 * A session in a language of its own: whatever a participant or facilitator
 * is told, from `new` to the result, receipts and refusals among it, is in
 * that language, and not a word of English in between; $CAUCUS_LANGUAGE goes
 * before the session's.
 *
 * Longer than 2 s on a loaded machine: some sixty processes.
 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness.h"
#include "shell.h"

static struct daemon d;
static char session[32], code[64];

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

/* ---- words that belong to no language ---- */

static bool
is_known(const char *word, size_t len)
{
	static const char *const known[] = {
	    "caucus", "agreement", "facilitator", "schulze"};
	size_t i;

	if (len < 3 || strncmp(word, "p-", 2) == 0)
		return true;
	if ((strlen(session) == len && strncmp(word, session, len) == 0) ||
	    (strlen(code) == len && strncmp(word, code, len) == 0))
		return true;
	for (i = 0; i < len; i++) /* a digest, an id */
		if (isdigit((unsigned char)word[i]))
			return true;
	for (i = 0; i < sizeof known / sizeof *known; i++)
		if (strlen(known[i]) == len &&
		    strncmp(word, known[i], len) == 0)
			return true;
	return false;
}

/* Commands stand in `…`, what is to be typed too. */
static void
assert_no_english(const char *text, int line)
{
	const char *at = text, *before = "", *end;
	bool command; /* it is the word behind "caucus" */
	size_t n;

	while (*at != '\0') {
		if (*at == '`' && (end = strchr(at + 1, '`')) != NULL) {
			at = end + 1;
			continue;
		}
		for (n = 0; isalnum((unsigned char)at[n]) || at[n] == '-' ||
			    at[n] == '_';)
			n++;
		command = strncmp(before, "caucus", 6) == 0;
		if (n > 0)
			before = at;
		if (n > 0 && isalpha((unsigned char)*at) && !command &&
		    !is_known(at, n))
			fail_msg("line %d: \"%.*s\" is English in:\n%s", line,
			    (int)n, at, text);
		at += n > 0 ? n : 1;
	}
}

static void
check(const struct said *s, int status, const char *part, int line)
{
	if (s->status != status)
		fail_msg("line %d: status %d, not %d; %s%s", line, s->status,
		    status, s->out, s->err);
	if (strstr(s->out, part) == NULL && strstr(s->err, part) == NULL)
		fail_msg(
		    "line %d: no \"%s\" in: %s%s", line, part, s->out, s->err);
	assert_no_english(s->out, line);
	assert_no_english(s->err, line);
}

#define said(status, part, ...)                                                \
	check(caucus(__VA_ARGS__), status, part, __LINE__)

/* ---- a session in Chinese ---- */

static void
take_names(const char *text)
{
	const char *at = strstr(text, "caucus join ");

	assert_non_null(at);
	snprintf(
	    code, sizeof code, "%.*s", (int)strcspn(at + 12, " \n"), at + 12);
	for (at = text; !isalnum((unsigned char)*at); at++)
		assert_true(*at != '\0');
	snprintf(session, sizeof session, "%.*s", (int)strcspn(at, " \n"), at);
}

static void
open_session(void)
{
	const struct said *s;

	s = caucus("new", "小区的空地应该改成停车场吗？", "--affirming",
	    "应该改。", "--negating", "不应该改。", "--set", "position=true",
	    "--set", "preference=true", "--set", "dissent=true", "--set",
	    "survey=true", "--set", "keep=false", "--set", "anonymous=false",
	    "--set", "candidates=6", "--seed", "7", "--set", "shown=2", "--set",
	    "ratings=optional");
	assert_int_equal(s->status, 0);
	take_names(s->out);
	check(s, 0, "您是主持人", __LINE__);
}

static void
join_all(void)
{
	said(1, "没有加入", "join", code, "--name", "甲");
	said(0, "您已加入", "join", code, "--name", "甲", "--yes");
	said(0, "您已加入", "join", code, "--name", "乙", "--yes");
	said(0, "您已加入", "join", code, "--name", "丙", "--yes");
	said(0, "等候入场", "show", "--as", "甲");
	said(1, "现在不接受", "opinion", "太早了。", "--as", "甲");
	said(0, "已结束", "next", "--as", "facilitator");
}

static void
opinions(void)
{
	static const char *const texts[][2] = {
	    {"甲", "应该划出一部分空地做停车位。停车位只在晚上开放。"},
	    {"乙", "空地的一半应该保留给孩子。新规定应当先试行一年。"},
	    {"丙", "原有的树不能砍。应该多放几条长椅。消防通道必须畅通。"}};
	size_t i;

	said(1, "整数", "position", "9", "--as", "甲");
	said(0, "您的立场已记录", "position", "6", "--as", "甲");
	said(0, "立场 1/3", "show", "--as", "乙");
	said(0, "还有 2 人没有交", "nudge", "--as", "facilitator");
	said(0, "已结束", "next", "--as", "facilitator");
	for (i = 0; i < 3; i++)
		said(0, "您的意见已记录", "opinion", texts[i][1], "--as",
		    texts[i][0]);
}

static void
wait_phase(const char *phase)
{
	char part[64];
	const struct said *s;
	int i;

	snprintf(part, sizeof part, "\"phase\":\"%s\"", phase);
	for (i = 0; i < 500; i++) {
		s = caucus("show", "--json", "--as", "facilitator");
		if (strstr(s->out, part) != NULL)
			return;
		usleep(20000);
	}
	fail_msg("never in phase %s: %s", phase, s->out);
}

static void
vote(void)
{
	wait_phase("ballot");
	said(2, "选票上没有声明", "ballot", "A>Z", "--as", "甲");
	said(0, "选票已记录", "ballot", "A>B", "--as", "甲");
	said(0, "选票 1/3", "show", "--as", "乙");
	said(0, "选票已记录", "ballot", "B>A", "--as", "乙");
	said(2, "评分", "rate", "6 9", "--as", "丙");
	said(0, "选票已记录", "ballot", "A=B", "--agreement", "5 6", "--as",
	    "丙");
}

static void
test_chinese(void **state)
{
	(void)state;
	open_session();
	join_all();
	opinions();
	vote();
	wait_phase("critique");
	said(0, "批评", "show", "--as", "甲");
	said(0, "弃权", "abstain", "--as", "甲");
	said(0, "时钟已停", "pause", "--as", "facilitator");
	said(1, "已暂停", "critique", "没有说明费用。", "--as", "乙");
	said(0, "时钟继续走", "resume", "--as", "facilitator");
	said(0, "时间更多", "extend", "1h", "--as", "facilitator");
	said(0, "您的批评已记录", "critique", "没有说明费用。", "--as", "乙");
	said(0, "已结束", "next", "--as", "facilitator");
	vote();
	wait_phase("preference");
	said(0, "偏好", "show", "--as", "甲");
	said(0, "您的偏好已记录", "prefer", "A", "--as", "甲");
	said(0, "已结束", "next", "--as", "facilitator");
	said(0, "您的不同意见已记录", "dissent", "树不能砍。", "--as", "丙");
	said(0, "已结束", "next", "--as", "facilitator");
	said(0, "已结束", "next", "--as", "facilitator");
	wait_phase("survey");
	said(0, "已结束", "next", "--as", "facilitator");
	said(0, "达成共识", "show", "--as", "facilitator");
	said(0, "不同意见", "result", "--as", "facilitator");
	said(1, "已结束", "next", "--as", "facilitator");
	said(0, "您已退出", "withdraw", "--yes", "--as", "甲");
}

/* One's own language goes before the session's. */
static void
test_own(void **state)
{
	const struct said *s;

	(void)state;
	setenv("CAUCUS_LANGUAGE", "ru", 1);
	said(1, "обсуждение закончено", "abstain", "--as", "乙");
	said(0, "закончено", "show", "--as", "facilitator");
	setenv("CAUCUS_LANGUAGE", "en", 1);
	s = caucus("abstain", "--as", "乙");
	assert_int_equal(s->status, 1);
	assert_non_null(strstr(s->err, "the session has concluded"));
	unsetenv("CAUCUS_LANGUAGE");
	/* how it is called is said in English */
	s = caucus("extend", "soon", "--as", "facilitator");
	assert_int_equal(s->status, 2);
	assert_non_null(strstr(s->err, "is no time"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_chinese),
	    cmocka_unit_test(test_own),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
