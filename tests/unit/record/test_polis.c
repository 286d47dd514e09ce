#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "record/polis.h"
#include "tests/unit/record/files.h"

/* An export as a spreadsheet program leaves it: byte order mark, CR LF, other
 * spelling of columns, times in seconds, a line break in a comment. */
static const char comments[] =
    "\xef\xbb\xbf"
    "timestamp,comment_id,author_id,agrees,disagrees,moderated,"
    "is_meta,comment-body\r\n"
    "1500000000,2,10,1,0,1,false,\"Buses first, trains later.\"\r\n"
    "1500000001,1,10,1,0,0,false,\"Fares must fall.\r\nFor all.\"\r\n"
    "1500000002,3,11,1,0,-1,false,Nonsense\r\n"
    "1500000003,4,12,1,0,1,false,\"The \"\"night\"\" bus.\"\r\n"
    "1500000004,5,x,1,0,1,false,No author\r\n"
    "1500000005,6,13,1,0,1,false,One, two\r\n"
    "1500000006,7,14,1,0,1,false,   \r\n"
    "1500000007,8,9,1,0,1,false,Free rides.\r\n";
static const char votes[] = "timestamp,comment-id,voter-id,vote\n"
			    "1500000000,1,10,1\n"
			    "1500000009,1,10,-1\n"
			    "1500000000,2,11,0\n"
			    "1500000000,2,11,7\n";
static const char summary[] = "topic,How should people travel?\n"
			      "conversation-description,\"A, b\nc\"\n";

static char *
export_make(void)
{
	char *dir = folder_make();

	folder_put(dir, "comments.csv", comments);
	folder_put(dir, "votes.csv", votes);
	folder_put(dir, "summary.csv", summary);
	return dir;
}

static json_t *
scenario_of(const char *dir, int64_t n, const char *seed)
{
	struct polis_ask ask = {.participants = n, .seed = seed};
	struct polis_told told;
	struct err err;
	json_t *out;

	if (polis_scenario(dir, &ask, &told, &out, &err) == -1)
		fail_msg("%s", err.text);
	faults_clear(&told.faults);
	return out;
}

static void
a_scenario_is_made(void **state)
{
	struct polis_ask ask = {.participants = 3, .seed = "1"};
	struct polis_told told;
	char *dir = export_make();
	const json_t *people, *p;
	struct err err;
	json_t *out;

	(void)state;
	assert_int_equal(polis_scenario(dir, &ask, &told, &out, &err), 0);
	assert_int_equal(told.comments, 5);
	assert_int_equal(told.moderated, 1);
	assert_int_equal(told.authors, 3);
	assert_int_equal(told.faults.n, 3);
	assert_non_null(strstr(told.faults.text.data,
	    "comments.csv: line 7: author-id must be a whole number"));
	assert_non_null(strstr(told.faults.text.data,
	    "comments.csv: line 8: there are 9 fields where the header has 8"));
	assert_non_null(strstr(told.faults.text.data,
	    "comments.csv: line 9: the comment is empty"));
	assert_string_equal(json_string_value(json_object_get(out, "question")),
	    "How should people travel?");
	people = json_object_get(out, "participants");
	assert_int_equal(json_array_size(people), 3);
	p = json_array_get(people, 0);
	assert_string_equal(
	    json_string_value(json_object_get(p, "name")), "author 9");
	p = json_array_get(people, 1);
	assert_string_equal(json_string_value(json_object_get(p, "opinion")),
	    "Fares must fall.\nFor all.\nBuses first, trains later.");
	p = json_array_get(people, 2);
	assert_string_equal(json_string_value(json_object_get(p, "opinion")),
	    "The \"night\" bus.");
	json_decref(out);
	faults_clear(&told.faults);
	folder_remove(dir);
}

static void
too_many_people_name_the_maximum(void **state)
{
	struct polis_ask ask = {.participants = 4, .seed = "1"};
	struct polis_told told;
	char *dir = export_make();
	struct err err;
	json_t *out;

	(void)state;
	assert_int_equal(polis_scenario(dir, &ask, &told, &out, &err), -1);
	assert_int_equal(err.code, ERR_INVALID_PARAMS);
	assert_non_null(strstr(err.text, "the maximum is 3"));
	assert_null(out);
	faults_clear(&told.faults);
	assert_int_equal(
	    polis_scenario("/nowhere", &ask, &told, &out, &err), -1);
	assert_int_equal(err.code, ERR_FILE);
	folder_remove(dir);
}

