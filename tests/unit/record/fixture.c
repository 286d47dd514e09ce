#include "tests/unit/record/fixture.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

void
write_log(const struct play *p, may_fn *may, void *arg, struct buf *out)
{
	size_t i;

	buf_adds(out, p->header);
	buf_addc(out, '\n');
	for (i = 0; i < p->log.n; i++) {
		recording_line(out, p->log.v[i], may, arg);
		buf_addc(out, '\n');
	}
}

static bool
names(const struct event *erasure, int64_t seq, const char *name)
{
	json_t *items = event_erased(erasure), *o;
	bool named = false;
	size_t i;

	json_array_foreach(items, i, o)
		named |= json_integer_value(json_object_get(o, "seq")) == seq &&
			 strcmp(json_string_value(json_object_get(o, "name")),
			     name) == 0;
	json_decref(items);
	return named;
}

bool
not_erased(const struct event *e, const struct sealed *item, void *arg)
{
	const struct play *p = arg;
	size_t i;

	for (i = 0; i < p->log.n; i++) {
		if (strcmp(p->log.v[i]->type, "text.erased") == 0 &&
		    names(p->log.v[i], e->seq, item->name))
			return false;
	}
	return true;
}

static struct event *
copy_of(const struct event *e)
{
	struct event *copy = event_make(e->type, json_deep_copy(e->data));
	size_t i;

	copy->at = e->at;
	copy->of = e->of;
	copy->seq = e->seq;
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

void
write_tampered(
    const struct play *p, void (*tamper)(struct event *e), struct buf *out)
{
	struct digest_part part = {p->header, strlen(p->header)};
	int64_t *moved = xcalloc(p->log.n + 1, sizeof(*moved)), seq = 0;
	uint8_t hash[DIGEST_LEN];
	struct event *e;
	size_t i, n;

	digest_sha256(&part, 1, hash);
	buf_adds(out, p->header);
	buf_addc(out, '\n');
	for (i = 0; i < p->log.n; i++) {
		n = 1;
		do {
			e = copy_of(p->log.v[i]);
			tamper(e);
			if (e->seq == TAMPER_DOUBLE)
				n = n == 1 ? 2 : 3;
			if (e->seq != TAMPER_DROP) {
				moved[i + 1] = ++seq;
				if (e->of != 0)
					e->of = moved[e->of];
				event_place(e, seq, hash);
				memcpy(hash, e->hash, DIGEST_LEN);
				recording_line(out, e, NULL, NULL);
				buf_addc(out, '\n');
			}
			event_destroy(e);
		} while (n == 2);
	}
	free(moved);
}

void
write_small(struct buf *out)
{
	static const uint8_t salt[SALT_LEN] = {0xab, 0xcd, 9};
	struct event *e[4];
	struct digest_part part;
	uint8_t hash[DIGEST_LEN];
	size_t i;

	recording_header(out, "abcdefgh23456777", "habermas/1", "caucusd 0");
	part = (struct digest_part){out->data, out->len};
	digest_sha256(&part, 1, hash);
	buf_addc(out, '\n');
	e[0] = event_make("session.paused", json_pack("{s:s}", "by", "f1"));
	e[1] = event_make("contribution.given", json_pack("{s:i}", "round", 0));
	event_seal(e[1], "text",
	    "Büsse frei! \"Ja\"\n\t\\/\x01\x1f\x7f \xf0\x9f\x8c\xb3", salt);
	event_seal(e[1], "by", "\"p-k3x9\"", salt);
	e[2] = event_make("phase.changed", json_pack("{s:b}", "ok", 1));
	e[2]->of = 2;
	e[3] = event_make("session.resumed", NULL);
	for (i = 0; i < 4; i++) {
		e[i]->at = 1795473482000 + (int64_t)i;
		event_place(e[i], (int64_t)i + 1, hash);
		memcpy(hash, e[i]->hash, DIGEST_LEN);
		recording_line(out, e[i], NULL, NULL);
		buf_addc(out, '\n');
		event_destroy(e[i]);
	}
}

void
play_two_rounds(struct play *p)
{
	play_begin(p, "{\"candidates\":4,\"shown\":3,\"rounds\":1}", "11");
	play_whole(p, 5);
}

bool
no_rankings(const struct event *e, const struct sealed *item, void *arg)
{
	(void)e;
	(void)arg;
	return strcmp(item->name, "ranking") != 0;
}

const char *const fixture_opinions[5] = {
    "Parks give shade in summer. Children need room to play.",
    "Shops die without parking. Deliveries need a place to stop.",
    "A tram would bring more people than any car park could.",
    "Old people walk badly. Benches and short ways matter most.",
    "Whatever is built must not raise the rents in the quarter.",
};

void
play_crooked(struct play *p)
{
	struct actor a = {.participant = 0};
	int i;

	play_begin(p, "{\"candidates\":3,\"shown\":2,\"rounds\":1}", "crooked");
	for (i = 0; i < 4; i++)
		play_join(p, i % 2 == 0 ? "Ren\xc3\xa9" : NULL);
	play_input(p, input_paused(p->s, true, "f1", p->now));
	play_input(p, input_paused(p->s, false, "f1", p->now));
	play_next(p);
	for (i = 0; i < 3; i++)
		play_text(
		    p, i, "opinion", "One park first. Then roads.\n\"!\"");
	play_text(p, 0, "opinion", "Roads first. Parks can wait a year.");
	play_input(p, input_taken_back(p->s, 1, 0, p->now, &p->entropy));
	play_input(p, input_proposed(p->s, &a, "Let us build half a park.",
			  NULL, NULL, p->now, &p->entropy));
	a = (struct actor){.participant = -1, .facilitator = "f1"};
	play_input(p, input_proposed(p->s, &a, "Let us wait.", NULL, NULL,
			  p->now, &p->entropy));
	play_input(p, input_extended(p->s, 60, "f1", p->now));
	play_input(p, input_withheld(p->s, p->s->participants[2].given[0].seq,
			  "f1", "rude", p->now, &p->entropy));
	play_timer(p);
	play_timer(p);
	play_next(p);
	play_jobs(p);
	play_all_ballots(p);
	play_input(
	    p, input_removed(p->s, 3, "f1", "shouts", p->now, &p->entropy));
	play_input(p, input_withdrawn(p->s, 2, false, p->now));
	play_timer(p);
	play_next(p);
	play_jobs(p);
	play_input(p,
	    input_overridden(p->s, "s2", "f1", "because", p->now, &p->entropy));
	play_input(p, input_aborted(p->s, "f1", "fire", p->now, &p->entropy));
}
