#include "client/house.h"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "client/link.h"
#include "client/place.h"

#define START_MS 10000
#define STOP_MS	 8000 /* more than the daemon takes to flush */

struct house {
	char *dir, *socket, *log;
	pid_t pid; /* 0: not running */
};

static void
nap(void)
{
	struct timespec t = {0, 10000000};

	nanosleep(&t, NULL);
}

/* The daemon beside this program, or the name of the one in PATH. */
static char *
find_daemon(void)
{
	static const char *const places[] = {"caucusd", "../sbin/caucusd"};
	char self[4096], *path, *slash;
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	size_t i;

	if (n <= 0)
		return xstrdup("caucusd");
	self[n] = '\0';
	slash = strrchr(self, '/');
	for (i = 0; slash != NULL && i < 2; i++) {
		path =
		    xasprintf("%.*s/%s", (int)(slash - self), self, places[i]);
		if (access(path, X_OK) == 0)
			return path;
		free(path);
	}
	return xstrdup("caucusd");
}

static int
make_folder(struct house *h, struct err *err)
{
	const char *base = getenv("TMPDIR");

	/* A socket's path has at most 107 bytes. */
	if (base == NULL || *base != '/' || strlen(base) > 64)
		base = "/tmp";
	h->dir = xasprintf("%s/caucus-run-XXXXXX", base);
	if (mkdtemp(h->dir) == NULL) {
		err_set(err, ERR_FILE, NULL, "cannot make a folder in %s: %s",
		    base, strerror(errno));
		free(h->dir);
		h->dir = NULL;
		return -1;
	}
	h->socket = xasprintf("%s/socket", h->dir);
	h->log = xasprintf("%s/log", h->dir);
	return 0;
}

/* In the child: never returns. */
static void
become_daemon(const struct house *h, const char *program,
    const char *const *options, pid_t parent)
{
	static const char *const sets[] = {"rate=0", "awake_ms=1000"};
	const char *args[HOUSE_OPTIONS_MAX + 10] = {
	    program, "--socket", h->socket, "--journal"};
	size_t n = 5, i;
	char *journal = xasprintf("%s/journal.db", h->dir);
	int log = open(h->log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	int null = open("/dev/null", O_RDWR);
	sigset_t none;

	/* It must not outlive us, however we end. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(127);
	setpgid(0, 0); /* Ctrl-C is for us to pass on, in order */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(null, STDIN_FILENO);
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	closefrom(3);
	unsetenv("STATE_DIRECTORY");
	unsetenv("NOTIFY_SOCKET");
	unsetenv("JOURNAL_STREAM");
	args[4] = journal;
	/* Its connections are all ours; what has ended need not stay. */
	for (i = 0; i < sizeof sets / sizeof *sets; i++) {
		args[n++] = "--set";
		args[n++] = sets[i];
	}
	for (i = 0; options[i] != NULL && i < HOUSE_OPTIONS_MAX; i++)
		args[n++] = options[i];
	execvp(program, (char *const *)args);
	fprintf(stderr, "cannot start %s: %s\n", program, strerror(errno));
	_exit(127);
}

char *
house_log(const struct house *h)
{
	char *text;
	size_t len;

	text = place_read(h->log, (size_t)1 << 24, &len, NULL);
	return text != NULL ? text : xstrdup("");
}

/* Whether it has ended by itself. */
static bool
has_ended(struct house *h)
{
	if (h->pid != 0 && waitpid(h->pid, NULL, WNOHANG) == h->pid)
		h->pid = 0;
	return h->pid == 0;
}

static int
wait_listening(
    struct house *h, const volatile sig_atomic_t *stop, struct err *err)
{
	struct link *link;
	char *log, *end;
	int i;

	for (i = 0; i < START_MS / 10 && *stop == 0; i++) {
		if (has_ended(h)) {
			log = house_log(h);
			end = log + strlen(log);
			while (end > log && end[-1] == '\n')
				*--end = '\0';
			end = strrchr(log, '\n');
			err_set(err, ERR_INTERNAL, NULL,
			    "caucusd does not start: %s",
			    end != NULL ? end + 1 : log);
			free(log);
			return -1;
		}
		link = link_open(h->socket, 100, err);
		if (link != NULL) {
			link_close(link);
			return 0;
		}
		nap();
	}
	return err_set(err, ERR_INTERNAL, NULL,
	    *stop != 0 ? "interrupted" : "caucusd does not listen after %d s",
	    START_MS / 1000);
}

struct house *
house_open(const char *const *options, const volatile sig_atomic_t *stop,
    struct err *err)
{
	struct house *h = xcalloc(1, sizeof *h);
	pid_t parent = getpid();
	char *program;

	if (make_folder(h, err) == -1) {
		free(h);
		return NULL;
	}
	program = find_daemon();
	fflush(NULL);
	h->pid = fork();
	if (h->pid == 0)
		become_daemon(h, program, options, parent);
	free(program);
	if (h->pid == -1) {
		h->pid = 0;
		err_set(err, ERR_INTERNAL, NULL, "fork: %s", strerror(errno));
	} else if (wait_listening(h, stop, err) == 0)
		return h;
	house_close(h);
	return NULL;
}

const char *
house_socket(const struct house *h)
{
	return h->socket;
}

static int
remove_cb(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	remove(path);
	return 0;
}

void
house_close(struct house *h)
{
	int i;

	if (h == NULL)
		return;
	if (h->pid != 0)
		kill(h->pid, SIGTERM);
	for (i = 0; i < STOP_MS / 10 && !has_ended(h); i++)
		nap();
	if (h->pid != 0) {
		kill(h->pid, SIGKILL);
		waitpid(h->pid, NULL, 0);
	}
	nftw(h->dir, remove_cb, 8, FTW_DEPTH | FTW_PHYS);
	free(h->dir);
	free(h->socket);
	free(h->log);
	free(h);
}
