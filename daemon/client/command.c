/* The table of subcommands, and finding one's way in it. */
#include "client/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "client/cmd.h"
#include "client/settings.h"

/* clang-format off */
const struct command_option common_options[] = {
	{ "help", 'h', NULL, "show this help" },
	{ "json", 0, NULL, "print one JSON value instead of text" },
	{ "socket", 0, "PATH", "the daemon's socket, or tcp:HOST:PORT (else CAUCUS_SOCKET, else the usual places)" },
	{ .name = NULL },
};
const struct command_option session_options[] = {
	{ "session", 's', "SESSION", "which one: the start of its id is enough (else CAUCUS_SESSION)" },
	{ "as", 0, "WHO", "which of your roles or participants: a name, an id, or `facilitator`" },
	{ .name = NULL },
};
static const struct command_option none[] = { { .name = NULL } };

static const struct command_option of_new[] = {
	{ "affirming", 0, "TEXT", "the question as a yes" },
	{ "negating", 0, "TEXT", "the question as a no" },
	{ "preset", 0, "NAME", "a bundle of settings: such as quick or class" },
	{ "set", 0, "NAME=VALUE", "a setting (`caucus help settings`); may be given several times" },
	{ "seed", 0, "SEED", "fix the seed; it is marked as given in the result" },
	{ "endpoint", 0, "NAME", "who drafts: an endpoint of the daemon's, or `offline`" },
	{ "like", 0, "SESSION", "the next question for the people of that session, with its settings" },
	{ "label", 0, "NAME=VALUE", "an attribute of the session, kept sealed; may be given several times" },
	{ "survey", 0, "FILE", "questions for the survey, a JSON list; they replace the usual ones" },
	{ .name = NULL },
};
static const struct command_option of_result[] = {
	{ "language", 0, "TAG", "in this language, such as en or zh (default: the session's)" },
	{ .name = NULL },
};
static const struct command_option of_dissent[] = {
	{ "sign", 0, NULL, "with your name under it" },
	{ "take-back", 0, NULL, "take back what you gave in this phase" },
	{ .name = NULL },
};
static const struct command_option of_ls[] = {
	{ "forget", 0, "SESSION", "drop this person's tokens of a session; they cannot be had back" },
	{ .name = NULL },
};
static const struct command_option of_invite[] = {
	{ "role", 0, "ROLE", "participant (default), observer or facilitator" },
	{ "uses", 0, "N", "how many may join with it (default: any number)" },
	{ "expires", 0, "TIME", "such as 30m, 12h or 7d (default: never)" },
	{ .name = NULL },
};
static const struct command_option of_join[] = {
	{ "name", 0, "NAME", "what you want to be called" },
	{ "yes", 'y', NULL, "you have read the terms and agree to them" },
	{ "label", 0, "NAME=VALUE", "an attribute of yours, kept sealed; may be given several times" },
	{ .name = NULL },
};
static const struct command_option of_text[] = {
	{ "take-back", 0, NULL, "take back what you gave in this phase" },
	{ .name = NULL },
};
static const struct command_option of_ballot[] = {
	{ "agreement", 0, "RATINGS", "how far you agree with each, 1 to 7" },
	{ "quality", 0, "RATINGS", "how well each is written, 1 to 7" },
	{ "take-back", 0, NULL, "take back the ballot you cast" },
	{ .name = NULL },
};
static const struct command_option of_rate[] = {
	{ "quality", 0, "RATINGS", "how well each is written, 1 to 7" },
	{ .name = NULL },
};
static const struct command_option of_withdraw[] = {
	{ "erase", 0, NULL, "delete your texts and name; counted numbers remain" },
	{ "yes", 'y', NULL, "do not ask" },
	{ .name = NULL },
};
static const struct command_option of_erase[] = {
	{ "of", 0, "PARTICIPANT", "operator: whose, by id (default: yours)" },
	{ "quotes", 0, "WHAT", "statements that repeat the words: keep (default) or blank" },
	{ "preview", 0, NULL, "only say what would go" },
	{ "yes", 'y', NULL, "do not ask" },
	{ .name = NULL },
};
static const struct command_option of_next[] = {
	{ "phase", 0, "PHASE", "close this phase, and no other" },
	{ .name = NULL },
};
static const struct command_option of_watch[] = {
	{ "give-up", 0, "TIME", "how long to look for a daemon that went away (default 5m)" },
	{ .name = NULL },
};
static const struct command_option of_chat[] = {
	{ "plain", 0, NULL, "nothing written is rewritten: for screen readers" },
	{ "language", 0, "TAG", "in this language, such as en or zh (default: the session's)" },
	{ .name = NULL },
};
static const struct command_option of_export[] = {
	{ "format", 0, "FORMAT", "recording (default), csv, json, markdown, polis, hm, preflib or scenario" },
	{ "output", 'o', "PATH", "file or folder it goes to; - is standard output" },
	{ "of", 0, "PARTICIPANT", "all that is held on one person, as JSON" },
	{ "anonymous", 0, NULL, "without names, labels and ids" },
	{ "formulas", 0, NULL, "CSV for spreadsheets: an apostrophe before what looks like a formula" },
	{ .name = NULL },
};
static const struct command_option of_report[] = {
	{ "output", 'o', "FILE", "where the page goes (default: standard output)" },
	{ "language", 0, "TAG", "in this language, such as en or zh (default: the session's)" },
	{ .name = NULL },
};
static const struct command_option of_metrics[] = {
	{ "csv", 0, NULL, "as CSV, one figure a row" },
	{ "embeddings", 0, "URL", "position scores and minority weight too, by the embeddings of this endpoint's base URL" },
	{ "model", 0, "MODEL", "which model makes them" },
	{ "key-file", 0, "FILE", "file with the key for it, mode 0600" },
	{ .name = NULL },
};
static const struct command_option of_prompt[] = {
	{ "attempt", 0, "N", "of its N-th attempt (default: the last)" },
	{ "part", 0, "PART", "this alone, and not a byte more: system or user; rules: the template, which everybody may read" },
	{ "template", 0, "FILE", "render: with this template instead of the recorded one" },
	{ .name = NULL },
};
static const struct command_option of_import[] = {
	{ "output", 'o', "FILE", "where to (a scenario's default is standard output)" },
	{ "participants", 0, "N", "polis: make a scenario of N authors instead of a recording" },
	{ "question", 0, "TEXT", "the scenario's question (default: the topic in summary.csv)" },
	{ "seed", 0, "SEED", "who is chosen (default: 1)" },
	{ .name = NULL },
};
static const struct command_option of_run[] = {
	{ "offline", 0, NULL, "the built-in drafter, no language model (the default)" },
	{ "endpoint", 0, "URL", "draft with a language model: its base URL, such as http://127.0.0.1:8000/v1" },
	{ "model", 0, "MODEL", "which model to ask there" },
	{ "key-file", 0, "FILE", "file with the key for it, mode 0600" },
	{ "set", 0, "NAME=VALUES", "a setting over the scenario's; several values, as in method=schulze,borda or rounds=1..3, make a batch" },
	{ "seed", 0, "SEEDS", "fix the seed; several, as in 1..20 or a,b, make a batch" },
	{ "record", 0, "FILE", "where the recording goes (default: beside your tokens); of a batch, the folder for all of them (default: they are not kept)" },
	{ "show", 0, NULL, "the account in words; with --json on standard error" },
	{ "jobs", 'j', "N", "batch: so many runs at once" },
	{ "output", 'o', "FILE", "batch: where the table goes; what is done there already is not done again" },
	{ "csv", 0, NULL, "batch: CSV instead of JSON Lines (so too when FILE ends in .csv)" },
	{ .name = NULL },
};

