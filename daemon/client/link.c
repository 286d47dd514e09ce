#include "client/link.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/message.h"
#include "net/address.h"
#include "net/rpc.h"

#define INPUT_MAX ((size_t)64 << 20) /* one line; more is no caucusd */

struct link {
	int fd;
	char *path;
	int64_t id;    /* of the last request */
	struct buf in; /* bytes not yet taken as lines */
	size_t taken;  /* bytes of it that are */
	json_t *notes; /* array: notifications waiting */
	const volatile sig_atomic_t *stop;
};

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
nobody_there(const char *path, int why, struct err *err)
{
	bool tcp = strncmp(path, ADDRESS_TCP, strlen(ADDRESS_TCP)) == 0;

	if (tcp && why == ECONNREFUSED)
		err_set(err, ERR_NOT_FOUND, "socket",
		    "no caucusd listens on %s: start one with `caucusd "
		    "--listen-tcp %s`, or name another with --socket or "
		    "CAUCUS_SOCKET",
		    path, path + strlen(ADDRESS_TCP));
	else if (why == ENOENT || why == ECONNREFUSED)
		err_set(err, ERR_NOT_FOUND, "socket",
		    "no caucusd listens on %s: start one with `caucusd "
		    "--socket %s`, or name another with --socket or "
		    "CAUCUS_SOCKET",
		    path, path);
	else if (why == EACCES || why == EPERM)
		err_set(err, ERR_NOT_PERMITTED, "socket",
		    "you may not open %s; ask its owner for access to the "
		    "socket",
		    path);
	else
		err_set(err, ERR_INTERNAL, "socket", "cannot reach %s: %s",
		    path, strerror(why));
}

/* The address a socket's path or tcp:HOST:PORT means. */
static int
find_address(const char *path, struct address *to, struct err *err)
{
	struct sockaddr_un *local = (struct sockaddr_un *)&to->at;

	if (strncmp(path, ADDRESS_TCP, strlen(ADDRESS_TCP)) == 0)
		return address_read(path + strlen(ADDRESS_TCP), to, err);
	memset(to, 0, sizeof *to);
	local->sun_family = AF_UNIX;
	to->len = sizeof *local;
	if (strlcpy(local->sun_path, path, sizeof local->sun_path) <
	    sizeof local->sun_path)
		return 0;
	return err_set(err, ERR_FILE, "socket",
	    "the path %s is longer than a socket's may be (%zu)", path,
	    sizeof local->sun_path - 1);
}

/* TCP says by and by whether it has worked. */
static int
await_connection(int fd, int64_t deadline)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	int64_t left = deadline - now_ms();
	socklen_t len = sizeof(int);
	int why = 0, r;

	r = poll(&p, 1, left > 0 ? (int)left : 0);
	if (r == 0)
		return ETIMEDOUT;
	if (r == -1)
		return errno;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &len) == 0 ? why
								     : errno;
}

/* A full backlog answers EAGAIN on a Unix socket; then waiting helps. */
static int
connect_by(int fd, const struct address *to, int64_t deadline)
{
	struct timespec pause = {0, 10000000};

	for (;;) {
		if (connect(fd, (const struct sockaddr *)&to->at, to->len) == 0)
			return 0;
		if (errno == EINPROGRESS)
			return await_connection(fd, deadline);
		if ((errno != EAGAIN && errno != EINTR) || now_ms() >= deadline)
			return errno == EAGAIN ? ETIMEDOUT : errno;
		nanosleep(&pause, NULL);
	}
}

