#include "record/replay.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "session/procedure.h"
#include "session/session.h"

/* Bytes of an event shown to people, around where two of them part. */
#define SHOWN 600
#define SIDE  28 /* columns of one of two versions side by side */

struct replay {
	struct replay_report *report;
	struct session *decided; /* by session_decide, from the inputs */
	struct session *folded;	 /* by session_apply, from all events */
	struct event_list due;	 /* what the last input came to */
	size_t ndue;		 /* of these, seen in the recording */
};

#define THIS_PROGRAM "caucusd " CAUCUS_VERSION

static const char todo_changed[] =
    "This very version recorded it, so the recording was changed and its "
    "hashes were computed anew; compare it with another copy, or with a "
    "receipt.";
static const char todo_full[] =
    "Ask the operator for a full export (session.export as operator): only "
    "that holds every value.";

void
replay_report_clear(struct replay_report *report)
{
	free(report->recorded);
	free(report->computed);
	*report = (struct replay_report){.outcome = REPLAY_BROKEN};
}

/* ---- outcomes ---- */

static int
outcome(struct replay_report *r, enum replay_outcome what, int64_t seq,
    const char *text, const char *todo)
{
	r->outcome = what;
	r->seq = seq;
	r->line = seq == 0 ? 0 : seq + 1;
	snprintf(r->what, sizeof(r->what), "%s", text);
	snprintf(r->todo, sizeof(r->todo), "%s", todo);
	return -1;
}

static bool
other_program(const struct replay_report *r)
{
	return strcmp(r->verify.header.program, THIS_PROGRAM) != 0;
}

/* Either event may be NULL: there is none. */
static int
differs(struct replay *p, int64_t seq, const struct event *recorded,
    const struct event *computed, const char *text)
{
	struct replay_report *r = p->report;

	r->recorded = recorded != NULL ? xstrdup(recorded->bytes) : NULL;
	r->computed = computed != NULL ? xstrdup(computed->bytes) : NULL;
	outcome(r, REPLAY_DIFFERS, seq, text, todo_changed);
	if (other_program(r))
		snprintf(r->todo, sizeof r->todo,
		    "It was recorded by %s, and this is " THIS_PROGRAM
		    ", which behaves differently here, or the recording was "
		    "changed; replay it with the version that recorded it.",
		    r->verify.header.program);
	return -1;
}

/* ---- comparing ---- */

static bool
same_bytes(const struct event *a, const struct event *b)
{
	return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

static bool
same_json(const json_t *a, const json_t *b)
{
	return a == b || (a != NULL && b != NULL && json_equal(a, b));
}

/* Names the first member of data that is not the same. */
static void
data_difference(const json_t *a, const json_t *b, char *out, size_t size)
{
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)a, key, v) {
		if (same_json(v, json_object_get(b, key)))
			continue;
		snprintf(out, size, "data.%.60s is not the same", key);
		return;
	}
	json_object_foreach((json_t *)b, key, v) {
		if (json_object_get(a, key) != NULL)
			continue;
		snprintf(out, size, "data.%.60s is not in the recording", key);
		return;
	}
}

static void
seal_difference(
    const struct event *a, const struct event *b, char *out, size_t size)
{
	const struct sealed *x, *y;
	size_t i;

	for (i = 0; i < a->nsealed || i < b->nsealed; i++) {
		x = i < a->nsealed ? &a->sealed[i] : NULL;
		y = i < b->nsealed ? &b->sealed[i] : NULL;
		if (x == NULL || y == NULL || strcmp(x->name, y->name) != 0) {
			snprintf(out, size, "other items are sealed (%s)",
			    x != NULL ? x->name : y->name);
			return;
		}
		if (memcmp(x->digest, y->digest, DIGEST_LEN) != 0) {
			snprintf(
			    out, size, "sealed %s has another digest", x->name);
			return;
		}
	}
}

/* What is not the same, in words, for the first thing that is not. */
static void
difference(const struct event *a, const struct event *b, char *out, size_t size)
{
	snprintf(out, size, "the events are not the same");
	if (strcmp(a->type, b->type) != 0)
		snprintf(out, size, "%.60s is recorded, %.60s follows", a->type,
		    b->type);
	else if (a->of != b->of)
		snprintf(out, size, "`of` is not the same");
	else if (a->at != b->at)
		snprintf(out, size, "`at` is not the same");
	else if (!json_equal(a->data, b->data))
		data_difference(a->data, b->data, out, size);
	else
		seal_difference(a, b, out, size);
}

static size_t
absent_items(const struct event *e)
{
	size_t i, n = 0;

	for (i = 0; i < e->nsealed; i++)
		n += e->sealed[i].body == NULL;
	return n;
}

