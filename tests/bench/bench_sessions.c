/*
 * Whole deliberations at once on one daemon: 200 sessions of five people,
 * each with a connection of their own, who answer as soon as they are asked.
 * Prints how long a contribution takes beside the disk's bare fdatasync, and
 * what the daemon's memory comes to; then four times as many, for what grows
 * faster than the sessions do.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/rig.h"
#include "tests/fake/load.h"

/* Seconds of the daemon's processor a session. */
static double
measure(int sessions)
{
	struct rig h;
	struct load l = {.socket = h.socket,
	    .sessions = sessions,
	    .people = 5,
	    .settings = "{\"candidates\":8,\"rounds\":1}",
	    .deadline_s = 300};
	double cpu, sync;
	long before;
	int r;

	rig_start(&h, (const char *const[]){NULL});
	sync = rig_fdatasync(h.dir) * 1000;
	before = rig_kb(&h, "VmRSS");
	r = load_run(&l);
	cpu = rig_cpu(&h);
	printf("%5d sessions of 5: %d concluded in %.1f s, %ld contributions, "
	       "%d connections\n",
	    sessions, l.concluded, l.seconds, l.contributions, sessions * 6);
	printf("      a contribution: median %.1f ms, p99 %.1f ms, longest "
	       "%.1f ms (fdatasync %.2f ms)\n",
	    l.p50_ms, l.p99_ms, l.max_ms, sync);
	printf("      the daemon: %.2f ms of processor a session; %ld kB "
	       "before, %ld kB at most, %.1f kB a session\n",
	    cpu * 1000 / sessions, before, rig_kb(&h, "VmHWM"),
	    (double)(rig_kb(&h, "VmHWM") - before) / sessions);
	if (r == -1)
		fprintf(stderr, "bench_sessions: %s\n", l.why);
	load_clear(&l);
	rig_stop(&h);
	if (r == -1)
		exit(1);
	return cpu / sessions;
}

int
main(void)
{
	double few = measure(50), many = measure(200), more = measure(800);

	printf("processor a session, beside 50 at once: %.2f with 200, %.2f "
	       "with 800 (1 is linear)\n",
	    many / few, more / few);
	return 0;
}
