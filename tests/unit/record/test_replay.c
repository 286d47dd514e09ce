#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "record/replay.h"
#include "tests/unit/record/fixture.h"

static int
replay(const struct buf *b, struct replay_report *r)
{
	return replay_bytes(b->data, b->len, r, NULL);
}

static void
assert_identical(const struct play *p, int64_t unverifiable)
{
	struct replay_report r;
	struct buf b = {0};

	write_log(p, not_erased, (void *)p, &b);
	if (replay(&b, &r) == -1)
		fail_msg("event %d: %s\n%s\n%s\n%s", (int)r.seq, r.what,
		    r.recorded, r.computed, r.verify.what);
	assert_int_equal(r.outcome, REPLAY_IDENTICAL);
	assert_int_equal(r.inputs + r.derived, p->log.n);
	assert_int_equal(r.unverifiable, unverifiable);
	replay_report_clear(&r);
	buf_free(&b);
}

/* ---- identical ---- */

static void
whole_sessions_replay(void **state)
{
	struct play p;

	(void)state;
	play_two_rounds(&p);
	assert_true(p.s->concluded);
	assert_identical(&p, 0);
	play_end(&p);
	play_begin(&p, "{\"anonymous\":false,\"candidates\":3}", "another");
	play_whole(&p, 3);
	assert_identical(&p, 0);
	play_end(&p);
}

/* Cut after any input and what it came to, as an export of a live session. */
static void
open_sessions_replay(void **state)
{
	struct play p;
	size_t all, n;

	(void)state;
	play_two_rounds(&p);
	all = p.log.n;
	for (n = 0; n <= all; n++) {
		if (n < all && p.log.v[n]->of != 0)
			continue;
		p.log.n = n;
		assert_identical(&p, 0);
	}
	play_end(&p);
}

static bool
happened(const struct play *p, const char *type)
{
	size_t i;

	for (i = 0; i < p->log.n; i++) {
		if (strcmp(p->log.v[i]->type, type) == 0)
			return true;
	}
	return false;
}

static void
crooked_sessions_replay(void **state)
{
	static const char *const types[] = {"session.paused",
	    "contribution.taken_back", "statement.proposed", "session.extended",
	    "text.withheld", "timer.fired", "deadline.extended",
	    "participant.removed", "participant.withdrawn", "slate.decided",
	    "tally.decided", "session.aborted"};
	struct play p;
	size_t i;

	(void)state;
	play_crooked(&p);
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (!happened(&p, types[i]))
			fail_msg("no %s", types[i]);
	}
	assert_true(p.s->concluded);
	assert_identical(&p, 0);
	play_end(&p);
}

/* ---- erased ---- */

static void
erase(struct play *p, int who)
{
	assert_int_equal(
	    play_input(p, input_withdrawn(p->s, who, true, p->now)), 0);
	assert_int_equal(
	    play_input(p, input_erased(p->s, who, NULL, p->now)), 0);
}

static void
erased_sessions_replay(void **state)
{
	struct play p;
	int i;

	(void)state;
	play_two_rounds(&p);
	for (i = 0; i < 5; i++)
		erase(&p, i);
	assert_identical(&p, 0); /* no derived event copies an opinion */
	play_end(&p);
}

/* In the midst: what is drafted afterwards does not know the words. */
static void
erasure_in_the_midst_replays(void **state)
{
	struct play p;
	int i;

	(void)state;
	play_begin(&p, "{\"candidates\":3,\"shown\":2,\"rounds\":1}", "x");
	for (i = 0; i < 4; i++)
		play_join(&p, "Kim");
	play_next(&p);
	for (i = 0; i < 3; i++)
		play_text(&p, i, "opinion", "Parks. More of them. Now!");
	erase(&p, 1);
	play_text(&p, 3, "opinion", "Roads are what we lack most of all.");
	play_jobs(&p);
	erase(&p, 0);
	play_all_ballots(&p);
	assert_identical(&p, 0);
	play_end(&p);
}

