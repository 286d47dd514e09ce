/*
 * What is proved of the rules, over random elections: each rule for the
 * properties that its row claims, and for all of them that names, order of
 * ballots and the way in which equal ballots are written decide nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "choice/pairwise.h"
#include "tests/unit/choice/elections.h"

#define ELECTIONS 1500

typedef void check_fn(const struct rule *rule, const struct profile *p,
    const struct tally *t, uint64_t number);

/* Runs a check for each rule with (without) the property over elections. */
static void
over_elections_of(unsigned property, bool with, size_t most, check_fn *check)
{
	struct rating *ratings;
	struct profile p;
	struct tally t;

	for (uint64_t i = 0; i < ELECTIONS; i++) {
		random_profile(&p, i, most);
		ratings = random_ratings(i, p.candidates);
		p.ratings = ratings;
		for (const struct rule *r = rules; r->name != NULL; r++) {
			if (((r->properties & property) == property) != with)
				continue;
			tally_run(r, &p, &t);
			check(r, &p, &t, i);
			tally_free(&t);
		}
		profile_free(&p);
		free(ratings);
	}
}

static void
over_elections(unsigned property, size_t most, check_fn *check)
{
	over_elections_of(property, true, most, check);
}

static size_t
only_winner(const struct tally *t)
{
	size_t x = 0;

	while (t->rank[x] != 0)
		x++;
	return x;
}

/* Breaches are failures, or are counted to see that the checks see any. */
static bool counting;
static size_t breaches;

static void
broken(const struct rule *rule, uint64_t number, const char *what)
{
	if (counting) {
		breaches++;
		return;
	}
	fail_msg("%s: %s in election %d", rule->name, what, (int)number);
}

/* ---- for every rule ---- */

/* The result is a dense ranking and somebody wins. */
static void
check_form(const struct rule *rule, const struct profile *p,
    const struct tally *t, uint64_t number)
{
	size_t winners = 0;
	bool seen[64] = {false};
	int32_t worst = 0;

	for (size_t x = 0; x < t->n; x++) {
		winners += t->rank[x] == 0;
		assert_true(t->rank[x] >= 0 && t->rank[x] < (int32_t)t->n);
		seen[t->rank[x]] = true;
		worst = t->rank[x] > worst ? t->rank[x] : worst;
	}
	for (int32_t r = 0; r <= worst; r++)
		if (!seen[r])
			broken(rule, number, "a gap in the ranking");
	assert_int_equal(winners, t->winners);
	assert_true(winners >= 1);
	(void)p;
}

struct renaming {
	size_t name[64], order[64];
	const struct profile *from;
};

static void
rename_candidates(int32_t *rank, size_t n, size_t ballot, void *arg)
{
	const struct renaming *r = arg;

	for (size_t x = 0; x < n; x++)
		rank[r->name[x]] = r->from->rank[r->order[ballot] * n + x];
}

/* Candidates renamed and ballots in another order. */
static void
check_relabelled(const struct rule *rule, const struct profile *p,
    const struct tally *t, uint64_t number)
{
	struct renaming r = {.from = p};
	struct rating ratings[64];
	struct profile q;
	struct tally u;
	struct stream s;

	stream_open(&s, "test_properties", "relabel", number, 0);
	stream_permute(&s, r.name, p->candidates);
	stream_permute(&s, r.order, p->ballots);
	profile_changed(&q, p, p->candidates, rename_candidates, &r);
	for (size_t b = 0; b < q.ballots && q.weight != NULL; b++)
		q.weight[b] = profile_weight(p, r.order[b]);
	for (size_t x = 0; x < p->candidates; x++)
		ratings[r.name[x]] = p->ratings[x];
	q.ratings = ratings;
	tally_run(rule, &q, &u);
	for (size_t x = 0; x < p->candidates; x++)
		if (u.rank[r.name[x]] != t->rank[x])
			broken(rule, number, "a name or an order decides");
	tally_free(&u);
	profile_free(&q);
}

/* A ballot of weight 3 is three ballots. */
static void
check_weights(const struct rule *rule, const struct profile *p,
    const struct tally *t, uint64_t number)
{
	struct profile q;
	struct tally u;

	profile_init(&q, p->candidates);
	q.ratings = p->ratings;
	for (size_t b = 0; b < p->ballots; b++)
		for (int64_t k = 0; k < profile_weight(p, b); k++)
			profile_add(&q, p->rank + b * p->candidates);
	assert_null(q.weight);
	assert_int_equal(q.votes, p->votes);
	tally_run(rule, &q, &u);
	for (size_t x = 0; x < p->candidates; x++)
		if (u.rank[x] != t->rank[x])
			broken(rule, number, "weight and copies differ");
	tally_free(&u);
	profile_free(&q);
}

