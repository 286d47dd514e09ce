#include "tests/unit/store/fixture.h"

static void
test_append_and_read(void **state)
{
	struct journal_session s;
	struct pen p;

	(void)state;
	open_journal();
	pen_open(&p, "aaaaaaaaaaaaaaaa");
	assert_true(durable(pen_batch(&p, "one", NULL)));
	assert_true(durable(pen_batch(&p, "two", "{\"n\":{}}")));
	assert_int_equal(journal_get_session(journal, p.s.id, &s, NULL), 1);
	assert_int_equal(s.seq, 2);
	assert_string_equal(s.header, HEADER);
	assert_string_equal(s.phase, "lobby");
	assert_string_equal(s.creator, "uid:1000");
	assert_memory_equal(s.hash, p.s.hash, DIGEST_LEN);
	journal_session_clear(&s);
	assert_string_equal(events_of(p.s.id), "1:-;2:{\"n\":{}};");
	check_holds();
	close_journal();
	open_journal();
	assert_string_equal(events_of(p.s.id), "1:-;2:{\"n\":{}};");
	check_holds();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_append_and_read, setup, teardown),
	};

	return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
