#include "client/scenario.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "choice/ballot.h"

#define PEOPLE_MAX 500
#define PATH_SIZE  96

static int
wrong(struct err *err, const char *path, const char *what)
{
	return err_set(err, ERR_BROKEN, path, "%s: %s", path, what);
}

/* Like json_only, but with the place in the scenario. */
static int
only(const json_t *o, const char *path, const char *const *known,
    struct err *err)
{
	const char *key;
	json_t *v;
	size_t i;

	json_object_foreach((json_t *)o, key, v) {
		for (i = 0; known[i] != NULL && strcmp(known[i], key) != 0;)
			i++;
		if (known[i] == NULL)
			return err_set(err, ERR_BROKEN, path,
			    "%s%s%s: there is no such member", path,
			    *path != '\0' ? "." : "", key);
	}
	return 0;
}

static int
get_text(const json_t *o, const char *path, const char *key, const char **out,
    struct err *err)
{
	const json_t *v = json_object_get(o, key);
	char at[PATH_SIZE];

	snprintf(at, sizeof at, "%s%s%s", path, *path != '\0' ? "." : "", key);
	*out = NULL;
	if (v == NULL || json_is_null(v))
		return 0;
	if (!json_is_string(v))
		return wrong(err, at, "must be a text");
	if (text_visible(json_string_value(v)) == 0)
		return wrong(err, at,
		    "is empty; write null where there is nothing to say");
	*out = json_string_value(v);
	return 0;
}

static int
read_question(struct scenario *s, struct err *err)
{
	static const char *const known[] = {
	    "text", "affirming", "negating", NULL};
	const json_t *q = json_object_get(s->root, "question");

	if (q == NULL)
		return wrong(err, "question", "is missing");
	if (!json_is_object(q))
		return get_text(s->root, "", "question", &s->question, err);
	if (only(q, "question", known, err) == -1 ||
	    get_text(q, "question", "text", &s->question, err) == -1 ||
	    get_text(q, "question", "affirming", &s->affirming, err) == -1 ||
	    get_text(q, "question", "negating", &s->negating, err) == -1)
		return -1;
	return s->question != NULL ? 0
				   : wrong(err, "question.text", "is missing");
}

/* An array of what `check` accepts, or null in any place. */
static int
get_list(const json_t *o, const char *path, const char *key, const json_t **out,
    int (*check)(const json_t *v, const char *at, struct err *err),
    struct err *err)
{
	const json_t *list = json_object_get(o, key), *v;
	char at[PATH_SIZE];
	size_t i;

	*out = NULL;
	snprintf(at, sizeof at, "%s.%s", path, key);
	if (list == NULL || json_is_null(list))
		return 0;
	if (!json_is_array(list))
		return wrong(err, at, "must be a list, one place a round");
	json_array_foreach(list, i, v) {
		snprintf(at, sizeof at, "%s.%s[%zu]", path, key, i);
		if (!json_is_null(v) && check(v, at, err) == -1)
			return -1;
	}
	*out = list;
	return 0;
}

static int
check_text(const json_t *v, const char *at, struct err *err)
{
	if (json_is_string(v) && text_visible(json_string_value(v)) > 0)
		return 0;
	return wrong(err, at, "must be a text, or null to abstain");
}

/* The slate is not known yet: form only. */
static int
check_ballot(const json_t *v, const char *at, struct err *err)
{
	int32_t rank[CANDIDATES_MAX];
	struct err why;

	if (!json_is_string(v))
		return wrong(
		    err, at, "must be a text such as \"A>B=C\", or null");
	if (ballot_parse_letters(
		json_string_value(v), CANDIDATES_MAX, rank, &why) == -1)
		return wrong(err, at, why.text);
	return 0;
}

static int
check_ratings(const json_t *v, const char *at, struct err *err)
{
	const json_t *one;
	size_t i;

	if (!json_is_array(v))
		return wrong(err, at, "must be a list such as [6,5,3,2]");
	json_array_foreach(v, i, one) {
		if (json_is_null(one))
			continue;
		if (!json_is_integer(one) || json_integer_value(one) < 1 ||
		    json_integer_value(one) > 7)
			return wrong(
			    err, at, "ratings are 1 to 7, or null for none");
	}
	return 0;
}

static const json_t *
place(const json_t *list, size_t i)
{
	const json_t *v = json_array_get(list, i);

	return v == NULL || json_is_null(v) ? NULL : v;
}