struct link *
link_open(const char *path, int connect_ms, struct err *err)
{
	struct address to;
	struct link *l;
	int fd, why, on = 1;

	if (find_address(path, &to, err) == -1)
		return NULL;
	fd = socket(
	    to.at.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	why = fd == -1 ? errno : connect_by(fd, &to, now_ms() + connect_ms);
	if (why != 0) {
		if (fd != -1)
			close(fd);
		nobody_there(path, why, err);
		return NULL;
	}
	if (to.at.ss_family != AF_UNIX)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	l = xcalloc(1, sizeof *l);
	l->fd = fd;
	l->path = xstrdup(path);
	l->notes = json_array();
	return l;
}

void
link_close(struct link *l)
{
	if (l == NULL)
		return;
	close(l->fd);
	buf_free(&l->in);
	json_decref(l->notes);
	free(l->path);
	free(l);
}

void
link_watch(struct link *l, const volatile sig_atomic_t *flag)
{
	l->stop = flag;
}

/*
 * Waits until the socket is ready: 1; 0 when the time is up (deadline -1:
 * never); LINK_DOWN when somebody said stop.
 */
static int
wait_for(struct link *l, short events, int64_t deadline, struct err *err)
{
	struct pollfd p = {.fd = l->fd, .events = events};
	int64_t left;
	int r;

	for (;;) {
		if (l->stop != NULL && *l->stop != 0) {
			err_set(err, ERR_INTERNAL, NULL, "interrupted");
			return LINK_DOWN;
		}
		left = deadline == -1 ? 1000 : deadline - now_ms();
		if (left < 0)
			left = 0;
		/* At least once a second: a signal may come between the check
		 * and the call. */
		r = poll(&p, 1, left > 1000 ? 1000 : (int)left);
		if (r > 0)
			return 1;
		if (r == -1 && errno != EINTR) {
			err_set(err, ERR_INTERNAL, NULL, "poll: %s",
			    strerror(errno));
			return LINK_DOWN;
		}
		if (deadline != -1 && now_ms() >= deadline)
			return 0;
	}
}

static int
gone(const struct link *l, struct err *err)
{
	err_set(err, ERR_SHUTTING_DOWN, NULL,
	    "the caucusd on %s closed the connection", l->path);
	return LINK_DOWN;
}

static int
send_all(
    struct link *l, const char *p, size_t n, int64_t deadline, struct err *err)
{
	ssize_t sent;
	int r;

	while (n > 0) {
		sent = send(l->fd, p, n, MSG_NOSIGNAL);
		if (sent > 0) {
			p += sent;
			n -= (size_t)sent;
			continue;
		}
		if (errno != EAGAIN && errno != EINTR)
			return gone(l, err);
		r = wait_for(l, POLLOUT, deadline, err);
		if (r == LINK_DOWN)
			return r;
		if (r == 0) {
			err_set(err, ERR_INTERNAL, NULL,
			    "the caucusd on %s takes nothing in", l->path);
			return LINK_DOWN;
		}
	}
	return 0;
}

/* The next whole line of what has been read: 1, or 0. */
static int
take_line(struct link *l, char **line, size_t *len)
{
	char *at = l->in.data, *end;

	if (at == NULL)
		return 0;
	at += l->taken;
	end = memchr(at, '\n', l->in.len - l->taken);
	if (end == NULL)
		return 0;
	*line = at;
	*len = (size_t)(end - at);
	l->taken += *len + 1;
	return 1;
}

static int
read_more(struct link *l, struct err *err)
{
	char chunk[65536];
	ssize_t n;

	if (l->taken > 0) {
		memmove(
		    l->in.data, l->in.data + l->taken, l->in.len - l->taken);
		l->in.len -= l->taken;
		l->taken = 0;
	}
	n = recv(l->fd, chunk, sizeof chunk, 0);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		return gone(l, err);
	buf_add(&l->in, chunk, (size_t)n);
	if (l->in.len <= INPUT_MAX)
		return 0;
	err_set(err, ERR_LINE_TOO_LONG, NULL,
	    "what listens on %s sends a line without end", l->path);
	return LINK_DOWN;
}

/* The next message: 1; 0 when the time is up; LINK_DOWN. */
static int
next_message(
    struct link *l, int64_t deadline, json_t **message, struct err *err)
{
	struct err why;
	char *line;
	size_t len;
	int r;

	while (take_line(l, &line, &len) == 0) {
		r = wait_for(l, POLLIN, deadline, err);
		if (r != 1)
			return r;
		if (read_more(l, err) == LINK_DOWN)
			return LINK_DOWN;
	}
	*message = json_read(line, len, &why);
	if (json_is_object(*message))
		return 1;
	json_decref(*message);
	*message = NULL;
	err_set(err, ERR_PARSE, NULL,
	    "what listens on %s does not speak JSON-RPC; is it a caucusd?",
	    l->path);
	return LINK_DOWN;
}

static enum err_code
code_of(json_int_t number)
{
	int code;

	for (code = ERR_NONE + 1; code < ERR_CODES; code++)
		if (err_row((enum err_code)code)->number == number)
			return (enum err_code)code;
	return ERR_INTERNAL;
}

void
link_error(const json_t *error, struct err *err)
{
	const json_t *data = json_object_get(error, "data");
	const char *text = json_string_value(json_object_get(error, "message"));

	const char *sentence =
	    json_string_value(json_object_get(data, "sentence"));

	err_set(err,
	    code_of(json_integer_value(json_object_get(error, "code"))),
	    json_string_value(json_object_get(data, "field")), "%s",
	    text != NULL ? text : "refused without a word");
	if (sentence != NULL)
		err_take_sentence(err, sentence, json_object_get(data, "with"));
}

/* Whether the message answers request l->id; else it is kept or dropped. */
static bool
is_answer(struct link *l, json_t *message)
{
	const json_t *id = json_object_get(message, "id");

	if (json_is_string(json_object_get(message, "method")))
		json_array_append(l->notes, message);
	return json_is_integer(id) && json_integer_value(id) == l->id;
}

static enum link_answer
call_once(struct link *l, const char *method, const json_t *params,
    json_t **result, struct err *err)
{
	int64_t deadline = now_ms() + LINK_REQUEST_MS;
	json_t *message = NULL;
	struct buf line = {0};
	int r;

	*result = NULL;
	rpc_write_request(&line, ++l->id, method, params);
	r = send_all(l, line.data, line.len, deadline, err);
	explicit_bzero(line.data, line.len); /* it may hold a token */
	buf_free(&line);
	if (r != 0)
		return LINK_DOWN;
	for (;;) {
		r = next_message(l, deadline, &message, err);
		if (r == 0)
			err_set(err, ERR_INTERNAL, NULL,
			    "the caucusd on %s has not answered %s in %d s",
			    l->path, method, LINK_REQUEST_MS / 1000);
		if (r != 1)
			return LINK_DOWN;
		if (is_answer(l, message))
			break;
		json_decref(message);
	}
	if (json_object_get(message, "error") != NULL) {
		link_error(json_object_get(message, "error"), err);
		json_decref(message);
		return LINK_REFUSED;
	}
	*result = json_incref(json_object_get(message, "result"));
	json_decref(message);
	return LINK_OK;
}

/* Refused before anything was looked at: the daemon asks for patience. */
static bool
asks_patience(const struct err *err)
{
	return err->code == ERR_RATE_LIMITED || err->code == ERR_STALE;
}

enum link_answer
link_call(struct link *l, const char *method, json_t *params, json_t **result,
    struct err *err)
{
	int64_t deadline = now_ms() + LINK_REQUEST_MS;
	struct timespec pause = {0, 50000000};
	enum link_answer a;

	do {
		a = call_once(l, method, params, result, err);
		if (a != LINK_REFUSED || !asks_patience(err))
			break;
		nanosleep(&pause, NULL);
	} while (now_ms() < deadline);
	json_decref(params);
	return a;
}

int
link_next(struct link *l, int wait_ms, json_t **note, struct err *err)
{
	int64_t deadline = wait_ms < 0 ? -1 : now_ms() + wait_ms;
	json_t *message;
	int r;

	*note = NULL;
	while (json_array_size(l->notes) == 0) {
		r = next_message(l, deadline, &message, err);
		if (r != 1)
			return r;
		is_answer(l, message);
		json_decref(message);
	}
	*note = json_incref(json_array_get(l->notes, 0));
	json_array_remove(l->notes, 0);
	return 1;
}

int
link_fd(const struct link *l)
{
	return l->fd;
}
