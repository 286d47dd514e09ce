#include "client/prompt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "asked.h"
#include "base/text.h"

/* Takes the view. */
static void
prompts(json_t *view, long long now, size_t width, const char *expected)
{
	char *text = prompt_text(NULL, view, now, width);

	assert_string_equal(text, expected);
	free(text);
	json_decref(view);
}

/* Takes the view. */
static void
advises(json_t *view, const char *expected)
{
	char *text = prompt_advice(NULL, view, NULL);

	if (strstr(text, expected) == NULL)
		fail_msg("%s", text);
	free(text);
	json_decref(view);
}

static json_t *
with(json_t *view, const char *name, json_t *value)
{
	json_object_set_new(view, name, value);
	return view;
}

static json_t *
as_chair(json_t *view)
{
	json_t *you = json_object_get(view, "you");

	json_object_del(you, "participant");
	json_object_set_new(you, "roles", json_pack("[s]", "facilitator"));
	return view;
}

static void
test_wanted(void **state)
{
	(void)state;
	prompts(asked_view("opinion", "opinion:text", ""), 1, 80,
	    "opinion · 2 missing · 10 min > ");
	prompts(asked_ballot(""), 0, 80, "ranking · 2 missing > ");
	prompts(asked_ballot("ballot"), 0, 80, "ratings 1-7 · 2 missing > ");
	/* Quality is not needed unless the session says so. */
	prompts(
	    asked_ballot("ballot agreement"), 0, 80, "waiting · 2 missing > ");
	prompts(as_chair(asked_ballot("")), 0, 80, "waiting · 2 missing > ");
	prompts(asked_view("lobby", "", ""), 0, 80, "lobby · 3 joined > ");
	prompts(with(asked_ballot(""), "paused", json_true()), 1, 80,
	    "paused · 2 missing > ");
	prompts(with(asked_ballot(""), "concluded", json_true()), 1, 80,
	    "ended > ");
}

/* There is always room to type. */
static void
test_narrow(void **state)
{
	json_t *view = asked_ballot("ballot");
	size_t width;
	char *text;

	(void)state;
	for (width = 40; width < 100; width++) {
		text = prompt_text(NULL, view, 1, width);
		assert_true(text_width(text) + 8 <= width);
		free(text);
	}
	prompts(view, 1, 40, "ratings 1-7 · 2 missing > ");
}

static void
test_advice(void **state)
{
	(void)state;
	advises(asked_view("opinion", "opinion:text", ""), "type the help");
	advises(asked_ballot(""), "B > A = D > C");
	advises(asked_ballot("ballot"), "from A to D");
	advises(asked_ballot("ballot"), "6 5 7 3.");
	advises(asked_view("position", "position:choice", ""), "1 (no) to 7");
	advises(asked_survey(), "Was it fair? Type 1 to 5, or /skip.");
	advises(asked_view("lobby", "", ""), "the facilitator begins");
	advises(as_chair(asked_view("lobby", "", "")), "/next begins");
	advises(as_chair(asked_ballot("")), "/extend 10m");
	advises(
	    as_chair(with(asked_ballot(""), "asked", json_true())), "/abort");
	advises(
	    as_chair(with(asked_ballot(""), "paused", json_true())), "/resume");
	advises(with(asked_ballot(""), "paused", json_true()), "stopped");
	advises(with(asked_ballot(""), "concluded", json_true()), "/result");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_wanted),
	    cmocka_unit_test(test_narrow),
	    cmocka_unit_test(test_advice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
