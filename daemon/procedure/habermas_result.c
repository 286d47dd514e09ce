/* The conclusion: outcome first, then what it rests on. */
#include <string.h>

#include "procedure/habermas.h"

/* Reasons that leave no agreement to speak of, whatever was rated. */
static const char *const cut_short[] = {"aborted", "nobody_answered",
    "no_statements", "no_ballots", "everyone_left", NULL};

static bool
was_cut_short(const char *reason)
{
	size_t i;

	for (i = 0; cut_short[i] != NULL; i++)
		if (strcmp(cut_short[i], reason) == 0)
			return true;
	return false;
}

static const char *
outcome_of(const json_t *agreement, const char *reason)
{
	json_int_t n = json_integer_value(json_object_get(agreement, "n"));
	json_int_t ge5 = json_integer_value(json_object_get(agreement, "ge5"));

	if (was_cut_short(reason) || n == 0)
		return "none";
	if (ge5 == n)
		return "consensus";
	return 2 * ge5 > n ? "majority" : "none";
}

static json_t *
statement_json(const struct session *s, int statement)
{
	return statement == -1 ? json_null()
			       : json_string(s->statements[statement].id);
}

static void
copy_tally(json_t *data, const struct session *s)
{
	static const char *const members[] = {"ballots", "predicted",
	    "winner_last", "other_side", "better", "prediction", "tie_break",
	    NULL};
	json_t *v;
	size_t i;

	for (i = 0; s->tally != NULL && members[i] != NULL; i++) {
		v = json_object_get(s->tally, members[i]);
		if (v != NULL)
			json_object_set(data, members[i], v);
	}
}

struct event *
habermas_conclude(const struct session *s, const char *reason)
{
	const struct round_result *last =
	    s->nresults > 0 ? &s->results[s->nresults - 1] : NULL;
	const json_t *agreement = NULL;
	json_t *data = json_object();

	if (s->previous != -1)
		agreement =
		    json_object_get(json_object_get(s->tally, "agreement"),
			s->statements[s->previous].id);
	json_object_set_new(
	    data, "outcome", json_string(outcome_of(agreement, reason)));
	json_object_set_new(data, "reason", json_string(reason));
	json_object_set_new(data, "round", json_integer(s->round));
	json_object_set_new(data, "winner", statement_json(s, s->previous));
	json_object_set_new(data, "elected",
	    statement_json(s, last != NULL ? last->elected : -1));
	json_object_set_new(
	    data, "overridden", json_boolean(last != NULL && last->overridden));
	json_object_set_new(data, "seed_given", json_boolean(s->seed_given));
	if (agreement != NULL)
		json_object_set(data, "agreement", (json_t *)agreement);
	copy_tally(data, s);
	if (s->language[0] != '\0')
		json_object_set_new(data, "language", json_string(s->language));
	habermas_figures(data, s);
	return event_make("session.concluded", data);
}
