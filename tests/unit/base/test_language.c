#include "base/language.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static const struct {
	const char *text, *tag;
} rows[] = {
    {"Phones should stay in the bag.", "en"},
    {"Wir sollten das nicht tun, und die Schule auch nicht.", "de"},
    {"Il ne faut pas que les élèves soient dans une école sans règles.", "fr"},
    {"Los teléfonos no deben estar en las aulas.", "es"},
    {"我们小区应该把一半的停车位改成绿地。", "zh"},
    {"学校では携帯電話を禁止すべきだ。", "ja"},
    {"학교에서 휴대폰을 금지해야 합니다.", "ko"},
    {"يجب أن تبقى الهواتف في الحقيبة.", "ar"},
    {"فون کو بیگ میں رکھنا چاہیے ٹھیک ہے", "ur"},
    {"تلفن‌ها باید در کیف بمانند؛ چرا نه؟ پس",
	"fa"},
    {"फ़ोन बस्ते में रहने चाहिए।", "hi"},
    {"Телефоны должны лежать в сумке.", "ru"},
    {"Телефони мають лежати в сумці.", "uk"},
    {"Τα τηλέφωνα πρέπει να μένουν στην τσάντα.", "el"},
    {"Wxyz qqq.", "und"},
    /* the most letters decide, not the first */
    {"OK 手机可以放在书包里", "zh"},
};

static void
test_languages(void **state)
{
	char tag[LANGUAGE_TAG_MAX + 1];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_true(language_of(rows[i].text, tag));
		if (strcmp(tag, rows[i].tag) != 0)
			fail_msg("%s: %s", rows[i].text, tag);
	}
}

static void
test_no_letters(void **state)
{
	char tag[LANGUAGE_TAG_MAX + 1] = "left";

	(void)state;
	assert_false(language_of("", tag));
	assert_false(language_of("123 :-) ?", tag));
	assert_string_equal(tag, "left");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_languages),
	    cmocka_unit_test(test_no_letters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
