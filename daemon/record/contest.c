#include "record/contest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/format_own.h"

static struct contest *
contest_of(struct contests *c, const json_t *row)
{
	int64_t round = cell_int(row, "round", 0);
	const char *session = row_session(row);
	char key[200];
	json_t *at;

	snprintf(key, sizeof key, "%" PRId64 "/%s", round, session);
	at = json_object_get(c->index, key);
	if (at != NULL)
		return &c->v[json_integer_value(at)];
	json_object_set_new(c->index, key, json_integer((json_int_t)c->n));
	c->v = xgrow(c->v, c->n, &c->cap, sizeof *c->v);
	c->v[c->n] = (struct contest){
	    .session = session,
	    .round = round,
	    .places = json_object(),
	    .votes = json_object(),
	    .counts = json_object(),
	};
	return &c->v[c->n++];
}

static void
place_statement(struct contest *e, const char *id)
{
	if (json_object_get(e->places, id) == NULL)
		json_object_set_new(e->places, id,
		    json_integer((json_int_t)json_object_size(e->places)));
}

static void
take_ballot(struct contests *c, const json_t *row)
{
	const char *kind = cell_str(row, "kind");
	const char *who = cell_str(row, "participant");
	const char *id = cell_str(row, "statement");
	json_t *rank = json_object_get(row, "rank"), *vote, *count;
	struct contest *e;

	if (kind == NULL || strcmp(kind, "cast") != 0 || who == NULL ||
	    id == NULL || !json_is_integer(rank) || !row_stands(row))
		return;
	e = contest_of(c, row);
	place_statement(e, id);
	vote = json_object_get(e->votes, who);
	if (vote == NULL) {
		vote = json_object();
		json_object_set_new(e->votes, who, vote);
	}
	json_object_set(vote, id, rank);
	count = json_object_get(row, "count");
	if (count != NULL)
		json_object_set(e->counts, who, count);
}

static void
take_tally(struct contests *c, const json_t *row)
{
	const char *id = cell_str(row, "statement");
	struct contest *e;

	if (id == NULL)
		return;
	e = contest_of(c, row);
	if (!json_is_true(json_object_get(row, "winner")))
		return;
	e->winner = id;
	e->published = json_is_true(json_object_get(row, "published"));
}

static int
id_cmp(const void *a, const void *b)
{
	const char *x = *(const char *const *)a, *y = *(const char *const *)b;
	int64_t m = id_number(x), n = id_number(y);

	return m != n ? (m < n ? -1 : 1) : strcmp(x, y);
}

/* By their numbers: the order in which ballots came would tell of the first. */
static void
sort_places(struct contest *e)
{
	json_t *sorted = json_object(), *place;
	const char **ids, *id;
	size_t n = 0, i;

	ids = xcalloc(json_object_size(e->places) + 1, sizeof *ids);
	json_object_foreach(e->places, id, place)
		ids[n++] = id;
	qsort(ids, n, sizeof *ids, id_cmp);
	for (i = 0; i < n; i++)
		json_object_set_new(
		    sorted, ids[i], json_integer((json_int_t)i));
	free(ids);
	json_decref(e->places);
	e->places = sorted;
}

void
contests_read(struct contests *c, const struct tables *t)
{
	json_t *row;
	size_t i;

	*c = (struct contests){.index = json_object()};
	json_array_foreach(t->rows[TABLE_BALLOTS], i, row)
		take_ballot(c, row);
	json_array_foreach(t->rows[TABLE_TALLIES], i, row)
		take_tally(c, row);
	for (i = 0; i < c->n; i++)
		sort_places(&c->v[i]);
}

void
contests_free(struct contests *c)
{
	size_t i;

	for (i = 0; i < c->n; i++) {
		json_decref(c->v[i].places);
		json_decref(c->v[i].votes);
		json_decref(c->v[i].counts);
	}
	free(c->v);
	json_decref(c->index);
	*c = (struct contests){0};
}

/* ---- counting ---- */

static size_t
count_of(const struct contest *c, const char *who)
{
	const json_t *n = json_object_get(c->counts, who);

	return n != NULL ? (size_t)json_integer_value(n) : 1;
}

bool
contest_profile(const struct contest *c, struct profile *p)
{
	size_t n = json_object_size(c->places), k;
	const char *who, *id;
	json_t *vote, *rank;
	int32_t *ranks;
	bool fits = true;

	if (n == 0 || json_object_size(c->votes) > CONTEST_RANKS_MAX / n)
		return false;
	profile_init(p, n);
	ranks = xcalloc(n, sizeof *ranks);
	json_object_foreach(c->votes, who, vote) {
		for (k = 0; k < n; k++)
			ranks[k] = -1;
		json_object_foreach(vote, id, rank)
			ranks[json_integer_value(json_object_get(c->places,
			    id))] = (int32_t)json_integer_value(rank);
		fits = fits && profile_add_weighted(p, ranks,
				   (int64_t)count_of(c, who), NULL) == 0;
	}
	free(ranks);
	if (!fits)
		profile_free(p);
	return fits;
}

static void
compare(const struct contest *c, const struct tally *t, struct retally *out)
{
	const json_t *place =
	    c->winner != NULL ? json_object_get(c->places, c->winner) : NULL;

	if (c->winner == NULL)
		return;
	out->published++;
	if (place == NULL || t->rank[json_integer_value(place)] != 0) {
		out->outside++;
		if (out->first[0] == '\0')
			snprintf(out->first, sizeof out->first,
			    "%.64s, round %" PRId64, c->session, c->round);
	} else if (t->winners == 1) {
		out->sole++;
	} else {
		out->lot++;
	}
}

void
contests_retally(
    const struct contests *c, const struct rule *rule, struct retally *out)
{
	struct profile p;
	struct tally t;
	size_t i;

	*out = (struct retally){0};
	for (i = 0; i < c->n; i++) {
		if (json_object_size(c->v[i].votes) == 0)
			continue;
		out->elections++;
		if (!contest_profile(&c->v[i], &p)) {
			out->large++;
			continue;
		}
		tally_run(rule, &p, &t);
		compare(&c->v[i], &t, out);
		tally_free(&t);
		profile_free(&p);
	}
}
