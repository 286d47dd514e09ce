/*
 * `caucus run`: equal seeds print equal bytes, the JSON has the members that
 * caucus(1) names, every recording holds and replays, bad scenarios are told,
 * and no signal leaves anything behind.  It needs more than 2 s, for it plays
 * some 30 whole deliberations, each through a daemon.
 */
#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness.h"
#include "record/verify.h"
#include "shell.h"

#define PHONES	"config/scenarios/school-phones.json"
#define PARKING "config/scenarios/parking-or-green.zh.json"

static struct daemon d;

static int
setup(void **state)
{
	(void)state;
	return daemon_start(&d) == -1 ? -1 : shell_open(d.socket);
}

static int
teardown(void **state)
{
	(void)state;
	shell_close();
	daemon_clear(&d);
	return 0;
}

/* What was printed, but for what may differ; free(3). */
static char *
printed(const struct said *s)
{
	char *text;

	if (s->status != 0 || s->json == NULL)
		fail_msg("status %d: %s", s->status, s->err);
	assert_true(json_is_string(json_object_get(s->json, "session")));
	assert_true(json_is_string(json_object_get(s->json, "recording")));
	json_object_del(s->json, "session");
	json_object_del(s->json, "recording");
	text = json_dumps(s->json, JSON_COMPACT);
	assert_non_null(text);
	return text;
}

static const struct said *
play_seed(const char *scenario, int seed, const char *file, bool on_daemon)
{
	char number[16];

	snprintf(number, sizeof number, "%d", seed);
	if (on_daemon)
		return caucus("run", scenario, "--seed", number, "--json",
		    "--record", file, "--socket", d.socket);
	return caucus("run", scenario, "--offline", "--seed", number, "--json",
	    "--record", file);
}

/* ---- equal seeds ---- */

static void
check_recording(const char *file)
{
	static const char oracle[] = "../shared/tools/verify_recording.py";
	char line[512];
	const struct said *s;

	s = caucus("verify", file);
	if (s->status != 0)
		fail_msg("%s%s", s->out, s->err);
	s = caucus("replay", file);
	if (s->status != 0 || strstr(s->out, "identical") == NULL)
		fail_msg("%s%s", s->out, s->err);
	if (access(oracle, R_OK) == -1) {
		print_message("%s is not there: skipped\n", oracle);
		return;
	}
	snprintf(line, sizeof line, "python3 %s %s", oracle, file);
	s = shell_line(line);
	if (s->status != 0)
		fail_msg("the oracle: %s%s", s->out, s->err);
}

static void
test_equal(void **state)
{
	static const char *const scenarios[] = {PHONES, PARKING};
	char file[256], *own, *again, *other = NULL;
	struct play load;
	size_t i;
	int seed;

	(void)state;
	snprintf(file, sizeof file, "%s", shell_path("equal.jsonl"));
	/* Other sessions are at work on that daemon, and stay so. */
	assert_int_equal(play_open(&load, &d, 5, 1, json_object()), 0);
	assert_int_equal(play_next(&load, "lobby"), 0);
	assert_int_equal(play_texts(&load, "opinion"), 0);
	for (i = 0; i < 2; i++)
		for (seed = 1; seed <= 3; seed++) {
			own =
			    printed(play_seed(scenarios[i], seed, file, false));
			check_recording(file);
			again =
			    printed(play_seed(scenarios[i], seed, file, true));
			assert_string_equal(own, again);
			check_recording(file);
			if (other != NULL)
				assert_string_not_equal(own, other);
			free(again);
			free(other);
			other = own;
		}
	free(other);
	play_close(&load);
}

/* Several at once on one daemon: each as if it were alone. */
static void
test_under_load(void **state)
{
	char line[1024], *alone, *text;
	const struct said *s;
	json_t *one;
	int i;

	(void)state;
	alone = printed(play_seed(PHONES, 5, shell_path("a.jsonl"), false));
	snprintf(line, sizeof line,
	    "cd %s && for i in 1 2 3 4; do caucus run $OLDPWD/%s --seed 5 "
	    "--json --record $i.jsonl --socket %s >$i.out & done; wait; "
	    "for i in 1 2 3 4; do caucus verify $i.jsonl >&2 || exit 1; done",
	    shell_home(), PHONES, d.socket);
	s = shell_line(line);
	if (s->status != 0)
		fail_msg("%s", s->err);
	for (i = 1; i <= 4; i++) {
		snprintf(line, sizeof line, "%d.out", i);
		one = json_load_file(shell_path(line), 0, NULL);
		assert_non_null(one);
		json_object_del(one, "session");
		json_object_del(one, "recording");
		text = json_dumps(one, JSON_COMPACT);
		assert_string_equal(text, alone);
		free(text);
		json_decref(one);
	}
	free(alone);
}