static const struct command_option of_check[] = {
	{ "jobs", 'j', "N", "so many files at once" },
	{ .name = NULL },
};

static const struct command_option of_replay[] = {
	{ "jobs", 'j', "N", "so many files at once" },
	{ "endpoint", 0, "URL", "draw one recording again with a language model: its base URL" },
	{ "model", 0, "MODEL", "which model to ask there" },
	{ "key-file", 0, "FILE", "file with the key for it, mode 0600" },
	{ "output", 'o', "FILE", "with --endpoint: where the new recording goes (default: beside your tokens)" },
	{ .name = NULL },
};
static const struct command_option of_whatif[] = {
	{ "method", 0, "RULES", "count by other rules, such as schulze, or all" },
	{ "tie-break", 0, "RULES", "decide ties otherwise: agreement, ballot, random, first, none, or all" },
	{ "without", 0, "WHO", "leave somebody's ballots out: an id, a name, or each in turn" },
	{ "double", 0, "WHO", "count somebody's ballots twice: an id, a name, or each in turn" },
	{ "only-cast", 0, NULL, "count no predicted ballots" },
	{ "only-predicted", 0, NULL, "count the predicted ballots instead of the cast ones" },
	{ "candidates", 0, "K", "with the first K drafts only; several, as in 1..16" },
	{ "slate", 0, "RULES", "choose the slate by another rule, or by all" },
	{ "seed", 0, "SEEDS", "draw lots from another seed; several, as in 1..100" },
	{ "influence", 0, NULL, "each person's sway over the outcome instead" },
	{ "csv", 0, NULL, "print the table as CSV" },
	{ "jobs", 'j', "N", "so many files at once" },
	{ "endpoint", 0, "URL", "draw one recording again with a language model: its base URL" },
	{ "model", 0, "MODEL", "which model to ask there" },
	{ "key-file", 0, "FILE", "file with the key for it, mode 0600" },
	{ "output", 'o', "FILE", "with --endpoint: where the new recording goes (default: beside your tokens)" },
	{ .name = NULL },
};
static const struct command_option of_tally[] = {
	{ "method", 'm', "METHOD", "the rule (default schulze)" },
	{ "tie-break", 0, "TIE", "agreement, ballot, random, first or none (default)" },
	{ "seed", 0, "SEED", "for what a tie-break draws (default 0)" },
	{ "places", 0, "N", "how many a method that elects a set chooses (default 4)" },
	{ "explain", 0, NULL, "say why, in words; with --json as data" },
	{ "list", 0, NULL, "name the methods, what they need and elect" },
	{ .name = NULL },
};

