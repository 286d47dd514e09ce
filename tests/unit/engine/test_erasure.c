/* What an erasure finds: a person's own, its copies, and who repeats it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "session/erasure.h"
#include "session/input.h"
#include "tests/fake/play.h"

#define PROPOSAL "Half a park is better than no park at all for anybody here."

static const char *const opinions[] = {
    "Parks are what we lack most of all in this part of the town.",
    "Roads are for those who work, and parks are for those who do not.",
    "Nobody asked the children what they want, and somebody should."};

static void
to_ballot(struct play *p, const char *settings)
{
	struct actor a = {.participant = 0};
	int i;

	play_begin(p, settings, "x");
	for (i = 0; i < 3; i++)
		play_join(p, "Kim");
	play_next(p);
	assert_int_equal(play_input(p, input_proposed(p->s, &a, PROPOSAL, NULL,
					   NULL, p->now, &p->entropy)),
	    0);
	for (i = 0; i < 3; i++)
		play_text(p, i, "opinion", opinions[i]);
	play_jobs(p);
	assert_string_equal(session_phase(p->s)->name, "ballot");
}

static struct erasure *
look(struct play *p, int who)
{
	struct erasure *x = erasure_new(p->s, who);
	size_t i;

	for (i = 0; i < p->log.n; i++)
		erasure_see(x, p->log.v[i]);
	erasure_settle(x);
	return x;
}

static size_t
in_state(const struct erasure *x, enum quote_state state)
{
	size_t i, n = 0;

	for (i = 0; i < x->nquotes; i++)
		n += x->quotes[i].state == state;
	return n;
}

/* Whether a body of the log that is no item of `items` holds the words. */
static bool
stays(const struct play *p, const json_t *items, const char *words)
{
	const struct event *e;
	const json_t *o;
	bool named;
	size_t i, k, n;

	for (i = 0; i < p->log.n; i++) {
		e = p->log.v[i];
		for (k = 0; k < e->nsealed; k++) {
			named = false;
			json_array_foreach(items, n, o)
				named |= json_integer_value(json_object_get(
					     o, "seq")) == e->seq &&
					 strcmp(json_string_value(
						    json_object_get(o, "name")),
					     e->sealed[k].name) == 0;
			if (!named && e->sealed[k].body != NULL &&
			    strstr(e->sealed[k].body, words) != NULL)
				return true;
		}
	}
	return false;
}

/* What was proposed goes with its copies; drafts are open while voted on. */
static void
own_and_copies(void **state)
{
	struct erasure *x;
	struct play p;
	json_t *items;

	(void)state;
	to_ballot(&p, "{\"candidates\":3,\"shown\":3,\"rounds\":0}");
	x = look(&p, 0);
	assert_int_equal(x->texts, 3); /* name, proposal, opinion */
	items = erasure_items(x, true);
	assert_false(stays(&p, items, "Half a park"));
	assert_true(stays(&p, items, opinions[0]));
	assert_true(in_state(x, QUOTE_OPEN) > 0);
	assert_int_equal(in_state(x, QUOTE_KEPT), 0);
	json_decref(items);
	erasure_free(x);
	play_end(&p);
}

static void
quotes_go_where_it_is_wished(void **state)
{
	struct erasure *x;
	struct play p;
	json_t *items;
	size_t i;

	(void)state;
	to_ballot(&p, "{\"candidates\":3,\"shown\":3,\"rounds\":0}");
	play_all_ballots(&p);
	assert_true(p.s->concluded);
	x = look(&p, 0);
	assert_int_equal(in_state(x, QUOTE_OPEN), 0);
	assert_true(in_state(x, QUOTE_KEPT) > 0);
	items = erasure_items(x, false);
	assert_true(stays(&p, items, opinions[0]));
	json_decref(items);
	items = erasure_items(x, true);
	assert_false(stays(&p, items, opinions[0]));
	assert_false(stays(&p, items, "Half a park"));
	/* only theirs: others' words stay where they were given */
	assert_true(stays(&p, items, opinions[1]));
	assert_int_equal(
	    play_input(&p, input_withdrawn(p.s, 0, true, p.now)), 0);
	assert_int_equal(play_input(&p, input_erased(p.s, 0, items, p.now)), 0);
	for (i = 0; i < p.s->nstatements; i++)
		if (p.s->statements[i].text != NULL) {
			assert_null(
			    strstr(p.s->statements[i].text, "Half a park"));
			assert_null(
			    strstr(p.s->statements[i].text, opinions[0]));
		}
	json_decref(items);
	erasure_free(x);
	play_end(&p);
}

/* Who repeats a statement is not repeated by it. */
static void
only_what_came_before(void **state)
{
	struct erasure *x;
	struct play p;
	size_t before;

	(void)state;
	to_ballot(&p, "{\"candidates\":3,\"shown\":3,\"rounds\":1}");
	play_all_ballots(&p);
	assert_string_equal(session_phase(p.s)->name, "critique");
	x = look(&p, 2);
	before = x->nquotes;
	erasure_free(x);
	play_text(&p, 2, "critique", p.s->statements[p.s->previous].text);
	x = look(&p, 2);
	assert_int_equal(x->nquotes, before);
	erasure_free(x);
	play_end(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(own_and_copies),
	    cmocka_unit_test(quotes_go_where_it_is_wished),
	    cmocka_unit_test(only_what_came_before),
	};

	return cmocka_run_group_tests_name("erasure", tests, NULL, NULL);
}
