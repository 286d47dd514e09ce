#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/text.h"

/* What ends a run of ASCII is found wherever it stands. */
static void
ascii(void **state)
{
	static const char ends[] = {'\0', '\x80', '\xff'};
	char text[24];
	size_t len, at, k;

	(void)state;
	assert_int_equal(text_ascii(NULL, 0), 0);
	for (len = 1; len < sizeof(text); len++) {
		memset(text, '\x7f', len);
		text[0] = '\x01';
		assert_int_equal(text_ascii(text, len), len);
		for (at = 0; at < len; at++)
			for (k = 0; k < sizeof(ends); k++) {
				memset(text, 'x', len);
				text[at] = ends[k];
				assert_int_equal(text_ascii(text, len), at);
			}
	}
}

static void
validity(void **state)
{
	static const char *const bad[] = {"\xff", "a\x80", "\xc0\xaf",
	    "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc3", "\xe2\x82",
	    "\xf0\x9f\x98"};
	size_t i;

	(void)state;
	assert_true(text_valid("", 0));
	assert_true(text_valid("abc", 3));
	assert_true(text_valid("é漢😀", strlen("é漢😀")));
	assert_false(text_valid("a\0b", 3));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(text_valid(bad[i], strlen(bad[i])));
}

/* NOLINTBEGIN(misc-misleading-bidirectional) */
static void
visible_characters(void **state)
{
	(void)state;
	assert_int_equal(text_visible(""), 0);
	assert_int_equal(text_visible(" \t\r\n\v\f"), 0);
	assert_int_equal(text_visible("\u00a0\u2003\u3000\u2028"), 0);
	assert_int_equal(text_visible("\u200b\u200d\u2060\ufeff\u00ad"), 0);
	assert_int_equal(text_visible("\u202e\u2066\u200f\u061c"), 0);
	assert_int_equal(text_visible("\U000e0041\ufe0f\u3164"), 0);
	assert_int_equal(text_visible("\u2800\x01\x7f\xc2\x85"), 0);
	assert_int_equal(text_visible("a b"), 2);
	assert_int_equal(text_visible("학교 漢字 ไทย"), 7);
	assert_int_equal(text_visible("\u0600"), 1); /* Cf, yet seen */
}
/* NOLINTEND(misc-misleading-bidirectional) */

static void
characters(void **state)
{
	(void)state;
	assert_int_equal(text_chars(""), 0);
	assert_int_equal(text_chars("aé漢😀"), 4);
	assert_int_equal(text_chars("e\u0301"), 2);
	assert_int_equal(text_chars("a\xff\xfe"), 3);
}

static void
expect_normal(const char *in, size_t len, const char *want)
{
	char *s = text_normal(in, len);

	assert_string_equal(s, want);
	free(s);
}

static void
normal_form(void **state)
{
	(void)state;
	expect_normal("", 0, "");
	expect_normal(" \n\t ", 4, "");
	expect_normal("  a b \n", 7, "a b");
	expect_normal("a\r\nb\rc\nd\r", 9, "a\nb\nc\nd");
	expect_normal("a\r\r\nb", 5, "a\n\nb");
	expect_normal("a\tb\x01\x1b[0m\0c", 10, "a\tb[0mc");
	expect_normal("e\u0301", 3, "é");
	expect_normal("\u1100\u1161", 6, "가");
	expect_normal("\u3000漢\u00a0", 8, "漢");
	expect_normal("\uff21", 3, "\uff21"); /* NFC, not NFKC */
	expect_normal("a\xff", 2, "a\ufffd");
	expect_normal("\xe2\x82", 2, "\ufffd\ufffd");
}

/* Sentences of s, joined by "|". */
static void
expect_sentences(const char *s, const char *want)
{
	struct buf b = {0};
	struct span *v;
	size_t n, i, end = 0;

	v = text_sentences(s, &n);
	assert_non_null(v);
	buf_adds(&b, "");
	for (i = 0; i < n; i++) {
		assert_true(v[i].len > 0);
		assert_true(v[i].at >= end);
		end = v[i].at + v[i].len;
		assert_true(end <= strlen(s));
		if (i > 0)
			buf_addc(&b, '|');
		buf_add(&b, s + v[i].at, v[i].len);
	}
	assert_string_equal(b.data, want);
	buf_free(&b);
	free(v);
}