/*
 * The computed event with the recorded digests of what it could not seal: the
 * texts it copies are not there any more.  NULL when it could seal all.
 */
static struct event *
with_digests(const struct event *computed, const struct event *recorded)
{
	const uint8_t previous[DIGEST_LEN] = {0};
	const struct sealed *item, *known;
	struct event *e;
	size_t i;

	if (absent_items(computed) == 0)
		return NULL;
	e = event_make(computed->type, json_incref(computed->data));
	e->at = computed->at;
	e->of = computed->of;
	for (i = 0; i < computed->nsealed; i++) {
		item = &computed->sealed[i];
		known = item->body == NULL ? event_sealed(recorded, item->name)
					   : NULL;
		event_seal_digest(e, item->name,
		    known != NULL ? known->digest : item->digest);
	}
	event_place(e, computed->seq, previous);
	return e;
}

static int
compare(struct replay *p, const struct event *recorded,
    const struct event *computed)
{
	struct event *patched = with_digests(computed, recorded);
	char text[160];
	int r = 0;

	/* An input's own erased texts are verify's to count. */
	if (patched != NULL && computed->of != 0)
		p->report->unverifiable += (int64_t)absent_items(computed);
	if (patched != NULL)
		computed = patched;
	if (!same_bytes(recorded, computed)) {
		difference(recorded, computed, text, sizeof(text));
		r = differs(p, recorded->seq, recorded, computed, text);
	}
	event_destroy(patched);
	return r;
}

/* ---- feeding ---- */

/* An input as it was before it was placed.  Its bodies have been checked
 * against their digests, so those are not computed again. */
static struct event *
unplaced(const struct event *e)
{
	struct event *copy = event_make(e->type, json_incref(e->data));
	const struct sealed *item;
	struct sealed *mine;
	size_t i;

	copy->at = e->at;
	for (i = 0; i < e->nsealed; i++) {
		item = &e->sealed[i];
		event_seal_digest(copy, item->name, item->digest);
		mine = &copy->sealed[i]; /* both stand in the same order */
		memcpy(mine->salt, item->salt, SALT_LEN);
		mine->len = item->len;
		if (item->body != NULL)
			mine->body = xmemdup(item->body, item->len + 1);
	}
	return copy;
}

static int
fold(struct replay *p, const struct event *e)
{
	struct err why = {0};
	char text[400];

	if (session_apply(p->folded, e, &why) == 0)
		return 0;
	snprintf(text, sizeof(text), "the event cannot be applied: %.300s",
	    why.text);
	return differs(p, e->seq, e, NULL, text);
}

/* The recording has no more of what the last input came to. */
static int
left_out(struct replay *p, const struct event *recorded, int64_t seq)
{
	return differs(p, seq, recorded, p->due.v[p->ndue],
	    recorded != NULL
		? "a derived event is missing before this one"
		: "the recording ends before a derived event that must "
		  "follow");
}

static int
feed(struct replay *p, const struct event *e)
{
	struct err why = {0};
	char text[400];

	if (p->ndue < p->due.n)
		return left_out(p, e, e->seq);
	event_list_free(&p->due);
	p->ndue = 0;
	/* Folded first: what cannot be applied must not reach the engine,
	 * which trusts what it has decided. */
	if (fold(p, e) == -1)
		return -1;
	if (session_decide(p->decided, unplaced(e), &p->due, &why) == -1) {
		snprintf(text, sizeof(text),
		    "the engine refuses this input: %.300s", why.text);
		return differs(p, e->seq, e, NULL, text);
	}
	if (compare(p, e, p->due.v[p->ndue]) == -1)
		return -1;
	p->ndue++;
	p->report->inputs++;
	return 0;
}

static int
follow(struct replay *p, const struct event *e)
{
	if (p->ndue == p->due.n)
		return differs(p, e->seq, e, NULL,
		    "nothing more follows from the inputs before it");
	if (compare(p, e, p->due.v[p->ndue]) == -1 || fold(p, e) == -1)
		return -1;
	p->ndue++;
	p->report->derived++;
	return 0;
}

static int
step(struct replay *p, const struct event *e)
{
	if ((e->of == 0 ? feed(p, e) : follow(p, e)) == -1)
		return -1;
	/* A digest taken from the recording is not in the chain that the
	 * engine computed; the recording's is the one that goes on. */
	if (p->ndue == p->due.n)
		memcpy(p->decided->hash, e->hash, DIGEST_LEN);
	return 0;
}