/* A proposed statement stands on the slate: a derived copy. */
static void
copies_of_erased_texts_are_unverifiable(void **state)
{
	struct actor a = {.participant = 0};
	struct replay_report r;
	struct buf b = {0}, text = {0};
	struct play p;
	json_t *o;
	int i;

	(void)state;
	play_begin(&p, "{\"candidates\":2,\"shown\":2,\"rounds\":0}", "x");
	for (i = 0; i < 3; i++)
		play_join(&p, "Kim");
	play_next(&p);
	assert_int_equal(play_input(&p, input_proposed(p.s, &a, "Half a park.",
					    NULL, NULL, p.now, &p.entropy)),
	    0);
	for (i = 0; i < 3; i++)
		play_text(&p, i, "opinion", "Parks. More of them. Now!");
	play_jobs(&p);
	assert_string_equal(session_phase(p.s)->name, "ballot");
	erase(&p, 0);
	assert_identical(&p, 1);
	play_all_ballots(&p);
	assert_identical(&p, 1);
	write_log(&p, not_erased, &p, &b);
	assert_int_equal(replay(&b, &r), 0);
	replay_text(&r, "x.jsonl", &text);
	assert_non_null(strstr(text.data, "identical"));
	assert_non_null(strstr(text.data, "unverifiable: 1 "));
	o = replay_json(&r);
	assert_int_equal(
	    json_integer_value(json_object_get(o, "unverifiable")), 1);
	json_decref(o);
	replay_report_clear(&r);
	play_end(&p);
	buf_free(&b);
	buf_free(&text);
}

/* ---- different ---- */

/* An item with another body under a digest that fits. */
static void
seal_anew(struct sealed *item, char *body)
{
	if (item->body != body)
		free(item->body);
	item->body = body;
	item->len = strlen(body);
	digest_sealed(item->name, item->salt, body, item->len, item->digest);
}

static void
other_winner(struct event *e)
{
	if (strcmp(e->type, "tally.decided") == 0)
		json_object_set_new(e->data, "winner", json_string("s9"));
}

static void
extra_member(struct event *e)
{
	if (strcmp(e->type, "phase.changed") == 0)
		json_object_set_new(e->data, "mood", json_integer(3));
}

static void
member_less(struct event *e)
{
	if (strcmp(e->type, "phase.changed") == 0)
		json_object_del(e->data, "reason");
}

static void
item_less(struct event *e)
{
	if (strcmp(e->type, "slate.decided") == 0)
		free(e->sealed[--e->nsealed].body);
}

static void
item_renamed(struct event *e)
{
	if (strcmp(e->type, "slate.decided") != 0)
		return;
	strlcpy(e->sealed[0].name, "a", SEAL_NAME_MAX);
	seal_anew(&e->sealed[0], e->sealed[0].body);
}

static void
left_out(struct event *e)
{
	if (strcmp(e->type, "ballot.predicted") == 0)
		e->seq = TAMPER_DROP;
}

static void
doubled(struct event *e)
{
	if (strcmp(e->type, "ballot.predicted") == 0)
		e->seq = TAMPER_DOUBLE;
}

static void
last_doubled(struct event *e)
{
	if (strcmp(e->type, "session.concluded") == 0)
		e->seq = TAMPER_DOUBLE;
}

/* It follows from something else than is said. */
static void
other_of(struct event *e)
{
	if (strcmp(e->type, "tally.decided") == 0)
		e->of = 2;
}

static void
other_outcome(struct event *e)
{
	if (strcmp(e->type, "session.concluded") == 0)
		json_object_set_new(e->data, "outcome", json_string("none"));
}

static void
other_type(struct event *e)
{
	if (strcmp(e->type, "phase.changed") == 0 && e->seq > 20) {
		free(e->type);
		e->type = xstrdup("deadline.extended");
	}
}

static void
other_time(struct event *e)
{
	if (e->of != 0 && e->seq > 20)
		e->at++;
}

/* A cast rating made a bad one: what follows from it is another tally. */
static void
other_rating(struct event *e)
{
	struct sealed *item = (struct sealed *)event_sealed(e, "agreement");
	char *body, *seven;

	if (item == NULL)
		return;
	body = xstrdup(item->body);
	seven = strchr(body, '7');
	if (seven != NULL)
		*seven = '1';
	seal_anew(item, body);
}

