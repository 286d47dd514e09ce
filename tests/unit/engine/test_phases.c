/* The phases beside opinions and ballots, played through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "session/form.h"
#include "tests/unit/engine/beside.h"

#define ALL                                                                    \
	"{\"candidates\":4,\"shown\":3,\"keep\":false,\"position\":true,"      \
	"\"importance\":true,\"preference\":true,\"dissent\":true,"            \
	"\"survey\":true}"

static const char *
phase(const struct play *p)
{
	return session_phase(p->s)->name;
}

static json_int_t
figure(const struct play *p, const char *a, const char *b, const char *c)
{
	const json_t *v = json_object_get(p->s->conclusion, a);

	v = json_object_get(v, b);
	return json_integer_value(c != NULL ? json_object_get(v, c) : v);
}

static size_t
count(const struct play *p, const char *type)
{
	size_t i, n = 0;

	for (i = 0; i < p->log.n; i++)
		n += strcmp(p->log.v[i]->type, type) == 0;
	return n;
}

/* Six people, opinions given, drafts made. */
static void
to_ballot(struct play *p, const char *settings, int people)
{
	int i;

	beside_begin(p, settings, NULL);
	for (i = 0; i < people; i++)
		play_join(p, i == 0 ? "Kim" : "Lee");
	play_next(p);
	if (strcmp(phase(p), "position") == 0)
		for (i = 0; i < people; i++) {
			assert_int_equal(
			    play_choice(p, i, "position", i % 7 + 1), 0);
			assert_int_equal(
			    play_choice(p, i, "importance", i % 5 + 1), 0);
		}
	assert_string_equal(phase(p), "opinion");
	for (i = 0; i < people; i++)
		play_text(p, i, "opinion", beside_opinion(i));
	play_jobs(p);
}

static void
to_preference(struct play *p, int people)
{
	int i;

	to_ballot(p, ALL, people);
	play_all_ballots(p);
	assert_string_equal(phase(p), "critique");
	for (i = 0; i < people; i++)
		play_text(p, i, "critique", "It should name exceptions.");
	play_jobs(p);
	play_all_ballots(p);
}

static void
test_order(void **state)
{
	static const char *const order[] = {"position", "opinion", "draft",
	    "ballot", "critique", "draft", "ballot", "preference", "dissent",
	    "position_after", "survey"};
	struct play p;
	size_t i, n = 0;
	int k;

	(void)state;
	to_preference(&p, 5);
	assert_string_equal(phase(&p), "preference");
	for (k = 0; k < 5; k++)
		assert_int_equal(
		    play_choice(&p, k, "preference", k % 3 + 1), 0);
	assert_string_equal(phase(&p), "dissent");
	for (k = 0; k < 5; k++)
		assert_int_equal(
		    play_input(&p, input_abstained(p.s, k, p.now, &p.entropy)),
		    0);
	assert_string_equal(phase(&p), "position_after");
	for (k = 0; k < 5; k++)
		play_choice(&p, k, "position_after", 6);
	assert_string_equal(phase(&p), "survey");
	for (k = 0; k < 5; k++)
		assert_int_equal(
		    play_survey(&p, k, "{\"fair\":5,\"view_why\":\"why\"}"), 0);
	assert_true(p.s->concluded);
	for (i = 0; i < p.log.n; i++)
		if (strcmp(p.log.v[i]->type, "phase.changed") == 0)
			assert_string_equal(
			    event_str(p.log.v[i], "to"), order[n++]);
	assert_int_equal(n, sizeof order / sizeof *order);
	beside_folds(&p);
	play_end(&p);
}

/* By hand: positions 1..6 before, all 6 after.  Above 4: 5 and 6; below: 1,
 * 2 and 3; so the majority disagrees. */
