/*
 * A prompt template: a file under config/prompts/, one a job kind (and one for
 * revising).  Read once, rendered for each exchange (job/prompt.h).  Pure.
 *
 *	# a comment, before the first part only
 *	version 1
 *	temperature 800		thousandths; leave out to send none
 *	tokens 4000		the reply's bound, reasoning included
 *	== system ==
 *	the rules, with fields such as {{max_chars}}
 *	== user ==
 *	the texts, between two lines of {{boundary}}
 *
 * Fields are those of one table.  What people or models wrote may stand in the
 * user part only, and there between two lines that hold {{boundary}} and
 * nothing else; the system part must hold {{canary}}.  A template that breaks
 * this is refused: rules and texts cannot mix by a slip of the pen.
 */
#ifndef JOB_TEMPLATE_H
#define JOB_TEMPLATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"
#include "job/job.h"

enum template_kind { TEMPLATE_DRAFT, TEMPLATE_REVISE, TEMPLATE_PREDICT };
#define TEMPLATES 3
/* File names: "draft", "revise", "predict". */
extern const char *const template_names[TEMPLATES];
int template_find(const char *name);	/* -1: there is none of that name */
#define TEMPLATE_MAX ((size_t)64 << 10) /* bytes of a file */

struct job_template {
	enum template_kind kind;
	int64_t version;
	int64_t temperature; /* thousandths; -1: none */
	int64_t tokens;
	char *text;		    /* the whole file, for template.used */
	uint8_t digest[DIGEST_LEN]; /* SHA-256 of text */
	char *system, *user;	    /* the parts, fields unfilled */
};

/* Reads a file's bytes; NULL and ERR_BROKEN naming line and fault. */
struct job_template *template_read(
    enum template_kind kind, const char *bytes, size_t len, struct err *err);
void template_free(struct job_template *t); /* NULL is fine */

/* Which template a job is rendered with. */
enum template_kind template_of(const struct job *job);

/* ---- fields, for job/prompt.c ---- */

/* Drawn for one exchange from getrandom: 32 hexadecimal digits each. */
struct prompt_marks {
	char boundary[33]; /* encloses the texts */
	char canary[33];   /* must never come back */
};

/* Appends a part with its fields filled in from the job. */
void template_fill(const char *part, const struct job *job,
    const struct prompt_marks *marks, struct buf *out);

#endif
