#include "shell.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <setjmp.h>

#include <cmocka.h>

/* Times $CAUCUS_PATIENCE where a tool makes all slower. */
#define PATIENCE_MS 60000

static char home[64];
static struct said last;

static const char *
build_dir(void)
{
	const char *build = getenv("CAUCUS_BUILD");

	return build != NULL ? build : "build";
}

int
shell_open(const char *socket)
{
	char path[4096], cwd[2048];

	snprintf(home, sizeof home, "/tmp/caucus-home.XXXXXX");
	if (mkdtemp(home) == NULL || getcwd(cwd, sizeof cwd) == NULL)
		return -1;
	setenv("XDG_STATE_HOME", shell_path("state"), 1);
	setenv("HOME", home, 1);
	setenv("TMPDIR", home, 1);
	setenv("COLUMNS", "80", 1);
	unsetenv("CAUCUS_SESSION");
	unsetenv("XDG_RUNTIME_DIR");
	if (socket != NULL)
		setenv("CAUCUS_SOCKET", socket, 1);
	else
		unsetenv("CAUCUS_SOCKET");
	snprintf(path, sizeof path, "%s/%s:%s",
	    build_dir()[0] == '/' ? "" : cwd, build_dir(), getenv("PATH"));
	setenv("PATH", path, 1);
	/* A build beside the usual one has no ../config. */
	snprintf(path, sizeof path, "%s/config", cwd);
	setenv("CAUCUS_DATADIR", path, 1);
	return 0;
}

static int
remove_cb(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static void
said_clear(void)
{
	free(last.out);
	free(last.err);
	json_decref(last.json);
	last = (struct said){0};
}

void
shell_close(void)
{
	said_clear();
	if (home[0] != '\0')
		nftw(home, remove_cb, 8, FTW_DEPTH | FTW_PHYS);
	home[0] = '\0';
}

const char *
shell_home(void)
{
	return home;
}

const char *
shell_path(const char *name)
{
	static char paths[16][256];
	static int n;
	char *path = paths[n++ % 16];

	snprintf(path, sizeof paths[0], "%s/%s", home, name);
	return path;
}

char *
shell_file(const char *path)
{
	FILE *f = fopen(path, "re");
	char *bytes = NULL;
	size_t len = 0;
	FILE *out;
	int c;

	if (f == NULL)
		return NULL;
	out = open_memstream(&bytes, &len);
	while (out != NULL && (c = getc(f)) != EOF)
		putc(c == '\0' ? ' ' : c, out); /* /proc/…/cmdline */
	fclose(f);
	if (out == NULL || fclose(out) != 0)
		return NULL;
	return bytes;
}

bool
shell_leaks(const char *text)
{
	json_t *root =
	    json_load_file(shell_path("state/caucus/tokens.json"), 0, NULL);
	const char *token;
	bool leaks = false;
	json_t *o;
	size_t i;

	json_array_foreach(json_object_get(root, "tokens"), i, o) {
		token = json_string_value(json_object_get(o, "token"));
		leaks |= token != NULL && strstr(text, token) != NULL;
	}
	json_decref(root);
	return leaks;
}

/* ---- running ---- */

static void
become(const char *program, const char *input, const char *const *argv)
{
	const char *args[64] = {program};
	int in, out, err, i;

	for (i = 0; argv[i] != NULL && i < 62; i++)
		args[i + 1] = argv[i];
	in = open(input != NULL ? shell_path("in") : "/dev/null", O_RDONLY);
	out = open(shell_path("out"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	err = open(shell_path("err"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (dup2(in, 0) == -1 || dup2(out, 1) == -1 || dup2(err, 2) == -1)
		_exit(126);
	closefrom(3);
	execvp(program, (char *const *)(uintptr_t)args);
	_exit(127);
}

/* The arguments of the process and of those that it started. */
static void
look_at_arguments(pid_t pid)
{
	char path[64], *text, *at;

	snprintf(path, sizeof path, "/proc/%d/cmdline", (int)pid);
	text = shell_file(path);
	if (text != NULL && shell_leaks(text))
		fail_msg("a token stands in the arguments of a process");
	free(text);
	snprintf(
	    path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
	text = shell_file(path);
	for (at = text; at != NULL && *at >= '0' && *at <= '9';) {
		look_at_arguments((pid_t)strtol(at, &at, 10));
		at += *at == ' ';
	}
	free(text);
}

static int
wait_for(pid_t pid, const char *what)
{
	const char *slower = getenv("CAUCUS_PATIENCE");
	int times = slower != NULL ? atoi(slower) : 1, status, i;
	struct timespec nap = {0, 2000000};

	for (i = 0; i < times * (PATIENCE_MS / 2); i++) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status)
						 : 128 + WTERMSIG(status);
		look_at_arguments(pid);
		nanosleep(&nap, NULL);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	fail_msg("caucus %s does not end", what);
	return -1;
}

static pid_t
start(const char *program, const char *input, const char *const *argv)
{
	pid_t pid;
	FILE *f;

	said_clear();
	if (input != NULL) {
		f = fopen(shell_path("in"), "we");
		assert_non_null(f);
		fputs(input, f);
		fclose(f);
	}
	pid = fork();
	if (pid == 0)
		become(program, input, argv);
	assert_true(pid > 0);
	return pid;
}

static const struct said *
finish(pid_t pid, const char *what)
{
	last.status = wait_for(pid, what);
	last.out = shell_file(shell_path("out"));
	last.err = shell_file(shell_path("err"));
	assert_non_null(last.out);
	assert_non_null(last.err);
	last.json = json_loads(last.out, JSON_DECODE_ANY, NULL);
	if (shell_leaks(last.out) || shell_leaks(last.err))
		fail_msg("caucus %s says a token", what);
	return &last;
}

static const char *
first_of(const char *const *argv)
{
	return argv[0] != NULL ? argv[0] : "";
}

const struct said *
shell_run(const char *input, const char *const *argv)
{
	return finish(start("caucus", input, argv), first_of(argv));
}

pid_t
shell_start(const char *const *argv)
{
	return start("caucus", NULL, argv);
}

const struct said *
shell_wait(pid_t pid)
{
	return finish(pid, "");
}

const struct said *
shell_line(const char *line)
{
	const char *const argv[] = {"-c", line, NULL};

	return finish(start("sh", NULL, argv), line);
}
