/*
 * A disk that fails: the n-th write or sync of a whole short session fails,
 * for every n, in every way.  Nothing acknowledged is lost, nothing else is
 * ever shown, nothing sticks.
 *
 * Of the writes every CAUCUS_FAULT_STRIDE-th n is tried (default 4; `make
 * crash` tries each); of the syncs each.  It needs more than 2 s: a session a
 * fault is some 20 ms, and there are hundreds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <errno.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "harness.h"

#define PEOPLE	 2
#define PATIENCE 10000 /* ms, for everything */
#define TOLD_MAX 400

struct run {
	struct client host, watcher, people[PEOPLE], spare[PEOPLE];
	char session[32], code[64], terms[80];
	char told[TOLD_MAX][65]; /* hashes by seq */
	size_t heard;		 /* notes read */
	json_t *bodies;		 /* "seq/name", of all that were told */
	json_int_t seen, acked;
	bool on;     /* the fault stays until it is taken away */
	bool failed; /* it was met */
};

static struct daemon d;
static char fault_file[96], log_file[96];
static struct run run;
static char (*done)[32]; /* sessions that were played to the end */
static size_t ndone, capdone;
static long failures;

/* ---- the disk ---- */

static void
arm(const char *line)
{
	char next[128];
	FILE *f;

	snprintf(next, sizeof(next), "%s.next", fault_file);
	f = fopen(next, "w");
	assert_non_null(f);
	fprintf(f, "%s\n", line);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(rename(next, fault_file), 0);
}

/* How often the daemon has said that its journal became read-only. */
static int
hits(void)
{
	FILE *f = fopen(log_file, "r");
	char line[1024];
	int n = 0;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL)
		n += strstr(line, "is read-only:") != NULL;
	fclose(f);
	return n;
}

static bool
is_readonly(struct run *r)
{
	json_t *info =
	    client_call(&r->watcher, "connection.info", json_object());
	bool readonly;

	assert_non_null(info);
	readonly = json_is_string(json_object_get(info, "readonly"));
	json_decref(info);
	return readonly;
}

static void
await_writable(struct run *r)
{
	int64_t end = clock_ms() + PATIENCE;

	while (is_readonly(r)) {
		assert_true(clock_ms() < end);
		usleep(2000);
	}
}

/* ---- what the watcher sees ---- */

struct view {
	json_int_t seq;
	char hash[65], phase[24];
};

static struct view
look(struct run *r)
{
	struct view v = {0};
	json_t *m, *g = NULL;
	int i;

	/* A reading that saw what then failed is refused; the next is not. */
	for (i = 0; r->session[0] != '\0' && g == NULL && i < 3; i++) {
		m = client_ask(&r->watcher, "session.get",
		    json_pack("{s:s}", "session", r->session));
		g = json_incref(json_object_get(m, "result"));
		if (g == NULL)
			assert_string_equal(
			    answer_error(m), "journal_unavailable");
		json_decref(m);
	}
	if (r->session[0] == '\0')
		return v;
	assert_non_null(g);
	v.seq = number_of(g, "seq");
	snprintf(v.hash, sizeof(v.hash), "%s", text_of(g, "hash"));
	snprintf(v.phase, sizeof(v.phase), "%s", text_of(g, "phase"));
	json_decref(g);
	return v;
}

static void
heard_body(struct run *r, json_int_t seq, const char *name)
{
	char key[96];

	snprintf(key, sizeof(key), "%lld/%s", (long long)seq, name);
	json_object_set_new(r->bodies, key, json_true());
}

static void
heard_bodies(struct run *r, json_int_t seq, json_t *sealed)
{
	const char *name;
	json_t *item;

	json_object_foreach(sealed, name, item)
		if (json_object_get(item, "body") != NULL)
			heard_body(r, seq, name);
}

