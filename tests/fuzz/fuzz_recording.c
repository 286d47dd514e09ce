/*
 * Recordings come from anyone.  Three roads for the same bytes:
 *
 *	as they are	reader, verify, replay: no byte may be lost between
 *			reading and writing what holds
 *	mended		seq, digests and hashes put right, so that what is
 *			changed comes past verify and into the replay
 *	as inputs	the inputs alone go through the engine; what it makes of
 *			them must verify and replay identically
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "record/replay.h"
#include "record/whatif.h"
#include "session/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Long enough for a session to its end; beyond it only time is spent. */
#define SIZE_MAX_HERE 65536

static const char header[] =
    "{\"caucus\":\"recording\",\"format\":1,\"procedure\":\"habermas/1\","
    "\"program\":\"fuzz\",\"session\":\"aaaabbbbccccdddd\"}";

static void
require(bool holds)
{
	if (!holds)
		abort();
}

/* ---- as they are ---- */

static void
write_again(const char *bytes, size_t len)
{
	struct recording *r = recording_of(bytes, len);
	struct recording_header h;
	struct buf out = {0};
	struct event *e;

	require(recording_begin(r, &h, NULL) == 0);
	buf_add(&out, bytes,
	    (size_t)((char *)memchr(bytes, '\n', len) + 1 - bytes));
	while (recording_next(r, &e, NULL) == 1) {
		recording_line(&out, e, NULL, NULL);
		buf_addc(&out, '\n');
		event_destroy(e);
	}
	require(out.len == len && memcmp(out.data, bytes, len) == 0);
	recording_close(r);
	buf_free(&out);
}

/* Every vote counted again, and otherwise: whatever the events say. */
static void
count(const char *bytes, size_t len)
{
	const struct whatif ways[] = {
	    {.candidates = 0},
	    {.candidates = 1, .slate = "top"},
	    {.how = {.ballots = COUNT_PREDICTED, .seed = "1"}},
	};
	struct verify_report report;
	json_t *rows = json_array();
	struct elections c;
	size_t i;

	verify_bytes(bytes, len, &report, NULL);
	if (elections_of(bytes, len, &c, NULL) == 0) {
		for (i = 0; i < sizeof ways / sizeof *ways; i++)
			whatif_rows(&c, &ways[i], rows, NULL);
		whatif_influence(&c, rows);
	}
	elections_free(&c);
	json_decref(rows);
}

/* Replays and tells; the outcome. */
static enum replay_outcome
replay(const char *bytes, size_t len)
{
	struct replay_report r;
	enum replay_outcome outcome;
	struct buf text = {0};
	struct err err = {0};
	json_t *o;
	int n = replay_bytes(bytes, len, &r, &err);

	count(bytes, len);
	outcome = r.outcome;
	require((n == 0) ==
		(outcome == REPLAY_IDENTICAL || outcome == REPLAY_RETALLIED));
	require(n == 0 || err.text[0] != '\0');
	require(r.verify.holds == (outcome != REPLAY_BROKEN));
	replay_text(&r, "-", &text);
	o = replay_json(&r);
	require(text.len > 0 && o != NULL);
	json_decref(o);
	buf_free(&text);
	replay_report_clear(&r);
	return outcome;
}

static void
as_they_are(const char *bytes, size_t len)
{
	struct verify_report r;

	if (verify_bytes(bytes, len, &r, NULL) == 0)
		write_again(bytes, len);
	else
		require(r.line > 0 && r.what[0] != '\0');
	replay(bytes, len);
}

/* ---- mended ---- */

static bool
has_real(const json_t *v)
{
	const char *key;
	json_t *m;
	size_t i;

	if (json_is_real(v))
		return true;
	json_array_foreach(v, i, m) {
		if (has_real(m))
			return true;
	}
	json_object_foreach((json_t *)v, key, m) {
		if (has_real(m))
			return true;
	}
	return false;
}

/* An item in its proper form, its digest in the event. */
static json_t *
mend_item(json_t *digests, const char *name, const json_t *item)
{
	const json_t *body = json_object_get(item, "body");
	const char *salt = json_string_value(json_object_get(item, "salt"));
	uint8_t raw[SALT_LEN] = {0}, digest[DIGEST_LEN];
	char hex[2 * DIGEST_LEN + 1], salthex[2 * SALT_LEN + 1];

	if (!json_is_string(body))
		return NULL;
	if (salt == NULL || !hex_decode(salt, strlen(salt), raw, SALT_LEN))
		memset(raw, 7, SALT_LEN);
	digest_sealed(name, raw, json_string_value(body),
	    json_string_length(body), digest);
	hex_encode(digest, DIGEST_LEN, hex);
	hex_encode(raw, SALT_LEN, salthex);
	json_object_set_new(digests, name, json_string(hex));
	return json_pack("{s:O,s:s}", "body", body, "salt", salthex);
}

