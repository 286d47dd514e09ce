/* A fake language model beside the daemon of a test. */
#ifndef TESTS_SYSTEM_MODEL_H
#define TESTS_SYSTEM_MODEL_H

#include <sys/types.h>

#include "harness.h"

struct model {
	pid_t pid;
	int port;
	char log[128], script[128], bodies[128]; /* paths */
};

/* Starts it in the daemon's folder; script is a text (tests/fake/fake.h).  0,
 * or -1 with a line on standard error. */
int model_start(struct model *m, const struct daemon *d, int port,
    int latency_ms, const char *script);
/* A daemon's configuration where sessions draft offline unless they name the
 * endpoint `fake`; path: where it was written. */
int model_config(const struct model *m, const struct daemon *d, char path[128]);
void model_stop(struct model *m); /* may be repeated */
/* Requests it has had so far, of a kind ("draft", "predict") or all (NULL). */
int model_requests(const struct model *m, const char *kind);

#endif