const struct command commands[] = {
	{ "new", "QUESTION", "open a session and become its facilitator",
	    "The question may come on standard input (-). Prints the command to send to the people you invite.",
	    of_new, 0, 1, 0, cmd_new },
	{ "ls", "", "list your sessions", NULL, of_ls, 0, 0, 0, cmd_ls },
	{ "show", "[SESSION]", "show where a session stands, and the slate with its letters",
	    NULL, none, 0, 0, COMMAND_SESSION | COMMAND_NAMED, cmd_show },
	{ "result", "[SESSION]", "print the result as a page to hand on",
	    "The outcome first; with --json as the daemon gives it.",
	    of_result, 0, 0, COMMAND_SESSION | COMMAND_NAMED, cmd_result },
	{ "invite", "", "make another invitation", NULL, of_invite, 0, 0, COMMAND_SESSION, cmd_invite },
	{ "join", "CODE", "read the terms and join a session",
	    "Shows the question and the terms and asks for your consent. Your token is kept; nobody else can act for you.",
	    of_join, 1, 1, 0, cmd_join },
	{ "opinion", "[TEXT]", "say what you think about the question",
	    "Without TEXT, or with -, the text is read from standard input. Given again, it replaces what you gave before.",
	    of_text, 0, 1, COMMAND_SESSION, cmd_opinion },
	{ "ballot", "RANKING", "rank the statements, best first",
	    "RANKING is such as \"A>C=B\": the letters are those of `caucus show`, = is a tie, and what is left out is tied last. "
	    "Statement ids serve as well. RATINGS are one number for each statement in the order of `caucus show` "
	    "(\"6 5 - 3\"; - leaves one out), or \"A=6,B=5\".",
	    of_ballot, 0, 1, COMMAND_SESSION, cmd_ballot },
	{ "rate", "RATINGS", "say how far you agree with each statement, 1 to 7",
	    "RATINGS are one number for each statement in the order of `caucus show` (\"6 5 - 3\"; - leaves one out), or \"A=6,B=5\".",
	    of_rate, 0, 1, COMMAND_SESSION, cmd_rate },
	{ "critique", "[TEXT]", "say what is still wrong with the winning statement",
	    "Without TEXT, or with -, the text is read from standard input. Given again, it replaces what you gave before.",
	    of_text, 0, 1, COMMAND_SESSION, cmd_critique },
	{ "position", "NUMBER", "say how far you agree with the affirming statement, 1 to 7",
	    "1 is strongly disagree, 7 strongly agree; asked before and after.",
	    of_text, 0, 1, COMMAND_SESSION, cmd_position },
	{ "importance", "NUMBER", "say how important the question is to you, 1 to 5",
	    NULL, of_text, 0, 1, COMMAND_SESSION, cmd_importance },
	{ "prefer", "OPTION", "say which of the two winners is better",
	    "OPTION is a letter of `caucus show`, or `same`.",
	    of_text, 0, 1, COMMAND_SESSION, cmd_prefer },
	{ "dissent", "[TEXT]", "say what is to be printed against the statement",
	    "It stands without your name, unless you --sign it. Without TEXT, or with -, the text is read from standard input.",
	    of_dissent, 0, 1, COMMAND_SESSION, cmd_dissent },
	{ "survey", "[ID=ANSWER...]", "answer the survey",
	    "Without arguments the questions are listed. An answer is a number, a choice's words, or a text.",
	    of_text, 0, -1, COMMAND_SESSION, cmd_survey },
	{ "abstain", "[SESSION]", "give nothing in this phase, so that nobody waits for you",
	    NULL, none, 0, 0, COMMAND_SESSION | COMMAND_NAMED, cmd_abstain },
	{ "withdraw", "[SESSION]", "leave the session for good",
	    "Your words stay unless you add --erase. What was counted already stays counted, under a pseudonym.",
	    of_withdraw, 0, 0, COMMAND_SESSION | COMMAND_NAMED, cmd_withdraw },
	{ "erase", "[SESSION]", "leave, and have your words deleted",
	    "Texts and name go from the journal; what was counted stays counted, under a pseudonym. Statements that repeat "
	    "eight words of yours in a row, or a whole sentence, are named; they stay unless you say --quotes blank.",
	    of_erase, 0, 0, COMMAND_SESSION | COMMAND_NAMED, cmd_erase },
	{ "next", "[SESSION]", "facilitator: close the present phase",
	    NULL, of_next, 0, 0, COMMAND_SESSION | COMMAND_NAMED, cmd_next },
	{ "nudge", "[SESSION]", "facilitator: remind those who have not contributed",
	    "Each is told privately; in an anonymous session you learn only how many they are.",
	    none, 0, 0, COMMAND_SESSION | COMMAND_NAMED, cmd_nudge },
	{ "extend", "TIME", "facilitator: more time for this phase, such as 90, 10m, 2h or 1d",
	    NULL, none, 1, 1, COMMAND_SESSION, cmd_extend },
	{ "pause", "[SESSION]", "facilitator: stop the clock",
	    NULL, none, 0, 0, COMMAND_SESSION | COMMAND_NAMED, cmd_pause },
	{ "resume", "[SESSION]", "facilitator: start the clock again",
	    NULL, none, 0, 0, COMMAND_SESSION | COMMAND_NAMED, cmd_resume },
	{ "propose", "[TEXT]", "put a statement of your own on the next ballot",
	    NULL, none, 0, 1, COMMAND_SESSION, cmd_propose },
	{ "withhold", "SEQ REASON", "facilitator: keep a text from drafting",
	    "SEQ is the number of the event with which the text was given.",
	    none, 2, 2, COMMAND_SESSION, cmd_withhold },
	{ "strike", "STATEMENT REASON", "facilitator: take a statement off the ballot",
	    NULL, none, 2, 2, COMMAND_SESSION, cmd_strike },
	{ "remove", "PARTICIPANT REASON", "facilitator: remove somebody from the session",
	    NULL, none, 2, 2, COMMAND_SESSION, cmd_remove },
	{ "appoint", "PARTICIPANT", "facilitator: make a participant a facilitator too",
	    NULL, none, 1, 1, COMMAND_SESSION, cmd_appoint },
	{ "override", "STATEMENT REASON", "facilitator: choose the winner instead of the group",
	    "It is recorded and printed in the result beside what the group had elected.",
	    none, 2, 2, COMMAND_SESSION, cmd_override },
	{ "abort", "REASON", "facilitator: end the session without a result",
	    NULL, none, 1, 1, COMMAND_SESSION, cmd_abort },
	{ "watch", "[SESSION]", "follow a session until it ends",
	    "Ends with the session. Survives restarts of the daemon.",
	    of_watch, 0, 0, COMMAND_SESSION | COMMAND_NAMED, cmd_watch },
	{ "chat", "[SESSION]", "take part in a session, or facilitate it, as a conversation",
	    "The prompt says what is wanted, how many are missing and how long is left; a line answers it. /help lists what else "
	    "may be typed. Survives restarts of the daemon.",
	    of_chat, 0, 0, COMMAND_SESSION | COMMAND_NAMED, cmd_chat },
	{ "export", "[SESSION | FILE...]", "take the recording away and verify it, or turn it into tables",
	    "Holds what you may read; with `--as operator` everything. Given recordings instead of a session, it turns those "
	    "into another format; there --as is operator, facilitator, observer or a participant. An argument with a dot or a "
	    "slash in it is a file.",
	    of_export, 0, -1, COMMAND_SESSION, cmd_export },
	{ "report", "[SESSION | FILE]", "a page for people who were not there, as HTML",
	    "One file without script or network, to be read, printed and handed on: the outcome first, the statement and how it "
	    "came about, the votes in words, dissent, figures explained. An argument with a dot or a slash in it is a file.",
	    of_report, 0, 1, COMMAND_SESSION, cmd_report },
	{ "import", "FORMAT PATH...", "make a recording, or a scenario, of what others recorded",
	    "FORMAT is polis, hm, preflib or scenario; PATH a file or a folder of files. Bad rows are named and left out, good "
	    "ones kept, columns that are not known too.",
	    of_import, 2, -1, COMMAND_LOCAL, cmd_import },
	{ "verify", "FILE...", "check recordings: form, chain, sealed texts, votes",
	    "Points at the first line that does not hold. Votes are counted again where the copy holds their ballots.",
	    of_check, 1, -1, COMMAND_LOCAL, cmd_verify },
	{ "replay", "FILE...", "run recordings through the engine again and compare",
	    "Says `identical`, or shows the first event that is not, recorded and computed. With --endpoint the inputs are played "
	    "again with a language model into a new recording that names its parent.",
	    of_replay, 1, -1, COMMAND_LOCAL, cmd_replay },
	{ "whatif", "FILE...", "who would have won, had the same ballots been counted otherwise",
	    "Ballots only, drafts unchanged: what people would have written, or how they would have ranked what they "
	    "never saw, nobody knows. Options with several values are combined with each other.",
	    of_whatif, 1, -1, COMMAND_LOCAL, cmd_whatif },
	{ "receipt", "check RECEIPT FILE", "hold what you were answered against a recording",
	    "RECEIPT is what --json printed for a contribution: {\"seq\",\"hash\",\"salts\"}; with \"bodies\" beside it, "
	    "such as {\"text\": \"...\"}, your own words are held against what was sealed.",
	    none, 3, 3, COMMAND_LOCAL, cmd_receipt },
	{ "metrics", "FILE...", "figures of recordings: endorsement, movement, prediction",
	    "Each figure is a count and what it is a share of; figures of what nobody gave are left out.",
	    of_metrics, 1, -1, COMMAND_LOCAL, cmd_metrics },
	{ "prompt", "show|render [SESSION | FILE] JOB", "print what a language model was sent for a job",
	    "Rendered from the recording and compared with the digest of what was sent. It holds everybody's words, so it "
	    "takes the operator, or the operator's export (an argument with a dot or a slash in it is a file). `render "
	    "--template` shows what another template would have made of the same job.",
	    of_prompt, 2, 3, COMMAND_SESSION, cmd_prompt },
	{ "tally", "[FILE]", "count an election from a file by any rule",
	    "FILE holds JSON, JSON Lines or one of PrefLib's soc, soi, toc, toi; without it, or with -, standard input is read. "
	    "To a terminal the answer is told in words, to anything else as one JSON object an election.",
	    of_tally, 0, 1, COMMAND_LOCAL, cmd_tally },
	{ "run", "SCENARIO...", "play whole deliberations from files",
	    "Without --socket it starts a daemon of its own and stops it afterwards. SCENARIO - is standard input. "
	    "Several scenarios, settings or seeds are a batch: every combination is played, each gives one row of a table. "
	    "With --output an interrupted batch goes on where it stopped. The exit code is then 10 + the number of runs that failed.",
	    of_run, 1, -1, 0, cmd_run },
	{ "irc", "FILE", "serve deliberations in the channels of an IRC network",
	    "FILE holds its settings (config/caucus-irc.conf). Runs until it is stopped, and comes back by itself when the network "
	    "or the daemon does. Operators of a channel type !caucus QUESTION there; !help says the rest.",
	    none, 1, 1, 0, cmd_irc },
	{ .name = NULL },
};
/* clang-format on */

