#include "record/verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/ballots.h"
#include "record/import.h"
#include "record/prompted.h"
#include "session/procedure.h"
#include "session/type.h"

/* A sealed item of an event, to be found again by a text.erased. */
struct item {
	int64_t seq;
	char name[SEAL_NAME_MAX];
	bool open, erased;
};

struct verify {
	struct verify_report *report;
	uint8_t hash[DIGEST_LEN]; /* the chain so far */
	bool *input;		  /* whether event i + 1 is one */
	size_t ninput, capinput;
	struct item *items; /* by seq, then name: the order they come in */
	size_t nitems, capitems;
	bool counts;	       /* votes again; else replay does */
	struct session *state; /* for that, the fold so far; NULL once a value
				  that decides is missing */
	struct prompted prompted;
};

static const char todo_copy[] =
    "Do not rely on this file; compare it with another copy, or with a "
    "receipt (seq and hash) of somebody who took part.";
static const char todo_newer[] =
    "Use the program that made the recording, or a newer one.";

/* ---- faults ---- */

static int
fault(struct verify *v, int64_t line, int64_t seq, const char *what,
    const char *todo)
{
	struct verify_report *r = v->report;

	r->line = line;
	r->seq = seq;
	snprintf(r->what, sizeof(r->what), "%s", what);
	snprintf(r->todo, sizeof(r->todo), "%s", todo);
	return -1;
}

static int
tell(const struct verify_report *r, struct err *err)
{
	if (r->seq == 0)
		return err_set(err, ERR_BROKEN, NULL,
		    "the recording does not hold: line %" PRId64
		    " (the header): %.280s",
		    r->line, r->what);
	return err_set(err, ERR_BROKEN, NULL,
	    "the recording does not hold: line %" PRId64 " (event %" PRId64
	    "): %.280s",
	    r->line, r->seq, r->what);
}

/* ---- erased items ---- */

static void
remember_items(struct verify *v, const struct event *e)
{
	struct item *item;
	size_t i;

	for (i = 0; i < e->nsealed; i++) {
		v->items =
		    xgrow(v->items, v->nitems, &v->capitems, sizeof(*v->items));
		item = &v->items[v->nitems++];
		*item = (struct item){.seq = e->seq};
		memcpy(item->name, e->sealed[i].name, SEAL_NAME_MAX);
		item->open = e->sealed[i].body != NULL;
		v->report->open += item->open;
	}
	v->report->sealed += (int64_t)e->nsealed;
}

static int
item_cmp(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->seq != y->seq)
		return x->seq < y->seq ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void
note_erased(struct verify *v, const json_t *o)
{
	const char *name = json_string_value(json_object_get(o, "name"));
	struct item key, *item;

	if (name == NULL || strlen(name) >= SEAL_NAME_MAX || v->nitems == 0)
		return;
	key.seq = json_integer_value(json_object_get(o, "seq"));
	memcpy(key.name, name, strlen(name) + 1);
	item = bsearch(&key, v->items, v->nitems, sizeof(key), item_cmp);
	if (item == NULL || item->erased)
		return;
	item->erased = true;
	if (item->open)
		v->report->kept++;
	else
		v->report->erased++;
}

static void
note_erasure(struct verify *v, const struct event *e)
{
	json_t *items = event_erased(e), *o;
	size_t i;

	json_array_foreach(items, i, o)
		note_erased(v, o);
	json_decref(items);
}

/* ---- one event ---- */

static bool
is_input(const struct verify *v, int64_t seq)
{
	return v->input != NULL && (size_t)seq <= v->ninput &&
	       v->input[seq - 1];
}

static int
check_place(struct verify *v, const struct event *e, int64_t line)
{
	char what[160];
	int64_t seq = v->report->events + 1;

	if (e->seq != seq) {
		snprintf(what, sizeof(what),
		    "seq %" PRId64 " stands where %" PRId64
		    " must: a line is missing, doubled or out of its place",
		    e->seq, seq);
		return fault(v, line, seq, what, todo_copy);
	}
	if (e->of != 0 && !is_input(v, e->of)) {
		snprintf(what, sizeof(what),
		    "of %" PRId64 " names no input: that event was derived",
		    e->of);
		return fault(v, line, seq, what, todo_copy);
	}
	return 0;
}

