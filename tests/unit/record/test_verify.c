#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "record/verify.h"
#include "tests/unit/record/fixture.h"

static int
verify(const struct buf *b, struct verify_report *r)
{
	return verify_bytes(b->data, b->len, r, NULL);
}

static void
good_recordings_hold(void **state)
{
	struct verify_report r;
	struct buf b = {0};
	struct play p;
	struct err err;

	(void)state;
	write_small(&b);
	assert_int_equal(verify_bytes(b.data, b.len, &r, &err), 0);
	assert_true(r.holds && r.known && !r.concluded);
	assert_int_equal(r.events, 4);
	assert_int_equal(r.inputs, 3);
	assert_int_equal(r.derived, 1);
	assert_int_equal(r.sealed, 2);
	assert_int_equal(r.open, 2);
	assert_string_equal(r.last, "session.resumed");
	buf_reset(&b);
	play_two_rounds(&p);
	write_log(&p, NULL, NULL, &b);
	assert_int_equal(verify(&b, &r), 0);
	assert_true(r.concluded);
	assert_int_equal(r.events, p.log.n);
	assert_int_equal(r.open, r.sealed);
	assert_memory_equal(r.head, p.s->hash, DIGEST_LEN);
	play_end(&p);
	buf_free(&b);
}

static void
header_alone_holds(void **state)
{
	struct verify_report r;
	struct buf b = {0};

	(void)state;
	write_small(&b);
	b.len = (size_t)(strchr(b.data, '\n') + 1 - b.data);
	assert_int_equal(verify(&b, &r), 0);
	assert_int_equal(r.events, 0);
	assert_false(r.concluded);
	buf_free(&b);
}

/* The heart: no bit of a recording can change unseen, header included. */
static void
every_flipped_bit_is_found(void **state)
{
	struct verify_report r;
	struct buf b = {0};
	size_t i;
	int bit;

	(void)state;
	write_small(&b);
	for (i = 0; i < b.len; i++) {
		for (bit = 0; bit < 8; bit++) {
			b.data[i] ^= (char)(1 << bit);
			if (verify(&b, &r) == 0)
				fail_msg("byte %zu bit %d is not seen", i, bit);
			assert_false(r.holds);
			assert_true(r.line > 0 && r.what[0] != '\0');
			b.data[i] ^= (char)(1 << bit);
		}
	}
	assert_int_equal(verify(&b, &r), 0);
	print_message("%zu flips, all found\n", b.len * 8);
	buf_free(&b);
}

/* The same for a real session, in a sample of its bytes. */
static void
flips_in_a_session_are_found(void **state)
{
	struct verify_report r;
	struct buf b = {0};
	struct play p;
	size_t i, n = 0;

	(void)state;
	play_two_rounds(&p);
	write_log(&p, NULL, NULL, &b);
	for (i = 0; i < b.len; i += 31, n++) {
		b.data[i] ^= (char)(1 << i % 8);
		if (verify(&b, &r) == 0)
			fail_msg("byte %zu is not seen", i);
		b.data[i] ^= (char)(1 << i % 8);
	}
	print_message("%zu of %zu bytes, all found\n", n, b.len);
	play_end(&p);
	buf_free(&b);
}

/* A fault is pointed at where it is. */
static void
faults_are_pointed_at(void **state)
{
	struct verify_report r;
	struct buf b = {0};
	char *text;

	(void)state;
	write_small(&b);
	text = strstr(b.data, "frei");
	*text = 'F';
	assert_int_equal(verify(&b, &r), -1);
	assert_int_equal(r.line, 3);
	assert_int_equal(r.seq, 2);
	assert_int_equal(r.events, 1);
	assert_non_null(strstr(r.what, "sealed text"));
	assert_true(r.todo[0] != '\0');
	*text = 'f';
	text = strstr(b.data, "abcdefgh");
	*text = 'b'; /* the header: seen by the first hash */
	assert_int_equal(verify(&b, &r), -1);
	assert_int_equal(r.line, 2);
	assert_non_null(strstr(r.what, "header"));
	*text = 'a';
	text = strstr(b.data, "recording");
	*text = 'R';
	assert_int_equal(verify(&b, &r), -1);
	assert_int_equal(r.line, 1);
	assert_int_equal(r.seq, 0);
	buf_free(&b);
}

