/* What is said of a tally fits the method that counted it. */
#include "client/tell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The words about a tally of two statements, s1 elected 3 to 2. */
static char *
words_of(const char *method, const char *more)
{
	json_t *ids = json_pack("[s,s]", "s1", "s2"), *tally;
	char *text = NULL, json[512];
	struct term t = {.width = 100};
	size_t len;

	snprintf(json, sizeof json,
	    "{\"method\":\"%s\",\"candidates\":[\"s1\",\"s2\"],"
	    "\"ballots\":5,\"predicted\":0,\"matrix\":[[0,3],[2,0]],"
	    "\"order\":[[\"s1\"],[\"s2\"]],\"winner\":\"s1\",%s,"
	    "\"agreement\":{}}",
	    method, more);
	tally = json_loads(json, 0, NULL);
	assert_non_null(tally);
	t.f = open_memstream(&text, &len);
	tell_tally(&t, tally, ids);
	fclose(t.f);
	json_decref(tally);
	json_decref(ids);
	return text;
}

static void
assert_says(const char *method, const char *more, const char *part)
{
	char *text = words_of(method, more);

	if (strstr(text, part) == NULL)
		fail_msg("no \"%s\" in:\n%s", part, text);
	free(text);
}

/* No better than chance and a tenth: it is said; better, or nothing to compare:
 * it is not. */
static void
test_no_help(void **state)
{
	static const struct {
		int concordant, discordant;
		bool said;
	} rows[] = {{5, 5, true}, {6, 4, true}, {61, 39, false}, {0, 3, true},
	    {9, 1, false}, {0, 0, false}};
	char more[120], *text;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		snprintf(more, sizeof more,
		    "\"winners\":[\"s1\"],\"prediction\":{\"concordant\":%d,"
		    "\"discordant\":%d}",
		    rows[i].concordant, rows[i].discordant);
		text = words_of("schulze", more);
		assert_int_equal(
		    strstr(text, "does not help here") != NULL, rows[i].said);
		free(text);
	}
}

static void
test_methods(void **state)
{
	static const char alone[] = "\"winners\":[\"s1\"]";

	(void)state;
	assert_says("schulze", alone, "A is elected: it beats every other");
	assert_says("copeland", alone, "A is elected: it beats every other");
	assert_says("borda", alone, "A is elected by borda: the best mean");
	assert_says("maximin", alone, "A is elected by maximin: the highest");
}

static void
test_tie(void **state)
{
	(void)state;
	assert_says("approval",
	    "\"winners\":[\"s1\",\"s2\"],\"tie_break\":{\"rule\":\"first\","
	    "\"decider\":\"first\",\"among\":[\"s1\",\"s2\"]}",
	    "A is elected, which stands first among the statements.");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_methods),
	    cmocka_unit_test(test_no_help),
	    cmocka_unit_test(test_tie),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
