#include "tests/unit/store/life.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fake/faultvfs.h"

#define WORD	 "grue"
#define SEALED	 "{\"text\":{\"body\":\"" WORD "\",\"salt\":\"00\"}}"
#define ATTEMPTS 2000

bool struck;

static const char *const ids[] = {"aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb"};

/* A session's pen, taken up from what the journal holds, as the daemon folds
 * a session again after a failure. */
static void
pen_resume(struct pen *p, int which)
{
	struct journal_session s;
	struct err err = {0};
	int r;

	pen_open(p, ids[which]);
	r = journal_get_session(journal, ids[which], &s, &err);
	if (r < 0)
		fail_msg("%s", err.text);
	if (r == 0)
		return;
	p->s.seq = s.seq;
	memcpy(p->s.hash, s.hash, DIGEST_LEN);
	journal_session_clear(&s);
}

static void
acked_pen(struct acked *a, int which, const struct pen *p)
{
	a->seq[which] = p->s.seq;
	memcpy(a->hash[which], p->s.hash, DIGEST_LEN);
}

static const struct journal_token token = {
    .digest = "0123456789abcdef0123456789abcde",
    .session = "aaaaaaaaaaaaaaaa",
    .kind = TOKEN_PARTICIPANT,
    .ref = "p-1",
};

/* ---- the steps of a life: each true when all of it is acknowledged ---- */

static bool
step_first(struct acked *a)
{
	struct pen p;
	bool ok;

	pen_resume(&p, 0);
	ok = durable(pen_batch(&p, "created", SEALED));
	if (ok)
		acked_pen(a, 0, &p);
	return ok;
}

/* Three submissions in a group, two of one session: all or none. */
static bool
step_group(struct acked *a)
{
	struct journal_result r[3];
	struct pen p, q, p1;
	int64_t t[3];
	int i;

	pen_resume(&p, 0);
	pen_resume(&q, 1);
	if ((t[0] = journal_submit(
		 journal, pen_batch(&p, "one", SEALED), NULL)) < 0)
		return false;
	p1 = p;
	t[1] = journal_submit(journal, pen_batch(&q, "two", NULL), NULL);
	t[2] = journal_submit(journal, pen_batch(&p, "three", NULL), NULL);
	for (i = 0; i < 3; i++) {
		r[i] = (struct journal_result){0};
		if (t[i] > 0)
			r[i] = await(t[i]);
	}
	if (r[0].durable)
		acked_pen(a, 0, &p1);
	if (r[1].durable)
		acked_pen(a, 1, &q);
	if (r[2].durable)
		acked_pen(a, 0, &p);
	assert_true(r[0].durable || !r[2].durable);
	return r[0].durable && r[1].durable && r[2].durable;
}

static bool
step_token(struct acked *a)
{
	struct journal_batch *b = batch_new();
	int64_t t;

	batch_token(b, &token);
	t = journal_submit(journal, b, NULL);
	return a->token = t > 0 && await(t).durable;
}

static bool
step_erase(struct acked *a)
{
	struct journal_batch *b;
	struct pen p;
	int64_t t;

	pen_resume(&p, 0);
	b = pen_batch(&p, "erased", NULL);
	batch_erase(b, ids[0], 1, "text");
	batch_erase(b, ids[0], 2, "text");
	t = journal_submit(journal, b, NULL);
	if (t < 0 || !await(t).durable)
		return false;
	a->erased = true;
	acked_pen(a, 0, &p);
	return true;
}

static bool
step_revoke(struct acked *a)
{
	struct journal_batch *b = batch_new();
	int64_t t;

	a->revoking = true;
	batch_revoke(b, ids[0], token.ref);
	t = journal_submit(journal, b, NULL);
	return a->revoked = t > 0 && await(t).durable;
}

typedef bool step_fn(struct acked *a);
static step_fn *const steps[] = {
    step_first,
    step_group,
    step_token,
    step_group,
    step_erase,
    step_group,
    step_revoke,
    step_group,
};
_Static_assert(sizeof(steps) / sizeof(steps[0]) == LIFE_STEPS, "life.h");