/* Each seq once, in order. */
static void
hear(struct run *r)
{
	json_t *note, *params;
	json_int_t seq;

	for (; r->heard < json_array_size(r->watcher.notes); r->heard++) {
		note = json_array_get(r->watcher.notes, r->heard);
		params = json_object_get(note, "params");
		if (strcmp(text_of(note, "method"), "event") != 0) {
			assert_string_equal(text_of(note, "method"), "opened");
			heard_body(r, number_of(params, "seq"),
			    text_of(params, "name"));
			continue;
		}
		seq = number_of(json_object_get(params, "event"), "seq");
		assert_int_equal(seq, r->seen + 1);
		assert_true(seq < TOLD_MAX);
		r->seen = seq;
		heard_bodies(r, seq, json_object_get(params, "sealed"));
		snprintf(r->told[seq], 65, "%s", text_of(params, "hash"));
	}
}

static json_t *
list_sessions(struct run *r)
{
	json_t *l = client_call(&r->watcher, "session.list", json_object());

	assert_non_null(l);
	return l;
}

/* ---- failures ---- */

/* The message names the file or what failed, and says what to do. */
static void
assert_helps(const json_t *answer, bool names_file)
{
	const char *text = text_of(json_object_get(answer, "error"), "message");

	if (names_file) {
		assert_non_null(strstr(text, d.journal));
		assert_true(strstr(text, "free space") != NULL ||
			    strstr(text, "check the disk") != NULL);
	}
	assert_non_null(strstr(text, "journal"));
	assert_true(strstr(text, "try again") != NULL ||
		    strstr(text, "it is tried every") != NULL);
}

/* While the disk fails: reading goes on, writing is refused with words that
 * help; when it is mended the daemon finds out by itself. */
static void
endure(struct run *r)
{
	struct view before = look(r), after;
	json_t *m;

	assert_true(is_readonly(r));
	m = client_ask(&r->host, "session.create",
	    json_pack("{s:s}", "question", "Is anybody there?"));
	assert_string_equal(answer_error(m), "journal_unavailable");
	assert_helps(m, true);
	json_decref(m);
	if (r->session[0] != '\0') {
		m = client_call(&r->watcher, "session.export",
		    json_pack("{s:s}", "session", r->session));
		assert_non_null(m);
		json_decref(m);
	}
	after = look(r);
	assert_int_equal(before.seq, after.seq);
	arm("none");
	await_writable(r);
}

/* Takes params; asks until it is done.  What failed is not to be seen. */
static json_t *
must(struct run *r, struct client *c, struct client *other, const char *method,
    json_t *params)
{
	int64_t end = clock_ms() + PATIENCE;
	struct view before, after;
	json_t *m, *l, *result, *had;

	for (;;) {
		before = look(r);
		had = list_sessions(r);
		m = client_ask(c, method, json_incref(params));
		result = json_incref(json_object_get(m, "result"));
		if (result != NULL)
			break;
		if (strcmp(answer_error(m), "journal_unavailable") != 0)
			fail_msg("%s: %s", method, answer_error(m));
		assert_true(clock_ms() < end);
		assert_helps(m, false);
		r->failed = true;
		failures++;
		after = look(r);
		if (strcmp(before.phase, "draft") != 0) {
			assert_int_equal(after.seq, before.seq);
			assert_string_equal(after.hash, before.hash);
		}
		l = list_sessions(r);
		assert_int_equal(
		    json_array_size(json_object_get(had, "sessions")),
		    json_array_size(json_object_get(l, "sessions")));
		hear(r);
		if (r->session[0] != '\0' && strcmp(before.phase, "draft") != 0)
			assert_true(r->seen <= before.seq);
		json_decref(l);
		json_decref(had);
		json_decref(m);
		if (r->on && is_readonly(r))
			endure(r);
		usleep(2000);
		c = other;
	}
	json_decref(had);
	json_decref(m);
	json_decref(params);
	return result;
}

/* ---- one short session ---- */

static void
acknowledged(struct run *r, json_t *result)
{
	const json_t *receipt = json_object_get(result, "receipt");
	json_int_t seq;

	if (receipt == NULL)
		receipt = result;
	seq = number_of(receipt, "seq");
	assert_true(seq > 0 && seq < TOLD_MAX);
	if (r->told[seq][0] != '\0')
		assert_string_equal(r->told[seq], text_of(receipt, "hash"));
	snprintf(r->told[seq], 65, "%s", text_of(receipt, "hash"));
	if (seq > r->acked)
		r->acked = seq;
	json_decref(result);
}