static const struct command *
find_command(const char *name)
{
	const struct command *row;

	for (row = commands; row->name != NULL; row++)
		if (strcmp(row->name, name) == 0)
			return row;
	return NULL;
}

/* ---- help ---- */

static void
help_options(struct term *t, const struct command_option *o)
{
	char *lead;

	for (; o->name != NULL; o++) {
		lead = xasprintf("%s%c%s--%s%s%s", o->letter ? "-" : "  ",
		    o->letter ? o->letter : ' ', o->letter ? ", " : " ",
		    o->name, o->arg != NULL ? " " : "",
		    o->arg != NULL ? o->arg : "");
		term_text(t, 2, 28, STYLE_PLAIN, lead, o->help);
		free(lead);
	}
}

static void
help_command(struct term *t, const struct command *row)
{
	term_say(t, 0, STYLE_HEAD, "caucus %s [options]%s%s", row->name,
	    *row->usage != '\0' ? " " : "", row->usage);
	term_say(t, 2, STYLE_PLAIN, "%s", row->help);
	if (row->more != NULL) {
		term_blank(t);
		term_say(t, 2, STYLE_PLAIN, "%s", row->more);
	}
	term_blank(t);
	help_options(t, row->options);
	if ((row->flags & COMMAND_SESSION) != 0)
		help_options(t, session_options);
	help_options(t, common_options);
}

