/* A daemon of one's own in a temporary folder, and blocking clients of it. */
#ifndef TESTS_SYSTEM_HARNESS_H
#define TESTS_SYSTEM_HARNESS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

struct daemon {
	pid_t pid;
	char dir[64];
	char socket[96];
	char journal[96];
	/* for daemon_begin */
	const char *program; /* under the build folder; NULL: caucusd */
	bool quiet;	     /* what it says goes to DIR/log */
	bool tcp;	     /* listens on loopback as well, at `port` */
	int port;
	int files;	     /* open files at the most; 0: as it is */
	const char *sets[8]; /* more of --set */
	const char *config;  /* of --config; NULL: none */
	int passed;	     /* a listening socket it gets; 0: none */
	bool wrapped;	     /* by systemd-socket-activate */
};

/* Returns 0; -1 with a line on standard error. */
int daemon_start(struct daemon *d);
/* As daemon_start, with what *d says already. */
int daemon_begin(struct daemon *d);
int daemon_spawn(struct daemon *d);   /* without waiting until it listens */
int daemon_restart(struct daemon *d); /* same journal */
void daemon_kill9(struct daemon *d);
/* SIGTERM; the exit status, or -1 when it did not end by itself in time. */
int daemon_stop(struct daemon *d);
/* The end of what a quiet one said, on standard error. */
void daemon_tell(const struct daemon *d);
/* Ends it whatever its state and removes the folder; may be repeated. */
void daemon_clear(struct daemon *d);

/* Monotonic. */
long long clock_ms(void);

struct client {
	int fd;
	json_int_t id;
	char *in;
	size_t len, cap;
	json_t *notes; /* notifications in the order of their arrival */
	FILE *tap;     /* where not NULL: gets each byte that comes in */
};

/* Calls end within 10 s, else NULL or -1. */
int client_open(struct client *c, const struct daemon *d);
/* Over TCP: who comes that way is never an operator. */
int client_open_tcp(struct client *c, const struct daemon *d);
void client_close(struct client *c);
int client_send(struct client *c, const char *bytes, size_t len);
/* The next message that is not a notification, whole; the caller decrefs. */
json_t *client_answer(struct client *c);
/* Takes params; returns the result, or NULL with the error's name printed. */
json_t *client_call(struct client *c, const char *method, json_t *params);
/* Takes params; returns the whole answer. */
json_t *client_ask(struct client *c, const char *method, json_t *params);
/* A member of an object; "" or 0 when it has none such. */
const char *text_of(const json_t *o, const char *name);
json_int_t number_of(const json_t *o, const char *name);
/* The name of the error of a whole answer; "" if it is a result. */
const char *answer_error(const json_t *answer);

/* A file's bytes, NUL-terminated, 16 MiB at the most; fresh.  An empty text
 * when there are none. */
char *file_bytes(const char *path, size_t *n);
bool file_holds(const char *path, const char *needle);

/* Whether a recording verifies and replays identical, and (if asked for) is
 * concluded: 0, or -1 with why on standard error. */
int replays(const char *bytes, size_t len, bool concluded);
/* Has ../shared/tools/verify_recording.py look at a recording: 0 it holds, -1
 * it does not, 1 there is no such program (said on standard error). */
int verify_outside(const char *path);

struct play {
	struct client host;
	struct client *people;
	char (*tokens)[64]; /* theirs, for after a restart */
	char host_token[64];
	int n;
	char session[32], code[128];
};

/* A session of n people, all joined and in the lobby.  Takes settings. */
int play_open(struct play *p, const struct daemon *d, int n, json_int_t seed,
    json_t *settings);
/* The same with everything that session.create takes.  Takes params. */
int play_open_as(struct play *p, const struct daemon *d, int n, json_t *params);
/* New connections with the same tokens, after a restart. */
int play_again(struct play *p, const struct daemon *d);
void play_close(struct play *p);
int play_next(struct play *p, const char *phase);
/* Waits until the session is in that phase. */
int play_wait(struct play *p, const char *phase);
int play_texts(struct play *p, const char *slot);
/* Person i ranks the slate turned by i. */
int play_ballots(struct play *p);
/* All of it, lobby to conclusion. */
int play_whole(struct play *p, int rounds);
/* Writes the operator's export to path. */
int play_export(struct play *p, const char *path);
/* Every event in it, fresh; NULL.  It is left at path. */
json_t *play_events(struct play *p, const char *path);
/* Those of a type whose data has that member (NULL: any). */
int play_count(const json_t *list, const char *type, const char *member,
    const char *value);

#endif