/* ---- what must hold ---- */

struct find {
	int64_t seq;
	const uint8_t *hash;
	bool found, word;
};

static bool
find_cb(const struct journal_event *e, void *arg)
{
	struct find *f = arg;

	if (e->seq == f->seq && memcmp(e->hash, f->hash, DIGEST_LEN) == 0)
		f->found = true;
	if (e->seq <= 2 && e->sealed != NULL && strstr(e->sealed, WORD))
		f->word = true;
	return true;
}

void
check_acked(const struct acked *a)
{
	struct err err = {0};
	struct journal_token t;
	int i, got;

	check_holds();
	for (i = 0; i < SESSIONS; i++) {
		struct find f = {a->seq[i], a->hash[i], a->seq[i] == 0, false};

		if (journal_each_event(
			journal, ids[i], 0, 1000, find_cb, &f, &err) < 0)
			fail_msg("%s", err.text);
		assert_true(f.found);
		if (i == 0 && a->erased)
			assert_false(f.word);
	}
	got = journal_get_token(journal, token.digest, &t, &err);
	assert_true(got >= 0);
	if (a->token && !a->revoking && got == 0)
		fail_msg("an acknowledged token is gone");
	if (a->revoked)
		assert_int_equal(got, 0);
}

void
check_remains(const char *where, const struct acked *a)
{
	struct journal *here = journal;
	struct journal_config keep = config;
	struct pen p;

	config.path = where;
	config.vfs = NULL;
	open_journal();
	check_acked(a);
	/* and it can be gone on with */
	pen_resume(&p, 0);
	assert_true(durable(pen_batch(&p, "after", NULL)));
	check_holds();
	close_journal();
	config = keep;
	journal = here;
}

void
check_crash(const struct acked *a)
{
	char command[1024], where[160];

	snprintf(command, sizeof(command),
	    "rm -rf %s/crash; mkdir %s/crash; cp %s %s/crash/;"
	    " test ! -e %s-wal || cp %s-wal %s/crash/",
	    dir, dir, path, dir, path, path, dir);
	faultvfs_hold();
	assert_int_equal(system(command), 0);
	faultvfs_release();
	snprintf(where, sizeof(where), "%s/crash/j.db", dir);
	check_remains(where, a);
}

/* ---- lives ---- */

void
disarm(void)
{
	struck = struck || faultvfs_hits() > 0;
	faultvfs_disarm();
}

static void
wait_writable(void)
{
	struct err err = {0};
	int i;

	for (i = 0; i < ATTEMPTS && journal_readonly(journal, &err); i++) {
		if (i == 4) /* it stays broken for some tries */
			disarm();
		nap_ms(1);
	}
	if (journal_readonly(journal, NULL))
		fail_msg("still read-only: %s", err.text);
	if (i > 0) {
		assert_int_equal(err.code, ERR_JOURNAL_UNAVAILABLE);
		assert_non_null(strstr(err.text, path));
		assert_non_null(strstr(err.text, "is tried every"));
	}
}

static void
run_step(step_fn *step, struct acked *a, bool crash)
{
	int tries;

	for (tries = 0; tries < 50 && !step(a); tries++) {
		if (crash)
			check_crash(a);
		wait_writable();
	}
	assert_true(tries < 50);
}

void
open_disturbed(void)
{
	struct err err = {0};

	config.vfs = FAULTVFS;
	config.retry_ms = 2;
	journal = journal_open(&config, -1, &err);
	if (journal != NULL)
		return;
	assert_true(faultvfs_hits() > 0);
	assert_int_equal(err.code, ERR_FILE);
	assert_non_null(strstr(err.text, path));
	disarm();
	open_journal();
}

void
live_steps(struct acked *a, size_t n, bool crash)
{
	size_t i;

	for (i = 0; i < n; i++)
		run_step(steps[i], a, crash);
}
