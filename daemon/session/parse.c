/* Reading what events carry: who acts, rankings, ratings. */
#include <string.h>

#include "base/message.h"
#include "choice/ballot.h"
#include "session/type.h"

bool
event_id(const struct event *e, const char *name, char out[PARTICIPANT_ID_MAX])
{
	const struct sealed *item = event_sealed(e, name);

	/* The body is a JSON string of an identifier: "p-k3x9a2". */
	if (item == NULL || item->body == NULL || item->len < 3 ||
	    item->len - 2 >= PARTICIPANT_ID_MAX || item->body[0] != '"')
		return false;
	memcpy(out, item->body + 1, item->len - 2);
	out[item->len - 2] = '\0';
	return true;
}

int
event_actor(const struct session *s, const struct event *e)
{
	const char *id = event_str(e, "participant");
	char buf[PARTICIPANT_ID_MAX];

	if (id != NULL)
		return session_participant(s, id);
	if (event_id(e, "by", buf) ||
	    (event_sealed(e, "by") == NULL && event_id(e, "person", buf)))
		return session_participant(s, buf);
	return -1;
}

int64_t
event_chars(const struct event *e)
{
	json_t *v = event_value(e, "chars");
	int64_t chars = json_is_integer(v) ? json_integer_value(v)
					   : event_int(e, "chars", 0);

	json_decref(v);
	return chars;
}

int
slate_place(const void *session, const char *id)
{
	const struct session *s = session;
	int statement = session_statement(s, id);

	return statement == -1 ? -1 : session_slate_place(s, statement);
}

int
candidate_place(const void *session, const char *id)
{
	const struct session *s = session;
	int statement = session_statement(s, id);
	size_t i;

	for (i = 0; i < s->ncandidates; i++)
		if (s->candidates[i] == statement)
			return (int)i;
	return -1;
}

static int
ranking_put(const json_t *id, int (*place)(const void *, const char *),
    const void *ctx, int32_t group, int32_t *rank, struct err *err)
{
	int at;

	if (!json_is_string(id))
		return err_set(err, ERR_BAD_BALLOT, "ranking",
		    "a ranking is a list of lists of statement ids, best "
		    "first, such as [[\"s3\"],[\"s1\",\"s2\"]]");
	at = place(ctx, json_string_value(id));
	if (at == -1)
		return err_say(err, ERR_UNKNOWN_STATEMENT, "ranking",
		    MSG_ERROR_RANKING_UNKNOWN, NULL);
	if (rank[at] != -1)
		return err_say(err, ERR_BAD_BALLOT, "ranking",
		    MSG_ERROR_RANKING_TWICE, "statement", json_string_value(id),
		    NULL);
	rank[at] = group;
	return 0;
}

int
ranking_read(const json_t *groups, int (*place)(const void *, const char *),
    const void *ctx, size_t n, bool all, int32_t *rank, struct err *err)
{
	const json_t *group, *id;
	size_t i, k, seen = 0;

	for (i = 0; i < n; i++)
		rank[i] = -1;
	if (!json_is_array(groups))
		return ranking_put(NULL, place, ctx, 0, rank, err);
	json_array_foreach(groups, i, group) {
		if (!json_is_array(group) || json_array_size(group) == 0)
			return err_say(err, ERR_BAD_BALLOT, "ranking",
			    MSG_ERROR_RANKING_GAP, "#n", (long long)i + 1,
			    NULL);
		json_array_foreach(group, k, id) {
			if (ranking_put(
				id, place, ctx, (int32_t)i, rank, err) == -1)
				return -1;
			seen++;
		}
	}
	if (seen == 0)
		return err_say(err, ERR_BAD_BALLOT, "ranking",
		    MSG_ERROR_RANKING_EMPTY, NULL);
	if (all && seen != n)
		return err_set(err, ERR_BAD_BALLOT, "ranking",
		    "the ranking names %zu of %zu", seen, n);
	ranks_densify(rank, n);
	return 0;
}

int
rating_part(const struct session *s, const struct job_state *job,
    const json_t *v, struct rating_said *out)
{
	const char *id = json_string_value(json_object_get(v, "statement"));
	const json_t *value = json_object_get(v, "value");
	const json_t *mass = json_object_get(v, "mass");

	if (id == NULL || !json_is_integer(value) || !json_is_integer(mass) ||
	    candidate_place(s, id) != job->part - 1)
		return -1;
	out->value = json_integer_value(value);
	out->mass = json_integer_value(mass);
	return out->value < 0 || out->value > RATING_SCALE || out->mass < 0 ||
		       out->mass > 1000
		   ? -1
		   : 0;
}

int
ratings_read(const struct session *s, const char *name, const json_t *ratings,
    uint8_t *rating, struct err *err)
{
	const char *id;
	json_t *v;
	int at;

	memset(rating, 0, s->nslate);
	if (!json_is_object(ratings) || json_object_size(ratings) == 0)
		return err_set(err, ERR_BAD_RATING, name,
		    "ratings are an object such as {\"s1\":6,\"s2\":3}");
	json_object_foreach((json_t *)ratings, id, v) {
		at = slate_place(s, id);
		if (at == -1)
			return err_say(err, ERR_UNKNOWN_STATEMENT, name,
			    MSG_ERROR_RATING_UNKNOWN, NULL);
		if (!json_is_integer(v) || json_integer_value(v) < RATING_MIN ||
		    json_integer_value(v) > RATING_MAX)
			return err_say(err, ERR_BAD_RATING, name,
			    MSG_ERROR_RATING, "statement", id, "#min",
			    (long long)RATING_MIN, "#max",
			    (long long)RATING_MAX, NULL);
		rating[at] = (uint8_t)json_integer_value(v);
	}
	return 0;
}