/* ---- what is printed ---- */

static void
keys_are(const json_t *o, const char *wanted)
{
	char keys[256] = "";
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)o, key, v) {
		if (keys[0] != '\0')
			strcat(keys, " ");
		assert_true(strlen(keys) + strlen(key) + 2 < sizeof keys);
		strcat(keys, key);
	}
	assert_string_equal(keys, wanted);
}

static bool
is_of(const json_t *list, const char *id)
{
	const json_t *v;
	size_t i;

	json_array_foreach(list, i, v) {
		if (strcmp(json_string_value(v), id) == 0)
			return true;
	}
	return false;
}

/* No digest, no time, nothing that takes 16 hexadecimal digits. */
static void
nothing_else(const char *text)
{
	size_t run = 0;

	for (; *text != '\0'; text++) {
		run = strchr("0123456789abcdef", *text) != NULL ? run + 1 : 0;
		if (run >= 16)
			fail_msg("a digest or a time: %.20s", text - 15);
	}
}

static void
check_round(const json_t *round, size_t number, const char *kind, size_t people)
{
	const json_t *shown = json_object_get(round, "shown"), *v;
	json_t *ids = json_array();
	size_t i;

	keys_are(round, "round statements shown ballots tally");
	assert_int_equal(
	    json_integer_value(json_object_get(round, "round")), number);
	json_array_foreach(json_object_get(round, "statements"), i, v) {
		keys_are(v, "id text by");
		json_array_append(ids, json_object_get(v, "id"));
	}
	json_array_foreach(shown, i, v) {
		assert_true(is_of(ids, json_string_value(v)));
	}
	json_array_foreach(json_object_get(round, "ballots"), i, v) {
		keys_are(v, "participant kind ranking");
		assert_string_equal(
		    json_string_value(json_object_get(v, "kind")), kind);
	}
	assert_int_equal(i, people);
	v = json_object_get(round, "tally");
	keys_are(v, "method order winners winner tie_break");
	assert_true(
	    is_of(shown, json_string_value(json_object_get(v, "winner"))));
	assert_true(
	    json_is_array(json_array_get(json_object_get(v, "order"), 0)));
	json_decref(ids);
}

static void
test_members(void **state)
{
	static const struct {
		const char *scenario, *kind;
		size_t people;
	} rows[] = {{PHONES, "cast", 5}, {PARKING, "predicted", 4}};
	const json_t *round;
	json_t *all, *result;
	char *text;
	size_t i, k;

	(void)state;
	for (i = 0; i < 2; i++) {
		all = json_incref(
		    play_seed(rows[i].scenario, 1, shell_path("m.jsonl"), false)
			->json);
		keys_are(all,
		    "question session seed preset rounds result recording");
		json_array_foreach(json_object_get(all, "rounds"), k, round) {
			check_round(round, k, rows[i].kind, rows[i].people);
		}
		assert_int_equal(k, 2);
		result = json_object_get(all, "result");
		assert_true(json_is_string(json_object_get(result, "outcome")));
		assert_true(
		    json_is_string(json_object_get(result, "statement")));
		json_object_del(all, "session");
		json_object_del(all, "recording");
		text = json_dumps(all, 0);
		nothing_else(text);
		free(text);
		json_decref(all);
	}
}

/* ---- scenarios of our own ---- */

static const char *
scenario(const char *rest)
{
	static char text[2048];

	snprintf(text, sizeof text,
	    "{\"question\":\"Should the park close at night?\",\"settings\":"
	    "{\"rounds\":0,\"candidates\":6},\"participants\":["
	    "{\"name\":\"Ada\",\"opinion\":\"The park should stay open, for it "
	    "is a safe way home. Lamps should burn all night.\"%s},"
	    "{\"name\":\"Ben\",\"opinion\":\"The park should close at "
	    "midnight. Families need sleep, and the noise is too much.\"%s}]}",
	    rest, rest);
	return text;
}