static void
test_figures(void **state)
{
	const json_t *sides;
	struct play p;
	int k;

	(void)state;
	to_preference(&p, 6);
	for (k = 0; k < 6; k++)
		play_choice(
		    &p, k, "preference", k < 4 ? PREFER_REVISED : PREFER_SAME);
	for (k = 0; k < 6; k++)
		play_input(&p, input_abstained(p.s, k, p.now, &p.entropy));
	for (k = 0; k < 6; k++)
		play_choice(&p, k, "position_after", 6);
	play_survey(&p, 0, "{\"fair\":5,\"moved\":1}");
	play_survey(&p, 1, "{\"fair\":4}");
	play_survey(&p, 2, "{\"fair\":4,\"view_why\":\"I listened.\"}");
	play_timer(&p); /* nobody has to answer */
	assert_true(p.s->concluded);
	assert_string_equal(
	    json_string_value(json_object_get(
		json_object_get(p.s->conclusion, "agreement_index"),
		"majority")),
	    "disagree");
	assert_int_equal(
	    figure(&p, "agreement_index", "before", "numerator"), 3 - 2);
	assert_int_equal(figure(&p, "agreement_index", "before", "n"), 6);
	assert_int_equal(
	    figure(&p, "agreement_index", "after", "numerator"), -6);
	/* 1..5 move up, away from who disagrees; 6 stays */
	assert_int_equal(figure(&p, "movement", "numerator", NULL), -5);
	assert_int_equal(figure(&p, "movement", "n", NULL), 6);
	assert_int_equal(figure(&p, "importance", "sum", NULL), 16);
	assert_int_equal(figure(&p, "preference", "counts", "revised"), 4);
	assert_int_equal(figure(&p, "preference", "counts", "same"), 2);
	assert_int_equal(figure(&p, "survey", "fair", "n"), 3);
	assert_int_equal(figure(&p, "survey", "moved", "n"), 1);
	/* fewer than three answers tell only their number */
	assert_true(json_is_true(json_object_get(
	    json_object_get(
		json_object_get(p.s->conclusion, "survey"), "moved"),
	    "withheld")));
	assert_null(json_object_get(
	    json_object_get(
		json_object_get(p.s->conclusion, "survey"), "moved"),
	    "counts"));
	/* sides of 3, 1 and 2: none is told */
	sides = json_object_get(p.s->conclusion, "sides");
	assert_true(json_is_true(json_object_get(sides, "withheld")));
	assert_null(json_object_get(sides, "agree"));
	beside_folds(&p);
	play_end(&p);
}

/* Seven people and no neutral one: sides of four and three are told. */
static void
test_sides(void **state)
{
	static const int before[] = {1, 2, 3, 5, 6, 7, 7};
	const json_t *sides, *agree;
	struct play p;
	int i;

	(void)state;
	beside_begin(
	    &p, "{\"candidates\":3,\"rounds\":0,\"position\":true}", NULL);
	for (i = 0; i < 7; i++)
		play_join(&p, "x");
	play_next(&p);
	for (i = 0; i < 7; i++)
		play_choice(&p, i, "position", before[i]);
	for (i = 0; i < 7; i++)
		play_text(&p, i, "opinion", beside_opinion(i));
	play_jobs(&p);
	play_all_ballots(&p); /* everybody gives the first one 7 */
	assert_string_equal(phase(&p), "position_after");
	play_next(&p); /* nobody says where they stand now */
	assert_true(p.s->concluded);
	sides = json_object_get(p.s->conclusion, "sides");
	agree = json_object_get(sides, "agree");
	assert_true(json_is_false(json_object_get(sides, "withheld")));
	assert_int_equal(json_integer_value(json_object_get(agree, "n")), 4);
	assert_int_equal(json_integer_value(json_object_get(agree, "sum")), 28);
	assert_int_equal(figure(&p, "sides", "disagree", "n"), 3);
	assert_int_equal(figure(&p, "movement", "n", NULL), 0);
	assert_int_equal(figure(&p, "agreement_index", "after", "n"), 0);
	play_end(&p);
}

/* A tie of the sides counts as agree. */
static void
test_majority_tie(void **state)
{
	struct play p;

	(void)state;
	beside_begin(
	    &p, "{\"candidates\":3,\"rounds\":0,\"position\":true}", NULL);
	play_join(&p, "x");
	play_join(&p, "y");
	play_next(&p);
	play_choice(&p, 0, "position", 2);
	play_choice(&p, 1, "position", 6);
	play_input(&p, input_aborted(p.s, "f1", "enough", p.now, &p.entropy));
	assert_true(p.s->concluded);
	assert_string_equal(
	    json_string_value(json_object_get(
		json_object_get(p.s->conclusion, "agreement_index"),
		"majority")),
	    "agree");
	play_end(&p);
}

