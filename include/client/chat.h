/* One conversation of `caucus chat`, and what its /commands do. */
#ifndef CLIENT_CHAT_H
#define CLIENT_CHAT_H

#include <jansson.h>
#include <stdbool.h>

#include "client/cmd.h"
#include "client/editor.h"
#include "client/news.h"

/* A contribution that waits for the daemon to come back. */
struct chat_kept {
	const char *method; /* NULL: none waits */
	json_t *params;
	enum message done;
};

struct chat {
	struct cmd *c;
	struct news news;
	struct editor *editor;
	json_t *answers; /* of the survey, so far, by question */
	json_int_t past; /* events up to here are history */
	char *advised;	 /* what was said last to be typed next */
	struct chat_kept kept;
	bool away;	  /* the daemon is gone */
	long long try_at; /* ms: when it is looked for again … */
	int try_ms;	  /* … and how long later the time after */
	bool over;	  /* whoever typed has had enough */
	int code;	  /* the program's exit code */
};

/*
 * Sends it, or keeps it when the daemon is away: with its key it counts once
 * however often it is sent.  params is taken.  Says what came of it.
 */
void chat_give(
    struct chat *ch, const char *method, json_t *params, enum message done);
/* Calls at once or not at all, and says why not; params is taken.  true: it
 * was done, and *result (NULL: not wanted) is the caller's to decref. */
bool
chat_call(struct chat *ch, const char *method, json_t *params, json_t **result);
/* Sends the survey when every question has been answered or left out. */
void chat_survey(struct chat *ch);
/* Says an error of ours or of the daemon's. */
void chat_complain(struct chat *ch, struct err *err);

/* /name rest. */
void chat_command(struct chat *ch, const char *name, const char *rest);
/* The n-th "/name" that begins so and that this person may type; NULL. */
const char *chat_command_named(struct chat *ch, const char *start, size_t n);

#endif