static void
help_all(struct term *t)
{
	const struct command *row;

	term_say(t, 0, STYLE_HEAD, "caucus COMMAND [options] [arguments]");
	term_say(t, 2, STYLE_PLAIN,
	    "People who disagree look for a statement that all could sign.");
	term_blank(t);
	for (row = commands; row->name != NULL; row++)
		term_text(t, 2, 13, STYLE_MARK, row->name, row->help);
	term_blank(t);
	term_say(t, 2, STYLE_PLAIN,
	    "`caucus COMMAND --help` tells more, `caucus help settings` what "
	    "`new --set` takes, `man caucus` everything. To see a whole "
	    "deliberation: caucus run config/scenarios/school-phones.json");
}

/* ---- options and arguments ---- */

static const struct command_option *
find_in(
    const struct command_option *o, const char *name, size_t len, char letter)
{
	for (; o->name != NULL; o++)
		if (letter != 0 ? o->letter == letter
				: strlen(o->name) == len &&
				      strncmp(o->name, name, len) == 0)
			return o;
	return NULL;
}

static const struct command_option *
find_option(
    const struct command *row, const char *name, size_t len, char letter)
{
	const struct command_option *o;

	o = find_in(row->options, name, len, letter);
	if (o == NULL && (row->flags & COMMAND_SESSION) != 0)
		o = find_in(session_options, name, len, letter);
	return o != NULL ? o : find_in(common_options, name, len, letter);
}

