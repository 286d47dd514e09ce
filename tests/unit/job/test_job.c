#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "job/job.h"

/* Every kind and outcome has a name of its own: they stand in recordings. */
static void
test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < JOB_KINDS; i++) {
		assert_non_null(job_kind_names[i]);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(
			    job_kind_names[i], job_kind_names[j]);
	}
	for (size_t i = 0; i < OUTCOMES; i++) {
		assert_non_null(outcome_names[i]);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(
			    outcome_names[i], outcome_names[j]);
	}
	assert_string_equal(job_kind_names[JOB_PREDICT], "predict");
	assert_string_equal(outcome_names[OUTCOME_OK], "ok");
	assert_string_equal(outcome_names[OUTCOME_BUDGET], "budget");
}

/* What only a person can mend is not asked for again. */
static void
test_again(void **state)
{
	static const char *const never[] = {"ok", "auth", "quota", "refusal",
	    "config", "budget", "", "strange"};

	(void)state;
	for (size_t i = 0; i < sizeof(never) / sizeof(*never); i++)
		assert_false(outcome_again(never[i], NULL));
	assert_true(outcome_again("rate", NULL));
	assert_true(outcome_again("parse", "empty"));
	assert_true(outcome_again("timeout", NULL));
	/* What was refused is left out the next time. */
	assert_true(outcome_again("config", ASKED_TOO_MUCH));
	assert_false(outcome_again("config", "redirect"));
	assert_false(outcome_again("auth", ASKED_TOO_MUCH));
}

/* Under the address sanitizer this also shows that nothing leaks. */
static void
test_job_free(void **state)
{
	struct job *job = xcalloc(1, sizeof(*job));

	(void)state;
	job_free(NULL);
	job_free(job);

	job = xcalloc(1, sizeof(*job));
	job->question = xstrdup("Why?");
	job->winner = xstrdup("Because.");
	job->nopinions = 2;
	job->opinions = xcalloc(2, sizeof(*job->opinions));
	job->critiques = xcalloc(2, sizeof(*job->critiques));
	job->opinions[0].text = xstrdup("One.");
	job->critiques[1].text = xstrdup("Two.");
	job->ncandidates = 1;
	job->candidates = xcalloc(1, sizeof(*job->candidates));
	job->candidates[0].text = xstrdup("Three.");
	job_free(job);
}

static void
test_job_reply_free(void **state)
{
	struct job_reply reply = {.outcome = OUTCOME_OK,
	    .text = xstrdup("t"),
	    .reasoning = xstrdup("r"),
	    .rank = xcalloc(3, sizeof(int32_t)),
	    .nrank = 3};

	(void)state;
	job_reply_free(&reply);
	assert_null(reply.text);
	assert_null(reply.reasoning);
	assert_null(reply.rank);
	assert_int_equal(reply.nrank, 0);
	job_reply_free(&reply);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_again),
	    cmocka_unit_test(test_job_free),
	    cmocka_unit_test(test_job_reply_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
