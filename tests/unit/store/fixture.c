#include "tests/unit/store/fixture.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

char dir[64], path[128];
struct journal *journal;
struct journal_config config;

int
setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/caucus-store-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/j.db", dir);
	journal_defaults(&config);
	config.path = path;
	config.retry_ms = 10;
	journal = NULL;
	return 0;
}

int
teardown(void **state)
{
	char command[128];

	(void)state;
	journal_close(journal, 1000);
	journal = NULL;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

void
open_journal(void)
{
	struct err err = {0};

	journal = journal_open(&config, -1, &err);
	if (journal == NULL)
		fail_msg("%s", err.text);
}

void
close_journal(void)
{
	journal_close(journal, 5000);
	journal = NULL;
}

void
nap_ms(int ms)
{
	poll(NULL, 0, ms);
}

struct journal_result
await(int64_t ticket)
{
	struct journal_result r = {0};
	int i;

	journal_flush(journal);
	for (i = 0; i < 20000; i++) {
		while (journal_poll(journal, &r))
			if (r.ticket == ticket)
				return r;
		nap_ms(i < 100 ? 0 : 1);
	}
	fail_msg("ticket %lld did not finish", (long long)ticket);
	return r;
}

int64_t
submit(struct journal_batch *b)
{
	struct err err = {0};
	int64_t ticket = journal_submit(journal, b, &err);

	if (ticket < 0)
		fail_msg("%s", err.text);
	return ticket;
}

bool
durable(struct journal_batch *b)
{
	return await(submit(b)).durable;
}

void
pen_open(struct pen *p, const char *id)
{
	struct digest_part part = {p->header, strlen(HEADER)};

	memset(p, 0, sizeof(*p));
	snprintf(p->s.id, sizeof(p->s.id), "%s", id);
	snprintf(p->header, sizeof(p->header), "%s", HEADER);
	p->s.header = p->header;
	digest_sha256(&part, 1, p->s.hash);
	strcpy(p->s.phase, "lobby");
	strcpy(p->s.creator, "uid:1000");
	p->s.created_at = 1700000000000;
}

void
pen_event(
    struct pen *p, struct journal_batch *b, const char *text, const char *seal)
{
	struct journal_event e = {.seq = ++p->s.seq};
	struct digest_part parts[2];
	struct buf line = {0};

	buf_addf(&line, "{\"at\":1,\"data\":{\"t\":\"%s\"},\"seq\":%lld}", text,
	    (long long)e.seq);
	parts[0] = (struct digest_part){p->s.hash, DIGEST_LEN};
	parts[1] = (struct digest_part){line.data, line.len};
	digest_sha256(parts, 2, e.hash);
	memcpy(p->s.hash, e.hash, DIGEST_LEN);
	e.bytes = line.data;
	e.len = line.len;
	e.sealed = seal;
	e.sealed_len = seal == NULL ? 0 : strlen(seal);
	batch_event(b, p->s.id, &e);
	batch_session(b, &p->s);
	buf_free(&line);
}

struct journal_batch *
pen_batch(struct pen *p, const char *text, const char *seal)
{
	struct journal_batch *b = batch_new();

	pen_event(p, b, text, seal);
	return b;
}

void
check_holds(void)
{
	struct err err = {0};
	int64_t cursor = 0;
	int r;

	while ((r = journal_check_step(journal, &cursor, &err)) == 1)
		;
	if (r < 0)
		fail_msg("%s", err.text);
}

int64_t
head_of(const char *id)
{
	struct journal_session s;
	struct err err = {0};
	int64_t seq = -1;
	int r = journal_get_session(journal, id, &s, &err);

	if (r < 0)
		fail_msg("%s", err.text);
	if (r == 1) {
		seq = s.seq;
		journal_session_clear(&s);
	}
	return seq;
}

static bool
count_cb(const struct journal_event *e, void *arg)
{
	struct buf *out = arg;

	buf_addf(out, "%lld:%.*s;", (long long)e->seq,
	    e->sealed == NULL ? 1 : (int)e->sealed_len,
	    e->sealed == NULL ? "-" : e->sealed);
	return true;
}

const char *
events_of(const char *id)
{
	static struct buf out;
	struct err err = {0};

	buf_reset(&out);
	buf_adds(&out, "");
	if (journal_each_event(journal, id, 0, 1000000, count_cb, &out, &err) <
	    0)
		fail_msg("%s", err.text);
	return out.len == 0 ? "" : out.data;
}
