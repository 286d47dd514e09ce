/*
 * Recordings for the tests of the record floor: from sessions played through
 * the engine, whole, erased, tampered with, or small and made by hand.
 */
#ifndef UNIT_RECORD_FIXTURE_H
#define UNIT_RECORD_FIXTURE_H

#include "base/buf.h"
#include "record/recording.h"
#include "tests/fake/play.h"

typedef bool may_fn(const struct event *e, const struct sealed *item, void *);

/* Header and all events with the bodies that `may` (NULL: all) lets pass. */
void write_log(const struct play *p, may_fn *may, void *arg, struct buf *out);
/* The bodies that the operator's journal still has: all but those that a
 * text.erased of this session (arg: struct play) names. */
bool not_erased(const struct event *e, const struct sealed *item, void *arg);

/* Five that have little in common, so that drafts of them differ. */
extern const char *const fixture_opinions[5];

/* As for an observer: no ballots. */
bool no_rankings(const struct event *e, const struct sealed *item, void *arg);

/*
 * As write_log, with every event passed to `tamper` before it is placed anew
 * and the chain computed over what it left.  It may set e->seq to leave the
 * event out or to write it twice.
 */
#define TAMPER_DROP   (-1)
#define TAMPER_DOUBLE (-2)
void write_tampered(
    const struct play *p, void (*tamper)(struct event *e), struct buf *out);

/* Four events by hand, with every kind of escape in their bodies; about a
 * kilobyte, so that each of its bits can be flipped. */
void write_small(struct buf *out);

/* The play that most tests use: whole, two rounds, five people. */
void play_two_rounds(struct play *p);
/* A session in which much goes otherwise: late and early leavers, pauses,
 * proposals, strikes, overrides, deadlines, failures. */
void play_crooked(struct play *p);

#endif