static void
sentences_end_at_terminals(void **state)
{
	(void)state;
	expect_sentences("", "");
	expect_sentences(" \n ", "");
	expect_sentences("One", "One");
	expect_sentences("One. Two! Three? Four", "One.|Two!|Three?|Four");
	expect_sentences("Really?! Yes... No.", "Really?!|Yes...|No.");
	expect_sentences("Wait… What", "Wait…|What");
	expect_sentences("Well… maybe so. End", "Well… maybe so.|End");
	expect_sentences(" a. \n\n b.\tc ", "a.|b.\tc");
}

static void
sentences_end_at_newlines(void **state)
{
	(void)state;
	expect_sentences("one\ntwo\r\nthree\u2029four", "one|two|three|four");
	expect_sentences("- first\n- second", "- first|- second");
	expect_sentences("A line.\nnext", "A line.|next");
	expect_sentences("\u200b\nx", "x");
}

static void
sentences_keep_closers(void **state)
{
	(void)state;
	expect_sentences("\"Stop.\" He left.", "\"Stop.\"|He left.");
	expect_sentences("(See there.) Then", "(See there.)|Then");
	expect_sentences("«Non.» Puis", "«Non.»|Puis");
	expect_sentences("„Nein.“ Dann", "„Nein.“|Dann");
	expect_sentences("He left. \"And then?\"", "He left.|\"And then?\"");
	expect_sentences(
	    "我不同意。“为什么？”他问。", "我不同意。|“为什么？”|他问。");
}

static void
full_stops_inside_sentences(void **state)
{
	(void)state;
	expect_sentences(
	    "It is 3.5 or 1.000,00 now. Ok.", "It is 3.5 or 1.000,00 now.|Ok.");
	expect_sentences("Use e.g. Paris, i.e. France. Or not.",
	    "Use e.g. Paris, i.e. France.|Or not.");
	expect_sentences(
	    "Dr. Roe and J. Doe met. Fine.", "Dr. Roe and J. Doe met.|Fine.");
	expect_sentences(
	    "Schulen z. B. Gymnasien. Gut.", "Schulen z. B. Gymnasien.|Gut.");
	expect_sentences("See example.org or http://x.y/?q=1 there. Yes",
	    "See example.org or http://x.y/?q=1 there.|Yes");
	expect_sentences("1. First point. 2. Second point.",
	    "1. First point.|2. Second point.");
	expect_sentences("In the year 2020. Then", "In the year 2020.|Then");
	expect_sentences("So did I. You too.", "So did I.|You too.");
	expect_sentences("Phones etc. are bad. So", "Phones etc. are bad.|So");
}

static void
sentences_in_other_scripts(void **state)
{
	(void)state;
	expect_sentences(
	    "禁止手机。为什么？因为！好", "禁止手机。|为什么？|因为！|好");
	expect_sentences(
	    "「はい。」と言った。次。", "「はい。」|と言った。|次。");
	expect_sentences(
	    "هل هذا صحيح؟ نعم. شكرا۔ ثم", "هل هذا صحيح؟|نعم.|شكرا۔|ثم");
	expect_sentences("यह सही है। हाँ॥ ठीक", "यह सही है।|हाँ॥|ठीक");
	expect_sentences("Это верно. Да! Нет?", "Это верно.|Да!|Нет?");
	expect_sentences("ሰላም። እንዴት", "ሰላም።|እንዴት");
	expect_sentences("សួស្តី។ បាទ", "សួស្តី។|បាទ");
	expect_sentences("မင်္ဂလာပါ။ ဟုတ်", "မင်္ဂလာပါ။|ဟုတ်");
	expect_sentences("Այո։ Ոչ", "Այո։|Ոչ");
	expect_sentences("학교입니다. 네.", "학교입니다.|네.");
}

static void
thai_breaks_at_double_spaces(void **state)
{
	(void)state;
	expect_sentences("สวัสดีครับ วันนี้  อากาศดี\nมาก", "สวัสดีครับ วันนี้|อากาศดี|มาก");
	expect_sentences("two  spaces", "two  spaces");
}