/* ---- lines lost, swapped, doubled ---- */

struct lines {
	const char *at[8];
	size_t len[8], n;
};

static void
split(const struct buf *b, struct lines *l)
{
	const char *at = b->data;

	for (l->n = 0; at < b->data + b->len; l->n++) {
		l->at[l->n] = at;
		l->len[l->n] = (size_t)(strchr(at, '\n') + 1 - at);
		at += l->len[l->n];
	}
}

/* Joins lines by number; returns the line of the fault, 0 if none. */
static int64_t
joined(const struct lines *l, const char *order)
{
	struct verify_report r;
	struct buf b = {0};

	for (; *order != '\0'; order++)
		buf_add(&b, l->at[*order - '0'], l->len[*order - '0']);
	verify(&b, &r);
	assert_true(r.holds == (r.line == 0));
	buf_free(&b);
	return r.line;
}

static void
lines_keep_their_places(void **state)
{
	struct buf b = {0};
	struct lines l;

	(void)state;
	memset(&l, 0, sizeof(l));
	write_small(&b);
	split(&b, &l);
	assert_int_equal(l.n, 5);
	assert_int_equal(joined(&l, "01234"), 0);
	assert_int_equal(joined(&l, "0123"), 0); /* what was, up to there */
	assert_int_equal(joined(&l, "1234"), 1);
	assert_int_equal(joined(&l, "0234"), 2);
	assert_int_equal(joined(&l, "0134"), 3);
	assert_int_equal(joined(&l, "02134"), 2);
	assert_int_equal(joined(&l, "01243"), 4);
	assert_int_equal(joined(&l, "011234"), 3);
	assert_int_equal(joined(&l, "012344"), 6);
	assert_int_equal(joined(&l, "001234"), 2);
	assert_int_equal(joined(&l, ""), 1);
	buf_free(&b);
}

static void
cut_off_anywhere_is_found(void **state)
{
	struct verify_report r;
	struct buf b = {0};
	size_t i;

	(void)state;
	write_small(&b);
	for (i = 0; i < b.len; i++) {
		bool whole = i > 0 && b.data[i - 1] == '\n';

		assert_int_equal(
		    verify_bytes(b.data, i, &r, NULL), whole ? 0 : -1);
	}
	buf_free(&b);
}

static void
garbage_is_refused(void **state)
{
	static const char png[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
	struct verify_report r;
	struct buf b = {0};
	uint64_t x = 88172645463325252u;
	int i, k;

	(void)state;
	assert_int_equal(verify_bytes(png, sizeof(png), &r, NULL), -1);
	assert_int_equal(verify_bytes("\n\n\n", 3, &r, NULL), -1);
	assert_int_equal(verify_bytes("\xef\xbb\xbf{}\n", 6, &r, NULL), -1);
	for (i = 0; i < 200; i++) {
		buf_reset(&b);
		if (i % 2 == 1)
			write_small(&b);
		for (k = 0; k < 100; k++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			buf_add(&b, &x, sizeof(x));
		}
		buf_addc(&b, '\n');
		assert_int_equal(verify(&b, &r), -1);
		assert_int_equal(r.events, i % 2 == 1 ? 4 : 0);
	}
	buf_free(&b);
}

/* ---- schema: chains that are whole, of events that cannot be ---- */

static void (*tampering)(struct event *e);

static void
tamper(struct event *e)
{
	tampering(e);
}

static void
unknown_type(struct event *e)
{
	if (e->seq == 3) {
		free(e->type);
		e->type = xstrdup("participant.exploded");
	}
}

static void
derived_without_of(struct event *e)
{
	if (strcmp(e->type, "phase.changed") == 0)
		e->of = 0;
}

static void
input_with_of(struct event *e)
{
	if (e->seq == 3)
		e->of = 2;
}

static void
of_a_derived(struct event *e)
{
	static int64_t derived;

	if (e->seq == 1)
		derived = 0;
	if (e->of != 0 && derived != 0)
		e->of = derived;
	if (e->of != 0 && derived == 0)
		derived = e->seq;
}

static void
schema_is_checked(void **state)
{
	static const struct {
		void (*fn)(struct event *e);
		const char *says;
	} rows[] = {
	    {unknown_type, "is unknown to procedure"},
	    {derived_without_of, "is derived, but"},
	    {input_with_of, "is an input, but"},
	    {of_a_derived, "names no input"},
	};
	struct verify_report r;
	struct buf b = {0};
	struct play p;
	struct err err;
	size_t i;

	(void)state;
	play_two_rounds(&p);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		tampering = rows[i].fn;
		buf_reset(&b);
		write_tampered(&p, tamper, &b);
		assert_int_equal(verify_bytes(b.data, b.len, &r, &err), -1);
		if (strstr(r.what, rows[i].says) == NULL)
			fail_msg("%s, not: %s", r.what, rows[i].says);
		assert_non_null(strstr(err.text, rows[i].says));
	}
	play_end(&p);
	buf_free(&b);
}

