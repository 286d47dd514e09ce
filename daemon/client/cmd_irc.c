/* caucus irc: the gateway's settings, its loop, and what joins its parts. */
#include <event2/event.h>
#include <ini.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "client/cmd.h"
#include "client/gate.h"
#include "client/irc_conn.h"
#include "client/place.h"
#include "client/view.h"
#include "client/words.h"

struct gateway {
	struct gate g;
	struct irc_conf irc;
	char *password_file, *unknown;
	bool told; /* the service manager */
};

/* ---- settings ---- */

enum kind { TEXT, NUMBER };

static const struct {
	const char *name;
	enum kind kind;
	size_t at;
	int low, high;
} rows[] = {
    {"host", TEXT, offsetof(struct irc_conf, host), 0, 0},
    {"port", NUMBER, offsetof(struct irc_conf, port), 1, 65535},
    {"tls", NUMBER, offsetof(struct irc_conf, tls), 0, 1},
    {"verify", NUMBER, offsetof(struct irc_conf, verify), 0, 1},
    {"nick", TEXT, offsetof(struct irc_conf, nick), 0, 0},
    {"account", TEXT, offsetof(struct irc_conf, account), 0, 0},
    {"burst", NUMBER, offsetof(struct irc_conf, burst), 3, 1000},
    {"interval_ms", NUMBER, offsetof(struct irc_conf, interval_ms), 1, 60000},
    {"retry_ms", NUMBER, offsetof(struct irc_conf, retry_ms), 50, 60000},
    {"queue_lines", NUMBER, offsetof(struct irc_conf, queue_lines), 10,
	1000000},
};

static int
set_row(struct gateway *w, size_t i, const char *value)
{
	char *at = (char *)&w->irc + rows[i].at, *end, **text;
	long n;

	if (rows[i].kind == TEXT) {
		text = (char **)(void *)at;
		free(*text);
		*text = xstrdup(value);
		return 1;
	}
	n = strtol(value, &end, 10);
	if (*end != '\0' || end == value || n < rows[i].low || n > rows[i].high)
		return 0;
	*(int *)(void *)at = (int)n;
	return 1;
}

static json_t *
value_of(const char *value)
{
	char *end;
	long n = strtol(value, &end, 10);

	if (strcmp(value, "true") == 0 || strcmp(value, "false") == 0)
		return json_boolean(*value == 't');
	return *value != '\0' && *end == '\0' ? json_integer(n)
					      : json_string(value);
}

static int
set_gateway(struct gateway *w, const char *name, const char *value)
{
	char *list, *channel, *save;

	if (strcmp(name, "state") == 0) {
		free(w->g.path);
		w->g.path = xstrdup(value);
	} else if (strcmp(name, "password_file") == 0) {
		free(w->password_file);
		w->password_file = xstrdup(value);
	} else if (strcmp(name, "preset") == 0) {
		free(w->g.preset);
		w->g.preset = xstrdup(value);
	} else if (strcmp(name, "language") == 0) {
		free(w->g.language);
		w->g.language = xstrdup(value);
	} else if (strcmp(name, "channels") == 0) {
		list = xstrdup(value);
		irc_line_fold(list);
		for (channel = strtok_r(list, " ,", &save); channel != NULL;
		     channel = strtok_r(NULL, " ,", &save))
			json_array_append_new(
			    w->g.channels, json_string(channel));
		free(list);
	} else
		return 0;
	return 1;
}

static int
setting_cb(void *arg, const char *section, const char *name, const char *value)
{
	struct gateway *w = arg;
	size_t i;
	int ok = 0;

	if (strcmp(section, "session") == 0) {
		json_object_set_new(w->g.settings, name, value_of(value));
		return 1;
	}
	for (i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(rows[i].name, name) == 0)
			return set_row(w, i, value);
	ok = strcmp(section, "irc") == 0 && set_gateway(w, name, value);
	if (!ok && w->unknown == NULL)
		w->unknown = xstrdup(name);
	return ok;
}

static int
read_password(struct gateway *w, struct err *err)
{
	struct stat st;
	size_t len;

	if (w->password_file == NULL)
		return 0;
	if (stat(w->password_file, &st) == 0 && (st.st_mode & 077) != 0)
		return err_set(err, ERR_FILE, NULL,
		    "%s can be read by others: chmod 600", w->password_file);
	w->irc.password = place_read(w->password_file, 256, &len, err);
	if (w->irc.password == NULL)
		return -1;
	w->irc.password[strcspn(w->irc.password, "\r\n")] = '\0';
	return 0;
}

static int
read_settings(struct gateway *w, const char *path, struct err *err)
{
	struct messages *words;
	char *state;
	int line;

	w->irc = (struct irc_conf){.port = 6697,
	    .tls = 1,
	    .verify = 1,
	    .burst = 5,
	    .interval_ms = 1000,
	    .retry_ms = 1000,
	    .queue_lines = 5000,
	    .nick = xstrdup("caucus")};
	w->g.settings = json_object();
	w->g.channels = json_array();
	line = ini_parse(path, setting_cb, w);
	if (line == -1)
		return err_set(err, ERR_FILE, NULL, "cannot read %s", path);
	if (line != 0)
		return err_set(err, ERR_FILE, NULL,
		    "%s, line %d: %s%s; caucus(1) lists the settings", path,
		    line, w->unknown != NULL ? "unknown setting " : "bad value",
		    w->unknown != NULL ? w->unknown : "");
	if (w->irc.host == NULL || json_array_size(w->g.channels) == 0)
		return err_set(err, ERR_FILE, NULL,
		    "%s: host and channels are needed in [irc]", path);
	/* A language without a file is said now, not when somebody types. */
	if (w->g.language != NULL) {
		if (words_load(w->g.language, NULL, &words, err) == -1)
			return -1;
		messages_free(words);
	}
	if (w->g.path == NULL) {
		state = place_state(NULL, err);
		if (state == NULL)
			return -1;
		w->g.path = xasprintf("%s/irc.json", state);
		free(state);
	}
	return read_password(w, err);
}

