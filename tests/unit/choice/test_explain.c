/* Why somebody won, in words and as data. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "choice/explain.h"
#include "choice/schulze.h"
#include "tests/unit/choice/elections.h"

/* The words about an election, and its JSON if `json` is not NULL. */
static char *
words_of(const char *rule, const struct profile *p, enum tie_break tie,
    size_t most, json_t **json)
{
	enum tie_decider decider;
	struct explanation x;
	struct labels letters;
	struct buf out = {0};
	struct stream draw;
	struct tally t;
	size_t chosen;

	labels_init(&letters, p->candidates);
	tally_run(rule_find(rule), p, &t);
	stream_open(&draw, "test_explain", "tie", 0, 0);
	chosen = tie_resolve(&t, p, p->ratings, tie, &draw, &decider);
	explain_init(&x, &t, p);
	explain_text(&x, &letters, chosen, decider, most, &out);
	if (json != NULL)
		*json = explain_json(&x);
	explain_free(&x);
	tally_free(&t);
	return buf_take(&out);
}

static void
assert_says(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("no \"%s\" in:\n%s", part, text);
}

static void
assert_not_says(const char *text, const char *part)
{
	if (strstr(text, part) != NULL)
		fail_msg("\"%s\" in:\n%s", part, text);
}

/* M. Schulze (2011), example 1: D is elected though A would be by others. */
static void
test_paths(void **state)
{
	static const struct votes v[] = {{8, "A>C>D>B"}, {2, "B>A>D>C"},
	    {4, "C>D>B>A"}, {4, "D>B>A>C"}, {3, "D>C>B>A"}, {0, NULL}};
	struct profile p;
	json_t *o, *d;
	char *text;

	(void)state;
	profile_of(&p, 4, v);
	text = words_of("schulze", &p, TIE_NONE, 20, &o);
	assert_says(text, "D is elected by schulze.");
	assert_says(text, "the Smith set is all of them");
	assert_says(text, "D beats A by 11 to 10; A reaches D only through C, "
			  "at its weakest step with 12.");
	assert_says(text, "D reaches C through B, then A, at its weakest step "
			  "with 13; C beats D by 12 to 9, which is weaker.");
	assert_says(text, "are a convenience");
	assert_says(text, "By ranked_pairs");
	assert_says(text, "A would be elected.");
	assert_true(json_is_null(json_object_get(o, "condorcet")));
	assert_int_equal(json_array_size(json_object_get(o, "smith")), 4);
	assert_int_equal(json_array_size(json_object_get(o, "defeats")), 3);
	d = json_array_get(json_object_get(o, "defeats"), 0);
	assert_int_equal(json_integer_value(json_object_get(d, "loser")), 0);
	assert_int_equal(json_integer_value(json_object_get(d, "winner")), 3);
	assert_int_equal(json_integer_value(json_object_get(d, "won")), 11);
	assert_int_equal(
	    json_integer_value(json_object_get(d, "back_strength")), 12);
	assert_int_equal(json_array_size(json_object_get(d, "back")), 3);
	assert_string_equal(
	    json_string_value(json_object_get(o, "below_the_top")),
	    "convenience");
	json_decref(o);
	free(text);
	profile_free(&p);
}

static void
test_tennessee(void **state)
{
	struct profile p;
	char *text;

	(void)state;
	profile_of(&p, 4, tennessee);
	text = words_of("schulze", &p, TIE_NONE, 1, NULL);
	assert_says(text, "B beats every other one face to face");
	assert_says(text, "B beats C by 68 to 32; C reaches B on no way.");
	assert_says(text, "And 2 more that are not elected.");
	assert_not_says(text, "B beats D by");
	assert_says(text, "By plurality");
	assert_not_says(text, "By borda");
	free(text);
	text = words_of("instant_runoff", &p, TIE_NONE, 9, NULL);
	assert_says(text, "D is elected by instant_runoff.");
	assert_says(text, "D 3, A 2, B 1, C 0");
	assert_says(text, "B is not elected, though no winner beats it");
	free(text);
	profile_free(&p);
}