/* A text shown on the slate that nobody drafted. */
static void
other_text(struct event *e)
{
	if (strcmp(e->type, "slate.decided") == 0)
		seal_anew(&e->sealed[e->nsealed - 1],
		    xstrdup("We all agree with the mayor."));
}

/* A reply to a request that was never made. */
static void
other_job(struct event *e)
{
	if (strcmp(e->type, "exchange.finished") == 0)
		json_object_set_new(e->data, "attempt", json_integer(3));
}

static void
no_facilitator(struct event *e)
{
	if (e->seq == 1)
		json_object_del(e->data, "facilitator");
}

static void
tampering_is_shown(void **state)
{
	static const struct {
		void (*tamper)(struct event *e);
		const char *says;
		bool both; /* versions are shown */
	} rows[] = {
	    {other_winner, "data.winner is not the same", true},
	    {extra_member, "data.mood is not the same", true},
	    {member_less, "data.reason is not in the recording", true},
	    {item_less, "other items are sealed", true},
	    {item_renamed, "other items are sealed", true},
	    {left_out, "a derived event is missing before this", true},
	    {doubled, "nothing more follows", false},
	    {last_doubled, "nothing more follows", false},
	    {other_of, "`of` is not the same", true},
	    {other_outcome, "data.outcome is not the same", true},
	    {other_type, "deadline.extended is recorded, phase.changed", true},
	    {other_time, "`at` is not the same", true},
	    {other_rating, "data.agreement is not the same", true},
	    {other_text, "sealed text.s", true},
	    {other_job, "refuses this input", false},
	    {no_facilitator, "cannot be applied", false},
	};
	struct replay_report r;
	struct buf b = {0}, text = {0};
	struct play p;
	struct err err;
	json_t *o;
	size_t i;

	(void)state;
	play_two_rounds(&p);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_reset(&b);
		buf_reset(&text);
		write_tampered(&p, rows[i].tamper, &b);
		assert_int_equal(replay_bytes(b.data, b.len, &r, &err), -1);
		assert_true(r.verify.holds); /* the chain is no help */
		assert_int_equal(r.outcome, REPLAY_DIFFERS);
		if (strstr(r.what, rows[i].says) == NULL)
			fail_msg("%s, not: %s", r.what, rows[i].says);
		assert_non_null(strstr(err.text, rows[i].says));
		assert_non_null(r.recorded);
		assert_int_equal(r.computed != NULL, rows[i].both);
		assert_int_equal(r.line, r.seq + 1);
		replay_text(&r, "x.jsonl", &text);
		assert_non_null(strstr(text.data, "x.jsonl: DIFFERS"));
		assert_non_null(strstr(text.data, "  recorded: "));
		o = replay_json(&r);
		assert_non_null(o);
		assert_string_equal(
		    json_string_value(json_object_get(o, "outcome")),
		    "differs");
		json_decref(o);
		replay_report_clear(&r);
	}
	play_end(&p);
	buf_free(&b);
	buf_free(&text);
}

/* Long events are shown where they part. */
static void
crown_another(struct event *e)
{
	if (strcmp(e->type, "tally.decided") == 0)
		json_object_set_new(e->data, "winner", json_string("s99"));
}

/* Both versions of the member that is not the same, in two columns; and which
 * program it was, if another. */
static void
differences_stand_side_by_side(void **state)
{
	struct replay_report r;
	struct buf b = {0}, text = {0};
	struct play p;

	(void)state;
	play_two_rounds(&p);
	write_tampered(&p, crown_another, &b);
	assert_int_equal(replay_bytes(b.data, b.len, &r, NULL), -1);
	assert_non_null(strstr(r.todo, "recorded by caucusd test, and this is "
				       "caucusd " CAUCUS_VERSION));
	replay_text(&r, "x.jsonl", &text);
	assert_non_null(strstr(text.data, "recorded                     | "
					  "computed\n"));
	assert_non_null(
	    strstr(text.data, "    winner           \"s99\"        "));
	assert_null(strstr(text.data, "    matrix "));
	replay_report_clear(&r);
	play_end(&p);
	buf_free(&b);
	buf_free(&text);
}

