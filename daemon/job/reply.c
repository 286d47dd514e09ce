#include "job/reply.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"

static int
reject(struct job_reply *r, enum outcome outcome, const char *why)
{
	r->outcome = outcome;
	r->why = why;
	return -1;
}

/* ---- what stands around the object ---- */

static void
trim(const char **at, size_t *len)
{
	static const char bom[] = "\xef\xbb\xbf";

	if (*len >= 3 && memcmp(*at, bom, 3) == 0) {
		*at += 3;
		*len -= 3;
	}
	while (*len > 0 && strchr(" \t\r\n", **at) != NULL) {
		(*at)++;
		(*len)--;
	}
	while (*len > 0 && strchr(" \t\r\n", (*at)[*len - 1]) != NULL)
		(*len)--;
}

static void
skip_thinking(const char **at, size_t *len)
{
	static const char open[] = "<think>", close[] = "</think>";
	const char *end;

	if (*len < strlen(open) || memcmp(*at, open, strlen(open)) != 0)
		return;
	end = memmem(*at, *len, close, strlen(close));
	if (end == NULL)
		return;
	end += strlen(close);
	*len -= (size_t)(end - *at);
	*at = end;
	trim(at, len);
}

/* ```json … ```, with or without words around it. */
static void
open_fence(const char **at, size_t *len)
{
	static const char mark[] = "```";
	const char *open, *line, *close;
	size_t left;

	if (*len == 0 || **at == '{')
		return;
	open = memmem(*at, *len, mark, 3);
	if (open == NULL)
		return;
	left = *len - (size_t)(open - *at);
	line = memchr(open, '\n', left);
	if (line == NULL)
		return;
	line++;
	left = *len - (size_t)(line - *at);
	close = memmem(line, left, mark, 3);
	if (close == NULL)
		return;
	*at = line;
	*len = (size_t)(close - line);
	trim(at, len);
}

/* ---- the object ---- */

static json_t *
read_object(const char *at, size_t len, struct job_reply *reply)
{
	struct err err;
	json_t *o;

	if (len > REPLY_MAX) {
		reject(reply, OUTCOME_PARSE, "too_long");
		return NULL;
	}
	if (!text_valid(at, len)) {
		reject(reply, OUTCOME_PARSE, "not_utf8");
		return NULL;
	}
	trim(&at, &len);
	skip_thinking(&at, &len);
	open_fence(&at, &len);
	if (len == 0) {
		reject(reply, OUTCOME_PARSE, "empty");
		return NULL;
	}
	o = json_read(at, len, &err);
	if (o != NULL && json_is_object(o))
		return o;
	json_decref(o);
	reject(reply, OUTCOME_PARSE, "not_json");
	return NULL;
}

/* What must never come back, in any text of the reply. */
static bool
echoes(
    const struct prompt_marks *marks, const char *text, struct job_reply *reply)
{
	bool canary = strcasestr(text, marks->canary) != NULL;
	bool boundary = strcasestr(text, marks->boundary) != NULL;

	reply->found.n[HOSTILE_CANARY] += canary;
	reply->found.n[HOSTILE_BOUNDARY] += boundary;
	return canary || boundary;
}

/* The kind for which nothing of it is believed. */
static int
drop(struct job_reply *reply)
{
	enum hostile_kind kind = reply->found.n[HOSTILE_CANARY] > 0
				     ? HOSTILE_CANARY
				     : hostile_drops(&reply->found);

	return reject(reply, OUTCOME_PARSE, hostile_names[kind]);
}

/* A text of the reply without what nobody sees, fresh. */
static char *
text_of(const json_t *v)
{
	char *raw = text_normal(json_string_value(v), json_string_length(v));
	char *cleaned = hostile_cleaned(raw), *text;

	text = text_normal(cleaned, strlen(cleaned));
	free(raw);
	free(cleaned);
	return text;
}

static int
take_reasoning(
    const json_t *o, const struct prompt_marks *marks, struct job_reply *reply)
{
	const json_t *v = json_object_get(o, "reasoning");
	size_t chars = 0, i, len;
	char *text;

	if (!json_is_string(v))
		return reject(reply, OUTCOME_PARSE, "not_the_schema");
	text = text_of(v);
	if (echoes(marks, text, reply)) {
		free(text);
		return drop(reply);
	}
	len = strlen(text);
	for (i = 0; i < len; i++) { /* cut before the first one too many */
		chars += ((unsigned char)text[i] & 0xc0) != 0x80;
		if (chars > REASONING_MAX)
			text[i] = '\0';
		if (chars > REASONING_MAX)
			break;
	}
	if (text_visible(text) == 0) {
		free(text);
		text = NULL;
	}
	reply->reasoning = text;
	return 0;
}