/* ---- votes: chains that are whole, of ballots counted wrong ---- */

static void
other_winner(struct event *e)
{
	const char *id;

	if (strcmp(e->type, "tally.decided") != 0)
		return;
	id = json_string_value(
	    json_array_get(json_object_get(e->data, "candidates"), 1));
	json_object_set_new(e->data, "winner", json_string(id));
}

static void
other_matrix(struct event *e)
{
	json_t *row;

	if (strcmp(e->type, "tally.decided") != 0)
		return;
	row = json_array_get(json_object_get(e->data, "matrix"), 0);
	json_array_set_new(row, 1, json_integer(1));
}

static void
fewer_ballots(struct event *e)
{
	if (strcmp(e->type, "tally.decided") == 0)
		json_object_set_new(e->data, "ballots", json_integer(4));
}

static void
no_tie(struct event *e)
{
	json_t *winners;

	if (strcmp(e->type, "tally.decided") != 0)
		return;
	winners = json_object_get(e->data, "winners");
	json_array_append_new(winners, json_string("s99"));
}

static void
votes_are_counted_again(void **state)
{
	static const struct {
		void (*fn)(struct event *e);
		const char *member;
	} rows[] = {
	    {other_winner, "`winner`"},
	    {other_matrix, "`matrix`"},
	    {fewer_ballots, "`ballots`"},
	    {no_tie, "`winners`"},
	};
	struct verify_report r;
	struct buf b = {0};
	struct play p;
	size_t i;

	(void)state;
	play_two_rounds(&p);
	write_log(&p, NULL, NULL, &b);
	assert_int_equal(verify(&b, &r), 0);
	assert_int_equal(r.recounted, 2);
	assert_int_equal(r.uncounted, 0);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		tampering = rows[i].fn;
		buf_reset(&b);
		write_tampered(&p, tamper, &b);
		assert_int_equal(verify(&b, &r), -1);
		assert_non_null(strstr(r.what, "counted"));
		if (strstr(r.what, rows[i].member) == NULL)
			fail_msg("%s, not: %s", r.what, rows[i].member);
	}
	play_end(&p);
	buf_free(&b);
}

/* Whose ballots count is not only who cast one. */
static void
odd_votes_are_counted_again(void **state)
{
	static const char *const settings[] = {"{\"rounds\":0}",
	    "{\"rounds\":0,\"absent\":\"predicted\",\"ratings\":"
	    "\"optional\"}"};
	struct verify_report r;
	struct buf b = {0};
	struct play p;
	size_t i, k;
	int n;

	(void)state;
	for (i = 0; i < 4; i++) {
		play_begin(&p, settings[i % 2], NULL);
		for (n = 0; n < 5; n++)
			play_join(&p, "Kim");
		play_next(&p);
		for (n = 0; n < 5; n++)
			play_text(&p, n, "opinion", fixture_opinions[n]);
		play_jobs(&p);
		assert_string_equal(session_phase(p.s)->name, "ballot");
		for (n = 0; n < 3; n++)
			assert_int_equal(
			    play_ballot(
				&p, n, p.s->statements[p.s->slate[0]].id, NULL),
			    0);
		play_input(
		    &p, input_removed(p.s, 0, "f1", "rude", p.now, &p.entropy));
		play_input(&p, input_abstained(p.s, 1, p.now, &p.entropy));
		for (k = 0; i >= 2 && k < p.s->nslate; k++)
			assert_int_equal(
			    play_input(
				&p, input_struck(p.s,
					p.s->statements[p.s->slate[k]].id, "f1",
					"no", p.now, &p.entropy)),
			    0);
		play_next(&p);
		buf_reset(&b);
		write_log(&p, NULL, NULL, &b);
		if (verify(&b, &r) == -1)
			fail_msg("%zu: %s", i, r.what);
		assert_int_equal(r.recounted, 1);
		play_end(&p);
	}
	buf_free(&b);
}