static void
other_versions_are_said(void **state)
{
	struct replay_report r;
	struct buf b = {0}, text = {0};
	struct play p;
	json_t *o;

	(void)state;
	play_two_rounds(&p);
	write_log(&p, NULL, NULL, &b);
	assert_int_equal(replay_bytes(b.data, b.len, &r, NULL), 0);
	replay_text(&r, "x.jsonl", &text);
	assert_non_null(strstr(text.data, "recorded by caucusd test; this is"));
	o = replay_json(&r);
	assert_string_equal(
	    json_string_value(json_object_get(o, "program")), "caucusd test");
	json_decref(o);
	replay_report_clear(&r);
	play_end(&p);
	/* A procedure of another version has other rules. */
	play_begin(&p, NULL, NULL);
	snprintf(p.header, sizeof(p.header),
	    "{\"caucus\":\"recording\",\"format\":1,\"procedure\":"
	    "\"habermas/0\",\"program\":\"caucusd 0.0\","
	    "\"session\":\"s\"}");
	buf_reset(&b);
	write_tampered(&p, crown_another, &b);
	assert_int_equal(replay_bytes(b.data, b.len, &r, NULL), -1);
	assert_int_equal(r.outcome, REPLAY_IMPOSSIBLE);
	assert_non_null(strstr(r.what, "follows procedure habermas/0, and "
				       "this program knows habermas/"));
	replay_report_clear(&r);
	play_end(&p);
	buf_free(&b);
	buf_free(&text);
}

static void
long_events_are_cut(void **state)
{
	struct replay_report r = {.outcome = REPLAY_DIFFERS, .seq = 3};
	struct buf a = {0}, text = {0};
	int i;

	(void)state;
	for (i = 0; i < 400; i++)
		buf_addf(&a, "<%d>", i);
	r.recorded = xstrdup(a.data);
	a.data[1200] = '#';
	r.computed = xstrdup(a.data);
	replay_text(&r, "x", &text);
	assert_non_null(strchr(text.data, '#'));
	assert_non_null(strstr(text.data, "recorded: ..."));
	assert_true(text.len < 2000);
	replay_report_clear(&r);
	buf_free(&a);
	buf_free(&text);
}

static void
truncated_answers_are_found(void **state)
{
	struct replay_report r;
	struct buf b = {0}, text = {0};
	struct play p;
	size_t all, n;

	(void)state;
	play_two_rounds(&p);
	all = p.log.n;
	for (n = 1; n < p.log.n && p.log.v[n]->of == 0; n++)
		;
	p.log.n = n; /* an input without what follows from it */
	write_log(&p, NULL, NULL, &b);
	p.log.n = all;
	assert_int_equal(replay(&b, &r), -1);
	assert_int_equal(r.outcome, REPLAY_DIFFERS);
	assert_null(r.recorded);
	assert_non_null(r.computed);
	assert_non_null(strstr(r.what, "ends before"));
	replay_text(&r, "x", &text);
	assert_non_null(strstr(text.data, "recorded: none"));
	json_decref(replay_json(&r));
	replay_report_clear(&r);
	play_end(&p);
	buf_free(&b);
	buf_free(&text);
}

/* ---- impossible ---- */

struct reader {
	const struct session *s;
	struct viewer v;
};

static bool
may_read(const struct event *e, const struct sealed *item, void *arg)
{
	const struct reader *r = arg;

	return session_may_read(r->s, &r->v, e, item->name);
}

static void
role_exports_are_refused_with_the_reason(void **state)
{
	struct reader readers[] = {
	    {NULL, {.facilitator = true, .participant = -1}},
	    {NULL, {.participant = 1}},
	    {NULL, {.participant = -1}},
	};
	struct replay_report r;
	struct buf b = {0}, text = {0};
	struct play p;
	struct err err;
	json_t *o;
	size_t i;

	(void)state;
	play_two_rounds(&p);
	for (i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		readers[i].s = p.s;
		buf_reset(&b);
		buf_reset(&text);
		write_log(&p, may_read, &readers[i], &b);
		assert_int_equal(replay_bytes(b.data, b.len, &r, &err), -1);
		assert_true(r.verify.holds);
		assert_int_equal(r.outcome, REPLAY_IMPOSSIBLE);
		assert_true(r.missing > 0);
		assert_int_equal(r.seq, 1);
		assert_string_equal(r.item, "secret");
		replay_text(&r, "x.jsonl", &text);
		assert_non_null(strstr(text.data, "`secret` of event 1"));
		assert_non_null(strstr(text.data, "operator"));
		o = replay_json(&r);
		assert_string_equal(
		    json_string_value(json_object_get(o, "outcome")),
		    "impossible");
		json_decref(o);
		replay_report_clear(&r);
	}
	play_end(&p);
	buf_free(&b);
	buf_free(&text);
}