static void
test_settle(void **state)
{
	static const struct {
		const char *settings, *field;
	} rows[] = {
	    {"{\"position\":true}", "position"},
	    {"{\"candidates\":64,\"pools\":2}", "pools"},
	    {"{\"language\":\"Klingon!\"}", "language"},
	    {"{\"language\":7}", "language"},
	    {"{\"pools\":0}", "pools"},
	    {"{\"survey\":1}", "survey"},
	    {"{\"slate\":\"pool\"}", "slate"},
	};
	struct entropy entropy = {0};
	struct creation c = {.question = "q",
	    .seed = "1",
	    .secret = "2",
	    .creator = "uid:0",
	    .drafter = "x"};
	json_t *given;
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		given = json_loads(rows[i].settings, 0, NULL);
		c.settings = given;
		assert_null(input_created(
		    procedure_find("habermas"), &c, 1, &entropy, &err));
		assert_int_equal(err.code, ERR_BAD_SETTING);
		assert_string_equal(err.field, rows[i].field);
		json_decref(given);
	}
}

/* The settings may change until somebody has contributed, but not so that a
 * position is asked about nothing. */
static void
test_configure(void **state)
{
	json_t *on = json_pack("{s:b}", "position", true);
	struct play p;
	struct err err;

	(void)state;
	play_begin(&p, NULL, NULL); /* a question without its two sides */
	assert_int_equal(play_input(&p, input_configured(p.s, on, NULL, "f1",
					    p.now, &p.entropy, &err)),
	    -1);
	assert_int_equal(p.err.code, ERR_BAD_SETTING);
	assert_string_equal(p.err.field, "position");
	play_end(&p);
	beside_begin(&p, NULL, NULL);
	assert_int_equal(play_input(&p, input_configured(p.s, on, NULL, "f1",
					    p.now, &p.entropy, &err)),
	    0);
	play_end(&p);
	json_decref(on);
}

static void
refused(struct play *p, int r, enum err_code code)
{
	assert_int_equal(r, -1);
	assert_int_equal(p->err.code, code);
}

static void
test_bad_choices(void **state)
{
	struct play p;
	size_t n;
	int i;

	(void)state;
	beside_begin(&p, ALL, NULL);
	for (i = 0; i < 3; i++)
		play_join(&p, "x");
	refused(&p, play_choice(&p, 0, "position", 3), ERR_WRONG_PHASE);
	play_next(&p);
	n = p.log.n;
	refused(&p, play_choice(&p, 0, "position", 0), ERR_BAD_RATING);
	refused(&p, play_choice(&p, 0, "position", 8), ERR_BAD_RATING);
	refused(&p, play_choice(&p, 0, "position", -1), ERR_BAD_RATING);
	refused(&p, play_choice(&p, 0, "importance", 6), ERR_BAD_RATING);
	refused(&p, play_choice(&p, 0, "preference", 1), ERR_WRONG_PHASE);
	refused(&p, play_choice(&p, 0, "position_after", 1), ERR_WRONG_PHASE);
	refused(&p, play_survey(&p, 0, "{\"fair\":1}"), ERR_WRONG_PHASE);
	refused(&p, play_text(&p, 0, "dissent", "no"), ERR_WRONG_PHASE);
	assert_int_equal(p.log.n, n);
	/* given again it replaces; taken back it is gone */
	assert_int_equal(play_choice(&p, 0, "position", 3), 0);
	assert_int_equal(play_choice(&p, 0, "position", 5), 0);
	assert_int_equal(p.s->participants[0].given[H_POSITION].choice, 5);
	assert_int_equal(play_input(&p, input_taken_back(p.s, 0, H_POSITION,
					    p.now, &p.entropy)),
	    0);
	assert_int_equal(p.s->participants[0].given[H_POSITION].choice, 0);
	beside_folds(&p);
	play_end(&p);
}

/* What a session does not ask is not taken, though the phase is open. */
static void
test_not_asked(void **state)
{
	struct play p;

	(void)state;
	beside_begin(&p, "{\"importance\":true}", NULL);
	play_join(&p, "x");
	play_join(&p, "y");
	play_next(&p);
	assert_string_equal(phase(&p), "position");
	refused(&p, play_choice(&p, 0, "position", 3), ERR_WRONG_PHASE);
	assert_int_equal(play_choice(&p, 0, "importance", 5), 0);
	assert_true(session_is_complete(p.s, 0));
	play_end(&p);
}

