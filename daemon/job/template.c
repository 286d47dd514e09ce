#include "job/template.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"

const char *const template_names[TEMPLATES] = {
    [TEMPLATE_DRAFT] = "draft",
    [TEMPLATE_REVISE] = "revise",
    [TEMPLATE_PREDICT] = "predict",
};

int
template_find(const char *name)
{
	for (int i = 0; i < TEMPLATES; i++)
		if (strcmp(template_names[i], name) == 0)
			return i;
	return -1;
}

enum template_kind
template_of(const struct job *job)
{
	if (job->kind == JOB_PREDICT)
		return TEMPLATE_PREDICT;
	return job->winner != NULL ? TEMPLATE_REVISE : TEMPLATE_DRAFT;
}

/* ---- fields ---- */

static void
add_quoted(struct buf *out, const char *text)
{
	if (text == NULL)
		buf_adds(out, "null");
	else
		json_quote(out, text, strlen(text));
}

static void
field_boundary(
    const struct job *job, const struct prompt_marks *m, struct buf *out)
{
	(void)job;
	buf_adds(out, m->boundary);
}

static void
field_canary(
    const struct job *job, const struct prompt_marks *m, struct buf *out)
{
	(void)job;
	buf_adds(out, m->canary);
}

static void
field_max_chars(
    const struct job *job, const struct prompt_marks *m, struct buf *out)
{
	(void)m;
	buf_add_int(out, job->max_chars);
}

/* A tag is letters, digits and hyphens: no text of anybody's. */
static void
field_language(
    const struct job *job, const struct prompt_marks *m, struct buf *out)
{
	(void)m;
	if (job->language[0] != '\0')
		buf_addf(out, "the language whose tag is %s", job->language);
	else
		buf_adds(out,
		    "the language in which most of the opinions are written");
}

static void
field_people(
    const struct job *job, const struct prompt_marks *m, struct buf *out)
{
	(void)m;
	buf_add_int(out, (int64_t)job->nopinions);
}

static void
field_count(
    const struct job *job, const struct prompt_marks *m, struct buf *out)
{
	(void)m;
	buf_add_int(out, (int64_t)job->ncandidates);
}

static void
field_question(
    const struct job *job, const struct prompt_marks *m, struct buf *out)
{
	(void)m;
	buf_adds(out, "{\"question\":");
	add_quoted(out, job->question);
	buf_addc(out, '}');
}

static const char *
critique_of(const struct job *job, size_t i)
{
	return job->critiques != NULL ? job->critiques[i].text : NULL;
}

/* One line a person, numbered as in the job; a text that is withheld or erased
 * leaves no line, so that numbers still tell who is meant. */
static void
field_opinions(
    const struct job *job, const struct prompt_marks *m, struct buf *out)
{
	size_t before = out->len;

	(void)m;
	for (size_t i = 0; i < job->nopinions; i++) {
		if (job->opinions[i].text == NULL)
			continue;
		buf_addf(out, "%s{\"person\":%zu,\"opinion\":",
		    out->len > before ? "\n" : "", i + 1);
		add_quoted(out, job->opinions[i].text);
		buf_addc(out, '}');
	}
}

static void
field_critiques(
    const struct job *job, const struct prompt_marks *m, struct buf *out)
{
	size_t before = out->len;

	(void)m;
	for (size_t i = 0; i < job->nopinions; i++) {
		if (critique_of(job, i) == NULL)
			continue;
		buf_addf(out, "%s{\"person\":%zu,\"critique\":",
		    out->len > before ? "\n" : "", i + 1);
		add_quoted(out, critique_of(job, i));
		buf_addc(out, '}');
	}
}

static void
field_winner(
    const struct job *job, const struct prompt_marks *m, struct buf *out)
{
	(void)m;
	buf_adds(out, "{\"winner\":");
	add_quoted(out, job->winner);
	buf_addc(out, '}');
}

/* All that is known of the one person whose ballot is predicted. */
static void
field_person(
    const struct job *job, const struct prompt_marks *m, struct buf *out)
{
	(void)m;
	buf_adds(out, "{\"opinion\":");
	add_quoted(out, job->nopinions > 0 ? job->opinions[0].text : NULL);
	buf_adds(out, ",\"critique\":");
	add_quoted(out, job->nopinions > 0 ? critique_of(job, 0) : NULL);
	buf_adds(out, ",\"winner\":");
	add_quoted(out, job->winner);
	buf_addc(out, '}');
}

static void
field_candidates(
    const struct job *job, const struct prompt_marks *m, struct buf *out)
{
	(void)m;
	for (size_t i = 0; i < job->ncandidates; i++) {
		buf_addf(out,
		    "%s{\"statement\":%zu,\"text\":", i > 0 ? "\n" : "", i + 1);
		add_quoted(out, job->candidates[i].text);
		buf_addc(out, '}');
	}
}

static const struct field {
	const char *name;
	bool text;   /* holds what people or models wrote */
	bool system; /* may stand in the system part */
	void (*fill)(const struct job *job, const struct prompt_marks *m,
	    struct buf *out);
} fields[] = {
    {"boundary", false, true, field_boundary},
    {"canary", false, true, field_canary},
    {"max_chars", false, true, field_max_chars},
    {"language", false, true, field_language},
    {"people", false, true, field_people},
    {"count", false, true, field_count},
    {"question", true, false, field_question},
    {"opinions", true, false, field_opinions},
    {"critiques", true, false, field_critiques},
    {"winner", true, false, field_winner},
    {"person", true, false, field_person},
    {"candidates", true, false, field_candidates},
};