/* Both roads must end in the same state. */
static int
compare_states(struct replay *p)
{
	json_t *decided = session_dump(p->decided);
	json_t *folded = session_dump(p->folded);
	struct replay_report *r = p->report;
	int n = 0;

	if (!json_equal(decided, folded)) {
		r->recorded = json_canonical_dup(folded);
		r->computed = json_canonical_dup(decided);
		n = outcome(r, REPLAY_DIFFERS, p->folded->seq,
		    "every event is the same, yet applying them ends in "
		    "another state than deciding them",
		    "This is a fault of the program; please report it with "
		    "the recording.");
	}
	json_decref(decided);
	json_decref(folded);
	return n;
}

/* ---- the whole ---- */

/* Values decide, so none may be missing; texts may. */
static int
check_values(struct replay *p, const struct event_list *events)
{
	struct replay_report *r = p->report;
	const struct seal *row;
	char text[400];
	size_t i, k;

	for (i = 0; i < events->n; i++) {
		const struct event *e = events->v[i];

		for (k = 0; k < e->nsealed; k++) {
			row = session_seal_row(
			    p->folded, e->type, e->sealed[k].name);
			if (e->sealed[k].body != NULL || row == NULL ||
			    row->kind != SEAL_VALUE)
				continue;
			if (r->missing++ > 0)
				continue;
			r->seq = e->seq;
			memcpy(r->item, e->sealed[k].name, SEAL_NAME_MAX);
		}
	}
	if (r->missing == 0)
		return 0;
	snprintf(text, sizeof(text),
	    "the recording lacks %" PRId64
	    " value(s) that decide; the first is `%s` of event %" PRId64
	    " (%.60s)",
	    r->missing, r->item, r->seq, events->v[r->seq - 1]->type);
	return outcome(r, REPLAY_IMPOSSIBLE, r->seq, text, todo_full);
}

static int
run(struct replay *p, const struct event_list *events)
{
	size_t i;

	if (check_values(p, events) == -1)
		return -1;
	for (i = 0; i < events->n; i++) {
		if (step(p, events->v[i]) == -1)
			return -1;
	}
	if (p->ndue < p->due.n)
		return left_out(p, NULL, (int64_t)events->n + 1);
	if (compare_states(p) == -1)
		return -1;
	p->report->outcome = REPLAY_IDENTICAL;
	return 0;
}

/* Another version of one we know has other rules: nothing follows from its
 * inputs here. */
static void
unknown_procedure(const char *version, char *out, size_t size)
{
	size_t n = strcspn(version, "/");
	const struct procedure *ours;
	char name[64];

	snprintf(name, sizeof name, "%.*s", (int)n, version);
	ours = procedure_find(name);
	if (ours != NULL)
		snprintf(out, size,
		    "the recording follows procedure %s, and this program "
		    "knows %s, whose rules differ",
		    version, ours->version);
	else
		snprintf(out, size, "procedure %s is unknown to this program",
		    version);
}

static int
replay_events(const struct event_list *events, struct replay_report *report)
{
	const struct recording_header *header = &report->verify.header;
	const struct procedure *procedure = procedure_find(header->procedure);
	struct replay p = {.report = report};
	char text[240];
	int r;

	if (procedure == NULL) {
		unknown_procedure(header->procedure, text, sizeof text);
		return outcome(report, REPLAY_IMPOSSIBLE, 0, text,
		    "Use the program that made the recording (the header "
		    "names it), or a newer one.");
	}
	p.decided = session_new(header->session, procedure, header->hash);
	p.folded = session_new(header->session, procedure, header->hash);
	r = run(&p, events);
	event_list_free(&p.due);
	session_free(p.decided);
	session_free(p.folded);
	return r;
}

static int
tell(const struct replay_report *r, struct err *err)
{
	if (r->outcome == REPLAY_DIFFERS)
		return err_set(err, ERR_BROKEN, NULL,
		    "the replay differs at event %" PRId64 ": %.300s", r->seq,
		    r->what);
	return err_set(
	    err, ERR_BROKEN, NULL, "cannot be replayed: %.300s", r->what);
}

/* Nothing to feed: the elections are counted again. */
static int
replay_imported(const struct event_list *events, struct replay_report *report,
    struct err *err)
{
	struct contests contests;
	struct tables tables;
	struct err why = {0};
	int r;

	tables_init(&tables);
	r = tables_events(&tables, &report->verify.header, events, &why);
	if (r == -1) {
		report->outcome = REPLAY_IMPOSSIBLE;
		snprintf(report->what, sizeof report->what, "%s", why.text);
		snprintf(report->todo, sizeof report->todo,
		    "Import it again from what was published.");
		tell(report, err);
	} else {
		contests_read(&contests, &tables);
		contests_retally(
		    &contests, rule_find("schulze"), &report->retally);
		contests_free(&contests);
		report->outcome = REPLAY_RETALLIED;
	}
	tables_clear(&tables);
	return r;
}