static void
test_bad_answers(void **state)
{
	static const struct {
		const char *answers;
		enum err_code code;
	} rows[] = {
	    {"{}", ERR_BAD_RATING},
	    {"{\"fair\":0}", ERR_BAD_RATING},
	    {"{\"fair\":6}", ERR_BAD_RATING},
	    {"{\"fair\":\"very\"}", ERR_BAD_RATING},
	    {"{\"fair\":2.5}", ERR_BAD_RATING},
	    {"{\"moved\":4}", ERR_BAD_RATING},
	    {"{\"moved\":\"sideways\"}", ERR_BAD_RATING},
	    {"{\"view_why\":3}", ERR_BAD_RATING},
	    {"{\"view_why\":\"  \"}", ERR_TEXT_EMPTY},
	    {"{\"nothing\":1}", ERR_BAD_RATING},
	};
	struct play p;
	size_t i, n;
	char *long_text, *answers;

	(void)state;
	beside_begin(&p,
	    "{\"candidates\":3,\"rounds\":0,\"survey\":true,\"text_max\":200}",
	    NULL);
	play_join(&p, "x");
	play_next(&p);
	play_text(&p, 0, "opinion", beside_opinion(0));
	play_jobs(&p);
	play_all_ballots(&p);
	assert_string_equal(phase(&p), "survey");
	n = p.log.n;
	for (i = 0; i < sizeof rows / sizeof *rows; i++)
		refused(&p, play_survey(&p, 0, rows[i].answers), rows[i].code);
	long_text = calloc(1, 202);
	memset(long_text, 'x', 201);
	if (asprintf(&answers, "{\"view_why\":\"%s\"}", long_text) == -1)
		abort();
	refused(&p, play_survey(&p, 0, answers), ERR_TEXT_TOO_LONG);
	free(answers);
	free(long_text);
	assert_int_equal(p.log.n, n);
	assert_int_equal(
	    play_survey(&p, 0, "{\"moved\":\"away from the group\"}"), 0);
	assert_true(p.s->concluded);
	play_end(&p);
}

static void
test_bad_forms(void **state)
{
	static const char *const rows[] = {
	    "[]",
	    "[7]",
	    "[{\"text\":\"t\"}]",
	    "[{\"id\":\"a b\",\"text\":\"t\"}]",
	    "[{\"id\":\"a\",\"text\":\" \"}]",
	    "[{\"id\":\"a\",\"text\":\"t\",\"scale\":1}]",
	    "[{\"id\":\"a\",\"text\":\"t\",\"scale\":12}]",
	    "[{\"id\":\"a\",\"text\":\"t\",\"choices\":[\"one\"]}]",
	    "[{\"id\":\"a\",\"text\":\"t\",\"choices\":[\"one\",2]}]",
	    "[{\"id\":\"a\",\"text\":\"t\",\"scale\":5,\"choices\":[]}]",

	    "[{\"id\":\"a\",\"text\":\"t\"},{\"id\":\"a\",\"text\":\"u\"}]",
	    "[{\"id\":\"a\",\"text\":\"t\",\"other\":1}]",
	};
	json_t *given, *shape;
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		given = json_loads(rows[i], 0, NULL);
		assert_null(form_shape(given, &err));
		assert_int_equal(err.code, ERR_INVALID_PARAMS);
		json_decref(given);
	}
	given = json_loads("[{\"id\":\"q1\",\"text\":\"你好吗？\",\"choices\":["
			   "\"好\",\"不好\"]}]",
	    0, NULL);
	shape = form_shape(given, &err);
	assert_int_equal(json_array_size(shape), 1);
	json_decref(shape);
	json_decref(given);
}

