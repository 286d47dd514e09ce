#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "job/template.h"

#define HEAD   "version 3\ntemperature 900\ntokens 100\n"
#define SYSTEM "== system ==\nRules. {{canary}} {{max_chars}}\n"
#define USER   "== user ==\n{{boundary}}\n{{opinions}}\n{{boundary}}\nGo.\n"

static struct job_template *
read_text(const char *text, struct err *err)
{
	return template_read(TEMPLATE_DRAFT, text, strlen(text), err);
}

static void
test_read(void **state)
{
	struct err err = {0};
	struct job_template *t = read_text("# why\n" HEAD SYSTEM USER, &err);

	(void)state;
	assert_non_null(t);
	assert_int_equal(t->version, 3);
	assert_int_equal(t->temperature, 900);
	assert_int_equal(t->tokens, 100);
	assert_string_equal(t->system, "Rules. {{canary}} {{max_chars}}");
	assert_string_equal(
	    t->user, "{{boundary}}\n{{opinions}}\n{{boundary}}\nGo.");
	assert_string_equal(t->text, "# why\n" HEAD SYSTEM USER);
	template_free(t);
	template_free(NULL);
}

/* What would let rules and texts mix, or leave something out, is refused with
 * the place. */
static void
test_refused(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
	    {"", "== system =="},
	    {HEAD USER, "line 4"},
	    {HEAD SYSTEM, "== user =="},
	    {"version 1\n" SYSTEM USER, "missing"},
	    {"tokens 1\n" SYSTEM USER, "missing"},
	    {"version x\n" SYSTEM USER, "line 1"},
	    {"version 1\ncolour 3\n" SYSTEM USER, "line 2"},
	    {"temperature 2001\n" SYSTEM USER, "out of range"},
	    {HEAD "== system ==\nno secret\n" USER, "canary"},
	    {HEAD "== system ==\n{{canary}} {{opinions}}\n" USER,
		"system part"},
	    {HEAD "== system ==\n{{canary}} {{question}}\n" USER,
		"system part"},
	    {HEAD SYSTEM "== user ==\n{{opinions}}\n", "boundary"},
	    {HEAD SYSTEM "== user ==\n{{boundary}}\n{{opinions}}\n",
		"no second"},
	    {HEAD SYSTEM "== user ==\n{{boundary}}\n{{boundary}}\n{{winner}}\n",
		"boundary"},
	    {HEAD SYSTEM "== user ==\nx {{boundary}}\n{{winner}}\n",
		"boundary"},
	    {HEAD SYSTEM USER "{{canary}}\n", "system part"},
	    {HEAD SYSTEM USER "{{opinion}}\n", "no such field"},
	    {HEAD SYSTEM USER "{{ people}}\n", "no such field"},
	    {HEAD SYSTEM USER "{{people\n", "no such field"},
	    {HEAD SYSTEM USER "\xff\n", "UTF-8"},
	};
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		memset(&err, 0, sizeof(err));
		assert_null(read_text(rows[i].text, &err));
		assert_int_equal(err.code, ERR_BROKEN);
		if (strstr(err.text, rows[i].says) == NULL)
			fail_msg("%zu: \"%s\" does not say \"%s\"", i, err.text,
			    rows[i].says);
	}
}

/* The templates that come with Caucus can be read. */
static void
test_shipped(void **state)
{
	char path[64], bytes[65536];
	struct job_template *t;
	struct err err = {0};
	size_t n;
	FILE *f;

	(void)state;
	for (int i = 0; i < TEMPLATES; i++) {
		snprintf(
		    path, sizeof(path), "config/prompts/%s", template_names[i]);
		f = fopen(path, "r");
		assert_non_null(f);
		n = fread(bytes, 1, sizeof(bytes), f);
		fclose(f);
		t = template_read((enum template_kind)i, bytes, n, &err);
		if (t == NULL)
			fail_msg("%s: %s", path, err.text);
		template_free(t);
	}
}

static void
test_which(void **state)
{
	struct job job = {.kind = JOB_DRAFT};

	(void)state;
	assert_int_equal(template_of(&job), TEMPLATE_DRAFT);
	job.winner = (char *)(uintptr_t) "w";
	assert_int_equal(template_of(&job), TEMPLATE_REVISE);
	job.kind = JOB_PREDICT;
	assert_int_equal(template_of(&job), TEMPLATE_PREDICT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_read),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_shipped),
	    cmocka_unit_test(test_which),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