static void
test_every_rule(void **state)
{
	(void)state;
	over_elections(0, 8, check_form);
	over_elections(0, 8, check_relabelled);
	over_elections(0, 8, check_weights);
}

/* ---- for those that have it ---- */

static void
check_condorcet(const struct rule *rule, const struct profile *p,
    const struct tally *t, uint64_t number)
{
	size_t x = condorcet_winner(t->d, t->n);

	(void)p;
	if (x < t->n && (t->winners != 1 || t->rank[x] != 0))
		broken(rule, number, "the Condorcet winner is not elected");
}

static void
check_smith(const struct rule *rule, const struct profile *p,
    const struct tally *t, uint64_t number)
{
	bool in[64];

	(void)p;
	smith_set(t->d, t->n, in);
	for (size_t x = 0; x < t->n; x++)
		if (t->rank[x] == 0 && !in[x])
			broken(
			    rule, number, "elected from outside the Smith set");
}

static bool
is_first_alone(const int32_t *rank, size_t n, size_t x)
{
	for (size_t y = 0; y < n; y++)
		if (y != x &&
		    (rank[x] < 0 || rank[y] < 0 || rank[y] <= rank[x]))
			return false;
	return true;
}

static void
check_majority(const struct rule *rule, const struct profile *p,
    const struct tally *t, uint64_t number)
{
	int64_t votes;

	for (size_t x = 0; x < t->n; x++) {
		votes = 0;
		for (size_t b = 0; b < p->ballots; b++)
			if (is_first_alone(p->rank + b * t->n, t->n, x))
				votes += profile_weight(p, b);
		if (2 * votes > p->votes &&
		    (t->winners != 1 || t->rank[x] != 0))
			broken(
			    rule, number, "a majority's first is not elected");
	}
}

static void
turn_over(int32_t *rank, size_t n, size_t ballot, void *arg)
{
	(void)ballot;
	(void)arg;
	for (size_t x = 0; x < n; x++)
		if (rank[x] >= 0)
			rank[x] = 64 - rank[x];
}

/* Who is elected alone is not elected when every ballot is turned over. */
static void
check_reversal(const struct rule *rule, const struct profile *p,
    const struct tally *t, uint64_t number)
{
	struct profile q;
	struct tally u;

	if (t->winners != 1)
		return;
	profile_changed(&q, p, p->candidates, turn_over, NULL);
	tally_run(rule, &q, &u);
	if (u.rank[only_winner(t)] == 0)
		broken(rule, number, "first and last are the same");
	tally_free(&u);
	profile_free(&q);
}

struct raising {
	size_t who, ballot;
	int32_t by; /* half ranks */
};

static void
raise_one(int32_t *rank, size_t n, size_t ballot, void *arg)
{
	const struct raising *r = arg;

	for (size_t x = 0; x < n; x++)
		if (rank[x] >= 0)
			rank[x] = 2 * rank[x] + 16;
	if (ballot == r->ballot && rank[r->who] >= 0)
		rank[r->who] -= r->by;
}

/* The same people, of whom one rates x one higher. */
static void
raise_rating(struct rating *r)
{
	if (r->n == 0 || r->sum == 7 * r->n)
		return;
	r->sum++;
	/* the lowest of them, or one that was 4 */
	if (r->min == r->sum - 1 || r->n == 1)
		r->min = r->sum;
	if (r->ge5 < r->n && r->sum >= 5 * r->n)
		r->ge5++;
}

static void
check_monotone(const struct rule *rule, const struct profile *p,
    const struct tally *t, uint64_t number)
{
	struct rating ratings[64];
	struct raising r;
	struct profile q;
	struct tally u;
	struct stream s;

	stream_open(&s, "test_properties", "raise", number, 0);
	r.who = stream_below(&s, t->n);
	while (t->rank[r.who] != 0)
		r.who = (r.who + 1) % t->n;
	r.ballot = stream_below(&s, p->ballots);
	r.by = 1 + (int32_t)stream_below(&s, 8);
	profile_changed(&q, p, p->candidates, raise_one, &r);
	memcpy(ratings, p->ratings, p->candidates * sizeof(*ratings));
	raise_rating(&ratings[r.who]);
	q.ratings = ratings;
	tally_run(rule, &q, &u);
	if (u.rank[r.who] != 0)
		broken(rule, number, "raising a winner made it lose");
	tally_free(&u);
	profile_free(&q);
}

