#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "client/diff.h"
#include "client/html.h"

static void
mark_cb(enum change_kind kind, const char *text, size_t len, void *arg)
{
	buf_addf(arg, "%c%.*s|", "=-+"[kind], (int)len, text);
}

static void
differs(const char *a, const char *b, const char *marks)
{
	struct buf out = {0};

	assert_int_equal(diff_words(a, b, mark_cb, &out), marks != NULL);
	if (marks != NULL)
		assert_string_equal(out.data, marks);
	else
		assert_int_equal(out.len, 0);
	buf_free(&out);
}

static void
words_are_marked(void **state)
{
	(void)state;
	differs("a b c", "a b c", "=a b c|");
	differs("a b c", "a x c", "=a |-b |+x |=c|");
	differs("a b c d", "a b c d e f", "=a b c d |+e f|");
	differs("one two", "two", "-one |=two|");
	differs("a\nb", "a\nb c", "=a\nb |+c|");
	/* hardly anything in common, nothing at all */
	differs("a b c d", "x y z a", NULL);
	differs("", "", NULL);
	/* without spaces: \u6211\u7231\u6811 and \u6211\u4e0d\u7231\u6811 */
	differs("\xe6\x88\x91\xe7\x88\xb1\xe6\xa0\x91",
	    "\xe6\x88\x91\xe4\xb8\x8d\xe7\x88\xb1\xe6\xa0\x91",
	    "=\xe6\x88\x91|+\xe4\xb8\x8d|=\xe7\x88\xb1\xe6\xa0\x91|");
}

/* Joined, what stays and what is new are the second text. */
static void
parts_make_up_the_text(void **state)
{
	static const char *const texts[] = {"a b c d e f g", "b c x d e y f g",
	    "a  b\tc\n\nd e", "g f e d c b a"};
	size_t i, k;

	(void)state;
	for (i = 0; i < 4; i++)
		for (k = 0; k < 4; k++) {
			struct buf out = {0};
			char *at, *bar, text[64] = "";

			if (!diff_words(texts[i], texts[k], mark_cb, &out))
				continue;
			for (at = out.data; *at != '\0'; at = bar + 1) {
				bar = strchr(at, '|');
				if (*at != '-')
					strncat(text, at + 1,
					    (size_t)(bar - at - 1));
			}
			assert_string_equal(text, texts[k]);
			buf_free(&out);
		}
}

static void
nothing_means_anything_in_html(void **state)
{
	static const char turned[] = {
	    '\xe2', '\x80', '\xae', '-', '\xe2', '\x80', '\xad', '.', '\0'};
	struct buf out = {0};

	(void)state;
	html_lines(&out, "<b a=\"x\" c='y'>&amp;\n\x01\x1b[0m\x7f");
	html_text(&out, turned); /* U+202E, -, U+202D, . */
	assert_string_equal(out.data,
	    "&lt;b a=&quot;x&quot; c=&#39;y&#39;&gt;&amp;amp;<br>[0m-.");
	buf_free(&out);
	assert_string_equal(html_lang("zh-Hant"), "zh-Hant");
	assert_string_equal(html_lang("x\" onload=\""), "");
	assert_string_equal(html_dir("fa-IR"), "rtl");
	assert_string_equal(html_dir("en"), "ltr");
	assert_string_equal(html_dir("arn"), "ltr"); /* Mapudungun */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(words_are_marked),
	    cmocka_unit_test(parts_make_up_the_text),
	    cmocka_unit_test(nothing_means_anything_in_html),
	};

	return cmocka_run_group_tests_name("diff", tests, NULL, NULL);
}