/* Without ballots predicted ones count, and everybody is told. */
static void
test_predicted(void **state)
{
	const struct said *s;
	char *recording, line[128];

	(void)state;
	s = caucus_with(scenario(""), "run", "-", "--json", "--record",
	    shell_path("p.jsonl"));
	assert_int_equal(s->status, 0);
	assert_non_null(s->json);
	assert_non_null(strstr(s->err, "absent: predicted"));
	recording = shell_file(shell_path("p.jsonl"));
	assert_non_null(strstr(recording, "\"absent\":\"predicted\""));
	free(recording);
	setenv("COLUMNS", "40", 1);
	s = caucus_with(
	    scenario(""), "run", "-", "--record", shell_path("p.jsonl"));
	setenv("COLUMNS", "80", 1);
	assert_int_equal(s->status, 0);
	/* What is to be copied stands on one line. */
	snprintf(
	    line, sizeof line, "\n  caucus verify %s\n", shell_path("p.jsonl"));
	assert_non_null(strstr(s->out, line));
	assert_non_null(strstr(s->out, "absent: predicted"));
	/* One's own word wins. */
	s = caucus_with(scenario(",\"ballots\":[\"B>A\"]"), "run", "-",
	    "--json", "--record", shell_path("p.jsonl"));
	assert_int_equal(s->status, 0);
	assert_null(strstr(s->err, "absent"));
	recording = shell_file(shell_path("p.jsonl"));
	assert_non_null(strstr(recording, "\"absent\":\"drop\""));
	free(recording);
}

/* What the scenario casts is what is counted: all put B first. */
static void
test_cast(void **state)
{
	const json_t *round, *shown, *ballot, *agreement;
	const char *b;
	const struct said *s;
	size_t i;

	(void)state;
	s = caucus_with(
	    scenario(",\"ballots\":[\"B>A\"],\"ratings\":[[2,6,1]]"), "run",
	    "-", "--seed", "2", "--json", "--record", shell_path("c.jsonl"));
	if (s->status == 5) /* another number of statements was shown */
		s = caucus_with(
		    scenario(",\"ballots\":[\"B>A\"],\"ratings\":[[2,6,1,1]]"),
		    "run", "-", "--seed", "2", "--json", "--record",
		    shell_path("c.jsonl"));
	if (s->status != 0)
		fail_msg("%s", s->err);
	round = json_array_get(json_object_get(s->json, "rounds"), 0);
	shown = json_object_get(round, "shown");
	b = json_string_value(json_array_get(shown, 1));
	json_array_foreach(json_object_get(round, "ballots"), i, ballot) {
		assert_string_equal(
		    json_string_value(json_array_get(
			json_array_get(json_object_get(ballot, "ranking"), 0),
			0)),
		    b);
	}
	assert_int_equal(i, 2);
	assert_string_equal(json_string_value(json_object_get(
				json_object_get(round, "tally"), "winner")),
	    b);
	agreement =
	    json_object_get(json_object_get(s->json, "result"), "agreement");
	assert_int_equal(
	    json_integer_value(json_object_get(agreement, "sum")), 12);
	assert_int_equal(
	    json_integer_value(json_object_get(agreement, "n")), 2);
}

/* ---- scenarios that do not hold ---- */

#define ONE(rest) "{\"question\":\"Why?\",\"participants\":[" rest "]}"
#define OPINION	  "\"opinion\":\"Parks should be open.\""

