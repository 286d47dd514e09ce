/*
 * A job, rendered: what goes to a language model, whichever provider it is.
 * Plain data; depends on nothing but template, job, marks and attempt.  Pure.
 */
#ifndef JOB_PROMPT_H
#define JOB_PROMPT_H

#include <jansson.h>
#include <stdint.h>

#include "base/digest.h"
#include "job/template.h"

struct prompt {
	char *system, *user;
	const char *name; /* of the schema: the template's */
	json_t *schema;	  /* JSON Schema of the reply, in the subset that every
			     provider knows: all members required, no others;
			     NULL: the reply is plain text, in no format */
	int alternatives; /* of the reply's first token, wanted with their log
			     probabilities; 0: none */
	int64_t temperature;	    /* thousandths; -1: none */
	int64_t tokens;		    /* the reply's bound */
	int64_t seed;		    /* 0..2^31-1, another for each attempt */
	int rendering;		    /* the job's */
	uint8_t digest[DIGEST_LEN]; /* SHA-256(system || 0 || user) */
};

/* prompt_clear frees the members. */
void prompt_render(const struct job_template *t, const struct job *job,
    const struct prompt_marks *marks, int attempt, struct prompt *out);
void prompt_clear(struct prompt *p);

#endif
