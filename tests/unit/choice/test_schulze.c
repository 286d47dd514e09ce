/*
 * The published vectors, 400 elections of the reference implementation, and
 * what M. Schulze proves of his rule, over random elections.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/mem.h"
#include "base/stream.h"
#include "choice/schulze.h"
#include "tests/unit/choice/elections.h"

struct row {
	int times;
	int32_t rank[4];
};

static void
election(struct profile *p, size_t n, const struct row *rows, size_t nrows)
{
	profile_init(p, n);
	for (size_t i = 0; i < nrows; i++)
		for (int k = 0; k < rows[i].times; k++)
			profile_add(p, rows[i].rank);
}

static void
schulze(const struct profile *p, struct tally *t)
{
	tally_run(rule_find("schulze"), p, t);
}

static void
check(size_t n, const struct row *rows, size_t nrows, const int64_t *paths,
    const int32_t *social)
{
	struct profile p;
	struct tally t;

	election(&p, n, rows, nrows);
	schulze(&p, &t);
	for (size_t i = 0; paths != NULL && i < n * n; i++)
		assert_int_equal(t.p[i], paths[i]);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(t.rank[i], social[i]);
	tally_free(&t);
	profile_free(&p);
}

#define ROWS(r) (r), sizeof(r) / sizeof((r)[0])

static void
test_vectors(void **state)
{
	static const struct row v1[] = {{5, {0, 2, 1, 3}}, {2, {0, 3, 1, 2}},
	    {3, {0, 3, 2, 1}}, {4, {1, 0, 2, 3}}, {3, {3, 1, 0, 2}},
	    {3, {3, 2, 0, 1}}, {1, {1, 3, 2, 0}}, {5, {2, 1, 3, 0}},
	    {4, {3, 2, 1, 0}}};
	static const int64_t p1[] = {
	    0, 20, 20, 17, 19, 0, 19, 17, 19, 21, 0, 17, 18, 18, 18, 0};
	static const struct row v2[] = {{3, {0, 1, 2, 3}}, {2, {1, 2, 3, 0}},
	    {2, {3, 1, 2, 0}}, {2, {3, 1, 0, 2}}};
	static const int64_t p2[] = {
	    0, 5, 5, 5, 5, 0, 7, 5, 5, 5, 0, 5, 6, 5, 5, 0};
	static const struct row v3[] = {{1, {0, 0, 1, 2}}, {1, {0, 1, 3, 2}}};
	static const struct row v4[] = {{2, {0, 1, 3, 2}}, {1, {1, 3, 2, 0}},
	    {1, {2, 3, 0, 1}}, {1, {2, 0, 3, 1}}};
	static const struct row v5[] = {{1, {0, 1}}, {1, {1, 0}}};

	(void)state;
	check(4, ROWS(v1), p1, (int32_t[]){1, 3, 2, 0});
	check(4, ROWS(v2), p2, (int32_t[]){1, 0, 1, 0});
	check(4, ROWS(v3), NULL, (int32_t[]){0, 1, 2, 2});
	check(4, ROWS(v4), NULL, (int32_t[]){0, 1, 2, 0});
	check(2, ROWS(v5), (int64_t[]){0, 0, 0, 0}, (int32_t[]){0, 0});
}

/* The two elections of the paper's figure 1; there 1 is best, and rows have
 * gaps after ties. */
static void
test_figure_1(void **state)
{
	static const struct row opinion[] = {{1, {1, 2, 3, 4}},
	    {1, {2, 1, 4, 3}}, {1, {4, 1, 2, 3}}, {1, {2, 3, 4, 1}},
	    {1, {3, 2, 4, 1}}};
	static const struct row critique[] = {{1, {3, 1, 2, 2}},
	    {1, {1, 3, 2, 2}}, {1, {3, 2, 2, 1}}, {1, {2, 3, 1, 1}},
	    {1, {4, 2, 1, 3}}};

	(void)state;
	check(4, ROWS(opinion), NULL, (int32_t[]){2, 0, 3, 1});
	check(4, ROWS(critique), NULL, (int32_t[]){2, 1, 0, 0});
}