static void
test_bad(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
	    {"", "-"},
	    {"{", "-"},
	    {"{\"question\":\"Why?\",}", "byte 20: not JSON"},
	    {"{\n\"question\":\"Why?\",}", "line 2"},
	    {"[]", "a scenario is an object"},
	    {"{}", "question"},
	    {"{\"question\":7,\"participants\":[]}", "question: must be"},
	    {"{\"question\":\"Why?\"}", "participants"},
	    {ONE(""), "participants"},
	    {ONE("7"), "participants[0]"},
	    {ONE("{" OPINION "}"), "participants[0].name"},
	    {ONE("{\"name\":\"A\",\"opinion\":7}"), "participants[0].opinion"},
	    {ONE("{\"name\":\"A\",\"opinion\":\" \"}"),
		"participants[0].opinion"},
	    {ONE("{\"name\":\"A\"}"), "participants[0].opinion"},
	    {ONE("{\"name\":\"A\"," OPINION ",\"age\":7}"), "age"},
	    {ONE("{\"name\":\"A\"," OPINION "},{\"name\":\"A\"," OPINION "}"),
		"participants[1].name"},
	    {ONE("{\"name\":\"A\"," OPINION ",\"critiques\":\"x\"}"),
		"participants[0].critiques"},
	    {ONE("{\"name\":\"A\"," OPINION ",\"ballots\":[\"A>A\"]}"),
		"participants[0].ballots[0]"},
	    {ONE("{\"name\":\"A\"," OPINION ",\"ballots\":[7]}"),
		"participants[0].ballots[0]"},
	    {ONE("{\"name\":\"A\"," OPINION ",\"ratings\":[[8]]}"),
		"participants[0].ratings[0]"},
	    {ONE("{\"name\":\"A\"," OPINION ",\"labels\":7}"),
		"participants[0].labels"},
	    {ONE("{\"name\":\"A\"," OPINION ",\"position\":\"x\"}"),
		"participants[0].position"},
	    {ONE("{\"name\":\"A\"," OPINION "},{\"name\":\"B\"," OPINION
		 ",\"ballots\":[\"A>Z\"]}"),
		"participants[1].ballots[0]"},
	    {ONE("{\"name\":\"A\"," OPINION
		 ",\"ratings\":[[5,5,5,5,5,5,5,5]]},{\"name\":\"B\"," OPINION
		 "}"),
		"participants[0].ratings[0]"},
	    {"{\"question\":\"Why?\",\"preset\":\"nothing\",\"participants\":["
	     "{\"name\":\"A\"," OPINION "}]}",
		"nothing"},
	    {ONE("{\"name\":\"A\",\"opinion\":\"Three words now.\",\"critiques\""
		 ":[[]]}"),
		"participants[0].critiques[0]"},
	    {"{\"question\":\"Why?\",\"settings\":{\"text_max\":100},"
	     "\"participants\":[{\"name\":\"A\",\"opinion\":\"0123456789"
	     "0123456789012345678901234567890123456789012345678901234567890123"
	     "456789012345678901234567890123456789\"}]}",
		"participants[0].opinion"},
	    {"{\"question\":\"Why?\",\"settings\":{\"colour\":7},"
	     "\"participants\":[{\"name\":\"A\"," OPINION "}]}",
		"colour"},
	    {"{\"question\":\"Why?\",\"settings\":{\"rounds\":\"x\"},"
	     "\"participants\":[{\"name\":\"A\"," OPINION "}]}",
		"rounds"},
	    {"{\"question\":\"Why?\",\"settings\":[],\"participants\":["
	     "{\"name\":\"A\"," OPINION "}]}",
		"settings"},
	};
	const struct said *s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		s = caucus_with(rows[i].text, "run", "-", "--json", "--socket",
		    d.socket, "--record", shell_path("never.jsonl"));
		if (s->status != 5 || *s->out != '\0' ||
		    strstr(s->err, rows[i].says) == NULL)
			fail_msg("%s: status %d, no \"%s\": %s%s", rows[i].text,
			    s->status, rows[i].says, s->err, s->out);
		assert_int_equal(access(shell_path("never.jsonl"), F_OK), -1);
	}
	s = shell_line("(printf '{\"question\":\"'; head -c 20000000 /dev/zero "
		       "| tr '\\0' x) | caucus run -");
	assert_int_equal(s->status, 5);
	assert_non_null(strstr(s->err, "longer than"));
	s = shell_line(
	    "head -c 1000000 /dev/zero | tr '\\0' '[' | caucus run -");
	assert_int_equal(s->status, 5);
	s = caucus("run", PHONES, "--record", "/nonexistent/r.jsonl");
	assert_int_equal(s->status, 5);
	s = caucus("run", PHONES, "--seed", "");
	assert_true(s->status != 0);
	s = caucus("run", PHONES, "--socket", "/nonexistent/socket");
	assert_int_equal(s->status, 4);
}

/* ---- recordings ---- */

