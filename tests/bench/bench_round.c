/*
 * How long a round waits for a language model: 16 drafts and 5 predicted
 * ballots at 200 ms a call, through a real daemon and the fake endpoint, in
 * multiples of that latency.  Beside it the same jobs one after the other
 * (window = 1), which is what a sequential mediator does: 21.
 */
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LATENCY_MS 200
#define CANDIDATES 16
#define PEOPLE	   5
#define ROUNDS	   5
#define WANTED	   2.25

static const char *const opinions[PEOPLE] = {
    "Phones distract everybody in the room. A lesson needs quiet minds. "
    "Schools should collect phones in the morning.",
    "Pupils must learn to use phones well. A ban teaches nothing about "
    "self-control. Teachers should decide for their own lessons.",
    "Parents need to reach their children in an emergency. Phones may stay in "
    "the bag, switched off.",
    "Some children need their phone for health reasons. Any rule must allow "
    "exceptions for them without a fuss.",
    "The breaks are the problem, not the lessons. Children should play and "
    "talk in the breaks.",
};

static char dir[] = "/tmp/caucus-round-XXXXXX";
static pid_t model, house;

static void
put_away(void)
{
	char command[96];

	if (model > 0)
		kill(model, SIGTERM);
	if (house > 0)
		kill(house, SIGTERM);
	while (wait(NULL) > 0)
		continue;
	model = house = 0;
	snprintf(command, sizeof command, "rm -rf %s", dir);
	if (system(command) != 0)
		fprintf(stderr, "left behind: %s\n", dir);
}

static void
die(const char *what)
{
	fprintf(stderr, "bench_round: %s\n", what);
	put_away();
	exit(1);
}

static const char *
path(const char *name)
{
	static char text[4][128];
	static int turn;
	char *out = text[turn++ % 4];

	snprintf(out, sizeof text[0], "%s/%s", dir, name);
	return out;
}

static const char *
program(const char *name)
{
	static char text[256];
	const char *build = getenv("CAUCUS_BUILD");

	snprintf(
	    text, sizeof text, "%s/%s", build != NULL ? build : "build", name);
	return text;
}

static int
start_model(void)
{
	char line[64] = "", ms[16];
	int out[2], port = 0;

	snprintf(ms, sizeof ms, "%d", LATENCY_MS);
	if (pipe(out) == -1)
		die("pipe");
	model = fork();
	if (model == 0) {
		dup2(out[1], STDOUT_FILENO);
		execl(program("fake-llm"), "fake-llm", "--latency-ms", ms,
		    (char *)NULL);
		_exit(127);
	}
	close(out[1]);
	if (read(out[0], line, sizeof line - 1) > 0)
		sscanf(line, "listening 127.0.0.1:%d", &port);
	close(out[0]);
	if (port == 0)
		die("fake-llm does not listen");
	return port;
}

static void
write_scenario(void)
{
	static const char *const names[PEOPLE] = {
	    "Ada", "Ben", "Cem", "Dua", "Eli"};
	json_t *people = json_array(), *o;
	int i;

	for (i = 0; i < PEOPLE; i++)
		json_array_append_new(
		    people, json_pack("{s:s,s:s}", "name", names[i], "opinion",
				opinions[i]));
	o = json_pack("{s:s,s:{s:i,s:i},s:o}", "question",
	    "Should phones be banned in school?", "settings", "candidates",
	    CANDIDATES, "rounds", 0, "participants", people);
	if (json_dump_file(o, path("scenario"), 0) == -1)
		die("scenario");
	json_decref(o);
}

static void
start_daemon(int port, int window)
{
	FILE *f = fopen(path("conf"), "w");
	int i;

	if (f == NULL)
		die("configuration");
	fprintf(f,
	    "[endpoint fake]\nurl = http://127.0.0.1:%d/v1\nmodel = fake-1\n"
	    "window = %d\n",
	    port, window);
	fclose(f);
	house = fork();
	if (house == 0) {
		if (freopen(path("log"), "a", stderr) == NULL)
			_exit(127);
		execl(program("caucusd"), "caucusd", "--config", path("conf"),
		    "--socket", path("socket"), "--journal", path("journal"),
		    "--data", "config", (char *)NULL);
		_exit(127);
	}
	for (i = 0; i < 200 && access(path("socket"), F_OK) == -1; i++)
		usleep(20000);
}

static void
stop_daemon(void)
{
	kill(house, SIGTERM);
	waitpid(house, NULL, 0);
	house = 0;
	unlink(path("socket"));
}

/* Milliseconds from the beginning of drafting to the ballot. */
static double
drafting_ms(void)
{
	FILE *f = fopen(path("recording"), "r");
	json_int_t began = 0, ended = 0, at;
	const char *to;
	char *line = NULL;
	size_t cap = 0;
	json_t *o;

	while (f != NULL && getline(&line, &cap, f) != -1) {
		o = json_loads(line, 0, NULL);
		to = NULL;
		if (json_unpack(o, "{s:{s:I,s:{s:s}}}", "event", "at", &at,
			"data", "to", &to) == 0) {
			if (strcmp(to, "draft") == 0)
				began = at;
			if (strcmp(to, "ballot") == 0)
				ended = at;
		}
		json_decref(o);
	}
	free(line);
	if (f == NULL || began == 0 || ended == 0)
		die("the recording tells no drafting");
	fclose(f);
	return (double)(ended - began);
}

static double
play(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (freopen("/dev/null", "w", stdout) == NULL)
			_exit(127);
		execl(program("caucus"), "caucus", "run", path("scenario"),
		    "--socket", path("socket"), "--record", path("recording"),
		    (char *)NULL);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid || status != 0)
		die("caucus run failed");
	return drafting_ms();
}

static int
double_cmp(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int
main(void)
{
	double ms[ROUNDS], parallel, sequential;
	int i, port;

	if (mkdtemp(dir) == NULL)
		return 1;
	port = start_model();
	write_scenario();
	start_daemon(port, 32);
	for (i = 0; i < ROUNDS; i++)
		ms[i] = play();
	stop_daemon();
	qsort(ms, ROUNDS, sizeof *ms, double_cmp);
	parallel = ms[ROUNDS / 2] / LATENCY_MS;
	start_daemon(port, 1);
	sequential = play() / LATENCY_MS;
	put_away();
	printf("%d drafts and %d predicted ballots at %d ms: %.2f latencies "
	       "(slowest of %d rounds %.2f); one after the other %.2f; "
	       "wanted %.2f\n",
	    CANDIDATES, PEOPLE, LATENCY_MS, parallel, ROUNDS,
	    ms[ROUNDS - 1] / LATENCY_MS, sequential, WANTED);
	return parallel <= WANTED ? 0 : 1;
}