/* A session's own questions take the place of the usual ones. */
static void
test_own_form(void **state)
{
	json_t *survey = json_loads(
	    "[{\"id\":\"again\",\"text\":\"Again?\",\"choices\":[\"yes\","
	    "\"no\"]},{\"id\":\"how\",\"text\":\"How was it?\"}]",
	    0, NULL);
	struct play p;

	(void)state;
	beside_begin(
	    &p, "{\"candidates\":3,\"rounds\":0,\"survey\":true}", survey);
	json_decref(survey);
	play_join(&p, "x");
	play_next(&p);
	play_text(&p, 0, "opinion", beside_opinion(0));
	play_jobs(&p);
	play_all_ballots(&p);
	refused(&p, play_survey(&p, 0, "{\"fair\":1}"), ERR_BAD_RATING);
	assert_int_equal(
	    play_survey(&p, 0, "{\"again\":\"yes\",\"how\":\"Well.\"}"), 0);
	assert_true(p.s->concluded);
	assert_int_equal(figure(&p, "survey", "again", "n"), 1);
	assert_int_equal(figure(&p, "survey", "how", "n"), 1);
	beside_folds(&p);
	play_end(&p);
}

/* ---- who reads what, and when ---- */

static const struct event *
last_of(const struct play *p, const char *type, const char *item)
{
	size_t i = p->log.n;

	while (i-- > 0)
		if (strcmp(p->log.v[i]->type, type) == 0 &&
		    event_sealed(p->log.v[i], item) != NULL)
			return p->log.v[i];
	fail_msg("no %s with %s", type, item);
	return NULL;
}

static void
test_secrecy(void **state)
{
	static const char *const mine[] = {
	    "choice", "answers", "words", "by", "language"};
	struct viewer author = {.participant = 0}, other = {.participant = 1},
		      host = {.facilitator = true, .participant = -1};
	const struct event *dissent, *e;
	struct play p;
	size_t i, k;
	bool me;

	(void)state;
	to_preference(&p, 3);
	for (i = 0; i < 3; i++)
		play_choice(&p, (int)i, "preference", 1);
	assert_int_equal(play_dissent(&p, 0, "It is too long.", true), 0);
	dissent = last_of(&p, "contribution.given", "dissent");
	assert_true(session_may_read(p.s, &author, dissent, "dissent"));
	assert_false(session_may_read(p.s, &other, dissent, "dissent"));
	assert_false(session_may_read(p.s, &host, dissent, "dissent"));
	assert_false(session_may_read(p.s, &host, dissent, "signature"));
	play_next(&p);
	play_next(&p);
	play_survey(&p, 0, "{\"fair\":5,\"view_why\":\"why\"}");
	play_next(&p);
	assert_true(p.s->concluded);
	assert_true(session_may_read(p.s, &other, dissent, "dissent"));
	assert_true(session_may_read(p.s, &other, dissent, "signature"));
	/* choices are their author's for ever, the facilitator included */
	for (i = 0; i < p.log.n; i++) {
		e = p.log.v[i];
		me = session_author(p.s, e) == 0;
		for (k = 0; k < sizeof mine / sizeof *mine; k++) {
			if (event_sealed(e, mine[k]) == NULL ||
			    strcmp(e->type, "contribution.given") != 0)
				continue;
			assert_int_equal(
			    session_may_read(p.s, &author, e, mine[k]), me);
			assert_false(session_may_read(p.s, &host, e, mine[k]));
		}
	}
	/* everything sealed is known to the table */
	for (i = 0; i < p.log.n; i++)
		for (k = 0; k < p.log.v[i]->nsealed; k++)
			assert_non_null(session_seal_row(
			    p.s, p.log.v[i]->type, p.log.v[i]->sealed[k].name));
	play_end(&p);
}

/* Where names are known, a dissent still stands without its author, and so
 * does who abstained from it; a signed one says who. */
static void
test_unsigned_dissent(void **state)
{
	const struct event *e;
	struct play p;
	size_t i;

	(void)state;
	to_ballot(&p,
	    "{\"candidates\":3,\"rounds\":0,\"dissent\":true,"
	    "\"anonymous\":false}",
	    3);
	play_all_ballots(&p);
	assert_string_equal(phase(&p), "dissent");
	assert_int_equal(play_dissent(&p, 0, "Unsigned.", false), 0);
	e = last_of(&p, "contribution.given", "dissent");
	assert_null(event_str(e, "participant"));
	assert_null(event_sealed(e, "signature"));
	assert_int_equal(play_dissent(&p, 1, "Signed.", true), 0);
	e = last_of(&p, "contribution.given", "dissent");
	assert_non_null(event_str(e, "participant"));
	assert_string_equal(event_body(e, "signature"), "Lee");
	/* nobody can keep it from being printed */
	refused(&p,
	    play_input(&p,
		input_withheld(p.s, e->seq, "f1", "rude", p.now, &p.entropy)),
	    ERR_NOT_FOUND);
	play_input(&p, input_abstained(p.s, 2, p.now, &p.entropy));
	for (i = 0; i < p.log.n; i++)
		if (strcmp(p.log.v[i]->type, "contribution.abstained") == 0)
			assert_null(event_str(p.log.v[i], "participant"));
	assert_true(p.s->concluded);
	assert_int_equal(figure(&p, "dissent", "n", NULL), 2);
	assert_int_equal(figure(&p, "dissent", "signed", NULL), 1);
	beside_folds(&p);
	play_end(&p);
}