static void
create(struct run *r)
{
	json_t *o = must(r, &r->host, &r->host, "session.create",
	    json_pack("{s:s,s:{s:i,s:i,s:i,s:i}}", "question",
		"Should phones be banned?", "settings", "candidates", 2,
		"shown", 2, "rounds", 0, "group", PEOPLE));

	snprintf(r->session, sizeof(r->session), "%s", text_of(o, "session"));
	snprintf(r->code, sizeof(r->code), "%s",
	    text_of(json_object_get(o, "invitation"), "code"));
	snprintf(r->terms, sizeof(r->terms), "%s",
	    text_of(json_object_get(o, "terms"), "digest"));
	json_decref(o);
	o = client_call(&r->watcher, "session.subscribe",
	    json_pack("{s:s,s:i}", "session", r->session, "after", 0));
	assert_non_null(o);
	json_decref(o);
}

/* The join that failed must leave nothing: another connection joins in its
 * place and gets the same id, and the first must not speak for it. */
static void
join(struct run *r, int i)
{
	bool failed = r->failed;
	json_t *m;

	r->failed = false;
	acknowledged(
	    r, must(r, &r->people[i], &r->spare[i], "session.join",
		   json_pack("{s:s,s:s}", "code", r->code, "terms", r->terms)));
	if (r->failed) {
		struct client first = r->people[i];

		m = client_ask(&first, "contribution.text",
		    json_pack("{s:s,s:s,s:s}", "session", r->session, "slot",
			"opinion", "text", "I am somebody else."));
		assert_string_equal(answer_error(m), "not_permitted");
		json_decref(m);
		r->people[i] = r->spare[i];
		r->spare[i] = first;
	}
	r->failed = r->failed || failed;
}

static void
give(struct run *r, int i, const char *method, json_t *params)
{
	char key[40];

	snprintf(key, sizeof(key), "%s-%d", method, i);
	json_object_set_new(params, "session", json_string(r->session));
	json_object_set_new(params, "key", json_string(key));
	acknowledged(r, must(r, &r->people[i], &r->people[i], method, params));
}

static void
vote(struct run *r, int i)
{
	json_t *g = client_call(&r->people[i], "session.get",
	    json_pack("{s:s}", "session", r->session));
	json_t *ranking = json_array(), *agreement = json_object(), *row;
	size_t k;

	assert_non_null(g);
	json_array_foreach(json_object_get(g, "slate"), k, row) {
		json_array_append_new(
		    ranking, json_pack("[s]", text_of(row, "statement")));
		json_object_set_new(
		    agreement, text_of(row, "statement"), json_integer(6));
	}
	json_decref(g);
	give(r, i, "contribution.ballot",
	    json_pack("{s:o,s:o}", "ranking", ranking, "agreement", agreement));
}

/* Nobody need do anything but mend the disk. */
static void
await_phase(struct run *r, const char *phase)
{
	int64_t end = clock_ms() + PATIENCE;

	for (;;) {
		if (strcmp(look(r).phase, phase) == 0)
			return;
		if (clock_ms() >= end)
			fail_msg(
			    "%s is stuck in %s", r->session, look(r).phase);
		if (r->on && is_readonly(r))
			endure(r);
		usleep(1000);
	}
}

static void
await_told(struct run *r)
{
	int64_t end = clock_ms() + PATIENCE;
	json_int_t last = look(r).seq;

	for (hear(r); r->seen < last; hear(r)) {
		if (clock_ms() >= end)
			fail_msg("the watcher was told %lld of %lld",
			    (long long)r->seen, (long long)last);
		usleep(1000);
		look(r); /* reads what has come */
	}
}

static void
run_open(struct run *r, bool on)
{
	int i;

	memset(r, 0, sizeof(*r));
	r->bodies = json_object();
	r->on = on;
	assert_int_equal(client_open(&r->host, &d), 0);
	assert_int_equal(client_open(&r->watcher, &d), 0);
	for (i = 0; i < PEOPLE; i++) {
		assert_int_equal(client_open(&r->people[i], &d), 0);
		assert_int_equal(client_open(&r->spare[i], &d), 0);
	}
}

