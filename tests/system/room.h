/* One session and somebody in every role; all but the operator over TCP. */
#ifndef TESTS_SYSTEM_ROOM_H
#define TESTS_SYSTEM_ROOM_H

#include "harness.h"

enum who {
	OPERATOR,    /* by peer credentials; holds no token */
	FACILITATOR, /* by the token of session.create */
	APPOINTED,   /* a participant who was made a facilitator */
	PARTICIPANT,
	LEAVER,	  /* a participant who withdraws (room_part) */
	EXPELLED, /* … who is removed */
	OWNER,	  /* … whose token is reissued to them */
	OBSERVER,
	STRANGER, /* no token at all */
	THIEF,	  /* holds the token of OWNER that is then revoked */
	WHO
};
extern const char *const who_names[WHO];

struct room {
	struct client c[WHO];
	char id[WHO][16]; /* "f1", "p-…", "o1"; "" for none */
	char session[32], code[64], terms[80];
	const char *endpoint; /* who drafts; NULL: as the daemon says */
};

/* The daemon must listen on TCP, with create_anyone=1.  Takes settings; of *r
 * only endpoint is read. */
int room_open(
    struct room *r, const struct daemon *d, json_t *settings, const char *seed);
/* The next session, of the same people over the same connections. */
int room_again(struct room *r, json_t *settings, const char *seed);
/* LEAVER, EXPELLED and THIEF lose what they have. */
int room_part(struct room *r);
void room_close(struct room *r);
bool who_participates(enum who w);
/* As client_call, with the session added to params. */
json_t *
room_call(struct room *r, enum who w, const char *method, json_t *params);
/* As client_ask, likewise. */
json_t *
room_ask(struct room *r, enum who w, const char *method, json_t *params);
/* 0 when there was a result. */
int room_do(struct room *r, enum who w, const char *method, json_t *params);
/* Waits until the session is in that phase. */
int room_wait(struct room *r, const char *phase);

#endif
