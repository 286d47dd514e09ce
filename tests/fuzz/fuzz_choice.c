/*
 * Elections and ballots come from anyone.  The first byte says how the rest is
 * read:
 *
 *	b	a ballot with letters; what is read and printed reads the same
 *	n	a ballot with names
 *	j l	JSON, JSON Lines; other letters: as a file of no known name
 *	1 2 3 4	PrefLib's soc, soi, toc, toi
 *
 * Every election that can be read is counted by every rule, every tie broken,
 * every winner explained, every slate chosen.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "choice/explain.h"
#include "choice/slate.h"
#include "record/election.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Beyond these only time is spent. */
#define CANDIDATES_HERE 24
#define BALLOTS_HERE	400

static void
require(bool holds)
{
	if (!holds)
		abort();
}

/* ---- ballots ---- */

static void
try_ballot(const struct labels *l, const char *text)
{
	int32_t *rank = xcalloc(l->n, sizeof(*rank));
	int32_t *again = xcalloc(l->n, sizeof(*again));
	struct buf printed = {0};
	struct err err = {0};

	if (ballot_parse(l, text, rank, &err) == 0) {
		ballot_print(l, rank, &printed);
		require(ballot_parse(l, printed.data, again, &err) == 0);
		require(memcmp(rank, again, l->n * sizeof(*rank)) == 0);
	} else {
		require(err.code == ERR_BAD_BALLOT && err.text[0] != '\0');
	}
	buf_free(&printed);
	free(rank);
	free(again);
}

static void
try_letters(const char *text)
{
	struct labels l;

	labels_init(&l, 30);
	try_ballot(&l, text);
}

static void
try_names(const char *text)
{
	static const char *const names[] = {
	    "a", "aa", "a b", "b", "Ä", "A", "abc"};
	struct labels l;

	require(labels_names(&l, names, 7, NULL) == 0);
	try_ballot(&l, text);
	labels_free(&l);
}

/* ---- elections ---- */

static void
check_tally(const struct tally *t)
{
	size_t winners = 0;

	for (size_t x = 0; x < t->n; x++) {
		require(t->rank[x] >= 0 && t->rank[x] < (int32_t)t->n);
		winners += t->rank[x] == 0;
	}
	require(winners == t->winners && winners > 0);
}

static void
check_ties(const struct tally *t, const struct profile *p)
{
	enum tie_decider decider;
	struct stream draw;
	size_t x;

	for (int how = TIE_AGREEMENT; how <= TIE_NONE; how++) {
		stream_open(&draw, "fuzz", "tie", 0, 0);
		x = tie_resolve(
		    t, p, p->ratings, (enum tie_break)how, &draw, &decider);
		require(x < t->n ? t->rank[x] == 0 : how == TIE_NONE);
		require((decider == DECIDED_NONE) == (t->winners == 1));
	}
}

static void
check_words(const struct tally *t, const struct election *e)
{
	struct explanation x;
	struct buf out = {0};

	explain_init(&x, t, &e->profile);
	explain_matrix(&x, &e->labels, &out);
	explain_text(&x, &e->labels, t->n, DECIDED_OPEN, 5, &out);
	require(out.len > 0);
	json_decref(explain_json(&x));
	explain_free(&x);
	buf_free(&out);
}

static void
check_slates(const struct tally *t, const struct profile *p)
{
	size_t out[CANDIDATES_HERE], count;
	bool allowed[CANDIDATES_HERE], seen[CANDIDATES_HERE] = {false};

	for (size_t x = 0; x < t->n; x++)
		allowed[x] = x % 5 != 4;
	for (const struct slate_rule *r = slate_rules; r->name != NULL; r++) {
		count = r->choose(p, t, t->n, allowed, 3, out);
		require(count <= 3);
		memset(seen, 0, sizeof(seen));
		for (size_t i = 0; i < count; i++) {
			require(out[i] < t->n && allowed[out[i]]);
			require(!seen[out[i]]);
			seen[out[i]] = true;
		}
	}
}

static void
count_election(const struct election *e)
{
	struct tally t;

	require(e->labels.n == e->profile.candidates);
	if (e->labels.n > CANDIDATES_HERE || e->profile.ballots > BALLOTS_HERE)
		return;
	for (const struct rule *r = rules; r->name != NULL; r++) {
		if (rule_fits(r, &e->profile, NULL) != 0)
			continue;
		tally_run(r, &e->profile, &t);
		check_tally(&t);
		check_ties(&t, &e->profile);
		if (r == rules) {
			check_words(&t, e);
			check_slates(&t, &e->profile);
		}
		tally_free(&t);
	}
}

static void
try_file(const char *name, const char *text, size_t len)
{
	struct election_reader r;
	struct election e;
	struct err err = {0};
	int got = election_open(&r, name, text, len, &err);

	while (got == 0) {
		got = election_next(&r, &e, &err);
		if (got == 0)
			return;
		if (got == 1) {
			count_election(&e);
			election_free(&e);
			got = 0;
		}
	}
	require(err.text[0] != '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"x.soc", "x.soi", "x.toc", "x.toi"};
	char *text;
	size_t len;

	if (size < 1 || size > 20000)
		return 0;
	len = size - 1;
	text = xmalloc(size);
	memcpy(text, data + 1, len);
	text[len] = '\0';
	if (data[0] == 'b')
		try_letters(text);
	else if (data[0] == 'n')
		try_names(text);
	else if (data[0] >= '1' && data[0] <= '4')
		try_file(names[data[0] - '1'], text, len);
	else if (data[0] == 'l')
		try_file("x.jsonl", text, len);
	else
		try_file(data[0] == 'j' ? "x.json" : NULL, text, len);
	free(text);
	return 0;
}
