/*
 * Whether a call ends the process by abort(3): runs it in a child with its
 * log silenced.
 */
#ifndef UNIT_BASE_ABORTS_H
#define UNIT_BASE_ABORTS_H

#include <sys/resource.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

static bool
aborts(void (*fn)(void))
{
	const struct rlimit none = {0, 0};
	int status, null;
	pid_t pid = fork();

	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &none);
		signal(SIGABRT, SIG_DFL); /* not cmocka's handler */
		null = open("/dev/null", O_WRONLY | O_CLOEXEC);
		dup2(null, STDERR_FILENO);
		fn();
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return false;
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

#endif
