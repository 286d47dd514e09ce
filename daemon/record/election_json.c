/* Elections as JSON objects; the format stands in record/election.h. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "record/election.h"

/* What is being read. */
struct reading {
	struct election *e;
	int32_t *rank; /* room for one ballot, and for finding its gaps */
	bool *taken;
	int64_t *weight; /* of each ballot as it stands in the file */
	size_t ballots;
};

static int
read_names(struct election *e, const json_t *list, struct err *err)
{
	size_t n = json_array_size(list), i;
	const char **names;
	json_t *v;
	int r = 0;

	if (election_size((int64_t)n, err) != 0)
		return -1;
	names = xcalloc(n, sizeof(*names));
	json_array_foreach(list, i, v) {
		names[i] = json_string_value(v);
		if (names[i] == NULL && r == 0)
			r = err_set(err, ERR_BAD_BALLOT, "candidates",
			    "candidate %zu is not a name: give a string",
			    i + 1);
	}
	if (r == 0)
		r = labels_names(&e->labels, names, n, err);
	free(names);
	return r;
}

static int
read_candidates(struct election *e, const json_t *v, struct err *err)
{
	if (json_is_array(v))
		return read_names(e, v, err);
	if (!json_is_integer(v))
		return err_set(err, ERR_BAD_BALLOT, "candidates",
		    "candidates must be their number or a list of their "
		    "names");
	if (election_size(json_integer_value(v), err) != 0)
		return -1;
	labels_init(&e->labels, (size_t)json_integer_value(v));
	return 0;
}

/* ---- ballots ---- */

/* What a rank is that is no number of a place. */
static int
bad_rank(const json_t *v, size_t n, struct err *err)
{
	long long r = json_integer_value(v);

	if (!json_is_integer(v))
		return err_set(err, ERR_BAD_BALLOT, "ballots",
		    "a rank must be a whole number from 0 (best), or null for "
		    "a candidate that this person never saw");
	if (r < 0)
		return err_set(err, ERR_BAD_BALLOT, "ballots",
		    "there is no rank %lld: ranks begin at 0 (best); write "
		    "null for a candidate that this person never saw",
		    r);
	return err_set(err, ERR_BAD_BALLOT, "ballots",
	    "there is no rank %lld among %zu candidates: ranks go 0, 1, 2 … "
	    "without a gap",
	    r, n);
}

static int
read_rank(const json_t *v, size_t n, int32_t *rank, struct err *err)
{
	json_int_t r = json_is_integer(v) ? json_integer_value(v) : -1;

	if (r >= 0 && r < (json_int_t)n)
		*rank = (int32_t)r;
	else if (json_is_null(v))
		*rank = RANK_UNSEEN;
	else
		return bad_rank(v, n, err);
	return 0;
}

static int
check_gaps(struct reading *in, size_t n, struct err *err)
{
	int32_t worst = -1;

	memset(in->taken, 0, n * sizeof(*in->taken));
	for (size_t x = 0; x < n; x++)
		if (in->rank[x] >= 0) {
			in->taken[in->rank[x]] = true;
			worst = in->rank[x] > worst ? in->rank[x] : worst;
		}
	for (int32_t r = 0; r <= worst; r++)
		if (!in->taken[r])
			return err_set(err, ERR_BAD_BALLOT, "ballots",
			    "some candidate has rank %d and none has rank %d: "
			    "ranks go 0, 1, 2 … without a gap",
			    worst, r);
	return 0;
}

static int
read_ranks(struct reading *in, const json_t *row, struct err *err)
{
	size_t n = in->e->labels.n;

	if (json_array_size(row) != n)
		return err_set(err, ERR_BAD_BALLOT, "ballots",
		    "there are %zu ranks for %zu candidates: give one for "
		    "each, null for what this person never saw",
		    json_array_size(row), n);
	for (size_t x = 0; x < n; x++)
		if (read_rank(json_array_get(row, x), n, &in->rank[x], err) !=
		    0)
			return election_at(err, "candidate", x + 1);
	return check_gaps(in, n, err);
}

static int
read_counted(
    struct reading *in, const json_t *o, int64_t *weight, struct err *err)
{
	static const char *const known[] = {"ranking", "ranks", "count", NULL};
	const char *ranking = NULL;
	const json_t *ranks = NULL;

	if (json_only(o, known, err) != 0 ||
	    json_get_str(o, "ranking", JSON_OPTIONAL, &ranking, err) != 0 ||
	    json_get_arr(o, "ranks", JSON_OPTIONAL, &ranks, err) != 0 ||
	    json_get_int(
		o, "count", JSON_OPTIONAL, 1, WEIGHT_MAX, weight, err) != 0)
		return -1;
	if ((ranking == NULL) == (ranks == NULL))
		return err_set(err, ERR_BAD_BALLOT, "ballots",
		    "give either \"ranking\", such as \"A>B=C\", or "
		    "\"ranks\"");
	if (ranks != NULL)
		return read_ranks(in, ranks, err);
	if (strlen(ranking) !=
	    json_string_length(json_object_get(o, "ranking")))
		return err_set(err, ERR_BAD_BALLOT, "ballots",
		    "there is a NUL in the ranking");
	return ballot_parse(&in->e->labels, ranking, in->rank, err);
}

