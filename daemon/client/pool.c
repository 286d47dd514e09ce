#include "client/pool.h"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "client/place.h"

#define AHEAD 256 /* ordered: results that may wait for an earlier one */

struct worker {
	pid_t pid; /* 0: none */
	int to, from;
	bool busy;
	size_t piece;
	struct buf in; /* head and result as far as they have come */
};

struct held {
	char *data; /* NULL: the process died */
	size_t len;
	bool there;
};

struct pooling {
	const struct pool *p;
	struct worker *workers;
	size_t next;	   /* piece to hand out */
	size_t told;	   /* pieces `done` has heard of */
	struct held *held; /* ordered: piece i at i % AHEAD */
	bool enough;
};

/* ---- the child ---- */

static int
read_all(int fd, void *to, size_t n)
{
	char *at = to;
	ssize_t r;

	while (n > 0) {
		r = read(fd, at, n);
		if (r == -1 && errno == EINTR)
			continue;
		if (r <= 0)
			return -1;
		at += r;
		n -= (size_t)r;
	}
	return 0;
}

/* Never returns. */
static void
serve(const struct pool *p, int in, int out)
{
	struct buf result = {0};
	uint64_t piece, len;

	while (read_all(in, &piece, sizeof piece) == 0) {
		buf_reset(&result);
		p->work((size_t)piece, &result, p->arg);
		len = result.len;
		if (place_put(out, &len, sizeof len) == -1 ||
		    place_put(out, result.data, result.len) == -1)
			break;
	}
	buf_free(&result);
	exit(0);
}

static void
become_worker(const struct pooling *g, pid_t parent, int in, int out)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	size_t i;
	int k;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	for (i = 0; i < sizeof signals / sizeof *signals; i++)
		signal(signals[i], SIG_DFL);
	/* Else nobody would see the end of the others' pipes. */
	for (k = 0; k < g->p->jobs; k++)
		if (g->workers[k].pid != 0) {
			close(g->workers[k].to);
			close(g->workers[k].from);
		}
	serve(g->p, in, out);
}

/* ---- the parent ---- */

static int
worker_start(struct pooling *g, struct worker *w, struct err *err)
{
	int to[2], from[2];
	pid_t parent = getpid();

	if (pipe2(to, O_CLOEXEC) == -1)
		return err_set(
		    err, ERR_INTERNAL, NULL, "pipe: %s", strerror(errno));
	if (pipe2(from, O_CLOEXEC) == -1) {
		close(to[0]);
		close(to[1]);
		return err_set(
		    err, ERR_INTERNAL, NULL, "pipe: %s", strerror(errno));
	}
	fflush(NULL);
	w->pid = fork();
	if (w->pid == 0) {
		close(to[1]);
		close(from[0]);
		become_worker(g, parent, to[0], from[1]);
	}
	close(to[0]);
	close(from[1]);
	w->to = to[1];
	w->from = from[0];
	if (w->pid > 0)
		return 0;
	w->pid = 0;
	close(w->to);
	close(w->from);
	return err_set(err, ERR_INTERNAL, NULL, "fork: %s", strerror(errno));
}

static void
worker_end(struct worker *w, bool now)
{
	if (w->pid == 0)
		return;
	close(w->to);
	close(w->from);
	if (now)
		kill(w->pid, SIGKILL);
	while (waitpid(w->pid, NULL, 0) == -1 && errno == EINTR)
		continue;
	buf_free(&w->in);
	*w = (struct worker){0};
}

static void
tell(struct pooling *g, size_t piece, const char *data, size_t len)
{
	if (!g->enough)
		g->enough = !g->p->done(piece, data, len, g->p->arg);
	g->told++;
}

static void
deliver(struct pooling *g, size_t piece, const char *data, size_t len)
{
	struct held *h;

	if (!g->p->ordered) {
		tell(g, piece, data, len);
		return;
	}
	h = &g->held[piece % AHEAD];
	h->there = true;
	h->len = len;
	h->data = data != NULL ? xstrndup(data, len) : NULL;
	while ((h = &g->held[g->told % AHEAD])->there) {
		h->there = false;
		tell(g, g->told, h->data, h->len);
		free(h->data);
		h->data = NULL;
	}
}

