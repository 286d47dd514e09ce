/*
 * Lines of the IRC protocol (RFC 1459, RFC 2812, IRCv3 message tags): read,
 * cleaned of what only terminals understand, and cut to what a line holds.
 * Pure.
 */
#ifndef CLIENT_IRC_LINE_H
#define CLIENT_IRC_LINE_H

#include <stdbool.h>
#include <stddef.h>

#define IRC_PARAMS   15
#define IRC_LINE_MAX 512 /* bytes of a line, with its \r\n */
#define IRC_TEXT_MAX                                                           \
	400 /* of a message's text: prefix and target need room                \
	     */

struct irc_line {
	const char *account;		/* of the account tag; NULL */
	const char *nick, *user, *host; /* "" where the line has none */
	const char *command;
	const char *params[IRC_PARAMS];
	size_t n;
};

/* Takes the line apart where it stands, without its \r\n; *l points into it.
 * -1: it is none. */
int irc_line_read(char *line, struct irc_line *l);
/* The parameter, "" where there are fewer. */
const char *irc_line_param(const struct irc_line *l, size_t i);
/* Colours, bold, other control characters and broken UTF-8 go, in place. */
void irc_line_clean(char *s);
/* How many bytes of text stand on the next line of at most max: up to a space
 * if there is one, else a whole character.  0 at the end; max is at least 4. */
size_t irc_line_cut(const char *text, size_t max);
/* Whether it is a request between clients (CTCP), ACTION among them. */
bool irc_line_ctcp(const char *text);
/* Folds a nick or channel as servers compare them, in place (RFC 1459). */
void irc_line_fold(char *name);
char *irc_line_folded(const char *name); /* the same, fresh (free(3)) */

#endif
