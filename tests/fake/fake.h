/*
 * A language model that is none: an HTTP server on loopback that speaks the
 * OpenAI chat dialect, drafts and ranks plausibly from the prompt it gets, in
 * any language, and misbehaves when a script says so.
 *
 * A script is a text of lines `WHICH FAULT [ARGUMENT]`; the first that fits a
 * request decides.  # begins a comment.  WHICH is
 *
 *	*  draft  predict	all, or those of a kind ("revise" is a draft)
 *	7  2-5  3-		the 7th, the 2nd to 5th, from the 3rd on
 *	draft:2-5		the same, counted among the drafts
 *	* /20  draft/20		each 20th of them (without the space)
 *
 * The faults are the table fake_faults.
 */
#ifndef TESTS_FAKE_FAKE_H
#define TESTS_FAKE_FAKE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct event_base;
struct fake;

struct fake_options {
	int port; /* 0: any */
	int latency_ms, jitter_ms;
	int tail_percent, tail_factor; /* so many are so often slower */
	const char *script;	       /* text, or NULL */
	FILE *log;		       /* one line of JSON a request, or NULL */
	FILE *bodies; /* each request's body on a line, or NULL */
};

/* NULL and a line on standard error: the port is taken, the script wrong. */
struct fake *fake_new(struct event_base *base, const struct fake_options *o);
void fake_free(struct fake *f);
int fake_port(const struct fake *f);

struct fake_stats {
	int requests, drafts, predictions;
	int now, most; /* being answered: at present, at the most at once */
	int keys;      /* requests that carried a key */
	char key[128]; /* the last of them */
};
const struct fake_stats *fake_stats(const struct fake *f);

/* ---- between the fake's own files ---- */

enum fake_kind { FAKE_DRAFT, FAKE_PREDICT, FAKE_KINDS };

/* How the bytes go out. */
enum fake_mode {
	FAKE_SEND,
	FAKE_HANG,  /* never */
	FAKE_CLOSE, /* not a byte, the connection ends */
	FAKE_CUT,   /* half of them, then the connection ends */
	FAKE_DRIP   /* a byte at a time */
};

/* A reply in the making; a fault changes it. */
struct fake_reply {
	enum fake_kind kind;
	char *canary; /* of the prompt, or "" */
	size_t candidates;
	json_t *logprobs; /* beside the content; NULL: none */
	int status;
	char *content;	     /* what the model says, owned */
	const char *finish;  /* finish_reason */
	const char *refusal; /* NULL: none */
	char *body;	     /* instead of a chat completion, owned */
	const char *retry_after;
	enum fake_mode mode;
	int delay_ms; /* on top of the latency */
};

struct fake_fault {
	const char *name, *help;
	void (*apply)(struct fake_reply *r, const char *argument);
};
extern const struct fake_fault fake_faults[]; /* ended by a NULL name */

struct fake_rule {
	int kind; /* -1: any */
	int from, to, every;
	const struct fake_fault *fault;
	char argument[32];
};
#define FAKE_RULES_MAX 64
struct fake_script {
	struct fake_rule rules[FAKE_RULES_MAX];
	size_t n;
};
/* -1 and a line on standard error. */
int fake_script_read(struct fake_script *s, const char *text);
/* The rule for a request: number n of all, k of its kind (from 1). */
const struct fake_rule *fake_script_rule(
    const struct fake_script *s, enum fake_kind kind, int n, int k);

/* What a model might say to a request's body: fills kind, canary, candidates
 * and content of a zeroed reply.  -1 when it is no chat request. */
int fake_answer(struct fake_reply *r, const json_t *request);

#endif
