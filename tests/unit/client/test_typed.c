#include "client/typed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "asked.h"

/* Takes the view.  What is sent, as text; or the error's. */
static void
reads(json_t *view, const char *line, const char *method, const char *params)
{
	json_t *answers = json_object();
	struct typed t;
	struct err err;
	char *text;

	if (typed_read(NULL, view, answers, line, &t, &err) == -1)
		fail_msg("%s: %s", line, err.text);
	assert_int_equal(t.kind, TYPED_GIFT);
	assert_string_equal(t.method, method);
	text = json_dumps(t.params, JSON_COMPACT | JSON_SORT_KEYS);
	assert_string_equal(text, params);
	free(text);
	typed_clear(&t);
	json_decref(answers);
	json_decref(view);
}

/* Takes the view. */
static void
refuses(json_t *view, const char *line, const char *says)
{
	json_t *answers = json_object();
	struct typed t;
	struct err err;

	if (typed_read(NULL, view, answers, line, &t, &err) != -1)
		fail_msg("%s was taken", line);
	if (strstr(err.text, says) == NULL)
		fail_msg("%s: %s", line, err.text);
	assert_int_equal(t.kind, TYPED_NOTHING);
	typed_clear(&t);
	json_decref(answers);
	json_decref(view);
}

static void
test_texts(void **state)
{
	json_t *view = asked_view("opinion", "opinion:text", "");

	(void)state;
	reads(json_incref(view), "  I walk home.", "contribution.text",
	    "{\"slot\":\"opinion\",\"text\":\"I walk home.\"}");
	/* A space before it makes a text of what looks like a command. */
	reads(json_incref(view), " /next is what I think", "contribution.text",
	    "{\"slot\":\"opinion\",\"text\":\"/next is what I think\"}");
	refuses(view, "I \xff walk", "UTF-8");
	/* Given again, it replaces. */
	reads(asked_view("critique", "critique:text", "critique"), "Lamps!",
	    "contribution.text", "{\"slot\":\"critique\",\"text\":\"Lamps!\"}");
}

static void
test_rankings(void **state)
{
	(void)state;
	reads(asked_ballot(""), "A > C = B", "contribution.ballot",
	    "{\"ranking\":[[\"s7\"],[\"s2\",\"s10\"],[\"s3\"]]}");
	reads(asked_ballot("agreement"), "s3>s7", "contribution.ballot",
	    "{\"ranking\":[[\"s3\"],[\"s7\"],[\"s2\",\"s10\"]]}");
	/* On an East Asian keyboard. */
	reads(asked_ballot(""), "Ａ＞Ｃ　＝　Ｂ", "contribution.ballot",
	    "{\"ranking\":[[\"s7\"],[\"s2\",\"s10\"],[\"s3\"]]}");
	refuses(asked_ballot(""), "A > E", "A to D");
	refuses(asked_ballot(""), "I like it", "statement");
}

static void
test_ratings(void **state)
{
	static const char all[] =
	    "{\"agreement\":{\"s10\":4,\"s2\":5,\"s3\":7,\"s7\":6}}";

	(void)state;
	reads(asked_ballot("ballot"), "6 5 4 7", "contribution.rate", all);
	/* Ratings are known by their shape, whatever comes first. */
	reads(asked_ballot(""), "6,5,4,7", "contribution.rate", all);
	reads(asked_ballot(""), "A = 6, B=5 C=4,D=7", "contribution.rate", all);
	reads(
	    asked_ballot("ballot"), "６　５，４、７", "contribution.rate", all);
	reads(asked_ballot("ballot"), "- 5 - -", "contribution.rate",
	    "{\"agreement\":{\"s2\":5}}");
	refuses(asked_ballot("ballot"), "6 5 8 7", "1 (strongly");
	refuses(asked_ballot("ballot"), "6 x", "no rating");
	refuses(asked_ballot("ballot"), "6 5", "4 statements");
}

static void
test_quality(void **state)
{
	json_t *view = asked_ballot("ballot agreement");

	(void)state;
	json_object_set_new(
	    json_object_get(view, "settings"), "ratings", json_string("all"));
	reads(view, "6 5 - -", "contribution.rate",
	    "{\"quality\":{\"s2\":5,\"s7\":6}}");
}

