#include "tests/unit/engine/beside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "session/form.h"

static const char *const opinions[] = {
    "Phones distract everybody in the room. A lesson needs quiet minds. "
    "Schools should collect phones in the morning.",
    "Pupils must learn to use phones well. A ban teaches nothing about "
    "self-control.",
    "Parents need to reach their children in an emergency. Phones may stay "
    "in the bag, switched off.",
    "Some children need their phone for health reasons. Any rule must allow "
    "exceptions for them.",
    "The breaks are the problem, not the lessons. Children should play and "
    "talk in the breaks.",
};

const char *
beside_opinion(int i)
{
	return opinions[(size_t)i % (sizeof opinions / sizeof *opinions)];
}

void
beside_begin(struct play *p, const char *settings, const json_t *survey)
{
	struct creation c = {.question = "Should phones be banned in school?",
	    .affirming = "Phones should be banned in school.",
	    .negating = "Phones should not be banned in school.",
	    .seed = "7",
	    .seed_given = true,
	    .secret = "00112233445566778899aabbccddeeff"
		      "00112233445566778899aabbccddeeff",
	    .creator = "uid:0",
	    .drafter = "the offline drafter",
	    .survey = survey};
	struct digest_part part;
	uint8_t hash[DIGEST_LEN];
	json_t *given = NULL;

	play_begin(p, NULL, NULL);
	part = (struct digest_part){p->header, strlen(p->header)};
	play_end(p);
	digest_sha256(&part, 1, hash);
	p->log = (struct event_list){0};
	p->s =
	    session_new("aaaabbbbccccdddd", procedure_find("habermas"), hash);
	if (settings != NULL)
		given = json_loads(settings, 0, NULL);
	c.settings = given;
	if (play_input(p, input_created(p->s->procedure, &c, p->now,
			      &p->entropy, &p->err)) == -1)
		fail_msg("%s", p->err.text);
	json_decref(given);
	if (play_input(p,
		input_invited(p->s, "participant", 0, 0, "f1", p->now)) == -1)
		fail_msg("%s", p->err.text);
}

static struct event *
again(const struct event *e)
{
	struct buf sealed = {0};
	struct event *copy;
	struct err err;

	event_sealed_json(e, NULL, NULL, &sealed);
	copy = event_parse(e->bytes, e->len,
	    sealed.len > 0 ? sealed.data : NULL, sealed.len, &err);
	if (copy == NULL)
		fail_msg("%s", err.text);
	memcpy(copy->hash, e->hash, DIGEST_LEN);
	buf_free(&sealed);
	return copy;
}

void
beside_folds(const struct play *p)
{
	struct digest_part part = {p->header, strlen(p->header)};
	uint8_t hash[DIGEST_LEN];
	json_t *x, *y;
	struct session *s;
	struct event *e;
	struct err err;
	char *a, *b;
	size_t i;

	digest_sha256(&part, 1, hash);
	s = session_new(p->s->id, p->s->procedure, hash);
	for (i = 0; i < p->log.n; i++) {
		e = again(p->log.v[i]);
		if (session_apply(s, e, &err) == -1)
			fail_msg("event %zu: %s", i + 1, err.text);
		event_destroy(e);
	}
	x = session_dump(p->s);
	y = session_dump(s);
	a = json_canonical_dup(x);
	b = json_canonical_dup(y);
	assert_string_equal(a, b);
	free(a);
	free(b);
	json_decref(x);
	json_decref(y);
	session_free(s);
}

int
play_choice(struct play *p, int who, const char *slot, int choice)
{
	struct giving g = {.slot = session_slot(p->s, slot), .choice = choice};

	return play_input(p, input_given(p->s, who, &g, p->now, &p->entropy));
}

int
play_survey(struct play *p, int who, const char *answers)
{
	json_t *given = json_loads(answers, 0, NULL), *numbers, *words;
	struct giving g = {.slot = session_slot(p->s, "survey")};
	int r;

	if (form_answers(p->s, given, &numbers, &words, &p->err) == -1) {
		json_decref(given);
		return -1;
	}
	g.answers = numbers;
	g.words = words;
	r = play_input(p, input_given(p->s, who, &g, p->now, &p->entropy));
	json_decref(given);
	json_decref(numbers);
	json_decref(words);
	return r;
}

int
play_dissent(struct play *p, int who, const char *text, bool is_signed)
{
	struct giving g = {.slot = session_slot(p->s, "dissent"),
	    .text = text,
	    .is_signed = is_signed};

	return play_input(p, input_given(p->s, who, &g, p->now, &p->entropy));
}
