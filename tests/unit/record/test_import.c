#include "record/import.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "record/replay.h"
#include "record/tables.h"
#include "tests/unit/record/files.h"
#include "tests/unit/record/fixture.h"

/* ---- the Habermas Machine's tables ---- */

/* One row of two iterations: ranks over c1 c2 c3 (iteration 0) or c4 c5. */
static char *
hm_row(const char *round, int iteration, const char *who, const char *ranks,
    const char *top)
{
	return xasprintf(
	    "{\"round_id\":\"%s\",\"iteration_index\":%d.0,\"worker_id\":"
	    "\"%s\",\"launch_id\":7,\"question.text\":\"Q?\","
	    "\"own_opinion.text\":\"Mine.\",\"candidates.text\":%s,"
	    "\"candidates.metadata.id\":%s,\"rankings.candidate_ids\":%s,"
	    "\"rankings.numerical_ranks\":%s,\"ratings.agreement\":%s,"
	    "\"something.new\":{\"a\":[1.5,null]}%s%s%s}\n",
	    round, iteration, who,
	    iteration == 0 ? "[\"A\",\"B\",\"C\"]" : "[\"D\",\"E\"]",
	    iteration == 0 ? "[\"c1\",\"c2\",\"c3\"]" : "[\"c4\",\"c5\"]",
	    iteration == 0 ? "[\"c1\",\"c2\",\"c3\"]" : "[\"c4\",\"c5\"]",
	    ranks,
	    iteration == 0 ? "[\"AGREE\",\"MOCK\",\"NEUTRAL\"]"
			   : "[\"STRONGLY_AGREE\",\"DISAGREE\"]",
	    top != NULL ? ",\"critique.text\":\"No.\",\"top_candidate."
			  "metadata.id\":\""
			: "",
	    top != NULL ? top : "", top != NULL ? "\"" : "");
}

static char *
hm_make(struct buf *rows)
{
	static const char *const ranks[][2] = {{"[0,1,2]", "[0,1]"},
	    {"[0,2.0,1]", "[1,0]"}, {"[1,0,2]", "[-1,-1]"}};
	static const char *const people[] = {"w1", "w2", "w3"};
	char *dir = folder_make(), *row;
	int i, it;

	for (it = 0; it < 2; it++)
		for (i = 0; i < 3; i++) {
			row = hm_row("r1", it, people[i], ranks[i][it],
			    it == 1 ? "c1" : NULL);
			buf_adds(rows, row);
			free(row);
		}
	folder_put(dir, "hm_all_candidate_comparisons.jsonl", rows->data);
	/* Iteration 1 is tied, one to one: whoever won, a lot decided. */
	folder_put(dir, "round_survey_responses.csv",
	    "worker_id,candidate.text,candidate.metadata.id,felt_heard\n"
	    "w1,E,c5,\"yes, \"\"very\"\"\"\n");
	return dir;
}

static void
published_winners_are_counted_again(void **state)
{
	struct buf rows = {0}, recording = {0};
	char *dir = hm_make(&rows);
	struct replay_report r;
	struct err err;
	struct buf text = {0};

	(void)state;
	assert_int_equal(import_to("hm", dir, &recording, NULL, &err), 0);
	assert_int_equal(
	    replay_bytes(recording.data, recording.len, &r, &err), 0);
	assert_int_equal(r.outcome, REPLAY_RETALLIED);
	assert_true(r.verify.holds);
	assert_true(r.verify.concluded);
	assert_string_equal(r.verify.header.imported, "hm");
	assert_int_equal(r.retally.elections, 2);
	assert_int_equal(r.retally.published, 2);
	assert_int_equal(r.retally.sole, 1);
	assert_int_equal(r.retally.lot, 1);
	assert_int_equal(r.retally.outside, 0);
	replay_text(&r, "file", &text);
	assert_non_null(strstr(text.data,
	    "published winners: 2, in our winner set: 2 (the only one: 1, one "
	    "of several, so a lot decided: 1)"));
	buf_free(&text);
	replay_report_clear(&r);
	buf_free(&recording);
	buf_free(&rows);
	folder_remove(dir);
}

