/*
 * The writer's thread: takes what was flushed, commits it as a group, tells
 * the caller's thread.
 *
 * What a failed commit leaves behind.  SQLite writes a transaction's frames to
 * the WAL, the last with a commit mark, syncs, and only then moves the
 * wal-index to them.  When the sync fails the index stays: no reader sees the
 * frames, and the next transaction is written over them.  Every frame's
 * checksum goes on from the one before, so what is left of the failed frames
 * behind a shorter successor is not valid to a recovery.  Until something is
 * written over them, though, a crash would recover them whole: that the caller
 * was told "failed" then means "not known to be durable".  Nothing that
 * conflicts with them can be in the journal, for it would lie over them.
 * db_renew_wal covers the one trap left, pages that the kernel takes for
 * clean.  After any failure the connection is opened anew, and the journal is
 * only left read-only once a commit is durable and the WAL has been emptied.
 */
#include "store/writer.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "store/apply.h"

/* A group of more bytes than this is committed in parts. */
#define GROUP_BYTES (16 << 20)
/* How long a reader may hold up emptying the WAL. */
#define TRUNCATE_WAIT_MS 250
#define RESTART_WAIT_MS	 20

struct writer {
	struct journal *j;
	sqlite3 *db; /* NULL: closed after a failure */
	struct apply *apply;
	dev_t dev; /* which file the journal is */
	ino_t ino;
	int wal_pages;	/* after the last commit */
	int checkpoint; /* wal_pages at the last checkpoint of this WAL */
	int64_t retry;	/* ms; when to try again while read-only, 0: never */
	int64_t empty;	/* ms; when to try again to empty the WAL, 0: no need */
	bool wal_warned; /* that the WAL cannot shrink */
};

int64_t
monotonic_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- the connection ---- */

static int
wal_cb(void *arg, sqlite3 *db, const char *name, int pages)
{
	struct writer *w = arg;

	(void)db;
	(void)name;
	w->wal_pages = pages;
	if (pages < w->checkpoint) /* it was started anew */
		w->checkpoint = 0;
	return SQLITE_OK;
}

static void
writer_close(struct writer *w)
{
	apply_free(w->apply);
	w->apply = NULL;
	sqlite3_close(w->db);
	w->db = NULL;
	w->wal_pages = w->checkpoint = 0;
}

/* Statements, once the connection is open and the schema there. */
static int
writer_prepare(struct writer *w)
{
	int rc;

	sqlite3_wal_hook(w->db, wal_cb, w);
	w->apply = apply_new(w->db, &rc);
	return rc;
}

struct writer *
writer_new(struct journal *j, struct err *err)
{
	struct writer *w = xcalloc(1, sizeof(*w));
	const char *path = j->config.path;
	struct stat st;
	int rc;

	w->j = j;
	rc = db_open(&j->config, true, &w->db);
	if (rc != SQLITE_OK)
		db_err(err, w->db, rc, path, "opening it");
	else if (db_setup(w->db, &j->config, j->secret, err) != 0)
		rc = SQLITE_ERROR;
	else if ((rc = writer_prepare(w)) != SQLITE_OK)
		db_err(err, w->db, rc, path, "preparing to write");
	else if (stat(path, &st) != 0)
		rc = err_set(err, ERR_FILE, NULL, "the journal %s: %s", path,
		    strerror(errno));
	if (rc != SQLITE_OK) {
		writer_free(w);
		return NULL;
	}
	w->dev = st.st_dev;
	w->ino = st.st_ino;
	return w;
}

void
writer_free(struct writer *w)
{
	if (w == NULL)
		return;
	writer_close(w);
	free(w);
}

/* A file that was moved, removed or replaced takes our writes nowhere. */
static bool
file_moved(const struct writer *w)
{
	struct stat st;

	return stat(w->j->config.path, &st) != 0 || st.st_dev != w->dev ||
	       st.st_ino != w->ino;
}

/* ---- results ---- */

static void
notify(struct journal *j)
{
	uint64_t one = 1;

	/* It fails only when the counter is full, and then it is readable. */
	if (j->notify_fd >= 0 && write(j->notify_fd, &one, sizeof(one)) < 0)
		return;
}

/* Under the lock.  Leaves q empty. */
static void
finish_locked(struct journal *j, struct batch_queue *q, bool durable)
{
	struct journal_batch *b;
	int64_t last = 0;

	STAILQ_FOREACH(b, q, link) {
		last = b->ticket;
		b->durable = durable && !b->conflict;
		j->stats.submissions++;
		if (!b->durable) {
			j->stats.failures++;
			continue;
		}
		j->stats.events += (int64_t)b->events;
		j->stats.bytes += (int64_t)b->bytes;
	}
	if (last == 0)
		return;
	STAILQ_CONCAT(&j->done, q);
	if (durable)
		j->stats.commits++;
	else
		j->failed = last;
	atomic_store(&j->finished, last);
}

static void
finish(struct journal *j, struct batch_queue *q, bool durable)
{
	pthread_mutex_lock(&j->lock);
	finish_locked(j, q, durable);
	pthread_mutex_unlock(&j->lock);
	notify(j);
}

