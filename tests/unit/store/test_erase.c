/*
 * Erasure: the words of an erased item are in none of the journal's files.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/store/fixture.h"

/* Does any file of the journal hold these bytes?  In a process of its own:
 * closing a file here would drop SQLite's locks on it. */
static bool
on_disk(const char *word)
{
	char command[256];
	int r;

	snprintf(command, sizeof(command), "grep -aqF '%s' %s*", word, path);
	r = system(command);
	assert_true(WIFEXITED(r) && WEXITSTATUS(r) < 2);
	return WEXITSTATUS(r) == 0;
}

static bool
erase(const char *id, int64_t seq, const char *name)
{
	struct journal_batch *b = batch_new();

	batch_erase(b, id, seq, name);
	return durable(b);
}

static void
test_one_item_of_two(void **state)
{
	struct pen p;

	(void)state;
	open_journal();
	pen_open(&p, "aaaaaaaaaaaaaaaa");
	assert_true(durable(pen_batch(&p, "x",
	    "{\"name\":{\"body\":\"Zoe Quux\",\"salt\":\"c0ffee01\"},"
	    "\"text\":{\"body\":\"h\xc3\xa9 \\\"xyzzy\\\"\\n\",\"salt\":\"c0ffee02\"}}")));
	assert_true(on_disk("Zoe Quux"));
	assert_true(erase(p.s.id, 1, "name"));
	assert_string_equal(events_of(p.s.id),
	    "1:{\"text\":{\"body\":\"h\xc3\xa9 \\\"xyzzy\\\"\\n\",\"salt\":"
	    "\"c0ffee02\"}};");
	assert_false(on_disk("Zoe Quux"));
	assert_false(on_disk("c0ffee01"));
	assert_true(on_disk("xyzzy"));
	assert_true(erase(p.s.id, 1, "text"));
	assert_string_equal(events_of(p.s.id), "1:-;");
	assert_false(on_disk("xyzzy"));
	assert_false(on_disk("c0ffee02"));
	check_holds();
	/* again, and what never was: nothing to do is no error */
	assert_true(erase(p.s.id, 1, "text"));
	assert_true(erase(p.s.id, 1, "other"));
	assert_true(erase(p.s.id, 9, "text"));
	assert_true(erase("zzzzzzzzzzzzzzzz", 1, "text"));
}

static void
test_with_the_event_of_it(void **state)
{
	struct journal_batch *b;
	struct pen p;

	(void)state;
	open_journal();
	pen_open(&p, "aaaaaaaaaaaaaaaa");
	b = pen_batch(
	    &p, "x", "{\"text\":{\"body\":\"plugh\",\"salt\":\"00\"}}");
	batch_erase(b, p.s.id, 1, "text");
	assert_true(durable(b));
	assert_false(on_disk("plugh"));
	assert_true(durable(pen_batch(
	    &p, "y", "{\"text\":{\"body\":\"plugh\",\"salt\":\"00\"}}")));
	b = pen_batch(&p, "text.erased", NULL);
	batch_erase(b, p.s.id, 2, "text");
	assert_true(durable(b));
	assert_string_equal(events_of(p.s.id), "1:-;2:-;3:-;");
	assert_false(on_disk("plugh"));
}

/* A text of any length, down to overflow pages. */
static char *
sealed_text(const char *word, size_t len)
{
	struct buf b = {0};

	buf_addf(&b, "{\"text\":{\"body\":\"%s", word);
	while (b.len < len)
		buf_addf(&b, " %s", word);
	buf_adds(&b, "\",\"salt\":\"00112233445566778899aabbccddeeff\"}}");
	return buf_take(&b);
}

/*
 * Many sessions at once, texts of all lengths, erased in another order than
 * they came: pages split, fill and are rewritten, and no copy is left behind.
 */
static void
test_no_stale_copy(void **state)
{
	enum { SESSIONS = 23, ROUNDS = 30 };
	struct pen p[SESSIONS];
	char id[SESSION_ID_LEN + 1], word[32];
	int64_t last = 0;
	unsigned seed = 7;
	int s, r;

	(void)state;
	config.checkpoint_pages = 40;
	open_journal();
	for (s = 0; s < SESSIONS; s++) {
		/* in no order, so that keys and ids differ */
		snprintf(id, sizeof(id), "s%015d", s * 7919 % 100);
		pen_open(&p[s], id);
	}
	for (r = 0; r < ROUNDS; r++)
		for (s = 0; s < SESSIONS; s++) {
			size_t len = (size_t)rand_r(&seed) % 900;
			char *text;

			if (rand_r(&seed) % 20 == 0)
				len = 9000;
			snprintf(word, sizeof(word), "w%dx%dw", s, r);
			text = sealed_text(word, len);
			last = submit(pen_batch(&p[s], "x", text));
			free(text);
			if (s % 5 == 0)
				journal_flush(journal);
		}
	assert_true(await(last).durable);
	assert_true(on_disk("w3x3w"));
	for (s = 0; s < SESSIONS; s++)
		for (r = 0; r < ROUNDS; r++) {
			struct journal_batch *b;

			if ((s * ROUNDS + r) % 7 == 0)
				continue; /* these stay */
			b = batch_new();
			batch_erase(b, p[s].s.id, r + 1, "text");
			last = submit(b);
			if (r % 4 == 0) /* and others come meanwhile */
				last = submit(pen_batch(&p[s], "y", "{}"));
		}
	assert_true(await(last).durable);
	for (s = 0; s < SESSIONS; s++)
		for (r = 0; r < ROUNDS; r++) {
			bool stays = (s * ROUNDS + r) % 7 == 0;

			if (!stays && r % 3 != 0)
				continue; /* a grep each takes its time */
			snprintf(word, sizeof(word), "w%dx%dw", s, r);
			assert_int_equal(on_disk(word), stays);
		}
	check_holds();
	close_journal();
	assert_false(on_disk("w1x1w"));
}

/* Another program reads the journal: the WAL is emptied when it has done. */
static void
test_foreign_reader(void **state)
{
	struct pen p;
	char command[256];
	FILE *reader;
	int i;

	(void)state;
	open_journal();
	pen_open(&p, "aaaaaaaaaaaaaaaa");
	assert_true(durable(pen_batch(
	    &p, "x", "{\"text\":{\"body\":\"frotz\",\"salt\":\"00\"}}")));
	snprintf(command, sizeof(command), "sqlite3 %s >/dev/null", path);
	if (system("command -v sqlite3 >/dev/null") != 0)
		skip();
	reader = popen(command, "w");
	assert_non_null(reader);
	fprintf(reader,
	    "BEGIN; SELECT count(*) FROM event;\n"
	    ".shell touch %s/reading\n",
	    dir);
	fflush(reader);
	snprintf(command, sizeof(command), "test -e %s/reading", dir);
	for (i = 0; i < 500 && system(command) != 0; i++)
		nap_ms(10);
	assert_true(erase(p.s.id, 1, "text"));
	assert_string_equal(events_of(p.s.id), "1:-;");
	assert_true(on_disk("frotz"));
	pclose(reader);
	for (i = 0; i < 500 && on_disk("frotz"); i++)
		nap_ms(10);
	assert_false(on_disk("frotz"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_one_item_of_two, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_with_the_event_of_it, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_no_stale_copy, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_foreign_reader, setup, teardown),
	};

	return cmocka_run_group_tests_name("erase", tests, NULL, NULL);
}
