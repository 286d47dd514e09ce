#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "llm/cues.h"

static void
test_words(void **state)
{
	struct cues *c = cues_new();

	(void)state;
	assert_true(cues_of_word(c, "the", 3) & CUE_STOP);
	assert_true(cues_of_word(c, "should", 6) & CUE_VIEW);
	assert_true(cues_of_word(c, "not", 3) & CUE_NOT);
	assert_true(cues_of_word(c, "ban", 3) & CUE_TURN);
	assert_true(cues_of_word(c, "allow", 5) & CUE_PLUS);
	assert_true(cues_of_word(c, "müssen", strlen("müssen")) & CUE_VIEW);
	assert_true(cues_of_word(c, "нужно", strlen("нужно")) & CUE_VIEW);
	assert_true(cues_of_word(c, "يجب", strlen("يجب")) & CUE_VIEW);
	assert_int_equal(cues_of_word(c, "telephone", 9), 0);
	assert_int_equal(cues_of_word(c, "", 0), 0);
	/* The first row and the last of a word that stands in several. */
	assert_true((cues_of_word(c, "i", 1) & (CUE_STOP | CUE_SELF)) ==
		    (CUE_STOP | CUE_SELF));
	cues_free(c);
	cues_free(NULL);
}

static unsigned
sentence(const char *words, const char *raw)
{
	size_t turns;

	return cues_of_sentence(words, raw, strlen(raw), &turns);
}

static void
test_starts(void **state)
{
	(void)state;
	assert_true(
	    sentence(" but phones help ", "But phones help.") & CUE_LEANS);
	assert_false(
	    sentence(" phones help but ", "Phones help, but") & CUE_LEANS);
	/* whole words only */
	assert_false(sentence(" butter helps ", "Butter helps.") & CUE_LEANS);
	assert_true(sentence(" it is important that ", "It is important that") &
		    CUE_STANDS);
	assert_true(sentence(" thank you all ", "Thank you all!") & CUE_HELLO);
	assert_true(sentence(" ", "但是手机很有用。") & CUE_LEANS);
	assert_false(sentence(" ", "手机很有用，但是贵。") & CUE_LEANS);
	assert_true(sentence(" ", "しかし電話は便利です。") & CUE_LEANS);
}

static void
test_inside(void **state)
{
	static const char raw[] = "学生不应该带手机，也不能玩游戏。";
	size_t turns;

	(void)state;
	assert_true(sentence(" ", raw) & CUE_VIEW);
	cues_of_sentence(" ", raw, strlen(raw), &turns);
	assert_int_equal(turns, 2);
	assert_true(sentence(" ", "โรงเรียนควรห้ามใช้โทรศัพท์") & CUE_VIEW);
	/* "not only" does not turn the sense: one turn for it, one for "not" */
	cues_of_sentence(" not only phones ", "Not only phones", 15, &turns);
	assert_int_equal(turns, 1);
}

static void
test_critiques(void **state)
{
	(void)state;
	assert_true(
	    sentence(" the text says nothing about cost ", "x") & CUE_MISS);
	assert_true(sentence(" this goes too far ", "x") & CUE_OBJECT);
	assert_true(sentence(" it should also say that ", "x") & CUE_META);
	assert_true(sentence(" ", "声明里没有说钱从哪里来。") & CUE_META);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_starts),
	    cmocka_unit_test(test_inside),
	    cmocka_unit_test(test_critiques),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
