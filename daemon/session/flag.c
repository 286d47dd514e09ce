/* Hostile texts: what was found in an input is told by a text.flagged. */
#include <string.h>

#include "session/type.h"

static const char *
what_of(const struct session *s, const struct event *e)
{
	const struct job_state *job = session_job(s, event_str(e, "job"));

	if (job != NULL)
		return job_kind_names[job->kind];
	return event_str(e, "slot") != NULL ? event_str(e, "slot") : "proposal";
}

void
flag_note(struct session *s, const struct event *e)
{
	struct flag *f = &s->flag;
	json_t *v;

	if (e->of != 0 || event_sealed(e, "findings") == NULL)
		return;
	v = event_value(e, "findings");
	memset(f, 0, sizeof *f);
	f->seq = e->seq;
	strlcpy(f->what, what_of(s, e), sizeof f->what);
	if (event_str(e, "job") != NULL)
		strlcpy(f->job, event_str(e, "job"), sizeof f->job);
	hostile_of(v, &f->found);
	json_decref(v);
}

/* Everybody learns that there was something and what was done about it; what
 * it was, who looks after the session. */
struct event *
session_flagged(const struct session *s)
{
	const struct flag *f = &s->flag;
	enum hostile_done done;
	struct event *e;

	if (f->seq == 0)
		return NULL;
	done = f->job[0] != '\0' ? hostile_replied(&f->found)
				 : hostile_given(&f->found);
	e = event_make("text.flagged",
	    json_pack("{s:I,s:s,s:s}", "text", (json_int_t)f->seq, "what",
		f->what, "done", hostile_done_names[done]));
	if (f->job[0] != '\0')
		json_object_set_new(e->data, "job", json_string(f->job));
	session_seal_json(s, e, "findings", hostile_json(&f->found));
	return e;
}

int
apply_flagged(struct session *s, const struct event *e, struct err *err)
{
	(void)e;
	(void)err;
	s->flag.seq = 0;
	return 0;
}
