#include "tests/fake/faultvfs.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

/* A change of a file that is not known to be on disk.  data NULL: the file is
 * cut to `at`. */
struct change {
	struct change *next;
	sqlite3_int64 at;
	size_t len;
	char *data;
	bool lost; /* a sync of it failed */
};

/* The image of one file; it outlives the handles, as a page cache does. */
struct image {
	struct image *next;
	char *name;
	int fd;
	struct change *first, **last;
};

struct fault_file {
	sqlite3_file base;
	struct image *image; /* or NULL */
	bool counted;
	sqlite3_file *real; /* behind this struct */
};

static struct {
	pthread_mutex_t lock;
	pthread_mutex_t change; /* held by what changes a file */
	sqlite3_vfs *real, vfs;
	bool armed, on, skip_syncs;
	enum fault_op op;
	enum fault_kind kind;
	long n, count[FAULT_OPS], hits;
	const char *file; /* CAUCUS_FAULT_FILE */
	struct stat seen; /* when that was read last */
	char *image_dir;
	struct image *images;
} g = {.lock = PTHREAD_MUTEX_INITIALIZER, .change = PTHREAD_MUTEX_INITIALIZER};

/* clang-format off */
static const char *const op_names[FAULT_OPS] = {
	[FAULT_WRITE] = "write", [FAULT_SYNC] = "sync",
};
static const struct {
	const char *name;
	int rc[FAULT_OPS];
} kinds[FAULT_KINDS] = {
	[FAULT_IOERR] = { "ioerr", { SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC } },
	[FAULT_FULL] = { "full", { SQLITE_FULL, SQLITE_FULL } },
	[FAULT_SHORT] = { "short", { SQLITE_FULL, SQLITE_IOERR_FSYNC } },
};
/* clang-format on */

/* ---- arming ---- */

static void
arm_locked(bool armed, enum fault_op op, long n, enum fault_kind kind, bool on)
{
	g.armed = armed;
	g.op = op;
	g.n = n;
	g.kind = kind;
	g.on = on;
	g.hits = 0;
	memset(g.count, 0, sizeof(g.count));
}

void
faultvfs_arm(enum fault_op op, long n, enum fault_kind kind, bool on)
{
	pthread_mutex_lock(&g.lock);
	arm_locked(true, op, n, kind, on);
	pthread_mutex_unlock(&g.lock);
}

void
faultvfs_disarm(void)
{
	pthread_mutex_lock(&g.lock);
	arm_locked(false, FAULT_WRITE, 0, FAULT_IOERR, false);
	pthread_mutex_unlock(&g.lock);
}

static bool
arm_line_locked(const char *line)
{
	char op[8] = "", kind[8] = "", when[8] = "once";
	int o, k, got;
	long n = 0;

	if (line[0] == '\0' || line[0] == '\n' ||
	    strncmp(line, "none", 4) == 0) {
		arm_locked(false, FAULT_WRITE, 0, FAULT_IOERR, false);
		return true;
	}
	got = sscanf(line, "%7[a-z]:%ld:%7[a-z]:%7[a-z]", op, &n, kind, when);
	for (o = 0; o < FAULT_OPS && strcmp(op, op_names[o]) != 0; o++)
		;
	for (k = 0; k < FAULT_KINDS && strcmp(kind, kinds[k].name) != 0; k++)
		;
	if (got < 3 || o == FAULT_OPS || k == FAULT_KINDS || n < 1 ||
	    (strcmp(when, "once") != 0 && strcmp(when, "on") != 0))
		return false;
	arm_locked(true, (enum fault_op)o, n, (enum fault_kind)k,
	    strcmp(when, "on") == 0);
	return true;
}

bool
faultvfs_arm_line(const char *line)
{
	bool ok;

	pthread_mutex_lock(&g.lock);
	ok = arm_line_locked(line);
	pthread_mutex_unlock(&g.lock);
	return ok;
}

long
faultvfs_count(enum fault_op op)
{
	long n;

	pthread_mutex_lock(&g.lock);
	n = g.count[op];
	pthread_mutex_unlock(&g.lock);
	return n;
}

long
faultvfs_hits(void)
{
	long n;

	pthread_mutex_lock(&g.lock);
	n = g.hits;
	pthread_mutex_unlock(&g.lock);
	return n;
}

void
faultvfs_skip_syncs(bool skip)
{
	pthread_mutex_lock(&g.lock);
	g.skip_syncs = skip;
	pthread_mutex_unlock(&g.lock);
}