/* A second slate, longer than the one that was voted on: whoever can write a
 * chain anew can write that.  It is counted as no ballots. */
static void
longer_slate(struct event *e)
{
	json_t *shown;
	char id[8];
	int i;

	/* The phase that opens the ballot becomes the slate once more. */
	if (strcmp(e->type, "tally.decided") == 0 &&
	    event_int(e, "round", -1) == 0) {
		free(e->type);
		e->type = xstrdup("slate.decided");
		shown = json_array();
		for (i = 1; i <= 4; i++) {
			snprintf(id, sizeof id, "s%d", i);
			json_array_append_new(shown, json_string(id));
		}
		json_object_set_new(e->data, "shown", shown);
	}
	if (strcmp(e->type, "phase.changed") == 0 &&
	    json_object_get(e->data, "to") != NULL &&
	    strcmp(event_str(e, "to"), "critique") == 0) {
		free(e->type);
		e->type = xstrdup("tally.decided");
		json_object_set_new(e->data, "round", json_integer(0));
	}
}

static void
slates_that_grow_are_survived(void **state)
{
	struct verify_report r;
	struct buf b = {0};
	struct play p;

	(void)state;
	play_begin(&p, "{\"candidates\":16,\"shown\":1,\"rounds\":1}", NULL);
	play_whole(&p, 5);
	assert_true(p.s->concluded && p.s->nstatements >= 4);
	tampering = longer_slate;
	write_tampered(&p, tamper, &b);
	assert_int_equal(verify(&b, &r), -1);
	assert_non_null(strstr(r.what, "counted"));
	play_end(&p);
	buf_free(&b);
}

static void
votes_without_ballots_are_not(void **state)
{
	struct verify_report r;
	struct buf b = {0}, text = {0};
	struct play p;

	(void)state;
	play_two_rounds(&p);
	write_log(&p, no_rankings, NULL, &b);
	assert_int_equal(verify(&b, &r), 0);
	assert_int_equal(r.recounted, 0);
	assert_int_equal(r.uncounted, 2);
	verify_text(&r, "x.jsonl", &text);
	assert_non_null(strstr(text.data, "votes not counted again: 2"));
	play_end(&p);
	buf_free(&b);
	buf_free(&text);
}

/* Another procedure's events are checked but for their types. */
static void
unknown_procedures_are_said(void **state)
{
	struct verify_report r;
	struct buf b = {0}, text = {0};
	struct play p;

	(void)state;
	play_begin(&p, NULL, NULL);
	snprintf(p.header, sizeof(p.header),
	    "{\"caucus\":\"recording\",\"format\":1,\"procedure\":"
	    "\"delphi/3\",\"program\":\"caucusd 9\",\"session\":\"s\"}");
	tampering = unknown_type;
	play_join(&p, NULL);
	write_tampered(&p, tamper, &b);
	assert_int_equal(verify(&b, &r), 0);
	assert_false(r.known);
	verify_text(&r, "x.jsonl", &text);
	assert_non_null(strstr(text.data, "delphi/3 is unknown"));
	play_end(&p);
	buf_free(&b);
	buf_free(&text);
}

/* ---- erasure ---- */