static void
a_winner_outside_our_set_is_named(void **state)
{
	struct buf rows = {0}, recording = {0};
	char *dir = hm_make(&rows), *row;
	struct replay_report r;
	struct err err;

	(void)state;
	row = hm_row("r2", 0, "w1", "[0,1,2]", NULL);
	buf_adds(&rows, row);
	free(row);
	row = hm_row("r2", 1, "w1", "[0,1]", "c3");
	buf_adds(&rows, row);
	free(row);
	folder_put(dir, "hm_all_candidate_comparisons.jsonl", rows.data);
	folder_put(dir, "round_survey_responses.csv",
	    "worker_id,candidate.text\nw1,E\n");
	assert_int_equal(import_to("hm", dir, &recording, NULL, &err), 0);
	assert_int_equal(
	    replay_bytes(recording.data, recording.len, &r, &err), 0);
	assert_int_equal(r.retally.outside, 1);
	assert_string_equal(r.retally.first, "r2, round 0");
	replay_report_clear(&r);
	buf_free(&recording);
	buf_free(&rows);
	folder_remove(dir);
}

static json_t *
files_of(const struct buf *recording)
{
	struct recording *r = recording_of(recording->data, recording->len);
	struct outlet out;
	struct err err;
	json_t *files;

	out = outlet_catch(&files);
	if (imported_files(r, &out, &err) == -1)
		fail_msg("%s", err.text);
	recording_close(r);
	return files;
}

static void
unknown_columns_are_kept(void **state)
{
	struct buf rows = {0}, recording = {0};
	char *dir = hm_make(&rows);
	struct err err;
	json_t *files;

	(void)state;
	assert_int_equal(import_to("hm", dir, &recording, NULL, &err), 0);
	files = files_of(&recording);
	assert_string_equal(
	    caught(files, "hm_all_candidate_comparisons.jsonl"), rows.data);
	assert_string_equal(caught(files, "round_survey_responses.csv"),
	    "worker_id,candidate.text,candidate.metadata.id,felt_heard\n"
	    "w1,E,c5,\"yes, \"\"very\"\"\"\n");
	json_decref(files);
	buf_free(&recording);
	buf_free(&rows);
	folder_remove(dir);
}

static void
their_tables_become_ours(void **state)
{
	struct buf rows = {0}, recording = {0};
	char *dir = hm_make(&rows);
	struct recording *r;
	struct tables t;
	struct err err;
	const json_t *s;

	(void)state;
	assert_int_equal(import_to("hm", dir, &recording, NULL, &err), 0);
	tables_init(&t);
	r = recording_of(recording.data, recording.len);
	assert_int_equal(tables_read(&t, r, &err), 0);
	recording_close(r);
	s = json_array_get(t.rows[TABLE_SESSIONS], 0);
	assert_string_equal(cell_str(s, "session"), "r1");
	assert_string_equal(cell_str(s, "question"), "Q?");
	assert_int_equal(cell_int(s, "label.launch_id", 0), 7);
	assert_int_equal(json_array_size(t.rows[TABLE_PARTICIPANTS]), 3);
	assert_int_equal(json_array_size(t.rows[TABLE_OPINIONS]), 3);
	assert_int_equal(json_array_size(t.rows[TABLE_CRITIQUES]), 3);
	assert_int_equal(json_array_size(t.rows[TABLE_STATEMENTS]), 5);
	/* 9 ranks and 4; a mock is no rank and no rating. */
	assert_int_equal(json_array_size(t.rows[TABLE_BALLOTS]), 13);
	assert_int_equal(json_array_size(t.rows[TABLE_RATINGS]), 12);
	tables_clear(&t);
	buf_free(&recording);
	buf_free(&rows);
	folder_remove(dir);
}

