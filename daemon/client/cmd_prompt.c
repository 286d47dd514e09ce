/* caucus prompt: what a language model was sent for a job. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "client/cmd.h"
#include "client/place.h"
#include "client/runner.h"
#include "record/prompted.h"
#include "record/recording.h"

#define FILE_MAX ((size_t)1 << 30)

/* What is asked, and what the recording says to it. */
struct asked {
	struct cmd *c;
	const char *job;
	int64_t attempt;      /* 0: the last */
	const char *template; /* path of another one; NULL */
	struct prompted prompted;
	enum prompted_as as;  /* PROMPTED_NONE: no such exchange */
	struct prompt prompt; /* where as says there is one */
	json_t *facts;	      /* of the exchange; NULL */
	char *rules;	      /* of its template; NULL */
};

/* ---- the recording ---- */

/* A session's id has neither dot nor slash. */
static bool
is_file(const char *arg)
{
	return strcmp(arg, "-") == 0 || strpbrk(arg, "./") != NULL;
}

/* Everybody may read the rules; the texts, who may export everything. */
static int
fetch(struct cmd *c, const char *session, bool everything, struct buf *out)
{
	enum link_answer a;
	struct err err;
	int r;

	if (session != NULL)
		c->given[c->ngiven++] = (struct cmd_given){"session", session};
	r = cmd_open(c, WHO_READER);
	if (r != EXIT_OK)
		return r;
	a = runner_export(
	    c->link, c->session, everything ? "operator" : NULL, out, &err);
	if (a == LINK_OK)
		return EXIT_OK;
	return cmd_fail(
	    c, a == LINK_DOWN ? EXIT_UNREACHABLE : EXIT_REFUSED, &err);
}

static int
load(struct cmd *c, const char *path, struct buf *out)
{
	struct err err;
	size_t len;
	char *bytes = place_read(path, FILE_MAX, &len, &err);

	if (bytes == NULL)
		return cmd_fail(c, EXIT_FILE, &err);
	buf_add(out, bytes, len);
	free(bytes);
	return EXIT_OK;
}

/* ---- the exchange in it ---- */

/* Another template in the place of the recorded one. */
static int
replace(struct asked *a, const struct event *e, struct err *err)
{
	const char *name = event_str(e, "template");
	int kind = name != NULL ? template_find(name) : -1;
	char *bytes;
	size_t len;

	if (a->template == NULL || kind == -1 ||
	    strcmp(e->type, "exchange.started") != 0)
		return 0;
	bytes = place_read(a->template, TEMPLATE_MAX, &len, err);
	if (bytes == NULL)
		return -1;
	template_free(a->prompted.templates[kind]);
	a->prompted.templates[kind] =
	    template_read((enum template_kind)kind, bytes, len, err);
	free(bytes);
	return a->prompted.templates[kind] != NULL ? 0 : -1;
}

static void
take_facts(struct asked *a, const struct event *e)
{
	static const char *const members[] = {"job", "attempt", "endpoint",
	    "model", "template", "version", "temperature", "tokens", NULL};
	const char *name = event_str(e, "template");
	const char *digest = event_body(e, "prompt");
	int kind = name != NULL ? template_find(name) : -1;
	json_t *v;

	json_decref(a->facts);
	free(a->rules);
	a->facts = json_object();
	a->rules = kind != -1 && a->prompted.templates[kind] != NULL
		       ? xstrdup(a->prompted.templates[kind]->text)
		       : NULL;
	for (int i = 0; members[i] != NULL; i++)
		if ((v = json_object_get(e->data, members[i])) != NULL)
			json_object_set(a->facts, members[i], v);
	if (digest != NULL)
		json_object_set_new(a->facts, "digest", json_string(digest));
}

static bool
is_meant(const struct asked *a, const struct event *e, const char *type)
{
	const char *job = event_str(e, "job");

	return strcmp(e->type, type) == 0 && job != NULL &&
	       strcmp(job, a->job) == 0 &&
	       (a->attempt == 0 || event_int(e, "attempt", 0) == a->attempt);
}

/* s: the state before the event; NULL where it cannot be known. */
static int
see(struct asked *a, const struct session *s, const struct event *e,
    struct err *err)
{
	prompted_note(&a->prompted, e);
	if (is_meant(a, e, "exchange.finished") && a->facts != NULL)
		json_object_set(
		    a->facts, "outcome", json_object_get(e->data, "outcome"));
	if (!is_meant(a, e, "exchange.started"))
		return 0;
	if (replace(a, e, err) == -1)
		return -1;
	prompt_clear(&a->prompt);
	a->as = s != NULL ? prompted_check(&a->prompted, s, e, &a->prompt)
			  : PROMPTED_LACKING;
	take_facts(a, e);
	return 0;
}