static void
erased_texts_are_unverifiable(void **state)
{
	struct verify_report r;
	struct buf b = {0}, text = {0};
	struct play p;
	json_t *o;

	(void)state;
	play_two_rounds(&p);
	assert_true(p.s->concluded);
	play_input(&p, input_withdrawn(p.s, 1, true, p.now));
	play_input(&p, input_erased(p.s, 1, NULL, p.now));
	write_log(&p, not_erased, &p, &b);
	assert_int_equal(verify(&b, &r), 0);
	assert_true(r.concluded); /* not the last event, and yet */
	assert_string_equal(r.last, "text.erased");
	assert_int_equal(r.erased, 3); /* name, opinion, critique */
	assert_int_equal(r.kept, 0);
	assert_int_equal(r.sealed, r.open + 3);
	verify_text(&r, "x.jsonl", &text);
	assert_non_null(strstr(text.data, "unverifiable: 3"));
	o = verify_json(&r);
	assert_int_equal(
	    json_integer_value(json_object_get(o, "unverifiable")), 3);
	json_decref(o);
	/* A copy that still has them is told of. */
	buf_reset(&b);
	buf_reset(&text);
	write_log(&p, NULL, NULL, &b);
	assert_int_equal(verify(&b, &r), 0);
	assert_int_equal(r.kept, 3);
	verify_text(&r, "x.jsonl", &text);
	assert_non_null(strstr(text.data, "WARNING: 3 erased"));
	play_end(&p);
	buf_free(&b);
	buf_free(&text);
}

static bool
no_names(const struct event *e, const struct sealed *item, void *arg)
{
	(void)e;
	(void)arg;
	return strcmp(item->name, "name") != 0;
}

static void
closed_items_are_counted(void **state)
{
	struct verify_report r;
	struct buf b = {0}, text = {0};
	struct play p;

	(void)state;
	play_two_rounds(&p);
	write_log(&p, no_names, NULL, &b);
	assert_int_equal(verify(&b, &r), 0);
	assert_int_equal(r.erased, 0);
	assert_int_equal(r.sealed - r.open, 5);
	verify_text(&r, "x.jsonl", &text);
	assert_non_null(strstr(text.data, "not in this copy: 5"));
	play_end(&p);
	buf_free(&b);
	buf_free(&text);
}

/* ---- telling ---- */

static void
reports_say_what_to_do(void **state)
{
	struct verify_report r;
	struct buf b = {0}, text = {0};
	const json_t *fault;
	json_t *o;

	(void)state;
	write_small(&b);
	verify(&b, &r);
	verify_text(&r, "x.jsonl", &text);
	assert_non_null(strstr(text.data, "x.jsonl: holds, open-ended\n"));
	assert_non_null(strstr(text.data, "events: 4 (inputs 3, derived 1)"));
	o = verify_json(&r);
	assert_true(json_is_true(json_object_get(o, "holds")));
	assert_true(json_is_true(json_object_get(o, "open_ended")));
	assert_null(json_object_get(o, "fault"));
	json_decref(o);
	buf_reset(&text);
	b.data[b.len - 3] ^= 1;
	verify(&b, &r);
	verify_text(&r, "x.jsonl", &text);
	assert_non_null(strstr(text.data, "DOES NOT HOLD"));
	assert_non_null(strstr(text.data, "line 5 (event 4): "));
	assert_non_null(strstr(text.data, "compare it with another copy"));
	o = verify_json(&r);
	fault = json_object_get(o, "fault");
	assert_int_equal(json_integer_value(json_object_get(fault, "line")), 5);
	json_decref(o);
	buf_reset(&text);
	b.data[0] ^= 1;
	verify(&b, &r);
	verify_text(&r, "x.jsonl", &text);
	assert_non_null(strstr(text.data, "line 1 (the header): "));
	buf_free(&b);
	buf_free(&text);
}

/* ---- files, and the other program ---- */

static void
write_file(char *path, const struct buf *b)
{
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, b->data, b->len), b->len);
	close(fd);
}