/* Each bit of each byte of what a real daemon recorded, header included. */
static void
test_flips(void **state)
{
	const char *file = shell_path("flips.jsonl");
	struct verify_report r;
	struct play p;
	char path[256], *bytes;
	size_t i, len;
	json_t *done;
	int bit;

	(void)state;
	snprintf(path, sizeof path, "%s", file);
	assert_int_equal(play_open(&p, &d, 1, 3, json_object()), 0);
	done = client_call(&p.host, "session.abort",
	    json_pack("{s:s,s:s}", "session", p.session, "reason", "Short."));
	assert_non_null(done);
	json_decref(done);
	assert_int_equal(play_export(&p, path), 0);
	play_close(&p);
	bytes = shell_file(path);
	assert_non_null(bytes);
	len = strlen(bytes);
	assert_int_equal(verify_bytes(bytes, len, &r, NULL), 0);
	assert_true(r.concluded);
	for (i = 0; i < len; i++)
		for (bit = 0; bit < 8; bit++) {
			bytes[i] = (char)(bytes[i] ^ 1 << bit);
			if (verify_bytes(bytes, len, &r, NULL) == 0)
				fail_msg("byte %zu bit %d is not seen", i, bit);
			bytes[i] = (char)(bytes[i] ^ 1 << bit);
		}
	print_message("%zu flips, all found\n", len * 8);
	free(bytes);
}

/* ---- signals ---- */

/* A run's folder in the home (TMPDIR), or NULL. */
static const char *
run_folder(void)
{
	static char name[256];
	struct dirent *e;
	DIR *dir = opendir(shell_home());

	name[0] = '\0';
	while (dir != NULL && (e = readdir(dir)) != NULL)
		if (strncmp(e->d_name, "caucus-run-", 11) == 0)
			snprintf(name, sizeof name, "%s", e->d_name);
	if (dir != NULL)
		closedir(dir);
	return name[0] != '\0' ? name : NULL;
}

/* Whether a process has a file of the home in its arguments. */
static bool
daemon_runs(void)
{
	char path[300], wanted[128], *text;
	struct dirent *e;
	bool found = false;
	DIR *dir = opendir("/proc");

	snprintf(wanted, sizeof wanted, "%s/caucus-run-", shell_home());
	while (dir != NULL && (e = readdir(dir)) != NULL) {
		if (e->d_name[0] < '0' || e->d_name[0] > '9')
			continue;
		snprintf(path, sizeof path, "/proc/%s/cmdline", e->d_name);
		text = shell_file(path);
		found |= text != NULL && strstr(text, wanted) != NULL;
		free(text);
	}
	if (dir != NULL)
		closedir(dir);
	return found;
}

/* Many people, so that it takes a while. */
static void
write_long(const char *path)
{
	FILE *f = fopen(path, "we");
	int i;

	assert_non_null(f);
	fputs("{\"question\":\"Why?\",\"settings\":{\"rounds\":5},"
	      "\"participants\":[",
	    f);
	for (i = 0; i < 150; i++)
		fprintf(f,
		    "%s{\"name\":\"P%d\",\"opinion\":\"Number %d should be "
		    "painted on gate %d. Nobody should pay for it.\"}",
		    i > 0 ? "," : "", i, i, i * 7);
	fputs("]}", f);
	assert_int_equal(fclose(f), 0);
}

static void
wait_until(bool (*there)(void), bool wanted)
{
	int i;

	for (i = 0; i < 1000 && there() != wanted; i++)
		usleep(10000);
	assert_int_equal(there(), wanted);
}

static void
test_signals(void **state)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGKILL};
	const char *argv[] = {"run", NULL, "--record", NULL, NULL};
	char in[256], out[256];
	size_t i;
	pid_t pid;

	(void)state;
	snprintf(in, sizeof in, "%s", shell_path("long.json"));
	snprintf(out, sizeof out, "%s", shell_path("never.jsonl"));
	argv[1] = in;
	argv[3] = out;
	write_long(in);
	for (i = 0; i < sizeof signals / sizeof *signals; i++) {
		pid = shell_start(argv);
		wait_until(daemon_runs, true);
		usleep(200000 * (useconds_t)(i % 2)); /* early, and playing */
		assert_int_equal(kill(pid, signals[i]), 0);
		assert_int_equal(shell_wait(pid)->status, 128 + signals[i]);
		wait_until(daemon_runs, false);
		if (signals[i] != SIGKILL && run_folder() != NULL)
			fail_msg(
			    "signal %d leaves %s", signals[i], run_folder());
	}
	assert_int_equal(access(out, F_OK), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_equal),
	    cmocka_unit_test(test_under_load),
	    cmocka_unit_test(test_members),
	    cmocka_unit_test(test_predicted),
	    cmocka_unit_test(test_cast),
	    cmocka_unit_test(test_bad),
	    cmocka_unit_test(test_flips),
	    cmocka_unit_test(test_signals),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
