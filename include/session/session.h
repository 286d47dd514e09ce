/*
 * A session's state: the fold of its events, and nothing else.  Plain data:
 * procedures read it, only session_apply (daemon/session/apply*.c) writes it.
 * Pure: no clock, no randomness, no I/O.  Design sections 3 to 5.
 *
 *	struct session *s = session_new(id, procedure, header_hash);
 *	session_decide(s, input, &out, &err)   live, and in replay
 *	session_apply(s, event)		       recovery
 *
 * Both roads end in the same state (session_dump is equal).
 */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/err.h"
#include "base/keymap.h"
#include "choice/tally.h"
#include "job/job.h"
#include "session/event.h"
#include "session/procedure.h"

#define PARTICIPANT_ID_MAX 12
#define STATEMENT_ID_MAX   8
#define RATING_MIN	   1
#define RATING_MAX	   7

/* What a participant has given in one slot; current only. */
struct given {
	int64_t seq; /* 0: nothing */
	int round;
	bool withheld;	  /* KIND_TEXT: kept from drafting */
	bool erased;	  /* KIND_TEXT */
	char *text;	  /* KIND_TEXT; NULL when erased */
	int32_t *rank;	  /* KIND_BALLOT: rank per slate place, dense */
	uint8_t *rating;  /* KIND_RATING: 1..7 per slate place, 0 = none */
	size_t places;	  /* that the slate had then */
	int choice;	  /* KIND_CHOICE: 1.., 0 = none */
	int32_t *answers; /* KIND_CHOICE of a form: per item, 0 = none */
	bool is_signed;	  /* KIND_TEXT */
	char language[SETTING_TAG_MAX + 1]; /* KIND_TEXT: "" unknown */
};

struct own_text { /* every text a person ever gave, for erasure */
	int64_t seq;
	char name[SEAL_NAME_MAX];
};

enum presence { PRESENT, WITHDRAWN, REMOVED };
struct participant {
	char id[PARTICIPANT_ID_MAX]; /* "p-k3x9a2" */
	enum presence presence;
	bool facilitator; /* appointed */
	bool abstained;	  /* from the present phase */
	bool consented;
	int64_t joined; /* seq */
	char *name;	/* NULL: none or erased */
	/* who this was in the session its invitation is bound to; or "" */
	char like[PARTICIPANT_ID_MAX];
	struct given given[SLOTS_MAX];
	struct own_text *texts;
	size_t ntexts, captexts;
};

struct invitation {
	char id[8];    /* "i1" */
	char role[16]; /* "participant", "observer", "facilitator" */
	int64_t uses, used, expires_at; /* 0: no bound */
	bool revoked;
	char like[20]; /* bound to the participants of that session; or "" */
};

enum origin { FROM_DRAFT, FROM_PROPOSAL };
struct statement {
	char id[STATEMENT_ID_MAX]; /* "s3" */
	int round;		   /* in which it first stood */
	enum origin origin;
	int draft;	/* FROM_DRAFT: 1.. ; FROM_PROPOSAL: index */
	int64_t source; /* seq of the event that brought its text */
	char *text;	/* NULL when erased */
	bool struck;
};

struct proposal {
	int64_t seq;
	int participant; /* index; -1: a facilitator */
	char by[PARTICIPANT_ID_MAX];
	char *text;
	bool taken; /* has become a statement */
	bool erased;
};

/* Why an exchange.cancelled gave up a job: enough others were there; the
 * session's budget is spent. */
#define CANCELLED_LATE	 "late"
#define CANCELLED_BUDGET "budget"

enum job_state_kind { JOB_WANTED, JOB_STARTED, JOB_DONE, JOB_FAILED };
struct job_state {
	char id[JOB_ID_MAX];
	enum job_kind kind;
	int round, index; /* index 1.. */
	int participant;  /* JOB_PREDICT */
	enum job_state_kind state;
	int attempts;	/* started */
	bool told;	/* its derived event has been made */
	bool late;	/* cancelled because enough others were there */
	char *text;	/* JOB_DRAFT done */
	int64_t source; /* … seq of its exchange.finished */
	int64_t chars;
	int *near; /* drafts (index 1..) it nearly repeats */
	size_t nnear;
	/* JOB_PREDICT: by which method, and which part of how many (from 1) */
	enum predictor_id method;
	int part, parts;
	int64_t value, mass; /* done, of a method that rates */
	bool merged;	     /* rank is what the parts came to together */
	int32_t *rank;	     /* JOB_PREDICT done: per candidate, dense */
	size_t nrank; /* candidates there were then; later ones come last */
};

/* A prompt template whose text stands in a template.used, the latest of its
 * name. */
#define TEMPLATES_USED_MAX 8
struct used_template {
	char name[16];
	uint8_t digest[DIGEST_LEN];
};