/* ---- what the parts tell ---- */

/* sd_notify(3)'s protocol, one datagram. */
static void
tell_manager(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd;

	if (path == NULL || strlen(path) >= sizeof a.sun_path)
		return;
	strlcpy(a.sun_path, path, sizeof a.sun_path);
	if (*path == '@')
		a.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return;
	sendto(fd, "READY=1", 7, MSG_NOSIGNAL, (struct sockaddr *)&a,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path)));
	close(fd);
}

static void
up(void *arg)
{
	struct gateway *w = arg;
	const char *room;
	json_t *name;
	size_t i;

	json_array_foreach(w->g.channels, i, name)
		w->g.network->join(w->g.network, json_string_value(name));
	json_object_foreach(json_object_get(w->g.state, "rooms"), room, name)
		w->g.network->join(w->g.network, room);
	if (!w->told)
		tell_manager();
	w->told = true;
}

static void
down(void *arg)
{
	struct gateway *w = arg;

	json_object_clear(w->g.present);
	json_object_clear(w->g.members);
}

static void
message_cb(
    void *arg, const struct chat_from *from, const char *room, const char *text)
{
	struct gateway *w = arg;

	if (room != NULL)
		room_command(&w->g, from, room, text);
	else
		room_private(&w->g, from, text);
}

static void
here(void *arg, const struct chat_from *from, const char *room, int op)
{
	struct gateway *w = arg;

	person_here(&w->g, from, room, op);
}

static void
gone(void *arg, const char *nick, const char *room)
{
	struct gateway *w = arg;

	person_gone(&w->g, nick, room);
}

static void
renamed(void *arg, const char *nick, const char *to)
{
	struct gateway *w = arg;

	person_renamed(&w->g, nick, to);
}

static bool
where(void *arg, const char *target, char *out, size_t size)
{
	struct gateway *w = arg;

	return person_where(&w->g, target, out, size);
}

static const struct chat_handler chat = {
    up, down, message_cb, here, gone, renamed, where};

static void
daemon_up(void *arg)
{
	struct gateway *w = arg;

	room_resume(&w->g);
}

static void
daemon_note(void *arg, const char *method, const json_t *params)
{
	const char *kind = json_string_value(json_object_get(params, "kind"));
	struct gateway *w = arg;

	if (strcmp(method, "event") == 0)
		room_event(&w->g, params);
	else if (kind != NULL && strcmp(kind, "nudge") == 0)
		room_nudge(&w->g, params);
	else if (kind != NULL && strcmp(kind, "lagging") == 0)
		room_resume(&w->g);
}

static const struct rpc_handler rpc = {daemon_up, daemon_note};

/* ---- the loop ---- */

static void
tick_cb(evutil_socket_t fd, short what, void *arg)
{
	struct gateway *w = arg;

	(void)fd;
	(void)what;
	room_tick(&w->g, now_ms());
	if (w->g.dirty)
		gate_save(&w->g);
}

static void
stop_cb(evutil_socket_t sig, short what, void *arg)
{
	(void)sig;
	(void)what;
	event_base_loopbreak(arg);
}

static void
loop(struct gateway *w, const char *socket)
{
	struct event_base *base = event_base_new();
	struct event *tick = event_new(base, -1, EV_PERSIST, tick_cb, w);
	struct event *term = evsignal_new(base, SIGTERM, stop_cb, base);
	struct event *intr = evsignal_new(base, SIGINT, stop_cb, base);
	struct timeval second = {1, 0};

	signal(SIGPIPE, SIG_IGN);
	event_add(tick, &second);
	event_add(term, NULL);
	event_add(intr, NULL);
	w->g.nick = w->irc.nick;
	w->g.network = irc_conn_new(base, &w->irc, &chat, w);
	w->g.daemon = rpc_client_new(base, socket, &rpc, w);
	event_base_dispatch(base);
	gate_save(&w->g);
	rpc_client_free(w->g.daemon);
	w->g.network->free(w->g.network);
	event_free(tick);
	event_free(term);
	event_free(intr);
	event_base_free(base);
}

static void
clear(struct gateway *w)
{
	gate_clear(&w->g);
	free(w->irc.host);
	free(w->irc.nick);
	free(w->irc.account);
	if (w->irc.password != NULL)
		explicit_bzero(w->irc.password, strlen(w->irc.password));
	free(w->irc.password);
	free(w->password_file);
	free(w->unknown);
}

int
cmd_irc(struct cmd *c)
{
	struct gateway w = {0};
	char *socket = place_socket(cmd_option(c, "socket", 0));
	int r = EXIT_OK;
	struct err err;

	if (read_settings(&w, c->args[0], &err) == -1 ||
	    gate_load(&w.g, &err) == -1)
		r = cmd_fail(c, EXIT_FILE, &err);
	else
		loop(&w, socket);
	clear(&w);
	free(socket);
	return r;
}
