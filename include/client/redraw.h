/*
 * Drawing again: the inputs of a recording are played with a language model of
 * today into a new recording that names its parent.  New statements come about,
 * so nobody's ballot is about them: they are predicted, and it is a simulation.
 */
#ifndef CLIENT_REDRAW_H
#define CLIENT_REDRAW_H

#include "client/cmd.h"

#define REDRAW_LABEL                                                           \
	"drafts drawn again, ballots predicted, critiques as they were given " \
	"to other statements"

/* Of the one file that is named, with --endpoint and --model, and with --seed,
 * --without and --output where the command has them; an exit code. */
int redraw(struct cmd *c);

/*
 * The scenario of a story (client/story.h); the caller decrefs.  NULL and
 * ERR_BROKEN: nobody has an opinion in it that may be drafted from;
 * ERR_INVALID_PARAMS: `without` (an id or a name; NULL: nobody) is nobody.
 * head: the hash of the parent's last event.
 */
json_t *redraw_scenario(const json_t *story, const char *head,
    const char *without, struct err *err);

#endif
