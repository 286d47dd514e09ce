#include "record/receipt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/json.h"

struct receipt {
	int64_t seq;
	uint8_t hash[DIGEST_LEN];
	const json_t *salts, *bodies; /* objects or NULL */
};

static int
no_receipt(struct err *err, const char *what)
{
	return err_set(err, ERR_INVALID_PARAMS, NULL,
	    "that is no receipt: %s; a receipt is what a contribution is "
	    "answered with: {\"seq\":…,\"hash\":…,\"salts\":{…}}",
	    what);
}

static int
read_receipt(const json_t *o, struct receipt *r, struct err *err)
{
	const char *hash = json_string_value(json_object_get(o, "hash"));

	*r = (struct receipt){
	    .seq = json_integer_value(json_object_get(o, "seq")),
	    .salts = json_object_get(o, "salts"),
	    .bodies = json_object_get(o, "bodies")};
	if (r->seq < 1)
		return no_receipt(err, "it has no seq");
	if (hash == NULL ||
	    !hex_decode(hash, strlen(hash), r->hash, DIGEST_LEN))
		return no_receipt(err, "it has no hash of 64 digits");
	if ((r->salts != NULL && !json_is_object(r->salts)) ||
	    (r->bodies != NULL && !json_is_object(r->bodies)))
		return no_receipt(err, "salts and bodies are objects");
	return 0;
}

static int
disagrees(struct err *err, int64_t seq, const char *what)
{
	return err_set(err, ERR_BROKEN, NULL,
	    "event %" PRId64 " is not what the receipt says: %s. The recording "
	    "was rewritten after the receipt was given, or they are not of "
	    "one session",
	    seq, what);
}

static int
check_salt(const struct event *e, const char *name, const json_t *v,
    struct receipt_report *report, struct err *err)
{
	const struct sealed *item = event_sealed(e, name);
	const char *hex = json_string_value(v);
	uint8_t salt[SALT_LEN];

	if (hex == NULL || !hex_decode(hex, strlen(hex), salt, SALT_LEN))
		return no_receipt(err, "a salt is 32 hexadecimal digits");
	if (item == NULL)
		return disagrees(err, e->seq, "nothing is sealed by that name");
	if (item->body == NULL)
		report->unseen++;
	else if (memcmp(item->salt, salt, SALT_LEN) != 0)
		return disagrees(err, e->seq, "a salt is another");
	else
		report->salts++;
	return 0;
}

static int
check_body(const struct event *e, const char *name, const json_t *body,
    const json_t *salts, struct receipt_report *report, struct err *err)
{
	const char *hex = json_string_value(json_object_get(salts, name));
	const struct sealed *item = event_sealed(e, name);
	uint8_t salt[SALT_LEN], digest[DIGEST_LEN];

	if (!json_is_string(body) || hex == NULL ||
	    !hex_decode(hex, strlen(hex), salt, SALT_LEN))
		return no_receipt(err, "a body is a text, and needs its salt");
	if (item == NULL)
		return disagrees(err, e->seq, "nothing is sealed by that name");
	digest_sealed(name, salt, json_string_value(body),
	    json_string_length(body), digest);
	if (memcmp(digest, item->digest, DIGEST_LEN) != 0)
		return disagrees(err, e->seq, "other words were sealed");
	report->bodies++;
	return 0;
}

static int
check_event(const struct receipt *r, const struct event *e,
    struct receipt_report *report, struct err *err)
{
	const char *slot = event_str(e, "slot"), *name;
	json_t *v;

	snprintf(report->type, sizeof report->type, "%s", e->type);
	snprintf(
	    report->slot, sizeof report->slot, "%s", slot != NULL ? slot : "");
	report->round = event_int(e, "round", -1);
	if (memcmp(e->hash, r->hash, DIGEST_LEN) != 0)
		return disagrees(err, e->seq, "its hash is another");
	json_object_foreach((json_t *)r->salts, name, v) {
		if (check_salt(e, name, v, report, err) == -1)
			return -1;
	}
	json_object_foreach((json_t *)r->bodies, name, v) {
		if (check_body(e, name, v, r->salts, report, err) == -1)
			return -1;
	}
	return 0;
}

static int
find_event(const struct receipt *r, const struct event_list *events,
    struct receipt_report *report, struct err *err)
{
	size_t i;

	if ((uint64_t)r->seq > events->n)
		return err_set(err, ERR_BROKEN, NULL,
		    "the recording has %zu events, and the receipt is of event "
		    "%" PRId64 ": it was cut off, or they are not of one "
		    "session",
		    events->n, r->seq);
	if (check_event(r, events->v[r->seq - 1], report, err) == -1)
		return -1;
	for (i = (size_t)r->seq; i < events->n && report->decided == 0; i++)
		if (strcmp(events->v[i]->type, "tally.decided") == 0)
			report->decided = events->v[i]->seq;
	return 0;
}

int
receipt_check(const json_t *receipt, const char *path,
    struct receipt_report *report, struct err *err)
{
	struct event_list events = {0};
	struct recording *rec;
	struct receipt r;
	int n = -1;

	*report = (struct receipt_report){.round = -1};
	if (read_receipt(receipt, &r, err) == -1)
		return -1;
	report->seq = r.seq;
	rec = recording_open(path, err);
	if (rec == NULL)
		return -1;
	if (verify_events(rec, &report->verify, &events, err) == 0)
		n = find_event(&r, &events, report, err);
	event_list_free(&events);
	recording_close(rec);
	return n;
}

void
receipt_text(const struct receipt_report *r, const char *name, struct buf *out)
{
	buf_addf(out,
	    "%s: holds, and event %" PRId64 " (%s%s%s) stands in it as the "
	    "receipt says\n",
	    name, r->seq, r->type, *r->slot != '\0' ? ", " : "", r->slot);
	if (r->bodies > 0)
		buf_addf(out,
		    "  what you kept is what was sealed: %" PRId64 " item(s)\n",
		    r->bodies);
	if (r->unseen > 0)
		buf_addf(out,
		    "  not in this copy: %" PRId64 " item(s), whose salts "
		    "cannot be compared; with \"bodies\" in the receipt they "
		    "could\n",
		    r->unseen);
	if (r->decided > 0)
		buf_addf(out,
		    "  the next vote was decided by event %" PRId64 "\n",
		    r->decided);
	else
		buf_addf(out, "  no vote has been decided since\n");
}

json_t *
receipt_json(const struct receipt_report *r)
{
	return json_pack("{s:b,s:I,s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:o}", "holds",
	    1, "seq", (json_int_t)r->seq, "type", r->type, "slot", r->slot,
	    "round", (json_int_t)r->round, "salts", (json_int_t)r->salts,
	    "unseen", (json_int_t)r->unseen, "bodies", (json_int_t)r->bodies,
	    "decided", (json_int_t)r->decided, "verify",
	    verify_json(&r->verify));
}