static bool
may_begin(const struct pooling *g)
{
	return !g->enough && g->next < g->p->n &&
	       (!g->p->ordered || g->next < g->told + AHEAD);
}

static int
hand_out(struct pooling *g, struct err *err)
{
	struct worker *w;
	uint64_t piece;
	int k;

	for (k = 0; k < g->p->jobs && may_begin(g); k++) {
		w = &g->workers[k];
		if (w->busy)
			continue;
		if (w->pid == 0 && worker_start(g, w, err) == -1)
			return -1;
		w->busy = true;
		w->piece = g->next++;
		piece = w->piece;
		/* One that has just died is found out by its other pipe. */
		(void)place_put(w->to, &piece, sizeof piece);
	}
	return 0;
}

static void
take_in(struct pooling *g, struct worker *w)
{
	char chunk[65536];
	uint64_t len;
	ssize_t n = read(w->from, chunk, sizeof chunk);
	size_t piece = w->piece;

	if (n == -1 && errno == EINTR)
		return;
	if (n <= 0) {
		worker_end(w, true);
		deliver(g, piece, NULL, 0);
		return;
	}
	buf_add(&w->in, chunk, (size_t)n);
	if (w->in.len < sizeof len)
		return;
	memcpy(&len, w->in.data, sizeof len);
	if (w->in.len - sizeof len < len)
		return;
	w->busy = false;
	deliver(g, piece, w->in.data + sizeof len, (size_t)len);
	buf_reset(&w->in);
}

static int
wait_some(struct pooling *g, struct err *err)
{
	struct pollfd *fds = xcalloc((size_t)g->p->jobs, sizeof *fds);
	int k, r;

	for (k = 0; k < g->p->jobs; k++)
		fds[k] = (struct pollfd){
		    .fd = g->workers[k].busy ? g->workers[k].from : -1,
		    .events = POLLIN};
	/* A signal may come between the check of `stop` and here. */
	r = poll(fds, (nfds_t)g->p->jobs, 1000);
	if (r == -1 && errno != EINTR) {
		free(fds);
		return err_set(
		    err, ERR_INTERNAL, NULL, "poll: %s", strerror(errno));
	}
	for (k = 0; r > 0 && k < g->p->jobs; k++)
		if (fds[k].revents != 0)
			take_in(g, &g->workers[k]);
	free(fds);
	return 0;
}

static bool
stopped(const struct pool *p)
{
	return p->stop != NULL && *p->stop != 0;
}

static int
run_here(const struct pool *p)
{
	struct buf result = {0};
	bool more = true;
	size_t i;

	for (i = 0; i < p->n && more && !stopped(p); i++) {
		buf_reset(&result);
		p->work(i, &result, p->arg);
		if (stopped(p))
			break;
		more = p->done(
		    i, result.len > 0 ? result.data : "", result.len, p->arg);
	}
	buf_free(&result);
	return i == p->n && more ? 0 : 1;
}

int
pool_run(const struct pool *p, struct err *err)
{
	struct pooling g = {.p = p};
	int k, r = 0;
	size_t i;

	if (p->jobs <= 1)
		return run_here(p);
	g.workers = xcalloc((size_t)p->jobs, sizeof *g.workers);
	g.held = xcalloc(AHEAD, sizeof *g.held);
	while (g.told < p->n && !g.enough && !stopped(p) && r == 0)
		if ((r = hand_out(&g, err)) == 0)
			r = wait_some(&g, err);
	if (r == 0 && g.told < p->n)
		r = 1;
	for (k = 0; k < p->jobs; k++)
		worker_end(&g.workers[k], r != 0);
	for (i = 0; i < AHEAD; i++)
		free(g.held[i].data);
	free(g.held);
	free(g.workers);
	return r;
}

int
pool_jobs(const char *s)
{
	char *end;
	long v = strtol(s, &end, 10);

	return *s != '\0' && *end == '\0' && v >= 1 && v <= POOL_JOBS_MAX
		   ? (int)v
		   : -1;
}