void
faultvfs_hold(void)
{
	pthread_mutex_lock(&g.change);
}

void
faultvfs_release(void)
{
	pthread_mutex_unlock(&g.change);
}

static void
reread_locked(void)
{
	struct stat st;
	char line[64] = "";
	FILE *f;

	if (g.file == NULL || stat(g.file, &st) != 0 ||
	    (st.st_mtim.tv_sec == g.seen.st_mtim.tv_sec &&
		st.st_mtim.tv_nsec == g.seen.st_mtim.tv_nsec &&
		st.st_size == g.seen.st_size && st.st_ino == g.seen.st_ino))
		return;
	if ((f = fopen(g.file, "re")) == NULL)
		return;
	g.seen = st;
	if (fgets(line, sizeof(line), f) == NULL)
		line[0] = '\0';
	fclose(f);
	if (!arm_line_locked(line))
		fprintf(stderr, "faultvfs: %s: what is: %s\n", g.file, line);
}

/* The code this operation fails with, or SQLITE_OK. */
static int
fault(const struct fault_file *f, enum fault_op op, enum fault_kind *kind)
{
	int rc = SQLITE_OK;

	if (!f->counted)
		return SQLITE_OK;
	pthread_mutex_lock(&g.lock);
	reread_locked();
	g.count[op]++;
	if (g.armed && g.op == op &&
	    (g.count[op] == g.n || (g.on && g.count[op] > g.n))) {
		rc = kinds[g.kind].rc[op];
		*kind = g.kind;
		g.hits++;
	}
	pthread_mutex_unlock(&g.lock);
	return rc;
}

/* ---- images ---- */

static const char *
last_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

/* What is in the file when it is first opened counts as synced. */
static void
image_fill(struct image *im, sqlite3_file *real)
{
	sqlite3_int64 size = 0, at;
	char buf[4096];

	real->pMethods->xFileSize(real, &size);
	for (at = 0; at < size; at += (int)sizeof(buf)) {
		int n = size - at < (int)sizeof(buf) ? (int)(size - at)
						     : (int)sizeof(buf);

		if (real->pMethods->xRead(real, buf, n, at) != SQLITE_OK ||
		    pwrite(im->fd, buf, (size_t)n, at) != n)
			abort();
	}
}

static struct image *
image_open(const char *path, sqlite3_file *real)
{
	struct image *im;
	char name[512];

	for (im = g.images; im != NULL; im = im->next)
		if (strcmp(im->name, path) == 0)
			return im;
	snprintf(name, sizeof(name), "%s/%s", g.image_dir, last_name(path));
	im = calloc(1, sizeof(*im));
	if (im == NULL || (im->name = strdup(path)) == NULL)
		abort();
	im->fd = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (im->fd < 0)
		abort();
	im->last = &im->first;
	im->next = g.images;
	g.images = im;
	image_fill(im, real);
	return im;
}

static void
image_change(struct image *im, const void *data, size_t len, sqlite3_int64 at)
{
	struct change *c;

	if (im == NULL)
		return;
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		abort();
	c->at = at;
	c->len = len;
	if (data != NULL && (c->data = malloc(len)) == NULL)
		abort();
	if (data != NULL)
		memcpy(c->data, data, len);
	pthread_mutex_lock(&g.lock);
	*im->last = c;
	im->last = &c->next;
	pthread_mutex_unlock(&g.lock);
}

static void
change_apply(struct image *im, const struct change *c)
{
	if (c->data == NULL
		? ftruncate(im->fd, c->at) != 0
		: pwrite(im->fd, c->data, c->len, c->at) != (ssize_t)c->len)
		abort();
}

/* Takes all changes off; those that `reaches` says yes to get on disk. */
static void
image_drain(struct image *im,
    bool (*reaches)(const struct change *c, void *arg), void *arg)
{
	struct change *c, *next;

	for (c = im->first; c != NULL; c = next) {
		next = c->next;
		if (reaches(c, arg))
			change_apply(im, c);
		free(c->data);
		free(c);
	}
	im->first = NULL;
	im->last = &im->first;
}

static bool
was_not_lost(const struct change *c, void *arg)
{
	(void)arg;
	return !c->lost;
}

static void
image_sync(struct image *im, bool ok)
{
	struct change *c;

	if (im == NULL)
		return;
	pthread_mutex_lock(&g.lock);
	if (ok)
		image_drain(im, was_not_lost, NULL);
	for (c = im->first; c != NULL; c = c->next)
		c->lost = true;
	pthread_mutex_unlock(&g.lock);
}