/* Fails q and all that waits behind it: it may build on q. */
static void
fail_all(struct journal *j, struct batch_queue *q)
{
	pthread_mutex_lock(&j->lock);
	finish_locked(j, q, false);
	finish_locked(j, &j->queue, false);
	pthread_mutex_unlock(&j->lock);
	notify(j);
}

/* ---- the WAL ---- */

/* So that erased words are nowhere on disk.  SQLITE_BUSY is for later. */
static int
writer_empty_wal(struct writer *w)
{
	int rc = db_truncate_wal(w->db, TRUNCATE_WAIT_MS);

	if (rc == SQLITE_BUSY) {
		if (w->empty == 0)
			log_warn("the journal %s: another program is reading "
				 "it, so erased texts stay in %s-wal until it "
				 "has finished",
			    w->j->config.path, w->j->config.path);
		w->empty = monotonic_ms() + w->j->config.retry_ms;
		return SQLITE_OK;
	}
	w->wal_pages = w->checkpoint = 0;
	w->empty = rc == SQLITE_OK ? 0 : 1;
	return rc;
}

/*
 * Passive: waits for nobody.  When all frames are in the database the next
 * commit starts the WAL anew, unless a reader is in it just then; if that goes
 * on for long, wait for readers a little.
 */
static int
writer_checkpoint(struct writer *w)
{
	int limit = w->j->config.checkpoint_pages;
	int mode = SQLITE_CHECKPOINT_PASSIVE;
	int pages = 0, done = 0, rc;

	if (w->wal_pages - w->checkpoint < limit)
		return SQLITE_OK;
	if (w->wal_pages >= 4 * limit)
		mode = SQLITE_CHECKPOINT_RESTART;
	sqlite3_busy_timeout(w->db, RESTART_WAIT_MS);
	rc = sqlite3_wal_checkpoint_v2(w->db, NULL, mode, &pages, &done);
	sqlite3_busy_timeout(w->db, 5000);
	w->checkpoint = w->wal_pages;
	if (rc == SQLITE_BUSY && w->wal_pages >= 16 * limit && !w->wal_warned) {
		w->wal_warned = true;
		log_warn("the journal %s: another program has been reading it "
			 "for long, %s-wal grows until it has finished",
		    w->j->config.path, w->j->config.path);
	}
	return rc == SQLITE_BUSY ? SQLITE_OK : rc;
}

/* ---- read-only ---- */

static void
why_readonly(struct writer *w, int rc, const char *doing, struct err *why)
{
	const struct db_fault *f = db_fault(rc);
	char retry[64] = "then start caucusd again";

	if (f->retry)
		snprintf(retry, sizeof(retry), "it is tried every %d ms",
		    w->j->config.retry_ms);
	err_set(why, ERR_JOURNAL_UNAVAILABLE, NULL,
	    "the journal %s is read-only: %s (%s: %s, code %d): %s; %s",
	    w->j->config.path, f->what, doing, sqlite3_errstr(rc), rc, f->todo,
	    retry);
}

/*
 * After an error of the database.  Nothing of q, what waits behind it
 * included, is written; if the cause is the disk or the file the journal is
 * read-only from now on.
 */
static void
writer_fail(struct writer *w, int rc, const char *doing, struct batch_queue *q)
{
	const struct db_fault *f = db_fault(rc);
	struct journal *j = w->j;
	struct err why = {0};

	if ((rc & 0xff) == SQLITE_NOMEM)
		log_fatal("out of memory while %s", doing);
	if (!f->stops) {
		log_error("the journal %s: %s (%s, code %d): %s: what was to "
			  "be written failed",
		    j->config.path, f->what, doing, rc, f->todo);
		fail_all(j, q);
		return;
	}
	why_readonly(w, rc, doing, &why);
	log_error("%s", why.text);
	writer_close(w);
	w->retry = f->retry ? monotonic_ms() + j->config.retry_ms : 0;
	pthread_mutex_lock(&j->lock);
	j->why = why;
	atomic_store(&j->readonly, true);
	pthread_mutex_unlock(&j->lock);
	fail_all(j, q);
}

/* Can the journal be written again? */
static int
writer_try(struct writer *w)
{
	const struct journal_config *c = &w->j->config;
	int rc;

	if (file_moved(w))
		return SQLITE_CANTOPEN;
	if ((rc = db_renew_wal(c)) != SQLITE_OK ||
	    (rc = db_open(c, true, &w->db)) != SQLITE_OK ||
	    (rc = writer_prepare(w)) != SQLITE_OK ||
	    (rc = apply_probe(w->apply)) != SQLITE_OK)
		return rc;
	return writer_empty_wal(w);
}

static void
writer_retry(struct writer *w)
{
	struct journal *j = w->j;
	struct err why = {0};
	int rc = writer_try(w);

	if (rc == SQLITE_OK) {
		w->retry = 0;
		log_note("the journal %s can be written again", j->config.path);
	} else {
		writer_close(w);
		w->retry = db_fault(rc)->retry || !db_fault(rc)->stops
			       ? monotonic_ms() + j->config.retry_ms
			       : 0;
		why_readonly(w, rc, "trying again", &why);
		log_trace("%s", why.text);
	}
	pthread_mutex_lock(&j->lock);
	atomic_store(&j->readonly, rc != SQLITE_OK);
	j->why = why;
	pthread_mutex_unlock(&j->lock);
	notify(j);
}

