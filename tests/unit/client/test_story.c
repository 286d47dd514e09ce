/* Stories of deliberations that the engine alone has played. */
#include "client/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "client/tell.h"
#include "record/recording.h"
#include "tests/fake/play.h"

static json_t *
story_of(struct play *p)
{
	struct buf lines = {0};
	struct err err;
	json_t *story;
	size_t i;

	buf_addf(&lines, "%s\n", p->header);
	for (i = 0; i < p->log.n; i++) {
		recording_line(&lines, p->log.v[i], NULL, NULL);
		buf_addc(&lines, '\n');
	}
	story = story_read(lines.data, lines.len, &err);
	if (story == NULL)
		fail_msg("%s", err.text);
	buf_free(&lines);
	return story;
}

static const char *
str(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static void
test_whole(void **state)
{
	struct play p;
	json_t *story, *round, *run, *again;
	char *a, *b;

	(void)state;
	play_begin(&p, "{\"candidates\":6,\"shown\":3}", "7");
	play_whole(&p, 4);
	story = story_of(&p);
	assert_string_equal(str(story, "seed"), "7");
	assert_non_null(strstr(str(story, "drafter"), "offline"));
	assert_int_equal(
	    json_array_size(json_object_get(story, "participants")), 4);
	assert_int_equal(json_array_size(json_object_get(story, "rounds")), 2);
	round = json_array_get(json_object_get(story, "rounds"), 1);
	/* The kept winner stands beside the drafts. */
	assert_int_equal(json_array_size(json_object_get(round, "shown")), 4);
	assert_int_equal(json_array_size(json_object_get(round, "ballots")), 4);
	assert_int_equal(
	    json_object_size(json_object_get(round, "critiques")), 4);
	assert_string_equal(
	    str(json_object_get(story, "result"), "outcome"), "consensus");
	run = story_run_json(story, NULL, NULL);
	a = json_dumps(run, JSON_COMPACT);
	again = story_of(&p);
	json_decref(run);
	run = story_run_json(again, NULL, NULL);
	b = json_dumps(run, JSON_COMPACT);
	assert_string_equal(a, b);
	assert_null(strstr(a, "hash"));
	assert_null(strstr(a, "\"at\""));
	free(a);
	free(b);
	json_decref(run);
	json_decref(again);
	json_decref(story);
	play_end(&p);
}

/* Statements stand in the order of their numbers, s2 before s10. */
static void
test_order(void **state)
{
	const json_t *round, *st;
	struct play p;
	json_t *story;
	size_t i, k;
	int last;

	(void)state;
	play_begin(&p, "{\"candidates\":16}", "3");
	play_whole(&p, 5);
	story = story_of(&p);
	json_array_foreach(json_object_get(story, "rounds"), i, round) {
		last = 0;
		json_array_foreach(
		    json_object_get(round, "statements"), k, st) {
			assert_true(atoi(str(st, "id") + 1) > last);
			last = atoi(str(st, "id") + 1);
			assert_string_equal(str(st, "by"), "offline");
			assert_non_null(str(st, "text"));
		}
	}
	json_decref(story);
	play_end(&p);
}

/* Abstaining, replacing, proposing and predictions. */
static void
test_people(void **state)
{
	static const char *const expected[] = {"cast", "predicted"};
	const json_t *round, *ballots, *st;
	struct play p;
	json_t *story;
	size_t i;
	bool proposed = false;

	(void)state;
	play_begin(&p,
	    "{\"candidates\":4,\"shown\":3,\"rounds\":0,\"absent\":"
	    "\"predicted\",\"ratings\":\"optional\"}",
	    "7");
	for (i = 0; i < 3; i++)
		play_join(&p, i == 0 ? "Ada" : "Ben");
	play_next(&p);
	play_input(&p, input_proposed(p.s, &(struct actor){.participant = 1},
			   "Let the class decide every year.", NULL, NULL,
			   p.now, &p.entropy));
	play_text(&p, 0, "opinion", "Phones distract us all the time.");
	play_text(&p, 0, "opinion", "Phones distract us in lessons.");
	play_text(&p, 1, "opinion", "Parents must reach their children.");
	play_input(&p, input_abstained(p.s, 2, p.now, &p.entropy));
	play_jobs(&p);
	play_ballot(&p, 0, p.s->statements[p.s->slate[0]].id, NULL);
	play_input(&p, input_abstained(p.s, 2, p.now, &p.entropy));
	play_next(&p);
	story = story_of(&p);
	assert_string_equal(
	    str(json_array_get(json_object_get(story, "participants"), 0),
		"opinion"),
	    "Phones distract us in lessons.");
	round = json_array_get(json_object_get(story, "rounds"), 0);
	ballots = json_object_get(round, "ballots");
	assert_int_equal(json_array_size(ballots), 2);
	for (i = 0; i < 2; i++)
		assert_string_equal(
		    str(json_array_get(ballots, i), "kind"), expected[i]);
	assert_string_equal(
	    str(json_array_get(ballots, 0), "participant"), "Ada");
	json_array_foreach(json_object_get(round, "statements"), i, st) {
		proposed |= strcmp(str(st, "by"), "participant") == 0;
	}
	assert_true(proposed);
	json_decref(story);
	play_end(&p);
}

/* Told in every width without anything but its own line ends. */
static void
test_told(void **state)
{
	struct term t = {.width = 60};
	struct play p;
	json_t *story;
	char *text = NULL;
	size_t len;

	(void)state;
	play_begin(&p, "{\"candidates\":6,\"shown\":3}", "7");
	play_whole(&p, 4);
	story = story_of(&p);
	t.f = open_memstream(&text, &len);
	tell_story(&t, story);
	fclose(t.f);
	assert_non_null(strstr(text, "Consensus"));
	assert_non_null(strstr(text, "stands again"));
	assert_non_null(strstr(text, "beats"));
	assert_null(strchr(text, '\033'));
	free(text);
	json_decref(story);
	play_end(&p);
}

static void
test_broken(void **state)
{
	struct err err;

	(void)state;
	assert_null(story_read("{}\n", 3, &err));
	assert_int_equal(err.code, ERR_BROKEN);
}

/* ---- a session that asked everything (preset paper) ---- */

static char *
file_bytes(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	struct buf b = {0};
	char part[4096];
	size_t n;

	assert_non_null(f);
	while ((n = fread(part, 1, sizeof part, f)) > 0)
		buf_add(&b, part, n);
	fclose(f);
	*len = b.len;
	return buf_take(&b);
}

static json_t *
paper_story(void)
{
	struct err err;
	json_t *story;
	size_t len;
	char *bytes =
	    file_bytes("tests/golden/paper-school-phones.jsonl", &len);

	story = story_read(bytes, len, &err);
	if (story == NULL)
		fail_msg("%s", err.text);
	free(bytes);
	return story;
}

static void
test_beside(void **state)
{
	json_t *story = paper_story();
	const json_t *people = json_object_get(story, "participants");
	const json_t *result = json_object_get(story, "result");
	const json_t *leyla = json_array_get(people, 2);
	const json_t *dissents = json_object_get(result, "dissents");

	(void)state;
	assert_string_equal(
	    str(json_object_get(story, "labels"), "arm"), "paper");
	assert_string_equal(str(leyla, "name"), "Leyla");
	assert_int_equal(
	    json_integer_value(json_object_get(leyla, "position")), 2);
	assert_int_equal(
	    json_integer_value(json_object_get(leyla, "position_after")), 3);
	assert_int_equal(
	    json_integer_value(json_object_get(leyla, "importance")), 5);
	assert_int_equal(json_integer_value(json_object_get(
			     json_object_get(leyla, "survey"), "pressure")),
	    3);
	assert_string_equal(
	    str(json_object_get(leyla, "labels"), "role"), "pupil");
	assert_string_equal(
	    str(json_object_get(json_array_get(people, 1), "words"),
		"view_why"),
	    "I had not thought of the children who need a phone for their "
	    "health.");
	/* in the order of their words, one signed and one not */
	assert_int_equal(json_array_size(dissents), 2);
	assert_string_equal(
	    str(json_array_get(dissents, 0), "signature"), "Leyla");
	assert_null(str(json_array_get(dissents, 1), "signature"));
	json_decref(story);
}

/* The page in every language: outcome first, no field left unfilled. */
static void
test_page(void **state)
{
	static const char *const files[] = {
	    NULL, "config/messages/zh", "config/messages/ru"};
	json_t *story = paper_story();
	struct messages *m = NULL;
	struct term t;
	struct err err;
	char *page, *bytes;
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof files / sizeof *files; i++) {
		if (files[i] != NULL) {
			bytes = file_bytes(files[i], &len);
			m = messages_read(bytes, len, files[i], &err);
			free(bytes);
			assert_non_null(m);
		}
		t = (struct term){.width = 80, .words = m};
		t.f = open_memstream(&page, &len);
		tell_page(&t, story);
		fclose(t.f);
		assert_null(strchr(page, '{'));
		assert_non_null(strstr(page, "Leyla"));
		if (m == NULL)
			assert_true(strstr(page, "Consensus") <
				    strstr(page, "Dissent"));
		free(page);
		messages_free(m);
		m = NULL;
	}
	json_decref(story);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_whole),
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_people),
	    cmocka_unit_test(test_told),
	    cmocka_unit_test(test_broken),
	    cmocka_unit_test(test_beside),
	    cmocka_unit_test(test_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