static bool
saw_something(const int32_t *rank, size_t n)
{
	for (size_t x = 0; x < n; x++)
		if (rank[x] != RANK_UNSEEN)
			return true;
	return false;
}

static int
read_ballot(struct reading *in, const json_t *v, struct err *err)
{
	struct election *e = in->e;
	int64_t weight = 1;
	int r;

	if (json_is_array(v))
		r = read_ranks(in, v, err);
	else if (json_is_object(v))
		r = read_counted(in, v, &weight, err);
	else
		r = err_set(err, ERR_BAD_BALLOT, "ballots",
		    "a ballot must be a list of ranks, or an object such as "
		    "{\"ranking\":\"A>B\",\"count\":3}");
	if (r != 0)
		return -1;
	in->weight[in->ballots++] = weight;
	if (saw_something(in->rank, e->labels.n))
		return profile_add_weighted(&e->profile, in->rank, weight, err);
	e->empty++;
	return 0;
}

static int
read_ballots(struct reading *in, const json_t *list, struct err *err)
{
	json_t *v;
	size_t i;

	in->weight = xcalloc(json_array_size(list) + 1, sizeof(*in->weight));
	json_array_foreach(list, i, v) {
		if (read_ballot(in, v, err) != 0)
			return election_at(err, "ballot", i + 1);
	}
	return 0;
}

/* ---- ratings ---- */

static int
read_rating(struct rating *r, const json_t *v, int64_t weight, struct err *err)
{
	json_int_t value = json_integer_value(v);

	if (json_is_null(v))
		return 0;
	if (!json_is_integer(v) || value < 1 || value > 7)
		return err_set(err, ERR_BAD_RATING, "ratings",
		    "a rating must be a whole number from 1 to 7, or null");
	rating_add(r, (int)value, weight);
	return 0;
}

static int
read_rating_row(
    struct reading *in, const json_t *row, int64_t weight, struct err *err)
{
	size_t n = in->e->labels.n, x;
	json_t *v;

	if (json_is_null(row))
		return 0;
	if (!json_is_array(row) || json_array_size(row) != n)
		return err_set(err, ERR_BAD_RATING, "ratings",
		    "a row of ratings must have %zu places, one for each "
		    "candidate, null for what was not rated; or be null",
		    n);
	json_array_foreach(row, x, v) {
		if (read_rating(&in->e->ratings[x], v, weight, err) != 0)
			return election_at(err, "candidate", x + 1);
	}
	return 0;
}

static int
read_ratings(
    struct reading *in, const json_t *list, bool ballots, struct err *err)
{
	struct election *e = in->e;
	json_t *row;
	size_t i;

	if (ballots && json_array_size(list) != in->ballots)
		return err_set(err, ERR_BAD_RATING, "ratings",
		    "there are %zu rows of ratings for %zu ballots: give one "
		    "for each, null for who rated nothing",
		    json_array_size(list), in->ballots);
	e->ratings = xcalloc(e->labels.n, sizeof(*e->ratings));
	e->profile.ratings = e->ratings;
	json_array_foreach(list, i, row) {
		if (read_rating_row(
			in, row, ballots ? in->weight[i] : 1, err) != 0)
			return election_at(err, "row of ratings", i + 1);
	}
	return 0;
}

/* ---- the object ---- */

/* The results that we write may stand in what we read, and notes. */
static const char *const known_members[] = {"candidates", "ballots", "ratings",
    "id", "title", "note", "method", "ranking", "winners", "order", "winner",
    NULL};

static int
read_members(struct reading *in, const json_t *o, struct err *err)
{
	const json_t *ballots = NULL, *ratings = NULL;
	struct election *e = in->e;
	size_t n;

	if (json_only(o, known_members, err) != 0 ||
	    json_get_arr(o, "ballots", JSON_OPTIONAL, &ballots, err) != 0 ||
	    json_get_arr(o, "ratings", JSON_OPTIONAL, &ratings, err) != 0)
		return -1;
	if (ballots == NULL && ratings == NULL)
		return err_set(err, ERR_BAD_BALLOT, "ballots",
		    "there are neither ballots nor ratings");
	if (read_candidates(e, json_object_get(o, "candidates"), err) != 0)
		return -1;
	n = e->labels.n;
	profile_init(&e->profile, n);
	in->rank = xcalloc(n, sizeof(*in->rank));
	in->taken = xcalloc(n, sizeof(*in->taken));
	if (ballots != NULL && read_ballots(in, ballots, err) != 0)
		return -1;
	if (ratings != NULL)
		return read_ratings(in, ratings, ballots != NULL, err);
	return 0;
}

int
election_read_json(const struct election_format *f, const char *text,
    size_t len, struct election *e, struct err *err)
{
	struct reading in = {.e = e};
	int r;

	(void)f;
	e->source = json_read(text, len, err);
	if (e->source == NULL)
		return -1;
	if (json_is_object(e->source))
		r = read_members(&in, e->source, err);
	else
		r = err_set(
		    err, ERR_BROKEN, NULL, "an election must be a JSON object");
	free(in.rank);
	free(in.taken);
	free(in.weight);
	return r;
}
