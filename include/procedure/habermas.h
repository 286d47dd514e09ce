/*
 * The habermas procedure: opinions, drafts, ballot, critique, revision.
 * M. H. Tessler et al., "AI can help humans find common ground in democratic
 * deliberation", Science 386 (2024).  Design section 5.
 *
 * Private to the procedure's files; everybody else uses procedure_find.
 */
#ifndef PROCEDURE_HABERMAS_H
#define PROCEDURE_HABERMAS_H

#include "choice/slate.h"
#include "session/session.h"

extern const struct procedure habermas;

/* Rows of the settings table, by index. */
enum habermas_setting {
	H_CANDIDATES,
	H_SHOWN,
	H_SLATE,
	H_KEEP,
	H_ROUNDS,
	H_METHOD,
	H_TIE_BREAK,
	H_ABSENT,
	H_QUORUM,
	H_DEADLINE,
	H_DRAFT_DEADLINE,
	H_LOBBY_DEADLINE,
	H_PATIENCE,
	H_ANONYMOUS,
	H_TEXTS,
	H_RATINGS,
	H_SEATS,
	H_GROUP,
	H_TEXT_MAX,
	H_STATEMENT_MAX,
	H_PROPOSALS,
	H_ATTEMPTS,
	H_POOLS,
	H_REVIEW,
	H_ASK_POSITION,
	H_ASK_IMPORTANCE,
	H_ASK_PREFERENCE,
	H_ASK_DISSENT,
	H_ASK_SURVEY,
	H_LANGUAGE,
	H_PREDICTOR,
	H_PERMUTATIONS,
	H_DRAFT_QUORUM,
	H_BUDGET_CALLS,
	H_SETTINGS
};
enum { RATINGS_REQUIRED, RATINGS_OPTIONAL, RATINGS_ALL };

enum habermas_slot {
	H_OPINION,
	H_CRITIQUE,
	H_BALLOT,
	H_AGREEMENT,
	H_QUALITY,
	H_POSITION,
	H_IMPORTANCE,
	H_PREFERENCE,
	H_DISSENT,
	H_POSITION_AFTER,
	H_SURVEY
};
enum habermas_phase {
	H_LOBBY,
	H_IN_POSITION,
	H_IN_OPINION,
	H_IN_CRITIQUE,
	H_IN_DRAFT,
	H_IN_REVIEW,
	H_IN_BALLOT,
	H_IN_PREFERENCE,
	H_IN_DISSENT,
	H_IN_POSITION_AFTER,
	H_IN_SURVEY,
	H_CONCLUDED
};
/* Options of the preference, as they are counted. */
enum { PREFER_FIRST = 1, PREFER_REVISED, PREFER_SAME };

/* habermas_form.c: the questions of a survey that brings none */
extern const struct form_item habermas_form[];

/* habermas_draft.c: jobs, candidates, slate */
void habermas_fold(struct session *s, const struct event *e);
int64_t habermas_late_at(const struct session *s);
bool habermas_wants(const struct session *s, const struct job_state *job);
struct job *habermas_render(const struct session *s, const char *id);
/* The next event of a drafting, NULL while it waits. */
struct event *habermas_drafting(const struct session *s);
/* The slate out of what the facilitator has let stand; NULL: nothing is. */
struct event *habermas_reviewed(const struct session *s);
/* Whether it has come to nothing that could be put to the vote. */
bool habermas_drafting_failed(const struct session *s);
/* Predicted rank of a person over `places` statements; false if there
 * is none.  Dense. */
bool habermas_predicted(const struct session *s, int participant,
    const int *statements, size_t n, int32_t *rank);

/* habermas_merge.c: predictions in parts.  Of each participant, whether one of
 * them has not ended (fresh, free(3)); when all have and one of them was had,
 * the ballot out of those that were. */
bool *habermas_parts_open(const struct session *s);
struct event *
habermas_merged(const struct session *s, const struct job_state *of);

/* habermas_tally.c */
struct event *habermas_tally(const struct session *s);
/* Adds the members of an election's account to data. */
void habermas_election_json(json_t *data, const struct session *s,
    const int *statements, const struct profile *p, const struct tally *t);

/* habermas_figures.c: adds what the phases beside the ballots came to. */
void habermas_figures(json_t *data, const struct session *s);

/* habermas_result.c */
struct event *habermas_conclude(const struct session *s, const char *reason);

/* habermas.c: what the settings name.  Predictions are rankings without
 * ratings, so a method over ratings leaves these to schulze. */
const struct rule *habermas_rule(const struct session *s);
const struct rule *habermas_predicting_rule(const struct session *s);
const struct slate_rule *habermas_slate_rule(const struct session *s);
enum tie_break habermas_tie_break(const struct session *s);
enum predictor_id habermas_predictor(const struct session *s);

/* habermas.c: an event that begins a wait carries its timer. */
void habermas_timer(
    const struct session *s, json_t *data, enum habermas_setting seconds);

#endif
