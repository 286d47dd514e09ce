#include "record/prompted.h"

#include <string.h>

void
prompted_note(struct prompted *p, const struct event *e)
{
	const char *text = event_body(e, "text");
	const char *name = event_str(e, "template");
	int kind = name != NULL ? template_find(name) : -1;

	if (strcmp(e->type, "template.used") != 0 || kind == -1)
		return;
	template_free(p->templates[kind]);
	p->templates[kind] = text != NULL
				 ? template_read((enum template_kind)kind, text,
				       strlen(text), NULL)
				 : NULL;
}

void
prompted_clear(struct prompted *p)
{
	for (int i = 0; i < TEMPLATES; i++) {
		template_free(p->templates[i]);
		p->templates[i] = NULL;
	}
}

static bool
read_marks(const struct event *e, struct prompt_marks *marks)
{
	json_t *v = event_value(e, "marks");
	const char *boundary, *canary;
	bool found;

	memset(marks, 0, sizeof *marks);
	found = json_unpack(v, "{s:s,s:s}", "boundary", &boundary, "canary",
		    &canary) == 0 &&
		strlcpy(marks->boundary, boundary, sizeof marks->boundary) <
		    sizeof marks->boundary &&
		strlcpy(marks->canary, canary, sizeof marks->canary) <
		    sizeof marks->canary;
	json_decref(v);
	return found;
}

/* Whether a text is missing that no erasure in the state accounts for: this
 * copy lacks it, and what was sent did not. */
static bool
lacks_text(const struct session *s)
{
	const struct given *g;
	size_t i, k;

	for (i = 0; i < s->nparticipants; i++)
		for (k = 0; s->procedure->slots[k].name != NULL; k++) {
			g = &s->participants[i].given[k];
			if (s->procedure->slots[k].kind == KIND_TEXT &&
			    g->seq != 0 && !g->erased && g->text == NULL)
				return true;
		}
	for (i = 0; i < s->nstatements; i++)
		if (s->statements[i].text == NULL)
			return true;
	return s->question == NULL;
}

static enum prompted_as
compare(const struct session *s, const struct prompt *p, const char *recorded)
{
	char hex[2 * DIGEST_LEN + 1];

	hex_encode(p->digest, DIGEST_LEN, hex);
	if (strcmp(hex, recorded) == 0)
		return PROMPTED_SAME;
	return lacks_text(s) ? PROMPTED_LACKING : PROMPTED_OTHER;
}

enum prompted_as
prompted_check(const struct prompted *p, const struct session *s,
    const struct event *e, struct prompt *out)
{
	const char *recorded = event_body(e, "prompt");
	const char *name = event_str(e, "template");
	int kind = name != NULL ? template_find(name) : -1;
	struct prompt_marks marks;
	struct prompt prompt;
	enum prompted_as as;
	struct job *job;

	if (strcmp(e->type, "exchange.started") != 0 || name == NULL ||
	    event_sealed(e, "prompt") == NULL)
		return PROMPTED_NONE;
	if (recorded == NULL || kind == -1 || p->templates[kind] == NULL ||
	    !read_marks(e, &marks))
		return PROMPTED_LACKING;
	job = s->procedure->render(s, event_str(e, "job"));
	if (job == NULL) /* an engine of this version would not have asked */
		return lacks_text(s) ? PROMPTED_LACKING : PROMPTED_OTHER;
	prompt_render(p->templates[kind], job, &marks,
	    (int)event_int(e, "attempt", 1), &prompt);
	job_free(job);
	as = compare(s, &prompt, recorded);
	if (out != NULL && as != PROMPTED_LACKING)
		*out = prompt;
	else
		prompt_clear(&prompt);
	return as;
}