static void
add_term(const char *term, size_t len, void *arg)
{
	struct buf *b = arg;

	if (b->len > 0)
		buf_addc(b, '|');
	buf_add(b, term, len);
}

static void
expect_terms(const char *s, const char *want)
{
	struct buf b = {0};

	buf_adds(&b, "");
	text_terms(s, strlen(s), add_term, &b);
	assert_string_equal(b.data, want);
	buf_free(&b);
}

static void
terms_are_folded_words(void **state)
{
	(void)state;
	expect_terms("", "");
	expect_terms(" .,!-- ", "");
	expect_terms("Hello, World-wide 42!", "hello|world|wide|42");
	expect_terms("Straße STRASSE ＦＵＬＬ ﬁn", "strasse|strasse|full|fin");
	expect_terms("E\u0301cole École", "école|école");
	expect_terms(
	    "don't don’t l'avis 'quoted'", "don't|don't|l'avis|quoted");
	expect_terms("3.5 1,000 end.", "3.5|1,000|end");
	expect_terms(
	    "soft\u00adhyphen zero\u200bwidth", "softhyphen|zerowidth");
	expect_terms("Это ВЕРНО", "это|верно");
	expect_terms("학교 에서", "학교|에서");
	expect_terms("यह सही है", "यह|सही|है");
	expect_terms("كِتَاب جيد", "كِتَاب|جيد");
	expect_terms("a\xff"
		     "b",
	    "a|b");
	expect_terms("😀 🎉", "");
}

static void
terms_are_bigrams_without_spaces(void **state)
{
	(void)state;
	expect_terms("漢", "漢");
	expect_terms("禁止手机", "禁止|止手|手机");
	expect_terms("禁止。手机", "禁止|手机");
	expect_terms("カード", "カー|ード");
	expect_terms("ｶｰﾄﾞ", "カー|ード"); /* half width */
	expect_terms("ひらがな", "ひら|らが|がな");
	expect_terms("iPhone禁止42台", "iphone|禁止|42|台");
	expect_terms("ไทย", "ไท|ทย");
	/* A mark is a character of its run, not a break. */
	expect_terms("กี่", "กี|ี่");
}

static void
likeness(void **state)
{
	static const char a[] = "Phones should be banned in all schools.";

	(void)state;
	assert_int_equal(text_likeness(a, a), 1000);
	assert_int_equal(
	    text_likeness(a, "PHONES should be banned, in all schools"), 1000);
	assert_int_equal(text_likeness(a, "Teachers decide on their own."), 0);
	/* 5 and 5 shingles of 7 terms, 4 in common. */
	assert_int_equal(
	    text_likeness(a, "Phones should be banned in all classes."),
	    4 * 1000 / 6);
	/* The same words in another order are another text. */
	assert_int_equal(
	    text_likeness("dog bites the man", "the man bites dog"), 0);
	assert_int_equal(text_likeness("yes", "Yes!"), 1000);
	assert_int_equal(text_likeness("yes no", "no yes"), 1000);
	assert_int_equal(text_likeness("yes", "yes no maybe so"), 250);
	assert_int_equal(text_likeness("", ""), 1000);
	assert_int_equal(text_likeness("", "x"), 0);
	assert_int_equal(text_likeness("x", ""), 0);
	assert_int_equal(text_likeness("😀", "😀"), 1000);
	assert_int_equal(text_likeness("😀", "🎉"), 0);
	assert_int_equal(text_likeness("学校禁止手机", "学校禁止手机。"), 1000);
	assert_int_equal(text_likeness("a a a a a", "a a a a"), 1000);
}

static void
likeness_is_symmetric_and_fast(void **state)
{
	struct buf a = {0}, b = {0};
	int i, x;

	(void)state;
	for (i = 0; i < 20000; i++) {
		buf_addf(&a, "w%d ", i);
		buf_addf(&b, "w%d ", i + 10000);
	}
	x = text_likeness(a.data, b.data);
	assert_int_equal(x, text_likeness(b.data, a.data));
	assert_in_range(x, 330, 335);
	buf_free(&a);
	buf_free(&b);
}

