/*
 * Lines typed by a person, with history and completion, while something else
 * may speak up: what is said in between goes above the line being typed and
 * leaves it whole.  Where no terminal is, lines are read as they come.
 */
#ifndef CLIENT_EDITOR_H
#define CLIENT_EDITOR_H

#include <stdbool.h>
#include <stdio.h>

struct editor;

struct editor_calls {
	/* While waiting: at least every second, and at once when `fd` has
	 * something.  May call editor_hide.  false ends the waiting. */
	bool (*idle)(void *arg);
	/* The descriptor watched beside the keyboard; -1: none now. */
	int (*fd)(void *arg);
	/* The n-th word that `start` may be completed to; NULL: no more. */
	const char *(*complete)(void *arg, const char *start, size_t n);
	void *arg;
};

/*
 * plain: nothing that has been written is ever rewritten; what others say
 * waits until the line that is being typed has been sent.  `calls` is kept,
 * and must outlive the editor.
 */
struct editor *editor_open(bool plain, const struct editor_calls *calls);
void editor_close(struct editor *e); /* gives the terminal back; NULL is fine */

/* The next line without its end, fresh (free(3)); NULL: there is no more, or
 * idle said so.  What was pasted is one line, its ends are spaces. */
char *editor_line(struct editor *e);

/* What stands before the line; takes effect at once, unless busy. */
void editor_prompt(struct editor *e, const char *prompt);
/* Takes the line away, if one stands there, so that output may follow; it
 * stands there again before the next key. */
void editor_hide(struct editor *e);
/* A line is being typed that must not be torn: output has to wait. */
bool editor_busy(const struct editor *e);
bool editor_plain(const struct editor *e);

#endif