static bool
is_option(const char *arg)
{
	/* "-" is standard input, "- 5 6" are ratings. */
	return arg[0] == '-' && arg[1] != '\0' && arg[1] != ' ';
}

/* Reads the option at argv[*i]; moves *i to its value if that is the next. */
static int
take_option(struct cmd *c, int argc, char **argv, int *i)
{
	const char *arg = argv[*i], *name = arg + 2, *value = NULL;
	size_t len = strcspn(name, "=");
	const struct command_option *o;

	if (arg[1] == '-') {
		o = find_option(c->command, name, len, 0);
		if (name[len] == '=')
			value = name + len + 1;
	} else {
		o = find_option(c->command, "", 0, arg[1]);
		if (o != NULL && arg[2] != '\0') {
			if (o->arg == NULL)
				o = NULL; /* no bundles of letters */
			value = arg + 2;
		}
	}
	if (o == NULL)
		return cmd_usage(c,
		    "there is no option %s (a text that begins with - goes "
		    "after --)",
		    arg);
	if (o->arg == NULL && value != NULL)
		return cmd_usage(c, "--%s takes no value", o->name);
	if (o->arg != NULL && value == NULL) {
		if (*i + 1 >= argc)
			return cmd_usage(
			    c, "--%s needs a value: %s", o->name, o->arg);
		value = argv[++*i];
	}
	c->given[c->ngiven++] = (struct cmd_given){o->name, value};
	return EXIT_OK;
}