/* What an input's sealed findings say, until text.flagged has told it. */
struct flag {
	int64_t seq;	      /* of the input; 0: nothing is to be told */
	char what[16];	      /* a slot's name, "proposal", or the job's kind */
	char job[JOB_ID_MAX]; /* of a reply; "" */
	struct hostile found;
};

/* What a round came to. */
struct round_result {
	int elected; /* statement index; -1 none */
	int winner;  /* after an override; -1 none */
	bool overridden;
	int64_t ballots; /* counted */
};

struct session {
	char id[20];
	const struct procedure *procedure;
	int64_t seq, at;	  /* head */
	uint8_t hash[DIGEST_LEN]; /* head */

	/* session.created */
	int64_t settings[SETTINGS_MAX]; /* by row of procedure->settings */
	char *question, *affirming, *negating, *terms;
	uint8_t terms_digest[DIGEST_LEN];
	char seed[80], secret[80];
	bool seed_given;
	bool sided;		/* the question has its two statements */
	struct form_item *form; /* its own questions; NULL: the procedure's */
	size_t nform;
	json_t *form_shape, *form_words;      /* what the form points into */
	char language[SETTING_TAG_MAX + 1];   /* given or decided; or "" */
	char facilitator[PARTICIPANT_ID_MAX]; /* "f1" */
	/* Who drafts, as the terms say: "offline", or an endpoint's name with
	 * the model it has there. */
	char endpoint[32], model[64];
	enum predictor_id predicts; /* what `auto` stands for with it */
	struct used_template templates[TEMPLATES_USED_MAX];
	size_t ntemplates;
	int facilitators, observers; /* ids given so far */

	struct participant *participants;
	size_t nparticipants, capparticipants;
	struct invitation *invitations;
	size_t ninvitations, capinvitations;

	/* where it stands */
	int phase; /* row of procedure->phases */
	int round;
	int64_t phase_seq; /* of the phase.changed that began it */
	int64_t phase_at;  /* ms */
	bool concluded, aborted, paused;
	int64_t paused_at;
	bool extended, asked; /* in this phase: once each */
	bool advance;	      /* `next` was said, not yet acted on */
	bool due;	      /* the phase's timer fired, not yet acted on */
	bool patience_due;
	int64_t wake_at;   /* ms; 0: no timer */
	int64_t remaining; /* ms of the timer left while paused */
	int64_t timer;	   /* number of the timer now set; 0 none */
	int64_t timers;	   /* numbers given so far */

	/* drafting */
	int *drafting; /* participants whose words this drafting uses */
	size_t ndrafting;
	struct job_state *jobs;
	size_t njobs, capjobs;
	int64_t calls;	     /* exchanges started with an endpoint, ever */
	bool admitted;	     /* candidates are fixed */
	int64_t drafting_at; /* ms: when drafting began */
	int64_t enough_at;   /* ms: when a quorum of drafts was there; 0 */
	struct proposal *proposals;
	size_t nproposals, capproposals;
	struct statement *statements; /* s1, s2, …: index 0, 1, … */
	size_t nstatements, capstatements;
	int *candidates; /* statements of this round's election */
	size_t ncandidates;
	int *drafted; /* the slate as drafted, for the facilitator's review */
	size_t ndrafted;
	int *slate; /* statements shown, in the order shown */
	size_t nslate;
	int closed_round; /* highest round whose ballot has closed; -1 */
	int previous;	  /* statement: the last winner; -1 */
	int override;	  /* statement chosen by the facilitator; -1 */
	struct round_result *results; /* by round */
	size_t nresults, capresults;
	json_t *tally;	    /* data of the last tally.decided; NULL */
	json_t *conclusion; /* data of session.concluded; NULL */

	struct flag flag;
	struct keymap keys; /* idempotency keys */
};

/* header_hash = SHA-256 of the recording's header line = hash_0. */
struct session *session_new(const char *id, const struct procedure *procedure,
    const uint8_t header_hash[DIGEST_LEN]);
void session_free(struct session *s);

/*
 * Decides an input against the state and applies it at once: checks it, then
 * places and applies it and everything it derives.  Takes `input` in every
 * case.  On success 0 and the placed events are appended to *out (the input
 * first); on refusal -1, *err says why, nothing changed.
 * `input->at` is raised to the head's if it lies before it.
 */
int session_decide(struct session *s, struct event *input,
    struct event_list *out, struct err *err);

/*
 * Folds one recorded event (inputs and derived alike) into the state, without
 * checking what session_decide checked.  The event keeps its bytes and hash;
 * s->seq must be e->seq - 1.  ERR_BROKEN when it cannot be applied (unknown
 * type, reference to nothing).  An absent body of a text is an erased text.
 */
int session_apply(struct session *s, const struct event *e, struct err *err);

/* The state as JSON for tests and `SHOW`: everything that decides. */
json_t *session_dump(const struct session *s);