static int
check_type(struct verify *v, const struct event *e, int64_t line)
{
	const struct event_type *type;
	char what[160];

	if (!v->report->known)
		return 0;
	if (v->report->header.imported[0] != '\0') {
		if (imported_type(e->type) && e->of == 0)
			return 0;
		snprintf(what, sizeof(what),
		    "type %.60s is none of an imported recording", e->type);
		return fault(v, line, e->seq, what, todo_newer);
	}
	type = event_type_find(e->type);
	if (type == NULL) {
		snprintf(what, sizeof(what),
		    "type %.60s is unknown to procedure %s", e->type,
		    v->report->header.procedure);
		return fault(v, line, e->seq, what, todo_newer);
	}
	if (type->input != (e->of == 0)) {
		snprintf(what, sizeof(what), "%s is %s, but the event has %s",
		    type->name, type->input ? "an input" : "derived",
		    e->of == 0 ? "no `of`" : "an `of`");
		return fault(v, line, e->seq, what, todo_copy);
	}
	return 0;
}

static int
check_hash(struct verify *v, const struct event *e, int64_t line)
{
	uint8_t hash[DIGEST_LEN];

	event_chain(v->hash, e->bytes, e->len, hash);
	if (memcmp(hash, e->hash, DIGEST_LEN) == 0)
		return 0;
	return fault(v, line, e->seq,
	    e->seq == 1 ? "the hash does not continue the chain: the header, "
			  "this event or the hash was changed"
			: "the hash does not continue the chain: this event, "
			  "its hash or the one before was changed",
	    todo_copy);
}

/* ---- counting again ---- */

static void
forget_state(struct verify *v)
{
	session_free(v->state);
	v->state = NULL;
}

/* A value that decides, and that this copy does not hold. */
static bool
lacks_value(const struct verify *v, const struct event *e)
{
	const struct seal *row;
	size_t i;

	for (i = 0; i < e->nsealed; i++) {
		if (e->sealed[i].body != NULL)
			continue;
		row = session_seal_row(v->state, e->type, e->sealed[i].name);
		if (row != NULL && row->kind == SEAL_VALUE)
			return true;
	}
	return false;
}

static int
recount(struct verify *v, const struct event *e, int64_t line)
{
	static const struct counting as_was = {.method = NULL};
	const char *member = NULL;
	struct ballots el;
	struct err why = {0};
	struct count c;
	char what[200];

	ballots_of(v->state, e->type, &el);
	if (ballots_count(&el, &as_was, &c, &why) == 0)
		member = ballots_differs(&el, &c, e);
	count_clear(&c);
	ballots_clear(&el);
	if (why.code != ERR_NONE) /* a rule of a newer program */
		v->report->uncounted++;
	else if (member == NULL)
		v->report->recounted++;
	else {
		snprintf(what, sizeof what,
		    "the vote was not counted so: the ballots in this file "
		    "come to another `%s`",
		    member);
		return fault(v, line, e->seq, what, todo_copy);
	}
	return 0;
}

/* A prompt of an exchange, rendered from the state before it.  Only the very
 * version that made a recording must word it the same. */
static int
check_prompt(struct verify *v, const struct event *e, int64_t line)
{
	struct verify_report *r = v->report;
	enum prompted_as as = PROMPTED_LACKING;

	if (!v->counts || !r->known)
		return 0;
	prompted_note(&v->prompted, e);
	if (event_sealed(e, "prompt") == NULL)
		return 0;
	if (v->state != NULL)
		as = prompted_check(&v->prompted, v->state, e, NULL);
	switch (as) {
	case PROMPTED_NONE:
		return 0;
	case PROMPTED_SAME:
		r->prompts++;
		return 0;
	case PROMPTED_LACKING:
		r->unrendered++;
		return 0;
	case PROMPTED_OTHER:
		break;
	}
	if (strcmp(r->header.program, "caucusd " CAUCUS_VERSION) != 0) {
		r->reworded++;
		return 0;
	}
	return fault(v, line, e->seq,
	    "a language model was not sent this: the texts in this file come "
	    "to a prompt with another digest",
	    todo_copy);
}

/* Folds the event, and counts a vote again that it decides.  What cannot be
 * folded is for replay to say. */
static int
check_count(struct verify *v, const struct event *e, int64_t line)
{
	bool vote = strcmp(e->type, "tally.decided") == 0;

	if (!v->counts)
		return 0;
	if (v->state != NULL && lacks_value(v, e))
		forget_state(v);
	if (v->state == NULL) {
		v->report->uncounted += vote;
		return 0;
	}
	if (vote && recount(v, e, line) == -1)
		return -1;
	if (session_apply(v->state, e, NULL) == -1)
		forget_state(v);
	return 0;
}

/* In this order: the last one folds. */
static int (*const checks[])(
    struct verify *v, const struct event *e, int64_t line) = {
    check_place,
    check_type,
    check_hash,
    check_prompt,
    check_count,
};