static void
unknown_procedures_are_refused(void **state)
{
	static const char header[] =
	    "{\"caucus\":\"recording\",\"format\":1,\"procedure\":"
	    "\"delphi/3\",\"program\":\"caucusd 9\",\"session\":\"s\"}\n";
	struct replay_report r;

	(void)state;
	assert_int_equal(
	    replay_bytes(header, sizeof(header) - 1, &r, NULL), -1);
	assert_int_equal(r.outcome, REPLAY_IMPOSSIBLE);
	assert_non_null(strstr(r.what, "delphi/3"));
	replay_report_clear(&r);
}

static void
broken_recordings_are_not_replayed(void **state)
{
	struct replay_report r;
	struct buf b = {0}, text = {0};
	struct play p;
	struct err err;
	json_t *o;

	(void)state;
	play_two_rounds(&p);
	write_log(&p, NULL, NULL, &b);
	b.data[b.len / 2] ^= 1;
	assert_int_equal(replay_bytes(b.data, b.len, &r, &err), -1);
	assert_int_equal(err.code, ERR_BROKEN);
	assert_int_equal(r.outcome, REPLAY_BROKEN);
	assert_int_equal(r.inputs, 0);
	replay_text(&r, "x", &text);
	assert_non_null(strstr(text.data, "DOES NOT HOLD"));
	o = replay_json(&r);
	assert_string_equal(
	    json_string_value(json_object_get(o, "outcome")), "broken");
	json_decref(o);
	replay_report_clear(&r);
	play_end(&p);
	buf_free(&b);
	buf_free(&text);
}

static void
files_are_replayed(void **state)
{
	char path[] = "/tmp/caucus-replay-XXXXXX";
	struct replay_report r;
	struct recording_sink sink;
	struct buf text = {0};
	struct play p;
	struct err err;
	size_t i;
	FILE *f;

	(void)state;
	play_two_rounds(&p);
	f = fdopen(mkstemp(path), "w");
	sink = recording_to_file(f);
	recording_put_header(
	    &sink, p.s->id, "habermas/1", "caucusd test", &err);
	for (i = 0; i < p.log.n; i++)
		recording_put_event(&sink, p.log.v[i], NULL, NULL, &err);
	fclose(f);
	assert_int_equal(replay_file(path, &r, &err), 0);
	replay_text(&r, "x", &text);
	assert_null(strstr(text.data, "open-ended"));
	replay_report_clear(&r);
	unlink(path);
	assert_int_equal(replay_file(path, &r, &err), -1);
	assert_int_equal(err.code, ERR_FILE);
	buf_reset(&text);
	replay_text(&r, "x", &text);
	assert_non_null(strstr(text.data, "cannot open"));
	replay_report_clear(&r);
	play_end(&p);
	buf_free(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(whole_sessions_replay),
	    cmocka_unit_test(open_sessions_replay),
	    cmocka_unit_test(crooked_sessions_replay),
	    cmocka_unit_test(erased_sessions_replay),
	    cmocka_unit_test(erasure_in_the_midst_replays),
	    cmocka_unit_test(copies_of_erased_texts_are_unverifiable),
	    cmocka_unit_test(tampering_is_shown),
	    cmocka_unit_test(differences_stand_side_by_side),
	    cmocka_unit_test(other_versions_are_said),
	    cmocka_unit_test(long_events_are_cut),
	    cmocka_unit_test(truncated_answers_are_found),
	    cmocka_unit_test(role_exports_are_refused_with_the_reason),
	    cmocka_unit_test(unknown_procedures_are_refused),
	    cmocka_unit_test(broken_recordings_are_not_replayed),
	    cmocka_unit_test(files_are_replayed),
	};

	mem_setup();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
