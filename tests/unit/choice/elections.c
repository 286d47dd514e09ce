#include "tests/unit/choice/elections.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"

const struct votes tennessee[] = {
    {42, "A>B>C>D"},
    {26, "B>C>D>A"},
    {15, "C>D>B>A"},
    {17, "D>C>B>A"},
    {0, NULL},
};

void
profile_of(struct profile *p, size_t n, const struct votes *v)
{
	int32_t *rank = xcalloc(n, sizeof(*rank));
	struct labels letters;
	struct err err;

	labels_init(&letters, n);
	profile_init(p, n);
	for (; v->ballot != NULL; v++)
		if (ballot_parse(&letters, v->ballot, rank, &err) != 0 ||
		    profile_add_weighted(p, rank, v->count, &err) != 0)
			fail_msg("%s: %s", v->ballot, err.text);
	free(rank);
}

void
assert_ranking(const char *rule, const struct profile *p, const char *expected)
{
	struct labels letters;
	struct buf got = {0};
	struct tally t;

	labels_init(&letters, p->candidates);
	tally_run(rule_find(rule), p, &t);
	ballot_print(&letters, t.rank, &got);
	if (strcmp(got.data, expected) != 0)
		fail_msg("%s: %s, not %s", rule, got.data, expected);
	buf_free(&got);
	tally_free(&t);
}

void
assert_scores(
    const char *rule, const struct profile *p, const int64_t *expected)
{
	struct tally t;

	tally_run(rule_find(rule), p, &t);
	for (size_t i = 0; i < t.n; i++)
		assert_int_equal(t.score[i], expected[i]);
	tally_free(&t);
}

void
random_profile(struct profile *p, uint64_t number, size_t most)
{
	int32_t rank[64];
	bool weights, unseen;
	struct stream s;
	size_t n, ballots;

	stream_open(&s, "elections", "profile", number, 0);
	n = 2 + stream_below(&s, most - 1);
	ballots = 1 + stream_below(&s, 12);
	weights = stream_below(&s, 4) == 0;
	unseen = stream_below(&s, 4) == 0;
	profile_init(p, n);
	for (size_t b = 0; b < ballots; b++) {
		for (size_t x = 0; x < n; x++) {
			rank[x] = (int32_t)stream_below(&s, n + 2) - 1;
			if (unseen && stream_below(&s, 5) == 0)
				rank[x] = RANK_UNSEEN;
		}
		profile_add_weighted(p, rank,
		    weights ? 1 + (int64_t)stream_below(&s, 3) : 1, NULL);
	}
}

struct rating *
random_ratings(uint64_t number, size_t n)
{
	struct rating *r = xcalloc(n, sizeof(*r));
	struct stream s;
	size_t people;
	int value;

	stream_open(&s, "elections", "ratings", number, 0);
	people = 1 + stream_below(&s, 9);
	for (size_t i = 0; i < people; i++)
		for (size_t x = 0; x < n; x++) {
			value = (int)stream_below(&s, 8);
			if (value > 0)
				rating_add(&r[x], value, 1);
		}
	return r;
}

void
profile_changed(struct profile *to, const struct profile *from,
    size_t candidates, change_fn *change, void *arg)
{
	int32_t rank[64] = {0};

	profile_init(to, candidates);
	for (size_t b = 0; b < from->ballots; b++) {
		memcpy(rank, from->rank + b * from->candidates,
		    from->candidates * sizeof(*rank));
		change(rank, from->candidates, b, arg);
		profile_add_weighted(to, rank, profile_weight(from, b), NULL);
	}
}

char *
shared_file(const char *path)
{
	const char *shared = getenv("CAUCUS_SHARED");
	char *name =
	    xasprintf("%s/%s", shared != NULL ? shared : "../shared", path);
	FILE *f = fopen(name, "re");
	struct buf b = {0};
	char chunk[8192];
	size_t n;

	if (f == NULL) {
		print_message("SKIPPED: no %s\n", name);
		free(name);
		return NULL;
	}
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(&b, chunk, n);
	fclose(f);
	free(name);
	return buf_take(&b);
}

int64_t
votes_without(const struct approvals *a, unsigned common, size_t enough,
    const bool *chosen)
{
	size_t n = a->profile->candidates, has;
	int64_t votes = 0;
	bool all;

	for (size_t b = 0; b < a->profile->ballots; b++) {
		all = true;
		has = 0;
		for (size_t x = 0; x < n; x++) {
			if (common >> x & 1)
				all &= a->approves[b * n + x];
			has += chosen[x] && a->approves[b * n + x];
		}
		if (all && has < enough)
			votes += profile_weight(a->profile, b);
	}
	return votes;
}