static int
verify_event(struct verify *v, const struct event *e, int64_t line)
{
	struct verify_report *r = v->report;
	size_t i;

	for (i = 0; i < sizeof checks / sizeof *checks; i++)
		if (checks[i](v, e, line) == -1)
			return -1;
	v->input = xgrow(v->input, v->ninput, &v->capinput, sizeof(bool));
	v->input[v->ninput++] = e->of == 0;
	memcpy(v->hash, e->hash, DIGEST_LEN);
	memcpy(r->head, e->hash, DIGEST_LEN);
	r->events = e->seq;
	if (e->of == 0)
		r->inputs++;
	else
		r->derived++;
	snprintf(r->last, sizeof(r->last), "%s", e->type);
	if (strcmp(e->type, "session.concluded") == 0 ||
	    strcmp(e->type, "imported.finished") == 0)
		r->concluded = true;
	remember_items(v, e);
	if (strcmp(e->type, "text.erased") == 0)
		note_erasure(v, e);
	return 0;
}

/* ---- the whole ---- */

/* A line that cannot be read: its own fault, or the file's. */
static int
unreadable(struct verify *v, const struct recording *rec, int64_t seq,
    const struct err *why, struct err *err)
{
	const char *todo = todo_copy;

	if (why->code == ERR_FILE) {
		if (err != NULL)
			*err = *why;
		todo = "Make the file readable, or name another.";
	} else if (seq == 0) {
		todo = "Check that this is the file you meant.";
	}
	fault(v, recording_lineno(rec), seq, why->text, todo);
	return why->code == ERR_FILE ? -1 : tell(v->report, err);
}

static int
verify_lines(struct verify *v, struct recording *rec, struct event_list *keep,
    struct err *err)
{
	struct verify_report *r = v->report;
	const struct procedure *procedure;
	struct err why = {0};
	struct event *e;
	int n;

	if (recording_begin(rec, &r->header, &why) == -1)
		return unreadable(v, rec, 0, &why, err);
	memcpy(v->hash, r->header.hash, DIGEST_LEN);
	memcpy(r->head, v->hash, DIGEST_LEN);
	procedure = procedure_find(r->header.procedure);
	r->known = r->header.imported[0] != '\0'
		       ? strcmp(r->header.procedure, IMPORTED_PROCEDURE) == 0
		       : procedure != NULL;
	v->counts = keep == NULL;
	if (r->known && procedure != NULL && v->counts)
		v->state =
		    session_new(r->header.session, procedure, r->header.hash);
	while ((n = recording_next(rec, &e, &why)) == 1) {
		if (verify_event(v, e, recording_lineno(rec)) == -1) {
			event_destroy(e);
			return tell(r, err);
		}
		if (keep != NULL)
			event_list_add(keep, e);
		else
			event_destroy(e);
	}
	if (n == -1)
		return unreadable(v, rec, r->events + 1, &why, err);
	r->holds = true;
	return 0;
}

int
verify_events(struct recording *rec, struct verify_report *report,
    struct event_list *keep, struct err *err)
{
	struct verify v = {.report = report};
	int r;

	*report = (struct verify_report){0};
	r = verify_lines(&v, rec, keep, err);
	forget_state(&v);
	prompted_clear(&v.prompted);
	free(v.input);
	free(v.items);
	return r;
}

int
verify_recording(
    struct recording *rec, struct verify_report *report, struct err *err)
{
	return verify_events(rec, report, NULL, err);
}

int
verify_bytes(const char *bytes, size_t len, struct verify_report *report,
    struct err *err)
{
	struct recording *rec = recording_of(bytes, len);
	int r = verify_recording(rec, report, err);

	recording_close(rec);
	return r;
}

int
verify_file(const char *path, struct verify_report *report, struct err *err)
{
	struct verify v = {.report = report};
	struct err why = {0};
	struct recording *rec = recording_open(path, &why);
	int r;

	if (rec == NULL) {
		*report = (struct verify_report){0};
		fault(&v, 0, 0, why.text, "Check the name of the file.");
		if (err != NULL)
			*err = why;
		return -1;
	}
	r = verify_recording(rec, report, err);
	recording_close(rec);
	return r;
}

/* ---- telling ---- */

static void
text_fault(const struct verify_report *r, const char *name, struct buf *out)
{
	if (r->line == 0) { /* not even opened */
		buf_addf(out, "%s: %s\n", name, r->what);
		return;
	}
	buf_addf(out, "%s: DOES NOT HOLD\n", name);
	if (r->seq == 0)
		buf_addf(out, "  line %" PRId64 " (the header): %s\n", r->line,
		    r->what);
	else
		buf_addf(out, "  line %" PRId64 " (event %" PRId64 "): %s\n",
		    r->line, r->seq, r->what);
	buf_addf(out, "  %s\n", r->todo);
	if (r->events > 0)
		buf_addf(out, "  What stands before that line holds.\n");
}

