/*
 * A recording told as one JSON value: who said what, what was drafted, shown,
 * voted and elected, round by round.  Deterministic: equal deliberations give
 * equal stories; no hashes, no times.
 *
 *	{question: {text, affirming?, negating?}, session, seed?, settings,
 *	 drafter?: who drafts, as the terms say it,
 *	 labels?, survey?, like?, language?: {language, votes, of},
 *	 participants: [{id, name, opinion?, left?, labels?, like?, position?,
 *	   importance?, preference?, dissent?, signature?, position_after?,
 *	   survey?, words?}],	  as they joined
 *	 rounds: [{round, drafts: {candidates, duplicates, failed},
 *	   critiques: {id: text},
 *	   statements: [{id, text, by}],	by id
 *	   shown: [ids],
 *	   ballots: [{id, participant, kind, ranking, agreement?, quality?}],
 *	   tally: as in the event tally.decided, or null}],
 *	 acts: [{act, round, what?, by, reason?}],   what a facilitator
 *	   overruled
 *	 result: as in the event session.concluded with `statement`,
 *	   `written_by`, `quality`, `dissents`, `exchanges` and, where any
 *	   failed, `failures` {how: n}, or null}
 *
 * What the recording does not hold (role, erasure) is missing here too.
 */
#ifndef CLIENT_STORY_H
#define CLIENT_STORY_H

#include <jansson.h>
#include <stddef.h>

#include "base/err.h"

/* The caller decrefs.  NULL: ERR_BROKEN; the chain is verify's business. */
json_t *story_read(const char *bytes, size_t len, struct err *err);

/*
 * What `caucus run --json` prints.  preset and recording may be NULL; the
 * caller decrefs.
 */
json_t *
story_run_json(const json_t *story, const char *preset, const char *recording);

/*
 * Whether the endpoint did its work: -1 and ERR_NOT_FOUND, naming it, how it
 * failed and what to do, where a deliberation ended without a statement
 * because a language model gave none.  address: its URL where it is known, or
 * NULL.
 */
int story_drafted(const json_t *story, const char *address, struct err *err);

/* A statement's text anywhere in the story; NULL. */
const char *story_text(const json_t *story, const char *statement);

#endif