/* Errors are JSON as well, wherever --json stands. */
static bool
wants_json(int argc, char **argv)
{
	int i;

	for (i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--json") == 0)
			return true;
	return false;
}

static int
read_arguments(struct cmd *c, int argc, char **argv)
{
	bool ended = false;
	int i, r;

	c->args = xcalloc((size_t)argc + 1, sizeof *c->args);
	c->given = xcalloc((size_t)argc + 1, sizeof *c->given);
	c->json = wants_json(argc, argv);
	for (i = 0; i < argc; i++) {
		if (!text_valid(argv[i], strlen(argv[i])))
			return cmd_usage(
			    c, "argument %d is not valid UTF-8", i + 1);
		if (!ended && strcmp(argv[i], "--") == 0)
			ended = true;
		else if (ended || !is_option(argv[i]))
			c->args[c->nargs++] = argv[i];
		else if ((r = take_option(c, argc, argv, &i)) != EXIT_OK)
			return r;
	}
	return EXIT_OK;
}

/* The session as first argument becomes an option like any other. */
static int
check_arguments(struct cmd *c)
{
	const struct command *row = c->command;

	if ((row->flags & COMMAND_NAMED) != 0 && c->nargs == 1) {
		if (cmd_option(c, "session", 0) != NULL)
			return cmd_usage(c, "the session is named twice");
		c->given[c->ngiven++] =
		    (struct cmd_given){"session", c->args[0]};
		c->nargs = 0;
	}
	if ((int)c->nargs < row->min)
		return cmd_usage(c, "something is missing: %s", row->usage);
	if (row->max >= 0 && (int)c->nargs > row->max)
		return cmd_usage(c,
		    "there are too many arguments (a text with spaces needs "
		    "quotes around it)");
	return EXIT_OK;
}

/* What was printed must have arrived: a full disk is an error. */
static int
flush_output(struct cmd *c)
{
	struct err err;

	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return EXIT_OK;
	err_set(&err, ERR_FILE, NULL, "cannot write the output: %s",
	    strerror(errno));
	return cmd_fail(c, EXIT_FILE, &err);
}

static int
run_command(
    const struct command *row, const char *program, int argc, char **argv)
{
	struct cmd c = {.command = row, .program = program};
	int r;

	term_open(&c.out, stdout);
	term_open(&c.err, stderr);
	r = read_arguments(&c, argc, argv);
	if (r == EXIT_OK && cmd_flag(&c, "help"))
		help_command(&c.out, row);
	else if (r == EXIT_OK && (r = check_arguments(&c)) == EXIT_OK)
		r = row->run(&c);
	term_live_clear(&c.out);
	term_live_clear(&c.err);
	if (flush_output(&c) != EXIT_OK && r == EXIT_OK)
		r = EXIT_FILE;
	cmd_clear(&c);
	return r;
}

static int
no_command(const char *name)
{
	const struct command *row;

	fprintf(stderr, "caucus: there is no command %.40s.", name);
	for (row = commands; row->name != NULL; row++)
		if (strncmp(row->name, name, 2) == 0)
			fprintf(stderr, " Do you mean `caucus %s`?", row->name);
	fprintf(stderr, " `caucus help` lists them all.\n");
	return EXIT_USAGE;
}

/* `caucus help`, of everything or of one thing. */
static int
help(int code, const char *what)
{
	const struct command *row = what != NULL ? find_command(what) : NULL;
	struct term out;

	term_open(&out, stdout);
	if (what == NULL)
		help_all(&out);
	else if (strcmp(what, "settings") == 0)
		settings_help(&out);
	else if (row != NULL)
		help_command(&out, row);
	else
		return no_command(what);
	return code;
}

/*
 * A standard stream that came closed would be the next file or socket opened,
 * and texts would go there.  Each gets what can only fail.
 */
static void
open_streams(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1)
			open("/dev/null",
			    fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int
command_main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "help";
	const struct command *row;
	struct buf script = {0};

	mem_setup();
	open_streams();
	if (strcmp(name, "--version") == 0) {
		puts("caucus " CAUCUS_VERSION);
		return EXIT_OK;
	}
	if (strcmp(name, "--completion") == 0) {
		command_completion(&script);
		fputs(script.data, stdout);
		buf_free(&script);
		return EXIT_OK;
	}
	if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 ||
	    strcmp(name, "-h") == 0)
		return help(
		    argc > 1 ? EXIT_OK : EXIT_USAGE, argc > 2 ? argv[2] : NULL);
	row = find_command(name);
	if (row == NULL)
		return no_command(name);
	return run_command(row, argv[0], argc - 2, argv + 2);
}