/* Ratings that speak for another statement are told. */
static void
test_ratings(void **state)
{
	static const struct votes v[] = {{3, "A>B"}, {2, "B>A"}, {0, NULL}};
	static const struct rating r[] = {{25, 5, 1, 3}, {30, 5, 6, 5}};
	struct profile p;
	json_t *o;
	char *text;

	(void)state;
	profile_of(&p, 2, v);
	p.ratings = r;
	text = words_of("schulze", &p, TIE_AGREEMENT, 9, &o);
	assert_says(text, "By approval (the most ratings of 5 or more) B");
	assert_says(text, "By score (the highest mean rating) B");
	assert_says(text, "By maximin (the highest lowest rating) B");
	assert_int_equal(json_array_size(json_object_get(o, "elsewhere")), 3);
	assert_int_equal(json_array_size(json_object_get(o, "ratings")), 2);
	json_decref(o);
	free(text);
	profile_free(&p);
}

/* What decided a tie is said. */
static void
test_ties(void **state)
{
	static const struct votes v[] = {{1, "A>B>C"}, {1, "B>A>C"}, {0, NULL}};
	static const struct rating r[] = {
	    {9, 2, 4, 1}, {10, 2, 3, 1}, {2, 2, 1, 0}};
	struct profile p;
	char *text;

	(void)state;
	profile_of(&p, 3, v);
	p.ratings = r;
	text = words_of("schulze", &p, TIE_NONE, 9, NULL);
	assert_says(text, "A and B are tied for first place by schulze. The "
			  "tie is left open.");
	assert_says(text, "each of A and B beats all the rest");
	free(text);
	text = words_of("schulze", &p, TIE_AGREEMENT, 9, NULL);
	assert_says(text, "Of these A is chosen: its lowest rating");
	free(text);
	text = words_of("schulze", &p, TIE_BALLOT, 9, NULL);
	assert_says(text, "is chosen: a ballot drawn at random decided.");
	free(text);
	text = words_of("schulze", &p, TIE_FIRST, 9, NULL);
	assert_says(text, "A is chosen: it stands first");
	free(text);
	profile_free(&p);
}

static void
test_matrix(void **state)
{
	struct explanation x;
	struct labels letters;
	struct buf out = {0};
	struct profile p;
	struct tally t;

	(void)state;
	profile_of(&p, 4, tennessee);
	tally_run(rule_find("schulze"), &p, &t);
	explain_init(&x, &t, &p);
	labels_init(&letters, 4);
	explain_matrix(&x, &letters, &out);
	assert_string_equal(out.data, "     A   B   C   D\n"
				      " A   .  42  42  42\n"
				      " B  58   .  68  68\n"
				      " C  58  32   .  83\n"
				      " D  58  32  17   .\n");
	explain_free(&x);
	tally_free(&t);
	profile_free(&p);
	buf_free(&out);
}

/* Whatever the election, every defeat by Schulze has its reason, and its paths
 * are what they are said to be. */
static void
test_defeats(void **state)
{
	struct explanation x;
	struct profile p;
	struct tally t;

	(void)state;
	for (uint64_t i = 0; i < 300; i++) {
		random_profile(&p, i, 8);
		tally_run(rule_find("schulze"), &p, &t);
		explain_init(&x, &t, &p);
		assert_int_equal(x.ndefeats, t.n - t.winners);
		for (size_t k = 0; k < x.ndefeats; k++) {
			const struct defeat *d = &x.defeats[k];
			int64_t width = INT64_MAX;

			assert_true(d->winner < t.n);
			assert_int_equal(t.rank[d->winner], 0);
			assert_true(d->strength > d->back_strength);
			assert_int_equal(d->path[0], d->winner);
			assert_int_equal(d->path[d->npath - 1], d->loser);
			for (size_t s = 1; s < d->npath; s++) {
				int64_t link = schulze_link(
				    &t, d->path[s - 1], d->path[s]);

				width = link < width ? link : width;
			}
			assert_int_equal(width, d->strength);
			assert_int_equal(
			    d->back == NULL, d->back_strength == 0);
		}
		explain_free(&x);
		tally_free(&t);
		profile_free(&p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_paths),
	    cmocka_unit_test(test_tennessee),
	    cmocka_unit_test(test_ratings),
	    cmocka_unit_test(test_ties),
	    cmocka_unit_test(test_matrix),
	    cmocka_unit_test(test_defeats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