/* M. Schulze (2011), example 1: 21 voters; all strongest paths, winner d. */
static void
test_schulze_1(void **state)
{
	static const struct votes v[] = {{8, "A>C>D>B"}, {2, "B>A>D>C"},
	    {4, "C>D>B>A"}, {4, "D>B>A>C"}, {3, "D>C>B>A"}, {0, NULL}};
	static const int64_t paths[] = {
	    0, 14, 14, 12, 13, 0, 13, 12, 13, 15, 0, 12, 13, 19, 13, 0};
	struct profile p;
	struct tally t;
	size_t path[4];

	(void)state;
	profile_of(&p, 4, v);
	schulze(&p, &t);
	assert_memory_equal(t.p, paths, sizeof(paths));
	assert_ranking("schulze", &p, "D>A>C>B");
	assert_ranking("schulze_margins", &p, "D>A>C>B");
	/* from d to a through b, weakest link b to a */
	assert_int_equal(schulze_path(&t, 3, 0, path), 3);
	assert_true(path[0] == 3 && path[1] == 1 && path[2] == 0);
	assert_int_equal(schulze_path(&t, 0, 0, path), 0);
	tally_free(&t);
	profile_free(&p);
}

/* Wikipedia, "Schulze method": 45 voters, E > A > C > B > D. */
static void
test_wikipedia(void **state)
{
	static const struct votes v[] = {{5, "A>C>B>E>D"}, {5, "A>D>E>C>B"},
	    {8, "B>E>D>A>C"}, {3, "C>A>B>E>D"}, {7, "C>A>E>B>D"},
	    {2, "C>B>A>D>E"}, {7, "D>C>E>B>A"}, {8, "E>B>A>D>C"}, {0, NULL}};
	static const int64_t paths[] = {0, 28, 28, 30, 24, 25, 0, 28, 33, 24,
	    25, 29, 0, 29, 24, 25, 28, 28, 0, 24, 25, 28, 28, 31, 0};
	struct profile p;
	struct tally t;

	(void)state;
	profile_of(&p, 5, v);
	schulze(&p, &t);
	assert_memory_equal(t.p, paths, sizeof(paths));
	assert_ranking("schulze", &p, "E>A>C>B>D");
	tally_free(&t);
	profile_free(&p);
}

/*
 * Winning votes and margins part where ballots leave much open: A beats B 5:4,
 * B beats C 4:2, C beats A 6:3.  By votes B over C is the weakest, by margins A
 * over B.
 */
static void
test_margins(void **state)
{
	static const struct votes v[] = {
	    {4, "B>C>A"}, {2, "C>A>B"}, {3, "A"}, {0, NULL}};
	struct profile p;
	struct tally t;

	(void)state;
	profile_of(&p, 3, v);
	assert_ranking("schulze", &p, "C>A>B");
	assert_ranking("schulze_margins", &p, "B>C>A");
	tally_run(rule_find("schulze_margins"), &p, &t);
	assert_int_equal(schulze_link(&t, 1, 2), 2);
	assert_int_equal(schulze_link(&t, 2, 1), 0);
	assert_int_equal(t.p[1 * 3 + 0], 2); /* through C */
	tally_free(&t);
	profile_free(&p);
}

/* Strengths beyond 32 bits take another way to the same paths. */
static void
test_huge_weights(void **state)
{
	struct profile p, q;
	struct tally t, u;

	(void)state;
	for (uint64_t i = 0; i < 300; i++) {
		random_profile(&p, i, 8);
		profile_init(&q, p.candidates);
		for (size_t b = 0; b < p.ballots; b++)
			profile_add_weighted(&q, p.rank + b * p.candidates,
			    profile_weight(&p, b) * (WEIGHT_MAX / 4), NULL);
		schulze(&p, &t);
		schulze(&q, &u);
		for (size_t k = 0; k < t.n * t.n; k++)
			assert_int_equal(t.p[k] * (WEIGHT_MAX / 4), u.p[k]);
		assert_memory_equal(t.rank, u.rank, t.n * sizeof(*t.rank));
		tally_free(&t);
		tally_free(&u);
		profile_free(&p);
		profile_free(&q);
	}
}

static void
profile_from_json(struct profile *p, const json_t *election)
{
	int32_t rank[CANDIDATES_MAX];
	json_t *ballot, *r;
	size_t i, j;

	profile_init(p, (size_t)json_integer_value(
			    json_object_get(election, "candidates")));
	json_array_foreach(json_object_get(election, "ballots"), i, ballot) {
		json_array_foreach(ballot, j, r)
			rank[j] = (int32_t)json_integer_value(r);
		profile_add(p, rank);
	}
}

