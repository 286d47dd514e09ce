/*
 * A language model that is none: an HTTP server on loopback that speaks every
 * dialect of llm/provider.h, each under its own path (fake_dialects), drafts
 * and ranks plausibly from the prompt it gets, in any language, and misbehaves
 * when a script says so.  Requests that a real server would refuse are
 * refused.
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
	int sigma_percent;	       /* log-normal: 100 times its sigma */
	int tail_percent, tail_factor; /* so many take so many times longer */
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
	int now, most;	  /* being answered: at present, at the most at once */
	int keys;	  /* requests that carried a key */
	char key[128];	  /* the last of them: the header's name, a space, it */
	char version[32]; /* of the API, as the last request named it */
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
	FAKE_DRIP,  /* a byte at a time */
	FAKE_SPLIT  /* in two, within a character where there is a long one */
};

/* How a reply ended, and what went wrong: each dialect has its words. */
enum fake_finish { FAKE_STOP, FAKE_LENGTH, FAKE_FILTER, FAKE_REFUSAL };
enum fake_error {
	FAKE_FINE,
	FAKE_RATE,	 /* too many requests */
	FAKE_QUOTA,	 /* no credit is left */
	FAKE_KEY,	 /* the key is refused */
	FAKE_SERVER,	 /* it failed */
	FAKE_OVERLOADED, /* it is overloaded */
	FAKE_INSIDE,	 /* it failed, inside a 200 */
	FAKE_PARAMETER,	 /* a parameter is not taken */
	FAKE_INVALID,	 /* the request is none */
	FAKE_ERRORS
};

struct fake_dialect;

/* What a request asks, whatever its dialect. */
struct fake_asked {
	const struct fake_dialect *dialect;
	json_t *o; /* the body, owned */
	const char *system, *user;
	json_int_t seed;
	bool logprobs;
};

/* A reply in the making; a fault changes it. */
struct fake_reply {
	const struct fake_asked *asked;
	enum fake_kind kind;
	char *canary; /* of the prompt, or "" */
	size_t candidates;
	json_t *logprobs; /* beside the content; NULL: none */
	int status;	  /* 0: the error's own */
	enum fake_error error;
	const char *parameter; /* FAKE_PARAMETER, FAKE_INVALID: which */
	char *content;	       /* what the model says, owned */
	enum fake_finish finish;
	char *body; /* instead of all that, owned */
	const char *retry_after;
	bool gzip;
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

/* What a model might say to what is asked: fills kind, canary, candidates and
 * content of a zeroed reply. */
void fake_answer(struct fake_reply *r, const struct fake_asked *asked);

/* A dialect: where it is spoken, what is asked, what is answered. */
struct fake_dialect {
	const char *name;
	const char *prefix, *suffix; /* of the path */
	/* Finds system, user, seed and logprobs; NULL, or what is wrong. */
	const char *(*read)(struct fake_asked *asked);
	json_t *(*reply)(const struct fake_reply *r);
	json_t *(*error)(const struct fake_reply *r, int status,
	    const char *name, const char *message);
	struct {
		int status;
		const char *name;
	} errors[FAKE_ERRORS];
	const char *finishes[4]; /* enum fake_finish */
	const char *members;	 /* of a request, " name name " */
};
extern const struct fake_dialect fake_dialects[]; /* ended by a NULL name */
/* NULL: it is spoken nowhere there. */
const struct fake_dialect *fake_dialect_at(const char *path);
/* The body of a reply, fresh; r->status is set. */
char *fake_render(struct fake_reply *r);
/* Whether a member of that name is anywhere in it. */
bool fake_holds(const json_t *o, const char *member);
/* Embeddings of the texts of a request there; NULL: that is no such path. */
json_t *fake_embeddings(const char *path, const json_t *request);
/* RFC 1952, stored; fresh. */
char *fake_gzip(const char *bytes, size_t len, size_t *outlen);

#endif
