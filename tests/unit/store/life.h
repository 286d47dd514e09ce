/*
 * A short life of a journal, in steps, and what must hold at any time during
 * it and after any end of it: what was acknowledged is there, what was not is
 * absent or whole, the chains hold.
 */
#ifndef TESTS_STORE_LIFE_H
#define TESTS_STORE_LIFE_H

#include "tests/unit/store/fixture.h"

#define SESSIONS   2
#define LIFE_STEPS 8

/* What the journal has acknowledged. */
struct acked {
	int64_t seq[SESSIONS];
	uint8_t hash[SESSIONS][DIGEST_LEN];
	bool token, revoking, revoked, erased;
};

/* Did the fault that was armed ever strike?  For the test to reset. */
extern bool struck;
void disarm(void);

/* Opens the journal under the shim, if need be at the second try. */
void open_disturbed(void);
/* Takes the first n steps, each until all of it is acknowledged; a fault is
 * disarmed when the journal stays read-only.  crash: also looks at what a
 * crash at each failure would leave. */
void live_steps(struct acked *a, size_t n, bool crash);

void check_acked(const struct acked *a);
/* Opens the files that a crash or a power cut has left, and looks. */
void check_remains(const char *where, const struct acked *a);
/* The same for the files as they are now, as after a kill -9. */
void check_crash(const struct acked *a);

#endif