static void
test_reference_elections(void **state)
{
	char *text = shared_file("vectors/schulze.jsonl"), *line, *rest = text;
	size_t lines = 0;
	struct profile p;
	struct tally t;
	json_t *e;

	(void)state;
	for (; text != NULL && (line = strsep(&rest, "\n")) != NULL; lines++) {
		if (*line == '\0')
			break;
		e = json_loads(line, 0, NULL);
		assert_non_null(e);
		profile_from_json(&p, e);
		schulze(&p, &t);
		for (size_t i = 0; i < p.candidates; i++)
			assert_int_equal(
			    t.rank[i], json_integer_value(json_array_get(
					   json_object_get(e, "ranking"), i)));
		tally_free(&t);
		profile_free(&p);
		json_decref(e);
	}
	assert_int_equal(lines, text != NULL ? 400 : 0);
	free(text);
}

/* 2..9 candidates, 1..12 ballots, with ties; some truncated. */
static void
random_election(struct profile *p, uint64_t number)
{
	int32_t rank[16];
	struct stream s;
	size_t n, ballots;

	stream_open(&s, "test_schulze", "election", number, 0);
	n = 2 + stream_below(&s, 8);
	ballots = 1 + stream_below(&s, 12);
	profile_init(p, n);
	for (size_t b = 0; b < ballots; b++) {
		for (size_t x = 0; x < n; x++)
			rank[x] = (int32_t)stream_below(&s, n + 2) - 1;
		profile_add(p, rank);
	}
}

/* The widest path from x to y over candidates not yet seen, by trying all. */
static int64_t
widest(const struct tally *t, size_t x, size_t y, unsigned seen)
{
	int64_t best = 0, link, rest;

	if (x == y)
		return INT64_MAX;
	for (size_t z = 0; z < t->n; z++) {
		link = t->d[x * t->n + z];
		if (seen >> z & 1 || link <= t->d[z * t->n + x])
			continue;
		rest = widest(t, z, y, seen | 1u << z);
		rest = rest < link ? rest : link;
		best = rest > best ? rest : best;
	}
	return best;
}

static void
check_paths(const struct tally *t)
{
	if (t->n > 6)
		return;
	for (size_t x = 0; x < t->n; x++)
		for (size_t y = 0; y < t->n; y++)
			if (x != y)
				assert_int_equal(t->p[x * t->n + y],
				    widest(t, x, y, 1u << x));
}

/* The winner set and every strict defeat are as the definition says. */
static void
check_definition(const struct tally *t)
{
	bool potential;

	for (size_t x = 0; x < t->n; x++) {
		potential = true;
		for (size_t y = 0; y < t->n; y++) {
			if (t->p[y * t->n + x] > t->p[x * t->n + y])
				potential = false;
			if (t->p[x * t->n + y] > t->p[y * t->n + x])
				assert_true(t->rank[x] < t->rank[y]);
		}
		assert_int_equal(t->rank[x] == 0, potential);
	}
	assert_true(t->winners >= 1);
}

/* Who beats everyone is elected alone. */
static void
check_condorcet(const struct tally *t)
{
	size_t beaten;

	for (size_t x = 0; x < t->n; x++) {
		beaten = 0;
		for (size_t y = 0; y < t->n; y++)
			beaten += t->d[x * t->n + y] > t->d[y * t->n + x];
		if (beaten < t->n - 1)
			continue;
		assert_int_equal(t->rank[x], 0);
		assert_int_equal(t->winners, 1);
	}
}

/* The same election with candidates renamed and ballots in another order. */
static void
check_relabelled(
    const struct profile *p, const struct tally *t, uint64_t number)
{
	size_t n = p->candidates, name[16], order[16];
	int32_t rank[16] = {0};
	struct profile q;
	struct tally u;
	struct stream s;

	stream_open(&s, "test_schulze", "relabel", number, 0);
	stream_permute(&s, name, n);
	stream_permute(&s, order, p->ballots);
	profile_init(&q, n);
	for (size_t b = 0; b < p->ballots; b++) {
		for (size_t x = 0; x < n; x++)
			rank[name[x]] = p->rank[order[b] * n + x];
		profile_add(&q, rank);
	}
	schulze(&q, &u);
	for (size_t x = 0; x < n; x++) {
		assert_int_equal(u.rank[name[x]], t->rank[x]);
		for (size_t y = 0; y < n; y++)
			assert_int_equal(
			    u.p[name[x] * n + name[y]], t->p[x * n + y]);
	}
	tally_free(&u);
	profile_free(&q);
}

