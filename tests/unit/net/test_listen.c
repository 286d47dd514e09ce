/* Listeners: socket files, addresses, too few descriptors, too many peers. */
#include <sys/resource.h>
#include <sys/stat.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>

#include "rig.h"

#define ECHO "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\"}\n"
#define BACK "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}"

static int
bind_only(const char *path)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	return fd;
}

static void
test_socket_file(void **state)
{
	struct rig *g = rig_new(NULL);
	char path[64];
	struct client c;
	struct stat st;
	mode_t mask;
	struct err e;

	(void)state;
	/* Live: ours. */
	assert_int_equal(net_listen_unix(g->net, g->path, 0600, &e), -1);
	assert_int_equal(e.code, ERR_FILE);
	assert_non_null(strstr(e.text, "somebody listens"));
	c = rig_connect(g);
	client_send(g, &c, ECHO);
	expect(g, &c, BACK);
	client_close(&c);
	/* Stale: bound once, nobody listens. */
	snprintf(path, sizeof(path), "%s/stale", g->dir);
	close(bind_only(path));
	mask = umask(077);
	assert_int_equal(net_listen_unix(g->net, path, 0666, &e), 0);
	umask(mask);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0666);
	assert_int_equal(stat(g->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	rig_free(g);
}

static void
test_no_socket(void **state)
{
	struct rig *g = rig_new(NULL);
	char path[200];
	struct stat st;
	struct err e;

	(void)state;
	snprintf(path, sizeof(path), "%s/file", g->dir);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	assert_int_equal(net_listen_unix(g->net, path, 0600, &e), -1);
	assert_int_equal(e.code, ERR_FILE);
	assert_non_null(strstr(e.text, "no socket"));
	assert_int_equal(stat(path, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	unlink(path);
	snprintf(path, sizeof(path), "%s/none/s", g->dir);
	assert_int_equal(net_listen_unix(g->net, path, 0600, &e), -1);
	assert_int_equal(e.code, ERR_FILE);
	memset(path, 'p', 108);
	path[0] = '/';
	path[108] = '\0';
	assert_int_equal(net_listen_unix(g->net, path, 0600, &e), -1);
	assert_non_null(strstr(e.text, "107 bytes"));
	rig_free(g);
}

/* The file goes with the listener, but not another daemon's. */
static void
test_stop(void **state)
{
	struct rig *g = rig_new(NULL);
	struct client c = rig_connect(g);
	int fd;

	(void)state;
	net_stop_listening(g->net);
	assert_int_equal(access(g->path, F_OK), -1);
	client_send(g, &c, ECHO);
	expect(g, &c, BACK);
	client_close(&c);
	net_stop_listening(g->net);
	assert_int_equal(net_listen_unix(g->net, g->path, 0600, NULL), 0);
	unlink(g->path);
	fd = bind_only(g->path);
	net_stop_listening(g->net);
	assert_int_equal(access(g->path, F_OK), 0);
	close(fd);
	unlink(g->path);
	rig_free(g);
}

static void
tcp_echo(struct rig *g, const char *host, int family)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	struct client c = {0};
	struct net_peer p;
	int port = 0, r;

	assert_int_equal(net_listen_tcp(g->net, host, &port, NULL), 0);
	assert_true(port > 0);
	c.fd = socket(family, SOCK_STREAM, 0);
	v4.sin_port = v6.sin6_port = htons((uint16_t)port);
	v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	v6.sin6_addr = in6addr_loopback;
	r = family == AF_INET
		? connect(c.fd, (struct sockaddr *)&v4, sizeof(v4))
		: connect(c.fd, (struct sockaddr *)&v6, sizeof(v6));
	assert_int_equal(r, 0);
	fcntl(c.fd, F_SETFL, O_NONBLOCK);
	client_send(g, &c, ECHO);
	expect(g, &c, BACK);
	assert_true(net_peer(g->net, g->last, &p));
	assert_false(p.local);
	assert_int_equal(p.uid, (uid_t)-1);
	assert_int_equal(
	    strncmp(p.address, family == AF_INET ? "127.0.0.1:" : "[::1]:",
		family == AF_INET ? 10 : 6),
	    0);
	client_close(&c);
}

static void
test_tcp(void **state)
{
	struct rig *g = rig_new(NULL);
	struct err e;
	int port = 0;
	int fd;

	(void)state;
	tcp_echo(g, "127.0.0.1", AF_INET);
	fd = socket(AF_INET6, SOCK_STREAM, 0);
	if (fd >= 0) {
		close(fd);
		tcp_echo(g, "::1", AF_INET6);
	}
	assert_int_equal(net_listen_tcp(g->net, "localhost", &port, &e), -1);
	assert_non_null(strstr(e.text, "numeric"));
	port = 70000;
	assert_int_equal(net_listen_tcp(g->net, "127.0.0.1", &port, &e), -1);
	port = 0;
	assert_int_equal(net_listen_tcp(g->net, "127.0.0.1", &port, &e), 0);
	assert_int_equal(net_listen_tcp(g->net, "127.0.0.1", &port, &e), -1);
	assert_int_equal(e.code, ERR_FILE);
	rig_free(g);
}

static void
test_given_fd(void **state)
{
	struct rig *g = rig_new(NULL);
	char path[64];
	struct client c;
	struct err e;
	int fd;

	(void)state;
	net_stop_listening(g->net);
	snprintf(path, sizeof(path), "%s", g->path);
	fd = bind_only(path);
	assert_int_equal(net_listen_fd(g->net, fd, &e), -1);
	assert_int_equal(e.code, ERR_FILE);
	assert_int_equal(net_listen_fd(g->net, -1, &e), -1);
	listen(fd, 5);
	assert_int_equal(net_listen_fd(g->net, fd, &e), 0);
	c = rig_connect(g);
	client_send(g, &c, ECHO);
	expect(g, &c, BACK);
	client_close(&c);
	net_stop_listening(g->net);
	/* Whoever made the file removes it. */
	assert_int_equal(access(path, F_OK), 0);
	unlink(path);
	rig_free(g);
}

/*
 * Room for three descriptors, eight clients.  Takes a second: that is when
 * the hub tries again by itself.
 */
static void
test_no_descriptors(void **state)
{
	struct rig *g = rig_new(NULL);
	struct rlimit before, few;
	struct client c = {0};
	int fds[8], low, i;
	int64_t began;

	(void)state;
	for (i = 0; i < 8; i++)
		fds[i] = rig_connect_fd(g);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	low = open("/dev/null", O_RDONLY);
	close(low);
	few = before;
	few.rlim_cur = (rlim_t)low + 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	rig_turns(g, 50);
	assert_int_equal(rig_stats(g).accepted, 3);
	assert_int_equal(rig_stats(g).accept_pauses, 1);
	/* One goes, the next comes in, at once. */
	shutdown(fds[0], SHUT_WR);
	began = now_ms();
	RIG_UNTIL(g, rig_stats(g).accepted == 4);
	assert_true(now_ms() - began < 900);
	rig_turns(g, 50);
	assert_int_equal(rig_stats(g).accept_pauses, 2);
	setrlimit(RLIMIT_NOFILE, &before);
	/* Behind all that wait. */
	c.fd = rig_connect_fd(g);
	client_send(g, &c, ECHO);
	expect(g, &c, BACK);
	client_close(&c);
	for (i = 0; i < 8; i++)
		close(fds[i]);
	RIG_UNTIL(g, rig_stats(g).connections == 0);
	rig_free(g);
}

/* Stopping while accepting is paused must not wake it again. */
static void
test_stop_while_paused(void **state)
{
	struct rig *g = rig_new(NULL);
	struct rlimit before, few;
	int fd = rig_connect_fd(g), low;

	(void)state;
	getrlimit(RLIMIT_NOFILE, &before);
	low = open("/dev/null", O_RDONLY);
	close(low);
	few = before;
	few.rlim_cur = (rlim_t)low;
	setrlimit(RLIMIT_NOFILE, &few);
	RIG_UNTIL(g, rig_stats(g).accept_pauses == 1);
	net_stop_listening(g->net);
	setrlimit(RLIMIT_NOFILE, &before);
	rig_turns(g, 5);
	assert_int_equal(rig_stats(g).accepted, 0);
	close(fd);
	rig_free(g);
}

static void
test_connections_max(void **state)
{
	struct net_limits l;
	struct client a, b, c;
	struct rig *g;

	(void)state;
	net_limits_default(&l);
	l.connections_max = 2;
	g = rig_new(&l);
	a = rig_connect(g);
	b = rig_connect(g);
	c = rig_connect(g);
	expect_error(g, &c, "null", -32020, "limit_reached", "");
	expect_end(g, &c);
	client_close(&c);
	assert_int_equal(rig_stats(g).refused, 1);
	assert_int_equal(rig_stats(g).connections, 2);
	client_close(&a);
	RIG_UNTIL(g, rig_stats(g).connections == 1);
	c = rig_connect(g);
	client_send(g, &c, ECHO);
	expect(g, &c, BACK);
	client_send(g, &b, ECHO);
	expect(g, &b, BACK);
	client_close(&b);
	client_close(&c);
	rig_free(g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_socket_file),
	    cmocka_unit_test(test_no_socket),
	    cmocka_unit_test(test_stop),
	    cmocka_unit_test(test_tcp),
	    cmocka_unit_test(test_given_fd),
	    cmocka_unit_test(test_no_descriptors),
	    cmocka_unit_test(test_stop_while_paused),
	    cmocka_unit_test(test_connections_max),
	};

	return cmocka_run_group_tests_name("listen", tests, NULL, NULL);
}
