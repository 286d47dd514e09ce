/*
 * One invocation of a subcommand: its options and arguments, the daemon it
 * speaks to, the session it is about and whose tokens it shows.  What can
 * fail returns an exit code, having said why.
 */
#ifndef CLIENT_CMD_H
#define CLIENT_CMD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/message.h"
#include "client/command.h"
#include "client/link.h"
#include "client/term.h"
#include "client/wallet.h"

struct cmd_given {
	const char *name, *value; /* value NULL: an option without one */
};

struct cmd {
	const struct command *command;
	const char *program; /* as it was called, for what is suggested */
	const char **args;
	size_t nargs;
	struct cmd_given *given;
	size_t ngiven;
	bool json;
	struct term out, err;	/* standard output and standard error */
	struct messages *words; /* NULL: English */
	bool spoken;		/* the language is settled */

	char *socket; /* path; NULL until cmd_connect */
	struct link *link;
	bool follows;	      /* subscribed: no other connection will do */
	struct wallet wallet; /* of this socket */
	char session[32];     /* full id; "" until cmd_open */
	const struct pass **passes; /* presented; in the wallet */
	size_t npasses;
};

void cmd_clear(struct cmd *c);

/* ---- what was asked ---- */

bool cmd_flag(const struct cmd *c, const char *name);
/* The n-th value of an option, NULL when there is none. */
const char *cmd_option(const struct cmd *c, const char *name, size_t n);
/* " --socket P -s ID --as NAME" as far as they were given, to be put behind
 * a command that is suggested.  Fresh (free(3)). */
char *cmd_suffix(const struct cmd *c);
/*
 * A text given as argument n, or on standard input where that is missing or
 * "-" (a terminal is told what to type).  `what`: "your opinion".  Fresh; NULL
 * and *code is the exit code.
 */
char *cmd_text(struct cmd *c, size_t n, const char *what, int *code);
/* Asks a question to be answered with yes; false without a terminal. */
bool cmd_confirm(struct cmd *c, enum message question);
/* "90", "10m", "2h", "1d" to seconds; -1. */
long long cmd_seconds(const char *s);
/* 32 random hexadecimal digits: a key for one request. */
void cmd_key(char out[33]);

/* ---- saying ---- */

/* Speaks the language given by --language or $CAUCUS_LANGUAGE, else `session`
 * (a tag, or NULL), from now on; the first call settles it. */
int cmd_speak(struct cmd *c, const char *session);
/* The same where a language was asked for; else nothing is settled yet. */
int cmd_speak_own(struct cmd *c);

/* A sentence of the table filled as message_text does, to standard output. */
#define cmd_say(c, ...)                                                        \
	cmd_say_taken((c), message_text((c)->words, __VA_ARGS__, NULL))
void cmd_say_taken(struct cmd *c, char *text);

/* EXIT_USAGE; the command line is spoken of in English. */
int cmd_usage(struct cmd *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Says the error; returns `code`. */
int cmd_fail(struct cmd *c, int code, const struct err *err);
/* With --json prints `value` as one line and returns true. */
bool cmd_json(struct cmd *c, const json_t *value);
/* What to do next, a sentence of the table; nothing with --json. */
#define cmd_advise(c, ...)                                                     \
	cmd_advise_taken((c), message_text((c)->words, __VA_ARGS__, NULL))
void cmd_advise_taken(struct cmd *c, char *text);
/* The same to who works with files and folders, in English. */
void cmd_hint(struct cmd *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- the daemon ---- */

int cmd_connect(struct cmd *c); /* and loads the wallet */

/* Whose tokens to present. */
enum cmd_who {
	WHO_READER, /* all of this person's; with several participants one */
	WHO_PERSON, /* a participant */
	WHO_CHAIR,  /* a facilitator */
	WHO_EITHER, /* a participant, else the facilitator */
};
/* Connects, finds the session meant and presents the tokens. */
int cmd_open(struct cmd *c, enum cmd_who who);
enum link_answer
cmd_present(struct cmd *c, const struct pass *p, struct err *err);
/* Connects again after the link broke and presents the same tokens. */
enum link_answer cmd_reopen(struct cmd *c, struct err *err);

/*
 * Calls with {"session":…} added unless none is open.  params is stolen.  When
 * the connection breaks and the call may be made twice (it reads, or it has a
 * key) it is made again once.  *result may be NULL.
 */
enum link_answer cmd_try(struct cmd *c, const char *method, json_t *params,
    json_t **result, struct err *err);
/* As cmd_try, says what went wrong and returns an exit code.  result NULL:
 * not wanted. */
int
cmd_call(struct cmd *c, const char *method, json_t *params, json_t **result);
/* session.get. */
int cmd_view(struct cmd *c, json_t **view);

#endif