static void
bad_rows_are_named_by_line(void **state)
{
	struct import_told told;
	struct buf recording = {0};
	char *dir = folder_make();
	struct err err;

	(void)state;
	folder_put(dir, "a.csv",
	    "round_id,iteration_index,worker_id,rankings.numerical_ranks\n"
	    "r1,0,w1,\"[0,1]\"\n"
	    ",0,w2,\"[0,1]\"\n"
	    "r1,x,w2,\"[0,1]\"\n"
	    "r1,0,,\"[0,1]\"\n"
	    "r1,0,w3,\"[0,-2]\"\n"
	    "r1,0,w4,0\n"
	    "r1,0,w5,\n");
	char *path = xasprintf("%s/a.csv", dir);
	assert_int_equal(import_to("hm", path, &recording, &told, &err), 0);
	assert_int_equal(told.rows, 2);
	assert_int_equal(told.faults.n, 5);
	assert_non_null(strstr(
	    told.faults.text.data, "a.csv: line 3: round_id is missing"));
	assert_non_null(strstr(told.faults.text.data, "a.csv: line 4: iter"));
	assert_non_null(strstr(told.faults.text.data, "a.csv: line 5: worker"));
	assert_non_null(strstr(told.faults.text.data, "a.csv: line 6: rank"));
	assert_non_null(strstr(told.faults.text.data, "a.csv: line 7: rank"));
	faults_clear(&told.faults);
	free(path);
	buf_free(&recording);
	folder_remove(dir);
}

/* What we write in their form, we read; and elect as we did. */
static void
our_sessions_pass_through_their_tables(void **state)
{
	struct buf b = {0}, recording = {0};
	struct replay_report report;
	struct outlet out;
	struct recording *r;
	struct tables t;
	struct err err;
	struct play p;
	const char *name;
	json_t *files, *text;
	char *dir = folder_make();

	(void)state;
	play_two_rounds(&p);
	write_log(&p, NULL, NULL, &b);
	tables_init(&t);
	r = recording_of(b.data, b.len);
	assert_int_equal(tables_read(&t, r, &err), 0);
	recording_close(r);
	out = outlet_catch(&files);
	assert_int_equal(format_find("hm")->write(&t, &out, &err), 0);
	json_object_foreach(files, name, text)
		folder_put(dir, name, json_string_value(text));
	assert_int_equal(import_to("hm", dir, &recording, NULL, &err), 0);
	assert_int_equal(
	    replay_bytes(recording.data, recording.len, &report, &err), 0);
	assert_int_equal(report.retally.elections, 2);
	assert_int_equal(report.retally.published, 2);
	assert_int_equal(report.retally.outside, 0);
	replay_report_clear(&report);
	json_decref(files);
	tables_clear(&t);
	play_end(&p);
	buf_free(&b);
	buf_free(&recording);
	folder_remove(dir);
}

/* ---- PrefLib ---- */

static void
orders_are_counted_and_written_again(void **state)
{
	static const char toc[] = "# FILE NAME: few.toc\n"
				  "# NUMBER ALTERNATIVES: 3\n"
				  "# ALTERNATIVE NAME 1: Tea\n"
				  "# ALTERNATIVE NAME 2: Milk\n"
				  "# ALTERNATIVE NAME 3: Water\n"
				  "4: 3,{1,2}\n"
				  "2: {1, 2},3\n"
				  "nonsense\n"
				  "1: 2,,1\n"
				  "1: {1,{2}}\n"
				  "0: 1,2,3\n";
	struct import_told told;
	struct buf recording = {0};
	char *dir = folder_make(), *path = xasprintf("%s/few.toc", dir);
	struct outlet out;
	struct recording *r;
	struct tables t;
	struct err err;
	json_t *files;

	(void)state;
	folder_put(dir, "few.toc", toc);
	assert_int_equal(
	    import_to("preflib", path, &recording, &told, &err), 0);
	assert_int_equal(told.rows, 7);
	assert_int_equal(told.faults.n, 4);
	assert_non_null(strstr(told.faults.text.data, "few.toc: line 8: "));
	faults_clear(&told.faults);
	tables_init(&t);
	r = recording_of(recording.data, recording.len);
	assert_int_equal(tables_read(&t, r, &err), 0);
	recording_close(r);
	out = outlet_catch(&files);
	assert_int_equal(format_find("preflib")->write(&t, &out, &err), 0);
	assert_string_equal(caught(files, "few-0.toc"),
	    "# FILE NAME: few-0.toc\n# TITLE: session few, round 0\n"
	    "# DATA TYPE: toc\n# MODIFICATION TYPE: original\n"
	    "# NUMBER ALTERNATIVES: 3\n# NUMBER VOTERS: 6\n"
	    "# NUMBER UNIQUE ORDERS: 2\n# ALTERNATIVE NAME 1: Tea\n"
	    "# ALTERNATIVE NAME 2: Milk\n# ALTERNATIVE NAME 3: Water\n"
	    "4: 3,{1,2}\n2: {1,2},3\n");
	json_decref(files);
	tables_clear(&t);
	buf_free(&recording);
	free(path);
	folder_remove(dir);
}

