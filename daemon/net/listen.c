#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/log.h"
#include "base/mem.h"
#include "net/conn.h"
#include "net/rpc.h"

/* Connections taken a turn: a flood of them must not stall the others. */
#define ACCEPTS_PER_TURN 64
#define ACCEPT_RETRY_S	 1

static int
fail(struct err *err, int fd, const char *what, const char *where)
{
	int e = errno;

	if (fd >= 0)
		close(fd);
	return err_set(
	    err, ERR_FILE, NULL, "%s: %s: %s", where, what, strerror(e));
}

/* ---- accepting ---- */

/* One line in the socket's own buffer: nothing to wait for, nothing kept. */
static void
refuse(struct net *n, int fd)
{
	struct buf b = {0};
	char waste[4096];
	struct err e;

	err_set(&e, ERR_LIMIT_REACHED, NULL,
	    "%d connections are open, the most there may be; try again later",
	    n->limits.connections_max);
	rpc_write_error(&b, NULL, &e);
	if (send(fd, b.data, b.len, MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
		shutdown(fd, SHUT_WR);
	/* Unread input would make the kernel send a reset after it. */
	while (recv(fd, waste, sizeof(waste), MSG_DONTWAIT) ==
	       (ssize_t)sizeof(waste))
		;
	close(fd);
	buf_free(&b);
	n->stats.refused++;
}

/*
 * Without descriptors the waiting connection would wake the loop again and
 * again.  So nothing is accepted until one has been closed or some time has
 * passed.
 */
static void
pause_accept(struct net *n, int e)
{
	struct timeval tv = {ACCEPT_RETRY_S, 0};
	struct listener *l;

	SLIST_FOREACH(l, &n->listeners, next)
		event_del(l->event);
	n->accept_paused = true;
	n->stats.accept_pauses++;
	event_add(n->accept_timer, &tv);
	if (!n->accept_told)
		log_warn("accepting no connections for now: %s; raise "
			 "LimitNOFILE or lower the limit on connections",
		    strerror(e));
	n->accept_told = true;
}

void
net_accept_again(struct net *n)
{
	struct listener *l;

	if (!n->accept_paused)
		return;
	n->accept_paused = false;
	event_del(n->accept_timer);
	SLIST_FOREACH(l, &n->listeners, next)
		event_add(l->event, NULL);
}

static void
take(struct listener *l, int fd)
{
	struct net *n = l->net;
	int on = 1;

	if (n->accept_told)
		log_note("accepting connections again");
	n->accept_told = false;
	if (n->stats.connections >= n->limits.connections_max) {
		refuse(n, fd);
		return;
	}
	if (!l->local)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	conn_new(n, fd, l->local);
}

static void
listen_cb(evutil_socket_t listening, short what, void *arg)
{
	struct listener *l = arg;
	int i, fd;

	(void)what;
	for (i = 0; i < ACCEPTS_PER_TURN; i++) {
		fd = accept4(
		    listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			take(l, fd);
			continue;
		}
		if (errno == EINTR || errno == ECONNABORTED || errno == EPROTO)
			continue;
		if (errno != EAGAIN)
			pause_accept(l->net, errno);
		return;
	}
}

/* ---- listeners ---- */

static struct listener *
listener_new(struct net *n, int fd, bool local)
{
	struct listener *l = xcalloc(1, sizeof(*l));

	l->net = n;
	l->fd = fd;
	l->local = local;
	l->event = event_new(n->base, fd, EV_READ | EV_PERSIST, listen_cb, l);
	if (l->event == NULL || event_add(l->event, NULL) < 0)
		log_fatal("cannot watch a listening socket");
	SLIST_INSERT_HEAD(&n->listeners, l, next);
	return l;
}

/* Only the file that is still ours: another daemon may have taken over. */
static void
remove_file(const struct listener *l)
{
	struct stat st;

	if (l->path != NULL && lstat(l->path, &st) == 0 &&
	    st.st_dev == l->dev && st.st_ino == l->ino)
		unlink(l->path);
}

void
net_stop_listening(struct net *n)
{
	struct listener *l;

	while ((l = SLIST_FIRST(&n->listeners)) != NULL) {
		SLIST_REMOVE_HEAD(&n->listeners, next);
		remove_file(l);
		event_free(l->event);
		close(l->fd);
		free(l->path);
		free(l);
	}
	n->accept_paused = false;
	event_del(n->accept_timer);
}

/* Removes a socket file that nobody listens on. */
static int
clear_path(const struct sockaddr_un *sun, struct err *err)
{
	const char *path = sun->sun_path;
	struct stat st;
	int fd, e;

	if (lstat(path, &st) < 0)
		return errno == ENOENT
			   ? 0
			   : fail(err, -1, "cannot look at it", path);
	if (!S_ISSOCK(st.st_mode))
		return err_set(err, ERR_FILE, NULL,
		    "%s: exists and is no socket; name another path or move "
		    "it away",
		    path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return fail(err, -1, "socket", path);
	e = connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) < 0 ? errno
									: 0;
	close(fd);
	if (e == ECONNREFUSED) {
		if (unlink(path) < 0 && errno != ENOENT)
			return fail(err, -1, "cannot remove it", path);
		return 0;
	}
	if (e == ENOENT)
		return 0;
	if (e == 0 || e == EAGAIN)
		return err_set(err, ERR_FILE, NULL,
		    "%s: somebody listens there; is another caucusd running?",
		    path);
	return err_set(err, ERR_FILE, NULL,
	    "%s: cannot tell whether somebody listens there: %s", path,
	    strerror(e));
}

/*
 * The mode is set before the name exists (bind(2) takes it from the socket,
 * less the umask) and completed before anybody can connect.
 */
static int
bind_unix(int fd, const struct sockaddr_un *sun, mode_t mode, int backlog,
    struct err *err)
{
	if (fchmod(fd, mode) < 0 ||
	    bind(fd, (const struct sockaddr *)sun, sizeof(*sun)) < 0 ||
	    chmod(sun->sun_path, mode) < 0 || listen(fd, backlog) < 0)
		return err_set(err, ERR_FILE, NULL, "%s: cannot listen: %s",
		    sun->sun_path, strerror(errno));
	return 0;
}

int
net_listen_unix(struct net *n, const char *path, mode_t mode, struct err *err)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	struct listener *l;
	struct stat st;
	int fd;

	if (strlen(path) >= sizeof(sun.sun_path))
		return err_set(err, ERR_FILE, NULL,
		    "%s: a socket's path has at most %zu bytes, this one %zu; "
		    "choose a shorter one",
		    path, sizeof(sun.sun_path) - 1, strlen(path));
	memcpy(sun.sun_path, path, strlen(path));
	if (clear_path(&sun, err) < 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return fail(err, fd, "socket", path);
	if (bind_unix(fd, &sun, mode, n->limits.backlog, err) < 0) {
		close(fd);
		return -1;
	}
	l = listener_new(n, fd, true);
	l->path = xstrdup(path);
	if (lstat(path, &st) == 0) {
		l->dev = st.st_dev;
		l->ino = st.st_ino;
	}
	return 0;
}

static int
port_of(int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} a = {0};
	socklen_t len = sizeof(a);

	if (getsockname(fd, &a.any, &len) == -1)
		return 0;
	return ntohs(
	    a.any.sa_family == AF_INET6 ? a.in6.sin6_port : a.in.sin_port);
}

static int
bind_tcp(
    const struct addrinfo *ai, int backlog, const char *where, struct err *err)
{
	int on = 1, fd;

	fd = socket(
	    ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return fail(err, fd, "socket", where);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (ai->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) < 0 ||
	    listen(fd, backlog) < 0)
		return fail(err, fd, "cannot listen", where);
	return fd;
}

int
net_listen_tcp(struct net *n, const char *host, int *port, struct err *err)
{
	struct addrinfo *ai,
	    hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
		.ai_socktype = SOCK_STREAM,
	    };
	char service[16], where[128];
	int fd;

	if (*port < 0 || *port > 65535)
		return err_set(err, ERR_FILE, NULL,
		    "port %d: a port is from 0 to 65535", *port);
	snprintf(service, sizeof(service), "%d", *port);
	snprintf(where, sizeof(where), "%s port %d", host, *port);
	if (getaddrinfo(host, service, &hints, &ai) != 0)
		return err_set(err, ERR_FILE, NULL,
		    "%s: not a numeric address such as 127.0.0.1 or ::1", host);
	fd = bind_tcp(ai, n->limits.backlog, where, err);
	freeaddrinfo(ai);
	if (fd < 0)
		return -1;
	*port = port_of(fd);
	listener_new(n, fd, false);
	return 0;
}

int
net_listen_fd(struct net *n, int fd, struct err *err)
{
	struct sockaddr_storage ss = {0};
	socklen_t len = sizeof(ss), size = sizeof(int);
	int listening = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) < 0 ||
	    !listening || getsockname(fd, (struct sockaddr *)&ss, &len) < 0)
		return err_set(err, ERR_FILE, NULL,
		    "descriptor %d is not a listening socket", fd);
	evutil_make_socket_nonblocking(fd);
	evutil_make_socket_closeonexec(fd);
	listener_new(n, fd, ss.ss_family == AF_UNIX);
	return 0;
}