/* What only shows when a person is looked at as a whole. */
static void
note_ballots(struct scenario *s, const struct scenario_person *p)
{
	size_t i;

	for (i = 0; i < json_array_size(p->ballots); i++) {
		if (place(p->ballots, i) == NULL)
			continue;
		s->ballots = true;
		if (place(p->ratings, i) == NULL)
			s->ratings = false;
	}
}

static int
missing(struct err *err, const char *path, const char *member, const char *hint)
{
	return err_set(
	    err, ERR_BROKEN, path, "%s.%s: is missing%s", path, member, hint);
}

static int
get_object(const json_t *o, const char *path, const char *key,
    const json_t **out, struct err *err)
{
	const json_t *v = json_object_get(o, key);
	char at[PATH_SIZE];

	snprintf(at, sizeof at, "%s%s%s", path, *path != '\0' ? "." : "", key);
	*out = NULL;
	if (v == NULL || json_is_null(v))
		return 0;
	if (!json_is_object(v))
		return wrong(err, at, "must be an object");
	*out = v;
	return 0;
}

static int
check_position(const json_t *v, const char *at, struct err *err)
{
	return json_is_integer(v) && json_integer_value(v) >= 1 &&
		       json_integer_value(v) <= 7
		   ? 0
		   : wrong(err, at, "a position is 1 to 7, or null for none");
}

static int
read_importance(struct scenario_person *p, const json_t *o, const char *path,
    struct err *err)
{
	const json_t *v = json_object_get(o, "importance");
	char at[PATH_SIZE + 16];

	if (v == NULL || json_is_null(v))
		return 0;
	snprintf(at, sizeof at, "%s.importance", path);
	if (!json_is_integer(v) || json_integer_value(v) < 1 ||
	    json_integer_value(v) > 5)
		return wrong(err, at, "importance is 1 to 5, or null for none");
	p->importance = (int)json_integer_value(v);
	return 0;
}

static int
read_preference(struct scenario_person *p, const json_t *o, const char *path,
    struct err *err)
{
	static const char *const names[] = {"first", "revised", "same"};
	const char *name;
	char at[PATH_SIZE + 16];
	int i;

	if (get_text(o, path, "preference", &name, err) == -1)
		return -1;
	for (i = 0; name != NULL && i < 3; i++)
		if (strcmp(names[i], name) == 0)
			p->preference = i + 1;
	if (name == NULL || p->preference != 0)
		return 0;
	snprintf(at, sizeof at, "%s.preference", path);
	return wrong(err, at, "must be first, revised or same");
}

static int
read_dissent(struct scenario_person *p, const json_t *o, const char *path,
    struct err *err)
{
	static const char *const known[] = {"text", "signed", NULL};
	const json_t *v = json_object_get(o, "dissent");
	char at[PATH_SIZE + 16];

	if (!json_is_object(v))
		return get_text(o, path, "dissent", &p->dissent, err);
	snprintf(at, sizeof at, "%s.dissent", path);
	if (only(v, at, known, err) == -1 ||
	    get_text(v, at, "text", &p->dissent, err) == -1)
		return -1;
	p->is_signed = json_is_true(json_object_get(v, "signed"));
	return p->dissent != NULL ? 0 : wrong(err, at, "has no text");
}

/* What is given beside texts and ballots. */
static int
read_beside(struct scenario *s, struct scenario_person *p, const json_t *o,
    const char *path, struct err *err)
{
	if (get_list(o, path, "position", &p->position, check_position, err) ==
		-1 ||
	    read_importance(p, o, path, err) == -1 ||
	    read_preference(p, o, path, err) == -1 ||
	    read_dissent(p, o, path, err) == -1 ||
	    get_object(o, path, "survey", &p->survey, err) == -1 ||
	    get_object(o, path, "labels", &p->labels, err) == -1)
		return -1;
	s->positions |= scenario_position(p, 0) || scenario_position(p, 1);
	s->importance |= p->importance != 0;
	s->preferences |= p->preference != 0;
	s->dissents |= p->dissent != NULL;
	s->answers |= json_object_size(p->survey) > 0;
	return 0;
}

static int
check_name(
    const struct scenario *s, size_t i, const char *path, struct err *err)
{
	size_t k;

	if (s->people[i].name == NULL)
		return missing(err, path, "name", "");
	for (k = 0; k < i; k++)
		if (strcmp(s->people[k].name, s->people[i].name) == 0)
			return err_set(err, ERR_BROKEN, path,
			    "%s.name: participants[%zu] is called that too",
			    path, k);
	return 0;
}

