/*
 * The real caucus(1) against a real daemon: every row of its table, a whole
 * session by commands alone, and every way to call it wrongly.  It needs more
 * than 2 s, for it starts a process for each of some 300 commands.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <fcntl.h>

#include "client/command.h"
#include "harness.h"
#include "shell.h"

static struct daemon d;
static pid_t newcomers;	   /* the daemon of the README's session */
static bool told_json[64]; /* by row: --json gave one value */

static int
setup(void **state)
{
	(void)state;
	return daemon_start(&d) == -1 ? -1 : shell_open(d.socket);
}

static int
teardown(void **state)
{
	int i;

	(void)state;
	if (newcomers > 0)
		kill(newcomers, SIGTERM);
	/* Not our child; it still puts its files away. */
	for (i = 0; newcomers > 0 && i < 1000 && kill(newcomers, 0) == 0; i++)
		usleep(10000);
	shell_close();
	daemon_clear(&d);
	return 0;
}

/* ---- saying what went wrong ---- */

static void
expect(const struct said *s, int status, const char *says, int line)
{
	if (s->status != status)
		fail_msg("line %d: status %d, not %d; %s%s", line, s->status,
		    status, s->out, s->err);
	if (says != NULL && strstr(s->out, says) == NULL &&
	    strstr(s->err, says) == NULL)
		fail_msg(
		    "line %d: no \"%s\" in: %s%s", line, says, s->out, s->err);
}

#define works(says, ...)     expect(caucus(__VA_ARGS__), 0, says, __LINE__)
#define refused(says, ...)   expect(caucus(__VA_ARGS__), 1, says, __LINE__)
#define misused(says, ...)   expect(caucus(__VA_ARGS__), 2, says, __LINE__)
#define fails(st, says, ...) expect(caucus(__VA_ARGS__), st, says, __LINE__)

/* --json: one value on standard output and nothing else.  Borrowed. */
static const json_t *
json_of(const struct said *s, const char *command, int line)
{
	size_t i;

	expect(s, 0, NULL, line);
	if (s->json == NULL || *s->err != '\0')
		fail_msg("line %d: caucus %s --json says: %s%s", line, command,
		    s->err, s->out);
	for (i = 0; commands[i].name != NULL; i++)
		if (strcmp(commands[i].name, command) == 0)
			told_json[i] = true;
	return s->json;
}

#define as_json(command, ...)                                                  \
	json_of(caucus(command, "--json", __VA_ARGS__), command, __LINE__)

/* With --json an error is an object on standard error. */
static void
error_json(const struct said *s, int status)
{
	json_t *o = json_loads(s->err, 0, NULL), *e;

	assert_int_equal(s->status, status);
	assert_string_equal(s->out, "");
	e = json_object_get(o, "error");
	if (!json_is_string(json_object_get(e, "name")) ||
	    !json_is_string(json_object_get(e, "message")))
		fail_msg("not an error: %s", s->err);
	json_decref(o);
}

static const char *
text_at(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	if (s == NULL)
		fail_msg("no member %s", key);
	return s;
}

/* ---- the table ---- */

/* Enough arguments for each command that needs some. */
static const char *const *
enough(const char *command)
{
	static const struct {
		const char *command, *args[4];
	} rows[] = {
	    {"new", {"Why?"}},
	    {"join", {"code"}},
	    {"opinion", {"text"}},
	    {"critique", {"text"}},
	    {"position", {"4"}},
	    {"importance", {"4"}},
	    {"prefer", {"A"}},
	    {"dissent", {"text"}},
	    {"propose", {"text"}},
	    {"ballot", {"A>B"}},
	    {"rate", {"6 5"}},
	    {"extend", {"10m"}},
	    {"withhold", {"3", "reason"}},
	    {"strike", {"A", "reason"}},
	    {"remove", {"Ada", "reason"}},
	    {"appoint", {"Ada"}},
	    {"override", {"A", "reason"}},
	    {"abort", {"reason"}},
	    {"verify", {"/nonexistent/file"}},
	    {"metrics", {"/nonexistent/file"}},
	    {"prompt", {"show", "draft.0.1"}},
	    {"import", {"polis", "/nonexistent/folder"}},
	    {"replay", {"/nonexistent/file"}},
	    {"whatif", {"/nonexistent/file"}},
	    {"receipt", {"check", "/nonexistent/file", "/nonexistent/file"}},
	    {"tally", {"/nonexistent/file"}},
	    {"run", {"/nonexistent/file"}},
	    {"irc", {"/nonexistent/file"}},
	};
	static const char *const none[] = {NULL};
	size_t i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(rows[i].command, command) == 0)
			return rows[i].args;
	return none;
}

