#include "store/journal.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "store/reader.h"
#include "store/writer.h"

/* What a busy turn takes; more are given back to the heap. */
#define SPARE_MAX 1024

/* How much longer than its grace the writer may take over one commit. */
#define CLOSE_MARGIN_MS 10000

void
journal_defaults(struct journal_config *c)
{
	memset(c, 0, sizeof(*c));
	c->path = "caucus.journal";
	c->queue_max = 16384;
	c->retry_ms = 1000;
	c->sync_full = true;
	c->checkpoint_pages = 4096;
}

/* ---- files ---- */

static int
file_err(struct err *err, const char *path, int error)
{
	/* clang-format off */
	static const struct {
		int error;
		const char *todo;
	} hints[] = {
		{ ENOENT, "make its folder, and let caucusd write to it" },
		{ ENOTDIR, "part of the path is a file: correct it" },
		{ EISDIR, "it is a folder: name a file in it" },
		{ EACCES, "let caucusd write to the file and its folder" },
		{ EPERM, "let caucusd write to the file and its folder" },
		{ EROFS, "choose a file system that can be written" },
		{ ENOSPC, "free space on its file system" },
		{ EMFILE, "raise the limit of open files" },
	};
	/* clang-format on */
	const char *todo = "check the file and its folder";
	size_t i;

	for (i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
		if (hints[i].error == error)
			todo = hints[i].todo;
	return err_set(err, ERR_FILE, NULL, "the journal file %s: %s: %s", path,
	    strerror(error), todo);
}

/* The lock is the kernel's: it ends with the process, however that ends. */
static int
lock_take(const char *path, struct err *err)
{
	char *name = xasprintf("%s.lock", path);
	char pid[32] = "";
	int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);

	if (fd < 0)
		file_err(err, name, errno);
	else if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		ssize_t n = read(fd, pid, sizeof(pid) - 1);

		pid[n > 0 ? strcspn(pid, "\n") : 0] = '\0';
		err_set(err, ERR_FILE, NULL,
		    "the journal %s is in use by another caucusd (process "
		    "%s): stop that one, or name another journal",
		    path, pid[0] != '\0' ? pid : "unknown");
		close(fd);
		fd = -1;
	} else {
		snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
		/* Only a help to whoever meets the lock. */
		if (ftruncate(fd, 0) != 0 || write(fd, pid, strlen(pid)) < 0)
			log_info("%s: %s", name, strerror(errno));
	}
	free(name);
	return fd;
}

static int
sync_folder(const char *path)
{
	char *dir = xstrdup(path), *slash = strrchr(dir, '/');
	int fd, ret;

	if (slash == NULL)
		strlcpy(dir, ".", strlen(path) + 1);
	else
		slash[slash == dir] = '\0';
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(dir);
	if (fd < 0)
		return -1;
	ret = fsync(fd);
	close(fd);
	return ret;
}

/* Makes an empty file with mode 0600 whatever the umask: SQLite would give it
 * 0644, and gives -wal and -shm the mode of the database. */
static int
file_make(const char *path, struct err *err)
{
	int fd =
	    open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0600);
	int ret = 0;

	if (fd < 0 && errno == EEXIST)
		return 0;
	if (fd < 0)
		return file_err(err, path, errno);
	if (fchmod(fd, 0600) != 0 || sync_folder(path) != 0)
		ret = file_err(err, path, errno);
	close(fd);
	return ret;
}

/* ---- open, close ---- */

static struct journal *
journal_new(const struct journal_config *c, int notify_fd)
{
	struct journal *j = xcalloc(1, sizeof(*j));
	pthread_condattr_t attr;

	j->config = *c;
	j->config.path = xstrdup(c->path);
	j->config.vfs = c->vfs == NULL ? NULL : xstrdup(c->vfs);
	if (j->config.checkpoint_pages < 1)
		j->config.checkpoint_pages = 1;
	j->notify_fd = notify_fd;
	j->lock_fd = -1;
	STAILQ_INIT(&j->pending);
	STAILQ_INIT(&j->ready);
	STAILQ_INIT(&j->queue);
	STAILQ_INIT(&j->done);
	STAILQ_INIT(&j->spare);
	pthread_mutex_init(&j->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&j->wake, &attr);
	pthread_condattr_destroy(&attr);
	return j;
}

/* The writer's connection last: only it may bring the WAL home. */
static void
journal_free(struct journal *j)
{
	reader_free(j->reader);
	writer_free(j->writer);
	batch_queue_free(&j->pending);
	batch_queue_free(&j->ready);
	batch_queue_free(&j->queue);
	batch_queue_free(&j->done);
	batch_queue_free(&j->spare);
	pthread_cond_destroy(&j->wake);
	pthread_mutex_destroy(&j->lock);
	if (j->lock_fd >= 0)
		close(j->lock_fd);
	free((char *)j->config.path);
	free((char *)j->config.vfs);
	free(j);
}