/* The sealed bodies of a line, put right; NULL if there are none. */
static json_t *
mend_items(json_t *event, const json_t *line)
{
	json_t *digests = json_object_get(event, "sealed"), *all, *item, *fit;
	const json_t *items = json_object_get(line, "sealed");
	const char *name;

	if (json_object_size(items) == 0)
		return NULL;
	all = json_object();
	if (!json_is_object(digests)) {
		digests = json_object();
		json_object_set_new(event, "sealed", digests);
	}
	json_object_foreach((json_t *)items, name, item) {
		fit = mend_item(digests, name, item);
		if (fit != NULL)
			json_object_set_new(all, name, fit);
	}
	if (json_object_size(all) > 0)
		return all;
	json_decref(all);
	return NULL;
}

static void
mend_line(const char *text, size_t len, int64_t *seq, uint8_t hash[DIGEST_LEN],
    struct buf *out)
{
	json_t *line = json_read(text, len, NULL), *items;
	json_t *event = json_object_get(line, "event");
	struct buf bytes = {0};
	char *sealed = NULL;

	if (json_is_object(event) && !has_real(event)) {
		items = mend_items(event, line);
		if (items != NULL)
			sealed =
			    json_dumps(items, JSON_COMPACT | JSON_SORT_KEYS);
		json_decref(items);
		json_object_set_new(event, "seq", json_integer(++*seq));
		json_canonical(&bytes, event);
		event_chain(hash, bytes.data, bytes.len, hash);
		recording_line_of(out, bytes.data, bytes.len, hash, sealed,
		    sealed != NULL ? strlen(sealed) : 0);
		buf_addc(out, '\n');
		free(sealed);
		buf_free(&bytes);
	}
	json_decref(line);
}

static void
mend(const char *bytes, size_t len, struct buf *out)
{
	const struct digest_part part = {header, sizeof(header) - 1};
	const char *end = bytes + len, *at, *newline;
	uint8_t hash[DIGEST_LEN];
	int64_t seq = 0;

	digest_sha256(&part, 1, hash);
	buf_adds(out, header);
	buf_addc(out, '\n');
	for (at = bytes; at < end; at = newline + 1) {
		newline = memchr(at, '\n', (size_t)(end - at));
		if (newline == NULL)
			newline = end;
		mend_line(at, (size_t)(newline - at), &seq, hash, out);
		if (newline == end)
			break;
	}
}

/* ---- as inputs ---- */

static struct event *
copy_of(const struct event *e, int64_t at)
{
	struct event *copy = event_make(e->type, json_deep_copy(e->data));
	size_t i;

	copy->at = at;
	for (i = 0; i < e->nsealed; i++) {
		if (e->sealed[i].body != NULL)
			event_seal(copy, e->sealed[i].name, e->sealed[i].body,
			    e->sealed[i].salt);
		else
			event_seal_digest(
			    copy, e->sealed[i].name, e->sealed[i].digest);
	}
	return copy;
}

/* False when the input is not taken; then no more are. */
static bool
feed(struct session *decided, struct session *folded, const struct event *e,
    struct event_list *log)
{
	int64_t at = e->at > decided->at ? e->at : decided->at;
	struct event *probe = copy_of(e, at);
	size_t i = log->n;
	bool fits;

	event_place(probe, folded->seq + 1, folded->hash);
	fits = session_apply(folded, probe, NULL) == 0 &&
	       session_decide(decided, copy_of(e, at), log, NULL) == 0;
	if (fits)
		require(memcmp(log->v[i]->hash, probe->hash, DIGEST_LEN) == 0);
	event_destroy(probe);
	for (i++; fits && i < log->n; i++)
		require(session_apply(folded, log->v[i], NULL) == 0);
	return fits;
}

static void
check_log(const struct event_list *log)
{
	struct verify_report report;
	struct buf out = {0};
	enum replay_outcome outcome;
	size_t i;

	buf_adds(&out, header);
	buf_addc(&out, '\n');
	for (i = 0; i < log->n; i++) {
		recording_line(&out, log->v[i], NULL, NULL);
		buf_addc(&out, '\n');
	}
	require(verify_bytes(out.data, out.len, &report, NULL) == 0);
	outcome = replay(out.data, out.len);
	/* Values may be missing from the start. */
	require(outcome == REPLAY_IDENTICAL || outcome == REPLAY_IMPOSSIBLE);
	buf_free(&out);
}

static void
as_inputs(const struct buf *mended)
{
	const struct digest_part part = {header, sizeof(header) - 1};
	const struct procedure *p = procedure_find("habermas/1");
	struct recording *r = recording_of(mended->data, mended->len);
	struct session *decided, *folded;
	struct event_list log = {0};
	struct recording_header h;
	uint8_t hash[DIGEST_LEN];
	struct event *e;
	bool fits = true;

	digest_sha256(&part, 1, hash);
	decided = session_new("aaaabbbbccccdddd", p, hash);
	folded = session_new("aaaabbbbccccdddd", p, hash);
	require(recording_begin(r, &h, NULL) == 0);
	while (fits && recording_next(r, &e, NULL) == 1) {
		if (e->of == 0)
			fits = feed(decided, folded, e, &log);
		event_destroy(e);
	}
	check_log(&log);
	recording_close(r);
	session_free(decided);
	session_free(folded);
	event_list_free(&log);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	struct buf mended = {0};

	if (size > SIZE_MAX_HERE)
		return 0;
	as_they_are(bytes, size);
	mend(bytes, size, &mended);
	replay(mended.data, mended.len);
	as_inputs(&mended);
	buf_free(&mended);
	return 0;
}
