#include "client/redraw.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "client/place.h"
#include "client/source.h"
#include "client/stage.h"
#include "client/story.h"
#include "record/verify.h"

/* ---- the scenario ---- */

/* Given from round 1 on; null where there was none. */
static json_t *
critiques_of(const json_t *story, const char *id)
{
	const json_t *rounds = json_object_get(story, "rounds"), *round;
	json_t *list = json_array(), *text;
	size_t i;

	json_array_foreach(rounds, i, round) {
		text = json_object_get(json_object_get(round, "critiques"), id);
		if (i > 0)
			json_array_append_new(list, json_is_string(text)
							? json_incref(text)
							: json_null());
	}
	return list;
}

static bool
is_called(const json_t *people, const char *name)
{
	const json_t *p;
	size_t i;

	json_array_foreach(people, i, p)
		if (strcmp(json_str(p, "name"), name) == 0)
			return true;
	return false;
}

/* By name, or where that tells nobody apart, by the id in the parent. */
static json_t *
person_of(const json_t *story, const json_t *p, const json_t *others)
{
	const char *id = json_str(p, "id"), *name = json_str(p, "name");
	json_t *o;

	if (*name == '\0' || is_called(others, name))
		name = id;
	o = json_pack("{s:s,s:O,s:o}", "name", name, "opinion",
	    json_object_get(p, "opinion"), "critiques",
	    critiques_of(story, id));
	if (json_object_size(json_object_get(p, "labels")) > 0)
		json_object_set(o, "labels", json_object_get(p, "labels"));
	return o;
}

/* Who left is not there again, nor is what was kept from drafting. */
static json_t *
people_of(const json_t *story, const char *without, struct err *err)
{
	const json_t *all = json_object_get(story, "participants"), *p;
	json_t *people = json_array();
	bool left_out = without == NULL;
	size_t i;

	json_array_foreach(all, i, p) {
		if (without != NULL &&
		    (strcmp(json_str(p, "id"), without) == 0 ||
			strcmp(json_str(p, "name"), without) == 0)) {
			left_out = true;
			continue;
		}
		if (json_is_string(json_object_get(p, "opinion")) &&
		    json_object_get(p, "left") == NULL)
			json_array_append_new(
			    people, person_of(story, p, people));
	}
	if (!left_out)
		err_set(err, ERR_INVALID_PARAMS, NULL,
		    "nobody is called %.60s in this recording", without);
	else if (json_array_size(people) == 0)
		err_set(err, ERR_BROKEN, NULL,
		    "the recording holds nobody's opinion: only a full export "
		    "(session.export as operator) has what drafts are drawn "
		    "from");
	else
		return people;
	json_decref(people);
	return NULL;
}

/* What people answered to the parent's statements they cannot answer again. */
static json_t *
settings_of(const json_t *story)
{
	static const char *const off[] = {"position", "importance",
	    "preference", "dissent", "survey", "review"};
	json_t *settings = json_deep_copy(json_object_get(story, "settings"));
	size_t i;

	if (settings == NULL)
		settings = json_object();
	for (i = 0; i < sizeof off / sizeof *off; i++)
		if (json_object_get(settings, off[i]) != NULL)
			json_object_set_new(settings, off[i], json_false());
	json_object_del(settings, "seats");
	json_object_set_new(settings, "absent", json_string("predicted"));
	json_object_set_new(settings, "ratings", json_string("optional"));
	return settings;
}

json_t *
redraw_scenario(
    const json_t *story, const char *head, const char *without, struct err *err)
{
	json_t *people = people_of(story, without, err), *labels;

	if (people == NULL)
		return NULL;
	labels = json_copy(json_object_get(story, "labels"));
	if (labels == NULL)
		labels = json_object();
	json_object_set_new(
	    labels, "parent", json_string(json_str(story, "session")));
	json_object_set_new(labels, "parent_head", json_string(head));
	return json_pack("{s:O,s:o,s:o,s:o}", "question",
	    json_object_get(story, "question"), "settings", settings_of(story),
	    "participants", people, "labels", labels);
}

/* ---- playing it ---- */

struct redrawn {
	struct cmd *c;
	json_t *parent;		       /* its story */
	char head[2 * DIGEST_LEN + 1]; /* of the parent */
	json_t *scenario, *story;
	char *path; /* of the new recording */
};

