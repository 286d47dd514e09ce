/*
 * What the providers' files share, and what each gives to the registry
 * (daemon/llm/provider.c).
 */
#ifndef LLM_DIALECT_H
#define LLM_DIALECT_H

#include "llm/provider.h"

/* Parses a response and reads status and error of it; NULL when it is no
 * JSON.  The outcome is ok when there is something to take out. */
json_t *answer_open(int status, const char *body, size_t len, struct answer *a);
/* Copies a string of the provider's as an identifier: what is not printable
 * ASCII becomes '?', what is too long is cut.  NULL: "". */
void answer_identifier(char *out, size_t size, const char *s);
void
take_identifier(char *out, size_t size, const json_t *o, const char *member);
/* The member as a text; NULL when it is none. */
const char *take_string(const json_t *o, const char *member);
/* A count of tokens; -1 where there is none. */
int64_t take_count(const json_t *o, const char *member);
/* Adds up what is told of them; -1 when nothing is. */
int64_t take_sum(const json_t *o, const char *const *members);
/* Adds a text to what was said; not a text: nothing. */
void take_text(struct taken *t, const json_t *text);
/* The number of the first token that is more than white space; SIZE_MAX. */
size_t take_first_token(const json_t *tokens);
/* The alternatives of a list of {"token", logarithm}. */
void
take_alternatives(struct taken *t, const json_t *list, const char *logarithm);

/* Sets temperature and seed where the endpoint takes them; seed NULL: the
 * dialect has none. */
void put_sampling(json_t *o, const struct endpoint *e, const struct prompt *p,
    const char *seed);
/* The schema in the shape {"type":"json_schema","name",…} of OpenAI. */
json_t *put_schema(const struct prompt *p);

json_t *openai_body(const struct endpoint *e, const struct prompt *p);
void openai_take(const json_t *o, struct taken *t);
json_t *openai_embed(const struct endpoint *e, const json_t *texts);
const json_t *openai_take_embeddings(const json_t *o, const char **key);
json_t *responses_body(const struct endpoint *e, const struct prompt *p);
void responses_take(const json_t *o, struct taken *t);
json_t *anthropic_body(const struct endpoint *e, const struct prompt *p);
void anthropic_take(const json_t *o, struct taken *t);
json_t *gemini_body(const struct endpoint *e, const struct prompt *p);
void gemini_take(const json_t *o, struct taken *t);
json_t *gemini_embed(const struct endpoint *e, const json_t *texts);
const json_t *gemini_take_embeddings(const json_t *o, const char **key);
json_t *ollama_body(const struct endpoint *e, const struct prompt *p);
void ollama_take(const json_t *o, struct taken *t);
json_t *ollama_embed(const struct endpoint *e, const json_t *texts);
const json_t *ollama_take_embeddings(const json_t *o, const char **key);

#endif
