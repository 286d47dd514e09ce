/* What the benches share: clocks, a daemon of one's own, what it costs. */
#ifndef TESTS_BENCH_RIG_H
#define TESTS_BENCH_RIG_H

#include <sys/types.h>

double rig_now(void);	    /* seconds, monotonic */
double rig_processor(void); /* seconds of this process: others do not count */
/* Says what and errno, and ends the bench. */
_Noreturn void rig_die(const char *what);

struct rig {
	char dir[64], socket[96];
	pid_t pid;
};

/* A daemon with a journal in a folder of its own; `sets`: NULL-ended values
 * of --set.  It listens when this returns. */
void rig_start(struct rig *r, const char *const *sets);
void rig_stop(struct rig *r);
/* A connection to it; -1 and errno. */
int rig_dial(const char *socket);
/* VmRSS, VmHWM; kB. */
long rig_kb(const struct rig *r, const char *what);
double rig_cpu(const struct rig *r); /* seconds of its processor so far */
/* A write of 4 kB with fdatasync in that folder, seconds. */
double rig_fdatasync(const char *dir);
void rig_remove(const char *dir);

#endif
