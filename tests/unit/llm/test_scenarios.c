/*
 * The scenarios that come with Caucus: complete, and the offline drafter makes
 * something of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/mem.h"
#include "base/text.h"
#include "choice/ballot.h"
#include "llm/offline.h"

/* keep: from round 1 on the last winner has a place of its own. */
#define SHOWN(round) ((size_t)((round) == 0 ? 4 : 5))

static json_t *
scenario(const char *name)
{
	char path[256];
	json_t *s;

	snprintf(path, sizeof(path), "config/scenarios/%s", name);
	s = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	if (s == NULL)
		fail_msg("%s: run from the top folder", path);
	return s;
}

static const char *
string_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	assert_non_null(s);
	assert_true(text_visible(s) > 0);
	return s;
}

static void
check_ballots(const json_t *person, size_t rounds)
{
	const json_t *ballots = json_object_get(person, "ballots");
	const json_t *ratings = json_object_get(person, "ratings"), *row;
	int32_t rank[5];
	struct err err;

	assert_int_equal(json_array_size(ballots), rounds);
	assert_int_equal(json_array_size(ratings), rounds);
	for (size_t r = 0; r < rounds; r++) {
		if (ballot_parse_letters(
			json_string_value(json_array_get(ballots, r)), SHOWN(r),
			rank, &err) != 0)
			fail_msg("%s", err.text);
		row = json_array_get(ratings, r);
		assert_int_equal(json_array_size(row), SHOWN(r));
		for (size_t i = 0; i < SHOWN(r); i++)
			assert_in_range(
			    json_integer_value(json_array_get(row, i)), 1, 7);
	}
}

static void
check_scenario(const json_t *s, size_t people, bool ballots)
{
	const json_t *list = json_object_get(s, "participants"), *person;
	const json_t *question = json_object_get(s, "question");
	size_t n, rounds;

	string_of(question, "text");
	string_of(question, "affirming");
	string_of(question, "negating");
	rounds = 1 + (size_t)json_integer_value(json_object_get(
			 json_object_get(s, "settings"), "rounds"));
	assert_int_equal(json_array_size(list), people);
	for (size_t i = 0; i < people; i++) {
		person = json_array_get(list, i);
		string_of(person, "name");
		free(text_sentences(string_of(person, "opinion"), &n));
		assert_in_range(n, 3, 6);
		assert_int_equal(
		    json_array_size(json_object_get(person, "critiques")),
		    rounds - 1);
		if (ballots)
			check_ballots(person, rounds);
		else
			assert_null(json_object_get(person, "ballots"));
	}
}

static struct job *
scenario_job(const json_t *s, const char *winner, int index)
{
	const json_t *list = json_object_get(s, "participants"), *person;
	struct job *job = xcalloc(1, sizeof(*job));

	job->kind = JOB_DRAFT;
	job->index = index;
	job->max_chars = 1200;
	job->question =
	    xstrdup(string_of(json_object_get(s, "question"), "text"));
	job->winner = winner != NULL ? xstrdup(winner) : NULL;
	job->nopinions = json_array_size(list);
	job->opinions = xcalloc(job->nopinions, sizeof(*job->opinions));
	job->critiques = xcalloc(job->nopinions, sizeof(*job->critiques));
	for (size_t i = 0; i < job->nopinions; i++) {
		person = json_array_get(list, i);
		job->opinions[i].text = xstrdup(string_of(person, "opinion"));
		job->critiques[i].text = xstrdup(json_string_value(
		    json_array_get(json_object_get(person, "critiques"), 0)));
	}
	return job;
}

/* Eight drafts, all different, and a revision of each that differs. */
static void
check_drafts(const json_t *s)
{
	struct job_reply drafts[8], revision;
	struct job *job;

	for (int i = 0; i < 8; i++) {
		job = scenario_job(s, NULL, i);
		offline_run(job, &drafts[i]);
		job_free(job);
		assert_int_equal(drafts[i].outcome, OUTCOME_OK);
		for (int k = 0; k < i; k++)
			assert_string_not_equal(drafts[i].text, drafts[k].text);
		job = scenario_job(s, drafts[i].text, i);
		offline_run(job, &revision);
		assert_string_not_equal(revision.text, drafts[i].text);
		assert_non_null(strstr(revision.reasoning, "from critique"));
		job_reply_free(&revision);
		job_free(job);
	}
	for (int i = 0; i < 8; i++)
		job_reply_free(&drafts[i]);
}

static void
test_school_phones(void **state)
{
	json_t *s = scenario("school-phones.json");

	(void)state;
	check_scenario(s, 5, true);
	check_drafts(s);
	json_decref(s);
}

static void
test_parking(void **state)
{
	json_t *s = scenario("parking-or-green.zh.json");

	(void)state;
	check_scenario(s, 4, false);
	check_drafts(s);
	json_decref(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_school_phones),
	    cmocka_unit_test(test_parking),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