static void
run_close(struct run *r)
{
	int i;

	json_decref(r->bodies);
	r->bodies = NULL;
	client_close(&r->host);
	client_close(&r->watcher);
	for (i = 0; i < PEOPLE; i++) {
		client_close(&r->people[i]);
		client_close(&r->spare[i]);
	}
}

/* Every body that the watcher may read now it has been sent: with its event,
 * or when it opened. */
static void
check_bodies(struct run *r)
{
	json_t *o, *line, *event, *item;
	const char *name;
	char key[96];
	size_t i;

	hear(r);
	o = client_call(&r->watcher, "session.export",
	    json_pack("{s:s}", "session", r->session));
	assert_non_null(o);
	json_array_foreach(json_object_get(o, "lines"), i, line) {
		event = json_loads(json_string_value(line), 0, NULL);
		json_object_foreach(
		    json_object_get(event, "sealed"), name, item) {
			snprintf(key, sizeof(key), "%zu/%s", i + 1, name);
			if (json_object_get(item, "body") != NULL &&
			    json_object_get(r->bodies, key) == NULL)
				fail_msg("%s was never told", key);
		}
		json_decref(event);
	}
	json_decref(o);
}

/* The recording replays, and holds all that anybody was told. */
static void
check_recording(struct run *r)
{
	struct buf bytes = {0};
	json_t *o, *line, *lines, *event;
	size_t i;

	o = client_call(&r->watcher, "session.export",
	    json_pack("{s:s,s:s}", "session", r->session, "as", "operator"));
	assert_non_null(o);
	assert_true(json_is_null(json_object_get(o, "next")));
	lines = json_object_get(o, "lines");
	buf_addf(&bytes, "%s\n", text_of(o, "header"));
	json_array_foreach(lines, i, line) {
		buf_addf(&bytes, "%s\n", json_string_value(line));
		event = json_loads(json_string_value(line), 0, NULL);
		if (i + 1 < TOLD_MAX && r->told[i + 1][0] != '\0')
			assert_string_equal(
			    text_of(event, "hash"), r->told[i + 1]);
		json_decref(event);
	}
	assert_true((json_int_t)json_array_size(lines) >= r->acked);
	assert_true((json_int_t)json_array_size(lines) >= r->seen);
	assert_int_equal(replays(bytes.data, bytes.len, true), 0);
	json_decref(o);
	buf_free(&bytes);
}

/* A whole session with the fault armed: true when it was met. */
static bool
play(const char *line, bool on)
{
	int i, before = hits();
	bool met;

	run_open(&run, on);
	arm(line);
	create(&run);
	for (i = 0; i < PEOPLE; i++)
		join(&run, i);
	for (i = 0; i < PEOPLE; i++)
		give(&run, i, "contribution.text",
		    json_pack("{s:s,s:s}", "slot", "opinion", "text",
			"Phones distract. Let them stay in the bag."));
	await_phase(&run, "ballot");
	for (i = 0; i < PEOPLE; i++)
		vote(&run, i);
	await_phase(&run, "concluded");
	await_told(&run);
	met = hits() > before;
	arm("none");
	await_writable(&run);
	check_bodies(&run);
	check_recording(&run);
	run_close(&run);
	done = xgrow(done, ndone, &capdone, sizeof(*done));
	snprintf(done[ndone++], sizeof(*done), "%s", run.session);
	return met;
}

/* ---- every n ---- */

/* What was played stands after a kill, and before the ordinary daemon. */
static void
check_after_kill(void)
{
	size_t i;

	daemon_kill9(&d);
	d.program = NULL;
	assert_int_equal(daemon_restart(&d), 0);
	run_open(&run, false);
	for (i = 0; i < ndone; i++) {
		snprintf(run.session, sizeof(run.session), "%s", done[i]);
		check_recording(&run);
	}
	run_close(&run);
	ndone = 0;
	assert_int_equal(daemon_stop(&d), 0);
	d.program = "tests/fake/fake";
	assert_int_equal(daemon_restart(&d), 0);
}

