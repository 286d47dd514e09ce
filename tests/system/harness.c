#include "harness.h"
#include "record/replay.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DEADLINE_MS 10000

long long
clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int
dial(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	if (fd != -1 && connect(fd, (struct sockaddr *)&a, sizeof(a)) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

/* As the service manager does: descriptor 3, and whom it is for. */
static void
pass_socket(int fd)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	/* Where it is 3 already, dup2 leaves close-on-exec. */
	if (dup2(fd, 3) == -1 || fcntl(3, F_SETFD, 0) == -1 ||
	    setenv("LISTEN_PID", pid, 1) == -1 ||
	    setenv("LISTEN_FDS", "1", 1) == -1 ||
	    setenv("LISTEN_FDNAMES", "caucus", 1) == -1)
		_exit(126);
}

/* The child: never returns. */
static void
daemon_exec(const struct daemon *d)
{
	const char *build = getenv("CAUCUS_BUILD");
	struct rlimit files = {(rlim_t)d->files, (rlim_t)d->files};
	const char *args[32] = {"", "--socket", d->socket, "--journal",
	    d->journal, "--data", "config", "--set", "rate=0"};
	const char *wrap[36] = {
	    "systemd-socket-activate", "--fdname=caucus", "-l", d->socket};
	char prog[512], log[128], where[32];
	size_t n = 9, i;

	if (d->tcp) {
		snprintf(where, sizeof(where), "127.0.0.1:%d", d->port);
		args[n++] = "--listen-tcp";
		args[n++] = where;
	}
	for (i = 0; i < 8 && d->sets[i] != NULL; i++) {
		args[n++] = "--set";
		args[n++] = d->sets[i];
	}
	if (d->config != NULL) {
		args[n++] = "--config";
		args[n++] = d->config;
	}
	snprintf(prog, sizeof(prog), "%s/%s", build ? build : "build",
	    d->program ? d->program : "caucusd");
	snprintf(log, sizeof(log), "%s/log", d->dir);
	args[0] = prog;
	memcpy(wrap + 4, args, sizeof(args));
	if (d->quiet && freopen(log, "a", stderr) == NULL)
		_exit(126);
	if (d->passed != 0)
		pass_socket(d->passed);
	if (d->wrapped)
		execvp(wrap[0], (char *const *)(uintptr_t)wrap);
	if (d->files == 0 || setrlimit(RLIMIT_NOFILE, &files) == 0)
		execv(prog, (char *const *)(uintptr_t)args);
	perror(prog);
	_exit(127);
}

int
daemon_spawn(struct daemon *d)
{
	d->pid = fork();
	if (d->pid == 0)
		daemon_exec(d);
	if (d->pid != -1)
		return 0;
	d->pid = 0;
	return -1;
}

int
daemon_restart(struct daemon *d)
{
	long long end = clock_ms() + DEADLINE_MS;
	int fd;

	if (daemon_spawn(d) == -1)
		return -1;
	while (clock_ms() < end) {
		fd = dial(d->socket);
		if (fd != -1) {
			close(fd);
			return 0;
		}
		if (waitpid(d->pid, NULL, WNOHANG) == d->pid) {
			d->pid = 0;
			break;
		}
		usleep(2000);
	}
	fprintf(stderr, "harness: the daemon of %s does not listen\n", d->dir);
	return -1;
}

static int
loopback(int port, bool to_bind)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int r = -1;

	if (fd != -1)
		r = to_bind ? bind(fd, (struct sockaddr *)&a, sizeof(a))
			    : connect(fd, (struct sockaddr *)&a, sizeof(a));
	if (r == -1 && fd != -1)
		close(fd);
	return r == -1 ? -1 : fd;
}

/* A port that is free now, and most likely in a moment. */
static int
free_port(void)
{
	struct sockaddr_in a = {0};
	socklen_t len = sizeof(a);
	int fd = loopback(0, true), port = 0;

	if (fd != -1 && getsockname(fd, (struct sockaddr *)&a, &len) == 0)
		port = ntohs(a.sin_port);
	if (fd != -1)
		close(fd);
	return port;
}