static int
search(struct asked *a, const struct buf *recording, struct err *err)
{
	struct recording *rec = recording_of(recording->data, recording->len);
	const struct procedure *procedure;
	struct recording_header header;
	struct session *s = NULL;
	struct event *e;
	int n = recording_begin(rec, &header, err), r = n;

	procedure = n == 0 ? procedure_find(header.procedure) : NULL;
	if (n == 0 && procedure == NULL)
		r = err_set(err, ERR_BROKEN, NULL,
		    "procedure %s is unknown to this program",
		    header.procedure);
	else if (n == 0)
		s = session_new(header.session, procedure, header.hash);
	while (r == 0 && (n = recording_next(rec, &e, err)) == 1) {
		r = see(a, s, e, err);
		if (r == 0 && s != NULL && session_apply(s, e, NULL) == -1) {
			session_free(s); /* a value is sealed in this copy */
			s = NULL;
		}
		event_destroy(e);
	}
	session_free(s);
	recording_close(rec);
	return r == 0 && n == -1 ? -1 : r;
}

/* ---- telling ---- */

static int
say_prompt(struct asked *a)
{
	struct cmd *c = a->c;
	const char *part = cmd_option(c, "part", 0);

	json_object_set_new(
	    a->facts, "sent", json_boolean(a->as == PROMPTED_SAME));
	json_object_set_new(a->facts, "system", json_string(a->prompt.system));
	json_object_set_new(a->facts, "user", json_string(a->prompt.user));
	if (cmd_json(c, a->facts))
		return EXIT_OK;
	if (part == NULL)
		fprintf(c->out.f, "== system ==\n%s\n== user ==\n%s\n",
		    a->prompt.system, a->prompt.user);
	else
		fputs(strcmp(part, "user") == 0 ? a->prompt.user
						: a->prompt.system,
		    c->out.f);
	return EXIT_OK;
}

/* That nothing was sent is an answer, not an error. */
static int
say_nothing(struct asked *a)
{
	json_object_set_new(a->facts, "sent", json_false());
	if (!cmd_json(a->c, a->facts))
		fprintf(a->c->err.f,
		    "%s: the offline drafter did it; nothing was sent.\n",
		    a->job);
	return EXIT_OK;
}

static int
refuse(struct asked *a, int code, const char *why)
{
	struct err err;

	err_set(&err, code == EXIT_DIFFERS ? ERR_BROKEN : ERR_NOT_FOUND, NULL,
	    "%s: %s", a->job, why);
	return cmd_fail(a->c, code, &err);
}

static int
tell(struct asked *a, bool template)
{
	if (a->facts == NULL)
		return refuse(a, EXIT_REFUSED,
		    "no such exchange in this recording; jobs are called "
		    "such as draft.0.3 or predict.1.2");
	if (a->as == PROMPTED_NONE)
		return say_nothing(a);
	if (template && a->rules != NULL) {
		fputs(a->rules, a->c->out.f);
		return EXIT_OK;
	}
	if (template || a->as == PROMPTED_LACKING)
		return refuse(a, EXIT_REFUSED,
		    "what was sent cannot be rendered from this copy: texts "
		    "were erased, or are sealed in it; the operator's export "
		    "holds all that there is");
	if (a->as == PROMPTED_OTHER && a->template == NULL)
		return refuse(a, EXIT_DIFFERS,
		    "this recording does not render to the digest of what "
		    "was sent");
	return say_prompt(a);
}

static int
read_options(struct asked *a)
{
	const char *attempt = cmd_option(a->c, "attempt", 0);
	const char *part = cmd_option(a->c, "part", 0);

	a->template = cmd_option(a->c, "template", 0);
	if (strcmp(a->c->args[0], "show") != 0 &&
	    strcmp(a->c->args[0], "render") != 0)
		return cmd_usage(
		    a->c, "what can be done with a prompt is show or render");
	if (a->template != NULL && strcmp(a->c->args[0], "show") == 0)
		return cmd_usage(a->c, "another template is for `render`");
	if (part != NULL && strcmp(part, "system") != 0 &&
	    strcmp(part, "user") != 0 && strcmp(part, "rules") != 0)
		return cmd_usage(a->c, "--part is system, user or rules");
	if (attempt == NULL)
		return EXIT_OK;
	a->attempt = strtol(attempt, NULL, 10);
	return a->attempt > 0 ? EXIT_OK
			      : cmd_usage(a->c, "--attempt is a number from 1");
}

int
cmd_prompt(struct cmd *c)
{
	const char *part = cmd_option(c, "part", 0);
	const char *where = c->nargs == 3 ? c->args[1] : NULL;
	bool template = part != NULL && strcmp(part, "rules") == 0;
	struct asked a = {.c = c, .job = c->args[c->nargs - 1]};
	struct buf recording = {0};
	struct err err;
	int r = read_options(&a);

	if (r == EXIT_OK)
		r = where != NULL && is_file(where)
			? load(c, where, &recording)
			: fetch(c, where, !template, &recording);
	if (r == EXIT_OK && search(&a, &recording, &err) == -1)
		r = cmd_fail(
		    c, err.code == ERR_FILE ? EXIT_FILE : EXIT_DIFFERS, &err);
	if (r == EXIT_OK)
		r = tell(&a, template);
	prompted_clear(&a.prompted);
	prompt_clear(&a.prompt);
	json_decref(a.facts);
	free(a.rules);
	buf_free(&recording);
	return r;
}
