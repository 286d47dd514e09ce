/*
 * Elections for the tests of the choice floor: written out, or drawn.
 */
#ifndef UNIT_CHOICE_ELECTIONS_H
#define UNIT_CHOICE_ELECTIONS_H

#include "base/stream.h"
#include "choice/approvals.h"
#include "choice/tally.h"

struct votes {
	int64_t count;
	const char *ballot; /* "A>B=C" */
};

/* Rows ended by a NULL ballot. */
void profile_of(struct profile *p, size_t n, const struct votes *v);
/* The social ranking of a rule, as "A>B=C", is `expected`. */
void
assert_ranking(const char *rule, const struct profile *p, const char *expected);
/* Runs rule and compares t.score. */
void assert_scores(
    const char *rule, const struct profile *p, const int64_t *expected);

/*
 * 2..most candidates, 1..12 ballots, drawn from number: with ties, some
 * truncated; some elections with weights, some with unseen candidates.
 */
void random_profile(struct profile *p, uint64_t number, size_t most);
/* Ratings 1..7 of 1..9 people, some left out; free with free(3). */
struct rating *random_ratings(uint64_t number, size_t n);

/* A copy with each row passed to `change`, which may alter it. */
typedef void change_fn(int32_t *rank, size_t n, size_t ballot, void *arg);
void profile_changed(struct profile *to, const struct profile *from,
    size_t candidates, change_fn *change, void *arg);

/* The votes of those who approve all candidates of the set `common` and have
 * fewer than `enough` among the chosen. */
int64_t votes_without(const struct approvals *a, unsigned common, size_t enough,
    const bool *chosen);

/* Opens ../shared/PATH or $CAUCUS_SHARED/PATH; NULL, having said what is
 * skipped, if it is not there.  Fresh text. */
char *shared_file(const char *path);

/* The published election most textbooks use: four cities of Tennessee vote on
 * their capital.  A Memphis, B Nashville, C Chattanooga, D Knoxville. */
extern const struct votes tennessee[];

#endif