static int
take_statement(const struct job *job, const json_t *v,
    const struct prompt_marks *marks, struct job_reply *reply)
{
	bool echo;
	char *text;
	int r = 0;

	if (!json_is_string(v))
		return reject(reply, OUTCOME_PARSE, "not_the_schema");
	text = text_of(v);
	hostile_read(json_string_value(v), &reply->found);
	echo = echoes(marks, text, reply);
	if (text_visible(text) == 0)
		r = reject(reply, OUTCOME_PARSE, "no_text");
	else if (echo || hostile_replied(&reply->found) == HOSTILE_DROPPED)
		r = drop(reply);
	else if (job->max_chars > 0 &&
		 text_chars(text) > (size_t)job->max_chars)
		r = reject(reply, OUTCOME_LENGTH, "statement_too_long");
	if (r == -1) {
		free(text);
		return -1;
	}
	reply->text = text;
	return 0;
}

/* 3 or "3"; 0 when it is neither. */
static int64_t
number_of(const json_t *v)
{
	const char *s = json_string_value(v);
	char *end;
	long long n;

	if (json_is_integer(v))
		return json_integer_value(v);
	if (s == NULL || s[0] < '1' || s[0] > '9' || strlen(s) > 9)
		return 0;
	n = strtoll(s, &end, 10);
	return *end == '\0' ? n : 0;
}

static int
take_ranking(const struct job *job, const json_t *v,
    const struct prompt_marks *marks, struct job_reply *reply)
{
	size_t n = job->ncandidates, i;
	int32_t *rank;
	json_t *one;
	int64_t at;

	(void)marks;
	if (!json_is_array(v))
		return reject(reply, OUTCOME_PARSE, "not_the_schema");
	if (json_array_size(v) != n)
		return reject(reply, OUTCOME_PARSE, "not_a_permutation");
	rank = xcalloc(n + 1, sizeof(*rank));
	for (i = 0; i < n; i++)
		rank[i] = -1;
	json_array_foreach(v, i, one) {
		at = number_of(one);
		if (at < 1 || at > (int64_t)n || rank[at - 1] != -1)
			break;
		rank[at - 1] = (int32_t)i;
	}
	if (i < n) {
		free(rank);
		return reject(reply, OUTCOME_PARSE, "not_a_permutation");
	}
	reply->rank = rank;
	reply->nrank = n;
	return 0;
}

/* Of each template; a NULL member: not JSON. */
static const struct {
	bool reasoning;
	const char *member;
	int (*take)(const struct job *job, const json_t *v,
	    const struct prompt_marks *marks, struct job_reply *reply);
} results[TEMPLATES] = {
    [TEMPLATE_DRAFT] = {true, "statement", take_statement},
    [TEMPLATE_REVISE] = {true, "statement", take_statement},
    [TEMPLATE_PREDICT] = {true, "ranking", take_ranking},
    [TEMPLATE_ORDER] = {false, "ranking", take_ranking},
    [TEMPLATE_RATE] = {false, NULL, NULL},
};

/* A digit, or what the model weighed for one. */
static void
read_rating(const struct prompt_marks *marks, const char *text, size_t len,
    struct job_reply *reply)
{
	char *said;

	if (len > REPLY_MAX || !text_valid(text, len)) {
		reject(reply, OUTCOME_PARSE,
		    len > REPLY_MAX ? "too_long" : "not_utf8");
		return;
	}
	trim(&text, &len);
	skip_thinking(&text, &len);
	said = xstrndup(text, len);
	reply->outcome = OUTCOME_OK;
	reply->why = NULL;
	if (echoes(marks, said, reply))
		drop(reply);
	else if (!rating_read(&reply->facts.alternatives, said, &reply->rating))
		reject(reply, OUTCOME_PARSE, "not_a_rating");
	if (reply->outcome != OUTCOME_OK)
		memset(&reply->rating, 0, sizeof(reply->rating));
	free(said);
}

static void
drop_texts(struct job_reply *r)
{
	free(r->text);
	free(r->reasoning);
	free(r->rank);
	r->text = r->reasoning = NULL;
	r->rank = NULL;
	r->nrank = 0;
}

void
reply_read(const struct job *job, const struct prompt_marks *marks,
    const char *text, size_t len, struct job_reply *reply)
{
	enum template_kind kind = template_of(job);
	const char *member = results[kind].member;
	const char *known[] = {member, "reasoning", NULL};
	json_t *o;

	if (member == NULL) {
		read_rating(marks, text, len, reply);
		return;
	}
	o = read_object(text, len, reply);
	if (o == NULL)
		return;
	reply->outcome = OUTCOME_OK;
	reply->why = NULL;
	if (!results[kind].reasoning)
		known[1] = NULL;
	if (json_only(o, known, NULL) == -1)
		reject(reply, OUTCOME_PARSE, "not_the_schema");
	else if ((results[kind].reasoning &&
		     take_reasoning(o, marks, reply) == -1) ||
		 results[kind].take(
		     job, json_object_get(o, member), marks, reply) == -1)
		drop_texts(reply);
	json_decref(o);
}