/* Every ballot upside down: every path is turned round, so that who was
 * elected alone is not elected. */
static void
check_reversed(const struct profile *p, const struct tally *t)
{
	size_t n = p->candidates;
	int32_t rank[16];
	struct profile q;
	struct tally u;

	profile_init(&q, n);
	for (size_t b = 0; b < p->ballots; b++) {
		for (size_t x = 0; x < n; x++)
			rank[x] = 100 - p->rank[b * n + x];
		profile_add(&q, rank);
	}
	schulze(&q, &u);
	for (size_t x = 0; x < n; x++) {
		if (t->winners == 1 && t->rank[x] == 0)
			assert_true(u.rank[x] > 0);
		for (size_t y = 0; y < n; y++)
			assert_int_equal(u.p[y * n + x], t->p[x * n + y]);
	}
	tally_free(&u);
	profile_free(&q);
}

/* Raising a winner on one ballot never makes it lose. */
static void
check_monotonic(const struct profile *p, const struct tally *t)
{
	size_t n = p->candidates, w = 0;
	int32_t rank[16] = {0};
	struct profile q;
	struct tally u;

	while (t->rank[w] != 0)
		w++;
	profile_init(&q, n);
	for (size_t b = 0; b < p->ballots; b++) {
		for (size_t x = 0; x < n; x++)
			rank[x] = 2 * p->rank[b * n + x] + 3;
		if (b == 0)
			rank[w] -= 3;
		profile_add(&q, rank);
	}
	schulze(&q, &u);
	assert_int_equal(u.rank[w], 0);
	tally_free(&u);
	profile_free(&q);
}

static void
test_properties(void **state)
{
	struct profile p;
	struct tally t;

	(void)state;
	for (uint64_t i = 0; i < 2000; i++) {
		random_election(&p, i);
		schulze(&p, &t);
		check_paths(&t);
		check_definition(&t);
		check_condorcet(&t);
		check_relabelled(&p, &t, i);
		check_reversed(&p, &t);
		check_monotonic(&p, &t);
		tally_free(&t);
		profile_free(&p);
	}
}

/* As many statements as the daemon takes, in a known order. */
static void
test_largest(void **state)
{
	int32_t rank[CANDIDATES_MAX];
	struct profile p;
	struct tally t;

	(void)state;
	profile_init(&p, CANDIDATES_MAX);
	for (int b = 0; b < 3; b++) {
		for (int x = 0; x < CANDIDATES_MAX; x++)
			rank[x] = b < 2 ? CANDIDATES_MAX - x : x;
		profile_add(&p, rank);
	}
	schulze(&p, &t);
	assert_int_equal(t.winners, 1);
	for (int x = 0; x < CANDIDATES_MAX; x++)
		assert_int_equal(t.rank[x], CANDIDATES_MAX - 1 - x);
	tally_free(&t);
	profile_free(&p);
}

static void
test_smallest(void **state)
{
	struct profile p;
	struct tally t;

	(void)state;
	for (size_t n = 0; n < 3; n++) {
		profile_init(&p, n);
		schulze(&p, &t);
		assert_int_equal(t.winners, n); /* no ballots: all tied */
		tally_free(&t);
		profile_free(&p);
	}
	profile_init(&p, 1);
	profile_add(&p, (int32_t[]){-1});
	schulze(&p, &t);
	assert_int_equal(t.winners, 1);
	tally_free(&t);
	profile_free(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_vectors),
	    cmocka_unit_test(test_figure_1),
	    cmocka_unit_test(test_schulze_1),
	    cmocka_unit_test(test_wikipedia),
	    cmocka_unit_test(test_margins),
	    cmocka_unit_test(test_huge_weights),
	    cmocka_unit_test(test_reference_elections),
	    cmocka_unit_test(test_properties),
	    cmocka_unit_test(test_largest),
	    cmocka_unit_test(test_smallest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
