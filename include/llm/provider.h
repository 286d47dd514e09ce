/*
 * Providers: the dialects of HTTP in which language models are spoken to, one
 * row and one file each.  A provider turns a prompt into a request's body and
 * takes fields out of a reply; it sends nothing itself.  What all replies have
 * in common, parsing, statuses, errors and how they ended, is read in one
 * place (answer_read).
 */
#ifndef LLM_PROVIDER_H
#define LLM_PROVIDER_H

#include <jansson.h>
#include <stddef.h>

#include "base/buf.h"
#include "job/job.h"
#include "job/prompt.h"
#include "llm/endpoint.h"

/* Parameters that a refusal names, OR of all. */
enum parameter {
	PARAMETER_SAMPLING = 1 << 0, /* temperature, seed, logprobs, … */
	PARAMETER_TOKENS = 1 << 1,   /* the name of the reply's bound */
	PARAMETER_FORMAT = 1 << 2    /* how the reply's shape is asked for */
};

/* What came of one request.  Plain data; answer_clear. */
struct answer {
	enum outcome outcome;
	const char *why; /* static identifier, or NULL */
	char *text;	 /* outcome ok: what the model said, owned */
	struct reply_facts facts;
	int64_t retry_after_ms; /* -1: not told */
	int status;		/* HTTP's; 0: none came */
	unsigned refused;	/* enum parameter, OR of all */
	char detail[64];	/* the provider's own code, made an identifier,
				   for the log; never text of its */
};
void answer_init(struct answer *a); /* cancelled, nothing told */
void answer_clear(struct answer *a);

/* What a dialect's reader takes out of a reply.  Strings are the reply's. */
struct taken {
	struct reply_facts *facts; /* model, fingerprint, tokens and
				      alternatives go here at once */
	struct buf text;	   /* what the model said */
	const char *finish;	   /* why it ended, in the dialect's own word */
	bool refused;		   /* in words of its own, not by `finish` */
	bool found;		   /* there was a reply in it */
};

struct provider {
	const char *name, *help;
	/* Behind the base URL; a * stands for the model. */
	const char *path;
	/* The request's body.  Fresh; NULL in the row of the offline drafter,
	 * which is reached without HTTP (llm/offline.h). */
	json_t *(*body)(const struct endpoint *e, const struct prompt *p);
	/* Takes its fields out of a reply that is no error. */
	void (*take)(const json_t *o, struct taken *t);
	enum key_header key_header;
	/* Of the API: its header, printf format, and the default; from which
	 * version on the key is a bearer's and models take no temperature. */
	const char *version_header, *version, *version_bearer;
	/* Embeddings; NULL: it has none.  take_embeddings: the list of the
	 * vectors in the order of the texts, borrowed, or NULL; *key is the
	 * member of each that holds it, NULL: it is it. */
	const char *embed_path;
	json_t *(*embed)(const struct endpoint *e, const json_t *texts);
	const json_t *(*take_embeddings)(const json_t *o, const char **key);
};

/* The registry, ended by a NULL name.  The first is the default. */
extern const struct provider providers[];
const struct provider *provider_find(const char *name); /* NULL: default */

/* The URL to post to, and what to post.  Fresh (free(3)). */
char *provider_url(const struct endpoint *e, const char *path);
char *provider_body(const struct endpoint *e, const struct prompt *p);

/* Reads a response with any status: fills an answer that answer_init made.
 * The bytes are hostile and need not be JSON. */
void answer_read(const struct provider *p, int status, const char *body,
    size_t len, struct answer *a);

#endif