struct cloning {
	size_t who;
	struct stream draw;
};

/* The last candidate becomes a copy of `who`: beside it on each ballot, above
 * or below or tied with it, with nobody between; tied with others, all are. */
static void
add_clone(int32_t *rank, size_t n, size_t ballot, void *arg)
{
	struct cloning *c = arg;
	bool shared = false;

	(void)ballot;
	for (size_t x = 0; x < n; x++)
		shared |= x != c->who && rank[x] == rank[c->who];
	for (size_t x = 0; x < n; x++)
		if (rank[x] >= 0)
			rank[x] = 3 * rank[x] + 1;
	rank[n] = rank[c->who];
	if (!shared && rank[n] >= 0)
		rank[n] += (int32_t)stream_below(&c->draw, 3) - 1;
}

/* Whether any two majorities are as strong as one another: then ranked pairs
 * promises nothing (choice/ranked_pairs.h). */
static bool
has_equal_majorities(const struct tally *t)
{
	int64_t strength[2048];
	size_t count = 0;

	for (size_t x = 0; x < t->n; x++)
		for (size_t y = 0; y < t->n; y++)
			if (t->d[x * t->n + y] > t->d[y * t->n + x])
				strength[count++] = t->d[x * t->n + y] * 1000 +
						    t->d[y * t->n + x];
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < i; k++)
			if (strength[i] == strength[k])
				return true;
	return false;
}

/* Others win as before, and of the copies one does if the original did. */
static void
check_clones(const struct rule *rule, const struct profile *p,
    const struct tally *t, uint64_t number)
{
	size_t n = t->n;
	struct cloning c;
	struct profile q;
	struct tally u;

	if (strcmp(rule->name, "ranked_pairs") == 0 && has_equal_majorities(t))
		return;
	stream_open(&c.draw, "test_properties", "clone", number, 0);
	c.who = stream_below(&c.draw, n);
	profile_changed(&q, p, n + 1, add_clone, &c);
	tally_run(rule, &q, &u);
	for (size_t x = 0; x < n; x++)
		if (x != c.who && (u.rank[x] == 0) != (t->rank[x] == 0))
			broken(rule, number, "a copy changed who else wins");
	if ((u.rank[c.who] == 0 || u.rank[n] == 0) != (t->rank[c.who] == 0))
		broken(rule, number, "copies won or lost by being two");
	tally_free(&u);
	profile_free(&q);
}

static void
test_condorcet(void **state)
{
	(void)state;
	over_elections(RULE_CONDORCET, 8, check_condorcet);
}

static void
test_smith(void **state)
{
	(void)state;
	over_elections(RULE_SMITH, 8, check_smith);
}

static void
test_majority(void **state)
{
	(void)state;
	over_elections(RULE_MAJORITY, 5, check_majority);
}

static void
test_reversal(void **state)
{
	(void)state;
	over_elections(RULE_REVERSAL, 8, check_reversal);
}

static void
test_monotone(void **state)
{
	(void)state;
	over_elections(RULE_MONOTONE, 6, check_monotone);
}

static void
test_clones(void **state)
{
	(void)state;
	over_elections(RULE_CLONES, 6, check_clones);
}

/* The checks can fail: each does for rules that do not claim its property. */
static void
test_checks(void **state)
{
	static const struct {
		unsigned property;
		check_fn *check;
	} rows[] = {
	    {RULE_CONDORCET, check_condorcet},
	    {RULE_SMITH, check_smith},
	    {RULE_MAJORITY, check_majority},
	    {RULE_REVERSAL, check_reversal},
	    {RULE_MONOTONE, check_monotone},
	    {RULE_CLONES, check_clones},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		counting = true;
		breaches = 0;
		over_elections_of(rows[i].property, false, 6, rows[i].check);
		counting = false;
		if (breaches == 0)
			fail_msg(
			    "property %u: nothing breaks it", rows[i].property);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_rule),
	    cmocka_unit_test(test_condorcet),
	    cmocka_unit_test(test_smith),
	    cmocka_unit_test(test_majority),
	    cmocka_unit_test(test_reversal),
	    cmocka_unit_test(test_monotone),
	    cmocka_unit_test(test_clones),
	    cmocka_unit_test(test_checks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