static void
images_free(void)
{
	struct image *im, *next;

	for (im = g.images; im != NULL; im = next) {
		next = im->next;
		close(im->fd);
		free(im->name);
		free(im);
	}
	g.images = NULL;
	free(g.image_dir);
	g.image_dir = NULL;
}

void
faultvfs_image_start(const char *to)
{
	pthread_mutex_lock(&g.lock);
	g.image_dir = strdup(to);
	pthread_mutex_unlock(&g.lock);
}

struct luck {
	unsigned seed, per_mille;
};

static bool
is_lucky(const struct change *c, void *arg)
{
	struct luck *l = arg;

	return !c->lost && (unsigned)rand_r(&l->seed) % 1000 < l->per_mille;
}

void
faultvfs_image_cut(unsigned seed, unsigned per_mille)
{
	struct luck luck = {seed, per_mille};
	struct image *im;

	pthread_mutex_lock(&g.lock);
	for (im = g.images; im != NULL; im = im->next)
		image_drain(im, is_lucky, &luck);
	/* Handles still open must not write to what is gone. */
	images_free();
	pthread_mutex_unlock(&g.lock);
}

/* ---- file methods ---- */

static sqlite3_file *
real_of(sqlite3_file *file)
{
	return ((struct fault_file *)file)->real;
}

/* The image, unless it was cut since. */
static struct image *
image_of(const struct fault_file *f)
{
	struct image *im;

	pthread_mutex_lock(&g.lock);
	for (im = g.images; im != NULL && im != f->image; im = im->next)
		;
	pthread_mutex_unlock(&g.lock);
	return im;
}

static int
fault_close(sqlite3_file *file)
{
	sqlite3_file *real = real_of(file);

	return real->pMethods == NULL ? SQLITE_OK
				      : real->pMethods->xClose(real);
}

static int
fault_read(sqlite3_file *file, void *buf, int n, sqlite3_int64 at)
{
	sqlite3_file *real = real_of(file);

	return real->pMethods->xRead(real, buf, n, at);
}

static int
fault_write(sqlite3_file *file, const void *buf, int n, sqlite3_int64 at)
{
	struct fault_file *f = (struct fault_file *)file;
	enum fault_kind kind = FAULT_IOERR;
	int failed = fault(f, FAULT_WRITE, &kind), rc;

	if (failed != SQLITE_OK && kind != FAULT_SHORT)
		return failed;
	if (failed != SQLITE_OK)
		n /= 2;
	faultvfs_hold();
	rc = f->real->pMethods->xWrite(f->real, buf, n, at);
	if (rc == SQLITE_OK)
		image_change(image_of(f), buf, (size_t)n, at);
	faultvfs_release();
	return failed != SQLITE_OK ? failed : rc;
}

static int
fault_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	struct fault_file *f = (struct fault_file *)file;
	int rc;

	faultvfs_hold();
	rc = f->real->pMethods->xTruncate(f->real, size);
	if (rc == SQLITE_OK)
		image_change(image_of(f), NULL, 0, size);
	faultvfs_release();
	return rc;
}

static bool
skips_syncs(void)
{
	bool skip;

	pthread_mutex_lock(&g.lock);
	skip = g.skip_syncs;
	pthread_mutex_unlock(&g.lock);
	return skip;
}

static int
fault_sync(sqlite3_file *file, int flags)
{
	struct fault_file *f = (struct fault_file *)file;
	enum fault_kind kind;
	int rc = fault(f, FAULT_SYNC, &kind);

	if (rc == SQLITE_OK && !skips_syncs())
		rc = f->real->pMethods->xSync(f->real, flags);
	image_sync(image_of(f), rc == SQLITE_OK);
	return rc;
}

static int
fault_size(sqlite3_file *file, sqlite3_int64 *size)
{
	sqlite3_file *real = real_of(file);

	return real->pMethods->xFileSize(real, size);
}

static int
fault_lock(sqlite3_file *file, int how)
{
	sqlite3_file *real = real_of(file);

	return real->pMethods->xLock(real, how);
}

static int
fault_unlock(sqlite3_file *file, int how)
{
	sqlite3_file *real = real_of(file);

	return real->pMethods->xUnlock(real, how);
}

static int
fault_reserved(sqlite3_file *file, int *out)
{
	sqlite3_file *real = real_of(file);

	return real->pMethods->xCheckReservedLock(real, out);
}