int
daemon_begin(struct daemon *d)
{
	if (d->tcp)
		d->port = free_port();
	signal(SIGPIPE, SIG_IGN);
	snprintf(d->dir, sizeof(d->dir), "/tmp/caucus-system.XXXXXX");
	if (mkdtemp(d->dir) == NULL) {
		d->dir[0] = '\0';
		return -1;
	}
	snprintf(d->socket, sizeof(d->socket), "%s/s", d->dir);
	snprintf(d->journal, sizeof(d->journal), "%s/journal.db", d->dir);
	return daemon_restart(d);
}

int
daemon_start(struct daemon *d)
{
	memset(d, 0, sizeof(*d));
	return daemon_begin(d);
}

void
daemon_kill9(struct daemon *d)
{
	if (d->pid > 0) {
		kill(d->pid, SIGKILL);
		waitpid(d->pid, NULL, 0);
	}
	d->pid = 0;
}

void
daemon_tell(const struct daemon *d)
{
	char log[128], end[2048];
	FILE *f;
	size_t n;

	snprintf(log, sizeof(log), "%s/log", d->dir);
	f = fopen(log, "r");
	if (f == NULL)
		return;
	if (fseek(f, -(long)sizeof(end), SEEK_END) == -1)
		rewind(f);
	n = fread(end, 1, sizeof(end), f);
	fwrite(end, 1, n, stderr);
	fclose(f);
}

int
daemon_stop(struct daemon *d)
{
	long long end = clock_ms() + DEADLINE_MS;
	int status;

	if (d->pid <= 0)
		return -1;
	kill(d->pid, SIGTERM);
	while (clock_ms() < end) {
		if (waitpid(d->pid, &status, WNOHANG) == d->pid) {
			d->pid = 0;
			return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		}
		usleep(5000);
	}
	daemon_kill9(d);
	return -1;
}