static void
test_erasure(void **state)
{
	static const char *const names[] = {
	    "name", "labels", "text", "dissent", "signature", "words"};
	const struct participant *who;
	struct play p;
	size_t i, k, found;

	(void)state;
	to_ballot(&p,
	    "{\"candidates\":3,\"rounds\":0,\"dissent\":true,\"survey\":true}",
	    2);
	play_all_ballots(&p);
	play_dissent(&p, 0, "Mine.", true);
	play_next(&p);
	play_survey(&p, 0, "{\"view_why\":\"why\",\"fair\":3}");
	who = &p.s->participants[0];
	for (i = 0; i < sizeof names / sizeof *names; i++) {
		for (k = 0, found = 0; k < who->ntexts; k++)
			found += strcmp(who->texts[k].name, names[i]) == 0;
		if (strcmp(names[i], "labels") != 0)
			assert_int_equal(found, 1);
	}
	play_input(&p, input_withdrawn(p.s, 0, true, p.now));
	play_input(&p, input_erased(p.s, 0, NULL, p.now));
	assert_null(p.s->participants[0].given[H_DISSENT].text);
	assert_null(p.s->participants[0].name);
	play_end(&p);
}

/* ---- deadlines: what comes after the last ballot stops nobody ---- */

static void
test_lenient(void **state)
{
	struct play p;
	int i;

	(void)state;
	to_preference(&p, 4);
	for (i = 0; i < 4; i++)
		play_timer(&p); /* preference, dissent, position, survey */
	assert_true(p.s->concluded);
	assert_int_equal(count(&p, "deadline.extended"), 0);
	assert_string_equal(
	    json_string_value(json_object_get(p.s->conclusion, "reason")),
	    "deadline");
	assert_string_not_equal(
	    json_string_value(json_object_get(p.s->conclusion, "outcome")),
	    "none");
	play_end(&p);

	/* everybody leaving after the vote does not undo it */
	to_preference(&p, 2);
	for (i = 0; i < 2; i++)
		play_input(&p, input_withdrawn(p.s, i, false, p.now));
	assert_true(p.s->concluded);
	assert_string_not_equal(
	    json_string_value(json_object_get(p.s->conclusion, "outcome")),
	    "none");
	play_end(&p);
}

/* With `keep` the first winner may win again: there is nothing to prefer. */
static void
test_nothing_to_prefer(void **state)
{
	struct play p;

	(void)state;
	to_ballot(&p,
	    "{\"candidates\":3,\"rounds\":0,\"preference\":true,"
	    "\"survey\":true}",
	    2);
	play_all_ballots(&p);
	assert_string_equal(phase(&p), "survey");
	play_end(&p);
}

/* ---- pools ---- */

static void
test_pools(void **state)
{
	const struct statement *st;
	bool seen[3] = {false, false, false};
	struct play p;
	size_t i, k, drafts = 0;

	(void)state;
	to_ballot(&p,
	    "{\"candidates\":4,\"pools\":3,\"slate\":\"pools\",\"rounds\":0,"
	    "\"shown\":1}",
	    5);
	assert_string_equal(phase(&p), "ballot");
	for (i = 0; i < p.s->njobs; i++)
		drafts += p.s->jobs[i].kind == JOB_DRAFT;
	assert_int_equal(drafts, 12);
	assert_int_equal(p.s->nslate, 3); /* one a pool, whatever `shown` */
	for (i = 0; i < p.s->nslate; i++) {
		st = &p.s->statements[p.s->slate[i]];
		k = (size_t)(st->draft - 1) / 4;
		assert_true(k < 3 && !seen[k]);
		seen[k] = true;
	}
	beside_folds(&p);
	play_end(&p);
}

