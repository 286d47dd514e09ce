#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "llm/corpus.h"

static struct cues *cues;

static int
setup(void **state)
{
	(void)state;
	cues = cues_new();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	cues_free(cues);
	return 0;
}

/* The sentences of one text as a corpus. */
static void
read_text(struct corpus *c, const char *text)
{
	corpus_init(c, cues);
	corpus_add(c, text, SOURCE_OPINION, 0, 1000, NULL);
	corpus_weigh(c);
}

static void
test_log2(void **state)
{
	(void)state;
	assert_int_equal(corpus_log2(1), 0);
	assert_int_equal(corpus_log2(2), 256);
	assert_int_equal(corpus_log2(3), 405);	   /* 405.75 */
	assert_int_equal(corpus_log2(10), 850);	   /* 850.41 */
	assert_int_equal(corpus_log2(1000), 2551); /* 2551.21 */
	assert_int_equal(corpus_log2(UINT64_C(1) << 63), 63 * 256);
	assert_int_equal(corpus_log2(UINT64_MAX), 64 * 256 - 1);
	for (uint64_t x = 1; x < 5000; x++)
		assert_true(corpus_log2(x) <= corpus_log2(x + 1));
}

static void
test_sentences(void **state)
{
	struct corpus c;

	(void)state;
	read_text(&c, "- Phones distract pupils.\n* They cost money!\n"
		      "2) Nobody needs them.");
	assert_int_equal(c.n, 3);
	assert_memory_equal(c.v[0].text, "Phones distract pupils.", c.v[0].len);
	assert_memory_equal(c.v[1].text, "They cost money!", c.v[1].len);
	assert_memory_equal(c.v[2].text, "Nobody needs them.", c.v[2].len);
	assert_int_equal(c.v[0].chars, 23);
	assert_int_equal(c.v[0].words, 3);
	assert_int_equal(c.v[2].nth, 2);
	assert_false(c.v[0].turned);
	assert_true(c.v[2].turned); /* nobody */
	corpus_free(&c);
}

static void
test_likeness(void **state)
{
	struct corpus c;

	(void)state;
	/* Endings and empty words do not matter, nor does the order. */
	read_text(&c, "The phone is in the lessons. Phones for a lesson! "
		      "Trains are late. Buses run early.");
	assert_true(corpus_likeness(&c.v[0], &c.v[1]) >= 999);
	assert_int_equal(corpus_likeness(&c.v[0], &c.v[2]), 0);
	assert_int_equal(corpus_covered(&c.v[0], &c.v[1]), 1000);
	corpus_free(&c);

	read_text(&c, "学校应该允许手机。学校允许手机。公园很大。");
	assert_true(corpus_likeness(&c.v[0], &c.v[1]) > 250);
	assert_true(corpus_likeness(&c.v[0], &c.v[2]) < 100);
	corpus_free(&c);

	/* With its article and without. */
	read_text(&c, "يجب منع الهواتف. هواتف المدرسة. السماء زرقاء.");
	assert_true(corpus_likeness(&c.v[0], &c.v[1]) > 150);
	corpus_free(&c);
}

static void
test_denials(void **state)
{
	static const char *const denials[] = {
	    "Cars should be banned in the old town. Cars should not be banned "
	    "in the old town. A tree is green.",
	    "Cars should be banned in the old town. Cars should be allowed in "
	    "the old town. A tree is green.",
	    "We should build the bridge. We shouldn't build the bridge. A tree "
	    "is green.",
	    "应该减少停车位。不应该减少停车位。树是绿的。",
	    "ควรสร้างสะพานใหม่\nไม่ควรสร้างสะพานใหม่\nต้นไม้สีเขียว", NULL};
	static const char *const others[] = {
	    "Cars should be banned in the old town. Bicycles should not be "
	    "parked at the station. A tree is green.",
	    "Cars should be allowed in the old town. Cars should not be banned "
	    "in the old town. A tree is green.",
	    NULL};
	struct corpus c;

	(void)state;
	for (size_t i = 0; denials[i] != NULL; i++) {
		read_text(&c, denials[i]);
		assert_int_equal(c.n, 3);
		if (!corpus_contradict(&c.v[0], &c.v[1]))
			fail_msg("not a denial: %s", denials[i]);
		assert_false(corpus_contradict(&c.v[0], &c.v[2]));
		assert_false(corpus_contradict(&c.v[0], &c.v[0]));
		corpus_free(&c);
	}
	for (size_t i = 0; others[i] != NULL; i++) {
		read_text(&c, others[i]);
		if (corpus_contradict(&c.v[0], &c.v[1]))
			fail_msg("a denial: %s", others[i]);
		corpus_free(&c);
	}
}

/* Of many sentences a share at even distances, from a drawn place. */
static void
test_share(void **state)
{
	struct buf text = {0};
	struct corpus c;
	struct stream draw;
	bool seen[100] = {false};
	size_t n = 0;

	(void)state;
	for (int i = 0; i < 100; i++)
		buf_addf(&text, "Sentence number %d stands here. ", i);
	for (uint64_t k = 0; k < 40; k++) {
		stream_open(&draw, "test_corpus", "share", k, 0);
		corpus_init(&c, cues);
		corpus_add(&c, text.data, SOURCE_OPINION, 3, 10, &draw);
		assert_int_equal(c.n, 10);
		for (size_t i = 0; i < c.n; i++) {
			assert_int_equal(c.v[i].who, 3);
			seen[c.v[i].nth] = true;
			if (i > 0)
				assert_int_equal(
				    c.v[i].nth - c.v[i - 1].nth, 10);
		}
		corpus_free(&c);
	}
	for (size_t i = 0; i < 100; i++)
		n += seen[i];
	assert_true(n > 90); /* over the drafts, nearly everything is read */
	buf_free(&text);
}

static void
test_empty(void **state)
{
	struct corpus c;

	(void)state;
	corpus_init(&c, cues);
	corpus_add(&c, NULL, SOURCE_OPINION, 0, 9, NULL);
	corpus_add(&c, "", SOURCE_OPINION, 0, 9, NULL);
	corpus_add(&c, "One.", SOURCE_OPINION, 0, 0, NULL);
	corpus_weigh(&c);
	assert_int_equal(c.n, 0);
	corpus_add(&c, "!!! …", SOURCE_OPINION, 0, 9, NULL);
	corpus_add(&c, "the of and", SOURCE_OPINION, 0, 9, NULL);
	corpus_weigh(&c);
	assert_true(c.n >= 2);
	for (size_t i = 0; i < c.n; i++) {
		assert_int_equal(c.v[i].norm, 0);
		assert_int_equal(corpus_likeness(&c.v[i], &c.v[0]), 0);
		assert_int_equal(corpus_covered(&c.v[i], &c.v[0]), 0);
	}
	corpus_free(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_log2),
	    cmocka_unit_test(test_sentences),
	    cmocka_unit_test(test_likeness),
	    cmocka_unit_test(test_denials),
	    cmocka_unit_test(test_share),
	    cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
