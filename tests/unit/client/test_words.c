/* The languages people are spoken to in, and that nothing is left unsaid. */
#include "client/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "choice/tally.h"
#include "session/procedure.h"

static void
assert_said(const char *group, const char *name)
{
	if (message_named(NULL, group, name, NULL) == NULL)
		fail_msg("no message %s.%s: add a row", group, name);
}

/* Whatever a procedure adds has words; English is what the tables say. */
static void
test_every_name(void **state)
{
	static const char *const roles[] = {
	    "participant", "facilitator", "observer", "operator"};
	static const char *const reasons[] = {"aborted", "nobody_answered",
	    "no_statements", "no_ballots", "everyone_left"};
	static const char *const acts[] = {"participant.removed",
	    "session.aborted", "statement.struck", "text.withheld",
	    "winner.overridden"};
	const struct procedure *p = procedure_find("habermas");
	const struct rule *rule;
	size_t i;

	(void)state;
	for (i = 0; p->phases[i].name != NULL; i++) {
		assert_said("name", p->phases[i].name);
		assert_string_equal(
		    message_named(NULL, "phase", p->phases[i].name, ""),
		    p->phases[i].help);
	}
	for (i = 0; p->slots[i].name != NULL; i++) {
		assert_string_equal(
		    message_named(NULL, "slot", p->slots[i].name, ""),
		    p->slots[i].help);
		if (p->slots[i].kind != KIND_CHOICE)
			continue;
		assert_said("name", p->slots[i].name);
		if (p->slots[i].low != NULL)
			assert_string_equal(
			    message_named(NULL, "low", p->slots[i].name, ""),
			    p->slots[i].low);
	}
	for (rule = rules; rule->name != NULL; rule++)
		assert_string_equal(
		    message_named(NULL, "rule", rule->name, ""), rule->help);
	for (i = 0; i < sizeof roles / sizeof *roles; i++)
		assert_said("role", roles[i]);
	for (i = 0; i < sizeof reasons / sizeof *reasons; i++)
		assert_said("reason", reasons[i]);
	for (i = 0; i < sizeof acts / sizeof *acts; i++)
		assert_said("act", acts[i]);
}

static void
test_load(void **state)
{
	struct messages *m;
	struct err err;

	(void)state;
	setenv("CAUCUS_DATADIR", "config", 1);
	setenv("CAUCUS_LANGUAGE", "", 1);
	assert_int_equal(words_load(NULL, "ru", &m, &err), 0);
	assert_string_equal(message(m, MSG_LABEL_NEXT), "Далее:");
	messages_free(m);
	/* what is asked for goes before the session's */
	setenv("CAUCUS_LANGUAGE", "zh", 1);
	assert_int_equal(words_load(NULL, "ru", &m, &err), 0);
	assert_string_equal(message(m, MSG_LABEL_NEXT), "下一步：");
	messages_free(m);
	assert_int_equal(words_load("en", "ru", &m, &err), 0);
	assert_null(m);
	/* a session may be in a language that nobody wrote a file for */
	setenv("CAUCUS_LANGUAGE", "", 1);
	assert_int_equal(words_load(NULL, "tlh", &m, &err), 0);
	assert_null(m);
	assert_int_equal(words_load("tlh", NULL, &m, &err), -1);
	assert_int_equal(err.code, ERR_FILE);
	assert_int_equal(words_load("../x", NULL, &m, &err), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_name),
	    cmocka_unit_test(test_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