/* ---- review ---- */

static void
test_review(void **state)
{
	struct viewer host = {.facilitator = true, .participant = -1},
		      other = {.participant = 1};
	struct actor f1 = {.participant = -1, .facilitator = "f1"},
		     one = {.participant = 0};
	const struct event *e;
	char text[16], gone[STATEMENT_ID_MAX];
	struct play p;
	size_t i, n;

	(void)state;
	to_ballot(&p, "{\"candidates\":4,\"rounds\":0,\"review\":true}", 3);
	assert_string_equal(phase(&p), "review");
	n = p.s->ndrafted;
	assert_true(n > 1 && p.s->nslate == 0);
	strlcpy(gone, p.s->statements[p.s->drafted[0]].id, sizeof gone);
	snprintf(text, sizeof text, "text.%s", gone);
	e = last_of(&p, "slate.drafted", text);
	assert_true(session_may_read(p.s, &host, e, text));
	assert_false(session_may_read(p.s, &other, e, text));
	assert_int_equal(
	    play_input(&p, input_struck(p.s, gone, "f1", "names a person",
			       p.now, &p.entropy)),
	    0);
	refused(&p,
	    play_input(&p, input_proposed(p.s, &one, "Mine, unseen.", NULL,
			       NULL, p.now, &p.entropy)),
	    ERR_WRONG_PHASE);
	assert_int_equal(
	    play_input(&p, input_proposed(p.s, &f1, "Let us try it for a term.",
			       NULL, NULL, p.now, &p.entropy)),
	    0);
	play_next(&p);
	assert_string_equal(phase(&p), "ballot");
	assert_int_equal(p.s->nslate, n); /* one struck, one added */
	for (i = 0; i < p.s->nslate; i++)
		assert_string_not_equal(
		    p.s->statements[p.s->slate[i]].id, gone);
	assert_int_equal(count(&p, "statements.added"), 1);
	play_all_ballots(&p);
	assert_true(p.s->concluded);
	assert_true(session_may_read(p.s, &other, e, text));
	beside_folds(&p);
	play_end(&p);
}

/* A draft of its own for each job: nothing nearly repeats another. */
static void
distinct_drafts(struct play *p)
{
	struct job_reply reply = {.outcome = OUTCOME_OK};
	char text[64];
	const char *id;
	struct job *job;

	while (session_wanted(p->s, &id, 1) > 0) {
		job = p->s->procedure->render(p->s, id);
		if (job->kind == JOB_DRAFT)
			snprintf(text, sizeof text, "a%d b%d c%d d%d",
			    job->index, job->index, job->index, job->index);
		reply.text = job->kind == JOB_DRAFT ? text : NULL;
		reply.outcome =
		    job->kind == JOB_DRAFT ? OUTCOME_OK : OUTCOME_REFUSAL;
		play_input(
		    p, input_started(p->s, job, "x", p->now, &p->entropy));
		play_input(
		    p, input_finished(p->s, job, &reply, p->now, &p->entropy));
		job_free(job);
	}
}

/* An election takes so many statements and no more, however many are
 * proposed. */
static void
test_review_full(void **state)
{
	struct actor f1 = {.participant = -1, .facilitator = "f1"};
	struct play p;
	char text[32];
	int i;

	(void)state;
	beside_begin(&p,
	    "{\"candidates\":19,\"pools\":5,\"rounds\":0,\"review\":true}",
	    NULL);
	play_join(&p, "x");
	play_next(&p);
	for (i = 0; i < 32; i++) {
		snprintf(text, sizeof text, "Proposal %d.", i);
		assert_int_equal(
		    play_input(&p, input_proposed(p.s, &f1, text, NULL, NULL,
				       p.now, &p.entropy)),
		    0);
	}
	play_text(&p, 0, "opinion", beside_opinion(0));
	distinct_drafts(&p);
	assert_string_equal(phase(&p), "review");
	assert_int_equal(p.s->ncandidates, 95 + 32);
	for (i = 0; i < 3; i++)
		play_input(&p, input_proposed(p.s, &f1, "One more.", NULL, NULL,
				   p.now, &p.entropy));
	play_next(&p);
	assert_string_equal(phase(&p), "ballot");
	assert_int_equal(p.s->ncandidates, CANDIDATES_MAX);
	beside_folds(&p);
	play_end(&p);
}