static void
test_help(void **state)
{
	const struct command *row;
	char usage[128];

	(void)state;
	works("caucus COMMAND", "help");
	for (row = commands; row->name != NULL; row++) {
		snprintf(usage, sizeof usage, "caucus %s [options]", row->name);
		works(usage, row->name, "--help");
		works(usage, row->name, "-h");
		works(usage, "help", row->name);
		works(row->name, "help");
		misused("there is no option --no-such", row->name, "--no-such");
		misused("takes no value", row->name, "--json=yes");
		misused("--help` shows how", row->name, "-Z");
		error_json(caucus(row->name, "-Z", "--json"), 2);
		misused("not valid UTF-8", row->name, "a\xff");
		if (row->max >= 0)
			misused("too many arguments", row->name, "a", "b", "c",
			    "d");
		if (row->min > 0)
			misused("something is missing", row->name);
	}
	works("to 64]", "help", "settings");
	works("auto, or a language", "help", "settings");
	misused("caucus COMMAND", NULL);
	misused("Do you mean `caucus opinion`?", "opnion");
	misused("`caucus help` lists them", "x");
	misused("there is no command", "help", "x");
	misused("needs a value", "show", "--session");
	misused("twice", "show", "abc", "-s", "abc");
	misused("goes after --", "opinion", "-5 degrees are cold");
}

/* Without a daemon: what to do is said, in words and as JSON. */
static void
test_no_daemon(void **state)
{
	const char *argv[8] = {0}, *const * args;
	const struct command *row;
	size_t n, i;
	int status;

	(void)state;
	for (row = commands; row->name != NULL; row++) {
		args = enough(row->name);
		argv[0] = row->name;
		for (n = 1; *args != NULL && n < 4; n++)
			argv[n] = *args++;
		argv[n++] = "--socket";
		argv[n++] = "/nonexistent/socket";
		argv[n] = NULL;
		status = (row->flags & COMMAND_LOCAL) != 0 ||
				 row->run == cmd_run || row->run == cmd_irc
			     ? 5
			     : 4;
		expect(shell_run(NULL, argv), status, "/nonexistent/", (int)n);
		if (status == 4)
			expect(
			    shell_run(NULL, argv), 4, "start one with", (int)n);
		argv[n++] = "--json";
		argv[n] = NULL;
		error_json(shell_run(NULL, argv), status);
		for (i = 0; i < 8; i++)
			argv[i] = NULL;
	}
}

/* ---- a whole session ---- */

static char session[32], code[64];

static void
read_view(const char *who, json_t **view)
{
	const struct said *s = caucus("show", "--json", "--as", who);

	*view = json_incref((json_t *)json_of(s, "show", __LINE__));
}

static void
wait_phase(const char *phase)
{
	const char *at;
	bool there;
	json_t *v;
	int i;

	for (i = 0; i < 400; i++) {
		read_view("facilitator", &v);
		at = text_at(v, "phase");
		there = strcmp(at, phase) == 0;
		json_decref(v);
		if (there)
			return;
		usleep(20000);
	}
	fail_msg("never in phase %s", phase);
}

/* "6 5 4 …", one for each statement shown. */
static const char *
ratings(const char *who)
{
	static char line[64];
	size_t i, n;
	json_t *v;

	read_view(who, &v);
	n = json_array_size(json_object_get(v, "slate"));
	json_decref(v);
	assert_in_range(n, 1, 8);
	line[0] = '\0';
	for (i = 0; i < n; i++)
		strcat(line, i == 0 ? "6" : i % 2 == 0 ? " 5" : " 4");
	return line;
}

static const char *
participant(const char *who)
{
	static char id[32];
	json_t *v;

	read_view(who, &v);
	snprintf(id, sizeof id, "%s",
	    text_at(json_object_get(v, "you"), "participant"));
	json_decref(v);
	return id;
}

