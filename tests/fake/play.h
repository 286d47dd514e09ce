/*
 * A whole deliberation through the engine alone, for unit tests, fuzzing and
 * benches: #include "tests/fake/play.c" in the one file that uses it.
 */
#ifndef TESTS_PLAY_H
#define TESTS_PLAY_H

#include "session/input.h"
#include "session/session.h"

struct play {
	struct session *s;
	struct event_list log; /* every event, in order */
	struct entropy entropy;
	int64_t now;
	char header[256];
	struct err err; /* of the last refusal */
};

/* settings: JSON text or NULL; seed NULL: "7". */
void play_begin(struct play *p, const char *settings, const char *seed);
void play_end(struct play *p);
/* Takes the input; 0, or -1 with p->err. */
int play_input(struct play *p, struct event *input);
int play_join(struct play *p, const char *name);
int play_text(struct play *p, int who, const char *slot, const char *text);
/* "s3>s1=s2"; agreement: JSON text or NULL. */
int
play_ballot(struct play *p, int who, const char *order, const char *agreement);
int play_next(struct play *p);	/* closes the present phase */
int play_timer(struct play *p); /* the timer that is set fires */
void play_jobs(struct play *p); /* the offline drafter does what is wanted */
/* Everyone ranks the slate as it stands, first best, and rates 7 6 5 …. */
void play_all_ballots(struct play *p);
/* n people, opinions, drafts, ballots, critiques, to the conclusion. */
void play_whole(struct play *p, int people);

#endif
