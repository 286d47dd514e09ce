/*
 * What a procedure is: a table of phases, slots, settings and seals, and two
 * functions.  The engine (session/session.h) knows nothing else of it.  The
 * instances live in daemon/procedure/.
 */
#ifndef SESSION_PROCEDURE_H
#define SESSION_PROCEDURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct event;
struct job;
struct job_state;
struct session;

enum contribution_kind { KIND_TEXT, KIND_BALLOT, KIND_RATING, KIND_CHOICE };
extern const char *const contribution_kind_names[]; /* "text", "ballot", … */

/* What a participant can give, once a round (or once a session). */
struct slot {
	const char *name; /* "opinion" */
	enum contribution_kind kind;
	bool once; /* one a session, not one a round */
	const char *help;
	/* Whether it is asked in this session (NULL: yes). */
	bool (*asked)(const struct session *s);
	/* KIND_TEXT: the sealed item's name (NULL: "text"); and whether it
	 * stands without its author, in every session, unless signed. */
	const char *body;
	bool signs;
	/* KIND_CHOICE: 1..max, with the words for its ends; or what option
	 * names as 1, 2, … (NULL past the last); or answers to the session's
	 * form. */
	int max;
	const char *low, *high;
	const char *(*option)(const struct session *s, int i);
	bool form;
};
#define SLOTS_MAX 16

/* A question of a form.  Answers are numbers: 1..max of a scale or of the
 * choices; of a text its length in characters. */
enum item_kind { ITEM_SCALE, ITEM_CHOICES, ITEM_TEXT };
extern const char *const item_kind_names[]; /* "scale", "choices", "text" */
#define ITEM_CHOICES_MAX 11
struct form_item {
	const char *id;
	enum item_kind kind;
	int max; /* ITEM_TEXT: 0 */
	const char *text;
	const char *choices[ITEM_CHOICES_MAX + 1]; /* NULL-terminated */
};
#define ITEMS_MAX 32

enum setting_type { SETTING_INT, SETTING_BOOL, SETTING_ENUM, SETTING_TAG };
/* A tag such as "zh" or "pt-br" is kept as a number: up to 7 characters. */
#define SETTING_TAG_MAX 7
#define SETTING_TAG_AUTO                                                       \
	(((int64_t)'a' << 24) | ((int64_t)'u' << 16) | ((int64_t)'t' << 8) |   \
	    'o')
struct setting {
	const char *name;
	enum setting_type type;
	int64_t min, max, def;	    /* enum: indices into choices */
	const char *const *choices; /* NULL-terminated */
	const char *unit;	    /* "seconds", "" */
	bool in_terms; /* named in the terms: frozen at the first join */
	const char *help;
};
#define SETTINGS_MAX 40

enum phase_wait {
	WAIT_FACILITATOR, /* for `next` (lobby) */
	WAIT_PEOPLE,	  /* until all present have contributed */
	WAIT_JOBS,	  /* for the model */
	WAIT_NOTHING	  /* concluded */
};
struct phase {
	const char *name; /* "opinion" */
	const char *help; /* what is asked of people now, one sentence */
	enum phase_wait wait;
	unsigned takes; /* bit per slot accepted */
	int deadline;	/* setting with its seconds; -1: none */
	/* The round in whose ballot a statement proposed now, by a participant
	 * or by the facilitator, will stand, -1 if there is none (NULL:
	 * never). */
	int (*proposes)(const struct session *s, bool facilitator);
	bool overrides; /* the facilitator may override the winner */
	/* Slots that make a participant complete; NULL: none. */
	unsigned (*needs)(const struct session *s);
	/* Whether this row takes part, for a session in round s->round. */
	bool (*enabled)(const struct session *s);
	/* At its deadline it closes without a quorum, and with nobody left. */
	bool lenient;
	/* Slots given once a session that a late joiner may still give, and
	 * whether that would still be used (NULL: never). */
	unsigned late;
	bool (*late_open)(const struct session *s);
};

/* Who may read the body of a sealed item, and when.  The operator's full
 * export holds everything. */
enum read_rule {
	READ_ALL,    /* whoever may see the session */
	READ_AUTHOR, /* the participant it is from or about */
	READ_TEXTS,  /* its author; setting `texts` widens to facilitator or
			group */
	READ_NAMES,  /* its author; everyone unless `anonymous` */
	READ_BALLOT, /* everyone once the round's ballot has closed; before
			that its author if a person wrote it */
	READ_REVIEW, /* as READ_BALLOT, and the facilitator before */
	READ_HOST,   /* the facilitator */
	READ_SIGNED, /* its author; everyone after the conclusion */
	READ_END,    /* everyone after the conclusion */
	READ_NEVER   /* the operator's export only */
};
enum seal_kind { SEAL_TEXT /* erasable */, SEAL_VALUE };
struct seal {
	const char *type; /* the event's type */
	const char *name; /* the item's name; "*" for the rest */
	enum seal_kind kind;
	enum read_rule rule;
	const char *help;
};

struct procedure {
	const char *name;    /* "habermas" */
	const char *version; /* "habermas/1", in header and first event */
	const char *help;
	const struct setting *settings; /* ended by a NULL name */
	const struct slot *slots;	/* ended by a NULL name */
	const struct phase *phases;	/* in order; ended by a NULL name */
	const struct seal *seals;	/* ended by a NULL type */
	const struct form_item
	    *form; /* of sessions that bring none; NULL id ends */
	/* Whether settings go together; sided: the question has its affirming
	 * and negating statements.  ERR_BAD_SETTING. */
	int (*settle)(const int64_t *settings, bool sided, struct err *err);
	/* Index of the phase that follows, and the round it is in. */
	int (*next)(const struct session *s, int *round);
	/* The procedure's part of the fold, after the engine's: makes the jobs
	 * of a phase.  May be NULL. */
	void (*fold)(struct session *s, const struct event *e);
	/* The next derived event the state calls for, or NULL.  seq, of and at
	 * are filled in by the engine. */
	struct event *(*derive)(const struct session *s);
	/* Whether a job that has not ended is still of use.  NULL: always. */
	bool (*wants)(const struct session *s, const struct job_state *job);
	/* When the jobs of the phase that have not ended are too late to be
	 * waited for, in ms; 0: they are not.  NULL: never. */
	int64_t (*late_at)(const struct session *s);
	/* The job with this id, rendered from the state (job_free); NULL if
	 * it is not wanted. */
	struct job *(*render)(const struct session *s, const char *id);
};

/* The registry (daemon/procedure/procedure.c), ended by NULL. */
extern const struct procedure *const procedures[];
const struct procedure *procedure_find(const char *name_or_version);

#endif
