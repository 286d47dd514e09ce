/* The table of subcommands agrees with the manual and the completion. */
#include "client/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/place.h"
#include "record/format.h"
#include "session/procedure.h"

static char *
file_text(const char *path)
{
	struct err err;
	size_t len;
	char *text = place_read(path, 1 << 20, &len, &err);

	if (text == NULL)
		fail_msg("%s", err.text);
	return text;
}

static void
in_manual(const char *manual, const char *macro, const char *name)
{
	char word[64];

	snprintf(word, sizeof word, "%s%s", macro, name);
	if (strstr(manual, word) == NULL)
		fail_msg("caucus(1) has no \"%s\"", word);
}

static void
test_manual(void **state)
{
	char *manual = file_text("config/man/caucus.1");
	const struct procedure *const *p;
	const struct command_option *o;
	const struct setting *setting;
	const struct command *row;

	(void)state;
	for (row = commands; row->name != NULL; row++) {
		in_manual(manual, "Cm ", row->name);
		for (o = row->options; o->name != NULL; o++)
			in_manual(manual, "Fl -", o->name);
	}
	for (p = procedures; *p != NULL; p++)
		for (setting = (*p)->settings; setting->name != NULL; setting++)
			in_manual(manual, ".It Va ", setting->name);
	for (o = common_options; o->name != NULL; o++)
		in_manual(manual, "Fl -", o->name);
	for (o = session_options; o->name != NULL; o++)
		in_manual(manual, "Fl -", o->name);
	free(manual);
}

/* What export offers is what the table of formats has. */
static void
test_formats(void **state)
{
	const struct command_option *o;
	const struct command *row;
	const struct format *f;

	(void)state;
	for (row = commands; strcmp(row->name, "export") != 0;)
		row++;
	for (o = row->options; strcmp(o->name, "format") != 0;)
		o++;
	for (f = formats; f->name != NULL; f++)
		if (strstr(o->help, f->name) == NULL)
			fail_msg("--format does not name %s", f->name);
}

static void
test_completion(void **state)
{
	char *kept = file_text("config/completions/caucus.bash");
	struct buf made = {0};

	(void)state;
	command_completion(&made);
	if (strcmp(kept, made.data) != 0)
		fail_msg("make it again: build/caucus --completion "
			 ">config/completions/caucus.bash");
	buf_free(&made);
	free(kept);
}

static void
test_rows(void **state)
{
	const struct command *a, *b;

	(void)state;
	for (a = commands; a->name != NULL; a++) {
		assert_non_null(a->run);
		assert_true(strlen(a->help) > 0 && strlen(a->help) <= 66);
		assert_true(a->max == -1 || a->max >= a->min);
		for (b = commands; b < a; b++)
			assert_string_not_equal(a->name, b->name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_manual),
	    cmocka_unit_test(test_formats),
	    cmocka_unit_test(test_completion),
	    cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