void
daemon_clear(struct daemon *d)
{
	struct dirent *e;
	char path[512];
	DIR *dir;

	daemon_kill9(d);
	if (d->dir[0] == '\0' || (dir = opendir(d->dir)) == NULL)
		return;
	while ((e = readdir(dir)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", d->dir, e->d_name);
		if (e->d_name[0] != '.')
			unlink(path);
	}
	closedir(dir);
	rmdir(d->dir);
	d->dir[0] = '\0';
}

int
client_open(struct client *c, const struct daemon *d)
{
	memset(c, 0, sizeof(*c));
	c->notes = json_array();
	c->fd = dial(d->socket);
	return c->fd == -1 ? -1 : 0;
}

int
client_open_tcp(struct client *c, const struct daemon *d)
{
	memset(c, 0, sizeof(*c));
	c->notes = json_array();
	c->fd = loopback(d->port, false);
	return c->fd == -1 ? -1 : 0;
}

void
client_close(struct client *c)
{
	if (c->notes == NULL)
		return;
	if (c->fd != -1)
		close(c->fd);
	json_decref(c->notes);
	free(c->in);
	memset(c, 0, sizeof(*c));
	c->fd = -1;
}

int
client_send(struct client *c, const char *bytes, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = send(c->fd, bytes, len, MSG_NOSIGNAL);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Reads more; -1 at the deadline, the end or a fault. */
static int
client_fill(struct client *c, long long end)
{
	struct pollfd p = {.fd = c->fd, .events = POLLIN};
	long long left = end - clock_ms();
	ssize_t n;
	char *in;

	if (c->cap - c->len < 65536) {
		in = realloc(c->in, c->cap * 2 + 65536);
		if (in == NULL)
			return -1;
		c->in = in;
		c->cap = c->cap * 2 + 65536;
	}
	if (left <= 0 || poll(&p, 1, (int)left) != 1)
		return -1;
	n = read(c->fd, c->in + c->len, c->cap - c->len);
	if (n <= 0)
		return -1;
	if (c->tap != NULL)
		fwrite(c->in + c->len, 1, (size_t)n, c->tap);
	c->len += (size_t)n;
	return 0;
}

json_t *
client_answer(struct client *c)
{
	long long end = clock_ms() + DEADLINE_MS;
	char *nl;
	size_t n;
	json_t *m;

	for (;;) {
		nl = c->len ? memchr(c->in, '\n', c->len) : NULL;
		if (nl == NULL) {
			if (client_fill(c, end) == -1)
				return NULL;
			continue;
		}
		n = (size_t)(nl - c->in);
		m = json_loadb(c->in, n, JSON_ALLOW_NUL, NULL);
		c->len -= n + 1;
		memmove(c->in, nl + 1, c->len);
		if (m == NULL || json_object_get(m, "method") == NULL)
			return m;
		json_array_append_new(c->notes, m);
	}
}

json_t *
client_ask(struct client *c, const char *method, json_t *params)
{
	json_t *m = json_pack("{s:s,s:I,s:s,s:o}", "jsonrpc", "2.0", "id",
	    ++c->id, "method", method, "params", params);
	char *text = m ? json_dumps(m, JSON_COMPACT) : NULL;
	size_t len = text ? strlen(text) : 0;
	int r = -1;

	json_decref(m);
	if (text != NULL) {
		text[len] = '\n'; /* one write: TCP waits between two */
		r = client_send(c, text, len + 1);
	}
	free(text);
	return r == -1 ? NULL : client_answer(c);
}

const char *
text_of(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s != NULL ? s : "";
}

json_int_t
number_of(const json_t *o, const char *name)
{
	return json_integer_value(json_object_get(o, name));
}

const char *
answer_error(const json_t *answer)
{
	const json_t *e = json_object_get(answer, "error");
	const char *name = json_string_value(
	    json_object_get(json_object_get(e, "data"), "name"));

	if (answer == NULL)
		return "no answer";
	return e == NULL ? "" : name != NULL ? name : "error without a name";
}

json_t *
client_call(struct client *c, const char *method, json_t *params)
{
	json_t *m = client_ask(c, method, params);
	json_t *r = json_incref(json_object_get(m, "result"));

	if (r == NULL)
		fprintf(stderr, "%s: %s: %s\n", method, answer_error(m),
		    json_string_value(json_object_get(
			json_object_get(m, "error"), "message")));
	json_decref(m);
	return r;
}

int
replays(const char *bytes, size_t len, bool concluded)
{
	struct replay_report report;
	struct err err = {0};
	int r = replay_bytes(bytes, len, &report, &err);

	if (r == -1)
		fprintf(stderr, "replay: %s\n", err.text);
	else if (report.outcome != REPLAY_IDENTICAL || !report.verify.holds ||
		 (concluded && !report.verify.concluded)) {
		fprintf(stderr, "replay: it %s, outcome %d, %s\n",
		    report.verify.holds ? "holds" : "does not hold",
		    (int)report.outcome,
		    report.verify.concluded ? "concluded" : "open-ended");
		r = -1;
	}
	replay_report_clear(&report);
	return r;
}

int
verify_outside(const char *path)
{
	const char *shared = getenv("CAUCUS_SHARED");
	char tool[512];
	int status = -1;
	pid_t pid;

	snprintf(tool, sizeof(tool), "%s/tools/verify_recording.py",
	    shared ? shared : "../shared");
	if (access(tool, R_OK) != 0 ||
	    system("command -v python3 >/dev/null") != 0) {
		fprintf(stderr, "SKIPPED: no python3 or no %s\n", tool);
		return 1;
	}
	pid = fork();
	if (pid == 0) {
		execlp("python3", "python3", tool, path, (char *)NULL);
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0 ? 0
									 : -1;
}

char *
file_bytes(const char *path, size_t *n)
{
	const size_t max = (size_t)16 << 20;
	char *bytes = calloc(1, max + 1);
	FILE *f = fopen(path, "r");

	if (bytes == NULL)
		abort();
	*n = 0;
	if (f != NULL) {
		*n = fread(bytes, 1, max, f);
		fclose(f);
	}
	return bytes;
}

bool
file_holds(const char *path, const char *needle)
{
	size_t n;
	char *bytes = file_bytes(path, &n);
	bool holds = memmem(bytes, n, needle, strlen(needle)) != NULL;

	free(bytes);
	return holds;
}
