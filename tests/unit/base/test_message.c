/* The table of messages, and the files that replace it. */
#include "base/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

/* The whole English table as a file; `skip` and one line may differ. */
static char *
english_file(int skip, const char *instead)
{
	struct buf b = {0};
	const char *at;
	int i;

	for (i = 0; i < MESSAGES; i++) {
		if (i == skip) {
			buf_adds(&b, instead);
			continue;
		}
		buf_addf(&b, "%s = ", message_id((enum message)i));
		for (at = message(NULL, (enum message)i); *at != '\0'; at++)
			if (*at == '\n')
				buf_adds(&b, "\\n");
			else
				buf_addc(&b, *at);
		buf_addc(&b, '\n');
	}
	return buf_take(&b);
}

static void
assert_english(const struct messages *m)
{
	int i;

	for (i = 0; i < MESSAGES; i++)
		assert_string_equal(message(m, (enum message)i),
		    message(NULL, (enum message)i));
}

static void
test_english(void **state)
{
	char *text = english_file(-1, "");
	struct messages *m;
	struct err err;

	(void)state;
	m = messages_read(text, strlen(text), "en", &err);
	if (m == NULL)
		fail_msg("%s", err.text);
	assert_english(m);
	messages_free(m);
	free(text);
}

static void
test_fields(void **state)
{
	char *text;

	(void)state;
	text = message_text(
	    NULL, MSG_OUTCOME_MAJORITY, "#n", 5LL, "#ge5", 3LL, NULL);
	assert_string_equal(text,
	    "Majority: 3 of the 5 who rated the statement gave it 5 or more "
	    "of 7.");
	free(text);
	/* what comes from people is never read as a field */
	text = message_text(
	    NULL, MSG_OUTCOME_CUT_SHORT, "why", "{why} {n} %s", NULL);
	assert_string_equal(text, "No agreement: {why} {n} %s.");
	free(text);
	text = message_text(NULL, MSG_OUTCOME_CUT_SHORT, NULL);
	assert_string_equal(text, "No agreement: {why}.");
	free(text);
	assert_string_equal(message_named(NULL, "phase", "lobby", "x"),
	    message(NULL, MSG_PHASE_LOBBY));
	assert_string_equal(message_named(NULL, "phase", "none", "x"), "x");
}

static void
test_broken(void **state)
{
	static const struct {
		const char *line, *says;
	} rows[] = {
	    {"", "ends without the message phase.lobby"},
	    {"phase.lobby: text\n", ":1: a message is"},
	    {"phase.lobby =\n", ":1: a message is"},
	    {"phase.lobbies = text\n", ":1: no message has this id"},
	    {"phase.opinion = x\n", "there twice: phase.opinion"},
	    {"phase.lobby = {field}\n", "has no field field"},
	    {"phase.lobby = \xff\n", "not valid UTF-8"},
	};
	struct err err;
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		text = english_file(MSG_PHASE_LOBBY, rows[i].line);
		assert_null(messages_read(text, strlen(text), "xx", &err));
		assert_int_equal(err.code, ERR_BROKEN);
		if (strstr(err.text, rows[i].says) == NULL ||
		    strncmp(err.text, "xx:", 3) != 0)
			fail_msg("%s: %s", rows[i].line, err.text);
		free(text);
	}
	text = english_file(MSG_OUTCOME_CUT_SHORT, "outcome.cut_short = no\n");
	assert_null(messages_read(text, strlen(text), "xx", &err));
	assert_non_null(strstr(err.text, "lacks the field why"));
	free(text);
}

/* Every file that is shipped holds, and says things in its own words. */
static void
test_shipped(void **state)
{
	struct messages *m;
	struct err err;
	glob_t found;
	char *bytes;
	size_t i;
	long n;
	FILE *f;

	(void)state;
	assert_int_equal(glob("config/messages/*", 0, NULL, &found), 0);
	assert_true(found.gl_pathc >= 3);
	for (i = 0; i < found.gl_pathc; i++) {
		f = fopen(found.gl_pathv[i], "rb");
		assert_non_null(f);
		fseek(f, 0, SEEK_END);
		n = ftell(f);
		rewind(f);
		bytes = malloc((size_t)n);
		assert_int_equal(fread(bytes, 1, (size_t)n, f), n);
		fclose(f);
		m = messages_read(bytes, (size_t)n, found.gl_pathv[i], &err);
		if (m == NULL)
			fail_msg("%s", err.text);
		if (strcmp(found.gl_pathv[i], "config/messages/en") == 0)
			assert_english(m);
		else
			assert_string_not_equal(
			    message(m, MSG_OUTCOME_CONSENSUS),
			    message(NULL, MSG_OUTCOME_CONSENSUS));
		messages_free(m);
		free(bytes);
	}
	globfree(&found);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_english),
	    cmocka_unit_test(test_fields),
	    cmocka_unit_test(test_broken),
	    cmocka_unit_test(test_shipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