static void
text_items(const struct verify_report *r, struct buf *out)
{
	int64_t closed = r->sealed - r->open - r->erased;

	buf_addf(out,
	    "  sealed items: %" PRId64 ", bodies present and true to their "
	    "digests: %" PRId64 "\n",
	    r->sealed, r->open);
	if (r->erased > 0)
		buf_addf(out, "  unverifiable: %" PRId64 " (erased texts)\n",
		    r->erased);
	if (closed > 0)
		buf_addf(out,
		    "  not in this copy: %" PRId64 " (sealed for whoever "
		    "exported it)\n",
		    closed);
	if (r->recounted > 0)
		buf_addf(out,
		    "  votes counted again, to the same result: %" PRId64 "\n",
		    r->recounted);
	if (r->uncounted > 0)
		buf_addf(out,
		    "  votes not counted again: %" PRId64
		    " (what they rest on is not in this copy)\n",
		    r->uncounted);
	if (r->prompts > 0)
		buf_addf(out,
		    "  prompts rendered again, to the same digest: %" PRId64
		    "\n",
		    r->prompts);
	if (r->unrendered > 0)
		buf_addf(out,
		    "  prompts not rendered again: %" PRId64
		    " (what they rest on is not in this copy)\n",
		    r->unrendered);
	if (r->reworded > 0)
		buf_addf(out,
		    "  prompts that this program words otherwise than %s: "
		    "%" PRId64 "\n",
		    r->header.program, r->reworded);
	if (r->kept > 0)
		buf_addf(out,
		    "  WARNING: %" PRId64 " erased text(s) stand in this copy; "
		    "delete it, or export the session again\n",
		    r->kept);
}

void
verify_text(const struct verify_report *r, const char *name, struct buf *out)
{
	char head[2 * DIGEST_LEN + 1];

	if (!r->holds) {
		text_fault(r, name, out);
		if (r->events == 0)
			return;
	} else {
		buf_addf(out, "%s: holds%s\n", name,
		    r->concluded ? "" : ", open-ended");
	}
	buf_addf(out,
	    "  session %s, procedure %s, recorded by %s\n"
	    "  events: %" PRId64 " (inputs %" PRId64 ", derived %" PRId64 ")\n",
	    r->header.session, r->header.procedure, r->header.program,
	    r->events, r->inputs, r->derived);
	if (r->header.imported[0] != '\0')
		buf_addf(out,
		    "  imported from the format %s: what was recorded, others "
		    "recorded\n",
		    r->header.imported);
	text_items(r, out);
	hex_encode(r->head, DIGEST_LEN, head);
	buf_addf(out, "  head: seq %" PRId64 ", hash %s\n", r->events, head);
	if (!r->known)
		buf_addf(out,
		    "  procedure %s is unknown to this program: the types of "
		    "its events are not checked\n",
		    r->header.procedure);
}

json_t *
verify_json(const struct verify_report *r)
{
	char head[2 * DIGEST_LEN + 1];
	json_t *o;

	hex_encode(r->head, DIGEST_LEN, head);
	o = json_pack("{s:b,s:s,s:s,s:s,s:b,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,"
		      "s:s,s:b,s:b}",
	    "holds", r->holds, "session", r->header.session, "procedure",
	    r->header.procedure, "program", r->header.program,
	    "procedure_known", r->known, "events", (json_int_t)r->events,
	    "inputs", (json_int_t)r->inputs, "derived", (json_int_t)r->derived,
	    "sealed", (json_int_t)r->sealed, "open", (json_int_t)r->open,
	    "unverifiable", (json_int_t)r->erased, "closed",
	    (json_int_t)(r->sealed - r->open - r->erased), "erased_present",
	    (json_int_t)r->kept, "head", head, "concluded", r->concluded,
	    "open_ended", r->holds && !r->concluded);
	json_object_set_new(o, "recounted", json_integer(r->recounted));
	json_object_set_new(o, "uncounted", json_integer(r->uncounted));
	json_object_set_new(o, "prompts", json_integer(r->prompts));
	json_object_set_new(o, "unrendered", json_integer(r->unrendered));
	json_object_set_new(o, "reworded", json_integer(r->reworded));
	if (r->header.imported[0] != '\0')
		json_object_set_new(
		    o, "imported", json_string(r->header.imported));
	if (!r->holds)
		json_object_set_new(o, "fault",
		    json_pack("{s:I,s:I,s:s,s:s}", "line", (json_int_t)r->line,
			"seq", (json_int_t)r->seq, "what", r->what, "todo",
			r->todo));
	return o;
}
