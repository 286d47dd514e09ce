/* What the tests of the store share: a journal in a folder of its own, and a
 * session to write in it. */
#ifndef TESTS_STORE_FIXTURE_H
#define TESTS_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/digest.h"
#include "store/journal.h"

#define HEADER "{\"caucus\":1,\"kind\":\"recording\"}"

extern char dir[64], path[128];
extern struct journal *journal;
extern struct journal_config config; /* path in dir, retry after 10 ms */

int setup(void **state);
int teardown(void **state);
void open_journal(void); /* fails the test when it cannot */
void close_journal(void);
void nap_ms(int ms);

int64_t submit(struct journal_batch *b); /* must be accepted */
/* The result of a ticket; those before it are passed over. */
struct journal_result await(int64_t ticket);
bool durable(struct journal_batch *b); /* submit and await */

/* A session as a test writes it. */
struct pen {
	struct journal_session s;
	char header[64];
};
void pen_open(struct pen *p, const char *id);
/* Moves the pen on by one event that is added to b. */
void pen_event(
    struct pen *p, struct journal_batch *b, const char *text, const char *seal);
/* A batch with one event. */
struct journal_batch *
pen_batch(struct pen *p, const char *text, const char *seal);

void check_holds(void); /* journal_check_step finds nothing */
/* The head's seq of a session; -1: there is none. */
int64_t head_of(const char *id);
/* "1:-;2:{...};" of all events of a session; valid until the next call. */
const char *events_of(const char *id);

#endif
