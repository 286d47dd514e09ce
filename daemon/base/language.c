#include "base/language.h"

#include <stdint.h>
#include <string.h>

#include <unictype.h>
#include <unistr.h>

#include "base/text.h"

/* A script that settles the language by itself; Kana before Han, for Japanese
 * is written with both. */
static const struct {
	const char *script, *tag;
} scripts[] = {
    {"Hiragana", "ja"},
    {"Katakana", "ja"},
    {"Han", "zh"},
    {"Hangul", "ko"},
    {"Arabic", "ar"},
    {"Devanagari", "hi"},
    {"Bengali", "bn"},
    {"Gurmukhi", "pa"},
    {"Tamil", "ta"},
    {"Telugu", "te"},
    {"Cyrillic", "ru"},
    {"Greek", "el"},
    {"Hebrew", "he"},
    {"Thai", "th"},
    {"Georgian", "ka"},
    {"Armenian", "hy"},
    {"Ethiopic", "am"},
    {"Latin", "und"},
};
#define SCRIPTS (sizeof scripts / sizeof *scripts)
enum { HIRAGANA, KATAKANA, HAN, LATIN = SCRIPTS - 1 };

/* Letters that only a neighbour of the script's first language has. */
static const struct {
	const char *tag, *of, *letters;
} marks[] = {
    {"uk", "ru", "іїєґІЇЄҐ"},
    {"ur", "ar", "ٹڈڑںے"},
    {"fa", "ar", "پچژگ"},
};

/* The commonest words of some languages in the Latin script. */
static const struct {
	const char *tag, *words;
} latin[] = {
    {"en", " the and of to is that it for should be are not with they we "},
    {"de", " der die und das ist nicht den ein eine mit zu auch sie wir "},
    {"fr", " le les et des est pas une que pour dans sur avec nous il "},
    {"es", " el los las que una para con por no es del como se pero "},
    {"pt", " o os uma que para com não do da em por mas é como "},
    {"it", " il che di una per non con sono gli della nel anche si ma "},
    {"nl", " de het een van en niet dat zijn voor met op ook wij maar "},
    {"pl", " nie się na że jest do to jak ale dla są czy przez oraz "},
    {"tr", " ve bir bu için ile da de çok değil olarak ama gibi daha "},
    {"id", " yang dan di untuk dengan tidak ini itu dari pada akan juga "},
    {"vi", " và của là không có được cho các một những với để "},
    {"sv", " och att det som en på är inte av för med den jag vi "},
};
#define LATINS (sizeof latin / sizeof *latin)

static void
count_scripts(const char *text, size_t count[SCRIPTS])
{
	const uint8_t *at = (const uint8_t *)text;
	const uc_script_t *script;
	ucs4_t c;
	size_t i;

	while ((at = u8_next(&c, at)) != NULL) {
		script = uc_is_property_alphabetic(c) ? uc_script(c) : NULL;
		for (i = 0; script != NULL && i < SCRIPTS; i++)
			if (strcmp(scripts[i].script, script->name) == 0)
				count[i]++;
	}
}

struct words {
	size_t seen[LATINS];
};

static void
word_cb(const char *term, size_t len, void *arg)
{
	struct words *w = arg;
	char word[16];
	size_t i;

	if (len + 2 >= sizeof word)
		return;
	word[0] = word[len + 1] = ' ';
	memcpy(word + 1, term, len);
	word[len + 2] = '\0';
	for (i = 0; i < LATINS; i++)
		w->seen[i] += strstr(latin[i].words, word) != NULL;
}

static const char *
latin_language(const char *text)
{
	struct words w = {{0}};
	size_t i, best = 0;

	text_terms(text, strlen(text), word_cb, &w);
	for (i = 1; i < LATINS; i++)
		if (w.seen[i] > w.seen[best])
			best = i;
	return w.seen[best] > 0 ? latin[best].tag : "und";
}

static bool
has_any(const char *text, const char *letters)
{
	const uint8_t *at = (const uint8_t *)letters;
	ucs4_t c;

	while ((at = u8_next(&c, at)) != NULL)
		if (u8_strchr((const uint8_t *)text, c) != NULL)
			return true;
	return false;
}

static const char *
neighbour(const char *text, const char *tag)
{
	size_t i;

	for (i = 0; i < sizeof marks / sizeof *marks; i++)
		if (strcmp(marks[i].of, tag) == 0 &&
		    has_any(text, marks[i].letters))
			return marks[i].tag;
	return tag;
}

bool
language_of(const char *text, char out[LANGUAGE_TAG_MAX + 1])
{
	size_t count[SCRIPTS] = {0}, i, best = 0;
	const char *tag;

	count_scripts(text, count);
	/* Kana among Han makes it Japanese. */
	if (count[HIRAGANA] + count[KATAKANA] > 0)
		count[HIRAGANA] += count[KATAKANA] + count[HAN];
	for (i = 1; i < SCRIPTS; i++)
		if (count[i] > count[best])
			best = i;
	if (count[best] == 0)
		return false;
	tag = best == LATIN ? latin_language(text)
			    : neighbour(text, scripts[best].tag);
	strlcpy(out, tag, LANGUAGE_TAG_MAX + 1);
	return true;
}
