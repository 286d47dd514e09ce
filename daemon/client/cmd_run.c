/* caucus run: a whole deliberation from a file, through a real daemon. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "client/cmd.h"
#include "client/house.h"
#include "client/place.h"
#include "client/runner.h"
#include "client/story.h"
#include "client/tell.h"
#include "record/verify.h"

#define SCENARIO_MAX ((size_t)16 << 20)

static volatile sig_atomic_t stopped; /* the signal that asked us to end */

static void
stop_cb(int signal)
{
	stopped = signal;
}

static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

/* From here on a signal lets everything be put away first. */
static void
catch_signals(void)
{
	struct sigaction action = {.sa_handler = stop_cb}, was;
	size_t i;

	/* What nohup(1) or a shell's & had ignored stays so. */
	for (i = 0; i < sizeof signals / sizeof *signals; i++)
		if (sigaction(signals[i], NULL, &was) == 0 &&
		    was.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* Ends as whoever sent the signal expects. */
static void
obey_signal(void)
{
	if (stopped == 0)
		return;
	signal(stopped, SIG_DFL);
	raise(stopped);
}

static int
read_scenario(struct cmd *c, struct scenario *sc)
{
	struct err err, why;
	char *bytes;
	size_t len;
	int r;

	*sc = (struct scenario){0};
	bytes = place_read(c->args[0], SCENARIO_MAX, &len, &err);
	if (bytes == NULL)
		return cmd_fail(c, EXIT_FILE, &err);
	r = scenario_read(sc, bytes, len, &why);
	free(bytes);
	if (r == 0)
		return EXIT_OK;
	err_set(&err, why.code, why.field, "%s: %s", c->args[0], why.text);
	return cmd_fail(c, EXIT_FILE, &err);
}

/* Only the operator may have everything: say so before anything is played. */
static int
check_operator(struct cmd *c, struct link *link)
{
	struct err err;
	json_t *info;
	bool operator;

	if (link_call(link, "connection.info", NULL, &info, &err) != LINK_OK)
		return cmd_fail(c, EXIT_UNREACHABLE, &err);
	operator= json_is_true(json_object_get(info, "operator")) ||
	    json_is_true(
		json_object_get(json_object_get(info, "you"), "operator"));
	json_decref(info);
	if (operator)
		return EXIT_OK;
	err_set(&err, ERR_NOT_PERMITTED, NULL,
	    "a run takes the whole recording away, which only the daemon's "
	    "own user may; leave --socket out to use a daemon of your own");
	return cmd_fail(c, EXIT_REFUSED, &err);
}

static int
play_on(struct cmd *c, const char *socket, const struct scenario *sc,
    struct buf *recording, struct err *err)
{
	struct link *link = link_open(socket, LINK_CONNECT_MS, err);
	enum link_answer a;
	int r;

	if (link == NULL)
		return cmd_fail(c, EXIT_UNREACHABLE, err);
	link_watch(link, &stopped);
	r = check_operator(c, link);
	if (r == EXIT_OK) {
		a = runner_play(link, sc, cmd_option(c, "seed", 0), &c->err,
		    recording, err);
		r = a == LINK_OK	      ? EXIT_OK
		    : a == LINK_DOWN	      ? EXIT_UNREACHABLE
		    : err->code == ERR_BROKEN ? EXIT_FILE
					      : EXIT_REFUSED;
		if (r != EXIT_OK && stopped == 0)
			cmd_fail(c, r, err);
	}
	link_close(link);
	return r;
}

/* What its daemon is told of the endpoint: these options are caucusd's too.
 * NULL-terminated; how many. */
static int
list_options(const struct cmd *c, const char **out)
{
	static const struct {
		const char *name, *option;
	} passed[] = {{"endpoint", "--endpoint"}, {"model", "--model"},
	    {"key-file", "--key-file"}};
	const char *value;
	int n = 0;

	for (size_t i = 0; i < sizeof passed / sizeof *passed; i++)
		if ((value = cmd_option(c, passed[i].name, 0)) != NULL) {
			out[n++] = passed[i].option;
			out[n++] = value;
		}
	out[n] = NULL;
	return n;
}

static int
endpoint_options(struct cmd *c, const char **out)
{
	int n = list_options(c, out);

	if (n > 0 && cmd_flag(c, "offline"))
		return cmd_usage(c, "--offline and --endpoint exclude each "
				    "other");
	if (n > 0 && cmd_option(c, "socket", 0) != NULL)
		return cmd_usage(c, "--endpoint is for a daemon of one's own; "
				    "the one at --socket has its own");
	if (n > 0 && (cmd_option(c, "endpoint", 0) == NULL ||
			 cmd_option(c, "model", 0) == NULL))
		return cmd_usage(c, "--endpoint and --model belong together");
	return EXIT_OK;
}

static int
play(struct cmd *c, const struct scenario *sc, struct buf *recording)
{
	const char *socket = cmd_option(c, "socket", 0);
	const char *options[HOUSE_OPTIONS_MAX];
	struct house *house;
	struct err err;
	char *log;
	int r;

	r = endpoint_options(c, options);
	if (r != EXIT_OK)
		return r;
	if (socket != NULL)
		return play_on(c, socket, sc, recording, &err);
	house = house_open(options, &stopped, &err);
	if (house == NULL)
		return stopped != 0 ? EXIT_UNREACHABLE
				    : cmd_fail(c, EXIT_UNREACHABLE, &err);
	r = play_on(c, house_socket(house), sc, recording, &err);
	if (r == EXIT_UNREACHABLE && stopped == 0) {
		log = house_log(house);
		if (*log != '\0')
			fprintf(stderr, "What its caucusd said:\n%s", log);
		free(log);
	}
	house_close(house);
	return r;
}

/* Where it goes when nobody says: beside the tokens, named by session. */
static char *
recording_path(struct cmd *c, const json_t *story, struct err *err)
{
	const char *given = cmd_option(c, "record", 0);
	char *dir, *path;

	if (given != NULL)
		return xstrdup(given);
	dir = place_state("recordings", err);
	if (dir == NULL)
		return NULL;
	path = xasprintf("%s/%s.jsonl", dir,
	    json_string_value(json_object_get(story, "session")));
	free(dir);
	return path;
}

/* Another draw of everything that is drawn. */
static const char *
other_seed(const struct cmd *c)
{
	const char *seed = cmd_option(c, "seed", 0);

	return seed != NULL && strcmp(seed, "8") == 0 ? "9" : "8";
}

/* The same with another seed. */
static void
advise_again(struct cmd *c, struct term *t)
{
	const char *options[HOUSE_OPTIONS_MAX];
	struct buf more = {0};
	int i, n = list_options(c, options);

	for (i = 0; i < n; i++)
		buf_addf(&more, "%s ", options[i]);
	term_command(t, "%s run --seed %s %s%s", c->program, other_seed(c),
	    n > 0 ? more.data : "", c->args[0]);
	buf_free(&more);
}

static void
say_result(struct cmd *c, const struct scenario *sc, const json_t *story,
    const char *path)
{
	struct term *t = c->json ? &c->err : &c->out;
	const char *note = runner_note(sc);
	bool lost =
	    sc->positions && (sc->affirming == NULL || sc->negating == NULL);

	if (!c->json || cmd_flag(c, "show")) {
		tell_story(t, story);
		term_blank(t);
	}
	if (note != NULL)
		term_say(t, 2, STYLE_WARN, "%s", note);
	if (lost)
		term_say(t, 2, STYLE_WARN,
		    "Positions were not asked for: the question has no "
		    "affirming and negating statements.");
	if (c->json)
		return;
	if (note != NULL || lost)
		term_blank(t);
	term_text(t, 0, 11, STYLE_DIM, "Recording", path);
	term_text(t, 0, 11, STYLE_DIM, "Try next", "");
	term_command(t, "%s verify %s", c->program, path);
	term_command(t, "%s replay %s", c->program, path);
	advise_again(c, t);
	term_command(t, "%s help", c->program);
}

static int
keep(struct cmd *c, const struct scenario *sc, const struct buf *recording)
{
	struct verify_report report;
	json_t *story, *value;
	char *path = NULL;
	struct err err;
	int r = EXIT_OK;

	if (verify_bytes(recording->data, recording->len, &report, &err) == -1)
		return cmd_fail(c, EXIT_DIFFERS, &err);
	story = story_read(recording->data, recording->len, &err);
	if (story == NULL)
		return cmd_fail(c, EXIT_DIFFERS, &err);
	r = cmd_speak(c, json_string_value(json_object_get(
			     json_object_get(story, "result"), "language")));
	path = recording_path(c, story, &err);
	if (r != EXIT_OK)
		;
	else if (path == NULL ||
		 place_write(path, recording->data, recording->len, &err) == -1)
		r = cmd_fail(c, EXIT_FILE, &err);
	else {
		say_result(c, sc, story, path);
		value = story_run_json(story, sc->preset, path);
		cmd_json(c, value);
		json_decref(value);
	}
	free(path);
	json_decref(story);
	return r;
}

int
cmd_run(struct cmd *c)
{
	struct buf recording = {0};
	struct scenario sc;
	int r;

	r = read_scenario(c, &sc);
	if (r == EXIT_OK) {
		catch_signals();
		r = play(c, &sc, &recording);
		obey_signal();
		/* What is printed now may go to a pager that was left. */
		signal(SIGPIPE, SIG_DFL);
	}
	if (r == EXIT_OK)
		r = keep(c, &sc, &recording);
	buf_free(&recording);
	scenario_free(&sc);
	return r;
}