/* The field at `at`, which points behind "{{"; its length with "}}". */
static const struct field *
field_at(const char *at, size_t *len)
{
	size_t n;

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		n = strlen(fields[i].name);
		if (strncmp(at, fields[i].name, n) == 0 &&
		    strncmp(at + n, "}}", 2) == 0) {
			*len = n + 2;
			return &fields[i];
		}
	}
	return NULL;
}

void
template_fill(const char *part, const struct job *job,
    const struct prompt_marks *marks, struct buf *out)
{
	const struct field *f;
	const char *open;
	size_t len;

	while ((open = strstr(part, "{{")) != NULL) {
		buf_add(out, part, (size_t)(open - part));
		f = field_at(open + 2, &len);
		if (f == NULL) /* template_read lets none through */
			break;
		f->fill(job, marks, out);
		part = open + 2 + len;
	}
	buf_adds(out, part);
}

/* ---- reading a file ---- */

enum part { PART_HEAD, PART_SYSTEM, PART_USER };

struct reading {
	struct job_template *t;
	struct buf parts[PART_USER + 1];
	enum part part;
	int line;
	bool inside, canary; /* between boundaries; the canary was seen */
	size_t boundaries;
	struct err *err;
};

static int
fault(struct reading *r, const char *what)
{
	return err_set(r->err, ERR_BROKEN, "template",
	    "prompt template %s, line %d: %s", template_names[r->t->kind],
	    r->line, what);
}

static int
read_setting(struct reading *r, const char *line)
{
	const struct {
		const char *name;
		int64_t *at, max;
	} rows[] = {
	    {"version", &r->t->version, 1000000},
	    {"temperature", &r->t->temperature, 2000},
	    {"tokens", &r->t->tokens, 1000000},
	};
	size_t n = strcspn(line, " \t");
	long long v;
	char *end;

	if (line[0] == '\0' || line[0] == '#')
		return 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (strlen(rows[i].name) != n ||
		    strncmp(rows[i].name, line, n) != 0)
			continue;
		v = strtoll(line + n, &end, 10);
		if (*end != '\0' || v < 0 || v > rows[i].max)
			return fault(r, "the number is out of range");
		*rows[i].at = v;
		return 0;
	}
	return fault(r, "expected version, temperature or tokens with a "
			"whole number, or == system ==");
}

static int
check_field(struct reading *r, const struct field *f)
{
	if (f == NULL)
		return fault(r, "no such field; the manual lists them");
	if (r->part == PART_SYSTEM && !f->system)
		return fault(r, "texts may not stand in the system part");
	if (f->text && !r->inside)
		return fault(r, "texts must stand between two lines that "
				"hold {{boundary}}");
	if (f->fill == field_canary) {
		if (r->part != PART_SYSTEM)
			return fault(r, "{{canary}} belongs to the system "
					"part");
		r->canary = true;
	}
	return 0;
}

static int
read_line(struct reading *r, const char *line)
{
	const struct field *f;
	const char *at = line;
	size_t len = 0;

	if (r->part == PART_USER && strcmp(line, "{{boundary}}") == 0) {
		r->inside = !r->inside;
		r->boundaries++;
	}
	while ((at = strstr(at, "{{")) != NULL) {
		f = field_at(at + 2, &len);
		if (check_field(r, f) == -1)
			return -1;
		at += 2 + len;
	}
	buf_addf(&r->parts[r->part], "%s\n", line);
	return 0;
}

static int
next_line(struct reading *r, const char *line)
{
	r->line++;
	if (r->part == PART_HEAD && strcmp(line, "== system ==") == 0)
		r->part = PART_SYSTEM;
	else if (r->part == PART_SYSTEM && strcmp(line, "== user ==") == 0)
		r->part = PART_USER;
	else if (r->part == PART_HEAD)
		return read_setting(r, line);
	else
		return read_line(r, line);
	return 0;
}

static int
check_whole(struct reading *r)
{
	if (r->part != PART_USER)
		return fault(r, "== system == and then == user == must follow");
	if (r->t->version < 1 || r->t->tokens < 1)
		return fault(r, "version and tokens are missing");
	if (!r->canary)
		return fault(r, "the system part must hold {{canary}}");
	if (r->inside || r->boundaries == 0)
		return fault(r, "a line of {{boundary}} has no second one");
	return 0;
}

/* A part without the empty lines around it. */
static char *
part_take(struct buf *b)
{
	char *s = buf_take(b), *trimmed;

	trimmed = text_normal(s != NULL ? s : "", s != NULL ? strlen(s) : 0);
	free(s);
	return trimmed;
}

static int
read_lines(struct reading *r)
{
	char *copy = xstrdup(r->t->text), *rest = copy, *line;
	int n = 0;

	while (n == 0 && (line = strsep(&rest, "\n")) != NULL)
		n = next_line(r, line);
	free(copy);
	return n == 0 ? check_whole(r) : -1;
}

struct job_template *
template_read(
    enum template_kind kind, const char *bytes, size_t len, struct err *err)
{
	struct job_template *t = xcalloc(1, sizeof(*t));
	struct reading r = {.t = t, .err = err};
	struct digest_part part;
	int n;

	t->kind = kind;
	t->temperature = -1;
	if (len > TEMPLATE_MAX || !text_valid(bytes, len))
		n = fault(&r, "too long, or not UTF-8");
	else {
		t->text = xstrndup(bytes, len);
		part = (struct digest_part){t->text, len};
		digest_sha256(&part, 1, t->digest);
		n = read_lines(&r);
	}
	t->system = part_take(&r.parts[PART_SYSTEM]);
	t->user = part_take(&r.parts[PART_USER]);
	buf_free(&r.parts[PART_HEAD]);
	if (n == 0)
		return t;
	template_free(t);
	return NULL;
}

void
template_free(struct job_template *t)
{
	if (t == NULL)
		return;
	free(t->text);
	free(t->system);
	free(t->user);
	free(t);
}