static void
every_n(const char *op, const char *kind, bool on, int stride)
{
	char line[64];
	int n, met = 0;
	long failed = failures;
	int64_t began = clock_ms();

	for (n = 1;; n += stride) {
		snprintf(line, sizeof(line), "%s:%d:%s:%s", op, n, kind,
		    on ? "on" : "once");
		if (!play(line, on))
			break;
		met++;
	}
	fprintf(stderr,
	    "%s %s %s: n up to %d, %d faults met, %ld commands failed, %.1f "
	    "s\n",
	    op, kind, on ? "on" : "once", n, met, failures - failed,
	    (double)(clock_ms() - began) / 1000);
	assert_true(met > 3);
	check_after_kill();
}

static int
stride(void)
{
	const char *env = getenv("CAUCUS_FAULT_STRIDE");

	return env != NULL && atoi(env) > 0 ? atoi(env) : 4;
}

static void
test_write(void **state)
{
	(void)state;
	every_n("write", "ioerr", false, stride());
	every_n("write", "ioerr", true, stride());
	every_n("write", "full", false, stride());
	every_n("write", "full", true, stride());
	every_n("write", "short", false, stride());
	every_n("write", "short", true, stride());
}

static void
test_sync(void **state)
{
	(void)state;
	every_n("sync", "ioerr", false, 1);
	every_n("sync", "ioerr", true, 1);
	every_n("sync", "full", false, 1);
	every_n("sync", "full", true, 1);
	every_n("sync", "short", false, 1);
	every_n("sync", "short", true, 1);
}

/* ---- much in one write ---- */

static void
add_line(struct buf *b, struct client *c, const char *method, json_t *params)
{
	json_t *m = json_pack("{s:s,s:I,s:s,s:o}", "jsonrpc", "2.0", "id",
	    ++c->id, "method", method, "params", params);
	char *line = json_dumps(m, JSON_COMPACT);

	buf_addf(b, "%s\n", line);
	free(line);
	json_decref(m);
}

static json_t *
opinion(struct run *r, const json_t *id)
{
	return json_pack("{s:s,s:O,s:s,s:s,s:s}", "session", r->session,
	    "participant", id, "slot", "opinion", "text", "All at once.", "key",
	    "k");
}

/* What the host was told of events. */
static size_t
events_told(const struct client *c)
{
	json_t *note;
	size_t i, n = 0;

	json_array_foreach(c->notes, i, note)
		n += strcmp(text_of(note, "method"), "event") == 0;
	return n;
}

/* Opinion, reading, opinion, subscription: all stand, or all are refused and
 * nothing has happened.  No event comes before the subscription's answer. */
static void
one_write(int n)
{
	struct client *h = &run.host;
	struct buf lines = {0};
	json_t *id[PEOPLE], *answer[4], *o;
	struct view before;
	char line[64];
	bool failed;
	int i;

	run_open(&run, false);
	create(&run);
	for (i = 0; i < PEOPLE; i++) {
		o = client_call(h, "session.join",
		    json_pack(
			"{s:s,s:s}", "code", run.code, "terms", run.terms));
		id[i] = json_incref(json_object_get(o, "participant"));
		json_decref(o);
	}
	before = look(&run);
	snprintf(line, sizeof(line), "sync:%d:ioerr:once", n);
	arm(line);
	add_line(&lines, h, "contribution.text", opinion(&run, id[0]));
	add_line(&lines, h, "session.get",
	    json_pack("{s:s}", "session", run.session));
	add_line(&lines, h, "contribution.text", opinion(&run, id[1]));
	add_line(&lines, h, "session.subscribe",
	    json_pack("{s:s,s:i}", "session", run.session, "after", 0));
	assert_int_equal(client_send(h, lines.data, lines.len), 0);
	for (i = 0; i < 4; i++)
		answer[i] = client_answer(h);
	assert_int_equal(events_told(h), 0);
	failed = answer_error(answer[0])[0] != '\0';
	for (i = 0; i < 4; i++)
		assert_string_equal(answer_error(answer[i]),
		    failed ? "journal_unavailable" : "");
	if (failed) {
		assert_int_equal(look(&run).seq, before.seq);
		await_writable(&run);
		json_decref(client_call(h, "connection.ping", json_object()));
		assert_int_equal(events_told(h), 0);
		for (i = 0; i < PEOPLE; i++)
			json_decref(client_call(
			    h, "contribution.text", opinion(&run, id[i])));
	}
	assert_true(failed == (n == 1));
	await_phase(&run, "ballot");
	await_told(&run);
	for (i = 0; i < PEOPLE; i++)
		json_decref(id[i]);
	for (i = 0; i < 4; i++)
		json_decref(answer[i]);
	buf_free(&lines);
	arm("none");
	await_writable(&run);
	run_close(&run);
}