/* By content: strict or with ties, complete or not. */
static void
the_ending_follows_the_orders(void **state)
{
	static const struct {
		const char *orders, *name;
	} cases[] = {
	    {"1: 1,2,3\n1: 3,2,1\n", "e-0.soc"},
	    {"1: 1,2,3\n1: 3,{1,2}\n", "e-0.toc"},
	    {"1: 1,2,3\n1: 3\n", "e-0.soi"},
	    {"1: 1,2,3\n1: {1,3}\n", "e-0.toi"},
	};
	struct buf recording = {0};
	char *dir = folder_make(), *path = xasprintf("%s/e.txt", dir);
	struct outlet out;
	struct recording *r;
	struct tables t;
	json_t *files;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		folder_put(dir, "e.txt", cases[i].orders);
		buf_reset(&recording);
		assert_int_equal(
		    import_to("preflib", path, &recording, NULL, NULL), 0);
		tables_init(&t);
		r = recording_of(recording.data, recording.len);
		assert_int_equal(tables_read(&t, r, NULL), 0);
		recording_close(r);
		out = outlet_catch(&files);
		assert_int_equal(
		    format_find("preflib")->write(&t, &out, NULL), 0);
		assert_non_null(
		    strstr(caught(files, cases[i].name), cases[i].orders));
		json_decref(files);
		tables_clear(&t);
	}
	buf_free(&recording);
	free(path);
	folder_remove(dir);
}

/* ---- the recording ---- */

static void
no_flipped_byte_goes_unseen(void **state)
{
	struct verify_report report;
	struct buf recording = {0};
	char *dir = folder_make();
	struct err err;
	size_t i;

	(void)state;
	folder_put(dir, "scenarios.json",
	    "{\"question\": \"Q?\",\n"
	    " \"participants\": [{\"name\": \"A\", \"opinion\": \"B\"}]}\n");
	char *path = xasprintf("%s/scenarios.json", dir);
	assert_int_equal(
	    import_to("scenario", path, &recording, NULL, &err), 0);
	assert_int_equal(
	    verify_bytes(recording.data, recording.len, &report, &err), 0);
	assert_true(report.known);
	for (i = 0; i < recording.len; i++) {
		recording.data[i] ^= 1;
		if (verify_bytes(
			recording.data, recording.len, &report, &err) == 0)
			fail_msg("byte %zu", i);
		recording.data[i] ^= 1;
	}
	free(path);
	buf_free(&recording);
	folder_remove(dir);
}

static void
what_is_nothing_is_refused(void **state)
{
	struct buf recording = {0};
	char *dir = folder_make();
	struct err err;

	(void)state;
	assert_int_equal(
	    import_to("polis", "/nowhere", &recording, NULL, &err), -1);
	assert_int_equal(err.code, ERR_FILE);
	assert_int_equal(import_to("polis", dir, &recording, NULL, &err), -1);
	assert_non_null(strstr(err.text, "there is no comments.csv"));
	folder_put(dir, "x.csv", "a,b\n1,2\n");
	char *path = xasprintf("%s/x.csv", dir);
	assert_int_equal(import_to("hm", path, &recording, NULL, &err), -1);
	assert_non_null(strstr(err.text, "no table of the format hm"));
	folder_put(dir, "comments.csv", "comment-id,author-id\n");
	folder_put(dir, "votes.csv", "comment-id,voter-id,vote\n1,2,9\n");
	assert_int_equal(import_to("polis", dir, &recording, NULL, &err), -1);
	assert_non_null(strstr(err.text, "not one good row"));
	free(path);
	buf_free(&recording);
	folder_remove(dir);
}

