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

/* One language's file: English, but for the words of one message. */
static struct messages *
language(const char *plural, const char *people)
{
	struct buf b = {0};
	char *whole;
	struct messages *m;
	struct err err;
	int i;

	/* A file of three forms has them in every message that counts. */
	for (i = 0; i < MESSAGES; i++) {
		const char *said = message(NULL, (enum message)i);

		if (i == MSG_PLURAL)
			buf_addf(&b, "plural = %s\n", plural);
		else if (i == MSG_STORY_PEOPLE)
			buf_addf(&b, "story.people = %s\n", people);
		else if (strchr(said, '|') != NULL && strchr(said, '{') != NULL)
			for (buf_addf(&b, "%s = ", message_id((enum message)i));
			     *said != '\0'; said++) {
				/* the plural words go, the plain fields stay */
				if (*said == '{' &&
				    strcspn(said, ":") < strcspn(said, "}"))
					said = strchr(said, '}');
				else
					buf_addc(&b, *said);
				if (said[1] == '\0')
					buf_addc(&b, '\n');
			}
		else
			buf_addf(
			    &b, "%s = %s\n", message_id((enum message)i), said);
	}
	whole = buf_take(&b);
	m = messages_read(whole, strlen(whole), "xx", &err);
	if (m == NULL)
		fail_msg("%s", err.text);
	free(whole);
	return m;
}

static void
assert_people(const struct messages *m, long long n, const char *text)
{
	char *said = message_text(m, MSG_STORY_PEOPLE, "#n", n, NULL);

	assert_string_equal(said, text);
	free(said);
}

/* As CLDR has it for English, Chinese and Russian. */
static void
test_plural(void **state)
{
	static const struct {
		long long n;
		const char *text;
	} rows[] = {{0, "0 c"}, {1, "1 a"}, {2, "2 b"}, {4, "4 b"}, {5, "5 c"},
	    {11, "11 c"}, {12, "12 c"}, {14, "14 c"}, {21, "21 a"},
	    {22, "22 b"}, {25, "25 c"}, {111, "111 c"}, {121, "121 a"}};
	struct messages *m;
	size_t i;

	(void)state;
	assert_people(NULL, 1, "1 participant");
	assert_people(NULL, 0, "0 participants");
	assert_people(NULL, 21, "21 participants");
	m = language("one-few-many", "{n} {n:a|b|c}");
	for (i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_people(m, rows[i].n, rows[i].text);
	messages_free(m);
	m = language("other", "{n} x");
	assert_people(m, 1, "1 x");
	messages_free(m);
}

/* An error keeps its sentence and fields, here and over a wire. */
static void
test_error(void **state)
{
	struct messages *m = language("other", "{n} x");
	struct err err, far;
	const char *id;
	json_t *with;

	(void)state;
	assert_int_equal(err_say(&err, ERR_PAUSED, "phase", MSG_ERROR_NUMBER,
			     "@slot", "name.position", "@low", "low.position",
			     "#max", 7LL, "@high", "high.position", NULL),
	    -1);
	assert_int_equal(err.code, ERR_PAUSED);
	assert_string_equal(err.field, "phase");
	assert_string_equal(err.text,
	    "position takes a whole number from 1 (strongly disagree) to 7 "
	    "(strongly agree)");
	id = err_sentence(&err, &with);
	assert_string_equal(id, "error.number");
	assert_string_equal(
	    json_string_value(json_object_get(with, "max")), "7");
	err_set(&far, ERR_PAUSED, "phase", "in other words");
	assert_null(err_sentence(&far, &(json_t *){NULL}));
	err_take_sentence(&far, "error.none", with);
	err_translate(&far, m);
	assert_string_equal(far.text, "in other words");
	err_take_sentence(&far, id, with);
	err_translate(&far, m);
	assert_string_equal(far.text, err.text);
	assert_string_equal(far.field, "phase");
	/* what does not fit, or is no field, leaves the words that came */
	err_set(&far, ERR_PAUSED, NULL, "in other words");
	json_object_set_new(with, "max", json_integer(7));
	err_take_sentence(&far, id, with);
	err_translate(&far, m);
	assert_string_equal(far.text, "in other words");
	json_decref(with);
	messages_free(m);
}

static void
test_broken(void **state)
{
	static const struct {
		const char *line, *says;
	} rows[] = {
	    {"", "ends without the message phase.lobby"},
	    {"phase.lobby: text\n", ":2: a message is"},
	    {"phase.lobby =\n", ":2: a message is"},
	    {"phase.lobbies = text\n", ":2: no message has this id"},
	    {"phase.opinion = x\n", "there twice: phase.opinion"},
	    {"phase.lobby = {field}\n", "has no field field"},
	    {"phase.lobby = \xff\n", "not valid UTF-8"},
	    {"phase.lobby = {n:one|two}\n", "has no field n"},
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
	/* a plural word does not stand for the number; forms are counted */
	text = english_file(MSG_STORY_PEOPLE, "story.people = {n:one|more}\n");
	assert_null(messages_read(text, strlen(text), "xx", &err));
	assert_non_null(strstr(err.text, "lacks the field n"));
	free(text);
	text = english_file(
	    MSG_STORY_PEOPLE, "story.people = {n} {n:one|few|more}\n");
	assert_null(messages_read(text, strlen(text), "xx", &err));
	assert_non_null(
	    strstr(err.text, "forms than the message story.people"));
	free(text);
	text = english_file(MSG_PLURAL, "plural = two\n");
	assert_null(messages_read(text, strlen(text), "xx", &err));
	assert_non_null(strstr(err.text, "not two"));
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
	    cmocka_unit_test(test_plural),
	    cmocka_unit_test(test_error),
	    cmocka_unit_test(test_broken),
	    cmocka_unit_test(test_shipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