static int
replay_recording(
    struct recording *rec, struct replay_report *report, struct err *err)
{
	struct event_list events = {0};
	int r;

	*report = (struct replay_report){.outcome = REPLAY_BROKEN};
	r = verify_events(rec, &report->verify, &events, err);
	if (r == 0 && report->verify.header.imported[0] != '\0') {
		r = replay_imported(&events, report, err);
	} else if (r == 0) {
		r = replay_events(&events, report);
		if (r == -1)
			tell(report, err);
	}
	event_list_free(&events);
	return r;
}

int
replay_bytes(const char *bytes, size_t len, struct replay_report *report,
    struct err *err)
{
	struct recording *rec = recording_of(bytes, len);
	int r = replay_recording(rec, report, err);

	recording_close(rec);
	return r;
}

int
replay_file(const char *path, struct replay_report *report, struct err *err)
{
	struct err why = {0};
	struct recording *rec = recording_open(path, &why);
	int r;

	if (rec == NULL) {
		*report = (struct replay_report){.outcome = REPLAY_BROKEN};
		snprintf(report->verify.what, sizeof(report->verify.what), "%s",
		    why.text);
		if (err != NULL)
			*err = why;
		return -1;
	}
	r = replay_recording(rec, report, err);
	recording_close(rec);
	return r;
}

/* ---- telling ---- */

static size_t
first_difference(const char *a, const char *b)
{
	size_t i = 0;

	while (a[i] != '\0' && a[i] == b[i])
		i++;
	return i;
}

/* One version of an event; of a long one, what lies around `at`. */
static void
text_version(const char *label, const char *bytes, size_t at, struct buf *out)
{
	size_t len = bytes != NULL ? strlen(bytes) : 0;
	size_t from = at > SHOWN / 2 ? at - SHOWN / 2 : 0, n;

	buf_addf(out, "  %s: ", label);
	if (bytes == NULL) {
		buf_adds(out, "none\n");
		return;
	}
	if (len <= SHOWN)
		from = 0;
	n = len - from < SHOWN ? len - from : SHOWN;
	buf_addf(out, "%s%.*s%s\n", from > 0 ? "..." : "", (int)n, bytes + from,
	    from + n < len ? "..." : "");
}

/* One member in both versions, side by side. */
static void
text_member(const char *key, const json_t *a, const json_t *b, struct buf *out)
{
	char *x = a != NULL ? json_dumps(a, JSON_ENCODE_ANY | JSON_COMPACT)
			    : xstrdup("-");
	char *y = b != NULL ? json_dumps(b, JSON_ENCODE_ANY | JSON_COMPACT)
			    : xstrdup("-");
	size_t at = first_difference(x, y);

	/* Of long ones, what lies around where they part. */
	at = at > SIDE / 2 ? at - SIDE / 2 : 0;
	buf_addf(out, "    %-16.40s %-*.*s | %.*s\n", key, SIDE, SIDE, x + at,
	    SIDE, y + at);
	free(x);
	free(y);
}

static void
text_members(const json_t *a, const json_t *b, struct buf *out)
{
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)a, key, v) {
		if (!same_json(v, json_object_get(b, key)) &&
		    strcmp(key, "data") != 0 && strcmp(key, "sealed") != 0)
			text_member(key, v, json_object_get(b, key), out);
	}
	json_object_foreach((json_t *)b, key, v) {
		if (json_object_get(a, key) == NULL)
			text_member(key, NULL, v, out);
	}
}

/* The members that are not the same, in two columns. */
static void
text_sides(const struct replay_report *r, struct buf *out)
{
	static const char *const inner[] = {"data", "sealed"};
	json_t *a = json_loads(r->recorded, 0, NULL);
	json_t *b = json_loads(r->computed, 0, NULL);
	size_t i;

	buf_addf(
	    out, "    %-16s %-*s | %s\n", "", SIDE, "recorded", "computed");
	text_members(a, b, out);
	for (i = 0; i < sizeof inner / sizeof *inner; i++)
		text_members(json_object_get(a, inner[i]),
		    json_object_get(b, inner[i]), out);
	json_decref(a);
	json_decref(b);
}

