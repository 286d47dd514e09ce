/*
 * Providers: the dialects of HTTP in which language models are spoken to, one
 * row and one file each.  A provider turns a prompt into a request and a
 * response into an answer; it sends nothing itself.
 */
#ifndef LLM_PROVIDER_H
#define LLM_PROVIDER_H

#include <stddef.h>

#include "job/job.h"
#include "job/prompt.h"
#include "llm/endpoint.h"

/* What came of one request.  Plain data; answer_clear. */
struct answer {
	enum outcome outcome;
	const char *why; /* static identifier, or NULL */
	char *text;	 /* outcome ok: what the model said, owned */
	struct reply_facts facts;
	int64_t retry_after_ms; /* -1: not told */
	int status;		/* HTTP's; 0: none came */
	char detail[64];	/* the provider's own code, made an identifier,
				   for the log; never text of its */
};
void answer_init(struct answer *a); /* cancelled, nothing told */
void answer_clear(struct answer *a);

struct provider {
	const char *name, *help;
	/* The URL to post to.  Fresh (free(3)). */
	char *(*url)(const struct endpoint *e);
	/* The request's body.  Fresh; NULL in the row of the offline drafter,
	 * which is reached without HTTP (llm/offline.h). */
	char *(*body)(const struct endpoint *e, const struct prompt *p);
	/* printf format of the header that carries the key. */
	const char *key_header;
	/* Reads a response with any status: fills *a.  The bytes are hostile
	 * and need not be JSON. */
	void (*read)(
	    int status, const char *body, size_t len, struct answer *a);
};

/* The registry, ended by a NULL name.  The first is the default. */
extern const struct provider providers[];
const struct provider *provider_find(const char *name); /* NULL: default */

/* ---- for the providers' files ---- */

/* The outcome that an HTTP status stands for; a->why too. */
void answer_status(struct answer *a, int status);
/* Copies a string of the provider's as an identifier: what is not printable
 * ASCII becomes '?', what is too long is cut.  NULL: "". */
void answer_identifier(char *out, size_t size, const char *s);

/* daemon/llm/openai.c */
char *openai_url(const struct endpoint *e);
char *openai_body(const struct endpoint *e, const struct prompt *p);
void openai_read(int status, const char *body, size_t len, struct answer *a);

#endif