static void
test_one_write(void **state)
{
	(void)state;
	one_write(1);
	one_write(2);
	one_write(3);
}

/* ---- a disk that is really full ---- */

static void
fill(const char *path)
{
	static const char block[4096];
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	while (fwrite(block, 1, sizeof(block), f) == sizeof(block) &&
	       fflush(f) == 0)
		;
	fclose(f); /* it fails: that is what is wanted */
}

static void
test_full_disk(void **state)
{
	char dir[96], ballast[128];
	struct view before;
	json_t *m;

	(void)state;
	snprintf(dir, sizeof(dir), "%s/disk", d.dir);
	snprintf(ballast, sizeof(ballast), "%s/ballast", dir);
	if (mkdir(dir, 0700) == -1 ||
	    mount("none", dir, "tmpfs", 0, "size=2m") == -1) {
		fprintf(stderr, "SKIPPED: no tmpfs can be mounted here: %s\n",
		    strerror(errno));
		rmdir(dir);
		skip();
	}
	daemon_kill9(&d);
	d.program = NULL;
	snprintf(d.journal, sizeof(d.journal), "%s/disk/journal.db", d.dir);
	assert_int_equal(daemon_restart(&d), 0);
	run_open(&run, false);
	create(&run);
	join(&run, 0);
	fill(ballast);
	/* The WAL may have room of its own for a few more. */
	do {
		before = look(&run);
		m = client_ask(&run.host, "session.extend",
		    json_pack(
			"{s:s,s:i}", "session", run.session, "seconds", 10));
		if (json_object_get(m, "error") != NULL)
			break;
		json_decref(m);
	} while (before.seq < TOLD_MAX);
	assert_string_equal(answer_error(m), "journal_unavailable");
	json_decref(m);
	assert_int_equal(look(&run).seq, before.seq);
	assert_true(is_readonly(&run));
	m = client_ask(&run.host, "session.create",
	    json_pack("{s:s}", "question", "Is there room?"));
	assert_string_equal(answer_error(m), "journal_unavailable");
	assert_helps(m, true);
	json_decref(m);
	assert_int_equal(unlink(ballast), 0);
	await_writable(&run);
	join(&run, 1);
	give(&run, 0, "contribution.text",
	    json_pack("{s:s,s:s}", "slot", "opinion", "text", "Full again."));
	give(&run, 1, "contribution.text",
	    json_pack("{s:s,s:s}", "slot", "opinion", "text", "Never again."));
	await_phase(&run, "ballot");
	vote(&run, 0);
	vote(&run, 1);
	await_phase(&run, "concluded");
	await_told(&run);
	check_recording(&run);
	run_close(&run);
}

/* ---- setting up ---- */

static int
setup(void **state)
{
	(void)state;
	memset(&d, 0, sizeof(d));
	d.quiet = true;
	d.sets[0] = "retry_ms=10";
	if (daemon_begin(&d) == -1)
		return -1;
	daemon_kill9(&d);
	snprintf(fault_file, sizeof(fault_file), "%s/fault", d.dir);
	snprintf(log_file, sizeof(log_file), "%s/log", d.dir);
	setenv("CAUCUS_FAULT_FILE", fault_file, 1);
	d.program = "tests/fake/fake";
	return daemon_restart(&d);
}

static int
teardown(void **state)
{
	char path[160];

	(void)state;
	run_close(&run);
	daemon_kill9(&d);
	snprintf(path, sizeof(path), "%s/disk", d.dir);
	if (umount(path) == 0)
		rmdir(path);
	daemon_clear(&d);
	unsetenv("CAUCUS_FAULT_FILE");
	free(done);
	done = NULL;
	ndone = capdone = 0;
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_sync, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_write, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_one_write, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_full_disk, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