static void
files_are_verified(void **state)
{
	char path[] = "/tmp/caucus-verify-XXXXXX";
	struct verify_report r;
	struct buf b = {0}, text = {0};
	struct err err = {0};

	(void)state;
	write_small(&b);
	write_file(path, &b);
	assert_int_equal(verify_file(path, &r, &err), 0);
	assert_int_equal(r.events, 4);
	unlink(path);
	assert_int_equal(verify_file(path, &r, &err), -1);
	assert_int_equal(err.code, ERR_FILE);
	assert_false(r.holds);
	verify_text(&r, "x.jsonl", &text);
	assert_non_null(strstr(text.data, "cannot open"));
	json_decref(verify_json(&r));
	assert_int_equal(verify_file("/", &r, &err), -1); /* a folder */
	assert_int_equal(err.code, ERR_FILE);
	assert_false(r.holds);
	buf_free(&b);
	buf_free(&text);
}

/* Runs the independent verifier; its exit status, its line in out. */
static int
run_verifier(const char *tool, const char *path, char *out, size_t size)
{
	int fd[2], status;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(fd), 0);
	pid = fork();
	if (pid == 0) {
		dup2(fd[1], STDOUT_FILENO);
		close(fd[0]);
		execlp("python3", "python3", tool, path, (char *)NULL);
		_exit(127);
	}
	assert_true(pid > 0);
	close(fd[1]);
	while (
	    len + 1 < size && (n = read(fd[0], out + len, size - 1 - len)) > 0)
		len += (size_t)n;
	out[len] = '\0';
	close(fd[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
agree(const char *tool, const struct buf *b)
{
	char path[] = "/tmp/caucus-verify-XXXXXX", out[512], expected[512];
	struct verify_report r;

	assert_int_equal(verify(b, &r), 0);
	write_file(path, b);
	assert_int_equal(run_verifier(tool, path, out, sizeof(out)), 0);
	snprintf(expected, sizeof(expected),
	    "%s: ok, %d events (%d inputs, %d derived), %d of %d sealed "
	    "bodies present%s\n",
	    path, (int)r.events, (int)r.inputs, (int)r.derived, (int)r.open,
	    (int)r.sealed,
	    strcmp(r.last, "session.concluded") == 0 ? "" : ", open-ended");
	assert_string_equal(out, expected);
	unlink(path);
}

static void
the_other_verifier_agrees(void **state)
{
	const char *shared = getenv("CAUCUS_SHARED");
	char tool[512];
	struct buf b = {0};
	struct play p;

	(void)state;
	snprintf(tool, sizeof(tool), "%s/tools/verify_recording.py",
	    shared != NULL ? shared : "../shared");
	if (access(tool, R_OK) == -1) {
		print_message("SKIPPED: no %s; set CAUCUS_SHARED\n", tool);
		skip();
	}
	write_small(&b);
	agree(tool, &b);
	buf_reset(&b);
	play_two_rounds(&p);
	write_log(&p, NULL, NULL, &b);
	agree(tool, &b);
	play_input(&p, input_withdrawn(p.s, 2, true, p.now));
	play_input(&p, input_erased(p.s, 2, NULL, p.now));
	buf_reset(&b);
	write_log(&p, not_erased, &p, &b);
	agree(tool, &b);
	play_end(&p);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(good_recordings_hold),
	    cmocka_unit_test(header_alone_holds),
	    cmocka_unit_test(every_flipped_bit_is_found),
	    cmocka_unit_test(flips_in_a_session_are_found),
	    cmocka_unit_test(faults_are_pointed_at),
	    cmocka_unit_test(lines_keep_their_places),
	    cmocka_unit_test(cut_off_anywhere_is_found),
	    cmocka_unit_test(garbage_is_refused),
	    cmocka_unit_test(schema_is_checked),
	    cmocka_unit_test(votes_are_counted_again),
	    cmocka_unit_test(odd_votes_are_counted_again),
	    cmocka_unit_test(slates_that_grow_are_survived),
	    cmocka_unit_test(votes_without_ballots_are_not),
	    cmocka_unit_test(unknown_procedures_are_said),
	    cmocka_unit_test(erased_texts_are_unverifiable),
	    cmocka_unit_test(closed_items_are_counted),
	    cmocka_unit_test(reports_say_what_to_do),
	    cmocka_unit_test(files_are_verified),
	    cmocka_unit_test(the_other_verifier_agrees),
	};

	mem_setup();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