static void
expect_printable(const char *in, size_t len, const char *want)
{
	char *s = text_printable(in, len);

	assert_string_equal(s, want);
	free(s);
}

/* NOLINTBEGIN(misc-misleading-bidirectional) */
static void
printable(void **state)
{
	(void)state;
	expect_printable("", 0, "");
	expect_printable("abc é漢😀", strlen("abc é漢😀"), "abc é漢😀");
	expect_printable(
	    "a\n\t\x1b[31m\x7f\0", 10, "a\\x0a\\x09\\x1b[31m\\x7f\\x00");
	expect_printable("\xff\xc3", 2, "\\xff\\xc3");
	expect_printable("a\u202e\u2066\u200f\xc2\x85\u2028\ufeff", 18,
	    "a\\u{202e}\\u{2066}\\u{200f}\\u{85}\\u{2028}\\u{feff}");
	expect_printable("\U000e0041", 4, "\\u{e0041}");
	expect_printable("क\u200dष", 9, "क\u200dष"); /* needed for the script */
}
/* NOLINTEND(misc-misleading-bidirectional) */

static void
width(void **state)
{
	(void)state;
	assert_int_equal(text_width(""), 0);
	assert_int_equal(text_width("abc"), 3);
	assert_int_equal(text_width("é"), 1);
	assert_int_equal(text_width("e\u0301"), 1);
	assert_int_equal(text_width("漢字"), 4);
	assert_int_equal(text_width("ไทย"), 3);
	assert_int_equal(text_width("กี่"), 1);
	assert_int_equal(text_width("\x01\u200b"), 0);
}

static void
test_quotes(void **state)
{
	static const char eight[] = "one two three four five six seven eight "
				    "nine. I like trees a lot. No.";

	(void)state;
	assert_true(text_quotes("Well: two THREE four five six seven, eight "
				"nine and more.",
	    eight, NULL));
	assert_false(
	    text_quotes("two three four five six seven eight", eight, NULL));
	/* a whole sentence, if it is one to speak of */
	assert_true(text_quotes("We like: i like trees a lot!", eight, NULL));
	assert_false(text_quotes("I like trees a bit.", eight, NULL));
	assert_false(text_quotes("No.", eight, NULL));
	/* what stands in the question is nobody's */
	assert_false(text_quotes(
	    "I like trees a lot.", eight, "Who says: I like trees a lot?"));
	/* no spaces */
	assert_true(text_quotes(
	    "\xe4\xba\xba\xe4\xba\xba\xe9\x83\xbd\xe8\xaf\xb4\xe6\x88\x91\xe5\xbe\x88"
	    "\xe7\x88\xb1\xe6\xa0\x91\xe6\x9c\xa8",
	    "\xe6\x88\x91\xe5\xbe\x88\xe7\x88\xb1\xe6\xa0\x91\xe6\x9c\xa8\xe3\x80\x82"
	    "\xe4\xba\xba\xe4\xba\xba\xe9\x83\xbd\xe8\xaf\xb4",
	    NULL));
	assert_false(text_quotes("", eight, NULL));
	assert_false(text_quotes(eight, "", NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_quotes),
	    cmocka_unit_test(ascii),
	    cmocka_unit_test(validity),
	    cmocka_unit_test(visible_characters),
	    cmocka_unit_test(characters),
	    cmocka_unit_test(normal_form),
	    cmocka_unit_test(sentences_end_at_terminals),
	    cmocka_unit_test(sentences_end_at_newlines),
	    cmocka_unit_test(sentences_keep_closers),
	    cmocka_unit_test(full_stops_inside_sentences),
	    cmocka_unit_test(sentences_in_other_scripts),
	    cmocka_unit_test(thai_breaks_at_double_spaces),
	    cmocka_unit_test(terms_are_folded_words),
	    cmocka_unit_test(terms_are_bigrams_without_spaces),
	    cmocka_unit_test(likeness),
	    cmocka_unit_test(likeness_is_symmetric_and_fast),
	    cmocka_unit_test(printable),
	    cmocka_unit_test(width),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