/* The salt of a derived event's sealed item: SHA-256 of the session's secret,
 * seq and name. */
void session_seal(const struct session *s, struct event *e, const char *name,
    const char *body);
void session_seal_json(
    const struct session *s, struct event *e, const char *name, json_t *value);

/* Parses settings given by a client over the procedure's defaults (out has
 * SETTINGS_MAX places).  Choices are names, booleans may be true/false. */
int settings_read(const struct procedure *p, const json_t *given, int64_t *out,
    struct err *err);
/* All effective settings as {name: integer|boolean|identifier}. */
json_t *settings_json(const struct procedure *p, const int64_t *values);

/* ---- looking things up; -1 or NULL when there is none ---- */
int session_participant(const struct session *s, const char *id);
int session_statement(const struct session *s, const char *id);
int session_slate_place(const struct session *s, int statement);
int session_slot(const struct session *s, const char *name);
const struct phase *session_phase(const struct session *s);
int64_t session_setting(const struct session *s, const char *name);
struct job_state *session_job(const struct session *s, const char *id);
size_t session_present(const struct session *s); /* joined and not left */
/* Present people who are complete in the present phase. */
size_t session_complete(const struct session *s);
/* The seq of what the participant gave in a slot, as far as it counts in this
 * round; 0: nothing. */
int64_t session_given_now(const struct session *s, int participant, int slot);
bool session_is_complete(const struct session *s, int participant);
size_t session_quorum(const struct session *s);
/* The id that the next participant.joined must carry. */
void
session_next_participant(const struct session *s, char out[PARTICIPANT_ID_MAX]);
/* The slate in the order this viewer sees it: places 0..nslate-1 permuted;
 * participant -1 gets the order shown. */
void
session_slate_order(const struct session *s, int participant, size_t *order);

/* The round in whose ballot a statement proposed now, by a participant or by
 * the facilitator, will stand; -1: none. */
int session_proposal_round(const struct session *s, bool facilitator);

/* Whether the budget allows one more exchange; the offline drafter's cost
 * nothing. */
bool session_affords(const struct session *s);
/* Whether a prediction is of several jobs, whose end makes the ballot. */
bool session_in_parts(const struct job_state *job);
/* The predicted ballot of a person: a rank for each of the first *n of the
 * candidates, dense; NULL: there is none, or not yet. */
const int32_t *
session_predicted(const struct session *s, int participant, size_t *n);
/* Whether what this job would bring is still of use. */
bool session_wants(const struct session *s, const struct job_state *job);
/* The text.flagged that the last input calls for, or NULL. */
struct event *session_flagged(const struct session *s);
/* Whether template.used has carried this text. */
bool session_has_template(const struct session *s, const char *name,
    const uint8_t digest[DIGEST_LEN]);
/* The questions of the form, *n of them. */
const struct form_item *session_form(const struct session *s, size_t *n);
/* A choice as its number: 1.., 0 when the slot has no such option.  v: the
 * number, or the option's name. */
int session_choice(const struct session *s, int slot, const json_t *v);
/* Says which numbers or options the slot takes; -1. */
int choice_refused(const struct slot *row, struct err *err);
/* How many options a slot of KIND_CHOICE has. */
int session_choices(const struct session *s, int slot);
bool session_asks(const struct session *s, int slot);
/* Whether the present phase takes a text that may stand without its author:
 * then nobody is told who has contributed, in any session. */
bool session_unsaid(const struct session *s);

/* Ids of jobs that are wanted and not started; returns how many, at most max.
 * Jobs started and not finished (e.g. before a kill) are listed by _open.
 * Neither lists what session_wants no more. */
size_t session_wanted(const struct session *s, const char **ids, size_t max);
size_t session_open(const struct session *s, const char **ids, size_t max);

/* An idempotency key: 1 and *seq when `who` (a participant's or facilitator's
 * id; "" for one who joins) has used it for the same content, 0 when it is new,
 * -1 with ERR_KEY_CONFLICT for other content. */
int session_key(const struct session *s, const char *who, const char *key,
    const uint8_t content[DIGEST_LEN], int64_t *seq, struct err *err);

/* ---- who may read (session/read.c) ---- */
struct viewer {
	bool everything; /* the operator's full export */
	bool facilitator;
	bool left;	 /* withdrew or was removed: what is others' is over */
	int participant; /* index; -1 none.  An observer is
			    all false and -1 */
};
/* Whether this viewer may read that item of that event now. */
bool session_may_read(const struct session *s, const struct viewer *v,
    const struct event *e, const char *name);
/* The rule's row; NULL for an item no table knows. */
const struct seal *
session_seal_row(const struct session *s, const char *type, const char *name);
/* The participant an event is from or about; -1 none. */
int session_author(const struct session *s, const struct event *e);
/* The round an event belongs to, for READ_BALLOT. */
int session_event_round(const struct session *s, const struct event *e);

#endif