static int
read_person(struct scenario *s, const json_t *o, size_t i, struct err *err)
{
	static const char *const known[] = {"name", "opinion", "critiques",
	    "ballots", "ratings", "quality", "position", "importance",
	    "preference", "dissent", "survey", "labels", NULL};
	struct scenario_person *p = &s->people[i];
	char path[PATH_SIZE];

	snprintf(path, sizeof path, "participants[%zu]", i);
	if (!json_is_object(o))
		return wrong(err, path, "must be an object");
	if (only(o, path, known, err) == -1 ||
	    get_text(o, path, "name", &p->name, err) == -1 ||
	    get_text(o, path, "opinion", &p->opinion, err) == -1 ||
	    get_list(o, path, "critiques", &p->critiques, check_text, err) ==
		-1 ||
	    get_list(o, path, "ballots", &p->ballots, check_ballot, err) ==
		-1 ||
	    get_list(o, path, "ratings", &p->ratings, check_ratings, err) ==
		-1 ||
	    get_list(o, path, "quality", &p->quality, check_ratings, err) ==
		-1 ||
	    read_beside(s, p, o, path, err) == -1 ||
	    check_name(s, i, path, err) == -1)
		return -1;
	if (json_object_get(o, "opinion") == NULL)
		return missing(err, path, "opinion", "; null abstains");
	note_ballots(s, p);
	return 0;
}

static int
read_people(struct scenario *s, struct err *err)
{
	const json_t *list = json_object_get(s->root, "participants"), *o;
	size_t i;

	if (!json_is_array(list) || json_array_size(list) == 0)
		return wrong(err, "participants",
		    "must be a list of at least one participant");
	if (json_array_size(list) > PEOPLE_MAX)
		return err_set(err, ERR_BROKEN, "participants",
		    "participants: at most %d can take part", PEOPLE_MAX);
	s->n = json_array_size(list);
	s->people = xcalloc(s->n, sizeof *s->people);
	json_array_foreach(list, i, o) {
		if (read_person(s, o, i, err) == -1)
			return -1;
	}
	return 0;
}

int
scenario_read(
    struct scenario *s, const char *bytes, size_t len, struct err *err)
{
	static const char *const known[] = {"question", "preset", "settings",
	    "participants", "labels", "survey", NULL};

	*s = (struct scenario){.ratings = true};
	s->root = json_read(bytes, len, err);
	if (s->root == NULL) {
		if (err != NULL)
			err->code = ERR_BROKEN;
		return -1;
	}
	if (!json_is_object(s->root))
		return err_set(err, ERR_BROKEN, NULL,
		    "a scenario is an object with question and participants");
	if (only(s->root, "", known, err) == -1 ||
	    read_question(s, err) == -1 ||
	    get_text(s->root, "", "preset", &s->preset, err) == -1)
		return -1;
	if (s->question == NULL)
		return wrong(err, "question", "is missing");
	s->settings = json_object_get(s->root, "settings");
	if (s->settings != NULL && !json_is_object(s->settings))
		return wrong(err, "settings", "must be an object");
	s->survey = json_object_get(s->root, "survey");
	if (s->survey != NULL && !json_is_array(s->survey))
		return wrong(err, "survey", "must be a list of questions");
	if (get_object(s->root, "", "labels", &s->labels, err) == -1)
		return -1;
	return read_people(s, err);
}

void
scenario_free(struct scenario *s)
{
	free(s->people);
	json_decref(s->root);
	*s = (struct scenario){0};
}

const char *
scenario_critique(const struct scenario_person *p, int round)
{
	return round < 1
		   ? NULL
		   : json_string_value(place(p->critiques, (size_t)round - 1));
}

const char *
scenario_ballot(const struct scenario_person *p, int round)
{
	return json_string_value(place(p->ballots, (size_t)round));
}

const json_t *
scenario_rating(const struct scenario_person *p, int round)
{
	return place(p->ratings, (size_t)round);
}

const json_t *
scenario_quality(const struct scenario_person *p, int round)
{
	return place(p->quality, (size_t)round);
}

int
scenario_position(const struct scenario_person *p, int after)
{
	return (int)json_integer_value(place(p->position, (size_t)after));
}