/* What can fail, in order; journal_free undoes it. */
static int
journal_start(struct journal *j, struct err *err)
{
	char *full;
	int rc;

	if ((j->lock_fd = lock_take(j->config.path, err)) < 0)
		return -1;
	if (file_make(j->config.path, err) != 0)
		return -1;
	/* A daemon may change its folder. */
	if ((full = realpath(j->config.path, NULL)) == NULL)
		return file_err(err, j->config.path, errno);
	free((char *)j->config.path);
	j->config.path = full;
	if ((j->writer = writer_new(j, err)) == NULL)
		return -1;
	if ((j->reader = reader_new(&j->config, err)) == NULL)
		return -1;
	rc = pthread_create(&j->thread, NULL, writer_main, j->writer);
	if (rc != 0)
		return err_set(err, ERR_FILE, NULL,
		    "the journal's thread cannot be started: %s: raise the "
		    "limit of processes",
		    strerror(rc));
	return 0;
}

struct journal *
journal_open(const struct journal_config *c, int notify_fd, struct err *err)
{
	struct journal *j = journal_new(c, notify_fd);

	if (journal_start(j, err) != 0) {
		journal_free(j);
		return NULL;
	}
	return j;
}

void
journal_close(struct journal *j, int grace_ms)
{
	struct timespec t;
	int64_t wait = (int64_t)grace_ms + CLOSE_MARGIN_MS;

	if (j == NULL)
		return;
	journal_flush(j);
	pthread_mutex_lock(&j->lock);
	j->stop = true;
	j->stop_by = monotonic_ms() + grace_ms;
	pthread_cond_signal(&j->wake);
	pthread_mutex_unlock(&j->lock);
	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_sec += wait / 1000;
	if (pthread_timedjoin_np(j->thread, NULL, &t) != 0) {
		/* It hangs in the kernel and may yet touch what is here. */
		log_error("the journal %s: its disk does not answer: left "
			  "without closing, nothing that was acknowledged is "
			  "lost",
		    j->config.path);
		pthread_detach(j->thread);
		return;
	}
	journal_free(j);
}

/* ---- submissions and results ---- */

struct journal_batch *
journal_batch(struct journal *j)
{
	struct journal_batch *b = STAILQ_FIRST(&j->spare);

	if (b == NULL)
		return batch_new();
	STAILQ_REMOVE_HEAD(&j->spare, link);
	j->nspare--;
	return b;
}

static void
batch_done(struct journal *j, struct journal_batch *b)
{
	if (j->nspare == SPARE_MAX) {
		batch_free(b);
		return;
	}
	batch_reset(b);
	STAILQ_INSERT_HEAD(&j->spare, b, link);
	j->nspare++;
}

int64_t
journal_submit(struct journal *j, struct journal_batch *b, struct err *err)
{
	int64_t waiting = j->submitted - atomic_load(&j->finished);

	if (journal_readonly(j, err)) {
		batch_free(b);
		return -1;
	}
	if (waiting >= j->config.queue_max) {
		batch_free(b);
		return err_set(err, ERR_LIMIT_REACHED, NULL,
		    "%lld writes are waiting for the journal's disk: try "
		    "again in a moment",
		    (long long)waiting);
	}
	b->ticket = ++j->submitted;
	b->seen = j->polled;
	STAILQ_INSERT_TAIL(&j->pending, b, link);
	return b->ticket;
}

void
journal_flush(struct journal *j)
{
	if (STAILQ_EMPTY(&j->pending))
		return;
	pthread_mutex_lock(&j->lock);
	STAILQ_CONCAT(&j->queue, &j->pending);
	pthread_cond_signal(&j->wake);
	pthread_mutex_unlock(&j->lock);
}

int64_t
journal_finished(const struct journal *j)
{
	return atomic_load(&j->finished);
}

bool
journal_poll(struct journal *j, struct journal_result *r)
{
	struct journal_batch *b;

	if (STAILQ_EMPTY(&j->ready) && atomic_load(&j->finished) > j->polled) {
		pthread_mutex_lock(&j->lock);
		STAILQ_CONCAT(&j->ready, &j->done);
		pthread_mutex_unlock(&j->lock);
	}
	if ((b = STAILQ_FIRST(&j->ready)) == NULL)
		return false;
	STAILQ_REMOVE_HEAD(&j->ready, link);
	r->ticket = j->polled = b->ticket;
	r->durable = b->durable;
	r->conflict = b->conflict;
	batch_done(j, b);
	return true;
}

bool
journal_readonly(const struct journal *j, struct err *err)
{
	pthread_mutex_t *lock = (pthread_mutex_t *)&j->lock;
	bool readonly;

	if (!atomic_load(&j->readonly))
		return false;
	pthread_mutex_lock(lock);
	readonly = atomic_load(&j->readonly);
	if (readonly && err != NULL)
		*err = j->why;
	pthread_mutex_unlock(lock);
	return readonly;
}

void
journal_secret(const struct journal *j, uint8_t out[32])
{
	memcpy(out, j->secret, SECRET_LEN);
}

void
journal_stats(const struct journal *j, struct journal_stats *s)
{
	pthread_mutex_t *lock = (pthread_mutex_t *)&j->lock;

	pthread_mutex_lock(lock);
	*s = j->stats;
	s->queued = j->submitted - atomic_load(&j->finished);
	pthread_mutex_unlock(lock);
}
