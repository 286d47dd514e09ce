/*
 * The `caucus` command's subcommands: one table.  Adding one is adding a row
 * and a function; help, completion and the check of the manual follow it.
 */
#ifndef CLIENT_COMMAND_H
#define CLIENT_COMMAND_H

#include <stdbool.h>

#include "base/buf.h"

struct cmd;

struct command_option {
	const char *name; /* long, without the dashes */
	char letter;	  /* short, or 0 */
	const char *arg;  /* what its value is called; NULL: it takes none */
	const char *help;
};

enum {
	COMMAND_SESSION = 1, /* takes --session and --as */
	COMMAND_NAMED = 2,   /* … and the session as first argument */
	COMMAND_LOCAL = 4    /* speaks to no daemon */
};

struct command {
	const char *name;
	const char *usage; /* the arguments, "" for none */
	const char *help;  /* one line, no full stop */
	const char *more;  /* for --help: paragraphs; or NULL */
	const struct command_option *options; /* ended by a NULL name */
	int min, max; /* arguments, without the session; max -1: any */
	unsigned flags;
	int (*run)(struct cmd *c); /* returns the exit code */
};
extern const struct command commands[]; /* ended by a NULL name */

/* The options every subcommand has, and those with COMMAND_SESSION. */
extern const struct command_option common_options[], session_options[];

enum exit_code {
	EXIT_OK = 0,
	EXIT_REFUSED = 1,     /* the daemon said no */
	EXIT_USAGE = 2,	      /* this is not how it is called */
	EXIT_DIFFERS = 3,     /* a recording does not hold or replay */
	EXIT_UNREACHABLE = 4, /* no daemon, or it is gone */
	EXIT_FILE = 5,	      /* a file cannot be read or written */
	EXIT_SILENT = 6,      /* the endpoint drafted nothing */
	EXIT_BATCH = 10,      /* + how many runs of a batch failed, … */
	EXIT_BATCH_MAX = 100  /* … this many or more */
};

/* The whole program: an exit code. */
int command_main(int argc, char **argv);
/* The script for bash, from the table. */
void command_completion(struct buf *out);

/* client/cmd_*.c, in the order of the table */
int cmd_new(struct cmd *c);
int cmd_ls(struct cmd *c);
int cmd_show(struct cmd *c);
int cmd_result(struct cmd *c);
int cmd_invite(struct cmd *c);
int cmd_join(struct cmd *c);
int cmd_opinion(struct cmd *c);
int cmd_ballot(struct cmd *c);
int cmd_rate(struct cmd *c);
int cmd_critique(struct cmd *c);
int cmd_abstain(struct cmd *c);
int cmd_withdraw(struct cmd *c);
int cmd_erase(struct cmd *c);
int cmd_position(struct cmd *c);
int cmd_importance(struct cmd *c);
int cmd_prefer(struct cmd *c);
int cmd_dissent(struct cmd *c);
int cmd_survey(struct cmd *c);
int cmd_next(struct cmd *c);
int cmd_nudge(struct cmd *c);
int cmd_extend(struct cmd *c);
int cmd_pause(struct cmd *c);
int cmd_resume(struct cmd *c);
int cmd_propose(struct cmd *c);
int cmd_withhold(struct cmd *c);
int cmd_strike(struct cmd *c);
int cmd_remove(struct cmd *c);
int cmd_appoint(struct cmd *c);
int cmd_override(struct cmd *c);
int cmd_abort(struct cmd *c);
int cmd_watch(struct cmd *c);
int cmd_chat(struct cmd *c);
int cmd_export(struct cmd *c);
int cmd_report(struct cmd *c);
int cmd_import(struct cmd *c);
int cmd_verify(struct cmd *c);
int cmd_replay(struct cmd *c);
int cmd_whatif(struct cmd *c);
int cmd_receipt(struct cmd *c);
int cmd_prompt(struct cmd *c);
int cmd_tally(struct cmd *c);
int cmd_metrics(struct cmd *c);
int cmd_run(struct cmd *c);
int cmd_irc(struct cmd *c);

#endif