static int
fault_control(sqlite3_file *file, int op, void *arg)
{
	sqlite3_file *real = real_of(file);

	return real->pMethods->xFileControl(real, op, arg);
}

static int
fault_sector(sqlite3_file *file)
{
	sqlite3_file *real = real_of(file);

	return real->pMethods->xSectorSize(real);
}

static int
fault_device(sqlite3_file *file)
{
	sqlite3_file *real = real_of(file);

	return real->pMethods->xDeviceCharacteristics(real);
}

static int
fault_shm_map(
    sqlite3_file *file, int page, int size, int extend, void volatile **out)
{
	sqlite3_file *real = real_of(file);

	return real->pMethods->xShmMap(real, page, size, extend, out);
}

static int
fault_shm_lock(sqlite3_file *file, int at, int n, int flags)
{
	sqlite3_file *real = real_of(file);

	return real->pMethods->xShmLock(real, at, n, flags);
}

static void
fault_shm_barrier(sqlite3_file *file)
{
	sqlite3_file *real = real_of(file);

	real->pMethods->xShmBarrier(real);
}

static int
fault_shm_unmap(sqlite3_file *file, int delete)
{
	sqlite3_file *real = real_of(file);

	return real->pMethods->xShmUnmap(real, delete);
}

/* Version 2: without memory-mapped pages, which no write would pass. */
static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = fault_close,
    .xRead = fault_read,
    .xWrite = fault_write,
    .xTruncate = fault_truncate,
    .xSync = fault_sync,
    .xFileSize = fault_size,
    .xLock = fault_lock,
    .xUnlock = fault_unlock,
    .xCheckReservedLock = fault_reserved,
    .xFileControl = fault_control,
    .xSectorSize = fault_sector,
    .xDeviceCharacteristics = fault_device,
    .xShmMap = fault_shm_map,
    .xShmLock = fault_shm_lock,
    .xShmBarrier = fault_shm_barrier,
    .xShmUnmap = fault_shm_unmap,
};

/* ---- the VFS ---- */

static int
fault_open(
    sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
	struct fault_file *f = (struct fault_file *)file;
	int kinds_counted = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL;
	int rc;

	(void)vfs;
	memset(f, 0, sizeof(*f));
	f->real = (sqlite3_file *)(f + 1);
	rc = g.real->xOpen(g.real, name, f->real, flags, out);
	if (rc != SQLITE_OK)
		return rc;
	f->base.pMethods = &methods;
	f->counted = (flags & kinds_counted) != 0;
	pthread_mutex_lock(&g.lock);
	if (f->counted && name != NULL && g.image_dir != NULL)
		f->image = image_open(name, f->real);
	pthread_mutex_unlock(&g.lock);
	return rc;
}

static bool
reaches_nothing(const struct change *c, void *arg)
{
	(void)c;
	(void)arg;
	return false;
}

/* Deleting is taken for synced: SQLite does without where it matters not. */
static int
fault_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
	struct image *im;
	int rc;

	(void)vfs;
	faultvfs_hold();
	pthread_mutex_lock(&g.lock);
	for (im = g.images; im != NULL; im = im->next)
		if (strcmp(im->name, name) == 0) {
			image_drain(im, reaches_nothing, NULL);
			if (ftruncate(im->fd, 0) != 0)
				abort();
		}
	pthread_mutex_unlock(&g.lock);
	rc = g.real->xDelete(g.real, name, sync);
	faultvfs_release();
	return rc;
}

void
faultvfs_register(bool as_default)
{
	if (g.real == NULL) {
		g.real = sqlite3_vfs_find(NULL);
		g.vfs = *g.real;
		g.vfs.pNext = NULL;
		g.vfs.zName = FAULTVFS;
		g.vfs.szOsFile += (int)sizeof(struct fault_file);
		g.vfs.xOpen = fault_open;
		g.vfs.xDelete = fault_delete;
	}
	sqlite3_vfs_register(&g.vfs, as_default);
}

int
faultvfs_register_from_env(void)
{
	const char *line = getenv("CAUCUS_FAULT");

	g.file = getenv("CAUCUS_FAULT_FILE");
	if (line == NULL && g.file == NULL)
		return 0;
	if (line != NULL && !faultvfs_arm_line(line)) {
		fprintf(stderr, "faultvfs: CAUCUS_FAULT: what is: %s\n", line);
		return -1;
	}
	faultvfs_register(true);
	return 1;
}

void
faultvfs_setup(void)
{
	if (faultvfs_register_from_env() < 0)
		exit(2);
}