/* ---- groups ---- */

/* Moves from the front of `from` to the end of `to` what makes one group. */
static void
take_group(struct batch_queue *from, struct batch_queue *to)
{
	struct journal_batch *b;
	size_t bytes = 0;

	while (bytes < GROUP_BYTES && (b = STAILQ_FIRST(from)) != NULL) {
		bytes += b->bytes;
		STAILQ_REMOVE_HEAD(from, link);
		STAILQ_INSERT_TAIL(to, b, link);
	}
}

/*
 * What was submitted before its maker had polled the last failure may build on
 * it.  `seen` only grows from ticket to ticket, so these are the first.
 */
static void
refuse_blind(struct journal *j, struct batch_queue *q)
{
	struct batch_queue blind = STAILQ_HEAD_INITIALIZER(blind);
	struct journal_batch *b;
	int64_t failed = j->failed; /* only this thread changes it */

	while ((b = STAILQ_FIRST(q)) != NULL && b->seen < failed) {
		failed = b->ticket;
		STAILQ_REMOVE_HEAD(q, link);
		STAILQ_INSERT_TAIL(&blind, b, link);
	}
	if (!STAILQ_EMPTY(&blind))
		finish(j, &blind, false);
}

static bool
group_erases(const struct batch_queue *group)
{
	const struct journal_batch *b;

	STAILQ_FOREACH(b, group, link)
		if (b->erases)
			return true;
	return false;
}

/* Commits one group.  On error the group is in `group` still. */
static int
writer_commit(struct writer *w, struct batch_queue *group, const char **doing)
{
	int rc;

	*doing = "finding its file moved or replaced";
	if (file_moved(w))
		return SQLITE_CANTOPEN;
	*doing = "writing";
	if ((rc = apply_commit(w->apply, group)) != SQLITE_OK)
		return rc;
	*doing = "emptying the WAL";
	if (group_erases(group) || (w->empty && w->empty <= monotonic_ms()))
		rc = writer_empty_wal(w);
	/* From here on it is durable, whatever else fails. */
	finish(w->j, group, true);
	if (rc != SQLITE_OK)
		return rc;
	*doing = "checkpointing";
	return writer_checkpoint(w);
}

/* Leaves q empty. */
static void
writer_take(struct writer *w, struct batch_queue *q)
{
	struct batch_queue group = STAILQ_HEAD_INITIALIZER(group);
	const char *doing;
	int rc;

	while (!STAILQ_EMPTY(q)) {
		if (w->db == NULL) {
			fail_all(w->j, q);
			return;
		}
		refuse_blind(w->j, q);
		take_group(q, &group);
		if (STAILQ_EMPTY(&group))
			return;
		rc = writer_commit(w, &group, &doing);
		if (rc != SQLITE_OK) {
			STAILQ_CONCAT(&group, q);
			writer_fail(w, rc, doing, &group);
		}
	}
}

/* ---- the thread ---- */

/* When the thread has something to do though nothing is queued; 0: never. */
static int64_t
next_duty(const struct writer *w)
{
	return w->db == NULL ? w->retry : w->empty;
}

static void
writer_duties(struct writer *w)
{
	struct batch_queue none = STAILQ_HEAD_INITIALIZER(none);
	int64_t at = next_duty(w);
	int rc;

	if (at == 0 || monotonic_ms() < at)
		return;
	if (w->db == NULL)
		writer_retry(w);
	else if ((rc = writer_empty_wal(w)) != SQLITE_OK)
		writer_fail(w, rc, "emptying the WAL", &none);
}

/* Waits until there is something to do, and takes what is queued.  False when
 * the thread is to end; what is in q then is too late. */
static bool
writer_wait(struct writer *w, struct batch_queue *q)
{
	struct journal *j = w->j;
	int64_t at = next_duty(w);
	struct timespec t = {at / 1000, at % 1000 * 1000000};
	bool go_on;

	pthread_mutex_lock(&j->lock);
	while (STAILQ_EMPTY(&j->queue) && !j->stop &&
	       (at == 0 || monotonic_ms() < at)) {
		if (at == 0)
			pthread_cond_wait(&j->wake, &j->lock);
		else
			pthread_cond_timedwait(&j->wake, &j->lock, &t);
	}
	go_on = !j->stop ||
		(!STAILQ_EMPTY(&j->queue) && monotonic_ms() < j->stop_by);
	STAILQ_CONCAT(q, &j->queue);
	pthread_mutex_unlock(&j->lock);
	return go_on;
}

void *
writer_main(void *arg)
{
	struct writer *w = arg;
	struct batch_queue q = STAILQ_HEAD_INITIALIZER(q);

	while (writer_wait(w, &q)) {
		writer_take(w, &q);
		writer_duties(w);
	}
	fail_all(w->j, &q);
	if (w->db != NULL && w->empty != 0)
		writer_empty_wal(w);
	return NULL;
}