static void
open_session(const char *more)
{
	const json_t *o;

	o = as_json("new", "Should the park close at night?", "--preset",
	    "quick", "--set", "candidates=6", "--seed", "4", "--affirming",
	    "The park should close at night.", "--negating",
	    "The park should stay open.", "--set", more);
	assert_null(json_object_get(o, "token"));
	snprintf(session, sizeof session, "%s", text_at(o, "session"));
	snprintf(code, sizeof code, "%s",
	    text_at(json_object_get(o, "invitation"), "code"));
	setenv("CAUCUS_SESSION", session, 1);
}

static void
check_wallet(void)
{
	struct stat st;

	assert_int_equal(stat(shell_path("state/caucus"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(stat(shell_path("state/caucus/tokens.json"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void
in_the_lobby(void)
{
	const char *mine;

	refused("nobody has joined yet", "next");
	as_json("ls", "--socket", d.socket);
	mine = text_at(as_json("invite", "--role", "participant", "--uses", "2",
			   "--expires", "1h"),
	    "code");
	assert_int_equal(strlen(mine), strlen(code));
	misused("wants a number", "invite", "--uses", "many");
	misused("wants a time", "invite", "--expires", "soon");
	refused("Not joined", "join", code, "--name", "Ada");
	works("You have joined", "join", code, "--name", "Ada", "--yes");
	as_json("join", code, "--name", "Ben", "-y");
	works("You have joined", "join", code, "--name=Cy", "--yes");
	works("You have joined", "join", code, "--name", "Dan", "--yes");
	refused(NULL, "join", "wrongcode", "--yes");
	misused("already, as Ada", "join", code, "--name", "ada", "--yes");
	misused("already, as Ada", "join", code, "--yes");
	misused("give the id", "remove", "Ada", "Names are hidden");
	check_wallet();
	misused("Ada, Ben, Cy, Dan", "abstain");
	misused("you have no token for Eve", "show", "--as", "Eve");
	refused("phase lobby", "opinion", "--as", "Ada", "Too soon.");
	refused("no ballot now", "ballot", "--as", "Ada", "A>B");
	error_json(caucus("ballot", "--json", "--as", "Ada", "A>B"), 1);
	as_json("next", "--phase", "lobby");
}

static void
give_opinions(void)
{
	static const char walk[] =
	    "I walk home through the park at night, for it is safer than the "
	    "road. Lamps should burn along the main path.";
	static const char noise[] =
	    "The noise keeps families awake. The park should close at "
	    "midnight.\n";
	char seq[32];
	const json_t *receipt;

	receipt = as_json("opinion", "--as", "Ben",
	    "Nobody should be in the park at night. Dogs bark there.");
	snprintf(seq, sizeof seq, "%lld",
	    (long long)json_integer_value(json_object_get(receipt, "seq")));
	as_json("withhold", seq, "Not the topic");
	misused("is no event's number", "withhold", "first", "reason");
	works("Your opinion is recorded", "opinion", "--as", "Ada", "Draft.");
	works("Taken back", "opinion", "--as", "Ada", "--take-back");
	works("Your opinion is recorded", "opinion", "--as", "Ada", walk);
	as_json("propose", "--as", "Ada",
	    "The gates should close at midnight, and one path stay open.");
	as_json("remove", participant("Dan"), "Never answered");
	as_json("appoint", participant("Ada"));
	as_json("pause", session);
	works("paused", "show");
	as_json("resume", session);
	as_json("extend", "10m");
	misused("is no time", "extend", "later");
	expect(caucus_with(noise, "opinion", "--as", "Cy", "-"), 0,
	    "Your opinion is recorded", __LINE__);
}

/* Letters are each person's own, ids everybody's. */
static void
vote(bool first)
{
	char given[64];
	json_t *v;

	wait_phase("ballot");
	if (first) {
		read_view("facilitator", &v);
		snprintf(given, sizeof given, "%s",
		    text_at(json_array_get(json_object_get(v, "slate"), 0),
			"statement"));
		json_decref(v);
		as_json("strike", given, "It repeats another one");
	}
	misused("there is no statement Z", "ballot", "--as", "Ada", "A>Z");
	misused(NULL, "ballot", "--as", "Ada", "");
	misused(NULL, "ballot", "--as", "Ada", "A>A");
	misused("is no rating", "ballot", "--as", "Ada", "A>B", "--agreement",
	    "8 1");
	misused("is no statement", "rate", "--as", "Ada", "Q=5");
	snprintf(given, sizeof given, "%s", ratings("Ada"));
	works("Your ballot is recorded", "ballot", "--as", "Ada", "A>B",
	    "--agreement", given, "--quality", given);
	works("Taken back", "ballot", "--as", "Ada", "--take-back");
	as_json("ballot", "--as", "Ada", "b>a", "--agreement", given);
	works("You ranked", "ballot", "--as", "Ben", "A=B", "--agreement",
	    ratings("Ben"));
	snprintf(given, sizeof given, "%s", ratings("Cy"));
	as_json("rate", "--as", "Cy", given);
	if (first)
		works("Your ballot is recorded", "ballot", "--as", "Cy", "A");
	else
		as_json("abstain", "--as", "Cy");
}

static void
criticise(void)
{
	wait_phase("critique");
	works("The winner of round 0", "show", "--as", "Ada");
	refused("phase critique", "opinion", "--as", "Ada", "Too late.");
	as_json("critique", "--as", "Ada",
	    "It lacks a word about who pays for the lamps.");
	works("You abstain", "abstain", "--as", "Ben");
	works("Your critique is recorded", "critique", "--as", "Cy",
	    "Dogs should be on a leash.");
}

/* The head of a recording is a receipt of its last event. */
static void
check_receipt(const char *file)
{
	const json_t *v = as_json("verify", file);
	json_t *o = json_pack("{s:O,s:O}", "seq", json_object_get(v, "events"),
	    "hash", json_object_get(v, "head"));
	char path[128];

	snprintf(path, sizeof path, "%s", shell_path("receipt.json"));
	assert_int_equal(json_dump_file(o, path, 0), 0);
	json_decref(o);
	works("as the receipt says", "receipt", "check", path, file);
	as_json("receipt", "check", path, file);
}

static void
look_back(void)
{
	char file[128], *bytes;
	const json_t *o;

	wait_phase("concluded");
	refused("concluded", "next");
	snprintf(file, sizeof file, "%s", shell_path("ada.jsonl"));
	as_json("export", "--as", "Ada", "-o", file);
	as_json("result", session);
	works("holds", "verify", file);
	snprintf(file, sizeof file, "%s", shell_path("all.jsonl"));
	o = as_json("export", "--as", "operator", "-o", file);
	assert_true(json_is_true(json_object_get(o, "holds")));
	as_json("verify", file);
	as_json("replay", file);
	as_json("metrics", file);
	o = as_json("prompt", "show", file, "draft.0.1");
	assert_true(json_is_false(json_object_get(o, "sent")));
	as_json("report", file, "-o", shell_path("page.html"));
	works("<!DOCTYPE html>", "report", "--language", "en", session);
	as_json("import", "scenario", "config/scenarios/school-phones.json",
	    "-o", shell_path("imported.jsonl"));
	works("identical", "replay", file);
	works("ballots only, drafts unchanged", "whatif", file);
	as_json("whatif", file);
	check_receipt(file);
	assert_int_equal(json_array_size(as_json("verify", file, file)), 2);
	assert_int_equal(json_array_size(as_json("replay", file, file)), 2);
	fails(5, "/nonexistent", "export", "-o", "/nonexistent/x");
	bytes = shell_file(file);
	if (shell_leaks(bytes))
		fail_msg("a token stands in the recording");
	free(bytes);
	expect(shell_line("caucus watch --json | tail -n 1"), 0,
	    "session.concluded", __LINE__);
	json_of(
	    shell_line("caucus watch --json | tail -n 1"), "watch", __LINE__);
	expect(shell_line("caucus export --as operator -o - | caucus verify -"),
	    0, "holds", __LINE__);
	as_json("erase", "--as", "Ben", "--preview");
	works("Erased texts", "erase", "--as", "Ben", "--quotes", "keep",
	    "--yes");
	as_json("withdraw", "--as", "Cy", "--erase", "--yes");
	works("unverifiable", "export", "--as", "operator", "-o", file);
}

/* One flipped byte, one lost line, no recording at all. */
static void
damage(void)
{
	char file[128], *bytes;
	FILE *f;

	snprintf(file, sizeof file, "%s", shell_path("all.jsonl"));
	bytes = shell_file(file);
	bytes[strlen(bytes) / 2] ^= 1;
	f = fopen(file, "w");
	assert_non_null(f);
	fputs(bytes, f);
	fclose(f);
	free(bytes);
	fails(3, "line", "verify", file);
	fails(3, NULL, "replay", file);
	fails(3, NULL, "verify", "--json", file);
	fails(3, NULL, "verify", "config/presets/quick.json");
	fails(5, "/nonexistent", "verify", "/nonexistent");
	fails(5, "directory", "verify", ".");
}

static void
open_asking(void)
{
	const json_t *o = as_json("new", "Should the park close at night?",
	    "--affirming", "The park should close at night.", "--negating",
	    "The park should stay open.", "--seed", "4", "--set",
	    "candidates=4", "--set", "keep=false", "--set", "position=true",
	    "--set", "importance=true", "--set", "preference=true", "--set",
	    "dissent=true", "--set", "survey=true");

	snprintf(session, sizeof session, "%s", text_at(o, "session"));
	snprintf(code, sizeof code, "%s",
	    text_at(json_object_get(o, "invitation"), "code"));
	setenv("CAUCUS_SESSION", session, 1);
}

static void
give_both(const char *slot, const char *ada, const char *ben)
{
	wait_phase(slot);
	works("is recorded", slot, "--as", "Ada", ada);
	works("is recorded", slot, "--as", "Ben", ben);
}

static void
vote_both(void)
{
	wait_phase("ballot");
	works("is recorded", "ballot", "--as", "Ada", "A", "--agreement",
	    ratings("Ada"));
	works("is recorded", "ballot", "--as", "Ben", "A", "--agreement",
	    ratings("Ben"));
}

/* What is asked beside opinions, ballots and critiques. */
static void
asked_beside(void)
{
	static const char *const people[] = {"Ada", "Ben"};
	const char *who;
	int i;

	open_asking();
	for (i = 0; i < 2; i++)
		works("You have joined", "join", code, "--name", people[i],
		    "--yes");
	works("Closed: lobby", "next");
	misused("one number is wanted", "position", "--as", "Ada");
	misused("is no number", "position", "--as", "Ada", "agree");
	refused("1", "position", "--as", "Ada", "8");
	refused("not asked for now", "prefer", "--as", "Ada", "A");
	as_json("nudge", session);
	for (i = 0; i < 2; i++) {
		as_json("position", "--as", people[i], i ? "6" : "2");
		as_json("importance", "--as", people[i], "4");
	}
	give_both("opinion", "Lamps should burn all night.",
	    "The park should be locked. Dogs bark there.");
	vote_both();
	give_both("critique", "It says nothing about dogs.",
	    "It says nothing about lamps.");
	vote_both();
	wait_phase("preference");
	misused("is no letter", "prefer", "--as", "Ada", "Z");
	for (i = 0; i < 2; i++)
		as_json("prefer", "--as", people[i], "A");
	wait_phase("dissent");
	as_json("dissent", "--as", "Ada", "--sign", "I would not sign it.");
	as_json("abstain", "--as", "Ben");
	wait_phase("position_after");
	for (i = 0; i < 2; i++)
		as_json("position", "--as", people[i], "4");
	wait_phase("survey");
	who = "Ada";
	misused("has no question", "survey", "--as", who, "no_such=1");
	assert_true(json_array_size(as_json("survey", "--as", who)) > 0);
	as_json("survey", "--as", who, "fair=5");
	as_json("abstain", "--as", "Ben");
	wait_phase("concluded");
	works("I would not sign it.", "result");
}

static void
test_session(void **state)
{
	const struct command *row;
	json_t *v;

	(void)state;
	open_session("quorum=2");
	in_the_lobby();
	give_opinions();
	vote(true);
	criticise();
	vote(false);
	look_back();
	read_view("facilitator", &v);
	assert_int_equal(json_array_size(json_object_get(v, "rounds_done")), 2);
	json_decref(v);
	damage();
	asked_beside();
	/* What ends another way. */
	open_session("rounds=0");
	works("You have joined", "join", code, "--name", "Ada", "--yes");
	works("You have joined", "join", code, "--name", "Ben", "--yes");
	works("Closed: lobby", "next");
	works(NULL, "opinion", "--as", "Ada", "Lamps should burn all night.");
	works(NULL, "opinion", "--as", "Ben", "The park should be locked.");
	wait_phase("ballot");
	misused("no statement of this slate", "override", "Z", "I like it");
	as_json("override", "A", "I like it");
	works("concluded", "show");
	open_session("rounds=0");
	as_json("abort", "Nobody came");
	works("concluded", "show");
	as_json("run", "config/scenarios/school-phones.json", "--seed", "1",
	    "--record", shell_path("run.jsonl"));
	as_json("tally", "--list");
	misused("is for people", "chat", "--json");
	unsetenv("CAUCUS_SESSION");
	as_json("ls", "--forget", session);
	misused("whole id", "ls", "--forget", session);
	for (row = commands; row->name != NULL; row++)
		if (row->run != cmd_chat && row->run != cmd_irc &&
		    !told_json[row - commands])
			fail_msg("%s --json was not tried", row->name);
}

/* ---- what a shell may do to it ---- */

static void
test_streams(void **state)
{
	char line[256];

	(void)state;
	open_session("quorum=2");
	works("You have joined", "join", code, "--name", "Ada", "--yes");
	works("You have joined", "join", code, "--name", "Ben", "--yes");
	works("Closed: lobby", "next");
	expect(shell_line("caucus opinion --as Ada <&-"), 5, "standard input",
	    __LINE__);
	expect(shell_line("caucus opinion --as Ada </dev/null"), 2,
	    "there is no text", __LINE__);
	expect(shell_line("printf 'a\\0b' | caucus opinion --as Ada"), 2,
	    "not a text", __LINE__);
	expect(shell_line("printf 'a\\377b' | caucus opinion --as Ada"), 2,
	    "not a text", __LINE__);
	expect(shell_line("head -c 2000000 /dev/zero | tr '\\0' x | "
			  "caucus opinion --as Ada"),
	    5, "longer than", __LINE__);
	expect(shell_line("head -c 900000 /dev/zero | tr '\\0' x | "
			  "caucus opinion --as Ada"),
	    1, "shorten it", __LINE__);
	expect(
	    shell_line("caucus show >/dev/full"), 5, "cannot write", __LINE__);
	expect(shell_line("caucus show >&-"), 5, "cannot write", __LINE__);
	expect(shell_line("caucus opinion --as Ada 'Lamps are good.' 2>&-"), 0,
	    "recorded", __LINE__);
	expect(shell_line("caucus show <&- 2>&-"), 0, "opinion", __LINE__);
	/* A wallet that others may read, or that is torn. */
	snprintf(line, sizeof line,
	    "chmod 644 %s/state/caucus/tokens.json; caucus show; s=$?; chmod "
	    "600 %s/state/caucus/tokens.json; exit $s",
	    shell_home(), shell_home());
	expect(shell_line(line), 5, "chmod 600", __LINE__);
	snprintf(line, sizeof line,
	    "XDG_STATE_HOME=%s/other; export XDG_STATE_HOME; mkdir -p -m 700 "
	    "$XDG_STATE_HOME/caucus; umask 077; echo '{' "
	    ">$XDG_STATE_HOME/caucus/tokens.json; caucus ls",
	    shell_home());
	expect(shell_line(line), 5, "does not hold", __LINE__);
	unsetenv("CAUCUS_SESSION");
}

/* What is typed ends with one Ctrl-D: no more is waited for. */
static void
test_typed(void **state)
{
	int terminal = posix_openpt(O_RDWR | O_NOCTTY), own;
	char line[128];

	(void)state;
	assert_int_not_equal(terminal, -1);
	assert_int_equal(grantpt(terminal), 0);
	assert_int_equal(unlockpt(terminal), 0);
	own = open(ptsname(terminal), O_RDWR | O_NOCTTY);
	assert_int_not_equal(own, -1);
	assert_int_equal(write(terminal, "Why?\n\004", 6), 6);
	snprintf(
	    line, sizeof line, "timeout 5 caucus new <%s", ptsname(terminal));
	expect(shell_line(line), 0, "caucus join", __LINE__);
	close(own);
	close(terminal);
}

/* Several sessions: which one is meant. */
static void
test_which(void **state)
{
	char first[32], start[8];

	(void)state;
	open_session("rounds=0");
	snprintf(first, sizeof first, "%s", session);
	open_session("rounds=0");
	unsetenv("CAUCUS_SESSION");
	misused("choose one with -s", "show");
	misused("no session of yours begins with", "show", "zzzzzzzzzz");
	snprintf(start, sizeof start, "%.7s", first);
	works(first, "show", start);
	works("ended", "abort", "-s", first, "Enough");
}

/* ---- the newcomer ---- */

/* The indented lines of the README's section, one after the other. */
static char *
next_line(char **at)
{
	char *line, *end;

	while (*at != NULL && **at != '\0') {
		line = *at;
		end = strchr(line, '\n');
		*at = end != NULL ? end + 1 : NULL;
		if (end != NULL)
			*end = '\0';
		if (strncmp(line, "## ", 3) == 0)
			*at = NULL;
		else if (strncmp(line, "    caucus ", 11) == 0)
			return line + 4;
	}
	return NULL;
}

/* As the README starts it: found in PATH, from wherever one is. */
static void
start_newcomers_daemon(void)
{
	char line[512];

	setenv("XDG_STATE_HOME", shell_path("new"), 1);
	setenv("CAUCUS_SOCKET", shell_path("new.sock"), 1);
	snprintf(line, sizeof line,
	    "cd / && { caucusd --socket $CAUCUS_SOCKET --journal %s "
	    ">/dev/null 2>&1 & echo $!; }",
	    shell_path("new.db"));
	newcomers = (pid_t)strtol(shell_line(line)->out, NULL, 10);
	assert_true(newcomers > 0);
	expect(shell_line("for i in 1 2 3 4 5 6 7 8 9; do caucus ls && exit; "
			  "sleep 0.2; done; exit 4"),
	    0, NULL, __LINE__);
}

/* A build folder below build/, of the sanitizers say, is no newcomer's: its
 * programs have no ../config. */
static void
point_to_data(void)
{
	const char *build = getenv("CAUCUS_BUILD");
	char beside[512], *data = realpath("config", NULL);

	snprintf(
	    beside, sizeof beside, "%s/../config", build ? build : "build");
	if (access(beside, R_OK) != 0)
		setenv("CAUCUS_DATADIR", data, 1);
	free(data);
}

/* Each line of the README works as it stands, with the code put in. */
static void
test_readme(void **state)
{
	char *readme = shell_file("README.md"), *at, *line, *mark;
	char typed[512];
	const struct said *s;
	int n = 0;

	(void)state;
	assert_non_null(readme);
	point_to_data();
	/* What the lines write stays out of the checkout. */
	expect(
	    shell_line("ln -s \"$PWD/config\" \"$HOME/config\""), 0, NULL, 0);
	start_newcomers_daemon();
	at = strstr(readme, "## A session of your own\n");
	assert_non_null(at);
	at = strchr(at, '\n') + 1;
	while ((line = next_line(&at)) != NULL) {
		mark = strstr(line, "CODE");
		if (mark != NULL)
			snprintf(typed, sizeof typed, "%.*s%s --yes%s",
			    (int)(mark - line), line, code, mark + 4);
		else
			snprintf(typed, sizeof typed, "cd %s && %s",
			    shell_home(), line);
		s = shell_line(typed);
		expect(s, 0, NULL, ++n);
		if (strncmp(line, "caucus new", 10) == 0) {
			mark = strstr(s->out, "caucus join ");
			assert_non_null(mark);
			snprintf(code, sizeof code, "%.*s",
			    (int)strcspn(mark + 12, "\n"), mark + 12);
		}
		usleep(100000); /* as fast as nobody types: drafting goes on */
	}
	assert_true(n > 10);
	free(readme);
	setenv("XDG_STATE_HOME", shell_path("state"), 1);
	setenv("CAUCUS_SOCKET", d.socket, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_help),
	    cmocka_unit_test(test_no_daemon),
	    cmocka_unit_test(test_session),
	    cmocka_unit_test(test_streams),
	    cmocka_unit_test(test_typed),
	    cmocka_unit_test(test_which),
	    cmocka_unit_test(test_readme),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