static void
text_differs(const struct replay_report *r, const char *name, struct buf *out)
{
	size_t at = 0;

	buf_addf(out,
	    "%s: DIFFERS\n  event %" PRId64 " (line %" PRId64 "): %s\n", name,
	    r->seq, r->line, r->what);
	if (r->recorded != NULL && r->computed != NULL) {
		text_sides(r, out);
		at = first_difference(r->recorded, r->computed);
	}
	text_version("recorded", r->recorded, at, out);
	text_version("computed", r->computed, at, out);
	buf_addf(out, "  %s\n", r->todo);
}

static void
text_retallied(const struct replay_report *r, const char *name, struct buf *out)
{
	const struct retally *n = &r->retally;

	buf_addf(out,
	    "%s: imported (%s): %" PRId64 " elections counted again by "
	    "Schulze's method\n",
	    name, r->verify.header.imported, n->elections);
	if (n->published > 0)
		buf_addf(out,
		    "  published winners: %" PRId64 ", in our winner set: "
		    "%" PRId64 " (the only one: %" PRId64
		    ", one of several, so a lot decided: %" PRId64 ")\n"
		    "  outside it: %" PRId64 "%s%s\n",
		    n->published, n->sole + n->lot, n->sole, n->lot, n->outside,
		    n->outside > 0 ? "; the first: session " : "", n->first);
	else
		buf_adds(out, "  no winner was published to compare with\n");
	if (n->large > 0)
		buf_addf(
		    out, "  too large to be counted: %" PRId64 "\n", n->large);
}

static json_t *
retally_json(const struct retally *n)
{
	return json_pack("{s:s,s:I,s:I,s:I,s:I,s:I,s:I}", "method", "schulze",
	    "elections", (json_int_t)n->elections, "published",
	    (json_int_t)n->published, "sole", (json_int_t)n->sole, "lot",
	    (json_int_t)n->lot, "outside", (json_int_t)n->outside, "too_large",
	    (json_int_t)n->large);
}

void
replay_text(const struct replay_report *r, const char *name, struct buf *out)
{
	switch (r->outcome) {
	case REPLAY_BROKEN:
		verify_text(&r->verify, name, out);
		break;
	case REPLAY_DIFFERS:
		text_differs(r, name, out);
		break;
	case REPLAY_IMPOSSIBLE:
		buf_addf(out, "%s: CANNOT BE REPLAYED\n  %s\n  %s\n", name,
		    r->what, r->todo);
		break;
	case REPLAY_RETALLIED:
		text_retallied(r, name, out);
		break;
	case REPLAY_IDENTICAL:
		buf_addf(out,
		    "%s: identical: %" PRId64
		    " inputs came to the same %" PRId64
		    " derived events, byte for byte\n",
		    name, r->inputs, r->derived);
		if (r->unverifiable > 0)
			buf_addf(out,
			    "  unverifiable: %" PRId64
			    " (copies of erased texts)\n",
			    r->unverifiable);
		if (other_program(r))
			buf_addf(out,
			    "  recorded by %s; this is " THIS_PROGRAM
			    ", which behaves the same here\n",
			    r->verify.header.program);
		if (!r->verify.concluded)
			buf_addf(out, "  open-ended: the session had not "
				      "concluded\n");
		break;
	}
}

json_t *
replay_json(const struct replay_report *r)
{
	static const char *const names[] = {[REPLAY_IDENTICAL] = "identical",
	    [REPLAY_RETALLIED] = "retallied",
	    [REPLAY_DIFFERS] = "differs",
	    [REPLAY_IMPOSSIBLE] = "impossible",
	    [REPLAY_BROKEN] = "broken"};
	json_t *o = json_pack("{s:s,s:I,s:I,s:I,s:I,s:o}", "outcome",
	    names[r->outcome], "inputs", (json_int_t)r->inputs, "derived",
	    (json_int_t)r->derived, "unverifiable", (json_int_t)r->unverifiable,
	    "missing", (json_int_t)r->missing, "verify",
	    verify_json(&r->verify));

	json_object_set_new(
	    o, "program", json_string(r->verify.header.program));
	json_object_set_new(o, "replayed_by", json_string(THIS_PROGRAM));
	if (r->outcome == REPLAY_RETALLIED)
		json_object_set_new(o, "retally", retally_json(&r->retally));
	if (r->outcome != REPLAY_DIFFERS && r->outcome != REPLAY_IMPOSSIBLE)
		return o;
	json_object_update_new(
	    o, json_pack("{s:I,s:I,s:s,s:s,s:s,s:s?,s:s?}", "seq",
		   (json_int_t)r->seq, "line", (json_int_t)r->line, "item",
		   r->item, "what", r->what, "todo", r->todo, "recorded",
		   r->recorded, "computed", r->computed));
	return o;
}