static void
test_review_unheeded(void **state)
{
	struct play p;
	size_t i;

	(void)state;
	to_ballot(&p, "{\"candidates\":4,\"rounds\":0,\"review\":true}", 3);
	play_timer(&p); /* the facilitator is away */
	assert_string_equal(phase(&p), "ballot");
	play_end(&p);

	to_ballot(&p, "{\"candidates\":4,\"rounds\":0,\"review\":true}", 3);
	for (i = 0; i < p.s->ndrafted; i++)
		play_input(
		    &p, input_struck(p.s, p.s->statements[p.s->drafted[i]].id,
			    "f1", "no", p.now, &p.entropy));
	play_next(&p);
	assert_string_equal(phase(&p), "review");
	assert_true(p.s->asked);
	play_timer(&p);
	assert_true(p.s->concluded);
	assert_string_equal(
	    json_string_value(json_object_get(p.s->conclusion, "reason")),
	    "no_statements");
	beside_folds(&p);
	play_end(&p);
}

/* ---- language ---- */

static void
test_language(void **state)
{
	struct job *job;
	const char *ids[8];
	struct play p;

	(void)state;
	beside_begin(&p, "{\"candidates\":3,\"rounds\":0}", NULL);
	play_join(&p, "a");
	play_join(&p, "b");
	play_join(&p, "c");
	play_next(&p);
	play_text(&p, 0, "opinion", "我们应该禁止手机。上课要安静。");
	play_text(&p, 1, "opinion", "手机可以放在书包里。");
	play_text(&p, 2, "opinion", "The phones should stay in the bag.");
	assert_string_equal(p.s->language, "zh");
	assert_int_equal(count(&p, "language.decided"), 1);
	assert_true(session_wanted(p.s, ids, 8) > 0);
	job = p.s->procedure->render(p.s, ids[0]);
	assert_string_equal(job->language, "zh");
	job_free(job);
	beside_folds(&p);
	play_end(&p);

	beside_begin(&p, "{\"language\":\"pt-br\"}", NULL);
	assert_string_equal(p.s->language, "pt-br");
	play_end(&p);
}

/* ---- the people of another session ---- */

static int
join_like(struct play *p, const char *like)
{
	struct joiner j = {
	    .invitation = "i2", .terms = p->s->terms_digest, .like = like};

	return play_input(p, input_joined_as(p->s, &j, p->now, &p->entropy));
}

static void
test_like(void **state)
{
	struct play p;

	(void)state;
	beside_begin(&p, NULL, NULL);
	assert_int_equal(play_input(&p, input_invited_like(p.s,
					    "bbbbccccddddeeee", "f1", p.now)),
	    0);
	refused(&p, join_like(&p, NULL), ERR_NOT_PERMITTED);
	assert_int_equal(join_like(&p, "p-aaaaaa"), 0);
	refused(&p, join_like(&p, "p-aaaaaa"), ERR_INVITATION_SPENT);
	assert_int_equal(join_like(&p, "p-bbbbbb"), 0);
	assert_string_equal(p.s->participants[1].like, "p-bbbbbb");
	beside_folds(&p);
	play_end(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_figures),
	    cmocka_unit_test(test_sides),
	    cmocka_unit_test(test_majority_tie),
	    cmocka_unit_test(test_settle),
	    cmocka_unit_test(test_configure),
	    cmocka_unit_test(test_bad_choices),
	    cmocka_unit_test(test_not_asked),
	    cmocka_unit_test(test_bad_answers),
	    cmocka_unit_test(test_bad_forms),
	    cmocka_unit_test(test_own_form),
	    cmocka_unit_test(test_secrecy),
	    cmocka_unit_test(test_unsigned_dissent),
	    cmocka_unit_test(test_erasure),
	    cmocka_unit_test(test_lenient),
	    cmocka_unit_test(test_nothing_to_prefer),
	    cmocka_unit_test(test_pools),
	    cmocka_unit_test(test_review),
	    cmocka_unit_test(test_review_full),
	    cmocka_unit_test(test_review_unheeded),
	    cmocka_unit_test(test_language),
	    cmocka_unit_test(test_like),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
