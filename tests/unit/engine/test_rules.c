/* The settings method, tie_break and slate against the library's tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "choice/slate.h"
#include "tests/fake/play.c"

static const struct setting *
setting_named(const char *name)
{
	const struct setting *row = procedure_find("habermas/1")->settings;

	while (row->name != NULL && strcmp(row->name, name) != 0)
		row++;
	assert_non_null(row->name);
	return row;
}

static size_t
choices_of(const struct setting *row)
{
	size_t n = 0;

	while (row->choices[n] != NULL)
		n++;
	assert_int_equal(row->max, n - 1);
	assert_int_equal(row->def, 0);
	return n;
}

/* Every rule of the library can be set, and no other. */
static void
test_names(void **state)
{
	const struct setting *row = setting_named("method");
	size_t n = choices_of(row), count = 0;

	(void)state;
	assert_string_equal(row->choices[0], "schulze");
	for (size_t i = 0; i < n; i++)
		assert_non_null(rule_find(row->choices[i]));
	while (rules[count].name != NULL)
		count++;
	assert_int_equal(n, count);
	row = setting_named("slate");
	n = choices_of(row);
	assert_string_equal(row->choices[0], "proportional");
	for (size_t i = 0; i < n; i++)
		/* the winners of several elections are no rule over one */
		assert_true(slate_find(row->choices[i]) != NULL ||
			    strcmp(row->choices[i], "pools") == 0);
	row = setting_named("tie_break");
	n = choices_of(row);
	assert_string_equal(row->choices[0], "agreement");
	for (size_t i = 0; i < n; i++) {
		assert_true(tie_break_find(row->choices[i]) >= 0);
		/* a round needs one winner */
		assert_string_not_equal(row->choices[i], "none");
	}
}

static const struct event *
last_tally(const struct play *p)
{
	size_t i = p->log.n;

	while (i-- > 0)
		if (strcmp(p->log.v[i]->type, "tally.decided") == 0)
			return p->log.v[i];
	return NULL;
}

/* A whole deliberation by each method: counted by it, recorded as such, and
 * a winner is what it and the tie-break say. */
static void
play_method(const char *method, const char *tie, const char *slate)
{
	char *settings = xasprintf("{\"candidates\":6,\"method\":\"%s\","
				   "\"tie_break\":\"%s\",\"slate\":\"%s\"}",
	    method, tie, slate);
	const json_t *data, *by;
	struct play p;

	play_begin(&p, settings, NULL);
	play_whole(&p, 4);
	assert_true(p.s->concluded);
	assert_int_equal(p.s->nresults, 2);
	data = last_tally(&p)->data;
	assert_string_equal(
	    json_string_value(json_object_get(data, "method")), method);
	assert_true(json_is_string(json_object_get(data, "winner")));
	by = json_object_get(json_object_get(data, "tie_break"), "rule");
	assert_string_equal(json_string_value(by), tie);
	play_end(&p);
	free(settings);
}

static void
test_whole(void **state)
{
	const struct setting *row = setting_named("method");

	(void)state;
	for (size_t i = 0; row->choices[i] != NULL; i++)
		play_method(row->choices[i], "first", "pav");
	play_method("borda", "agreement", "top");
	play_method("maximin", "ballot", "proportional");
	play_method("schulze", "random", "pav");
}

static void
test_unknown(void **state)
{
	const struct procedure *h = procedure_find("habermas/1");
	int64_t values[64];
	json_t *given;
	struct err err;

	(void)state;
	given = json_pack("{s:s}", "tie_break", "none");
	assert_int_equal(settings_read(h, given, values, &err), -1);
	assert_int_equal(err.code, ERR_BAD_SETTING);
	assert_non_null(strstr(err.text, "agreement, ballot, random, first"));
	json_decref(given);
	given = json_pack("{s:s}", "method", "dictator");
	assert_int_equal(settings_read(h, given, values, &err), -1);
	/* the list is told whole */
	assert_non_null(strstr(err.text, "maximin"));
	json_decref(given);
}

/* Every statement is struck after somebody voted: there is nobody to elect,
 * and no struck statement wins. */
static void
test_all_struck(void **state)
{
	const json_t *data;
	struct play p;
	int i;

	(void)state;
	play_begin(&p, "{\"candidates\":4,\"shown\":2,\"rounds\":0}", NULL);
	play_join(&p, "x");
	play_join(&p, "y");
	play_next(&p);
	for (i = 0; i < 2; i++)
		play_text(&p, i, "opinion", opinions[i]);
	play_jobs(&p);
	assert_int_equal(
	    play_ballot(&p, 0, p.s->statements[p.s->slate[0]].id, NULL), 0);
	for (i = 0; i < (int)p.s->nslate; i++)
		assert_int_equal(
		    play_input(
			&p, input_struck(p.s, p.s->statements[p.s->slate[i]].id,
				"f1", "names a person", p.now, &p.entropy)),
		    0);
	play_next(&p);
	data = last_tally(&p)->data;
	assert_true(json_is_null(json_object_get(data, "winner")));
	assert_int_equal(
	    json_array_size(json_object_get(data, "candidates")), 0);
	assert_true(p.s->concluded);
	assert_true(json_is_null(json_object_get(p.s->conclusion, "winner")));
	play_end(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_whole),
	    cmocka_unit_test(test_unknown),
	    cmocka_unit_test(test_all_struck),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