/* ---- completion ---- */

static void
add_words(struct buf *out, const struct command_option *o)
{
	for (; o->name != NULL; o++)
		buf_addf(out, " --%s", o->name);
}

void
command_completion(struct buf *out)
{
	const struct command *row;

	buf_adds(out,
	    "# bash completion for caucus(1); made by `caucus --completion`\n"
	    "_caucus() {\n"
	    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} options=\n"
	    "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
	    "\t\tmapfile -t COMPREPLY < <(compgen -W \"help");
	for (row = commands; row->name != NULL; row++)
		buf_addf(out, " %s", row->name);
	buf_adds(out, "\" -- \"$cur\")\n"
		      "\t\treturn\n"
		      "\tfi\n"
		      "\tcase ${COMP_WORDS[1]} in\n");
	for (row = commands; row->name != NULL; row++) {
		buf_addf(out, "\t%s) options=\"", row->name);
		add_words(out, row->options);
		buf_adds(out, "\" ;;\n");
	}
	buf_adds(out, "\tesac\n"
		      "\tcase ${COMP_WORDS[1]} in\n\t");
	for (row = commands; row->name != NULL; row++)
		if ((row->flags & COMMAND_SESSION) == 0)
			buf_addf(out, "%s | ", row->name);
	buf_adds(out, "help) ;;\n\t*) options+=\"");
	add_words(out, session_options);
	buf_adds(out, "\" ;;\n\tesac\n\toptions+=\"");
	add_words(out, common_options);
	buf_adds(out, "\"\n"
		      "\tif [[ $cur == -* ]]; then\n"
		      "\t\tmapfile -t COMPREPLY < <(compgen -W \"$options\" -- "
		      "\"$cur\")\n"
		      "\telse\n"
		      "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
		      "\tfi\n"
		      "}\n"
		      "complete -o filenames -F _caucus caucus\n");
}