static int
read_parent(struct redrawn *d)
{
	struct verify_report report;
	struct err err;
	char *bytes;
	size_t len;
	int r;

	bytes = place_read(d->c->args[0], SOURCE_MAX, &len, &err);
	if (bytes == NULL)
		return cmd_fail(d->c, EXIT_FILE, &err);
	r = verify_bytes(bytes, len, &report, &err);
	if (r == 0 && report.header.imported[0] != '\0')
		r = err_set(&err, ERR_BROKEN, NULL,
		    "what was imported has no texts of ours to draw from");
	if (r == 0)
		d->parent = story_read(bytes, len, &err);
	free(bytes);
	if (d->parent == NULL)
		return cmd_fail(d->c, EXIT_DIFFERS, &err);
	hex_encode(report.head, DIGEST_LEN, d->head);
	d->scenario = redraw_scenario(
	    d->parent, d->head, cmd_option(d->c, "without", 0), &err);
	if (d->scenario != NULL)
		return EXIT_OK;
	return cmd_fail(d->c,
	    err.code == ERR_INVALID_PARAMS ? EXIT_USAGE : EXIT_DIFFERS, &err);
}

static int
play(struct redrawn *d, struct buf *recording)
{
	const char *given = cmd_option(d->c, "seed", 0);
	const char *old = json_str(d->parent, "seed");
	char *text = json_dumps(d->scenario, JSON_COMPACT);
	struct scenario sc;
	struct err err;
	int r;

	if (given == NULL && *old != '\0')
		given = old;
	if (scenario_read(&sc, text, strlen(text), &err) == -1)
		r = cmd_fail(d->c, EXIT_DIFFERS, &err);
	else
		r = stage_run(d->c, &sc, given, recording);
	scenario_free(&sc);
	free(text);
	return r;
}

static int
keep(struct redrawn *d, const struct buf *recording)
{
	const char *given = cmd_option(d->c, "output", 0);
	struct err err;

	d->story = story_read(recording->data, recording->len, &err);
	if (d->story == NULL)
		return cmd_fail(d->c, EXIT_DIFFERS, &err);
	d->path = given != NULL
		      ? xstrdup(given)
		      : source_keep_path(json_str(d->story, "session"), &err);
	if (d->path == NULL ||
	    place_write(d->path, recording->data, recording->len, &err) == -1)
		return cmd_fail(d->c, EXIT_FILE, &err);
	return EXIT_OK;
}

/* ---- telling ---- */

static const char *
winner_text(const json_t *story, size_t round)
{
	const json_t *r =
	    json_array_get(json_object_get(story, "rounds"), round);
	const char *id = json_str(json_object_get(r, "tally"), "winner");

	return *id != '\0' ? story_text(story, id) : NULL;
}

static json_t *
rounds_json(const struct redrawn *d)
{
	size_t i, n = json_array_size(json_object_get(d->parent, "rounds"));
	json_t *list = json_array();

	for (i = 0; i < n; i++)
		json_array_append_new(
		    list, json_pack("{s:I,s:s?,s:s?}", "round", (json_int_t)i,
			      "before", winner_text(d->parent, i), "winner",
			      winner_text(d->story, i)));
	return list;
}

static void
tell(struct redrawn *d)
{
	struct term *t = &d->c->out;
	json_t *rounds = rounds_json(d), *round, *value;
	size_t i;

	value = json_pack("{s:s,s:s,s:s,s:s,s:s,s:O}", "label", REDRAW_LABEL,
	    "parent", json_str(d->parent, "session"), "parent_head", d->head,
	    "session", json_str(d->story, "session"), "file", d->path, "rounds",
	    rounds);
	if (!cmd_json(d->c, value)) {
		term_say(t, 0, STYLE_WARN, "A simulation: %s.", REDRAW_LABEL);
		json_array_foreach(rounds, i, round) {
			term_blank(t);
			term_say(t, 0, STYLE_HEAD, "Round %zu", i);
			term_text(t, 2, 10, STYLE_MARK, "before",
			    *json_str(round, "before") != '\0'
				? json_str(round, "before")
				: "(none)");
			term_text(t, 2, 10, STYLE_MARK, "now",
			    *json_str(round, "winner") != '\0'
				? json_str(round, "winner")
				: "(none)");
		}
		term_blank(t);
		term_text(t, 0, 11, STYLE_DIM, "Recording", d->path);
		term_text(t, 0, 11, STYLE_DIM, "Parent",
		    json_str(d->parent, "session"));
	}
	json_decref(value);
	json_decref(rounds);
}

int
redraw(struct cmd *c)
{
	struct redrawn d = {.c = c};
	struct buf recording = {0};
	int r;

	if (c->nargs != 1)
		return cmd_usage(c, "--endpoint draws one recording again");
	r = read_parent(&d);
	if (r == EXIT_OK) {
		stage_signals();
		r = play(&d, &recording);
		stage_obey();
		signal(SIGPIPE, SIG_DFL);
	}
	if (r == EXIT_OK)
		r = keep(&d, &recording);
	if (r == EXIT_OK)
		tell(&d);
	buf_free(&recording);
	json_decref(d.parent);
	json_decref(d.scenario);
	json_decref(d.story);
	free(d.path);
	return r;
}
