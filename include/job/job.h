/*
 * A job: one piece of work for a language model, as data.  Whoever runs it
 * (daemon/llm) needs nothing else.  Pure.
 */
#ifndef JOB_JOB_H
#define JOB_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "job/hostile.h"
#include "job/predictor.h"
#include "job/rating.h"

enum job_kind {
	JOB_DRAFT,   /* a statement from opinions, or a revision from the last
			winner and its critiques */
	JOB_PREDICT, /* one person's ballot over candidates */
	JOB_KINDS
};
extern const char *const job_kind_names[JOB_KINDS]; /* "draft", "predict" */

#define JOB_ID_MAX 32
/* 1: texts as they are; 2: neutralised (job/hostile.h). */
#define JOB_RENDERING 2

/* A text with where it came from. */
struct job_text {
	char who[16]; /* participant id, or statement id for a candidate */
	char *text;   /* owned; NULL where there is none */
};

struct job {
	char id[JOB_ID_MAX]; /* "draft.0.3", "predict.1.2" */
	enum job_kind kind;
	int round, index;
	char seed[80];	  /* for whoever draws while doing the job */
	char *question;	  /* owned */
	int max_chars;	  /* of the statement */
	char language[8]; /* tag of the language to write in; "" unknown */
	/* How its texts stand in a prompt: JOB_RENDERING, or what an older
	 * recording was made with. */
	int rendering;
	/* JOB_DRAFT: everyone's opinion, and aligned with it everyone's
	 * critique of the winner (text NULL where missing), in the job's own
	 * permutation.  JOB_PREDICT: that one person's. */
	struct job_text *opinions, *critiques;
	size_t nopinions;
	char *winner; /* the previous winner, NULL in round 0 */
	/* JOB_PREDICT: the method, which part of how many (from 1), and the
	 * candidates it asks about in the job's own permutation. */
	enum predictor_id method;
	int part, parts;
	struct job_text *candidates;
	size_t ncandidates;
};

/* Frees a job made by xcalloc and all that it owns; NULL is fine.  critiques
 * may be NULL, else it has nopinions rows. */
void job_free(struct job *job);

enum outcome {
	OUTCOME_OK,
	OUTCOME_PARSE,
	OUTCOME_AUTH,
	OUTCOME_QUOTA,
	OUTCOME_RATE,
	OUTCOME_UNAVAILABLE,
	OUTCOME_REFUSAL,
	OUTCOME_LENGTH,
	OUTCOME_CONFIG,
	OUTCOME_TIMEOUT,
	OUTCOME_CANCELLED,
	OUTCOME_BUDGET,
	OUTCOMES
};
extern const char *const outcome_names[OUTCOMES]; /* "ok", "parse", … */
/* The `why` of a request that named a parameter which the model does not take
 * and which is left out the next time. */
#define ASKED_TOO_MUCH "parameter_refused"
/* Whether another exchange may end better: not after a refusal, nor where
 * somebody must change the configuration, the key or the budget first, unless
 * why (or NULL) is ASKED_TOO_MUCH.  An unknown name: no. */
bool outcome_again(const char *name, const char *why);

/* What the provider tells beside the text: all of it optional, all of it its
 * own claim.  The strings are identifiers (base/json.h) or "". */
struct reply_facts {
	char model[64], fingerprint[64], finish[32];
	int64_t prompt_tokens, completion_tokens; /* -1: not told */
	int64_t ms; /* from sending to the last byte; -1: not measured */
	struct alternatives alternatives; /* of its first token, where the
					     prompt asked for them */
};

/* What came back.  Plain data; job_reply_free. */
struct job_reply {
	enum outcome outcome;
	const char *why; /* of an outcome that is not ok: an identifier such as
			    "canary", static; or NULL */
	bool told;	 /* facts hold something */
	struct reply_facts facts;
	char *text;	 /* JOB_DRAFT: the statement */
	char *reasoning; /* how it came about, for people; or NULL.  From the
			    offline drafter: the source of each sentence */
	int32_t *rank;	 /* JOB_PREDICT: rank per candidate as given (in the
			    job's permutation), 0 best, dense */
	size_t nrank;
	struct rating_said rating; /* instead of rank, of a method that rates */
	struct hostile found;	   /* in its texts, believed or not */
};
void job_reply_free(struct job_reply *reply); /* frees members, zeroes */

#endif