/* 40 authors; 5 of them can be chosen in many ways. */
static void
the_seed_chooses(void **state)
{
	struct buf b = {0};
	char *dir = folder_make(), seed[8];
	json_t *one, *same, *other;
	int i, differ = 0;

	(void)state;
	buf_adds(&b, "comment-id,author-id,moderated,comment-body\n");
	for (i = 0; i < 40; i++)
		buf_addf(&b, "%d,%d,1,Opinion %d.\n", i, i, i);
	folder_put(dir, "comments.csv", b.data);
	folder_put(dir, "summary.csv", summary);
	one = scenario_of(dir, 5, "1");
	same = scenario_of(dir, 5, "1");
	assert_true(json_equal(one, same));
	for (i = 2; i < 6; i++) {
		snprintf(seed, sizeof seed, "%d", i);
		other = scenario_of(dir, 5, seed);
		differ += !json_equal(one, other);
		json_decref(other);
	}
	assert_int_equal(differ, 4);
	json_decref(one);
	json_decref(same);
	buf_free(&b);
	folder_remove(dir);
}

static void
seconds_and_milliseconds_are_told_apart(void **state)
{
	(void)state;
	assert_int_equal(polis_ms(1500000000), 1500000000000);
	assert_int_equal(polis_ms(1500000000123), 1500000000123);
	assert_int_equal(polis_ms(0), 0);
}

static void
exports_come_back_as_they_were(void **state)
{
	char *dir = export_make();
	struct import_told told;
	struct buf recording = {0};
	struct outlet out;
	struct recording *r;
	struct err err;
	json_t *files;

	(void)state;
	assert_int_equal(import_to("polis", dir, &recording, &told, &err), 0);
	assert_int_equal(told.tables, 3);
	assert_int_equal(told.rows, 5 + 3 + 2);
	assert_int_equal(told.faults.n, 4);
	assert_non_null(strstr(told.faults.text.data,
	    "votes.csv: line 5: vote must be a whole number from -1 to 1"));
	faults_clear(&told.faults);
	out = outlet_catch(&files);
	r = recording_of(recording.data, recording.len);
	assert_int_equal(imported_files(r, &out, &err), 0);
	recording_close(r);
	assert_string_equal(caught(files, "summary.csv"), summary);
	assert_string_equal(caught(files, "votes.csv"),
	    "timestamp,comment-id,voter-id,vote\n"
	    "1500000000,1,10,1\n1500000009,1,10,-1\n1500000000,2,11,0\n");
	/* Byte order mark, CR LF and the line break within are kept. */
	assert_non_null(
	    strstr(caught(files, "comments.csv"), "\xef\xbb\xbf"
						  "timestamp,comment_id,"));
	assert_non_null(strstr(caught(files, "comments.csv"),
	    "0,false,\"Fares must fall.\r\nFor all.\"\r\n"));
	json_decref(files);
	buf_free(&recording);
	folder_remove(dir);
}

static const char *const sets[] = {"15-per-hour-seattle", "brexit-consensus",
    "london.youth.policing", "scoop-hivemind.ubi", "vtaiwan.uberx"};

static char *
whole_file(const char *path)
{
	FILE *f = fopen(path, "r");
	struct buf b = {0};
	char chunk[65536];
	size_t n;

	if (f == NULL)
		return NULL;
	while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
		buf_add(&b, chunk, n);
	fclose(f);
	return buf_take(&b);
}

/* vTaiwan alone has 50,000 votes: the test takes some seconds. */
static void
five_real_conversations_come_back_to_the_byte(void **state)
{
	char *root = shared_path("data/polis"), *dir, *path, *was;
	struct buf recording = {0};
	struct recording *r;
	struct outlet out;
	struct err err;
	const char *name;
	json_t *files, *text, *scenario;
	size_t i;

	(void)state;
	for (i = 0; root != NULL && i < 5; i++) {
		dir = xasprintf("%s/%s", root, sets[i]);
		buf_reset(&recording);
		assert_int_equal(
		    import_to("polis", dir, &recording, NULL, &err), 0);
		out = outlet_catch(&files);
		r = recording_of(recording.data, recording.len);
		assert_int_equal(imported_files(r, &out, &err), 0);
		recording_close(r);
		assert_int_equal(json_object_size(files), 4);
		json_object_foreach(files, name, text) {
			path = xasprintf("%s/%s", dir, name);
			was = whole_file(path);
			assert_non_null(was);
			assert_true(strcmp(was, json_string_value(text)) == 0);
			free(was);
			free(path);
		}
		scenario = scenario_of(dir, 5, "1");
		assert_int_equal(
		    json_array_size(json_object_get(scenario, "participants")),
		    5);
		json_decref(scenario);
		json_decref(files);
		free(dir);
	}
	buf_free(&recording);
	free(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_scenario_is_made),
	    cmocka_unit_test(too_many_people_name_the_maximum),
	    cmocka_unit_test(the_seed_chooses),
	    cmocka_unit_test(seconds_and_milliseconds_are_told_apart),
	    cmocka_unit_test(exports_come_back_as_they_were),
	    cmocka_unit_test(five_real_conversations_come_back_to_the_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
