/*
 * How long a round waits for a language model: 16 drafts and 5 predicted
 * ballots at 200 ms a call, through a real daemon and the fake endpoint, in
 * multiples of that latency.  Beside it the same jobs one after the other
 * (window = 1), which is what a sequential mediator does: 21.  Then with a
 * heavy tail, waited for and not; with calls that fail; and a thousand
 * sessions at once.  CAUCUS_BENCH_ROUNDS: rounds of each (40).
 */
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/rig.h"
#include "tests/fake/load.h"

#define LATENCY_MS 200
#define CANDIDATES 16
#define PEOPLE	   5
#define ROUNDS	   5
#define MANY	   200
#define SESSIONS   1000
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

/* script: of the fake endpoint; tail: percent of calls ten times slower. */
static int
start_model(const char *script, const char *tail)
{
	char line[64] = "", ms[16];
	FILE *f = fopen(path("script"), "w");
	int out[2], port = 0;

	snprintf(ms, sizeof ms, "%d", LATENCY_MS);
	if (f == NULL || pipe(out) == -1)
		die("fake-llm");
	fprintf(f, "%s\n", script);
	fclose(f);
	model = fork();
	if (model == 0) {
		dup2(out[1], STDOUT_FILENO);
		execl(program("fake-llm"), "fake-llm", "--latency-ms", ms,
		    "--tail-percent", tail, "--tail-factor", "10", "--script",
		    path("script"), (char *)NULL);
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
write_scenario(int quorum)
{
	static const char *const names[PEOPLE] = {
	    "Ada", "Ben", "Cem", "Dua", "Eli"};
	json_t *people = json_array(), *o;
	int i;

	for (i = 0; i < PEOPLE; i++)
		json_array_append_new(
		    people, json_pack("{s:s,s:s}", "name", names[i], "opinion",
				opinions[i]));
	o = json_pack("{s:s,s:{s:i,s:i,s:i,s:s},s:o}", "question",
	    "Should phones be banned in school?", "settings", "candidates",
	    CANDIDATES, "rounds", 0, "draft_quorum", quorum, "predictor",
	    "reasoned", "participants", people);
	if (json_dump_file(o, path("scenario"), 0) == -1)
		die("scenario");
	json_decref(o);
}

static void
start_daemon(int port, int window, int resend)
{
	FILE *f = fopen(path("conf"), "w");
	int i;

	if (f == NULL)
		die("configuration");
	fprintf(f,
	    "[endpoint fake]\nurl = http://127.0.0.1:%d/v1\nmodel = fake-1\n"
	    "window = %d\nresend = %d\n[limits]\nrate = 0\nsessions = 100000\n",
	    port, window, resend);
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

/* What a recording tells of its drafting. */
struct drafting {
	json_int_t began, ended; /* ms */
	int late;
};

static void
read_line(struct drafting *d, const char *line, size_t n)
{
	json_t *o = json_loadb(line, n, JSON_DISABLE_EOF_CHECK, NULL);
	const char *to = "", *why = "";
	json_int_t at = 0;

	(void)json_unpack(o, "{s:{s:I,s:{s?s,s?s}}}", "event", "at", &at,
	    "data", "to", &to, "why", &why);
	if (strcmp(to, "draft") == 0)
		d->began = at;
	if (strcmp(to, "ballot") == 0)
		d->ended = at;
	d->late += strcmp(why, "late") == 0;
	json_decref(o);
}

/* Milliseconds from the beginning of drafting to the ballot. */
static double
drafting_ms(const char *bytes, size_t n, int *late)
{
	struct drafting d = {0};
	const char *end, *stop = bytes + n;

	for (; bytes < stop; bytes = end + 1) {
		end = memchr(bytes, '\n', (size_t)(stop - bytes));
		if (end == NULL)
			break;
		read_line(&d, bytes, (size_t)(end - bytes));
	}
	if (d.began == 0 || d.ended == 0)
		die("the recording tells no drafting");
	*late += d.late;
	return (double)(d.ended - d.began);
}

static double
recorded_ms(int *late)
{
	FILE *f = fopen(path("recording"), "r");
	const size_t max = (size_t)4 << 20;
	char *bytes = malloc(max);
	double ms;

	if (f == NULL || bytes == NULL)
		die("no recording");
	ms = drafting_ms(bytes, fread(bytes, 1, max, f), late);
	fclose(f);
	free(bytes);
	return ms;
}

/* In latencies; late: drafts left out are added. */
static double
play(int *late)
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
	return recorded_ms(late) / LATENCY_MS;
}

static int
double_cmp(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct weather {
	const char *name, *script, *tail;
	int quorum, resend, window, rounds; /* 0: the rounds asked for */
};

static int
rounds_of(const struct weather *w)
{
	const char *wanted = getenv("CAUCUS_BENCH_ROUNDS");
	int n = wanted != NULL ? atoi(wanted) : 40;

	if (w->rounds > 0)
		return w->rounds;
	return n < 1 ? 1 : n > MANY ? MANY : n;
}

static void
stop_model(void)
{
	kill(model, SIGTERM);
	waitpid(model, NULL, 0);
	model = 0;
}

/* Prints it, and returns the median. */
static double
measure(const struct weather *w)
{
	int n = rounds_of(w), late = 0, i;
	double v[MANY];

	start_daemon(start_model(w->script, w->tail), w->window, w->resend);
	write_scenario(w->quorum);
	for (i = 0; i < n; i++)
		v[i] = play(&late);
	stop_daemon();
	stop_model();
	qsort(v, (size_t)n, sizeof *v, double_cmp);
	printf("%-34s %3d rounds: median %5.2f latencies, p95 %5.2f, slowest "
	       "%5.2f; %.1f %% of the drafts left out\n",
	    w->name, n, v[n / 2], v[(n * 95 + 99) / 100 - 1], v[n - 1],
	    100.0 * late / (n * CANDIDATES));
	fflush(stdout);
	return v[n / 2];
}

/* A thousand sessions that draft at once share a window of 256. */
static void
measure_many(void)
{
	struct load l = {.sessions = SESSIONS,
	    .people = 3,
	    .settings = "{\"candidates\":4,\"rounds\":0,\"predictor\":"
			"\"reasoned\"}",
	    .deadline_s = 300};
	double sum = 0, most = 0, ms, cpu;
	struct rig r = {0};
	int late = 0, i;
	char *bytes;
	size_t n;

	start_daemon(start_model("", "0"), 256, 0);
	l.socket = path("socket");
	r.pid = house;
	if (load_run(&l) == -1)
		die(l.why);
	cpu = rig_cpu(&r);
	for (i = 0; i < l.sessions; i++) {
		bytes = load_export(&l, i, &n);
		if (bytes == NULL)
			die("no recording of a session");
		ms = drafting_ms(bytes, n, &late);
		free(bytes);
		sum += ms;
		most = ms > most ? ms : most;
	}
	printf("%d sessions at once, window 256: drafting %.0f ms on average, "
	       "slowest %.0f (%.2f times the mean); in all %.2f ms of "
	       "processor a call; %ld kB resident at most\n",
	    l.sessions, sum / l.sessions, most, most * l.sessions / sum,
	    cpu * 1000 / (l.sessions * 7), rig_kb(&r, "VmHWM"));
	load_clear(&l);
	stop_daemon();
	stop_model();
}

int
main(void)
{
	static const struct weather rows[] = {
	    {"in parallel", "", "0", 100, 0, 32, ROUNDS},
	    {"one after the other", "", "0", 100, 0, 1, 1},
	    {"2 % ten times slower, all awaited", "", "2", 100, 0, 32, 0},
	    {"2 % ten times slower, quorum 75 %", "", "2", 75, 0, 32, 0},
	    {"… and stragglers resent", "", "2", 75, 300, 32, 0},
	    {"each 20th fails with 500", "*/20 500", "0", 100, 0, 32, ROUNDS},
	    {"each 20th fails with 429", "*/20 429", "0", 100, 0, 32, ROUNDS},
	};
	double parallel = 0;
	size_t i;

	if (mkdtemp(dir) == NULL)
		return 1;
	printf("%d drafts and %d predicted ballots at %d ms\n", CANDIDATES,
	    PEOPLE, LATENCY_MS);
	fflush(stdout); /* before anything forks */
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		double median = measure(&rows[i]);

		if (i == 0)
			parallel = median;
	}
	measure_many();
	put_away();
	printf("in parallel %.2f latencies; wanted %.2f\n", parallel, WANTED);
	return parallel <= WANTED ? 0 : 1;
}