/* A recording that says it was imported and holds what none does. */
static void
hostile_recordings_are_refused(void **state)
{
	static const char *const events[] = {
	    "{\"line\":2,\"table\":\"votes\"}", /* no table began */
	    "{\"columns\":1}",			/* which table? */
	};
	static const char *const types[] = {"imported.row", "imported.table"};
	static const uint8_t salt[SALT_LEN] = {1};
	struct digest_part part;
	uint8_t hash[DIGEST_LEN];
	struct buf b = {0};
	struct replay_report r;
	struct event *e;
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		buf_reset(&b);
		recording_header_imported(&b, "abcdefgh23456777", "x", "polis");
		part = (struct digest_part){b.data, b.len};
		digest_sha256(&part, 1, hash);
		buf_addc(&b, '\n');
		e = event_make(types[i], json_loads(events[i], 0, NULL));
		event_seal(e, "row", "[\"1\"]", salt);
		event_place(e, 1, hash);
		recording_line(&b, e, NULL, NULL);
		buf_addc(&b, '\n');
		event_destroy(e);
		assert_int_equal(replay_bytes(b.data, b.len, &r, &err), -1);
		assert_int_equal(r.outcome, REPLAY_IMPOSSIBLE);
		assert_true(r.verify.holds);
		replay_report_clear(&r);
	}
	buf_free(&b);
}

/* Rows that no import would have let pass are passed over: a table of lines
 * that says it is CSV, and ranks beyond all bounds. */
static void
rows_are_checked_again(void **state)
{
	static const struct {
		const char *format, *table, *kind, *columns, *row;
	} cases[] = {
	    {"preflib", "orders", "csv", "[\"a\"]", "[\"1: 1,2\"]"},
	    {"polis", "summary", "jsonl", NULL, "{\"topic\":1}"},
	    {"polis", "votes", "lines", NULL, "1"},
	    {"scenario", "scenarios", "csv", "[\"question\"]", "[\"x\"]"},
	    {"hm", "candidate_comparisons", "jsonl", NULL,
		"{\"round_id\":1,\"worker_id\":2,\"iteration_index\":0,"
		"\"rankings.numerical_ranks\":[99999999999]}"},
	};
	static const uint8_t salt[SALT_LEN] = {1};
	struct digest_part part;
	struct replay_report r;
	uint8_t hash[DIGEST_LEN];
	struct event *e[2];
	struct buf b = {0};
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		buf_reset(&b);
		recording_header_imported(
		    &b, "abcdefgh23456777", "x", cases[i].format);
		part = (struct digest_part){b.data, b.len};
		digest_sha256(&part, 1, hash);
		buf_addc(&b, '\n');
		e[0] = event_make("imported.table",
		    json_pack("{s:s,s:s}", "table", cases[i].table, "kind",
			cases[i].kind));
		if (cases[i].columns != NULL)
			event_seal(e[0], "columns", cases[i].columns, salt);
		e[1] = event_make("imported.row",
		    json_pack("{s:s}", "table", cases[i].table));
		event_seal(e[1], "row", cases[i].row, salt);
		for (k = 0; k < 2; k++) {
			event_place(e[k], (int64_t)k + 1, hash);
			memcpy(hash, e[k]->hash, DIGEST_LEN);
			recording_line(&b, e[k], NULL, NULL);
			buf_addc(&b, '\n');
			event_destroy(e[k]);
		}
		assert_int_equal(replay_bytes(b.data, b.len, &r, NULL), 0);
		assert_int_equal(r.outcome, REPLAY_RETALLIED);
		assert_int_equal(r.retally.elections, 0);
		replay_report_clear(&r);
	}
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(published_winners_are_counted_again),
	    cmocka_unit_test(a_winner_outside_our_set_is_named),
	    cmocka_unit_test(unknown_columns_are_kept),
	    cmocka_unit_test(their_tables_become_ours),
	    cmocka_unit_test(bad_rows_are_named_by_line),
	    cmocka_unit_test(our_sessions_pass_through_their_tables),
	    cmocka_unit_test(orders_are_counted_and_written_again),
	    cmocka_unit_test(the_ending_follows_the_orders),
	    cmocka_unit_test(no_flipped_byte_goes_unseen),
	    cmocka_unit_test(what_is_nothing_is_refused),
	    cmocka_unit_test(hostile_recordings_are_refused),
	    cmocka_unit_test(rows_are_checked_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