static void
test_numbers(void **state)
{
	static const char asks[] = "position:choice importance:choice";

	(void)state;
	reads(asked_view("position", asks, ""), "7 ", "contribution.choose",
	    "{\"choice\":7,\"slot\":\"position\"}");
	reads(asked_view("position", asks, "position"), "５",
	    "contribution.choose", "{\"choice\":5,\"slot\":\"importance\"}");
	refuses(asked_view("position", asks, "position"), "6", "from 1 to 5");
	refuses(asked_view("position", asks, ""), "7 of 7", "from 1 to 7");
	refuses(asked_view("position", asks, ""), "99999999999999999999", "7");
	/* Which of the two would it replace? */
	refuses(asked_view("position", asks, "position importance"), "5",
	    "/status");
}

static void
test_preference(void **state)
{
	json_t *view = asked_view("preference", "preference:choice", "");

	(void)state;
	reads(json_incref(view), "b", "contribution.choose",
	    "{\"choice\":\"first\",\"slot\":\"preference\"}");
	reads(json_incref(view), "Same", "contribution.choose",
	    "{\"choice\":\"same\",\"slot\":\"preference\"}");
	refuses(json_incref(view), "D", "same");
	refuses(json_incref(view), "both", "same");
	refuses(view, "=", "same");
}

/* Of the question that comes next; json NULL: it is refused. */
static void
answers(json_t *view, json_t *so_far, const char *line, const char *item,
    json_int_t number)
{
	struct typed t;
	struct err err;
	int r = typed_read(NULL, view, so_far, line, &t, &err);

	assert_int_equal(r, number == -1 ? -1 : 0);
	if (r == 0) {
		assert_int_equal(t.kind, TYPED_ANSWER);
		assert_string_equal(t.item, item);
		if (number > 0)
			assert_int_equal(json_integer_value(t.answer), number);
		else
			assert_string_equal(json_string_value(t.answer), line);
		json_object_set(so_far, t.item, t.answer);
	}
	typed_clear(&t);
}

static void
test_survey(void **state)
{
	json_t *view = asked_survey(), *so_far = json_object();
	const json_t *ask = typed_wanted(view);

	(void)state;
	answers(view, so_far, "6", "fair", -1);
	answers(view, so_far, "5", "fair", 5);
	answers(view, so_far, "maybe", "again", -1);
	answers(view, so_far, "YES", "again", 2);
	assert_non_null(typed_item(ask, so_far));
	answers(view, so_far, "It was good.", "more", 0);
	assert_null(typed_item(ask, so_far));
	json_decref(so_far);
	json_decref(view);
}

static void
test_commands(void **state)
{
	json_t *view = asked_ballot("");
	struct typed t;
	struct err err;

	(void)state;
	assert_int_equal(
	    typed_read(NULL, view, NULL, "/Strike  B  it lies", &t, &err), 0);
	assert_int_equal(t.kind, TYPED_COMMAND);
	assert_string_equal(t.name, "strike");
	assert_string_equal(t.rest, "B  it lies");
	typed_clear(&t);
	assert_int_equal(typed_read(NULL, view, NULL,
			     "/a-name-that-is-longer-than-any", &t, &err),
	    0);
	assert_int_equal(strlen(t.name), sizeof t.name - 1);
	assert_string_equal(t.rest, "");
	typed_clear(&t);
	assert_int_equal(typed_read(NULL, view, NULL, " \t ", &t, &err), 0);
	assert_int_equal(t.kind, TYPED_NOTHING);
	typed_clear(&t);
	json_decref(view);
}

static void
test_nothing_asked(void **state)
{
	json_t *view = asked_view("draft", "", "");

	(void)state;
	refuses(json_incref(view), "hello", "/status");
	json_object_del(json_object_get(view, "you"), "participant");
	refuses(view, "hello", "/status");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_texts),
	    cmocka_unit_test(test_rankings),
	    cmocka_unit_test(test_ratings),
	    cmocka_unit_test(test_quality),
	    cmocka_unit_test(test_numbers),
	    cmocka_unit_test(test_preference),
	    cmocka_unit_test(test_survey),
	    cmocka_unit_test(test_commands),
	    cmocka_unit_test(test_nothing_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
